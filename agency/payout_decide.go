package agency

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"liaison/agency/money"
)

// PayoutOutcome is what came of a decision on a run. All but done are news to the person who decided.
type PayoutOutcome string

// The outcomes.
const (
	PayoutDone    PayoutOutcome = "done"    // the run is decided as asked
	PayoutCounted PayoutOutcome = "counted" // the approval counts; another person must approve too
	PayoutLate    PayoutOutcome = "late"    // the run was decided before; nothing was changed
	PayoutVoided  PayoutOutcome = "voided"  // the content has changed since it was prepared: the desk denied the run
)

// PayoutTransitAccount is the ledger account of money that a run has approved for payment.
func PayoutTransitAccount(id PayoutID) Account {
	return Account(fmt.Sprintf("%s:%d", PayoutTransit, id))
}

// ApprovePayout counts the actor's approval of exactly this content. The maker's does not count, nor does a second one
// of the same person. seal is PayoutRun.Seal of the card that was pressed; empty when it was typed. With the last
// approval that is needed, the run is posted to the ledger. If its content has changed since it was prepared, approvals
// are void: the desk denies the run and frees its lines.
func (d *Desk) ApprovePayout(id PayoutID, seal string) (PayoutRun, PayoutOutcome, error) {
	me, err := d.payoutPerson(ApprovePayout)
	if err != nil {
		return PayoutRun{}, "", err
	}
	r, late, err := d.openPayout(id)
	if err != nil || late {
		return r, PayoutLate, err
	}
	if seal != "" && seal != r.Seal() { // after a restore from a backup the number may be another run's
		return r, "", Stale("That card is of another run than %s is now. Look at it with `/payout show %s` before you approve.", id, id)
	}
	if me.ID == r.PreparedBy {
		return r, "", Forbidden("You prepared %s, so others must approve it. `/payout cancel %s` takes it back.", id, id)
	}
	paid, err := d.paidPeople(r.ID)
	if err != nil {
		return r, "", err
	}
	if paid[me.ID] {
		return r, "", Forbidden("%s pays you, so others must approve it.", id)
	}
	given, err := d.approvalsOf(r)
	if err != nil {
		return r, "", err
	}
	i := slices.IndexFunc(given, func(a PayoutApproval) bool { return a.Member == me.ID })
	if i >= 0 && int64(len(given)) < r.Needs {
		return r, "", Conflict("You approved %s at %s. It needs %s from somebody else.", id,
			given[i].At.Time().In(d.Zone()).Format("15:04 MST"), Count(r.Needs-int64(len(given)), "more approval"))
	}
	changed, err := d.payoutChanges(r)
	if err != nil {
		return r, "", err
	}
	if changed != "" {
		r, err = d.closePayout(r, PayoutDenied, 0, "voided: "+changed)
		return r, PayoutVoided, err
	}
	if i < 0 { // else enough approvals stand already: somebody had lost the right to approve and has it again
		mine := PayoutApproval{Run: r.ID, Member: me.ID, Hash: r.Hash, At: d.Time}
		if err := d.tx.InsertPayoutApproval(mine); err != nil {
			return r, "", err
		}
		given = append(given, mine)
	}
	if int64(len(given)) < r.Needs {
		return d.countApproval(r, len(given))
	}
	r, err = d.postPayout(r, me)
	return r, PayoutDone, err
}

func (d *Desk) countApproval(r PayoutRun, given int) (PayoutRun, PayoutOutcome, error) {
	if err := d.tx.UpdatePayoutRun(r); err != nil { // two approvers at once: the second sees the first
		return r, "", err
	}
	r.Version++
	if err := d.redrawCard(PayoutCard, r.ID.String()); err != nil {
		return r, "", err
	}
	return r, PayoutCounted, d.audit("payout approve", r.ID.String(), fmt.Sprintf("%d of %d, content %s", given, r.Needs, r.Hash))
}

// openPayout finds a run to decide on. When it is decided already, every copy of its card is drawn again, because
// somebody has just pressed one that did not say so.
func (d *Desk) openPayout(id PayoutID) (r PayoutRun, late bool, err error) {
	if r, err = d.tx.PayoutRun(id); err != nil {
		return r, false, err
	}
	if r.State == PayoutPending {
		return r, false, nil
	}
	return r, true, d.redrawCard(PayoutCard, id.String())
}

// approvalsOf lists the approvals of a run that count: of its content, by people who are neither its maker nor paid by it
// and, while it is pending, still may approve.
func (d *Desk) approvalsOf(r PayoutRun) ([]PayoutApproval, error) {
	all, err := d.tx.PayoutApprovals(r.ID)
	if err != nil {
		return nil, err
	}
	paid, err := d.paidPeople(r.ID)
	if err != nil {
		return nil, err
	}
	var list []PayoutApproval
	for _, a := range all {
		if a.Hash != r.Hash || a.Member == r.PreparedBy || paid[a.Member] {
			continue
		}
		m, err := d.tx.Member(a.Member)
		if err != nil {
			return nil, err
		}
		if r.State != PayoutPending || mayApprove(m) {
			list = append(list, a)
		}
	}
	return list, nil
}

// paidPeople is the people whom a run pays as creators: nobody approves their own money.
func (d *Desk) paidPeople(id PayoutID) (map[MemberID]bool, error) {
	payees, err := d.tx.BoundPayees(id)
	paid := map[MemberID]bool{}
	for _, c := range payees {
		paid[c.Member] = true
	}
	return paid, err
}

// payoutChanges says what has changed since the run was prepared; empty: nothing, it pays exactly what was frozen.
func (d *Desk) payoutChanges(r PayoutRun) (string, error) {
	all, err := d.tx.PayoutLines(r.ID)
	if err != nil {
		return "", err
	}
	frozen := slices.DeleteFunc(all, func(l PayoutLine) bool { return l.Held != "" })
	if r.contentHash(frozen) != r.Hash {
		return "", errors.New("the recorded lines of " + r.ID.String() + " are not those that its hash was made of")
	}
	orders, err := d.tx.TakenLines(r.ID)
	if err != nil {
		return "", err
	}
	settled := slices.DeleteFunc(orders, func(o OrderLine) bool { return o.State != LineSettled || o.Actual.Currency != r.Currency })
	payees, err := d.tx.Payees(creatorsOf(settled), r.Currency)
	if err != nil {
		return "", err
	}
	for id, p := range payees {
		p.Promised = 0 // what others wait for is decided when they are: who comes first is paid
		payees[id] = p
	}
	// The minimum is of the day on which the run was prepared.
	now, err := planPayout(settled, payees, payoutLimits{Health: d.poorHealth()})
	if err != nil {
		return "", err
	}
	if r.contentHash(now) == r.Hash {
		return "", nil
	}
	return describeChanges(frozen, now), nil
}

// describeChanges says how lines differ from the frozen ones: "2 of 5 lines changed since it was prepared (1 refunded …)".
func describeChanges(frozen, now []PayoutLine) string {
	byLine := map[LineID]PayoutLine{}
	for _, l := range now {
		byLine[l.Line] = l
	}
	counts, changed := map[string]int{}, 0
	for _, was := range frozen {
		is, ok := byLine[was.Line]
		switch {
		case !ok:
			counts["no longer settled"]++
		case is.Held != "":
			for _, h := range ParseHolds(is.Held) {
				counts[Hold{Rule: h.Rule}.String()]++
			}
		case is.Creator != was.Creator || is.Commission != was.Commission || is.Agency != was.Agency || is.Payable != was.Payable:
			counts["another amount"]++
		default:
			continue
		}
		changed++
	}
	var words []string
	for what, n := range counts {
		words = append(words, fmt.Sprintf("%d: %s", n, what))
	}
	slices.Sort(words)
	return fmt.Sprintf("%d of %s changed since it was prepared (%s)", changed, Count(int64(len(frozen)), "line"), strings.Join(words, "; "))
}

// postPayout approves a run for good: the creators are no longer owed what is now on its way to the bank.
func (d *Desk) postPayout(r PayoutRun, last Member) (PayoutRun, error) {
	payees, err := d.tx.PayoutPayees(r.ID)
	if err != nil {
		return r, err
	}
	p := Posting{Key: fmt.Sprintf("payout:%d", r.ID), Kind: "payout", Ref: r.ID.String(), Memo: "approved, content " + r.Hash}
	total := money.Of(0, r.Currency)
	for _, payee := range payees {
		p.Entries = append(p.Entries, Entry{Account: CreatorAccount(payee.Creator), Amount: payee.Payable})
		if total, err = total.Add(payee.Payable); err != nil {
			return r, fmt.Errorf("adding up the run: %w", err)
		}
	}
	if total != r.Total {
		return r, fmt.Errorf("the lines of %s add up to %s, not to its total %s", r.ID, total, r.Total)
	}
	p.Entries = append(p.Entries, Entry{Account: PayoutTransitAccount(r.ID), Amount: total.Neg()})
	if err := d.record(p); err != nil {
		return r, err
	}
	if r, err = d.closePayout(r, PayoutApproved, last.ID, ""); err != nil {
		return r, err
	}
	return r, d.tellPayees(r)
}

// DenyPayout ends a pending run with a reason and frees its lines for the next one.
func (d *Desk) DenyPayout(id PayoutID, reason string) (PayoutRun, PayoutOutcome, error) {
	r, outcome, err := d.DeniablePayout(id)
	if err != nil || outcome == PayoutLate {
		return r, outcome, err
	}
	me, err := d.self()
	if err != nil {
		return r, "", err
	}
	reason = strings.Join(strings.Fields(reason), " ")
	if reason == "" {
		return r, "", Field("reason", "Say why it is denied, so that the maker can put it right.")
	}
	if utf8.RuneCountInString(reason) > 300 {
		return r, "", Field("reason", "Keep the reason under 300 characters.")
	}
	r, err = d.closePayout(r, PayoutDenied, me.ID, reason)
	return r, PayoutDone, err
}

// DeniablePayout finds a run that the actor may deny, before they are asked for the reason. The outcome is late when it
// is decided already.
func (d *Desk) DeniablePayout(id PayoutID) (PayoutRun, PayoutOutcome, error) {
	me, err := d.payoutPerson(ApprovePayout)
	if err != nil {
		return PayoutRun{}, "", err
	}
	r, late, err := d.openPayout(id)
	if err != nil || late {
		return r, PayoutLate, err
	}
	if me.ID == r.PreparedBy {
		return r, "", Forbidden("You prepared %s. `/payout cancel %s` takes it back.", id, id)
	}
	return r, "", nil
}

// CancelPayout takes a pending run back and frees its lines. Only its maker may.
func (d *Desk) CancelPayout(id PayoutID) (PayoutRun, PayoutOutcome, error) {
	me, err := d.payoutPerson(PreparePayout)
	if err != nil {
		return PayoutRun{}, "", err
	}
	r, late, err := d.openPayout(id)
	if err != nil || late {
		return r, PayoutLate, err
	}
	if me.ID != r.PreparedBy {
		maker, err := d.tx.Member(r.PreparedBy)
		if err != nil {
			return r, "", err
		}
		return r, "", Forbidden("Only %s, who prepared %s, can take it back. An approver can deny it: `/payout deny %s` and the reason.", maker.Name, id, id)
	}
	r, err = d.closePayout(r, PayoutCanceled, me.ID, "")
	return r, PayoutDone, err
}

// closePayout decides a run: its state, its lines, its card everywhere, and a word to its maker.
func (d *Desk) closePayout(r PayoutRun, state PayoutState, by MemberID, reason string) (PayoutRun, error) {
	r.State, r.DecidedBy, r.DecidedAt, r.Reason = state, by, d.Time, reason
	if err := d.tx.UpdatePayoutRun(r); err != nil {
		return r, err
	}
	r.Version++
	if !r.Living() {
		if err := d.tx.FreePayoutLines(r.ID); err != nil {
			return r, err
		}
	}
	if err := d.redrawCard(PayoutCard, r.ID.String()); err != nil {
		return r, err
	}
	if err := d.tellMaker(r); err != nil {
		return r, err
	}
	verb := map[PayoutState]string{PayoutApproved: "payout approve", PayoutDenied: "payout deny", PayoutCanceled: "payout cancel"}[state]
	if by == 0 {
		verb = "payout void"
	}
	detail := "content " + r.Hash
	if reason != "" {
		detail = reason + ", " + detail
	}
	return r, d.audit(verb, r.ID.String(), detail)
}

// tellMaker writes to the maker what became of their run, unless they did it themselves.
func (d *Desk) tellMaker(r PayoutRun) error {
	if r.DecidedBy == r.PreparedBy {
		return nil
	}
	_, err := d.tell(notice{To: r.PreparedBy, On: d.Actor.Identity.Platform, Kind: NoticeNews, Out: Outgoing{Kind: PayoutNote,
		Ref: r.ID.String(), Key: fmt.Sprintf("payout-note:%d:%s", r.ID, r.State)}})
	return err
}
