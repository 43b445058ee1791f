package main_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDemoRefuses(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:8080", ":8080", "192.0.2.1:8080", "[::]:8080"} {
		if r := command(t, nil, "demo", "--addr", addr); r.code != 1 || !strings.Contains(r.stderr, "loopback address only") {
			t.Errorf("--addr %s: %+v", addr, r)
		}
	}
	for _, name := range []string{"PORTAL_BACKUP_URL", "PORTAL_BACKUP_PASSWORD_FILE", "PORTAL_OIDC_CLIENT_SECRET", "PORTAL_SMTP_URL"} {
		r := command(t, map[string]string{name: "hunter2"}, "demo", "--addr", freeAddress(t))
		if want := "portal: " + name + " is set: the demo never talks to a real vendor, provider or mail server; unset it, or run “portal serve”\n"; r.code != 1 || r.stderr != want {
			t.Errorf("with %s: %+v", name, r)
		}
	}
}

// demo is a demo on a small fleet, and a person in it.
func demo(t *testing.T, data string, flags ...string) (*process, *browser) {
	t.Helper()
	addr := freeAddress(t)
	arguments := append([]string{"demo", "--addr", addr, "--data", data, "--orgs", "12", "--users", "30", "--devices", "60"}, flags...)
	p := launch(t, t.TempDir(), nil, arguments...)
	p.says("Ready at")
	b := newBrowser(t, "http://"+addr).signIn("mara")
	until(t, "the fleet is known", func() bool {
		return b.get("/devices").status == http.StatusOK && len(b.get("/devices").words(t, "tbody tr")) > 0
	})
	return p, b
}

func TestDemo(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	p, mara := demo(t, data, "--calm")
	for _, person := range []string{"Mara Lindqvist", "Ingrid Moe", "Sara Holm", "Henrik Dahl", "Jonas Eide", "Tuva Hagen", "Sofie Aalto", "Emil Sørby", "Nina Falk", mara.url, "12 organizations, 30 users, 60 devices"} {
		p.says(person)
	}
	// Most organizations have more devices than the budget lets go with two who agree: one asks, three agree.
	if n := strings.Count(p.output(), " admin "); n < 4 {
		t.Errorf("with %d admins nobody can deactivate an organization of more than 25 devices", n)
	}
	guid := ""
	for _, row := range mara.get("/devices?active=true&blocked=false&deauthorized=false").page(t).Find("tbody a[href^='/devices/']").EachIter() {
		guid = strings.TrimPrefix(row.AttrOr("href", ""), "/devices/")
		break
	}
	if guid == "" {
		t.Fatal("no device is listed")
	}
	id := newID()
	if a := mara.post("/devices/"+guid+"/block", blockForm(id)); a.header.Get("Location") != "/operations/"+id {
		t.Fatalf("a block is answered %d %s", a.status, a.body)
	}
	visitor := newBrowser(t, mara.url)
	for path, b := range map[string]*browser{
		"/": mara, "/devices": mara, "/devices/" + guid: mara, "/devices/" + guid + "/unblock": mara, "/operations/" + id: mara, "/audit": mara, "/nowhere": mara,
		"/auth/signed-out": visitor, "/auth/callback": visitor,
	} {
		if marks := b.get(path).words(t, ".demo"); len(marks) == 0 || marks[0] != "Demo" {
			t.Errorf("%s does not say that it is a demo: %q", path, marks)
		}
	}
	key, err := os.ReadFile(filepath.Join(data, "audit.key"))
	must(t, err)
	if strings.Contains(p.output(), strings.TrimSpace(string(key))) {
		t.Error("the audit key was printed")
	}
	stop(t, p)

	p, mara = demo(t, data, "--calm", "--keep")
	if a := mara.get("/operations/" + id); a.status != http.StatusOK {
		t.Errorf("--keep has not kept the operation: %d", a.status)
	}
	stop(t, p)

	_, mara = demo(t, data, "--calm")
	if a := mara.get("/operations/" + id); a.status != http.StatusNotFound {
		t.Errorf("a fresh demo knows the operation of an earlier one: %d", a.status)
	}
}

func stop(t *testing.T, p *process) {
	t.Helper()
	p.terminate()
	if code := p.ended(); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, p.output())
	}
}
