package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"backup-portal/internal/inventory"
	"backup-portal/internal/store/pgtest"
)

// cutAndMapped cuts the order of names at the names of some devices and looks at all stretches.
func cutAndMapped(t *testing.T, s *Store, f *fleet, every int) {
	t.Helper()
	starts := []string{""}
	for i := 0; i < len(f.devices); i += every {
		starts = append(starts, inventory.SortKey(f.devices[i].Name))
	}
	ok(t, s.cutAt(t.Context(), starts))
	ok(t, s.MapNames(t.Context()))
}

// TestStretchesChangeNoAnswer holds searches against a plain loop while stretches are left out: as they were looked at,
// after devices came and were renamed, and once they are looked at again.
func TestStretchesChangeNoAnswer(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		f := newFleet(6, 20, 300)
		f.sync(t.Context(), t, s)
		cutAndMapped(t, s, f, 5)
		equal := func(t *testing.T) {
			t.Helper()
			queries := f.queries()
			rapid.Check(t, func(r *rapid.T) {
				q := queries.Draw(r, "query")
				if rapid.Bool().Draw(r, "by name") {
					q.Sort, q.KeepNewest, q.OrgUID = inventory.ByName, 0, ""
				}
				want := guids(f.search(q))
				q.Limit = max(q.Limit, len(want)/20)
				pageThrough(t.Context(), r, s, q, want)
			})
		}
		equal(t)

		r := rand.New(rand.NewPCG(6, 6))
		for range 40 {
			d := &f.devices[r.IntN(len(f.devices))]
			switch r.IntN(3) {
			case 0:
				d.Name = fmt.Sprintf("Renamed-%d", r.IntN(1000))
			case 1:
				d.Username = fmt.Sprintf("somebody%d@example.org", r.IntN(1000))
			default:
				d.ExternalReference = "長い=" + d.GUID
			}
			d.SeenAt = fleetTime.Add(time.Hour)
			ok(t, s.DeviceSeen(t.Context(), *d))
		}
		equal(t)
		ok(t, s.MapNames(t.Context())) // meets their versions
		ok(t, s.MapNames(t.Context())) // and finds them the same
		for _, st := range stretchesOf(t, s) {
			if s.names.known[st.ID].version != st.Version {
				t.Errorf("stretch from %q is at version %d, known at %d", st.Starts, st.Version, s.names.known[st.ID].version)
			}
		}
		equal(t)
	})
}

func stretchesOf(t *testing.T, s *Store) []stretch {
	t.Helper()
	list, err := readStretches(t.Context(), s.reader)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// spansFor answers where a search text may stand.
func spansFor(t *testing.T, s *Store, text string) []span {
	t.Helper()
	var spans []span
	err := s.readMirror(t.Context(), func(ctx context.Context, tx bun.Tx) (err error) {
		spans, err = s.spansOf(ctx, tx, inventory.SearchNeedle(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return spans
}

// named is a fleet with these names, each of them a number of times, in one organization.
func named(each int, names ...string) *fleet {
	f := newFleet(7, 1, 0)
	for i := range each * len(names) {
		name := names[i%len(names)]
		f.devices = append(f.devices, inventory.Device{
			GUID: fmt.Sprint(900_000_000_000_000_000 + i), Name: fmt.Sprintf("%s-%03d", name, i), OrgUID: "1", OrgPath: f.paths["1"],
			Active: true, SeenAt: fleetTime,
		})
	}
	return f
}

func TestStretchesAreLeftOut(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		f := named(4, "ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen", "ibis", "jay")
		f.sync(t.Context(), t, s)
		if spans := spansFor(t, s, "jay"); spans != nil {
			t.Errorf("before the order is cut it may stand in %q only", spans)
		}
		ok(t, s.cutAt(t.Context(), []string{"", "bee", "cat", "dog", "elk", "fox", "gnu", "hen", "ibis", "jay"}))
		if spans := spansFor(t, s, "jay"); spans != nil {
			t.Errorf("before the stretches are looked at it may stand in %q only", spans)
		}
		ok(t, s.MapNames(t.Context()))
		for text, want := range map[string][]span{
			"jay":   {{"jay", ""}},
			"j":     {{"jay", ""}},
			"ant-0": {{"", "bee"}},
			"x":     {},
			"xyz":   {},
			"-0":    {}, // no field begins so
			"00":    {},
			"-00":   nil,
		} {
			if diff := gocmp.Diff(want, spansFor(t, s, text), gocmp.AllowUnexported(span{})); diff != "" {
				t.Errorf("%q may stand (-want +got):\n%s", text, diff)
			}
		}
		// A device comes into a stretch: it is walked again, whatever is asked for, and others are left out as before.
		d := f.devices[3]
		d.GUID, d.Name = "77", "dodo"
		ok(t, s.DeviceSeen(t.Context(), d))
		if diff := gocmp.Diff([]span{{"cat", "dog"}, {"jay", ""}}, spansFor(t, s, "jay"), gocmp.AllowUnexported(span{})); diff != "" {
			t.Errorf("once a stretch has changed (-want +got):\n%s", diff)
		}
		// What changed in nothing that is searched marks nothing.
		versions := stretchesOf(t, s)
		d.Blocked, d.SeenAt = true, fleetTime.Add(time.Minute)
		ok(t, s.DeviceSeen(t.Context(), d))
		if diff := gocmp.Diff(versions, stretchesOf(t, s)); diff != "" {
			t.Errorf("a blocked device changed its stretch (-before +after):\n%s", diff)
		}
	})
}

// TestSpansAreFew: a text that may stand here and there is walked for in few pieces.
func TestSpansAreFew(t *testing.T) {
	t.Parallel()
	m := nameMap{known: map[int64]heldGroups{}}
	var list []stretch
	for i := range 400 {
		st := stretch{ID: int64(i), Starts: fmt.Sprintf("%03d", i)}
		set := &groupSet{}
		if i%10 == 3 {
			set.add("needle")
		}
		list, m.known[st.ID] = append(list, st), heldGroups{set: set}
	}
	spans := m.spans(list, groupsOf("needle"), shortGap)
	if len(spans) != 40 || spans[1] != (span{"013", "014"}) {
		t.Fatalf("%d spans, the second %q", len(spans), spans[1])
	}
	joined := m.spans(list, groupsOf("needle"), 4*shortGap)
	if len(joined) != 40 {
		t.Errorf("gaps of nine are no gaps of eight: %q", joined)
	}
	if all := m.spans(list, groupsOf("needle"), 9); len(all) != 1 || all[0] != (span{"003", "394"}) {
		t.Errorf("joined over gaps of nine: %q", all)
	}
}

// TestAWriterThatIsNotDone: the stretches are looked at, and cut, while a device is written whose transaction has not
// ended. It is found as soon as that has.
func TestAWriterThatIsNotDone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before []string
		look   func(s *Store) error
	}{
		{"looked at", []string{"", "bee", "cat"}, func(s *Store) error { return s.MapNames(context.Background()) }},
		{"cut", nil, func(s *Store) error {
			if err := s.cutAt(context.Background(), []string{"", "bee", "cat"}); err != nil {
				return err
			}
			return s.MapNames(context.Background())
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := pgtest.Prepared(t, migrate(t))
			s := reopenPostgres(t, url, newClock())
			f := named(3, "ant", "bee", "cat")
			f.sync(t.Context(), t, s)
			if c.before != nil {
				ok(t, s.cutAt(t.Context(), c.before))
			}
			late := f.devices[0]
			late.GUID, late.Name = "late-"+c.name, "zebra"
			written, end, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			go func() {
				ended <- s.write(context.Background(), func(ctx context.Context, tx bun.Tx) error {
					_, err := upsert(ctx, tx, []mirrorRow{newDeviceRecord(late)}, fleetTime)
					close(written)
					<-end
					return err
				})
			}()
			<-written
			looked := make(chan error, 1)
			go func() { looked <- c.look(s) }()
			// Whoever cuts waits for the writer; whoever looks does not.
			waiting := func() bool {
				return pgtest.Value(t, url, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'device'::regclass") != "0"
			}
			done := false
			for !done && !waiting() {
				select {
				case err := <-looked:
					ok(t, err)
					done = true
				default:
				}
			}
			close(end)
			ok(t, <-ended)
			if !done {
				ok(t, <-looked)
			}
			page, err := s.Devices(t.Context(), inventory.DeviceQuery{Scope: inventory.Everything(), Text: "zebra"})
			if err != nil || !slices.Contains(guids(page.Devices), late.GUID) {
				t.Errorf("finds %v, %v", guids(page.Devices), err)
			}
		})
	}
}

// TestNamesAreCut: when there are enough devices and a sync has met all of them, and again when they have doubled.
func TestNamesAreCut(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		cut := func() int {
			t.Helper()
			ok(t, s.cutNames(t.Context(), 10, 8))
			return len(stretchesOf(t, s))
		}
		f := named(7, "ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen", "ibis", "jay")
		f.sync(t.Context(), t, s)
		if n := cut(); n != 0 {
			t.Errorf("70 devices have %d stretches", n)
		}
		f = named(10, "ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen", "ibis", "jay")
		f.sync(t.Context(), t, s)
		if n := cut(); n < 8 || n > 11 {
			t.Errorf("100 devices have %d stretches", n)
		}
		first := stretchesOf(t, s)
		if first[0].Starts != "" {
			t.Errorf("the first begins at %q", first[0].Starts)
		}
		if cut(); gocmp.Diff(first, stretchesOf(t, s)) != "" {
			t.Error("cut again without need")
		}
		f = named(25, "ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen", "ibis", "jay")
		f.sync(t.Context(), t, s)
		if n := cut(); n < 20 {
			t.Errorf("250 devices have %d stretches", n)
		}
		for _, st := range stretchesOf(t, s) {
			if st.ID <= first[len(first)-1].ID {
				t.Errorf("a new stretch has the id %d of an old one", st.ID)
			}
		}
	})
}

// TestAChangingStretchIsLeftForLater: what a sync is filling is not read each round.
func TestAChangingStretchIsLeftForLater(t *testing.T) {
	t.Parallel()
	var m nameMap
	at := func(versions ...int64) (list []stretch) {
		for i, version := range versions {
			list = append(list, stretch{ID: int64(i + 1), Version: version})
		}
		return list
	}
	due := func(list []stretch) string {
		var ids []string
		for _, st := range m.round(list) {
			ids = append(ids, fmt.Sprint(st.ID))
			m.known[st.ID] = heldGroups{version: st.Version}
		}
		return strings.Join(ids, " ")
	}
	for i, c := range []struct {
		list []stretch
		want string
	}{
		{at(0, 0), "1 2"},
		{at(0, 0), ""},
		{at(1, 0), ""},
		{at(2, 0), ""},
		{at(2, 1), "1"},
		{at(2, 1), "2"},
		{at(2), ""},
	} {
		if got := due(c.list); got != c.want {
			t.Errorf("round %d looks at %q, want %q", i, got, c.want)
		}
	}
	if len(m.known) != 1 {
		t.Errorf("%d stretches are known of one", len(m.known))
	}
}

// TestGroupSetsMissNothing: whatever text is added, each part of it may be in the set.
func TestGroupSetsMissNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		set := &groupSet{}
		texts := rapid.SliceOfN(rapid.String(), 1, 5).Draw(r, "texts")
		for _, text := range texts {
			set.add(text)
		}
		text := []rune(rapid.SampledFrom(texts).Draw(r, "text"))
		from := rapid.IntRange(0, len(text)).Draw(r, "from")
		part := string(text[from:rapid.IntRange(from, len(text)).Draw(r, "to")])
		if !set.holdsAll(groupsOf(part)) {
			r.Fatalf("%q is missed", part)
		}
	})
	if set := (&groupSet{}); set.holdsAll(groupsOf("abc")) {
		t.Error("an empty set holds something")
	}
}
