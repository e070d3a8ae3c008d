package discord

import (
	"net/http"
	"slices"
	"time"
)

// The types of interactions and of the answers to them.
const (
	interactPing         = 1
	interactCommand      = 2
	interactComponent    = 3
	interactAutocomplete = 4
	interactModal        = 5

	callbackPong        = 1
	callbackMessage     = 4
	callbackDefer       = 5
	callbackDeferUpdate = 6
	callbackUpdate      = 7
	callbackChoices     = 8
	callbackModal       = 9
)

// interaction is one thing that a person did with the application.
type interaction struct {
	id, token string
	kind      int
	user      string
	ch        *channel
	name      string // of the command, with its subcommand
	focus     int    // type of the option that is being completed
	born      time.Time
	answered  int  // type of the first answer; 0 while there is none
	dead      bool // not answered in time
	message   *Message
	original  *Message
	opener    *interaction // what opened the modal that was submitted
	choices   list
	done      chan struct{}
}

// origin ties a message to the interaction that it answers.
type origin struct {
	of    *interaction
	first string // id of the first answer, when this is a later one
}

// describe adds to a message what Discord says about its interaction. Callers hold mu.
func (o *origin) describe(s *Server, m object) {
	m["webhook_id"] = s.o.Application.ID
	meta := o.of.metadata(s)
	if o.first != "" {
		meta["original_response_message_id"] = o.first
	}
	m["interaction_metadata"] = meta
	if o.of.kind == interactCommand {
		m["type"] = 20
		m["interaction"] = object{"id": o.of.id, "type": o.of.kind, "name": o.of.name, "user": s.userObject(o.of.user)}
	}
}

func (i *interaction) metadata(s *Server) object {
	meta := object{
		"id": i.id, "type": i.kind, "user": s.userObject(i.user), "authorizing_integration_owners": s.owners(i.ch),
	}
	if i.kind == interactComponent && i.message != nil {
		meta["interacted_message_id"] = i.message.ID
	}
	if i.opener != nil {
		meta["triggering_interaction_metadata"] = i.opener.metadata(s)
	}
	return meta
}

func (s *Server) owners(ch *channel) object {
	if ch.Kind == DirectTalk {
		return object{"0": "0"}
	}
	return object{"0": s.o.Guild.ID}
}

// newInteraction makes an interaction and remembers its token. Callers hold mu.
func (s *Server) newInteraction(kind int, user string, ch *channel) *interaction {
	i := &interaction{
		id: s.snowflake(), token: secret(), kind: kind, user: user, ch: ch, born: s.o.Real(), done: make(chan struct{}),
	}
	for token, old := range s.interactions {
		if i.born.Sub(old.born) > 2*s.o.Windows.Token {
			delete(s.interactions, token)
		}
	}
	s.interactions[i.token] = i
	if ch.Kind == DirectTalk {
		ch.opened = true
	}
	return i
}

// payload is an interaction on the wire. Callers hold mu.
func (s *Server) payload(i *interaction, data object) object {
	o := object{
		"id": i.id, "application_id": s.o.Application.ID, "type": i.kind, "token": i.token, "version": 1,
		"locale": s.users[i.user].Locale, "entitlements": list{}, "authorizing_integration_owners": s.owners(i.ch),
		"attachment_size_limit": maxFile, "channel_id": i.ch.ID, "channel": s.channelObject(i.ch),
		"app_permissions": s.permissions(s.o.Application.BotID, i.ch).String(),
	}
	if data != nil {
		o["data"] = data
	}
	if i.message != nil {
		o["message"] = s.messageObject(i.message)
	}
	if i.ch.Kind == DirectTalk {
		o["user"], o["context"] = s.userObject(i.user), 1
		return o
	}
	u := s.users[i.user]
	member := s.fullMember(u)
	member["permissions"] = s.permissions(i.user, i.ch).String()
	o["member"], o["context"], o["guild_id"], o["guild_locale"] = member, 0, s.o.Guild.ID, "en-US"
	o["guild"] = object{"id": s.o.Guild.ID, "locale": "en-US", "features": list{}}
	return o
}

// send delivers an interaction, to the endpoint when there is one, else over the
// gateway, and waits for the first answer. It reports whether one came in time.
// Callers do not hold mu.
func (s *Server) send(i *interaction, data object) bool {
	s.mu.Lock()
	if s.endpoint != "" {
		body := s.payload(i, data)
		s.background(func() { s.deliver(i, body) })
	} else {
		s.dispatch(0, "INTERACTION_CREATE", s.payload(i, data), nil)
	}
	s.mu.Unlock()
	late := time.NewTimer(s.o.Windows.Answer)
	defer late.Stop()
	select {
	case <-i.done:
	case <-late.C:
	case <-s.ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i.answered == 0 {
		i.dead = true
		return false
	}
	return true
}

// callback takes the first answer to an interaction.
func (s *Server) callback(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.interactions[c.arg("token")]
	if i == nil || i.id != c.arg("interaction") {
		return answer{}, refuse(10062)
	}
	if i.answered == 0 && s.o.Real().Sub(i.born) > s.o.Windows.Answer {
		i.dead = true
	}
	if err := s.respond(i, c); err != nil {
		return answer{}, err
	}
	if c.param("with_response") != "true" && c.param("with_response") != "True" && c.param("with_response") != "1" {
		return noContent(), nil
	}
	return answer{body: s.callbackObject(i)}, nil
}

// callbackObject is what with_response asks for. Callers hold mu.
func (s *Server) callbackObject(i *interaction) object {
	about := object{"id": i.id, "type": i.kind}
	out := object{"interaction": about}
	if i.original == nil {
		return out
	}
	about["response_message_id"] = i.original.ID
	about["response_message_loading"] = i.original.Loading()
	about["response_message_ephemeral"] = i.original.For != ""
	if i.answered == callbackMessage || i.answered == callbackUpdate {
		out["resource"] = object{"type": i.answered, "message": s.messageObject(i.original)}
	}
	return out
}

// respond applies an answer, wherever it came from: the callback route or the body of
// the HTTP delivery. Callers hold mu.
func (s *Server) respond(i *interaction, c *call) error {
	switch {
	case i.dead:
		return refuse(10062)
	case i.answered != 0:
		return refuse(40060)
	}
	f := &form{}
	t := f.whole(c.body, "", "type", 1, 13, 0)
	if c.body["type"] == nil {
		f.fail("type", "BASE_TYPE_REQUIRED", "This field is required")
	} else if !slices.Contains(i.takes(), t) {
		f.fail("type", "BASE_TYPE_CHOICES", "This type of callback cannot answer this type of interaction")
	}
	data := sub(c.body, "data")
	if data == nil {
		data = object{}
		if t != callbackDefer && t != callbackDeferUpdate {
			f.fail("data", "BASE_TYPE_REQUIRED", "This field is required")
		}
	}
	if err := f.err(); err != nil {
		return err
	}
	if err := s.fulfil(i, t, data, c); err != nil {
		return err
	}
	i.answered = t
	close(i.done)
	s.touch(change{Channel: i.ch.ID, User: i.user})
	return nil
}

// takes lists the answers that fit an interaction.
func (i *interaction) takes() []int {
	switch i.kind {
	case interactCommand:
		return []int{callbackMessage, callbackDefer, callbackModal}
	case interactComponent:
		return []int{callbackMessage, callbackDefer, callbackDeferUpdate, callbackUpdate, callbackModal}
	case interactAutocomplete:
		return []int{callbackChoices}
	case interactModal:
		if i.message != nil {
			return []int{callbackMessage, callbackDefer, callbackDeferUpdate, callbackUpdate}
		}
		return []int{callbackMessage, callbackDefer}
	}
	return []int{callbackPong}
}

func (s *Server) fulfil(i *interaction, t int, data object, c *call) error {
	switch t {
	case callbackMessage:
		d, err := s.readDraft(c, data, "data", flagsOfMessages|flagEphemeral, nil)
		if err != nil {
			return err
		}
		if d.empty() {
			return refuse(50006)
		}
		i.original = s.reply(i, d)
	case callbackDefer:
		flags := intOr(data, "flags", 0)
		i.original = s.reply(i, &draft{flags: flags&flagEphemeral | flagLoading})
	case callbackDeferUpdate:
		i.original = i.message
	case callbackUpdate:
		d, err := s.readDraft(c, data, "data", flagsOfMessages, i.message)
		if err != nil {
			return err
		}
		s.rewrite(i.message, i.ch, d, allowUsers())
		i.original = i.message
		s.edited(i.ch, i.message)
	case callbackChoices:
		f := &form{}
		choices := f.entries(data, "data", "choices", 0, 25)
		f.choices(choices, "data.choices", i.focus)
		if err := f.err(); err != nil {
			return err
		}
		i.choices = nonNil(items(data, "choices"))
	case callbackModal:
		f := &form{}
		f.modal(data)
		if err := f.err(); err != nil {
			return err
		}
		s.openModal(i, data)
	}
	return nil
}

// reply posts an answer or follow-up. Callers hold mu.
func (s *Server) reply(i *interaction, d *draft) *Message {
	m := s.message(d, i.ch, s.o.Application.BotID, allowUsers())
	m.origin = &origin{of: i}
	if i.original != nil {
		m.origin.first = i.original.ID
	}
	if d.flags&flagEphemeral != 0 {
		m.For = i.user
	}
	return s.add(i.ch, m)
}

// byToken finds the interaction behind a webhook path. Callers hold mu.
func (s *Server) byToken(c *call) (*interaction, error) {
	i := s.interactions[c.arg("token")]
	switch {
	case c.arg("application") != s.o.Application.ID:
		return nil, refuse(10015)
	case i == nil, i.dead, s.o.Real().Sub(i.born) > s.o.Windows.Token:
		return nil, refuse(50027)
	case i.answered == 0:
		return nil, refuse(10015)
	}
	return i, nil
}

func (s *Server) followUp(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.byToken(c)
	if err != nil {
		return answer{}, err
	}
	if i.answered == callbackDefer && i.original != nil && i.original.Loading() {
		// The first follow-up after a deferral fills the waiting message.
		if err := s.edit(c, i.ch, i.original, allowUsers()); err != nil {
			return answer{}, err
		}
		return answer{body: s.messageObject(i.original)}, nil
	}
	d, err := s.readDraft(c, c.body, "", flagsOfMessages|flagEphemeral, nil)
	if err != nil {
		return answer{}, err
	}
	if d.empty() {
		return answer{}, refuse(50006)
	}
	return answer{body: s.messageObject(s.reply(i, d))}, nil
}

// ofToken finds a message that the token may touch. Callers hold mu.
func (s *Server) ofToken(c *call) (*interaction, *Message, error) {
	i, err := s.byToken(c)
	if err != nil {
		return nil, nil, err
	}
	id := c.arg("message")
	if id == "@original" {
		if i.original == nil {
			return nil, nil, refuse(10008)
		}
		id = i.original.ID
	}
	m := i.ch.any(id)
	if m == nil || (m != i.original && (m.origin == nil || m.origin.of != i)) {
		return nil, nil, refuse(10008)
	}
	return i, m, nil
}

func (s *Server) getFollowUp(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, m, err := s.ofToken(c)
	if err != nil {
		return answer{}, err
	}
	return answer{body: s.messageObject(m)}, nil
}

func (s *Server) editFollowUp(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, m, err := s.ofToken(c)
	if err != nil {
		return answer{}, err
	}
	if err := s.edit(c, i.ch, m, allowUsers()); err != nil {
		return answer{}, err
	}
	return answer{body: s.messageObject(m)}, nil
}

func (s *Server) deleteFollowUp(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, m, err := s.ofToken(c)
	if err != nil {
		return answer{}, err
	}
	s.remove(i.ch, m)
	return answer{status: http.StatusNoContent}, nil
}
