package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"backup-portal/internal/audit"
	"backup-portal/internal/backup"
	"backup-portal/internal/config"
	"backup-portal/internal/fault"
	"backup-portal/internal/telemetry"
)

// flushLimit is how long a stop waits for a collector of traces: it must not hold up the portal.
const flushLimit = 5 * time.Second

// watch builds the telemetry of a portal that is still being wired: the state is read once somebody asks for it.
func watch(ctx context.Context, cfg config.Config, logger *slog.Logger, p *portal) (*telemetry.Telemetry, error) {
	o := telemetry.Options{Version: version, State: p.state, Now: time.Now, Logger: logger}
	if cfg.Traces {
		spans, err := telemetry.OTLP(ctx, logger)
		if err != nil {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
		}
		o.Spans = spans
	}
	return telemetry.New(o), nil
}

// vendorCalls tells telemetry of the calls of the vendor's client, by its own fixed list of meanings.
func vendorCalls(t *telemetry.Telemetry) backup.Observer {
	return func(ctx context.Context, operation string) (context.Context, func(error)) {
		ctx, ended := t.VendorCall(ctx, operation)
		return ctx, func(err error) {
			switch {
			case err == nil:
				ended(telemetry.OutcomeOK)
			case errors.Is(err, context.Canceled):
				ended("given up")
			default:
				ended(backup.MeaningOf(err).String())
			}
		}
	}
}

// state is what an operator watches of the database.
func (p *portal) state(ctx context.Context) (telemetry.State, error) {
	fresh, err := p.inventory.Freshness(ctx)
	if err != nil {
		return telemetry.State{}, err
	}
	figures, err := p.store.Figures(ctx)
	if err != nil {
		return telemetry.State{}, err
	}
	signed, err := p.store.LastCheckpoint(ctx)
	if fault.Is(err, fault.NotFound) {
		signed, err = audit.Checkpoint{}, nil
	}
	s := telemetry.State{
		SyncedAt: fresh.CompletedAt, Syncing: fresh.Running, SyncFailing: !fresh.FailedAt.IsZero(), Operations: map[string]int{}, Requests: map[string]int{},
		AuditLines: figures.AuditLines, SignedLines: signed.Size, SignedAt: signed.At, Sessions: figures.Sessions,
		Compared: figures.Compared, ComparedAt: figures.ComparedAt,
		Writable: p.store.Writable(ctx) == nil,
	}
	// A sync that ended well began before it ended; any other start belongs to a later one.
	if fresh.CompletedAt.After(fresh.StartedAt) {
		s.SyncTook = fresh.CompletedAt.Sub(fresh.StartedAt)
	}
	for state, n := range figures.OpenOperations {
		s.Operations[string(state)] = n
	}
	for state, n := range figures.OpenRequests {
		s.Requests[string(state)] = n
	}
	return s, err
}
