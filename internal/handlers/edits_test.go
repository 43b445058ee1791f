package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/audit"
	backupemu "backup-portal/internal/emulator/backup"
)

// filled is the form of a confirmation with some of its fields typed anew.
func filled(t *testing.T, a answer, typed map[string]string) url.Values {
	t.Helper()
	form := a.page(t).Find("#confirm")
	values := controls(form)
	for name, value := range typed {
		if _, there := values[name]; !there {
			t.Fatalf("the form has no field %s: %s", name, form.Text())
		}
		values.Set(name, value)
	}
	return values
}

func fieldOf(t *testing.T, a answer, id string) *goquery.Selection {
	t.Helper()
	field := a.page(t).Find("#" + id)
	if field.Length() != 1 {
		t.Fatalf("%d fields %s: %.2000s", field.Length(), id, a.body)
	}
	return field
}

// orgNow is an organization as the emulator has it.
func (p *portal) orgNow(uid string) backupemu.Org {
	p.t.Helper()
	for _, o := range p.emulator.Snapshot().Orgs {
		if o.UID == uid {
			return o
		}
	}
	p.t.Fatalf("no organization %s", uid)
	return backupemu.Org{}
}

// An edit starts with what is there, sends only what was typed anew, and its page says before and after and how to take it
// back.
func TestEditOfAnOrganization(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("org-manager")
	uid, was := p.fleet.Child.UID, p.fleet.Child.Name
	page := "/organizations/" + uid + "/edit"
	ask := b.get(page)
	if got := fieldOf(t, ask, "param-name").AttrOr("value", ""); got != was {
		t.Errorf("the form starts with %q, want %q", got, was)
	}
	const name = `<b>"Tugs" & tenders</b>`
	a := b.post(page, filled(t, ask, map[string]string{"param.name": "  " + name + " ", "param.notes": "one\r\ntwo", "reason": "case 1"}))
	to := a.header.Get("Location")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/operations/") {
		t.Fatalf("%d %s %.2000s", a.status, to, a.body)
	}
	if now := p.orgNow(uid); now.Name != name {
		t.Errorf("it is called %q", now.Name)
	}
	op, err := p.store.Operation(t.Context(), strings.TrimPrefix(to, "/operations/"))
	must(t, err)
	if diff := cmp.Diff(map[string]string{"name": name, "notes": "one\ntwo"}, op.Params); diff != "" {
		t.Errorf("what was asked for (-want +got):\n%s", diff)
	}
	done := b.get(to)
	text := strings.Join(strings.Fields(done.page(t).Find("main").Text()), " ")
	for _, want := range []string{"Organization edited", "Name " + was + name, "Notes emptyone two", "Put it back"} {
		if !strings.Contains(text, want) {
			t.Errorf("its page does not say %q: %s", want, text)
		}
	}
	if strings.Contains(text, "External reference") {
		t.Errorf("it tells of a field that nobody changed: %s", text)
	}
	back := done.page(t).Find("#act-undo").AttrOr("href", "")
	undo := b.get(back)
	if got := fieldOf(t, undo, "param-name").AttrOr("value", ""); got != was {
		t.Errorf("taking it back starts with %q, want %q", got, was)
	}
	if got := fieldOf(t, undo, "param-notes").Text(); got != "" {
		t.Errorf("taking it back starts with the notes %q", got)
	}
	if a := b.post(page, filled(t, undo, nil)); a.status != http.StatusSeeOther || p.orgNow(uid).Name != was {
		t.Errorf("%d: it is called %q", a.status, p.orgNow(uid).Name)
	}
	line := p.newest("org.edit")
	if line.Before["name"] != name || line.After["name"] != was || line.Outcome != audit.Succeeded {
		t.Errorf("written down as %+v", line)
	}
	if a := b.get(strings.Replace(back, uid, p.fleet.Own.UID, 1)); a.status != http.StatusNotFound {
		t.Errorf("putting it back elsewhere: %d", a.status)
	}
	if a := p.as("sibling-viewer").get(back); a.status != http.StatusNotFound {
		t.Errorf("somebody from elsewhere gets %d", a.status)
	}
}

// What cannot be taken is told at its field, and everything that was typed stays.
func TestEditThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	page := "/organizations/" + p.fleet.Child.UID + "/edit"
	long := strings.Repeat("ø", 256)
	for name, c := range map[string]struct {
		typed   map[string]string
		field   string
		problem string
	}{
		"no name":      {map[string]string{"param.name": "  ", "param.notes": "kept"}, "param-name", "cannot be empty"},
		"a long name":  {map[string]string{"param.name": long, "param.notes": "kept"}, "param-name", "longer than 255"},
		"another line": {map[string]string{"param.reference": "a\tb", "param.notes": "kept"}, "param-reference", "control character"},
		"no text":      {map[string]string{"param.notes": "kept", "param.reference": "\xff"}, "param-reference", "no text"},
	} {
		t.Run(name, func(t *testing.T) {
			before := p.changes()
			form := filled(t, b.get(page), c.typed)
			a := b.post(page, form)
			field := fieldOf(t, a, c.field)
			if a.status != http.StatusUnprocessableEntity || field.AttrOr("aria-invalid", "") != "true" {
				t.Fatalf("%d, the field is %v: %.3000s", a.status, field.AttrOr("aria-invalid", "right"), a.body)
			}
			if problem := a.page(t).Find("#" + c.field + "-problem").Text(); !strings.Contains(problem, c.problem) {
				t.Errorf("the field says %q, want %q", problem, c.problem)
			}
			if got := fieldOf(t, a, "param-notes").Text(); got != "kept" {
				t.Errorf("the notes became %q", got)
			}
			if p.changes() != before {
				t.Error("something was sent")
			}
			again := controls(a.page(t).Find("#confirm"))
			if again.Get("operation") != form.Get("operation") {
				t.Error("the form drawn again is of another operation")
			}
		})
	}
	if a := b.post(page, filled(t, b.get(page), nil)); a.status != http.StatusConflict || !strings.Contains(a.body, "Nothing is to be changed") {
		t.Errorf("an edit of nothing: %d %.2000s", a.status, a.body)
	}
}

// Two people edit at once: the second is told, with what they typed still there; a double click is one operation.
func TestEditInTwoTabs(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("org-manager")
	guid := p.device["own"].GUID
	page := "/devices/" + guid + "/edit"
	first, second := b.get(page), p.as("admin").get(page)
	form := filled(t, first, map[string]string{"param.name": "first"})
	one, two := b.post(page, form), b.post(page, form)
	if one.status != http.StatusSeeOther || two.header.Get("Location") != one.header.Get("Location") {
		t.Fatalf("a double click: %d %s, %d %s %.2000s", one.status, one.header.Get("Location"), two.status, two.header.Get("Location"), one.body)
	}
	if text := b.get(one.header.Get("Location")).body; !strings.Contains(text, "Device edited") {
		t.Errorf("its page says %.3000s", text)
	}
	other := p.as("admin")
	late := other.post(page, filled(t, second, map[string]string{"param.name": "second", "param.notes": "mine"}))
	if late.status != http.StatusConflict || !strings.Contains(late.body, "has changed since you opened the form") {
		t.Fatalf("the second: %d %.2000s", late.status, late.body)
	}
	if got := fieldOf(t, late, "param-notes").Text(); got != "mine" {
		t.Errorf("what was typed became %q", got)
	}
	// Once more, knowing what the first wrote: it goes.
	a := other.post(page, controls(late.page(t).Find("#confirm")))
	if a.status != http.StatusSeeOther {
		t.Errorf("the second again: %d %.2000s", a.status, a.body)
	}
	if d := p.deviceNow(guid); d.Name != "second" {
		t.Errorf("it is called %q", d.Name)
	}
}

func (p *portal) deviceNow(guid string) backupemu.Device {
	p.t.Helper()
	for _, d := range p.emulator.Snapshot().Devices {
		if d.GUID == guid {
			return d
		}
	}
	p.t.Fatalf("no device %s", guid)
	return backupemu.Device{}
}

// While the vendor does not answer, a form can be sent again as it is; with a database that cannot be written it is told.
func TestEditWhileSomethingIsDown(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("org-manager")
	page := "/organizations/" + p.fleet.Own.UID + "/edit"
	form := filled(t, b.get(page), map[string]string{"param.name": "New name", "param.notes": "kept"})
	gone := backupemu.Match{PathPrefix: "/api/v3/orgs/"}
	p.emulator.FailNext(gone, backupemu.Failure{Status: http.StatusInternalServerError}, 99)
	a := b.post(page, form)
	if a.status != http.StatusBadGateway {
		t.Fatalf("%d %.2000s", a.status, a.body)
	}
	kept := controls(a.page(t).Find("#confirm"))
	for name := range form {
		if kept.Get(name) != form.Get(name) {
			t.Errorf("%s became %q, was %q", name, kept.Get(name), form.Get(name))
		}
	}
	if a := b.get(page); !strings.Contains(a.body, "Off until the backup service answers") {
		t.Errorf("a form is drawn of what cannot be read: %.2000s", a.body)
	}
}

// A new organization is made where it was asked for, its page is linked, and a name that is there already is refused with
// everything typed kept.
func TestCreateAnOrganization(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("org-manager")
	page := "/organizations/" + p.fleet.Own.UID
	if link := b.get(page).page(t).Find(`#h-children, a[href="` + page + `/create"]`); link.Length() == 0 {
		t.Error("the organization's page does not offer a new one below")
	}
	const name = "=Nord & Sør\u202e"
	typed := map[string]string{"param.name": name, "param.reference": "CC-1", "param.notes": strings.Repeat("n", 300)}
	a := b.post(page+"/create", filled(t, b.get(page+"/create"), typed))
	if a.status != http.StatusSeeOther {
		t.Fatalf("%d %.3000s", a.status, a.body)
	}
	var made backupemu.Org
	for _, o := range p.emulator.Snapshot().Orgs {
		if o.Name == name {
			made = o
		}
	}
	if made.ParentUID != p.fleet.Own.UID {
		t.Fatalf("made %+v", made)
	}
	done := b.get(a.header.Get("Location")).page(t)
	if link := done.Find(`a[href="/organizations/` + made.UID + `"]`); link.Text() != strings.ReplaceAll(name, "\u202e", "\uFFFD") {
		t.Errorf("its page links %q: %s", link.Text(), done.Find("main").Text())
	}
	if a := b.get("/organizations/" + made.UID); a.status != http.StatusOK {
		t.Errorf("the new organization: %d", a.status)
	}
	again := b.post(page+"/create", filled(t, b.get(page+"/create"), typed))
	if again.status != http.StatusConflict || !strings.Contains(again.body, "of this name") {
		t.Fatalf("the same name: %d %.2000s", again.status, again.body)
	}
	if got := fieldOf(t, again, "param-notes").Text(); got != typed["param.notes"] {
		t.Errorf("what was typed became %q", got)
	}
	if op, open, _ := p.store.OpenOn(t.Context(), "organization", p.fleet.Own.UID); open {
		t.Errorf("left open: %+v", op)
	}
}
