// Sweep kills a desk, or fails its disk, at every system call of a scripted scenario, starts it again, and checks from
// outside that what was answered is stored, that no post is lost or doubled, and that nothing is half-written.
//
//	go run ./torture/sweep -points 3000               kill at up to 3,000 system calls
//	go run ./torture/sweep -points all                kill at each system call, once
//	go run ./torture/sweep -points 300 -fault eio     one write or sync fails
//	go run ./torture/sweep -points 300 -fault enospc  the disk is full, for a moment
//
// It needs strace. docs/torture-storage.md says what the figures mean.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sweep:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 3 && args[0] == "scenario" { // the desk that is struck: folder, number of the run
		n, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return scenario(ctx, args[1], n)
	}
	flags := flag.NewFlagSet("sweep", flag.ContinueOnError)
	limit := 3000
	flags.Func("points", "how many system calls to strike, spread evenly over all there are (3000), or all: each once", func(word string) (err error) {
		limit, err = howMany(word)
		return err
	})
	name := flags.String("fault", "kill", "kill, eio, eio-stays, enospc or enospc-stays")
	folder := flags.String("folder", "", "where to work; empty: a temporary folder")
	if err := flags.Parse(args); err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return runSweep(ctx, program, *folder, *name, limit, out)
}

// howMany reads how many points are to be struck.
func howMany(word string) (int, error) {
	if word == "all" {
		return math.MaxInt, nil
	}
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 {
		return 0, errors.New("write a number, or all")
	}
	return n, nil
}

// sweep is the set-up that all points share.
type sweep struct {
	program string // this program
	folder  string
	want    outcome // of an undisturbed run
}

// newSweep plays the scenario undisturbed, for the outcome that every other run must come to.
func newSweep(ctx context.Context, program, folder string) (*sweep, error) {
	if _, err := exec.LookPath("strace"); err != nil {
		return nil, fmt.Errorf("the sweep needs strace: %w", err)
	}
	s := &sweep{program: program, folder: folder}
	dir, err := os.MkdirTemp(folder, "undisturbed-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if text, err := exec.CommandContext(ctx, program, "scenario", dir, "0").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the undisturbed scenario fails: %w: %s", err, text)
	}
	s.want, err = look(ctx, dir)
	return s, err
}

// progressEvery is after how many points a long sweep says how far it is.
const progressEvery = 250

// runSweep strikes up to limit points with one fault and prints what came of them. It fails when a promise was broken.
func runSweep(ctx context.Context, program, folder, name string, limit int, out io.Writer) error {
	i := slices.IndexFunc(faults, func(f fault) bool { return f.name == name })
	if i < 0 {
		return fmt.Errorf("there is no fault %q", name)
	}
	s, err := newSweep(ctx, program, folder)
	if err != nil {
		return err
	}
	points, err := s.points(ctx, faults[i])
	if err != nil {
		return err
	}
	points = thin(points, limit)
	began := time.Now()
	verdicts := make([]verdict, len(points))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	var struck atomic.Int64
	for i, p := range points {
		group.Go(func() error {
			verdicts[i] = s.strike(ctx, p)
			if n := struck.Add(1); n%progressEvery == 0 && n < int64(len(points)) {
				fmt.Fprintf(os.Stderr, "%s: %d of %d points after %s\n", name, n, len(points), time.Since(began).Round(time.Second))
			}
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return report(name, verdicts, time.Since(began), out)
}

// report counts the outcomes per system call.
func report(name string, verdicts []verdict, took time.Duration, out io.Writer) error {
	counts := map[string]map[string]int{}
	totals := map[string]int{}
	var broken []error
	for _, v := range verdicts {
		if v.err != nil {
			broken = append(broken, v.err)
			v.outcome = "PROMISE BROKEN"
		}
		if counts[v.point.call] == nil {
			counts[v.point.call] = map[string]int{}
		}
		counts[v.point.call][v.outcome]++
		totals[v.outcome]++
	}
	for _, call := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(out, "%-12s %s\n", call, outcomes(counts[call]))
	}
	fmt.Fprintf(out, "%s: %d points in %s: %s\n", name, len(verdicts), took.Round(time.Second), outcomes(totals))
	if len(broken) > 0 {
		return fmt.Errorf("%d promises broken: %w", len(broken), errors.Join(broken[:min(len(broken), 10)]...))
	}
	return nil
}

func outcomes(n map[string]int) string {
	var words []string
	for _, o := range slices.Sorted(maps.Keys(n)) {
		words = append(words, fmt.Sprintf("%d %s", n[o], o))
	}
	return strings.Join(words, ", ")
}

// inOrder puts points in one order, whatever order they were counted in.
func inOrder(list []point) {
	slices.SortFunc(list, func(a, b point) int { return cmp.Or(strings.Compare(a.call, b.call), a.n-b.n) })
}
