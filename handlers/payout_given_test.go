package handlers_test

import (
	"fmt"
	"time"

	"liaison/agency"
	"liaison/agency/money"
)

// line is a settled order line of the tests: its commission in cents (or pence).
type line struct {
	creator  agency.CreatorID
	no       int
	cents    int64
	currency money.Currency
	refunded bool
}

// givenAt is when the records of the conversations were made.
var givenAt = agency.InstantOf(time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC))

// givenPayables is a shop with two creators who are owed money, in two currencies.
func givenPayables(tx agency.Tx) error {
	s := agency.Seller{Shop: "Glow Lab", Region: "US", Category: "Beauty", Stage: agency.Live, Version: 1, CreatedAt: givenAt}
	if _, err := tx.InsertSeller(s, "glowlab"); err != nil {
		return err
	}
	if err := givenPayee(tx, "maya", func(*agency.Creator) {}); err != nil {
		return err
	}
	if err := givenPayee(tx, "leo", func(c *agency.Creator) { c.AgencyShare = 3333 }); err != nil {
		return err
	}
	return givenLines(line{creator: 1, no: 1, cents: 12_000}, line{creator: 1, no: 2, cents: 8_055},
		line{creator: 2, no: 4, cents: 1_999}, line{creator: 2, no: 5, cents: 2_001}, line{creator: 1, no: 7, cents: 5_000, currency: "GBP"})(tx)
}

// givenCreator records a creator who can be paid, but for one thing.
func givenPayee(tx agency.Tx, handle string, but func(*agency.Creator)) error {
	c := agency.Creator{Handle: handle, Name: handle, State: agency.CreatorActive, AgencyShare: 2000, Health: 400, TaxForm: true, PayoutReady: true,
		CreatedAt: givenAt}
	but(&c)
	_, err := tx.InsertCreator(c)
	return err
}

// givenCreatorsWhoMustWait is one creator for each reason to hold money back, and a line of creator 1 that was refunded.
func givenCreatorsWhoMustWait(tx agency.Tx) error {
	lines := []line{{creator: 1, no: 3, cents: 5_000, refunded: true}}
	for i, c := range []struct {
		handle string
		cents  int64
		but    func(*agency.Creator)
	}{
		{"formless", 3_000, func(c *agency.Creator) { c.TaxForm = false }},
		{"bankless", 3_000, func(c *agency.Creator) { c.PayoutReady, c.TaxForm = false, false }},
		{"paused", 3_000, func(c *agency.Creator) { c.State = agency.CreatorPaused }},
		{"blocked", 3_000, func(c *agency.Creator) { c.State = agency.CreatorBlocked }},
		{"unwell", 3_000, func(c *agency.Creator) { c.Health = 150 }},
		{"accused", 3_000, func(*agency.Creator) {}},
		{"tiny", 400, func(*agency.Creator) {}},
		{"clawed", 3_000, func(*agency.Creator) {}},
	} {
		if err := givenPayee(tx, c.handle, c.but); err != nil {
			return err
		}
		lines = append(lines, line{creator: agency.CreatorID(3 + i), no: 13 + i, cents: c.cents})
	}
	if _, err := tx.InsertCase(agency.Case{Kind: agency.Violation, Severity: agency.High, State: agency.CaseAcknowledged, Creator: 8,
		Rule: "misleading claims", OpenedAt: givenAt, Version: 1}); err != nil {
		return err
	}
	if err := givenLines(lines...)(tx); err != nil {
		return err
	}
	// What was paid for an order that was refunded later is carried forward against creator 10.
	back := money.Of(1_000, "USD")
	return tx.InsertPostings([]agency.Posting{{Key: "settled:999:reversed:1", Kind: "settlement reversed", At: givenAt,
		Entries: []agency.Entry{{Account: agency.CreatorAccount(10), Amount: back}, {Account: agency.Clearing, Amount: back.Neg()}}}})
}

// givenLines records settled lines with their postings, as an import does.
func givenLines(lines ...line) func(agency.Tx) error {
	return func(tx agency.Tx) error {
		for _, l := range lines {
			if l.currency == "" {
				l.currency = "USD"
			}
			settled := agency.InstantOf(time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC))
			actual := money.Of(l.cents, l.currency)
			c, err := tx.Creator(l.creator)
			if err != nil {
				return err
			}
			ids, err := tx.InsertOrderLines([]agency.OrderLine{{OrderNo: fmt.Sprintf("5760000000000%05d", l.no), SKU: "17290001", Seller: 1, Creator: l.creator, Share: c.AgencyShare,
				Price: money.Of(l.cents*5, l.currency), Quantity: 1, Refunded: l.refunded, State: agency.LineSettled, Status: "Settled", Rate: 2000,
				Estimated: actual, Actual: actual, OrderedAt: settled.Add(-360 * time.Hour), SettledAt: settled, Source: "affiliate orders CSV",
				UpdatedAt: settled.Add(10 * 24 * time.Hour)}})
			if err != nil {
				return err
			}
			if err := givenSettlement(tx, ids[0], l.creator, actual); err != nil {
				return err
			}
		}
		return nil
	}
}

func givenSettlement(tx agency.Tx, id agency.LineID, creator agency.CreatorID, actual money.Amount) error {
	c, err := tx.Creator(creator)
	if err != nil {
		return err
	}
	theirs, ours, err := c.SplitCommission(actual)
	if err != nil {
		return err
	}
	return tx.InsertPostings([]agency.Posting{{Key: fmt.Sprintf("settled:%d", id), Kind: "settlement", Entries: []agency.Entry{
		{Account: agency.Clearing, Amount: actual}, {Account: agency.CreatorAccount(creator), Amount: theirs.Neg()},
		{Account: agency.AgencyIncome, Amount: ours.Neg()}}}})
}

// givenChangedLine makes the newest line of creator 1 come back with another commission and blocks creator 2.
func givenChangedLine(tx agency.Tx) error {
	l, _, err := tx.OrderLineByKey("576000000000000090", "17290001", 1)
	if err != nil {
		return err
	}
	l.Actual.Minor -= 100
	if err := tx.UpdateOrderLines([]agency.OrderLine{l}); err != nil {
		return err
	}
	c, err := tx.Creator(2)
	if err != nil {
		return err
	}
	c.State = agency.CreatorBlocked
	return tx.UpdateCreator(c)
}

// givenForecasts is a line of creator 1 that TikTok has not settled, one that it holds and one that was canceled.
func givenForecasts(tx agency.Tx) error {
	var lines []agency.OrderLine
	for i, state := range []agency.LineState{agency.LineEstimated, agency.LineFrozen, agency.LineIneligible} {
		commission := money.Of(int64(1_001*(i+1)), "USD")
		lines = append(lines, agency.OrderLine{OrderNo: fmt.Sprintf("5760000000000%05d", 100+i), SKU: "17290001", Seller: 1, Creator: 1,
			Price: money.Of(commission.Minor*5, "USD"), Quantity: 1, State: state, Rate: 2000, Estimated: commission,
			OrderedAt: givenAt.Add(time.Duration(i) * time.Hour), Source: "affiliate orders CSV", UpdatedAt: givenAt.Add(10 * 24 * time.Hour)})
	}
	_, err := tx.InsertOrderLines(lines)
	return err
}

// givenTwoShops is what two shops sold today through creator 1, and their own figures.
func givenTwoShops(tx agency.Tx) error {
	now := agency.InstantOf(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	var lines []agency.OrderLine
	var figures []agency.Figure
	for shop := agency.SellerID(1); shop <= 2; shop++ {
		lines = append(lines, agency.OrderLine{OrderNo: fmt.Sprintf("5760000000000%05d", shop), SKU: "1", Seller: shop, Creator: 1,
			Price: money.Of(int64(shop)*1_000, "USD"), Quantity: 2, State: agency.LineEstimated, OrderedAt: now, UpdatedAt: now})
		figures = append(figures, agency.Figure{Seller: shop, Day: "2026-11-23", Sales: money.Of(int64(shop)*7_000, "USD"), Orders: int64(shop) * 3})
	}
	if _, err := tx.InsertOrderLines(lines); err != nil {
		return err
	}
	return tx.PutFigures(figures)
}
