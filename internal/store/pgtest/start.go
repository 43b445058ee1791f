package pgtest

import (
	"bufio"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// serve makes a cluster and runs it until its standard input ends.
//
//go:embed serve.sh
var serve string

// start runs a server in a new folder under the system's temporary one. It listens on a socket there and nowhere else.
func start() (*postmaster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "portal-pg-")
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(context.Background(), "/bin/sh", "-c", serve, "serve.sh", bin, folder, role) //nolint:gosec // the script is ours
	command.Dir = folder
	// A group of its own: an interrupt from the keyboard ends the tests, and then their end ends the server.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 { // PostgreSQL refuses to run as root
		if err := asServer(command.SysProcAttr, folder); err != nil {
			return nil, err
		}
	}
	// The pipe closes with this process, also when it is killed.
	alive, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewReader(output)
	first, err := lines.ReadString('\n')
	if strings.TrimSpace(first) != "ready" {
		rest, _ := io.ReadAll(lines)
		return nil, fmt.Errorf("%s%s (%w)", first, rest, cmp.Or(err, errors.New("not ready")))
	}
	return &postmaster{folder: folder, alive: alive}, nil
}

// programs finds the folder with initdb and pg_ctl: what PORTAL_POSTGRES_BIN names, or Debian's newest, or the path's.
func programs() (string, error) {
	if named := os.Getenv("PORTAL_POSTGRES_BIN"); named != "" {
		return named, nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		newest := slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(version(a), version(b)) })
		return filepath.Dir(newest), nil
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("no PostgreSQL server is installed: run tools/need.sh postgresql, or set PORTAL_POSTGRES_BIN to the folder of its programs")
	}
	return filepath.Dir(initdb), nil
}

// version reads 15 out of /usr/lib/postgresql/15/bin/initdb.
func version(initdb string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	if err != nil {
		return 0
	}
	return n
}

// asServer makes a command run as the user that the package made for the server, and gives that user the folder.
func asServer(attributes *syscall.SysProcAttr, folder string) error {
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return err
	}
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(folder, int(uid), int(gid))
}
