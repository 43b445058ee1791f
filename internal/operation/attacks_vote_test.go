package operation_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// TestVoteIsOnWhatWasShown: a vote that names another digest counts for nothing.
func TestVoteIsOnWhatWasShown(t *testing.T) {
	t.Parallel()
	r := setup(t)
	q := r.ask(r.person("mara", policy.OrgManager, r.device.OrgUID), "device.deactivate")
	admin := r.person("ada", policy.Admin, r.root.UID)
	for _, digest := range []string{"", strings.Repeat("0", 64), q.Digest[1:]} {
		ballot := yes(q)
		ballot.Digest = digest
		if _, err := r.service.Vote(t.Context(), admin, ballot); !fault.Is(err, fault.Conflict) {
			t.Errorf("a vote on %q: %v, want a conflict", digest, err)
		}
	}
	if len(r.request(q.ID).Votes) != 0 || r.changes() != 0 {
		t.Errorf("%d votes, %d changes", len(r.request(q.ID).Votes), r.changes())
	}
}

// TestWhoHasNoVoice: nobody agrees to their own request, nor to what they could not ask for themselves.
func TestWhoHasNoVoice(t *testing.T) {
	t.Parallel()
	r := setup(t)
	asker := r.person("mara", policy.OrgManager, r.root.UID)
	q := r.ask(asker, "device.deactivate")
	twin := r.person("mara2", policy.Admin, r.root.UID)
	twin.Email = "MARA@Halden.Example"
	sibling := r.person("sven", policy.OrgManager, r.elsewhere())
	reader := sibling
	reader.Grants = append(reader.Grants[:1:1], r.actor(policy.Auditor, r.root.UID).Grants...)
	for _, c := range []struct {
		name  string
		voter policy.Actor
		kind  fault.Kind
		line  bool
	}{
		{"who asked", asker, fault.Denied, true},
		{"who asked, under another account with the same address", twin, fault.Denied, true},
		{"a manager of the organization beside", sibling, fault.NotFound, false},
		{"the same, who reads everything", reader, fault.Denied, true},
		{"a help desk above", r.person("hana", policy.HelpDesk, r.root.UID), fault.NotFound, false},
		{"an auditor above", r.person("otto", policy.Auditor, r.root.UID), fault.Denied, true},
	} {
		before := r.steps(q.ID)
		if _, err := r.service.Vote(t.Context(), c.voter, yes(q)); !fault.Is(err, c.kind) {
			t.Errorf("%s votes: %v, want %s", c.name, err, c.kind)
		}
		if got := strings.TrimPrefix(r.steps(q.ID), before); got != map[bool]string{true: " refused"}[c.line] {
			t.Errorf("%s: trail grew by %q", c.name, got)
		}
	}
	if now := r.request(q.ID); len(now.Votes) != 0 || now.State != operation.Awaiting || r.changes() != 0 {
		t.Errorf("%d votes, %s, %d changes", len(now.Votes), now.State, r.changes())
	}
}

// TestOneAddressIsOnePerson: two voters with one address count once, also when they share it only later.
func TestOneAddressIsOnePerson(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(r *road, asker, first, second policy.Actor) policy.Actor{
		"two voters have one": func(r *road, _, first, second policy.Actor) policy.Actor {
			second.Email = strings.ToUpper(first.Email)
			r.people.set(second)
			return second
		},
		"a voter takes another's on": func(r *road, _, first, second policy.Actor) policy.Actor {
			first.Email = second.Email
			r.people.set(first)
			return second
		},
		"a voter takes the asker's on": func(r *road, asker, first, second policy.Actor) policy.Actor {
			first.Email = asker.Email
			r.people.set(first)
			return second
		},
		"the asker takes a voter's on": func(r *road, asker, first, second policy.Actor) policy.Actor {
			asker.Email = first.Email
			r.people.set(asker)
			return second
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, rules(t, `[rule."device.deactivate".org-manager]
approvers = [{ count = 2, from = ["admin"] }]`))
			asker := r.person("mara", policy.OrgManager, r.device.OrgUID)
			first, second := r.person("ada", policy.Admin, r.root.UID), r.person("alan", policy.Admin, r.root.UID)
			q := r.ask(asker, "device.deactivate")
			r.agree(first, q)
			_, err := r.service.Vote(t.Context(), change(r, asker, first, second), yes(q))
			if now := r.request(q.ID); now.State != operation.Awaiting || r.changes() != 0 {
				t.Errorf("%v: %s, %d changes", err, now.State, r.changes())
			}
		})
	}
}

// TestRolesAreThoseOfNow: a vote by somebody who lost the role since does not help the next one.
func TestRolesAreThoseOfNow(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, `[rule."device.deactivate".org-manager]
approvers = [{ count = 2, from = ["admin"] }]`))
	asker := r.person("mara", policy.OrgManager, r.device.OrgUID)
	first, second, third := r.person("ada", policy.Admin, r.root.UID), r.person("alan", policy.Admin, r.root.UID), r.person("anna", policy.Admin, r.root.UID)
	q := r.ask(asker, "device.deactivate")
	r.agree(first, q)
	r.revoke(first)
	if voted := r.agree(second, q); voted.State != operation.Awaiting || r.changes() != 0 {
		t.Fatalf("with the vote of somebody without a role: %s, %d changes", voted.State, r.changes())
	}
	r.revoke(asker)
	if _, err := r.service.Vote(t.Context(), third, yes(q)); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "may not ask for this any more") {
		t.Errorf("who asked lost the role: %v", err)
	}
	if now := r.request(q.ID); now.State != operation.Rejected || r.changes() != 0 {
		t.Errorf("%s, %d changes", now.State, r.changes())
	}
}

// TestStepUp: who votes on something destructive has proved a moment ago who they are, as configured.
func TestStepUp(t *testing.T) {
	t.Parallel()
	r := setup(t, func(o *operation.Options) { o.ACR = []string{"urn:two-factors"} })
	q := r.ask(r.person("mara", policy.OrgManager, r.device.OrgUID), "device.deactivate")
	admin := r.person("ada", policy.Admin, r.root.UID)
	for _, c := range []struct {
		name string
		at   time.Time
		acr  string
	}{
		{"eleven minutes ago", r.now().Add(-11 * time.Minute), "urn:two-factors"},
		{"the provider does not say when", time.Time{}, "urn:two-factors"},
		{"in the future, by a clock that went back", r.now().Add(2 * time.Minute), "urn:two-factors"},
		{"with a password only", r.now(), "urn:password"},
		{"the provider does not say how", r.now(), ""},
	} {
		admin.AuthTime, admin.ACR = c.at, c.acr
		_, err := r.service.Vote(t.Context(), admin, yes(q))
		if _, stepUp := errors.AsType[*operation.StepUpNeeded](err); !stepUp || !fault.Is(err, fault.Denied) {
			t.Errorf("signed in %s: %v", c.name, err)
		}
	}
	if now := r.request(q.ID); len(now.Votes) != 0 || r.changes() != 0 {
		t.Fatalf("%d votes, %d changes", len(now.Votes), r.changes())
	}
	admin.AuthTime, admin.ACR = r.now().Add(-9*time.Minute), "urn:two-factors"
	if voted := r.agree(admin, q); voted.State != operation.Ended {
		t.Errorf("a fresh vote: %s", voted.State)
	}
}

// TestExpiredStaysExpired: a clock that goes back revives nothing.
func TestExpiredStaysExpired(t *testing.T) {
	t.Parallel()
	r := setup(t)
	q := r.ask(r.person("mara", policy.OrgManager, r.device.OrgUID), "device.deactivate")
	r.pass(25 * time.Hour)
	if err := r.service.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.pass(-25 * time.Hour)
	if _, err := r.service.Vote(t.Context(), r.person("ada", policy.Admin, r.root.UID), yes(q)); !fault.Is(err, fault.Conflict) {
		t.Errorf("voted on what has expired: %v", err)
	}
	if now := r.request(q.ID); now.State != operation.Expired || r.changes() != 0 {
		t.Errorf("%s, %d changes", now.State, r.changes())
	}
}

// TestNobodyTakesAwayAnothersNo: who asks under an admin's address cannot be agreed to by that admin, and is denied by them
// all the same.
func TestNobodyTakesAwayAnothersNo(t *testing.T) {
	t.Parallel()
	r := setup(t)
	victim := r.person("ada", policy.Admin, r.root.UID)
	asker := r.person("mara", policy.OrgManager, r.root.UID)
	asker.Email = strings.ToUpper(victim.Email)
	r.people.set(asker)
	q := r.ask(asker, "device.deactivate")
	if told := r.told(q.ID, victim, asker); !slices.Equal(told, []string{"ada to-decide"}) {
		t.Errorf("told %q", told)
	}
	able, err := r.service.Ability(t.Context(), victim, q)
	if err != nil || able.Vote == "" || !able.DenyOnly {
		t.Errorf("%v: they are offered %+v", err, able)
	}
	if own, _ := r.service.Ability(t.Context(), asker, q); own.DenyOnly {
		t.Error("who asked is offered to deny it")
	}
	if _, err := r.service.Vote(t.Context(), victim, yes(q)); !fault.Is(err, fault.Denied) {
		t.Errorf("a yes under the asker's address: %v", err)
	}
	if _, err := r.service.Vote(t.Context(), asker, no(q)); !fault.Is(err, fault.Denied) {
		t.Errorf("the asker's own no: %v", err)
	}
	denied, err := r.service.Vote(t.Context(), victim, no(q))
	if err != nil || denied.State != operation.Rejected || r.changes() != 0 {
		t.Errorf("their no: %v, %s, %d changes", err, denied.State, r.changes())
	}
}
