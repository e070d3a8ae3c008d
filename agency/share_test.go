package agency_test

import (
	"context"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/agency/policy"
	"liaison/store"
	"liaison/store/storetest"
)

// TestAPayoutDividesAsTheLedgerDid: the agency's share may change between a line's settlement and its payout. What was
// posted is what is paid, and afterwards nobody is owed the difference.
func TestAPayoutDividesAsTheLedgerDid(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		book, err := policy.Load()
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
		mae, fay := agency.Identity{Platform: "console", Workspace: "w", User: "mae"}, agency.Identity{Platform: "console", Workspace: "w", User: "fay"}
		a := &agency.Agency{Store: s, Rules: book, Now: func() time.Time { now = now.Add(time.Second); return now }}
		act := func(who agency.Identity, work func(*agency.Desk) error) {
			t.Helper()
			if err := a.Do(context.Background(), who, work); err != nil {
				t.Fatal(err)
			}
		}
		bring := func(f agency.ImportFile) func(*agency.Desk) error {
			return func(d *agency.Desk) error {
				r, err := d.Import(f, agency.ImportOptions{Apply: true})
				if err == nil && (len(r.Bad) > 0 || !r.Applied) {
					t.Fatalf("not imported: %v", r.Lines(5))
				}
				return err
			}
		}
		creator := agency.CreatorRow{Line: 2, Handle: "mia.glow", AgencyShare: agency.Given(money.BasisPoints(0)),
			TaxForm: agency.Given(true), PayoutReady: agency.Given(true)}
		hundred := agency.CashOf(money.Of(10_000, "USD"))
		act(agency.System, func(d *agency.Desk) error {
			for _, who := range []agency.Identity{mae, fay} {
				if _, err := d.Grant(who, who.User, agency.Finance); err != nil {
					return err
				}
			}
			_, err := d.OnboardSeller(agency.NewSeller{Shop: "Glow Lab", Region: "US", Category: "Beauty"})
			return err
		})
		act(agency.System, bring(agency.ImportFile{Kind: agency.CreatorFile, Creators: []agency.CreatorRow{creator}}))
		act(agency.System, bring(agency.ImportFile{Kind: agency.OrderFile, Orders: []agency.OrderRow{{Line: 2, OrderNo: "576461048301831201", SKU: "1", Shop: "Glow Lab",
			Creator: "mia.glow", Status: "Settled", State: agency.LineSettled, Price: hundred, Quantity: 1, Estimated: hundred, Actual: hundred,
			OrderedAt: "2026-10-03 16:53:20", SettledAt: "2026-10-20 03:00:11"}}}))
		creator.AgencyShare = agency.Given(money.BasisPoints(2_000))
		act(agency.System, bring(agency.ImportFile{Kind: agency.CreatorFile, Creators: []agency.CreatorRow{creator}}))

		var run agency.PayoutRun
		act(mae, func(d *agency.Desk) error {
			p, err := d.PreparePayout(agency.PayoutOrder{Currency: "USD"})
			run = p.Run
			return err
		})
		if run.Total.Minor != 10_000 {
			t.Errorf("the run pays %s, the ledger owes $100.00", run.Total)
		}
		act(fay, func(d *agency.Desk) error {
			_, _, err := d.ApprovePayout(run.ID, "")
			return err
		})
		err = s.Read(context.Background(), func(tx agency.Tx) error {
			owed, err := tx.Balance(agency.CreatorAccount(1), "USD")
			if owed.Minor != 0 {
				t.Errorf("after the payout the ledger still says %s", owed)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
