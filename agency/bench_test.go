package agency_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/agency/policy"
	"liaison/store"
	"liaison/store/storetest"
)

// BenchmarkImportOrders measures ten thousand lines: recorded as forecasts, then all settled at once, then all refunded.
func BenchmarkImportOrders(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			book, err := policy.Load()
			if err != nil {
				b.Fatal(err)
			}
			now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
			for b.Loop() {
				a := &agency.Agency{Store: open(b), Now: func() time.Time { return now }, Rules: book}
				bring := func(f agency.ImportFile) time.Duration {
					start := time.Now()
					err := a.Do(context.Background(), agency.System, func(d *agency.Desk) error {
						_, err := d.Import(f, agency.ImportOptions{Apply: true})
						return err
					})
					if err != nil {
						b.Fatal(err)
					}
					return time.Since(start)
				}
				bring(someSellers())
				bring(someCreators())
				f, template := someOrders(), someOrders().Orders[1]
				f.Orders = nil
				for i := range 10_000 {
					row := template
					row.Line, row.OrderNo = i+2, fmt.Sprint(576_461_048_301_000_000+i)
					f.Orders = append(f.Orders, row)
				}
				b.ReportMetric(bring(f).Seconds()*1000, "forecast-ms")
				for i := range f.Orders {
					f.Orders[i].State, f.Orders[i].Status, f.Orders[i].Actual = agency.LineSettled, "Settled", usd(700)
				}
				b.ReportMetric(bring(f).Seconds()*1000, "settle-ms")
				b.ReportMetric(bring(f).Seconds()*1000, "again-ms")
				for i := range f.Orders {
					f.Orders[i].State = agency.LineIneligible
				}
				b.ReportMetric(bring(f).Seconds()*1000, "refund-ms")
			}
		})
	}
}

// BenchmarkPayoutRun measures preparing and approving a run of so many lines, each a command that people wait for: it is cut
// off after two seconds (bot.TimeLimit).
func BenchmarkPayoutRun(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		for _, lines := range []int{600, 6_000, 60_000} {
			b.Run(fmt.Sprintf("%s/lines=%d", name, lines), func(b *testing.B) {
				for b.Loop() {
					p := newPayoutDesk(b, open(b))
					p.settleMany(b, lines)
					start := time.Now()
					r, err := p.prepare("fay")
					prepared := time.Since(start)
					if err != nil || r.Lines != int64(lines) {
						b.Fatalf("prepared %d lines, %v", r.Lines, err)
					}
					if _, err := p.approve("tom", r.ID); err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(prepared.Seconds()*1000, "prepare-ms")
					b.ReportMetric((time.Since(start)-prepared).Seconds()*1000, "approve-ms")
				}
			})
		}
	}
}

// settleMany has TikTok settle a commission of ten dollars on so many lines.
func (p *payoutDesk) settleMany(t testing.TB, lines int) {
	t.Helper()
	at := agency.InstantOf(p.now).Add(-time.Hour)
	for from := 0; from < lines; from += 5_000 {
		p.write(t, func(tx agency.Tx) error {
			rows := make([]agency.OrderLine, min(5_000, lines-from))
			for i := range rows {
				n := from + i
				rows[i] = agency.OrderLine{OrderNo: fmt.Sprint(576_461_048_301_000_000 + n), SKU: "1", Seller: 1, Share: 2_000, Creator: agency.CreatorID(n%3 + 1),
					State: agency.LineSettled, Actual: money.Of(1_000, "USD"), Price: money.Of(10_000, "USD"), Quantity: 1, SettledAt: at, UpdatedAt: at, Source: "bench"}
			}
			ids, err := tx.InsertOrderLines(rows)
			if err != nil {
				return err
			}
			postings := make([]agency.Posting, len(rows))
			for i, l := range rows {
				postings[i] = agency.Posting{Key: fmt.Sprintf("settled:%d", ids[i]), Kind: "settlement", Entries: []agency.Entry{{Account: agency.Clearing, Amount: l.Actual},
					{Account: agency.CreatorAccount(l.Creator), Amount: money.Of(-800, "USD")}, {Account: agency.AgencyIncome, Amount: money.Of(-200, "USD")}}}
			}
			return tx.InsertPostings(postings)
		})
	}
}
