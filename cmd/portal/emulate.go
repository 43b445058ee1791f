//go:build !production

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/handlers"
)

type emulateCommand struct {
	Backup emulateBackupCommand `cmd:"" help:"The Code42 / CrashPlan administration API."`
}

type emulateBackupCommand struct {
	Addr         string `default:"127.0.0.1:4280" help:"Loopback address to listen on."`
	Seed         int64  `default:"1" help:"Seed of the invented fleet."`
	Orgs         int    `default:"60" help:"Organizations."`
	Users        int    `default:"400" help:"Users."`
	Devices      int    `default:"1200" help:"Devices."`
	Username     string `default:"test.user@example.com" help:"Local account."`
	Password     string `default:"password" help:"Its password."`
	ClientID     string `default:"client_id" help:"API client."`
	ClientSecret string `default:"secret" help:"Its secret."`
	TOTP         string `name:"totp" help:"Demand this code as second factor of the local account."`
	Calm         bool   `help:"Never misbehave on purpose."`
	Control      bool   `help:"Also answer /_emulator/, where tests order faults and read the requests."`
}

// Run serves the emulated API until the process is told to stop.
func (e emulateBackupCommand) Run(ctx context.Context) error {
	addr, err := netip.ParseAddrPort(e.Addr)
	if err != nil || !addr.Addr().IsLoopback() {
		return fmt.Errorf("--addr %s: the emulator holds no real data and no real secrets, so it listens on a loopback address only, for example 127.0.0.1:4280", e.Addr)
	}
	emulator := backupemu.New(backupemu.Options{
		Seed: e.Seed, Orgs: e.Orgs, Users: e.Users, Devices: e.Devices, Calm: e.Calm, TOTP: e.TOTP,
		Username: e.Username, Password: e.Password, ClientID: e.ClientID, ClientSecret: e.ClientSecret,
	})
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", e.Addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", emulator)
	if e.Control {
		mux.Handle("/_emulator/", http.StripPrefix("/_emulator", emulator.Control()))
	}
	server := handlers.Server(mux, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	// A held call may wait longer than any page would.
	server.WriteTimeout = 0
	stopped := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stopped()
	fmt.Printf("Emulated backup API at http://%s (%d organizations, %d users, %d devices, seed %d)\n", listener.Addr(), e.Orgs, e.Users, e.Devices, e.Seed)
	if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
