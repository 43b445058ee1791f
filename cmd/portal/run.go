package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/backup"
	"backup-portal/internal/config"
	"backup-portal/internal/handlers"
	"backup-portal/internal/inventory"
	"backup-portal/internal/job"
	"backup-portal/internal/operation"
	"backup-portal/internal/preference"
	"backup-portal/internal/store"
	"backup-portal/internal/telemetry"
	"backup-portal/web/static"
)

const (
	syncPeriod = 15 * time.Minute
	// settingsStep is how long the crawl of settings works under one lease.
	settingsStep = 5 * time.Second
	// stopLimit is how long SIGTERM waits for calls that are on their way; a vendor call ends within a minute.
	stopLimit = 75 * time.Second
)

// portal is the wired program, ready to serve on a listener.
type portal struct {
	handler    http.Handler
	store      *store.Store
	operations *operation.Service
	inventory  *inventory.Service
	runner     job.Runner
	loops      []job.Loop
	checkpoint func(context.Context) error
	sumUp      func(context.Context) error // records what sign-in counts in memory
	telemetry  *telemetry.Telemetry
	metrics    net.Listener // answers scrapes; nil: nothing does
	logger     *slog.Logger
}

// wire builds the program from its configuration: the one place where the rooms meet.
func wire(ctx context.Context, cfg config.Config, logger *slog.Logger, demo bool) (*portal, error) {
	mappings, err := auth.ParseMappings(cfg.Roles)
	if err != nil {
		return nil, fmt.Errorf("PORTAL_ROLES: %w", err)
	}
	rules, err := readRules(cfg)
	if err != nil {
		return nil, err
	}
	key, err := audit.ParseKey(cfg.AuditKey.Reveal())
	if err != nil {
		return nil, fmt.Errorf("PORTAL_AUDIT_KEY: %w", err)
	}
	assets, err := static.New()
	if err != nil {
		return nil, err
	}
	p := &portal{logger: logger}
	if p.telemetry, err = watch(ctx, cfg, logger, p); err != nil {
		return nil, err
	}
	client, err := vendor(cfg, logger, vendorCalls(p.telemetry))
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Options{URL: cfg.DatabaseURL.Reveal(), Now: time.Now, Logger: logger})
	if err != nil {
		return nil, fmt.Errorf("PORTAL_DATABASE_URL: %w", err)
	}

	fleet := inventory.New(inventory.Options{Store: db, Reader: client.Reader(), Now: time.Now, Period: syncPeriod, Logger: logger})
	signIn, err := auth.New(ctx, auth.Options{
		Issuer: cfg.OIDC.Issuer, ClientID: cfg.OIDC.ClientID, ClientSecret: cfg.OIDC.ClientSecret.Reveal(),
		PublicURL: cfg.PublicURL.String(), GroupsClaim: cfg.OIDC.GroupsClaim, Mappings: mappings, ACRValues: cfg.OIDC.ACRValues,
		Sessions: db, Places: places(db), Record: record(db), Now: time.Now, Logger: logger,
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	book := ruleBook{rules: rules, mappings: mappings, places: places(db), people: signIn}
	if err := book.check(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	holder := uuid.NewString()
	road := operation.New(operation.Options{
		Store: db, Requests: db, People: signIn, Fleet: fleet, Writer: client.Writer(), Reader: client.Reader(),
		Catalogue: action.All, Now: time.Now, Logger: logger, ReadOnly: cfg.ReadOnly,
		Rules: rules, ACR: cfg.OIDC.ACRValues, Holder: holder,
	})
	pages := handlers.New(handlers.Options{
		Auth: signIn, Inventory: fleet, Operations: road, Preferences: preference.New(preference.Options{Store: db}),
		Audit: db, Record: record(db), Catalogue: action.All, Rules: rules, Approvers: book.approvers, Assets: assets,
		Now: time.Now, Zone: cfg.Timezone, Logger: logger, PublicURL: cfg.PublicURL, TrustedProxies: cfg.TrustedProxies,
		Demo: demo, ReadOnly: cfg.ReadOnly, Ready: db.Ready, Writable: db.Writable,
		Watch: p.telemetry.Middleware(),
	})
	p.handler, p.store, p.operations, p.inventory = pages, db, road, fleet
	p.runner = job.Runner{Leases: db, Holder: holder, Logger: logger}
	p.checkpoint = func(ctx context.Context) error { _, err := db.Checkpoint(ctx, key); return err }
	p.sumUp = signIn.Close
	p.loops = []job.Loop{
		{Name: "recover", Every: 5 * time.Second, Run: func(ctx context.Context) error { _, err := road.Recover(ctx, false); return err }},
		{Name: "requests", Every: 2 * time.Second, Run: road.Tend},
		{Name: "checkpoint", Every: time.Second, Run: p.checkpoint},
		{Name: "sessions", Every: time.Minute, Everywhere: true, Run: signIn.Housekeep},
		{Name: "names", Every: 5 * time.Second, Everywhere: true, Run: db.MapNames},
	}
	if cfg.SettingsRate > 0 {
		crawl := inventory.NewSettingsCrawl(inventory.CrawlOptions{Inventory: fleet, Rate: cfg.SettingsRate, Step: settingsStep})
		p.loops = append(p.loops, job.Loop{Name: "settings", Every: settingsStep, Run: crawl.Run})
	}
	if mails := postOffice(cfg, db, road, p.telemetry, logger); mails != nil {
		p.loops = append(p.loops, job.Loop{Name: "mail", Every: 5 * time.Second, Run: mails.Deliver})
	}
	warnOfRights(ctx, db, logger)
	book.warn(ctx, logger)
	// Nobody else can be waiting for the operations of a database that is this portal's alone.
	if n, err := road.Recover(ctx, db.Exclusive()); err != nil {
		logger.Error("operations of the last run could not be settled yet", "err", err)
	} else if n > 0 {
		logger.Warn("operations of the last run have an unknown outcome", "count", n)
	}
	return p, nil
}

// vendor builds the client of the backup API.
func vendor(cfg config.Config, logger *slog.Logger, watched backup.Observer) (*backup.Client, error) {
	options := backup.Options{
		BaseURL: cfg.Backup.URL.String(), Dialect: backup.Dialect(cfg.Backup.Dialect), Logger: logger, Observe: watched,
	}
	if cfg.Backup.ClientID != "" {
		options.SignIn = backup.APIClient{ID: cfg.Backup.ClientID, Secret: cfg.Backup.ClientSecret.Reveal()}
	} else {
		account := backup.LocalAccount{Username: cfg.Backup.Username, Password: cfg.Backup.Password.Reveal()}
		if secret := cfg.Backup.TOTPSecret.Reveal(); secret != "" {
			totp, err := backup.TOTPFromSecret(secret, time.Now)
			if err != nil {
				return nil, fmt.Errorf("PORTAL_BACKUP_TOTP_SECRET: %w", err)
			}
			account.TOTP = totp
		}
		options.SignIn = account
	}
	client, err := backup.New(options)
	if err != nil {
		return nil, fmt.Errorf("PORTAL_BACKUP_URL: %w", err)
	}
	return client, nil
}

// warnOfRights says when the portal's own role could rewrite the audit log: the triggers would refuse, but an owner of
// the tables can take them away.
func warnOfRights(ctx context.Context, db *store.Store, logger *slog.Logger) {
	rights, err := db.AuditRights(ctx)
	if err != nil {
		logger.Error("what the database role may do to the audit log is not known", "err", err)
	} else if len(rights) > 0 {
		logger.Warn("the database role may do more to the audit log than add to it; see docs/operations.md, PostgreSQL", "rights", strings.Join(rights, ", "))
	}
}

// places tells sign-in where the organizations of roles lie in the mirror.
func places(db *store.Store) func(context.Context, []string) (map[string]auth.Place, error) {
	return func(ctx context.Context, uids []string) (map[string]auth.Place, error) {
		orgs, err := db.OrgPaths(ctx, uids)
		if err != nil {
			return nil, err
		}
		found := make(map[string]auth.Place, len(orgs))
		for uid, o := range orgs {
			found[uid] = auth.Place{Path: o.Path, Root: o.ParentUID == ""}
		}
		return found, nil
	}
}

func record(db *store.Store) func(context.Context, audit.Line) error {
	return func(ctx context.Context, line audit.Line) error {
		_, err := db.Record(ctx, line)
		return err
	}
}

// serve answers requests until the context ends, then finishes what is running.
func (p *portal) serve(ctx context.Context, listener net.Listener) error {
	server := handlers.Server(p.handler, p.logger)
	work, stopWork := context.WithCancel(ctx)
	defer stopWork()
	var background sync.WaitGroup
	background.Go(func() { p.runner.Run(work, p.loops...) })
	background.Go(func() { p.inventory.Run(work) })
	if p.metrics != nil {
		background.Go(func() {
			if err := p.telemetry.Serve(work, p.metrics); err != nil {
				p.logger.Error("metrics are no longer answered", "err", err)
			}
		})
	}

	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	var serveErr error
	select {
	case serveErr = <-failed:
	case <-ctx.Done():
	}
	p.logger.Info("stopping: running calls are finished first")
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	err := errors.Join(server.Shutdown(limit), p.operations.Close(limit))
	stopWork()
	background.Wait()
	if errors.Is(serveErr, http.ErrServerClosed) {
		serveErr = nil
	}
	// What failed or was refused in the last minute is counted in memory only; and what is signed before the door closes,
	// nobody can change until the next start.
	err = errors.Join(err, p.sumUp(limit), p.checkpoint(limit))
	flush, cancelFlush := context.WithTimeout(limit, flushLimit)
	defer cancelFlush()
	if err := p.telemetry.Close(flush); err != nil {
		p.logger.Warn("the last traces were not sent", "err", err)
	}
	return errors.Join(serveErr, err, p.store.Close())
}
