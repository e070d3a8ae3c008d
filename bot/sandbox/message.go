package sandbox

import (
	"slices"
	"strings"
)

// keepMessages bounds the history of a conversation, so that a demo left running
// does not grow.
const keepMessages = 2000

// Message is one message as the workspace keeps it. Blocks and attachments are
// the JSON that was sent, with the missing block and action ids filled in.
type Message struct {
	TS, Channel, ThreadTS string
	User                  string // author; the bot user for messages of the app
	BotID                 string
	Username, IconEmoji   string // only with chat:write.customize
	Subtype               string
	Text                  string
	Blocks, Attachments   []any
	Metadata              map[string]any
	Edited                bool
	For                   string // the only person who sees it, when it is ephemeral
	Files                 []string
	Reactions             []Reaction
	Pinned                bool
	Broadcast             bool // a thread reply that is also shown in the channel
	Plain                 bool // posted with mrkdwn switched off
	Rev                   int  // grows with every change, for the page

	edits   string // ts of the last edit
	failure string // what Slack shows beside the last button that failed
}

// Reaction is an emoji under a message and who put it there.
type Reaction struct {
	Name  string
	Users []string
}

// change tells the page what to draw again.
type change struct{ Kind, Room, User string }

const (
	changeRoom  = "room"
	changeView  = "view"
	changeHome  = "home"
	changeClock = "clock"
)

// touch wakes everybody who waits for a change. Callers hold mu.
func (w *Workspace) touch(c change) {
	close(w.changed)
	w.changed = make(chan struct{})
	for ch := range w.watchers {
		select {
		case ch <- c:
		default: // a page that does not read gets everything at its next refresh
		}
	}
}

// add stamps a message and appends it. Callers hold mu.
func (w *Workspace) add(r *room, m *Message) *Message {
	m.TS, m.Channel, m.Rev = r.stamp(w.o.Now()), r.ID, 1
	m.Blocks = w.withIDs(m.Blocks)
	r.messages = append(r.messages, m)
	r.trim()
	w.touch(change{Kind: changeRoom, Room: r.ID})
	return m
}

// trim keeps the newest messages of a conversation. What only one person sees goes first: Slack does not keep it either,
// while a message of the app that went would be posted anew at its next edit.
func (r *room) trim() {
	for len(r.messages) > keepMessages {
		oldest := max(0, slices.IndexFunc(r.messages, func(m *Message) bool { return m.For != "" }))
		r.messages = slices.Delete(r.messages, oldest, oldest+1)
	}
}

// changedMessage marks a message as redrawn. Callers hold mu.
func (w *Workspace) changedMessage(m *Message) {
	m.Rev++
	w.touch(change{Kind: changeRoom, Room: m.Channel})
}

func (r *room) find(ts string) *Message {
	for i := len(r.messages) - 1; i >= 0; i-- {
		if r.messages[i].TS == ts {
			return r.messages[i]
		}
	}
	return nil
}

func (r *room) drop(ts string) {
	r.messages = slices.DeleteFunc(r.messages, func(m *Message) bool { return m.TS == ts })
}

// withIDs gives every block and interactive element an id where the app gave
// none, as Slack does before it stores them.
func (w *Workspace) withIDs(blocks list) list {
	for _, b := range blocks {
		block, ok := b.(object)
		if !ok {
			continue
		}
		if str(block, "block_id") == "" {
			block["block_id"] = w.newID("b")
		}
		for _, e := range elementsOf(block) {
			if interactive(str(e, "type")) && str(e, "action_id") == "" {
				e["action_id"] = w.newID("a")
			}
		}
		if kids, ok := block["child_blocks"].(list); ok {
			w.withIDs(kids)
		}
	}
	return blocks
}

// elementsOf lists the elements that sit directly in a block.
func elementsOf(block object) []object {
	var out []object
	add := func(v any) {
		if e, ok := v.(object); ok {
			out = append(out, e)
		}
	}
	add(block["accessory"])
	add(block["element"])
	if es, ok := block["elements"].(list); ok && str(block, "type") != "rich_text" {
		for _, e := range es {
			add(e)
		}
	}
	if str(block, "type") == "data_table" {
		rows, _ := block["rows"].(list)
		for _, row := range rows {
			cells, _ := row.(list)
			for _, c := range cells {
				if cell, ok := c.(object); ok && str(cell, "type") == "action_cell" {
					add(cell["element"])
				}
			}
		}
	}
	return out
}

// flatten lists blocks with the children of containers after their parent.
func flatten(blocks list) []object {
	var out []object
	for _, b := range blocks {
		block, ok := b.(object)
		if !ok {
			continue
		}
		out = append(out, block)
		if kids, ok := block["child_blocks"].(list); ok {
			out = append(out, flatten(kids)...)
		}
		if rows, ok := block["rows"].(list); ok && str(block, "type") == "layout" {
			for _, row := range rows {
				ro, _ := row.(object)
				items, _ := ro["items"].(list)
				for _, it := range items {
					io, _ := it.(object)
					out = append(out, flatten(list{io["block"]})...)
				}
			}
		}
	}
	return out
}

func str(o object, key string) string {
	s, _ := o[key].(string)
	return s
}

func sub(o object, key string) object {
	s, _ := o[key].(object)
	return s
}

// Messages returns what everybody in a channel can see, oldest first, thread
// replies included.
func (w *Workspace) Messages(channel string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.rooms[channel]
	if r == nil {
		return nil
	}
	var out []Message
	for _, m := range r.messages {
		if m.For == "" {
			out = append(out, *m)
		}
	}
	return out
}

// Ephemerals returns the messages that only this person sees, oldest first.
func (w *Workspace) Ephemerals(user string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Message
	for _, id := range w.roomOrder {
		for _, m := range w.rooms[id].messages {
			if m.For == user {
				out = append(out, *m)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Message) int { return strings.Compare(a.TS, b.TS) })
	return out
}

// Control is something a person can press or fill in.
type Control struct{ BlockID, ActionID, Type, Text, Value, Style string }

// Controls lists the interactive elements of a message in reading order.
func (m Message) Controls() []Control { return controls(m.Blocks) }

// Controls lists the interactive elements of a view in reading order.
func (v View) Controls() []Control { return controls(v.Blocks) }

func controls(blocks list) []Control {
	var out []Control
	for _, b := range flatten(blocks) {
		for _, e := range elementsOf(b) {
			if !interactive(str(e, "type")) {
				continue
			}
			c := Control{
				BlockID: str(b, "block_id"), ActionID: str(e, "action_id"), Type: str(e, "type"),
				Text: str(sub(e, "text"), "text"), Value: str(e, "value"), Style: str(e, "style"),
			}
			if c.Text == "" {
				c.Text = str(sub(b, "label"), "text")
			}
			if c.Text == "" {
				c.Text = str(sub(e, "placeholder"), "text")
			}
			out = append(out, c)
		}
	}
	return out
}

// Shown returns all words of a message as one text, for tests that ask what a
// person would read.
func (m Message) Shown() string {
	if len(m.Blocks) == 0 {
		return m.Text
	}
	return words(m.Blocks)
}

// Shown returns all words of a view as one text.
func (v View) Shown() string {
	return strings.TrimSpace(str(v.Title, "text") + "\n" + words(v.Blocks))
}

// words collects every "text" and "title" in reading order of the known keys.
func words(v any) string {
	var b strings.Builder
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			b.WriteString(v)
			b.WriteByte('\n')
		case list:
			for _, e := range v {
				walk(e)
			}
		case object:
			for _, k := range wordKeys() {
				if e, ok := v[k]; ok {
					walk(e)
				}
			}
		}
	}
	walk(v)
	return strings.TrimSpace(b.String())
}

// wordKeys are the fields that hold something readable, in the order in which it is read.
func wordKeys() []string {
	return []string{
		"title", "label", "caption", "text", "fields", "accessory", "placeholder", "element", "options", "elements",
		"hint", "rows", "items", "block", "chart", "segments", "axis_config", "categories", "series", "name", "alt_text",
		"child_blocks", "subtitle", "body", "fallback",
	}
}
