package main_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
)

// TestLogs runs a session in which much goes wrong and reads every line that the portal has logged.
func TestLogs(t *testing.T) {
	t.Parallel()
	const totp = "JBSWY3DPEHPK3PXPJBSWY3DP"
	w := newWorld(t)
	w.with("PORTAL_BACKUP_TOTP_SECRET", totp)
	hostile := "evil\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\r\n\u2028\x1b[31m\x00 name"
	must(t, w.emulator.RenameDevice(w.device.GUID, hostile))
	portal := w.synced()

	ada := w.visitor()
	secrets := []string{vendorPassword, clientSecret, w.auditKey, totp, "emulated-", "Bearer ", "ada.holm", "Ada Holm", "typed with care"}
	keep := func(address, name string) {
		u, err := url.Parse(address)
		must(t, err)
		if value := u.Query().Get(name); len(value) < 8 {
			t.Errorf("%s has no %s", address, name)
		} else {
			secrets = append(secrets, value)
		}
	}
	begin := ada.get("/auth/sign-in?return=/devices%3Fq%3Dsearched-for")
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		keep(begin.header.Get("Location"), name)
	}
	back := ada.get(begin.header.Get("Location") + "&login_hint=ada")
	keep(back.header.Get("Location"), "code")
	ada.get(back.header.Get("Location"))
	ada.get(back.header.Get("Location")) // the second time the code is spent
	ada.get("/auth/callback?code=made-up-code-1&state=made-up-state-1")
	secrets = append(secrets, "searched-for", "made-up-code-1", "made-up-state-1")
	site, err := url.Parse(w.url)
	must(t, err)
	for _, cookie := range ada.client.Jar.Cookies(site) {
		secrets = append(secrets, cookie.Value)
	}

	// The vendor repeats in its errors what it was sent.
	w.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/"}, backupemu.Failure{
		Status: 500, Body: `{"error":"Authorization: Bearer emulated-1-0123456789abcdef, password ` + vendorPassword + `\n{\"msg\":\"forged\"}"}`,
	}, 1)
	ada.get(w.deviceURL())
	w.emulator.FailNext(blockCall, backupemu.Failure{Status: 400, Body: "no " + vendorPassword + "\n{\"msg\":\"forged\"}"}, 1)
	id := newID()
	posted := ada.post(w.deviceURL()+"/block", blockForm(id))
	ada.get("/operations/" + id)
	w.emulator.EndTokens()
	ada.get(w.deviceURL())
	ada.get("/find?q=ada.holm%40halden.example")
	ada.get("/devices?q=" + url.QueryEscape("searched-for\n{\"msg\":\"forged\"}"))
	ada.get("/nowhere/%0a%7B%22msg%22:%22forged%22%7D")
	portal.terminate()
	portal.ended()

	log, text := portal.log(), portal.output()
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q:\n%s", secret, text)
		}
	}
	var requests []string
	for _, entry := range log {
		if entry["msg"] == "forged" {
			t.Errorf("a line of the log is not the portal's: %v", entry)
		}
		for _, field := range []string{"time", "level", "msg"} {
			if text, ok := entry[field].(string); !ok || text == "" {
				t.Errorf("a line of the log has no %s: %v", field, entry)
			}
		}
		if entry["msg"] == "change sent" && entry["request"] != posted.header.Get("X-Request-Id") {
			t.Errorf("the request that brought the change is not named: %v", entry)
		}
		if entry["msg"] != "request" {
			continue
		}
		request, _ := entry["request"].(string)
		if !isID(request) || slices.Contains(requests, request) {
			t.Errorf("the request id %q is none, or not the first: %v", request, entry)
		}
		requests = append(requests, request)
	}
	if !slices.Contains(requests, posted.header.Get("X-Request-Id")) {
		t.Errorf("the id that the answer gives, %q, is not in the log", posted.header.Get("X-Request-Id"))
	}
	events, err := w.inspect().Events(t.Context(), id)
	must(t, err)
	if len(events) != 2 || events[0].Line.Request != posted.header.Get("X-Request-Id") {
		t.Errorf("the audit lines of the change: %+v", events)
	}
}
