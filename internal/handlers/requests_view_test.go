package handlers

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
	"backup-portal/internal/backup"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// noon is when the pages of these tests are drawn.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// seenOrgs are the organizations that the reader of these pages sees.
func seenOrgs(uid string) (string, bool) {
	name, seen := map[string]string{"100": "Shipping", "117": "Container Fleet"}[uid]
	return name, seen
}

// pageOf is the page of a request to deactivate devices in these states, for an admin who did not ask for it.
func pageOf(state operation.State, items ...operation.State) requestPage {
	a, _ := action.ByID("device.deactivate")
	r := operation.Request{
		ID: operation.NewID(), State: state, Action: a.ID, Person: operation.Person{Key: "asker", Name: "Jonas Eide"}, Reason: "case 4390",
		Need: approval.Need{{Count: 1, From: []approval.Source{{Role: "admin"}}}}, Digest: "9f2c41d077abe39f2c41d077abe3",
		Created: noon.Add(-3 * time.Hour), Expires: noon.Add(19 * time.Hour), Closed: noon.Add(-time.Minute), ReadAt: noon,
	}
	for i, s := range items {
		r.Items = append(r.Items, operation.Operation{
			ID: fmt.Sprint(i), State: s, Action: a.ID, TargetKind: "device", TargetID: fmt.Sprint(1000 + i), TargetName: fmt.Sprintf("CTR-%d", i), TargetOrgUID: "117",
		})
	}
	return requestPage{
		k: clock{now: noon, zone: time.UTC}, actor: policy.Actor{Issuer: "i", Subject: "reader"}, action: a, request: r, org: seenOrgs,
		can: operation.Ability{As: "admin@1"}, progress: operation.Progress{Verdict: approval.Verdict{Missing: r.Need}}, asker: "org-manager@100",
	}
}

func TestStatesOfRequestsInWords(t *testing.T) {
	t.Parallel()
	done, failed, out := operation.Succeeded, operation.Failed, operation.LeftOut
	for _, tt := range []struct {
		page        requestPage
		state, note string
	}{
		{pageOf(operation.Awaiting, operation.Awaiting), "Waiting for you", ""},
		{pageOf(operation.Running, done, operation.Running), "Running", ""},
		{pageOf(operation.Stopped, operation.Unknown, operation.Awaiting, operation.Awaiting), "Stopped", "It stopped: nobody can say yet whether one change happened. Settle that outcome on the page of its operation. 2 devices not sent yet."},
		{pageOf(operation.Stopped, failed, operation.Awaiting), "Stopped", "It stopped at an outcome that was unknown, and is settled now. 1 device not sent yet: say how it goes on."},
		{pageOf(operation.Ended, done, done), "Done", "2 of 2 devices deactivated."},
		{pageOf(operation.Ended, done, failed, out, out), "Done in part", "1 of 4 devices deactivated. 1 failed. 2 left out."},
		{pageOf(operation.Ended, failed, out), "Not done", "0 of 2 devices deactivated. 1 failed. 1 left out."},
		{pageOf(operation.Ended, done, operation.Unknown, out), "Ended; 1 outcome still unknown", "1 of 3 devices deactivated; 1 outcome still unknown. 1 left out."},
		{pageOf(operation.Ended, operation.Unknown, operation.Unknown), "Ended; 2 outcomes still unknown", "0 of 2 devices deactivated; 2 outcomes still unknown."},
		{pageOf(operation.Ended, done), "Done", "Device deactivated."},
		{pageOf(operation.Ended, out), "Not done", "It was left out. Nothing was sent to the backup service."},
		{pageOf(operation.Rejected, operation.Rejected), "Denied", "Denied. Nothing was sent to the backup service."},
		{pageOf(operation.Expired, operation.Expired), "Expired", "Expired. Nothing was sent to the backup service."},
		{pageOf(operation.Withdrawn, operation.Withdrawn), "Withdrawn", "Withdrawn. Nothing was sent to the backup service."},
	} {
		view, note := tt.page.view(), ""
		if len(view.Notes) > 0 {
			note = strings.Join(strings.Fields(view.Notes[0].Title+" "+view.Notes[0].Text), " ")
		}
		if view.State.Word != tt.state || note != tt.note {
			t.Errorf("%s: %q, %q; want %q, %q", tt.page.request.State, view.State.Word, note, tt.state, tt.note)
		}
		if shown := view.Decide.Shown; shown != (tt.page.request.State == operation.Awaiting) {
			t.Errorf("%s: a vote is offered: %t", tt.page.request.State, shown)
		}
		if view.Running != (tt.page.request.State == operation.Running) || (view.Progress.Total != "") != view.Running {
			t.Errorf("%s: asks again: %t, shows progress: %q", tt.page.request.State, view.Running, view.Progress.Total)
		}
	}
}

// TestOnlySeenOrganizationsAreNamed: a voter's role further up and a place outside are told without their names.
func TestOnlySeenOrganizationsAreNamed(t *testing.T) {
	t.Parallel()
	for as, want := range map[string]string{
		"": "", "admin@1": "admin", "admin@1 org-manager@100": "admin, org-manager at Shipping", "admin@1 admin@2": "admin", "org-manager@117 admin@117": "org-manager at Container Fleet, admin at Container Fleet",
	} {
		if got := roleWords(as, seenOrgs); got != want {
			t.Errorf("%q is told as %q, want %q", as, got, want)
		}
	}
	page := pageOf(operation.Awaiting, operation.Awaiting, operation.Awaiting)
	if got := page.heading(); got != "Deactivate 2 devices in Container Fleet" {
		t.Error(got)
	}
	page.request.Items[0].TargetOrgUID, page.request.Items[1].TargetOrgUID = "9", "9"
	if got := page.heading(); got != "Deactivate 2 devices" {
		t.Errorf("a place outside: %q", got)
	}
	page.request.Items[1].TargetOrgUID = "100"
	if got := page.heading(); got != "Deactivate 2 devices in 2 organizations" {
		t.Error(got)
	}
	page.request.Votes = []operation.Vote{{Person: operation.Person{Key: "x", Name: "Ingrid"}, Approve: true, As: "admin@1", Digest: page.request.Digest}}
	if got := page.votes()[1].Detail; got != "admin" {
		t.Errorf("the vote of somebody from further up is told as %q", got)
	}
}

func TestVotesInWords(t *testing.T) {
	t.Parallel()
	page := pageOf(operation.Awaiting, operation.Awaiting)
	page.request.Need = approval.Need{{Count: 1, From: []approval.Source{{Role: "org-manager", Where: approval.Above}}}, {Count: 1, From: []approval.Source{{Role: "admin"}}}}
	vote := func(name string, approve bool, digest string) operation.Vote {
		return operation.Vote{Person: operation.Person{Key: name, Name: name}, Approve: approve, Digest: digest, At: noon}
	}
	page.request.Votes = []operation.Vote{vote("Old", true, "other"), vote("Ingrid", true, page.request.Digest), vote("Lost", true, page.request.Digest)}
	page.progress = operation.Progress{
		Counts:  []bool{false, true, false},
		Verdict: approval.Verdict{Counted: []bool{true, false}, Missing: page.request.Need[:1]},
	}
	page.eligible = []policy.Actor{{Issuer: "i", Subject: "2", Name: "Sara Holm"}, {Issuer: "i", Subject: "reader"}, {Issuer: "i", Subject: "3", Name: "A"}, {Issuer: "i", Subject: "4", Name: "B"}, {Issuer: "i", Subject: "5", Name: "C"}}
	var told []string
	for _, s := range page.votes() {
		told = append(told, strings.TrimSpace(strings.Join(strings.Fields(s.State.Word+": "+s.Lead+" "+s.Text+" "+s.After+" | "+s.Detail), " ")))
	}
	want := []string{
		"Done: Jonas Eide asked | org-manager at Shipping",
		"Void: Old approved before it reached more; that vote counts no more |",
		"Approved: Ingrid approved |",
		"Does not count: Lost approved but does not count: they may not decide on this any more, or who is missing is somebody else |",
		"Waiting: One org-manager above it | you, Sara Holm, A, B or 1 other",
		"To come: Deactivate |",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("votes (-want +got):\n%s", diff)
	}
	if got := voteCount(page.request, page.progress.Verdict); got != "1 of 2" {
		t.Errorf("counted %s", got)
	}
	page.request.State = operation.Ended // who left since then takes nothing from what was agreed to
	if got := voteCount(page.request, approval.Verdict{Missing: page.request.Need}); got != "2 of 2" {
		t.Errorf("counted %s in the end", got)
	}
}

// TestTheButtonPromisesOnlyWhatItDoes: "and deactivate" stands there when this vote is all that is missing.
func TestTheButtonPromisesOnlyWhatItDoes(t *testing.T) {
	t.Parallel()
	admin, above, anybody := approval.Source{Role: "admin"}, approval.Source{Role: "admin", Where: approval.Above}, approval.Source{}
	for name, tt := range map[string]struct {
		missing approval.Need
		as      string
		want    string
	}{
		"the last one":         {approval.Need{{Count: 1, From: []approval.Source{admin}}}, "admin@1", "Approve and deactivate 2 devices"},
		"any other person":     {approval.Need{{Count: 1, From: []approval.Source{anybody}}}, "org-manager@1", "Approve and deactivate 2 devices"},
		"one of two":           {approval.Need{{Count: 2, From: []approval.Source{admin}}}, "admin@1", "Approve"},
		"one of two groups":    {approval.Need{{Count: 1, From: []approval.Source{admin}}, {Count: 1, From: []approval.Source{anybody}}}, "admin@1", "Approve"},
		"somebody else":        {approval.Need{{Count: 1, From: []approval.Source{admin}}}, "org-manager@1", "Approve"},
		"perhaps not above it": {approval.Need{{Count: 1, From: []approval.Source{above}}}, "admin@1", "Approve"},
		"a role like another":  {approval.Need{{Count: 1, From: []approval.Source{admin}}}, "administrator@1", "Approve"},
	} {
		page := pageOf(operation.Awaiting, operation.Awaiting, operation.Awaiting)
		page.progress.Verdict.Missing, page.can.As = tt.missing, tt.as
		if got := page.decide().Approve.Label; got != tt.want {
			t.Errorf("%s: the button says %q, want %q", name, got, tt.want)
		}
	}
	page := pageOf(operation.Awaiting, operation.Awaiting, operation.Awaiting)
	page.changes = []operation.Change{{}, {Out: "Its owner is on legal hold."}}
	if got := page.view().Impact.Approve.Label; got != "Approve and deactivate 1 device" {
		t.Errorf("with one left out the button says %q", got)
	}
}

func TestProgressInWords(t *testing.T) {
	t.Parallel()
	page := pageOf(operation.Running, operation.Succeeded, operation.LeftOut, operation.Failed, operation.Running, operation.Awaiting, operation.Awaiting)
	for i, ago := range []time.Duration{60, 0, 40, 20} {
		if ago > 0 {
			page.request.Items[i].Started = noon.Add(-ago * time.Second)
		}
	}
	got := page.running()
	if got.Done != "3" || got.Total != "6" || got.Text != "3 of 6 devices" || got.Rate != "3 a minute, about 1 minute left" || got.Current.Label != "CTR-3" {
		t.Errorf("progress: %+v", got)
	}
	if got := page.quarter(); got != "50 percent done" {
		t.Errorf("a screen reader hears %q", got)
	}
	if got := pageOf(operation.Running, operation.Awaiting, operation.Awaiting).running(); got.Done != "0" || got.Rate != "" {
		t.Errorf("before the first one: %+v", got)
	}
}

// TestWhatHasChangedIsToldInItsOwnWords, with what it means for the votes.
func TestWhatHasChangedIsToldInItsOwnWords(t *testing.T) {
	t.Parallel()
	page := pageOf(operation.Awaiting, operation.Awaiting, operation.Awaiting, operation.Awaiting)
	reading := func(i int, name, org string) operation.Reading {
		return operation.Reading{Order: action.Order{Target: action.Target{Kind: "device", ID: fmt.Sprint(1000 + i), Name: name, OrgUID: org, OrgName: "Shipping"}}}
	}
	same := reading(0, "CTR-0", "117")
	page.changes = []operation.Change{{Reading: same}, {Reading: reading(1, "CTR-1", "117")}, {Reading: reading(2, "CTR-2", "117")}}
	if got := page.changed(); got.Title != "" {
		t.Errorf("nothing changed: %+v", got)
	}
	unread := operation.Change{Reading: operation.Reading{Failure: errors.New("down")}}
	page.changes = []operation.Change{{Reading: reading(0, "NEW-0", "117")}, {Reading: reading(1, "CTR-1", "100"), What: "It is not as it was when it was asked for."}, unread}
	page.request.Votes = []operation.Vote{{}}
	want := "2 of 3 devices changed since this was asked for. CTR-0: it is now named NEW-0. CTR-1: it now belongs to Shipping. Votes that were given still count, because it reaches no more than before."
	if got := page.changed(); got.Kind != "info" || got.Title+" "+got.Text != want {
		t.Errorf("told: %s %s", got.Title, got.Text)
	}
	if got := page.impact().Rows[2].Notes; len(got) != 1 || got[0].Word != "Could not be read now" {
		t.Errorf("a device that could not be read has the notes %v", got)
	}
	page.changes = []operation.Change{{Reading: same, What: "It reaches 2 devices more.", Grew: true}, {Reading: reading(1, "CTR-1", "117"), What: "x", Grew: true, Out: "Its owner is on legal hold."}, {Reading: reading(2, "CTR-2", "117")}}
	if got := page.changed(); got.Kind != "warn" || !strings.Contains(got.Text, "CTR-0: It reaches 2 devices more. CTR-1: Its owner is on legal hold.") || !strings.Contains(got.Text, "is left out") {
		t.Errorf("told: %+v", got)
	}
	single := pageOf(operation.Awaiting, operation.Awaiting)
	single.changes = page.changes[:1]
	if got := single.changed(); !strings.Contains(got.Title, "It reaches more than when it was asked for.") || !strings.Contains(got.Text, "decides anew") {
		t.Errorf("told: %+v", got)
	}
}

func TestSmallWordsOfRequests(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		time.Second: "1 second", 59 * time.Second: "59 seconds", 15 * time.Minute: "15 minutes", 90 * time.Minute: "90 minutes", 24 * time.Hour: "24 hours",
	} {
		if got := lasting(d); got != want {
			t.Errorf("%s lasts %q, want %q", d, got, want)
		}
	}
	for want, list := range map[string][]string{"": nil, "A": {"A"}, "A or B": {"A", "B"}, "A, B or C": {"A", "B", "C"}, "A, B, C or 2 others": {"A", "B", "C", "D", "E"}} {
		if got := names(list, 3); got != want {
			t.Errorf("%v is told as %q", list, got)
		}
	}
	if got := digestWords("9f2c41d077abe39f"); got != "exactly these targets and this text: 9f2c 41d0 77ab e39f…" {
		t.Error(got)
	}
	if got := digestWords("9f"); !strings.HasSuffix(got, "…") {
		t.Error(got)
	}
}

// TestWhoIsLeftWithoutADevice tells those who decide what whoever asked has read: two devices may be the last ones together.
func TestWhoIsLeftWithoutADevice(t *testing.T) {
	t.Parallel()
	reading := func(user string, others int) operation.Reading {
		state := action.State{Device: backup.Device{UserUID: user}, Owner: action.Owner{Known: true, OtherCount: others}}
		return operation.Reading{Order: action.Order{State: state}, Facts: []action.Fact{{Name: "User", Value: user}}}
	}
	readings := []operation.Reading{reading("hanna", 1), reading("per", 3), reading("hanna", 1)}
	for id, want := range map[string]string{
		"device.deactivate": "2; hanna has no active device afterwards",
		"device.reactivate": "2",
	} {
		a, _ := action.ByID(id)
		if got := factNamed(impactFacts(a, readings), "People"); got != want {
			t.Errorf("%s: people are %q, want %q", id, got, want)
		}
	}
}

func factNamed(facts []templates.Fact, label string) string {
	for _, f := range facts {
		if f.Label == label {
			return f.Value
		}
	}
	return ""
}

// TestOnePersonIsNamedOnce holds where somebody is known under two accounts.
func TestOnePersonIsNamedOnce(t *testing.T) {
	t.Parallel()
	p := pageOf(operation.Awaiting, operation.Awaiting)
	p.actor = policy.Actor{Issuer: "i", Subject: "reader", Email: "mara@halden.example"}
	p.eligible = []policy.Actor{
		{Issuer: "old", Subject: "reader", Name: "Mara Lindqvist", Email: "Mara@halden.example"},
		{Issuer: "old", Subject: "1", Name: "Ingrid Moe", Email: "ingrid@halden.example"},
		{Issuer: "i", Subject: "1", Name: "Ingrid Moe", Email: "ingrid@halden.example"},
		p.actor,
	}
	if got, want := p.whoCould(), "you or Ingrid Moe"; got != want {
		t.Errorf("could still vote: %s, want %s", got, want)
	}
}
