package sandbox

import (
	"slices"
	"strconv"
	"strings"
)

// formState is what people have chosen so far in the Slack shape of state.values:
// block id, action id, value object.
type formState map[string]map[string]object

// Fill is what a person puts into a form: block id (or "block id/action id" where a
// block has several elements) to what was typed or chosen. A text, number or date
// is one string, a select the value of its option or the id of a person or channel.
type Fill map[string][]string

func viewKey(v *View) string                 { return "v:" + v.ID }
func messageKey(m *Message, u string) string { return "m:" + m.Channel + ":" + m.TS + ":" + u }

// stateful says whether an element has a value of its own in state.values.
func stateful(t string) bool { return slices.Contains(inputElements(), t) }

// stateOf returns the state of all inputs of some blocks: what was chosen, or the
// initial value. Callers hold mu.
func (w *Workspace) stateOf(key string, blocks list) object {
	out := object{}
	for _, b := range flatten(blocks) {
		values := object{}
		for _, e := range elementsOf(b) {
			if !stateful(str(e, "type")) {
				continue
			}
			v := w.values[key][str(b, "block_id")][str(e, "action_id")]
			if v == nil || v["type"] != e["type"] {
				v = initialValue(e)
			}
			values[str(e, "action_id")] = v
		}
		if len(values) > 0 {
			out[str(b, "block_id")] = values
		}
	}
	return out
}

// keepValues drops the values of elements that are no longer there. What stays
// under the same block and action id keeps what the person has put in.
func (w *Workspace) keepValues(key string, blocks list) {
	old := w.values[key]
	if old == nil {
		return
	}
	kept := formState{}
	for _, b := range flatten(blocks) {
		for _, e := range elementsOf(b) {
			bid, aid := str(b, "block_id"), str(e, "action_id")
			if v := old[bid][aid]; v != nil && v["type"] == e["type"] {
				kept.set(bid, aid, v)
			}
		}
	}
	w.values[key] = kept
}

func (s formState) set(block, action string, v object) {
	if s[block] == nil {
		s[block] = map[string]object{}
	}
	s[block][action] = v
}

// initialValue is the state of an element that nobody has touched.
func initialValue(e object) object {
	t := str(e, "type")
	field, initial, empty := valueField(t)
	v := object{"type": t, field: empty}
	if i := e[initial]; i != nil {
		v[field] = i
	}
	return v
}

// valueField names, for each element, the field of its value in the state, the
// field of its initial value in the block, and what stands there when it is empty.
func valueField(t string) (field, initial string, empty any) {
	switch t {
	case "plain_text_input", "number_input", "email_text_input", "url_text_input":
		return "value", "initial_value", nil
	case "rich_text_input":
		return "rich_text_value", "initial_value", nil
	case "static_select", "external_select", "radio_buttons":
		return "selected_option", "initial_option", nil
	case "multi_static_select", "multi_external_select", "checkboxes":
		return "selected_options", "initial_options", list{}
	case "users_select":
		return "selected_user", "initial_user", nil
	case "multi_users_select":
		return "selected_users", "initial_users", list{}
	case "channels_select":
		return "selected_channel", "initial_channel", nil
	case "multi_channels_select":
		return "selected_channels", "initial_channels", list{}
	case "conversations_select":
		return "selected_conversation", "initial_conversation", nil
	case "multi_conversations_select":
		return "selected_conversations", "initial_conversations", list{}
	case "datepicker":
		return "selected_date", "initial_date", nil
	case "timepicker":
		return "selected_time", "initial_time", nil
	case "datetimepicker":
		return "selected_date_time", "initial_date_time", nil
	case "file_input":
		return "files", "", list{}
	}
	return "value", "", nil
}

// chosen turns what a person typed or picked into the Slack value of an element.
// Callers hold mu.
func (w *Workspace) chosen(key, block string, e object, values []string) (object, error) {
	t := str(e, "type")
	field, _, empty := valueField(t)
	v := object{"type": t, field: empty}
	values = slices.DeleteFunc(slices.Clone(values), func(s string) bool { return s == "" })
	if len(values) == 0 {
		return v, nil
	}
	many := empty != nil
	if !many && len(values) > 1 {
		return nil, Notice("Only one value can be chosen here.")
	}
	if n, ok := asFloat(e["max_selected_items"]); ok && len(values) > int(n) {
		return nil, Notice("You can choose at most " + strconv.Itoa(int(n)) + ".")
	}
	items := list{}
	for _, s := range values {
		item, err := w.chosenItem(key, block, e, s)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	if many {
		v[field] = items
	} else {
		v[field] = items[0]
	}
	return v, nil
}

func (w *Workspace) chosenItem(key, block string, e object, s string) (any, error) {
	switch t := str(e, "type"); t {
	case "static_select", "multi_static_select", "radio_buttons", "checkboxes", "overflow":
		for _, o := range optionsOf(e) {
			if str(o, "value") == s {
				return o, nil
			}
		}
		return nil, Notice("There is no option " + s + ".")
	case "external_select", "multi_external_select":
		if o := w.offers[key+"/"+block+"/"+str(e, "action_id")][s]; o != nil {
			return o, nil
		}
		if o := sub(e, "initial_option"); str(o, "value") == s {
			return o, nil
		}
		return nil, Notice("The app has not offered " + s + ".")
	case "users_select", "multi_users_select":
		if w.users[s] == nil {
			return nil, Notice("There is no person " + s + ".")
		}
	case "channels_select", "multi_channels_select", "conversations_select", "multi_conversations_select":
		if w.rooms[s] == nil {
			return nil, Notice("There is no conversation " + s + ".")
		}
	case "datepicker":
		if !dateForm.MatchString(s) {
			return nil, Notice("That is not a date.")
		}
	case "timepicker":
		if !clockForm.MatchString(s) {
			return nil, Notice("That is not a time.")
		}
	case "datetimepicker":
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, Notice("That is not a date and time.")
		}
		return n, nil
	case "rich_text_input":
		return object{"type": "rich_text", "elements": list{object{
			"type": "rich_text_section", "elements": list{object{"type": "text", "text": s}},
		}}}, nil
	}
	return s, nil
}

// apply puts a Fill into the state of some blocks. Callers hold mu.
func (w *Workspace) apply(key string, blocks list, f Fill) error {
	for _, name := range sortedKeys(f) {
		b, e := locate(blocks, name)
		if e == nil {
			return Notice("There is no field " + name + ".")
		}
		v, err := w.chosen(key, str(b, "block_id"), e, f[name])
		if err != nil {
			return err
		}
		w.setValue(key, str(b, "block_id"), str(e, "action_id"), v)
	}
	return nil
}

func (w *Workspace) setValue(key, block, action string, v object) {
	if w.values[key] == nil {
		w.values[key] = formState{}
	}
	w.values[key].set(block, action, v)
}

// locate finds the element that a Fill's key names.
func locate(blocks list, name string) (block, element object) {
	i := strings.LastIndex(name, "/")
	for _, b := range flatten(blocks) {
		for _, e := range elementsOf(b) {
			if !stateful(str(e, "type")) {
				continue
			}
			id := str(b, "block_id")
			if id == name || (i >= 0 && id == name[:i] && str(e, "action_id") == name[i+1:]) {
				return b, e
			}
		}
	}
	return nil, nil
}
