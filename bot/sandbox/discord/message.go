package discord

import (
	"slices"
	"strings"
	"time"
)

// The message flags that matter here.
const (
	flagSuppressEmbeds = 1 << 2
	flagThread         = 1 << 5
	flagEphemeral      = 1 << 6
	flagLoading        = 1 << 7
	flagSilent         = 1 << 12
	flagV2             = 1 << 15

	flagsOfMessages = flagSuppressEmbeds | flagSilent | flagV2
)

// Message is one message as it stands in a channel.
type Message struct {
	ID, Channel, Author string
	Content             string
	Embeds, Components  []any
	Flags               int
	Attachments         []Attachment
	At, Edited          time.Time
	Nonce               any    // as it was sent
	For                 string // the only person who sees it; empty for everybody
	Pinged              Pinged // who was notified
	ReplyTo             string
	Thread              string // id of the thread that starts from it
	Rev                 int    // grows with every change

	origin  *origin // the interaction that it answers
	failure string  // what Discord shows under it when a press failed
}

// Pinged says who was notified by a message.
type Pinged struct {
	Everyone     bool
	Users, Roles []string
}

// Anybody reports whether somebody was notified.
func (p Pinged) Anybody() bool { return p.Everyone || len(p.Users) > 0 || len(p.Roles) > 0 }

// Loading says whether the message still shows "… is thinking".
func (m Message) Loading() bool { return m.Flags&flagLoading != 0 }

// Text is everything that a person can read in the message, line by line: content,
// embeds and text displays.
func (m Message) Text() string {
	lines := []string{}
	add := func(s string) {
		if s != "" {
			lines = append(lines, s)
		}
	}
	add(m.Content)
	for _, e := range asObjects(m.Embeds) {
		add(str(e, "title"))
		add(str(e, "description"))
		for _, f := range asObjects(items(e, "fields")) {
			add(str(f, "name") + ": " + str(f, "value"))
		}
		add(str(sub(e, "footer"), "text"))
	}
	walk(m.Components, func(c object) { add(str(c, "content")) })
	return strings.Join(lines, "\n")
}

// CustomIDs lists what can be pressed or chosen on the message, in order.
func (m Message) CustomIDs() []string {
	var out []string
	walk(m.Components, func(c object) {
		if id := str(c, "custom_id"); id != "" && !flag(c, "disabled") {
			out = append(out, id)
		}
	})
	return out
}

// Button finds the custom id of a button by its label, empty when there is none.
func (m Message) Button(label string) string {
	id := ""
	walk(m.Components, func(c object) {
		if kind(c) == kindButton && str(c, "label") == label && id == "" {
			id = str(c, "custom_id")
		}
	})
	return id
}

// draft is what a request says about a message. The has… fields tell "not mentioned"
// from "emptied", which an edit needs.
type draft struct {
	content            string
	embeds, components list
	flags              int
	attachments        []Attachment
	allowed            *allowed
	has                map[string]bool
}

func (d *draft) empty() bool {
	return strings.TrimSpace(d.content) == "" && len(d.embeds) == 0 && len(d.components) == 0 && len(d.attachments) == 0
}

// readDraft checks the fields of a message. settable are the flags that this route
// takes; keep are the attachments that an edit may retain. Callers hold mu.
func (s *Server) readDraft(c *call, body object, path string, settable int, old *Message) (*draft, error) {
	f := &form{}
	d := &draft{has: map[string]bool{}}
	for _, k := range []string{"content", "embeds", "components", "attachments", "flags", "allowed_mentions"} {
		_, d.has[k] = body[k]
	}
	d.content = strings.TrimSpace(f.text(body, path, "content", 0, 2000))
	d.flags = f.whole(body, path, "flags", 0, 1<<31-1, 0) & settable
	f.embeds(body, path)
	d.embeds, _ = clone(items(body, "embeds")).(list)
	d.components, _ = clone(items(body, "components")).(list)
	v2 := d.flags&flagV2 != 0 || (old != nil && old.Flags&flagV2 != 0)
	f.components(body, path, v2)
	d.allowed = f.allowedMentions(body, path)
	if v2 {
		f.onlyComponents(body, path, d, old)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	var err error
	if d.attachments, err = s.attach(c, body, path, old); err != nil {
		return nil, err
	}
	for _, at := range missingMedia(d, old) {
		f.fail(join(path, at), "MEDIA_ATTACHMENT_NOT_FOUND", "The referenced attachment was not found")
	}
	settled(d.components)
	settledEmbeds(d.embeds)
	return d, f.err()
}

// onlyComponents refuses what a message of components cannot carry.
func (f *form) onlyComponents(body object, path string, d *draft, old *Message) {
	const code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
	clash := func(key string) {
		f.fail(join(path, key), code, "The '"+key+"' field cannot be used when using MessageFlags.IS_COMPONENTS_V2")
	}
	if d.content != "" || (old != nil && !d.has["content"] && old.Content != "") {
		clash("content")
	}
	if len(d.embeds) > 0 || (old != nil && !d.has["embeds"] && len(old.Embeds) > 0) {
		clash("embeds")
	}
	for _, key := range []string{"sticker_ids", "poll"} {
		if v := body[key]; v != nil && len(items(body, key)) > 0 || sub(body, key) != nil {
			clash(key)
		}
	}
}

// message makes a new message of a draft. Callers hold mu.
func (s *Server) message(d *draft, ch *channel, author string, byDefault allowed) *Message {
	m := &Message{
		Channel: ch.ID, Author: author, Content: d.content, Embeds: d.embeds, Components: d.components,
		Flags: d.flags, Attachments: d.attachments,
	}
	s.ping(m, ch, d.allowed, byDefault)
	return m
}

// rewrite applies an edit: only what the request mentions changes. Callers hold mu.
func (s *Server) rewrite(m *Message, ch *channel, d *draft, byDefault allowed) {
	if d.has["content"] {
		m.Content = d.content
	}
	if d.has["embeds"] {
		m.Embeds = d.embeds
	}
	if d.has["components"] {
		m.Components = d.components
	}
	if d.has["flags"] {
		m.Flags = m.Flags&^flagSuppressEmbeds | d.flags&(flagSuppressEmbeds|flagV2) // V2 can be set, never unset
	}
	m.Attachments = d.attachments
	if d.has["content"] || m.Flags&flagV2 != 0 && d.has["components"] {
		s.ping(m, ch, d.allowed, byDefault)
	}
	m.failure = ""
	m.Rev++
}

// add puts a message into its channel and tells the gateway. Callers hold mu.
func (s *Server) add(ch *channel, m *Message) *Message {
	m.ID, m.At = s.snowflake(), s.o.Now()
	ch.messages = append(ch.messages, m)
	if m.For == "" {
		ch.last = m.ID
	}
	s.announce("MESSAGE_CREATE", ch, m)
	s.touch(change{Channel: ch.ID, User: m.For})
	return m
}

// changed tells of an edit that the application or a person has made. Callers hold mu.
func (s *Server) edited(ch *channel, m *Message) {
	m.Edited = s.o.Now()
	s.announce("MESSAGE_UPDATE", ch, m)
	s.touch(change{Channel: ch.ID, User: m.For})
}

// remove takes a message away. Callers hold mu.
func (s *Server) remove(ch *channel, m *Message) {
	ch.messages = slices.DeleteFunc(ch.messages, func(o *Message) bool { return o == m })
	if m.For == "" {
		o := object{"id": m.ID, "channel_id": ch.ID}
		if ch.Kind != DirectTalk {
			o["guild_id"] = s.o.Guild.ID
		}
		s.dispatch(ch.intent(), "MESSAGE_DELETE", o, nil)
	}
	s.touch(change{Channel: ch.ID, User: m.For})
}

// find returns a message that everybody sees. Ephemeral ones are reachable only by
// the token of their interaction.
func (c *channel) find(id string) *Message {
	if m := c.any(id); m != nil && m.For == "" {
		return m
	}
	return nil
}

func (c *channel) any(id string) *Message {
	for _, m := range c.messages {
		if m.ID == id {
			return m
		}
	}
	return nil
}

func (c *channel) intent() int {
	if c.Kind == DirectTalk {
		return intentDirect
	}
	return intentMessages
}

// messageObject is a message on the wire. Callers hold mu.
func (s *Server) messageObject(m *Message) object {
	files := list{}
	for _, a := range m.Attachments {
		files = append(files, a.object(s.root(), m.Channel))
	}
	o := object{
		"id": m.ID, "channel_id": m.Channel, "type": 0, "content": m.Content, "author": s.userObject(m.Author),
		"embeds": s.resolveEmbeds(m), "components": s.resolveComponents(m), "attachments": files, "flags": m.Flags, "timestamp": stamp(m.At),
		"edited_timestamp": nil, "tts": false, "pinned": false, "mention_everyone": m.Pinged.Everyone,
		"mention_roles": stringList(m.Pinged.Roles), "mentions": list{},
	}
	for _, id := range m.Pinged.Users {
		o["mentions"] = append(items(o, "mentions"), s.userObject(id))
	}
	if !m.Edited.IsZero() {
		o["edited_timestamp"] = stamp(m.Edited)
	}
	if m.ReplyTo != "" {
		o["type"] = 19
		o["message_reference"] = object{"type": 0, "channel_id": m.Channel, "message_id": m.ReplyTo}
	}
	if u := s.users[m.Author]; u != nil && u.Bot {
		o["application_id"] = s.o.Application.ID
	}
	if m.origin != nil {
		m.origin.describe(s, o)
	}
	if t := s.channels[m.Thread]; t != nil {
		o["thread"] = s.channelObject(t)
	}
	return o
}

func nonNil(l list) list {
	if l == nil {
		return list{}
	}
	return l
}

// created is a message as the answer to its creation and MESSAGE_CREATE show it: with the nonce with which it came. It is
// in nothing that is read back later. Discord's reference promises the nonce for the event alone, and clients document that a
// message which is fetched has lost it (discord.js on Message.nonce, discord.py in issue 2451). Callers hold mu.
func (s *Server) created(m *Message) object {
	o := s.messageObject(m)
	if m.Nonce != nil {
		o["nonce"] = m.Nonce
	}
	return o
}

// announce sends a message event, without the content for an application that may not
// read it. Ephemeral messages are announced to nobody. Callers hold mu.
func (s *Server) announce(event string, ch *channel, m *Message) {
	if m.For != "" {
		return
	}
	o := s.messageObject(m)
	if event == "MESSAGE_CREATE" {
		o = s.created(m)
	}
	if ch.Kind != DirectTalk {
		o["guild_id"] = s.o.Guild.ID
		if u := s.member(m.Author); u != nil {
			o["member"] = s.memberObject(u)
		}
	}
	own := m.Author == s.o.Application.BotID
	mentioned := slices.Contains(m.Pinged.Users, s.o.Application.BotID)
	s.dispatch(ch.intent(), event, o, func(intents int) object {
		if own || mentioned || ch.Kind == DirectTalk || intents&intentContent != 0 {
			return o
		}
		blind, _ := clone(o).(object)
		blind["content"], blind["embeds"], blind["attachments"], blind["components"] = "", list{}, list{}, list{}
		return blind
	})
}
