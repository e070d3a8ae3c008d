package discord

import (
	"context"
	"fmt"
	"net/url"

	"liaison/bot"
)

// Access is what belongs to a role of the desk on the server, all of it by id: anybody who may name roles could make another
// one of the same name.
type Access struct {
	Roles    []string // of the server, given to the person
	Channels []string // opened to the person alone
}

// Discord's codes of what a grant can meet.
const (
	codeUnknownOverwrite = 10009
	codeUnknownMember    = 10007
	codeUnknownRole      = 10011
	codeMissingAccess    = 50001
	codeMissingRights    = 50013
)

// A person's own permission in a channel. Source: Discord's page on permissions.
const (
	viewChannel = 1 << 10
	ofOnePerson = 1 // type of an overwrite
)

// grantSayings are the refusals of a grant in words, for the operator.
var grantSayings = map[int]string{
	codeUnknownChannel: "there is no such channel, or the bot is not in it",
	codeUnknownMember:  "the person is not in the server",
	codeUnknownUser:    "there is no such person",
	codeUnknownRole:    "the server has no such role",
	codeMissingAccess:  "the bot may not see this channel",
	codeMissingRights:  "the bot lacks Manage Roles, or its own role stands below the one to give",
}

// gift is one thing to give or to take: the call that does it.
type gift struct {
	what, method, path, bucket string
	body                       any
}

// Grant gives a person what belongs to a role on the server, or takes it. What can be done is done even where something else is
// refused; then the first refusal is the outcome, and trying again repeats what was done without harm.
func (p *Platform) Grant(ctx context.Context, g bot.RoleGrant) error {
	if g.Who.Workspace != p.cfg.GuildID {
		return &bot.SendError{Outcome: bot.Refused, Code: "other_server", Err: fmt.Errorf("%s is in another server than the desk", g.Who)}
	}
	var refused *bot.SendError
	for _, o := range p.gifts(g) {
		err := p.api.call(ctx, request{method: o.method, path: o.path, bucket: o.bucket, body: o.body}, nil)
		if err == nil || !g.Give && alreadyGone(refusal(err)) {
			continue
		}
		failed := sendError(err)
		if says := grantSayings[refusal(err)]; says != "" {
			failed.Err = fmt.Errorf("%s: %s (%w)", o.what, says, scrub(err))
		}
		if failed.Outcome != bot.Refused {
			return p.noted(failed)
		}
		if refused == nil {
			refused = failed
		}
	}
	if refused != nil {
		return refused
	}
	p.worked()
	return nil
}

// gifts lists the calls of a grant.
func (p *Platform) gifts(g bot.RoleGrant) (all []gift) {
	method, user := "PUT", url.PathEscape(g.Who.User)
	if !g.Give {
		method = "DELETE"
	}
	access := p.cfg.Gives[g.Role]
	for _, role := range access.Roles {
		roles := "guilds/" + p.cfg.GuildID + "/members/" + user + "/roles/"
		all = append(all, gift{what: "the role " + role, method: method, path: roles + role, bucket: "guilds/members/roles"})
	}
	for _, channel := range access.Channels {
		allowed := "channels/" + channel + "/permissions/"
		o := gift{what: "the channel " + channel, method: method, path: allowed + user, bucket: allowed}
		if g.Give {
			o.body = map[string]any{"type": ofOnePerson, "allow": viewChannel, "deny": 0}
		}
		all = append(all, o)
	}
	return all
}

// alreadyGone reports a refusal by which what was to be taken is not there.
func alreadyGone(code int) bool {
	switch code {
	case codeUnknownMember, codeUnknownUser, codeUnknownRole, codeUnknownOverwrite, codeUnknownChannel:
		return true
	}
	return false
}
