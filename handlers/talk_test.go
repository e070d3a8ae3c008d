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
	return talk.World{
		Agency: a,
		Router: &bot.Router{Agency: a, Commands: handlers.All(), Home: handlers.Home, Log: log, NewRef: func() string { return "REF" }},
		Sender: &bot.Sender{Agency: a, Queue: s, Views: handlers.Views(), Log: log, Name: "talk", Clock: clock.Now},
		Clock:  clock,
		Given:  func(ctx context.Context, name string) error { return given(ctx, s, clock, name) },
	}
}

// givens are the records that conversations start from where no command makes them.
var givens = map[string]func(agency.Tx) error{
	"creators":               givenCreators,
	"payables":               givenPayables,
	"creators who must wait": givenCreatorsWhoMustWait,
	"a large line":           givenLines(line{creator: 2, no: 70, cents: 900_000}),
	"a small line":           givenLines(line{creator: 2, no: 80, cents: 4_000}),
	"two more lines":         givenLines(line{creator: 1, no: 90, cents: 400_000}, line{creator: 2, no: 91, cents: 400_000}),
	"a changed line":         givenChangedLine,

	"a refused and an estimated line": givenForecasts,
	"a week of two shops":             givenTwoShops,
	"trade":                           givenTrade,
	"trouble":                         givenTrouble,
}

// given puts records in place that no command makes.
func given(ctx context.Context, s agency.Store, clock *talk.Clock, name string) error {
	if facts, ok := strings.CutPrefix(name, "creator "); ok {
		return givenCreator(ctx, s, clock, bot.Words(facts))
	}
	put := givens[name]
	if put == nil {
		return fmt.Errorf("there are no given %s", name)
	}
	return s.Write(ctx, put)
}

func givenCreators(tx agency.Tx) error {
	_, err := tx.InsertCreator(agency.Creator{Handle: "mia.glow", Name: "Mia", Region: "US", State: agency.CreatorActive, Version: 1})
	return err
}
