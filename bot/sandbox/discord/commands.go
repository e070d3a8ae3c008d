package discord

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// The option types of a command. Source: Discord's page on application commands.
const (
	optionSub         = 1
	optionGroup       = 2
	optionString      = 3
	optionInteger     = 4
	optionBoolean     = 5
	optionUser        = 6
	optionChannel     = 7
	optionRole        = 8
	optionMentionable = 9
	optionNumber      = 10
	optionAttachment  = 11

	createsPerDay = 200
)

// command is one registered application command.
type command struct {
	id, version string
	guild       string // empty for a global one
	body        object // as it was registered
}

func (c *command) name() string { return str(c.body, "name") }

func (c *command) kind() int { return intOr(c.body, "type", 1) }

func (s *Server) commandObject(c *command) object {
	o := object{
		"id": c.id, "application_id": s.o.Application.ID, "version": c.version, "type": c.kind(), "name": c.name(),
		"description": str(c.body, "description"), "default_member_permissions": nil, "nsfw": flag(c.body, "nsfw"),
		"name_localizations": nil, "description_localizations": nil, "contexts": nil, "integration_types": list{0},
	}
	for _, key := range []string{"contexts", "integration_types", "name_localizations", "description_localizations"} {
		if v := c.body[key]; v != nil {
			o[key] = v
		}
	}
	if v := str(c.body, "default_member_permissions"); v != "" {
		o["default_member_permissions"] = v
	}
	if l := items(c.body, "options"); len(l) > 0 {
		o["options"] = l
	}
	if c.guild != "" {
		o["guild_id"] = c.guild
	} else {
		o["dm_permission"] = c.inTalks()
	}
	return o
}

// inTalks says whether a command can be used in the direct talk with the bot.
func (c *command) inTalks() bool {
	if c.guild != "" {
		return false
	}
	if l := items(c.body, "contexts"); l != nil {
		return slices.ContainsFunc(l, func(v any) bool { n, _ := number(v); return n == 1 })
	}
	v, said := c.body["dm_permission"].(bool)
	return !said || v
}

// scope checks the application and guild of a path. Callers hold mu.
func (s *Server) scope(c *call) (string, error) {
	if c.arg("application") != s.o.Application.ID {
		return "", failure{status: http.StatusForbidden, code: 20012, message: "You are not authorized to perform this action on this application"}
	}
	if g := c.arg("guild"); g != "" && g != s.o.Guild.ID {
		return "", refuse(50001)
	}
	return c.arg("guild"), nil
}

func (s *Server) getCommands(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	scope, err := s.scope(c)
	if err != nil {
		return answer{}, err
	}
	return answer{body: s.commandObjects(scope)}, nil
}

func (s *Server) commandObjects(scope string) list {
	out := list{}
	for _, cmd := range s.commands[scope] {
		out = append(out, s.commandObject(cmd))
	}
	return out
}

// overwriteCommands replaces all commands of a scope, or none when one is wrong.
func (s *Server) overwriteCommands(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	scope, err := s.scope(c)
	if err != nil {
		return answer{}, err
	}
	l, ok := c.body[""].(list)
	f := &form{}
	if !ok {
		f.fail("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
		return answer{}, f.err()
	}
	names, counts := map[string]bool{}, map[int]int{}
	for i, o := range f.entries(object{"commands": l}, "", "commands", 0, 130) {
		at := join("", i)
		f.command(o, at)
		key := fmt.Sprint(intOr(o, "type", 1), " ", str(o, "name"))
		if names[key] {
			f.fail(join(at, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
		}
		names[key] = true
		counts[intOr(o, "type", 1)]++
	}
	if err := f.err(); err != nil {
		return answer{}, err
	}
	if counts[1] > 100 || counts[2] > 15 || counts[3] > 15 {
		return answer{}, refuse(30032)
	}
	var next []*command
	for _, o := range asObjects(l) {
		cmd, err := s.upsert(scope, o)
		if err != nil {
			return answer{}, err
		}
		next = append(next, cmd)
	}
	s.commands[scope] = next
	s.touch(change{})
	return answer{body: s.commandObjects(scope)}, nil
}

// upsert makes a command, or a new version of the one with its name. Callers hold mu.
func (s *Server) upsert(scope string, o object) (*command, error) {
	body, _ := dropNulls(clone(o)).(object)
	for _, old := range s.commands[scope] {
		if old.name() != str(o, "name") || old.kind() != intOr(o, "type", 1) {
			continue
		}
		if reflect.DeepEqual(old.body, body) {
			return old, nil
		}
		return &command{id: old.id, version: s.snowflake(), guild: scope, body: body}, nil
	}
	s.gateway.created++
	if s.gateway.created > createsPerDay {
		return nil, refuse(30034)
	}
	id := s.snowflake()
	return &command{id: id, version: id, guild: scope, body: body}, nil
}

// dropNulls drops the fields that a request has set to null: they are as good as absent.
func dropNulls(v any) any {
	switch v := v.(type) {
	case object:
		for k, e := range v {
			if e == nil {
				delete(v, k)
				continue
			}
			dropNulls(e)
		}
	case list:
		for _, e := range v {
			dropNulls(e)
		}
	}
	return v
}

func (s *Server) createCommand(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	scope, err := s.scope(c)
	if err != nil {
		return answer{}, err
	}
	f := &form{}
	f.command(c.body, "")
	if err := f.err(); err != nil {
		return answer{}, err
	}
	cmd, err := s.upsert(scope, c.body)
	if err != nil {
		return answer{}, err
	}
	status := http.StatusCreated
	i := slices.IndexFunc(s.commands[scope], func(o *command) bool { return o.id == cmd.id })
	if i >= 0 {
		s.commands[scope][i], status = cmd, http.StatusOK
	} else {
		s.commands[scope] = append(s.commands[scope], cmd)
	}
	s.touch(change{})
	return answer{status: status, body: s.commandObject(cmd)}, nil
}

func (s *Server) deleteCommand(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	scope, err := s.scope(c)
	if err != nil {
		return answer{}, err
	}
	kept := slices.DeleteFunc(slices.Clone(s.commands[scope]), func(o *command) bool { return o.id == c.arg("command") })
	if len(kept) == len(s.commands[scope]) {
		return answer{}, refuse(10063)
	}
	s.commands[scope] = kept
	s.touch(change{})
	return noContent(), nil
}

var commandName = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

// command checks one command.
func (f *form) command(o object, at string) {
	t := f.whole(o, at, "type", 1, 4, 1)
	f.text(o, at, "name", 1, 32)
	if t != 1 {
		if str(o, "description") != "" {
			f.fail(join(at, "description"), "APPLICATION_COMMAND_DESCRIPTION_INVALID", "Context menu commands cannot have a description")
		}
		return
	}
	f.commandName(o, at)
	f.text(o, at, "description", 1, 100)
	f.localised(o, at)
	f.options(o, at, 0)
	if n := weight(o); n > 8000 {
		f.fail(at, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
	}
	for i, v := range items(o, "contexts") {
		if n, ok := number(v); !ok || n < 0 || n > 2 {
			f.fail(join(join(at, "contexts"), i), "BASE_TYPE_CHOICES", "Value must be one of (0, 1, 2).")
		}
	}
	if v := o["default_member_permissions"]; v != nil {
		if _, ok := number(v); !ok {
			f.fail(join(at, "default_member_permissions"), "BITFIELD_TYPE_CONVERT", "Value is not a valid bitfield.")
		}
	}
}

func (f *form) commandName(o object, at string) {
	name := str(o, "name")
	if name != "" && (!commandName.MatchString(name) || strings.ToLower(name) != name) {
		f.fail(join(at, "name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
	}
}

// localised checks the translations of names and descriptions.
func (f *form) localised(o object, at string) {
	for key, most := range map[string]int{"name_localizations": 32, "description_localizations": 100} {
		for locale := range sub(o, key) {
			f.text(sub(o, key), join(at, key), locale, 1, most)
		}
	}
}

// options checks the options of a command (depth 0), group (1) or subcommand (2).
func (f *form) options(o object, at string, depth int) {
	options := f.entries(o, at, "options", 0, 25)
	names, optional, nested := map[string]bool{}, false, 0
	for i, op := range options {
		in := join(join(at, "options"), i)
		f.text(op, in, "name", 1, 32)
		f.commandName(op, in)
		f.text(op, in, "description", 1, 100)
		f.localised(op, in)
		if names[str(op, "name")] {
			f.fail(join(at, "options"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", fmt.Sprintf("Option name %q already exists", str(op, "name")))
		}
		names[str(op, "name")] = true
		t := f.whole(op, in, "type", 1, 11, 0)
		switch {
		case op["type"] == nil:
			f.fail(join(in, "type"), "BASE_TYPE_REQUIRED", "This field is required")
		case t == optionSub && depth > 1, t == optionGroup && depth > 0:
			f.fail(join(in, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "This option type is not allowed here")
		case t == optionGroup:
			nested++
			f.options(op, in, 1)
		case t == optionSub:
			nested++
			f.options(op, in, 2)
		case depth == 1:
			f.fail(join(in, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "A group contains subcommands only")
		default:
			f.value(op, in, t)
			if flag(op, "required") && optional {
				f.fail(in, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before non-required options")
			}
			optional = optional || !flag(op, "required")
		}
	}
	if nested > 0 && nested < len(options) {
		f.fail(join(at, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command and sub-command group option types are mutually exclusive to all other types")
	}
}

// value checks an option that takes a value: its choices, bounds and completion.
func (f *form) value(op object, at string, t int) {
	choosable := t == optionString || t == optionInteger || t == optionNumber
	choices := f.entries(op, at, "choices", 0, 25)
	if !choosable && (len(choices) > 0 || flag(op, "autocomplete")) {
		f.fail(at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Choices and autocomplete need an option of type string, integer or number")
	}
	if len(choices) > 0 && flag(op, "autocomplete") {
		f.fail(join(at, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", "Autocomplete may not be set to true if choices are present")
	}
	if t == optionString {
		f.whole(op, at, "min_length", 0, 6000, 0)
		f.whole(op, at, "max_length", 1, 6000, 6000)
	}
	f.choices(choices, join(at, "choices"), t)
}

// choices checks the choices of an option of one type, also those of an autocompletion.
func (f *form) choices(choices []object, at string, t int) {
	names := map[string]bool{}
	for i, ch := range choices {
		in := join(at, i)
		name := f.text(ch, in, "name", 1, 100)
		if names[name] {
			f.fail(join(in, "name"), "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", "Option choice name already exists")
		}
		names[name] = true
		_, text := ch["value"].(string)
		_, num := ch["value"].(json.Number)
		switch {
		case ch["value"] == nil:
			f.fail(join(in, "value"), "BASE_TYPE_REQUIRED", "This field is required")
		case t == optionString && !text, t == optionNumber && !num, t == optionInteger && !isWhole(ch["value"]):
			f.fail(join(in, "value"), "APPLICATION_COMMAND_OPTIONS_VALUE_INVALID", "The value does not fit the type of the option")
		case t == optionString:
			f.text(ch, in, "value", 1, 100)
		}
	}
}

func isWhole(v any) bool {
	n, ok := v.(json.Number)
	if !ok {
		return false
	}
	_, err := n.Int64()
	return err == nil
}

// weight is the number of characters in all names, descriptions and values, with the
// longest translation of each.
func weight(o object) int {
	longest := func(key string) int {
		n := len([]rune(str(o, key)))
		for _, v := range sub(o, key+"_localizations") {
			if t, ok := v.(string); ok {
				n = max(n, len([]rune(t)))
			}
		}
		return n
	}
	n := longest("name") + longest("description") + len([]rune(str(o, "value")))
	for _, key := range []string{"options", "choices"} {
		for _, in := range asObjects(items(o, key)) {
			n += weight(in)
		}
	}
	return n
}
