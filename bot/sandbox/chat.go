package sandbox

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	maxText     = 40_000 // longer texts are cut, not refused
	maxEdit     = 4_000  // chat.update refuses longer texts
	maxMarkdown = 12_000
	maxMetadata = 8 << 10
)

// postMessage is chat.postMessage.
func (w *Workspace) postMessage(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := w.postTarget(c.str("channel"))
	if err != nil {
		return nil, err
	}
	m, err := w.content(c)
	if err != nil {
		return nil, err
	}
	if err := w.intoThread(r, m, c); err != nil {
		return nil, err
	}
	m.Broadcast = m.ThreadTS != "" && c.flag("reply_broadcast")
	if m.Broadcast {
		m.Subtype = "thread_broadcast"
	}
	w.byBot(m, c)
	w.add(r, m)
	w.announce(r, m)
	o := w.wire(m)
	if m.Metadata != nil {
		o["metadata"] = m.Metadata
	}
	return object{"channel": r.ID, "ts": m.TS, "message": o}, nil
}

// postEphemeral is chat.postEphemeral.
func (w *Workspace) postEphemeral(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := w.postTarget(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if u := c.str("user"); !r.has(u) {
		return nil, refuse("user_not_in_channel")
	}
	if utf8.RuneCountInString(c.str("text")) > maxText {
		return nil, refuse("msg_too_long")
	}
	delete(c.args, "metadata") // the method has no such argument
	m, err := w.content(c)
	if err != nil {
		return nil, err
	}
	if err := w.intoThread(r, m, c); err != nil {
		return nil, err
	}
	w.byBot(m, c)
	m.For = c.str("user")
	w.add(r, m)
	return object{"message_ts": m.TS}, nil
}

// postTarget finds where an app may post: a channel id or name, or a person's id
// for their direct message with the app.
func (w *Workspace) postTarget(id string) (*room, error) {
	if u := w.users[id]; u != nil && !u.IsBot {
		if u.Deleted {
			return nil, refuse("channel_not_found")
		}
		id = w.openDM(id)
	}
	r := w.rooms[id]
	for _, known := range w.rooms {
		if r == nil && known.im == "" && id != "" && known.Name == strings.TrimPrefix(id, "#") {
			r = known
		}
	}
	inside := r != nil && r.has(w.o.BotUserID)
	switch {
	case r == nil, r.IsPrivate && !inside:
		return nil, refuse("channel_not_found")
	case r.IsArchived:
		return nil, refuse("is_archived")
	case !inside && !w.scopes["chat:write.public"]:
		return nil, refuse("not_in_channel")
	case r.im != "" && !w.manifest.hasMessages():
		return nil, refuse("messages_tab_disabled")
	}
	return r, nil
}

// intoThread sets the root of a reply. A reply to a reply lands in the same thread.
func (w *Workspace) intoThread(r *room, m *Message, c *call) error {
	ts := c.str("thread_ts")
	if ts == "" {
		return nil
	}
	if _, ok := tsTime(ts); !ok {
		return slip{code: "invalid_arguments", messages: []string{"invalid thread_ts"}}
	}
	if root := r.find(ts); root != nil && root.ThreadTS != "" {
		ts = root.ThreadTS
	}
	m.ThreadTS = ts
	return nil
}

func (w *Workspace) byBot(m *Message, c *call) {
	m.User, m.BotID = w.o.BotUserID, w.o.BotID
	if w.scopes["chat:write.customize"] {
		m.Username, m.IconEmoji = c.str("username"), c.str("icon_emoji")
	}
	m.Plain = c.str("mrkdwn") == "false"
}

// content reads and checks text, blocks, attachments and metadata of a message.
func (w *Workspace) content(c *call) (*Message, error) {
	m := &Message{Text: cut(c.str("text"), maxText)}
	if md := c.str("markdown_text"); md != "" {
		if m.Text != "" || c.has("blocks") {
			return nil, refuse("markdown_text_conflict")
		}
		if utf8.RuneCountInString(md) > maxMarkdown {
			return nil, refuse("msg_too_long")
		}
		m.Text, m.Blocks = md, list{object{"type": "markdown", "text": md}}
	}
	if c.has("blocks") {
		bs, err := w.messageBlocks(c)
		if err != nil {
			return nil, err
		}
		m.Blocks = bs
	}
	if c.has("attachments") {
		as, err := w.attachments(c)
		if err != nil {
			return nil, err
		}
		m.Attachments = as
	}
	if m.Text == "" && len(m.Blocks) == 0 && len(m.Attachments) == 0 {
		return nil, refuse("no_text")
	}
	md, err := metadata(c)
	if err != nil {
		return nil, err
	}
	m.Metadata, m.Text = md, entities(m.Text)
	return m, nil
}

func (w *Workspace) messageBlocks(c *call) (list, error) {
	v, ok := c.json("blocks")
	bs, isList := v.(list)
	if !ok || !isList {
		return nil, refuse("invalid_blocks_format")
	}
	if problems := checkBlocks(surfaceMessage, bs); len(problems) > 0 {
		return nil, slip{code: "invalid_blocks", messages: problems}
	}
	return bs, nil
}

func (w *Workspace) attachments(c *call) (list, error) {
	v, ok := c.json("attachments")
	as, isList := v.(list)
	if !ok || !isList {
		return nil, refuse("invalid_attachments")
	}
	if len(as) > 100 {
		return nil, refuse("too_many_attachments")
	}
	for _, a := range as {
		ao, ok := a.(object)
		if !ok {
			return nil, refuse("invalid_attachments")
		}
		bs, _ := ao["blocks"].(list)
		if problems := checkBlocks(surfaceMessage, bs); len(problems) > 0 {
			return nil, slip{code: "invalid_blocks", messages: problems}
		}
		w.withIDs(bs)
	}
	return as, nil
}

// metadata reads the metadata argument. An empty object means "take it away".
func metadata(c *call) (object, error) {
	if !c.has("metadata") {
		return nil, nil
	}
	v, ok := c.json("metadata")
	o, isObject := v.(object)
	if !ok || !isObject {
		return nil, refuse("invalid_metadata_format")
	}
	if len(o) == 0 {
		return object{}, nil
	}
	kind, isText := o["event_type"].(string)
	payload, isObject := o["event_payload"].(object)
	if !isText || !isObject || kind == "" {
		return nil, refuse("invalid_metadata_format")
	}
	if raw, _ := json.Marshal(payload); len(raw) > maxMetadata {
		return nil, refuse("metadata_too_large")
	}
	return o, nil
}

// updateMessage is chat.update.
func (w *Workspace) updateMessage(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, m, err := w.ownMessage(c, "cant_update_message")
	if err != nil {
		return nil, err
	}
	if r.IsArchived {
		return nil, refuse("is_inactive")
	}
	if utf8.RuneCountInString(c.str("text")) > maxEdit {
		return nil, refuse("msg_too_long")
	}
	n, err := w.content(c)
	if err != nil {
		return nil, err
	}
	before := w.wire(m)
	w.rewrite(m, n, c.has("text") || c.has("markdown_text"), c.has("blocks"), c.has("attachments"))
	if c.has("metadata") {
		if m.Metadata = n.Metadata; len(n.Metadata) == 0 {
			m.Metadata = nil
		}
	}
	w.announceEdit(r, m, before)
	return object{"channel": r.ID, "ts": m.TS, "text": m.Text, "message": w.wire(m)}, nil
}

// rewrite puts new content into a message. Blocks survive an edit only when
// neither blocks nor text come with it.
func (w *Workspace) rewrite(m, n *Message, text, blocks, attachments bool) {
	if text && m.Text != n.Text {
		m.Text, m.Edited, m.edits = n.Text, true, w.rooms[m.Channel].stamp(w.o.Now())
	}
	if blocks || text {
		m.Blocks = w.withIDs(n.Blocks)
	}
	if attachments || text {
		m.Attachments = n.Attachments
	}
	m.failure = ""
	w.changedMessage(m)
}

// ownMessage finds a message of the app by channel and ts. Ephemeral messages
// cannot be found: only their response_url reaches them.
func (w *Workspace) ownMessage(c *call, denied string) (*room, *Message, error) {
	r := w.rooms[c.str("channel")]
	if r == nil || (r.IsPrivate && !r.has(w.o.BotUserID)) {
		return nil, nil, refuse("channel_not_found")
	}
	m := r.find(c.str("ts"))
	if m == nil || m.For != "" || m.Subtype == "tombstone" {
		return nil, nil, refuse("message_not_found")
	}
	if m.User != w.o.BotUserID {
		return nil, nil, refuse(denied)
	}
	return r, m, nil
}

// deleteMessage is chat.delete.
func (w *Workspace) deleteMessage(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, m, err := w.ownMessage(c, "cant_delete_message")
	if err != nil {
		return nil, err
	}
	w.remove(r, m)
	return object{"channel": r.ID, "ts": m.TS}, nil
}

// remove takes a message away. The root of a thread leaves a tombstone, so that
// its replies keep their place.
func (w *Workspace) remove(r *room, m *Message) {
	if r.threads()[m.TS] == nil {
		r.drop(m.TS)
		w.touch(change{Kind: changeRoom, Room: r.ID})
		return
	}
	m.Subtype, m.Text, m.Blocks, m.Attachments = "tombstone", "This message was deleted.", nil, nil
	m.Files, m.Metadata = nil, nil
	w.changedMessage(m)
}

// permalink is chat.getPermalink.
func (w *Workspace) permalink(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.rooms[c.str("channel")]
	if r == nil || (r.IsPrivate && !r.has(w.o.BotUserID)) {
		return nil, refuse("channel_not_found")
	}
	m := r.find(c.str("message_ts"))
	if m == nil || m.For != "" {
		return nil, refuse("message_not_found")
	}
	link := c.base + "/archives/" + r.ID + "/p" + strings.Replace(m.TS, ".", "", 1)
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + r.ID
	}
	return object{"channel": r.ID, "permalink": link}, nil
}

// cut shortens a text to n characters.
func cut(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

var bareAmpersand = regexp.MustCompile(`&(?:amp;|lt;|gt;)?`)

// entities escapes a bare ampersand, the one thing Slack repairs in a text:
// angle brackets are the app's own control sequences.
func entities(s string) string {
	return bareAmpersand.ReplaceAllStringFunc(s, func(m string) string {
		if m == "&" {
			return "&amp;"
		}
		return m
	})
}
