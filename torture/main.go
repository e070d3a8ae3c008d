// Torture breaks the desk on purpose and looks, from outside, whether anything was lost or said twice.
//
// It builds the program that people run, starts a Slack-compatible workspace beside it, lets a cast of people and files
// work with it, and kills it, cuts its network or runs several of it meanwhile. Then it reads the database by itself and
// compares what people were told and what stands in the channels with what is stored. Nothing here is part of the desk;
// docs/torture.md says how to run it and how to read what it prints.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// cli is everything that can be typed.
type cli struct {
	Crash    crashCmd    `cmd:"" help:"Kill the desk at random moments and start it again."`
	Network  networkCmd  `cmd:"" help:"Let the desk reach the workspace over a network that fails in every way."`
	Replicas replicasCmd `cmd:"" help:"Run several desks on one PostgreSQL and kill one every few seconds."`
	Upgrade  upgradeCmd  `cmd:"" help:"Replace several desks on one PostgreSQL by a newer version, one after the other, under load."`
}

// options are what all kinds of torture have in common.
type options struct {
	Seed    uint64        `help:"The random choices are made from this number; zero takes one from the clock." default:"0"`
	HTTP    bool          `name:"http" help:"Connect the desk to the workspace by HTTP instead of Socket Mode."`
	People  int           `help:"How many times the cast of ten is at work at once." default:"1"`
	Crowd   int           `help:"From how many waiting messages on people begin nothing new: a channel takes one a second, and in the end all must be out." default:"150"`
	Answer  time.Duration `help:"How long the workspace takes, at most, to answer a post: what is killed meanwhile does not know its outcome." default:"120ms"`
	Drain   time.Duration `help:"How long the desk may post nothing, at the end, while something waits." default:"2m"`
	Program string        `help:"A built liaison; built from the sources if empty." type:"path"`
	Keep    bool          `help:"Keep the folder with the records and the logs, and say where it is."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// command is one kind of torture.
type command interface {
	torture(ctx context.Context, out io.Writer) (*report, error)
}

// run is the program: exit code 0 when nothing was lost or doubled, 1 when something was, 2 used wrongly.
func run(ctx context.Context, args []string, out, stderr io.Writer) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("torture"), kong.UsageOnError(), kong.Writers(out, stderr), kong.Exit(func(code int) { exited = code }),
		kong.Description("Breaks the desk on purpose and looks whether anything was lost or said twice."))
	if err != nil {
		fmt.Fprintln(stderr, "torture:", err)
		return 1
	}
	chosen, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(stderr, "torture:", err)
		return 2
	}
	r, err := map[string]command{"crash": &c.Crash, "network": &c.Network, "replicas": &c.Replicas, "upgrade": &c.Upgrade}[chosen.Command()].torture(ctx, out)
	if r != nil {
		r.print(out)
	}
	if err != nil {
		fmt.Fprintln(stderr, "torture:", err)
	}
	if err != nil || r.failed() {
		return 1
	}
	return 0
}

// errUnready says that a desk did not come up, which is a failure of its own.
var errUnready = errors.New("the desk did not get ready")
