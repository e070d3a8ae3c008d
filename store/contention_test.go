package store_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

// TestTwoThatWaitForEachOtherGoOn lets two transactions take the same counters in another order. PostgreSQL, which here
// looks for such a thing after an hour, is not waited for. SQLite has one writer: there it cannot happen.
func TestTwoThatWaitForEachOtherGoOn(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, url string) {
		if !strings.HasPrefix(url, "postgres") {
			return
		}
		between := "?"
		if strings.Contains(url, "?") {
			between = "&"
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var replicas []*store.Store // within one process nobody writes beside another
		for range 2 {
			s, err := store.Open(ctx, url+between+"options=-c%20deadlock_timeout%3D1h")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			replicas = append(replicas, s)
		}
		audit := func(tx agency.Tx) error { return tx.InsertAudit(agency.AuditLine{At: 1, Action: "test"}) }
		enqueue := func(tx agency.Tx) error {
			return tx.Enqueue(agency.Outgoing{To: agency.Address{Platform: agency.Slack, Workspace: "T1", Channel: "C1"}, Kind: "k", Ref: "r", Mode: agency.Note})
		}
		write(t, replicas[0], func(tx agency.Tx) error { // the counters are there
			if err := audit(tx); err != nil {
				return err
			}
			return enqueue(tx)
		})
		var met, both sync.WaitGroup
		met.Add(2)
		for i, order := range [][2]func(agency.Tx) error{{audit, enqueue}, {enqueue, audit}} {
			both.Go(func() {
				tries := 0
				err := replicas[i].Write(ctx, func(tx agency.Tx) error {
					if err := order[0](tx); err != nil {
						return err
					}
					if tries++; tries == 1 {
						met.Done()
						met.Wait()
					}
					return order[1](tx)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
	})
}
