package e2e

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
)

// requestScenes are requests in every state, as the people around them see them.
func (w *world) requestScenes(t *testing.T) []scene {
	devices := w.managed(40)
	take := func(n int) []backupemu.Device {
		taken := devices[:n]
		devices = devices[n:]
		return taken
	}
	ola, jonas := w.as(t, "ola", look{noScript: true}), w.as(t, "jonas", look{noScript: true})
	mara, ingrid := w.as(t, "mara", look{noScript: true}), w.as(t, "ingrid", look{noScript: true})

	several := take(12)
	must(t, w.emulator.RenameDevice(several[5].GUID, "<b>CTR</b>-0113 أحمد’s workstation with a name that somebody typed at length"))
	open := ola.asksForAll(several, "Vessels sold in May, hardware went with them. Archives are not needed: case 4390.")
	moving := take(3)
	changed := jonas.asksForAll(moving, "The Tromsø office closes, case 4402.")
	must(t, w.emulator.RenameDevice(moving[0].GUID, "CTR-NEW-0128"))
	must(t, w.emulator.SetHold(moving[1].UserUID, true))
	single := take(1)[0]
	one := ola.asks("/devices/"+single.GUID, "deactivate", "Ask to deactivate device", "Handed in, case 4417")
	partly := mara.asks("/organizations/"+w.childless(), "deactivate", "Ask to deactivate organization", "Contract ended, case 4581")
	ingrid.votes(partly, "approve", "The customer confirmed it in writing.")

	rejected := ola.asks("/devices/"+take(1)[0].GUID, "deactivate", "Ask to deactivate device", "Looks unused")
	mara.votes(rejected, "deny", "It backed up this morning: ask its user first.")
	withdrawn := ola.asks("/devices/"+take(1)[0].GUID, "deactivate", "Ask to deactivate device", "Wrong laptop")
	ola.click("#withdraw [type=submit]")
	expired := ola.asks("/devices/"+take(1)[0].GUID, "deactivate", "Ask to deactivate device", "Over the holidays")
	w.age("DROP TRIGGER request_as_asked; UPDATE request SET expires = created WHERE id = '" + strings.TrimPrefix(expired, "/requests/") + "'")
	ola.awaits(expired, ".head .pill", "Expired")

	mixed := take(4)
	ended := ola.asksForAll(mixed, "Stolen in one night, case 4471.")
	must(t, w.emulator.SetHold(mixed[1].UserUID, true))
	w.emulator.FailNext(deactivations(), backupemu.Failure{Status: 403}, 1)
	mara.votes(ended, "approve", "")
	mara.awaits(ended, ".head .pill", "Done in part")

	stopped := ola.asksForAll(take(4), "Stolen too, case 4472.")
	w.emulator.Drop(deactivations(), 1)
	mara.votes(stopped, "approve", "")
	mara.awaits(stopped, ".head .pill", "Stopped")

	scheduled := w.scheduled(t, mara, ingrid)
	slow := take(6)
	var running string
	signedIn := func(at string) {
		w.age("UPDATE session SET claims = json_set(claims, '$.auth_time', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '" + at + "'))")
	}
	live := seeing("main", "read from the backup service just now")
	return []scene{
		{"requests-to-decide", "sara", at("/requests")},
		{"requests-mine", "ola", at("/requests?list=mine")},
		{"requests-all", "sara", at("/requests?list=all")},
		{"requests-none", "emil", at("/requests")},
		{"requests-nothing-to-decide", "sofie", at("/requests?list=to-decide")},
		{"request-to-decide", "sara", then(open, live)},
		{"request-own", "ola", then(open, live)},
		{"request-reader", "sofie", then(open, live)},
		{"request-single", "sara", then(one, live)},
		{"request-changed", "sara", then(changed, live)},
		{"request-partly", "sara", then(partly, live)},
		{"request-scheduled", "sara", at(scheduled)},
		{"request-running", "sara", func(b *tab) {
			if running == "" {
				running = ola.asksForAll(slow, "Five more and one that takes its time, case 4480.")
				w.runsTo(t, 2, func() { mara.votes(running, "approve", "") })
			}
			b.visit(running)
			b.sees("main", "2 of 6 devices")
		}},
		{"request-stopped", "ola", at(stopped)},
		{"request-ended", "ola", at(ended)},
		{"request-rejected", "ola", at(rejected)},
		{"request-withdrawn", "ola", at(withdrawn)},
		{"request-expired", "ola", at(expired)},
		{"request-overview", "sara", at("/")},
		{"request-overview-own", "ola", at("/")},
		{"request-device", "sara", at("/devices/" + single.GUID)},
		{"request-devices", "sara", at("/devices?q=" + single.Name[:6])},
		{"request-organization", "sara", at("/organizations?q=" + url.QueryEscape("a"))},
		{"request-refused", "sara", func(b *tab) {
			signedIn("-1 minute")
			b.visit(one)
			b.sees("main", "read from the backup service just now")
			b.fill("#decide textarea", "Checked with the crew office")
			signedIn("-42 minutes")
			b.click("#decide button[value=approve]")
			b.sees("#decide", "sign in again first")
		}},
		{"request-step-up", "sara", then(one, live)},
	}
}

// asksForAll asks to deactivate several devices and answers the address of the request.
func (b *tab) asksForAll(devices []backupemu.Device, reason string) string {
	b.t.Helper()
	values := url.Values{"action": {"device.deactivate"}}
	for _, d := range devices {
		values.Add("guid", d.GUID)
	}
	b.visit("/devices/several?" + values.Encode())
	b.fill("textarea[name=reason]", reason)
	b.fill("input[name=count]", strconv.Itoa(len(devices)))
	b.click("#confirm [type=submit]")
	b.at("/requests/*")
	return strings.TrimPrefix(b.URL(), b.world.url)
}

// votes decides on a request.
func (b *tab) votes(request, vote, reason string) {
	b.t.Helper()
	b.visit(request)
	b.fill("#decide textarea", reason)
	b.click("#decide button[value=" + vote + "]")
	b.at(request)
}

// deactivations are the vendor's calls that deactivate a device; their address does not name it.
func deactivations() backupemu.Match {
	return backupemu.Match{Method: "POST", PathPrefix: "/api/v38/computer-deactivation/update"}
}

// runsTo lets so many of a request's targets be done and holds the next one at the vendor.
func (w *world) runsTo(t *testing.T, done int, start func()) {
	t.Helper()
	gate := w.emulator.Delay(deactivations())
	start()
	for range done {
		<-gate.Arrived()
		next := w.emulator.Delay(deactivations())
		gate.Release()
		gate = next
	}
	<-gate.Arrived()
	t.Cleanup(gate.Release)
}

// scheduled is a request that enough have agreed to and that waits for its time.
func (w *world) scheduled(t *testing.T, asker, voter *tab) string {
	t.Helper()
	var uid string
	last := w.childless()
	parents := map[string]bool{}
	snapshot := w.emulator.Snapshot()
	for _, o := range snapshot.Orgs {
		parents[o.ParentUID] = true
	}
	for _, o := range snapshot.Orgs {
		if !parents[o.UID] && o.UID != last && o.Active && !o.Blocked {
			uid = o.UID
		}
	}
	for _, u := range snapshot.Users {
		if u.OrgUID == uid {
			must(t, w.emulator.SetHold(u.UID, false))
		}
	}
	request := asker.asks("/organizations/"+uid, "deactivate", "Ask to deactivate organization", "Contract ended, case 4582")
	voter.votes(request, "approve", "")
	sara := w.as(t, "sara", look{noScript: true})
	sara.votes(request, "approve", "Checked with sales.")
	return request
}
