package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"backup-portal/internal/inventory"
)

// uncountable is a mirror in which always more devices match than are counted one by one.
type uncountable struct{ inventory.Store }

func (u uncountable) Facets(ctx context.Context, q inventory.DeviceQuery, now time.Time) (inventory.Facets, error) {
	f, err := u.Store.Facets(ctx, q, now)
	f.Known = false
	return f, err
}

// TestCountsOfALargeFleetAreThoseOfItsLists: where only what facets stand for filters the list, its counts come from a
// summary, at the first time of asking, and the lists that they lead to hold as many; else there are none.
func TestCountsOfALargeFleetAreThoseOfItsLists(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.spreadAges()
	p.mirror.Store = uncountable{p.store}
	for query, who := range map[string]string{
		"": "root-admin", "active=true&os=win": "org-manager", "backup-before=7d&backup-after=30d&active=true": "root-admin", "backup-after=24h": "viewer",
		"backup-before=30d&os=win": "root-admin", "backup=never": "root-admin", "org=" + p.fleet.Own.UID + "&backup-before=1d": "root-admin",
	} {
		b := p.as(who)
		a := b.fetch(http.MethodGet, "/devices/facets?"+query, nil, map[string]string{"HX-Request": "true"})
		links := a.page(t).Find("#facets a:not([aria-current])")
		if a.status != http.StatusOK || links.Length() < 8 {
			t.Fatalf("%q: %d with %d counts", query, a.status, links.Length())
		}
		for _, link := range links.EachIter() {
			if count, found := link.Find("span").Last().Text(), fmt.Sprint(len(b.listed(link.AttrOr("href", "")))); count != found {
				t.Errorf("%q: %q says %s and its list holds %s", query, link.Text(), count, found)
			}
		}
	}
	for _, query := range []string{"connected-before=30d", "backup-before=2d", "q=a"} {
		a := p.as("root-admin").fetch(http.MethodGet, "/devices/facets?"+query, nil, map[string]string{"HX-Request": "true"})
		if figures := oneLine(a.page(t).Find("#facets a span + span").Text()); figures != "" {
			t.Errorf("%q: counts that nobody knows: %s", query, figures)
		}
	}
}
