package main_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	if r := command(t, nil, "version"); r.code != 0 || r.stdout != "portal 1.2.3-test\n" || r.stderr != "" {
		t.Errorf("%+v", r)
	}
}

func TestUnknownCommand(t *testing.T) {
	t.Parallel()
	if r := command(t, nil, "format-disk"); r.code != 1 || r.stderr != "portal: unexpected argument format-disk (try --help)\n" {
		t.Errorf("%+v", r)
	}
}

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address := map[string]string{"PORTAL_ADDR": w.settings["PORTAL_ADDR"]}
	if r := command(t, address, "healthcheck"); r.code != 1 || !strings.HasPrefix(r.stderr, "portal: not healthy: ") || !strings.Contains(r.stderr, "refused") {
		t.Errorf("without a portal: %+v", r)
	}
	w.serve()
	if r := command(t, address, "healthcheck"); r.code != 0 || r.stderr != "" {
		t.Errorf("with a portal: %+v", r)
	}
	_, port, _ := strings.Cut(address["PORTAL_ADDR"], ":")
	for _, unspecified := range []string{":" + port, "0.0.0.0:" + port, "[::]:" + port} {
		if r := command(t, map[string]string{"PORTAL_ADDR": unspecified}, "healthcheck"); r.code != 0 {
			t.Errorf("of a portal on %s: %+v", unspecified, r)
		}
	}
	if r := command(t, nil, "healthcheck", "--url", w.url+"/no-such-page"); r.code != 1 {
		t.Errorf("of a page that does not exist: %+v", r)
	}
}

// TestServeRefuses starts the portal with one setting missing or wrong: it must say which, and repeat no secret.
func TestServeRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	type change map[string]string
	tests := map[string]struct {
		change change
		names  string
	}{
		"plain http for the public":   {change{"PORTAL_PUBLIC_URL": "http://portal.example.com"}, "PORTAL_PUBLIC_URL: uses plain http"},
		"plain http for the vendor":   {change{"PORTAL_BACKUP_URL": "http://backup.example.com"}, "PORTAL_BACKUP_URL: uses plain http"},
		"plain http for the provider": {change{"PORTAL_OIDC_ISSUER": "http://id.example.com"}, "PORTAL_OIDC_ISSUER: uses plain http"},
		"a signing key that is none":  {change{"PORTAL_AUDIT_KEY": "hunter2"}, "PORTAL_AUDIT_KEY: "},
		"roles that cannot be read":   {change{"PORTAL_ROLES": "g-admin=emperor@1"}, "PORTAL_ROLES: "},
		"rules that cannot be read":   {change{"PORTAL_RULES": "[budget"}, "PORTAL_RULES: line 1: "},
		"a rule about nothing":        {change{"PORTAL_RULES": `rule."device.block".boss = {}`}, `PORTAL_RULES: rule."device.block": there is no setting "boss"`},
		"a rule that nobody could satisfy": {
			change{"PORTAL_RULES": `rule."device.deactivate".admin.approvers = [{ from = ["org-manager"] }]`},
			`PORTAL_RULES: rule."device.deactivate".admin: nobody could satisfy it`,
		},
		"a misspelt brake":                  {change{"PORTAL_READONLY": "true"}, "PORTAL_READONLY: no such setting; did you mean PORTAL_READ_ONLY?"},
		"an address that is taken":          {change{"PORTAL_ADDR": strings.TrimPrefix(w.settings["PORTAL_BACKUP_URL"], "http://")}, "PORTAL_ADDR: "},
		"a folder that cannot be":           {change{"PORTAL_DATABASE_URL": "sqlite:/dev/null/portal.db"}, "PORTAL_DATABASE_URL: "},
		"a database that is none":           {change{"PORTAL_DATABASE_URL": "sqlite:" + noDatabase(t)}, "PORTAL_DATABASE_URL: "},
		"a secret's file that is not there": {change{"PORTAL_AUDIT_KEY": "", "PORTAL_AUDIT_KEY_FILE": "/nowhere"}, "PORTAL_AUDIT_KEY_FILE: cannot read the file"},
	}
	for _, name := range []string{
		"PORTAL_PUBLIC_URL", "PORTAL_BACKUP_URL", "PORTAL_BACKUP_USERNAME", "PORTAL_BACKUP_PASSWORD", "PORTAL_OIDC_ISSUER",
		"PORTAL_OIDC_CLIENT_ID", "PORTAL_OIDC_CLIENT_SECRET", "PORTAL_ROLES", "PORTAL_AUDIT_KEY",
	} {
		tests["without "+name] = struct {
			change change
			names  string
		}{change{name: ""}, name + ": not set"}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := maps.Clone(w.settings)
			settings["PORTAL_DATABASE_URL"] = "sqlite:" + filepath.Join(t.TempDir(), "portal.db")
			maps.Copy(settings, test.change)
			p := launch(t, t.TempDir(), settings, "serve")
			code, out := p.ended(), p.output()
			last := out[strings.LastIndex(out, "\n")+1:]
			if code != 1 || !strings.HasPrefix(last, "portal: "+test.names) {
				t.Errorf("exit code %d, want the output to end with a line about %q:\n%s", code, test.names, out)
			}
			for _, secret := range []string{vendorPassword, clientSecret, w.auditKey, "hunter2"} {
				if strings.Contains(out, secret) {
					t.Errorf("the output repeats the secret %s:\n%s", secret, out)
				}
			}
		})
	}
}

// noDatabase makes a file that is not a database.
func noDatabase(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "portal.db")
	must(t, os.WriteFile(name, bytes.Repeat([]byte("not a database. "), 1000), 0o600))
	return name
}

// TestEmulateBackup asks for a token and a page of devices as the vendor's SDKs do.
func TestEmulateBackup(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:4280", "192.0.2.1:4280", ":4280", "localhost"} {
		if r := command(t, nil, "emulate", "backup", "--addr", addr); r.code != 1 || !strings.Contains(r.stderr, "loopback address only") {
			t.Errorf("--addr %s: %+v", addr, r)
		}
	}
	help := command(t, nil, "emulate", "backup", "--help").stdout
	for _, standard := range []string{"127.0.0.1:4280", "test.user@example.com", `"password"`, `"client_id"`, `"secret"`, "=60", "=400", "=1200"} {
		if !strings.Contains(help, standard) {
			t.Errorf("the help does not name the default %s:\n%s", standard, help)
		}
	}

	addr := freeAddress(t)
	p := launch(t, t.TempDir(), nil, "emulate", "backup", "--addr", addr)
	if line := p.says("Emulated backup API at"); line != "Emulated backup API at http://"+addr+" (60 organizations, 400 users, 1200 devices, seed 1)" {
		t.Errorf("it says %q", line)
	}
	var local struct {
		Data struct {
			Token string `json:"v3_user_token"`
		}
	}
	decode(t, ask(t, http.MethodGet, "http://"+addr+"/api/v3/auth/jwt?useBody=true", basic("test.user@example.com", "password")), &local)
	var client struct {
		Token string `json:"access_token"`
	}
	decode(t, ask(t, http.MethodPost, "http://"+addr+"/api/v3/oauth/token?grant_type=client_credentials", basic("client_id", "secret")), &client)
	for _, token := range []string{local.Data.Token, client.Token} {
		var page struct {
			Data struct {
				TotalCount int
				Computers  []struct{ GUID string }
			}
		}
		decode(t, ask(t, http.MethodGet, "http://"+addr+"/api/v1/Computer?pgNum=1&pgSize=500", "Bearer "+token), &page)
		if page.Data.TotalCount != 1200 || len(page.Data.Computers) != 500 {
			t.Errorf("%d of %d devices", len(page.Data.Computers), page.Data.TotalCount)
		}
	}
	p.terminate()
	if code := p.ended(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func basic(name, password string) string {
	request := http.Request{Header: http.Header{}}
	request.SetBasicAuth(name, password)
	return request.Header.Get("Authorization")
}

func ask(t *testing.T, method, address, authorization string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, http.NoBody)
	must(t, err)
	request.Header.Set("Authorization", authorization)
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func decode(t *testing.T, response *http.Response, into any) {
	t.Helper()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d", response.Request.URL.Path, response.StatusCode)
	}
	must(t, json.NewDecoder(response.Body).Decode(into))
}

// TestProductionBuild shows that what runs beside real data holds nothing that signs in anybody.
func TestProductionBuild(t *testing.T) {
	t.Parallel()
	list := exec.Command("go", "list", "-deps", "-tags", "production", ".")
	packages, err := list.Output()
	must(t, err)
	if !bytes.Contains(packages, []byte("backup-portal/internal/handlers\n")) || bytes.Contains(packages, []byte("internal/emulator")) {
		t.Errorf("the production build is made of\n%s", packages)
	}
	production := filepath.Join(t.TempDir(), "portal")
	if out, err := build(production, "-tags", "production"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"demo", "emulate"} {
		out, err := exec.Command(production, name).CombinedOutput()
		if err == nil || string(out) != "portal: unexpected argument "+name+" (try --help)\n" {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	if out, err := exec.Command(production, "version").CombinedOutput(); err != nil || string(out) != "portal development\n" {
		t.Errorf("version: %v\n%s", err, out)
	}
}
