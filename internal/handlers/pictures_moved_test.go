package handlers_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"backup-portal/internal/inventory"
)

// largeFleet says of every scope that it is large enough for its summary to be kept.
type largeFleet struct{ inventory.Store }

func (l largeFleet) DeviceSummary(ctx context.Context, scope inventory.Scope, now time.Time) (inventory.DeviceSummary, error) {
	summary, err := l.Store.DeviceSummary(ctx, scope, now)
	summary.Total += 1_000_000
	return summary, err
}

// TestAKeptPictureNamesNoOrganizationThatHasLeft: figures may be a few minutes old, names may not.
func TestAKeptPictureNamesNoOrganizationThatHasLeft(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.mirror.Store = largeFleet{p.mirror.Store}
	b := p.as("viewer")
	pictures := func() string { return b.overview().Find("#pictures").Text() }
	if !strings.Contains(pictures(), p.fleet.Child.Name) {
		t.Fatalf("the pictures do not name %s", p.fleet.Child.Name)
	}
	orgs, err := p.store.OrgPaths(t.Context(), []string{p.fleet.Child.UID, p.fleet.Sibling.UID})
	must(t, err)
	child, sibling := orgs[p.fleet.Child.UID], orgs[p.fleet.Sibling.UID]
	child.ParentUID, child.Path, child.Depth = sibling.UID, sibling.Path+child.UID+"/", sibling.Depth+1
	must(t, p.store.OrgMoved(t.Context(), child))
	if strings.Contains(pictures(), p.fleet.Child.Name) {
		t.Errorf("the pictures still name %s, which has moved away", p.fleet.Child.Name)
	}
	if !strings.Contains(p.as("sibling-viewer").overview().Find("#pictures").Text(), p.fleet.Child.Name) {
		t.Error("the pictures of where it has moved do not name it")
	}
}
