package reminders_test

import (
	"context"
	"log/slog"
	"maps"
	"path/filepath"
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

func world(t *testing.T, s *store.Store) talk.World {
	t.Helper()
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	clock := talk.NewClock(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	a := &agency.Agency{Store: s, Now: clock.Now, Rules: book, Settings: agency.Settings{Name: "Northlight"}}
	views := handlers.Views()
	maps.Copy(views, reminders.Views())
	return talk.World{
		Agency: a,
		Router: &bot.Router{Agency: a, Commands: handlers.All(), Home: handlers.Home, Log: log, NewRef: func() string { return "REF" }},
		Sender: &bot.Sender{Agency: a, Queue: s, Views: views, Log: log, Name: "talk", Clock: clock.Now},
		Clock:  clock,
		Tick:   func(ctx context.Context) error { return reminders.Tick(ctx, a) },
	}
}
