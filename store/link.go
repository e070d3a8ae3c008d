package store

import (
	"fmt"

	"liaison/agency"
)

// identityIs is the condition for rows of an identity, with its values.
const identityIs = `platform = ? AND workspace = ? AND user_id = ?`

func identityRow(who agency.Identity) cols {
	return cols{{"platform", who.Platform}, {"workspace", who.Workspace}, {"user_id", who.User}}
}

// LinkCode finds a code by its hash.
func (t *tx) LinkCode(hash string) (agency.LinkCode, bool, error) {
	var c agency.LinkCode
	ok, err := t.one(&c, `SELECT hash, platform AS "who.platform", workspace AS "who.workspace", user_id AS "who.user", made_at, used_at
		FROM link_codes WHERE hash = ?`, hash)
	return c, ok, err
}

// InsertLinkCode adds a code.
func (t *tx) InsertLinkCode(c agency.LinkCode) error {
	return t.insert("link_codes", append(identityRow(c.Who), cols{{"hash", c.Hash}, {"made_at", c.MadeAt}, {"used_at", c.UsedAt}}...))
}

// UseLinkCode marks a code as used; false when it was before.
func (t *tx) UseLinkCode(hash string, at agency.Instant) (bool, error) {
	n, err := t.update("link_codes", cols{{"used_at", at}}, "hash = ? AND used_at = 0", hash)
	return n == 1, err
}

// UseLinkCodesOf marks every code of an account as used.
func (t *tx) UseLinkCodesOf(who agency.Identity, at agency.Instant) error {
	_, err := t.update("link_codes", cols{{"used_at", at}}, identityIs+` AND used_at = 0`, who.Platform, who.Workspace, who.User)
	return err
}

// LinkCodesSince counts the codes made for an account.
func (t *tx) LinkCodesSince(who agency.Identity, since agency.Instant) (n int, err error) {
	_, err = t.one(&n, `SELECT count(*) FROM link_codes WHERE `+identityIs+` AND made_at > ?`, who.Platform, who.Workspace, who.User, since)
	return n, err
}

// DeleteLinkCodes drops codes and wrong codes from before an instant.
func (t *tx) DeleteLinkCodes(before agency.Instant) error {
	if _, err := t.exec(`DELETE FROM link_codes WHERE made_at < ?`, before); err != nil {
		return err
	}
	_, err := t.exec(`DELETE FROM link_misses WHERE at < ?`, before)
	return err
}

// LinkMissesSince counts the wrong codes that an account typed.
func (t *tx) LinkMissesSince(who agency.Identity, since agency.Instant) (n int, err error) {
	_, err = t.one(&n, `SELECT count(*) FROM link_misses WHERE `+identityIs+` AND at > ?`, who.Platform, who.Workspace, who.User, since)
	return n, err
}

// InsertLinkMiss records a wrong code.
func (t *tx) InsertLinkMiss(who agency.Identity, at agency.Instant) error {
	id, err := t.next("link miss")
	if err != nil {
		return err
	}
	return t.insert("link_misses", append(identityRow(who), cols{{"id", id}, {"at", at}}...))
}

// MoveIdentity binds an identity to another member.
func (t *tx) MoveIdentity(who agency.Identity, to agency.MemberID) error {
	_, err := t.update("identities", cols{{"member", to}}, identityIs, who.Platform, who.Workspace, who.User)
	return err
}

// DeleteIdentity takes an identity from whoever has it.
func (t *tx) DeleteIdentity(who agency.Identity) error {
	_, err := t.exec(`DELETE FROM identities WHERE `+identityIs, who.Platform, who.Workspace, who.User)
	return err
}

// memberIn is every column that says which member a record belongs to, but for the audit, which is never rewritten, and
// identities, which are moved one by one. A test holds it against the tables.
var memberIn = []struct{ Table, Column string }{
	{"member_roles", "member"}, {"payout_approvals", "member"}, {"notice_wishes", "member"}, {"seller_contacts", "member"},
	{"subscriptions", "owner"}, {"sellers", "owner"}, {"seller_steps", "assignee"}, {"seller_steps", "done_by"},
	{"shortlists", "proposed_by"}, {"matches", "proposed_by"}, {"matches", "decided_by"}, {"matches", "offered_by"},
	{"payout_runs", "prepared_by"}, {"payout_runs", "decided_by"},
	{"creators", "former"}, {"cases", "owner"}, {"cases", "opened_by"}, {"cases", "acked_by"}, {"cases", "resolved_by"}, {"case_notes", "member"},
	{"creators", "member"}, {"creators", "bound_by"}, {"applications", "member"}, {"applications", "decided_by"},
}

// memberOnce says of what a member has at most one: the columns that, with the member, make a row the same.
var memberOnce = map[string]string{
	"member_roles":     "k.role = g.role",
	"payout_approvals": "k.run = g.run AND k.hash = g.hash",
	"notice_wishes":    "1 = 1",
	"seller_contacts":  "1 = 1",
}

// JoinMembers makes every record of one member another's.
func (t *tx) JoinMembers(gone, kept agency.MemberID) error {
	for table, same := range memberOnce {
		query := fmt.Sprintf(`DELETE FROM %[1]s AS g WHERE g.member = ? AND EXISTS (SELECT 1 FROM %[1]s k WHERE k.member = ? AND %[2]s)`, table, same)
		if _, err := t.exec(query, gone, kept); err != nil {
			return err
		}
	}
	for _, m := range memberIn {
		if _, err := t.update(m.Table, cols{{m.Column, kept}}, m.Column+" = ?", gone); err != nil {
			return err
		}
	}
	_, err := t.update("members", cols{{"joined_to", kept}}, "id = ?", gone)
	return err
}
