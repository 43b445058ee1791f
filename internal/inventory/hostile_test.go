package inventory_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/inventory"
)

// TestANameWithoutEndIsCut: any laptop names itself, and lists show fifty of them.
func TestANameWithoutEndIsCut(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	own, _, device, _ := f.twoSubtrees()
	for _, name := range []string{strings.Repeat("長", 1<<14), strings.Repeat("x", 999) + strings.Repeat("é", 1<<14)} {
		if err := f.vendor.RenameDevice(device.GUID, name); err != nil {
			t.Fatal(err)
		}
		live, err := f.Live(t.Context(), own, device.GUID)
		if err != nil {
			t.Fatal(err)
		}
		row, err := f.Device(t.Context(), own, device.GUID)
		if err != nil {
			t.Fatal(err)
		}
		for what, got := range map[string]string{"live": live.Row.Name, "mirror": row.Name} {
			if n := utf8.RuneCountInString(got); n != 1000 || !utf8.ValidString(got) || !strings.HasPrefix(name, strings.TrimSuffix(got, "…")) {
				t.Errorf("%s: a name of %d characters: %.20q…", what, n, got)
			}
		}
	}
}

// TestAHostilePageHurtsNobody: whatever stands in a page of devices, the sync ends and what was known stays.
func TestAHostilePageHurtsNobody(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		page string
		ends bool // the page can be read, so the sync completes
	}{
		"nested without end": {page: `{"data":{"totalCount":1,"computers":` + strings.Repeat("[", 1<<20)},
		"an object in depth": {page: `{"data":{"totalCount":1,"computers":[{"guid":"1","alertStates":` + strings.Repeat(`{"#text":`, 9000) + `1` + strings.Repeat("}", 9000) + `}]}}`, ends: true},
		"rows of nothing":    {page: `{"data":{"totalCount":2,"computers":[null,{}]}}`},
		"no rows at all":     {page: `{"data":{"totalCount":0,"computers":null}}`, ends: true},
		"a negative count":   {page: `{"data":{"totalCount":-5,"computers":[]}}`, ends: true},
		"letters for a GUID": {page: `{"data":{"totalCount":1,"computers":[{"guid":"../../etc\u0000<b>","orgUid":"nowhere","active":"yes"}]}}`, ends: true},
		"numbers too large":  {page: `{"data":{"totalCount":1,"computers":[{"guid":1e999,"computerId":1e999,"lastConnected":-1}]}}`, ends: true},
		"the same again":     {page: `{"data":{"totalCount":3,"computers":[{"guid":"1"},{"guid":"1"},{"guid":"1"}]}}`},
		"an array":           {page: `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var hostile atomic.Bool
			f := newFixtureBehind(t, calm(), func(vendor *emulator.Server) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if hostile.Load() && r.URL.Path == "/api/v1/Computer" {
						_, _ = io.WriteString(w, c.page)
						return
					}
					vendor.ServeHTTP(w, r)
				})
			})
			f.sync()
			count := func() int {
				page, err := f.Search(t.Context(), inventory.DeviceQuery{Scope: inventory.Everything()})
				if err != nil {
					t.Fatal(err)
				}
				return page.Total
			}
			before := count()
			hostile.Store(true)
			if err := f.Sync(t.Context()); (err == nil) != c.ends {
				t.Errorf("sync: %v, want an end: %t", err, c.ends)
			}
			if after := count(); after != before {
				t.Errorf("%d devices are left of %d", after, before)
			}
		})
	}
}
