package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"backup-portal/internal/inventory"
)

// untold is a mirror of a vendor who does not tell the portal's account about legal holds.
type untold struct{ inventory.Store }

func (u untold) Freshness(ctx context.Context) (inventory.Freshness, error) {
	f, err := u.Store.Freshness(ctx)
	f.HoldsAt = time.Time{}
	return f, err
}

// TestNobodyIsFreeWhereNobodyKnows: where it is not known who is on legal hold, no list finds the devices of people who are
// on none, and no column of a list or a file says that they are free.
func TestNobodyIsFreeWhereNobodyKnows(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.mirror.Store = untold{p.store}
	b := p.as("root-admin")
	for _, value := range []string{"true", "false"} {
		list := b.get("/devices?hold=" + value)
		page := list.page(t)
		if told := page.Find("#f-hold-problem").Text(); list.status != http.StatusUnprocessableEntity || page.Find("tbody tr").Length() != 0 || !strings.Contains(told, "Nobody knows who is on legal hold") {
			t.Errorf("hold=%s: %d, %d rows, %q", value, list.status, page.Find("tbody tr").Length(), told)
		}
		counts := b.fetch(http.MethodGet, "/devices/facets?hold="+value, nil, map[string]string{"HX-Request": "true"})
		for what, a := range map[string]answer{"counts": counts, "file": b.get("/devices/export.csv?hold=" + value), "users": b.get("/users?hold=" + value)} {
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Nobody knows who is on legal hold") {
				t.Errorf("hold=%s: the %s: %d", value, what, a.status)
			}
		}
	}
	cells := b.get("/devices?columns=name,legalHold").page(t).Find(`tbody td[data-label="Legal hold"]`)
	_, rows := b.get("/devices/export.csv?columns=guid,legalHold").table(t)
	if oneLine(cells.First().Text()) != "not known" || cells.Length() != 50 || len(rows) == 0 || rows[0][2] != "not known" {
		t.Errorf("a row says %q, one of the file %q", cells.First().Text(), rows[0])
	}
}
