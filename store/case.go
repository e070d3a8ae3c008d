package store

import (
	"strings"

	"liaison/agency"
)

const caseColumns = `id, kind, severity, state, seller, creator, rule, detail, points, notice, deadline, guessed, owner, opened_by, opened_at,
	acked_by, acked_at, resolved_by, resolved_at, resolution, source, since, version`

// Case finds a case.
func (t *tx) Case(id agency.CaseID) (agency.Case, error) {
	var c agency.Case
	return c, t.find(&c, "case "+id.String(), `SELECT `+caseColumns+` FROM cases WHERE id = ?`, id)
}

// CaseByNotice finds a case by TikTok's number of the notice.
func (t *tx) CaseByNotice(notice string) (agency.Case, bool, error) {
	var c agency.Case
	ok, err := t.one(&c, `SELECT `+caseColumns+` FROM cases WHERE notice = ? AND notice <> ''`, notice)
	return c, ok, err
}

// Cases lists cases of the given states, nearest deadline first.
func (t *tx) Cases(states []agency.CaseState, limit int) ([]agency.Case, error) {
	list, _, err := t.FindCases(agency.CaseFilter{States: states, Limit: limit})
	return list, err
}

// FindCases lists the cases that a filter lets through, nearest deadline first, those without one and those
// that are over last, and counts all.
func (t *tx) FindCases(f agency.CaseFilter) ([]agency.Case, int, error) {
	where, args := []string{"1 = 1"}, []any{}
	and := func(condition string, values ...any) { where, args = append(where, condition), append(args, values...) }
	if len(f.States) > 0 {
		states := make([]any, len(f.States))
		for i, s := range f.States {
			states[i] = s
		}
		and("state IN "+among(len(states)), states...)
	}
	if f.Owner != 0 {
		and("owner = ?", f.Owner)
	}
	if f.Creator != 0 {
		and("creator = ?", f.Creator)
	}
	if f.Seller != 0 {
		and("seller = ?", f.Seller)
	}
	if f.DueFrom != 0 {
		and("deadline >= ?", f.DueFrom)
	}
	if f.DueBefore != 0 {
		and("deadline <> 0 AND deadline < ?", f.DueBefore)
	}
	condition := strings.Join(where, " AND ")
	var total int
	if _, err := t.one(&total, `SELECT count(*) FROM cases WHERE `+condition, args...); err != nil {
		return nil, 0, err
	}
	limit := f.Limit
	if limit == 0 {
		limit = total
	}
	var list []agency.Case
	err := t.all(&list, `SELECT `+caseColumns+` FROM cases WHERE `+condition+`
		ORDER BY CASE WHEN state = ? THEN 1 ELSE 0 END, CASE WHEN deadline = 0 THEN 1 ELSE 0 END, deadline, id LIMIT ? OFFSET ?`,
		append(args, agency.CaseResolved, limit, f.Offset)...)
	return list, total, err
}

// InsertCase adds a case.
func (t *tx) InsertCase(c agency.Case) (agency.CaseID, error) {
	id, err := t.next("case")
	if err != nil {
		return 0, err
	}
	row := append(caseRow(c), cols{{"id", id}, {"opened_by", c.OpenedBy}, {"opened_at", c.OpenedAt}, {"source", c.Source}, {"version", c.Version}}...)
	return agency.CaseID(id), t.insert("cases", row)
}

// UpdateCase writes a case and raises its version; Stale when it has moved on.
func (t *tx) UpdateCase(c agency.Case) error {
	return t.updateVersion("cases", caseRow(c), int64(c.ID), c.Version)
}

func caseRow(c agency.Case) cols {
	return cols{{"kind", c.Kind}, {"severity", c.Severity}, {"state", c.State}, {"seller", c.Seller}, {"creator", c.Creator},
		{"rule", c.Rule}, {"detail", c.Detail}, {"points", c.Points}, {"notice", c.Notice}, {"deadline", c.Deadline},
		{"guessed", c.Guessed}, {"owner", c.Owner}, {"acked_by", c.AckedBy}, {"acked_at", c.AckedAt},
		{"resolved_by", c.ResolvedBy}, {"resolved_at", c.ResolvedAt}, {"resolution", c.Resolution}, {"since", c.Since}}
}
