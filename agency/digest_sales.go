package agency

import (
	"cmp"
	"maps"
	"slices"

	"liaison/agency/money"
)

// digestSales fills what moved: sums per currency, the trend, the movers and those who fell.
func (d *Desk) digestSales(out *Digest, sellers []Seller) error {
	weeks := make([][]SalesSum, trendWeeks) // the newest first
	for i := range weeks {
		from := out.From.AddDays(-week * i)
		var err error
		if weeks[i], err = d.tx.SalesBetween(from.Start(out.Zone), from.AddDays(week).Start(out.Zone)); err != nil {
			return err
		}
	}
	out.Sales = moved(weeks[0], weeks[1])
	if len(out.Sales) == 0 {
		return nil
	}
	digestMovers(out, sellers, weeks[0], weeks[1])
	return d.digestTrend(out, weeks)
}

// digestTrend follows the first currency over the weeks, through creators and, where the shops have reported, in all.
func (d *Desk) digestTrend(out *Digest, weeks [][]SalesSum) error {
	currency := out.Sales[0].Now.Currency
	for i := trendWeeks - 1; i >= 0; i-- {
		w := Week{From: out.From.AddDays(-week * i), Sales: money.Of(0, currency), Shop: money.Of(0, currency)}
		for _, s := range weeks[i] {
			if s.Currency == currency {
				w.Sales.Minor += s.Sales
			}
		}
		days, err := d.tx.FiguresBetween(0, w.From, w.From.AddDays(week-1))
		if err != nil {
			return err
		}
		for _, f := range days {
			if f.Sales.Currency == currency {
				w.Shop.Minor, w.Known = w.Shop.Minor+f.Sales.Minor, true
			}
		}
		out.Trend = append(out.Trend, w)
	}
	return nil
}

// moved sums two spans of time per currency. The currency with the most order lines comes first: sums of different
// currencies cannot be compared (a yen is not a dollar).
func moved(now, before []SalesSum) []Moved {
	sums := map[money.Currency]*Moved{}
	for _, s := range now {
		addMoved(sums, s.Currency, s.Currency, Moved{Now: money.Of(s.Sales, s.Currency), Lines: s.Lines})
	}
	for _, s := range before {
		addMoved(sums, s.Currency, s.Currency, Moved{Before: money.Of(s.Sales, s.Currency), LinesBefore: s.Lines})
	}
	var list []Moved
	for _, m := range sums {
		list = append(list, *m)
	}
	slices.SortFunc(list, func(a, b Moved) int {
		return cmp.Or(cmp.Compare(b.Lines+b.LinesBefore, a.Lines+a.LinesBefore), cmp.Compare(a.Now.Currency, b.Now.Currency))
	})
	return list
}

// addMoved adds to the sums under a key.
func addMoved[K comparable](sums map[K]*Moved, key K, currency money.Currency, m Moved) {
	if sums[key] == nil {
		sums[key] = &Moved{Now: money.Of(0, currency), Before: money.Of(0, currency)}
	}
	to := sums[key]
	to.Now.Minor += m.Now.Minor
	to.Before.Minor += m.Before.Minor
	to.Lines += m.Lines
	to.LinesBefore += m.LinesBefore
}

// digestMovers lists the sellers that moved most and those who fell, in every currency. Changes are compared by their
// part of what was sold in the currency.
func digestMovers(out *Digest, sellers []Seller, now, before []SalesSum) {
	type key struct {
		seller   SellerID
		currency money.Currency
	}
	sums := map[key]*Moved{}
	for _, s := range now {
		addMoved(sums, key{s.Seller, s.Currency}, s.Currency, Moved{Now: money.Of(s.Sales, s.Currency), Lines: s.Lines})
	}
	for _, s := range before {
		addMoved(sums, key{s.Seller, s.Currency}, s.Currency, Moved{Before: money.Of(s.Sales, s.Currency), LinesBefore: s.Lines})
	}
	sold := map[money.Currency]int64{}
	for _, m := range out.Sales {
		sold[m.Now.Currency] = max(m.Now.Minor+m.Before.Minor, 1)
	}
	known := map[SellerID]Seller{}
	for _, s := range sellers {
		known[s.ID] = s
	}
	var all []Mover
	for _, k := range slices.SortedFunc(maps.Keys(sums), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.seller, b.seller), cmp.Compare(a.currency, b.currency))
	}) {
		all = append(all, Mover{Seller: known[k.seller], Moved: *sums[k]})
	}
	slices.SortStableFunc(all, func(a, b Mover) int {
		return cmp.Compare(swing(b.Moved)*1_000/sold[b.Now.Currency], swing(a.Moved)*1_000/sold[a.Now.Currency])
	})
	for _, m := range all {
		if change, ok := m.Change(); ok && change < fellBelow && m.LinesBefore >= smallWeek {
			out.Risks.Fell = append(out.Risks.Fell, m)
		}
		if swing(m.Moved) > 0 && len(out.Movers) < moversShown {
			out.Movers = append(out.Movers, m)
		}
	}
}

func swing(m Moved) int64 { return max(m.Now.Minor-m.Before.Minor, m.Before.Minor-m.Now.Minor) }
