package sandbox

import (
	"regexp"
	"slices"
	"strconv"
)

func selects() []string {
	return []string{"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
}

func multiSelects() []string {
	return []string{
		"multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select",
	}
}

func pickers() []string { return []string{"datepicker", "timepicker", "checkboxes", "radio_buttons"} }

func accessories() []string {
	return slices.Concat([]string{"button", "image", "overflow", "workflow_button"}, pickers(), selects(), multiSelects())
}

func actionElements() []string {
	return slices.Concat(
		[]string{"button", "overflow", "workflow_button", "datetimepicker", "rich_text_input"}, pickers(), selects(), multiSelects())
}

func inputElements() []string {
	return slices.Concat([]string{
		"plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input", "file_input", "datetimepicker",
	}, pickers(), selects(), multiSelects())
}

// interactive says whether a person can press or fill in an element.
func interactive(t string) bool {
	return t == "button" || t == "overflow" || t == "icon_button" || t == "feedback_buttons" || slices.Contains(inputElements(), t)
}

// isElement judges an element of a block; place is the word for the complaint.
func isElement(place string, kinds ...string) rule {
	return func(c *checker, at string, v any) {
		e, ok := v.(object)
		if !ok {
			c.fail(at, "must provide an object")
			return
		}
		t := str(e, "type")
		if !slices.Contains(kinds, t) {
			c.fail(at+"/type", "unsupported type: %s in %s", t, place)
			return
		}
		if t == "image" {
			isImageElement(c, at, v)
			return
		}
		c.props(at, e, append(elementProps(t), need("type", isAnything), may("action_id", isText(1, 255))))
		elementRules(c, at, e)
	}
}

// elementProps lists the fields of each element beside type and action_id.
func elementProps(t string) []prop {
	confirm, focus := may("confirm", isConfirm), may("focus_on_load", isFlag)
	hint := may("placeholder", isPlain(1, 150))
	dispatch := may("dispatch_action_config", isDispatch)
	option := isOption(false, false)
	most := may("max_selected_items", isWhole(1, 1000))
	switch t {
	case "button":
		return buttonProps()
	case "workflow_button":
		return []prop{
			need("text", isPlain(1, 75)), need("workflow", isAnything),
			may("style", isOneOf("primary", "danger")), may("accessibility_label", isText(1, 75)), confirm,
		}
	case "icon_button":
		return []prop{
			need("icon", isText(1, 255)), need("text", isPlain(1, 75)), may("value", isText(0, 2000)), confirm,
			may("accessibility_label", isText(1, 75)), may("visible_to_user_ids", isList(0, 0, isText(1, 255))),
		}
	case "feedback_buttons":
		b := isObject(need("text", isPlain(1, 75)), need("value", isText(1, 2000)), may("accessibility_label", isText(1, 75)))
		return []prop{need("positive_button", b), need("negative_button", b)}
	case "overflow":
		return []prop{need("options", isList(2, 5, isOption(false, true))), confirm}
	case "checkboxes":
		rich := isOption(true, false)
		return []prop{
			need("options", isList(1, 10, rich)), may("initial_options", isList(1, 10, rich)), confirm, focus,
			may("visible_to_user_ids", isList(0, 0, isText(1, 255))),
		}
	case "radio_buttons":
		rich := isOption(true, false)
		return []prop{need("options", isList(1, 10, rich)), may("initial_option", rich), confirm, focus}
	case "datepicker":
		return []prop{may("initial_date", isDate), hint, confirm, focus}
	case "timepicker":
		return []prop{may("initial_time", isClock), may("timezone", isText(1, 255)), hint, confirm, focus}
	case "datetimepicker":
		return []prop{may("initial_date_time", isWhole(1_000_000_000, 9_999_999_999)), confirm, focus}
	case "plain_text_input":
		return []prop{
			may("initial_value", isText(0, 3000)), may("multiline", isFlag), may("min_length", isWhole(0, 3000)),
			may("max_length", isWhole(1, 3000)), dispatch, hint, focus,
		}
	case "number_input":
		return []prop{
			need("is_decimal_allowed", isFlag), may("initial_value", isNumeral), may("min_value", isNumeral),
			may("max_value", isNumeral), dispatch, hint, focus,
		}
	case "email_text_input", "url_text_input":
		return []prop{may("initial_value", isText(0, 3000)), dispatch, hint, focus}
	case "rich_text_input":
		rich := func(c *checker, at string, v any) { c.block(at, v, []string{"rich_text"}) }
		return []prop{
			may("initial_value", rich), may("min_lines", isWhole(1, 100)), may("max_lines", isWhole(1, 100)),
			dispatch, hint, focus,
		}
	case "file_input":
		return []prop{may("filetypes", isList(0, 0, isText(1, 50))), may("max_files", isWhole(1, 10))}
	case "static_select":
		return []prop{
			may("options", isList(1, 100, option)), may("option_groups", isList(1, 100, isOptionGroup)),
			may("initial_option", option), hint, confirm, focus,
		}
	case "multi_static_select":
		return []prop{
			may("options", isList(1, 100, option)), may("option_groups", isList(1, 100, isOptionGroup)),
			may("initial_options", isList(1, 100, option)), most, hint, confirm, focus,
		}
	}
	return listSelectProps(t, []prop{hint, confirm, focus}, most)
}

// listSelectProps are the selects whose options come from the workspace or the app.
func listSelectProps(t string, common []prop, most prop) []prop {
	option, id, ids := isOption(false, false), isText(1, 255), isList(1, 0, isText(1, 255))
	query := may("min_query_length", isWhole(0, 3000))
	filter := may("filter", isFilter)
	here := may("default_to_current_conversation", isFlag)
	hook := may("response_url_enabled", isFlag)
	own := map[string][]prop{
		"external_select":            {may("initial_option", option), query},
		"multi_external_select":      {may("initial_options", isList(1, 100, option)), query, most},
		"users_select":               {may("initial_user", id)},
		"multi_users_select":         {may("initial_users", ids), most},
		"channels_select":            {may("initial_channel", id), hook},
		"multi_channels_select":      {may("initial_channels", ids), most},
		"conversations_select":       {may("initial_conversation", id), filter, here, hook},
		"multi_conversations_select": {may("initial_conversations", ids), filter, here, most},
	}[t]
	return append(own, common...)
}

func buttonProps() []prop {
	return []prop{
		need("text", isPlain(1, 75)), may("value", isText(0, 2000)), may("url", isURL(3000)),
		may("style", isOneOf("primary", "danger")), may("confirm", isConfirm), may("accessibility_label", isText(1, 75)),
		may("agent_prompt", isText(1, 0)), may("agent_prompt_display", isText(1, 0)),
		may("visible_to_user_ids", isList(0, 0, isText(1, 255))),
	}
}

// elementRules are the rules between the fields of an element.
func elementRules(c *checker, at string, e object) {
	switch str(e, "type") {
	case "static_select", "multi_static_select":
		if (e["options"] == nil) == (e["option_groups"] == nil) {
			c.fail(at, "must provide one of options and option_groups")
			return
		}
	case "checkboxes", "radio_buttons":
	case "plain_text_input":
		low, okLow := asFloat(e["min_length"])
		high, okHigh := asFloat(e["max_length"])
		if okLow && okHigh && low > high {
			c.fail(at+"/min_length", "must not be greater than max_length")
		}
		return
	case "number_input":
		low, errLow := strconv.ParseFloat(str(e, "min_value"), 64)
		high, errHigh := strconv.ParseFloat(str(e, "max_value"), 64)
		if errLow == nil && errHigh == nil && low > high {
			c.fail(at+"/min_value", "must not be greater than max_value")
		}
		return
	default:
		return
	}
	initial, _ := e["initial_options"].(list)
	if o := e["initial_option"]; o != nil {
		initial = append(initial, o)
	}
	all := optionsOf(e)
	for _, o := range initial {
		io, _ := o.(object)
		if !slices.ContainsFunc(all, func(a object) bool { return sameOption(a, io) }) {
			c.fail(at, "initial option must match one of the options: %s", str(io, "value"))
		}
	}
}

func sameOption(a, b object) bool {
	return str(a, "value") == str(b, "value") && str(sub(a, "text"), "text") == str(sub(b, "text"), "text")
}

// optionsOf lists the options of an element, groups laid flat.
func optionsOf(e object) []object {
	var out []object
	take := func(v any) {
		l, _ := v.(list)
		for _, o := range l {
			if oo, ok := o.(object); ok {
				out = append(out, oo)
			}
		}
	}
	take(e["options"])
	groups, _ := e["option_groups"].(list)
	for _, g := range groups {
		if go_, ok := g.(object); ok {
			take(go_["options"])
		}
	}
	return out
}

func isDispatch(c *checker, at string, v any) {
	isObject(need("trigger_actions_on", isList(1, 2, isOneOf("on_enter_pressed", "on_character_entered"))))(c, at, v)
}

func isFilter(c *checker, at string, v any) {
	isObject(
		may("include", isList(1, 4, isOneOf("im", "mpim", "private", "public"))),
		may("exclude_external_shared_channels", isFlag), may("exclude_bot_users", isFlag),
	)(c, at, v)
	if o, ok := v.(object); ok && len(o) == 0 {
		c.fail(at, "must provide at least one filter")
	}
}

var (
	dateForm    = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)
	clockForm   = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)
	numeralForm = regexp.MustCompile(`^-?\d+(\.\d+)?$`)
)

func isDate(c *checker, at string, v any) {
	if s, ok := v.(string); !ok || !dateForm.MatchString(s) {
		c.fail(at, "must be a date in the form YYYY-MM-DD")
	}
}

func isClock(c *checker, at string, v any) {
	if s, ok := v.(string); !ok || !clockForm.MatchString(s) {
		c.fail(at, "must be a time in the form HH:mm")
	}
}

func isNumeral(c *checker, at string, v any) {
	s, ok := v.(string)
	if _, err := strconv.ParseFloat(s, 64); !ok || err != nil || !numeralForm.MatchString(s) {
		c.fail(at, "must be a number in a string")
	}
}
