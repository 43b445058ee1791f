package e2e

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"backup-portal/internal/audit"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/emulator/idp"
)

// world is one portal process with a vendor and a sign-in provider of its own, which the test can tell to misbehave.
type world struct {
	t        testing.TB
	url      string
	emulator *backupemu.Server
	identity *idp.Provider    // where people sign in
	device   backupemu.Device // active and not blocked, in the organization where the help desk and the viewer work
	settings map[string]string

	process   *os.Process
	operation string // address of an operation that a test has made
	request   string // and of a request
}

// fleetSize is how much the vendor knows; fanOut, when given, draws the tree instead of orgs.
type fleetSize struct {
	orgs, users, devices int
	fanOut               []int
}

// newWorld starts everything and waits until the portal knows the fleet. Settings ("NAME", "value", …) are added.
func newWorld(t testing.TB, size fleetSize, settings ...string) *world {
	t.Helper()
	w := &world{t: t, emulator: backupemu.New(backupemu.Options{Calm: true, Orgs: size.orgs, FanOut: size.fanOut, Users: size.users, Devices: size.devices})}
	vendor := httptest.NewServer(w.emulator)
	t.Cleanup(vendor.Close)
	for _, d := range w.emulator.Snapshot().Devices {
		if d.Active && !d.Blocked && !d.Deauthorized && d.OrgUID != w.emulator.RootOrgUID() && strings.Count(d.Name, "-") == 2 {
			w.device = d
			break
		}
	}
	address := freeAddress(t)
	w.url = "http://" + address
	key, err := audit.GenerateKey()
	must(t, err)
	root := w.emulator.RootOrgUID()
	w.settings = map[string]string{
		"PORTAL_METRICS_ADDR": "off",
		// What reads in the background would meet the faults that a test plans for a page.
		"PORTAL_SETTINGS_RATE": "off",
		"PORTAL_ADDR":          address, "PORTAL_PUBLIC_URL": w.url, "PORTAL_AUDIT_KEY": key,
		"PORTAL_DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "portal.db"),
		"PORTAL_BACKUP_URL":   vendor.URL, "PORTAL_BACKUP_USERNAME": "test.user@example.com", "PORTAL_BACKUP_PASSWORD": "password",
		"PORTAL_OIDC_ISSUER": w.provider(), "PORTAL_OIDC_CLIENT_ID": "portal", "PORTAL_OIDC_CLIENT_SECRET": "s3cret",
		"PORTAL_ROLES": fmt.Sprintf("g-admin=admin@%s;g-auditor=auditor@%s;g-desk=help-desk@%s;g-viewer=viewer@%s;g-manager=org-manager@%s;g-fleet=org-manager@%s",
			root, root, w.device.OrgUID, w.device.OrgUID, w.firstBelow(root), root),
	}
	for i := 0; i+1 < len(settings); i += 2 {
		w.settings[settings[i]] = settings[i+1]
	}
	w.serve()
	return w
}

var small = fleetSize{orgs: 30, users: 80, devices: 160}

// firstBelow is the first organization directly below another, where the org manager works.
func (w *world) firstBelow(uid string) string {
	for _, o := range w.emulator.Snapshot().Orgs {
		if o.ParentUID == uid {
			return o.UID
		}
	}
	return uid
}

// provider starts the sign-in under the name localhost: cookies are shared across the ports of one host.
func (w *world) provider() string {
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	w.t.Cleanup(server.Close)
	issuer := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	person := func(id, name, role, group string) idp.Person {
		return idp.Person{ID: id, Subject: "sub-" + id, Name: name, Email: id + "@halden.example", Role: role, Groups: []string{group}}
	}
	crowd := person("crowd", "Kari Crowd", "too many groups", "")
	crowd.HasGroups = true
	provider, err := idp.New(idp.Options{
		Issuer: issuer, ClientID: "portal", ClientSecret: "s3cret", Title: "Backup Portal",
		RedirectURIs: []string{w.url + "/auth/callback"}, PostLogoutURIs: []string{w.url + "/auth/signed-out"},
		People: []idp.Person{
			person("mara", "Mara Lindqvist", "admin", "g-admin"), person("sofie", "Sofie Aalto", "auditor", "g-auditor"),
			person("tuva", "Tuva Hagen", "help desk", "g-desk"), person("emil", "Emil Sørby", "viewer", "g-viewer"),
			person("ola", "Ola Brandt", "org manager", "g-manager"), person("nina", "Nina Falk", "no role", "strangers"), crowd,
			person("ingrid", "Ingrid Moe", "admin", "g-admin"), person("sara", "Sara Holm", "admin", "g-admin"),
			person("jonas", "Jonas Eide", "org manager of all", "g-fleet"),
		},
	})
	must(w.t, err)
	handler, w.identity = provider, provider
	return issuer
}

// The ports that these tests give out lie below those that the system gives to whoever asks for any, and beside those of
// the tests of cmd/portal, which run at the same time. No port is given out twice: one that was found free stays free until its
// portal takes it, and while a portal that was killed is away.
const (
	firstPort = 21_000
	portCount = 9_000
)

var (
	ports     atomic.Uint32             // how many were given out
	portsFrom = rand.Uint32N(portCount) // where that began: two checkouts may be tested on one machine
)

// freeAddress answers an address on which nobody listens, and which nobody else is given.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+(portsFrom+ports.Add(1))%portCount)
		if listener, err := net.Listen("tcp", address); err == nil {
			must(t, listener.Close())
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// serve starts the portal and waits for its own word that it knows the fleet.
func (w *world) serve() {
	w.t.Helper()
	cmd := exec.Command(program, "serve")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	for name, value := range w.settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	output, err := cmd.StderrPipe()
	must(w.t, err)
	must(w.t, cmd.Start())
	w.process = cmd.Process
	lines := bufio.NewScanner(output)
	w.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var said strings.Builder
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), `"msg":"mirror synced"`) {
			go func() { // what is not read would stop the portal
				for lines.Scan() {
					continue
				}
			}()
			return
		}
	}
	w.t.Fatalf("the portal ended before it was ready:\n%s", said.String())
}

// restart kills the portal and starts another on its data. What the first was going to check by itself, as it checks an
// unknown outcome after ten seconds, stays for whoever looks at it, however long a busy machine takes to get there.
func (w *world) restart() {
	w.t.Helper()
	must(w.t, w.process.Kill())
	_, _ = w.process.Wait()
	w.serve()
}

// changes counts the changing requests that reached the vendor.
func (w *world) changes() int {
	n := 0
	for _, r := range w.emulator.Requests() {
		if strings.Contains(r.Path, "ComputerBlock") {
			n++
		}
	}
	return n
}

func blockRequests() backupemu.Match { return backupemu.Match{PathPrefix: "/api/v1/ComputerBlock"} }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
