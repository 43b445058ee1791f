package store

import (
	"context"

	"github.com/uptrace/bun"

	"backup-portal/internal/operation"
)

// Figures are what an operator watches of the database's content.
type Figures struct {
	OpenOperations map[operation.State]int // every open state is named
	AuditLines     int64
	Sessions       int
}

// Figures counts what is open, written and signed in now, over the whole fleet: for operators, never for a page.
func (s *Store) Figures(ctx context.Context) (Figures, error) {
	f := Figures{OpenOperations: map[operation.State]int{}}
	open := []operation.State{operation.Awaiting, operation.Scheduled, operation.Running, operation.Unknown}
	for _, state := range open {
		f.OpenOperations[state] = 0
	}
	var states []struct {
		State operation.State
		Count int
	}
	err := s.reader.NewRaw("SELECT state, count(*) AS count FROM operation WHERE state IN (?) GROUP BY state", bun.List(open)).Scan(ctx, &states)
	if err != nil {
		return Figures{}, translate(err)
	}
	for _, row := range states {
		f.OpenOperations[row.State] = row.Count
	}
	if err := s.reader.NewRaw("SELECT size FROM audit_head").Scan(ctx, &f.AuditLines); err != nil {
		return Figures{}, translate(err)
	}
	err = s.reader.NewRaw("SELECT count(*) FROM session WHERE expires_at > ?", stamp(s.now())).Scan(ctx, &f.Sessions)
	return f, translate(err)
}
