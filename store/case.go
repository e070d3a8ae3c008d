package store

import "liaison/agency"

// InsertCase adds a case.
func (t *tx) InsertCase(c agency.Case) (agency.CaseID, error) {
	id, err := t.next("case")
	if err != nil {
		return 0, err
	}
	return agency.CaseID(id), t.insert("cases", cols{{"id", id}, {"kind", c.Kind}, {"severity", c.Severity}, {"state", c.State}, {"seller", c.Seller},
		{"creator", c.Creator}, {"rule", c.Rule}, {"detail", c.Detail}, {"points", c.Points}, {"notice", c.Notice}, {"deadline", c.Deadline},
		{"guessed", c.Guessed}, {"owner", c.Owner}, {"opened_by", c.OpenedBy}, {"opened_at", c.OpenedAt}, {"acked_by", c.AckedBy},
		{"acked_at", c.AckedAt}, {"resolved_by", c.ResolvedBy}, {"resolved_at", c.ResolvedAt}, {"resolution", c.Resolution},
		{"source", c.Source}, {"version", 1}})
}
