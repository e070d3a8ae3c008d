package main

import (
	"strings"
	"testing"

	"liaison/agency"
)

// TestServeNamesEveryMissingSetting begins to set platforms up and leaves things out.
func TestServeNamesEveryMissingSetting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		s     settings
		names []string
		not   []string
	}{
		{"nothing", settings{}, []string{"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DISCORD_BOT_TOKEN", "DISCORD_APPLICATION_ID", "DISCORD_GUILD_ID", "demo"}, nil},
		{"Discord begun", settings{DiscordPublicKey: "x"}, []string{"DISCORD_BOT_TOKEN", "DISCORD_APPLICATION_ID", "DISCORD_GUILD_ID"}, []string{"SLACK"}},
		{"Slack begun", settings{SlackAppToken: "x"}, []string{"SLACK_BOT_TOKEN"}, []string{"DISCORD"}},
		{"both begun", settings{SlackBotToken: "x", DiscordBotToken: "x"}, []string{"SLACK_APP_TOKEN", "DISCORD_APPLICATION_ID", "DISCORD_GUILD_ID"}, []string{"SLACK_BOT_TOKEN", "DISCORD_BOT_TOKEN"}},
		{"Slack whole", settings{SlackBotToken: "x", SlackAppToken: "x"}, nil, nil},
		{"Discord whole", settings{DiscordBotToken: "x", DiscordApplicationID: "1", DiscordGuildID: "2"}, nil, nil},
	} {
		err := c.s.missing()
		if (err == nil) != (len(c.names) == 0) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, name := range c.names {
			if !strings.Contains(err.Error(), name) {
				t.Errorf("%s: %v does not name %s", c.name, err, name)
			}
		}
		for _, name := range c.not {
			if strings.Contains(err.Error(), name) {
				t.Errorf("%s: %v names %s", c.name, err, name)
			}
		}
	}
}

func TestDiscordRolesAreMappedByIDAlone(t *testing.T) {
	t.Parallel()
	roles, err := discordRoles("500000000000000002=finance, 500000000000000003=Viewer,")
	if err != nil || len(roles) != 2 || roles["500000000000000002"] != agency.Finance || roles["500000000000000003"] != agency.Viewer {
		t.Errorf("%v, %v", roles, err)
	}
	for _, bad := range []string{"Finance=finance", "500000000000000002", "500000000000000002=boss", "500000000000000002=finance,500000000000000002=admin"} {
		if _, err := discordRoles(bad); err == nil || !strings.Contains(err.Error(), "LIAISON_DISCORD_ROLES") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestDiscordGrantsAreMappedByIDAlone(t *testing.T) {
	t.Parallel()
	lends := map[string]agency.Role{"500000000000000002": agency.Finance}
	gives, err := discordGrants("creator=role:500000000000000003, creator=channel:400000000000000001,", testGuild, lends)
	if got := gives[agency.CreatorRole]; err != nil || len(gives) != 1 || strings.Join(got.Roles, "+") != "500000000000000003" || strings.Join(got.Channels, "+") != "400000000000000001" {
		t.Errorf("%v, %v", gives, err)
	}
	if gives, err := discordGrants(" ", testGuild, nil); gives != nil || err != nil {
		t.Errorf("nothing is %v, %v", gives, err)
	}
	for bad, says := range map[string]string{
		"creator=role:Creator": "never a name", "creator=500000000000000003": "never a name", "finance=role:500000000000000003": "only creators",
		"creator=role:" + testGuild: "everybody", "creator=role:500000000000000002": "make them that", "creator=emoji:500000000000000003": "neither",
	} {
		if _, err := discordGrants(bad, testGuild, lends); err == nil || !strings.Contains(err.Error(), "LIAISON_DISCORD_GRANTS") || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
