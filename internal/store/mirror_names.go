package store

import (
	"context"
	"slices"
	"sync"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
)

// The order of names is what people look at most, and what is called alike stands together in it: the first "ws-" may
// come behind 800,000 others. So the order is cut into stretches, and what the texts of each can hold is kept in memory:
// a walk for a text leaves out the stretches that cannot hold it. See the migration for how a stretch that has changed
// is told from one that has not.
const (
	// stretchRows is how many devices a stretch has when the order is cut. A stretch more on the way costs a millisecond.
	stretchRows = 2000
	// fewestStretches is from how many on it is worth it.
	fewestStretches = 8
)

// nameMap is what this process knows of the stretches.
type nameMap struct {
	mu    sync.Mutex
	known map[int64]heldGroups // by id of the stretch
	met   map[int64]int64      // the versions that the last round met
}

// heldGroups are the groups of three characters that the texts of a stretch held at a version, and maybe more.
type heldGroups struct {
	version int64
	set     *groupSet
}

type stretch struct {
	bun.BaseModel `bun:"table:name_stretch,alias:s"`

	ID      int64  `bun:"id,pk,autoincrement"`
	Starts  string `bun:"starts"`
	Version int64  `bun:"version"`
}

func readStretches(ctx context.Context, db bun.IDB) ([]stretch, error) {
	var list []stretch
	return list, db.NewSelect().Model(&list).OrderExpr("s.starts").Scan(ctx)
}

// MapNames looks at the stretches that have changed, and cuts the order of names when the mirror has outgrown its
// stretches. Each portal does so for itself, in the background: a search that comes before walks a little further.
// A stretch that changes from round to round is left for later, so that a first sync is not read again and again.
func (s *Store) MapNames(ctx context.Context) error {
	if err := s.cutNames(ctx, stretchRows, fewestStretches); err != nil {
		return err
	}
	list, err := readStretches(ctx, s.reader)
	if err != nil {
		return translate(err)
	}
	for _, st := range s.names.round(list) {
		if err := s.mapStretch(ctx, st); err != nil {
			return err
		}
	}
	return nil
}

// round forgets what is no longer there, and answers which stretches are to be looked at: unknown as they are, and the
// same as in the last round.
func (m *nameMap) round(list []stretch) []stretch {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, met := map[int64]heldGroups{}, map[int64]int64{}
	var due []stretch
	for _, st := range list {
		held, ok := m.known[st.ID]
		if ok {
			known[st.ID] = held
		}
		last, again := m.met[st.ID]
		if (!ok || held.version != st.Version) && (!again || last == st.Version) {
			due = append(due, st)
		}
		met[st.ID] = st.Version
	}
	m.known, m.met = known, met
	return due
}

// mapStretch reads the texts of a stretch. Its version is read on the same snapshot: whoever writes into the stretch and
// is not in it yet raises the version further.
func (s *Store) mapStretch(ctx context.Context, st stretch) error {
	var texts []string
	there := false
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		list, err := readStretches(ctx, tx)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(list, func(other stretch) bool { return other.ID == st.ID })
		if there = at >= 0; !there {
			return nil // cut anew meanwhile
		}
		st = list[at]
		if err := s.prefer(ctx, tx, planWalk); err != nil {
			return err
		}
		q := tx.NewSelect().TableExpr(s.dialect.indexed("device AS d", deviceOrder{}.index())).ColumnExpr("d.search_text")
		sp := span{from: st.Starts}
		if at+1 < len(list) {
			sp.until = list[at+1].Starts
		}
		return q.Where("?", sp.within()).Scan(ctx, &texts)
	})
	if err != nil || !there {
		return err
	}
	set := &groupSet{}
	for _, text := range texts {
		set.add(text)
	}
	s.names.mu.Lock()
	defer s.names.mu.Unlock()
	s.names.known[st.ID] = heldGroups{version: st.Version, set: set}
	return nil
}

// cutNames cuts the order into stretches of about so many rows, at names that a sample holds, unless that is done and
// the mirror has not doubled since.
func (s *Store) cutNames(ctx context.Context, rows, fewest int) error {
	var starts []string
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		state, err := readSyncState(ctx, tx)
		if err != nil || state.CompletedAt == "" {
			return err // while the mirror is filled nobody knows its names
		}
		var have, devices int
		err = tx.NewRaw("SELECT (SELECT count(*) FROM name_stretch), coalesce(sum(devices), 0) FROM org_count").Scan(ctx, &have, &devices)
		if err != nil {
			return err
		}
		enough := max(fewest, 2*have)
		if devices/rows < enough {
			return nil
		}
		sm, err := s.sampled(ctx, tx)
		if err != nil {
			return err
		}
		wanted := min(devices/rows, len(sm.rows)/4) // not more than a sample can tell apart
		if wanted < enough {
			return nil
		}
		starts = append(starts, "")
		for i := range wanted {
			starts = append(starts, sm.rows[sm.places[inventory.ByName][i*len(sm.rows)/wanted]].SortKey)
		}
		return nil
	})
	if err != nil || len(starts) == 0 {
		return err
	}
	return s.cutAt(ctx, starts)
}

// cutAt lets stretches start at these sort keys and at no others.
func (s *Store) cutAt(ctx context.Context, starts []string) error {
	slices.Sort(starts)
	starts = slices.Compact(starts)
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		// Whoever has written a device and is not done would not have marked the new stretches.
		if statement := s.dialect.lockOut("device"); statement != "" {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		if _, err := tx.NewDelete().Table("name_stretch").Where("TRUE").Exec(ctx); err != nil {
			return err
		}
		list := make([]stretch, len(starts))
		for i, key := range starts {
			list[i].Starts = key
		}
		_, err := tx.NewInsert().Model(&list).Exec(ctx)
		return err
	})
}
