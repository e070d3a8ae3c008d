package reminders_test

import (
	"sync"
	"testing"
	"time"

	"liaison/agency"
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
