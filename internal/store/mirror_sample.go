package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
)

const (
	// sampleSize is how many devices stand for all of them. What one of a thousand devices has is met twice.
	sampleSize = 2000
	// sampleLife is how long a sample stands for a mirror that changes.
	sampleLife = 5 * time.Minute
	// sampledDevices is up to how many devices of a sampled device's user are counted.
	sampledDevices = 100
)

// sampler keeps the sample that plans are chosen by. What it tells is never an answer, only what an answer will cost.
type sampler struct {
	mu      sync.Mutex
	current *sample
	readAt  time.Time
}

// sample is devices drawn at random, whatever their organization.
type sample struct {
	rows   []*deviceRecord
	forms  []string // of their search texts, as the text index knows them
	weight float64  // how many devices each stands for
	// places are the indexes of rows in each ascending order.
	places map[inventory.DeviceSort][]int
}

// sampled answers the current sample of devices.
func (s *Store) sampled(ctx context.Context, tx bun.Tx) (*sample, error) {
	return s.sampler.sample(ctx, tx, s.drawSample)
}

// sample answers the current sample; the first to find it too old draws another.
func (sr *sampler) sample(ctx context.Context, tx bun.Tx, draw func(context.Context, bun.Tx) (*sample, error)) (*sample, error) {
	sr.mu.Lock()
	defer sr.mu.Unlock()
	// time.Now and not the store's clock: this is about the age of a thing in memory.
	if sr.current != nil && time.Since(sr.readAt) < sampleLife {
		return sr.current, nil
	}
	drawn, err := draw(ctx, tx)
	if err != nil {
		return nil, err
	}
	sr.current, sr.readAt = drawn, time.Now()
	if len(drawn.rows) < sampleSize/2 {
		sr.current = nil // a small mirror, or one that is being filled: nothing is saved by keeping it
	}
	return drawn, nil
}

// drawSample reads devices drawn at random.
func (s *Store) drawSample(ctx context.Context, tx bun.Tx) (*sample, error) {
	asked, weight, err := s.dialect.drawIDs(ctx, tx, "device", sampleSize)
	if err != nil {
		return nil, err
	}
	drawn := &sample{places: map[inventory.DeviceSort][]int{}, weight: weight}
	for part := range slices.Chunk(asked, mirrorChunk) {
		var rows []*deviceRecord
		err := tx.NewSelect().Model(&rows).ColumnExpr("d.*, o.path AS org_path").ColumnExpr("? AS on_hold", heldUser("d.user_uid")).
			ColumnExpr("? AS of_user, ? AS newer", devicesOfUser("TRUE"), devicesOfUser("(e.last_connected, e.guid) > (d.last_connected, d.guid)")).
			Join("JOIN org AS o ON o.uid = d.org_uid").Where("d.id IN (?)", bun.List(part)).Scan(ctx)
		if err != nil {
			return nil, err
		}
		drawn.rows = append(drawn.rows, rows...)
	}
	for _, r := range drawn.rows {
		drawn.forms = append(drawn.forms, s.dialect.textForm(r.SearchText))
	}
	drawn.sort()
	return drawn, nil
}

// devicesOfUser counts the devices e of the same user as d, if d has one.
func devicesOfUser(where string) condition {
	return bun.SafeQuery("CASE WHEN d.user_uid = '' THEN 0 ELSE (SELECT count(*) FROM (SELECT 1 FROM device AS e WHERE e.user_uid = d.user_uid AND ? LIMIT ?) AS theirs) END",
		bun.Safe(where), sampledDevices)
}

// sort fills places.
func (sm *sample) sort() {
	for _, by := range []inventory.DeviceSort{inventory.ByName, inventory.ByConnected, inventory.ByCompleted, inventory.ByStored} {
		order := deviceOrder{sort: by}
		places := make([]int, len(sm.rows))
		for i := range places {
			places[i] = i
		}
		slices.SortFunc(places, func(a, b int) int { return order.compare(sm.rows[a], sm.rows[b]) })
		sm.places[by] = places
	}
}

// compare orders two rows as the ascending order does.
func (o deviceOrder) compare(a, b *deviceRecord) int {
	var first int
	switch o.sort {
	case inventory.ByConnected:
		first = cmp.Compare(a.LastConnected, b.LastConnected)
	case inventory.ByCompleted:
		first = cmp.Compare(a.LastCompleted, b.LastCompleted)
	case inventory.ByStored:
		first = cmp.Compare(a.StoredBytes, b.StoredBytes)
	default:
		first = cmp.Compare(a.SortKey, b.SortKey)
	}
	return cmp.Or(first, cmp.Compare(a.GUID, b.GUID))
}

// under tells whether a row's organization lies in these subtrees.
func (r *deviceRecord) under(roots []string) bool {
	return r.OrgPath != "" && slices.ContainsFunc(roots, func(root string) bool { return strings.HasPrefix(r.OrgPath, root) })
}

// ofMany tells whether a row's user may have more than the newest that a query leaves out.
func (r *deviceRecord) ofMany(q inventory.DeviceQuery) bool {
	return r.UserUID == "" || r.OfUser > min(q.KeepNewest, sampledDevices-1)
}

// meets tells whether a row meets a query's filters but for scope and text; of a user's newest about.
func (r *deviceRecord) meets(q inventory.DeviceQuery) bool {
	flag := func(want *bool, is bool) bool { return want == nil || *want == is }
	value := func(want, is string) bool { return want == "" || want == is }
	return flag(q.Active, r.Active) && flag(q.Blocked, r.Blocked) && flag(q.Alert, r.Alert) && flag(q.Deauthorized, r.Deauthorized) &&
		flag(q.OnHold, r.OnHold) &&
		(q.KeepNewest == 0 || r.UserUID == "" || r.Newer >= min(q.KeepNewest, sampledDevices)) &&
		value(q.UserUID, r.UserUID) && value(q.OS, r.OSName) && value(q.ClientVersion, r.ClientVersion) &&
		(q.Destination == "" || strings.Contains(r.Destinations, destinationNeedle(q.Destination))) &&
		inside(r.LastConnected, q.Connected) && inside(r.LastCompleted, q.Completed) && inside(r.Created, q.Created)
}

// groupsAsked is how many groups of three characters the text index is asked for. Each further one costs a walk along its
// own list, and the rows are looked at anyway.
const groupsAsked = 3

// rarest chooses the few groups of three characters of a needle that the fewest sampled texts hold, rarest first, among
// those that the text index can be asked for; and the keys under which it knows them.
func (sm *sample) rarest(needle string, textKey func(string) (string, bool)) (groups, keys []string) {
	type candidate struct {
		group, key string
		holding    int
	}
	runes := []rune(needle)
	var all []candidate
	for i := 0; i+3 <= len(runes); i++ {
		group := string(runes[i : i+3])
		key, ok := textKey(group)
		if !ok || slices.ContainsFunc(all, func(c candidate) bool { return c.key == key }) {
			continue
		}
		c := candidate{group: group, key: key}
		for _, form := range sm.forms {
			if strings.Contains(form, key) {
				c.holding++
			}
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.holding, b.holding) })
	for _, c := range all[:min(groupsAsked, len(all))] {
		groups, keys = append(groups, c.group), append(keys, c.key)
	}
	return groups, keys
}
