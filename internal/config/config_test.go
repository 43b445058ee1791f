package config_test

import (
	"errors"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/config"
)

// complete is the smallest environment that is right.
func complete() map[string]string {
	return map[string]string{
		"PORTAL_PUBLIC_URL":         "https://portal.example.com",
		"PORTAL_BACKUP_URL":         "https://console.example.com/",
		"PORTAL_BACKUP_USERNAME":    "svc@example.com",
		"PORTAL_BACKUP_PASSWORD":    "hunter2-backup",
		"PORTAL_OIDC_ISSUER":        "https://id.example.com/realms/it",
		"PORTAL_OIDC_CLIENT_ID":     "portal",
		"PORTAL_OIDC_CLIENT_SECRET": "hunter2-oidc",
		"PORTAL_ROLES":              "it-admins=admin@1001",
		"PORTAL_AUDIT_KEY":          "hunter2-audit",
	}
}

// files are what the tests' readFile finds.
var files = map[string]string{
	"/run/secrets/password": "from the file \r\n",
	"/run/secrets/empty":    "\n",
	"/run/secrets/database": "postgres://portal:hunter2@db/portal\n",
	"/run/secrets/mail":     "smtps://mail.example.com:4650\n",
	"/etc/portal/rules":     "[budget]\nperson_per_hour = 10\n",
	"/etc/portal/roles":     "it-admins=admin@1001;\nhelp=help-desk@2002\n",
}

func load(environment map[string]string) (config.Config, error) {
	return config.Load(lookupIn(environment), readFile)
}

func lookupIn(environment map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { value, ok := environment[name]; return value, ok }
}

func readFile(path string) ([]byte, error) {
	content, ok := files[path]
	if !ok {
		return nil, errors.New("no such file: " + path)
	}
	return []byte(content), nil
}

// with is a complete environment with some variables set anew; an empty value unsets one.
func with(pairs ...string) map[string]string {
	environment := complete()
	for i := 0; i < len(pairs); i += 2 {
		environment[pairs[i]] = pairs[i+1]
	}
	return environment
}

// apiClient signs in to the vendor as an API client instead of as a local account.
func apiClient(pairs ...string) map[string]string {
	return with(append([]string{
		"PORTAL_BACKUP_USERNAME", "", "PORTAL_BACKUP_PASSWORD", "",
		"PORTAL_BACKUP_CLIENT_ID", "key-1", "PORTAL_BACKUP_CLIENT_SECRET", "hunter2-client",
	}, pairs...)...)
}

// mailing sends mail by way of a server.
func mailing(server string, pairs ...string) map[string]string {
	return with(append([]string{"PORTAL_SMTP_URL", server, "PORTAL_MAIL_FROM", "portal@example.com"}, pairs...)...)
}

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func web(host string) *url.URL { return &url.URL{Scheme: "https", Host: host} }

func TestLoad(t *testing.T) {
	t.Parallel()
	base := func() config.Config {
		return config.Config{
			Addr:        "127.0.0.1:8080",
			MetricsAddr: "127.0.0.1:9464",
			PublicURL:   web("portal.example.com"),
			DatabaseURL: "sqlite:./data/portal.db",
			Backup: config.Backup{
				URL: web("console.example.com"), Dialect: config.CrashPlan,
				Username: "svc@example.com", Password: "hunter2-backup",
			},
			OIDC: config.OIDC{
				Issuer:   "https://id.example.com/realms/it",
				ClientID: "portal", ClientSecret: "hunter2-oidc", GroupsClaim: "groups",
			},
			Roles:    "it-admins=admin@1001",
			AuditKey: "hunter2-audit",
			Timezone: time.UTC,

			SettingsRate: 5,
		}
	}
	tests := []struct {
		name        string
		environment map[string]string
		change      func(*config.Config)
	}{
		{"defaults", complete(), func(*config.Config) {}},
		{"address", with("PORTAL_ADDR", ":0"), func(c *config.Config) { c.Addr = ":0" }},
		{
			"plain http on loopback",
			with("PORTAL_PUBLIC_URL", "http://localhost:8080", "PORTAL_BACKUP_URL", "http://127.0.0.1:4280", "PORTAL_OIDC_ISSUER", "http://[::1]:5556"),
			func(c *config.Config) {
				c.PublicURL = &url.URL{Scheme: "http", Host: "localhost:8080"}
				c.Backup.URL = &url.URL{Scheme: "http", Host: "127.0.0.1:4280"}
				c.OIDC.Issuer = "http://[::1]:5556"
			},
		},
		{"database", with("PORTAL_DATABASE_URL", "sqlite:/var/lib/portal.db"), func(c *config.Config) { c.DatabaseURL = "sqlite:/var/lib/portal.db" }},
		{
			"a database server", with("PORTAL_DATABASE_URL", "postgres://portal:hunter2@db.example.com/portal?sslmode=verify-full"),
			func(c *config.Config) {
				c.DatabaseURL = "postgres://portal:hunter2@db.example.com/portal?sslmode=verify-full"
			},
		},
		{
			"a database server by its socket", with("PORTAL_DATABASE_URL", "postgresql:///portal?host=/run/postgresql"),
			func(c *config.Config) { c.DatabaseURL = "postgresql:///portal?host=/run/postgresql" },
		},
		{
			"database from a file", with("PORTAL_DATABASE_URL_FILE", "/run/secrets/database"),
			func(c *config.Config) { c.DatabaseURL = "postgres://portal:hunter2@db/portal" },
		},
		{"dialect", with("PORTAL_BACKUP_DIALECT", "code42"), func(c *config.Config) { c.Backup.Dialect = config.Code42 }},
		{
			"second factor", with("PORTAL_BACKUP_TOTP_SECRET", "jbsw y3dp ehpk 3pxp"),
			func(c *config.Config) { c.Backup.TOTPSecret = "JBSWY3DPEHPK3PXP" },
		},
		{
			"API client", apiClient(),
			func(c *config.Config) {
				c.Backup.Username, c.Backup.Password = "", ""
				c.Backup.ClientID, c.Backup.ClientSecret = "key-1", "hunter2-client"
			},
		},
		{
			"secret from a file", with("PORTAL_BACKUP_PASSWORD", "", "PORTAL_BACKUP_PASSWORD_FILE", "/run/secrets/password"),
			func(c *config.Config) { c.Backup.Password = "from the file " },
		},
		{"groups claim", with("PORTAL_OIDC_GROUPS_CLAIM", "roles"), func(c *config.Config) { c.OIDC.GroupsClaim = "roles" }},
		{"ways of signing in", with("PORTAL_OIDC_ACR_VALUES", " phr  urn:example:hardware "), func(c *config.Config) {
			c.OIDC.ACRValues = []string{"phr", "urn:example:hardware"}
		}},
		{"roles from a file", with("PORTAL_ROLES", "@/etc/portal/roles"), func(c *config.Config) { c.Roles = files["/etc/portal/roles"] }},
		{"rules", with("PORTAL_RULES", "[budget]"), func(c *config.Config) { c.Rules = "[budget]" }},
		{"rules from a file", with("PORTAL_RULES", "@/etc/portal/rules"), func(c *config.Config) { c.Rules = files["/etc/portal/rules"] }},
		{
			"trusted proxies", with("PORTAL_TRUSTED_PROXIES", "10.0.0.7, 192.168.1.9/24,fd00::1"),
			func(c *config.Config) {
				c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.7/32"), netip.MustParsePrefix("192.168.1.0/24"), netip.MustParsePrefix("fd00::1/128")}
			},
		},
		{"time zone", with("PORTAL_TIMEZONE", "Europe/Berlin"), func(c *config.Config) { c.Timezone = location(t, "Europe/Berlin") }},
		{"rate of reading settings", with("PORTAL_SETTINGS_RATE", "0.5"), func(c *config.Config) { c.SettingsRate = 0.5 }},
		{"settings are not read in the background", with("PORTAL_SETTINGS_RATE", "off"), func(c *config.Config) { c.SettingsRate = 0 }},
		{"read-only", with("PORTAL_READ_ONLY", "true"), func(c *config.Config) { c.ReadOnly = true }},
		{"metrics elsewhere", with("PORTAL_METRICS_ADDR", ":9000"), func(c *config.Config) { c.MetricsAddr = ":9000" }},
		{"no metrics", with("PORTAL_METRICS_ADDR", "off"), func(c *config.Config) { c.MetricsAddr = "" }},
		{
			"mail", with("PORTAL_SMTP_URL", "smtp://portal:hunter2%40@mail.example.com", "PORTAL_MAIL_FROM", "Backup Portal <portal@example.com>"),
			func(c *config.Config) {
				c.Mail = config.Mail{
					Host: "mail.example.com", Port: 587, Encryption: config.StartTLS, Username: "portal", Password: "hunter2@",
					From: &mail.Address{Name: "Backup Portal", Address: "portal@example.com"},
				}
			},
		},
		{
			"mail by TLS from a file", with("PORTAL_SMTP_URL_FILE", "/run/secrets/mail", "PORTAL_MAIL_FROM", "portal@example.com"),
			func(c *config.Config) {
				c.Mail = config.Mail{Host: "mail.example.com", Port: 4650, Encryption: config.TLS, From: &mail.Address{Address: "portal@example.com"}}
			},
		},
		{
			"mail on loopback", with("PORTAL_SMTP_URL", "smtp://u:hunter2@127.0.0.1:25/", "PORTAL_MAIL_FROM", "portal@example.com"),
			func(c *config.Config) {
				c.Mail = config.Mail{Host: "127.0.0.1", Port: 25, Encryption: config.Plain, Username: "u", Password: "hunter2", From: &mail.Address{Address: "portal@example.com"}}
			},
		},
		{
			"mail in the clear, as asked for", with("PORTAL_SMTP_URL", "smtp://relay.example.com:25?tls=none", "PORTAL_MAIL_FROM", "portal@example.com"),
			func(c *config.Config) {
				c.Mail = config.Mail{Host: "relay.example.com", Port: 25, Encryption: config.Plain, From: &mail.Address{Address: "portal@example.com"}}
			},
		},
		{"traces", with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"), func(c *config.Config) { c.Traces = true }},
		{"empty counts as not set", with("PORTAL_READ_ONLY", "", "PORTAL_ADDR", " "), func(*config.Config) {}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := load(test.environment)
			if err != nil {
				t.Fatal(err)
			}
			want := base()
			test.change(&want)
			same := []cmp.Option{
				cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
				cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
			}
			if diff := cmp.Diff(want, got, same...); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		environment map[string]string
		want        []string // one line each; a line must open with its text
	}{
		{"address without a port", with("PORTAL_ADDR", "localhost"), []string{`PORTAL_ADDR: "localhost" is not host:port`}},
		{"metrics without a port", with("PORTAL_METRICS_ADDR", "no"), []string{`PORTAL_METRICS_ADDR: "no" is not host:port`}},
		{"traces to nowhere", with("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"), []string{"OTEL_EXPORTER_OTLP_ENDPOINT: is not the web address of a collector"}},
		{"traces with a password", with("OTEL_EXPORTER_OTLP_ENDPOINT", "https://me:hunter2@collector"), []string{"OTEL_EXPORTER_OTLP_ENDPOINT: is not the web address of a collector"}},
		{"mail of nobody", with("PORTAL_SMTP_URL", "smtp://mail.example.com"), []string{"PORTAL_MAIL_FROM: not set"}},
		{"mail from somebody without a server", with("PORTAL_MAIL_FROM", "portal@example.com"), []string{"PORTAL_MAIL_FROM: set, but PORTAL_SMTP_URL is not"}},
		{"mail from no address", mailing("smtp://mail.example.com", "PORTAL_MAIL_FROM", "portal"), []string{"PORTAL_MAIL_FROM: is not a mail address"}},
		{"mail from two lines", mailing("smtp://mail.example.com", "PORTAL_MAIL_FROM", "a@example.com\nBcc: b@example.com"), []string{"PORTAL_MAIL_FROM: is not a mail address"}},
		{"mail to the web", mailing("https://u:hunter2@mail.example.com"), []string{"PORTAL_SMTP_URL: is not the address of a mail server"}},
		{"mail to nowhere", mailing("smtp://u:hunter2@"), []string{"PORTAL_SMTP_URL: is not the address of a mail server"}},
		{"mail to no address", mailing("smtp://u:hunter2@%zz"), []string{"PORTAL_SMTP_URL: is not the address of a mail server"}},
		{"mail to a path", mailing("smtp://u:hunter2@mail.example.com/x"), []string{"PORTAL_SMTP_URL: is not the address of a mail server"}},
		{"mail with another wish", mailing("smtp://mail.example.com?tls=maybe"), []string{"PORTAL_SMTP_URL: has a query that says something other than tls=none"}},
		{"mail by TLS without", mailing("smtps://mail.example.com?tls=none"), []string{"PORTAL_SMTP_URL: has a query that says something other than tls=none"}},
		{"mail's password in the clear", mailing("smtp://u:hunter2@mail.example.com?tls=none"), []string{"PORTAL_SMTP_URL: would send its password in the clear"}},
		{"mail without a password", mailing("smtp://u@mail.example.com"), []string{"PORTAL_SMTP_URL: holds a user name without a password"}},
		{"mail to port 0", mailing("smtp://mail.example.com:0"), []string{"PORTAL_SMTP_URL: has no port between"}},
		{"port too large", with("PORTAL_ADDR", "127.0.0.1:70000"), []string{`PORTAL_ADDR: "127.0.0.1:70000" has no port between`}},
		{"no public URL", with("PORTAL_PUBLIC_URL", ""), []string{"PORTAL_PUBLIC_URL: not set"}},
		{"public URL by plain http", with("PORTAL_PUBLIC_URL", "http://portal.example.com"), []string{"PORTAL_PUBLIC_URL: uses plain http"}},
		{"loopback look-alike", with("PORTAL_PUBLIC_URL", "http://localhost.example.com"), []string{"PORTAL_PUBLIC_URL: uses plain http"}},
		{"public URL with a path", with("PORTAL_PUBLIC_URL", "https://example.com/portal"), []string{"PORTAL_PUBLIC_URL: has a path"}},
		{"public URL of another scheme", with("PORTAL_PUBLIC_URL", "ftp://example.com"), []string{"PORTAL_PUBLIC_URL: is not a web address"}},
		{"a server without a database", with("PORTAL_DATABASE_URL", "postgres://u:hunter2@db/"), []string{"PORTAL_DATABASE_URL: names no server and database"}},
		{"a database without a server", with("PORTAL_DATABASE_URL", "postgres:///portal?password=hunter2"), []string{"PORTAL_DATABASE_URL: names no server and database"}},
		{"an unreadable server", with("PORTAL_DATABASE_URL", "postgres://u:hunter2@%zz/portal"), []string{"PORTAL_DATABASE_URL: names no server and database"}},
		{"unknown database", with("PORTAL_DATABASE_URL", "mysql://u:hunter2@db"), []string{"PORTAL_DATABASE_URL: is not an address of a SQLite or PostgreSQL database"}},
		{"database without a file", with("PORTAL_DATABASE_URL", "sqlite:"), []string{"PORTAL_DATABASE_URL: names no file"}},
		{"no vendor URL", with("PORTAL_BACKUP_URL", ""), []string{"PORTAL_BACKUP_URL: not set"}},
		{"vendor by plain http", with("PORTAL_BACKUP_URL", "http://console.example.com"), []string{"PORTAL_BACKUP_URL: uses plain http"}},
		{"vendor URL with a password", with("PORTAL_BACKUP_URL", "https://u:hunter2@console.example.com"), []string{"PORTAL_BACKUP_URL: holds a user name or password"}},
		{"unparseable vendor URL", with("PORTAL_BACKUP_URL", "https://u:hunter2@%zz"), []string{"PORTAL_BACKUP_URL: is not a web address"}},
		{"unknown dialect", with("PORTAL_BACKUP_DIALECT", "mozy"), []string{`PORTAL_BACKUP_DIALECT: "mozy" is none of: crashplan, code42`}},
		{"no sign-in", with("PORTAL_BACKUP_USERNAME", "", "PORTAL_BACKUP_PASSWORD", ""), []string{"PORTAL_BACKUP_USERNAME: no sign-in"}},
		{"both sign-ins", with("PORTAL_BACKUP_CLIENT_ID", "key-1"), []string{"PORTAL_BACKUP_USERNAME: set together with PORTAL_BACKUP_CLIENT_ID"}},
		{"account without password", with("PORTAL_BACKUP_PASSWORD", ""), []string{"PORTAL_BACKUP_PASSWORD: not set"}},
		{"password without account", with("PORTAL_BACKUP_USERNAME", ""), []string{"PORTAL_BACKUP_USERNAME: not set"}},
		{"client without secret", apiClient("PORTAL_BACKUP_CLIENT_SECRET", ""), []string{"PORTAL_BACKUP_CLIENT_SECRET: not set"}},
		{"client secret alone", apiClient("PORTAL_BACKUP_CLIENT_ID", ""), []string{"PORTAL_BACKUP_CLIENT_ID: not set"}},
		{"second factor not base32", with("PORTAL_BACKUP_TOTP_SECRET", "hunter2!"), []string{"PORTAL_BACKUP_TOTP_SECRET: is not base32"}},
		{
			"second factor of an API client", apiClient("PORTAL_BACKUP_TOTP_SECRET", "JBSWY3DP"),
			[]string{"PORTAL_BACKUP_TOTP_SECRET: belongs to a local account"},
		},
		{"no issuer", with("PORTAL_OIDC_ISSUER", ""), []string{"PORTAL_OIDC_ISSUER: not set"}},
		{"issuer by plain http", with("PORTAL_OIDC_ISSUER", "http://id.example.com"), []string{"PORTAL_OIDC_ISSUER: uses plain http"}},
		{"issuer with a query", with("PORTAL_OIDC_ISSUER", "https://id.example.com/?tenant=1"), []string{"PORTAL_OIDC_ISSUER: has a query"}},
		{"no client id", with("PORTAL_OIDC_CLIENT_ID", ""), []string{"PORTAL_OIDC_CLIENT_ID: not set"}},
		{"no client secret", with("PORTAL_OIDC_CLIENT_SECRET", ""), []string{"PORTAL_OIDC_CLIENT_SECRET: not set (neither is PORTAL_OIDC_CLIENT_SECRET_FILE)"}},
		{"no roles", with("PORTAL_ROLES", ""), []string{"PORTAL_ROLES: not set"}},
		{"missing rules file", with("PORTAL_RULES", "@/nowhere"), []string{"PORTAL_RULES: cannot read the file"}},
		{"empty rules file", with("PORTAL_RULES", "@/run/secrets/empty"), []string{"PORTAL_RULES: /run/secrets/empty is empty"}},
		{"missing roles file", with("PORTAL_ROLES", "@/nowhere"), []string{"PORTAL_ROLES: cannot read the file"}},
		{"empty roles file", with("PORTAL_ROLES", "@/run/secrets/empty"), []string{"PORTAL_ROLES: /run/secrets/empty is empty"}},
		{"no audit key", with("PORTAL_AUDIT_KEY", ""), []string{"PORTAL_AUDIT_KEY: not set"}},
		{"secret set twice", with("PORTAL_AUDIT_KEY_FILE", "/run/secrets/password"), []string{"PORTAL_AUDIT_KEY: set together with PORTAL_AUDIT_KEY_FILE"}},
		{"missing secret file", with("PORTAL_AUDIT_KEY", "", "PORTAL_AUDIT_KEY_FILE", "/nowhere"), []string{"PORTAL_AUDIT_KEY_FILE: cannot read the file"}},
		{"empty secret file", with("PORTAL_AUDIT_KEY", "", "PORTAL_AUDIT_KEY_FILE", "/run/secrets/empty"), []string{"PORTAL_AUDIT_KEY_FILE: /run/secrets/empty is empty"}},
		{
			"unreadable password is one problem", with("PORTAL_BACKUP_PASSWORD", "", "PORTAL_BACKUP_PASSWORD_FILE", "/nowhere"),
			[]string{"PORTAL_BACKUP_PASSWORD_FILE: cannot read the file"},
		},
		{"proxy by name", with("PORTAL_TRUSTED_PROXIES", "10.0.0.7,proxy.example.com"), []string{`PORTAL_TRUSTED_PROXIES: "proxy.example.com" is neither`}},
		{"everyone a proxy", with("PORTAL_TRUSTED_PROXIES", "0.0.0.0/0"), []string{`PORTAL_TRUSTED_PROXIES: "0.0.0.0/0" trusts everyone`}},
		{"unknown time zone", with("PORTAL_TIMEZONE", "Mars/Olympus"), []string{`PORTAL_TIMEZONE: "Mars/Olympus" is not the name`}},
		{"no rate", with("PORTAL_SETTINGS_RATE", "fast"), []string{"PORTAL_SETTINGS_RATE: is neither a number from 0.1 to 1000 nor off"}},
		{"a rate that never ends", with("PORTAL_SETTINGS_RATE", "0"), []string{"PORTAL_SETTINGS_RATE: is neither a number from 0.1 to 1000 nor off"}},
		{"no number at all", with("PORTAL_SETTINGS_RATE", "NaN"), []string{"PORTAL_SETTINGS_RATE: is neither a number from 0.1 to 1000 nor off"}},
		{"unclear brake", with("PORTAL_READ_ONLY", "maybe"), []string{"PORTAL_READ_ONLY: is neither true nor false"}},
		{"nothing set", map[string]string{}, []string{
			"PORTAL_PUBLIC_URL: not set", "PORTAL_BACKUP_URL: not set", "PORTAL_BACKUP_USERNAME: no sign-in",
			"PORTAL_ROLES: not set", "PORTAL_AUDIT_KEY: not set",
			"PORTAL_OIDC_ISSUER: not set", "PORTAL_OIDC_CLIENT_ID: not set", "PORTAL_OIDC_CLIENT_SECRET: not set",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := load(test.environment)
			if err == nil {
				t.Fatal("Load accepted it")
			}
			if diff := cmp.Diff(config.Config{}, got); diff != "" {
				t.Errorf("a refused configuration is handed out:\n%s", diff)
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("got %d lines, want %d:\n%v", len(lines), len(test.want), err)
			}
			for i, line := range lines {
				if !strings.HasPrefix(line, test.want[i]) {
					t.Errorf("line %d: got %q, want it to open with %q", i, line, test.want[i])
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error repeats a secret: %v", err)
			}
		})
	}
}

func TestLoadSecret(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, direct, path string
		want               config.Secret
		problem            string
	}{
		{"set", "hunter2", "", "hunter2", ""},
		{"from a file", "", "/run/secrets/password", "from the file ", ""},
		{"not set", "", "", "", "PORTAL_AUDIT_KEY: not set (neither is PORTAL_AUDIT_KEY_FILE)"},
		{"twice", "hunter2", "/run/secrets/password", "", "PORTAL_AUDIT_KEY: set together with PORTAL_AUDIT_KEY_FILE: set one of them"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			environment := map[string]string{"PORTAL_AUDIT_KEY": test.direct, "PORTAL_AUDIT_KEY_FILE": test.path}
			got, err := config.LoadSecret("PORTAL_AUDIT_KEY", lookupIn(environment), readFile)
			problem := ""
			if err != nil {
				problem = err.Error()
			}
			if got.Reveal() != test.want.Reveal() || problem != test.problem {
				t.Errorf("got %q and %q, want %q and %q", got.Reveal(), problem, test.want.Reveal(), test.problem)
			}
		})
	}
}
