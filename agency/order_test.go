package agency_test

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/store"
	"liaison/store/storetest"
)

func TestACommissionIsSplitToTheCent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		whole := money.Of(rapid.Int64Range(-1_000_000_000, 1_000_000_000).Draw(t, "minor"), "USD")
		c := agency.Creator{AgencyShare: money.BasisPoints(rapid.Int64Range(-1, 10_001).Draw(t, "share"))}
		creator, agent, err := c.SplitCommission(whole)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := creator.Add(agent)
		if err != nil || sum != whole || creator.Minor*whole.Minor < 0 || agent.Minor*whole.Minor < 0 {
			t.Fatalf("%s is split into %s and %s (%v)", whole, creator, agent, err)
		}
	})
}

// Whatever happens to order lines, in whatever order files say it, the books balance and hold exactly what is settled now.
func TestTheLedgerFollowsTheLinesWhateverHappensToThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		im := newImports(t, storetest.SQLite(t))
		im.bring(someSellers(), agency.ImportOptions{}, "3 0 0 0")
		im.bring(someCreators(), agency.ImportOptions{}, "2 0 0 0")
		const lines = 4
		settled := map[int]int64{}
		for range rapid.IntRange(1, 6).Draw(rt, "files") {
			f := someOrders()
			row := f.Orders[0]
			f.Orders = nil
			for i := range lines {
				if rapid.Bool().Draw(rt, "left out") {
					continue
				}
				row.Line, row.OrderNo = i+2, fmt.Sprint(1000+i)
				row.State = rapid.SampledFrom([]agency.LineState{agency.LineEstimated, agency.LineSettled, agency.LineSettled, agency.LineIneligible, agency.LineFrozen}).Draw(rt, "state")
				row.Actual = usd(rapid.Int64Range(-3, 2_000).Draw(rt, "actual"))
				f.Orders = append(f.Orders, row)
				switch row.State {
				case agency.LineSettled:
					settled[i] = row.Actual.Units
				case agency.LineIneligible, agency.LineFrozen:
					delete(settled, i)
				}
			}
			im.do(func(d *agency.Desk) error {
				_, err := d.Import(f, agency.ImportOptions{Apply: true})
				return err
			})
		}
		want := int64(0)
		for _, minor := range settled {
			want += minor
		}
		clearing, creator, income := im.balance(agency.Clearing, "USD"), im.balance("creator:1", "USD"), im.balance(agency.AgencyIncome, "USD")
		if clearing != want || creator+income != -want {
			rt.Fatalf("clearing %d, creator %d, income %d; settled are %d", clearing, creator, income, want)
		}
	})
}

func TestSumsOfSalesAndFigures(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		im := newImports(t, s)
		im.bring(someSellers(), agency.ImportOptions{}, "3 0 0 0")
		im.bring(someCreators(), agency.ImportOptions{}, "2 0 0 0")
		f := someOrders()
		f.Orders[2].State, f.Orders[2].Refunded = agency.LineIneligible, true
		im.bring(f, agency.ImportOptions{}, "3 0 0 0")
		im.do(func(d *agency.Desk) error {
			day := agency.Figure{Seller: 1, Day: "2026-11-20", Sales: money.Of(100, "USD"), Orders: 1, Visitors: 10}
			other := agency.Figure{Seller: 2, Day: "2026-11-20", Sales: money.Of(70, "USD"), Orders: 2, Visitors: 20}
			corrected := day
			corrected.Sales.Minor = 150
			if err := d.PutFigures([]agency.Figure{day, other, corrected}); err != nil {
				return err
			}
			c, err := d.NewCampaign(agency.Campaign{Name: "Glow", StartsOn: "2026-11-01", EndsOn: "2026-11-30", TotalRate: 2000, CreatorRate: 1500}, []agency.SellerID{1}, []agency.CreatorID{1, 2})
			if err != nil || c.ID.String() != "K-1" || c.PartnerRate() != 500 {
				t.Errorf("%+v, %v", c, err)
			}
			return err
		})
		err := s.Read(context.Background(), func(tx agency.Tx) error {
			sales, err := tx.SalesBetween(0, agency.InstantOf(im.now))
			if err != nil || len(sales) != 1 || sales[0] != (agency.SalesSum{Seller: 1, Currency: "USD", Sales: 2 * 2 * 2499, Lines: 2}) {
				t.Errorf("sales %+v, %v", sales, err)
			}
			all, err := tx.FiguresBetween(0, "2026-11-20", "2026-11-20")
			if err != nil || len(all) != 1 || all[0].Sales != money.Of(220, "USD") || all[0].Orders != 3 || all[0].Visitors != 30 {
				t.Errorf("figures %+v, %v", all, err)
			}
			one, err := tx.FiguresBetween(2, "2026-11-01", "2026-11-30")
			if err != nil || len(one) != 1 || one[0].Seller != 2 || one[0].Orders != 2 {
				t.Errorf("figures %+v, %v", one, err)
			}
			running, err := tx.Affiliates("2026-11-15")
			if err != nil || running != 2 {
				t.Errorf("affiliates %d, %v", running, err)
			}
			over, err := tx.Affiliates("2026-12-15")
			if err != nil || over != 0 {
				t.Errorf("affiliates %d, %v", over, err)
			}
			currencies, err := tx.PayableCurrencies(agency.InstantOf(im.now))
			if err != nil || len(currencies) != 1 || currencies[0] != "USD" {
				t.Errorf("currencies %v, %v", currencies, err)
			}
			l, ok, err := tx.OrderLineByKey(f.Orders[0].OrderNo, "1", 1)
			if err != nil || !ok || l.Seller != 1 || l.Actual != money.Of(749, "USD") || l.Run != 0 {
				t.Errorf("line %+v, %v, %v", l, ok, err)
			}
			same, err := tx.OrderLine(l.ID)
			if err != nil || same != l {
				t.Errorf("%+v, by its number %+v, %v", l, same, err)
			}
			c, ok, err := tx.CreatorByHandle("maya.glows")
			if err != nil || !ok || c.Sales != money.Of(100_000, "USD") || c.AgencyShare != 2_000 || c.Categories != "Beauty,Health" {
				t.Errorf("creator %+v, %v", c, err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
