// Liaison is the chat-ops desk of a TikTok Shop partner agency: one program with its records inside.
//
// This package is the command line and the wiring: settings in, the rooms joined, run until told to stop. It decides
// nothing about the business.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // the zones of the world, also on a machine that has none

	"github.com/alecthomas/kong"

	"liaison/agency"
	"liaison/metrics"
	"liaison/store"
)

// buildVersion is written by the linker (-X main.buildVersion=…) where the build does not see the history; else Go knows it.
var buildVersion string

// cli is everything that can be typed.
type cli struct {
	Settings settings         `embed:""`
	Version  kong.VersionFlag `help:"Say what this is, and end."`

	Serve    serveCmd    `cmd:"" help:"Run the desk for Slack, Discord or both (production)."`
	Demo     demoCmd     `cmd:"" help:"Run a living desk in a browser: no account, no set-up."`
	Console  consoleCmd  `cmd:"" help:"Use the desk in this terminal."`
	Import   importCmd   `cmd:"" help:"Bring in sellers, creators, orders or violations from a CSV or XLSX file."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the database's tables up to date."`
	Backup   backupCmd   `cmd:"" help:"Copy a SQLite database, consistently, while the desk runs."`
	Restore  restoreCmd  `cmd:"" help:"Put a backup in the place of a SQLite database that is gone."`
	Manifest manifestCmd `cmd:"" help:"Print the manifest of the Slack app."`
	Verify   verifyCmd   `cmd:"" help:"Check that the database is whole and the ledger adds up."`
}

// process is what a command gets from the world.
type process struct {
	ctx      context.Context
	settings settings
	in       io.Reader
	out      io.Writer
	log      *slog.Logger
}

func main() {
	debug.SetTraceback("crash") // a fault of the runtime, or SIGQUIT, ends with a signal: 2 is a command used wrongly
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: exit code 0 fine, 1 failed, 2 used wrongly. Errors are one sentence on stderr.
func run(ctx context.Context, args []string, in io.Reader, out, stderr io.Writer) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("liaison"), kong.UsageOnError(), kong.Writers(out, stderr), kong.Exit(func(code int) { exited = code }),
		kong.Description("The chat-ops desk of a TikTok Shop partner agency."), kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Vars{"version": metrics.Build(buildVersion).String()})
	if err != nil {
		fmt.Fprintln(stderr, "liaison:", err)
		return 1
	}
	file, err := configFile(args)
	if err != nil {
		fmt.Fprintln(stderr, "liaison:", err)
		return 2
	}
	if err := kong.Resolvers(file).Apply(parser); err != nil {
		fmt.Fprintln(stderr, "liaison:", err)
		return 1
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(stderr, "liaison: %v. Use --help to see what there is.\n", err)
		return 2
	}
	level := slog.LevelInfo
	if err := level.UnmarshalText([]byte(c.Settings.LogLevel)); err != nil {
		fmt.Fprintln(stderr, "liaison: --log-level is debug, info, warn or error.")
		return 2
	}
	p := &process{ctx: ctx, settings: c.Settings, in: in, out: out,
		log: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))}
	return exitCode(command.Run(p), stderr)
}

// words is what a person is told of an error: a refusal's sentence, without its code.
func words(err error) string {
	var refusal *agency.Error
	if errors.As(err, &refusal) {
		return refusal.Message
	}
	return err.Error()
}

// usageError is a command used wrongly: exit code 2.
type usageError struct{ error }

func exitCode(err error, stderr io.Writer) int {
	var usage usageError
	var failed *store.DiskFailed
	switch {
	case err == nil:
		return 0
	case errors.As(err, &failed): // whoever reads this can do something about it
		fmt.Fprintln(stderr, "liaison:", failed)
	default:
		fmt.Fprintln(stderr, "liaison:", words(err))
	}
	if errors.As(err, &usage) || agency.CodeOf(err) == agency.CodeInvalid {
		return 2
	}
	return 1
}
