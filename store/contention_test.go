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

// TestTheFirstNumbersThatTwoReplicasTakeDiffer: nobody has taken one of that kind before, so there is nothing yet to wait at.
func TestTheFirstNumbersThatTwoReplicasTakeDiffer(t *testing.T) {
	t.Parallel()
	replicas := storetest.Replicas(t, 2)
	taken, done := make(chan struct{}), make(chan error, 1)
	go func() {
		tries := 0
		done <- replicas[0].Write(context.Background(), func(tx agency.Tx) error {
			_, err := tx.InsertSeller(agency.Seller{Shop: "Glow Lab", Region: "US", Version: 1}, "glow lab")
			if tries++; tries == 1 {
				close(taken)
				time.Sleep(300 * time.Millisecond) // the other takes one meanwhile
			}
			return err
		})
	}()
	<-taken
	write(t, replicas[1], func(tx agency.Tx) error {
		_, err := tx.InsertSeller(agency.Seller{Shop: "Home Lab", Region: "US", Version: 1}, "home lab")
		return err
	})
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := sellers(t, replicas[0]); n != 2 {
		t.Errorf("%d sellers, want 2", n)
	}
}
