package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"liaison/agency"
	"liaison/store/storetest"
)

func TestWhatIsSentAgainBesideACardThatIsEnqueued(t *testing.T) {
	t.Parallel()
	rs := storetest.Replicas(t, 2)
	a, b := rs[0], rs[1]
	enqueue(t, a, draws("S-1"))
	d := claim(t, a, "one", noon)
	write(t, a, func(tx agency.Tx) error { _, err := tx.ParkOutgoing(d, "x", "x", noon); return err })
	in := make(chan bool, 100)
	done := make(chan error)
	go func() {
		done <- b.Write(context.Background(), func(tx agency.Tx) error {
			if err := tx.Enqueue(draws("S-1")); err != nil {
				return err
			}
			if _, err := tx.CardPlaces("card", "S-1"); err != nil {
				return err
			}
			in <- true
			time.Sleep(60 * time.Millisecond)
			return nil
		})
	}()
	<-in
	time.Sleep(10 * time.Millisecond)
	err := a.Write(t.Context(), func(tx agency.Tx) error { _, err := tx.UnparkOutgoing(0); return err })
	if err := errors.Join(err, <-done); err != nil {
		t.Error(err)
	}
}

func TestWhatIsGivenBackBesideACardThatIsEnqueued(t *testing.T) {
	t.Parallel()
	rs := storetest.Replicas(t, 2)
	a, b := rs[0], rs[1]
	enqueue(t, a, draws("S-1"))
	d := claim(t, a, "one", noon)
	in := make(chan bool, 100)
	done := make(chan error)
	go func() {
		done <- b.Write(context.Background(), func(tx agency.Tx) error {
			if err := tx.Enqueue(draws("S-1")); err != nil {
				return err
			}
			if _, err := tx.CardPlaces("x", "S-1"); err != nil {
				return err
			}
			in <- true
			time.Sleep(60 * time.Millisecond)
			return nil
		})
	}()
	<-in
	time.Sleep(10 * time.Millisecond)
	_, err := a.OutgoingLater(t.Context(), d, agency.Retry{Due: noon, Tries: 1}, noon)
	if err := errors.Join(err, <-done); err != nil {
		t.Error(err)
	}
}
