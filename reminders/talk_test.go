package reminders_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/agency/policy"
	"liaison/bot"
	"liaison/bot/console/talk"
	"liaison/handlers"
	"liaison/reminders"
	"liaison/store"
	"liaison/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// TestConversations plays every conversation on every database, with the reminders that fall due.
func TestConversations(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.talk")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".talk"), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) { talk.Play(t, file, world(t, s)) })
		})
	}
}

// codes counts instead of guessing, so that conversations can write the codes down.
func codes() func() string {
	n := 0
	return func() string { n++; return fmt.Sprintf("%04dCODECODE", n) }
}

func world(t *testing.T, s *store.Store) talk.World {
	t.Helper()
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	clock := talk.NewClock(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	a := &agency.Agency{Store: s, Now: clock.Now, Rules: book, Settings: agency.Settings{Name: "Northlight"}, NewCode: codes()}
	views := handlers.Views()
	maps.Copy(views, reminders.Views())
	return talk.World{
		Agency: a,
		Router: &bot.Router{Agency: a, Commands: handlers.All(), Home: handlers.Home, Log: log, NewRef: func() string { return "REF" }},
		Sender: &bot.Sender{Agency: a, Queue: s, Views: views, Log: log, Name: "talk", Clock: clock.Now},
		Clock:  clock,
		Tick:   func(ctx context.Context) error { return reminders.Tick(ctx, a) },
		Given:  func(ctx context.Context, name string) error { return given(ctx, s, name) },
	}
}

// given puts records in place that no command makes: "trade" is a shop that sells $10 a day through a creator, from
// 5 October on, and $20 from 9 November on, up to the end of the month.
func given(ctx context.Context, s agency.Store, name string) error {
	if name != "trade" {
		return fmt.Errorf("there is no given %s", name)
	}
	return s.Write(ctx, func(tx agency.Tx) error {
		if _, err := tx.InsertSeller(agency.Seller{Shop: "Glow Lab", Region: "US", Stage: agency.Live, Version: 1}, "glowlab"); err != nil {
			return err
		}
		if _, err := tx.InsertCreator(agency.Creator{Handle: "maya", State: agency.CreatorActive, Version: 1}); err != nil {
			return err
		}
		var lines []agency.OrderLine
		for day := agency.Date("2026-10-05"); day <= "2026-11-30"; day = day.AddDays(1) {
			l := agency.OrderLine{OrderNo: "577" + string(day), SKU: "1", Seller: 1, Creator: 1, Price: money.Of(1_000, "USD"), Quantity: 1,
				State: agency.LineEstimated, OrderedAt: day.Start(time.UTC).Add(12 * time.Hour)}
			if day >= "2026-11-09" {
				l.Quantity = 2
			}
			lines = append(lines, l)
		}
		_, err := tx.InsertOrderLines(lines)
		return err
	})
}
