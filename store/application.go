package store

import "liaison/agency"

const applicationColumns = `id, member, handle, state, categories, region, language, followers, formats, samples, code, proof, question, answer,
	creator, decided_by, decided_at, reason, applied_at, version`

// Application finds an application.
func (t *tx) Application(id agency.ApplicationID) (agency.Application, error) {
	var a agency.Application
	return a, t.find(&a, "application "+id.String(), `SELECT `+applicationColumns+` FROM applications WHERE id = ?`, id)
}

const underWay = `state IN ('open', 'asked')`

// OpenApplicationOf finds the application of a person that is under way.
func (t *tx) OpenApplicationOf(id agency.MemberID) (agency.Application, bool, error) {
	var a agency.Application
	ok, err := t.one(&a, `SELECT `+applicationColumns+` FROM applications WHERE member = ? AND `+underWay, id)
	return a, ok, err
}

// OpenApplicationFor finds the application for a handle that is under way.
func (t *tx) OpenApplicationFor(handle string) (agency.Application, bool, error) {
	var a agency.Application
	ok, err := t.one(&a, `SELECT `+applicationColumns+` FROM applications WHERE handle = ? AND `+underWay, handle)
	return a, ok, err
}

// LastDeclined finds the newest declined application of a person, or for a handle that was proven.
func (t *tx) LastDeclined(id agency.MemberID, handle string) (agency.Application, bool, error) {
	var a agency.Application
	ok, err := t.one(&a, `SELECT `+applicationColumns+` FROM applications WHERE (member = ? OR handle = ? AND proof = 'bio') AND state = 'declined'
		ORDER BY decided_at DESC, id DESC LIMIT 1`, id, handle)
	return a, ok, err
}

// Applications lists applications under way, oldest first, or every one, newest first, and counts them.
func (t *tx) Applications(every bool, limit, offset int) ([]agency.Application, int, error) {
	condition, order := underWay, "id"
	if every {
		condition, order = "1 = 1", "id DESC"
	}
	var total int
	if _, err := t.one(&total, `SELECT count(*) FROM applications WHERE `+condition); err != nil {
		return nil, 0, err
	}
	var list []agency.Application
	err := t.all(&list, `SELECT `+applicationColumns+` FROM applications WHERE `+condition+` ORDER BY `+order+` LIMIT ? OFFSET ?`, limit, offset)
	return list, total, err
}

// InsertApplication adds an application.
func (t *tx) InsertApplication(a agency.Application) (agency.ApplicationID, error) {
	id, err := t.next("application")
	if err != nil {
		return 0, err
	}
	row := append(applicationRow(a), cols{{"id", id}, {"member", a.Member}, {"handle", a.Handle}, {"categories", a.Categories}, {"region", a.Region},
		{"language", a.Language}, {"followers", a.Followers}, {"formats", a.Formats}, {"samples", a.Samples}, {"code", a.Code},
		{"applied_at", a.AppliedAt}, {"version", a.Version}}...)
	return agency.ApplicationID(id), t.insert("applications", row)
}

// UpdateApplication writes where an application stands and raises its version; Stale when it has moved on.
func (t *tx) UpdateApplication(a agency.Application) error {
	return t.updateVersion("applications", applicationRow(a), int64(a.ID), a.Version)
}

func applicationRow(a agency.Application) cols {
	return cols{{"state", a.State}, {"proof", a.Proof}, {"question", a.Question}, {"answer", a.Answer}, {"creator", a.Creator},
		{"decided_by", a.DecidedBy}, {"decided_at", a.DecidedAt}, {"reason", a.Reason}}
}
