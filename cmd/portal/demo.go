//go:build !production

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"backup-portal/internal/audit"
	"backup-portal/internal/config"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/emulator/idp"
	"backup-portal/internal/emulator/mail"
	"backup-portal/internal/handlers"
)

// development holds the commands of a workstation; production.go leaves them out.
type development struct {
	Demo    demoCommand    `cmd:"" help:"Run everything on this machine: emulated backup API, sign-in provider and portal."`
	Emulate emulateCommand `cmd:"" help:"Run an emulated vendor API by itself."`
}

type demoCommand struct {
	Addr    string `default:"127.0.0.1:8080" help:"Loopback address of the portal."`
	Data    string `default:"./data" help:"Folder of the database and the audit key."`
	Keep    bool   `help:"Keep the data of the last start."`
	Calm    bool   `help:"The emulated API never misbehaves on purpose."`
	Seed    int64  `default:"1" help:"Seed of the invented fleet."`
	Orgs    int    `default:"60" help:"Organizations."`
	Users   int    `default:"400" help:"Users."`
	Devices int    `default:"1200" help:"Devices."`
}

// Run serves the demo until the process is told to stop.
func (d demoCommand) Run(ctx context.Context) error {
	if err := d.refuseRealThings(); err != nil {
		return err
	}
	if err := d.prepareFolder(); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", d.Addr)
	if err != nil {
		return fmt.Errorf("--addr: %w (choose another with --addr 127.0.0.1:PORT)", err)
	}
	logFile, err := os.OpenFile(filepath.Join(d.Data, "portal.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer logFile.Close()
	logger := slog.New(slog.NewJSONHandler(logFile, nil))

	emulator := backupemu.New(backupemu.Options{Seed: d.Seed, Orgs: d.Orgs, Users: d.Users, Devices: d.Devices, Calm: d.Calm})
	stop, cancel := context.WithCancel(ctx)
	defer cancel()
	var beside sync.WaitGroup
	defer func() { cancel(); beside.Wait() }()
	vendorURL, err := serveBeside(stop, &beside, "127.0.0.1", emulator, logger)
	if err != nil {
		return err
	}
	mailServer, mailPage, err := serveMail(stop, &beside, logger)
	if err != nil {
		return err
	}
	publicURL := &url.URL{Scheme: "http", Host: listener.Addr().String()}
	people, roles := cast(emulator)
	secret := rand.Text()
	issuer, err := serveProvider(stop, &beside, publicURL, secret, people, d, logger)
	if err != nil {
		return err
	}
	cfg, err := d.config(vendorURL, issuer, mailServer, publicURL, secret, roles)
	if err != nil {
		return err
	}
	p, err := wire(ctx, cfg, logger, true)
	if err != nil {
		return err
	}
	announce(os.Stdout, publicURL, mailPage, d, people)
	return p.serve(ctx, listener)
}

// refuseRealThings keeps the demo away from a network and from a real vendor.
func (d demoCommand) refuseRealThings() error {
	addr, err := netip.ParseAddrPort(d.Addr)
	if err != nil || !addr.Addr().IsLoopback() {
		return fmt.Errorf("--addr %s: the demo signs in anybody, so it listens on a loopback address only, for example 127.0.0.1:8080", d.Addr)
	}
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "PORTAL_BACKUP_") || strings.HasPrefix(name, "PORTAL_OIDC_") || strings.HasPrefix(name, "PORTAL_SMTP_") {
			return fmt.Errorf("%s is set: the demo never talks to a real vendor, provider or mail server; unset it, or run “portal serve”", name)
		}
	}
	return nil
}

// prepareFolder makes the data folder, and empties it of what an earlier demo wrote unless that is kept.
func (d demoCommand) prepareFolder() error {
	if err := os.MkdirAll(d.Data, 0o700); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	if d.Keep {
		return nil
	}
	old, err := filepath.Glob(filepath.Join(d.Data, "portal.db*"))
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	for _, name := range append(old, filepath.Join(d.Data, "portal.log")) {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("--data: %w", err)
		}
	}
	return nil
}

// config is what the environment would say, so that the demo runs the same checks as a real portal.
func (d demoCommand) config(vendorURL, issuer, mailServer string, public *url.URL, secret, roles string) (config.Config, error) {
	key, err := demoKey(filepath.Join(d.Data, "audit.key"))
	if err != nil {
		return config.Config{}, err
	}
	values := map[string]string{
		"PORTAL_ADDR": d.Addr, "PORTAL_PUBLIC_URL": public.String(),
		"PORTAL_DATABASE_URL": "sqlite:" + filepath.Join(d.Data, "portal.db"),
		"PORTAL_BACKUP_URL":   vendorURL, "PORTAL_BACKUP_DIALECT": config.CrashPlan,
		"PORTAL_BACKUP_USERNAME": "test.user@example.com", "PORTAL_BACKUP_PASSWORD": "password",
		"PORTAL_OIDC_ISSUER": issuer, "PORTAL_OIDC_CLIENT_ID": "portal", "PORTAL_OIDC_CLIENT_SECRET": secret,
		"PORTAL_ROLES": roles, "PORTAL_AUDIT_KEY": key,
		"PORTAL_SMTP_URL": "smtp://" + mailServer, "PORTAL_MAIL_FROM": "Backup Portal <portal@halden.example>",
		"PORTAL_SETTINGS_RATE": "200", // the emulator bears it, and nobody waits for the report
	}
	for _, name := range []string{"PORTAL_READ_ONLY", "PORTAL_RULES", "PORTAL_SETTINGS_RATE", "PORTAL_TIMEZONE"} {
		if v, ok := os.LookupEnv(name); ok {
			values[name] = v
		}
	}
	return config.Load(func(name string) (string, bool) { v, ok := values[name]; return v, ok }, os.ReadFile)
}

// demoKey makes the key that signs the demo's checkpoints, once per data folder.
func demoKey(path string) (string, error) {
	if text, err := os.ReadFile(path); err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	key, err := audit.GenerateKey()
	if err != nil {
		return "", err
	}
	return key, os.WriteFile(path, []byte(key+"\n"), 0o600)
}

// serveBeside serves a handler on a free loopback port until the context ends.
func serveBeside(ctx context.Context, group *sync.WaitGroup, host string, handler http.Handler, logger *slog.Logger) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := handlers.Server(handler, logger)
	group.Go(func() {
		<-ctx.Done()
		_ = server.Close()
	})
	go func() { _ = server.Serve(listener) }()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return "http://" + net.JoinHostPort(host, port), nil
}

// serveMail takes the portal's mail on a free loopback port and shows it on another, until the context ends.
func serveMail(ctx context.Context, group *sync.WaitGroup, logger *slog.Logger) (server, page string, err error) {
	sink := mail.New(mail.Options{})
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	group.Go(func() {
		<-ctx.Done()
		_ = sink.Close()
	})
	go func() { _ = sink.Serve(listener) }()
	page, err = serveBeside(ctx, group, "127.0.0.1", sink.Handler(), logger)
	return listener.Addr().String(), page, err
}

// serveProvider serves the sign-in provider under another host name than the portal: cookies are shared across ports.
func serveProvider(ctx context.Context, group *sync.WaitGroup, public *url.URL, secret string, people []idp.Person, d demoCommand, logger *slog.Logger) (string, error) {
	late := &lateHandler{}
	issuer, err := serveBeside(ctx, group, "localhost", late, logger)
	if err != nil {
		return "", err
	}
	provider, err := idp.New(idp.Options{
		Issuer: issuer, ClientID: "portal", ClientSecret: secret,
		RedirectURIs:   []string{public.JoinPath("/auth/callback").String()},
		PostLogoutURIs: []string{public.JoinPath("/auth/signed-out").String()},

		BackChannelLogoutURI: public.JoinPath("/auth/backchannel-logout").String(),

		People: people, Title: "Backup Portal",
		Intro: fmt.Sprintf("The demo has its own sign-in provider, without passwords. Everything runs on this machine: an emulated backup service with %d organizations, %d users and %d devices.", d.Orgs, d.Users, d.Devices),
		Hint:  "Starts fresh every time. To keep the data: portal demo --keep",
	})
	if err != nil {
		return "", err
	}
	late.set(provider)
	return issuer, nil
}

// lateHandler answers 503 until its handler is known: the provider needs the port that it listens on.
type lateHandler struct {
	mu      sync.RWMutex
	handler http.Handler
}

func (l *lateHandler) set(h http.Handler) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handler = h
}

func (l *lateHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.RLock()
	h := l.handler
	l.mu.RUnlock()
	if h == nil {
		http.Error(w, "starting", http.StatusServiceUnavailable)
		return
	}
	h.ServeHTTP(w, r)
}

func announce(w io.Writer, public *url.URL, mailPage string, d demoCommand, people []idp.Person) {
	fmt.Fprintf(w, "\nBackup Portal demo: %s\n\n", public)
	fmt.Fprintf(w, "  %d organizations, %d users, %d devices in an emulated backup service (seed %d); data in %s\n", d.Orgs, d.Users, d.Devices, d.Seed, d.Data)
	fmt.Fprintf(w, "  Sign in as one of these; there are no passwords:\n\n")
	for _, p := range people {
		fmt.Fprintf(w, "  %-16s %-12s %s\n", p.Name, p.Role, p.Place)
	}
	fmt.Fprintf(w, "\n  Mail that the portal sends: %s\n", mailPage)
	fmt.Fprintf(w, "  Ready at %s. Stop with Ctrl-C.\n", time.Now().Format(time.TimeOnly))
}
