package backup

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// wireRequest is what two clients must agree on.
type wireRequest struct {
	Method, Path  string
	Query         url.Values
	Body          string
	Authorization string // "Bearer", or "Basic" with its value
	Accept        string
	ContentType   string
	TOTP          string
}

// recordings reads what the dialect's SDK sent to a recording server.
func recordings(t *testing.T, d Dialect) []wireRequest {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "recordings-"+string(d)+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	var all []wireRequest
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var line struct {
			Method, Path, Query string
			Body                any
			Headers             map[string]string
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		query, err := url.ParseQuery(line.Query)
		if err != nil {
			t.Fatal(err)
		}
		var body string
		if line.Body != nil {
			compact, err := json.Marshal(line.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = string(compact)
		}
		all = append(all, wireRequest{
			Method: line.Method, Path: line.Path, Query: query, Body: body, Authorization: scheme(line.Headers["Authorization"]),
			Accept: line.Headers["Accept"], ContentType: line.Headers["Content-Type"], TOTP: line.Headers["totp-auth"],
		})
	}
	return all
}

// compacted writes a JSON body as the recordings are written here; what is none stays.
func compacted(body []byte) string {
	var document any
	if json.Unmarshal(body, &document) != nil {
		return string(body)
	}
	compact, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	return string(compact)
}

func scheme(authorization string) string {
	if strings.HasPrefix(authorization, "Bearer ") {
		return "Bearer"
	}
	return authorization
}

// recorder answers everything with the smallest sufficient answer and keeps what was asked.
type recorder struct {
	orgGUID string

	mu  sync.Mutex
	got []wireRequest
}

func (rec *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	rec.mu.Lock()
	rec.got = append(rec.got, wireRequest{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Body: compacted(body), Authorization: scheme(r.Header.Get("Authorization")),
		Accept: r.Header.Get("Accept"), ContentType: r.Header.Get("Content-Type"), TOTP: r.Header.Get("totp-auth"),
	})
	rec.mu.Unlock()
	writeJSON(w, map[string]any{"data": map[string]any{
		"v3_user_token": "t", "access_token": "t", "tenantUid": "tenant", "totalCount": 0,
		"computers": []any{}, "users": []any{}, "orgs": []any{map[string]any{"orgUid": "42", "orgGuid": rec.orgGUID}},
		"matters": []any{}, "memberships": []any{}, "legalHolds": []any{}, "legalHoldMemberships": []any{}, "coldStorageRows": []any{}, "agentStates": []any{},
		"guid": "1222906893738553990", "orgUid": "42", "userUid": "1",
	}})
}

// contract is one method: what it is called with and the operations that it must send, in order.
type contract struct {
	name   string
	signIn SignIn // nil is a token provider, so that only the call itself is seen
	call   func(ctx context.Context, c *Client) error
	ops    []string
}

// contracts lists all methods as they speak a dialect; orgGUID is the organization of the recordings, for those that are
// given it, and those that send a document send a recorded one.
func contracts(d Dialect, orgGUID string, recorded []wireRequest) []contract {
	return slices.Concat(commonContracts(d, orgGUID), holdContracts(d), settingsContracts(d, orgGUID, recorded))
}

// holdContracts are the legal holds, which the two dialects and the two kinds of sign-in ask for in three ways. The uids are
// those of the matters that were made while each was recorded.
func holdContracts(d Dialect) []contract {
	yes, no := true, false
	client := APIClient{ID: "key-42", Secret: "secret"}
	matters := func(active *bool) func(ctx context.Context, c *Client) error {
		return func(ctx context.Context, c *Client) error {
			for _, err := range c.Reader().HoldMatters(ctx, active) {
				return err
			}
			return nil
		}
	}
	memberships := func(uid string) func(ctx context.Context, c *Client) error {
		return func(ctx context.Context, c *Client) error {
			for _, err := range c.Reader().HoldMemberships(ctx, HoldMembershipQuery{MatterUID: uid, Active: &yes}) {
				return err
			}
			return nil
		}
	}
	if d == CrashPlan {
		return []contract{
			{"HoldMatters", nil, matters(&yes), []string{"GET /api/v38/legal-hold-matter/list"}},
			{"HoldMatters that are closed", nil, matters(&no), []string{"GET /api/v38/legal-hold-matter/list"}},
			{"HoldMemberships", nil, memberships("1200000000000009007"), []string{"GET /api/v38/legal-hold-membership/list"}},
			{"HoldMatters of an API client", client, matters(&yes), []string{"POST /api/v3/oauth/token", "GET /api/v38/legal-hold-matter/list"}},
		}
	}
	return []contract{
		{"HoldMatters", nil, matters(&yes), []string{"GET /api/v1/LegalHold"}},
		{"HoldMatters that are closed", nil, matters(&no), []string{"GET /api/v1/LegalHold"}},
		{"HoldMemberships", nil, memberships("1200000000000009008"), []string{"GET /api/v1/LegalHoldMembership"}},
		{"HoldMatters of an API client", client, matters(&yes), []string{"POST /api/v3/oauth/token", "GET /api/v27/legal-hold-matter/list"}},
		{"HoldMatters of an API client that are closed", client, matters(&no), []string{"POST /api/v3/oauth/token", "GET /api/v27/legal-hold-matter/list"}},
		{"HoldMemberships of an API client", client, memberships("1200000000000009012"), []string{"POST /api/v3/oauth/token", "GET /api/v27/legal-hold-membership/list"}},
	}
}

func commonContracts(d Dialect, orgGUID string) []contract {
	yes, no := true, false
	version := map[Dialect]string{CrashPlan: "/api/v38", Code42: "/api/v4"}[d]
	local := LocalAccount{Username: "test.user@example.com", Password: "password", TOTP: func() (string, error) { return "123456", nil }}
	return []contract{
		{"sign-in of a local account", local, func(ctx context.Context, c *Client) error { _, err := c.Reader().CurrentUser(ctx); return err }, []string{"GET /api/v3/auth/jwt", "GET /api/v1/User/my"}},
		{"sign-in of an API client", APIClient{ID: "key-42", Secret: "secret"}, func(ctx context.Context, c *Client) error { return c.Reader().Ping(ctx) }, []string{"POST /api/v3/oauth/token", "GET /api/v3/customer/my"}},
		{"DevicePage", nil, func(ctx context.Context, c *Client) error {
			_, err := c.Reader().DevicePage(ctx, DeviceQuery{})
			return err
		}, []string{"GET /api/v1/Computer"}},
		{"DevicePage with everything", nil, func(ctx context.Context, c *Client) error {
			_, err := c.Reader().DevicePage(ctx, DeviceQuery{Active: &yes, Blocked: &no, OrgUID: "890854247383106706", UserUID: "945", DestinationGUID: "43", WithBackups: true, WithoutCounts: true, Page: 2, PageSize: 10, Text: "win é"})
			return err
		}, []string{"GET /api/v1/Computer"}},
		{"Devices", nil, func(ctx context.Context, c *Client) error {
			for _, err := range c.Reader().Devices(ctx, DeviceQuery{Active: &no, PageSize: 1}) {
				return err
			}
			return nil
		}, []string{"GET /api/v1/Computer"}},
		{"Device", nil, func(ctx context.Context, c *Client) error {
			_, err := c.Reader().Device(ctx, 2682772, false)
			return err
		}, []string{"GET /api/v1/Computer/{id}"}},
		{"Device with backups", nil, func(ctx context.Context, c *Client) error {
			_, err := c.Reader().Device(ctx, 2682772, true)
			return err
		}, []string{"GET /api/v1/Computer/{id}"}},
		{"DeviceByGUID", nil, func(ctx context.Context, c *Client) error {
			_, err := c.Reader().DeviceByGUID(ctx, "1222906893738553990", false)
			return err
		}, []string{"GET /api/v1/Computer/{guid}"}},
		{"DeviceByGUID with backups", nil, func(ctx context.Context, c *Client) error {
			_, err := c.Reader().DeviceByGUID(ctx, "1222906893738553990", true)
			return err
		}, []string{"GET /api/v1/Computer/{guid}"}},
		{"BlockDevice", nil, func(ctx context.Context, c *Client) error { return c.Writer().BlockDevice(ctx, 2682772) }, []string{"PUT /api/v1/ComputerBlock/{id}"}},
		{"UnblockDevice", nil, func(ctx context.Context, c *Client) error { return c.Writer().UnblockDevice(ctx, 2682772) }, []string{"DELETE /api/v1/ComputerBlock/{id}"}},
		{"DeauthorizeDevice", nil, func(ctx context.Context, c *Client) error { return c.Writer().DeauthorizeDevice(ctx, 2682772) }, []string{"PUT /api/v1/ComputerDeauthorization/{id}"}},
		{"DeactivateDevice", nil, func(ctx context.Context, c *Client) error { return c.Writer().DeactivateDevice(ctx, 2682772) }, []string{"POST " + version + "/computer-deactivation/update"}},
		{"ReactivateDevice", nil, func(ctx context.Context, c *Client) error { return c.Writer().ReactivateDevice(ctx, 2682772) }, []string{"POST " + version + "/computer-deactivation/remove"}},
		{"OrgPage", nil, func(ctx context.Context, c *Client) error { _, err := c.Reader().OrgPage(ctx, OrgQuery{}); return err }, []string{"GET /api/v1/Org"}},
		{"OrgPage with everything", nil, func(ctx context.Context, c *Client) error {
			_, err := c.Reader().OrgPage(ctx, OrgQuery{Active: &yes, Page: 3, PageSize: 25})
			return err
		}, []string{"GET /api/v1/Org"}},
		{"OrgByUID", nil, func(ctx context.Context, c *Client) error { _, err := c.Reader().OrgByUID(ctx, "42"); return err }, []string{"GET /api/v1/Org", "GET /api/v3/orgs/{guid}"}},
		{"BlockOrg", nil, func(ctx context.Context, c *Client) error { return c.Writer().BlockOrg(ctx, orgGUID) }, []string{"POST /api/v3/orgs/{guid}/block"}},
		{"UnblockOrg", nil, func(ctx context.Context, c *Client) error { return c.Writer().UnblockOrg(ctx, orgGUID) }, []string{"POST /api/v3/orgs/{guid}/unblock"}},
		{"DeactivateOrg", nil, func(ctx context.Context, c *Client) error { return c.Writer().DeactivateOrg(ctx, orgGUID) }, []string{"POST /api/v3/orgs/{guid}/deactivate"}},
		{"ReactivateOrg", nil, func(ctx context.Context, c *Client) error { return c.Writer().ReactivateOrg(ctx, orgGUID) }, []string{"POST /api/v3/orgs/{guid}/activate"}},
		{"ColdStorage", nil, func(ctx context.Context, c *Client) error {
			for _, err := range c.Reader().ColdStorage(ctx, 2) {
				return err
			}
			return nil
		}, []string{"GET /api/v1/ColdStorage"}},
		{"CurrentOrg", nil, func(ctx context.Context, c *Client) error { _, err := c.Reader().CurrentOrg(ctx); return err }, []string{"GET /api/v1/Org/my"}},
		{"UserPage", nil, func(ctx context.Context, c *Client) error {
			_, err := c.Reader().UserPage(ctx, UserQuery{})
			return err
		}, []string{"GET /api/v1/User"}},
		{"UserPage of an org", nil, func(ctx context.Context, c *Client) error {
			_, err := c.Reader().UserPage(ctx, UserQuery{OrgUID: "nope"})
			return err
		}, []string{"GET /api/v1/User"}},
		{"UserByUID", nil, func(ctx context.Context, c *Client) error {
			_, err := c.Reader().UserByUID(ctx, "1200000000000009005", true)
			return err
		}, []string{"GET /api/v1/User/{uid}"}},
		{"CurrentUser", nil, func(ctx context.Context, c *Client) error { _, err := c.Reader().CurrentUser(ctx); return err }, []string{"GET /api/v1/User/my"}},
		{"Tenant", nil, func(ctx context.Context, c *Client) error { _, err := c.Reader().Tenant(ctx); return err }, []string{"GET /api/v3/customer/my"}},
	}
}

func TestRequestsEqualTheRecordedOnes(t *testing.T) {
	t.Parallel()
	for _, d := range []Dialect{CrashPlan, Code42} {
		recorded := recordings(t, d)
		var orgGUID string
		for _, r := range recorded {
			if rest, ok := strings.CutPrefix(r.Path, "/api/v3/orgs/"); ok {
				orgGUID, _, _ = strings.Cut(rest, "/")
			}
		}
		for _, tt := range contracts(d, orgGUID, recorded) {
			t.Run(string(d)+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				rec := &recorder{orgGUID: orgGUID}
				server := httptest.NewServer(rec)
				t.Cleanup(server.Close)
				c := newTestClient(t, server.URL, func(o *Options, _ *tuning) {
					o.Dialect, o.SignIn = d, tt.signIn
					if tt.signIn == nil {
						o.SignIn = TokenProvider(func(context.Context) (string, error) { return "t", nil })
					}
				})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if err := tt.call(ctx, c); err != nil && MeaningOf(err) != Incomplete {
					t.Fatal(err)
				}
				if len(rec.got) != len(tt.ops) {
					t.Fatalf("sent %d requests, want %v: %v", len(rec.got), tt.ops, rec.got)
				}
				for i, got := range rec.got {
					if !template(tt.ops[i]).MatchString(got.Method + " " + got.Path) {
						t.Errorf("request %d is %s %s, want %s", i, got.Method, got.Path, tt.ops[i])
					}
					if want := documented[tt.name]; want == "" {
						wantRecorded(t, got, recorded)
					} else if line := got.Method + " " + got.Path + "?" + got.Query.Encode(); line != want || got.Body != "" {
						t.Errorf("sent %s with body %q, documented is %s without one", line, got.Body, want)
					}
				}
			})
		}
	}
}

func template(op string) *regexp.Regexp {
	return regexp.MustCompile("^" + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(op), "[^/]+") + "$")
}

func wantRecorded(t *testing.T, got wireRequest, recorded []wireRequest) {
	t.Helper()
	var nearest string
	for _, want := range recorded {
		diff := cmp.Diff(want, got)
		if diff == "" {
			return
		}
		if want.Method == got.Method && want.Path == got.Path && (nearest == "" || len(diff) < len(nearest)) {
			nearest = diff
		}
	}
	t.Errorf("%s %s equals no recorded request; nearest (-recorded +sent):\n%s", got.Method, got.Path, nearest)
}

// Every operation that a directive names has a contract, and the other way round.
func TestEveryOperationHasAContract(t *testing.T) {
	t.Parallel()
	declared := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^//api:op (\S+ \S+)$`).FindAllSubmatch(source, -1) {
			declared[string(m[1])] = true
		}
	}
	covered := map[string]bool{}
	for _, c := range slices.Concat(contracts(CrashPlan, "", nil), contracts(Code42, "", nil)) {
		for _, op := range c.ops {
			covered[op] = true
		}
	}
	if diff := cmp.Diff(declared, covered); diff != "" {
		t.Errorf("directives and contracts differ (-directives +contracts):\n%s", diff)
	}
}
