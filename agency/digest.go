package agency

import (
	"cmp"
	"slices"
	"time"

	"liaison/agency/money"
)

// Digest is what a week's digest says: what waits for a decision, what is at risk, what moved against the seven days
// before, and what comes next. It is computed from the records when it is asked for.
type Digest struct {
	From, Until Date // the seven days, both included, in Zone; a Monday's digest has Monday to Sunday
	Zone        *time.Location
	Waits       Waiting
	Risks       Risks
	Sales       []Moved // affiliate sales per currency, the largest first
	Trend       []Week  // affiliate sales of Sales[0]'s currency, oldest week first, this one last
	Movers      []Mover // sellers whose sales changed most, in that currency, at most movers
	NewSellers  int     // recorded in the seven days
	WentLive    int     // whose last step was ticked in them
	Next        Coming
}

// Moved is a sum of the seven days beside that of the seven before.
type Moved struct {
	Now, Before money.Amount
	Lines       int64 // order lines of the seven days
}

// Change is the change in basis points of what was before; ok is false when nothing was.
func (m Moved) Change() (change money.BasisPoints, ok bool) {
	if m.Before.Minor <= 0 {
		return 0, false
	}
	return money.BasisPoints((m.Now.Minor - m.Before.Minor) * 10_000 / m.Before.Minor), true
}

// Week is the affiliate sales of seven days that begin on From.
type Week struct {
	From  Date
	Sales money.Amount
}

// Mover is a seller with what moved.
type Mover struct {
	Seller Seller
	Moved
}

// Waiting is what waits for a decision.
type Waiting struct {
	Runs    []WaitingRun
	Matches []Match // proposals without a decision, oldest first
	Cases   []Case  // not acknowledged, nearest deadline first
	Blocked []Step  // steps of onboardings that somebody must unblock
}

// Count is how many things wait.
func (w Waiting) Count() int { return len(w.Runs) + len(w.Matches) + len(w.Cases) + len(w.Blocked) }

// WaitingRun is a payout run with how many approvals it has.
type WaitingRun struct {
	PayoutRun
	Approvals int
}

// Risks are what goes wrong unless somebody acts.
type Risks struct {
	Cases []Case   // due within a week or overdue, nearest deadline first, acknowledged ones too
	Stuck []Seller // onboarding, without progress for a week
	Fell  []Mover  // sales fell by more than a third of the week before
}

// Count is how many things are at risk.
func (r Risks) Count() int { return len(r.Cases) + len(r.Stuck) + len(r.Fell) }

// Coming is what comes in the next seven days.
type Coming struct {
	Steps     []Step
	Campaigns []Campaign // that end
}

// Empty reports that there is nothing to say: then nothing is posted.
func (d Digest) Empty() bool {
	if d.Waits.Count()+d.Risks.Count()+len(d.Movers)+d.NewSellers+d.WentLive+len(d.Next.Steps)+len(d.Next.Campaigns) > 0 {
		return false
	}
	return !slices.ContainsFunc(d.Sales, func(m Moved) bool { return !m.Now.IsZero() || !m.Before.IsZero() })
}

// The sizes of a digest. Its reader has half a minute.
const (
	trendWeeks  = 8
	moversShown = 5
	// fellBelow is the part of the week before, in basis points, under which a seller's week is a risk; smallWeek is how
	// many order lines a week must have had for a fall to mean anything.
	fellBelow = money.BasisPoints(-3_300)
	smallWeek = 10
)

const week = 7

// Digest gathers the digest of the seven days before a date, in a zone.
func (d *Desk) Digest(on Date, zone *time.Location) (Digest, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return Digest{}, err
	}
	out := Digest{From: on.AddDays(-week), Until: on.AddDays(-1), Zone: zone}
	var err error
	if out.Waits, err = d.waiting(); err != nil {
		return Digest{}, err
	}
	if err := d.digestSales(&out); err != nil {
		return Digest{}, err
	}
	if err := d.digestSellers(&out); err != nil {
		return Digest{}, err
	}
	out.Risks.Cases, _, err = d.tx.FindCases(CaseFilter{States: LivingCases, DueFrom: 1, DueBefore: d.Time.Add(week * 24 * time.Hour)})
	if err != nil {
		return Digest{}, err
	}
	return out, d.digestNext(&out, on)
}

// waiting gathers what waits for anybody's decision.
func (d *Desk) waiting() (w Waiting, err error) {
	runs, err := d.tx.PayoutRunsIn(PayoutPending, 1000)
	if err != nil {
		return w, err
	}
	for _, r := range runs {
		approvals, err := d.tx.PayoutApprovals(r.ID)
		if err != nil {
			return w, err
		}
		w.Runs = append(w.Runs, WaitingRun{PayoutRun: r, Approvals: len(approvals)})
	}
	if w.Matches, err = d.tx.OpenMatches(1000); err != nil {
		return w, err
	}
	if w.Cases, err = d.tx.Cases([]CaseState{CaseOpen}, 0); err != nil {
		return w, err
	}
	w.Blocked, err = d.tx.BlockedSteps(1000)
	return w, err
}

// WaitingForMe is what waits for the actor: what they may decide, and not what they prepared or approved themselves.
func (d *Desk) WaitingForMe() (Waiting, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return Waiting{}, err
	}
	all, err := d.waiting()
	if err != nil {
		return Waiting{}, err
	}
	me := d.Actor.Member.ID
	var mine Waiting
	for _, r := range all.Runs {
		approvals, err := d.tx.PayoutApprovals(r.ID)
		if err != nil {
			return Waiting{}, err
		}
		signed := slices.ContainsFunc(approvals, func(a PayoutApproval) bool { return a.Member == me })
		if d.Actor.May(ApprovePayout) && r.PreparedBy != me && !signed {
			mine.Runs = append(mine.Runs, r)
		}
	}
	if d.Actor.May(DecideMatch) {
		mine.Matches = all.Matches
	}
	if d.Actor.May(HandleCase) {
		mine.Cases = all.Cases
	}
	for _, s := range all.Blocked {
		if s.Assignee == me && me != 0 {
			mine.Blocked = append(mine.Blocked, s)
		}
	}
	return mine, nil
}

// digestSales fills what moved: sums per currency, the trend, the movers and those who fell.
func (d *Desk) digestSales(out *Digest) error {
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
	main := out.Sales[0].Now.Currency
	for i := trendWeeks - 1; i >= 0; i-- {
		w := Week{From: out.From.AddDays(-week * i), Sales: money.Of(0, main)}
		for _, s := range weeks[i] {
			if s.Currency == main {
				w.Sales.Minor += s.Sales
			}
		}
		out.Trend = append(out.Trend, w)
	}
	return d.digestMovers(out, main, weeks[0], weeks[1])
}

// moved sums two weeks per currency, the largest first.
func moved(now, before []SalesSum) []Moved {
	sums := map[money.Currency]*Moved{}
	of := func(c money.Currency) *Moved {
		if sums[c] == nil {
			sums[c] = &Moved{Now: money.Of(0, c), Before: money.Of(0, c)}
		}
		return sums[c]
	}
	for _, s := range now {
		of(s.Currency).Now.Minor += s.Sales
		of(s.Currency).Lines += s.Lines
	}
	for _, s := range before {
		of(s.Currency).Before.Minor += s.Sales
	}
	var list []Moved
	for _, m := range sums {
		list = append(list, *m)
	}
	slices.SortFunc(list, func(a, b Moved) int {
		return cmp.Or(cmp.Compare(b.Now.Minor+b.Before.Minor, a.Now.Minor+a.Before.Minor), cmp.Compare(a.Now.Currency, b.Now.Currency))
	})
	return list
}

func (d *Desk) digestMovers(out *Digest, main money.Currency, now, before []SalesSum) error {
	sums, lines := map[SellerID]*Moved{}, map[SellerID]int64{}
	of := func(id SellerID) *Moved {
		if sums[id] == nil {
			sums[id] = &Moved{Now: money.Of(0, main), Before: money.Of(0, main)}
		}
		return sums[id]
	}
	for _, s := range now {
		if s.Currency == main {
			of(s.Seller).Now.Minor, of(s.Seller).Lines = s.Sales, s.Lines
		}
	}
	for _, s := range before {
		if s.Currency == main {
			of(s.Seller).Before.Minor, lines[s.Seller] = s.Sales, s.Lines
		}
	}
	var all []Mover
	for id, m := range sums {
		all = append(all, Mover{Seller: Seller{ID: id}, Moved: *m})
	}
	slices.SortFunc(all, func(a, b Mover) int {
		return cmp.Or(cmp.Compare(swing(b.Moved), swing(a.Moved)), cmp.Compare(a.Seller.ID, b.Seller.ID))
	})
	for _, m := range all {
		change, ok := m.Change()
		fell := ok && change < fellBelow && lines[m.Seller.ID] >= smallWeek
		if !fell && len(out.Movers) == moversShown {
			continue
		}
		var err error
		if m.Seller, err = d.tx.Seller(m.Seller.ID); err != nil {
			return err
		}
		if fell {
			out.Risks.Fell = append(out.Risks.Fell, m)
		}
		if len(out.Movers) < moversShown {
			out.Movers = append(out.Movers, m)
		}
	}
	return nil
}

func swing(m Moved) int64 { return max(m.Now.Minor-m.Before.Minor, m.Before.Minor-m.Now.Minor) }

// digestSellers counts who came and who went live, and lists who is stuck.
func (d *Desk) digestSellers(out *Digest) error {
	all, _, err := d.tx.Sellers(SellerFilter{})
	if err != nil {
		return err
	}
	from, until := out.From.Start(out.Zone), out.Until.AddDays(1).Start(out.Zone)
	for _, s := range all {
		if s.CreatedAt >= from && s.CreatedAt < until {
			out.NewSellers++
		}
		if s.Stage == Live && s.MovedAt >= from && s.MovedAt < until {
			out.WentLive++
		}
		if s.Stage != Live && s.MovedAt < d.Time.Add(-week*24*time.Hour) {
			out.Risks.Stuck = append(out.Risks.Stuck, s)
		}
	}
	slices.SortStableFunc(out.Risks.Stuck, func(a, b Seller) int { return cmp.Compare(a.MovedAt, b.MovedAt) })
	return nil
}

// digestNext lists what comes in the seven days from a date on.
func (d *Desk) digestNext(out *Digest, on Date) error {
	steps, err := d.tx.StepsDue(on.AddDays(week-1), 1000)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if s.Due >= on {
			out.Next.Steps = append(out.Next.Steps, s)
		}
	}
	campaigns, err := d.tx.Campaigns()
	if err != nil {
		return err
	}
	for _, c := range campaigns {
		if c.EndsOn >= on && c.EndsOn < on.AddDays(week) {
			out.Next.Campaigns = append(out.Next.Campaigns, c)
		}
	}
	return nil
}

// AllSubscriptions lists every channel's subscriptions.
func (d *Desk) AllSubscriptions() ([]Subscription, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, err
	}
	var all []Subscription
	for _, f := range Feeds {
		list, err := d.tx.Subscriptions(f.Feed)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// Subscription finds one subscription, for the timers.
func (d *Desk) Subscription(id int64) (Subscription, error) { return d.tx.Subscription(id) }

// DigestNote is the view that draws a digest; its reference is "<subscription> <slot>".
const DigestNote = "digest"

// PostDigest claims a slot of a digest and posts it, unless somebody has claimed it or there is nothing to say. Only the
// desk itself does this.
func (d *Desk) PostDigest(s Subscription, reminder, slot string, on Date) error {
	if !d.Actor.IsSystem() {
		return Forbidden("Only the desk itself posts digests. `/digest preview` shows one.")
	}
	claimed, err := d.tx.ClaimSlot(reminder, slot, d.Time)
	if err != nil || !claimed {
		return err
	}
	digest, err := d.Digest(on, s.Location())
	if err != nil || digest.Empty() {
		return err
	}
	return d.post(Outgoing{To: s.To, Kind: DigestNote, Ref: slotRef(s.ID, slot), Key: reminder + " " + slot})
}
