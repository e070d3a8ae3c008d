package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"liaison/store/cluster"
)

// theProgram is built once for all tests.
var theProgram struct {
	once   sync.Once
	folder string
	path   string
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(theProgram.folder)
	os.Exit(code)
}

// short is a run for a test: little waits at a time, so that all is out soon after the people have gone home.
func short(t *testing.T, seed uint64) options {
	t.Helper()
	if testing.Short() {
		t.Skip("torture takes a minute: it is left out of -short")
	}
	theProgram.once.Do(func() {
		if theProgram.folder, theProgram.err = os.MkdirTemp("", "liaison-torture-test-"); theProgram.err == nil {
			theProgram.path, theProgram.err = build(context.Background(), filepath.Join(theProgram.folder, "liaison"))
		}
	})
	if theProgram.err != nil {
		t.Fatal(theProgram.err)
	}
	return options{Seed: seed, People: 1, Crowd: 30, Answer: 120 * time.Millisecond, Drain: time.Minute, Program: theProgram.path}
}

// needsPostgres skips where there is no server; in CI it fails.
func needsPostgres(t *testing.T) {
	t.Helper()
	pg, err := cluster.Start()
	if err == nil {
		err = pg.Stop()
	}
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatalf("PostgreSQL must be within reach in CI: %v", err)
	case err != nil:
		t.Skipf("no PostgreSQL within reach: %v", err)
	}
}

// survives runs a torture and asks that nothing was lost or doubled, and that there was something to lose.
func survives(t *testing.T, c command) {
	t.Helper()
	ctx, stop := context.WithDeadline(t.Context(), time.Now().Add(4*time.Minute))
	defer stop()
	r, err := c.torture(ctx, t.Output())
	if r != nil {
		r.print(t.Output())
	}
	switch {
	case err != nil:
		t.Fatal(err)
	case r.failed():
		t.Errorf("losses %d, duplicates %d, other faults %d: see above", len(r.losses), len(r.duplicates), len(r.wrongs))
	case r.answered == 0 || r.effects == 0 || r.posts == 0 || r.files["applied"] == 0:
		t.Errorf("nothing was at stake: %d answers, %d effects, %d posts, files %s", r.answered, r.effects, r.posts, counts(r.files))
	}
}

func TestCrashOnSQLite(t *testing.T) {
	t.Parallel()
	survives(t, &crashCmd{options: short(t, 11), DB: onSQLite, Rounds: 20})
}

func TestCrashOnPostgres(t *testing.T) {
	t.Parallel()
	needsPostgres(t)
	survives(t, &crashCmd{options: short(t, 12), DB: onPostgres, Rounds: 20})
}

func TestCrashByHTTP(t *testing.T) {
	t.Parallel()
	o := short(t, 13)
	o.HTTP = true
	survives(t, &crashCmd{options: o, DB: onSQLite, Rounds: 5})
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	survives(t, &networkCmd{options: short(t, 14), DB: onSQLite, For: 10 * time.Second})
}

func TestReplicas(t *testing.T) {
	t.Parallel()
	needsPostgres(t)
	survives(t, &replicasCmd{options: short(t, 15), Desks: 2, For: 8 * time.Second, Every: 2 * time.Second})
}

// TestUpgrade replaces this version by one that has a migration more.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	needsPostgres(t)
	o := short(t, 16)
	old := o.Program
	var err error
	if o.Program, err = buildNext(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	survives(t, &upgradeCmd{options: o, Old: old, Desks: 2, For: 12 * time.Second})
}

// TestCheckFinds gives the judge what a broken desk would leave behind: torture that cannot fail proves nothing.
func TestCheckFinds(t *testing.T) {
	t.Parallel()
	note := func(id int64, state string) outgoing {
		return outgoing{id: id, mode: "note", kind: "digest", ref: fmt.Sprint("1 slot", id), place: "C1", state: state}
	}
	card := func(id int64, message string) outgoing {
		return outgoing{id: id, mode: "card", kind: "seller-card", ref: "S-1", place: "C1", state: "sent", message: message}
	}
	flagged := note(1, "sent")
	flagged.repeated = true
	soon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	tick := interaction{who: "U1", command: "seller tick", detail: "S-1 bank", mark: "1.5:U1", acked: true, pressed: true}
	typed := interaction{who: "U1", command: "seller onboard", detail: `"Shop 1" US Beauty`, mark: "trigger", acked: true}
	for _, c := range []struct {
		name                      string
		change                    func(*evidence, *stored)
		losses, duplicates, wrong int
	}{
		{"nothing", func(*evidence, *stored) {}, 0, 0, 0},
		{"an answered press that is not stored", func(e *evidence, _ *stored) { e.heard = []interaction{tick} }, 1, 0, 0},
		{"a press that was not answered", func(e *evidence, _ *stored) { tick := tick; tick.acked = false; e.heard = []interaction{tick} }, 0, 0, 0},
		{"a stored press without its effect", func(e *evidence, s *stored) { e.heard, s.presses["1.5:U1"] = []interaction{tick}, press{answer: "{}"} }, 1, 0, 0},
		{"a stored press with its effect", func(e *evidence, s *stored) {
			e.heard, s.presses["1.5:U1"], s.steps["S-1 bank"] = []interaction{tick}, press{answer: "{}"}, "done"
		}, 0, 0, 0},
		{"a refused press", func(e *evidence, s *stored) {
			e.heard, s.presses["1.5:U1"] = []interaction{tick}, press{answer: `{"Refused":"stale"}`}
		}, 0, 0, 0},
		{"the same button twice", func(e *evidence, s *stored) {
			again := tick
			again.mark = "1.6:U1"
			e.heard, s.presses["1.5:U1"], s.steps["S-1 bank"] = []interaction{tick, again}, press{answer: "{}"}, "done"
		}, 0, 0, 0},
		{"a seller that is not there", func(e *evidence, s *stored) {
			e.heard, s.presses["trigger"] = []interaction{typed}, press{answer: "{}"}
		}, 1, 0, 0},
		{"“nothing was changed”, and it was", func(e *evidence, s *stored) {
			e.heard, s.presses["trigger"], e.logs.faults["trigger"], s.sellers["Shop 1"] = []interaction{typed}, press{answer: "{}"}, true, "S-1"
		}, 0, 0, 1},
		{"“nothing was changed”, and then the same button with success", func(e *evidence, s *stored) {
			again := tick
			again.mark = "1.6:U1"
			e.heard, e.logs.faults["1.5:U1"] = []interaction{tick, again}, true
			s.presses["1.6:U1"], s.steps["S-1 bank"] = press{answer: "{}"}, "done"
		}, 0, 0, 0},
		{"a message that is nowhere", func(_ *evidence, s *stored) { s.outbox = []outgoing{note(1, "sent")} }, 1, 0, 0},
		{"a message that still waits", func(_ *evidence, s *stored) { s.outbox = []outgoing{note(1, "waiting")} }, 1, 0, 0},
		{"a message that was given up", func(_ *evidence, s *stored) { s.outbox = []outgoing{note(1, "parked")} }, 1, 0, 0},
		{"a message posted once", func(e *evidence, s *stored) {
			s.outbox, e.posts = []outgoing{note(1, "sent")}, map[place]post{{"C1", "1"}: {row: 1}}
		}, 0, 0, 0},
		{"a message posted twice", func(e *evidence, s *stored) {
			s.outbox, e.posts = []outgoing{note(1, "sent")}, map[place]post{{"C1", "1"}: {row: 1}, {"C1", "2"}: {row: 1}}
		}, 0, 1, 0},
		{"a message posted twice and flagged", func(e *evidence, s *stored) {
			s.outbox, e.posts = []outgoing{flagged}, map[place]post{{"C1", "1"}: {row: 1}, {"C1", "2"}: {row: 1}}
		}, 0, 0, 0},
		{"a message whose second page is posted twice", func(e *evidence, s *stored) {
			s.outbox = []outgoing{note(1, "sent")}
			e.posts = map[place]post{{"C1", "1"}: {row: 1}, {"C1", "2"}: {row: 1, page: 1}, {"C1", "3"}: {row: 1, page: 2}, {"C1", "4"}: {row: 1, page: 2}}
		}, 0, 1, 0},
		{"a message whose first page is missing", func(e *evidence, s *stored) {
			s.outbox, e.posts = []outgoing{note(1, "sent")}, map[place]post{{"C1", "1"}: {row: 1}, {"C1", "3"}: {row: 1, page: 2}}
		}, 1, 0, 0},
		{"a card of two rows that is one message", func(e *evidence, s *stored) {
			s.outbox, e.posts = []outgoing{card(1, "C1/1"), card(2, "C1/1")}, map[place]post{{"C1", "1"}: {row: 1}}
			s.cards["seller-card S-1 C1"] = "C1/1"
		}, 0, 0, 0},
		{"a card of two rows that is two messages", func(e *evidence, s *stored) {
			s.outbox, e.posts = []outgoing{card(1, ""), card(2, "C1/2")}, map[place]post{{"C1", "1"}: {row: 1}, {"C1", "2"}: {row: 2}}
			s.cards["seller-card S-1 C1"] = "C1/2"
		}, 0, 1, 0},
		{"a card that the desk takes to be elsewhere", func(e *evidence, s *stored) {
			s.outbox, e.posts = []outgoing{card(1, "C1/1")}, map[place]post{{"C1", "1"}: {row: 1}}
		}, 0, 0, 1},
		{"a post that nobody decided", func(e *evidence, _ *stored) { e.posts = map[place]post{{"C1", "1"}: {row: 9}} }, 0, 0, 1},
		{"a reminder decided twice", func(e *evidence, s *stored) {
			again := note(2, "sent")
			again.ref = note(1, "sent").ref
			s.outbox, e.posts = []outgoing{note(1, "sent"), again}, map[place]post{{"C1", "1"}: {row: 1}, {"C1", "2"}: {row: 2}}
		}, 0, 1, 0},
		{"a file of which a part is missing", func(e *evidence, s *stored) {
			e.files, s.orders["1"] = []imported{{kind: "orders", keys: []string{"1", "2"}, ended: "applied"}}, true
		}, 1, 0, 0},
		{"a killed import that left a part", func(e *evidence, s *stored) {
			e.files, s.orders["1"] = []imported{{kind: "orders", keys: []string{"1", "2"}, ended: "killed"}}, true
		}, 0, 0, 1},
		{"a digest that was due and not claimed", func(_ *evidence, s *stored) {
			s.digests = []row{{"id": int64(3), "schedule": "30 11 * * *", "since": soon.Add(-time.Hour).UnixMilli()}}
		}, 1, 0, 0},
		{"a digest that is not due yet", func(_ *evidence, s *stored) {
			s.digests = []row{{"id": int64(3), "schedule": "30 12 * * *", "since": soon.Add(-time.Hour).UnixMilli()}}
		}, 0, 0, 0},
		{"a ledger that is off by a cent", func(_ *evidence, s *stored) { s.sums["USD"] = 1 }, 0, 0, 1},
		{"an order that stands twice", func(_ *evidence, s *stored) { s.twice = []string{"order 1"} }, 0, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := evidence{ended: soon, logs: &said{late: map[string]bool{}, faults: map[string]bool{}}}
			s, r := newStored(), &report{}
			c.change(&e, s)
			check(e, s, r)
			if len(r.losses) != c.losses || len(r.duplicates) != c.duplicates || len(r.wrongs) != c.wrong {
				t.Errorf("losses %q, duplicates %q, other faults %q; want %d, %d, %d", r.losses, r.duplicates, r.wrongs, c.losses, c.duplicates, c.wrong)
			}
		})
	}
}

// TestReadLogs reads from the desk's log what people cannot see.
func TestReadLogs(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "desk.log")
	lines := `time=2026-11-23T12:00:00Z level=WARN msg="acknowledged before it was known to be done" ref=1F2E3D platform=slack key=slack:T1:C1:1.1:seller|0:1.5:U1 command="seller tick"
time=2026-11-23T12:00:00Z level=INFO msg=took command="seller onboard" kind=typed who=slack:T1:U1 key=slack:1.2.abc refused=unavailable took=2s
time=2026-11-23T12:00:00Z level=INFO msg=took command="seller onboard" kind=typed who=slack:T1:U1 key=slack:1.3.abc refused="" took=2ms
`
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := readLogs([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	if !l.late["1.5:U1"] || !l.faults["1.2.abc"] || l.faults["1.3.abc"] || l.late["1.2.abc"] {
		t.Errorf("late %v, faults %v", l.late, l.faults)
	}
}
