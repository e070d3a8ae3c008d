package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"liaison/agency"
	"liaison/bot/discord"
	"liaison/bot/slack"
)

// settings come from flags, the environment and a file, in that order.
type settings struct {
	Config   string `help:"File of NAME=value lines with settings." env:"LIAISON_CONFIG" type:"path"`
	DB       string `name:"db" help:"Where the records are: sqlite://path or postgres://…" env:"LIAISON_DB" default:"sqlite://liaison.db"`
	Listen   string `help:"Address for HTTP." env:"LIAISON_LISTEN" default:"127.0.0.1:8080"`
	Admins   string `help:"Who may grant roles on a fresh store: slack:T0123:U0456,…" env:"LIAISON_ADMINS"`
	Name     string `help:"The agency's name." env:"LIAISON_NAME" default:"The agency"`
	Zone     string `help:"Time zone of the agency: Europe/London." env:"LIAISON_ZONE" default:"UTC"`
	LogLevel string `help:"debug, info, warn or error." env:"LIAISON_LOG_LEVEL" default:"info"`

	SlackBotToken      secret `help:"Bot token of the Slack app (xoxb-…)." env:"SLACK_BOT_TOKEN"`
	SlackAppToken      secret `help:"App-level token (xapp-…): Socket Mode." env:"SLACK_APP_TOKEN"`
	SlackSigningSecret secret `help:"Signing secret: HTTP mode." env:"SLACK_SIGNING_SECRET"`
	SlackAPIURL        string `name:"slack-api-url" help:"Base of Slack's Web API, for tests." env:"SLACK_API_URL" default:"https://slack.com/api/"`

	DiscordBotToken      secret `help:"Bot token of the Discord application." env:"DISCORD_BOT_TOKEN"`
	DiscordApplicationID string `name:"discord-application-id" help:"Id of the Discord application." env:"DISCORD_APPLICATION_ID"`
	DiscordGuildID       string `name:"discord-guild-id" help:"Id of the Discord server." env:"DISCORD_GUILD_ID"`
	DiscordPublicKey     string `help:"Public key of the Discord application: interactions over HTTP; the gateway if empty." env:"DISCORD_PUBLIC_KEY"`
	DiscordAPIURL        string `name:"discord-api-url" help:"Base of Discord's REST API, for tests." env:"DISCORD_API_URL" default:"https://discord.com/api/v10"`
	DiscordCommands      string `help:"Where the commands are registered: everywhere, or for the server alone (seen at once, not in direct messages)." env:"LIAISON_DISCORD_COMMANDS" enum:"global,guild" default:"global"`
	DiscordMessages      string `help:"Whether what creators write in direct messages is heard. Over HTTP that takes a gateway session beside it." env:"LIAISON_DISCORD_MESSAGES" enum:"on,off" default:"on"`
	DiscordRoles         string `help:"Desk roles that Discord roles stand for: ROLE_ID=finance,…" env:"LIAISON_DISCORD_ROLES"`
	DiscordGrants        string `help:"What an approved creator gets on the Discord server: creator=role:ROLE_ID,creator=channel:CHANNEL_ID,…" env:"LIAISON_DISCORD_GRANTS"`
}

// secret is a setting that is never printed.
type secret string

// String hides the value wherever it would be logged.
func (s secret) String() string {
	if s == "" {
		return ""
	}
	return "(set)"
}

// MarshalText hides the value in every encoding.
func (s secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// agencySettings are the agency's own choices among the settings.
func (s settings) agencySettings() (agency.Settings, error) {
	out := agency.Settings{Name: s.Name}
	var err error
	if out.Zone, err = time.LoadLocation(s.Zone); err != nil {
		return out, usageError{fmt.Errorf("LIAISON_ZONE %q is not a time zone; write it as Europe/London", s.Zone)}
	}
	for _, word := range strings.FieldsFunc(s.Admins, func(r rune) bool { return r == ',' }) {
		who, err := agency.ParseIdentity(word)
		if err != nil || !slices.Contains([]agency.Platform{agency.Slack, agency.Discord, agency.Console}, who.Platform) {
			return out, usageError{fmt.Errorf("LIAISON_ADMINS: %q is nobody; write them as slack:T0123:U0456 or discord:GUILD:USER", word)}
		}
		out.Admins = append(out.Admins, who)
	}
	return out, nil
}

// wantsSlack and wantsDiscord say which platforms somebody began to set up.
func (s settings) wantsSlack() bool {
	return s.SlackBotToken != "" || s.SlackAppToken != "" || s.SlackSigningSecret != ""
}

func (s settings) wantsDiscord() bool {
	return s.DiscordBotToken != "" || s.DiscordApplicationID != "" || s.DiscordGuildID != "" || s.DiscordPublicKey != ""
}

// wanted lists those platforms.
func (s settings) wanted() (names []agency.Platform) {
	if s.wantsSlack() {
		names = append(names, agency.Slack)
	}
	if s.wantsDiscord() {
		names = append(names, agency.Discord)
	}
	return names
}

// missing names every setting without which serve cannot begin, at once.
func (s settings) missing() error {
	var names []string
	if s.wantsSlack() || !s.wantsDiscord() {
		if s.SlackBotToken == "" {
			names = append(names, "SLACK_BOT_TOKEN")
		}
		if s.SlackAppToken == "" && s.SlackSigningSecret == "" {
			names = append(names, "SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)")
		}
	}
	if s.wantsDiscord() {
		for _, one := range []struct{ name, value string }{
			{"DISCORD_BOT_TOKEN", string(s.DiscordBotToken)}, {"DISCORD_APPLICATION_ID", s.DiscordApplicationID}, {"DISCORD_GUILD_ID", s.DiscordGuildID},
		} {
			if one.value == "" {
				names = append(names, one.name)
			}
		}
	}
	switch {
	case len(names) == 0:
		return nil
	case !s.wantsSlack() && !s.wantsDiscord():
		return usageError{fmt.Errorf("set %s for Slack, or DISCORD_BOT_TOKEN, DISCORD_APPLICATION_ID and DISCORD_GUILD_ID for Discord, or use `liaison demo`, which needs no account", strings.Join(names, " and "))}
	}
	return usageError{fmt.Errorf("set %s, or use `liaison demo`, which needs no account", strings.Join(names, " and "))}
}

// slackConfig is Slack's part of the settings.
func (s settings) slackConfig() slack.Config {
	return slack.Config{BotToken: string(s.SlackBotToken), AppToken: string(s.SlackAppToken),
		SigningSecret: string(s.SlackSigningSecret), APIURL: s.SlackAPIURL}
}

// discordConfig is Discord's part of the settings.
func (s settings) discordConfig() (discord.Config, error) {
	roles, err := discordRoles(s.DiscordRoles)
	if err != nil {
		return discord.Config{}, err
	}
	gives, err := discordGrants(s.DiscordGrants, s.DiscordGuildID, roles)
	return discord.Config{BotToken: string(s.DiscordBotToken), ApplicationID: s.DiscordApplicationID, GuildID: s.DiscordGuildID,
		PublicKey: s.DiscordPublicKey, APIURL: s.DiscordAPIURL, GuildCommands: s.DiscordCommands == "guild", Deaf: s.DiscordMessages == "off", Roles: roles, Gives: gives}, err
}

// discordRoles reads which desk role a Discord role stands for: by its id, since anybody who may name roles could make one
// of any name.
func discordRoles(text string) (map[string]agency.Role, error) {
	roles := map[string]agency.Role{}
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		id, name, ok := strings.Cut(word, "=")
		if id = strings.TrimSpace(id); !ok || len(id) < 15 || strings.Trim(id, "0123456789") != "" {
			return nil, usageError{fmt.Errorf("LIAISON_DISCORD_ROLES: %q is not ROLE_ID=role; a role's id is a number of some eighteen digits, never its name", word)}
		}
		role, err := agency.ParseRole(name)
		if err != nil {
			return nil, usageError{fmt.Errorf("LIAISON_DISCORD_ROLES: %s", words(err))}
		}
		if had, twice := roles[id]; twice && had != role {
			return nil, usageError{fmt.Errorf("LIAISON_DISCORD_ROLES: the role %s stands for two roles; write it once", id)}
		}
		roles[id] = role
	}
	return roles, nil
}

// discordGrants reads what an approved creator gets on the server. A role that lends a role of the desk is refused: whoever
// approves a creator may not thereby make them finance.
func discordGrants(text, guild string, lends map[string]agency.Role) (map[agency.Role]discord.Access, error) {
	var access discord.Access
	wrong := func(format string, args ...any) (map[agency.Role]discord.Access, error) {
		return nil, usageError{fmt.Errorf("LIAISON_DISCORD_GRANTS: "+format, args...)}
	}
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		name, what, _ := strings.Cut(word, "=")
		kind, id, ok := strings.Cut(strings.TrimSpace(what), ":")
		switch {
		case !ok || len(id) < 15 || strings.Trim(id, "0123456789") != "":
			return wrong("%q is not creator=role:ROLE_ID or creator=channel:CHANNEL_ID; an id is a number of some eighteen digits, never a name", word)
		case agency.Role(strings.TrimSpace(name)) != agency.CreatorRole:
			return wrong("nothing is given to %q; only creators get something on the server", strings.TrimSpace(name))
		case kind == "role" && id == guild:
			return wrong("%s is the role that everybody has", id)
		case kind == "role" && lends[id] != "":
			return wrong("the role %s stands for %s in LIAISON_DISCORD_ROLES, so giving it to creators would make them that", id, lends[id])
		case kind == "role":
			access.Roles = append(access.Roles, id)
		case kind == "channel":
			access.Channels = append(access.Channels, id)
		default:
			return wrong("%q gives neither a role nor a channel", word)
		}
	}
	if len(access.Roles)+len(access.Channels) == 0 {
		return nil, nil //nolint:nilnil // nothing is given
	}
	return map[agency.Role]discord.Access{agency.CreatorRole: access}, nil
}
