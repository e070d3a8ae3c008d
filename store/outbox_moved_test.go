package store_test

import (
	"testing"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

// another is the account to which things go from the channel's.
var another = agency.Address{Platform: agency.Discord, Workspace: "G1", Channel: "77"}

// unlinks does what unlinking an account does.
func unlinks(t *testing.T, s *store.Store) {
	t.Helper()
	write(t, s, func(tx agency.Tx) error { return tx.MoveWaiting(channel, another) })
	write(t, s, func(tx agency.Tx) error { return tx.ForgetCards(channel) })
}

// places lists where a card is, or is to be.
func places(t *testing.T, s *store.Store, ref string) (list []agency.Address) {
	t.Helper()
	err := s.Read(t.Context(), func(tx agency.Tx) (err error) { list, err = tx.CardPlaces("card", ref); return err })
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestACardThatIsBeingSentIsForgottenToo, however its sender ends.
func TestACardThatIsBeingSentIsForgottenToo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, end := range []func(d agency.Delivery) (bool, error){
			func(d agency.Delivery) (bool, error) { return s.OutgoingSent(t.Context(), d, "m1", noon) },
			func(d agency.Delivery) (bool, error) {
				return s.OutgoingLater(t.Context(), d, agency.Retry{MessageID: "m1"}, noon)
			},
		} {
			enqueue(t, s, draws("M-1"))
			d := claim(t, s, "one", noon)
			write(t, s, func(tx agency.Tx) error { return tx.ForgetCards(channel) })
			if _, err := end(d); err != nil {
				t.Fatal(err)
			}
			write(t, s, func(tx agency.Tx) error { return tx.RedrawCard("card", "M-1", noon) })
			if n := waiting(t, s); n != 0 {
				t.Errorf("the card goes on being drawn where it was to be forgotten: %d wait", n)
			}
		}
	})
}

// TestACardOnItsWayToAnAccountThatIsGoneGoesToTheOther, and no more to the first.
func TestACardOnItsWayToAnAccountThatIsGoneGoesToTheOther(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		enqueue(t, s, draws("M-1"))
		d := claim(t, s, "one", noon)
		unlinks(t, s)
		if ours, err := s.OutgoingSent(t.Context(), d, "m1", noon); ours || err != nil {
			t.Errorf("its first sender still has it: %v, %v", ours, err)
		}
		next := claim(t, s, "two", noon)
		if next.To != another || next.CardID != "" || next.MessageID != "" {
			t.Fatalf("it goes on as %+v", next)
		}
		if _, err := s.OutgoingSent(t.Context(), next, "d1", noon); err != nil {
			t.Fatal(err)
		}
		if list := places(t, s, "M-1"); len(list) != 1 || list[0] != another {
			t.Errorf("the card is in %v", list)
		}
	})
}

// TestANoteOnItsWayToAnAccountThatIsGoneIsSaidOnce: there if it arrived, else with the other; and what is out, but for its
// thread, goes on where it is.
func TestANoteOnItsWayToAnAccountThatIsGoneIsSaidOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		sent := func(d agency.Delivery) {
			t.Helper()
			if ours, err := s.OutgoingSent(t.Context(), d, "m", noon); !ours || err != nil {
				t.Fatal(ours, err)
			}
		}
		enqueue(t, s, says("n1"))
		d := claim(t, s, "one", noon)
		unlinks(t, s)
		sent(d)
		if n := waiting(t, s); n != 0 {
			t.Errorf("%d wait although it is said", n)
		}
		for id, want := range map[string]agency.Address{"": another, "m1": channel} {
			enqueue(t, s, says("n2"))
			d = claim(t, s, "one", noon)
			unlinks(t, s)
			if ours, err := s.OutgoingLater(t.Context(), d, agency.Retry{MessageID: id}, noon); !ours || err != nil {
				t.Fatal(ours, err)
			}
			next := claim(t, s, "two", noon)
			if next.To != want || next.MessageID != id {
				t.Errorf("a note that came back with %q goes on as %+v", id, next)
			}
			sent(next)
		}
	})
}
