package sandbox

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Notice is an error in the words that Slack shows to a person.
type Notice string

// Error returns the words.
func (n Notice) Error() string { return string(n) }

// slackbot speaks for the workspace itself.
const slackbot = "USLACKBOT"

// Command types a slash command into the composer of a channel. It returns when
// the app has acknowledged it, or with the Notice that the person sees.
func (w *Workspace) Command(user, channel, line string) error {
	name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	w.mu.Lock()
	r, err := w.speaker(user, channel)
	if err != nil {
		w.mu.Unlock()
		return err
	}
	cmd, known := w.manifest.command(name)
	if !known || w.users[user].TeamID != w.o.Team.ID {
		// A command belongs to the workspace that installed the app: people of another
		// company do not have it in a shared channel.
		w.mu.Unlock()
		return w.tell(user, r, fmt.Sprintf("%s is not a valid command. In Slack, all messages that start with the “/” command are interpreted as commands.", name))
	}
	text := strings.TrimSpace(rest)
	if cmd.ShouldEscape {
		text = w.encode(text, true)
	}
	h := responseHook{user: user, room: r.ID}
	url := w.newHook(h)
	payload := object{
		"token": "sandbox", "team_id": w.o.Team.ID, "team_domain": w.o.Team.Domain, "channel_id": r.ID,
		"channel_name": r.channelName(), "user_id": user, "user_name": w.users[user].Name, "command": name, "text": text,
		"api_app_id": w.o.AppID, "is_enterprise_install": "false", "response_url": url, "trigger_id": w.newTrigger(user),
	}
	w.mu.Unlock()
	body, err := w.deliver(envelope{kind: "slash_commands", payload: payload})
	if err != nil {
		code := errNoApp
		if errors.Is(err, errTimeout) {
			code = errTimeout
		}
		return w.tell(user, r, fmt.Sprintf("%s failed with the error %q", name, code))
	}
	if err := w.inlineReply(&h, body); err != nil {
		w.log.Warn("the app's answer to a command was refused", "command", name, "error", err)
		return w.tell(user, r, fmt.Sprintf("%s failed with the error %q", name, "invalid_command_response"))
	}
	return nil
}

// inlineReply shows the message that came with the acknowledgement of a command.
func (w *Workspace) inlineReply(h *responseHook, body []byte) error {
	if s := strings.TrimSpace(string(body)); s == "" || s == "null" || s == "{}" || s == `""` {
		return nil
	}
	var args object
	if err := decode(body, &args); err != nil {
		var text string
		if decode(body, &text) != nil {
			return err
		}
		args = object{"text": text}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.respond(h, args)
}

// speaker finds the conversation in which a person acts. Callers hold mu.
func (w *Workspace) speaker(user, channel string) (*room, error) {
	u, r := w.users[user], w.rooms[channel]
	switch {
	case w.closed:
		return nil, errClosed
	case u == nil || u.Deleted || u.IsBot:
		return nil, Notice("This account is not active.")
	case r == nil || !r.has(user):
		return nil, Notice("You are not in this conversation.")
	case r.IsArchived:
		return nil, Notice("This channel has been archived.")
	}
	return r, nil
}

// tell shows a person a line from the workspace itself and returns it as a Notice.
func (w *Workspace) tell(user string, r *room, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.add(r, &Message{User: slackbot, Text: escape(text), For: user, Plain: true})
	return Notice(text)
}

func (r *room) channelName() string {
	switch {
	case r.im != "":
		return "directmessage"
	case r.IsPrivate:
		return "privategroup"
	}
	return r.Name
}

// Say writes a message as a person, in a thread when threadTS is given.
func (w *Workspace) Say(user, channel, text, threadTS string) (Message, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := w.speaker(user, channel)
	if err != nil {
		return Message{}, err
	}
	if strings.TrimSpace(text) == "" {
		return Message{}, Notice("There is nothing to send.")
	}
	if r.im != "" && (!w.manifest.hasMessages() || w.manifest.Features.AppHome.ReadOnly) {
		return Message{}, Notice("Sending messages to this app has been turned off.")
	}
	m := &Message{User: user, Text: cut(w.encode(text, false), maxText)}
	if threadTS != "" {
		if err := w.intoThread(r, m, &call{args: object{"thread_ts": threadTS}}); err != nil {
			return Message{}, err
		}
	}
	w.add(r, m)
	w.markRead(user, r)
	w.announce(r, m)
	return *m, nil
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

var typed = regexp.MustCompile(`https?://[^\s<>]+|[@#][\p{L}\p{N}][\p{L}\p{N}._-]*`)

// encode turns what was typed into control sequences: mentions of people and
// channels that exist, and links. In commands a mention carries its name too.
// Callers hold mu.
func (w *Workspace) encode(text string, names bool) string {
	text = escape(text)
	last, out := 0, strings.Builder{}
	for _, at := range typed.FindAllStringIndex(text, -1) {
		if at[0] > 0 && isWordByte(text[at[0]-1]) {
			continue // an address like a@b.example is no mention
		}
		word := text[at[0]:at[1]]
		seq := w.sequence(word, names)
		if seq == "" {
			trimmed := strings.TrimRight(word, ".-_,;:!?)")
			if seq = w.sequence(trimmed, names); seq != "" {
				seq += word[len(trimmed):]
			}
		}
		if seq == "" {
			continue
		}
		out.WriteString(text[last:at[0]])
		out.WriteString(seq)
		last = at[1]
	}
	out.WriteString(text[last:])
	return out.String()
}

func isWordByte(b byte) bool {
	return b == '_' || b == '.' || b == '/' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}

func (w *Workspace) sequence(word string, names bool) string {
	switch {
	case word == "":
		return ""
	case strings.HasPrefix(word, "http"):
		return "<" + word + ">"
	case word == "@here" || word == "@channel" || word == "@everyone":
		return "<!" + word[1:] + ">"
	}
	for _, id := range w.userOrder {
		if u := w.users[id]; word[0] == '@' && strings.EqualFold(u.Name, word[1:]) {
			if names {
				return "<@" + u.ID + "|" + u.Name + ">"
			}
			return "<@" + u.ID + ">"
		}
	}
	for _, id := range w.roomOrder {
		if r := w.rooms[id]; word[0] == '#' && r.im == "" && strings.EqualFold(r.Name, word[1:]) {
			return "<#" + r.ID + "|" + r.Name + ">"
		}
	}
	return ""
}

// markRead remembers how far a person has read. Callers hold mu.
func (w *Workspace) markRead(user string, r *room) {
	if w.read[user] == nil {
		w.read[user] = map[string]string{}
	}
	w.read[user][r.ID] = r.lastTS
}
