package handlers_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"backup-portal/internal/audit"
	backupemu "backup-portal/internal/emulator/backup"
)

// macs makes active Macs of devices of the emulator and answers them by GUID: some have granted access, some have not.
func (p *portal) macs(place string) (granted, refused []string) {
	p.t.Helper()
	for _, d := range p.emulator.Snapshot().Devices {
		if d.OSName != "mac" || !d.Active {
			continue
		}
		if d.OrgUID != p.org(place).UID {
			must(p.t, p.emulator.MoveDevice(d.GUID, p.org(place).UID))
		}
		allowed := len(granted) <= len(refused)
		must(p.t, p.emulator.SetFullDiskAccess(d.GUID, allowed))
		if allowed {
			granted = append(granted, d.GUID)
		} else {
			refused = append(refused, d.GUID)
		}
		if len(granted)+len(refused) == 5 {
			break
		}
	}
	if len(refused) != 2 {
		p.t.Fatalf("%d Macs in the emulated fleet", len(granted)+len(refused))
	}
	must(p.t, p.mirror.Sync(p.t.Context()))
	return granted, refused
}

func TestFullDiskAccess(t *testing.T) {
	t.Parallel()
	p := setup(t)
	granted, refused := p.macs("child")
	must(t, p.emulator.RenameDevice(refused[0], `=cmd|' /C calc'!A0`+strings.Repeat("M", 300)))
	must(t, p.mirror.Sync(t.Context()))
	all, inside, ofOwn := 0, 0, 0
	for _, d := range p.emulator.Snapshot().Devices {
		if d.OSName != "mac" || !d.Active || !p.inside(d.OrgUID) {
			continue
		}
		inside++
		switch d.OrgUID {
		case p.fleet.Child.UID:
			all++
		case p.fleet.Own.UID:
			ofOwn++
		}
	}
	b := p.as("org-manager")
	child := "/organizations/" + p.fleet.Child.UID + "/full-disk-access"
	page := b.get(child).page(t)
	counts := map[string]string{}
	for _, state := range []string{"all", "granted", "not-granted", "not-told"} {
		counts[state] = page.Find("#access-" + state + " .muted").Text()
	}
	if counts["all"] != strconv.Itoa(all) || page.Find("tbody tr").Length() != all {
		t.Errorf("%v and %d rows, want %d Macs", counts, page.Find("tbody tr").Length(), all)
	}
	for guid, want := range map[string]string{granted[0]: "Granted", granted[1]: "Granted", refused[0]: "Not granted", refused[1]: "Not granted"} {
		row := page.Find(`tr:has(a[href="/devices/` + guid + `"])`)
		if got := strings.TrimSpace(row.Find(`[data-label="Full disk access"]`).Text()); got != want {
			t.Errorf("%s reads %q, want %q", guid, got, want)
		}
	}
	chosen := b.get(child + "?access=not-granted").page(t)
	if n := chosen.Find("tbody tr").Length(); strconv.Itoa(n) != counts["not-granted"] || n < 2 {
		t.Errorf("%d rows of %s not granted", n, counts["not-granted"])
	}
	below := b.get("/organizations/" + p.fleet.Own.UID + "/full-disk-access?below=true").page(t)
	if got := below.Find("#access-all .muted").Text(); got != strconv.Itoa(inside) {
		t.Errorf("with those below %s, want %d", got, inside)
	}
	own := b.get("/organizations/" + p.fleet.Own.UID + "/full-disk-access").page(t)
	if got := own.Find("#access-all .muted").Text(); got != strconv.Itoa(ofOwn) {
		t.Errorf("without those below %s, want %d", got, ofOwn)
	}
	device := b.get("/devices/" + refused[0]).page(t).Find("dl.facts").Text()
	if !strings.Contains(device, "Full disk access") || !strings.Contains(device, "Not granted") {
		t.Errorf("the Mac's page says %q", device)
	}
	if other := b.get("/devices/" + p.notAMac()).page(t).Find("dl.facts").Text(); strings.Contains(other, "Full disk access") {
		t.Errorf("the page of what is no Mac says %q", other)
	}
}

// notAMac is a device at Own of another system.
func (p *portal) notAMac() string {
	p.t.Helper()
	for _, d := range p.emulator.Snapshot().Devices {
		if d.OSName != "mac" && p.inside(d.OrgUID) {
			return d.GUID
		}
	}
	p.t.Fatal("there are only Macs")
	return ""
}

// The file has every Mac in the scope that may be exported, no cell of it is a formula, and it is written down.
func TestExportOfFullDiskAccess(t *testing.T) {
	t.Parallel()
	p := setup(t)
	granted, refused := p.macs("child")
	must(t, p.emulator.RenameDevice(refused[0], `=cmd|' /C calc'!A0`))
	must(t, p.mirror.Sync(t.Context()))
	b := p.as("auditor")
	file := "/organizations/" + p.fleet.Own.UID + "/full-disk-access/export.csv?below=true"
	head, rows := b.get(file).table(t)
	states := map[string]string{}
	for _, row := range rows {
		if !p.inside(row[4]) {
			t.Errorf("%v leaves from outside", row)
		}
		states[row[0]] = row[5]
		if row[0] == refused[0] && !strings.HasPrefix(row[1], "'=") {
			t.Errorf("%v is a formula", row)
		}
	}
	if strings.Join(head, ",") != "guid,name,user,organization,orgUid,fullDiskAccess,lastConnected" || states[granted[0]] != "granted" || states[refused[0]] != "not-granted" {
		t.Errorf("%v %v", head, states)
	}
	line := p.newest("disk-access.export")
	if line.Outcome != audit.Done || line.After["macs"] != strconv.Itoa(len(rows)) || line.Target.ID != p.fleet.Own.UID {
		t.Errorf("written down as %+v", line)
	}
	if a := p.as("viewer").get(file); a.status != http.StatusForbidden || p.newest("disk-access.export").Outcome != audit.Refused {
		t.Errorf("a viewer: %d, %+v", a.status, p.newest("disk-access.export"))
	}
	if page := p.as("viewer").get("/organizations/" + p.fleet.Own.UID + "/full-disk-access"); page.page(t).Find("a[download]").Length() != 0 || !strings.Contains(page.body, "may export lists") {
		t.Errorf("a viewer is offered the file: %s", page.body)
	}
	p.emulator.FailNext(backupemu.Match{PathPrefix: "/api/v38/agent-state"}, backupemu.Failure{Status: http.StatusInternalServerError}, 99)
	_, rows = b.get(file).table(t)
	for _, row := range rows {
		if row[5] != "not-answered" {
			t.Errorf("while the vendor is silent: %v", row)
		}
	}
	if line := p.newest("disk-access.export"); line.Outcome != audit.Done || !strings.Contains(line.Detail, "did not answer") {
		t.Errorf("written down as %+v", line)
	}
}

// A vendor that does not answer leaves the Macs as the portal knows them, and says so.
func TestFullDiskAccessWhileTheVendorIsSilent(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.macs("child")
	b := p.as("viewer")
	page := "/organizations/" + p.fleet.Child.UID + "/full-disk-access"
	p.emulator.FailNext(backupemu.Match{PathPrefix: "/api/v38/agent-state"}, backupemu.Failure{Status: http.StatusForbidden}, 99)
	a := b.get(page)
	doc := a.page(t)
	if a.status != http.StatusOK || !strings.Contains(a.body, "may not read this") || doc.Find("#access-not-told .muted").Text() != doc.Find("#access-all .muted").Text() || doc.Find("tbody tr").Length() < 5 {
		t.Errorf("%d %s", a.status, doc.Find("main").Text())
	}
	p.emulator.FailNext(backupemu.Match{PathPrefix: "/api/"}, backupemu.Failure{Status: http.StatusServiceUnavailable}, 999)
	if a := b.get(page); a.status != http.StatusOK || a.page(t).Find("tbody tr").Length() < 5 {
		t.Errorf("with nothing to be had: %d %s", a.status, a.body)
	}
}
