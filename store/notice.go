package store

import "liaison/agency"

// NoticeWishes finds what a person wants to be told; ok is false when they never said.
func (t *tx) NoticeWishes(id agency.MemberID) (agency.NoticeWishes, bool, error) {
	var w agency.NoticeWishes
	ok, err := t.one(&w, `SELECT member, muted, quiet_from, quiet_until, zone FROM notice_wishes WHERE member = ?`, id)
	return w, ok, err
}

// PutNoticeWishes writes what a person wants to be told.
func (t *tx) PutNoticeWishes(w agency.NoticeWishes) error {
	return t.insertRows("notice_wishes", []cols{{{"member", w.Member}, {"muted", w.Muted}, {"quiet_from", w.QuietFrom},
		{"quiet_until", w.QuietUntil}, {"zone", w.Zone}}},
		` ON CONFLICT (member) DO UPDATE SET muted = excluded.muted, quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until, zone = excluded.zone`)
}

// HoldNotice keeps a message until the person's quiet hours are over.
func (t *tx) HoldNotice(n agency.HeldNotice) error {
	id, err := t.next("held notice")
	if err != nil {
		return err
	}
	return t.insert("held_notices", cols{{"id", id}, {"platform", n.To.Platform}, {"workspace", n.To.Workspace}, {"channel", n.To.Channel},
		{"kind", n.Kind}, {"ref", n.Ref}, {"mode", n.Mode}, {"note_key", n.Key}, {"at", n.At}, {"due_at", n.DueAt}})
}

// HeldNotices lists what has waited until an instant.
func (t *tx) HeldNotices(until agency.Instant, limit int) ([]agency.HeldNotice, error) {
	var list []agency.HeldNotice
	err := t.all(&list, `SELECT id, platform AS "to.platform", workspace AS "to.workspace", channel AS "to.channel", kind, ref, mode,
		note_key AS "key", at, due_at FROM held_notices WHERE due_at <= ? ORDER BY id LIMIT ?`, until, limit)
	return list, err
}

// DeleteHeldNotice forgets a message that waits no longer.
func (t *tx) DeleteHeldNotice(id int64) error {
	_, err := t.exec(`DELETE FROM held_notices WHERE id = ?`, id)
	return err
}
