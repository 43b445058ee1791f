package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"backup-portal/internal/config"
	"backup-portal/internal/store"
)

type migrateCommand struct{}

// Run brings the database up to this version's schema and ends: for a database role that may do more than the one that
// the portal runs as.
func (migrateCommand) Run(ctx context.Context) error {
	url, err := config.LoadDatabaseURL(os.LookupEnv, os.ReadFile)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	db, err := store.Open(ctx, store.Options{URL: url.Reveal(), Now: time.Now, Logger: logger})
	if err != nil {
		return fmt.Errorf("PORTAL_DATABASE_URL: %w", err)
	}
	logger.Info("database is up to date")
	return db.Close()
}
