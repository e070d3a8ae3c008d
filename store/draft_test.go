package store_test

import (
	"testing"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

func TestDraftsAreKeptUntilTheirTime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const until agency.Instant = 1000
		look := func(now agency.Instant) string {
			t.Helper()
			data, ok, err := s.Draft(t.Context(), "k", now)
			if err != nil || ok != (data != "") {
				t.Fatalf("%q, %v, %v", data, ok, err)
			}
			return data
		}
		if look(1) != "" {
			t.Error("there is something before it was kept")
		}
		for _, data := range []string{"first", "second"} {
			if err := s.KeepDraft(t.Context(), "k", data, until); err != nil {
				t.Fatal(err)
			}
			if got := look(until - 1); got != data {
				t.Errorf("kept %q, found %q", data, got)
			}
		}
		if look(until) != "" {
			t.Error("it is found after its time")
		}
		if err := s.ForgetDrafts(t.Context(), until-1); err != nil || look(1) != "second" {
			t.Errorf("forgotten before its time: %v", err)
		}
		if err := s.ForgetDrafts(t.Context(), until); err != nil || look(1) != "" {
			t.Errorf("still there: %v", err)
		}
	})
}
