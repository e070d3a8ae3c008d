package agency

import "liaison/agency/money"

// PayoutState is where a payout run stands.
type PayoutState string

// The states of a payout run.
const (
	PayoutPending  PayoutState = "pending"  // waits for approval
	PayoutApproved PayoutState = "approved" // posted to the ledger, ready for the bank
	PayoutDenied   PayoutState = "denied"
	PayoutCanceled PayoutState = "canceled" // taken back by its maker
)

// PayoutCard is the view that draws a payout run.
const PayoutCard = "payout-card"

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
	Needs      int64 // how many different approvers
	PreparedBy MemberID
	PreparedAt Instant
	DecidedBy  MemberID // who denied, canceled or gave the last approval
	DecidedAt  Instant
	Reason     string // why it was denied
	Version    int64
}

// PayoutLine is one order line in a run, or held back from it.
type PayoutLine struct {
	Run        PayoutID
	Line       LineID
	Creator    CreatorID
	Commission money.Amount // the actual commission
	Agency     money.Amount // the agency's part by contract
	Payable    money.Amount // what the creator gets: commission less the agency's part
	Held       string       // why it is held back; empty: it is in the run
}

// PayoutApproval is one approver's yes to one hash.
type PayoutApproval struct {
	Run    PayoutID
	Member MemberID
	Hash   string
	At     Instant
}

// payoutTx is what payout runs need of the store.
type payoutTx interface {
	PayoutRun(PayoutID) (PayoutRun, error)
	PayoutRunsIn(PayoutState, int) ([]PayoutRun, error)
	PayoutRuns(limit int) ([]PayoutRun, error)
	PayoutLines(PayoutID) ([]PayoutLine, error)
	PayoutApprovals(PayoutID) ([]PayoutApproval, error)
	InsertPayoutRun(PayoutRun, []PayoutLine) (PayoutID, error)
	// UpdatePayoutRun writes a run whose version is still the given one and raises it; Stale when it is not.
	UpdatePayoutRun(PayoutRun) error
	InsertPayoutApproval(PayoutApproval) error
	// FreePayoutLines gives the lines of a run that will not be paid back to the next one.
	FreePayoutLines(PayoutID) error
}
