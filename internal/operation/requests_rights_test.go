package operation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// TestWhoSeesARequest: who asked, who may vote, and who reads the log there, while every target is theirs to read.
func TestWhoSeesARequest(t *testing.T) {
	t.Parallel()
	r := setup(t)
	foreign := r.others(1)[0]
	asker := r.person("mara", policy.OrgManager, r.root.UID)
	q, err := r.service.SubmitAll(t.Context(), asker, r.selection("device.deactivate", r.device.GUID, foreign))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		actor policy.Actor
		sees  bool
	}{
		{"who asked", asker, true},
		{"an admin above", r.person("ada", policy.Admin, r.root.UID), true},
		{"an auditor above", r.person("otto", policy.Auditor, r.root.UID), true},
		{"a viewer above", r.person("vera", policy.Viewer, r.root.UID), false},
		{"a help desk above", r.person("hana", policy.HelpDesk, r.root.UID), false},
		{"an admin of one of the two", r.person("olga", policy.Admin, r.device.OrgUID), false},
		{"nobody", policy.Actor{Issuer: "i", Subject: "nobody"}, false},
	} {
		_, err := r.service.Request(t.Context(), c.actor, q.ID)
		_, missing := r.service.Request(t.Context(), c.actor, operation.NewID())
		if (err == nil) != c.sees || !c.sees && err.Error() != missing.Error() {
			t.Errorf("%s reads it: %v, want %t; one that does not exist: %v", c.name, err, c.sees, missing)
		}
		if sees, err := r.service.Readable(t.Context(), c.actor.Key(), q); err != nil || sees != c.sees {
			t.Errorf("%s may read it: %t, %v", c.name, sees, err)
		}
		if _, err := r.service.Get(t.Context(), c.actor, q.Items[0].ID); c.sees && err != nil || !c.sees && c.name != "an admin of one of the two" && !fault.Is(err, fault.NotFound) {
			t.Errorf("%s reads an item: %v", c.name, err)
		}
		all, err := r.service.AllRequests(t.Context(), c.actor, nil, "", 10)
		if err != nil || (len(all) == 1) != c.sees {
			t.Errorf("%s lists %d, %v", c.name, len(all), err)
		}
	}
}

// TestListsOfRequests: what waits for a person, and what they asked for.
func TestListsOfRequests(t *testing.T) {
	t.Parallel()
	r := setup(t)
	asker, voter := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
	ids := guids(r.devices(3))
	var asked []string
	for _, q := range r.singles(asker, ids) {
		asked = append(asked, q.ID)
	}
	if _, err := r.service.Vote(t.Context(), voter, no(r.request(asked[1]))); err != nil {
		t.Fatal(err)
	}
	listed := func(qs []operation.Request, err error) []string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, q := range qs {
			found = append(found, q.ID)
		}
		return found
	}
	for _, c := range []struct {
		name string
		got  []string
		want []string
	}{
		{"to decide, oldest first", listed(r.service.ToDecide(t.Context(), voter)), []string{asked[0], asked[2]}},
		{"to decide by who asked", listed(r.service.ToDecide(t.Context(), asker)), nil},
		{"to decide elsewhere", listed(r.service.ToDecide(t.Context(), r.person("olga", policy.Admin, r.elsewhere()))), nil},
		{"of one's own, newest first", listed(r.service.Mine(t.Context(), asker, "", 2)), []string{asked[2], asked[1]}},
		{"the page behind it", listed(r.service.Mine(t.Context(), asker, asked[1], 2)), []string{asked[0]}},
		{"of somebody else", listed(r.service.Mine(t.Context(), voter, "", 9)), nil},
		{"by state", listed(r.service.AllRequests(t.Context(), voter, []operation.State{operation.Rejected}, "", 9)), []string{asked[1]}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	eligible, err := r.service.Eligible(t.Context(), r.request(asked[0]))
	if err != nil || len(eligible) != 1 || eligible[0].Subject != "ada" {
		t.Errorf("eligible: %v %v", eligible, err)
	}
}

// TestAbility: a page knows before the form is sent what will be turned down.
func TestAbility(t *testing.T) {
	t.Parallel()
	r := setup(t)
	asker, voter := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
	stale := voter
	stale.AuthTime = voter.AuthTime.AddDate(0, 0, -1)
	q := r.ask(asker, "device.deactivate")
	for _, c := range []struct {
		name  string
		actor policy.Actor
		want  operation.Ability
	}{
		{"asker", asker, operation.Ability{
			Vote: "Nobody agrees to their own request, under no account of theirs.", Stop: "It is not running.", Continue: "It is not stopped.", Finish: "It is not stopped.",
			As: "org-manager@" + r.root.UID, Own: true,
		}},
		{"voter", voter, operation.Ability{
			Withdraw: "Only who asked for it can withdraw it.", Stop: "It is not running.", Continue: "It is not stopped.", Finish: "It is not stopped.", As: "admin@" + r.root.UID,
		}},
		{"voter who signed in yesterday", stale, operation.Ability{
			Withdraw: "Only who asked for it can withdraw it.", Stop: "It is not running.", Continue: "It is not stopped.", Finish: "It is not stopped.", As: "admin@" + r.root.UID, StepUp: true,
		}},
	} {
		got, err := r.service.Ability(t.Context(), c.actor, q)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", c.name, err, diff)
		}
	}
	q = r.agree(voter, q)
	if got, _ := r.service.Ability(t.Context(), voter, q); got.Vote != "It takes no vote any more." || got.StepUp {
		t.Errorf("after the run: %+v", got)
	}
}
