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
	Version     int64
	CreatedAt   Instant
}

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
}
