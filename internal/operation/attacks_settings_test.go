package operation_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"backup-portal/internal/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/settings"
)

// The attacks on changes of settings: what is sent is what was seen, agreed to, and allowed to be set.

// TestNoLostUpdate: of two portals that save the same value at once, one is told of the other; neither is overwritten.
func TestNoLostUpdate(t *testing.T) {
	t.Parallel()
	r := setup(t)
	org, mara := r.device.OrgUID, r.person("mara", policy.OrgManager, r.root.UID)
	ours := map[string]map[string]string{"750": r.wants(org, wanting{limit: "750"}), "800": r.wants(org, wanting{limit: "800"})}
	second := r.portal()
	var mu sync.Mutex
	var won []string
	var posts sync.WaitGroup
	for value, params := range ours {
		posts.Go(func() {
			portal := map[string]*operation.Service{"750": r.service, "800": second}[value]
			op, err := portal.Submit(t.Context(), mara, change("org.settings", org, params))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && op.State == operation.Succeeded:
				won = append(won, value)
			case err != nil && !fault.Is(err, fault.Conflict):
				t.Error(err)
			case err == nil && op.State != operation.LeftOut:
				t.Error(describe(op))
			}
		})
	}
	posts.Wait()
	if len(won) != 1 || r.writes() != 1 || r.value(org, limit) != won[0] {
		t.Errorf("%q were taken, with %d writes; it is %s", won, r.writes(), r.value(org, limit))
	}
	// A form from before about something else goes beside it.
	for value := range ours {
		if value != won[0] {
			_, err := second.Submit(t.Context(), mara, change("org.settings", org, ours[value]))
			if c := conflict(t, err); c.Conflicts[0].Now != won[0] {
				t.Errorf("the loser is told of %+v", c.Conflicts)
			}
		}
	}
}

// waiting is a change of settings at the root, which reaches more devices than one person may.
func (r *road) waiting(asker policy.Actor, to wanting) operation.Request {
	r.t.Helper()
	op, err := r.service.Submit(r.t.Context(), asker, change("org.settings", r.root.UID, r.wants(r.root.UID, to)))
	if err != nil || op.State != operation.Awaiting {
		r.t.Fatal(err, describe(op))
	}
	return r.request(op.Under)
}

// TestChangedBetweenVoteAndRun: what somebody else changes after the asking is shown to who decides, and not overwritten by
// what they agreed to.
func TestChangedBetweenVoteAndRun(t *testing.T) {
	t.Parallel()
	r := setup(t)
	mara, ada := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
	q := r.waiting(mara, wanting{warned: "1440", limit: "750"})
	if _, err := r.service.Vote(t.Context(), mara, yes(q)); !fault.Is(err, fault.Denied) {
		t.Errorf("who asked agrees: %v", err)
	}
	r.behind(r.root.UID, "webRestoreUserLimitMb", 900)
	now, err := r.service.Now(t.Context(), ada, q)
	if err != nil || now[0].Conflict == nil || now[0].Conflict.Conflicts[0].Now != "900" || !strings.Contains(now[0].Out, "900 MB") {
		t.Errorf("shown to who decides: %v %+v", err, now)
	}
	r.agree(ada, q)
	q = r.awaitRequest(q.ID, operation.Ended)
	if q.Items[0].State != operation.LeftOut || r.writes() != 0 || r.value(r.root.UID, limit) != "900" || !strings.Contains(q.Items[0].Detail, "somebody else has changed it") {
		t.Errorf("%s, %d writes", describe(q.Items[0]), r.writes())
	}
}

// TestGrownBetweenVoteAndRun: a change that reaches more than was agreed to asks everybody anew, and so does one of which a
// part was done by somebody else.
func TestGrownBetweenVoteAndRun(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(r *road){
		"an organization more": func(r *road) {
			if err := r.client.Writer().CreateOrg(t.Context(), backup.NewOrg{ParentGUID: r.root.GUID, Name: "Bergen"}); err != nil {
				t.Fatal(err)
			}
			if err := r.fleet.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
		"a part of it": func(r *road) { r.behind(r.root.UID, "webRestoreUserLimitMb", 750) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			mara, ada := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
			q := r.waiting(mara, wanting{warned: "1440", limit: "750"})
			meanwhile(r)
			if voted := r.agree(ada, q); voted.State != operation.Awaiting || voted.Digest == q.Digest || r.writes() != 0 {
				t.Fatalf("after a yes to less: %s %s, %d writes", voted.State, voted.Detail, r.writes())
			}
			q = r.request(q.ID)
			if voted := r.agree(ada, q); voted.State != operation.Ended || voted.Items[0].State != operation.Succeeded || r.value(r.root.UID, warned) != "1440" {
				t.Errorf("after a yes to this: %s %s", voted.State, describe(voted.Items[0]))
			}
		})
	}
}

// TestParametersAreThoseAgreedTo: what is edited in the database, in the request or in its item, is not sent.
func TestParametersAreThoseAgreedTo(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(q *operation.Request, other map[string]string){
		"of the request": func(q *operation.Request, other map[string]string) { q.Params = other },
		"of its item":    func(q *operation.Request, other map[string]string) { q.Items[0].Params = other },
		"of both":        func(q *operation.Request, other map[string]string) { q.Params, q.Items[0].Params = other, other },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			mara, ada := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
			q := r.waiting(mara, wanting{warned: "1440"})
			other := r.wants(r.root.UID, wanting{seats: "1"})
			forged := r.portal(func(o *operation.Options) {
				o.Requests = &edited{o.Requests, func(q *operation.Request) { edit(q, other) }}
			})
			// What the vote is told of it does not matter: nothing of it may be sent.
			_, _ = forged.Vote(t.Context(), ada, yes(q))
			q = r.awaitRequest(q.ID, operation.Rejected)
			if r.writes() != 0 || !strings.Contains(q.Detail, "not those that people agreed to") {
				t.Errorf("%q, %d writes", q.Detail, r.writes())
			}
		})
	}
}

// TestReplayWithOtherParameters: a form that was posted answers what came of it, and nothing for other values.
func TestReplayWithOtherParameters(t *testing.T) {
	t.Parallel()
	r := setup(t)
	org, mara := r.device.OrgUID, r.person("mara", policy.OrgManager, r.root.UID)
	for _, in := range []operation.Submission{
		change("org.settings", org, r.wants(org, wanting{limit: "750"})),
		change("org.edit", org, map[string]string{"notes": "first"}),
	} {
		first, err := r.service.Submit(t.Context(), mara, in)
		if err != nil || first.State != operation.Succeeded {
			t.Fatal(err, describe(first))
		}
		sent := r.changes()
		if again, err := r.service.Submit(t.Context(), mara, in); err != nil || again.ID != first.ID {
			t.Errorf("%s again: %v %s", in.Action, err, again.ID)
		}
		other := in
		other.Params = r.wants(org, wanting{limit: "1"})
		if in.Action == "org.edit" {
			other.Params = map[string]string{"notes": "second"}
		}
		if _, err := r.service.Submit(t.Context(), mara, other); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "used for another change") {
			t.Errorf("%s with other values: %v", in.Action, err)
		}
		if r.changes() != sent {
			t.Errorf("%s: %d changes more", in.Action, r.changes()-sent)
		}
	}
}

// TestForcedValues: what the form does not offer is turned down by the road, with a line that names no value of it.
func TestForcedValues(t *testing.T) {
	t.Parallel()
	r := setup(t)
	org, mara := r.device.OrgUID, r.person("mara", policy.OrgManager, r.root.UID)
	forced := func(key settings.Key, from, to string) map[string]string {
		return settings.Changes{{Key: key, From: from, To: to}}.Params()
	}
	for name, c := range map[string]struct {
		params map[string]string
		kind   fault.Kind
	}{
		"a locked one":                  {forced(mailed, "false", "true"), fault.Conflict},
		"a read-only one":               {forced("general.orgUid", org, "1"), fault.Conflict},
		"the registration key":          {forced("general.registrationKey", "", "AAAA-BBBB-CCCC-DDDD"), fault.Conflict},
		"a set that is not there":       {forced("set.999.name", "", "mine"), fault.Conflict},
		"something that is no value":    {forced(limit, "250", "everything"), fault.Conflict},
		"a key that nobody knows":       {forced("settings.isUsingQuotaDefaults", "true", "false"), fault.Invalid},
		"a path into the document":      {forced("deviceDefaults.serviceBackupConfig", "", "x"), fault.Invalid},
		"parameters of another form":    {map[string]string{string(limit): "750"}, fault.Invalid},
		"nothing at all":                {map[string]string{}, fault.Invalid},
		"more than anybody stores":      {forced(notes, "", strings.Repeat("x", 300<<10)), fault.Invalid},
		"more keys than anybody stores": {many(2001), fault.Invalid},
		"what a database does not take": {map[string]string{string(notes): `["","a` + "\x00" + `b"]`}, fault.Invalid},
		"the same, escaped":             {map[string]string{string(notes): `["","a\u0000b"]`}, fault.Conflict},
		"the same, in a list":           {forced("set.1.patterns", r.value(org, "set.1.patterns"), `["a\u0000b"]`), fault.Conflict},
		"bytes that are no text":        {map[string]string{string(notes): "[\"\",\"\xff\"]"}, fault.Invalid},
	} {
		in := change("org.settings", org, c.params)
		_, err := r.service.Submit(t.Context(), mara, in)
		if !fault.Is(err, c.kind) {
			t.Errorf("%s: %v, want %s", name, err, c.kind)
		}
		if c.kind == fault.Conflict && len(conflict(t, err).Refused) != 1 {
			t.Errorf("%s: it is not said which one cannot be changed: %v", name, err)
		}
		if trail := r.trail(in.ID); (c.kind == fault.Conflict) != (trail == "refused") {
			t.Errorf("%s: trail %q", name, trail)
		}
	}
	nul := change("org.edit", org, map[string]string{"notes": "a\x00b"})
	if _, err := r.service.Submit(t.Context(), mara, nul); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "no text") {
		t.Errorf("what a database does not take, in an edit: %v", err)
	}
	if _, err := r.service.Submit(t.Context(), mara, change("org.edit", org, nil)); !fault.Is(err, fault.Conflict) {
		t.Errorf("an edit of nothing: %v", err)
	}
	if _, err := r.service.Submit(t.Context(), mara, change("device.block", r.device.GUID, map[string]string{"purge": "true"})); !fault.Is(err, fault.Invalid) {
		t.Errorf("an action that takes no parameters: %v", err)
	}
	in := r.selection("device.follow", r.device.GUID)
	in.Params = forced(warned, "4320", "1")
	if _, err := r.service.SubmitAll(t.Context(), mara, in); !fault.Is(err, fault.Invalid) {
		t.Errorf("one of several targets that takes none: %v", err)
	}
	if r.changes() != 0 {
		t.Errorf("%d changes", r.changes())
	}
}

// many are so many parameters.
func many(n int) map[string]string {
	all := map[string]string{}
	for i := range n {
		all["k"+strings.Repeat("i", i%7)+string(rune('a'+i%26))+strings.Repeat("x", i/26)] = "v"
	}
	return all
}

// TestSettingsOutsideTheScope: settings of what somebody may not see do not exist, whatever is asked of them.
func TestSettingsOutsideTheScope(t *testing.T) {
	t.Parallel()
	r := setup(t)
	sven := r.person("sven", policy.OrgManager, r.elsewhere())
	params := r.wants(r.device.OrgUID, wanting{limit: "750"})
	_, foreign := r.service.Submit(t.Context(), sven, change("org.settings", r.device.OrgUID, params))
	_, missing := r.service.Submit(t.Context(), sven, change("org.settings", "1", params))
	if !fault.Is(foreign, fault.NotFound) || fault.Of(foreign).Message != fault.Of(missing).Message || r.changes() != 0 {
		t.Errorf("%v, and of one that does not exist %v", foreign, missing)
	}
	hana := r.person("hana", policy.HelpDesk, r.root.UID)
	if _, err := r.service.Submit(t.Context(), hana, change("org.settings", r.device.OrgUID, params)); !fault.Is(err, fault.Denied) {
		t.Errorf("a help desk: %v", err)
	}
}

// TestSettingsBudgetIsNotSplit: many small changes ask for as many people as one large one, under whichever account; what is
// destroyed is counted by itself.
func TestSettingsBudgetIsNotSplit(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, small))
	mara, twin := r.person("mara", policy.OrgManager, r.root.UID), r.person("mara.admin", policy.Admin, r.root.UID)
	twin.Email = strings.ToUpper(mara.Email)
	r.people.set(twin)
	ids := guids(r.devices(9))
	r.singles(mara, ids[8:])
	set := func(who policy.Actor, id string) operation.Request {
		t.Helper()
		sheet, err := r.fleet.DeviceSettings(t.Context(), inventory.Everything(), id)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := sheet.Sheet.Value(warned)
		op, err := r.service.Submit(t.Context(), who, change("device.settings", id, settings.Changes{{Key: warned, From: v.Own, To: "60"}}.Params()))
		if err != nil {
			t.Fatal(err)
		}
		return r.request(op.Under)
	}
	for i, id := range ids[:3] {
		if q := set([]policy.Actor{mara, twin, mara}[i], id); q.State != operation.Ended || q.Items[0].State != operation.Succeeded {
			t.Fatalf("within the budget: %s %s", q.State, describe(q.Items[0]))
		}
	}
	for _, who := range []policy.Actor{mara, twin} {
		q := set(who, map[string]string{mara.Key(): ids[3], twin.Key(): ids[4]}[who.Key()])
		if q.State != operation.Awaiting || q.Need.People() != 1 || !strings.Contains(q.Over, "changes the settings of more than 3 devices within an hour") {
			t.Errorf("%s, above it: %s, %d people, %q", who.Name, q.State, q.Need.People(), q.Over)
		}
		for _, own := range []policy.Actor{mara, twin} {
			if _, err := r.service.Vote(t.Context(), own, yes(q)); !fault.Is(err, fault.Denied) {
				t.Errorf("%s agrees to their own: %v", own.Name, err)
			}
		}
	}
	// The day's budget of the subtree is used up too, and there is no ceiling.
	milo := r.person("milo", policy.OrgManager, r.root.UID)
	for _, id := range ids[5:8] {
		if q := set(milo, id); q.Need.People() != 1 || !strings.Contains(q.Over, "the settings of more than 5 devices are changed within a day") {
			t.Errorf("above the day's: %d people, %q", q.Need.People(), q.Over)
		}
	}
	p, err := r.service.Preview(t.Context(), milo, catalogueOf(t, "org.settings"), []string{r.device.OrgUID}, r.wants(r.device.OrgUID, wanting{warned: "60"}))
	if err != nil || p.Need.People() != 1 || p.Over == "" {
		t.Errorf("the review: %v %d people, %q", err, p.Need.People(), p.Over)
	}
	if q := r.singles(r.person("mona", policy.OrgManager, r.root.UID), ids[:1])[0]; q.Need.People() != 1 {
		t.Errorf("a deactivation after many settings asks for %s", q.Need.Words())
	}
}

// TestSettingsBudgetHoldsAtOnce: changes that are posted at one instant are counted one after the other.
func TestSettingsBudgetHoldsAtOnce(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, small))
	mara, second := r.person("mara", policy.OrgManager, r.root.UID), r.portal()
	ids := guids(r.devices(5))
	params := make([]map[string]string, len(ids))
	for i, id := range ids {
		read, err := r.fleet.DeviceSettings(t.Context(), inventory.Everything(), id)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := read.Sheet.Value(warned)
		params[i] = settings.Changes{{Key: warned, From: v.Own, To: "60"}}.Params()
	}
	var mu sync.Mutex
	states := map[operation.State]int{}
	var posts sync.WaitGroup
	for i, id := range ids {
		posts.Go(func() {
			op, err := []*operation.Service{r.service, second}[i%2].Submit(t.Context(), mara, change("device.settings", id, params[i]))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			states[op.State]++
		})
	}
	posts.Wait()
	if !maps.Equal(states, map[operation.State]int{operation.Succeeded: 3, operation.Awaiting: 2}) {
		t.Errorf("%v", slices.Sorted(maps.Keys(states)))
	}
}
