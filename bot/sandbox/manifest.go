package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// manifest is the part of an app manifest that changes how Slack behaves.
type manifest struct {
	Display struct {
		Name        string `yaml:"name"`
		Description string `yaml:"description"`
	} `yaml:"display_information"`
	Features struct {
		BotUser *struct {
			DisplayName string `yaml:"display_name"`
		} `yaml:"bot_user"`
		AppHome struct {
			Home     *bool `yaml:"home_tab_enabled"`
			Messages *bool `yaml:"messages_tab_enabled"`
			ReadOnly bool  `yaml:"messages_tab_read_only_enabled"`
		} `yaml:"app_home"`
		SlashCommands []slashCommand `yaml:"slash_commands"`
	} `yaml:"features"`
	OAuth struct {
		Scopes struct {
			Bot []string `yaml:"bot"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		Events struct {
			Bot []string `yaml:"bot_events"`
		} `yaml:"event_subscriptions"`
		Interactivity struct {
			Enabled bool `yaml:"is_enabled"`
		} `yaml:"interactivity"`
		SocketMode bool `yaml:"socket_mode_enabled"`
	} `yaml:"settings"`
}

type slashCommand struct {
	Command      string `yaml:"command"`
	Description  string `yaml:"description"`
	UsageHint    string `yaml:"usage_hint"`
	ShouldEscape bool   `yaml:"should_escape"`
}

func parseManifest(raw []byte) (manifest, error) {
	var m manifest
	if len(raw) == 0 {
		return m, errors.New("an app manifest is needed")
	}
	if err := yaml.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("reading the app manifest: %w", err)
	}
	if m.Display.Name == "" {
		return m, errors.New("the app manifest has no display_information.name")
	}
	seen := map[string]bool{}
	for _, c := range m.Features.SlashCommands {
		if !strings.HasPrefix(c.Command, "/") || len(c.Command) > 32 || c.Description == "" {
			return m, fmt.Errorf("slash command %q needs a leading slash, at most 32 characters and a description", c.Command)
		}
		if seen[c.Command] {
			return m, fmt.Errorf("slash command %s is listed twice", c.Command)
		}
		seen[c.Command] = true
	}
	if len(seen) > 50 {
		return m, fmt.Errorf("%d slash commands: an app may have 50", len(seen))
	}
	return m, nil
}

func (m manifest) botName() string {
	if b := m.Features.BotUser; b != nil && b.DisplayName != "" {
		return b.DisplayName
	}
	return m.Display.Name
}

func (m manifest) command(name string) (slashCommand, bool) {
	i := slices.IndexFunc(m.Features.SlashCommands, func(c slashCommand) bool { return c.Command == name })
	if i < 0 {
		return slashCommand{}, false
	}
	return m.Features.SlashCommands[i], true
}

func (m manifest) subscribed(event string) bool { return slices.Contains(m.Settings.Events.Bot, event) }

func (m manifest) hasHome() bool { return m.Features.AppHome.Home != nil && *m.Features.AppHome.Home }

// hasMessages: the Messages tab is there unless the manifest switches it off.
func (m manifest) hasMessages() bool {
	return m.Features.AppHome.Messages == nil || *m.Features.AppHome.Messages
}
