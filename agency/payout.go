package agency

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"liaison/agency/money"
)

// PayoutState is where a payout run stands.
type PayoutState string

// The states of a payout run. A pending and an approved run are living: they hold the lines that they have taken.
const (
	PayoutPending  PayoutState = "pending"  // waits for approval
	PayoutApproved PayoutState = "approved" // posted to the ledger, ready for the bank
	PayoutDenied   PayoutState = "denied"   // by a person, or by the desk because the content has changed
	PayoutCanceled PayoutState = "canceled" // taken back by its maker
)

// PayoutCard is the view that draws a payout run; PayoutNote tells its maker what became of it.
const (
	PayoutCard = "payout-card"
	PayoutNote = "payout-note"
)

// PayoutRun is a frozen batch of payable lines in one currency. Hash binds approvals to exactly this content.
type PayoutRun struct {
	ID         PayoutID
	State      PayoutState
	Currency   money.Currency
	Cutoff     Instant // lines settled before it are in
	Total      money.Amount
	Payees     int64
	Lines      int64
	Held       int64 // lines left out, with reasons
	Hash       string
	Needs      int64   // how many different approvers; a run under way keeps what was asked when it was prepared
	NeedsWhy   string  // why more than one; empty for one
	FiguresAt  Instant // when the newest of its lines was brought in
	Source     string  // where its lines came from
	PreparedBy MemberID
	PreparedAt Instant
	DecidedBy  MemberID // who denied, canceled or gave the last approval; zero: the desk itself
	DecidedAt  Instant
	Reason     string // why it was denied
	Version    int64
}

// Living reports whether the run holds its lines.
func (r PayoutRun) Living() bool { return r.State == PayoutPending || r.State == PayoutApproved }

// PayoutLine is one order line in a run, or held back from it.
type PayoutLine struct {
	Run        PayoutID
	Line       LineID
	Creator    CreatorID
	Share      money.BasisPoints // the agency's part, as it was when the line settled
	Commission money.Amount      // the actual commission
	Agency     money.Amount      // what that part comes to
	Payable    money.Amount      // what the creator gets: commission less the agency's part
	Held       string            // why it is held back, see ParseHolds; empty: it is in the run
}

// PayoutApproval is one approver's yes to one hash.
type PayoutApproval struct {
	Run    PayoutID
	Member MemberID
	Hash   string
	At     Instant
}

// Payee is a creator as far as paying them goes.
type Payee struct {
	ID          CreatorID
	Handle      string
	State       CreatorState
	Health      int64 // zero when unknown
	TaxForm     bool
	PayoutReady bool
	Case        CaseID // a case of high or critical severity that is not resolved; zero: none
	Owed        int64  // minor units: what the ledger owes them in the run's currency; negative after a clawback
	Promised    int64  // minor units: what pending runs in that currency will pay them
}

// PayeeSum is what one creator gets in a run.
type PayeeSum struct {
	Creator    CreatorID
	Handle     string
	Lines      int64
	Commission money.Amount
	Agency     money.Amount
	Payable    money.Amount
}

// HeldSum is what is held back from one creator in a run for one set of reasons.
type HeldSum struct {
	Creator CreatorID
	Held    string
	Lines   int64
	Payable money.Amount
}

// PayoutDetail is a line of a run with what people know it by.
type PayoutDetail struct {
	PayoutLine
	Handle  string
	OrderNo string
	SKU     string
}

// payoutTx is what payout runs need of the store.
type payoutTx interface {
	PayoutRun(PayoutID) (PayoutRun, error)
	// PayoutRunsIn lists the runs of a state, oldest first.
	PayoutRunsIn(PayoutState, int) ([]PayoutRun, error)
	// PayoutRuns lists runs, newest first; total counts all.
	PayoutRuns(limit, offset int) (list []PayoutRun, total int, err error)
	// PayoutRunsBy lists the living runs of a maker in a currency, prepared since an instant, oldest first.
	PayoutRunsBy(maker MemberID, currency money.Currency, since Instant) ([]PayoutRun, error)
	// PayoutLines lists the lines of a run, held ones included, by order line.
	PayoutLines(PayoutID) ([]PayoutLine, error)
	// PayoutPayees sums what is paid per creator, the most first.
	PayoutPayees(PayoutID) ([]PayeeSum, error)
	// PayoutHeld sums what is held back per creator and set of reasons.
	PayoutHeld(PayoutID) ([]HeldSum, error)
	// PayoutDetails lists lines of a run, of one creator or (zero) all; total counts all that match.
	PayoutDetails(id PayoutID, creator CreatorID, limit, offset int) (list []PayoutDetail, total int, err error)
	PayoutApprovals(PayoutID) ([]PayoutApproval, error)
	// Payees finds what decides whether creators are paid, in a currency.
	Payees([]CreatorID, money.Currency) (map[CreatorID]Payee, error)
	// TakenLines lists the order lines that a run has taken, as they are now.
	TakenLines(PayoutID) ([]OrderLine, error)
	// InsertPayoutRun adds a run with its lines and takes those that are not held; Conflict when another run has taken one.
	InsertPayoutRun(PayoutRun, []PayoutLine) (PayoutID, error)
	// UpdatePayoutRun writes a run whose version is still the given one and raises it; Stale when it is not.
	UpdatePayoutRun(PayoutRun) error
	InsertPayoutApproval(PayoutApproval) error
	// FreePayoutLines gives the lines of a run that will not be paid back to the next one.
	FreePayoutLines(PayoutID) error
}

// PayoutOrder is what is asked when a run is prepared.
type PayoutOrder struct {
	Currency money.Currency
	Until    Date    // the last day whose settled lines are in, in the agency's zone; empty: up to now
	Ask      Address // where it was asked: the card goes there when no channel gets approvals
}

// PreparedPayout is a run that was just prepared.
type PreparedPayout struct {
	Run       PayoutRun
	InFeed    bool // its card is in the approvals channels; else where it was asked
	Approvers int  // how many people other than the maker may approve it
}

// splitWindow is how far back the same maker's runs count towards the limit of one approver, so that a run cannot be
// split to stay under it (agency policy).
const splitWindow = 24 * time.Hour

// PayableCurrencies lists the currencies in which settled lines wait.
func (d *Desk) PayableCurrencies(until Date) ([]money.Currency, error) {
	if err := d.authorize(PreparePayout); err != nil {
		return nil, err
	}
	cutoff, err := d.cutoff(until)
	if err != nil {
		return nil, err
	}
	return d.tx.PayableCurrencies(cutoff)
}

// cutoff is the instant before which lines must have settled.
func (d *Desk) cutoff(until Date) (Instant, error) {
	if until == "" {
		return d.Time, nil
	}
	if until > DateOf(d.Time, d.Zone()) {
		return 0, Invalid("%s is still to come. Leave the date out to pay what has settled up to now.", until)
	}
	return min(until.AddDays(1).Start(d.Zone()), d.Time), nil
}

// PreparePayout freezes what is payable in a currency into a run and shows its card for approval. Lines that must wait
// are recorded with the reason and not taken. When nothing can be paid, the refusal says why.
func (d *Desk) PreparePayout(in PayoutOrder) (PreparedPayout, error) {
	maker, err := d.payoutPerson(PreparePayout)
	if err != nil {
		return PreparedPayout{}, err
	}
	cutoff, err := d.cutoff(in.Until)
	if err != nil {
		return PreparedPayout{}, err
	}
	lines, orders, err := d.payable(in.Currency, cutoff)
	if err != nil {
		return PreparedPayout{}, err
	}
	r := PayoutRun{State: PayoutPending, Currency: in.Currency, Cutoff: cutoff, PreparedBy: maker.ID, PreparedAt: d.Time, Version: 1}
	if err := r.sum(lines); err != nil {
		return PreparedPayout{}, err
	}
	if r.Lines == 0 {
		return PreparedPayout{}, nothingPayable(in.Currency, lines)
	}
	r.FiguresAt, r.Source = figuresOf(orders)
	recent, err := d.tx.PayoutRunsBy(maker.ID, in.Currency, d.Time.Add(-splitWindow))
	if err != nil {
		return PreparedPayout{}, err
	}
	rule, known := d.Rules.PayoutRule(string(in.Currency), d.today())
	if r.Needs, r.NeedsWhy, err = approversNeeded(r.Total, recent, rule.TwoApprover, known); err != nil {
		return PreparedPayout{}, err
	}
	if r.ID, err = d.tx.InsertPayoutRun(r, lines); err != nil {
		return PreparedPayout{}, err
	}
	return d.announcePayout(r, in.Ask)
}

// payable plans what is payable in a currency, with the order lines behind it.
func (d *Desk) payable(c money.Currency, cutoff Instant) ([]PayoutLine, []OrderLine, error) {
	orders, err := d.tx.PayableLines(c, cutoff)
	if err != nil {
		return nil, nil, err
	}
	payees, err := d.tx.Payees(creatorsOf(orders), c)
	if err != nil {
		return nil, nil, err
	}
	rule, _ := d.Rules.PayoutRule(string(c), d.today())
	lines, err := planPayout(orders, payees, payoutLimits{Minimum: money.Of(rule.Minimum, c), Health: d.poorHealth()})
	return lines, orders, err
}

// poorHealth is the Creator Health Rating at or below which a creator's money waits.
func (d *Desk) poorHealth() int64 {
	limit, _ := d.Rules.Limit("creator health", "", d.today())
	return limit.Value
}

func (d *Desk) today() string { return string(DateOf(d.Time, d.Zone())) }

func (d *Desk) announcePayout(r PayoutRun, ask Address) (PreparedPayout, error) {
	out := PreparedPayout{Run: r}
	channels, err := d.tx.Subscriptions(ApprovalsFeed)
	if err != nil {
		return out, err
	}
	if out.InFeed = len(channels) > 0; out.InFeed {
		err = d.showCardInFeed(PayoutCard, r.ID.String(), ApprovalsFeed)
	} else {
		err = d.showCard(PayoutCard, r.ID.String(), ask)
	}
	if err != nil {
		return out, err
	}
	if out.Approvers, err = d.approversBut(r.PreparedBy); err != nil {
		return out, err
	}
	return out, d.audit("payout run", r.ID.String(), fmt.Sprintf("%s to %d creators in %d lines, %d held, %d to approve, content %s",
		r.Total, r.Payees, r.Lines, r.Held, r.Needs, r.Hash))
}

// approversBut counts who may approve, without one of them.
func (d *Desk) approversBut(maker MemberID) (int, error) {
	all, err := d.tx.Members()
	if err != nil {
		return 0, err
	}
	n := 0
	for _, m := range all {
		if m.ID != maker && mayApprove(m) {
			n++
		}
	}
	return n, nil
}

func mayApprove(m Member) bool { return Actor{Member: m}.May(ApprovePayout) }

// payoutPerson is the acting person with a right. The desk itself has every right but is nobody: it can be neither
// maker nor approver, or the two could not be told apart.
func (d *Desk) payoutPerson(r Right) (Member, error) {
	if err := d.authorize(r); err != nil {
		return Member{}, err
	}
	if d.Actor.IsSystem() {
		return Member{}, Forbidden("Payout runs are prepared and decided by people, in chat.")
	}
	return d.self()
}

// PayoutSheet is a run with what its card shows.
type PayoutSheet struct {
	Run       PayoutRun
	Approvals []PayoutApproval // those that count
	Payees    []PayeeSum       // the most first
	Held      []HeldGroup
	HeldTotal money.Amount
	HeldFrom  int       // creators
	Places    []Address // where its card is
}

// Payout finds a run with what its card shows.
func (d *Desk) Payout(id PayoutID) (PayoutSheet, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return PayoutSheet{}, err
	}
	var s PayoutSheet
	var err error
	if s.Run, err = d.tx.PayoutRun(id); err != nil {
		return s, err
	}
	if s.Approvals, err = d.approvalsOf(s.Run); err != nil {
		return s, err
	}
	if s.Payees, err = d.tx.PayoutPayees(id); err != nil {
		return s, err
	}
	held, err := d.tx.PayoutHeld(id)
	if err != nil {
		return s, err
	}
	if s.Held, s.HeldTotal, s.HeldFrom, err = groupHeld(held); err != nil {
		return s, err
	}
	s.Places, err = d.tx.CardPlaces(PayoutCard, id.String())
	return s, err
}

// Payouts lists runs, newest first; total counts all.
func (d *Desk) Payouts(limit, offset int) (list []PayoutRun, total int, err error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, 0, err
	}
	return d.tx.PayoutRuns(limit, offset)
}

// PendingPayouts lists the runs that wait for approval, the longest waiting first.
func (d *Desk) PendingPayouts(limit int) ([]PayoutRun, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, err
	}
	return d.tx.PayoutRunsIn(PayoutPending, limit)
}

// PayoutLines lists lines of a run, of one creator or (zero) all; total counts all that match.
func (d *Desk) PayoutLines(id PayoutID, creator CreatorID, limit, offset int) (run PayoutRun, list []PayoutDetail, total int, err error) {
	if err := d.authorize(SeeRecords); err != nil {
		return run, nil, 0, err
	}
	if run, err = d.tx.PayoutRun(id); err != nil {
		return run, nil, 0, err
	}
	list, total, err = d.tx.PayoutDetails(id, creator, limit, offset)
	return run, list, total, err
}

// figuresOf is when the newest of the lines was brought in, and where they came from.
func figuresOf(orders []OrderLine) (at Instant, source string) {
	var sources []string
	for _, l := range orders {
		at = max(at, l.UpdatedAt)
		if l.Source != "" && !slices.Contains(sources, l.Source) {
			sources = append(sources, l.Source)
		}
	}
	slices.Sort(sources)
	return at, strings.Join(sources, ", ")
}

func creatorsOf(orders []OrderLine) []CreatorID {
	var ids []CreatorID
	seen := map[CreatorID]bool{}
	for _, l := range orders {
		if !seen[l.Creator] {
			seen[l.Creator] = true
			ids = append(ids, l.Creator)
		}
	}
	return ids
}
