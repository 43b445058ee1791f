package store

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"backup-portal/internal/inventory"
)

// TestAPlaceThatNoPageGaveOut: a page from anywhere in the order of names, between two spans, before the first and behind
// the last, is what a plain loop finds there, in both directions.
func TestAPlaceThatNoPageGaveOut(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		f := newFleet(6, 20, 300)
		f.sync(t.Context(), t, s)
		cutAndMapped(t, s, f, 5)
		keys := []string{"", "a", "zz", "\U0010FFFF"}
		for _, d := range f.devices {
			keys = append(keys, inventory.SortKey(d.Name), inventory.SortKey(d.Name)+"0")
		}
		texts := rapid.SampledFrom([]string{"laptop-01", "laptop-02", "host1", "user3", "ref-2", "box", "長い", "user12@", "nobody's"})
		rapid.Check(t, func(r *rapid.T) {
			q := inventory.DeviceQuery{
				Scope: inventory.Everything(), Text: texts.Draw(r, "text"),
				Descending: rapid.Bool().Draw(r, "descending"), Limit: rapid.IntRange(1, 30).Draw(r, "limit"),
			}
			from := cursor{
				order: deviceOrder{q.Sort, q.Descending}.name(), key: rapid.SampledFrom(keys).Draw(r, "key"),
				guid: rapid.SampledFrom([]string{"0", "~", f.devices[7].GUID}).Draw(r, "guid"),
			}
			all := f.search(q)
			// Which of them stand before the place, and which behind it.
			side := func(keep func(compared int) bool) []string {
				return guids(slices.DeleteFunc(slices.Clone(all), func(d inventory.Device) bool {
					compared := cmp.Or(strings.Compare(inventory.SortKey(d.Name), from.key), strings.Compare(d.GUID, from.guid))
					if q.Descending {
						compared = -compared
					}
					return !keep(compared)
				}))
			}
			var want []string
			var hasNext, hasPrevious bool
			if rapid.Bool().Draw(r, "backwards") {
				q.Before = from.String()
				before := side(func(c int) bool { return c < 0 })
				want = before[max(0, len(before)-q.Limit):]
				hasPrevious, hasNext = len(before) > len(want), len(all) > len(before)
			} else {
				q.After = from.String()
				behind := side(func(c int) bool { return c > 0 })
				want = behind[:min(len(behind), q.Limit)]
				hasPrevious, hasNext = len(all) > len(behind), len(behind) > len(want)
			}
			page, err := s.Devices(t.Context(), q)
			if err != nil {
				r.Fatal(err)
			}
			if diff := gocmp.Diff(want, guids(page.Devices)); diff != "" && len(want)+len(page.Devices) > 0 {
				r.Fatalf("%+v from %q: (-want +got)\n%s", q, from, diff)
			}
			if hasSome := len(want) > 0; page.Total != len(all) || page.HasPrevious != (hasSome && hasPrevious) || (page.Next != "") != (hasSome && hasNext) {
				r.Fatalf("%+v from %q: %d of %d, previous %t, next %t", q, from, page.Total, len(all), page.HasPrevious, page.Next != "")
			}
		})
	})
}
