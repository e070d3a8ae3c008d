package sandbox

import (
	"errors"
	"fmt"
	"strings"
)

// Press is what a person does to an interactive element: clicks a button, picks
// from a menu, chooses a date.
type Press struct {
	Channel, TS string // the message, or
	ViewID      string // the modal or App Home

	// ActionID names the element, with BlockID where the action id is not unique;
	// or Text is the label of the button.
	BlockID, ActionID, Text string

	Values []string // what was chosen: option values, ids, a date, a text
	Fill   Fill     // what else stands in the form at that moment
}

const (
	noResponse  = "This app did not respond."
	notSetUp    = "This app is not configured to handle interactive responses."
	troubleText = "We had some trouble connecting. Try again?"
)

// place is where an element was found: in a message or in a view.
type place struct {
	room   *room
	msg    *Message
	view   *View
	blocks list
	key    string
}

// Press sends a block_actions payload to the app and returns when it was
// acknowledged, or with the Notice that the person sees.
func (w *Workspace) Press(user string, p Press) error {
	w.mu.Lock()
	at, err := w.reach(user, p)
	if err != nil {
		w.mu.Unlock()
		return err
	}
	payload, err := w.pressPayload(user, at, p)
	w.mu.Unlock()
	if err != nil {
		return err
	}
	_, err = w.deliver(envelope{kind: "interactive", payload: payload})
	w.mu.Lock()
	defer w.mu.Unlock()
	failure := ""
	if err != nil {
		failure = noResponse
	}
	if at.msg != nil && at.msg.failure != failure {
		at.msg.failure = failure
		w.changedMessage(at.msg)
	}
	if err != nil && !errors.Is(err, errClosed) {
		return Notice(failure)
	}
	return err
}

// reach finds the message or view and checks that the person can see it. Callers hold mu.
func (w *Workspace) reach(user string, p Press) (place, error) {
	if !w.manifest.Settings.Interactivity.Enabled {
		return place{}, Notice(notSetUp)
	}
	if u := w.users[user]; u == nil || u.Deleted || u.IsBot {
		return place{}, Notice("This account is not active.")
	}
	if p.ViewID != "" {
		v := w.viewByID(p.ViewID)
		stack := w.stacks[user]
		onTop := len(stack) > 0 && stack[len(stack)-1] == v
		if v == nil || (!onTop && w.homes[user] != v) {
			return place{}, Notice("This view is no longer open.")
		}
		return place{view: v, blocks: v.Blocks, key: viewKey(v)}, nil
	}
	r := w.rooms[p.Channel]
	if r == nil || !r.has(user) {
		return place{}, Notice("You are not in this conversation.")
	}
	m := r.find(p.TS)
	if m == nil || (m.For != "" && m.For != user) {
		return place{}, Notice("This message is gone.")
	}
	blocks := m.Blocks
	for _, a := range m.Attachments {
		ao, _ := a.(object)
		bs, _ := ao["blocks"].(list)
		blocks = append(blocks[:len(blocks):len(blocks)], bs...)
	}
	return place{room: r, msg: m, blocks: blocks, key: messageKey(m, user)}, nil
}

// find looks the pressed element up. Callers hold mu.
func (at place) find(p Press) (block, element object, err error) {
	for _, b := range flatten(at.blocks) {
		for _, e := range elementsOf(b) {
			if !interactive(str(e, "type")) || (p.BlockID != "" && p.BlockID != str(b, "block_id")) {
				continue
			}
			byID := p.ActionID != "" && str(e, "action_id") == p.ActionID
			byText := p.ActionID == "" && p.Text != "" && str(sub(e, "text"), "text") == p.Text
			if byID || byText {
				return b, e, nil
			}
		}
	}
	return nil, nil, Notice("There is nothing to press called " + p.ActionID + p.Text + ".")
}

func (w *Workspace) pressPayload(user string, at place, p Press) (object, error) {
	b, e, err := at.find(p)
	if err != nil {
		return nil, err
	}
	if err := w.apply(at.key, at.blocks, p.Fill); err != nil {
		return nil, err
	}
	action, err := w.action(at, b, e, p.Values)
	if err != nil {
		return nil, err
	}
	o := w.interaction("block_actions", user)
	o["actions"] = list{action}
	o["trigger_id"] = w.newTrigger(user)
	w.describe(o, user, at)
	if at.msg != nil {
		o["response_url"] = w.newHook(responseHook{user: user, room: at.room.ID, ts: at.msg.TS, thread: at.msg.ThreadTS})
	}
	return o, nil
}

// describe adds the container, and the message or view, to a payload. Callers hold mu.
func (w *Workspace) describe(o object, user string, at place) {
	if at.view != nil {
		o["container"] = object{"type": "view", "view_id": at.view.ID}
		o["view"] = w.viewObject(at.view)
		return
	}
	c := object{"type": "message", "message_ts": at.msg.TS, "channel_id": at.room.ID, "is_ephemeral": at.msg.For != ""}
	if at.msg.ThreadTS != "" {
		c["thread_ts"] = at.msg.ThreadTS
	}
	o["container"], o["channel"] = c, object{"id": at.room.ID, "name": at.room.channelName()}
	o["state"] = object{"values": w.stateOf(at.key, at.blocks)}
	if at.msg.For == "" { // an ephemeral message is nowhere to be looked up, so Slack does not send it
		o["message"] = w.wire(at.msg)
	}
}

// interaction is what all interactive payloads have in common. Callers hold mu.
func (w *Workspace) interaction(kind, user string) object {
	u := w.users[user]
	return object{
		"type": kind, "token": "sandbox", "api_app_id": w.o.AppID, "enterprise": nil, "is_enterprise_install": false,
		"team": object{"id": w.o.Team.ID, "domain": w.o.Team.Domain},
		"user": object{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.TeamID},
	}
}

// action is the entry of "actions" for one element. Callers hold mu.
func (w *Workspace) action(at place, b, e object, values []string) (object, error) {
	t := str(e, "type")
	w.seq++
	a := object{"type": t, "action_id": str(e, "action_id"), "block_id": str(b, "block_id"), "action_ts": w.actionTS()}
	switch t {
	case "button", "icon_button", "workflow_button":
		for _, k := range []string{"text", "value", "style", "url"} {
			if v := e[k]; v != nil {
				a[k] = v
			}
		}
		return a, nil
	case "feedback_buttons":
		for _, k := range []string{"positive_button", "negative_button"} {
			if f := sub(e, k); len(values) == 1 && str(f, "value") == values[0] {
				a["text"], a["value"] = f["text"], f["value"]
			}
		}
		return a, nil
	case "overflow":
		if len(values) != 1 {
			return nil, Notice("Choose one of the options.")
		}
		o, err := w.chosenItem(at.key, str(b, "block_id"), e, values[0])
		if err != nil {
			return nil, err
		}
		a["selected_option"] = o
		return a, nil
	}
	v, err := w.chosen(at.key, str(b, "block_id"), e, values)
	if err != nil {
		return nil, err
	}
	w.setValue(at.key, str(b, "block_id"), str(e, "action_id"), v)
	field, initial, _ := valueField(t)
	a[field] = v[field]
	for _, k := range []string{initial, "placeholder"} {
		if i := e[k]; i != nil && k != "" {
			a[k] = i
		}
	}
	return a, nil
}

// actionTS is unique: apps use it to tell two presses apart.
func (w *Workspace) actionTS() string {
	return fmt.Sprintf("%d.%06d", w.o.Now().Unix(), w.seq%1_000_000)
}

// Suggest types into an external select and returns the options that the app offers.
func (w *Workspace) Suggest(user string, p Press, query string) ([]any, error) {
	w.mu.Lock()
	at, err := w.reach(user, p)
	if err != nil {
		w.mu.Unlock()
		return nil, err
	}
	b, e, err := at.find(p)
	if err != nil || !strings.Contains(str(e, "type"), "external_select") {
		w.mu.Unlock()
		return nil, Notice("There is no such list.")
	}
	least := 3.0 // Slack's default
	if n, ok := asFloat(e["min_query_length"]); ok {
		least = n
	}
	if len([]rune(query)) < int(least) {
		w.mu.Unlock()
		return nil, nil
	}
	o := w.interaction("block_suggestion", user)
	o["action_id"], o["block_id"], o["value"] = str(e, "action_id"), str(b, "block_id"), query
	w.describe(o, user, at)
	delete(o, "state")
	w.mu.Unlock()
	body, err := w.deliver(envelope{kind: "interactive", payload: o, options: true})
	if err != nil {
		return nil, Notice("The options could not be loaded.")
	}
	return w.offer(at.key+"/"+str(b, "block_id")+"/"+str(e, "action_id"), body)
}

// offer checks the options of an app and remembers them, because only what was
// offered can be chosen.
func (w *Workspace) offer(key string, body []byte) (list, error) {
	var o object
	broken := Notice("The options could not be loaded.")
	if decode(body, &o) != nil {
		return nil, broken
	}
	c := &checker{}
	switch {
	case o["options"] != nil:
		isList(0, 100, isOption(false, false))(c, "/options", o["options"])
	case o["option_groups"] != nil:
		isList(0, 100, isOptionGroup)(c, "/option_groups", o["option_groups"])
	default:
		return nil, broken
	}
	if len(c.problems) > 0 {
		w.log.Warn("the app's options were refused", "problems", c.problems)
		return nil, broken
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.offers[key] == nil {
		w.offers[key] = map[string]any{}
	}
	out := list{}
	for _, option := range optionsOf(o) {
		w.offers[key][str(option, "value")] = option
		out = append(out, option)
	}
	return out, nil
}
