package agency

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"liaison/agency/matching"
)

// MatchToDecide finds a proposal that still waits for a decision, for somebody who may decide it. One that is decided is
// refused with who decided it and when.
func (d *Desk) MatchToDecide(id MatchID) (MatchDetail, error) {
	if err := d.authorize(DecideMatch); err != nil {
		return MatchDetail{}, err
	}
	m, err := d.matchDetail(id)
	if err != nil {
		return MatchDetail{}, err
	}
	return m, d.mustBeOpen(m)
}

func (d *Desk) mustBeOpen(m MatchDetail) error {
	who := fmt.Sprintf("%s (%s for %s %s)", m.ID, atHandle(m.With), m.Of.ID, m.Of.Shop)
	when := fmt.Sprintf("by %s %s ago", m.Decider, Span(d.Time.Sub(m.DecidedAt)))
	switch m.State {
	case MatchProposed:
		return nil
	case MatchApproved:
		return Stale("%s is approved already %s.", who, when)
	case MatchSkipped:
		return Stale("%s was skipped %s: %s", who, when, sentenceEnd(m.Reason))
	case MatchWithdrawn:
		return Stale("%s was withdrawn %s, because a newer shortlist took its place.", who, when)
	case MatchSwapped:
		return Stale("%s was swapped already %s.", who, when)
	case MatchEnded:
		return Stale("%s ended already %s.", who, when)
	case MatchDeclined:
		return Stale("%s was declined by the creator %s ago: %s", who, Span(d.Time.Sub(m.DecidedAt)), sentenceEnd(m.Reason))
	}
	return fmt.Errorf("%s is in the state %q, which nobody knows", m.ID, m.State)
}

// sentenceEnd closes what somebody wrote with a full stop unless it has an end of its own.
func sentenceEnd(text string) string {
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// ApproveMatch lets the seller and the creator work together. What may have changed since the proposal (capacity, health,
// standing, the seller's wishes) is looked at once more, and the approval is refused with what is in the way.
func (d *Desk) ApproveMatch(id MatchID) (MatchDetail, error) {
	m, err := d.MatchToDecide(id)
	if err != nil {
		return MatchDetail{}, err
	}
	history, err := d.tx.MatchesOfSeller(m.Seller)
	if err != nil {
		return MatchDetail{}, err
	}
	if err := roomForMore(m.Of, history); err != nil {
		return MatchDetail{}, err
	}
	if err := d.mustFit(m, history); err != nil {
		return MatchDetail{}, err
	}
	if err := d.offer(&m); err != nil {
		return MatchDetail{}, err
	}
	return d.settleMatch(m, MatchApproved, "", "match approve")
}

// mustFit refuses when something stands in the way of the creator now.
func (d *Desk) mustFit(m MatchDetail, history []Match) error {
	working, err := d.tx.ApprovedPerCreator()
	if err != nil {
		return err
	}
	var before past
	for _, other := range history {
		if other.Creator == m.Creator && other.State == MatchApproved {
			before.past = matching.Together
		}
	}
	need, facts := d.needOf(m.Of), d.factsOf(m.With, working[m.Creator], before)
	cause := need.Obstacle(facts)
	if cause == "" {
		return nil
	}
	return Conflict("%s cannot be approved for %s %s now: %s. Use `/match swap %s` or `/match skip %s`.",
		atHandle(m.With), m.Of.ID, m.Of.Shop, need.Why(cause, facts), m.ID, m.ID)
}

// SwapMatch puts the next best creator on the same shortlist in the place of this one. When nobody else fits, nothing
// changes and the error says how many were left out and why.
func (d *Desk) SwapMatch(id MatchID) (out, in MatchDetail, err error) {
	if out, err = d.MatchToDecide(id); err != nil {
		return out, in, err
	}
	list, err := d.tx.Shortlist(out.Shortlist)
	if err != nil {
		return out, in, err
	}
	history, err := d.tx.MatchesOfSeller(out.Seller)
	if err != nil {
		return out, in, err
	}
	f, err := d.matchField(out.Of, history, list.ID)
	if err != nil {
		return out, in, err
	}
	f.need.Again = list.Again
	ranking := f.rank()
	if len(ranking.Candidates) == 0 {
		return out, in, Conflict("Nobody else fits %s %s right now. %s. Nothing was swapped; approve %s or skip it.",
			out.Of.ID, out.Of.Shop, matching.Sum(ranking.LeftOut), atHandle(out.With))
	}
	if out, err = d.settleMatch(out, MatchSwapped, "", "match swap"); err != nil {
		return out, in, err
	}
	joined, err := d.propose(list, f, ranking.Candidates[0])
	if err != nil {
		return out, in, err
	}
	return out, MatchDetail{Match: joined, Of: out.Of, With: f.creators[joined.Creator]}, nil
}

// SkipMatch declines a proposal with a reason. The pair is not proposed again unless somebody asks for it.
func (d *Desk) SkipMatch(id MatchID, reason string) (MatchDetail, error) {
	m, err := d.MatchToDecide(id)
	if err != nil {
		return MatchDetail{}, err
	}
	if reason, err = matchReason(reason); err != nil {
		return MatchDetail{}, err
	}
	if reason == "" {
		return MatchDetail{}, Field("reason", "Say why, so that whoever asks next knows.")
	}
	return d.settleMatch(m, MatchSkipped, reason, "match skip")
}

// EndMatch ends the work of a creator for a seller and frees both their places. The pair can be proposed again.
func (d *Desk) EndMatch(id MatchID, reason string) (MatchDetail, error) {
	if err := d.authorize(DecideMatch); err != nil {
		return MatchDetail{}, err
	}
	m, err := d.matchDetail(id)
	if err != nil {
		return MatchDetail{}, err
	}
	if reason, err = matchReason(reason); err != nil {
		return MatchDetail{}, err
	}
	switch m.State {
	case MatchApproved:
		return d.settleMatch(m, MatchEnded, reason, "match end")
	case MatchProposed:
		return MatchDetail{}, Conflict("%s is not approved yet: there is nothing to end. `/match skip %s` declines it.", id, id)
	default:
		return MatchDetail{}, d.mustBeOpen(m)
	}
}

func matchReason(text string) (string, error) {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) > 300 {
		return "", Field("reason", "Keep the reason under 300 characters.")
	}
	return text, nil
}

// settleMatch decides a match and redraws its shortlist wherever it is shown.
func (d *Desk) settleMatch(m MatchDetail, state MatchState, reason, action string) (MatchDetail, error) {
	if err := d.decideMatch(&m.Match, state, reason, action); err != nil {
		return MatchDetail{}, err
	}
	by, err := d.matchDecider(m.Match)
	if err != nil {
		return MatchDetail{}, err
	}
	m.Decider = by
	if m.OfferedAt != 0 {
		if err := d.redrawCard(OfferCard, m.ID.String()); err != nil {
			return MatchDetail{}, err
		}
	}
	return m, d.redrawCard(ShortlistCard, m.Shortlist.String())
}

// decideMatch writes who decided what, and when.
func (d *Desk) decideMatch(m *Match, state MatchState, reason, action string) error {
	by, err := d.self()
	if err != nil {
		return err
	}
	m.State, m.Reason, m.DecidedBy, m.DecidedAt = state, reason, by.ID, d.Time
	if err := d.tx.UpdateMatch(*m); err != nil {
		return err
	}
	m.Version++
	return d.audit(action, m.ID.String(), reason)
}

// matchDecider is the name of who decided a match; the desk itself has no number.
func (d *Desk) matchDecider(m Match) (string, error) {
	switch {
	case m.DecidedAt == 0:
		return "", nil
	case m.DecidedBy == 0:
		return "the desk", nil
	}
	by, err := d.tx.Member(m.DecidedBy)
	return by.Name, err
}

// Match finds a match with both its sides.
func (d *Desk) Match(id MatchID) (MatchDetail, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return MatchDetail{}, err
	}
	return d.matchDetail(id)
}

func (d *Desk) matchDetail(id MatchID) (MatchDetail, error) {
	m, err := d.tx.Match(id)
	if err != nil {
		return MatchDetail{}, err
	}
	list, err := d.matchDetails([]Match{m})
	if err != nil {
		return MatchDetail{}, err
	}
	return list[0], nil
}

// Shortlist finds a shortlist with its seller and its matches.
func (d *Desk) Shortlist(id ShortlistID) (l ShortlistDetail, err error) {
	if err := d.authorize(SeeRecords); err != nil {
		return l, err
	}
	if l.Shortlist, err = d.tx.Shortlist(id); err != nil {
		return l, err
	}
	if l.Of, err = d.tx.Seller(l.Seller); err != nil {
		return l, err
	}
	matches, err := d.tx.MatchesOn(id)
	if err != nil {
		return l, err
	}
	if l.Matches, err = d.matchDetails(matches); err != nil {
		return l, err
	}
	history, err := d.tx.MatchesOfSeller(l.Seller)
	l.AtWork = atWork(history)
	return l, err
}

// MatchFilter narrows a list of matches.
type MatchFilter struct {
	Seller SellerID // zero: the proposals of all sellers that wait for a decision, oldest first
	Limit  int
	Offset int
}

// Matches lists the open proposals, or every match of one seller, newest first; total counts all that match.
func (d *Desk) Matches(f MatchFilter) (list []MatchDetail, total int, err error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, 0, err
	}
	var all []Match
	if f.Seller == 0 {
		all, err = d.tx.OpenMatches(0)
	} else if _, err = d.tx.Seller(f.Seller); err == nil {
		all, err = d.tx.MatchesOfSeller(f.Seller)
	}
	if err != nil {
		return nil, 0, err
	}
	from := min(f.Offset, len(all))
	list, err = d.matchDetails(all[from:min(from+f.Limit, len(all))])
	return list, len(all), err
}

// matchDetails looks up the sides of matches, each once.
func (d *Desk) matchDetails(matches []Match) ([]MatchDetail, error) {
	sellers, creators := map[SellerID]Seller{}, map[CreatorID]Creator{}
	list := make([]MatchDetail, len(matches))
	for i, m := range matches {
		var err error
		if _, ok := sellers[m.Seller]; !ok {
			if sellers[m.Seller], err = d.tx.Seller(m.Seller); err != nil {
				return nil, err
			}
		}
		if _, ok := creators[m.Creator]; !ok {
			if creators[m.Creator], err = d.tx.Creator(m.Creator); err != nil {
				return nil, err
			}
		}
		by, err := d.matchDecider(m)
		if err != nil {
			return nil, err
		}
		list[i] = MatchDetail{Match: m, Of: sellers[m.Seller], With: creators[m.Creator], Decider: by}
	}
	return list, nil
}
