package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"backup-portal/internal/audit"
	"backup-portal/internal/config"
	"backup-portal/internal/store"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Prove that no line was edited, inserted, removed or reordered."`
	Export auditExportCommand `cmd:"" help:"Write every line with its proof to standard output."`
	Keygen auditKeygenCommand `cmd:"" help:"Make a signing key for PORTAL_AUDIT_KEY."`
}

type auditVerifyCommand struct {
	Database   string `help:"Database to verify; the default is PORTAL_DATABASE_URL." placeholder:"URL"`
	Bundle     string `help:"Verify an exported file instead of a database; needs no database." placeholder:"FILE"`
	Checkpoint string `help:"A checkpoint that was saved elsewhere: finds a log whose tail was cut." placeholder:"FILE"`
	PublicKey  string `help:"Public key of the log; the default is derived from PORTAL_AUDIT_KEY." placeholder:"KEY"`
	Save       string `help:"Save the newest checkpoint to this file, to be kept somewhere else." placeholder:"FILE"`
}

// Run verifies, prints what was found, and fails when anything is wrong.
func (v auditVerifyCommand) Run(ctx context.Context) error {
	key, err := v.key()
	if err != nil {
		return err
	}
	var saved *audit.Checkpoint
	if v.Checkpoint != "" {
		text, err := os.ReadFile(v.Checkpoint)
		if err != nil {
			return fmt.Errorf("--checkpoint: %w", err)
		}
		opened, err := key.Open(text)
		if err != nil {
			return fmt.Errorf("--checkpoint: %w", err)
		}
		saved = &opened
	}
	report, err := v.verify(ctx, key, saved)
	if err != nil {
		return err
	}
	fmt.Println(report.Summary())
	for _, p := range report.Problems {
		fmt.Println("  " + p.Sentence)
	}
	if !report.OK() {
		return errors.New("the audit log is not as it was written")
	}
	return nil
}

func (v auditVerifyCommand) verify(ctx context.Context, key audit.PublicKey, saved *audit.Checkpoint) (audit.Report, error) {
	if v.Bundle != "" {
		file, err := os.Open(v.Bundle)
		if err != nil {
			return audit.Report{}, fmt.Errorf("--bundle: %w", err)
		}
		defer file.Close()
		return audit.VerifyBundle(file, key, saved)
	}
	db, err := inspect(ctx, v.Database)
	if err != nil {
		return audit.Report{}, err
	}
	defer db.Close()
	if v.Save != "" {
		last, err := db.LastCheckpoint(ctx)
		if err != nil {
			return audit.Report{}, fmt.Errorf("--save: %w", err)
		}
		if err := os.WriteFile(v.Save, last.Note, 0o600); err != nil {
			return audit.Report{}, fmt.Errorf("--save: %w", err)
		}
	}
	return db.AuditVerify(ctx, key, saved)
}

func (v auditVerifyCommand) key() (audit.PublicKey, error) {
	if v.PublicKey != "" {
		return audit.ParsePublicKey(v.PublicKey)
	}
	secret, err := config.LoadSecret("PORTAL_AUDIT_KEY", os.LookupEnv, os.ReadFile)
	if err != nil {
		return audit.PublicKey{}, fmt.Errorf("%w; or give --public-key", err)
	}
	key, err := audit.ParseKey(secret.Reveal())
	if err != nil {
		return audit.PublicKey{}, fmt.Errorf("PORTAL_AUDIT_KEY: %w", err)
	}
	return key.Public(), nil
}

// inspect opens a database for reading only, beside a running portal.
func inspect(ctx context.Context, url string) (*store.Store, error) {
	if url == "" {
		set, err := config.LoadDatabaseURL(os.LookupEnv, os.ReadFile)
		if err != nil {
			return nil, err
		}
		url = set.Reveal()
	}
	return store.Open(ctx, store.Options{URL: url, Inspect: true, Now: time.Now, Logger: slog.Default()})
}

type auditExportCommand struct {
	Database string `help:"Database to export; the default is PORTAL_DATABASE_URL." placeholder:"URL"`
}

// Run writes the bundle that “portal audit verify --bundle” reads.
func (e auditExportCommand) Run(ctx context.Context) error {
	db, err := inspect(ctx, e.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.AuditBundle(ctx, os.Stdout)
}

type auditKeygenCommand struct{}

// Run prints a new secret key, and its public half for whoever verifies.
func (auditKeygenCommand) Run() error {
	secret, err := audit.GenerateKey()
	if err != nil {
		return err
	}
	key, err := audit.ParseKey(secret)
	if err != nil {
		return err
	}
	fmt.Println(secret)
	fmt.Fprintln(os.Stderr, "public key, for portal audit verify --public-key:", key.Public())
	return nil
}
