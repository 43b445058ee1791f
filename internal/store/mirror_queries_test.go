package store

import (
	"context"
	"strings"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"backup-portal/internal/inventory"
)

// queries draws queries of every kind.
func (f *fleet) queries() *rapid.Generator[inventory.DeviceQuery] {
	path := rapid.Custom(func(r *rapid.T) string {
		return rapid.OneOf(rapid.SampledFrom(f.orgs), rapid.SampledFrom(f.orgs[:4])).Draw(r, "org").Path
	})
	flag := rapid.SampledFrom([]*bool{nil, nil, nil, new(true), new(false)})
	text := rapid.OneOf(
		rapid.SampledFrom([]string{
			"la\x00p", `lap" OR "top`, `"`, `""`, "NEAR(lap top)", "lap*", "-lap", "^lap", "search_text:lap", `\`, `\%`, "'; DROP TABLE device; --",
			"{lap}", "lap\xfftop", strings.Repeat("長い", 100), strings.Repeat("x", 300), "$1", "?", "?0", "_ap", "l_p",
		}),
		rapid.SampledFrom([]string{"", "", "l", "LA", "laptop", "strasse", "e\u0301c", "ÉCOLE", "%_d", "o'b", "💾", "長い長", "ref-", "user1", "host4", "1f", "\x1f", "<scr", "לפט", "i\u0307s", "no such device"}),
		rapid.Custom(func(r *rapid.T) string {
			name := []rune(rapid.SampledFrom(f.devices).Draw(r, "device").Name)
			from := rapid.IntRange(0, len(name)).Draw(r, "from")
			return string(name[from:min(len(name), from+rapid.IntRange(0, 6).Draw(r, "length"))])
		}),
	)
	end := rapid.Custom(func(r *rapid.T) time.Time {
		d := rapid.SampledFrom(f.devices).Draw(r, "device")
		at := rapid.SampledFrom([]time.Time{d.LastConnected, d.LastCompleted, d.Created}).Draw(r, "time")
		return at.Truncate(time.Microsecond) // as precise as the database
	})
	seldom := func(g *rapid.Generator[string]) *rapid.Generator[string] {
		return rapid.OneOf(rapid.Just(""), rapid.Just(""), g)
	}
	during := rapid.Custom(func(r *rapid.T) inventory.TimeRange {
		switch rapid.IntRange(0, 7).Draw(r, "range") {
		case 0:
			return inventory.TimeRange{After: end.Draw(r, "after")}
		case 1:
			return inventory.TimeRange{Before: end.Draw(r, "before")}
		case 2:
			return inventory.TimeRange{After: end.Draw(r, "after"), Before: end.Draw(r, "before")}
		case 3:
			return inventory.TimeRange{Never: true}
		default:
			return inventory.TimeRange{}
		}
	})
	return rapid.Custom(func(r *rapid.T) inventory.DeviceQuery {
		return inventory.DeviceQuery{
			Scope: inventory.Scope{Paths: rapid.SliceOfN(path, 0, 3).Draw(r, "scope")},
			Text:  text.Draw(r, "text"), Active: flag.Draw(r, "active"), Blocked: flag.Draw(r, "blocked"), Alert: flag.Draw(r, "alert"),
			Deauthorized:  flag.Draw(r, "deauthorized"),
			OnHold:        flag.Draw(r, "on hold"),
			OrgUID:        seldom(rapid.SampledFrom([]string{"1", "2", "12", "no such org"})).Draw(r, "org"),
			Directly:      rapid.Bool().Draw(r, "directly"),
			UserUID:       seldom(rapid.SampledFrom([]string{"1", "2", "39", "nobody"})).Draw(r, "user"),
			Destination:   seldom(rapid.SampledFrom([]string{"42", "43", "430", "4", "42\x1fCloud <42>"})).Draw(r, "destination"),
			OS:            seldom(rapid.SampledFrom([]string{"win", "mac", "WIN"})).Draw(r, "os"),
			ClientVersion: seldom(rapid.SampledFrom([]string{"11.1.0", "11.1", "11.12.0"})).Draw(r, "client"),
			Connected:     during.Draw(r, "connected"), Completed: during.Draw(r, "completed"), Created: during.Draw(r, "created"),
			KeepNewest: rapid.SampledFrom([]int{0, 0, 0, 1, 2, 5, 1000}).Draw(r, "keep"),
			Sort:       rapid.SampledFrom([]inventory.DeviceSort{inventory.ByName, inventory.ByConnected, inventory.ByCompleted, inventory.ByStored}).Draw(r, "sort"),
			Descending: rapid.Bool().Draw(r, "descending"),
			Limit:      rapid.IntRange(1, 60).Draw(r, "limit"),
		}
	})
}

// pageThrough reads a list to its end and back, and wants each of these rows once, with the same total all the way.
func pageThrough(ctx context.Context, r *rapid.T, s *Store, q inventory.DeviceQuery, want []string) {
	r.Helper()
	var forth, back []string
	var last inventory.DevicePage
	for after := ""; ; {
		at := q
		at.After = after
		page, err := s.Devices(ctx, at)
		if err != nil {
			r.Fatal(err)
		}
		if page.Total != len(want) || page.TotalCapped || page.HasPrevious != (len(forth) > 0) || len(page.Devices) > q.Limit {
			r.Fatalf("page after %q: total %d, previous %v, %d rows; want total %d after %d rows", after, page.Total, page.HasPrevious, len(page.Devices), len(want), len(forth))
		}
		for _, d := range page.Devices {
			if !q.Scope.Contains(d.OrgPath) {
				r.Fatalf("%s of %q is outside the scope", d.GUID, d.OrgPath)
			}
		}
		forth, last = append(forth, guids(page.Devices)...), page
		if after = page.Next; after == "" {
			break
		}
	}
	if diff := gocmp.Diff(want, forth); diff != "" {
		r.Fatalf("forwards (-want +got):\n%s", diff)
	}
	back = guids(last.Devices)
	for last.Before != "" {
		at := q
		at.Before = last.Before
		page, err := s.Devices(ctx, at)
		if err != nil {
			r.Fatal(err)
		}
		if page.Next == "" {
			r.Fatal("a page before another has no next")
		}
		back, last = append(guids(page.Devices), back...), page
	}
	if diff := gocmp.Diff(want, back); diff != "" {
		r.Fatalf("backwards (-want +got):\n%s", diff)
	}
}
