// Package matching ranks creators for a seller and says why in words.
//
// It is a pure function of what it is given: it reads no records, knows no clock, counts in integers and gives the same
// answer for the same facts in whatever order they come. What is not known about a creator is never held against them:
// it counts for the middle of its points, and the reason says that it is not known.
package matching

import (
	"cmp"
	"slices"
	"strings"

	"liaison/agency/money"
)

// Need is what a seller asks for.
type Need struct {
	Region       string // ISO 3166 code
	Category     string
	Price        money.Amount // the shop's typical price; zero when unknown
	Format       string       // "video", "live" or empty for either
	MinFollowers int64        // zero: no wish
	Again        bool         // creators who were declined or swapped out before may be proposed again
	Health       Health
}

// Health is what TikTok's Creator Health Rating means; zero fields say nothing.
type Health struct {
	UnhealthyUpTo int64 // up to and including this rating a creator is not proposed
	HealthyFrom   int64 // below this rating caution is due
}

// Standing is whether a creator is worked with at all. Whatever is not Active is left out.
type Standing string

// The standings.
const (
	Active  Standing = "active"
	Paused  Standing = "paused"
	Blocked Standing = "blocked"
)

// Past is what the seller and the creator have behind them.
type Past string

// The pasts. Of several, the newest counts.
const (
	Strangers Past = ""
	Together  Past = "together" // approved: they work together
	Listed    Past = "listed"   // on the very list that is being made
	Declined  Past = "declined"
	Swapped   Past = "swapped"
)

// Creator is what is known of a creator. Empty and zero fields are not known, unless they say otherwise.
type Creator struct {
	Number     int64 // decides between equals: the lower comes first
	Standing   Standing
	Past       Past
	PastSays   string // the past in words, for the reason when they are proposed again
	Region     string
	Categories []string
	Formats    []string
	Followers  int64
	Health     int64
	Price      money.Amount
	Sales      money.Amount // of 30 days; without a currency it is not known
	OldFigures bool         // the 30 days ended some time ago
	Works      int64        // for how many sellers they work; zero is none
	Capacity   int64        // for how many they can work; zero is none
}

// Kind is how a reason speaks.
type Kind string

// The kinds. An Aside is about something that nobody asked for; it is the same for everybody.
const (
	For     Kind = "for"
	Against Kind = "against"
	Unknown Kind = "unknown"
	Aside   Kind = "aside"
)

// Reason is one part of a score, with its evidence in words.
type Reason struct {
	Key    string // "category", "sales", "price", "format", "region", "followers", "capacity", "health", "past"
	Kind   Kind
	Says   string // "sold $12,400.00 in the last 30 days, top 10 % of 42 in Beauty"
	Points int64
	Of     int64 // the most points that this reason can give
}

// Candidate is a creator who can be proposed.
type Candidate struct {
	Number  int64
	Score   int64 // 0–1000: the sum of the reasons' points
	Reasons []Reason
}

// LeftOut counts the creators who cannot be proposed for one cause.
type LeftOut struct {
	Cause Cause
	Count int64
	Says  string // "7 at capacity"
}

// Ranking is everybody who can be proposed, best first, and everybody else by cause.
type Ranking struct {
	Candidates []Candidate
	LeftOut    []LeftOut
}

// Rank ranks the creators for the need. Each creator who is left out is counted once, by the first cause in the order of
// Causes; among equal scores the lower number comes first.
func Rank(need Need, creators []Creator) Ranking {
	var r Ranking
	scale := newScale(need, creators)
	counts := map[Cause]int64{}
	for _, c := range creators {
		if cause := need.Obstacle(c); cause != "" {
			counts[cause]++
			continue
		}
		r.Candidates = append(r.Candidates, score(need, c, scale))
	}
	slices.SortFunc(r.Candidates, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Number, b.Number))
	})
	for _, cause := range Causes {
		if n := counts[cause]; n > 0 {
			r.LeftOut = append(r.LeftOut, LeftOut{Cause: cause, Count: n, Says: need.counted(cause, n)})
		}
	}
	return r
}

// Sum says in one sentence how many were left out and why: "12 were left out: 7 at capacity, 5 outside GB". It is empty
// when nobody was.
func Sum(list []LeftOut) string {
	var total int64
	var words []string
	for _, l := range list {
		total += l.Count
		words = append(words, l.Says)
	}
	switch total {
	case 0:
		return ""
	case 1:
		return "1 was left out: " + words[0]
	}
	return money.Grouped(total) + " were left out: " + strings.Join(words, ", ")
}

func holds(list []string, word string) bool {
	return slices.ContainsFunc(list, func(w string) bool { return strings.EqualFold(w, word) })
}
