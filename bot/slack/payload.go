package slack

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

// The shapes of what Slack sends, as far as the desk reads them. They are ours and not the SDK's because an interaction
// is delivered once: a block of a new kind in the message around a button must not make the press unreadable.

type wireUser struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Username string `json:"username"`
	TeamID   string `json:"team_id"`
}

type wireTeam struct {
	ID string `json:"id"`
}

type wireOption struct {
	Value string `json:"value"`
}

// wireAction is a press, or the state of an input.
type wireAction struct {
	ActionID        string       `json:"action_id"`
	BlockID         string       `json:"block_id"`
	Type            string       `json:"type"`
	ActionTS        string       `json:"action_ts"`
	Value           string       `json:"value"`
	SelectedOption  *wireOption  `json:"selected_option"`
	SelectedOptions []wireOption `json:"selected_options"`
	SelectedUser    string       `json:"selected_user"`
	SelectedDate    string       `json:"selected_date"`
}

type wireView struct {
	ID              string `json:"id"`
	TeamID          string `json:"team_id"`
	Type            string `json:"type"`
	Hash            string `json:"hash"`
	CallbackID      string `json:"callback_id"`
	PrivateMetadata string `json:"private_metadata"`
	RootViewID      string `json:"root_view_id"`
	PreviousViewID  string `json:"previous_view_id"`
	Blocks          []struct {
		Type    string `json:"type"`
		BlockID string `json:"block_id"`
		Label   struct {
			Text string `json:"text"`
		} `json:"label"`
	} `json:"blocks"`
	State struct {
		Values map[string]map[string]wireAction `json:"values"`
	} `json:"state"`
}

type wireInteraction struct {
	Type      string    `json:"type"`
	User      wireUser  `json:"user"`
	Team      *wireTeam `json:"team"`
	Channel   *wireTeam `json:"channel"`
	Container struct {
		MessageTS   string `json:"message_ts"`
		ThreadTS    string `json:"thread_ts"`
		ChannelID   string `json:"channel_id"`
		ViewID      string `json:"view_id"`
		IsEphemeral bool   `json:"is_ephemeral"`
	} `json:"container"`
	View        *wireView    `json:"view"`
	Actions     []wireAction `json:"actions"`
	ActionID    string       `json:"action_id"` // of a block_suggestion
	BlockID     string       `json:"block_id"`
	Value       string       `json:"value"`
	ResponseURL string       `json:"response_url"`
	TriggerID   string       `json:"trigger_id"`
}

type wireCommand struct {
	TeamID      string `json:"team_id"`
	ChannelID   string `json:"channel_id"`
	UserID      string `json:"user_id"`
	UserName    string `json:"user_name"`
	Command     string `json:"command"`
	Text        string `json:"text"`
	ResponseURL string `json:"response_url"`
	TriggerID   string `json:"trigger_id"`
}

type wireEvent struct {
	Type      string `json:"type"`
	Challenge string `json:"challenge"`
	TeamID    string `json:"team_id"`
	EventID   string `json:"event_id"`
	Event     struct {
		Type    string `json:"type"`
		Tab     string `json:"tab"`
		Subtype string `json:"subtype"`
		Channel string `json:"channel"`
		wireSaid
		Message  *wireSaid `json:"message"`          // message_changed: as it is now
		Previous *wireSaid `json:"previous_message"` // message_changed, message_deleted: as it was
	} `json:"event"`
}

// wireSaid is a message as events carry it.
type wireSaid struct {
	User     string `json:"user"`
	Team     string `json:"team"`
	BotID    string `json:"bot_id"`
	Text     string `json:"text"`
	TS       string `json:"ts"`
	ThreadTS string `json:"thread_ts"`
	Edited   *struct {
		TS string `json:"ts"`
	} `json:"edited"`
}

// surface is where an interaction happened; it decides how it is answered.
type surface string

const (
	onCommand surface = "command" // a line typed in a channel
	onMessage surface = "message" // a button of a message
	onModal   surface = "modal"   // a button inside a modal
	onHome    surface = "home"    // the home page: opened, or a button on it
	onSubmit  surface = "submit"  // a modal was submitted
	onSuggest surface = "suggest" // a select in a modal asks for options
	onThread  surface = "thread"  // something was said in a thread
)

// incoming is a verified interaction: the request for the router, and what only the answer needs.
type incoming struct {
	bot.Request
	surface  surface
	state    string      // of the modal from which it came
	depth    int         // how many modals lie on each other, where it came from one
	inputs   []string    // the block ids of a submitted form's inputs, in order
	wrote    []bot.Field // what was written into them
	picked   []string    // the users picked in it
	threadTS string      // the thread of the message whose button was pressed
}

// errIgnored says that a payload is none that the desk answers: it is acknowledged and that is all.
type errIgnored struct{ kind string }

func (e errIgnored) Error() string { return "nothing to do for " + e.kind }

// commandForm reads a slash command as HTTP delivers it.
func commandForm(form url.Values) wireCommand {
	return wireCommand{
		TeamID: form.Get("team_id"), ChannelID: form.Get("channel_id"), UserID: form.Get("user_id"),
		UserName: form.Get("user_name"), Command: form.Get("command"), Text: form.Get("text"),
		ResponseURL: form.Get("response_url"), TriggerID: form.Get("trigger_id"),
	}
}

func fromCommand(c wireCommand) (incoming, error) {
	name := strings.TrimPrefix(strings.TrimSpace(c.Command), "/")
	if name == "" || c.UserID == "" || c.TeamID == "" || c.TriggerID == "" {
		return incoming{}, fmt.Errorf("a slash command without command, user, team or trigger")
	}
	return incoming{surface: onCommand, Request: bot.Request{
		Key:      "slack:" + c.TriggerID,
		Kind:     bot.Typed,
		From:     agency.Identity{Platform: agency.Slack, Workspace: c.TeamID, User: c.UserID},
		FromName: bot.Clean(c.UserName),
		Channel:  agency.Address{Platform: agency.Slack, Workspace: c.TeamID, Channel: c.ChannelID},
		Command:  name,
		Text:     typed(c.Text),
		ReplyTo:  c.ResponseURL,
		Trigger:  c.TriggerID,
	}}, nil
}

func fromEvent(e wireEvent) (incoming, error) {
	if e.Event.Type == "message" {
		return fromSaid(e)
	}
	if e.Event.Type != "app_home_opened" || e.Event.Tab != "home" {
		return incoming{}, errIgnored{"the event " + e.Event.Type}
	}
	if e.EventID == "" || e.Event.User == "" || e.TeamID == "" {
		return incoming{}, fmt.Errorf("an event without id, user or team")
	}
	return incoming{surface: onHome, Request: bot.Request{
		Key:     "slack:" + e.EventID,
		Kind:    bot.CameHome,
		From:    agency.Identity{Platform: agency.Slack, Workspace: e.TeamID, User: e.Event.User},
		Channel: agency.Address{Platform: agency.Slack, Workspace: e.TeamID},
		Command: "home",
	}}, nil
}

// fromSaid reads what people say in threads. The desk's own messages, other apps' and whatever stands in the channel
// itself are none of its business.
func fromSaid(e wireEvent) (incoming, error) {
	said, change := &e.Event.wireSaid, bot.New
	switch e.Event.Subtype {
	case "", "file_share", "thread_broadcast":
	case "message_changed":
		said, change = e.Event.Message, bot.Edited
		if said != nil && e.Event.Previous != nil && said.Text == e.Event.Previous.Text {
			return incoming{}, errIgnored{"a message whose words are the same"}
		}
	case "message_deleted":
		said, change = e.Event.Previous, bot.Deleted
	default:
		return incoming{}, errIgnored{"a message of the kind " + e.Event.Subtype}
	}
	if said == nil || said.BotID != "" || said.User == "" || said.ThreadTS == "" || said.ThreadTS == said.TS {
		return incoming{}, errIgnored{"a message outside the desk's threads"}
	}
	if e.EventID == "" || e.TeamID == "" || e.Event.Channel == "" {
		return incoming{}, fmt.Errorf("a message without id, team or channel")
	}
	key := "slack:said:" + e.Event.Channel + ":" + said.TS + ":" + string(change) // the same event has been seen under several ids
	if said.Edited != nil {
		key += ":" + said.Edited.TS
	}
	return incoming{surface: onThread, threadTS: said.ThreadTS, Request: bot.Request{
		Key: key, Kind: bot.Said, Change: change, Text: typed(said.Text),
		From:      agency.Identity{Platform: agency.Slack, Workspace: orElse(said.Team, e.TeamID), User: said.User},
		Channel:   agency.Address{Platform: agency.Slack, Workspace: e.TeamID, Channel: e.Event.Channel},
		MessageID: messageID(e.Event.Channel, said.TS), ThreadID: messageID(e.Event.Channel, said.ThreadTS),
	}}, nil
}

func fromInteraction(w wireInteraction) (incoming, error) {
	switch w.Type {
	case "block_actions":
		return fromPress(w)
	case "view_submission":
		return fromSubmission(w)
	case "block_suggestion":
		return fromSuggestion(w)
	}
	return incoming{}, errIgnored{"the interaction " + w.Type}
}

// base is what all interactions share. A person of another organisation (Slack Connect) carries that one's team id; the
// channel belongs to the workspace in which the desk is installed.
func base(w wireInteraction) (incoming, error) {
	in := incoming{}
	workspace := w.User.TeamID
	if w.Team != nil && w.Team.ID != "" {
		workspace = w.Team.ID
	}
	home := w.User.TeamID
	if home == "" {
		home = workspace
	}
	if w.User.ID == "" || home == "" {
		return in, fmt.Errorf("a %s without user or team", w.Type)
	}
	in.From = agency.Identity{Platform: agency.Slack, Workspace: home, User: w.User.ID}
	in.FromName = bot.Clean(orElse(w.User.Name, w.User.Username))
	in.Channel = agency.Address{Platform: agency.Slack, Workspace: workspace}
	in.ReplyTo, in.Trigger = w.ResponseURL, w.TriggerID
	if w.View == nil {
		in.Channel.Channel = w.Container.ChannelID
		if w.Channel != nil && w.Channel.ID != "" {
			in.Channel.Channel = w.Channel.ID
		}
		return in, nil
	}
	if w.View.Type == "modal" {
		l := unpack(w.View.PrivateMetadata)
		in.FormID, in.state = w.View.ID, l.State
		in.ReplyTo = l.ResponseURL
		in.Channel.Channel = l.Channel
		if l.Workspace != "" {
			in.Channel.Workspace = l.Workspace
		}
		in.depth = depth(w.View)
		in.Fields, in.picked = entered(w.View), peoplePicked(w.View)
	}
	return in, nil
}

func fromPress(w wireInteraction) (incoming, error) {
	in, err := base(w)
	if err != nil {
		return in, err
	}
	var pressed wireAction
	for _, a := range w.Actions {
		if in.Command = commandOf(a.ActionID); in.Command != "" {
			pressed = a
			break
		}
	}
	if in.Command == "" {
		return in, errIgnored{"a press that carries no command"}
	}
	in.Kind, in.Text = bot.Pressed, pressed.value()
	where := w.Container.MessageTS
	switch {
	case w.View != nil && w.View.Type == "modal":
		in.surface, where = onModal, w.View.ID
	case w.View != nil:
		in.surface, where = onHome, w.View.ID
	default:
		in.surface, in.Private, in.threadTS = onMessage, w.Container.IsEphemeral, w.Container.ThreadTS
		in.MessageID = messageID(in.Channel.Channel, w.Container.MessageTS)
	}
	in.Key = "slack:" + strings.Join([]string{in.Channel.Workspace, in.Channel.Channel, where, pressed.ActionID, pressed.ActionTS, w.User.ID}, ":")
	return in, nil
}

func fromSubmission(w wireInteraction) (incoming, error) {
	if w.View == nil || w.View.ID == "" {
		return incoming{}, fmt.Errorf("a view_submission without its view")
	}
	in, err := base(w)
	if err != nil {
		return in, err
	}
	in.surface, in.Kind = onSubmit, bot.Sent
	in.Command, in.Text = w.View.CallbackID, in.state
	if in.Command == "" {
		return in, errIgnored{"a form that carries no command"}
	}
	for _, b := range w.View.Blocks {
		if b.Type == "input" {
			in.inputs = append(in.inputs, b.BlockID)
			if a := w.View.State.Values[b.BlockID][b.BlockID]; a.Type == "plain_text_input" {
				in.wrote = append(in.wrote, bot.Field{Label: b.Label.Text, Value: a.Value})
			}
		}
	}
	// The hash of a view changes with the view, not with what is typed into it, so a corrected form has the hash of the
	// refused one: what was entered has to be in the key too.
	in.Key = "slack:" + w.View.ID + ":" + w.View.Hash + ":" + fingerprint(in.Fields)
	in.Attempt = w.TriggerID
	return in, nil
}

func fromSuggestion(w wireInteraction) (incoming, error) {
	in, err := base(w)
	if err != nil {
		return in, err
	}
	in.surface, in.Kind = onSuggest, bot.Asked
	in.Field, in.Query, in.Text = w.BlockID, bot.Clean(w.Value), in.state
	if w.View != nil {
		in.Command = w.View.CallbackID
	}
	if in.Command == "" {
		return in, errIgnored{"a question that carries no command"}
	}
	in.Key = "slack:ask:" + in.FormID + ":" + in.Field + ":" + in.Query // it only reads: the same question has the same answer
	return in, nil
}

// value is what was entered or chosen.
func (a wireAction) value() string {
	switch {
	case a.SelectedOption != nil:
		return a.SelectedOption.Value
	case a.SelectedUser != "":
		return a.SelectedUser
	case a.SelectedDate != "":
		return a.SelectedDate
	}
	return a.Value
}

// entered reads the fields of a form. A field that was left empty is there with no values.
func entered(v *wireView) map[string][]string {
	fields := make(map[string][]string, len(v.State.Values))
	for name, actions := range v.State.Values {
		fields[name] = nil
		for _, a := range actions {
			if len(a.SelectedOptions) > 0 {
				for _, o := range a.SelectedOptions {
					fields[name] = append(fields[name], o.Value)
				}
			} else if s := a.value(); s != "" {
				fields[name] = append(fields[name], s)
			}
		}
	}
	return fields
}

func fingerprint(fields map[string][]string) string {
	data, err := json.Marshal(fields) // keys come sorted
	if err != nil {
		return "unreadable"
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:12])
}

// depth is the place of a modal in its stack, of which Slack allows three.
func depth(v *wireView) int {
	switch v.PreviousViewID {
	case "":
		return 1
	case v.RootViewID:
		return 2
	}
	return 3
}

// commandOf takes the command out of an action id made by actionID.
func commandOf(id string) string {
	i := strings.LastIndexByte(id, '|')
	if i < 0 {
		return ""
	}
	return id[:i]
}

// messageID is the desk's id of a message: Slack's timestamp is unique only within its channel.
func messageID(channel, ts string) string {
	if ts == "" {
		return ""
	}
	return channel + "/" + ts
}

func splitMessageID(id, otherwise string) (channel, ts string) {
	if channel, ts, ok := strings.Cut(id, "/"); ok {
		return channel, ts
	}
	return otherwise, id
}

func orElse(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

// peoplePicked lists the users picked in a form.
func peoplePicked(v *wireView) (users []string) {
	for _, actions := range v.State.Values {
		for _, a := range actions {
			if a.SelectedUser != "" {
				users = append(users, a.SelectedUser)
			}
		}
	}
	return users
}
