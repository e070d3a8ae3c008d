package discord

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// nonce remembers which message was posted with it.
type nonce struct {
	message string
	at      time.Time
}

func (s *Server) createMessage(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.writable(c.arg("channel"))
	if err != nil {
		return answer{}, err
	}
	key, err := nonceKey(ch, c.body)
	if err != nil {
		return answer{}, err
	}
	d, err := s.readDraft(c, c.body, "", flagsOfMessages, nil)
	if err != nil {
		return answer{}, err
	}
	if d.empty() {
		return answer{}, refuse(50006)
	}
	if err := s.mayAttach(ch, d); err != nil {
		return answer{}, err
	}
	if before := s.sameNonce(key, flag(c.body, "enforce_nonce")); before != "" {
		old := ch.find(before)
		if old == nil { // deleted: nothing is made in its place (discord-api-docs, pull request 6647)
			return answer{}, refuse(10008)
		}
		return answer{body: s.created(old)}, nil
	}
	reply, err := s.replyTo(ch, c.body)
	if err != nil {
		return answer{}, err
	}
	m := s.message(d, ch, s.o.Application.BotID, allowAll())
	m.Nonce, m.ReplyTo = c.body["nonce"], reply
	if reply != "" {
		s.ping(m, ch, d.allowed, allowAll())
	}
	s.add(ch, m)
	if key != "" {
		s.nonces[key] = nonce{m.ID, s.o.Real()}
	}
	return answer{body: s.created(m)}, nil
}

// writable finds a channel in which the application may post. Callers hold mu.
func (s *Server) writable(id string) (*channel, error) {
	ch, err := s.readable(id)
	if err != nil {
		return nil, err
	}
	if !s.textual(ch) {
		return nil, refuse(50008)
	}
	if ch.Kind == DirectTalk {
		switch u := s.users[ch.user]; {
		case u.ClosedDM:
			return nil, refuse(50007)
		case u.Outside:
			return nil, refuse(50278)
		}
		return ch, nil
	}
	if !s.permissions(s.o.Application.BotID, ch).has(SendMessages) {
		return nil, refuse(50013)
	}
	return ch, nil
}

// mayAttach refuses files where the application may not attach them. Callers hold mu.
func (s *Server) mayAttach(ch *channel, d *draft) error {
	if len(d.attachments) > 0 && !s.permissions(s.o.Application.BotID, ch).has(AttachFiles) {
		return refuse(50013)
	}
	return nil
}

// nonceKey is a nonce with its channel and author, empty without a nonce. A nonce is a
// text of at most 25 characters or a whole number.
func nonceKey(ch *channel, body object) (string, error) {
	f := &form{}
	n := f.text(body, "", "nonce", 0, 25)
	if n == "" || f.errors != nil {
		return "", f.err()
	}
	return ch.ID + "\x00" + n, nil
}

// sameNonce is the id of the message that was posted with this nonce a moment ago, if the
// request asks for it. Callers hold mu.
func (s *Server) sameNonce(key string, enforce bool) string {
	n := s.nonces[key]
	if !enforce || key == "" || s.o.Real().Sub(n.at) > s.o.Windows.Nonce {
		return ""
	}
	return n.message
}

func (s *Server) replyTo(ch *channel, body object) (string, error) {
	ref := sub(body, "message_reference")
	if ref == nil {
		return "", nil
	}
	id := str(ref, "message_id")
	if ch.find(id) == nil {
		if v, said := ref["fail_if_not_exists"].(bool); said && !v {
			return "", nil
		}
		f := &form{}
		f.fail("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
		return "", f.err()
	}
	if ch.Kind != DirectTalk && !s.permissions(s.o.Application.BotID, ch).has(ReadMessageHistory) {
		return "", failure{status: http.StatusForbidden, code: 160002, message: "You cannot reply without permission to read message history"}
	}
	return id, nil
}

// reach finds a channel and a message that everybody there sees. Callers hold mu.
func (s *Server) reach(c *call) (*channel, *Message, error) {
	ch, err := s.readable(c.arg("channel"))
	if err != nil {
		return nil, nil, err
	}
	m := ch.find(c.arg("message"))
	if m == nil {
		return nil, nil, refuse(10008)
	}
	return ch, m, nil
}

func (s *Server) getMessage(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, m, err := s.reach(c)
	if err != nil {
		return answer{}, err
	}
	if !s.permissions(s.o.Application.BotID, ch).has(ReadMessageHistory) {
		return answer{}, refuse(50013)
	}
	return answer{body: s.seen(ch, m)}, nil
}

// seen is a message as the application may read it: without the privileged intent the
// content of other people's messages in the guild is empty. Callers hold mu.
func (s *Server) seen(ch *channel, m *Message) object {
	o := s.messageObject(m)
	mine := m.Author == s.o.Application.BotID || slices.Contains(m.Pinged.Users, s.o.Application.BotID)
	if !mine && ch.Kind != DirectTalk && !s.o.Application.MessageContent {
		o["content"], o["embeds"], o["attachments"], o["components"] = "", list{}, list{}, list{}
	}
	return o
}

func (s *Server) getMessages(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.readable(c.arg("channel"))
	if err != nil {
		return answer{}, err
	}
	f := &form{}
	most := f.whole(queryObject(c), "", "limit", 1, 100, 50)
	if err := f.err(); err != nil {
		return answer{}, err
	}
	if !s.permissions(s.o.Application.BotID, ch).has(ReadMessageHistory) {
		return answer{body: list{}}, nil
	}
	out := list{}
	for _, m := range page(ch.messages, c.param("before"), c.param("after"), c.param("around"), most) {
		out = append(out, s.seen(ch, m))
	}
	return answer{body: out}, nil
}

func queryObject(c *call) object {
	o := object{}
	for k := range c.query {
		o[k] = c.param(k)
	}
	return o
}

// page picks messages, newest first.
func page(all []*Message, before, after, around string, most int) []*Message {
	var out []*Message
	for _, m := range all {
		if m.For == "" && (before == "" || older(m.ID, before)) && (after == "" || older(after, m.ID)) {
			out = append(out, m)
		}
	}
	switch {
	case after != "":
		out = out[:min(most, len(out))]
	case around != "":
		i := slices.IndexFunc(out, func(m *Message) bool { return !older(m.ID, around) })
		if i < 0 {
			i = len(out)
		}
		out = out[max(0, i-most/2):min(len(out), max(0, i-most/2)+most)]
	default:
		out = out[max(0, len(out)-most):]
	}
	out = slices.Clone(out)
	slices.Reverse(out)
	return out
}

func (s *Server) editMessage(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, m, err := s.reach(c)
	if err != nil {
		return answer{}, err
	}
	if m.Author != s.o.Application.BotID {
		return answer{}, refuse(50005)
	}
	if ch.Kind == DirectTalk && s.users[ch.user].ClosedDM {
		return answer{}, refuse(50007)
	}
	if err := s.edit(c, ch, m, allowAll()); err != nil {
		return answer{}, err
	}
	return answer{body: s.messageObject(m)}, nil
}

// edit applies the body of an edit to a message. Callers hold mu.
func (s *Server) edit(c *call, ch *channel, m *Message, byDefault allowed) error {
	d, err := s.readDraft(c, c.body, "", flagsOfMessages, m)
	if err != nil {
		return err
	}
	after := *m
	s.rewrite(&after, ch, d, byDefault)
	if (&draft{content: after.Content, embeds: after.Embeds, components: after.Components, attachments: after.Attachments}).empty() {
		return refuse(50006)
	}
	after.Flags &^= flagLoading
	*m = after
	s.edited(ch, m)
	return nil
}

func (s *Server) deleteMessage(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, m, err := s.reach(c)
	if err != nil {
		return answer{}, err
	}
	if m.Author != s.o.Application.BotID {
		if ch.Kind == DirectTalk || !s.permissions(s.o.Application.BotID, ch).has(ManageMessages) {
			return answer{}, refuse(50013)
		}
	}
	s.remove(ch, m)
	return noContent(), nil
}

func (s *Server) typing(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.writable(c.arg("channel"))
	return noContent(), err
}

// startThread opens a thread from a message. Its id is the message's.
func (s *Server) startThread(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, m, err := s.reach(c)
	if err != nil {
		return answer{}, err
	}
	if ch.Kind != TextChannel && ch.Kind != NewsChannel {
		return answer{}, refuse(50024)
	}
	if !s.permissions(s.o.Application.BotID, ch).has(CreateThreads) {
		return answer{}, refuse(50013)
	}
	f := &form{}
	name := f.text(c.body, "", "name", 1, 100)
	if d := f.whole(c.body, "", "auto_archive_duration", 0, 10080, 1440); !slices.Contains([]int{60, 1440, 4320, 10080}, d) {
		f.fail("auto_archive_duration", "BASE_TYPE_CHOICES", "Value must be one of (60, 1440, 4320, 10080).")
	}
	if err := f.err(); err != nil {
		return answer{}, err
	}
	if m.Thread != "" {
		return answer{}, refuse(160004)
	}
	t := &channel{Channel: Channel{ID: m.ID, Name: name, Kind: PublicThread, Parent: ch.ID}, owner: s.o.Application.BotID}
	m.Thread = t.ID
	m.Flags |= flagThread
	m.Rev++
	s.addChannel(t)
	s.dispatch(intentGuilds, "THREAD_CREATE", s.channelObject(t), nil)
	s.touch(change{})
	return answer{status: http.StatusCreated, body: s.channelObject(t)}, nil
}

func (s *Server) threadObject(c *channel, o object) object {
	o["guild_id"], o["parent_id"], o["name"], o["owner_id"] = s.o.Guild.ID, c.Parent, c.Name, c.owner
	o["message_count"], o["total_message_sent"], o["member_count"], o["rate_limit_per_user"] = len(c.messages), len(c.messages), 1, 0
	o["thread_metadata"] = object{
		"archived": false, "archive_timestamp": stamp(s.o.Now()), "auto_archive_duration": 1440, "locked": false,
		"create_timestamp": stamp(s.o.Now()),
	}
	return o
}

// openTalk opens the direct talk with a person, or finds it. Discord opens it also for
// people who then refuse messages.
func (s *Server) openTalk(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &form{}
	id := f.snowflakeField(c.body, "", "recipient_id")
	if err := f.err(); err != nil {
		return answer{}, err
	}
	u := s.users[id]
	if u == nil || u.Bot {
		return answer{}, refuse(50033)
	}
	ch := s.talk(id)
	ch.opened = true
	return answer{body: s.channelObject(ch)}, nil
}

// talk is the channel of the direct talk between a person and the bot. Callers hold mu.
func (s *Server) talk(user string) *channel {
	if id := s.dms[user]; id != "" {
		return s.channels[id]
	}
	ch := &channel{Channel: Channel{ID: s.snowflake(), Kind: DirectTalk}, user: user}
	s.channels[ch.ID] = ch
	s.dms[user] = ch.ID
	s.touch(change{User: user})
	return ch
}

// Messages are what a person sees in a channel, oldest first; with an empty user,
// everything, ephemeral messages of all people included.
func (s *Server) Messages(channel, user string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channels[channel]
	if ch == nil {
		return nil
	}
	var out []Message
	for _, m := range ch.messages {
		if user == "" || m.For == "" || m.For == user {
			out = append(out, *m)
		}
	}
	return out
}

// Talk is the id of the direct talk between a person and the application.
func (s *Server) Talk(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.talk(user).ID
}

// Script is a channel as one text, for the failure messages of tests.
func (s *Server) Script(channel string) string {
	var b strings.Builder
	for _, m := range s.Messages(channel, "") {
		who := ""
		if m.For != "" {
			who = " (only " + m.For + ")"
		}
		fmt.Fprintf(&b, "%s%s: %s %v\n", m.Author, who, m.Text(), m.CustomIDs())
	}
	return b.String()
}
