package store

import "liaison/agency"

const matchColumns = `id, shortlist, seller, creator, score, reasons, figures_at, state, proposed_by, proposed_at, decided_by, decided_at, reason,
	offered_at, offered_by, answer, answered_at, version`

// Match finds a match.
func (t *tx) Match(id agency.MatchID) (agency.Match, error) {
	var m agency.Match
	return m, t.find(&m, "match "+id.String(), `SELECT `+matchColumns+` FROM matches WHERE id = ?`, id)
}

// MatchesOn lists a shortlist, best score first.
func (t *tx) MatchesOn(id agency.ShortlistID) ([]agency.Match, error) {
	var list []agency.Match
	err := t.all(&list, `SELECT `+matchColumns+` FROM matches WHERE shortlist = ? ORDER BY score DESC, id`, id)
	return list, err
}

// MatchesOfSeller lists a seller's matches, newest first.
func (t *tx) MatchesOfSeller(id agency.SellerID) ([]agency.Match, error) {
	var list []agency.Match
	err := t.all(&list, `SELECT `+matchColumns+` FROM matches WHERE seller = ? ORDER BY id DESC`, id)
	return list, err
}

// MatchesOfCreator lists a creator's matches, newest first.
func (t *tx) MatchesOfCreator(id agency.CreatorID) ([]agency.Match, error) {
	var list []agency.Match
	err := t.all(&list, `SELECT `+matchColumns+` FROM matches WHERE creator = ? ORDER BY id DESC`, id)
	return list, err
}

// OfferedMatches lists approved matches whose creator has not answered, the longest waiting first.
func (t *tx) OfferedMatches() ([]agency.Match, error) {
	var list []agency.Match
	err := t.all(&list, `SELECT `+matchColumns+` FROM matches WHERE offered_at <> 0 AND answer = '' AND state = 'approved' ORDER BY offered_at, id`)
	return list, err
}

// OpenMatches lists proposals that wait for a decision, oldest first.
func (t *tx) OpenMatches(limit int) ([]agency.Match, error) {
	query, args := `SELECT `+matchColumns+` FROM matches WHERE state = 'proposed' ORDER BY id`, []any{}
	if limit > 0 {
		query, args = query+` LIMIT ?`, []any{limit}
	}
	var list []agency.Match
	err := t.all(&list, query, args...)
	return list, err
}

// ApprovedPerCreator counts the approved matches of every creator who has any.
func (t *tx) ApprovedPerCreator() (map[agency.CreatorID]int64, error) {
	var rows []struct {
		Creator agency.CreatorID
		Works   int64
	}
	if err := t.all(&rows, `SELECT creator, count(*) AS works FROM matches WHERE state = 'approved' GROUP BY creator`); err != nil {
		return nil, err
	}
	works := make(map[agency.CreatorID]int64, len(rows))
	for _, r := range rows {
		works[r.Creator] = r.Works
	}
	return works, nil
}

// Shortlist finds a shortlist.
func (t *tx) Shortlist(id agency.ShortlistID) (agency.Shortlist, error) {
	var l agency.Shortlist
	return l, t.find(&l, "shortlist "+id.String(), `SELECT id, seller, asked, again, fit, left_out, proposed_by, proposed_at FROM shortlists WHERE id = ?`, id)
}

// InsertShortlist adds a shortlist.
func (t *tx) InsertShortlist(l agency.Shortlist) (agency.ShortlistID, error) {
	id, err := t.next("shortlist")
	if err != nil {
		return 0, err
	}
	return agency.ShortlistID(id), t.insert("shortlists", cols{{"id", id}, {"seller", l.Seller}, {"asked", l.Asked}, {"again", l.Again},
		{"fit", l.Fit}, {"left_out", l.LeftOut}, {"proposed_by", l.ProposedBy}, {"proposed_at", l.ProposedAt}})
}

// InsertMatch adds a match.
func (t *tx) InsertMatch(m agency.Match) (agency.MatchID, error) {
	id, err := t.next("match")
	if err != nil {
		return 0, err
	}
	row := append(matchRow(m), cols{{"id", id}, {"shortlist", m.Shortlist}, {"seller", m.Seller}, {"creator", m.Creator}, {"score", m.Score},
		{"reasons", m.Reasons}, {"figures_at", m.FiguresAt}, {"proposed_by", m.ProposedBy}, {"proposed_at", m.ProposedAt}, {"version", m.Version}}...)
	return agency.MatchID(id), t.insert("matches", row)
}

// UpdateMatch writes the decision of a match and raises its version; Stale when it has moved on.
func (t *tx) UpdateMatch(m agency.Match) error {
	return t.updateVersion("matches", matchRow(m), int64(m.ID), m.Version)
}

func matchRow(m agency.Match) cols {
	return cols{{"state", m.State}, {"decided_by", m.DecidedBy}, {"decided_at", m.DecidedAt}, {"reason", m.Reason},
		{"offered_at", m.OfferedAt}, {"offered_by", m.OfferedBy}, {"answer", m.Answer}, {"answered_at", m.AnsweredAt}}
}
