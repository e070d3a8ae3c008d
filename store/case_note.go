package store

import "liaison/agency"

const noteColumns = `case_id, position, member, side, text, at, platform AS "written.platform", workspace AS "written.workspace",
	channel AS "written.channel", message_id AS "written.message_id"`

// CaseNotes lists what was said about a case, in order.
func (t *tx) CaseNotes(id agency.CaseID) ([]agency.CaseNote, error) {
	var list []agency.CaseNote
	err := t.all(&list, `SELECT `+noteColumns+` FROM case_notes WHERE case_id = ? ORDER BY position`, id)
	return list, err
}

// CaseNoteWritten finds the note that was written in a message.
func (t *tx) CaseNoteWritten(m agency.ChatMessage) (agency.CaseNote, bool, error) {
	var n agency.CaseNote
	ok, err := t.one(&n, `SELECT `+noteColumns+` FROM case_notes WHERE platform = ? AND workspace = ? AND channel = ? AND message_id = ? AND message_id <> ''`,
		m.Platform, m.Workspace, m.Channel, m.MessageID)
	return n, ok, err
}

// UpdateCaseNoteText writes what a note says now.
func (t *tx) UpdateCaseNoteText(id agency.CaseID, position int64, text string) error {
	_, err := t.update("case_notes", cols{{"text", text}}, "case_id = ? AND position = ?", id, position)
	return err
}

// InsertCaseNote adds a note as the next of its case.
func (t *tx) InsertCaseNote(n agency.CaseNote) (int64, error) {
	var last int64
	if _, err := t.one(&last, `SELECT COALESCE(max(position), 0) FROM case_notes WHERE case_id = ?`, n.CaseID); err != nil {
		return 0, err
	}
	return last + 1, t.insert("case_notes", cols{{"case_id", n.CaseID}, {"position", last + 1}, {"member", n.Member}, {"side", n.Side}, {"text", n.Text},
		{"at", n.At}, {"platform", n.Written.Platform}, {"workspace", n.Written.Workspace}, {"channel", n.Written.Channel}, {"message_id", n.Written.MessageID}})
}

// PutSaidChange notes the newest words of a message that is no note; the given last word is never replaced.
func (t *tx) PutSaidChange(m agency.ChatMessage, text, last string, at agency.Instant) error {
	_, err := t.exec(`INSERT INTO said_changes (platform, workspace, channel, message_id, text, at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (platform, workspace, channel, message_id) DO UPDATE SET text = excluded.text, at = excluded.at WHERE said_changes.text <> ?`,
		m.Platform, m.Workspace, m.Channel, m.MessageID, text, at, last)
	return err
}

// SaidChange finds the newest words of a message that changed before it was a note.
func (t *tx) SaidChange(m agency.ChatMessage) (text string, ok bool, err error) {
	ok, err = t.one(&text, `SELECT text FROM said_changes WHERE platform = ? AND workspace = ? AND channel = ? AND message_id = ?`,
		m.Platform, m.Workspace, m.Channel, m.MessageID)
	return text, ok, err
}
