package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"

	"backup-portal/internal/config"
	"backup-portal/internal/telemetry"
)

type serveCommand struct {
	Addr     string `help:"Address to listen on (PORTAL_ADDR)." placeholder:"HOST:PORT"`
	ReadOnly bool   `help:"Send no change to the vendor (PORTAL_READ_ONLY)."`
}

// Run serves the portal until the process is told to stop.
func (s serveCommand) Run(ctx context.Context) error {
	cfg, err := config.Load(os.LookupEnv, os.ReadFile)
	if err := errors.Join(err, config.CheckNames(os.Environ())); err != nil {
		return err
	}
	if s.Addr != "" {
		cfg.Addr = s.Addr
	}
	cfg.ReadOnly = cfg.ReadOnly || s.ReadOnly
	logger := slog.New(telemetry.LogHandler(slog.NewJSONHandler(os.Stderr, nil)))
	p, err := wire(ctx, cfg, logger, false)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return fmt.Errorf("PORTAL_ADDR: %w", err)
	}
	if p.metrics, err = listenForScrapes(ctx, cfg.MetricsAddr, logger); err != nil {
		return errors.Join(err, listener.Close())
	}
	metrics := "off"
	if p.metrics != nil {
		metrics = p.metrics.Addr().String()
	}
	logger.Info("portal is ready", "version", version, "addr", listener.Addr().String(), "metrics", metrics, "url", cfg.PublicURL.String())
	return p.serve(ctx, listener)
}

// listenForScrapes opens the address of metrics, if there is one. An address that nobody asked for may be taken, by a
// second portal on the same machine: that one serves all the same, without metrics.
func listenForScrapes(ctx context.Context, addr string, logger *slog.Logger) (net.Listener, error) {
	if addr == "" {
		return nil, nil //nolint:nilnil // no listener is no error
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	switch {
	case err == nil:
		return listener, nil
	case addr == config.DefaultMetricsAddr:
		logger.Warn("metrics are not answered: their usual address is taken; set PORTAL_METRICS_ADDR", "err", err)
		return nil, nil //nolint:nilnil // as above
	}
	return nil, fmt.Errorf("PORTAL_METRICS_ADDR: %w", err)
}
