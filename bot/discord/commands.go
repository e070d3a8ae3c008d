package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"liaison/bot"
)

// The kinds of option, by Discord's numbers.
const (
	optionSub    = 1
	optionString = 3
	optionUser   = 6
)

// Where a command is offered: in the server, and in direct messages with the bot.
const (
	inGuild    = 0
	inMessages = 1
)

// textOption is the rest of the line, for commands whose words are not told apart.
const textOption = "text"

// command is a command as Discord registers it. Only these fields are compared with what is registered.
type command struct {
	Name        string          `json:"name"`
	Type        int             `json:"type"`
	Description string          `json:"description"`
	Options     []commandOption `json:"options,omitempty"`
	Permissions *bits           `json:"default_member_permissions"`
	Contexts    []int           `json:"contexts,omitempty"`
}

// bits is a set of permissions: Discord takes a number and gives it back in quotation marks.
type bits int64

// UnmarshalJSON reads either.
func (b *bits) UnmarshalJSON(data []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(data), `"`), 10, 64)
	*b = bits(n)
	return err
}

type commandOption struct {
	Type         int             `json:"type"`
	Name         string          `json:"name"`
	Description  string          `json:"description"`
	Required     bool            `json:"required,omitempty"`
	Choices      []commandChoice `json:"choices,omitempty"`
	Options      []commandOption `json:"options,omitempty"`
	Autocomplete bool            `json:"autocomplete,omitempty"`
}

type commandChoice struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

var commandName = regexp.MustCompile(`^[-_a-z0-9]{1,32}$`)

// registered turns the list of commands into Discord's: a feature is a command and its actions are subcommands. What only
// staff may do is not offered to members until an administrator of the server says to whom, nor in direct messages, where
// Discord knows no roles; the desk checks rights by itself all the same.
func registered(all []bot.Command) ([]command, error) {
	var list []command
	for _, c := range all {
		if c.Unlisted {
			continue
		}
		feature, action, _ := strings.Cut(c.Name, " ")
		options, err := optionsOf(c)
		if err != nil {
			return nil, fmt.Errorf("the command “%s”: %w", c.Name, err)
		}
		at := slices.IndexFunc(list, func(one command) bool { return one.Name == feature })
		if at < 0 {
			at = len(list)
			nobody := bits(0)
			list = append(list, command{Name: feature, Type: 1, Permissions: &nobody, Contexts: []int{inGuild}})
		}
		if c.Right.Outside() {
			list[at].Permissions, list[at].Contexts = nil, []int{inGuild, inMessages}
		}
		if action == "" && !hasActions(all, feature) {
			list[at].Description, list[at].Options = bot.Squeeze(orElse(bot.OneLine(c.Summary), c.Name), maxDescription), options
			continue
		}
		list[at].Description = bot.Squeeze(upper(feature)+": "+actions(all, feature), maxDescription)
		list[at].Options = append(list[at].Options, commandOption{Type: optionSub, Name: orElse(action, feature),
			Description: bot.Squeeze(orElse(bot.OneLine(c.Summary), c.Name), maxDescription), Options: options})
	}
	return list, check(list)
}

func hasActions(all []bot.Command, feature string) bool {
	return slices.ContainsFunc(all, func(c bot.Command) bool { return !c.Unlisted && strings.HasPrefix(c.Name, feature+" ") })
}

func actions(all []bot.Command, feature string) string {
	var words []string
	for _, c := range all {
		if first, action, ok := strings.Cut(c.Name, " "); ok && first == feature && !c.Unlisted {
			words = append(words, action)
		}
	}
	return strings.Join(words, ", ")
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// argumentsOf is what a command asks for: its arguments, or one line of text.
func argumentsOf(c bot.Command) []bot.Argument {
	if len(c.Args) == 0 && c.Usage != "" {
		return []bot.Argument{{Name: textOption, Summary: bot.Squeeze(c.Usage, maxDescription), Kind: bot.Rest, Optional: true}}
	}
	return c.Args
}

func optionsOf(c bot.Command) ([]commandOption, error) {
	var needed, optional []commandOption // Discord wants them in this order
	for _, a := range argumentsOf(c) {
		o := commandOption{Type: optionString, Name: a.Name, Description: bot.Squeeze(orElse(bot.OneLine(a.Summary), a.Name), maxDescription),
			Required: !a.Optional, Autocomplete: a.Suggests && c.Suggest != nil && len(a.Options) == 0}
		if a.Person {
			o.Type, o.Autocomplete = optionUser, false
		}
		if len(a.Options) > maxChoices {
			return nil, fmt.Errorf("“%s” has %d choices, and Discord shows %d", a.Name, len(a.Options), maxChoices)
		}
		for _, choice := range a.Options {
			o.Choices = append(o.Choices, commandChoice{Name: bot.Squeeze(bot.OneLine(choice.Label), maxOption), Value: choice.Value})
		}
		if a.Optional {
			optional = append(optional, o)
		} else {
			needed = append(needed, o)
		}
	}
	return append(needed, optional...), nil
}

// check says in our words what Discord would refuse: the whole list falls with one bad command.
func check(list []command) error {
	for _, c := range list {
		words := bot.Size(c.Name) + bot.Size(c.Description)
		var walk func(options []commandOption) error
		walk = func(options []commandOption) error {
			if len(options) > maxCommandOptions {
				return fmt.Errorf("the command “%s” has %d options or actions, and Discord takes %d", c.Name, len(options), maxCommandOptions)
			}
			seen := map[string]bool{}
			for _, o := range options {
				if !commandName.MatchString(o.Name) || seen[o.Name] {
					return fmt.Errorf("“%s” of the command “%s” is there twice or is no name of small letters", o.Name, c.Name)
				}
				seen[o.Name] = true
				words += bot.Size(o.Name) + bot.Size(o.Description)
				for _, choice := range o.Choices {
					words += bot.Size(choice.Name) + bot.Size(choice.Value)
				}
				if err := walk(o.Options); err != nil {
					return err
				}
			}
			return nil
		}
		if !commandName.MatchString(c.Name) {
			return fmt.Errorf("“%s” is no name of at most %d small letters", c.Name, maxCommandName)
		}
		if err := walk(c.Options); err != nil {
			return err
		}
		if words > maxCommandText {
			return fmt.Errorf("the command “%s” has %d characters in all, and Discord takes %d", c.Name, words, maxCommandText)
		}
	}
	return nil
}

// register makes Discord's list of commands ours. It is written only when it differs, since Discord counts and every client
// of the server has to load it anew. The other list (of the server, or of all servers) is emptied, or each command would
// be offered twice.
func (p *Platform) register(ctx context.Context) error {
	list, err := registered(p.cfg.Commands)
	if err != nil || len(list) == 0 {
		return err
	}
	everywhere := "applications/" + p.cfg.ApplicationID + "/commands"
	here := "applications/" + p.cfg.ApplicationID + "/guilds/" + p.cfg.GuildID + "/commands"
	ours, other := everywhere, here
	if p.cfg.GuildCommands {
		ours, other = here, everywhere
		for i := range list {
			list[i].Contexts = nil // a server's own commands are offered nowhere else
		}
	}
	return errors.Join(p.overwrite(ctx, ours, list), p.overwrite(ctx, other, nil))
}

func (p *Platform) overwrite(ctx context.Context, path string, want []command) error {
	var have []command
	if err := p.api.call(ctx, request{method: "GET", path: path, bucket: path}, &have); err != nil {
		return fmt.Errorf("reading the commands: %w", scrub(err))
	}
	if sameCommands(have, want) {
		return nil
	}
	if err := p.api.call(ctx, request{method: "PUT", path: path, bucket: path, body: append([]command{}, want...)}, nil); err != nil {
		return fmt.Errorf("registering the commands: %w", scrub(err))
	}
	p.log.Info("the list of commands was written anew", "commands", len(want), "before", len(have))
	return nil
}

// sameCommands compares what matters to us, in whatever order Discord gives it.
func sameCommands(have, want []command) bool {
	canonical := func(list []command) string {
		list = append([]command{}, list...)
		slices.SortFunc(list, func(a, b command) int { return strings.Compare(a.Name, b.Name) })
		for i := range list {
			list[i].Contexts = slices.Clone(list[i].Contexts)
			slices.Sort(list[i].Contexts)
		}
		data, err := json.Marshal(list)
		if err != nil {
			return err.Error()
		}
		return string(data)
	}
	return canonical(have) == canonical(want)
}

// typed puts what was chosen in options together as the line that somebody would have typed.
func (p *Platform) typed(d wireData) (name, line string, focused wireOption) {
	name = strings.ToLower(d.Name)
	options := d.Options
	if len(options) == 1 && options[0].Type == optionSub {
		name, options = name+" "+options[0].Name, options[0].Options
	}
	at := slices.IndexFunc(p.cfg.Commands, func(c bot.Command) bool { return c.Name == name })
	if feature, action, _ := strings.Cut(name, " "); at < 0 && feature == action {
		name = feature // a feature that is a command itself and has actions too
		at = slices.IndexFunc(p.cfg.Commands, func(c bot.Command) bool { return c.Name == name })
	}
	values := map[string]string{}
	for _, o := range options {
		value := bot.Clean(optionText(o))
		if o.Type == optionUser {
			value = mention(value, d.Resolved.Users[value].name())
		}
		values[o.Name] = value
		if o.Focused {
			focused = o
		}
	}
	args := []bot.Argument{{Name: textOption, Kind: bot.Rest}}
	if at >= 0 {
		args = argumentsOf(p.cfg.Commands[at])
	}
	return name, bot.TypedLine(args, values), focused
}

// mention is a person as the desk writes them in a line.
func mention(user, name string) string {
	name = bot.OneLine(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>|"“”=`, r) {
			return ' '
		}
		return r
	}, name))
	if name == "" {
		return "<@" + user + ">"
	}
	return "<@" + user + "|" + name + ">"
}

// optionText is the value of an option, whatever its kind.
func optionText(o wireOption) string {
	var s string
	if json.Unmarshal(o.Value, &s) == nil {
		return s
	}
	return strings.TrimSpace(string(o.Value))
}

// CheckCommands says what Discord would refuse in a list of commands; one bad command refuses them all.
func CheckCommands(all []bot.Command) error {
	_, err := registered(all)
	return err
}
