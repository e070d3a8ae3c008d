package discord

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

// The shapes of what Discord sends, as far as the desk reads them. They are ours and not the SDK's, which fails on every
// component that is newer than itself: an interaction is delivered once.

// The kinds of interaction, by Discord's numbers.
const (
	interactPing    = 1
	interactCommand = 2
	interactPress   = 3
	interactAsk     = 4
	interactSubmit  = 5
)

const flagEphemeral = 1 << 6

type wireUser struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	GlobalName string `json:"global_name"`
}

func (u wireUser) name() string { return bot.Clean(orElse(u.GlobalName, u.Username)) }

type wireMember struct {
	User  *wireUser `json:"user"`
	Nick  string    `json:"nick"`
	Roles []string  `json:"roles"`
}

// wireOption is a subcommand or one typed option.
type wireOption struct {
	Name    string          `json:"name"`
	Type    int             `json:"type"`
	Value   json.RawMessage `json:"value"`
	Options []wireOption    `json:"options"`
	Focused bool            `json:"focused"`
}

// wireInput is a component of a submitted form; a label or a row holds others.
type wireInput struct {
	CustomID   string      `json:"custom_id"`
	Value      string      `json:"value"`
	Values     []string    `json:"values"`
	Component  *wireInput  `json:"component"`
	Components []wireInput `json:"components"`
}

type wireData struct {
	Name       string       `json:"name"`
	Options    []wireOption `json:"options"`
	CustomID   string       `json:"custom_id"`
	Values     []string     `json:"values"`
	Components []wireInput  `json:"components"`
	Resolved   struct {
		Users   map[string]wireUser   `json:"users"`
		Members map[string]wireMember `json:"members"`
	} `json:"resolved"`
}

type wireMessage struct {
	ID         string          `json:"id"`
	ChannelID  string          `json:"channel_id"`
	Flags      int             `json:"flags"`
	Components json.RawMessage `json:"components"`
}

type wireInteraction struct {
	ID        string       `json:"id"`
	AppID     string       `json:"application_id"`
	Type      int          `json:"type"`
	Token     string       `json:"token"`
	GuildID   string       `json:"guild_id"`
	ChannelID string       `json:"channel_id"`
	Channel   *wireChannel `json:"channel"`
	Member    *wireMember  `json:"member"`
	User      *wireUser    `json:"user"`
	Message   *wireMessage `json:"message"`
	Data      wireData     `json:"data"`
}

type wireChannel struct {
	ID          string `json:"id"`
	Type        int    `json:"type"`
	LastMessage string `json:"last_message_id"`
}

// surface is where an interaction happened; it decides how it is answered.
type surface string

const (
	onCommand surface = "command" // a command was typed
	onMessage surface = "message" // a button or select of a message
	onSubmit  surface = "submit"  // a modal was submitted
	onSuggest surface = "suggest" // an option asks for what it could be
	onForm    surface = "form"    // a step of a form: the platform's own affair until it is whole
)

// incoming is a verified interaction: the request for the router, and what only the answer needs.
type incoming struct {
	bot.Request
	surface  surface
	id       string
	token    string
	customID string // of what was pressed or submitted
	onOwn    bool   // it comes from a step message of a form, which may be put in place by its answer
	hasModal bool   // a modal may be opened in answer
	fromCard bool   // a submitted modal that was opened by a button: its message may be updated
	values   []string
}

// errIgnored says that a payload is none that the desk answers.
type errIgnored struct{ kind string }

func (e errIgnored) Error() string { return "nothing to do for " + e.kind }

// read turns an interaction into a request.
func (p *Platform) read(w wireInteraction) (incoming, error) {
	in, err := p.base(w)
	if err != nil {
		return in, err
	}
	switch w.Type {
	case interactCommand:
		in.surface, in.Kind, in.hasModal = onCommand, bot.Typed, true
		in.Command, in.Text, _ = p.typed(w.Data)
		if in.Command == "" {
			return in, fmt.Errorf("a command without a name")
		}
	case interactAsk:
		var focused wireOption
		in.surface, in.Kind = onSuggest, bot.Asked
		in.Command, in.Text, focused = p.typed(w.Data)
		in.Field, in.Query = focused.Name, bot.Clean(optionText(focused))
	case interactPress:
		return p.readPress(in, w)
	case interactSubmit:
		in.surface, in.Kind = onForm, bot.Sent
		in.Fields = map[string][]string{}
		entered(w.Data.Components, in.Fields)
		in.fromCard = w.Message != nil
		if !strings.HasPrefix(in.customID, formPrefix) {
			return in, errIgnored{"a form that is not ours"}
		}
	default:
		return in, errIgnored{fmt.Sprintf("an interaction of type %d", w.Type)}
	}
	return in, nil
}

// base is what all interactions share. In a direct message there is no server, so the one of the settings stands for it: a
// person is one identity wherever they write.
func (p *Platform) base(w wireInteraction) (incoming, error) {
	user := w.User
	if w.Member != nil && w.Member.User != nil {
		user = w.Member.User
	}
	if user == nil || user.ID == "" || w.ID == "" || w.Token == "" {
		return incoming{}, fmt.Errorf("an interaction without id, token or person")
	}
	if w.AppID != "" && w.AppID != p.cfg.ApplicationID {
		return incoming{}, fmt.Errorf("an interaction of another application")
	}
	guild := orElse(w.GuildID, p.cfg.GuildID)
	channel := w.ChannelID
	if channel == "" && w.Channel != nil {
		channel = w.Channel.ID
	}
	in := incoming{id: w.ID, token: w.Token, customID: w.Data.CustomID, values: w.Data.Values, Request: bot.Request{
		Key:      "discord:" + w.ID,
		From:     agency.Identity{Platform: agency.Discord, Workspace: guild, User: user.ID},
		FromName: user.name(),
		Channel:  agency.Address{Platform: agency.Discord, Workspace: guild, Channel: channel},
		ReplyTo:  w.Token,
		Trigger:  w.ID,
	}}
	if w.Member != nil {
		in.FromName = bot.Clean(orElse(w.Member.Nick, in.FromName))
		if w.GuildID == p.cfg.GuildID {
			in.Granted = p.granted(w.Member.Roles)
		}
	}
	for id, u := range w.Data.Resolved.Users {
		if in.Names == nil {
			in.Names = map[string]string{}
		}
		in.Names[id] = u.name()
		if nick := w.Data.Resolved.Members[id].Nick; nick != "" {
			in.Names[id] = bot.Clean(nick)
		}
	}
	if w.Message != nil {
		in.Private = w.Message.Flags&flagEphemeral != 0
		in.MessageID = messageID(orElse(w.Message.ChannelID, channel), w.Message.ID)
		in.onOwn = in.Private && (strings.Contains(string(w.Message.Components), `"`+formPrefix) || strings.Contains(string(w.Message.Components), `"`+findPrefix))
	}
	return in, nil
}

// granted gives the desk's roles that a person's Discord roles stand for, by the mapping of the settings alone.
func (p *Platform) granted(held []string) []agency.Role {
	var roles []agency.Role
	for _, id := range held {
		if role, ok := p.cfg.Roles[id]; ok && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	slices.Sort(roles)
	return roles
}

func (p *Platform) readPress(in incoming, w wireInteraction) (incoming, error) {
	in.surface, in.Kind, in.hasModal = onMessage, bot.Pressed, true
	if w.Message == nil {
		return in, fmt.Errorf("a press without its message")
	}
	id := w.Data.CustomID
	switch {
	case strings.HasPrefix(id, pressPrefix):
		parts := strings.SplitN(id, "|", 4)
		if len(parts) < 4 {
			return in, errIgnored{"a press that carries no command"}
		}
		in.Command, in.Text = parts[2], parts[3]
	case strings.HasPrefix(id, selectPrefix):
		parts := strings.SplitN(id, "|", 3)
		if len(parts) < 3 || len(w.Data.Values) == 0 {
			return in, errIgnored{"a choice that carries no command"}
		}
		in.Command, in.Text = parts[2], w.Data.Values[0]
	case strings.HasPrefix(id, askPrefix), strings.HasPrefix(id, longPrefix), strings.HasPrefix(id, dropPrefix),
		strings.HasPrefix(id, formPrefix), strings.HasPrefix(id, findPrefix):
		in.surface = onForm
	default:
		return in, errIgnored{"a press that carries no command"}
	}
	return in, nil
}

// entered reads the fields of a form. A field that was left empty is there with no values.
func entered(all []wireInput, fields map[string][]string) {
	for _, c := range all {
		if c.CustomID != "" {
			name, _, _ := strings.Cut(c.CustomID, "#") // a long list of options comes in several
			values := c.Values
			if c.Value != "" {
				values = append(values, bot.Clean(c.Value))
			}
			fields[name] = append(fields[name], values...)
		}
		if c.Component != nil {
			entered([]wireInput{*c.Component}, fields)
		}
		entered(c.Components, fields)
	}
}

// messageID is the desk's id of a message: its channel and Discord's own.
func messageID(channel, id string) string {
	if id == "" {
		return ""
	}
	return channel + "/" + id
}

func splitMessageID(id, otherwise string) (channel, message string) {
	if channel, message, ok := strings.Cut(id, "/"); ok {
		return channel, message
	}
	return otherwise, id
}
