package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"liaison/bot/sandbox"
	"liaison/store/cluster"
)

// rig is one run: the workspace, the program, the records and who works with them.
type rig struct {
	options
	out       io.Writer
	report    *report
	choose    *rand.Rand // of the torturer; people and files have their own
	folder    string
	program   program
	workspace *workspace
	records   records
	desks     []*desk
	load      *load
	imports   *imports
	closers   []func() error
}

// Databases that a run may be on.
const (
	onSQLite   = "sqlite"
	onPostgres = "postgres"
)

// newRig builds everything up to desks that are not started yet. close must be called in any case.
func newRig(ctx context.Context, o options, what, db string, desks int, out io.Writer) (*rig, error) {
	if o.Seed == 0 {
		o.Seed = uint64(time.Now().UnixNano() % 1_000_000)
	}
	g := &rig{options: o, out: out, choose: rand.New(rand.NewPCG(o.Seed, 1)),
		report: &report{what: what + " on " + db, seed: o.Seed, began: time.Now()}}
	fmt.Fprintf(out, "%s on %s, seed %d\n", what, db, o.Seed)
	return g, g.build(ctx, db, desks)
}

func (g *rig) build(ctx context.Context, db string, desks int) error {
	var err error
	if g.folder, err = os.MkdirTemp("", "liaison-torture-"); err != nil {
		return err
	}
	if !g.Keep {
		g.closers = append(g.closers, func() error { return os.RemoveAll(g.folder) })
	} else {
		g.report.folder = g.folder
	}
	if g.program.path = g.Program; g.Program == "" {
		if g.program.path, err = build(ctx, filepath.Join(g.folder, "liaison")); err != nil {
			return err
		}
	}
	if err := g.database(db); err != nil {
		return err
	}
	manifest, err := g.program.command("manifest").Output()
	if err != nil {
		return fmt.Errorf("asking the desk for its manifest: %w", err)
	}
	for n := range desks {
		d, err := newDesk(program{}, filepath.Join(g.folder, fmt.Sprintf("desk-%d.log", n+1)))
		if err != nil {
			return err
		}
		g.desks = append(g.desks, d)
	}
	requestURL := ""
	if g.HTTP {
		requestURL = "http://" + g.desks[0].listen
	}
	if g.workspace, err = openWorkspace(ctx, manifest, requestURL, g.Answer); err != nil {
		return err
	}
	g.closers = append(g.closers, func() error { g.workspace.close(); return nil })
	g.reach(g.workspace.url)
	g.load = &load{workspace: g.workspace, seed: g.Seed, times: g.People}
	g.load.sellers.Store(baseShops)
	g.imports = &imports{program: g.program, folder: g.folder, choose: rand.New(rand.NewPCG(g.Seed, 2))}
	return nil
}

// database makes the address of fresh records.
func (g *rig) database(kind string) error {
	if kind == onSQLite {
		g.records.url = "sqlite://" + filepath.Join(g.folder, "desk.db")
		return nil
	}
	pg, err := cluster.Start()
	if err != nil {
		return err
	}
	name := fmt.Sprintf("liaison_torture_%d_%d", os.Getpid(), time.Now().UnixNano()%1_000_000)
	g.closers = append(g.closers, pg.Stop, func() error { return pg.Drop(name) })
	g.records.url = pg.URL(name)
	return pg.Create(name, "template0")
}

// reach says at which address the desks find the workspace.
func (g *rig) reach(url string) {
	g.program.env = []string{"LIAISON_DB=" + g.records.url, "LIAISON_ADMINS=slack:" + team.ID + ":" + staff[0].id, "LIAISON_ZONE=UTC",
		"SLACK_API_URL=" + url + "/api/", "SLACK_BOT_TOKEN=" + sandbox.DefaultBotToken}
	if g.HTTP {
		g.program.env = append(g.program.env, "SLACK_SIGNING_SECRET="+sandbox.DefaultSigningSecret)
	} else {
		g.program.env = append(g.program.env, "SLACK_APP_TOKEN="+sandbox.DefaultAppToken)
	}
	for _, d := range g.desks {
		d.program = g.program
	}
}

// close ends everything that was started.
func (g *rig) close() error {
	for _, d := range g.desks {
		d.kill()
	}
	var first error
	for i := len(g.closers) - 1; i >= 0; i-- {
		if err := g.closers[i](); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// prepare brings in what everything begins with, starts the first desk, gives the people their roles and subscribes the
// channels, as an administrator would.
func (g *rig) prepare(ctx context.Context) error {
	if err := g.imports.base(); err != nil {
		return err
	}
	if err := g.desks[0].start(); err != nil {
		return err
	}
	if err := g.desks[0].ready(ctx); err != nil {
		return err
	}
	type line struct{ channel, text string }
	var lines []line
	for _, m := range staff {
		lines = append(lines, line{matchingRooms[0], fmt.Sprintf("/team grant @%s %s", m.name, m.role)})
	}
	for _, group := range []struct {
		rooms []string
		feed  string
	}{{onboardingRooms, "onboarding"}, {approvalRooms, "approvals"}, {violationRooms, "violations"}} {
		for _, room := range group.rooms {
			lines = append(lines, line{room, "/feed on " + group.feed})
		}
	}
	for n, room := range digestRooms {
		at := time.Now().UTC().Add(time.Duration(n+1) * time.Minute) // one falls due every minute from the next on
		lines = append(lines, line{room, fmt.Sprintf(`/digest subscribe "%d %d * * *" UTC`, at.Minute(), at.Hour())})
	}
	for _, l := range lines {
		if err := g.workspace.Command(staff[0].id, l.channel, l.text); err != nil {
			return fmt.Errorf("%s: %w", l.text, err)
		}
	}
	return nil
}

// work sends people and files to work. What it gives ends them and waits.
func (g *rig) work(ctx context.Context) (rest func()) {
	ctx, stop := context.WithCancel(ctx)
	g.load.start(ctx)
	var files sync.WaitGroup
	files.Go(func() { g.imports.run(ctx) })
	return func() {
		stop()
		g.load.wait()
		files.Wait()
	}
}

// watch looks at the outbox, lets people begin nothing new when much waits, and notes what stands in the workspace.
func (g *rig) watch(ctx context.Context) error {
	waiting, oldest, err := g.records.backlog(ctx)
	if err != nil {
		return err
	}
	g.load.crowded.Store(waiting > g.Crowd)
	if !oldest.IsZero() {
		g.report.oldest = max(g.report.oldest, time.Since(oldest))
	}
	g.workspace.collect()
	return nil
}

// finish lets everything that was decided be posted, stops the desks and checks.
func (g *rig) finish(ctx context.Context) error {
	fmt.Fprintln(g.out, "the people have gone home; what was decided is being posted")
	for fewest, moved := -1, time.Now(); ; {
		waiting, oldest, err := g.records.backlog(ctx)
		if err != nil {
			return err
		}
		if waiting == 0 {
			break
		}
		if fewest < 0 || waiting < fewest { // the workspace's own limits say how fast: all that is asked is that it goes on
			fewest, moved = waiting, time.Now()
		}
		if !oldest.IsZero() {
			g.report.oldest = max(g.report.oldest, time.Since(oldest))
		}
		if time.Since(moved) > g.Drain {
			g.report.note("%d messages wait, and none was posted for %s", waiting, g.Drain)
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	ended := time.Now()
	for _, d := range g.desks {
		if err := d.stop(); err != nil {
			g.report.wrong("%v; see %s", err, d.logPath)
		}
	}
	if out, err := g.program.command("verify").CombinedOutput(); err != nil {
		g.report.wrong("verify: %v: %s", err, out)
	}
	return g.judge(ctx, ended)
}

// judge compares what was seen with what is stored.
func (g *rig) judge(ctx context.Context, ended time.Time) error {
	var logs []string
	for _, d := range g.desks {
		logs = append(logs, d.logPath)
	}
	spoken, err := readLogs(logs)
	if err != nil {
		return err
	}
	for _, line := range spoken.panics {
		g.report.wrong("the desk panicked: %s", line)
	}
	records, err := g.records.read(ctx)
	if err != nil {
		return err
	}
	deadlocks, err := g.records.contention(ctx)
	if err != nil {
		return err
	}
	g.report.note("deadlocks that the database broke %d", deadlocks)
	heard, posts := g.workspace.seen()
	check(evidence{heard: heard, posts: posts, files: g.imports.done, logs: spoken, ended: ended}, records, g.report)
	checkDrawings(g.workspace, records, g.report)
	g.report.took = time.Since(g.report.began)
	return nil
}
