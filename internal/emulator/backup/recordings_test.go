package backup

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
)

// recorded is one request that one of the vendor's SDKs sent, and the status that it was given.
type recorded struct {
	Call    string            `json:"call"`
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Query   string            `json:"query"`
	Body    json.RawMessage   `json:"body"`
	Headers map[string]string `json:"headers"`
	Status  int               `json:"emulator_status"`
}

// TestRecordedRequests replays what the SDKs send, with the ids of this tenant in place of the recorded ones.
func TestRecordedRequests(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"testdata/recordings-pycpg.jsonl", "testdata/recordings-py42.jsonl"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			replay := newReplay(t)
			lines := bufio.NewScanner(f)
			lines.Buffer(nil, 1<<20)
			n := 0
			for lines.Scan() {
				replay.send(decodeJSON[recorded](t, lines.Text()))
				n++
			}
			if n < 213 {
				t.Errorf("replayed %d requests, want all of the 213 and more", n)
			}
		})
	}
}

type replay struct {
	*client
	ids        map[string]string // recorded → ours
	held       string            // row number of a device on hold
	clientKind string            // token of an API client
	ended      bool
	nextHold   uint64 // what the recording server called the next policy, matter or membership
}

// firstHold is the first uid that the recording server gave to anything of legal hold; it counted up.
const firstHold = 1200000000000009006

func newReplay(t *testing.T) *replay {
	r := &replay{client: start(t, Options{Calm: true, ClientID: "key-42"}), ids: map[string]string{}, nextHold: firstHold}
	snapshot := r.server.Snapshot()
	free := find(t, snapshot.Devices, "active Mac without hold", func(d Device) bool { return d.Active && !d.OnHold && d.OSName == "mac" })
	held := find(t, snapshot.Devices, "active device on hold", func(d Device) bool { return d.Active && d.OnHold })
	r.ids["2682772"], r.ids["1222906893738553990"] = text(free.ID), free.GUID
	r.ids["890854247383106706"] = r.server.RootOrgUID()
	r.held = text(held.ID)
	cold := r.get("/api/v1/ColdStorage?orgId=" + text(snapshot.Orgs[0].ID)).want(http.StatusOK).list("coldStorageRows")
	r.ids["/121"], r.ids["backupSourceGuid=122"] = "/"+text(cold[0]["archiveGuid"]), "backupSourceGuid="+free.GUID
	r.ids["orgId=2&inc"] = "orgId=" + text(snapshot.Orgs[0].ID) + "&inc"
	r.clientKind = r.server.tokens.issue(tokenClient).value
	return r
}

func (r *replay) send(want recorded) {
	r.t.Helper()
	body := string(want.Body)
	if body == "null" {
		body = ""
	}
	switch {
	case strings.Contains(want.Call, "ACTIVE_LEGAL_HOLD"):
		body = strings.ReplaceAll(body, "2682772", r.held)
	case strings.Contains(want.Call, "-> HTTP ") && strings.HasPrefix(want.Path, "/api/v1/Computer"),
		strings.Contains(want.Call, "503 then 200") && want.Status == http.StatusServiceUnavailable:
		r.server.FailNext(Match{PathPrefix: "/api/v1/Computer"}, Failure{Status: want.Status}, 1)
	case strings.Contains(want.Call, "after token expiry") && !r.ended:
		r.ended = true
		r.server.EndTokens()
	}
	r.mapOrgs(want, body)

	req, err := http.NewRequestWithContext(r.t.Context(), want.Method, r.url+r.ours(want.Path), strings.NewReader(r.ours(body)))
	if err != nil {
		r.t.Fatal(err)
	}
	req.URL.RawQuery = r.ours(want.Query)
	for name, value := range want.Headers {
		if name != "Host" && name != "Accept-Encoding" && name != "Content-Length" {
			req.Header.Set(name, value)
		}
	}
	if strings.HasPrefix(want.Headers["Authorization"], "Bearer") {
		token := r.token
		if strings.HasPrefix(want.Call, "from_api_client ->") || strings.HasPrefix(want.Call, "[api-client]") {
			token = r.clientKind
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	got, err := r.client.send(req)
	if err != nil {
		r.t.Fatalf("%s: %v", want.Call, err)
	}
	if got.status/100 != want.Status/100 {
		r.t.Errorf("%s: %s %s answered %d, recorded %d: %.200s", want.Call, want.Method, want.Path, got.status, want.Status, got.raw)
		return
	}
	r.learn(want, got)
}

func (r *replay) ours(s string) string {
	for recorded, own := range r.ids {
		s = strings.ReplaceAll(s, recorded, own)
	}
	return s
}

// mapOrgs takes the parent of the recorded creation for the root, and any other org for the one created.
func (r *replay) mapOrgs(want recorded, body string) {
	if strings.HasPrefix(want.Call, "orgs.create_org") && body != "" {
		parent := decodeJSON[map[string]any](r.t, body)["parentOrgGuid"]
		r.ids[text(parent)] = r.server.Snapshot().Orgs[0].GUID
	}
	if rest, ok := strings.CutPrefix(want.Path, "/api/v3/orgs/"); ok {
		guid, _, _ := strings.Cut(rest, "/")
		r.ids[guid] = r.ids["created org"]
	}
}

// learn remembers the ids and the token that the answer gave.
func (r *replay) learn(want recorded, got reply) {
	switch {
	case strings.HasPrefix(want.Call, "orgs.create_org") && want.Method == http.MethodPost:
		r.ids["created org"] = text(got.object()["orgGuid"])
		r.ids["9002"] = text(got.object()["orgId"])
	case strings.HasPrefix(want.Call, "users.create_user") && got.status == http.StatusOK:
		r.ids["9004"] = text(got.object()["userId"])
		r.ids["1200000000000009005"] = text(got.object()["userUid"])
	case want.Method == http.MethodPost && strings.Contains(want.Call, "legalhold.") && got.status == http.StatusOK:
		for _, key := range []string{"legalHoldMembershipUid", "legalHoldUid", "legalHoldPolicyUid"} {
			if uid := got.object()[key]; uid != nil {
				r.ids[formatDigits(r.nextHold)] = text(uid)
				r.nextHold++
				break
			}
		}
	case strings.HasSuffix(want.Path, "/auth/jwt") && got.status == http.StatusOK:
		r.token = text(got.object()["v3_user_token"])
	}
}
