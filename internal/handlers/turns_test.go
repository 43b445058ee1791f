package handlers_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"backup-portal/internal/inventory"
)

// slowDevices answers a search for "slow" when it is released, and counts how many wait for that.
type slowDevices struct {
	inventory.Store
	release chan struct{}

	mu        sync.Mutex
	now, most int
}

func (s *slowDevices) Devices(ctx context.Context, q inventory.DeviceQuery) (inventory.DevicePage, error) {
	if err := s.wait(ctx, q); err != nil {
		return inventory.DevicePage{}, err
	}
	return s.Store.Devices(ctx, q)
}

// DeviceIDs is what an export begins with.
func (s *slowDevices) DeviceIDs(ctx context.Context, q inventory.DeviceQuery) ([]int64, error) {
	if err := s.wait(ctx, q); err != nil {
		return nil, err
	}
	return s.Store.DeviceIDs(ctx, q)
}

func (s *slowDevices) wait(ctx context.Context, q inventory.DeviceQuery) error {
	if q.Text != "slow" {
		return nil
	}
	s.enter(1)
	defer s.enter(-1)
	select {
	case <-s.release:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *slowDevices) enter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now += n
	s.most = max(s.most, s.now)
}

// tabClosed stands for the answer that nobody was there to read.
const tabClosed = 0

// until asks for a page and leaves when the context ends.
func (b *browser) until(ctx context.Context, path string) answer {
	b.t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.portal.url+path, http.NoBody)
	must(b.t, err)
	response, err := b.client.Do(request)
	if err != nil {
		return answer{status: tabClosed}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{status: tabClosed}
	}
	return answer{status: response.StatusCode, header: response.Header, body: string(text)}
}

// TestNobodyWaitsForAnothersSearches: of one person's requests four are worked on at once, the others wait, and what is
// more than a browser asks for is turned away. Everybody else is answered meanwhile.
func TestNobodyWaitsForAnothersSearches(t *testing.T) {
	t.Parallel()
	const working, waiting = 4, 200
	p := setup(t)
	slow := &slowDevices{Store: p.mirror.Store, release: make(chan struct{})}
	p.mirror.Store = slow
	viewer, neighbour := p.as("viewer"), p.as("admin")

	// All but a few close their tabs before their turn: two hundred pages take a busy machine longer than anybody waits.
	const stay = 20
	answers := make(chan answer, working+waiting+1)
	leave, left := context.WithCancel(t.Context())
	defer left()
	for n := range cap(answers) {
		go func() {
			if n < working+stay {
				answers <- viewer.get("/devices?q=slow")
			} else {
				answers <- viewer.until(leave, "/devices?q=slow")
			}
		}()
	}
	select {
	case a := <-answers: // the others are there by now
		if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" || !strings.Contains(a.body, "Too many of your requests at once") {
			t.Errorf("one more than may wait: %d", a.status)
		}
	case <-time.After(time.Minute):
		t.Fatal("however many one person sends are taken in")
	}
	for _, path := range []string{"/", "/devices", "/devices/export.csv"} {
		if a := neighbour.get(path); a.status != http.StatusOK {
			t.Errorf("meanwhile %s of somebody else: %d", path, a.status)
		}
	}
	// What is posted waits for no search.
	if a := viewer.post("/devices/columns", url.Values{"column": {"name"}}); a.status != http.StatusSeeOther {
		t.Errorf("meanwhile a form: %d", a.status)
	}
	left()
	close(slow.release)
	for range working + waiting {
		if a := <-answers; a.status != http.StatusOK && a.status != tabClosed {
			t.Errorf("one that waited: %d", a.status)
		}
	}
	if a := viewer.get("/devices"); a.status != http.StatusOK {
		t.Errorf("afterwards: %d", a.status)
	}
	slow.mu.Lock()
	defer slow.mu.Unlock()
	if slow.most != working {
		t.Errorf("%d searches of one person at once, want %d", slow.most, working)
	}
}

// TestTwoExportsAtOnce: the third is told to wait, and a list can be looked at beside them.
func TestTwoExportsAtOnce(t *testing.T) {
	t.Parallel()
	p := setup(t)
	slow := &slowDevices{Store: p.mirror.Store, release: make(chan struct{})}
	p.mirror.Store = slow
	b := p.as("org-manager")
	answers := make(chan answer, 3)
	for range cap(answers) {
		go func() { answers <- b.get("/devices/export.csv?q=slow") }()
	}
	select {
	case a := <-answers:
		if a.status != http.StatusTooManyRequests {
			t.Errorf("the third: %d", a.status)
		}
	case <-time.After(time.Minute):
		t.Fatal("however many exports one person begins are worked on")
	}
	if a := b.get("/devices"); a.status != http.StatusOK {
		t.Errorf("the list meanwhile: %d", a.status)
	}
	close(slow.release)
	for range 2 {
		if a := <-answers; a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") {
			t.Errorf("one of two: %d", a.status)
		}
	}
}
