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

// digestNow is a Monday at nine in London.
var digestNow = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// digested puts records in place and gives the digest of the week before digestNow, read in a zone.
func digested(t *testing.T, s *store.Store, zone string, put func(agency.Tx) error) agency.Digest {
	t.Helper()
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(context.Background(), put); err != nil {
		t.Fatal(err)
	}
	here, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	a := &agency.Agency{Store: s, Now: func() time.Time { return digestNow }, Rules: book}
	var x agency.Digest
	err = a.Look(context.Background(), agency.System, func(d *agency.Desk) error {
		x, err = d.Digest(agency.DateOf(d.Time, here), here)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// shops records live shops and a creator who sells for them.
func shops(tx agency.Tx, n int) error {
	for i := range n {
		s := agency.Seller{Shop: fmt.Sprintf("Shop %d", i+1), Region: "US", Stage: agency.Live, Version: 1}
		if _, err := tx.InsertSeller(s, agency.ShopKey(s.Shop)); err != nil {
			return err
		}
	}
	_, err := tx.InsertCreator(agency.Creator{Handle: "maya", State: agency.CreatorActive, Version: 1})
	return err
}

type trade struct {
	seller agency.SellerID
	at     time.Time
	price  money.Amount
	times  int
}

// traded records order lines; each order has its own number.
func traded(tx agency.Tx, trades ...trade) error {
	var lines []agency.OrderLine
	for _, o := range trades {
		for range o.times {
			lines = append(lines, agency.OrderLine{OrderNo: fmt.Sprint("order ", len(lines)), SKU: "1", Seller: o.seller, Creator: 1, Price: o.price,
				Quantity: 1, State: agency.LineEstimated, OrderedAt: agency.InstantOf(o.at)})
		}
	}
	_, err := tx.InsertOrderLines(lines)
	return err
}

var thisWeek, weekBefore = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC), time.Date(2026, 11, 11, 12, 0, 0, 0, time.UTC)

func TestAnEmptyDeskHasNothingToSay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if x := digested(t, s, "UTC", func(agency.Tx) error { return nil }); !x.Empty() {
			t.Errorf("it says %+v", x)
		}
	})
}

// TestASellerFellWhenThereWasSomethingToFallFrom goes around the threshold of 30 % and of ten order lines.
func TestASellerFellWhenThereWasSomethingToFallFrom(t *testing.T) {
	t.Parallel()
	x := digested(t, storetest.SQLite(t), "UTC", func(tx agency.Tx) error {
		if err := shops(tx, 5); err != nil {
			return err
		}
		usd, yen := money.Of(1_000, "USD"), money.Of(1_000, "JPY")
		return traded(tx,
			trade{1, weekBefore, usd, 10}, trade{1, thisWeek, usd, 7}, // down 30 %: not more than that
			trade{2, weekBefore, usd, 10}, trade{2, thisWeek, usd, 6}, // down 40 %
			trade{3, weekBefore, usd, 9}, trade{3, thisWeek, usd, 1}, // nine lines say little
			trade{4, weekBefore, yen, 12}, // another currency, down to nothing
			trade{5, thisWeek, usd, 3})    // new
	})
	var fell []agency.SellerID
	for _, m := range x.Risks.Fell {
		fell = append(fell, m.Seller.ID)
	}
	if fmt.Sprint(fell) != "[S-4 S-2]" {
		t.Errorf("%v fell, want S-4 and S-2", fell)
	}
	if len(x.Movers) != 5 {
		t.Errorf("%d movers, want all five shops", len(x.Movers))
	}
}

// TestTheCurrencyWithTheMostOrderLinesLeads: 12,000 yen are more minor units than 50 dollars, and less money.
func TestTheCurrencyWithTheMostOrderLinesLeads(t *testing.T) {
	t.Parallel()
	x := digested(t, storetest.SQLite(t), "UTC", func(tx agency.Tx) error {
		if err := shops(tx, 2); err != nil {
			return err
		}
		return traded(tx, trade{1, thisWeek, money.Of(12_000, "JPY"), 1}, trade{2, thisWeek, money.Of(2_500, "USD"), 2})
	})
	if len(x.Sales) != 2 || x.Sales[0].Now != money.Of(5_000, "USD") || x.Sales[1].Now != money.Of(12_000, "JPY") {
		t.Fatalf("sales are %+v", x.Sales)
	}
	if last := x.Trend[len(x.Trend)-1]; len(x.Trend) != 8 || last.From != "2026-11-16" || last.Sales != x.Sales[0].Now || last.Known {
		t.Errorf("the trend is %+v", x.Trend)
	}
}

// TestTheWeekIsThatOfTheZone puts an order into the last hour of Sunday and the first of Monday, as two zones see them.
func TestTheWeekIsThatOfTheZone(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]int64{"UTC": 1, "America/New_York": 2, "Asia/Tokyo": 0} {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			x := digested(t, storetest.SQLite(t), zone, func(tx agency.Tx) error {
				if err := shops(tx, 1); err != nil {
					return err
				}
				return traded(tx, trade{1, time.Date(2026, 11, 22, 23, 59, 59, 0, time.UTC), money.Of(100, "USD"), 1},
					trade{1, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), money.Of(100, "USD"), 1})
			})
			var lines int64
			for _, m := range x.Sales {
				lines += m.Lines
			}
			if lines != want || x.From != "2026-11-16" || x.Until != "2026-11-22" {
				t.Errorf("%d order lines from %s to %s, want %d", lines, x.From, x.Until, want)
			}
		})
	}
}

// TestWhoIsToldWhen holds proposals, cases and ratings against the moments from which they are told.
func TestWhoIsToldWhen(t *testing.T) {
	t.Parallel()
	now := agency.InstantOf(digestNow)
	x := digested(t, storetest.SQLite(t), "UTC", func(tx agency.Tx) error {
		if err := shops(tx, 1); err != nil {
			return err
		}
		for i, health := range []int64{0, 199, 200} {
			if _, err := tx.InsertCreator(agency.Creator{Handle: fmt.Sprint("c", i), State: agency.CreatorActive, Health: health, Version: 1}); err != nil {
				return err
			}
		}
		list, err := tx.InsertShortlist(agency.Shortlist{Seller: 1})
		if err != nil {
			return err
		}
		for i, m := range []agency.Match{{Creator: 2, State: agency.MatchApproved}, {Creator: 3, State: agency.MatchApproved}, {Creator: 4, State: agency.MatchApproved},
			{Creator: 1, State: agency.MatchProposed, ProposedAt: now.Add(-24 * time.Hour)},
			{Creator: 1, State: agency.MatchProposed, ProposedAt: now.Add(-23 * time.Hour)}} {
			m.Shortlist, m.Seller, m.Reasons, m.Version = list, 1, "[]", 1
			if m.State == agency.MatchApproved {
				m.DecidedAt = now.Add(-time.Duration(i*8) * 24 * time.Hour)
			}
			if _, err := tx.InsertMatch(m); err != nil {
				return err
			}
		}
		for _, c := range []agency.Case{{State: agency.CaseOpen, Deadline: now.Add(-time.Hour)}, {State: agency.CaseOpen},
			{State: agency.CaseAcknowledged, Deadline: now.Add(167 * time.Hour)}, {State: agency.CaseAcknowledged, Deadline: now.Add(169 * time.Hour)},
			{State: agency.CaseAcknowledged}, {State: agency.CaseResolved, Deadline: now.Add(time.Hour)}} {
			c.Kind, c.Severity, c.Rule, c.Version = agency.Violation, agency.High, "a rule", 1
			if _, err := tx.InsertCase(c); err != nil {
				return err
			}
		}
		return nil
	})
	if len(x.Waits.Matches) != 1 || x.Waits.Matches[0].ID != 4 {
		t.Errorf("%+v wait, want the proposal that is a day old", x.Waits.Matches)
	}
	if len(x.Waits.Cases) != 2 || len(x.Risks.Cases) != 1 || x.Risks.Cases[0].ID != 3 {
		t.Errorf("%d cases wait and %+v are at risk; want both open ones, and the acknowledged one of this week", len(x.Waits.Cases), x.Risks.Cases)
	}
	if len(x.Risks.Unwell) != 1 || x.Risks.Unwell[0].Health != 199 {
		t.Errorf("%+v ask for caution, want the one below 200", x.Risks.Unwell)
	}
	if x.Decided != (agency.Decided{}) {
		t.Errorf("%+v, want nothing decided from Monday to Sunday", x.Decided)
	}
}

func TestMondays(t *testing.T) {
	t.Parallel()
	for day, want := range map[agency.Date]agency.Date{"2026-11-23": "2026-11-23", "2026-11-29": "2026-11-23", "2026-11-22": "2026-11-16", "2024-03-01": "2024-02-26"} {
		if got := day.Monday(); got != want {
			t.Errorf("the Monday of %s is %s, want %s", day, got, want)
		}
	}
}
