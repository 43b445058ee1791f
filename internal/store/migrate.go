package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
)

// migrations holds one folder per dialect; files are numbered alike in each.
//
//go:embed migrations/*/*.sql
var migrations embed.FS

// migrateUp applies the missing migrations, and refuses a database that a newer program made: this one cannot know what
// its tables mean.
func migrateUp(ctx context.Context, db *sql.DB, d dialect, log *slog.Logger) error {
	p, err := provider(db, d)
	if err != nil {
		return err
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the database: %w", translate(err))
	}
	if current > target {
		return newer(current, target)
	}
	results, err := p.Up(ctx)
	if isForbidden(err) {
		return fmt.Errorf("the database has version %d and this program needs %d: run “portal migrate” once as the role that owns the tables (%w)", current, target, err)
	}
	if err != nil {
		return fmt.Errorf("migrate the database: %w", translate(err))
	}
	for _, r := range results {
		log.InfoContext(ctx, "database migrated", "file", r.Source.Path, "took", r.Duration)
	}
	return nil
}

// sameVersion refuses a database that this program would first have to migrate, or cannot know.
func sameVersion(ctx context.Context, db *sql.DB, d dialect) error {
	p, err := provider(db, d)
	if err != nil {
		return err
	}
	// Asking goose for the version would make its table; a reader must not write.
	var current int64
	if err := db.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version").Scan(&current); err != nil {
		return fmt.Errorf("read the version of the database: %w", err)
	}
	sources := p.ListSources()
	target := sources[len(sources)-1].Version
	switch {
	case current > target:
		return newer(current, target)
	case current < target:
		return fmt.Errorf("the database has version %d and this program needs %d: start the portal once to migrate it", current, target)
	}
	return nil
}

func newer(current, target int64) error {
	return fmt.Errorf("the database has version %d and this program knows versions up to %d: start the newer program, or restore the backup made before it ran", current, target)
}

func provider(db *sql.DB, d dialect) (*goose.Provider, error) {
	folder, name, options, err := d.migrations()
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(name, db, files, append(options, goose.WithDisableGlobalRegistry(true))...)
}
