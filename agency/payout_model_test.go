package agency_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/store/storetest"
)

// payoutModel is what must be true of payouts, kept beside the desk in the plainest way.
type payoutModel struct {
	*payoutDesk
	t       *testing.T
	lines   map[agency.LineID]*modelLine
	runs    map[agency.PayoutID]*modelRun
	owed    map[agency.CreatorID]int64
	blocked map[agency.CreatorID]bool
	changes int
}

type modelLine struct {
	creator agency.CreatorID
	cents   int64 // commission
	payable int64
	run     agency.PayoutID // the living run that has it
}

type modelRun struct {
	state     agency.PayoutState
	maker     string
	at        time.Time
	total     int64
	needs     int64
	content   map[agency.LineID]int64 // payable when it was prepared
	cents     map[agency.LineID]int64 // the commission then: a cent may change and leave what the creator gets as it was
	approvers map[string]bool
}

var payoutPeople = []string{"mae", "max", "fay", "tom", "ida", "vic"}

func mayPrepare(name string) bool { return name != "vic" }
func mayApprove(name string) bool { return slices.Contains([]string{"fay", "tom", "ida"}, name) }

// TestPayoutModel plays random presses by random people, with lines that settle, change and creators who are blocked in
// between, and compares the desk with the model after each.
func TestPayoutModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := &payoutModel{payoutDesk: newPayoutDesk(t, storetest.SQLite(t)), t: t, lines: map[agency.LineID]*modelLine{},
			runs: map[agency.PayoutID]*modelRun{}, owed: map[agency.CreatorID]int64{}, blocked: map[agency.CreatorID]bool{}}
		rt.Repeat(map[string]func(*rapid.T){
			"settle": m.settles, "change": m.changesLine, "block": m.blocks, "wait": m.waits,
			"prepare": m.prepares, "approve": m.approves, "approve again": m.approves, "deny": m.denies, "cancel": m.cancels,
			"": m.check,
		})
	})
}

func (m *payoutModel) settles(t *rapid.T) {
	c := agency.CreatorID(rapid.IntRange(1, 3).Draw(t, "creator"))
	cents := rapid.Int64Range(2_000, 400_000).Draw(t, "commission")
	id, payable := m.settle(m.t, c, cents)
	m.lines[id] = &modelLine{creator: c, cents: cents, payable: payable}
	m.owed[c] += payable
}

// changesLine makes a line that is not paid come back with another commission, as an import does.
func (m *payoutModel) changesLine(t *rapid.T) {
	id, l := m.drawLine(t)
	if l == nil || l.run != 0 && m.runs[l.run].state == agency.PayoutApproved {
		t.Skip("no line to change")
	}
	cents := rapid.Int64Range(2_000, 400_000).Draw(t, "new commission")
	m.changes++
	m.write(m.t, func(tx agency.Tx) error {
		line, err := tx.OrderLine(id)
		if err != nil {
			return err
		}
		if _, err := settlementOf(tx, l.creator, money.Of(-l.cents, "USD"), fmt.Sprintf("reversed:%d", m.changes)); err != nil {
			return err
		}
		payable, err := settlementOf(tx, l.creator, money.Of(cents, "USD"), fmt.Sprintf("again:%d", m.changes))
		if err != nil {
			return err
		}
		line.Actual.Minor = cents
		m.owed[l.creator] += payable - l.payable
		l.cents, l.payable = cents, payable
		return tx.UpdateOrderLines([]agency.OrderLine{line})
	})
}

func (m *payoutModel) drawLine(t *rapid.T) (agency.LineID, *modelLine) {
	if len(m.lines) == 0 {
		return 0, nil
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(m.lines))).Draw(t, "line")
	return id, m.lines[id]
}

func (m *payoutModel) blocks(t *rapid.T) {
	id := agency.CreatorID(rapid.IntRange(1, 3).Draw(t, "creator"))
	m.blocked[id] = !m.blocked[id]
	m.write(m.t, func(tx agency.Tx) error {
		c, err := tx.Creator(id)
		if err != nil {
			return err
		}
		c.State = map[bool]agency.CreatorState{true: agency.CreatorBlocked, false: agency.CreatorActive}[m.blocked[id]]
		return tx.UpdateCreator(c)
	})
}

func (m *payoutModel) waits(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour)
}

// payable is what a run prepared now must pay: the free lines of creators who are not blocked, unless the ledger owes
// them less than that beside what pending runs have promised.
func (m *payoutModel) payable() map[agency.LineID]int64 {
	sums, content := map[agency.CreatorID]int64{}, map[agency.LineID]int64{}
	promised := map[agency.CreatorID]int64{}
	for id, l := range m.lines {
		if l.run != 0 && m.runs[l.run].state == agency.PayoutPending {
			promised[l.creator] += m.runs[l.run].content[id]
		}
		if l.run == 0 && !m.blocked[l.creator] {
			content[id] = l.payable
			sums[l.creator] += l.payable
		}
	}
	for id := range content {
		if c := m.lines[id].creator; m.owed[c]-promised[c] < sums[c] {
			delete(content, id)
		}
	}
	return content
}

func (m *payoutModel) prepares(t *rapid.T) {
	name := rapid.SampledFrom(payoutPeople).Draw(t, "who")
	content := m.payable()
	r, err := m.prepare(name)
	switch {
	case !mayPrepare(name):
		m.refused(t, err, agency.CodeForbidden)
		return
	case len(content) == 0:
		m.refused(t, err, agency.CodeConflict)
		return
	case err != nil:
		t.Fatal(err)
	}
	run := &modelRun{state: agency.PayoutPending, maker: name, at: m.now, needs: 1, content: content, cents: map[agency.LineID]int64{}, approvers: map[string]bool{}}
	for id, payable := range content {
		run.cents[id] = m.lines[id].cents
		run.total += payable
		m.lines[id].run = r.ID
	}
	together := run.total
	for _, other := range m.runs {
		living := other.state == agency.PayoutPending || other.state == agency.PayoutApproved
		if living && other.maker == name && !other.at.Before(m.now.Add(-24*time.Hour)) {
			together += other.total
		}
	}
	if together > 500_000 {
		run.needs = 2
	}
	if r.Total.Minor != run.total || r.Needs != run.needs || r.Lines != int64(len(content)) {
		t.Fatalf("prepared %s in %d lines by %d, want %d in %d by %d", r.Total, r.Lines, r.Needs, run.total, len(content), run.needs)
	}
	m.runs[r.ID] = run
}

func (m *payoutModel) drawRun(t *rapid.T) (agency.PayoutID, *modelRun) {
	if len(m.runs) == 0 {
		t.Skip("no run yet")
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(m.runs))).Draw(t, "run")
	return id, m.runs[id]
}

// changed reports that a run no longer pays what was frozen.
func (m *payoutModel) changed(r *modelRun) bool {
	sums := map[agency.CreatorID]int64{}
	for id, payable := range r.content {
		l := m.lines[id]
		if l.payable != payable || l.cents != r.cents[id] || m.blocked[l.creator] {
			return true
		}
		sums[l.creator] += payable
	}
	for c, sum := range sums {
		if m.owed[c] < sum {
			return true
		}
	}
	return false
}

func (m *payoutModel) approves(t *rapid.T) {
	id, r := m.drawRun(t)
	name := rapid.SampledFrom(payoutPeople).Draw(t, "who")
	outcome, err := m.approve(name, id)
	switch {
	case !mayApprove(name):
		m.refused(t, err, agency.CodeForbidden)
	case r.state != agency.PayoutPending:
		m.outcome(t, outcome, err, agency.PayoutLate)
	case r.maker == name:
		m.refused(t, err, agency.CodeForbidden)
	case r.approvers[name]:
		m.refused(t, err, agency.CodeConflict)
	case m.changed(r):
		m.outcome(t, outcome, err, agency.PayoutVoided)
		m.close(id, agency.PayoutDenied)
	default:
		r.approvers[name] = true
		if int64(len(r.approvers)) < r.needs {
			m.outcome(t, outcome, err, agency.PayoutCounted)
			return
		}
		m.outcome(t, outcome, err, agency.PayoutDone)
		r.state = agency.PayoutApproved
		for line, payable := range r.content {
			m.owed[m.lines[line].creator] -= payable
		}
	}
}

func (m *payoutModel) denies(t *rapid.T) {
	id, r := m.drawRun(t)
	name := rapid.SampledFrom(payoutPeople).Draw(t, "who")
	outcome, err := m.deny(name, id, "no")
	switch {
	case !mayApprove(name):
		m.refused(t, err, agency.CodeForbidden)
	case r.state != agency.PayoutPending:
		m.outcome(t, outcome, err, agency.PayoutLate)
	case r.maker == name:
		m.refused(t, err, agency.CodeForbidden)
	default:
		m.outcome(t, outcome, err, agency.PayoutDone)
		m.close(id, agency.PayoutDenied)
	}
}

func (m *payoutModel) cancels(t *rapid.T) {
	id, r := m.drawRun(t)
	name := rapid.SampledFrom([]string{r.maker, r.maker, "max", "vic"}).Draw(t, "who")
	outcome, err := m.cancel(name, id)
	switch {
	case !mayPrepare(name):
		m.refused(t, err, agency.CodeForbidden)
	case r.state != agency.PayoutPending:
		m.outcome(t, outcome, err, agency.PayoutLate)
	case r.maker != name:
		m.refused(t, err, agency.CodeForbidden)
	default:
		m.outcome(t, outcome, err, agency.PayoutDone)
		m.close(id, agency.PayoutCanceled)
	}
}

func (m *payoutModel) close(id agency.PayoutID, state agency.PayoutState) {
	m.runs[id].state = state
	for _, l := range m.lines {
		if l.run == id {
			l.run = 0
		}
	}
}

func (m *payoutModel) refused(t *rapid.T, err error, code agency.Code) {
	t.Helper()
	if err == nil || agency.CodeOf(err) != code {
		t.Fatalf("%v, want a refusal: %s", err, code)
	}
}

func (m *payoutModel) outcome(t *rapid.T, got agency.PayoutOutcome, err error, want agency.PayoutOutcome) {
	t.Helper()
	if err != nil || got != want {
		t.Fatalf("%q, %v, want %q", got, err, want)
	}
}

// check compares the records with the model: the ledger, every line's run, every run's state, approvers and content.
func (m *payoutModel) check(t *rapid.T) {
	for c := range agency.CreatorID(3) {
		if got := m.balance(m.t, agency.CreatorAccount(c+1)); -got != m.owed[c+1] {
			t.Fatalf("%s is owed %d, want %d", c+1, -got, m.owed[c+1])
		}
	}
	err := m.agency.Store.Read(context.Background(), func(tx agency.Tx) error {
		for id, want := range m.lines {
			line, err := tx.OrderLine(id)
			if err != nil || line.Run != want.run {
				return fmt.Errorf("line %d is in %s, want %s: %w", id, line.Run, want.run, err)
			}
		}
		taken := map[agency.LineID]agency.PayoutID{}
		for id, want := range m.runs {
			if err := m.checkRun(tx, id, want, taken); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (m *payoutModel) checkRun(tx agency.Tx, id agency.PayoutID, want *modelRun, taken map[agency.LineID]agency.PayoutID) error {
	r, err := tx.PayoutRun(id)
	if err != nil || r.State != want.state || r.Total.Minor != want.total {
		return fmt.Errorf("%s is %s of %s, want %s of %d: %w", id, r.State, r.Total, want.state, want.total, err)
	}
	lines, err := tx.PayoutLines(id)
	if err != nil {
		return err
	}
	var sum int64
	for _, l := range lines {
		if l.Agency.Minor+l.Payable.Minor != l.Commission.Minor {
			return fmt.Errorf("%s: %v and %v are not %v", id, l.Agency, l.Payable, l.Commission)
		}
		if l.Held != "" {
			continue
		}
		sum += l.Payable.Minor
		if other, ok := taken[l.Line]; ok && r.Living() {
			return fmt.Errorf("line %d is in %s and %s", l.Line, other, id)
		}
		if r.Living() {
			taken[l.Line] = id
		}
	}
	if sum != r.Total.Minor {
		return fmt.Errorf("%s: the lines add up to %d, the run says %s", id, sum, r.Total)
	}
	approvals, err := tx.PayoutApprovals(id)
	if err != nil {
		return err
	}
	people := map[agency.MemberID]bool{}
	for _, a := range approvals {
		people[a.Member] = true
		if a.Member == r.PreparedBy || a.Hash != r.Hash {
			return fmt.Errorf("%s: an approval by its maker or of another content: %+v", id, a)
		}
	}
	if len(people) != len(approvals) || len(people) != len(want.approvers) || r.State == agency.PayoutApproved && int64(len(people)) != r.Needs {
		return fmt.Errorf("%s, %s, needs %d and has %d approvals by %d people", id, r.State, r.Needs, len(approvals), len(people))
	}
	transit, err := tx.Balance(agency.PayoutTransitAccount(id), "USD")
	if err != nil {
		return err
	}
	if onTheWay := map[bool]int64{true: -want.total, false: 0}[want.state == agency.PayoutApproved]; transit.Minor != onTheWay {
		return fmt.Errorf("%s is %s and %d is on its way", id, r.State, -transit.Minor)
	}
	return nil
}
