// Command portal is the backup admin portal: the server, its demo, its emulators and its tools in one binary.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones work on a machine without a table of them

	"github.com/alecthomas/kong"
)

// version is set by the build.
var version = "development"

// cli is the command line; commands that belong to a workstation only come from development.go.
type cli struct {
	Serve       serveCommand       `cmd:"" help:"Run the portal. Configuration comes from PORTAL_… variables."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database up to this version and end; “serve” does it too, if its role may."`
	Audit       auditCommand       `cmd:"" help:"Look after the audit log."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask a running portal whether it is healthy (for containers)."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
	development `embed:""`
}

func main() { os.Exit(start(os.Args[1:])) }

// start runs the program with arguments and answers its exit code.
func start(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, args); err != nil {
		fmt.Fprintln(os.Stderr, "portal: "+err.Error())
		return 1
	}
	return 0
}

func run(ctx context.Context, args []string) error {
	parser, err := kong.New(&cli{}, kong.Name("portal"), kong.UsageOnError(),
		kong.Description("Admin portal in front of a backup fleet."),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w (try --help)", err)
	}
	return command.Run()
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run() error {
	_, err := fmt.Println("portal " + version)
	return err
}
