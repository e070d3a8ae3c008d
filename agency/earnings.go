package agency

import (
	"cmp"
	"fmt"
	"slices"

	"liaison/agency/money"
)

// myself is the creator whom the actor is.
func (d *Desk) myself() (Creator, error) {
	if err := d.authorize(SeeOwnRecord); err != nil {
		return Creator{}, err
	}
	c, ok, err := d.tx.CreatorOf(d.Actor.Member.ID)
	if err == nil && !ok {
		err = NotFound("No handle is bound to you. Ask the agency.")
	}
	return c, err
}

// OwnRecord is what a creator sees of themselves.
type OwnRecord struct {
	Creator
	Caution int64  // below this health rating caution is due
	Poor    int64  // at or below it their money waits
	Cases   []Case // living ones about them
	Offers  []MatchDetail
	Works   []MatchDetail // accepted, or approved without asking
}

// MyRecord is the creator's own record and nothing else.
func (d *Desk) MyRecord() (r OwnRecord, err error) {
	if r.Creator, err = d.myself(); err != nil {
		return r, err
	}
	rule, _ := d.Rules.HealthRule(r.Region, d.today())
	r.Caution, r.Poor = rule.HealthyFrom, d.poorHealth()
	if r.Cases, err = d.casesFor(r.Creator); err != nil {
		return r, err
	}
	all, err := d.tx.MatchesOfCreator(r.ID)
	if err != nil {
		return r, err
	}
	details, err := d.matchDetails(slices.DeleteFunc(all, func(m Match) bool { return m.State != MatchApproved }))
	for _, m := range details {
		if m.OfferedAt != 0 && m.Answer == "" {
			r.Offers = append(r.Offers, m)
			continue
		}
		r.Works = append(r.Works, m)
	}
	return r, err
}

// EarningState is where the money of an order line stands for its creator.
type EarningState string

// The states, in the order in which a line passes them.
const (
	EarningEstimated  EarningState = "estimated"  // a forecast: TikTok has not settled it
	EarningFrozen     EarningState = "frozen"     // TikTok holds it
	EarningIneligible EarningState = "ineligible" // canceled or refunded: no commission
	EarningPayable    EarningState = "payable"    // settled, comes into the next run
	EarningHeld       EarningState = "held"       // settled, and waits for a reason
	EarningInRun      EarningState = "in run"     // in a run that waits for approval
	EarningApproved   EarningState = "approved"   // in an approved run: the agency pays it from its bank
)

// EarningStates is every state in the order in which totals are shown.
var EarningStates = []EarningState{EarningApproved, EarningInRun, EarningPayable, EarningHeld, EarningEstimated, EarningFrozen, EarningIneligible}

// Earning is one order line as its creator sees it.
type Earning struct {
	OrderLine
	Standing   EarningState
	Commission money.Amount // actual where settled, else the forecast
	Agency     money.Amount // the agency's part of it
	Yours      money.Amount // the rest
	Held       string       // why it waits, see ParseHolds
}

// EarningTotal is what a creator's lines of one state come to in one currency.
type EarningTotal struct {
	Standing EarningState
	Lines    int64
	Yours    money.Amount
}

// Earnings is a page of a creator's lines, newest order first, with the totals of all of them.
type Earnings struct {
	Of     Creator
	Lines  []Earning
	Total  int
	Totals []EarningTotal
	AsOf   Instant // when the newest line was brought in
}

// earningTx is what earnings need of the store.
type earningTx interface {
	// LinesOfCreator lists every order line of a creator, newest order first.
	LinesOfCreator(CreatorID) ([]OrderLine, error)
}

// MyEarnings is a page of the creator's own lines and nothing else.
func (d *Desk) MyEarnings(limit, offset int) (e Earnings, err error) {
	if e.Of, err = d.myself(); err != nil {
		return e, err
	}
	lines, err := d.tx.LinesOfCreator(e.Of.ID)
	if err != nil {
		return e, err
	}
	lines = slices.DeleteFunc(lines, func(l OrderLine) bool { return l.OrderedAt <= e.Of.FormerUntil && e.Of.FormerUntil != 0 })
	held, err := d.heldLines(e.Of.ID, lines)
	if err != nil {
		return e, err
	}
	runs := map[PayoutID]PayoutRun{}
	all := make([]Earning, len(lines))
	for i, l := range lines {
		if _, ok := runs[l.Run]; !ok && l.Run != 0 {
			if runs[l.Run], err = d.tx.PayoutRun(l.Run); err != nil {
				return e, err
			}
		}
		if all[i], err = earningOf(l, e.Of, runs[l.Run], held[l.ID]); err != nil {
			return e, err
		}
		e.AsOf = max(e.AsOf, l.UpdatedAt)
	}
	if e.Totals, err = earningTotals(all); err != nil {
		return e, err
	}
	from := min(offset, len(all))
	e.Lines, e.Total = all[from:min(from+limit, len(all))], len(all)
	return e, nil
}

// heldLines plans what a run would hold back of a creator's lines now, by the rules of a run.
func (d *Desk) heldLines(id CreatorID, lines []OrderLine) (map[LineID]string, error) {
	open := map[money.Currency][]OrderLine{}
	for _, l := range lines {
		if l.State == LineSettled && l.Run == 0 {
			open[l.Actual.Currency] = append(open[l.Actual.Currency], l)
		}
	}
	held := map[LineID]string{}
	for currency, orders := range open {
		payees, err := d.tx.Payees([]CreatorID{id}, currency)
		if err != nil {
			return nil, err
		}
		rule, _ := d.Rules.PayoutRule(string(currency), d.today())
		plan, err := planPayout(orders, payees, payoutLimits{Minimum: money.Of(rule.Minimum, currency), Health: d.poorHealth()})
		if err != nil {
			return nil, err
		}
		for _, l := range plan {
			held[l.Line] = l.Held
		}
	}
	return held, nil
}

// earningOf is a line as its creator sees it. A forecast is divided by today's contract, a settled line as it was posted.
func earningOf(l OrderLine, c Creator, run PayoutRun, held string) (Earning, error) {
	e := Earning{OrderLine: l, Standing: EarningEstimated, Commission: l.Estimated}
	share := c.AgencyShare
	switch l.State {
	case LineEstimated:
	case LineIneligible:
		e.Standing, e.Commission = EarningIneligible, money.Of(0, firstCurrency(l))
	case LineFrozen:
		e.Standing = EarningFrozen
	case LineSettled:
		e.Standing, e.Commission, share = EarningPayable, l.Actual, l.Share
		switch {
		case l.Run != 0 && run.State == PayoutApproved:
			e.Standing = EarningApproved
		case l.Run != 0:
			e.Standing = EarningInRun
		case held != "":
			e.Standing, e.Held = EarningHeld, held
		}
	}
	var err error
	e.Yours, e.Agency, err = Creator{AgencyShare: share}.SplitCommission(e.Commission)
	e.Share = share
	if err != nil {
		return e, fmt.Errorf("splitting the commission of line %d: %w", l.ID, err)
	}
	return e, nil
}

func firstCurrency(l OrderLine) money.Currency {
	return cmp.Or(l.Actual.Currency, l.Estimated.Currency, l.Price.Currency)
}

// earningTotals adds up lines by currency and state, in the order of the states.
func earningTotals(all []Earning) ([]EarningTotal, error) {
	type key struct {
		state    EarningState
		currency money.Currency
	}
	at := map[key]int{}
	var list []EarningTotal
	for _, e := range all {
		k := key{e.Standing, e.Yours.Currency}
		i, ok := at[k]
		if !ok {
			i = len(list)
			at[k], list = i, append(list, EarningTotal{Standing: e.Standing, Yours: money.Of(0, e.Yours.Currency)})
		}
		sum, err := list[i].Yours.Add(e.Yours)
		if err != nil {
			return nil, fmt.Errorf("adding up what is %s: %w", e.Standing, err)
		}
		list[i].Yours, list[i].Lines = sum, list[i].Lines+1
	}
	slices.SortStableFunc(list, func(a, b EarningTotal) int {
		return cmp.Or(cmp.Compare(a.Yours.Currency, b.Yours.Currency),
			cmp.Compare(slices.Index(EarningStates, a.Standing), slices.Index(EarningStates, b.Standing)))
	})
	return list, nil
}
