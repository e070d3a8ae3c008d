package sandbox

import (
	"regexp"
	"slices"
)

var emojiName = regexp.MustCompile(`^[a-z0-9_+\-]{1,100}$`)

func (w *Workspace) reactionAdd(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m, err := w.markable(c)
	if err != nil {
		return nil, err
	}
	name := c.str("name")
	if !emojiName.MatchString(name) {
		return nil, refuse("invalid_name")
	}
	if !m.react(name, w.o.BotUserID) {
		return nil, refuse("already_reacted")
	}
	w.changedMessage(m)
	return object{}, nil
}

func (m *Message) react(name, user string) bool {
	for i, r := range m.Reactions {
		if r.Name != name {
			continue
		}
		if slices.Contains(r.Users, user) {
			return false
		}
		m.Reactions[i].Users = append(slices.Clone(r.Users), user)
		return true
	}
	m.Reactions = append(slices.Clone(m.Reactions), Reaction{Name: name, Users: []string{user}})
	return true
}

func (w *Workspace) pinAdd(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m, err := w.markable(c)
	if err != nil {
		return nil, err
	}
	if !w.rooms[m.Channel].has(w.o.BotUserID) {
		return nil, refuse("not_in_channel")
	}
	if m.Pinned {
		return nil, refuse("already_pinned")
	}
	m.Pinned = true
	w.changedMessage(m)
	return object{}, nil
}

// markable finds the message that a reaction or a pin is for.
func (w *Workspace) markable(c *call) (*Message, error) {
	r := w.rooms[c.str("channel")]
	if r == nil || (r.IsPrivate && !r.has(w.o.BotUserID)) {
		return nil, refuse("channel_not_found")
	}
	ts := c.str("timestamp")
	if ts == "" {
		return nil, refuse("no_item_specified")
	}
	if _, ok := tsTime(ts); !ok {
		return nil, refuse("bad_timestamp")
	}
	m := r.find(ts)
	if m == nil || m.For != "" {
		return nil, refuse("message_not_found")
	}
	return m, nil
}
