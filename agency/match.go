package agency

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"liaison/agency/matching"
)

// MatchState is where a proposal stands.
type MatchState string

// The states of a match.
const (
	MatchProposed  MatchState = "proposed"
	MatchApproved  MatchState = "approved"
	MatchSkipped   MatchState = "skipped"   // declined with a reason: not proposed again unless asked
	MatchSwapped   MatchState = "swapped"   // somebody else was asked for instead: not proposed again unless asked
	MatchWithdrawn MatchState = "withdrawn" // a newer shortlist took its place
	MatchEnded     MatchState = "ended"     // they worked together; the places are free again
	MatchDeclined  MatchState = "declined"  // the creator said no: not proposed again unless asked
)

// ShortlistCard is the view that draws a shortlist of matches; its ref is a ShortlistID.
const ShortlistCard = "shortlist"

// Shortlist is the proposals made together for a seller. What it says of the others is as of ProposedAt.
type Shortlist struct {
	ID         ShortlistID
	Seller     SellerID
	Asked      int64  // how many proposals were asked for
	Again      bool   // those declined or swapped out before were asked for too
	Fit        int64  // how many creators could be proposed
	LeftOut    string // JSON: []matching.LeftOut
	ProposedBy MemberID
	ProposedAt Instant
}

// Without is how many creators could not be proposed, by cause.
func (l Shortlist) Without() (list []matching.LeftOut, err error) {
	if err := json.Unmarshal([]byte(l.LeftOut), &list); err != nil {
		return nil, fmt.Errorf("reading who was left out of %s: %w", l.ID, err)
	}
	return list, nil
}

// Match is a seller and a creator who may work together, with a score, its reasons and a decision.
type Match struct {
	ID         MatchID
	Shortlist  ShortlistID // the proposals made together, drawn as one card
	Seller     SellerID
	Creator    CreatorID
	Score      int64   // 0–1000
	Reasons    string  // JSON: []matching.Reason, as the engine gave them
	FiguresAt  Instant // the creator's figures behind the reasons are of the 30 days up to here; zero: none were known
	State      MatchState
	ProposedBy MemberID
	ProposedAt Instant
	DecidedBy  MemberID
	DecidedAt  Instant
	Reason     string      // why it was skipped, declined or ended
	OfferedAt  Instant     // when the creator was asked; zero: they are not in a chat, so nobody asked them here
	OfferedBy  MemberID    // who approved it then
	Answer     OfferAnswer // what became of it
	AnsweredAt Instant
	Version    int64
}

// Because is the reasons for the score.
func (m Match) Because() (list []matching.Reason, err error) {
	if err := json.Unmarshal([]byte(m.Reasons), &list); err != nil {
		return nil, fmt.Errorf("reading the reasons of %s: %w", m.ID, err)
	}
	return list, nil
}

// MatchDetail is a match with both its sides.
type MatchDetail struct {
	Match
	Of      Seller
	With    Creator
	Decider string // the name of who decided; empty while nobody has
}

// ShortlistDetail is a shortlist with its seller and its matches.
type ShortlistDetail struct {
	Shortlist
	Of      Seller
	Matches []MatchDetail // best score first
	AtWork  int64         // how many creators work for the seller now
}

// matchTx is what matches need of the store.
type matchTx interface {
	Match(MatchID) (Match, error)
	// MatchesOn lists a shortlist, best score first.
	MatchesOn(ShortlistID) ([]Match, error)
	// MatchesOfSeller lists every match of a seller, newest first.
	MatchesOfSeller(SellerID) ([]Match, error)
	// MatchesOfCreator lists every match of a creator, newest first.
	MatchesOfCreator(CreatorID) ([]Match, error)
	// OfferedMatches lists approved matches whose creator was asked and has not answered, the longest waiting first.
	OfferedMatches() ([]Match, error)
	// OpenMatches lists proposals that wait for a decision, oldest first; limit zero lists all.
	OpenMatches(limit int) ([]Match, error)
	// ApprovedPerCreator counts the approved matches of every creator, for capacity.
	ApprovedPerCreator() (map[CreatorID]int64, error)
	Shortlist(ShortlistID) (Shortlist, error)
	InsertShortlist(Shortlist) (ShortlistID, error)
	InsertMatch(Match) (MatchID, error)
	// UpdateMatch writes a match whose version is still the given one and raises it; Stale when it is not.
	UpdateMatch(Match) error
}

// MostProposed is how many creators one shortlist proposes at most; beyond it a card is no longer read.
const MostProposed = 10

// figuresFresh is how old a creator's figures may be and still count as those of the last 30 days.
const figuresFresh = 14 * 24 * time.Hour

// NewShortlist is what is asked when creators are to be proposed.
type NewShortlist struct {
	Seller SellerID
	Count  int     // how many, 1 to MostProposed
	Again  bool    // also those who were declined or swapped out before
	Where  Address // the channel that gets the card
}

// ProposeMatches ranks the creators for a seller and posts the best as a shortlist. Open proposals of the seller's older
// shortlists are withdrawn. When nobody fits, nothing changes and the error says how many were left out and why.
func (d *Desk) ProposeMatches(in NewShortlist) (Shortlist, []Match, error) {
	if err := d.authorize(DecideMatch); err != nil {
		return Shortlist{}, nil, err
	}
	if in.Where.Channel == "" {
		return Shortlist{}, nil, Invalid("Ask for proposals in a channel, so that the card has a place.")
	}
	if in.Count < 1 || in.Count > MostProposed {
		return Shortlist{}, nil, Invalid("Ask for 1 to %d creators.", MostProposed)
	}
	s, err := d.tx.Seller(in.Seller)
	if err != nil {
		return Shortlist{}, nil, err
	}
	history, err := d.tx.MatchesOfSeller(s.ID)
	if err != nil {
		return Shortlist{}, nil, err
	}
	if err := roomForMore(s, history); err != nil {
		return Shortlist{}, nil, err
	}
	f, err := d.matchField(s, history, 0)
	if err != nil {
		return Shortlist{}, nil, err
	}
	f.need.Again = in.Again
	ranking := f.rank()
	if len(ranking.Candidates) == 0 {
		return Shortlist{}, nil, nobodyFits(s, in, ranking)
	}
	if err := d.withdraw(history); err != nil {
		return Shortlist{}, nil, err
	}
	return d.recordShortlist(in, s, f, ranking)
}

func (d *Desk) recordShortlist(in NewShortlist, s Seller, f matchField, ranking matching.Ranking) (Shortlist, []Match, error) {
	m, err := d.self()
	if err != nil {
		return Shortlist{}, nil, err
	}
	leftOut, err := json.Marshal(ranking.LeftOut)
	if err != nil {
		return Shortlist{}, nil, err
	}
	list := Shortlist{Seller: s.ID, Asked: int64(in.Count), Again: in.Again, Fit: int64(len(ranking.Candidates)),
		LeftOut: string(leftOut), ProposedBy: m.ID, ProposedAt: d.Time}
	if list.ID, err = d.tx.InsertShortlist(list); err != nil {
		return Shortlist{}, nil, err
	}
	var matches []Match
	for _, c := range ranking.Candidates[:min(in.Count, len(ranking.Candidates))] {
		match, err := d.propose(list, f, c)
		if err != nil {
			return Shortlist{}, nil, err
		}
		matches = append(matches, match)
	}
	return list, matches, d.showCard(ShortlistCard, list.ID.String(), in.Where)
}

// propose adds one candidate to a shortlist.
func (d *Desk) propose(list Shortlist, f matchField, c matching.Candidate) (Match, error) {
	by, err := d.self()
	if err != nil {
		return Match{}, err
	}
	reasons, err := json.Marshal(c.Reasons)
	if err != nil {
		return Match{}, err
	}
	creator := f.creators[CreatorID(c.Number)]
	m := Match{Shortlist: list.ID, Seller: list.Seller, Creator: creator.ID, Score: c.Score, Reasons: string(reasons),
		FiguresAt: creator.FiguresAt, State: MatchProposed, ProposedBy: by.ID, ProposedAt: d.Time, Version: 1}
	if m.ID, err = d.tx.InsertMatch(m); err != nil {
		return Match{}, err
	}
	return m, d.audit("match propose", m.ID.String(), fmt.Sprintf("%s for %s, score %d", atHandle(creator), m.Seller, m.Score))
}

// withdraw takes back what is still open of older shortlists and redraws their cards.
func (d *Desk) withdraw(history []Match) error {
	var stale []ShortlistID
	for _, m := range history {
		if m.State != MatchProposed {
			continue
		}
		if err := d.decideMatch(&m, MatchWithdrawn, "", "match withdraw"); err != nil {
			return err
		}
		if !slices.Contains(stale, m.Shortlist) {
			stale = append(stale, m.Shortlist)
		}
	}
	for _, id := range stale {
		if err := d.redrawCard(ShortlistCard, id.String()); err != nil {
			return err
		}
	}
	return nil
}

// roomForMore respects how many creators a seller wants at a time.
func roomForMore(s Seller, history []Match) error {
	working := atWork(history)
	if s.Wishes.Creators == 0 || working < s.Wishes.Creators {
		return nil
	}
	return Conflict("%s %s wants %d creators at a time and has %d. End one first with `/match end`; `/match list %s` shows them.",
		s.ID, s.Shop, s.Wishes.Creators, working, s.ID)
}

// atWork counts the creators who work for a seller.
func atWork(history []Match) int64 {
	n := int64(0)
	for _, m := range history {
		if m.State == MatchApproved {
			n++
		}
	}
	return n
}

func nobodyFits(s Seller, in NewShortlist, ranking matching.Ranking) error {
	sum := matching.Sum(ranking.LeftOut)
	if sum == "" {
		return Conflict("There are no creators on record yet. Import them first, then propose again.")
	}
	hint := ""
	if slices.ContainsFunc(ranking.LeftOut, func(l matching.LeftOut) bool {
		return l.Cause == matching.WasDeclined || l.Cause == matching.WasSwapped
	}) {
		hint = fmt.Sprintf(" `/match propose %s %d again` also proposes those who were declined or swapped out.", s.ID, in.Count)
	}
	return Conflict("Nobody fits %s %s right now. %s.%s", s.ID, s.Shop, sum, hint)
}

// matchField is everybody who may be proposed to a seller, as the engine needs them.
type matchField struct {
	need     matching.Need
	creators map[CreatorID]Creator
	facts    []matching.Creator
}

func (f matchField) rank() matching.Ranking { return matching.Rank(f.need, f.facts) }

// matchField gathers all creators. Those on the shortlist that is being extended (zero: none) are marked so.
func (d *Desk) matchField(s Seller, history []Match, extending ShortlistID) (matchField, error) {
	f := matchField{need: d.needOf(s), creators: map[CreatorID]Creator{}}
	working, err := d.tx.ApprovedPerCreator()
	if err != nil {
		return f, err
	}
	pasts, err := d.pasts(history, extending)
	if err != nil {
		return f, err
	}
	for _, state := range []CreatorState{CreatorActive, CreatorPaused, CreatorBlocked} {
		list, err := d.tx.CreatorsIn(state)
		if err != nil {
			return f, err
		}
		for _, c := range list {
			f.creators[c.ID] = c
			f.facts = append(f.facts, d.factsOf(c, working[c.ID], pasts[c.ID]))
		}
	}
	return f, nil
}

func (d *Desk) needOf(s Seller) matching.Need {
	rule, _ := d.Rules.HealthRule(s.Region, string(DateOf(d.Time, d.Zone())))
	return matching.Need{Region: s.Region, Category: s.Category, Price: s.Price, Format: s.Wishes.Format, MinFollowers: s.Wishes.MinFollowers,
		Health: matching.Health{UnhealthyUpTo: rule.UnhealthyUpTo, HealthyFrom: rule.HealthyFrom}}
}

func (d *Desk) factsOf(c Creator, working int64, p past) matching.Creator {
	capacity := c.Capacity
	if capacity == 0 {
		capacity = UsualCapacity
	}
	facts := matching.Creator{Number: int64(c.ID), Standing: matching.Standing(c.State), Past: p.past, PastSays: p.says, Region: c.Region,
		Categories: listWords(c.Categories), Formats: listWords(c.Formats), Followers: c.Followers, Health: c.Health, Price: c.Price,
		Works: working, Capacity: capacity}
	if c.FiguresAt != 0 {
		facts.Sales = c.Sales
		facts.OldFigures = d.Time.Sub(c.FiguresAt) > figuresFresh
	}
	return facts
}

// past is what a seller and one creator have behind them.
type past struct {
	past matching.Past
	says string
}

// pasts reads a seller's history, which comes newest first: the newest decision about each creator counts. A match that
// was withdrawn says nothing about them, and one that ended well leaves them free to be proposed.
func (d *Desk) pasts(history []Match, extending ShortlistID) (map[CreatorID]past, error) {
	all := map[CreatorID]past{}
	for _, m := range history {
		if _, known := all[m.Creator]; known {
			continue
		}
		switch {
		case m.State == MatchApproved:
			all[m.Creator] = past{past: matching.Together}
		case extending != 0 && m.Shortlist == extending:
			all[m.Creator] = past{past: matching.Listed}
		case m.State == MatchEnded:
			all[m.Creator] = past{}
		case m.State == MatchSkipped || m.State == MatchSwapped || m.State == MatchDeclined:
			p, err := d.turnedDown(m)
			if err != nil {
				return nil, err
			}
			all[m.Creator] = p
		}
	}
	return all, nil
}

func (d *Desk) turnedDown(m Match) (past, error) {
	by, err := d.matchDecider(m)
	if err != nil {
		return past{}, err
	}
	when := " on " + string(DateOf(m.DecidedAt, d.Zone()))
	if m.State == MatchSwapped {
		return past{matching.Swapped, "swapped out by " + by + when}, nil
	}
	if m.State == MatchDeclined {
		return past{matching.Declined, "declined by the creator" + when + ": " + m.Reason}, nil
	}
	return past{matching.Declined, "declined by " + by + when + ": " + m.Reason}, nil
}

// atHandle is a creator's handle as people write it.
func atHandle(c Creator) string { return "@" + c.Handle }
