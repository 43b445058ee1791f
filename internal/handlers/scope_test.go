package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"backup-portal/internal/audit"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
)

// TestAMovedDeviceBringsNoNamesAlong: the operation changes hands with its device, because somebody has to settle it;
// the organization it came from, and what was written down there, stay unknown to its new readers.
func TestAMovedDeviceBringsNoNamesAlong(t *testing.T) {
	t.Parallel()
	p := setup(t)
	root := p.as("root-admin")
	d := p.device["sibling"]
	org, err := p.mirror.Org(t.Context(), inventory.Everything(), p.fleet.Sibling.UID)
	must(t, err)
	line := audit.Line{
		At: time.Now(), Actor: audit.Actor{Key: "third", Name: "Third Person", Address: "192.0.2.99"}, Action: "device.block", Outcome: audit.Intent,
		Target: audit.Target{Kind: "device", ID: d.GUID, Name: d.Name, Org: org.Name}, OrgUIDs: []string{org.UID}, Detail: "written in " + org.Name,
	}
	op := operation.Operation{
		ID: operation.NewID(), Action: "device.block", Person: operation.Person{Key: "third", Name: "Third Person", Address: "192.0.2.99"},
		TargetKind: "device", TargetID: d.GUID, TargetName: d.Name, TargetOrgUID: org.UID, TargetOrgName: org.Name, TargetOrgPath: org.Path,
	}
	line.Operation = op.ID
	stored, _, err := p.store.Begin(t.Context(), op, time.Minute, line)
	must(t, err)
	line.Outcome = audit.Unknown
	_, err = p.store.Move(t.Context(), operation.Move{ID: op.ID, Version: stored.Version, To: operation.Unknown, Line: line})
	must(t, err)

	must(t, p.emulator.MoveDevice(d.GUID, p.fleet.Own.UID))
	root.get("/devices/" + d.GUID) // read live, so the portal knows
	for who, sees := range map[string]bool{"admin": false, "root-admin": true} {
		b := p.as(who)
		a := b.get("/operations/" + op.ID)
		if a.status != http.StatusOK || !strings.Contains(a.body, "Settle") {
			t.Errorf("%s cannot settle what happened to the device: %d", who, a.status)
		}
		for _, token := range []string{org.UID, org.Name, "192.0.2.99"} {
			if strings.Contains(a.body, token) != sees {
				t.Errorf("%s reads %q of the organization that the device came from: %t, want %t", who, token, !sees, sees)
			}
		}
	}
	// The line of the settlement belongs where the device is now.
	b := p.as("admin")
	b.post("/operations/"+op.ID+"/settle", url.Values{"outcome": {"failed"}, "reason": {"looked at it"}})
	if a := b.get("/operations/" + op.ID); !strings.Contains(a.body, "looked at it") {
		t.Error("who settled it cannot read their own line")
	}
}

// TestHistoryIsOfTheDevice: whoever names a laptop after another one's GUID must not write into its history.
func TestHistoryIsOfTheDevice(t *testing.T) {
	t.Parallel()
	p := setup(t)
	d, other := p.device["own"], p.device["child"]
	for _, target := range []audit.Target{
		{Kind: "device", ID: other.GUID, Name: "laptop " + d.GUID, Org: "x"},
		{Kind: "session", ID: d.GUID},
	} {
		_, err := p.store.Record(t.Context(), audit.Line{
			At: time.Now(), Actor: audit.Actor{Key: "third", Name: "Third Person"}, Action: "device.block", Target: target,
			OrgUIDs: []string{other.OrgUID}, Outcome: audit.Succeeded, Reason: "not about this device",
		})
		must(t, err)
	}
	if a := p.as("admin").get("/devices/" + d.GUID); a.status != http.StatusOK || strings.Contains(a.body, "not about this device") {
		t.Errorf("the history of a device (%d) shows a line about another one", a.status)
	}
}

// TestFirstLineOpensOnlyWhenAsked: the log's first line has the number 0.
func TestFirstLineOpensOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin") // its own sign-in is line 0
	for path, want := range map[string]bool{"/audit": false, "/audit?older=1": false, "/audit?line=junk": false, "/audit?line=-1": false, "/audit?line=0": true, "/audit?line=0&older=1": true} {
		if got := strings.Contains(b.get(path).body, "Leaf"); got != want {
			t.Errorf("%s opens the first line: %t, want %t", path, got, want)
		}
	}
}

// TestTwoRootsAreTwoFleets: an admin of one tree is no reader of what people did in another.
func TestTwoRootsAreTwoFleets(t *testing.T) {
	t.Parallel()
	p := setup(t)
	must(t, p.store.OrgSeen(t.Context(), inventory.Org{UID: "other-root", Name: "Other", Path: "/other-root/", Active: true}))
	for _, orgs := range [][]string{{"other-root"}, {"other-root", p.fleet.Own.UID}, {"gone-org"}, nil} {
		_, err := p.store.Record(t.Context(), audit.Line{
			At: time.Now(), Actor: audit.Actor{Key: "third", Name: "Third Person"}, Action: "device.block",
			Target: audit.Target{Kind: "device", ID: "1", Name: "named:" + strings.Join(orgs, "+") + ":"}, OrgUIDs: orgs, Outcome: audit.Refused,
		})
		must(t, err)
	}
	body := p.as("root-admin").get("/audit?who=Third").body
	for name, want := range map[string]bool{"named:other-root:": false, "named:other-root+" + p.fleet.Own.UID + ":": false, "named:gone-org:": true, "named::": true} {
		if got := strings.Contains(body, name); got != want {
			t.Errorf("the admin of one root reads %s %t, want %t", name, got, want)
		}
	}
}
