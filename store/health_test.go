package store_test

import (
	"testing"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

func TestAStoreThatIsWellSaysSo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for range 2 {
			if err := s.Writable(t.Context()); err != nil {
				t.Errorf("it takes no writes: %v", err)
			}
		}
		if err := s.UpToDate(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestTablesThatWereNeverMadeAreNotUpToDate(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, url string) {
		s, err := store.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if s.UpToDate(t.Context()) == nil || s.Writable(t.Context()) == nil {
			t.Error("an empty database is taken for a desk's")
		}
	})
}

func TestTheOutboxIsCountedBesideTheWriters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if state, err := s.Outbox(t.Context()); err != nil || state != (agency.Outbox{}) {
			t.Errorf("an empty outbox is %+v, %v", state, err)
		}
		to := agency.Address{Platform: agency.Slack, Workspace: "T1", Channel: "C1"}
		err := s.Write(t.Context(), func(tx agency.Tx) error {
			for i, at := range []agency.Instant{3000, 1000, 2000} {
				if err := tx.Enqueue(agency.Outgoing{To: to, Kind: "note", Ref: string(rune('a' + i)), Mode: agency.Note, At: at}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		// While somebody writes, the figures are still to be had.
		err = s.Write(t.Context(), func(agency.Tx) error {
			state, err := s.Outbox(t.Context())
			if want := (agency.Outbox{Waiting: 3, Oldest: 1000}); state != want {
				t.Errorf("it is %+v, want %+v", state, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.ClaimOutgoing(t.Context(), "test", 5000, 0, 1)
		if err != nil || len(list) != 1 {
			t.Fatalf("claimed %d, %v", len(list), err)
		}
		err = s.Write(t.Context(), func(tx agency.Tx) error {
			_, err := tx.ParkOutgoing(list[0], "not_in_channel", "not_in_channel", 6000)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if state, err := s.Outbox(t.Context()); err != nil || state != (agency.Outbox{Waiting: 2, Parked: 1, Oldest: 1000}) {
			t.Errorf("with one parked it is %+v, %v", state, err)
		}
	})
}
