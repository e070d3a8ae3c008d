package store_test

import (
	"fmt"
	"testing"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

// park gives claimed messages up.
func park(t *testing.T, s *store.Store, list ...agency.Delivery) {
	t.Helper()
	write(t, s, func(tx agency.Tx) error {
		for _, d := range list {
			if ours, err := tx.ParkOutgoing(d, "x", "x", noon); !ours || err != nil {
				return fmt.Errorf("parking row %d: %v, %w", d.ID, ours, err)
			}
		}
		return nil
	})
}

// unpark puts everything back that was given up, as a person does.
func unpark(t *testing.T, s *store.Store) {
	t.Helper()
	write(t, s, func(tx agency.Tx) error { _, err := tx.UnparkOutgoing(0); return err })
}

// TestWhatIsKnownOfAMessageOutlastsItsParking: a sender that tries it again knows what the one knew that gave it up.
func TestWhatIsKnownOfAMessageOutlastsItsParking(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, o := range []agency.Outgoing{says("n1"), draws("S-1")} {
			enqueue(t, s, o)
			d := claim(t, s, "one", noon)
			d.Tries, d.UnknownAt, d.Repeated, d.MessageID = 24, noon-5, true, "m1"
			park(t, s, d)
			unpark(t, s)
			next := claim(t, s, "two", noon)
			if next.ID != d.ID || next.Tries != 0 || next.UnknownAt != noon-5 || !next.Repeated || next.MessageID != "m1" || next.GivenUp == 0 {
				t.Errorf("tried again as %+v", next)
			}
			if o.Mode == agency.Card && next.CardID != "m1" {
				t.Errorf("the card is at %q, want where it was posted", next.CardID)
			}
			if _, err := s.OutgoingSent(t.Context(), next, "m1", noon); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestAPersonsDecisionIsGoodForOneRepeat: it outlasts a wait, and is gone with the repeat, however that ends.
func TestAPersonsDecisionIsGoodForOneRepeat(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		enqueue(t, s, says("n1"))
		d := claim(t, s, "one", noon)
		d.UnknownAt = noon
		park(t, s, d)
		unpark(t, s)
		d = claim(t, s, "one", noon)
		if _, err := s.OutgoingLater(t.Context(), d, agency.Retry{UnknownAt: noon, GivenUp: d.GivenUp}, noon); err != nil {
			t.Fatal(err)
		}
		if d = claim(t, s, "one", noon); d.GivenUp == 0 {
			t.Error("a platform that asked to wait has used up the decision")
		}
		if ours, err := s.OutgoingRepeats(t.Context(), d); !ours || err != nil {
			t.Fatal(ours, err)
		}
		if d = claim(t, s, "two", noon+lease+1); d.GivenUp != 0 || !d.Repeated {
			t.Errorf("after a repeat whose sender died it is %+v", d)
		}
	})
}

// TestAFirstPostThatMayBeOutIsNotOvertakenByTryingAgain changes a card whose first post was given up unknown: only the row
// that was tried can find it.
func TestAFirstPostThatMayBeOutIsNotOvertakenByTryingAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		enqueue(t, s, draws("S-1"))
		first := claim(t, s, "one", noon)
		first.UnknownAt = noon
		park(t, s, first)
		enqueue(t, s, draws("S-1"))
		unpark(t, s)
		if next := claim(t, s, "two", noon); next.ID != first.ID || next.UnknownAt != noon {
			t.Errorf("goes on with %+v, want row %d", next, first.ID)
		}
		if n := waiting(t, s); n != 1 {
			t.Errorf("%d wait, want the one that says it all", n)
		}
	})
}

// TestAParkedMessageIsFoundByItsNumber, also behind more than anybody would list.
func TestAParkedMessageIsFoundByItsNumber(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const many = 501
		list := make([]agency.Outgoing, many)
		for i := range list {
			list[i] = says("n")
			list[i].To.Channel = fmt.Sprint("C", i)
		}
		enqueue(t, s, list...)
		claimed, err := s.ClaimOutgoing(t.Context(), "one", noon, noon-lease, many)
		if err != nil {
			t.Fatal(err)
		}
		park(t, s, claimed...)
		look := func(id int64) (u agency.Undelivered, ok bool) {
			err := s.Read(t.Context(), func(tx agency.Tx) (err error) { u, ok, err = tx.ParkedMessage(id); return err })
			if err != nil {
				t.Error(err)
			}
			return u, ok
		}
		if u, ok := look(many); !ok || u.ID != many || u.Code != "x" {
			t.Errorf("found %+v, %v", u, ok)
		}
		write(t, s, func(tx agency.Tx) error { _, err := tx.DropOutgoing(many); return err })
		if u, ok := look(many); ok {
			t.Errorf("found %+v, which was forgotten", u)
		}
	})
}
