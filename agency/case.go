package agency

// CaseKind is what a case is about.
type CaseKind string

// The kinds of case.
const (
	Violation CaseKind = "violation"
	Dispute   CaseKind = "dispute"
	Concern   CaseKind = "concern"
)

// Severity is how bad a case is.
type Severity string

// The severities, worst first.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
)

// CaseState is where a case stands.
type CaseState string

// The states of a case. An acknowledged case stops nagging.
const (
	CaseOpen         CaseState = "open"
	CaseAcknowledged CaseState = "acknowledged"
	CaseResolved     CaseState = "resolved"
)

// CaseCard is the view that draws a case.
const CaseCard = "case-card"

// Case is a policy violation, a campaign dispute or a service concern, with a deadline and an owner.
type Case struct {
	ID         CaseID
	Kind       CaseKind
	Severity   Severity
	State      CaseState
	Seller     SellerID  // zero: none
	Creator    CreatorID // zero: none
	Rule       string    // what was broken, in the notice's words
	Detail     string
	Points     int64
	Notice     string // TikTok's number of the notice; unique where known
	Deadline   Instant
	Guessed    bool // the deadline is the usual one, not the notice's own
	Owner      MemberID
	OpenedBy   MemberID
	OpenedAt   Instant
	AckedBy    MemberID
	AckedAt    Instant
	ResolvedBy MemberID
	ResolvedAt Instant
	Resolution string
	Source     string
	Version    int64
}

// caseTx is what cases need of the store.
type caseTx interface {
	Case(CaseID) (Case, error)
	CaseByNotice(notice string) (c Case, ok bool, err error)
	// Cases lists cases of the given states (none: all), nearest deadline first.
	Cases(states []CaseState, limit int) ([]Case, error)
	InsertCase(Case) (CaseID, error)
	// UpdateCase writes a case whose version is still the given one and raises it; Stale when it is not.
	UpdateCase(Case) error
}
