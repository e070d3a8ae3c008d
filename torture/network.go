package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"liaison/bot/sandbox"
)

type networkCmd struct {
	options
	DB  string        `name:"db" help:"sqlite or postgres." enum:"sqlite,postgres" default:"sqlite"`
	For time.Duration `help:"How long the network fails." default:"90s"`
}

func (c *networkCmd) torture(ctx context.Context, out io.Writer) (*report, error) {
	g, err := newRig(ctx, c.options, "network", c.DB, 1, out)
	defer func() {
		if err := g.close(); err != nil {
			fmt.Fprintln(out, "cleaning up:", err)
		}
	}()
	if err != nil {
		return nil, err
	}
	g.report.unknowable = true
	wire, err := newProxy(ctx, g.workspace.url, rand.New(rand.NewPCG(g.Seed, 3)))
	if err != nil {
		return nil, err
	}
	defer wire.listener.Close()
	weather := &weather{choose: rand.New(rand.NewPCG(g.Seed, 4)), done: map[string]int{}}
	g.workspace.Fault = weather.fault
	g.reach(wire.url())
	if err := g.prepare(ctx); err != nil {
		return nil, err
	}
	rest := g.work(ctx)
	wire.trouble.Store(true)
	weather.bad.Store(true)
	err = g.storms(ctx, time.Now().Add(c.For))
	wire.trouble.Store(false)
	weather.bad.Store(false)
	rest()
	if err != nil {
		return nil, err
	}
	g.report.note("connections: %s", counts(wire.done()))
	g.report.note("answers of the workspace: %s", counts(weather.done))
	if err := g.finish(ctx); err != nil {
		return nil, err
	}
	return g.report, nil
}

// between is how long after one break of all sockets the next comes: the new ones have to pass the proxy in its mood.
const between = 8 * time.Second

// storms lets the network fail until a time.
func (g *rig) storms(ctx context.Context, until time.Time) error {
	for time.Now().Before(until) {
		g.workspace.Cut()
		if err := g.observe(ctx, time.Now().Add(min(between, time.Until(until)))); err != nil {
			return err
		}
	}
	return nil
}

// observe watches until a time.
func (g *rig) observe(ctx context.Context, until time.Time) error {
	for time.Now().Before(until) {
		if err := g.watch(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(250 * time.Millisecond):
		}
	}
	return nil
}

// weather is how the workspace itself fails: storms in which most calls are refused for a while, and single faults.
type weather struct {
	bad    atomic.Bool
	mu     sync.Mutex
	choose *rand.Rand
	storm  time.Time // until when it storms
	done   map[string]int
}

func (w *weather) fault(method, _ string) sandbox.Fault {
	if !w.bad.Load() {
		return sandbox.Fault{}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if w.choose.IntN(150) == 0 {
		w.storm = now.Add(2 * time.Second)
	}
	die := w.choose.IntN(100)
	f := sandbox.Fault{Wait: time.Second}
	var name string
	switch {
	case now.Before(w.storm) && die < 70, die < 2:
		f.Kind, name = sandbox.FaultRateLimited, "429"
	case die < 4:
		f.Kind, name = sandbox.FaultServerError, "500"
	case die < 6 && method != "apps.connections.open":
		f.Kind, name = sandbox.FaultResetAfter, "done and reset"
	case die < 8:
		f.Kind, name = sandbox.FaultTruncated, "done and half an answer"
	case die < 9:
		f.Kind, f.Wait, name = sandbox.FaultHangAfter, 5*time.Second, "done and late"
	default:
		return sandbox.Fault{}
	}
	w.done[name]++
	return f
}
