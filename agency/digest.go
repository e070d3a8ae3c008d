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
	Sales       []Moved // affiliate sales per currency, the one with the most order lines first
	Trend       []Week  // sales in Sales[0]'s currency, oldest week first, this one last
	Movers      []Mover // sellers whose sales changed most, measured by what their currency sold
	NewSellers  int     // whose onboarding started in the seven days
	WentLive    int     // whose last step was ticked in them
	LiveSellers int     // live now
	Decided     Decided
	Next        Coming
}

// Decided counts what was decided in the seven days.
type Decided struct {
	Matches int // approved
	Runs    int // payout runs approved
}

// Moved is a sum of the seven days beside that of the seven before.
type Moved struct {
	Now, Before        money.Amount
	Lines, LinesBefore int64 // order lines
}

// Change is the change in basis points of what was before; ok is false when nothing was.
func (m Moved) Change() (change money.BasisPoints, ok bool) {
	if m.Before.Minor <= 0 {
		return 0, false
	}
	return money.BasisPoints((m.Now.Minor - m.Before.Minor) * 10_000 / m.Before.Minor), true
}

// Week is the sales of seven days that begin on From.
type Week struct {
	From  Date
	Sales money.Amount // through creators, from order lines
	Shop  money.Amount // all sales of the shops, as they report them
	Known bool         // the shops have reported
}

// Mover is a seller with what moved.
type Mover struct {
	Seller Seller
	Moved
}

// Waiting is what waits for a decision.
type Waiting struct {
	Runs    []WaitingRun
	Matches []Match // proposals without a decision for a day, oldest first; on a home page every one
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
	Cases  []Case    // acknowledged, and due within a week or overdue, nearest deadline first; the others wait
	Stuck  []Seller  // onboarding, without progress for a week
	Late   []Step    // open after their due date, oldest first
	Fell   []Mover   // sales fell by more than 30 % against the week before
	Unwell []Creator // they sell for a seller, and their health rating asks for caution; the lowest first
}

// Count is how many things are at risk.
func (r Risks) Count() int {
	return len(r.Cases) + len(r.Stuck) + len(r.Late) + len(r.Fell) + len(r.Unwell)
}

// Coming is what comes in the next seven days.
type Coming struct {
	Steps     []Step
	Campaigns []Campaign // that end
}

// Empty reports that there is nothing to say: then nothing is posted.
func (d Digest) Empty() bool {
	happened := d.NewSellers + d.WentLive + d.Decided.Matches + d.Decided.Runs
	if d.Waits.Count()+d.Risks.Count()+len(d.Movers)+happened+len(d.Next.Steps)+len(d.Next.Campaigns) > 0 {
		return false
	}
	return !slices.ContainsFunc(d.Sales, func(m Moved) bool { return !m.Now.IsZero() || !m.Before.IsZero() })
}

// What makes a digest speak: the agency's habits. TikTok's own limits are in policy.
const (
	trendWeeks  = 8
	moversShown = 5
	waitsAfter  = 24 * time.Hour // a proposal that is younger does not wait yet
	// fellBelow is the change, in basis points, under which a seller's week is a risk; smallWeek is how many order lines
	// the week before must have had for a fall to mean anything.
	fellBelow = money.BasisPoints(-3_000)
	smallWeek = 10
)

const week = 7

// digestTx is what a digest needs of the store beyond what the features have.
type digestTx interface {
	// DecidedBetween counts decisions from an instant (included) until another (excluded).
	DecidedBetween(from, until Instant) (Decided, error)
}

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
	out.Waits.Matches = slices.DeleteFunc(out.Waits.Matches, func(m Match) bool { return d.Time.Sub(m.ProposedAt) < waitsAfter })
	out.Risks.Cases, _, err = d.tx.FindCases(CaseFilter{States: []CaseState{CaseAcknowledged}, DueFrom: 1, DueBefore: d.Time.Add(week * 24 * time.Hour)})
	if err != nil {
		return Digest{}, err
	}
	sellers, _, err := d.tx.Sellers(SellerFilter{})
	if err != nil {
		return Digest{}, err
	}
	if err := d.digestSales(&out, sellers); err != nil {
		return Digest{}, err
	}
	d.digestSellers(&out, sellers)
	if err := d.digestCreators(&out); err != nil {
		return Digest{}, err
	}
	if out.Decided, err = d.tx.DecidedBetween(out.From.Start(zone), out.Until.AddDays(1).Start(zone)); err != nil {
		return Digest{}, err
	}
	return out, d.digestSteps(&out, on)
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
		waiting := WaitingRun{PayoutRun: r}
		for _, a := range approvals {
			if a.Hash == r.Hash { // an approval of other content is void
				waiting.Approvals++
			}
		}
		w.Runs = append(w.Runs, waiting)
	}
	if w.Matches, err = d.tx.OpenMatches(0); err != nil {
		return w, err
	}
	if w.Cases, err = d.tx.Cases([]CaseState{CaseOpen}, 0); err != nil {
		return w, err
	}
	w.Blocked, err = d.tx.BlockedSteps(1000)
	return w, err
}

// digestSellers counts who came and who went live, and lists who is stuck.
func (d *Desk) digestSellers(out *Digest, all []Seller) {
	from, until := out.From.Start(out.Zone), out.Until.AddDays(1).Start(out.Zone)
	for _, s := range all {
		if s.StartsOn >= out.From && s.StartsOn <= out.Until {
			out.NewSellers++
		}
		if s.Stage == Live {
			out.LiveSellers++
		}
		if s.Stage == Live && s.MovedAt >= from && s.MovedAt < until {
			out.WentLive++
		}
		if d.Stuck(s) {
			out.Risks.Stuck = append(out.Risks.Stuck, s)
		}
	}
	slices.SortStableFunc(out.Risks.Stuck, func(a, b Seller) int { return cmp.Compare(a.MovedAt, b.MovedAt) })
}

// Stuck reports that a seller's onboarding has not moved for a week.
func (d *Desk) Stuck(s Seller) bool {
	return s.Stage != Live && d.Time.Sub(s.MovedAt) > week*24*time.Hour
}

// digestCreators lists the creators who sell for somebody with a health rating below what TikTok calls healthy. A rating
// of zero is not known.
func (d *Desk) digestCreators(out *Digest) error {
	selling, err := d.tx.ApprovedPerCreator()
	if err != nil || len(selling) == 0 {
		return err
	}
	creators, err := d.tx.CreatorsIn(CreatorActive)
	today := string(DateOf(d.Time, out.Zone))
	for _, c := range creators {
		rule, ok := d.Rules.HealthRule(c.Region, today)
		if ok && selling[c.ID] > 0 && c.Health > 0 && c.Health < rule.HealthyFrom {
			out.Risks.Unwell = append(out.Risks.Unwell, c)
		}
	}
	slices.SortStableFunc(out.Risks.Unwell, func(a, b Creator) int { return cmp.Compare(a.Health, b.Health) })
	return err
}

// digestSteps lists the steps that are late, and what comes in the seven days from a date on. A blocked step waits for
// somebody and is told as that.
func (d *Desk) digestSteps(out *Digest, on Date) error {
	steps, err := d.tx.StepsDue(on.AddDays(week-1), 1_000_000)
	if err != nil {
		return err
	}
	today := DateOf(d.Time, out.Zone)
	for _, s := range steps {
		switch {
		case s.State == StepBlocked || s.Due == "":
		case s.Due < today:
			out.Risks.Late = append(out.Risks.Late, s)
		default:
			out.Next.Steps = append(out.Next.Steps, s)
		}
	}
	campaigns, err := d.tx.Campaigns()
	if err != nil {
		return err
	}
	for _, c := range campaigns {
		if c.EndsOn >= today && c.EndsOn < on.AddDays(week) {
			out.Next.Campaigns = append(out.Next.Campaigns, c)
		}
	}
	slices.SortStableFunc(out.Next.Campaigns, func(a, b Campaign) int { return cmp.Compare(a.EndsOn, b.EndsOn) })
	return nil
}

// AllSubscriptions lists every channel's subscriptions, for those who may subscribe channels.
func (d *Desk) AllSubscriptions() ([]Subscription, error) {
	if err := d.authorize(Subscribe); err != nil {
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
func (d *Desk) PostDigest(s Subscription, slot Slot, on Date) error {
	if !d.Actor.IsSystem() {
		return Forbidden("Only the desk itself posts digests. `/digest preview` shows one.")
	}
	claimed, err := d.ClaimSlot(slot)
	if err != nil || !claimed {
		return err
	}
	digest, err := d.Digest(on, s.Location())
	if err != nil || digest.Empty() {
		return err
	}
	return d.post(Outgoing{To: s.To, Kind: DigestNote, Ref: slotRef(s.ID, slot.Name), Key: slot.Reminder + " " + slot.Name})
}
