package handlers_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/handlers"
)

// sharedLog is a log that is read while it is written.
type sharedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *sharedLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *sharedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestLeavingIsNoFailure: who closes the tab while the vendor is read leaves no error behind for the operator.
func TestLeavingIsNoFailure(t *testing.T) {
	t.Parallel()
	var log sharedLog
	p := setup(t, func(c *config) {
		c.pages = func(_ *portal, o *handlers.Options) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) }
	})
	b := p.as("admin")
	gate := p.emulator.Delay(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/"})
	defer gate.Release()
	leave, left := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(leave, http.MethodGet, p.url+"/devices/several?action=device.block&guid="+p.device["own"].GUID, nil)
	must(t, err)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if answer, err := b.client.Do(request); err == nil {
			_ = answer.Body.Close()
		}
	}()
	<-gate.Arrived()
	left()
	<-gone
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(time.Minute); !strings.Contains(log.String(), "visitor left"); {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("the log does not say that the visitor left:\n%s", log.String())
		}
	}
	if strings.Contains(log.String(), `"level":"ERROR"`) {
		t.Errorf("the log speaks of an error:\n%s", log.String())
	}
}
