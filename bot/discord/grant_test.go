package discord

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
	sandbox "liaison/bot/sandbox/discord"
)

// The roles and channels of the grants: what creators get, and what stands above the bot's own role.
const (
	makerRole = "500000000000000003"
	boardRole = "500000000000000004"
	studio    = "400000000000000004"
)

// givingGuild is a server on which the bot may give roles below its own.
func givingGuild(t *testing.T, access Access, may sandbox.Permission) *guild {
	t.Helper()
	g := newGuild(t, overHTTP, func(o *sandbox.Options, c *Config) {
		o.Roles = []sandbox.Role{{ID: makerRole, Name: "Creator"}, {ID: botRole, Name: "Liaison", Permissions: may}, {ID: boardRole, Name: "Board"}, {ID: payRole, Name: "Finance"}}
		o.Channels = append(o.Channels, sandbox.Channel{ID: studio, Name: "studio", Only: []string{boardRole, botRole}})
		c.Gives = map[agency.Role]Access{agency.CreatorRole: access}
	})
	g.open(t, pong)
	return g
}

func grantTo(user string, give bool) bot.RoleGrant {
	return bot.RoleGrant{Who: agency.Identity{Platform: agency.Discord, Workspace: bottest.Guild, User: user}, Role: agency.CreatorRole, Give: give}
}

// sees reports whether a person sees a channel.
func (g *guild) sees(user, channel string) bool {
	_, err := g.server.Say(user, channel, "Hello.")
	return err == nil
}

// TestAGrantGivesAndTakesWhatBelongsToTheRole gives twice, takes twice, and takes from somebody who has left.
func TestAGrantGivesAndTakesWhatBelongsToTheRole(t *testing.T) {
	t.Parallel()
	g := givingGuild(t, Access{Roles: []string{makerRole}, Channels: []string{studio}}, sandbox.ManageRoles)
	for _, step := range []struct {
		give bool
		user string
	}{{true, ana}, {true, ana}, {false, ana}, {false, ana}} {
		if err := g.Grant(t.Context(), grantTo(step.user, step.give)); err != nil {
			t.Fatalf("give %v: %v", step.give, err)
		}
		if has := slices.Contains(g.server.Roles(ana), makerRole); has != step.give {
			t.Errorf("give %v: the role is there: %v", step.give, has)
		}
		if sees := g.sees(ana, studio); sees != step.give {
			t.Errorf("give %v: the channel is open: %v", step.give, sees)
		}
	}
	g.server.Leave(ana)
	if err := g.Grant(t.Context(), grantTo(ana, false)); err != nil {
		t.Errorf("taking from somebody who has left: %v", err)
	}
	other := grantTo(ana, true)
	other.Role = agency.Viewer
	if err := g.Grant(t.Context(), other); err != nil || len(g.server.Roles(ana)) != 0 {
		t.Errorf("a role to which nothing belongs gives %v, %v", g.server.Roles(ana), err)
	}
}

// TestRefusedGrantsAreClearStates asks for what the server does not have or does not let the bot give.
func TestRefusedGrantsAreClearStates(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		access     Access
		may        sandbox.Permission
		user       string
		code, says string
	}{
		"without Manage Roles":  {Access{Roles: []string{makerRole}}, 0, ana, "50013", "Manage Roles"},
		"a role above its own":  {Access{Roles: []string{boardRole}}, sandbox.ManageRoles, ana, "50013", boardRole},
		"no such role":          {Access{Roles: []string{"500000000000000099"}}, sandbox.ManageRoles, ana, "10011", "no such role"},
		"somebody who left":     {Access{Roles: []string{makerRole}}, sandbox.ManageRoles, kofi, "10007", "not in the server"},
		"nobody":                {Access{Roles: []string{makerRole}}, sandbox.ManageRoles, "200000000000000099", "10013", "no such person"},
		"a channel it sees not": {Access{Channels: []string{shut}}, sandbox.ManageRoles, ana, "50001", shut},
		"no such channel":       {Access{Channels: []string{nowhere}}, sandbox.ManageRoles, ana, "10003", nowhere},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := givingGuild(t, c.access, c.may)
			g.server.Leave(kofi)
			var send *bot.SendError
			err := g.Grant(t.Context(), grantTo(c.user, true))
			if !errors.As(err, &send) || send.Outcome != bot.Refused || send.Code != c.code || !strings.Contains(send.Err.Error(), c.says) {
				t.Errorf("refused as %v", err)
			}
		})
	}
	g := givingGuild(t, Access{Roles: []string{boardRole, makerRole}, Channels: []string{studio}}, sandbox.ManageRoles)
	if err := g.Grant(t.Context(), grantTo(ana, true)); sendError(err).Code != "50013" || !slices.Contains(g.server.Roles(ana), makerRole) || !g.sees(ana, studio) {
		t.Errorf("after a refusal the rest is not given: %v, %v", g.server.Roles(ana), err)
	}
	stranger := grantTo(ana, true)
	stranger.Who.Workspace = "300000000000000099"
	if err := g.Grant(t.Context(), stranger); sendError(err).Code != "other_server" {
		t.Errorf("in another server: %v", err)
	}
}

// TestAGrantOfUnknownOutcomeIsGivenAgain loses answers and is told to wait: neither parks the grant.
func TestAGrantOfUnknownOutcomeIsGivenAgain(t *testing.T) {
	t.Parallel()
	for kind, want := range map[sandbox.FaultKind]bot.Outcome{
		sandbox.FaultResetAfter: bot.Unknown, sandbox.FaultErrorAfter: bot.Unknown, sandbox.FaultRateLimited: bot.NotSent,
	} {
		g := givingGuild(t, Access{Roles: []string{makerRole}}, sandbox.ManageRoles)
		var once atomic.Bool
		g.server.Fault = func(route, _ string) sandbox.Fault {
			if strings.HasSuffix(route, "/roles/{role}") && once.CompareAndSwap(false, true) {
				return sandbox.Fault{Kind: kind}
			}
			return sandbox.Fault{}
		}
		if err := g.Grant(t.Context(), grantTo(ana, true)); sendError(err).Outcome != want {
			t.Errorf("%v ends as %v", kind, err)
		}
		eventually(t, "the second try", func() bool { return g.Grant(t.Context(), grantTo(ana, true)) == nil })
		if !slices.Contains(g.server.Roles(ana), makerRole) {
			t.Errorf("%v: the role was not given", kind)
		}
	}
}
