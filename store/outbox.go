package store

import (
	"context"
	"strings"

	"liaison/agency"
)

// Enqueue adds an outgoing message; a card that already waits, or a note whose key is known, is not added again.
func (t *tx) Enqueue(o agency.Outgoing) error {
	id, err := t.next("outbox")
	if err != nil {
		return err
	}
	t.enqueued = true
	return t.insertRows("outbox", []cols{{{"id", id}, {"platform", o.To.Platform}, {"workspace", o.To.Workspace}, {"channel", o.To.Channel},
		{"kind", o.Kind}, {"ref", o.Ref}, {"mode", o.Mode}, {"thread", o.Thread}, {"note_key", o.Key}, {"at", o.At},
		{"state", "waiting"}, {"attempts", 0}, {"due_at", 0}, {"claimed_by", ""}, {"claimed_at", 0}, {"message_id", ""}, {"trouble", ""}}},
		" ON CONFLICT DO NOTHING")
}

// CardPlaces lists where a card has been posted or waits to be.
func (t *tx) CardPlaces(kind, ref string) ([]agency.Address, error) {
	var list []agency.Address
	err := t.all(&list, `SELECT platform, workspace, channel FROM cards WHERE kind = ? AND ref = ?
		UNION SELECT platform, workspace, channel FROM outbox WHERE kind = ? AND ref = ? AND mode = ? AND state IN ('waiting', 'sending')
		ORDER BY 1, 2, 3`, kind, ref, kind, ref, agency.Card)
	return list, err
}

const outgoingColumns = `id, platform AS "to.platform", workspace AS "to.workspace", channel AS "to.channel", kind, ref, mode, thread,
	note_key AS "key", at`

// claimed is an outbox row that a sender works on.
type claimed struct {
	agency.Outgoing
	Attempts int64
}

// ClaimOutgoing claims what may be posted now: of every channel only the oldest message that is not yet out, so that a
// channel's order holds over all senders. A claim older than lease was lost with its sender and is claimed again.
func (s *Store) ClaimOutgoing(ctx context.Context, sender string, now, lease agency.Instant, limit int) (list []agency.Delivery, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		list = nil
		if _, err := t.exec(`UPDATE outbox SET state = 'waiting', trouble = 'the sender stopped before it could say how it ended'
			WHERE state = 'sending' AND claimed_at < ? AND NOT EXISTS (SELECT 1 FROM outbox w WHERE w.state = 'waiting' AND w.mode = 'card' AND outbox.mode = 'card'
			AND w.platform = outbox.platform AND w.workspace = outbox.workspace AND w.channel = outbox.channel AND w.kind = outbox.kind AND w.ref = outbox.ref)`, lease); err != nil {
			return err
		}
		// A lost claim of a card behind which a newer one waits: the newer one says all that there is to say.
		if _, err := t.exec(`UPDATE outbox SET state = 'sent', trouble = 'overtaken by a newer card' WHERE state = 'sending' AND claimed_at < ?`, lease); err != nil {
			return err
		}
		var rows []claimed
		if err := t.all(&rows, `SELECT `+outgoingColumns+`, attempts FROM outbox o WHERE state = 'waiting' AND due_at <= ?
			AND id = (SELECT min(h.id) FROM outbox h WHERE h.platform = o.platform AND h.workspace = o.workspace AND h.channel = o.channel
				AND h.state IN ('waiting', 'sending'))
			ORDER BY id LIMIT ?`+t.dialect.skipLocked, now, limit); err != nil {
			return err
		}
		for _, r := range rows {
			if _, err := t.update("outbox", cols{{"state", "sending"}, {"claimed_by", sender}, {"claimed_at", now}, {"attempts", r.Attempts + 1}}, "id = ?", r.ID); err != nil {
				return err
			}
			d, err := t.delivery(r)
			if err != nil {
				return err
			}
			list = append(list, d)
		}
		return nil
	})
	return list, err
}

func (t *tx) delivery(r claimed) (agency.Delivery, error) {
	d := agency.Delivery{Outgoing: r.Outgoing, Attempt: int(r.Attempts + 1)}
	var err error
	if r.Mode == agency.Card {
		d.CardID, err = t.cardID(r.To, r.Kind, r.Ref)
		return d, err
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

// OutgoingSent records that a message is out, and where its card is.
func (s *Store) OutgoingSent(ctx context.Context, d agency.Delivery, messageID string) error {
	return s.inTx(ctx, func(t *tx) error {
		if _, err := t.update("outbox", cols{{"state", "sent"}, {"message_id", messageID}, {"trouble", ""}}, "id = ?", d.ID); err != nil {
			return err
		}
		if d.Mode != agency.Card {
			return nil
		}
		return t.insertRows("cards", []cols{{{"platform", d.To.Platform}, {"workspace", d.To.Workspace}, {"channel", d.To.Channel},
			{"kind", d.Kind}, {"ref", d.Ref}, {"message_id", messageID}}},
			" ON CONFLICT (kind, ref, platform, workspace, channel) DO UPDATE SET message_id = excluded.message_id")
	})
}

// OutgoingLater gives a message back to be tried again. A card behind which a newer one waits is dropped instead.
func (s *Store) OutgoingLater(ctx context.Context, d agency.Delivery, due agency.Instant, trouble string) error {
	return s.inTx(ctx, func(t *tx) error {
		var newer int
		if _, err := t.one(&newer, `SELECT count(*) FROM outbox WHERE mode = 'card' AND state = 'waiting' AND kind = ? AND ref = ?
			AND platform = ? AND workspace = ? AND channel = ?`, d.Kind, d.Ref, d.To.Platform, d.To.Workspace, d.To.Channel); err != nil {
			return err
		}
		row := cols{{"state", "waiting"}, {"due_at", due}, {"trouble", trouble}}
		if d.Mode == agency.Card && newer > 0 {
			row = cols{{"state", "sent"}, {"trouble", "overtaken by a newer card"}}
		}
		_, err := t.update("outbox", row, "id = ?", d.ID)
		return err
	})
}

// ForgetCard forgets where a card was, when the platform says that it is gone.
func (s *Store) ForgetCard(ctx context.Context, d agency.Delivery) error {
	return s.inTx(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM cards WHERE kind = ? AND ref = ? AND platform = ? AND workspace = ? AND channel = ?`,
			d.Kind, d.Ref, d.To.Platform, d.To.Workspace, d.To.Channel)
		return err
	})
}

// OutgoingParked gives a message up, with the reason.
func (s *Store) OutgoingParked(ctx context.Context, d agency.Delivery, trouble string) error {
	return s.inTx(ctx, func(t *tx) error {
		_, err := t.update("outbox", cols{{"state", "parked"}, {"trouble", trouble}}, "id = ?", d.ID)
		return err
	})
}

// OutboxDepth counts what waits and what was given up.
func (s *Store) OutboxDepth(ctx context.Context) (waiting, parked int, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		if _, err := t.one(&waiting, `SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending')`); err != nil {
			return err
		}
		_, err := t.one(&parked, `SELECT count(*) FROM outbox WHERE state = 'parked'`)
		return err
	})
	return waiting, parked, err
}
