package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/agency/policy"
	"liaison/store"
	"liaison/store/storetest"
)

// TestAPressIsTriedUntilItsTimeIsUp: somebody on another replica is quicker time and again, and gets no number either.
func TestAPressIsTriedUntilItsTimeIsUp(t *testing.T) {
	t.Parallel()
	replicas := storetest.Replicas(t, 2)
	audit := func(tx agency.Tx) error { return tx.InsertAudit(agency.AuditLine{At: 1, Action: "test"}) }
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // two seconds, on a machine that others need too
	defer cancel()
	tries := 0
	err := replicas[0].Write(ctx, func(tx agency.Tx) error {
		if _, err := tx.LastSlot("any"); err != nil { // it has seen something
			return err
		}
		if tries++; tries <= 13 {
			within, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer stop()
			_ = replicas[1].Write(within, audit) //nolint:errcheck // it is quicker or not
		}
		return audit(tx)
	})
	if err != nil {
		t.Errorf("given up after %d tries: %v", tries, err)
	}
}

// deskOf is the agency on one replica.
func deskOf(t *testing.T, s *store.Store) *agency.Agency {
	t.Helper()
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &agency.Agency{Store: s, Now: time.Now, Rules: book}
}

var maker = agency.Identity{Platform: agency.Slack, Workspace: "T", User: "mae"}

// busy gives one of two replicas, on the other of which somebody decides something twenty times a second until the test ends.
func busy(t *testing.T) *agency.Agency {
	t.Helper()
	replicas := storetest.Replicas(t, 2)
	serving, other := deskOf(t, replicas[0]), deskOf(t, replicas[1])
	f := agency.ImportFile{Name: "creators", Kind: agency.CreatorFile}
	for i := range 50 {
		f.Creators = append(f.Creators, agency.CreatorRow{Line: i + 2, Handle: fmt.Sprint("creator", i), TaxForm: agency.Given(true), PayoutReady: agency.Given(true)})
	}
	err := serving.Do(t.Context(), agency.System, func(d *agency.Desk) error {
		if _, err := d.OnboardSeller(agency.NewSeller{Shop: "Glow Lab", Region: "US", Category: "Beauty"}); err != nil {
			return err
		}
		if _, err := d.Grant(maker, "Mae", agency.ProgramManager); err != nil {
			return err
		}
		_, err := d.Import(f, agency.ImportOptions{Apply: true})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	done, people := make(chan struct{}), sync.WaitGroup{}
	people.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
			err := serving.Do(context.Background(), agency.System, func(d *agency.Desk) error {
				_, err := d.Subscribe(agency.Address{Platform: agency.Slack, Workspace: "T", Channel: fmt.Sprint("C", n)}, agency.QuestionsFeed, "", "UTC")
				return err
			})
			if err != nil {
				t.Errorf("who decides beside it is refused: %v", err)
			}
		}
	})
	t.Cleanup(func() { close(done); people.Wait() })
	return other
}

func settledOrders(n int) agency.ImportFile {
	f := agency.ImportFile{Name: "orders", Kind: agency.OrderFile, Format: "affiliate orders"}
	for i := range n {
		f.Orders = append(f.Orders, agency.OrderRow{Line: i + 2, OrderNo: fmt.Sprint(576_400_000_000_000_000 + i), SKU: "1", Shop: "Glow Lab", Creator: fmt.Sprint("creator", i%50),
			State: agency.LineSettled, Status: "Settled", Price: agency.CashOf(money.Of(2000, "USD")), Quantity: 1, Actual: agency.CashOf(money.Of(300, "USD")),
			OrderedAt: "2026-10-01 10:00:00", SettledAt: "2026-10-20 10:00:00"})
	}
	return f
}

// TestLargeWorkGetsInBesidePresses: an import takes its numbers at its end, and a payout run of a person has two seconds for all of it.
func TestLargeWorkGetsInBesidePresses(t *testing.T) {
	t.Parallel()
	other := busy(t)
	err := other.Do(t.Context(), agency.System, func(d *agency.Desk) error {
		_, err := d.Import(settledOrders(2000), agency.ImportOptions{Apply: true})
		return err
	})
	if err != nil {
		t.Fatalf("the import: %v", err)
	}
	tries := 0
	ctx, cancel := context.WithTimeout(agency.Heavy(t.Context()), time.Minute)
	defer cancel()
	err = other.Do(ctx, maker, func(d *agency.Desk) error {
		tries++
		_, err := d.PreparePayout(agency.PayoutOrder{Currency: "USD", Ask: agency.Address{Platform: agency.Slack, Workspace: "T", Channel: "X"}})
		return err
	})
	if err != nil || tries > 2 {
		t.Errorf("the payout run took %d tries, %v; want it to go first", tries, err)
	}
}

// TestAHeldCardIsNotLetGoBesideAChangeOfWhatItShows: it would be drawn as it was before, and nothing would draw it anew.
func TestAHeldCardIsNotLetGoBesideAChangeOfWhatItShows(t *testing.T) {
	t.Parallel()
	replicas := storetest.Replicas(t, 2)
	to := agency.Address{Platform: agency.Discord, Channel: "D1"}
	write(t, replicas[0], func(tx agency.Tx) error {
		return tx.HoldNotice(agency.HeldNotice{Outgoing: agency.Outgoing{To: to, Kind: agency.OfferCard, Ref: "M-1", Mode: agency.Card, At: 1}, DueAt: 1})
	})
	changed, done := make(chan struct{}), make(chan error, 1)
	var once sync.Once
	var over atomic.Bool
	go func() {
		done <- replicas[0].Write(context.Background(), func(tx agency.Tx) error {
			if err := tx.RedrawCard(agency.OfferCard, "M-1", 2); err != nil {
				return err
			}
			if _, err := tx.LastSlot("any"); err != nil { // what was only to be written is said by now
				return err
			}
			once.Do(func() { close(changed); time.Sleep(300 * time.Millisecond) })
			over.Store(true)
			return nil
		})
	}()
	<-changed
	if err := deskOf(t, replicas[1]).Do(t.Context(), agency.System, (*agency.Desk).ReleaseNotices); err != nil {
		t.Error(err)
	}
	if !over.Load() {
		t.Error("it was let go while what it shows was being changed")
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
