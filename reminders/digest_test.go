package reminders_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/console"
	"liaison/reminders"
	"liaison/store"
	"liaison/store/storetest"
)

// subscribed is a desk with something to say and digests for channels by their schedules, on a Monday at nine.
func subscribed(t *testing.T, s *store.Store, schedules ...string) *agency.Agency {
	t.Helper()
	w := world(t, s)
	if err := w.Given(t.Context(), "trade"); err != nil {
		t.Fatal(err)
	}
	w.Clock.Set(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	err := w.Agency.Do(t.Context(), agency.System, func(d *agency.Desk) error {
		for i, text := range schedules {
			if _, err := d.Subscribe(console.Place("room"+string(rune('a'+i))), agency.DigestFeed, text, "Europe/London"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Set(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	return w.Agency
}

func waiting(t *testing.T, s *store.Store) int {
	t.Helper()
	n, _, err := s.OutboxDepth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestASlotIsPostedOnceByManyReplicas lets several desks on one database wake in the same instant.
func TestASlotIsPostedOnceByManyReplicas(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := subscribed(t, s, "0 9 * * 1")
		var each sync.WaitGroup
		for range 6 {
			each.Go(func() {
				if err := reminders.Tick(t.Context(), a); err != nil {
					t.Error(err)
				}
			})
		}
		each.Wait()
		if n := waiting(t, s); n != 1 {
			t.Errorf("%d digests wait to be posted, want 1", n)
		}
	})
}

func TestAScheduleThatCannotBeReadDoesNotSilenceTheOthers(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	a := subscribed(t, s, "TZ=Asia/Jakarta", "0 9 * * 1", "@every -1h")
	if err := reminders.Tick(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if n := waiting(t, s); n != 1 {
		t.Errorf("%d digests wait to be posted, want 1", n)
	}
}

// rounds keeps what an observer is told of loops and slots.
type rounds struct {
	bot.Observer
	beats chan error
	slots chan string
}

func (r *rounds) Beat(loop bot.Loop, err error) {
	if loop == bot.ReminderLoop {
		r.beats <- err
	}
}

func (r *rounds) Slot(reminder string, late time.Duration, skipped int) {
	r.slots <- fmt.Sprintf("%s, %s late, %d skipped", reminder, late, skipped)
}

// told runs the reminders for two rounds, of which the second claims nothing, and gives what the observer was told of slots.
func told(t *testing.T, a *agency.Agency) (slots []string) {
	t.Helper()
	r := &rounds{Observer: bot.Observed(nil), beats: make(chan error, 10_000), slots: make(chan string, 100)}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- reminders.Run(ctx, a, time.Second, slog.New(slog.DiscardHandler), r) }()
	for range 2 {
		select {
		case err := <-r.beats:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("the loop does not go round")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	close(r.slots)
	for s := range r.slots {
		slots = append(slots, s)
	}
	return slots
}

// TestSlotsThatAGapBringsTogetherAreNotMissed: New York has no two o'clock on this day, so the slots of two and of three come at
// one instant. The later is said, and nobody hears that the desk was not running.
func TestSlotsThatAGapBringsTogetherAreNotMissed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := world(t, s)
		if err := w.Given(t.Context(), "trade"); err != nil {
			t.Fatal(err)
		}
		w.Clock.Set(time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC))
		err := w.Agency.Do(t.Context(), agency.System, func(d *agency.Desk) error {
			_, err := d.Subscribe(console.Place("early"), agency.DigestFeed, "0 2,3 * * *", "America/New_York")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Set(time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC))
		if slots := told(t, w.Agency); !slices.Equal(slots, []string{"digest, 0s late, 0 skipped"}) {
			t.Errorf("told of the slots %q", slots)
		}
	})
}
