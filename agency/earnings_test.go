package agency_test

import (
	"testing"

	"pgregory.net/rapid"

	"liaison/agency"
	"liaison/store/storetest"
)

// bind makes a person the creator behind a handle that is on file.
func (p *payoutDesk) bind(t testing.TB, id agency.CreatorID, name string) {
	t.Helper()
	var m agency.Member
	err := p.do(name, func(d *agency.Desk) (err error) {
		m, err = d.Meet(who(name), name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, func(tx agency.Tx) error {
		c, err := tx.Creator(id)
		if err != nil {
			return err
		}
		c.Member, c.Proof = m.ID, agency.ManagerProof
		if err := tx.UpdateCreator(c); err != nil {
			return err
		}
		return tx.InsertRole(m.ID, agency.CreatorRole, agency.InstantOf(p.now))
	})
}

// TestEarningsAreOnesOwnAndAddUp: whatever settles and is run, a creator sees each of their lines once and nobody else's,
// the parts of a line add up to its commission, the totals to the lines, and what is said to be payable is what a run takes.
func TestEarningsAreOnesOwnAndAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := newPayoutDesk(t, storetest.SQLite(t))
		people := []string{"mia", "leo"}
		for i, name := range people {
			p.bind(t, agency.CreatorID(i+1), name)
		}
		mine := map[string]int{}
		for range rapid.IntRange(1, 12).Draw(rt, "lines") {
			i := rapid.IntRange(0, 2).Draw(rt, "creator")
			p.settle(t, agency.CreatorID(i+1), rapid.Int64Range(1, 50_000).Draw(rt, "cents"))
			if i < len(people) {
				mine[people[i]]++
			}
		}
		said := map[string]int64{}
		for i, name := range people {
			e := p.earnings(t, name)
			said[name] = checkEarnings(rt, e, agency.CreatorID(i+1), mine[name], agency.EarningPayable)
		}
		r, err := p.prepare("mae")
		for i, name := range people {
			state := agency.EarningInRun
			if err != nil {
				state = agency.EarningPayable // nothing was payable: all waits below the minimum
			}
			if got := checkEarnings(rt, p.earnings(t, name), agency.CreatorID(i+1), mine[name], state); got != said[name] {
				rt.Fatalf("%s was told of %d to be paid, the run %s takes %d (%v)", name, said[name], r.ID, got, err)
			}
		}
	})
}

func (p *payoutDesk) earnings(t testing.TB, name string) (e agency.Earnings) {
	t.Helper()
	err := p.do(name, func(d *agency.Desk) (err error) {
		e, err = d.MyEarnings(100, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// checkEarnings checks a page of all lines and gives what of it is in a state, in cents.
func checkEarnings(rt *rapid.T, e agency.Earnings, own agency.CreatorID, lines int, state agency.EarningState) (sum int64) {
	if len(e.Lines) != lines || e.Total != lines {
		rt.Fatalf("%s sees %d of %d lines", own, len(e.Lines), lines)
	}
	seen, all := map[agency.LineID]bool{}, int64(0)
	for _, l := range e.Lines {
		if l.Creator != own || seen[l.ID] {
			rt.Fatalf("%s sees line %d of %s", own, l.ID, l.Creator)
		}
		seen[l.ID] = true
		if l.Yours.Minor+l.Agency.Minor != l.Commission.Minor {
			rt.Fatalf("line %d: %s and %s are not %s", l.ID, l.Yours, l.Agency, l.Commission)
		}
		if (l.Standing == agency.EarningHeld) != (l.Held != "") {
			rt.Fatalf("line %d is %s because %q", l.ID, l.Standing, l.Held)
		}
		all += l.Yours.Minor
		if l.Standing == state {
			sum += l.Yours.Minor
		}
	}
	for _, total := range e.Totals {
		all -= total.Yours.Minor
	}
	if all != 0 {
		rt.Fatalf("the totals of %s are out by %d cents", own, all)
	}
	return sum
}
