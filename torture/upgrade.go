package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

type upgradeCmd struct {
	options
	Old   string        `help:"A built liaison of the version before." required:"" type:"path"`
	Desks int           `help:"How many desks share the work." default:"3"`
	For   time.Duration `help:"How long people work in all: with the old version, with both side by side, with the new one." default:"90s"`
}

// torture upgrades a running desk replica by replica, as an operator does: each old one is asked to stop and a new one is
// started in its place. The first new one brings the tables up to date under the old ones. While both work side by side an
// old one is started anew, and new ones are killed.
func (c *upgradeCmd) torture(ctx context.Context, out io.Writer) (*report, error) {
	if c.Desks < 2 {
		return nil, errors.New("with one desk nothing runs side by side: --desks is at least 2")
	}
	fresh := c.options
	c.Program = c.Old
	g, err := newRig(ctx, c.options, fmt.Sprintf("an upgrade of %d replicas", c.Desks), onPostgres, c.Desks, out)
	defer func() {
		if err := g.close(); err != nil {
			fmt.Fprintln(out, "cleaning up:", err)
		}
	}()
	if err != nil {
		return nil, err
	}
	newer := g.program
	if newer.path = fresh.Program; newer.path == "" {
		if newer.path, err = build(ctx, filepath.Join(g.folder, "liaison")); err != nil {
			return nil, err
		}
	}
	if err := g.prepare(ctx); err != nil {
		return nil, err
	}
	for _, d := range g.desks[1:] {
		if err := g.begin(ctx, d); err != nil {
			return nil, err
		}
	}
	rest := g.work(ctx)
	err = g.roll(ctx, newer, c.For)
	rest()
	if err != nil {
		return nil, err
	}
	return g.report, g.finish(ctx)
}

func (g *rig) begin(ctx context.Context, d *desk) error {
	if err := d.start(); err != nil {
		return err
	}
	return d.ready(ctx)
}

// roll replaces the program of every desk in its turn; each turn gets its part of the time.
func (g *rig) roll(ctx context.Context, newer program, whole time.Duration) error {
	turn := whole / time.Duration(len(g.desks)+2)
	if err := g.observe(ctx, time.Now().Add(turn)); err != nil {
		return err
	}
	for n, d := range g.desks {
		fmt.Fprintf(g.out, "desk %d of %d is upgraded\n", n+1, len(g.desks))
		if err := d.stop(); err != nil {
			return err
		}
		d.path = newer.path
		if err := g.begin(ctx, d); err != nil {
			return fmt.Errorf("the new version: %w", err)
		}
		if err := g.observe(ctx, time.Now().Add(turn/2)); err != nil {
			return err
		}
		if last := g.desks[len(g.desks)-1]; n < len(g.desks)-1 { // one of the old version must be able to come back
			if err := last.stop(); err != nil {
				return err
			}
			if err := g.begin(ctx, last); err != nil {
				return fmt.Errorf("the old version beside the new tables: %w", err)
			}
		}
		d.kill()
		g.report.rounds, g.report.kills = g.report.rounds+1, g.report.kills+1
		if err := g.begin(ctx, d); err != nil {
			return err
		}
		if err := g.observe(ctx, time.Now().Add(turn/2)); err != nil {
			return err
		}
	}
	return g.observe(ctx, time.Now().Add(turn))
}

// nextMigration is what the version after this one might bring: a table, and columns in tables that are in use.
const nextMigration = `-- +goose Up
CREATE TABLE next_version (id BIGINT PRIMARY KEY, said TEXT NOT NULL);
ALTER TABLE sellers ADD COLUMN next_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN next_version TEXT NOT NULL DEFAULT '';
`

// buildNext builds the program with that migration laid over the sources: what an upgrade can be tried with where no other
// version is at hand.
func buildNext(ctx context.Context, into string) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "liaison").Output()
	if err != nil {
		return "", fmt.Errorf("finding the sources: %w", err)
	}
	file, overlay := filepath.Join(into, "next.sql"), filepath.Join(into, "overlay.json")
	laid, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(strings.TrimSpace(string(root)), "store", "migrations", "9000_next.sql"): file}})
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.WriteFile(file, []byte(nextMigration), 0o600), os.WriteFile(overlay, laid, 0o600)); err != nil {
		return "", err
	}
	return build(ctx, filepath.Join(into, "liaison-next"), "-overlay", overlay)
}
