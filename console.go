package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/user"
	"time"

	"liaison/agency"
	"liaison/bot/console"
	"liaison/bot/slack"
	"liaison/handlers"
	"liaison/store"
)

type consoleCmd struct {
	As string `help:"Who you are at this terminal; your login name if empty."`
}

// Run uses the desk in the terminal. Whoever can open the records is an operator, so they are an admin here, and may
// give themselves other roles.
func (c consoleCmd) Run(p *process) error {
	name := c.As
	if name == "" {
		name = "operator"
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
	}
	quiet := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	d, err := openDesk(p.ctx, p.settings, quiet, time.Now)
	if err != nil {
		return err
	}
	defer d.close() //nolint:errcheck // nothing more can be done at the end
	terminal := console.NewTerminal(name, newRef()+newRef(), p.in, p.out)
	d.agency.Settings.Admins = append(d.agency.Settings.Admins, terminal.Seat.Who)
	err = d.run(p.ctx, terminal)
	if errors.Is(err, console.ErrEnded) {
		return nil
	}
	return err
}

type manifestCmd struct {
	URL string `name:"url" help:"Public base of the desk, for HTTP mode; Socket Mode if empty."`
}

// Run prints the manifest from the list of commands.
func (c manifestCmd) Run(p *process) error {
	if base, err := url.Parse(c.URL); c.URL != "" && (err != nil || base.Scheme != "https" || base.Host == "") {
		return usageError{fmt.Errorf("--url %q is not where Slack could reach the desk; write it as https://your.host", c.URL)}
	}
	text, err := slack.Manifest(handlers.All(), slack.ManifestOptions{URL: c.URL})
	if err != nil {
		return err
	}
	_, err = p.out.Write(text)
	return err
}

type migrateCmd struct{}

// Run brings the tables up to date.
func (migrateCmd) Run(p *process) error {
	s, err := store.Open(p.ctx, p.settings.DB)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.out, "The tables are up to date.")
	return s.Close()
}

type verifyCmd struct{}

// Run checks that the database is whole, and the ledger: its trial balance is zero in every currency.
func (verifyCmd) Run(p *process) error {
	if err := p.settings.there(); err != nil {
		return err
	}
	d, err := openDesk(p.ctx, p.settings, p.log, time.Now)
	if err != nil {
		return err
	}
	defer d.close() //nolint:errcheck // only read
	if err := d.store.Verify(p.ctx); err != nil {
		return err
	}
	return d.agency.Look(p.ctx, agency.System, func(desk *agency.Desk) error {
		sums, err := desk.TrialBalance()
		if err != nil {
			return err
		}
		for _, sum := range sums {
			if !sum.IsZero() {
				return fmt.Errorf("the ledger does not add up in %s: it is off by %s", sum.Currency, sum)
			}
		}
		fmt.Fprintf(p.out, "The database is whole, and the ledger adds up to zero (currencies: %d).\n", len(sums))
		return nil
	})
}
