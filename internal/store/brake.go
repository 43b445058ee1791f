package store

import (
	"context"
	"fmt"
)

// Freeze makes the database refuse writes as a read-only file does, and lifts that again: for copying the file while
// pages go on reading. Changes wait for nothing; each fails with a fault for which IsUnwritable is true.
// On PostgreSQL it holds for this portal alone; an operator of the server has better means.
func (s *Store) Freeze(ctx context.Context, frozen bool) error {
	if !s.Exclusive() {
		s.health.forget()
		s.frozen.Store(frozen)
		return nil
	}
	value := 0
	if frozen {
		value = 1
	}
	s.health.forget()
	_, err := s.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA query_only = %d", value)) // dialect: SQLite only
	return translate(err)
}

// Cap limits the database file to this many pages of 4 KiB, but not below its size now; 0 lifts the limit. At its cap
// the database answers as on a full disk: what needs no new page still fits.
func (s *Store) Cap(ctx context.Context, pages int64) error {
	if pages == 0 {
		pages = 4294967294 // SQLite's own limit
	}
	s.health.forget()
	_, err := s.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages)) // dialect: SQLite only
	return translate(err)
}
