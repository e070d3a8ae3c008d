package seed_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/policy"
	"liaison/agency/seed"
	"liaison/store"
	"liaison/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var now = time.Date(2026, 11, 23, 15, 4, 5, 0, time.UTC)

func book(t testing.TB) *policy.Book {
	t.Helper()
	b, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func desk(t testing.TB, s *store.Store) *agency.Agency {
	return &agency.Agency{Store: s, Now: func() time.Time { return now }, Rules: book(t)}
}

func apply(t testing.TB, a *agency.Agency, rows seed.Rows) {
	t.Helper()
	if err := a.Do(context.Background(), agency.System, func(d *agency.Desk) error { return seed.Apply(d, rows) }); err != nil {
		t.Fatal(err)
	}
}

func TestTheSameNumberOnTheSameDayMakesTheSameAgency(t *testing.T) {
	t.Parallel()
	a, b := seed.Make(7, 6, now, book(t)), seed.Make(7, 6, now.Add(6*time.Hour), book(t))
	if !reflect.DeepEqual(a, b) {
		t.Fatal("two agencies of one day differ")
	}
	if reflect.DeepEqual(a.Sellers, seed.Make(8, 6, now, book(t)).Sellers) {
		t.Fatal("another number made the same sellers")
	}
}

func TestTheInventedAgencyHasTheSizeOfARealOne(t *testing.T) {
	t.Parallel()
	for number := range int64(20) {
		r := seed.Make(number, 6, now, book(t))
		affiliates := map[string]bool{}
		for _, c := range r.Campaigns {
			for _, h := range c.Handles {
				affiliates[h] = true
			}
		}
		if len(r.Sellers) != 50 || len(r.Creators) != 200 || len(r.Campaigns) != 15 || len(r.Violations) != 12 || len(affiliates) < 85 {
			t.Fatalf("seed %d: %d sellers, %d creators, %d campaigns, %d violations, %d affiliates", number, len(r.Sellers), len(r.Creators), len(r.Campaigns), len(r.Violations), len(affiliates))
		}
		if n := len(r.Orders); n < 9_000 || n > 17_000 {
			t.Fatalf("seed %d: %d orders", number, n)
		}
		var first, last int64
		for _, f := range r.Figures {
			if f.Sales.Currency != "USD" {
				continue
			}
			if f.Day < agency.Date(now.AddDate(0, 0, -152).Format(time.DateOnly)) {
				first += f.Sales.Minor
			} else if f.Day >= agency.Date(now.AddDate(0, 0, -28).Format(time.DateOnly)) {
				last += f.Sales.Minor
			}
		}
		if growth := last * 100 / first; growth < 112 || growth > 140 {
			t.Fatalf("seed %d: the last four weeks are %d %% of the first", number, growth)
		}
	}
}

func TestApplyingItAgainChangesNothingAndTheBooksBalance(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a, rows := desk(t, s), seed.Make(7, 2, now, book(t))
		apply(t, a, rows)
		before := state(t, s)
		apply(t, a, rows)
		if after := state(t, s); before != after {
			t.Fatalf("before %s\nafter  %s", before, after)
		}
	})
}

// state says in one line what is in the records.
func state(t *testing.T, s *store.Store) (line string) {
	t.Helper()
	err := s.Read(context.Background(), func(tx agency.Tx) error {
		sellers, total, err := tx.Sellers(agency.SellerFilter{})
		if err != nil || total != 50 {
			return fmt.Errorf("%d sellers: %w", total, err)
		}
		versions := int64(0)
		for _, s := range sellers {
			versions += s.Version
		}
		currencies, err := tx.PayableCurrencies(agency.InstantOf(now))
		if err != nil {
			return err
		}
		sales, err := tx.SalesBetween(0, agency.InstantOf(now))
		if err != nil {
			return err
		}
		lines := int64(0)
		for _, s := range sales {
			lines += s.Lines
		}
		affiliates, err := tx.Affiliates("")
		if err != nil {
			return err
		}
		figures, err := tx.FiguresBetween(0, "2026-11-16", "2026-11-22")
		if err != nil || len(figures) == 0 {
			return fmt.Errorf("%d figures: %w", len(figures), err)
		}
		audit, err := tx.AuditOf("S-1", 100)
		if err != nil {
			return err
		}
		sums, err := tx.TrialBalance()
		for _, sum := range sums {
			if !sum.IsZero() {
				t.Errorf("the trial balance is %s", sum)
			}
		}
		line = fmt.Sprint(versions, currencies, lines, affiliates, figures, len(audit), len(sums))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func BenchmarkApply(b *testing.B) {
	rows := seed.Make(7, 6, now, book(b))
	b.ReportMetric(float64(len(rows.Orders)), "orders")
	for b.Loop() {
		b.StopTimer()
		a := desk(b, storetest.SQLite(b))
		b.StartTimer()
		apply(b, a, rows)
	}
}

func BenchmarkMake(b *testing.B) {
	rules := book(b)
	for b.Loop() {
		seed.Make(7, 6, now, rules)
	}
}

func TestTradeGoesOnAfterTheDayItWasMadeFor(t *testing.T) {
	t.Parallel()
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	made := time.Date(2026, 11, 23, 21, 0, 0, 0, time.UTC)
	rows := seed.Make(7, 6, made, book)
	week, fortnight := seed.Later(rows, made, made.AddDate(0, 0, 7)), seed.Later(rows, made, made.AddDate(0, 0, 14))
	if len(week) < 100 || len(fortnight) < 2*len(week)-len(week)/2 {
		t.Fatalf("%d order lines in a week, %d in two", len(week), len(fortnight))
	}
	seen := map[string]bool{}
	for _, o := range append(rows.Orders, fortnight...) {
		if key := o.OrderNo + o.SKU + o.Creator; seen[key] {
			t.Fatalf("the line %s comes twice", key)
		} else {
			seen[key] = true
		}
	}
	for _, o := range fortnight {
		if o.State != agency.LineEstimated || o.Actual.Given || string(o.OrderedAt) <= "2026-11-23 21:00:00" {
			t.Fatalf("a line to come is %+v", o)
		}
	}
}
