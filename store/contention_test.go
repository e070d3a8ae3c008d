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

// TestSomebodyWhomTwoReplicasMeetAtOnceIsOnePerson: who is new to both is not told that they are recorded already.
func TestSomebodyWhomTwoReplicasMeetAtOnceIsOnePerson(t *testing.T) {
	t.Parallel()
	replicas := storetest.Replicas(t, 2)
	who := agency.Identity{Platform: agency.Slack, Workspace: "T1", User: "U1"}
	desk := func(s *store.Store) *agency.Agency { return &agency.Agency{Store: s, Now: time.Now} }
	meet := func(tell *agency.MemberID, then func()) func(*agency.Desk) error {
		return func(d *agency.Desk) error {
			m, err := d.Meet(who, "Ana")
			*tell = m.ID
			then()
			return err
		}
	}
	met, done, once := make(chan struct{}), make(chan error, 1), sync.Once{}
	var first, second agency.MemberID
	go func() {
		done <- desk(replicas[0]).Do(context.Background(), agency.System, meet(&first, func() {
			once.Do(func() { close(met); time.Sleep(300 * time.Millisecond) }) // the other meets them meanwhile
		}))
	}()
	<-met
	if err := desk(replicas[1]).Do(t.Context(), agency.System, meet(&second, func() {})); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil || first != second {
		t.Errorf("they are %d and %d, %v", first, second, err)
	}
}
