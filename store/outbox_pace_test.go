package store_test

import (
	"testing"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

// TestAClaimTellsWhenTheChannelsLastMessageWentOut, whichever sender posted it. An edit is none, nor is what was given up.
func TestAClaimTellsWhenTheChannelsLastMessageWentOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		elsewhere := says("other")
		elsewhere.To.Channel = "C2"
		sent := func(d agency.Delivery, id string, now agency.Instant) {
			t.Helper()
			if ours, err := s.OutgoingSent(t.Context(), d, id, now); !ours || err != nil {
				t.Fatal(ours, err)
			}
		}
		expect := func(sender string, now, want agency.Instant) agency.Delivery {
			t.Helper()
			d := claim(t, s, sender, now)
			if d.PostedAt != want {
				t.Errorf("row %d is told %d, want %d", d.ID, d.PostedAt, want)
			}
			return d
		}
		enqueue(t, s, draws("S-1"))
		sent(expect("one", noon, 0), "m1", noon+100)
		enqueue(t, s, draws("S-1"))
		sent(expect("two", noon+200, noon+100), "m1", noon+300) // an edit
		enqueue(t, s, says("long"))
		d := expect("one", noon+400, noon+100)
		if ours, err := s.OutgoingLater(t.Context(), d, agency.Retry{MessageID: "m2", Due: noon + 500}, noon+450); !ours || err != nil {
			t.Fatal(ours, err)
		}
		sent(expect("two", noon+500, noon+450), "m2", noon+600) // with its thread
		enqueue(t, s, says("refused"))
		d = expect("one", noon+700, noon+600)
		write(t, s, func(tx agency.Tx) error { _, err := tx.ParkOutgoing(d, "x", "x", noon+800); return err })
		enqueue(t, s, says("last"))
		sent(expect("two", noon+900, noon+600), "m3", noon+1000)
		enqueue(t, s, elsewhere)
		expect("one", noon+1100, 0)
	})
}
