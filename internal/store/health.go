package store

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"
)

// Ready answers nil when the database can be read.
func (s *Store) Ready(ctx context.Context) error {
	var one int
	return translate(s.reader.NewRaw("SELECT 1 FROM audit_head").Scan(ctx, &one))
}

// Writable answers nil when the database takes writes, else a fault for which IsUnwritable is true.
// A write within the last seconds is proof enough; otherwise it writes and removes a page of its own.
func (s *Store) Writable(ctx context.Context) error {
	if s.health.fresh(s.now()) {
		return nil
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO write_probe (filler) VALUES (?)", strings.Repeat("-", 8192)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM write_probe")
		return err
	})
}

// health remembers what the newest write met, so that a banner costs no write per page.
type health struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

// wrote keeps the outcome of a write; errors that say nothing of the disk leave it as it was.
func (h *health) wrote(at time.Time, err error) {
	if err != nil && !IsUnwritable(err) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at, h.err = at, err
}

// fresh tells whether a write succeeded so lately that nobody needs to try again.
func (h *health) fresh(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err == nil && !h.at.IsZero() && now.Sub(h.at) < probeEvery
}

// probeEvery is how long a successful write counts as proof that the next one would succeed.
const probeEvery = 5 * time.Second

// forget makes the next question write.
func (h *health) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at, h.err = time.Time{}, nil
}
