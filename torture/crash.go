package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

type crashCmd struct {
	options
	DB     string `name:"db" help:"sqlite or postgres." enum:"sqlite,postgres" default:"sqlite"`
	Rounds int    `help:"How many times the desk is killed." default:"300"`
}

// The moments of a kill: within this time of being ready, or, in one of five rounds, before it is ready.
const (
	lifetime = 1500 * time.Millisecond
	infancy  = 300 * time.Millisecond
)

func (c *crashCmd) torture(ctx context.Context, out io.Writer) (*report, error) {
	g, err := newRig(ctx, c.options, "crash", c.DB, 1, out)
	defer func() {
		if err := g.close(); err != nil {
			fmt.Fprintln(out, "cleaning up:", err)
		}
	}()
	if err != nil {
		return nil, err
	}
	if err := g.prepare(ctx); err != nil {
		return nil, err
	}
	rest := g.work(ctx)
	for range c.Rounds {
		if err := g.crash(ctx); err != nil {
			rest()
			return nil, err
		}
	}
	rest()
	if err := g.desks[0].start(); err != nil {
		return nil, err
	}
	if err := g.desks[0].ready(ctx); err != nil {
		return nil, err
	}
	if err := g.finish(ctx); err != nil {
		return nil, err
	}
	return g.report, nil
}

// crash is one round: a life that ends at a random moment. The first life was begun by prepare.
func (g *rig) crash(ctx context.Context) error {
	d := g.desks[0]
	g.report.rounds++
	if g.report.rounds > 1 {
		if err := d.start(); err != nil {
			return err
		}
		if g.choose.IntN(5) == 0 {
			time.Sleep(time.Duration(g.choose.Int64N(int64(infancy))))
			d.kill()
			g.report.kills, g.report.early = g.report.kills+1, g.report.early+1
			return nil
		}
	}
	if err := d.ready(ctx); err != nil {
		return err
	}
	if err := g.watch(ctx); err != nil {
		return err
	}
	if g.report.rounds%25 == 0 {
		fmt.Fprintf(g.out, "round %d after %.0f seconds\n", g.report.rounds, time.Since(g.report.began).Seconds())
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(g.choose.Int64N(int64(lifetime)))):
	}
	d.kill()
	g.report.kills++
	return nil
}
