package handlers_test

import (
	"fmt"
	"time"

	"liaison/agency"
	"liaison/agency/money"
)

// givenTrade is a second shop in another currency, two weeks of orders of both shops, and what the first shop reports of
// the eight weeks up to 22 November. It stands on "payables".
func givenTrade(tx agency.Tx) error {
	s := agency.Seller{Shop: "Nordic Home", Region: "GB", Category: "Home", Stage: agency.Live, Version: 1, CreatedAt: givenAt}
	if _, err := tx.InsertSeller(s, "nordichome"); err != nil {
		return err
	}
	var lines []agency.OrderLine
	order := func(seller agency.SellerID, day time.Time, price money.Amount, times int) {
		for range times {
			lines = append(lines, agency.OrderLine{OrderNo: fmt.Sprintf("5770000000000%05d", len(lines)), SKU: "17290002", Seller: seller, Creator: 1,
				Price: price, Quantity: 1, State: agency.LineEstimated, Status: "Shipped", OrderedAt: agency.InstantOf(day), Source: "affiliate orders CSV"})
		}
	}
	at := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
	}
	order(1, at(11, 15, 23), money.Of(5_000, "USD"), 12)
	order(1, at(11, 16, 0), money.Of(5_000, "USD"), 4)
	order(1, at(11, 22, 23), money.Of(5_050, "USD"), 1)
	order(2, at(11, 12, 12), money.Of(3_000, "GBP"), 4)
	order(2, at(11, 18, 12), money.Of(3_000, "GBP"), 6)
	order(1, at(11, 23, 8), money.Of(2_500, "USD"), 1)  // this morning
	order(2, at(11, 16, 10), money.Of(9_900, "GBP"), 1) // a week ago, later than it is now
	lines[len(lines)-1].State = agency.LineIneligible   // and it was canceled
	if _, err := tx.InsertOrderLines(lines); err != nil {
		return err
	}
	var figures []agency.Figure
	for day := agency.Date("2026-09-28"); day <= "2026-11-22"; day = day.AddDays(7) {
		figures = append(figures, agency.Figure{Seller: 1, Day: day, Sales: money.Of(100_000, "USD"), Orders: 20, Visitors: 900})
	}
	return tx.PutFigures(figures)
}

// givenTrouble is a creator who sells for a shop with a poor health rating, and a campaign that ends soon.
func givenTrouble(tx agency.Tx) error {
	c, err := tx.Creator(2)
	if err != nil {
		return err
	}
	c.Health = 180
	if err := tx.UpdateCreator(c); err != nil {
		return err
	}
	list, err := tx.InsertShortlist(agency.Shortlist{Seller: 1})
	if err != nil {
		return err
	}
	for i, state := range []agency.MatchState{agency.MatchApproved, agency.MatchProposed} {
		m := agency.Match{Shortlist: list, Seller: 1, Creator: agency.CreatorID(2 - i), Score: 700, Reasons: "[]", State: state,
			ProposedAt: agency.InstantOf(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)), Version: 1}
		if state == agency.MatchApproved {
			m.DecidedAt = m.ProposedAt
		}
		if _, err := tx.InsertMatch(m); err != nil {
			return err
		}
	}
	_, err = tx.InsertCampaign(agency.Campaign{Name: "Black Friday", StartsOn: "2026-11-01", EndsOn: "2026-11-29"}, []agency.SellerID{1}, nil)
	return err
}
