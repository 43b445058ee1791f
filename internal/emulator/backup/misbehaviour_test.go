package backup

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

func TestThrottledShare(t *testing.T) {
	t.Parallel()
	count := func(seed int64, calm bool) (statuses []int, throttled int) {
		c := start(t, Options{Seed: seed, Calm: calm})
		for range 1000 {
			got := c.get("/api/v1/Computer?pgSize=1")
			statuses = append(statuses, got.status)
			if got.status == http.StatusTooManyRequests {
				throttled++
				if got.header.Get("Retry-After") != "1" {
					t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
				}
			}
		}
		return statuses, throttled
	}
	first, throttled := count(3, false)
	if throttled < 19 || throttled > 21 {
		t.Errorf("%d of 1,000 reads were throttled, want 20", throttled)
	}
	if again, _ := count(3, false); fmt.Sprint(first) != fmt.Sprint(again) {
		t.Error("the same seed throttled other reads")
	}
	if _, throttled := count(3, true); throttled != 0 {
		t.Errorf("%d reads were throttled although calm", throttled)
	}
}

func TestChangesAreNeverThrottled(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	path := fmt.Sprintf("/api/v1/ComputerBlock/%d", c.server.Snapshot().Devices[0].ID)
	for range 200 {
		c.do("PUT", path, "").want(http.StatusNoContent)
	}
}

// sdk sends as both of the vendor's SDKs do: a failed request once more, at once, with a new token after a 401.
type sdk struct {
	*client
	mu    sync.Mutex
	token string
}

func (s *sdk) call(path string) (int, error) {
	var status int
	for range 2 {
		s.mu.Lock()
		if s.token == "" {
			s.token = text(s.signIn("test.user@example.com:password", nil).object()["v3_user_token"])
		}
		token := s.token
		s.mu.Unlock()
		req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, http.NoBody)
		if err != nil {
			return 0, fmt.Errorf("building the request: %w", err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		got, err := s.send(req)
		if err != nil {
			return 0, err
		}
		if status = got.status; status < 400 {
			return status, nil
		}
		if status == http.StatusUnauthorized {
			s.mu.Lock()
			if s.token == token {
				s.token = ""
			}
			s.mu.Unlock()
		}
	}
	return status, nil
}

// TestMisbehaviourNeverReachesAnSDK sends through several ends of tokens and many a 429.
func TestMisbehaviourNeverReachesAnSDK(t *testing.T) {
	t.Parallel()
	for seed := range int64(2) {
		c := start(t, Options{Seed: seed + 1})
		s := &sdk{client: c}
		for range 2 { // the next token that is issued is one that ends early
			s.signIn("test.user@example.com:password", nil)
		}
		for n := range 700 {
			if status, err := s.call("/api/v1/Computer?pgSize=1"); err != nil || status != http.StatusOK {
				t.Fatalf("seed %d, call %d: %d %v", seed+1, n, status, err)
			}
		}
		early := 0
		for _, r := range c.server.Requests() {
			if r.Status == http.StatusUnauthorized {
				early++
			}
		}
		if early == 0 {
			t.Errorf("seed %d: no token ended early", seed+1)
		}
	}
}

// TestConcurrentUse is for the race detector: reads, changes and controls all at once.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true, Devices: 300})
	snapshot := c.server.Snapshot()
	var all sync.WaitGroup
	for worker := range 6 {
		all.Go(func() {
			for n := range 40 {
				d := snapshot.Devices[(worker*40+n)%len(snapshot.Devices)]
				requests := []struct{ method, path, body string }{
					{"GET", "/api/v1/Computer?pgSize=50&q=lt&incBackupUsage=True", ""},
					{"PUT", fmt.Sprintf("/api/v1/ComputerBlock/%d", d.ID), ""},
					{"GET", "/api/v1/User?pgSize=50", ""},
					{"POST", "/api/v3/users/" + d.UserUID + "/move", fmt.Sprintf(`{"orgId":%d}`, snapshot.Orgs[n%20].ID)},
					{"POST", "/api/v3/orgs", fmt.Sprintf(`{"orgName":"Org","parentOrgGuid":%q}`, snapshot.Orgs[2].GUID)},
				}
				r := requests[n%len(requests)]
				if got, err := c.try(r.method, r.path, r.body); err != nil || got.status/100 != 2 {
					t.Errorf("%s %s: %d %v", r.method, r.path, got.status, err)
				}
				if n%10 == 0 {
					c.server.Requests()
					c.server.Snapshot()
				}
			}
		})
	}
	all.Wait()
	checkTallies(t, c.server)
}
