package store

import (
	"liaison/agency"
)

const memberColumns = `m.id, m.name`

// MemberByIdentity finds the member behind an identity.
func (t *tx) MemberByIdentity(who agency.Identity) (agency.Member, bool, error) {
	var held []struct {
		ID   agency.MemberID
		Name string
		Role agency.Role
	}
	// One row for each role, or one with none: everything that anybody does begins with this question. SQLite plans a join
	// over what is asked with anew every time, and a subquery once.
	err := t.all(&held, `SELECT `+memberColumns+`, coalesce(r.role, '') AS role FROM members m LEFT JOIN member_roles r ON r.member = m.id
		WHERE m.id = (SELECT member FROM identities WHERE platform = ? AND workspace = ? AND user_id = ?) ORDER BY r.role`, who.Platform, who.Workspace, who.User)
	if err != nil || len(held) == 0 {
		return agency.Member{}, false, err
	}
	m := agency.Member{ID: held[0].ID, Name: held[0].Name}
	for _, h := range held {
		if h.Role != "" {
			m.Roles = append(m.Roles, h.Role)
		}
	}
	return m, true, nil
}

// Member finds a member by number.
func (t *tx) Member(id agency.MemberID) (agency.Member, error) {
	var m agency.Member
	if err := t.find(&m, "such person", `SELECT `+memberColumns+` FROM members m WHERE m.id = ?`, id); err != nil {
		return m, err
	}
	return m, t.all(&m.Roles, `SELECT role FROM member_roles WHERE member = ? ORDER BY role`, id)
}

// Members lists everybody with their roles.
func (t *tx) Members() ([]agency.Member, error) {
	var list []agency.Member
	if err := t.all(&list, `SELECT `+memberColumns+` FROM members m ORDER BY m.id`); err != nil {
		return nil, err
	}
	var held []struct {
		Member agency.MemberID
		Role   agency.Role
	}
	if err := t.all(&held, `SELECT member, role FROM member_roles ORDER BY member, role`); err != nil {
		return nil, err
	}
	roles := map[agency.MemberID][]agency.Role{}
	for _, h := range held {
		roles[h.Member] = append(roles[h.Member], h.Role)
	}
	for i := range list {
		list[i].Roles = roles[list[i].ID]
	}
	return list, nil
}

// InsertMember makes a member bound to an identity.
func (t *tx) InsertMember(name string, who agency.Identity, at agency.Instant) (agency.MemberID, error) {
	id, err := t.next("member")
	if err != nil {
		return 0, err
	}
	if err := t.insert("members", cols{{"id", id}, {"name", name}, {"created_at", at}}); err != nil {
		return 0, err
	}
	return agency.MemberID(id), t.insert("identities", cols{{"platform", who.Platform}, {"workspace", who.Workspace},
		{"user_id", who.User}, {"member", id}, {"created_at", at}})
}

// RenameMember changes a display name.
func (t *tx) RenameMember(id agency.MemberID, name string) error {
	_, err := t.update("members", cols{{"name", name}}, "id = ?", id)
	return err
}

// InsertRole gives a role.
func (t *tx) InsertRole(id agency.MemberID, role agency.Role, at agency.Instant) error {
	return t.insert("member_roles", cols{{"member", id}, {"role", role}, {"granted_at", at}})
}

// DeleteRole takes a role.
func (t *tx) DeleteRole(id agency.MemberID, role agency.Role) error {
	_, err := t.exec(`DELETE FROM member_roles WHERE member = ? AND role = ?`, id, role)
	return err
}

// Identities lists where a member is known.
func (t *tx) Identities(id agency.MemberID) ([]agency.Identity, error) {
	var list []agency.Identity
	err := t.all(&list, `SELECT platform, workspace, user_id AS "user" FROM identities WHERE member = ? ORDER BY created_at, platform`, id)
	return list, err
}

// InsertAudit adds an audit line.
func (t *tx) InsertAudit(l agency.AuditLine) error {
	id, err := t.next("audit")
	if err != nil {
		return err
	}
	return t.insert("audit", cols{{"id", id}, {"at", l.At}, {"member", l.Member}, {"action", l.Action}, {"ref", l.Ref}, {"detail", l.Detail}})
}

// AuditOf lists what happened to an object, newest first.
func (t *tx) AuditOf(ref string, limit int) ([]agency.AuditLine, error) {
	var list []agency.AuditLine
	err := t.all(&list, `SELECT at, member, action, ref, detail FROM audit WHERE ref = ? ORDER BY id DESC LIMIT ?`, ref, limit)
	return list, err
}

const pressColumns = `press_key AS "key", deed, platform AS "who.platform", workspace AS "who.workspace", user_id AS "who.user", command, at, answer`

// Press finds an interaction by its key or by what was done.
func (t *tx) Press(key, deed string) (agency.Press, bool, error) {
	var p agency.Press
	ok, err := t.one(&p, `SELECT `+pressColumns+` FROM presses WHERE press_key = ?
		UNION ALL SELECT `+pressColumns+` FROM presses WHERE deed = ? AND deed <> '' LIMIT 1`, key, deed)
	return p, ok, err
}

// ClaimPress records an interaction unless its key or deed is known. One that another replica is carrying out is waited for.
func (t *tx) ClaimPress(p agency.Press) (bool, error) {
	n, err := t.exec(`INSERT INTO presses (press_key, deed, platform, workspace, user_id, command, at, answer) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, p.Key, p.Deed, p.Who.Platform, p.Who.Workspace, p.Who.User, p.Command, p.At, p.Answer)
	return n == 1, err
}

// AnswerPress writes a claimed interaction's deed and answer.
func (t *tx) AnswerPress(key, deed, answer string) error {
	return t.later(updates("presses", cols{{"deed", deed}, {"answer", answer}}, "press_key = ?", key))
}

// PressesBefore finds old interactions, by reading all there are: no index has their times, because every press would write it.
func (t *tx) PressesBefore(at agency.Instant, limit int) ([]string, error) {
	var keys []string
	err := t.all(&keys, `SELECT press_key FROM presses WHERE at < ? LIMIT ?`, at, limit)
	return keys, err
}

// DeletePresses forgets interactions.
func (t *tx) DeletePresses(keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	args := make([]any, len(keys))
	for i, k := range keys {
		args[i] = k
	}
	_, err := t.exec(`DELETE FROM presses WHERE press_key IN `+among(len(keys)), args...)
	return err
}

const subscriptionColumns = `id, platform AS "to.platform", workspace AS "to.workspace", channel AS "to.channel", feed, schedule, zone, owner, since`

// Subscriptions lists every channel subscribed to a feed.
func (t *tx) Subscriptions(feed agency.Feed) ([]agency.Subscription, error) {
	var list []agency.Subscription
	err := t.all(&list, `SELECT `+subscriptionColumns+` FROM subscriptions WHERE feed = ? ORDER BY id`, feed)
	return list, err
}

// Subscription finds one subscription.
func (t *tx) Subscription(id int64) (agency.Subscription, error) {
	var s agency.Subscription
	return s, t.find(&s, "such subscription", `SELECT `+subscriptionColumns+` FROM subscriptions WHERE id = ?`, id)
}

// SubscriptionsAt lists a channel's subscriptions.
func (t *tx) SubscriptionsAt(to agency.Address) ([]agency.Subscription, error) {
	var list []agency.Subscription
	err := t.all(&list, `SELECT `+subscriptionColumns+` FROM subscriptions WHERE platform = ? AND workspace = ? AND channel = ? ORDER BY feed`,
		to.Platform, to.Workspace, to.Channel)
	return list, err
}

// InsertSubscription adds a subscription.
func (t *tx) InsertSubscription(s agency.Subscription) (int64, error) {
	id, err := t.next("subscription")
	if err != nil {
		return 0, err
	}
	return id, t.insert("subscriptions", cols{{"id", id}, {"platform", s.To.Platform}, {"workspace", s.To.Workspace}, {"channel", s.To.Channel},
		{"feed", s.Feed}, {"schedule", s.Schedule}, {"zone", s.Zone}, {"owner", s.Owner}, {"since", s.Since}})
}

// DeleteSubscription ends a subscription.
func (t *tx) DeleteSubscription(id int64) error {
	_, err := t.exec(`DELETE FROM subscriptions WHERE id = ?`, id)
	return err
}

// ClaimSlot claims a reminder's slot; false when somebody has it.
func (t *tx) ClaimSlot(reminder, slot string, at agency.Instant) (bool, error) {
	n, err := t.exec(`INSERT INTO slots (reminder, slot, claimed_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, reminder, slot, at)
	return n == 1, err
}

// ClaimedSlots is every claimed slot of a reminder.
func (t *tx) ClaimedSlots(reminder string) (slots []string, err error) {
	return slots, t.all(&slots, `SELECT slot FROM slots WHERE reminder = ?`, reminder)
}

// LastSlot is the greatest claimed slot of a reminder.
func (t *tx) LastSlot(reminder string) (string, error) {
	var slot string
	_, err := t.one(&slot, `SELECT slot FROM slots WHERE reminder = ? ORDER BY slot DESC LIMIT 1`, reminder)
	return slot, err
}
