package sandbox

import "strings"

// Reword changes a message that the person wrote. The app hears message_changed.
func (w *Workspace) Reword(user, channel, ts, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, m, err := w.written(user, channel, ts)
	if err != nil {
		return err
	}
	if strings.TrimSpace(text) == "" {
		return Notice("There is nothing to send.")
	}
	before := w.wire(m)
	m.Text, m.Edited, m.edits = cut(w.encode(text, false), maxText), true, r.stamp(w.o.Now())
	w.changedMessage(m)
	w.announceEdit(r, m, before)
	return nil
}

// Unsay deletes a message that the person wrote. The app hears message_deleted.
func (w *Workspace) Unsay(user, channel, ts string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, m, err := w.written(user, channel, ts)
	if err != nil {
		return err
	}
	before := w.wire(m)
	w.remove(r, m)
	if !r.has(w.o.BotUserID) {
		return nil
	}
	at := r.stamp(w.o.Now())
	w.emit(messageEvent(r), object{
		"type": "message", "subtype": "message_deleted", "hidden": true, "channel": r.ID, "channel_type": r.kind(),
		"ts": at, "event_ts": at, "deleted_ts": ts, "previous_message": before,
	}, r)
	return nil
}

// written finds a person's own message. Callers hold mu.
func (w *Workspace) written(user, channel, ts string) (*room, *Message, error) {
	r, err := w.speaker(user, channel)
	if err != nil {
		return nil, nil, err
	}
	m := r.find(ts)
	if m == nil || m.User != user || m.BotID != "" || m.Subtype == "tombstone" {
		return nil, nil, Notice("This is not a message of yours.")
	}
	return r, m, nil
}
