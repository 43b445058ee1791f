package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/preference"
)

// lookedUp counts how often single organizations and users are asked for.
type lookedUp struct {
	inventory.Store
	times atomic.Int64
}

func (l *lookedUp) Org(ctx context.Context, scope inventory.Scope, uid string) (inventory.Org, error) {
	l.times.Add(1)
	return l.Store.Org(ctx, scope, uid)
}

func (l *lookedUp) UserRow(ctx context.Context, scope inventory.Scope, uid string) (inventory.UserRow, error) {
	l.times.Add(1)
	return l.Store.UserRow(ctx, scope, uid)
}

// TestOthersViewsMakeNoListSlow: what a few people share, whatever it filters by, costs everybody else's list next to nothing.
func TestOthersViewsMakeNoListSlow(t *testing.T) {
	t.Parallel()
	p := setup(t)
	for i := range 300 {
		p.theirView(p.fleet.Own.UID, fmt.Sprintf("columns=name&org=o%d&user=u%d", i, i))
	}
	seen := p.theirView(p.fleet.Own.UID, "active=true&columns=name")
	counted := &lookedUp{Store: p.mirror.Store}
	p.mirror.Store = counted
	b := p.as("viewer")
	b.get("/devices")
	if n := counted.times.Load(); n > 100 {
		t.Errorf("the list asks for %d organizations and users", n)
	}
	if body := b.get("/devices/views").body; !strings.Contains(body, "view "+seen) {
		t.Error("the page of views lacks the one that the reader may see")
	}
}

// TestWhoSeesAnOrganizationNoMoreNamesNothingThere: the owner of a shared view whose role has gone takes it back, and
// writes nothing new into the menus of the people there.
func TestWhoSeesAnOrganizationNoMoreNamesNothingThere(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("viewer")
	id, gone := operation.NewID(), operation.NewID()
	for view, share := range map[string]string{id: p.fleet.Sibling.UID, gone: "4711"} {
		must(t, p.store.AddView(t.Context(), preference.View{ID: view, Owner: p.keyOf("viewer"), Name: "mine " + view, Query: "columns=name", ShareOrgUID: share}, 1000))
	}
	change := func(view, name, share string) answer {
		return b.post("/devices/views/"+view, url.Values{"name": {name}, "share": {share}})
	}
	if a := change(id, "call this number", p.fleet.Sibling.UID); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a new name in the menus of others: %d", a.status)
	}
	if got := p.as("sibling-viewer").views("/devices"); len(got) != 1 || got[0] != "mine "+id {
		t.Errorf("the menu there holds %q", got)
	}
	if a := change(gone, "another name", "4711"); a.status != http.StatusSeeOther {
		t.Errorf("a new name where nobody reads it: %d", a.status)
	}
	if a := change(id, "call this number", ""); a.status != http.StatusSeeOther {
		t.Errorf("taken back: %d", a.status)
	}
}

// TestANewNameOfASharedViewIsWrittenDown: others read it from then on.
func TestANewNameOfASharedViewIsWrittenDown(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("viewer")
	b.saveView("harmless", "q=x", p.fleet.Own.UID)
	address, _ := b.get("/devices/views").page(t).Find("tbody .btn").Attr("href")
	if a := b.post(address, url.Values{"name": {"call this number"}, "share": {p.fleet.Own.UID}}); a.status != http.StatusSeeOther {
		t.Fatalf("a new name: %d", a.status)
	}
	if line := p.newest("view.share"); line.Target.Name != "call this number" || len(line.OrgUIDs) != 1 || line.OrgUIDs[0] != p.fleet.Own.UID {
		t.Errorf("the newest line says %+v", line)
	}
}
