package discord

import (
	"errors"
	"slices"
	"strings"
)

// Notice is an error in the words that Discord shows to a person.
type Notice string

// Error returns the words.
func (n Notice) Error() string { return string(n) }

// The words under what failed.
const (
	noAnswer     = Notice("The application did not respond")
	pressFailed  = Notice("This interaction failed")
	submitFailed = Notice("Something went wrong. Try again.")
	loadFailed   = Notice("Loading options failed")
	nobody       = Notice("This account is not active.")
	noRoom       = Notice("You cannot see this channel.")
)

// errClosed is what a person meets when the server is going away.
var errClosed = errors.New("the server is closed")

// Values are what a person fills into the options of a command: the option's name and
// what was typed or picked. A user, role or channel is its id, a flag "true" or "false".
type Values map[string]string

// Fill is what a person puts into a form: custom id to what was typed or chosen. A text
// is one string, a checkbox "true", a file upload has its files in Files.
type Fill map[string][]string

// File is one file that a person uploads.
type File struct {
	Name string
	Data []byte
}

// person finds who acts and where. Callers hold mu.
func (s *Server) person(user, room string) (*User, *channel, error) {
	u := s.users[user]
	if s.closed {
		return nil, nil, errClosed
	}
	if u == nil || u.Bot {
		return nil, nil, nobody
	}
	ch := s.channels[room]
	if ch == nil || !s.permissions(user, ch).has(ViewChannel) {
		return nil, nil, noRoom
	}
	return u, ch, nil
}

// Command runs a slash command like "/creator apply" with its options. It returns when
// the application has answered, or with the Notice that the person sees.
func (s *Server) Command(user, channel, line string, values Values) error {
	s.mu.Lock()
	_, ch, err := s.person(user, channel)
	if err != nil {
		s.mu.Unlock()
		return err
	}
	cmd, path, options, err := s.lookUp(user, ch, line)
	if err != nil {
		s.mu.Unlock()
		return err
	}
	filled, resolved, err := s.fillOptions(options, values, "")
	if err != nil {
		s.mu.Unlock()
		return err
	}
	i := s.newInteraction(interactCommand, user, ch)
	i.name = strings.Join(path, " ")
	data := s.commandData(cmd, path, filled, resolved)
	s.mu.Unlock()
	if s.send(i, data) {
		return nil
	}
	s.tell(i, string(noAnswer))
	return noAnswer
}

// Autocomplete types into one option of a command and returns the choices that the
// application offers.
func (s *Server) Autocomplete(user, channel, line string, values Values, focused string) ([]Choice, error) {
	s.mu.Lock()
	_, ch, err := s.person(user, channel)
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	cmd, path, options, err := s.lookUp(user, ch, line)
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	at := slices.IndexFunc(options, func(o object) bool { return str(o, "name") == focused && flag(o, "autocomplete") })
	if at < 0 {
		s.mu.Unlock()
		return nil, Notice("The option " + focused + " has no suggestions.")
	}
	filled, resolved, err := s.fillOptions(options, values, focused)
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	i := s.newInteraction(interactAutocomplete, user, ch)
	i.focus = kind(options[at])
	data := s.commandData(cmd, path, filled, resolved)
	s.mu.Unlock()
	if !s.send(i, data) {
		return nil, loadFailed
	}
	var out []Choice
	for _, c := range asObjects(i.choices) {
		out = append(out, Choice{str(c, "name"), str(c, "value")})
	}
	return out, nil
}

// Choice is one suggestion for an option.
type Choice struct{ Name, Value string }

// tell shows a person a line from Discord itself. Callers do not hold mu.
func (s *Server) tell(i *interaction, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &Message{Channel: i.ch.ID, Author: s.o.Application.BotID, For: i.user, Flags: flagEphemeral, failure: text, origin: &origin{of: i}}
	s.add(i.ch, m)
}

// Press clicks a button. It returns when the application has answered, or with the
// Notice that the person sees.
func (s *Server) Press(user, message, customID string) error {
	return s.Choose(user, message, customID)
}

// Choose picks values from a select menu: option values, or ids of users, roles or
// channels.
func (s *Server) Choose(user, message, customID string, values ...string) error {
	s.mu.Lock()
	i, data, err := s.componentUse(user, message, customID, values)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	ok := s.send(i, data)
	s.mu.Lock()
	defer s.mu.Unlock()
	failure := ""
	if !ok {
		failure = string(pressFailed)
	}
	if i.message.failure != failure {
		i.message.failure = failure
		i.message.Rev++
		s.touch(change{Channel: i.ch.ID, User: user})
	}
	if !ok {
		return pressFailed
	}
	return nil
}

// componentUse prepares the interaction of a button or menu. Callers hold mu.
func (s *Server) componentUse(user, message, customID string, values []string) (*interaction, object, error) {
	var ch *channel
	var m *Message
	for _, c := range s.channels {
		if found := c.any(message); found != nil && (found.For == "" || found.For == user) {
			ch, m = c, found
		}
	}
	if m == nil {
		return nil, nil, Notice("This message is gone.")
	}
	if _, _, err := s.person(user, ch.ID); err != nil {
		return nil, nil, err
	}
	var c object
	walk(m.Components, func(o object) {
		if str(o, "custom_id") == customID {
			c = o
		}
	})
	if c == nil || flag(c, "disabled") {
		return nil, nil, Notice("There is nothing to press called " + customID + ".")
	}
	data := object{"custom_id": customID, "component_type": kind(c), "id": c["id"]}
	if kind(c) != kindButton {
		if err := s.picked(c, values); err != nil {
			return nil, nil, err
		}
		data["values"] = stringList(values)
		if r := s.resolve(kind(c), values); r != nil {
			data["resolved"] = r
		}
	}
	i := s.newInteraction(interactComponent, user, ch)
	i.message = m
	return i, data, nil
}

// picked checks a choice as Discord's own client does. Callers hold mu.
func (s *Server) picked(c object, values []string) error {
	least, most := intOr(c, "min_values", 1), intOr(c, "max_values", 1)
	if required, said := c["required"].(bool); said && !required && len(values) == 0 {
		return nil
	}
	if len(values) < least || len(values) > most {
		return Notice("Make a selection of the right number of values.")
	}
	for _, v := range values {
		known := s.users[v] != nil || s.role(v) != nil || s.channels[v] != nil
		if options := items(c, "options"); options != nil {
			known = slices.ContainsFunc(asObjects(options), func(o object) bool { return str(o, "value") == v })
		}
		if !known {
			return Notice("There is no option " + v + ".")
		}
	}
	return nil
}

// resolve adds the people, roles and channels behind ids. Callers hold mu.
func (s *Server) resolve(componentKind int, ids []string) object {
	if componentKind == kindSelect || componentKind == kindButton {
		return nil
	}
	out := object{}
	put := func(key, id string, o object) {
		if sub(out, key) == nil {
			out[key] = object{}
		}
		sub(out, key)[id] = o
	}
	for _, id := range ids {
		if u := s.users[id]; u != nil {
			put("users", id, s.userObject(id))
			if !u.Outside {
				m := s.memberObject(u)
				delete(m, "deaf")
				delete(m, "mute")
				m["permissions"] = s.basePermissions(u).String()
				put("members", id, m)
			}
		}
		if r := s.role(id); r != nil {
			put("roles", id, s.roleObject(r))
		}
		if ch := s.channels[id]; ch != nil {
			put("channels", id, s.channelObject(ch))
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// Say writes a message as a person.
func (s *Server) Say(user, channel, text string) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.say(user, channel, text, "")
}

// Reply writes a message as an answer to one that the person sees.
func (s *Server) Reply(user, message, text string) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ch := range s.channels {
		if old := ch.find(message); old != nil {
			return s.say(user, ch.ID, text, old.ID)
		}
	}
	return Message{}, Notice("This message is gone.") // nobody can answer what only one person sees, either
}

// say writes a message. Callers hold mu.
func (s *Server) say(user, channel, text, answers string) (Message, error) {
	_, ch, err := s.person(user, channel)
	if err != nil {
		return Message{}, err
	}
	if !s.permissions(user, ch).has(SendMessages) || !s.textual(ch) {
		return Message{}, Notice("You do not have permission to send messages in this channel.")
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return Message{}, Notice("There is nothing to send.")
	}
	if len([]rune(text)) > 2000 {
		return Message{}, Notice("Your message is too long: at most 2000 characters.")
	}
	if ch.Kind == DirectTalk {
		ch.opened = true
	}
	m := s.message(&draft{content: s.typed(text)}, ch, user, allowAll())
	m.ReplyTo = answers
	s.add(ch, m)
	s.markRead(user, ch)
	return *m, nil
}

// DM writes to the application in the direct talk.
func (s *Server) DM(user, text string) (Message, error) { return s.Say(user, s.Talk(user), text) }

// typed turns @name and #name into mentions, as the client does while one types.
// Callers hold mu.
func (s *Server) typed(text string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		name := strings.TrimRight(strings.TrimLeft(w, "@#"), ".,;:!?")
		if name == "" || len(w) == len(strings.TrimLeft(w, "@#")) {
			continue
		}
		for _, id := range s.userOrder {
			if w[0] == '@' && s.users[id].Name == name {
				words[i] = strings.Replace(w, "@"+name, "<@"+id+">", 1)
			}
		}
		for _, id := range s.order {
			if w[0] == '#' && s.channels[id].Name == name {
				words[i] = strings.Replace(w, "#"+name, "<#"+id+">", 1)
			}
		}
	}
	return strings.Join(words, " ")
}

// EditSaid changes what a person has written.
func (s *Server) EditSaid(user, message, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, m, err := s.own(user, message)
	if err != nil {
		return err
	}
	if text = strings.TrimSpace(text); text == "" {
		return Notice("There is nothing to send.")
	}
	s.rewrite(m, ch, &draft{content: text, attachments: m.Attachments, has: map[string]bool{"content": true}}, allowAll())
	s.edited(ch, m)
	return nil
}

// DeleteSaid takes back what a person has written; people with MANAGE_MESSAGES may
// delete anything, and everybody may dismiss what only they see.
func (s *Server) DeleteSaid(user, message string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, m, err := s.own(user, message)
	if err != nil {
		return err
	}
	s.remove(ch, m)
	return nil
}

// own finds a message that a person may change. Callers hold mu.
func (s *Server) own(user, message string) (*channel, *Message, error) {
	for _, ch := range s.channels {
		m := ch.any(message)
		if m == nil {
			continue
		}
		if m.Author != user && m.For != user && !s.permissions(user, ch).has(ManageMessages) {
			return nil, nil, Notice("This is somebody else's message.")
		}
		return ch, m, nil
	}
	return nil, nil, Notice("This message is gone.")
}

// markRead remembers how far a person has read. Callers hold mu.
func (s *Server) markRead(user string, ch *channel) {
	if s.read[user] == nil {
		s.read[user] = map[string]string{}
	}
	if n := len(ch.messages); n > 0 {
		s.read[user][ch.ID] = ch.messages[n-1].ID
	}
}
