package config

import (
	"net/mail"
	"net/url"
	"strconv"
	"strings"
)

// The ports that mail is submitted to when none is named.
const (
	startTLSPort = 587
	tlsPort      = 465
)

// mail reads the address of a mail server and the sender; both are set or neither. The address may hold a password, so it
// is never repeated.
func (r *reader) mail(name, fromName string) Mail {
	m, ok := r.mailServer(name)
	switch {
	case r.isSecretSet(name):
		m.From = r.sender(fromName)
	case r.isSet(fromName):
		r.fail(fromName, "set, but %s is not", name)
	}
	if !ok {
		return Mail{}
	}
	return m
}

func (r *reader) mailServer(name string) (m Mail, ok bool) {
	value := strings.TrimSpace(r.secret(name).Reveal())
	if value == "" {
		return Mail{}, false
	}
	u, err := url.Parse(value)
	if err != nil || (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		r.fail(name, "is not the address of a mail server, as in smtp://portal:password@mail.example.com:587 or smtps://mail.example.com")
		return Mail{}, false
	}
	m = Mail{Host: u.Hostname(), Port: startTLSPort, Encryption: StartTLS, Username: u.User.Username()}
	password, _ := u.User.Password()
	m.Password = Secret(password)
	local := isLoopback(m.Host)
	switch query := u.Query(); {
	case u.Scheme == "smtps" && len(query) == 0:
		m.Port, m.Encryption = tlsPort, TLS
	case u.Scheme == "smtp" && u.RawQuery == "tls=none", u.Scheme == "smtp" && len(query) == 0 && local:
		m.Encryption = Plain
	case len(query) > 0:
		r.fail(name, "has a query that says something other than tls=none, which goes with smtp:// only")
	}
	r.require(name, m.Encryption != Plain || local || m.Username == "",
		"would send its password in the clear: leave tls=none away, or sign in nowhere")
	r.require(name, (m.Username == "") == (password == ""), "holds a user name without a password, or a password without a user name")
	if u.Port() != "" {
		port, err := strconv.ParseUint(u.Port(), 10, 16)
		r.require(name, err == nil && port > 0, "has no port between 1 and 65535")
		m.Port = int(port)
	}
	return m, true
}

// sender reads one mail address, with a name perhaps.
func (r *reader) sender(name string) *mail.Address {
	value := r.demand(name)
	if value == "" {
		return nil
	}
	address, err := mail.ParseAddress(value)
	if err != nil {
		r.fail(name, "is not a mail address, as in portal@example.com or Backup Portal <portal@example.com>")
		return nil
	}
	return address
}
