package agency_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"liaison/agency"
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
