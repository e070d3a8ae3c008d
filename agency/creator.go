package agency

import (
	"slices"
	"strings"

	"liaison/agency/money"
)

// CreatorState says whether a creator is worked with.
type CreatorState string

// The states of a creator.
const (
	CreatorActive  CreatorState = "active"
	CreatorPaused  CreatorState = "paused"
	CreatorBlocked CreatorState = "blocked"
)

// Creator is someone who makes content and sells by it. Figures are of the last 30 days as of FiguresAt.
type Creator struct {
	ID          CreatorID
	Handle      string // TikTok username without @, in lower case; unique
	Name        string // nickname, for display
	Region      string // ISO 3166 code; empty when the export did not say
	Language    string
	State       CreatorState
	Categories  string // comma-separated, as in policy.Book.Categories; empty when unknown
	Formats     string // "video", "live" or "video,live"; empty when unknown
	Followers   int64
	Capacity    int64             // how many sellers at a time; zero: the usual (3)
	AgencyShare money.BasisPoints // the agency's part of the creator's commission, by contract
	Health      int64             // Creator Health Rating 0–1000; zero when unknown
	TaxForm     bool              // the tax form is on file
	PayoutReady bool              // bank or payment details are on file and confirmed
	Price       money.Amount      // the typical price of what they sell; zero when unknown
	Sales       money.Amount      // affiliate GMV of the period
	ItemsSold   int64
	Commission  money.Amount // estimated commission of the period
	FiguresAt   Instant
	Member      MemberID // the person behind the handle; zero: nobody has been bound to it yet
	Proof       Proof    // how it is known that the handle is theirs
	BoundBy     MemberID // who approved it
	BoundAt     Instant
	Former      MemberID // who had the handle before it was released
	FormerUntil Instant  // what is older is not for whoever has it now; zero: nobody had it before
	Version     int64
	CreatedAt   Instant
}

// Proof is how it is known that a handle is a person's.
type Proof string

// The proofs.
const (
	NoProof      Proof = ""
	BioProof     Proof = "bio"     // the code stood in the handle's TikTok bio: a manager looked
	ManagerProof Proof = "manager" // a manager vouches for it
)

// UsualCapacity is how many sellers a creator works for at a time when their record does not say.
const UsualCapacity = 3

// HandleKey is a handle as it is compared: without @, in lower case.
func HandleKey(handle string) string {
	return strings.ToLower(strings.TrimPrefix(strings.TrimSpace(handle), "@"))
}

// InCategory reports whether the creator works in a category.
func (c Creator) InCategory(category string) bool { return listed(c.Categories, category) }

// Makes reports whether the creator makes a format.
func (c Creator) Makes(format string) bool { return listed(c.Formats, format) }

func listed(list, word string) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(w string) bool {
		return w != "" && strings.EqualFold(strings.TrimSpace(w), word)
	})
}

// creatorTx is what creators need of the store.
type creatorTx interface {
	Creator(CreatorID) (Creator, error)
	CreatorByHandle(key string) (c Creator, ok bool, err error)
	// CreatorsIn lists every creator of a state, by number.
	CreatorsIn(CreatorState) ([]Creator, error)
	InsertCreator(Creator) (CreatorID, error)
	// InsertCreators adds many creators and gives their numbers in the same order.
	InsertCreators([]Creator) ([]CreatorID, error)
	// UpdateCreator writes a creator whose version is still the given one and raises it; Stale when it is not.
	UpdateCreator(Creator) error
	// CreatorOf finds the creator whom a person is.
	CreatorOf(MemberID) (c Creator, ok bool, err error)
	// FindCreators lists creators by number; total counts all that the filter lets through.
	FindCreators(CreatorFilter) (list []Creator, total int, err error)
}

// CreatorFilter narrows a list of creators; zero fields do not narrow.
type CreatorFilter struct {
	State    CreatorState
	Region   string
	Category string
	Handle   string // a part of the handle
	Bound    string // "yes": with a person behind the handle; "no": without
	Limit    int
	Offset   int
}

// ParseCreatorState reads a state's word.
func ParseCreatorState(text string) (CreatorState, error) {
	word := CreatorState(strings.ToLower(strings.TrimSpace(text)))
	if !slices.Contains([]CreatorState{CreatorActive, CreatorPaused, CreatorBlocked}, word) {
		return "", Invalid("“%s” is not a state of a creator. Choose active, paused or blocked.", text)
	}
	return word, nil
}

// Creators lists creators by number; total counts all that the filter lets through.
func (d *Desk) Creators(f CreatorFilter) (list []Creator, total int, err error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, 0, err
	}
	return d.tx.FindCreators(f)
}

// CreatorSheet is a creator with what staff look at together.
type CreatorSheet struct {
	Creator
	Cases   []Case // living ones
	Matches []Match
}

// Creator finds a creator with their living cases and the matches that are under way.
func (d *Desk) Creator(id CreatorID) (s CreatorSheet, err error) {
	if err := d.authorize(SeeRecords); err != nil {
		return s, err
	}
	if s.Creator, err = d.tx.Creator(id); err != nil {
		return s, err
	}
	return s, d.fillSheet(&s)
}

// CreatorNamed finds a creator by number or handle: "C-45" or "@mia".
func (d *Desk) CreatorNamed(text string) (CreatorSheet, error) {
	if !strings.HasPrefix(strings.TrimSpace(text), "@") {
		id, err := ParseCreatorID(text)
		if err != nil {
			return CreatorSheet{}, err
		}
		return d.Creator(id)
	}
	if err := d.authorize(SeeRecords); err != nil {
		return CreatorSheet{}, err
	}
	c, ok, err := d.tx.CreatorByHandle(HandleKey(text))
	if err == nil && !ok {
		err = NotFound("There is no creator %s.", strings.TrimSpace(text))
	}
	if err != nil {
		return CreatorSheet{}, err
	}
	return d.Creator(c.ID)
}

func (d *Desk) fillSheet(s *CreatorSheet) (err error) {
	if s.Cases, _, err = d.tx.FindCases(CaseFilter{States: LivingCases, Creator: s.ID}); err != nil {
		return err
	}
	all, err := d.tx.MatchesOfCreator(s.ID)
	s.Matches = slices.DeleteFunc(all, func(m Match) bool { return m.State != MatchApproved })
	return err
}
