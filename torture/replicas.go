package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

type replicasCmd struct {
	options
	Desks int           `help:"How many desks share the work." default:"3"`
	For   time.Duration `help:"How long they are killed." default:"120s"`
	Every time.Duration `help:"How often one is killed." default:"3s"`
}

// takenOver is how long the work of a killed desk may lie.
const takenOver = 30 * time.Second

func (c *replicasCmd) torture(ctx context.Context, out io.Writer) (*report, error) {
	g, err := newRig(ctx, c.options, fmt.Sprintf("%d replicas", c.Desks), onPostgres, c.Desks, out)
	defer func() {
		if err := g.close(); err != nil {
			fmt.Fprintln(out, "cleaning up:", err)
		}
	}()
	if err != nil {
		return nil, err
	}
	if c.HTTP {
		return nil, fmt.Errorf("replicas are tried in Socket Mode only: in HTTP mode something in front of them would have to share the presses out")
	}
	if err := g.prepare(ctx); err != nil {
		return nil, err
	}
	for _, d := range g.desks[1:] {
		if err := d.start(); err != nil {
			return nil, err
		}
	}
	for _, d := range g.desks {
		if err := d.ready(ctx); err != nil {
			return nil, err
		}
	}
	rest := g.work(ctx)
	err = g.killInTurn(ctx, time.Now().Add(c.For), c.Every)
	rest()
	if err != nil {
		return nil, err
	}
	if err := g.finish(ctx); err != nil {
		return nil, err
	}
	if g.report.oldest > takenOver {
		g.report.wrong("the work of a killed desk lay for %.1f seconds; at most %.0f were promised", g.report.oldest.Seconds(), takenOver.Seconds())
	}
	return g.report, nil
}

// killInTurn kills a desk now and then and starts it again.
func (g *rig) killInTurn(ctx context.Context, until time.Time, every time.Duration) error {
	for time.Now().Before(until) {
		if err := g.observe(ctx, time.Now().Add(every)); err != nil {
			return err
		}
		d := g.desks[g.choose.IntN(len(g.desks))]
		d.kill()
		g.report.rounds, g.report.kills = g.report.rounds+1, g.report.kills+1
		time.Sleep(time.Duration(g.choose.Int64N(int64(500 * time.Millisecond))))
		if err := d.start(); err != nil {
			return err
		}
		if err := d.ready(ctx); err != nil {
			return err
		}
	}
	return nil
}
