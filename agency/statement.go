package agency

import (
	"fmt"
	"strings"

	"liaison/agency/money"
)

// PayoutStatement is the view of the note that tells a creator what an approved run pays them. Its reference is the run
// and the creator: "P-7 C-45".
const PayoutStatement = "payout-statement"

// Statement is one creator's part of a payout run.
type Statement struct {
	Run       PayoutRun
	Of        Creator
	Sum       PayeeSum       // what is paid
	Paid      []PayoutDetail // the first of its lines
	Held      []PayoutDetail // the first of those held back, with reasons
	HeldLines int64
	HeldTotal money.Amount
}

// statementLines is how many lines of each kind a statement writes out; the sums are of all.
const statementLines = 15

// statementTx is what statements need of the store.
type statementTx interface {
	// BoundPayees lists the creators whom a run pays and behind whom there is a person.
	BoundPayees(PayoutID) ([]Creator, error)
}

// tellPayees sends every creator in an approved run their statement, once.
func (d *Desk) tellPayees(r PayoutRun) error {
	payees, err := d.tx.BoundPayees(r.ID)
	if err != nil {
		return err
	}
	for _, c := range payees {
		_, err := d.tell(notice{To: c.Member, On: Discord, Kind: NoticeStatement, Out: Outgoing{Kind: PayoutStatement,
			Ref: r.ID.String() + " " + c.ID.String(), Key: fmt.Sprintf("%s:%d:%d", PayoutStatement, r.ID, c.ID)}})
		if err != nil {
			return err
		}
	}
	return nil
}

// ParseStatementRef reads the reference of a statement: "P-7 C-45".
func ParseStatementRef(text string) (run PayoutID, of CreatorID, err error) {
	first, second, _ := strings.Cut(text, " ")
	if run, err = ParsePayoutID(first); err != nil {
		return 0, 0, err
	}
	of, err = ParseCreatorID(second)
	return run, of, err
}

// Statement is a creator's part of a run, for staff and for the note that tells it.
func (d *Desk) Statement(run PayoutID, of CreatorID) (Statement, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return Statement{}, err
	}
	c, err := d.tx.Creator(of)
	if err != nil {
		return Statement{}, err
	}
	return d.statement(run, c)
}

// MyStatement is the creator's own part of a run that was approved. Of a run that pays them nothing there is nothing to see.
func (d *Desk) MyStatement(run PayoutID) (Statement, error) {
	c, err := d.myself()
	if err != nil {
		return Statement{}, err
	}
	s, err := d.statement(run, c)
	if err != nil && CodeOf(err) != CodeNotFound {
		return Statement{}, err
	}
	if err != nil || s.Run.State != PayoutApproved || s.Sum.Lines == 0 || s.Run.PreparedAt <= c.FormerUntil {
		return Statement{}, NotFound("There is no statement of yours in %s.", run)
	}
	return s, nil
}

func (d *Desk) statement(run PayoutID, c Creator) (s Statement, err error) {
	s.Of = c
	if s.Run, err = d.tx.PayoutRun(run); err != nil {
		return s, err
	}
	zero := money.Of(0, s.Run.Currency)
	s.Sum, s.HeldTotal = PayeeSum{Creator: c.ID, Handle: c.Handle, Commission: zero, Agency: zero, Payable: zero}, zero
	lines, total, err := d.tx.PayoutDetails(run, c.ID, statementLines, 0) // those that are paid come first
	if err != nil {
		return s, err
	}
	payees, err := d.tx.PayoutPayees(run)
	if err != nil {
		return s, err
	}
	for _, p := range payees {
		if p.Creator == c.ID {
			s.Sum = p
		}
	}
	for _, l := range lines {
		if l.Held == "" {
			s.Paid = append(s.Paid, l)
		}
	}
	if s.HeldLines = int64(total) - s.Sum.Lines; s.HeldLines == 0 {
		return s, nil
	}
	if s.Held, _, err = d.tx.PayoutDetails(run, c.ID, statementLines, int(s.Sum.Lines)); err != nil {
		return s, err
	}
	held, err := d.tx.PayoutHeld(run)
	if err != nil {
		return s, err
	}
	for _, h := range held {
		if h.Creator != c.ID {
			continue
		}
		if s.HeldTotal, err = s.HeldTotal.Add(h.Payable); err != nil {
			return s, fmt.Errorf("adding up what is held: %w", err)
		}
	}
	return s, nil
}
