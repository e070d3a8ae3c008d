package slack

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"liaison/bot"
)

// Limits of an app manifest, from Slack's schema.
const (
	maxCommands    = 50
	maxCommandName = 32
	maxCommandHelp = 2000
	maxUsageHint   = 1000
)

// ManifestOptions say how the app is to be installed. The zero value is Socket Mode, which needs no address.
type ManifestOptions struct {
	// URL is the public base of the desk ("https://desk.example"): then Slack sends over HTTP.
	URL string
}

// scopes is what the desk may do in a workspace, each with the reason why it cannot do without.
func scopes() [][2]string {
	return [][2]string{
		{"commands", "/seller, /match and the other commands."},
		{"chat:write", "Cards, digests and reminders, where the desk is a member."},
		{"channels:join", "To post into a public channel that an admin subscribed without inviting the desk first."},
		{"channels:history", "To hear what staff answer in the thread of a question, and, after a post with an unknown outcome, to look whether it arrived before posting it again."},
		{"groups:history", "The same in private channels to which the desk was invited."},
		{"users:read", "A person's time zone and display name, for their digest."},
	}
}

// manifest has the fields of Slack's manifest that the desk uses, in the order in which people read them. The SDK's type
// leaves false out, and a manifest should say what is off.
type manifest struct {
	Metadata struct {
		Major int `yaml:"major_version"`
		Minor int `yaml:"minor_version"`
	} `yaml:"_metadata"`
	Display struct {
		Name        string `yaml:"name"`
		Description string `yaml:"description"`
		Long        string `yaml:"long_description"`
		Color       string `yaml:"background_color"`
	} `yaml:"display_information"`
	Features struct {
		Home struct {
			HomeTab  bool `yaml:"home_tab_enabled"`
			Messages bool `yaml:"messages_tab_enabled"`
			ReadOnly bool `yaml:"messages_tab_read_only_enabled"`
		} `yaml:"app_home"`
		Bot struct {
			Name   string `yaml:"display_name"`
			Online bool   `yaml:"always_online"`
		} `yaml:"bot_user"`
		Commands []manifestCommand `yaml:"slash_commands"`
	} `yaml:"features"`
	OAuth struct {
		Scopes struct {
			Bot yaml.Node `yaml:"bot"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		Events struct {
			URL    string   `yaml:"request_url,omitempty"`
			Events []string `yaml:"bot_events"`
		} `yaml:"event_subscriptions"`
		Interactivity struct {
			Enabled bool   `yaml:"is_enabled"`
			URL     string `yaml:"request_url,omitempty"`
			Options string `yaml:"message_menu_options_url,omitempty"`
		} `yaml:"interactivity"`
		OrgDeploy     bool `yaml:"org_deploy_enabled"`
		SocketMode    bool `yaml:"socket_mode_enabled"`
		TokenRotation bool `yaml:"token_rotation_enabled"`
	} `yaml:"settings"`
}

type manifestCommand struct {
	Command     string `yaml:"command"`
	URL         string `yaml:"url,omitempty"`
	Description string `yaml:"description"`
	Hint        string `yaml:"usage_hint,omitempty"`
	Escape      bool   `yaml:"should_escape"`
}

// Manifest is the Slack app as Slack wants it, in YAML: the slash commands are the first words of the desk's commands.
func Manifest(commands []bot.Command, o ManifestOptions) ([]byte, error) {
	var m manifest
	m.Metadata.Major, m.Metadata.Minor = 1, 1
	m.Display.Name = "Liaison"
	m.Display.Description = "The desk of a TikTok Shop partner agency: sellers, creators, campaigns, payouts and cases"
	m.Display.Long = "Liaison keeps the records of a TikTok Shop partner agency between its people and the Partner Center. " +
		"It onboards sellers, proposes which creators should work with whom, turns settled orders into payouts that people approve, " +
		"watches deadlines and violations, and says so in the right channel at the right time. " +
		"It runs on your own machine; what it knows stays there."
	m.Display.Color = "#1f2a44"
	m.Features.Home.HomeTab = true
	m.Features.Home.Messages = true  // direct messages of the desk land there
	m.Features.Home.ReadOnly = false // else nobody could type a command there
	m.Features.Bot.Name, m.Features.Bot.Online = "Liaison", true
	var err error
	if m.Features.Commands, err = slashCommands(commands); err != nil {
		return nil, err
	}
	m.OAuth.Scopes.Bot = scopeNode()
	m.Settings.Events.Events = []string{"app_home_opened", "message.channels", "message.groups"}
	m.Settings.Interactivity.Enabled = true
	m.Settings.SocketMode = o.URL == ""
	if o.URL != "" {
		m.overHTTP(strings.TrimSuffix(o.URL, "/") + "/slack/")
	}
	var out bytes.Buffer
	out.WriteString("# The Slack app of this desk, made from its commands by `go run . manifest`: do not edit it by hand.\n")
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(m), enc.Close()); err != nil {
		return nil, fmt.Errorf("writing the manifest: %w", err)
	}
	return out.Bytes(), nil
}

func (m *manifest) overHTTP(base string) {
	for i := range m.Features.Commands {
		m.Features.Commands[i].URL = base + "commands"
	}
	m.Settings.Events.URL = base + "events"
	m.Settings.Interactivity.URL = base + "interactions"
	m.Settings.Interactivity.Options = base + "options"
}

func scopeNode() yaml.Node {
	n := yaml.Node{Kind: yaml.SequenceNode}
	for _, s := range scopes() {
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: s[0], HeadComment: s[1]})
	}
	return n
}

// slacksOwn are words that Slack keeps for itself: an app that asks for them is refused, or never hears them. What they lead
// to is also a button.
var slacksOwn = []string{"me"}

// slashCommands makes one command of every first word. Its actions are its hint, and the summaries its description.
func slashCommands(commands []bot.Command) ([]manifestCommand, error) {
	var all []manifestCommand
	for _, c := range commands {
		if c.Unlisted {
			continue
		}
		word, action, _ := strings.Cut(c.Name, " ")
		if slices.Contains(slacksOwn, word) {
			continue
		}
		i := slices.IndexFunc(all, func(m manifestCommand) bool { return m.Command == "/"+word })
		if i < 0 {
			i = len(all)
			all = append(all, manifestCommand{Command: "/" + word, Escape: true})
		}
		hint := strings.TrimSpace(action)
		if action == "" {
			hint = c.Usage
		}
		all[i].Hint = joined(all[i].Hint, " | ", hint)
		all[i].Description = joined(all[i].Description, "; ", strings.TrimSpace(action+": "+c.Summary))
		if action == "" {
			all[i].Description = c.Summary
		}
	}
	slices.SortFunc(all, func(a, b manifestCommand) int { return strings.Compare(a.Command, b.Command) })
	for i, c := range all {
		all[i].Description = bot.Squeeze(orElse(c.Description, "The desk"), maxCommandHelp)
		all[i].Hint = bot.Squeeze(c.Hint, maxUsageHint)
		if bot.Size(c.Command) > maxCommandName {
			return nil, fmt.Errorf("the command %s is longer than the %d characters that Slack takes", c.Command, maxCommandName)
		}
	}
	if len(all) > maxCommands {
		return nil, fmt.Errorf("%d slash commands are more than the %d that Slack takes", len(all), maxCommands)
	}
	return all, nil
}

func joined(list, between, more string) string {
	if list == "" || more == "" {
		return list + more
	}
	return list + between + more
}
