package agency

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"liaison/agency/money"
)

func TestApproversNeeded(t *testing.T) {
	t.Parallel()
	usd := func(minor int64) money.Amount { return money.Of(minor, "USD") }
	run := func(id PayoutID, minor int64) PayoutRun { return PayoutRun{ID: id, Total: usd(minor)} }
	for _, c := range []struct {
		name   string
		total  money.Amount
		recent []PayoutRun
		known  bool
		needs  int64
		why    string
	}{
		{"exactly the limit needs one", usd(500_000), nil, true, 1, ""},
		{"a cent above the limit needs two", usd(500_001), nil, true, 2, "it is above $5,000.00"},
		{"two runs that together reach the limit exactly need one", usd(300_000), []PayoutRun{run(6, 200_000)}, true, 1, ""},
		{"a run that is split to stay under the limit needs two", usd(300_000), []PayoutRun{run(5, 100_000), run(6, 100_001)}, true, 2,
			"with P-5 and P-6 by the same maker within a day it comes to $5,000.01, above $5,000.00"},
		{"a currency without a limit needs two", money.Of(1, "KWD"), nil, false, 2, "no limit for one approver is set in KWD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			needs, why, err := approversNeeded(c.total, c.recent, 500_000, c.known)
			if err != nil || needs != c.needs || why != c.why {
				t.Errorf("needs %d because %q, %v; want %d because %q", needs, why, err, c.needs, c.why)
			}
		})
	}
}

// healthy is a payee whom nothing holds back.
func healthy() Payee {
	return Payee{ID: 1, State: CreatorActive, Health: 400, TaxForm: true, PayoutReady: true, Owed: 1_000_000}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		but    func(*Payee, *OrderLine)
		held   string
		inWord string
	}{
		{"nothing", func(*Payee, *OrderLine) {}, "", ""},
		{"the line was refunded", func(_ *Payee, l *OrderLine) { l.Refunded = true }, "refunded", "refunded"},
		{"blocked", func(p *Payee, _ *OrderLine) { p.State = CreatorBlocked }, "blocked", "creator blocked"},
		{"paused", func(p *Payee, _ *OrderLine) { p.State = CreatorPaused }, "paused", "creator paused"},
		{"an open case", func(p *Payee, _ *OrderLine) { p.Case = 9 }, "case V-9", "serious case open (V-9)"},
		{"a rating of the limit", func(p *Payee, _ *OrderLine) { p.Health = 150 }, "health 150", "poor health rating (150)"},
		{"a rating just above the limit", func(p *Payee, _ *OrderLine) { p.Health = 151 }, "", ""},
		{"an unknown rating", func(p *Payee, _ *OrderLine) { p.Health = 0 }, "", ""},
		{"no payout details", func(p *Payee, _ *OrderLine) { p.PayoutReady = false }, "details", "payout details missing"},
		{"no tax form", func(p *Payee, _ *OrderLine) { p.TaxForm = false }, "tax", "tax form missing"},
		{"two reasons", func(p *Payee, l *OrderLine) { p.TaxForm, l.Refunded = false, true }, "refunded; tax", "refunded; tax form missing"},
		{"exactly what is owed", func(p *Payee, _ *OrderLine) { p.Owed = 8_000 }, "", ""},
		{"a cent less is owed", func(p *Payee, _ *OrderLine) { p.Owed = 7_999 }, "balance $79.99 of $80.00", "less is owed after refunds ($79.99 of $80.00)"},
		{"a debt", func(p *Payee, _ *OrderLine) { p.Owed = -100 }, "balance -$1.00 of $80.00", "less is owed after refunds (-$1.00 of $80.00)"},
		{"it is promised to another run", func(p *Payee, _ *OrderLine) { p.Owed, p.Promised = 10_000, 2_001 },
			"balance $79.99 of $80.00", "less is owed after refunds ($79.99 of $80.00)"},
		{"exactly the minimum", func(_ *Payee, l *OrderLine) { l.Actual.Minor = 1_250 }, "", ""},
		{"a cent below the minimum", func(_ *Payee, l *OrderLine) { l.Actual.Minor = 1_249 }, "minimum $9.99 in all", "below the minimum ($9.99 in all)"},
		{"nothing to pay", func(_ *Payee, l *OrderLine) { l.Actual.Minor = 0 }, "minimum $0.00 in all", "below the minimum ($0.00 in all)"},
		{"the agency keeps all", func(_ *Payee, l *OrderLine) { l.Share = 10_000 }, "minimum $0.00 in all", "below the minimum ($0.00 in all)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, l := healthy(), OrderLine{ID: 1, Creator: 1, State: LineSettled, Actual: money.Of(10_000, "USD"), Share: 2000}
			c.but(&p, &l)
			lines, err := planPayout([]OrderLine{l}, map[CreatorID]Payee{1: p}, payoutLimits{Minimum: money.Of(1_000, "USD"), Health: 150})
			if err != nil || lines[0].Held != c.held {
				t.Fatalf("held %q, %v; want %q", lines[0].Held, err, c.held)
			}
			var words []string
			for _, h := range ParseHolds(lines[0].Held) {
				words = append(words, h.String())
			}
			if got := strings.Join(words, "; "); got != c.inWord {
				t.Errorf("in words %q, want %q", got, c.inWord)
			}
		})
	}
}

// drawOrders draws settled lines and their payees, some with something that holds them back, and what is owed.
func drawOrders(t *rapid.T) ([]OrderLine, map[CreatorID]Payee) {
	payees := map[CreatorID]Payee{}
	creators := rapid.IntRange(1, 6).Draw(t, "creators")
	for id := CreatorID(1); id <= CreatorID(creators); id++ {
		p := healthy()
		p.ID = id
		p.TaxForm = rapid.IntRange(0, 5).Draw(t, "tax form") > 0
		p.Owed = rapid.Int64Range(-1_000, 200_000).Draw(t, "owed")
		payees[id] = p
	}
	var orders []OrderLine
	for i := range rapid.IntRange(0, 25).Draw(t, "lines") {
		orders = append(orders, OrderLine{ID: LineID(i + 1), Creator: CreatorID(rapid.IntRange(1, creators).Draw(t, "creator")), State: LineSettled,
			Share:  money.BasisPoints(rapid.IntRange(0, 10_000).Draw(t, "share")),
			Actual: money.Of(rapid.Int64Range(-2_000, 30_000).Draw(t, "commission"), "USD"), Refunded: rapid.IntRange(0, 9).Draw(t, "refunded") == 0})
	}
	return orders, payees
}

// TestPlanAddsUp: whatever is planned, parts add up to commissions, the total to its lines, a payee's money is paid or
// waits together, and nobody is paid less than the minimum or more than they are owed.
func TestPlanAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		orders, payees := drawOrders(t)
		lines, err := planPayout(orders, payees, payoutLimits{Minimum: money.Of(1_000, "USD"), Health: 150})
		if err != nil || len(lines) != len(orders) {
			t.Fatalf("%d lines of %d orders, %v", len(lines), len(orders), err)
		}
		r := PayoutRun{Currency: "USD", Cutoff: 7}
		if err := r.sum(lines); err != nil {
			t.Fatal(err)
		}
		var total int64
		paid, waits := map[CreatorID]int64{}, map[CreatorID]bool{}
		for i, l := range lines {
			if l.Commission != orders[i].Actual || l.Agency.Minor+l.Payable.Minor != l.Commission.Minor {
				t.Fatalf("%v splits into %v and %v", orders[i].Actual, l.Payable, l.Agency)
			}
			switch {
			case l.Held == "":
				total += l.Payable.Minor
				paid[l.Creator] += l.Payable.Minor
			case strings.HasPrefix(l.Held, "minimum") || strings.HasPrefix(l.Held, "balance"):
				waits[l.Creator] = true
			}
			if l.Held == "" && (orders[i].Refunded || !payees[l.Creator].TaxForm) {
				t.Fatalf("paid although it must wait: %+v", l)
			}
		}
		for id, sum := range paid {
			if waits[id] || sum < 1_000 || sum > payees[id].Owed {
				t.Fatalf("%s gets %d of %d owed, and others of their lines wait: %v", id, sum, payees[id].Owed, waits[id])
			}
		}
		if r.Total.Minor != total || r.Payees != int64(len(paid)) || r.Lines+r.Held != int64(len(lines)) {
			t.Fatalf("the run says %v to %d in %d and %d lines; lines say %d to %d", r.Total, r.Payees, r.Lines, r.Held, total, len(paid))
		}
		checkHash(t, r, lines)
	})
}

// checkHash: the order of the lines does not matter; any other change does.
func checkHash(t *rapid.T, r PayoutRun, lines []PayoutLine) {
	turned := slices.Clone(lines)
	slices.Reverse(turned)
	if r.contentHash(turned) != r.Hash {
		t.Fatal("the order of the lines changes the hash")
	}
	later := r
	later.Cutoff++
	if later.contentHash(lines) == r.Hash {
		t.Fatal("another cutoff has the same hash")
	}
	i := slices.IndexFunc(lines, func(l PayoutLine) bool { return l.Held == "" })
	if i < 0 {
		return
	}
	for _, change := range []func(*PayoutLine){
		func(l *PayoutLine) { l.Payable.Minor++ }, func(l *PayoutLine) { l.Commission.Minor++ }, func(l *PayoutLine) { l.Creator++ },
		func(l *PayoutLine) { l.Line += 1_000 }, func(l *PayoutLine) { l.Held = "tax" },
	} {
		changed := slices.Clone(lines)
		change(&changed[i])
		if r.contentHash(changed) == r.Hash {
			t.Fatalf("%+v has the same hash as %+v", changed[i], lines[i])
		}
	}
}

func TestGroupHeldCountsAndSums(t *testing.T) {
	t.Parallel()
	usd := func(minor int64) money.Amount { return money.Of(minor, "USD") }
	groups, total, creators, err := groupHeld([]HeldSum{
		{Creator: 1, Held: "refunded", Lines: 1, Payable: usd(100)},
		{Creator: 1, Held: "refunded; tax", Lines: 2, Payable: usd(200)},
		{Creator: 2, Held: "case V-3; tax", Lines: 1, Payable: usd(50)}})
	want := []HeldGroup{{HoldRefunded, 1, 3, usd(300)}, {HoldCase, 1, 1, usd(50)}, {HoldTaxForm, 2, 3, usd(250)}}
	if err != nil || !slices.Equal(groups, want) || total != usd(350) || creators != 2 {
		t.Errorf("%+v, %v of %d, %v; want %+v", groups, total, creators, err, want)
	}
}
