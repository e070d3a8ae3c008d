package discord

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// visible lists the commands that a person can use in a channel. Callers hold mu.
func (s *Server) visible(user string, ch *channel) []*command {
	var out []*command
	if ch.Kind != DirectTalk {
		out = append(out, s.commands[s.o.Guild.ID]...)
	}
	for _, cmd := range s.commands[""] {
		shadowed := slices.ContainsFunc(out, func(o *command) bool { return o.name() == cmd.name() && o.kind() == cmd.kind() })
		if !shadowed && (ch.Kind != DirectTalk || cmd.inTalks()) {
			out = append(out, cmd)
		}
	}
	return slices.DeleteFunc(slices.Clone(out), func(cmd *command) bool {
		needed, limited := number(cmd.body["default_member_permissions"])
		if !limited || ch.Kind == DirectTalk {
			return false
		}
		have := s.permissions(user, ch)
		return needed == 0 && have != allPermissions || !have.has(Permission(needed)) //nolint:gosec // never negative
	})
}

// lookUp finds a slash command by its line and returns the way down to the subcommand
// and the options there. Callers hold mu.
func (s *Server) lookUp(user string, ch *channel, line string) (*command, []string, []object, error) {
	path := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "/"))
	unknown := Notice("There is no command " + line + ".")
	if len(path) == 0 {
		return nil, nil, nil, unknown
	}
	if ch.Kind != DirectTalk && !s.permissions(user, ch).has(UseCommands) {
		return nil, nil, nil, Notice("You do not have permission to use commands in this channel.")
	}
	for _, cmd := range s.visible(user, ch) {
		if cmd.name() != path[0] || cmd.kind() != 1 {
			continue
		}
		options := asObjects(items(cmd.body, "options"))
		for _, step := range path[1:] {
			i := slices.IndexFunc(options, func(o object) bool { return str(o, "name") == step && kind(o) <= optionGroup })
			if i < 0 {
				return nil, nil, nil, unknown
			}
			options = asObjects(items(options[i], "options"))
		}
		if len(options) > 0 && kind(options[0]) <= optionGroup {
			return nil, nil, nil, unknown // a command with subcommands cannot be used itself
		}
		return cmd, path, options, nil
	}
	return nil, nil, nil, unknown
}

// commandData is the data of a command interaction. Callers hold mu.
func (s *Server) commandData(cmd *command, path []string, filled list, resolved object) object {
	for i := len(path) - 1; i > 0; i-- {
		t := optionSub
		if i == 1 && len(path) == 3 {
			t = optionGroup
		}
		o := object{"name": path[i], "type": t}
		if len(filled) > 0 || t == optionSub {
			o["options"] = nonNil(filled)
		}
		filled = list{o}
	}
	data := object{"id": cmd.id, "name": cmd.name(), "type": cmd.kind()}
	if len(filled) > 0 {
		data["options"] = filled
	}
	if cmd.guild != "" {
		data["guild_id"] = cmd.guild
	}
	if len(resolved) > 0 {
		data["resolved"] = resolved
	}
	return data
}

// fillOptions turns what a person typed into options with values of the right type.
// While an option is being completed the rest may be missing and the focused one
// unfinished. Callers hold mu.
func (s *Server) fillOptions(options []object, values Values, focused string) (list, object, error) {
	out, ids, resolved := list{}, []string{}, object{}
	for _, op := range options {
		name := str(op, "name")
		v, given := values[name]
		if !given && name != focused {
			if flag(op, "required") && focused == "" {
				return nil, nil, Notice("The option " + name + " is required. Specify a value.")
			}
			continue
		}
		o := object{"name": name, "type": kind(op), "value": v}
		if name == focused {
			o["focused"] = true
		} else {
			value, err := s.optionValue(op, v)
			if err != nil {
				return nil, nil, err
			}
			o["value"] = value
		}
		if t := kind(op); t == optionUser || t == optionChannel || t == optionRole || t == optionMentionable {
			ids = append(ids, v)
		}
		out = append(out, o)
	}
	for name := range values {
		if !slices.ContainsFunc(options, func(o object) bool { return str(o, "name") == name }) {
			return nil, nil, Notice("There is no option " + name + ".")
		}
	}
	if len(ids) > 0 {
		resolved = s.resolve(kindAnySelect, ids)
	}
	return out, resolved, nil
}

// optionValue checks a value as Discord's own client does. Callers hold mu.
func (s *Server) optionValue(op object, v string) (any, error) {
	name := str(op, "name")
	wrong := func(why string) error { return Notice("The option " + name + " " + why) }
	choices := asObjects(items(op, "choices"))
	if len(choices) > 0 {
		for _, c := range choices {
			if str(c, "value") == v || str(c, "name") == v {
				return c["value"], nil
			}
		}
		return nil, wrong("has no choice " + v + ".")
	}
	switch kind(op) {
	case optionString:
		n := len([]rune(v))
		if n < intOr(op, "min_length", 0) || n > intOr(op, "max_length", 6000) {
			return nil, wrong("has the wrong length.")
		}
		return v, nil
	case optionInteger, optionNumber:
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || kind(op) == optionInteger && !isWhole(json.Number(v)) {
			return nil, wrong("needs a number.")
		}
		for key, bad := range map[string]func(float64) bool{
			"min_value": func(b float64) bool { return f < b }, "max_value": func(b float64) bool { return f > b },
		} {
			if b, err := strconv.ParseFloat(str(op, key), 64); err == nil && bad(b) {
				return nil, wrong("is out of range.")
			}
		}
		return json.Number(v), nil
	case optionBoolean:
		if v != "true" && v != "false" {
			return nil, wrong("is true or false.")
		}
		return v == "true", nil
	case optionUser, optionMentionable:
		if s.users[v] == nil && (kind(op) == optionUser || s.role(v) == nil) {
			return nil, wrong("needs a person.")
		}
	case optionChannel:
		if s.channels[v] == nil {
			return nil, wrong("needs a channel.")
		}
	case optionRole:
		if s.role(v) == nil {
			return nil, wrong("needs a role.")
		}
	}
	return v, nil
}
