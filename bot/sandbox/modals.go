package sandbox

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Submit presses the submit button of the topmost modal. The map names the fields
// with an error, by block id: what Slack itself complains about (and then the app
// hears nothing), or what the app answered. A Notice says that the app did not
// answer as it should.
func (w *Workspace) Submit(user, viewID string, f Fill) (map[string]string, error) {
	w.mu.Lock()
	at, err := w.reach(user, Press{ViewID: viewID})
	if err != nil {
		w.mu.Unlock()
		return nil, err
	}
	v := at.view
	if v.Type != "modal" || v.SubmitText == nil && hasInput(v.Blocks) {
		w.mu.Unlock()
		return nil, Notice("This view cannot be submitted.")
	}
	if err := w.apply(at.key, v.Blocks, f); err != nil {
		w.mu.Unlock()
		return nil, err
	}
	if wrong := w.validate(v); len(wrong) > 0 {
		w.mu.Unlock()
		return wrong, nil
	}
	o := w.interaction("view_submission", user)
	o["trigger_id"], o["view"] = w.newTrigger(user), w.viewObject(v)
	o["response_urls"] = w.responseURLs(user, v)
	w.mu.Unlock()

	body, err := w.deliver(envelope{kind: "interactive", payload: o})
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		var wrong map[string]string
		if wrong, err = w.afterSubmit(user, v, body); err == nil {
			return wrong, nil
		}
	}
	w.log.Warn("a submission failed", "callback_id", v.CallbackID, "error", err)
	v.trouble = troubleText
	v.Rev++
	w.touch(change{Kind: changeView, User: user})
	return nil, Notice(troubleText)
}

func hasInput(blocks list) bool {
	for _, b := range flatten(blocks) {
		if str(b, "type") == "input" {
			return true
		}
	}
	return false
}

// afterSubmit does what the app answered. Callers hold mu.
func (w *Workspace) afterSubmit(user string, v *View, body []byte) (map[string]string, error) {
	if s := strings.TrimSpace(string(body)); s == "" || s == "null" || s == "{}" || s == `""` {
		w.pop(user, v)
		return nil, nil
	}
	var o object
	if err := decode(body, &o); err != nil {
		return nil, fmt.Errorf("the answer is not JSON: %w", err)
	}
	switch action := str(o, "response_action"); action {
	case "clear":
		w.clear(user)
	case "errors":
		return w.fieldErrors(v, sub(o, "errors"))
	case "update", "push":
		if err := checkedView(sub(o, "view"), "modal"); err != nil {
			return nil, explain(err)
		}
		if action == "push" {
			_, err := w.push(user, sub(o, "view"))
			return nil, err
		}
		ext := str(sub(o, "view"), "external_id")
		if other := w.viewByExternal(ext); ext != "" && other != nil && other != v {
			return nil, refuse("duplicate_external_id")
		}
		w.fill(v, sub(o, "view"))
		w.viewChanged(v)
	default:
		return nil, fmt.Errorf("unknown response_action %q", action)
	}
	return nil, nil
}

// explain keeps the list of complaints in the error of a refused view.
func explain(err error) error {
	var s slip
	if errors.As(err, &s) && len(s.messages) > 0 {
		return fmt.Errorf("%w: %s", err, strings.Join(s.messages, "; "))
	}
	return err
}

// fieldErrors accepts errors for input blocks only, as Slack does.
func (w *Workspace) fieldErrors(v *View, errs object) (map[string]string, error) {
	inputs := map[string]bool{}
	for _, b := range flatten(v.Blocks) {
		inputs[str(b, "block_id")] = inputs[str(b, "block_id")] || str(b, "type") == "input"
	}
	out := map[string]string{}
	for id, text := range errs {
		s, ok := text.(string)
		if !ok || !inputs[id] {
			return nil, fmt.Errorf("errors name %q, which is no input block", id)
		}
		out[id] = s
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("errors are empty")
	}
	return out, nil
}

// pop closes the view that was submitted. Callers hold mu.
func (w *Workspace) pop(user string, v *View) {
	stack := w.stacks[user]
	for i, s := range stack {
		if s == v {
			stack = append(stack[:i:i], stack[i+1:]...)
			break
		}
	}
	w.stacks[user] = stack
	delete(w.values, viewKey(v))
	w.touch(change{Kind: changeView, User: user})
}

func (w *Workspace) clear(user string) {
	for _, v := range w.stacks[user] {
		delete(w.values, viewKey(v))
	}
	delete(w.stacks, user)
	w.touch(change{Kind: changeView, User: user})
}

// CloseView cancels the topmost modal, or all of them when all is true. The app
// hears view_closed from the views that ask for it.
func (w *Workspace) CloseView(user, viewID string, all bool) error {
	w.mu.Lock()
	at, err := w.reach(user, Press{ViewID: viewID})
	if err != nil || at.view.Type != "modal" {
		w.mu.Unlock()
		return Notice("This view is no longer open.")
	}
	all = all || at.view.ClearOnClose
	gone := []*View{at.view}
	if all {
		gone = w.stacks[user]
	}
	var tell []object
	for _, v := range gone {
		if v.NotifyOnClose {
			o := w.interaction("view_closed", user)
			o["view"], o["is_cleared"] = w.viewObject(v), all
			tell = append(tell, o)
		}
	}
	if all {
		w.clear(user)
	} else {
		w.pop(user, at.view)
	}
	w.mu.Unlock()
	for _, o := range tell {
		if _, err := w.deliver(envelope{kind: "interactive", payload: o}); err != nil {
			w.log.Warn("the app did not hear that a view was closed", "error", err)
		}
	}
	return nil
}

// responseURLs makes the response_urls of a submission: one for every select that
// asks for it and in which a conversation was chosen. Callers hold mu.
func (w *Workspace) responseURLs(user string, v *View) list {
	out := list{}
	state := w.stateOf(viewKey(v), v.Blocks)
	for _, b := range flatten(v.Blocks) {
		for _, e := range elementsOf(b) {
			if !flagOf(e, "response_url_enabled") || str(b, "type") != "input" {
				continue
			}
			field, _, _ := valueField(str(e, "type"))
			id := str(sub(sub(state, str(b, "block_id")), str(e, "action_id")), field)
			if w.rooms[id] != nil {
				out = append(out, object{
					"block_id": str(b, "block_id"), "action_id": str(e, "action_id"), "channel_id": id,
					"response_url": w.newHook(responseHook{user: user, room: id}),
				})
			}
		}
	}
	return out
}

// validate is what Slack checks before it bothers the app. Callers hold mu.
func (w *Workspace) validate(v *View) map[string]string {
	wrong := map[string]string{}
	state := w.stateOf(viewKey(v), v.Blocks)
	for _, b := range flatten(v.Blocks) {
		if str(b, "type") != "input" {
			continue
		}
		id, e := str(b, "block_id"), sub(b, "element")
		value := sub(sub(state, id), str(e, "action_id"))
		field, _, _ := valueField(str(e, "type"))
		if isEmpty(value[field]) {
			if !flagOf(b, "optional") {
				wrong[id] = "Please complete this required field."
			}
			continue
		}
		if text, ok := value[field].(string); ok {
			if problem := wrongText(e, text); problem != "" {
				wrong[id] = problem
			}
		}
	}
	return wrong
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case list:
		return len(v) == 0
	}
	return false
}

// wrongText is the complaint about a typed text, or nothing.
func wrongText(e object, s string) string {
	n := utf8.RuneCountInString(s)
	switch str(e, "type") {
	case "plain_text_input":
		if low, ok := asFloat(e["min_length"]); ok && n < int(low) {
			return fmt.Sprintf("Please enter at least %d characters.", int(low))
		}
		high, ok := asFloat(e["max_length"])
		if !ok {
			high = 3000
		}
		if n > int(high) {
			return fmt.Sprintf("Please enter at most %d characters.", int(high))
		}
	case "number_input":
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || !numeralForm.MatchString(s) {
			return "Please enter a number."
		}
		if !flagOf(e, "is_decimal_allowed") && strings.Contains(s, ".") {
			return "Please enter a whole number."
		}
		if low, err := strconv.ParseFloat(str(e, "min_value"), 64); err == nil && f < low {
			return "Please enter a number of at least " + str(e, "min_value") + "."
		}
		if high, err := strconv.ParseFloat(str(e, "max_value"), 64); err == nil && f > high {
			return "Please enter a number of at most " + str(e, "max_value") + "."
		}
	case "email_text_input":
		if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
			return "Please enter a valid email address."
		}
	case "url_text_input":
		if u, err := url.Parse(s); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return "Please enter a valid URL."
		}
	}
	return ""
}
