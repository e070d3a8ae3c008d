package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

// TestEachIsToldOfItsOwnWrites has many write at the same time, of whom one in each four can succeed. What PostgreSQL is sent
// later, together with others' work in one transaction, must not become another's refusal.
func TestEachIsToldOfItsOwnWrites(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const things, rivals = 8, 4
		var ids []agency.SellerID
		for n := range things {
			ids = append(ids, insertSeller(t, s, fmt.Sprint("Glow ", n)))
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute) // with a deadline they share transactions
		defer stop()
		attempt := func(n int, work func(tx agency.Tx) error) error {
			return s.Write(ctx, func(tx agency.Tx) error {
				if err := work(tx); err != nil {
					return err
				}
				return tx.InsertAudit(agency.AuditLine{At: 1, Action: "test", Ref: fmt.Sprint(n)})
			})
		}
		var all sync.WaitGroup
		said := make([]error, 2*things*rivals)
		for i := range said {
			n, id := i%(2*things), ids[i%things]
			work := func(tx agency.Tx) error { return tx.MoveSeller(agency.Seller{ID: id, Stage: "setup", Version: 1}) }
			if n >= things {
				work = func(tx agency.Tx) error {
					first, err := tx.ClaimPress(agency.Press{Key: fmt.Sprint(n), Who: agency.Identity{Platform: agency.Slack}})
					if err == nil && !first {
						err = agency.Conflict("somebody else was first")
					}
					return err
				}
			}
			all.Go(func() { said[i] = attempt(n, work) })
		}
		all.Wait()
		well := map[int]int{}
		for i, err := range said {
			n := i % (2 * things)
			want := agency.CodeStale
			if n >= things {
				want = agency.CodeConflict
			}
			switch {
			case err == nil:
				well[n]++
			case agency.CodeOf(err) != want:
				t.Errorf("attempt %d at %d ended with %v, want %s or none", i, n, err, want)
			}
		}
		for n := range 2 * things {
			err := s.Read(ctx, func(tx agency.Tx) error {
				lines, err := tx.AuditOf(fmt.Sprint(n), rivals)
				if len(lines) != 1 || well[n] != 1 {
					t.Errorf("of %d attempts at %d, %d were told that they succeeded and %d were kept; want one", rivals, n, well[n], len(lines))
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestWhatIsWrittenIsFound asks in the same transaction for what was just written.
func TestWhatIsWrittenIsFound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx agency.Tx) error {
			for n := range 200 { // more than is kept back
				if err := tx.InsertAudit(agency.AuditLine{At: agency.Instant(n), Action: "test", Ref: "S-1"}); err != nil {
					return err
				}
			}
			lines, err := tx.AuditOf("S-1", 1000)
			if len(lines) != 200 || lines[0].At != 199 {
				t.Errorf("%d lines are found, want 200, the newest first", len(lines))
			}
			return err
		})
	})
}
