package handlers

import (
	"fmt"
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/bot"
)

func payoutViews() map[string]bot.View {
	return map[string]bot.View{
		agency.PayoutCard: func(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
			s, err := payoutOf(d, o)
			if err != nil {
				return bot.Message{}, err
			}
			m, err := payoutMessage(d, s)
			if err == nil && s.Run.State == agency.PayoutPending {
				m.Parts = append(m.Parts, payoutActions(s.Run))
			}
			return m, err
		},
		agency.PayoutNote: func(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
			s, err := payoutOf(d, o)
			if err != nil {
				return bot.Message{}, err
			}
			return payoutNote(d, s.Run)
		},
	}
}

func payoutOf(d *agency.Desk, o agency.Outgoing) (agency.PayoutSheet, error) {
	id, err := agency.ParsePayoutID(o.Ref)
	if err != nil {
		return agency.PayoutSheet{}, err
	}
	return d.Payout(id)
}

// topPayees is how many payees a card names; the others are counted and summed.
const topPayees = 10

// payoutMessage draws a run without its buttons: how much to whom, what is held and why, who has approved.
func payoutMessage(d *agency.Desk, s agency.PayoutSheet) (bot.Message, error) {
	r := s.Run
	headline := fmt.Sprintf("%s · %s to %s", r.ID, r.Total, agency.Count(r.Payees, "creator"))
	state, err := stateLine(d, r)
	if err != nil {
		return bot.Message{}, err
	}
	approvals, err := approvalLine(d, s)
	if err != nil {
		return bot.Message{}, err
	}
	maker, err := bot.MemberName(d, r.PreparedBy)
	if err != nil {
		return bot.Message{}, err
	}
	commission, share, err := wholeCommission(s.Payees)
	if err != nil {
		return bot.Message{}, err
	}
	lines := agency.Count(r.Lines, "line")
	if r.Held > 0 {
		lines += fmt.Sprintf(", and %d held back", r.Held)
	}
	fields := []bot.Pair{
		{Label: "State", Value: state},
		{Label: "Approvals", Value: approvals},
		{Label: "Prepared by", Value: bot.Join(maker, bot.T(", "), bot.When(r.PreparedAt))},
		{Label: "Settled before", Value: bot.When(r.Cutoff)},
		{Label: "Pays", Value: bot.T("%s", lines)},
		{Label: "Commission", Value: bot.T("%s, of which the agency keeps %s", commission, share)},
	}
	m := bot.Message{Summary: headline + ": " + stateWord(r), Parts: []bot.Part{bot.Heading("%s", headline), {Fields: fields}}}
	if !r.Living() {
		m.Parts = append(m.Parts, bot.Small(bot.T("Nothing is paid and its lines are free for the next run. "), bot.C("/payout lines %s", r.ID), bot.T(" shows them.")))
		return m, nil
	}
	payees, err := payeeTable(s.Payees)
	if err != nil {
		return bot.Message{}, err
	}
	m.Parts = append(m.Parts, bot.Part{Table: &payees})
	if len(s.Held) > 0 {
		held := heldTable(s)
		m.Parts = append(m.Parts, bot.Part{Table: &held})
	}
	m.Parts = append(m.Parts, bot.Small(figuresSource(r), bot.T(" "), bot.C("/payout lines %s", r.ID), bot.T(" shows the arithmetic of each line.")))
	return m, nil
}

// stateWord is where a run stands, in a table.
func stateWord(r agency.PayoutRun) string {
	switch {
	case r.State == agency.PayoutPending:
		return "waits for approval"
	case r.State == agency.PayoutDenied && r.DecidedBy == 0:
		return "void"
	case r.State == agency.PayoutCanceled:
		return "taken back"
	}
	return string(r.State)
}

func stateLine(d *agency.Desk, r agency.PayoutRun) (bot.Text, error) {
	if r.State == agency.PayoutPending {
		return bot.T("waits for approval"), nil
	}
	return decision(d, r)
}

// decision is who decided what and when: "denied by @fay, 23 Nov 2026 10:04: wrong cutoff".
func decision(d *agency.Desk, r agency.PayoutRun) (bot.Text, error) {
	by, err := bot.MemberName(d, r.DecidedBy)
	if err != nil {
		return nil, err
	}
	if r.DecidedBy == 0 {
		by = bot.T("the desk")
	}
	said := bot.Join(bot.T("%s by ", stateWord(r)), by, bot.T(", "), bot.When(r.DecidedAt))
	if r.Reason != "" {
		said = bot.Join(said, bot.T(": "), bot.I("%s", strings.TrimPrefix(r.Reason, "voided: ")))
	}
	return said, nil
}

// approvalLine is "1 of 2: @fay, 10:04 (two different people, because …)".
func approvalLine(d *agency.Desk, s agency.PayoutSheet) (bot.Text, error) {
	if s.Run.State == agency.PayoutDenied && s.Run.DecidedBy == 0 {
		return bot.T("void"), nil
	}
	line := bot.T("%d of %d", len(s.Approvals), s.Run.Needs)
	for i, a := range s.Approvals {
		who, err := bot.MemberName(d, a.Member)
		if err != nil {
			return nil, err
		}
		gap := ", "
		if i == 0 {
			gap = ": approved by "
		}
		line = bot.Join(line, bot.T("%s", gap), who, bot.T(" "), bot.When(a.At))
	}
	if s.Run.Needs > 1 {
		line = bot.Join(line, bot.T(" (different people, because %s)", s.Run.NeedsWhy))
	}
	return line, nil
}

func wholeCommission(payees []agency.PayeeSum) (commission, share money.Amount, err error) {
	for _, p := range payees {
		if commission, err = commission.Add(p.Commission); err != nil {
			return commission, share, err
		}
		if share, err = share.Add(p.Agency); err != nil {
			return commission, share, err
		}
	}
	return commission, share, nil
}

// payeeTable names the payees that get most and sums the others.
func payeeTable(payees []agency.PayeeSum) (bot.Table, error) {
	table := bot.Table{Caption: "Payees", Columns: []bot.Column{{Name: "Creator"}, {Name: "Lines", Align: bot.Right},
		{Name: "Commission", Align: bot.Right}, {Name: "Agency", Align: bot.Right}, {Name: "Gets", Align: bot.Right}}}
	var rest money.Amount
	for i, p := range payees {
		if i >= topPayees {
			var err error
			if rest, err = rest.Add(p.Payable); err != nil {
				return table, err
			}
			continue
		}
		table.Rows = append(table.Rows, []string{p.Creator.String() + " @" + p.Handle, strconv.FormatInt(p.Lines, 10),
			p.Commission.String(), p.Agency.String(), p.Payable.String()})
	}
	if n := len(payees) - topPayees; n > 0 {
		table.Caption = fmt.Sprintf("The %d payees that get most; %d more get %s", topPayees, n, rest)
	}
	return table, nil
}

// heldTable says what waits and why.
func heldTable(s agency.PayoutSheet) bot.Table {
	table := bot.Table{Caption: fmt.Sprintf("Held back: %s of %s", s.HeldTotal, agency.Count(int64(s.HeldFrom), "creator")),
		Columns: []bot.Column{{Name: "Why"}, {Name: "Creators", Align: bot.Right}, {Name: "Lines", Align: bot.Right}, {Name: "Amount", Align: bot.Right}}}
	var reasons int64
	for _, g := range s.Held {
		reasons += g.Lines
		table.Rows = append(table.Rows, []string{agency.Hold{Rule: g.Rule}.String(), strconv.Itoa(g.Creators), strconv.FormatInt(g.Lines, 10), g.Payable.String()})
	}
	if reasons > s.Run.Held {
		table.Caption += ", some for more than one reason"
	}
	return table
}

func figuresSource(r agency.PayoutRun) bot.Text {
	source := r.Source
	if source == "" {
		source = "the records"
	}
	return bot.Join(bot.T("Settled figures from %s, brought in ", source), bot.When(r.FiguresAt), bot.T("."))
}

func payoutActions(r agency.PayoutRun) bot.Part {
	id := r.ID.String()
	return bot.Actions(
		bot.Button{Label: "Approve", Style: bot.Primary, Command: "payout approve", Value: bot.Seen(id+" "+r.Seal(), r.Seal()), Confirm: &bot.Confirm{
			Title: "Approve " + id + "?", Yes: "Approve", No: "Not yet",
			Text: fmt.Sprintf("%s to %s, in %s. With the last approval it is posted to the ledger.",
				r.Total, agency.Count(r.Payees, "creator"), agency.Count(r.Lines, "line"))}},
		bot.Button{Label: "Deny", Style: bot.Danger, Command: "payout deny", Value: bot.Seen(id, r.Seal())},
		bot.Button{Label: "Lines", Command: "payout lines", Value: id})
}

// aboutRun is what denying a run and taking it back are about: after a restore from a backup its number may be another run's.
// A decision does not make the buttons old: of that the command itself speaks.
func aboutRun(t *bot.Turn) (bot.Object, error) {
	id, err := payoutWord(t)
	if err != nil {
		return bot.Object{}, err
	}
	s, err := t.Desk.Payout(id)
	return bot.Object{Name: id.String(), Version: s.Run.Seal(), Card: agency.PayoutCard, Ref: id.String()}, err
}

// payoutNote tells the maker what became of their run, and what to do.
func payoutNote(d *agency.Desk, r agency.PayoutRun) (bot.Message, error) {
	said, err := decision(d, r)
	if err != nil {
		return bot.Message{}, err
	}
	text := bot.Join(bot.T("Your payout run "), bot.B("%s", r.ID), bot.T(" of %s is ", r.Total), said, bot.T(". "))
	if r.State == agency.PayoutApproved {
		text = bot.Join(text, bot.T("It is posted to the ledger; pay it from the bank."))
	} else {
		text = bot.Join(text, bot.T("Nothing is paid and its lines are free; "), bot.C("/payout run %s", r.Currency), bot.T(" prepares a new run."))
	}
	return bot.Message{Summary: text.String(), Parts: []bot.Part{bot.Para(text)}}, nil
}
