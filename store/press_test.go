package store_test

import (
	"fmt"
	"testing"
	"time"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

// An interaction is claimed once, by its key or by what was done, also in one transaction; what is given back may be done again.
func TestAPressIsClaimedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		claim := func(key, deed string) (first bool) {
			t.Helper()
			write(t, s, func(tx agency.Tx) (err error) {
				first, err = tx.ClaimPress(agency.Press{Key: key, Deed: deed, Answer: "{}"})
				return err
			})
			return first
		}
		if !claim("k1", "d1") || claim("k1", "") || claim("k2", "d1") || !claim("k3", "") || !claim("k4", "") {
			t.Error("claimed twice, or not at all")
		}
		write(t, s, func(tx agency.Tx) error { return tx.AnswerPress("k1", "", "refused") })
		if !claim("k5", "d1") || claim("k1", "") {
			t.Error("what was refused may be done again, under another key")
		}
		write(t, s, func(tx agency.Tx) error {
			p, ok, err := tx.Press("k1", "")
			if !ok || p.Answer != "refused" || p.Deed != "" {
				t.Errorf("found %+v", p)
			}
			return err
		})
	})
}

// Old interactions are forgotten, however many there are, and newer ones are not.
func TestOldPressesAreForgotten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const old, kept = 1203, 7
		write(t, s, func(tx agency.Tx) error {
			for n := range old + kept {
				at := agency.Instant(1000)
				if n >= old {
					at = 5000
				}
				if _, err := tx.ClaimPress(agency.Press{Key: fmt.Sprint("k", n), Deed: fmt.Sprint("d", n), Command: "seller tick", At: at, Answer: "{}"}); err != nil {
					return err
				}
			}
			return nil
		})
		a := &agency.Agency{Store: s, Now: time.Now}
		for range 2 { // again: there is nothing left to do
			if err := a.ForgetPresses(t.Context(), 5000); err != nil {
				t.Fatal(err)
			}
		}
		for n := range old + kept {
			write(t, s, func(tx agency.Tx) error {
				_, byKey, err := tx.Press(fmt.Sprint("k", n), "")
				if err != nil {
					return err
				}
				_, byDeed, err := tx.Press("", fmt.Sprint("d", n))
				if want := n >= old; byKey != want || byDeed != want {
					t.Errorf("press %d is there: by its key %v, by its deed %v, want %v", n, byKey, byDeed, want)
				}
				return err
			})
		}
	})
}
