package mail_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/emulator/mail"
)

func start(t *testing.T, o mail.Options) (s *mail.Sink, address string) {
	t.Helper()
	s = mail.New(o)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(func() { _ = s.Close() })
	return s, listener.Addr().String()
}

func send(address, subject, text string) error {
	raw := "From: =?utf-8?q?The_P=C3=B6rtal?= <p@halden.example>\r\nTo: a@halden.example\r\nSubject: " + subject +
		"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + text
	return smtp.SendMail(address, nil, "p@halden.example", []string{"a@halden.example"}, []byte(raw))
}

func get(t *testing.T, page http.Handler, path string, change func(*http.Request)) (status int, header http.Header, body string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.RemoteAddr, r.Host = "127.0.0.1:4000", "127.0.0.1:5000"
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	page.ServeHTTP(w, r)
	text, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, w.Result().Header, string(text)
}

func TestCaughtMailIsShown(t *testing.T) {
	t.Parallel()
	s, address := start(t, mail.Options{Now: func() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }})
	for _, subject := range []string{"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "<script>alert(1)</script>"} {
		if err := send(address, subject, "<img src=x>=\r\n=C3=A9\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	mails := s.To("a@halden.example")
	if len(mails) != 2 || mails[0].Subject() != "Grüße" || mails[0].Text != "<img src=x>é\n" || len(s.To("b@halden.example")) != 0 {
		t.Fatalf("%+v", mails)
	}
	page := s.Handler()
	status, header, list := get(t, page, "/", nil)
	if status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Security-Policy"), "default-src 'none'; style-src 'self'") {
		t.Errorf("%d %v", status, header)
	}
	newest, oldest := strings.Index(list, `href="/mails/2"`), strings.Index(list, `href="/mails/1"`)
	if newest < 0 || newest > oldest || strings.Contains(list, "<script") || !strings.Contains(list, "&lt;script&gt;") {
		t.Errorf("the list: %s", list)
	}
	_, _, one := get(t, page, "/mails/1", nil)
	for _, want := range []string{"Grüße", "The Pörtal", "&lt;img src=x&gt;é", "1 Mar 2026, 09:00:00 UTC", `href="/mails/1/raw"`} {
		if !strings.Contains(one, want) {
			t.Errorf("the mail does not say %q: %s", want, one)
		}
	}
	if _, header, raw := get(t, page, "/mails/1/raw", nil); header.Get("Content-Type") != "text/plain; charset=utf-8" || !strings.Contains(raw, "=C3=A9") {
		t.Errorf("as it came: %v %s", header, raw)
	}
	if status, _, _ := get(t, page, "/mails/3", nil); status != http.StatusNotFound {
		t.Errorf("a mail that is not there: %d", status)
	}
}

func TestOnlyThisMachineReads(t *testing.T) {
	t.Parallel()
	page := mail.New(mail.Options{}).Handler()
	for name, change := range map[string]func(*http.Request){
		"another machine":         func(r *http.Request) { r.RemoteAddr = "192.0.2.7:4000" },
		"another name":            func(r *http.Request) { r.Host = "mail.evil.example" },
		"a name like localhost's": func(r *http.Request) { r.Host = "localhost.evil.example:80" },
	} {
		if status, _, _ := get(t, page, "/", change); status != http.StatusForbidden {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestOldMailGivesWay(t *testing.T) {
	t.Parallel()
	s, address := start(t, mail.Options{Keep: 2})
	for i := range 3 {
		if err := send(address, fmt.Sprint(i), ""); err != nil {
			t.Fatal(err)
		}
	}
	var kept []string
	for _, m := range s.Mails() {
		kept = append(kept, fmt.Sprintf("%d %s", m.ID, m.Subject()))
	}
	if diff := cmp.Diff([]string{"2 1", "3 2"}, kept); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestOrdersAreFollowed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		order  func(*mail.Sink)
		answer string // of the first try; "" when it succeeds
		kept   int    // after the first and the second try
	}{
		{func(*mail.Sink) {}, "", 2},
		{func(s *mail.Sink) { s.Refuse(mail.AtSender, 1, 530, "sign in first") }, "530 sign in first", 1},
		{func(s *mail.Sink) { s.Refuse(mail.AtRecipient, 1, 550, "no such person") }, "550 no such person", 1},
		{func(s *mail.Sink) { s.Refuse(mail.AtText, 1, 451, "not now") }, "451 not now", 1},
		{func(s *mail.Sink) { s.HangUp(mail.AtRecipient, 1) }, "EOF", 1},
		{func(s *mail.Sink) { s.HangUp(mail.AfterText, 1) }, "EOF", 2},
	} {
		s, address := start(t, mail.Options{})
		tt.order(s)
		answer := ""
		if err := send(address, "s", ""); err != nil {
			answer = strings.ReplaceAll(err.Error(), `"`, "") // some versions quote the words
		}
		if answer != tt.answer {
			t.Errorf("answered %q, want %q", answer, tt.answer)
		}
		if err := send(address, "s", ""); err != nil {
			t.Errorf("the second try: %v", err)
		}
		if n := len(s.Mails()); n != tt.kept || s.Sessions() != 2 {
			t.Errorf("%q: %d kept, %d sessions", tt.answer, n, s.Sessions())
		}
	}
}

func TestAGateHoldsOneMail(t *testing.T) {
	t.Parallel()
	s, address := start(t, mail.Options{})
	gate := s.Hold(mail.AtText)
	sent := make(chan error)
	go func() { sent <- send(address, "held", "") }()
	<-gate.Arrived()
	if err := send(address, "passes", ""); err != nil || len(s.Mails()) != 1 {
		t.Errorf("%v, %d kept", err, len(s.Mails()))
	}
	gate.Release()
	if err := <-sent; err != nil || len(s.Mails()) != 2 {
		t.Errorf("%v, %d kept", err, len(s.Mails()))
	}
}

func TestASignInIsDemanded(t *testing.T) {
	t.Parallel()
	s, address := start(t, mail.Options{Username: "portal", Password: "hunter2"})
	if err := send(address, "s", ""); err == nil || !strings.HasPrefix(err.Error(), "502") {
		t.Errorf("without a sign-in: %v", err)
	}
	for password, want := range map[string]int{"hunter3": 0, "hunter2": 1} {
		err := smtp.SendMail(address, smtp.PlainAuth("", "portal", password, "127.0.0.1"), "p@halden.example", []string{"a@halden.example"}, []byte("Subject: s\r\n\r\n"))
		if n := len(s.Mails()); (err == nil) != (want == 1) || want == 1 && n != 1 {
			t.Errorf("%s: %v, %d kept", password, err, n)
		}
	}
}
