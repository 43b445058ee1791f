package store

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"backup-portal/internal/store/pgtest"
)

// pooler stands between a portal and the tests' server as PgBouncer does: it reads with which settings a connection begins,
// and passes on the rest.
type pooler struct {
	mu    sync.Mutex
	begun []string // names of settings
	conns int
}

// newPooler answers the database's URL by way of the pooler.
func newPooler(t *testing.T, databaseURL string) (*pooler, string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	ok(t, err)
	socket := filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	ok(t, err)
	p := &pooler{}
	var passing sync.WaitGroup
	t.Cleanup(passing.Wait)
	t.Cleanup(func() { _ = listener.Close() })
	passing.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			passing.Go(func() { p.pass(client, socket) })
		}
	})
	return p, fmt.Sprintf("postgres://%s@%s%s?sslmode=disable", u.User, listener.Addr(), u.Path)
}

// pass reads the startup message, a length, a version and pairs of texts that end with a NUL each, and copies.
func (p *pooler) pass(client net.Conn, socket string) {
	defer client.Close()
	var head [4]byte
	if _, err := io.ReadFull(client, head[:]); err != nil {
		return
	}
	rest := make([]byte, binary.BigEndian.Uint32(head[:])-4)
	if _, err := io.ReadFull(client, rest); err != nil {
		return
	}
	texts := strings.Split(strings.TrimRight(string(rest[4:]), "\x00"), "\x00")
	p.mu.Lock()
	p.conns++
	for i := 0; i < len(texts); i += 2 {
		p.begun = append(p.begun, texts[i])
	}
	p.mu.Unlock()
	server, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	defer server.Close()
	if _, err := server.Write(append(head[:], rest...)); err != nil {
		return
	}
	go func() {
		defer client.Close()
		_, _ = io.Copy(client, server)
	}()
	_, _ = io.Copy(server, client)
}

// TestAPoolerLetsThePortalIn: PgBouncer refuses a connection that begins with a setting it does not follow, and follows
// these only. What the portal demands of its connections holds all the same.
func TestAPoolerLetsThePortalIn(t *testing.T) {
	t.Parallel()
	p, address := newPooler(t, pgtest.Prepared(t, migrate(t)))
	s := reopenPostgres(t, address, newClock())
	setting := func(writes bool, name string) (value string) {
		t.Helper()
		db := s.reader
		if writes {
			db = s.writer
		}
		ok(t, db.QueryRowContext(t.Context(), "SELECT current_setting(?)", name).Scan(&value))
		return value
	}
	for _, tt := range []struct {
		writes     bool
		name, want string
	}{
		{true, "lock_timeout", "10s"},
		{true, "statement_timeout", "30s"},
		{true, "idle_in_transaction_session_timeout", "30s"},
		{false, "default_transaction_read_only", "on"},
		{false, "statement_timeout", "1min"},
		{false, "jit", "off"},
		{false, "TimeZone", "UTC"},
	} {
		if got := setting(tt.writes, tt.name); got != tt.want {
			t.Errorf("%s is %q, want %q", tt.name, got, tt.want)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	followed := []string{"user", "database", "client_encoding", "datestyle", "timezone", "standard_conforming_strings", "application_name"}
	for _, name := range p.begun {
		if !slices.Contains(followed, name) {
			t.Errorf("a connection begins with %s", name)
		}
	}
	if p.conns < 3 {
		t.Errorf("%d connections came by the pooler", p.conns)
	}
}
