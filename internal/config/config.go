// Package config owns the portal's settings: it turns environment variables into one validated struct and says, in one
// go and by variable name, everything that is wrong with them. It knows no other room and holds nothing after Load.
package config

import (
	"errors"
	"net/mail"
	"net/netip"
	"net/url"
	"time"
)

// The dialects of the vendor's API.
const (
	CrashPlan = "crashplan"
	Code42    = "code42"
)

// Defaults of the settings that have one.
const (
	DefaultAddr        = "127.0.0.1:8080"
	DefaultMetricsAddr = "127.0.0.1:9464"
	DefaultDatabaseURL = "sqlite:./data/portal.db"
	DefaultGroupsClaim = "groups"
	DefaultTimezone    = "UTC"

	DefaultSettingsRate = 5
)

// Config is everything that a running portal is told from outside. A Config made by Load is valid and complete.
type Config struct {
	Addr           string         // host:port to listen on; port 0 takes a free one
	MetricsAddr    string         // host:port to answer scrapes on, or "": nowhere
	PublicURL      *url.URL       // origin under which browsers reach the portal, without a path
	DatabaseURL    Secret         // "sqlite:" and a path, or "postgres://" and a server, with a password perhaps
	Backup         Backup         // the vendor's API
	OIDC           OIDC           // the identity provider
	Mail           Mail           // the server that takes the portal's mail; its zero value: none is sent
	Roles          string         // text of the role assignments; the sign-in package reads it
	Rules          string         // text of who has to agree to what; the policy package reads it; "": as it stands
	AuditKey       Secret         // signs the audit log's checkpoints
	TrustedProxies []netip.Prefix // whose X-Forwarded-* headers are believed; empty: nobody's
	Timezone       *time.Location // in which pages show times
	ReadOnly       bool           // no change leaves the portal
	SettingsRate   float64        // documents of settings that are read in the background, per second; 0: none is
	Traces         bool           // are sent, to where the variables of OpenTelemetry say
}

// Backup says where the vendor's API is and how the portal signs in there: either as a local account (Username,
// Password, and TOTPSecret when the account has a second factor) or as an API client (ClientID, ClientSecret).
type Backup struct {
	URL          *url.URL // origin, without a path
	Dialect      string   // CrashPlan or Code42
	Username     string
	Password     Secret
	TOTPSecret   Secret // base32
	ClientID     string
	ClientSecret Secret
}

// OIDC says which identity provider signs people in.
type OIDC struct {
	Issuer       string // verbatim: it is compared with the tokens' iss
	ClientID     string
	ClientSecret Secret
	GroupsClaim  string   // name of the ID token's claim that lists a person's groups
	ACRValues    []string // ways of proving who one is, one of which a fresh sign-in has to name; empty: any will do
}

// The ways to a mail server.
const (
	StartTLS = "starttls" // upgraded before anything is said; a server that cannot is refused
	TLS      = "tls"      // from the first byte
	Plain    = "plain"    // only on loopback, or when it is asked for
)

// Mail says which server takes the portal's mail and whom it is from.
type Mail struct {
	Host       string // "" = no mail is sent
	Port       int
	Encryption string // StartTLS, TLS or Plain
	Username   string
	Password   Secret
	From       *mail.Address
}

// Load reads every setting through lookup, and the files that settings name through readFile. Its error holds one
// line for each problem, each opening with the variable's name; no line holds a secret's value.
func Load(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (Config, error) {
	r := &reader{lookup: lookup, readFile: readFile}
	c := Config{
		Addr:           r.address("PORTAL_ADDR", DefaultAddr),
		MetricsAddr:    r.addressOrOff("PORTAL_METRICS_ADDR", DefaultMetricsAddr),
		PublicURL:      r.origin("PORTAL_PUBLIC_URL"),
		DatabaseURL:    r.database("PORTAL_DATABASE_URL", DefaultDatabaseURL),
		Backup:         r.backup(),
		Roles:          r.roles("PORTAL_ROLES"),
		Rules:          r.textOrFile("PORTAL_RULES"),
		AuditKey:       r.demandSecret("PORTAL_AUDIT_KEY"),
		TrustedProxies: r.prefixes("PORTAL_TRUSTED_PROXIES"),
		Timezone:       r.timezone("PORTAL_TIMEZONE", DefaultTimezone),
		ReadOnly:       r.boolean("PORTAL_READ_ONLY"),
		SettingsRate:   r.rate("PORTAL_SETTINGS_RATE", DefaultSettingsRate, 0.1, 1000),
		Traces:         r.traces("OTEL_EXPORTER_OTLP_ENDPOINT"),
		Mail:           r.mail("PORTAL_SMTP_URL", "PORTAL_MAIL_FROM"),
		OIDC: OIDC{
			Issuer:       r.issuer("PORTAL_OIDC_ISSUER"),
			ClientID:     r.demand("PORTAL_OIDC_CLIENT_ID"),
			ClientSecret: r.demandSecret("PORTAL_OIDC_CLIENT_SECRET"),
			GroupsClaim:  r.text("PORTAL_OIDC_GROUPS_CLAIM", DefaultGroupsClaim),
			ACRValues:    r.words("PORTAL_OIDC_ACR_VALUES"),
		},
	}
	if len(r.problems) > 0 {
		return Config{}, errors.Join(r.problems...)
	}
	return c, nil
}

// LoadSecret reads one secret as Load does, for commands that need nothing else; its error has the same form.
func LoadSecret(name string, lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (Secret, error) {
	r := &reader{lookup: lookup, readFile: readFile}
	secret := r.demandSecret(name)
	if len(r.problems) > 0 {
		return "", errors.Join(r.problems...)
	}
	return secret, nil
}

// LoadDatabaseURL reads PORTAL_DATABASE_URL as Load does, for commands that need nothing else.
func LoadDatabaseURL(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (Secret, error) {
	r := &reader{lookup: lookup, readFile: readFile}
	databaseURL := r.database("PORTAL_DATABASE_URL", DefaultDatabaseURL)
	return databaseURL, errors.Join(r.problems...)
}

// backup reads the vendor's settings and sees to it that exactly one way of signing in is configured.
func (r *reader) backup() Backup {
	b := Backup{
		URL:          r.origin("PORTAL_BACKUP_URL"),
		Dialect:      r.oneOf("PORTAL_BACKUP_DIALECT", CrashPlan, Code42),
		Username:     r.text("PORTAL_BACKUP_USERNAME", ""),
		Password:     r.secret("PORTAL_BACKUP_PASSWORD"),
		TOTPSecret:   r.totp("PORTAL_BACKUP_TOTP_SECRET"),
		ClientID:     r.text("PORTAL_BACKUP_CLIENT_ID", ""),
		ClientSecret: r.secret("PORTAL_BACKUP_CLIENT_SECRET"),
	}
	// Whether a variable is set is asked rather than whether its value could be read: an unreadable secret file is
	// one problem, not two.
	account := r.isSet("PORTAL_BACKUP_USERNAME") || r.isSecretSet("PORTAL_BACKUP_PASSWORD")
	client := r.isSet("PORTAL_BACKUP_CLIENT_ID") || r.isSecretSet("PORTAL_BACKUP_CLIENT_SECRET")
	switch {
	case account && client:
		r.fail("PORTAL_BACKUP_USERNAME", "set together with PORTAL_BACKUP_CLIENT_ID: choose the local account or the API client, not both")
	case account:
		r.require("PORTAL_BACKUP_USERNAME", r.isSet("PORTAL_BACKUP_USERNAME"), "not set, but PORTAL_BACKUP_PASSWORD is")
		r.require("PORTAL_BACKUP_PASSWORD", r.isSecretSet("PORTAL_BACKUP_PASSWORD"), "not set, but PORTAL_BACKUP_USERNAME is")
	case client:
		r.require("PORTAL_BACKUP_CLIENT_ID", r.isSet("PORTAL_BACKUP_CLIENT_ID"), "not set, but PORTAL_BACKUP_CLIENT_SECRET is")
		r.require("PORTAL_BACKUP_CLIENT_SECRET", r.isSecretSet("PORTAL_BACKUP_CLIENT_SECRET"), "not set, but PORTAL_BACKUP_CLIENT_ID is")
	default:
		r.fail("PORTAL_BACKUP_USERNAME", "no sign-in for the backup API: set it with PORTAL_BACKUP_PASSWORD, or set PORTAL_BACKUP_CLIENT_ID with PORTAL_BACKUP_CLIENT_SECRET")
	}
	if r.isSecretSet("PORTAL_BACKUP_TOTP_SECRET") && client && !account {
		r.fail("PORTAL_BACKUP_TOTP_SECRET", "belongs to a local account, but an API client is configured")
	}
	return b
}
