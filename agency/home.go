package agency

import (
	"slices"
	"time"
)

// Mine is what waits for one person.
type Mine struct {
	Runs    []WaitingRun // that they may approve: neither prepared nor approved by them, nor paying them
	Matches []Match      // that they may decide
	Cases   []Case       // not acknowledged, for those who handle cases
	Steps   []Step       // given to them and not done, oldest due date first
}

// Count is how many things wait.
func (m Mine) Count() int { return len(m.Runs) + len(m.Matches) + len(m.Cases) + len(m.Steps) }

// homeTx is what a home page needs of the store beyond what the features have.
type homeTx interface {
	// StepsOf lists the steps given to somebody that are not done, oldest due date first.
	StepsOf(MemberID) ([]Step, error)
}

// WaitingForMe is what waits for the actor: what they may decide.
func (d *Desk) WaitingForMe() (Mine, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return Mine{}, err
	}
	all, err := d.waiting()
	if err != nil {
		return Mine{}, err
	}
	me := d.Actor.Member.ID
	mine := Mine{}
	for _, r := range all.Runs {
		if !d.Actor.May(ApprovePayout) {
			break
		}
		approvals, err := d.tx.PayoutApprovals(r.ID)
		if err != nil {
			return Mine{}, err
		}
		signed := slices.ContainsFunc(approvals, func(a PayoutApproval) bool { return a.Member == me && a.Hash == r.Hash })
		if r.PreparedBy == me || signed {
			continue
		}
		paid, err := d.paidPeople(r.ID)
		if err != nil {
			return Mine{}, err
		}
		if !paid[me] {
			mine.Runs = append(mine.Runs, r)
		}
	}
	if d.Actor.May(DecideMatch) {
		mine.Matches = all.Matches
	}
	if d.Actor.May(HandleCase) {
		mine.Cases = all.Cases
	}
	if me != 0 {
		mine.Steps, err = d.tx.StepsOf(me)
	}
	return mine, err
}

// SoFar is a week up to now.
type SoFar struct {
	Monday Date
	Zone   *time.Location
	Sales  []Moved // per currency, against last week up to the same hour; the one with the most order lines first
	Days   []Day   // in Sales[0]'s currency, Monday first, today last
}

// Day is a day's sales beside those of the same day a week earlier.
type Day struct {
	On Date
	Moved
}

// WeekSoFar sums the affiliate sales of the week, in a zone, against the same part of last week.
func (d *Desk) WeekSoFar(zone *time.Location) (SoFar, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return SoFar{}, err
	}
	today := DateOf(d.Time, zone)
	out := SoFar{Monday: today.Monday(), Zone: zone}
	from, then := out.Monday.Start(zone), out.Monday.AddDays(-week).Start(zone)
	now, err := d.tx.SalesBetween(from, d.Time)
	if err != nil {
		return SoFar{}, err
	}
	before, err := d.tx.SalesBetween(then, then+(d.Time-from))
	if err != nil {
		return SoFar{}, err
	}
	out.Sales = moved(now, before)
	for day := out.Monday; day <= today && len(out.Sales) > 0; day = day.AddDays(1) {
		now, err := d.tx.SalesBetween(day.Start(zone), day.AddDays(1).Start(zone))
		if err != nil {
			return SoFar{}, err
		}
		before, err := d.tx.SalesBetween(day.AddDays(-week).Start(zone), day.AddDays(1-week).Start(zone))
		if err != nil {
			return SoFar{}, err
		}
		sums, currency := moved(now, before), out.Sales[0].Now.Currency
		if i := slices.IndexFunc(sums, func(m Moved) bool { return m.Now.Currency == currency }); i >= 0 {
			out.Days = append(out.Days, Day{On: day, Moved: sums[i]})
			continue
		}
		out.Days = append(out.Days, Day{On: day})
	}
	return out, nil
}
