package store_test

import (
	"testing"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

// TestAnUnknownPostIsNotOvertaken changes a card while it is not known whether its first post is out. Only the row that was
// tried can find the post again, so it is the row that is tried next, and once.
func TestAnUnknownPostIsNotOvertaken(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*testing.T, *store.Store, agency.Delivery){
		"the sender was killed": func(*testing.T, *store.Store, agency.Delivery) {},
		"the platform did not say": func(t *testing.T, s *store.Store, d agency.Delivery) {
			if _, err := s.OutgoingLater(t.Context(), d, agency.Retry{Code: "time-out"}, 1_000_001); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				show := func() {
					err := s.Write(t.Context(), func(tx agency.Tx) error {
						return tx.Enqueue(agency.Outgoing{To: agency.Address{Platform: agency.Console, Workspace: "test", Channel: "desk"},
							Kind: "seller-card", Ref: "S-1", Mode: agency.Card})
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				claim := func(now agency.Instant) []agency.Delivery {
					list, err := s.ClaimOutgoing(t.Context(), "sender", now, now-60_000, 16)
					if err != nil {
						t.Fatal(err)
					}
					return list
				}
				show()
				first := claim(1_000_000)
				show()
				lose(t, s, first[0])
				second := claim(2_000_000)
				if len(second) != 1 || second[0].ID != first[0].ID || second[0].Attempt != 2 {
					t.Fatalf("the second try is %+v, the first was %+v", second, first)
				}
				if _, err := s.OutgoingSent(t.Context(), second[0], "m1", 2_000_001); err != nil {
					t.Fatal(err)
				}
				if rest := claim(3_000_000); len(rest) > 0 {
					t.Errorf("%+v is posted on top", rest)
				}
			})
		})
	}
}
