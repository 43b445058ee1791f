package handlers_test

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// guest signs in somebody who is a viewer at the place (an admin at the root), in a browser of which only the row exists.
func (p *portal) guest(place string) auth.Session {
	p.t.Helper()
	groups := map[string]string{"own": "g-viewer", "child": "g-child-viewer", "sibling": "g-sibling-viewer", "parent": "g-root-admin"}
	now := time.Now()
	s := auth.Session{
		ID: sha256.Sum256([]byte(operation.NewID())), Created: now, Seen: now, Expires: now.Add(time.Hour),
		Claims: auth.Claims{
			Issuer: p.provider.Issuer(), Subject: "guest-" + place, Name: "Guest-" + place, Email: "guest-" + place + "@halden.example",
			Groups: []string{groups[place]},
		},
		Agent: "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/145.0", Address: "192.0.2.7",
	}
	must(p.t, p.store.StartSession(p.t.Context(), s, auth.Hash{}, s.Created))
	return s
}

// references are the sessions that a person's page lists, by what their forms name, this one first.
func references(t *testing.T, b *browser) []string {
	t.Helper()
	var refs []string
	b.get("/account/sessions").page(t).Find("tbody form").Each(func(_ int, s *goquery.Selection) {
		ref := strings.TrimPrefix(s.AttrOr("action", ""), "/account/sessions/")
		refs = append(refs, strings.TrimSuffix(ref, "/end"))
	})
	return refs
}

// newest answers the newest line of the log about an event.
func (p *portal) newest(event string) audit.Line {
	p.t.Helper()
	lines, _, err := p.store.AuditSearch(p.t.Context(), audit.Query{AllOrgs: true, Action: event, Limit: 1})
	must(p.t, err)
	if len(lines) == 0 {
		p.t.Fatalf("no line about %s", event)
	}
	return lines[0].Line
}

func TestPeopleEndTheirOwnSessions(t *testing.T) {
	t.Parallel()
	p := setup(t)
	here, there, third, other := p.as("viewer"), p.as("viewer"), p.as("viewer"), p.as("auditor")
	refs := references(t, here)
	if len(refs) != 3 || refs[0] != references(t, here)[0] || refs[0] == references(t, there)[0] {
		t.Fatalf("listed %v; the session that asks comes first", refs)
	}
	page := here.get("/account/sessions").page(t)
	if marked := page.Find("tbody tr:contains('This one')").Length(); marked != 1 {
		t.Errorf("%d sessions are marked as this one", marked)
	}
	if text := page.Find("tbody").Text(); strings.Contains(text, "Person auditor") || !strings.Contains(text, "127.0.0.1") {
		t.Errorf("rows: %s", text)
	}
	theirs := references(t, there)[0]
	if got := here.post("/account/sessions/"+theirs+"/end", url.Values{}); got.status != http.StatusSeeOther {
		t.Fatalf("ending another of one's own: %d", got.status)
	}
	if got := there.get("/devices"); got.status != http.StatusFound || !strings.HasPrefix(got.header.Get("Location"), "/auth/sign-in") {
		t.Errorf("the ended session still gets %d", got.status)
	}
	if line := p.newest("session.end"); line.Target.ID != theirs || line.Actor.Name != "Person viewer" || line.Outcome != audit.Done {
		t.Errorf("line %+v", line)
	}
	if got := here.post("/account/sessions/end-others", url.Values{}); got.status != http.StatusSeeOther {
		t.Fatalf("ending all others: %d", got.status)
	}
	if third.get("/devices").status != http.StatusFound || here.get("/devices").status != http.StatusOK || other.get("/devices").status != http.StatusOK {
		t.Error("all others of this person must be over, and nobody else's")
	}
	// Ending the session that asks is signing out.
	if got := here.post("/account/sessions/"+refs[0]+"/end", url.Values{}); got.status != http.StatusOK || !strings.Contains(got.body, "Signing out") {
		t.Errorf("ending this one: %d", got.status)
	}
	if here.get("/devices").status != http.StatusFound {
		t.Error("still signed in")
	}
	if line := p.newest("session.sign-out"); line.Target.ID != refs[0] {
		t.Errorf("line %+v", line)
	}
}

// Whose session a reference names cannot be told from outside: somebody else's reads like none.
func TestForeignReferencesReadLikeMissingOnes(t *testing.T) {
	t.Parallel()
	p := setup(t)
	mine, theirs := p.as("admin"), p.as("viewer")
	strip := answer.timeless
	missing := mine.post("/account/sessions/0000000000000000/end", url.Values{})
	for _, ref := range []string{references(t, theirs)[0], p.guest("own").Reference(), "%2e%2e", "end-others"} {
		got := mine.post("/account/sessions/"+ref+"/end", url.Values{})
		if got.status != http.StatusNotFound || strip(got) != strip(missing) {
			t.Errorf("%s: %d\n%s", ref, got.status, firstDifference(strip(got), strip(missing)))
		}
	}
	if theirs.get("/devices").status != http.StatusOK {
		t.Error("somebody else's session ended")
	}
}

// Two tabs end the same session: the second finds nothing to end and says so, and the log has one line.
func TestTwoTabsEndOneSession(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("viewer")
	gone := references(t, p.as("viewer"))[0]
	first, second := b.post("/account/sessions/"+gone+"/end", url.Values{}), b.post("/account/sessions/"+gone+"/end", url.Values{})
	if first.status != http.StatusSeeOther || second.status != http.StatusNotFound {
		t.Errorf("%d, then %d", first.status, second.status)
	}
	lines, _, err := p.store.AuditSearch(t.Context(), audit.Query{AllOrgs: true, Action: "session.end"})
	must(t, err)
	if len(lines) != 1 {
		t.Errorf("%d lines", len(lines))
	}
}

func TestAnAdminSignsSomebodyOutEverywhere(t *testing.T) {
	t.Parallel()
	p := setup(t)
	admin, one, two := p.as("admin"), p.as("viewer"), p.as("viewer")
	key := p.provider.Issuer() + "|sub-viewer"
	dialog := admin.fetch(http.MethodGet, "/people/sign-out?person="+url.QueryEscape(key), nil, map[string]string{"HX-Request": "true", "HX-Target": "dialog"})
	if got := dialog.page(t).Find("form#confirm dl").Text(); !strings.Contains(got, "Person viewer") || !strings.Contains(got, "2") {
		t.Fatalf("the question says %q", got)
	}
	form := url.Values{"person": {key}, "reason": {" "}}
	if got := admin.post("/people/sign-out", form); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Say why") {
		t.Fatalf("without a reason: %d", got.status)
	}
	if one.get("/devices").status != http.StatusOK {
		t.Fatal("signed out without a reason")
	}
	form.Set("reason", "lost laptop")
	if got := admin.post("/people/sign-out", form); got.status != http.StatusSeeOther || got.header.Get("Location") != "/people" {
		t.Fatalf("signing out: %d", got.status)
	}
	if got := one.get("/"); got.status != http.StatusOK || !strings.Contains(got.body, "Your session has ended.") {
		t.Errorf("the next visit: %d %s", got.status, got.body)
	}
	click := map[string]string{"HX-Request": "true", "HX-Target": "results", "HX-Current-URL": p.url + "/devices"}
	if got := two.fetch(http.MethodGet, "/devices", nil, click); got.status != http.StatusNoContent || got.header.Get("HX-Redirect") == "" {
		t.Errorf("the next click: %d", got.status)
	}
	if got := two.fetch(http.MethodPost, "/devices/"+p.device["own"].GUID+"/block", url.Values{}, click); got.status != http.StatusUnauthorized {
		t.Errorf("the next post: %d", got.status)
	}
	line := p.newest("session.end")
	want := audit.Target{Kind: "person", ID: key, Name: "Person viewer"}
	if line.Target != want || line.Actor.Name != "Person admin" || line.Reason != "lost laptop" || !slices.Equal(line.OrgUIDs, []string{p.fleet.Own.UID}) {
		t.Errorf("line %+v", line)
	}
	if got := admin.post("/people/sign-out", form); got.status != http.StatusNotFound {
		t.Errorf("a second time: %d", got.status)
	}
	// An auditor of the same organization reads of it.
	if got := p.as("auditor").get("/audit?action=session.end").page(t).Find("#results tbody"); !strings.Contains(got.Text(), "Person viewer") {
		t.Error("the auditor does not read of it")
	}
}

// An admin of a subtree reaches only people all of whose roles lie in it; anybody else reads like nobody.
func TestAdminsOverseeWhoStandsBelow(t *testing.T) {
	t.Parallel()
	p := setup(t)
	for _, place := range []string{"own", "child", "sibling", "parent"} {
		p.guest(place)
	}
	for _, who := range []string{"nobody", "root-auditor", "viewer"} {
		p.as(who)
	}
	strip := answer.timeless
	for who, want := range map[string][]string{
		"admin":      {"Guest-child", "Guest-own", "Person admin", "Person viewer"},
		"root-admin": {"Guest-child", "Guest-own", "Guest-parent", "Guest-sibling", "No Role", "Person admin", "Person root-admin", "Person root-auditor", "Person viewer"},
	} {
		b := p.as(who)
		if who == "admin" {
			p.as("admin")
		}
		var got []string
		b.get("/people").page(t).Find("tbody td.lead").Each(func(_ int, s *goquery.Selection) { got = append(got, strings.TrimSpace(s.Text())) })
		slices.Sort(got)
		if who == "root-admin" && !slices.Contains(got, "Person admin") {
			want = slices.DeleteFunc(want, func(name string) bool { return name == "Person admin" }) // who came first is not ordered
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s sees %v, want %v", who, got, want)
		}
	}
	b := p.as("admin")
	missing := b.get("/people/sign-out?person=nobody")
	own := p.provider.Issuer() + "|sub-admin"
	for _, key := range []string{p.provider.Issuer() + "|guest-parent", p.provider.Issuer() + "|guest-sibling", p.provider.Issuer() + "|sub-nobody", own, ""} {
		got := b.get("/people/sign-out?person=" + url.QueryEscape(key))
		if got.status != http.StatusNotFound || strip(got) != strip(missing) {
			t.Errorf("%s: %d\n%s", key, got.status, firstDifference(strip(got), strip(missing)))
		}
		posted := b.post("/people/sign-out", url.Values{"person": {key}, "reason": {"x"}})
		if posted.status != http.StatusNotFound {
			t.Errorf("posting %s: %d", key, posted.status)
		}
	}
	rows, err := p.store.Sessions(t.Context(), p.provider.Issuer()+"|guest-sibling", time.Now())
	if err != nil || len(rows) != 1 {
		t.Errorf("the session outside: %d, %v", len(rows), err)
	}
}

// The refusal of an admin's right is written down.
func TestSigningOutWithoutTheRightIsWrittenDown(t *testing.T) {
	t.Parallel()
	p := setup(t)
	key := p.guest("own").Claims.Key()
	for _, role := range []policy.Role{policy.Viewer, policy.OrgManager, policy.Auditor} {
		b := p.as(string(role))
		if got := b.post("/people/sign-out", url.Values{"person": {key}, "reason": {"x"}}); got.status != http.StatusForbidden {
			t.Errorf("%s: %d", role, got.status)
		}
		if line := p.newest("session.end"); line.Outcome != audit.Refused || line.Actor.Name != "Person "+string(role) {
			t.Errorf("%s: line %+v", role, line)
		}
		if link := b.get("/").page(t).Find("a[href='/people']").Length(); link != 0 {
			t.Errorf("%s is offered the page", role)
		}
	}
}

// The provider tells the portal, which ends its session: over HTTP, with everything between.
func TestSigningOutAtTheProviderEndsThePortalsSession(t *testing.T) {
	t.Parallel()
	p := setup(t)
	one, two, other := p.as("viewer"), p.as("viewer"), p.as("auditor")
	sids := p.provider.Sessions("viewer")
	status, err := p.provider.SignOut(t.Context(), sids[0])
	if err != nil || status != http.StatusOK {
		t.Fatalf("the portal answered %d, %v", status, err)
	}
	if one.get("/devices").status != http.StatusFound || two.get("/devices").status != http.StatusOK {
		t.Error("just the session of this sid must be over")
	}
	if status, err := p.provider.SignOutPerson(t.Context(), "viewer"); err != nil || status != http.StatusOK {
		t.Fatalf("the portal answered %d, %v", status, err)
	}
	if two.get("/devices").status != http.StatusFound || other.get("/devices").status != http.StatusOK {
		t.Error("every session of this person must be over, and nobody else's")
	}
	p.as("viewer") // signing in again works
	if line := p.newest("session.end"); line.Actor.Key != p.provider.Issuer()+"|sub-viewer" || !strings.Contains(line.Detail, "identity provider") {
		t.Errorf("line %+v", line)
	}
}

func TestTheAnswerToALogoutRequest(t *testing.T) {
	t.Parallel()
	p := setup(t)
	visitor := p.as("")
	got := visitor.post("/auth/backchannel-logout", url.Values{"logout_token": {"a.b.c"}})
	if got.status != http.StatusBadRequest || got.header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") ||
		strings.TrimSpace(got.body) != `{"error":"invalid_request","error_description":"The logout token is not valid."}` {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	// A page of another site cannot make a browser send one.
	foreign := visitor.fetch(http.MethodPost, "/auth/backchannel-logout", url.Values{"logout_token": {"a.b.c"}}, map[string]string{"Sec-Fetch-Site": "cross-site"})
	if foreign.status != http.StatusForbidden {
		t.Errorf("from another site: %d", foreign.status)
	}
}
