package e2e

import (
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
)

// TestOrganizationsAreMadeAndRenamed makes a child of an organization, opens it, and gives it another name.
func TestOrganizationsAreMadeAndRenamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	parent, b := w.quiet(1)[0], w.as(t, "mara", look{})
	named := func(name string) (found backupemu.Org) {
		for _, o := range w.emulator.Snapshot().Orgs {
			if o.Name == name && o.ParentUID == parent {
				found = o
			}
		}
		return found
	}
	b.visit("/organizations/" + parent)
	b.press("Create organization…")
	b.sees("dialog[open], main", "Name")
	b.fill("#confirm [name='param.name'], #confirm [name=name]", "Workshop Nord")
	b.press("Create organization")
	b.at("/operations/*")
	b.sees(".st.pill", "Succeeded")
	made := named("Workshop Nord")
	if made.UID == "" {
		t.Fatal("no such organization was made")
	}
	b.visit("/organizations/" + made.UID)
	b.sees("h1", "Workshop Nord")
	b.press("Edit organization…")
	b.fill("#confirm [name='param.name'], #confirm [name=name]", "Workshop Süd")
	b.press("Edit organization")
	b.at("/operations/*")
	b.sees(".st.pill", "Succeeded")
	if named("Workshop Süd").UID != made.UID {
		t.Error("it was not renamed")
	}
}
