package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/policy"
	"liaison/bot"
	"liaison/bot/console/talk"
	"liaison/handlers"
	"liaison/reminders"
	"liaison/store"
	"liaison/store/storetest"
	"liaison/tiktok"
)

// TestTheFiveFlowsOnImportedFiles plays the five flows on a desk that was filled from files in TikTok's formats, written
// by hand with their oddities, and from nothing else.
func TestTheFiveFlowsOnImportedFiles(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		book, err := policy.Load()
		if err != nil {
			t.Fatal(err)
		}
		clock := talk.NewClock(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
		a := &agency.Agency{Store: s, Now: clock.Now, Rules: book, Settings: agency.Settings{Name: "Northlight"}}
		talk.Play(t, "testdata/imported.talk", talk.World{
			Agency: a,
			Router: &bot.Router{Agency: a, Commands: handlers.All(), Home: handlers.Home, Log: log, NewRef: func() string { return "REF" }},
			Sender: &bot.Sender{Agency: a, Queue: s, Views: views(), Log: log, Name: "talk", Clock: clock.Now},
			Clock:  clock,
			Tick:   func(ctx context.Context) error { return reminders.Tick(ctx, a) },
			Given:  func(ctx context.Context, file string) error { return bring(ctx, a, clock.Now(), file) },
		})
	})
}

// bring imports "sellers tiktok/testdata/sellers.csv" or "orders FILE of S-1", twice: the second time must change nothing.
func bring(ctx context.Context, a *agency.Agency, now time.Time, what string) error {
	words := strings.Fields(what)
	kind, err := agency.ParseImportKind(words[0])
	if err != nil {
		return err
	}
	options := agency.ImportOptions{Apply: true}
	if len(words) == 4 {
		if options.Seller, err = agency.ParseSellerID(words[3]); err != nil {
			return err
		}
	}
	file, err := tiktok.ReadFile(words[1], kind, tiktok.Options{Now: now})
	if err != nil {
		return err
	}
	for _, again := range []bool{false, true} {
		err := a.Do(ctx, agency.System, func(d *agency.Desk) error {
			r, err := d.Import(file, options)
			if again && err == nil && r.New+r.Changed > 0 {
				return fmt.Errorf("the second run changed something: %s", r.Summary())
			}
			if err != nil {
				return fmt.Errorf("%w\n%s", err, strings.Join(r.Lines(10), "\n"))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// TestMain runs the tests, or, in a process that a test has started, the program itself.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	storetest.Main(m)
}
