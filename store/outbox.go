package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"liaison/agency"
)

// Enqueue adds an outgoing message; a card that already waits, or a note whose key is known, is not added again. The card
// that waits is locked until this transaction ends: drawn before that, it would not show what this transaction changes. (What
// a condition keeps from being updated, PostgreSQL locks nevertheless; SQLite has one writer.)
func (t *tx) Enqueue(o agency.Outgoing) error {
	id, err := t.next("outbox")
	if err != nil {
		return err
	}
	t.enqueued = true
	known := " ON CONFLICT DO NOTHING"
	if o.Mode == agency.Card {
		known = ` ON CONFLICT (platform, workspace, channel, kind, ref) WHERE mode = 'card' AND state = 'waiting' DO UPDATE SET at = outbox.at WHERE FALSE`
	}
	return t.insertRows("outbox", []cols{{{"id", id}, {"platform", o.To.Platform}, {"workspace", o.To.Workspace}, {"channel", o.To.Channel},
		{"kind", o.Kind}, {"ref", o.Ref}, {"mode", o.Mode}, {"thread", o.Thread}, {"note_key", o.Key}, {"at", o.At},
		{"state", "waiting"}, {"attempts", 0}, {"due_at", 0}, {"claimed_by", ""}, {"claimed_at", 0}, {"message_id", ""}, {"trouble", ""}}}, known)
}

// CardPlaces lists where a card has been posted or waits to be.
func (t *tx) CardPlaces(kind, ref string) ([]agency.Address, error) {
	var list []agency.Address
	err := t.all(&list, `SELECT platform, workspace, channel FROM cards WHERE kind = ? AND ref = ?
		UNION SELECT platform, workspace, channel FROM outbox WHERE kind = ? AND ref = ? AND mode = 'card' AND state IN ('waiting', 'sending')
		ORDER BY 1, 2, 3`, kind, ref, kind, ref)
	return list, err
}

// RedrawCard enqueues every copy of a card that does not wait to be drawn already; see Enqueue for the lock of those that do.
// Of them the sender knows. A copy that is held until somebody's quiet hours end is locked too: whoever lets it go meanwhile waits, or it
// would be drawn as it was before this change, and nothing would draw it anew.
func (t *tx) RedrawCard(kind, ref string, at agency.Instant) error {
	var places []struct {
		To    agency.Address
		Waits bool
	}
	err := t.all(&places, `SELECT platform AS "to.platform", workspace AS "to.workspace", channel AS "to.channel", FALSE AS waits FROM cards WHERE kind = ? AND ref = ?
		UNION ALL SELECT platform, workspace, channel, state = 'waiting' FROM outbox WHERE kind = ? AND ref = ? AND mode = 'card' AND state IN ('waiting', 'sending')`,
		kind, ref, kind, ref)
	if err != nil {
		return err
	}
	var waiting, elsewhere []agency.Address
	for _, p := range places {
		if p.Waits {
			waiting = append(waiting, p.To)
		} else {
			elsewhere = append(elsewhere, p.To)
		}
	}
	some := len(waiting) > 0
	for _, to := range elsewhere {
		if slices.Contains(waiting, to) {
			continue
		}
		waiting = append(waiting, to) // where it stands and is being drawn too, it comes twice
		if err := t.Enqueue(agency.Outgoing{To: to, Kind: kind, Ref: ref, Mode: agency.Card, At: at}); err != nil {
			return err
		}
	}
	if t.dialect.lockRows == "" {
		return nil
	}
	err = t.later(write{query: `SELECT id FROM held_notices WHERE kind = ? AND ref = ? AND mode = 'card'` + t.dialect.lockRows, args: []any{kind, ref}})
	if err != nil || !some {
		return err
	}
	return t.later(write{query: `SELECT id FROM outbox WHERE kind = ? AND ref = ? AND mode = 'card' AND state = 'waiting'` + t.dialect.lockRows, args: []any{kind, ref}})
}

// ForgetCards forgets where cards stand with an account, and drops those that wait for it. One that is on its way is taken from its
// sender, whose word about it counts no more: it would come back with the account.
func (t *tx) ForgetCards(at agency.Address, kinds ...string) error {
	of, args := "platform = ? AND workspace = ? AND channel = ?", []any{at.Platform, at.Workspace, at.Channel}
	if len(kinds) > 0 {
		of += " AND kind IN (?" + strings.Repeat(", ?", len(kinds)-1) + ")"
		for _, k := range kinds {
			args = append(args, k)
		}
	}
	for _, order := range []string{`DELETE FROM cards WHERE ` + of, `DELETE FROM held_notices WHERE mode = 'card' AND ` + of,
		`DELETE FROM outbox WHERE mode = 'card' AND state IN ('waiting', 'sending', 'parked') AND ` + of} {
		if _, err := t.exec(order, args...); err != nil {
			return err
		}
	}
	return nil
}

// MoveWaiting gives what waits for one account to another: notes, and cards that stand with neither. A note that is on its way
// and comes back comes back to the other; a card on its way is taken from its sender and drawn with the other.
func (t *tx) MoveWaiting(from, to agency.Address) error {
	t.enqueued = true
	args := []any{to.Platform, to.Workspace, to.Channel, from.Platform, from.Workspace, from.Channel}
	const at = ` SET platform = ?, workspace = ?, channel = ? WHERE platform = ? AND workspace = ? AND channel = ?`
	if _, err := t.exec(`UPDATE held_notices`+at, args...); err != nil {
		return err
	}
	const onItsWay = `mode = 'card' AND state = 'sending' AND platform = ? AND workspace = ? AND channel = ?`
	_, err := t.exec(`UPDATE outbox SET state = 'waiting', attempts = attempts + 1, message_id = '', unknown_at = 0, pages = 0 WHERE `+onItsWay+` AND NOT EXISTS (
		SELECT 1 FROM outbox o WHERE o.platform = outbox.platform AND o.workspace = outbox.workspace AND o.channel = outbox.channel AND o.kind = outbox.kind
			AND o.ref = outbox.ref AND o.mode = 'card' AND o.state = 'waiting')`, from.Platform, from.Workspace, from.Channel)
	if err != nil {
		return err
	}
	_, err = t.exec(`UPDATE outbox`+at+` AND (state IN ('waiting', 'parked') OR state = 'sending' AND mode = 'note') AND (mode = 'note' OR mode = 'card'
		AND NOT EXISTS (SELECT 1 FROM cards c WHERE c.platform = outbox.platform AND c.workspace = outbox.workspace AND c.channel = outbox.channel
			AND c.kind = outbox.kind AND c.ref = outbox.ref)
		AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.platform = ? AND o.workspace = ? AND o.channel = ? AND o.kind = outbox.kind AND o.ref = outbox.ref
			AND o.mode = 'card' AND o.state = 'waiting'))`, append(args, to.Platform, to.Workspace, to.Channel)...)
	return err
}

// PostedAt finds what a posted message says. The id is the platform's own, which is unique there.
func (t *tx) PostedAt(to agency.Address, messageID string) (kind, ref string, ok bool, err error) {
	var found struct{ Kind, Ref string }
	if messageID == "" {
		return "", "", false, nil
	}
	ok, err = t.one(&found, `SELECT kind, ref FROM cards WHERE platform = ? AND workspace = ? AND message_id = ?
		UNION ALL SELECT kind, ref FROM outbox WHERE platform = ? AND workspace = ? AND message_id = ? AND message_id <> '' LIMIT 1`,
		to.Platform, to.Workspace, messageID, to.Platform, to.Workspace, messageID)
	return found.Kind, found.Ref, ok, err
}

const outgoingColumns = `id, platform AS "to.platform", workspace AS "to.workspace", channel AS "to.channel", kind, ref, mode, thread,
	note_key AS "key", at`

// claimed is an outbox row that a sender works on.
type claimed struct {
	agency.Outgoing
	Attempts  int
	Tries     int
	UnknownAt agency.Instant
	Repeated  bool
	MessageID string
	Pages     int
	WaitMore  int64
	PostedAt  agency.Instant // of the channel's last message
	EndedAt   agency.Instant // of what waits: when it was given up before a person put it back; a repeat is what it is good for
}

// ClaimOutgoing claims what may be posted now: of every channel only the oldest message that is not yet out, so that a
// channel's order holds over all senders. A claim older than lost died with its sender, who may have posted it: it is
// claimed again as one whose outcome is unknown.
//
// It is of the platforms in on, or of any when none are named: what is for others waits for whoever is there. Instants that a
// clock wrote which was ahead and has been set back since hold nothing up: a claim from the future is a dead one, and what is due
// beyond any wait is due.
func (s *Store) ClaimOutgoing(ctx context.Context, sender string, now, lost agency.Instant, limit int, on ...agency.Platform) (list []agency.Delivery, err error) {
	due, args := headDue(now, on)
	if some, err := s.claimable(ctx, now, lost, due, args); err != nil || !some {
		return nil, err
	}
	err = s.inTx(ctx, func(t *tx) error {
		list = nil
		if err := t.releaseLost(now, lost); err != nil {
			return err
		}
		var rows []claimed
		if err := t.all(&rows, `SELECT `+outgoingColumns+`, attempts, tries, unknown_at, repeated, message_id, pages, wait_more, ended_at, `+lastPosted+` FROM outbox o
			WHERE `+due+`
			ORDER BY id LIMIT ?`+t.dialect.skipLocked, append(slices.Clone(args), limit)...); err != nil {
			return err
		}
		for _, r := range rows {
			if _, err := t.update("outbox", cols{{"state", "sending"}, {"claimed_by", sender}, {"claimed_at", now}, {"attempts", r.Attempts + 1}}, "id = ?", r.ID); err != nil {
				return err
			}
			d, err := t.delivery(r, sender)
			if err != nil {
				return err
			}
			list = append(list, d)
		}
		return nil
	})
	if err != nil { // what is not surely ours is nobody's to post: if it is, the claim runs out and is taken over as unknown
		return nil, err
	}
	return list, nil
}

// How far ahead of a sender's clock another's may be: beyond it, what a claim or a wait says was written by a clock that has
// been set back since.
const (
	claimAhead = 60_000      // milliseconds: machines whose clocks are farther apart are not one desk
	dueAhead   = 20 * 60_000 // longer than a sender waits between two tries
)

// headDue finds what is the oldest of its channel, waits, and may be posted by now; nothing of a channel to which something
// is being sent, even if that is younger: what was parked and is sent again goes before what came after it.
func headDue(now agency.Instant, on []agency.Platform) (condition string, args []any) {
	condition = `state = 'waiting' AND (due_at <= ? OR due_at > ?) AND id IN (SELECT min(h.id) FROM outbox h WHERE h.state IN ('waiting', 'sending')
	GROUP BY h.platform, h.workspace, h.channel HAVING max(CASE h.state WHEN 'sending' THEN 1 ELSE 0 END) = 0)`
	args = []any{now, now + dueAhead}
	if len(on) > 0 {
		condition += ` AND platform IN ` + among(len(on))
		for _, p := range on {
			args = append(args, p)
		}
	}
	return condition, args
}

// lastPosted is when the last message of a row's channel went out, whoever posted it.
const lastPosted = `(SELECT coalesce(max(p.posted_at), 0) FROM outbox p WHERE p.platform = o.platform AND p.workspace = o.workspace
	AND p.channel = o.channel AND p.posted_at > 0) AS posted_at`

// lostClaim finds the claims whose senders are dead, from a lost and a claimAhead.
const lostClaim = `(claimed_at < ? OR claimed_at > ?)`

// claimable looks whether a claim would find anything. Looking disturbs nobody; a claim takes the one writer's turn, and a
// sender is woken by every press, mostly while the channel's message before is still being posted.
func (s *Store) claimable(ctx context.Context, now, lost agency.Instant, due string, args []any) (some bool, err error) {
	err = s.look(ctx, func(t *tx) error {
		_, err := t.one(&some, `SELECT EXISTS (SELECT 1 FROM outbox WHERE `+due+`) OR EXISTS (SELECT 1 FROM outbox WHERE state = 'sending' AND claimed_at < ?)
			OR EXISTS (SELECT 1 FROM outbox WHERE state = 'sending' AND claimed_at > ?)`, append(slices.Clone(args), lost, now+claimAhead)...)
		return err
	})
	return some, s.translate(err)
}

// releaseLost gives back what senders had claimed that did not come to an end. Of a card behind which a newer one waits
// nothing is left to say: the newer one says it all.
func (t *tx) releaseLost(now, lost agency.Instant) error {
	const newer = `mode = 'card' AND EXISTS (SELECT 1 FROM outbox w WHERE w.state = 'waiting' AND w.mode = 'card' AND w.platform = outbox.platform
		AND w.workspace = outbox.workspace AND w.channel = outbox.channel AND w.kind = outbox.kind AND w.ref = outbox.ref)`
	if _, err := t.exec(`UPDATE outbox SET state = 'sent', trouble = 'overtaken by a newer card', ended_at = ?
		WHERE state = 'sending' AND `+lostClaim+` AND EXISTS (SELECT 1 FROM cards c WHERE c.kind = outbox.kind AND c.ref = outbox.ref
			AND c.platform = outbox.platform AND c.workspace = outbox.workspace AND c.channel = outbox.channel) AND message_id = '' AND `+newer, now, lost, now+claimAhead); err != nil {
		return err
	}
	// A first post may be out without our knowing its id, or its thread not whole: that row goes on, and the newer one is said
	// by it.
	if _, err := t.exec(`DELETE FROM outbox WHERE state = 'waiting' AND mode = 'card' AND EXISTS (SELECT 1 FROM outbox l WHERE l.state = 'sending'
		AND (l.claimed_at < ? OR l.claimed_at > ?) AND l.mode = 'card' AND l.platform = outbox.platform AND l.workspace = outbox.workspace
		AND l.channel = outbox.channel AND l.kind = outbox.kind AND l.ref = outbox.ref)`, lost, now+claimAhead); err != nil {
		return err
	}
	_, err := t.exec(`UPDATE outbox SET state = 'waiting', tries = tries + 1, trouble = 'the sender stopped before it could say how it ended',
		unknown_at = CASE WHEN unknown_at = 0 THEN claimed_at ELSE unknown_at END WHERE state = 'sending' AND `+lostClaim, lost, now+claimAhead)
	return err
}

func (t *tx) delivery(r claimed, sender string) (agency.Delivery, error) {
	d := agency.Delivery{Outgoing: r.Outgoing, Claim: sender, Attempt: r.Attempts + 1, Tries: r.Tries, UnknownAt: r.UnknownAt,
		Repeated: r.Repeated, MessageID: r.MessageID, PostedAt: r.PostedAt, GivenUp: r.EndedAt, Pages: r.Pages, WaitMore: time.Duration(r.WaitMore) * time.Millisecond}
	var err error
	if r.Mode == agency.Card {
		if d.CardID, err = t.cardID(r.To, r.Kind, r.Ref); err != nil || d.CardID != "" {
			return d, err
		}
	}
	if kind, ref, ok := strings.Cut(r.Thread, " "); ok {
		d.ThreadID, err = t.cardID(r.To, kind, ref)
	}
	return d, err
}

func (t *tx) cardID(to agency.Address, kind, ref string) (string, error) {
	var id string
	_, err := t.one(&id, `SELECT message_id FROM cards WHERE kind = ? AND ref = ? AND platform = ? AND workspace = ? AND channel = ?`,
		kind, ref, to.Platform, to.Workspace, to.Channel)
	return id, err
}

// fence is the condition that a claim is still its sender's.
const fence = "id = ? AND state = 'sending' AND claimed_by = ? AND attempts = ?"

// holds says whether a claim is still its sender's.
func (t *tx) holds(d agency.Delivery) (bool, error) {
	n := 0
	_, err := t.one(&n, `SELECT count(*) FROM outbox WHERE `+fence, d.ID, d.Claim, d.Attempt)
	return n == 1, err
}

// end writes how a claimed message ended, unless another sender has claimed it meanwhile.
func (t *tx) end(d agency.Delivery, row cols) (ours bool, err error) {
	n, err := t.update("outbox", row, fence, d.ID, d.Claim, d.Attempt)
	return n == 1, err
}

// OutgoingSent records that a message is out, and where its card is; false when the claim was lost meanwhile.
func (s *Store) OutgoingSent(ctx context.Context, d agency.Delivery, messageID string, now agency.Instant) (ours bool, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		row := cols{{"state", "sent"}, {"message_id", messageID}, {"trouble", ""}, {"code", ""}, {"ended_at", now}}
		if d.Mode != agency.Grant && (d.CardID == "" || d.MessageID != "") { // an edit is no new message
			row = append(row, cols{{"posted_at", now}}...)
		}
		if ours, err = t.end(d, row); err != nil || !ours {
			return err
		}
		return errors.Join(t.placeCard(d, messageID), t.supersede(d))
	})
	return ours, err
}

// supersede forgets what was parked of a card before: whatever became of this one, they would say no more than it does. But an edit
// leaves the thread as it is, so one whose message is out and whose thread is not whole stays.
func (t *tx) supersede(d agency.Delivery) error {
	if d.Mode != agency.Card {
		return nil
	}
	whole := ""
	if d.CardID != "" {
		whole = " AND message_id = ''"
	}
	_, err := t.exec(`UPDATE outbox SET state = 'dropped', trouble = 'overtaken by a newer card' WHERE state = 'parked' AND mode = 'card' AND id < ?
		AND kind = ? AND ref = ? AND platform = ? AND workspace = ? AND channel = ?`+whole, d.ID, d.Kind, d.Ref, d.To.Platform, d.To.Workspace, d.To.Channel)
	return err
}

func (t *tx) placeCard(d agency.Delivery, messageID string) error {
	if d.Mode != agency.Card {
		return nil
	}
	return t.insertRows("cards", []cols{{{"platform", d.To.Platform}, {"workspace", d.To.Workspace}, {"channel", d.To.Channel},
		{"kind", d.Kind}, {"ref", d.Ref}, {"message_id", messageID}}},
		" ON CONFLICT (kind, ref, platform, workspace, channel) DO UPDATE SET message_id = excluded.message_id")
}

// stay keeps a message that is out with the account where it is, though what waited for that was moved meanwhile: its thread is
// there.
func (t *tx) stay(d agency.Delivery) error {
	_, err := t.exec(`UPDATE outbox SET platform = ?, workspace = ?, channel = ? WHERE id = ? AND (platform <> ? OR workspace <> ? OR channel <> ?)`,
		d.To.Platform, d.To.Workspace, d.To.Channel, d.ID, d.To.Platform, d.To.Workspace, d.To.Channel)
	return err
}

// OutgoingLater gives a message back to be tried again; false when the claim was lost meanwhile. An edit behind which a
// newer one waits is dropped instead. Behind a first post, or one whose thread is not whole, the newer one is: it may be out
// and is looked for by its own row, and it is drawn from the newest state anyway.
func (s *Store) OutgoingLater(ctx context.Context, d agency.Delivery, r agency.Retry, now agency.Instant) (ours bool, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		if ours, err = t.holds(d); err != nil || !ours {
			return err
		}
		if r.MessageID != "" {
			if err := errors.Join(t.stay(d), t.placeCard(d, r.MessageID)); err != nil {
				return err
			}
		}
		row := cols{{"state", "waiting"}, {"due_at", r.Due}, {"code", r.Code}, {"trouble", r.Code}, {"tries", r.Tries}, {"unknown_at", r.UnknownAt},
			{"repeated", r.Repeated}, {"message_id", r.MessageID}, {"ended_at", r.GivenUp}, {"pages", r.Pages}, {"wait_more", r.WaitMore.Milliseconds()}}
		if r.MessageID != "" { // it is out; what belongs in its thread is not
			row = append(row, cols{{"posted_at", now}}...)
		}
		overtaken := false
		switch {
		case d.Mode != agency.Card:
		case d.CardID == "" || r.MessageID != "":
			_, err = t.dropNewer(d)
		default:
			overtaken, err = t.newerWaits(d)
		}
		if err != nil {
			return err
		}
		if overtaken {
			row = cols{{"state", "sent"}, {"trouble", "overtaken by a newer card"}, {"ended_at", now}}
		}
		ours, err = t.end(d, row)
		return err
	})
	return ours, err
}

const newerCard = ` FROM outbox WHERE mode = 'card' AND state = 'waiting' AND kind = ? AND ref = ? AND platform = ? AND workspace = ? AND channel = ?`

// newerWaits says whether the same card waits to be drawn again.
func (t *tx) newerWaits(d agency.Delivery) (bool, error) {
	n := 0
	_, err := t.one(&n, `SELECT count(*)`+newerCard, d.Kind, d.Ref, d.To.Platform, d.To.Workspace, d.To.Channel)
	return n > 0, err
}

// dropNewer drops what waits to draw the same card, and says whether anything did.
func (t *tx) dropNewer(d agency.Delivery) (bool, error) {
	n, err := t.exec(`DELETE`+newerCard, d.Kind, d.Ref, d.To.Platform, d.To.Workspace, d.To.Channel)
	return n > 0, err
}

// OutgoingRepeats flags a message that is about to be sent although it may be out already, and uses up the decision of whoever
// put it back; false when the claim was lost.
func (s *Store) OutgoingRepeats(ctx context.Context, d agency.Delivery) (ours bool, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		ours, err = t.end(d, cols{{"repeated", true}, {"ended_at", 0}})
		return err
	})
	return ours, err
}

// OutgoingCovers drops what waits to draw the same card as a claimed message that is about to be drawn, and says whether
// anything did; ours is false when the claim was lost.
func (s *Store) OutgoingCovers(ctx context.Context, d agency.Delivery) (some, ours bool, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		if ours, err = t.holds(d); err != nil || !ours {
			return err
		}
		some, err = t.dropNewer(d)
		return err
	})
	return some, ours, err
}

// ForgetCard forgets the card that was posted as a message, when the platform says that the message is gone. An edit that
// found it gone posts it anew itself; else a row is added for that, or its later changes would have no place to go.
func (s *Store) ForgetCard(ctx context.Context, at agency.Address, messageID string, now agency.Instant) error {
	return s.inTx(ctx, func(t *tx) error {
		place, args := ` WHERE platform = ? AND workspace = ? AND channel = ?`, []any{at.Platform, at.Workspace, at.Channel}
		card := agency.Outgoing{To: at, Mode: agency.Card, At: now}
		known, err := t.one(&card, `SELECT kind, ref FROM cards`+place+` AND message_id = ?`, append(args, messageID)...)
		if err != nil || !known {
			return err
		}
		args = append(args, card.Kind, card.Ref)
		if _, err := t.exec(`DELETE FROM cards`+place+` AND kind = ? AND ref = ?`, args...); err != nil {
			return err
		}
		var id int64
		coming, err := t.one(&id, `SELECT id FROM outbox`+place+` AND kind = ? AND ref = ? AND mode = 'card' AND state IN ('waiting', 'sending') LIMIT 1`, args...)
		if err != nil || coming {
			return err
		}
		return t.Enqueue(card)
	})
}

// ParkOutgoing gives a claimed message up, with the reason. Whether it is out is as unknown as before, or as known.
func (t *tx) ParkOutgoing(d agency.Delivery, code, trouble string, at agency.Instant) (bool, error) {
	ours, err := t.end(d, cols{{"state", "parked"}, {"code", code}, {"trouble", trouble}, {"tries", d.Tries}, {"ended_at", at},
		{"unknown_at", d.UnknownAt}, {"repeated", d.Repeated}, {"message_id", d.MessageID}, {"pages", d.Pages}})
	if err != nil || !ours {
		return ours, err
	}
	if d.MessageID != "" { // it stands there, though its thread is not whole
		err = errors.Join(t.stay(d), t.placeCard(d, d.MessageID))
	}
	return true, errors.Join(err, t.supersede(d))
}

// OutboxState counts what waits, what was given up, and what was sent again since an instant.
func (t *tx) OutboxState(since agency.Instant) (agency.Outbox, error) {
	var o agency.Outbox
	_, err := t.one(&o, `SELECT
		(SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending')) AS waiting,
		(SELECT coalesce(min(at), 0) FROM outbox WHERE state IN ('waiting', 'sending')) AS oldest,
		(SELECT count(*) FROM outbox WHERE state = 'parked') AS parked,
		(SELECT count(*) FROM outbox WHERE repeated AND at >= ?) AS repeated`, since)
	return o, err
}

const undeliveredColumns = outgoingColumns + `, state, code, trouble, tries, ended_at, attempts`

// ParkedOutgoing lists what was given up, oldest first.
func (t *tx) ParkedOutgoing(limit int) ([]agency.Undelivered, error) {
	var list []agency.Undelivered
	err := t.all(&list, `SELECT `+undeliveredColumns+` FROM outbox WHERE state = 'parked' ORDER BY id LIMIT ?`, limit)
	return list, err
}

// ParkedMessage finds one message that was given up.
func (t *tx) ParkedMessage(id int64) (u agency.Undelivered, ok bool, err error) {
	ok, err = t.one(&u, `SELECT `+undeliveredColumns+` FROM outbox WHERE id = ? AND state = 'parked'`, id)
	return u, ok, err
}

// RepeatedOutgoing lists what was sent again although it may have been out, newest first.
func (t *tx) RepeatedOutgoing(since agency.Instant, limit int) ([]agency.Undelivered, error) {
	var list []agency.Undelivered
	err := t.all(&list, `SELECT `+undeliveredColumns+` FROM outbox WHERE repeated AND at >= ? ORDER BY id DESC LIMIT ?`, since, limit)
	return list, err
}

// UnparkOutgoing puts parked messages back into the outbox, with what is known of them. A card that waits anew meanwhile, or is
// being posted, says what it would have said; but where only the parked row can find what may be out, it is the newer one
// that need not wait.
func (t *tx) UnparkOutgoing(id int64) (int64, error) {
	const same = `w.mode = 'card' AND w.platform = outbox.platform AND w.workspace = outbox.workspace AND w.channel = outbox.channel AND w.kind = outbox.kind
		AND w.ref = outbox.ref`
	if _, err := t.exec(`DELETE FROM outbox WHERE state = 'waiting' AND mode = 'card' AND EXISTS (SELECT 1 FROM outbox w WHERE `+same+`
		AND w.state = 'parked' AND (? = 0 OR w.id = ?) AND (w.unknown_at <> 0 OR w.message_id <> ''))`, id, id); err != nil {
		return 0, err
	}
	n, err := t.exec(`DELETE FROM outbox WHERE state = 'parked' AND (? = 0 OR id = ?) AND mode = 'card' AND EXISTS (SELECT 1 FROM outbox w
		WHERE `+same+` AND (w.state IN ('waiting', 'sending') OR w.state = 'parked' AND w.id > outbox.id AND ? = 0))`, id, id, id)
	if err != nil {
		return 0, err
	}
	t.enqueued = true
	back, err := t.exec(`UPDATE outbox SET state = 'waiting', tries = 0, due_at = 0 WHERE state = 'parked' AND (? = 0 OR id = ?)`, id, id)
	return n + back, err
}

// DropOutgoing removes parked messages.
func (t *tx) DropOutgoing(id int64) (int64, error) {
	return t.exec(`UPDATE outbox SET state = 'dropped' WHERE state = 'parked' AND (? = 0 OR id = ?)`, id, id)
}

// ForgetOutgoing removes what was said before an instant, to people and by them. A note's key stays, since it keeps the note
// from being said again.
func (t *tx) ForgetOutgoing(before agency.Instant) error {
	if _, err := t.exec(`DELETE FROM said_changes WHERE at < ?`, before); err != nil {
		return err
	}
	_, err := t.exec(`DELETE FROM outbox WHERE state IN ('sent', 'dropped') AND note_key = '' AND NOT repeated AND at < ?`, before)
	return err
}

// OutboxDepth counts what waits and what was given up.
func (s *Store) OutboxDepth(ctx context.Context) (waiting, parked int, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		o, err := t.OutboxState(0)
		waiting, parked = int(o.Waiting), int(o.Parked)
		return err
	})
	return waiting, parked, err
}
