package action_test

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/action"
	"backup-portal/internal/backup"
)

var update = flag.Bool("update", false, "write docs/actions.md anew")

func TestReferenceIsCurrent(t *testing.T) {
	t.Parallel()
	const path = "../../docs/actions.md"
	got := action.Reference(action.All)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("docs/actions.md is not what the catalogue says; run go test ./internal/action -update (-want +got):\n%s", diff)
	}
}

func TestReadyNeedsTheOtherState(t *testing.T) {
	t.Parallel()
	for id, blocked := range map[string]bool{"device.block": false, "device.unblock": true} {
		a, ok := action.ByID(id)
		if !ok {
			t.Fatalf("no action %s", id)
		}
		if why := a.Ready(action.Order{State: action.State{Device: backup.Device{Blocked: blocked}}}); why != "" {
			t.Errorf("%s is not ready: %s", id, why)
		}
		if why := a.Ready(action.Order{State: action.State{Device: backup.Device{Blocked: !blocked}}}); why == "" {
			t.Errorf("%s is ready where it makes no difference", id)
		}
	}
}

// TestFingerprint holds exactly the fields that decision, text and impact use.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	a, _ := action.ByID("device.block")
	base := backup.Device{Active: true, OrgUID: "1", UserUID: "2"}
	mark := func(change func(*backup.Device)) string {
		d := base
		change(&d)
		return a.Fingerprint(action.Order{State: action.State{Device: d}})
	}
	same := mark(func(*backup.Device) {})
	for name, change := range map[string]func(*backup.Device){
		"active": func(d *backup.Device) { d.Active = false }, "blocked": func(d *backup.Device) { d.Blocked = true },
		"org": func(d *backup.Device) { d.OrgUID = "9" }, "owner": func(d *backup.Device) { d.UserUID = "9" },
	} {
		if mark(change) == same {
			t.Errorf("a change of %s does not change the fingerprint", name)
		}
	}
	for name, change := range map[string]func(*backup.Device){
		"last connected": func(d *backup.Device) { d.LastConnected = d.LastConnected.AddDate(1, 0, 0) },
		"modified":       func(d *backup.Device) { d.Modified = d.Modified.AddDate(1, 0, 0) },
		"name":           func(d *backup.Device) { d.Name = "renamed" },
	} {
		if mark(change) != same {
			t.Errorf("ordinary activity (%s) changes the fingerprint", name)
		}
	}
}
