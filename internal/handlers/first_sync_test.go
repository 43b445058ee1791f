package handlers_test

import (
	"context"
	"strings"
	"testing"

	"backup-portal/internal/audit"
	"backup-portal/internal/inventory"
)

// unsynced is a mirror whose first sync has not ended.
type unsynced struct {
	inventory.Store
	failure string
}

func (u unsynced) Freshness(ctx context.Context) (inventory.Freshness, error) {
	f, err := u.Store.Freshness(ctx)
	return inventory.Freshness{Running: u.failure == "", FailedAt: f.FailedAt, Failure: u.failure}, err
}

// TestAPartOfTheFleetIsNotTakenForTheWhole: until the first sync has ended, every list says that it is not whole, and so do
// an export's name and its line in the log.
func TestAPartOfTheFleetIsNotTakenForTheWhole(t *testing.T) {
	t.Parallel()
	for failure, words := range map[string]string{
		"": "The first sync with the backup service is under way.", "The backup service reported an error.": "The backup service reported an error. Lists",
	} {
		p := setup(t)
		b := p.as("root-admin")
		for _, path := range []string{"/", "/devices", "/devices?active=true", "/users", "/organizations"} {
			if note := b.get(path).page(t).Find(".note.warn").Text(); strings.Contains(note, "whole fleet") {
				t.Errorf("%s of a whole fleet says %q", path, note)
			}
		}
		p.mirror.Store = unsynced{p.store, failure}
		for _, path := range []string{"/", "/devices", "/devices?active=true", "/users", "/organizations"} {
			note := oneLine(b.get(path).page(t).Find(".note.warn").Text())
			if !strings.Contains(note, "does not know the whole fleet yet.") || !strings.Contains(note, words) {
				t.Errorf("%s says %q", path, note)
			}
		}
		if running, offered := failure == "", b.get("/devices").page(t).Find(".note button:contains('Sync now')").Length() == 1; running == offered {
			t.Errorf("running: %t, a sync is offered: %t", running, offered)
		}
		a := b.get("/devices/export.csv")
		if name := a.header.Get("Content-Disposition"); !strings.HasSuffix(name, `-incomplete.csv"`) {
			t.Errorf("the file is called %s", name)
		}
		if line := p.newest("devices.export"); line.Outcome != audit.Done || !strings.Contains(line.Detail, "first sync had not ended") {
			t.Errorf("written down as %+v", line)
		}
	}
}
