package main_test

import (
	"database/sql"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/emulator/mail"
)

// mailbox starts a mail server that outlives portals, and tells the world's portals of it.
func (w *world) mailbox() *mail.Sink {
	w.t.Helper()
	sink := mail.New(mail.Options{Username: "portal", Password: mailPassword})
	listener, err := (&net.ListenConfig{}).Listen(w.t.Context(), "tcp", "127.0.0.1:0")
	must(w.t, err)
	go func() { _ = sink.Serve(listener) }()
	w.t.Cleanup(func() { _ = sink.Close() })
	w.with("PORTAL_SMTP_URL", "smtp://portal:"+mailPassword+"@"+listener.Addr().String(), "PORTAL_MAIL_FROM", "Backup Portal <portal@halden.example>")
	return sink
}

const mailPassword = "mail-p4ssword-swift"

// subjects are what somebody got, in the order of arrival.
func subjects(sink *mail.Sink, address string) []string {
	var subjects []string
	for _, m := range sink.To(address) {
		subjects = append(subjects, m.Subject())
	}
	return subjects
}

// TestPeopleAreTold follows a request by mail: those who can decide learn of it, and who asked learns how it ended. A
// portal that is killed in between loses no mail.
func TestPeopleAreTold(t *testing.T) {
	t.Parallel()
	const ada, ben, cleo = "ada.holm@halden.example", "ben.moe@halden.example", "cleo.falk@halden.example"
	w := newWorld(t)
	sink := w.mailbox()
	portal := w.synced()
	asking, deciding := w.ada(), w.visitor().signIn("ben")
	w.visitor().signIn("cleo")
	devices := w.deactivatable(2)
	id := w.ask(asking, devices)
	told := []string{"Please decide: Deactivate 2 devices"}
	until(t, "whoever can decide is told", func() bool {
		return cmp.Equal(told, subjects(sink, ben)) && cmp.Equal(told, subjects(sink, cleo))
	})
	m := sink.To(ben)[0]
	for _, want := range []string{
		"Ada Holm asks for your approval.\n", "  Asked by:  Ada Holm\n", "  Missing:   one other person who may do it\n", "> case 4471, typed with care\n",
		"\n" + w.url + "/requests/" + id + "\n",
	} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the mail does not say %q:\n%s", want, m.Text)
		}
	}
	for _, secret := range []string{mailPassword, vendorPassword, clientSecret, "cleo", "ben.moe"} {
		if strings.Contains(m.Text, secret) {
			t.Errorf("the mail holds %q:\n%s", secret, m.Text)
		}
	}
	for _, n := range deciding.get("/requests").words(t, "main") {
		if !strings.Contains(n, "Deactivate 2 devices") {
			t.Errorf("the portal does not show it: %s", n)
		}
	}

	// It is killed with the last mail on its way to the server.
	gate := sink.Hold(mail.AtSender)
	w.approve(deciding, id)
	until(t, "the request has ended", func() bool { return strings.HasPrefix(w.requestStory(id), "ended: requested approved ended") })
	select {
	case <-gate.Arrived():
	case <-time.After(patience):
		t.Fatal("no mail about the end comes to the server")
	}
	portal.kill()
	gate.Release()
	if got := subjects(sink, ada); got != nil {
		t.Fatalf("told by a portal that is gone: %q", got)
	}
	if n := w.inactive(devices); n != 2 {
		t.Errorf("%d devices are deactivated: the road waits for no mail", n)
	}
	w.execute("UPDATE notice SET next_try = '2000-01-01T00:00:00.000000Z' WHERE mail = 'due'") // time passes
	portal = w.serve()
	until(t, "who asked is told", func() bool {
		return cmp.Equal([]string{"Done: Deactivate 2 devices"}, subjects(sink, ada))
	})
	if !cmp.Equal(told, subjects(sink, ben)) {
		t.Errorf("ben is told what he knows: %q", subjects(sink, ben))
	}
	if out := portal.output(); strings.Contains(out, mailPassword) || strings.Contains(out, "@halden.example") {
		t.Errorf("the log holds an address or a password:\n%s", out)
	}
	w.verified()
}

// execute runs a statement on the database of a world whose portal is gone.
func (w *world) execute(statement string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(w.folder, "portal.db"))
	must(w.t, err)
	defer db.Close()
	_, err = db.ExecContext(w.t.Context(), statement)
	must(w.t, err)
}

// TestWithoutAMailServer: the portal says so at its start, and shows in its pages what there is to tell.
func TestWithoutAMailServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	portal := w.synced()
	portal.says("no mail is sent: PORTAL_SMTP_URL is not set")
	ada, ben := w.ada(), w.visitor().signIn("ben")
	id := w.ask(ada, w.deactivatable(1))
	if a := ben.get("/requests"); a.status != http.StatusOK || !strings.Contains(a.body, "/requests/"+id) {
		t.Errorf("the portal does not show what waits: %d", a.status)
	}
}

// TestTheDemoShowsItsMail asks for something in the demo and reads the mail about it.
func TestTheDemoShowsItsMail(t *testing.T) {
	t.Parallel()
	p, mara := demo(t, filepath.Join(t.TempDir(), "data"), "--calm")
	newBrowser(t, mara.url).signIn("ingrid")
	_, page, _ := strings.Cut(p.says("Mail that the portal sends:"), "sends: ")
	mails := newBrowser(t, strings.TrimSpace(page))
	if a := mails.get("/"); a.status != http.StatusOK || !strings.Contains(a.body, "No mail was sent yet") {
		t.Errorf("before any mail: %d %s", a.status, a.body)
	}
	guid := ""
	for _, row := range mara.get("/devices?active=true&hold=false").page(t).Find("tbody a[href^='/devices/']").EachIter() {
		guid = strings.TrimPrefix(row.AttrOr("href", ""), "/devices/")
		break
	}
	form := mara.get("/devices/"+guid+"/deactivate").form(t, "form[action='/devices/"+guid+"/deactivate']")
	form.Set("reason", "The demo shows <b>mail</b>.")
	if a := mara.post("/devices/"+guid+"/deactivate", form); !strings.HasPrefix(a.header.Get("Location"), "/requests/") {
		t.Fatalf("asking is answered %d %s", a.status, a.words(t, "main"))
	}
	until(t, "the mail is shown", func() bool { return strings.Contains(mails.get("/").body, "Please decide: Deactivate device") })
	if a := mails.get("/mails/1"); !strings.Contains(a.body, "&gt; The demo shows &lt;b&gt;mail&lt;/b&gt;.") || !strings.Contains(a.body, "ingrid@halden.example") {
		t.Errorf("the mail: %s", a.body)
	}
}
