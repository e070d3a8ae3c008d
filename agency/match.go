package agency

// MatchState is where a proposal stands.
type MatchState string

// The states of a match.
const (
	MatchProposed  MatchState = "proposed"
	MatchApproved  MatchState = "approved"
	MatchSkipped   MatchState = "skipped"   // declined with a reason: not proposed again unless asked
	MatchSwapped   MatchState = "swapped"   // somebody else was asked for instead
	MatchWithdrawn MatchState = "withdrawn" // a newer shortlist took its place
)

// ShortlistCard is the view that draws a shortlist of matches; its ref is a ShortlistID.
const ShortlistCard = "shortlist"

// Match is a seller and a creator who may work together, with a score, its reasons and a decision.
type Match struct {
	ID         MatchID
	Shortlist  int64 // the proposals made together, drawn as one card
	Seller     SellerID
	Creator    CreatorID
	Score      int64  // 0–1000
	Reasons    string // JSON: the reasons in words with their points, as the engine gave them
	State      MatchState
	ProposedBy MemberID
	ProposedAt Instant
	DecidedBy  MemberID
	DecidedAt  Instant
	Reason     string // why it was skipped
	Version    int64
}

// matchTx is what matches need of the store.
type matchTx interface {
	Match(MatchID) (Match, error)
	// MatchesOn lists a shortlist, best score first.
	MatchesOn(shortlist int64) ([]Match, error)
	MatchesOfSeller(SellerID) ([]Match, error)
	// OpenMatches lists proposals that wait for a decision, oldest first.
	OpenMatches(limit int) ([]Match, error)
	// ApprovedPerCreator counts the approved matches of every creator, for capacity.
	ApprovedPerCreator() (map[CreatorID]int64, error)
	NextShortlist() (int64, error)
	InsertMatch(Match) (MatchID, error)
	// UpdateMatch writes a match whose version is still the given one and raises it; Stale when it is not.
	UpdateMatch(Match) error
}
