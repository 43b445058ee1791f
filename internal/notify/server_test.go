package notify_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"strings"
	"testing"

	"backup-portal/internal/emulator/mail"
	"backup-portal/internal/notify"
	"backup-portal/internal/operation"
)

func TestEncryption(t *testing.T) {
	t.Parallel()
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	t.Cleanup(certified.Close)
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	options := mail.Options{TLS: &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12}, Username: "portal", Password: "hunter2"}
	for _, tt := range []struct {
		name       string
		encryption notify.Encryption
		change     func(*notify.Server)
		options    mail.Options
		problem    string
	}{
		{"STARTTLS", notify.StartTLS, nil, options, ""},
		{"TLS", notify.TLS, nil, options, ""},
		{"in the clear, as asked for", notify.Plaintext, nil, options, ""},
		{"a server that cannot encrypt", notify.StartTLS, nil, mail.Options{Username: "portal", Password: "hunter2"}, "STARTTLS"},
		{"STARTTLS of somebody else", notify.StartTLS, func(s *notify.Server) { s.Roots = x509.NewCertPool() }, options, "certificate"},
		{"TLS of somebody else", notify.TLS, func(s *notify.Server) { s.Roots = x509.NewCertPool() }, options, "certificate"},
		{"another password", notify.StartTLS, func(s *notify.Server) { s.Password = "hunter3" }, options, "535"},
		{"no password", notify.StartTLS, func(s *notify.Server) { s.Username = "" }, options, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newOffice(t, tt.options)
			serve := f.sink.Serve
			if tt.encryption == notify.TLS {
				serve = f.sink.ServeTLS
			}
			f.server = f.listen(serve)
			f.server.Encryption, f.server.Username, f.server.Password, f.server.Roots = tt.encryption, "portal", "hunter2", roots
			if tt.change != nil {
				tt.change(&f.server)
			}
			f.sender = f.newSender(f.db)
			f.ask(told(operation.ToDecide, "mara")...)
			got, err := f.deliver()
			switch {
			case tt.problem == "" && err != nil, tt.problem != "" && (err == nil || !strings.Contains(err.Error(), tt.problem)):
				t.Errorf("%v, want %q", err, tt.problem)
			case tt.problem == "" && tt.name != "no password" && len(got) != 1, tt.problem != "" && len(got) != 0:
				t.Errorf("%q", got)
			}
			if err != nil && strings.Contains(err.Error(), "hunter") {
				t.Errorf("the error holds the password: %v", err)
			}
		})
	}
}

func TestAServerByItsIPv6Address(t *testing.T) {
	t.Parallel()
	f := newOffice(t, mail.Options{})
	f.server.Host, f.server.Port = "::1", 1 // where nobody listens
	f.sender = f.newSender(f.db)
	f.ask(told(operation.ToDecide, "mara")...)
	if _, err := f.deliver(); err == nil || !strings.HasPrefix(err.Error(), "mail server [::1]:1: dial tcp [::1]:1:") {
		t.Errorf("%v", err)
	}
}
