package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/operation"
)

// Figures are what an operator watches of the database's content.
type Figures struct {
	OpenOperations map[operation.State]int // every open state is named
	OpenRequests   map[operation.State]int // likewise
	AuditLines     int64
	Sessions       int
	Compared       int       // devices whose settings were compared with their organization's
	ComparedAt     time.Time // when the one of them was read that waits longest; zero: none was
}

// Figures counts what is open, written and signed in now, over the whole fleet: for operators, never for a page.
func (s *Store) Figures(ctx context.Context) (Figures, error) {
	var f Figures
	var err error
	if f.OpenOperations, err = s.counted(ctx, "operation", operation.Awaiting, operation.Running, operation.Unknown); err != nil {
		return Figures{}, err
	}
	if f.OpenRequests, err = s.counted(ctx, "request", operation.Awaiting, operation.Scheduled, operation.Running, operation.Stopped); err != nil {
		return Figures{}, err
	}
	if err := s.reader.NewRaw("SELECT size FROM audit_head").Scan(ctx, &f.AuditLines); err != nil {
		return Figures{}, translate(err)
	}
	err = s.reader.NewRaw("SELECT count(*) FROM session WHERE expires_at > ?", stamp(s.now())).Scan(ctx, &f.Sessions)
	if err != nil {
		return Figures{}, translate(err)
	}
	var oldest string
	err = s.reader.NewRaw("SELECT (SELECT count(*) FROM device_compared WHERE compared_at <> ''), coalesce((SELECT min(tried_at) FROM device_compared WHERE tried_at <> ''), '')").
		Scan(ctx, &f.Compared, &oldest)
	f.ComparedAt = unstamp(oldest)
	return f, translate(err)
}

// counted counts a table's rows by state, for these states: those of its partial index.
func (s *Store) counted(ctx context.Context, table string, states ...operation.State) (map[operation.State]int, error) {
	counts := make(map[operation.State]int, len(states))
	for _, state := range states {
		counts[state] = 0
	}
	var rows []struct {
		State operation.State
		Count int
	}
	err := s.reader.NewRaw("SELECT state, count(*) AS count FROM ? WHERE state IN (?) GROUP BY state", bun.Ident(table), bun.List(states)).Scan(ctx, &rows)
	if err != nil {
		return nil, translate(err)
	}
	for _, row := range rows {
		counts[row.State] = row.Count
	}
	return counts, nil
}
