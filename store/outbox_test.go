package store_test

import (
	"context"
	"testing"
	"time"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

var (
	channel = agency.Address{Platform: agency.Slack, Workspace: "w", Channel: "C1"}
	noon    = agency.InstantOf(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
)

const lease = 20_000 // milliseconds

func draws(ref string) agency.Outgoing {
	return agency.Outgoing{To: channel, Kind: "card", Ref: ref, Mode: agency.Card}
}

func says(ref string) agency.Outgoing {
	return agency.Outgoing{To: channel, Kind: "note", Ref: ref, Mode: agency.Note}
}

func enqueue(t *testing.T, s *store.Store, list ...agency.Outgoing) {
	t.Helper()
	write(t, s, func(tx agency.Tx) error {
		for _, o := range list {
			if err := tx.Enqueue(o); err != nil {
				return err
			}
		}
		return nil
	})
}

// claim takes the one message that may be posted at an instant.
func claim(t *testing.T, s *store.Store, sender string, now agency.Instant) agency.Delivery {
	t.Helper()
	list, err := s.ClaimOutgoing(t.Context(), sender, now, now-lease, 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("%s claimed %v, %v", sender, list, err)
	}
	return list[0]
}

func waiting(t *testing.T, s *store.Store) int {
	t.Helper()
	n, _, err := s.OutboxDepth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// ended is how a sender ends a claim, each way that there is.
func ended(t *testing.T, s *store.Store, d agency.Delivery, now agency.Instant) map[string]func() (bool, error) {
	ctx := t.Context()
	return map[string]func() (bool, error){
		"sent":    func() (bool, error) { return s.OutgoingSent(ctx, d, "stale", now) },
		"later":   func() (bool, error) { return s.OutgoingLater(ctx, d, agency.Retry{MessageID: "stale", Due: now}, now) },
		"repeats": func() (bool, error) { return s.OutgoingRepeats(ctx, d) },
		"covers":  func() (bool, error) { _, ours, err := s.OutgoingCovers(ctx, d); return ours, err },
		"parked": func() (ours bool, err error) {
			err = s.Write(ctx, func(tx agency.Tx) error { ours, err = tx.ParkOutgoing(d, "x", "x", now); return err })
			return ours, err
		},
	}
}

func TestALostClaimEndsNothingAndTouchesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, sameName := range []bool{false, true} { // a process that was restarted may have the name of the one before
			enqueue(t, s, draws("S-1"))
			first := claim(t, s, "one", noon)
			second := claim(t, s, map[bool]string{false: "two", true: "one"}[sameName], noon+lease+1)
			if second.Attempt != 2 || second.UnknownAt != noon {
				t.Errorf("the second claim is %+v, want the outcome of the first one unknown since then", second)
			}
			enqueue(t, s, draws("S-1")) // changed after the second one drew it
			for what, end := range ended(t, s, first, noon+lease+2) {
				if ours, err := end(); ours || err != nil {
					t.Errorf("%s: %v, %v by a claim that was lost", what, ours, err)
				}
				if n := waiting(t, s); n != 2 {
					t.Errorf("%s: a lost claim dropped what waits: %d", what, n)
				}
			}
			if ours, err := s.OutgoingSent(t.Context(), second, "m1", noon+lease+3); !ours || err != nil {
				t.Errorf("the claim that holds could not be ended: %v, %v", ours, err)
			}
			for what, end := range ended(t, s, second, noon+lease+4) {
				if ours, err := end(); ours || err != nil {
					t.Errorf("%s: %v, %v of what has ended", what, ours, err)
				}
			}
			third := claim(t, s, "one", noon+lease+5)
			if third.CardID != "m1" {
				t.Errorf("the card is at %q, want where the claim that held put it", third.CardID)
			}
			if _, err := s.OutgoingSent(t.Context(), third, "m1", noon+lease+6); err != nil {
				t.Error(err)
			}
			if err := s.ForgetCard(t.Context(), channel, "m1", noon); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestOnlyTheCardThatIsGoneIsForgotten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		enqueue(t, s, draws("S-1"))
		if _, err := s.OutgoingSent(t.Context(), claim(t, s, "one", noon), "new", noon); err != nil {
			t.Fatal(err)
		}
		if err := s.ForgetCard(t.Context(), channel, "old", noon); err != nil {
			t.Fatal(err)
		}
		answer := says("n1")
		answer.Thread = "card S-1"
		enqueue(t, s, answer)
		d := claim(t, s, "one", noon)
		if d.ThreadID != "new" {
			t.Fatalf("in the thread of %q, want the card that is there", d.ThreadID)
		}
		if err := s.ForgetCard(t.Context(), channel, d.ThreadID, noon); err != nil {
			t.Fatal(err)
		}
		if d = claim(t, s, "two", noon+lease+1); d.ThreadID != "" {
			t.Errorf("in the thread of %q, which is gone", d.ThreadID)
		}
		if _, err := s.OutgoingSent(t.Context(), d, "n1", noon); err != nil {
			t.Fatal(err)
		}
		if d = claim(t, s, "two", noon); d.Kind != "card" || d.CardID != "" {
			t.Errorf("%s %q comes next, want the card that the answer found gone, anew", d.Kind, d.CardID)
		}
		if _, err := s.OutgoingSent(t.Context(), d, "newer", noon); err != nil {
			t.Fatal(err)
		}
		enqueue(t, s, draws("S-1"))
		d = claim(t, s, "two", noon)
		if err := s.ForgetCard(t.Context(), channel, d.CardID, noon); err != nil { // an edit posts it anew itself
			t.Fatal(err)
		}
		if n := waiting(t, s); n != 1 {
			t.Errorf("%d messages wait or are on their way, want the edit alone", n)
		}
	})
}

// TestAChangeThatCommitsWhileItsCardWaitsIsShown plays a sender that looks while the change is not committed: what it drew
// then would be the state before.
func TestAChangeThatCommitsWhileItsCardWaitsIsShown(t *testing.T) {
	t.Parallel()
	for name, draw := range map[string]func(agency.Tx) error{
		"posted": func(tx agency.Tx) error { return tx.Enqueue(draws("S-1")) },
		"redrawn": func(tx agency.Tx) error {
			o := draws("S-1")
			return tx.RedrawCard(o.Kind, o.Ref, o.At)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replicas := storetest.Replicas(t, 2) // within one process a claim waits for the change
			s, other := replicas[0], replicas[1]
			enqueue(t, s, draws("S-1"))
			var early []agency.Delivery
			tried := 0
			err := s.Write(t.Context(), func(tx agency.Tx) (err error) {
				tried++
				if _, err := tx.InsertSeller(agency.Seller{Shop: "Glow", Region: "US", Version: 1}, "Glow"); err != nil {
					return err
				}
				if err := draw(tx); err != nil || tried > 1 {
					return err
				}
				early, err = other.ClaimOutgoing(context.WithoutCancel(t.Context()), "one", noon, noon-lease, 10)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			later := waiting(t, s)
			if len(early) == 1 && later == 1 {
				t.Error("the card was claimed before the change was committed, and nothing waits to show the change")
			}
			if later == 0 {
				t.Error("nothing waits")
			}
		})
	}
}

// TestACardIsRedrawnWhereItIs draws a card anew that waits in one channel, is being drawn in the second and stands in the
// third.
func TestACardIsRedrawnWhereItIs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		in := func(channel string) agency.Outgoing {
			o := draws("S-1")
			o.To.Channel = channel
			return o
		}
		enqueue(t, s, in("C3"))
		if _, err := s.OutgoingSent(t.Context(), claim(t, s, "one", noon), "m3", noon); err != nil {
			t.Fatal(err)
		}
		enqueue(t, s, in("C2"))
		claim(t, s, "one", noon)
		enqueue(t, s, in("C1"))
		woken := 0
		s.OnEnqueue(func() { woken++ })
		redraw := func() {
			write(t, s, func(tx agency.Tx) error { return tx.RedrawCard(draws("S-1").Kind, "S-1", noon) })
		}
		redraw()
		if n := waiting(t, s); n != 4 || woken != 1 {
			t.Errorf("%d wait or are drawn, and the sender was woken %d times; want one more in the second and the third channel, and once", n, woken)
		}
		redraw()
		if n := waiting(t, s); n != 4 || woken != 1 {
			t.Errorf("%d wait or are drawn, and the sender was woken %d times; want what waits already, and nobody woken", n, woken)
		}
		write(t, s, func(tx agency.Tx) error { return tx.RedrawCard(draws("S-1").Kind, "S-2", noon) })
		if n := waiting(t, s); n != 4 {
			t.Errorf("%d wait after a card was redrawn that is nowhere, want 4", n)
		}
	})
}

func TestAMessageWhoseThreadIsNotWholeIsNotOvertaken(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		enqueue(t, s, draws("S-1"))
		d := claim(t, s, "one", noon)
		for try := range agency.Instant(2) { // first it is posted, then its thread fails once more
			enqueue(t, s, draws("S-1"))
			if ours, err := s.OutgoingLater(t.Context(), d, agency.Retry{Code: "ratelimited", MessageID: "m1"}, noon+try); !ours || err != nil {
				t.Fatal(ours, err)
			}
			next := claim(t, s, "one", noon+try)
			if next.ID != d.ID || next.MessageID != "m1" || next.CardID != "m1" {
				t.Fatalf("goes on with %+v, want row %d with its message", next, d.ID)
			}
			d = next
		}
		enqueue(t, s, draws("S-1"))
		if next := claim(t, s, "two", noon+lease+10); next.ID != d.ID || next.MessageID != "m1" { // its sender died
			t.Errorf("goes on with %+v, want row %d with its message", next, d.ID)
		}
		if n := waiting(t, s); n != 1 {
			t.Errorf("%d wait, want the one that says it all", n)
		}
	})
}

func TestAnEditBehindWhichANewerOneWaitsIsDropped(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		enqueue(t, s, draws("S-1"))
		if _, err := s.OutgoingSent(t.Context(), claim(t, s, "one", noon), "m1", noon); err != nil {
			t.Fatal(err)
		}
		enqueue(t, s, draws("S-1"))
		failed := claim(t, s, "one", noon)
		enqueue(t, s, draws("S-1"))
		if ours, err := s.OutgoingLater(t.Context(), failed, agency.Retry{Due: noon + 60_000}, noon); !ours || err != nil {
			t.Fatal(ours, err)
		}
		died := claim(t, s, "one", noon+1)
		if died.ID == failed.ID || died.CardID != "m1" {
			t.Errorf("goes on with %+v, want the newer edit, now", died)
		}
		enqueue(t, s, draws("S-1"))
		if last := claim(t, s, "two", noon+lease+2); last.ID == died.ID || last.CardID != "m1" || last.UnknownAt != 0 {
			t.Errorf("goes on with %+v, want the newer edit", last)
		}
	})
}
