package handlers_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/policy"
	"liaison/bot"
	"liaison/bot/console/talk"
	"liaison/handlers"
	"liaison/store"
	"liaison/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// TestConversations plays every conversation on every database.
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
	return talk.World{
		Agency: a,
		Router: &bot.Router{Agency: a, Commands: handlers.All(), Home: handlers.Home, Log: log, NewRef: func() string { return "REF" }},
		Sender: &bot.Sender{Agency: a, Queue: s, Views: handlers.Views(), Log: log, Name: "talk", Clock: clock.Now},
		Clock:  clock,
		Given:  func(ctx context.Context, name string) error { return given(ctx, s, clock, name) },
	}
}

// given puts records in place that no command makes.
func given(ctx context.Context, s agency.Store, clock *talk.Clock, name string) error {
	if facts, ok := strings.CutPrefix(name, "creator "); ok {
		return givenCreator(ctx, s, clock, bot.Words(facts))
	}
	if name != "creators" {
		return fmt.Errorf("there are no given %s", name)
	}
	return s.Write(ctx, func(tx agency.Tx) error {
		for _, c := range []agency.Creator{
			{Handle: "mia.glow", Name: "Mia", Region: "US", State: agency.CreatorActive, Version: 1},
		} {
			if _, err := tx.InsertCreator(c); err != nil {
				return err
			}
		}
		return nil
	})
}
