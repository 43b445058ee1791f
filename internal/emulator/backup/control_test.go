package backup

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFailNext(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	d := c.server.Snapshot().Devices[0]
	path := fmt.Sprintf("/api/computerBlock/%d", d.ID)
	c.server.FailNext(Match{Method: "PUT", PathPrefix: "/api/v1/"}, Failure{
		Status: 503, Body: "<h1>down</h1>", ContentType: "text/html", Header: map[string]string{"Retry-After": "7"},
	}, 2)
	c.get("/api/v1/Org/my").want(http.StatusOK)
	for range 2 {
		got := c.do("PUT", path, "").want(503)
		if got.raw != "<h1>down</h1>" || got.header.Get("Content-Type") != "text/html" || got.header.Get("Retry-After") != "7" {
			t.Errorf("failure %q %v", got.raw, got.header)
		}
	}
	if c.server.Snapshot().Devices[0].Blocked {
		t.Error("a failed request changed the state")
	}
	c.server.FailNext(Match{PathPrefix: path}, Failure{Status: 500, AfterApply: true}, 1)
	c.do("PUT", path, "").want(500)
	if !c.server.Snapshot().Devices[0].Blocked {
		t.Error("the request that failed after the change did not change the state")
	}
	c.do("DELETE", path, "").want(http.StatusNoContent)
}

func TestDrop(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	path := fmt.Sprintf("/api/v1/ComputerBlock/%d", c.server.Snapshot().Devices[0].ID)
	for _, applied := range []bool{false, true} {
		if applied {
			c.server.DropAfter(Match{PathPrefix: path}, 1)
		} else {
			c.server.Drop(Match{PathPrefix: path}, 1)
		}
		if got, err := c.try("PUT", path, ""); err == nil {
			t.Errorf("answered %d, want a lost connection", got.status)
		}
		if got := c.server.Snapshot().Devices[0].Blocked; got != applied {
			t.Errorf("blocked is %t after the loss, want %t", got, applied)
		}
	}
	for _, r := range c.server.Requests() {
		if r.Status != 0 {
			t.Errorf("dropped, but recorded with status %d", r.Status)
		}
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprint("after=", after), func(t *testing.T) {
			t.Parallel()
			c := start(t, Options{Calm: true})
			path := fmt.Sprintf("/api/v1/ComputerBlock/%d", c.server.Snapshot().Devices[0].ID)
			gate := c.server.Delay(Match{Method: "PUT", PathPrefix: "/api/v1/ComputerBlock/"})
			if after {
				gate.Release()
				gate = c.server.DelayAfter(Match{Method: "PUT", PathPrefix: "/api/v1/ComputerBlock/"})
			}
			var done sync.WaitGroup
			done.Go(func() {
				if got, err := c.try("PUT", path, ""); err != nil || got.status != http.StatusNoContent {
					t.Errorf("the held request: %d %v", got.status, err)
				}
			})
			<-gate.Arrived()
			if got := c.server.Snapshot().Devices[0].Blocked; got != after {
				t.Errorf("while held blocked is %t, want %t", got, after)
			}
			c.do("DELETE", "/api/v1/ComputerBlock/404", "").want(http.StatusNotFound)
			gate.Release()
			gate.Release()
			done.Wait()
			if !c.server.Snapshot().Devices[0].Blocked {
				t.Error("the released request changed nothing")
			}
			c.do("PUT", path, "").want(http.StatusNoContent)
		})
	}
}

// TestDelayedCallerGone shows that a request is not carried out after its caller has left.
func TestDelayedCallerGone(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	gate := c.server.Delay(Match{Method: "PUT"})
	ctx, leave := context.WithCancel(t.Context())
	url := fmt.Sprintf("%s/api/v1/ComputerBlock/%d", c.url, c.server.Snapshot().Devices[0].ID)
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	var gone sync.WaitGroup
	gone.Go(func() {
		if got, err := c.send(req); err == nil {
			t.Errorf("answered %d to a caller who left", got.status)
		}
	})
	<-gate.Arrived()
	leave()
	gone.Wait()
	c.close()
	if c.server.Snapshot().Devices[0].Blocked {
		t.Error("the abandoned request was carried out")
	}
	if got := c.server.Requests(); len(got) != 1 || got[0].Status != 0 {
		t.Errorf("history %+v", got)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	c.do("POST", "/c42api/v3/users/404/move?x=1", `{"orgId":1}`).want(http.StatusNotFound)
	got := c.server.Requests()
	if len(got) != 1 {
		t.Fatalf("%d requests", len(got))
	}
	if auth := got[0].Header["Authorization"]; len(auth) != 1 || auth[0] != "Bearer" {
		t.Errorf("Authorization %v, want its scheme only", auth)
	}
	got[0].Header = nil
	want := []Request{{
		Method: "POST", Path: "/c42api/v3/users/404/move", Query: "x=1", Body: `{"orgId":1}`, Status: 404, At: testTime(),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	s := New(Options{Devices: 1, Users: 1, Orgs: 1, Now: testTime})
	for i := range maxHistory + 5 {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, fmt.Sprintf("/v1/%d", i), http.NoBody))
	}
	got := s.Requests()
	if first, last := got[0].Path, got[len(got)-1].Path; len(got) != maxHistory || first != "/v1/5" || last != fmt.Sprintf("/v1/%d", maxHistory+4) {
		t.Errorf("%d requests from %s to %s", len(got), first, last)
	}
}

func TestControlOverHTTP(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	control := httptest.NewServer(http.StripPrefix("/_emulator", c.server.Control()))
	t.Cleanup(control.Close)
	order := func(method, path, body string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, control.URL+"/_emulator"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := control.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%d %s", resp.StatusCode, raw)
	}
	my := "/api/v1/Org/my"
	if got := order("POST", "/fail", `{"method":"GET","pathPrefix":"/api/v1/Org","status":502,"body":"gateway","times":1}`); got != "204 " {
		t.Errorf("/fail: %s", got)
	}
	if got := c.get(my).want(502); got.raw != "gateway" {
		t.Errorf("ordered failure says %q", got.raw)
	}
	order("POST", "/drop", `{"method":"PUT","pathPrefix":"`+my+`"}`)
	if _, err := c.try("PUT", my, ""); err == nil {
		t.Error("the dropped request was answered")
	}
	if got := order("POST", "/delay", `{"pathPrefix":"`+my+`"}`); got != `200 {"id":"1"}` {
		t.Errorf("/delay: %s", got)
	}
	var held sync.WaitGroup
	held.Go(func() {
		if got, err := c.try("GET", my, ""); err != nil || got.status != http.StatusOK {
			t.Errorf("held request: %d, %v", got.status, err)
		}
	})
	if got := order("GET", "/arrived?id=1", ""); got != `200 {"arrived":true}` {
		t.Errorf("/arrived: %s", got)
	}
	if got := order("GET", "/requests", ""); !strings.Contains(got, `"path":"/api/v1/Org/my"`) || strings.Contains(got, c.token) {
		t.Errorf("/requests: %s", got)
	}
	if got := order("POST", "/release", `{"id":"1"}`); got != "204 " {
		t.Errorf("/release: %s", got)
	}
	held.Wait()
	order("POST", "/end-tokens", "")
	c.get(my).want(http.StatusUnauthorized)
	for path, body := range map[string]string{"/fail": "{", "/drop": "", "/delay": "[]"} {
		if got := order("POST", path, body); !strings.HasPrefix(got, "400") {
			t.Errorf("%s with %q: %s", path, body, got)
		}
	}
	for _, got := range []string{order("GET", "/arrived?id=9", ""), order("POST", "/release?id=9", "")} {
		if !strings.HasPrefix(got, "404") {
			t.Errorf("unknown gate: %s", got)
		}
	}
}
