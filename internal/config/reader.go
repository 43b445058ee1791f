package config

import (
	"encoding/base32"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reader reads variables and collects what is wrong with them. An empty variable counts as not set: container tools
// pass on what they do not have as an empty string.
type reader struct {
	lookup   func(string) (string, bool)
	readFile func(string) ([]byte, error)
	problems []error
}

func (r *reader) fail(name, format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...)))
}

func (r *reader) require(name string, ok bool, problem string) {
	if !ok {
		r.fail(name, "%s", problem)
	}
}

func (r *reader) text(name, fallback string) string {
	if value, _ := r.lookup(name); strings.TrimSpace(value) != "" {
		return strings.TrimSpace(value)
	}
	return fallback
}

// words reads what is separated by spaces; nil when there is nothing.
func (r *reader) words(name string) []string {
	if !r.isSet(name) {
		return nil
	}
	return strings.Fields(r.text(name, ""))
}

func (r *reader) isSet(name string) bool { return r.text(name, "") != "" }

func (r *reader) isSecretSet(name string) bool { return r.isSet(name) || r.isSet(name+fileSuffix) }

func (r *reader) demand(name string) string {
	value := r.text(name, "")
	r.require(name, value != "", "not set")
	return value
}

// secret reads a secret from its variable or from the file that its _FILE variable names. The value keeps its spaces;
// only the line end that editors put at the end of a file is cut.
func (r *reader) secret(name string) Secret {
	direct, _ := r.lookup(name)
	path := r.text(name+fileSuffix, "")
	switch {
	case direct != "" && path != "":
		r.fail(name, "set together with %s%s: set one of them", name, fileSuffix)
	case path != "":
		content, ok := r.file(name+fileSuffix, path)
		if value := strings.TrimRight(content, "\r\n"); value != "" {
			return Secret(value)
		}
		if ok {
			r.fail(name+fileSuffix, "%s is empty", path)
		}
	}
	return Secret(direct)
}

func (r *reader) demandSecret(name string) Secret {
	r.require(name, r.isSecretSet(name), "not set (neither is "+name+fileSuffix+")")
	return r.secret(name)
}

func (r *reader) file(name, path string) (content string, ok bool) {
	b, err := r.readFile(path)
	if err != nil {
		r.fail(name, "cannot read the file: %v", err)
		return "", false
	}
	return string(b), true
}

func (r *reader) roles(name string) string {
	r.require(name, r.isSet(name), "not set: without it nobody may see anything (group=role@orgUid, separated by semicolons, or @file)")
	return r.textOrFile(name)
}

// textOrFile reads a text, or the file that the variable names after an "@".
func (r *reader) textOrFile(name string) string {
	value := r.text(name, "")
	path, isFile := strings.CutPrefix(value, "@")
	if !isFile {
		return value
	}
	content, ok := r.file(name, path)
	if ok && strings.TrimSpace(content) == "" {
		r.fail(name, "%s is empty", path)
	}
	return content
}

func (r *reader) address(name, fallback string) string {
	value := r.text(name, fallback)
	_, port, err := net.SplitHostPort(value)
	if err != nil {
		r.fail(name, "%q is not host:port", value)
		return value
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		r.fail(name, "%q has no port between 0 and 65535", value)
	}
	return value
}

// addressOrOff answers "" for the word that switches a listener off.
func (r *reader) addressOrOff(name, fallback string) string {
	if r.text(name, fallback) == "off" {
		return ""
	}
	return r.address(name, fallback)
}

// traces tells whether a collector of traces is named; the library of OpenTelemetry reads the address itself.
func (r *reader) traces(name string) bool {
	value := r.text(name, "")
	if value == "" {
		return false
	}
	u, err := url.Parse(value)
	r.require(name, err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil,
		"is not the web address of a collector, as in http://127.0.0.1:4318")
	return true
}

// database accepts SQLite and PostgreSQL. It is a secret, because the address of a server may hold a password: the value
// is never repeated.
func (r *reader) database(name, fallback string) Secret {
	value := Secret(strings.TrimSpace(r.secret(name).Reveal()))
	if value == "" {
		return Secret(fallback)
	}
	scheme, rest, _ := strings.Cut(value.Reveal(), ":")
	switch scheme {
	case "sqlite":
		r.require(name, strings.TrimLeft(rest, "/") != "", `names no file: write sqlite: and a path, as in "`+DefaultDatabaseURL+`"`)
	case "postgres", "postgresql":
		u, err := url.Parse(value.Reveal())
		r.require(name, err == nil && (u.Host != "" || u.Query().Has("host")) && strings.Trim(u.Path, "/") != "",
			`names no server and database, as in "postgres://portal@db.example.com/portal?sslmode=verify-full"`)
	default:
		r.fail(name, "is not an address of a SQLite or PostgreSQL database, as in %q or %q", DefaultDatabaseURL, "postgres://portal@db.example.com/portal")
	}
	return value
}

// web reads an http address. The value is not repeated in problems, as somebody may have put a password into it.
func (r *reader) web(name string) *url.URL {
	value := r.demand(name)
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	switch {
	case err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "":
		r.fail(name, "is not a web address, as in https://host.example.com")
		return nil
	case u.User != nil:
		r.fail(name, "holds a user name or password; an address must not")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		r.fail(name, "has a query or a fragment; an address here must not")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		r.fail(name, "uses plain http, which is refused except on loopback: use https")
	}
	return u
}

func (r *reader) origin(name string) *url.URL {
	u := r.web(name)
	if u == nil {
		return nil
	}
	r.require(name, u.Path == "" || u.Path == "/", "has a path; give the scheme, host and port only")
	u.Path = ""
	// Nobody sends the usual port along: kept, it would be part of a name that no request has.
	usual := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	u.Host = strings.TrimSuffix(strings.TrimSuffix(u.Host, usual), ":")
	return u
}

func (r *reader) issuer(name string) string {
	r.web(name)
	return r.text(name, "")
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && address.Unmap().IsLoopback())
}

// oneOf reads a word out of a list; the first of the list is the default.
func (r *reader) oneOf(name string, words ...string) string {
	value := r.text(name, words[0])
	r.require(name, slices.Contains(words, value), strconv.Quote(value)+" is none of: "+strings.Join(words, ", "))
	return value
}

func (r *reader) totp(name string) Secret {
	value := r.secret(name)
	compact := strings.ToUpper(strings.TrimRight(strings.ReplaceAll(value.Reveal(), " ", ""), "="))
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(compact); err != nil {
		r.fail(name, "is not base32, the form in which a second factor's secret is handed out")
	}
	return Secret(compact)
}

func (r *reader) prefixes(name string) []netip.Prefix {
	var prefixes []netip.Prefix
	for item := range strings.SplitSeq(r.text(name, ""), ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		prefix, err := parsePrefix(item)
		switch {
		case err != nil:
			r.fail(name, "%q is neither an address nor a network, as in 10.0.0.7 or 10.0.0.0/24", item)
		case prefix.Bits() == 0:
			r.fail(name, "%q trusts everyone: name the proxies", item)
		default:
			prefixes = append(prefixes, prefix)
		}
	}
	return prefixes
}

func parsePrefix(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		if address.Zone() != "" {
			return netip.Prefix{}, errors.New("zones are not supported")
		}
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	return prefix.Masked(), err
}

func (r *reader) timezone(name, fallback string) *time.Location {
	value := r.text(name, fallback)
	location, err := time.LoadLocation(value)
	if err != nil {
		r.fail(name, "%q is not the name of a time zone, as in Europe/Berlin", value)
		return time.UTC
	}
	return location
}

// rate reads how often something is done in a second; "off", which is 0, is never.
func (r *reader) rate(name string, fallback, least, most float64) float64 {
	text := r.text(name, strconv.FormatFloat(fallback, 'f', -1, 64))
	if text == "off" {
		return 0
	}
	value, err := strconv.ParseFloat(text, 64)
	r.require(name, err == nil && value >= least && value <= most, fmt.Sprintf("is neither a number from %g to %g nor off", least, most))
	return value
}

func (r *reader) boolean(name string) bool {
	value, err := strconv.ParseBool(r.text(name, "false"))
	r.require(name, err == nil, "is neither true nor false")
	return value
}
