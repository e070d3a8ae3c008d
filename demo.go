package main

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"liaison/agency"
	"liaison/agency/seed"
	"liaison/bot/discord"
	"liaison/bot/sandbox"
	guild "liaison/bot/sandbox/discord"
	"liaison/bot/slack"
)

//go:embed manifest.yaml
var manifest []byte

type demoCmd struct {
	Seed   int64  `help:"The agency is made from this number: the same number, the same agency." default:"7"`
	Months int    `help:"How many months of figures and orders." default:"6"`
	Empty  bool   `help:"Start with people and channels but no records."`
	Data   string `help:"Folder to keep the records in; a temporary one if empty." type:"path"`
	HTTP   bool   `name:"http" help:"Connect the desk to Slack and Discord by HTTP instead of Socket Mode and the gateway."`
}

// Run starts the real desk against a Slack workspace and a Discord server in the browser.
func (c demoCmd) Run(p *process) error {
	if c.Months < 1 || c.Months > 36 {
		return agency.Invalid("--months is between 1 and 36.")
	}
	folder, cleanUp, err := c.folder()
	if err != nil {
		return err
	}
	defer cleanUp()
	listener, err := listenNear(p.ctx, p.settings.Listen)
	if err != nil {
		return err
	}
	settings := p.settings
	settings.DB = "sqlite://" + filepath.Join(folder, "desk.db")
	settings.Name = "Northlight"
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	demo, err := c.start(ctx, settings, listener, p.log)
	if err != nil {
		return err
	}
	defer demo.close()
	fmt.Fprintf(p.out, "Liaison is at %s for the staff (Slack) and at %s%s/ for the creators (Discord).\nRecords: LIAISON_DB=%s. Ctrl-C stops it.\n",
		demo.base, demo.base, guildPath, settings.DB)
	return demo.run(ctx)
}

// folder is where the records are, and what removes them again when they are temporary.
func (c demoCmd) folder() (path string, cleanUp func(), err error) {
	if c.Data != "" {
		if err := os.MkdirAll(c.Data, 0o700); err != nil {
			return "", nil, usageError{fmt.Errorf("--data: %w; name a folder that can be written to", err)}
		}
		return c.Data, func() {}, nil
	}
	path, err = os.MkdirTemp("", "liaison-demo-")
	return path, func() { os.RemoveAll(path) }, err
}

// listenNear listens on an address, or on a free port beside it when it is taken.
func listenNear(ctx context.Context, address string) (net.Listener, error) {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", address)
	if err == nil {
		return l, nil
	}
	host, err := listenHost(address)
	if err != nil {
		return nil, err
	}
	if l, err = listen.Listen(ctx, "tcp", net.JoinHostPort(host, "0")); err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
	}
	return l, nil
}

// listenHost is the host of an address to listen on, if it is one.
func listenHost(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if _, wrong := strconv.ParseUint(port, 10, 16); err != nil || wrong != nil {
		return "", usageError{fmt.Errorf("LIAISON_LISTEN %q is not an address; write it as 127.0.0.1:8080", address)}
	}
	return host, nil
}

// clock is the demo's: real time, moved by hand.
type clock struct{ ahead atomic.Int64 }

// Now is the moved time.
func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// Set moves the clock to a time; it goes on from there.
func (c *clock) Set(to time.Time) { c.ahead.Store(int64(time.Until(to))) }

// demo is a running demonstration: the staff's workspace, the creators' server, their pages and the desk.
type demo struct {
	*desk
	clock     *clock
	watch     *watch
	workspace *sandbox.Workspace
	platform  *slack.Platform
	guild     *guild.Server
	creators  *discord.Platform
	listener  net.Listener
	base      string    // of the pages
	url       string    // of the records
	filled    bool      // records were made, so there is something to open the day with
	rows      seed.Rows // what it was made from
}

// start builds the workspace and the desk, fills the records and is ready to run.
func (c demoCmd) start(ctx context.Context, s settings, listener net.Listener, log *slog.Logger) (*demo, error) {
	d := &demo{clock: &clock{}, watch: newWatch(time.Now, agency.Slack, agency.Discord), listener: listener, url: s.DB, base: "http://" + listener.Addr().String()}
	var err error
	if d.desk, err = openDesk(ctx, s, log, d.clock.Now); err != nil {
		return nil, err
	}
	if !c.Empty {
		d.rows = seed.Make(c.Seed, c.Months, d.clock.Now(), d.agency.Rules)
	}
	if err := d.open(ctx, c.HTTP); err != nil {
		d.close()
		return nil, err
	}
	d.watch.platforms = append(d.watch.platforms, d.platform, d.creators)
	d.watch.begin(d.desk)
	return d, nil
}

// open fills the records and builds the workspace and the server around them.
func (d *demo) open(ctx context.Context, overHTTP bool) (err error) {
	if d.filled, err = fill(ctx, d.agency, d.rows); err != nil {
		return err
	}
	if d.filled {
		if err := d.openTheDay(ctx); err != nil {
			return fmt.Errorf("opening the demo's day: %w", err)
		}
	}
	if err := d.openWorkspace(overHTTP); err != nil {
		return err
	}
	return d.openGuild(ctx, overHTTP)
}

// openWorkspace makes the staff's workspace and the desk's way to it.
func (d *demo) openWorkspace(overHTTP bool) (err error) {
	options := sandbox.Options{Manifest: manifest, Team: team, Users: cast(), Channels: channels(), BotUserID: botUser,
		Now: d.clock.Now, SetNow: d.moveTo, Zone: d.agency.Zone(), URL: d.base, Log: d.log,
		Beside: sandbox.Link{Name: "Discord", Title: "The creators' server on Discord", URL: guildPath + "/"}}
	config := slack.Config{BotToken: sandbox.DefaultBotToken, AppToken: sandbox.DefaultAppToken, APIURL: d.base + "/api/", Log: d.log,
		Observer: d.watch.metrics}
	if overHTTP {
		options.RequestURL, config.AppToken, config.SigningSecret = d.base, "", sandbox.DefaultSigningSecret
	}
	if d.workspace, err = sandbox.New(options); err != nil {
		return err
	}
	d.platform, err = slack.New(config)
	return err
}

// fill gives the people their roles, makes the agency from the seed, and subscribes the channels. A folder that was
// filled before is left as it is.
func fill(ctx context.Context, a *agency.Agency, rows seed.Rows) (filled bool, err error) {
	err = a.Do(ctx, agency.System, func(d *agency.Desk) error {
		filled = false
		if known, err := d.Team(); err != nil || len(known) > 0 {
			return err
		}
		if err := grantRoles(d); err != nil {
			return err
		}
		if len(rows.Sellers) > 0 {
			if err := seed.Apply(d, rows); err != nil {
				return fmt.Errorf("seeding: %w", err)
			}
			filled = true
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	// The channels were subscribed eight days ago, so last Monday's digest is posted at once: late, as after a week in
	// which the desk was down.
	past := *a
	past.Now = func() time.Time { return a.Now().AddDate(0, 0, -8) }
	return filled, past.Do(ctx, agency.System, subscribe)
}

// moveTo moves the clock. The days that are skipped have had their trade: its orders are imported first, so that the next
// digest has something to say.
func (d *demo) moveTo(to time.Time) {
	now := d.clock.Now()
	if orders := seed.Later(d.rows, now.UTC(), to.UTC()); d.filled && len(orders) > 0 {
		err := d.agency.Do(context.Background(), agency.System, func(desk *agency.Desk) error {
			_, err := desk.Import(agency.ImportFile{Name: "the skipped days", Kind: agency.OrderFile, Orders: orders}, agency.ImportOptions{Apply: true})
			return err
		})
		if err != nil {
			d.log.Error("importing the orders of the skipped days", "err", err)
		}
	}
	d.clock.Set(to)
}

// run serves the pages and runs the desk until ctx is done.
func (d *demo) run(ctx context.Context) error {
	mux := http.NewServeMux()
	d.watch.mount(mux)
	if !d.platform.SocketMode() {
		mux.Handle("/slack/", d.platform.Handler())
	}
	mux.Handle(guildPath+"/", d.guild)
	if !d.creators.OverGateway() {
		mux.Handle("POST "+guildPath+"/interactions", d.creators.Handler())
	}
	mux.Handle("/", d.workspace)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return serveHTTP(ctx, d.listener, mux) })
	group.Go(func() error {
		defer d.closePages() // so that open ones do not hold the server
		return d.desk.run(ctx, d.platform, d.creators)
	})
	if !d.creators.OverGateway() {
		group.Go(func() error { return d.giveEndpoint(ctx) })
	}
	return group.Wait()
}

// giveEndpoint tells the Discord server where the desk listens, as is done by hand in the developer portal. The server asks
// at once whether it does.
func (d *demo) giveEndpoint(ctx context.Context) error {
	for d.guild.SetEndpoint(d.base+guildPath+"/interactions") != nil { // the desk does not listen yet
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

func (d *demo) closePages() {
	if d.workspace != nil {
		d.workspace.Close()
	}
	if d.guild != nil {
		d.guild.Close()
	}
}

func (d *demo) close() {
	d.closePages()
	if err := d.desk.close(); err != nil {
		d.log.Error("closing the records", "err", err)
	}
}
