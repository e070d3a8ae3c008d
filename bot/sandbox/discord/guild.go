package discord

import (
	"net/http"
	"slices"
	"strings"
)

func (s *Server) getMe(*call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.userObject(s.o.Application.BotID)
	o["mfa_enabled"], o["locale"], o["premium_type"], o["email"], o["verified"] = false, "en-US", 0, nil, true
	return answer{body: o}, nil
}

func (s *Server) getUser(c *call) (answer, error) {
	if c.arg("user") == "@me" {
		return s.getMe(c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[c.arg("user")] == nil {
		return answer{}, refuse(10013)
	}
	return answer{body: s.userObject(c.arg("user"))}, nil
}

func (s *Server) getMyGuilds(*call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := object{
		"id": s.o.Guild.ID, "name": s.o.Guild.Name, "icon": nil, "banner": nil, "owner": false, "features": list{},
		"permissions": s.basePermissions(s.bot()).String(),
	}
	return answer{body: list{g}}, nil
}

func (s *Server) getApplication(*call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return answer{body: s.applicationObject()}, nil
}

func (s *Server) applicationObject() object {
	a := s.o.Application
	o := object{
		"id": a.ID, "name": a.Name, "icon": nil, "description": a.Description, "type": nil, "bot": s.userObject(a.BotID),
		"verify_key": s.PublicKey(), "flags": s.applicationFlags(), "bot_public": false, "bot_require_code_grant": false,
		"interactions_endpoint_url": nil, "redirect_uris": list{}, "role_connections_verification_url": nil,
		"owner": s.userObject(orElse(s.o.Guild.OwnerID, a.BotID)), "approximate_guild_count": 1, "approximate_user_install_count": 0,
		"guild_id": s.o.Guild.ID, "summary": "",
	}
	if s.endpoint != "" {
		o["interactions_endpoint_url"] = s.endpoint
	}
	return o
}

// applicationFlags show which privileged intents are on, in the "limited" bits of
// applications in fewer than a hundred guilds.
func (s *Server) applicationFlags() int {
	n := 0
	if s.o.Application.GuildMembers {
		n |= 1 << 15
	}
	if s.o.Application.MessageContent {
		n |= 1 << 19
	}
	return n
}

// editApplication sets the interactions endpoint, after Discord's checks.
func (s *Server) editApplication(c *call) (answer, error) {
	f := &form{}
	if to, said := c.body["interactions_endpoint_url"]; said {
		address, _ := to.(string)
		if err := s.SetEndpoint(address); err != nil {
			f.fail("interactions_endpoint_url", "APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID", "The specified interactions endpoint url could not be verified.")
			return answer{}, f.err()
		}
	}
	return s.getApplication(c)
}

func (s *Server) getChannel(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.readable(c.arg("channel"))
	if err != nil {
		return answer{}, err
	}
	return answer{body: s.channelObject(ch)}, nil
}

func (s *Server) getGuild(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ourGuild(c); err != nil {
		return answer{}, err
	}
	return answer{body: s.guildObject()}, nil
}

// guildObject is the guild on the wire. Callers hold mu.
func (s *Server) guildObject() object {
	o := object{
		"id": s.o.Guild.ID, "name": s.o.Guild.Name, "owner_id": orElse(s.o.Guild.OwnerID, "0"), "roles": s.roleObjects(),
		"preferred_locale": "en-US", "afk_timeout": 300, "system_channel_flags": 0, "widget_enabled": false,
		"verification_level": 0, "default_message_notifications": 1, "explicit_content_filter": 0, "mfa_level": 0, "nsfw": false,
		"nsfw_level": 0, "premium_tier": 0, "premium_subscription_count": 0, "premium_progress_bar_enabled": false,
		"max_members": 500000, "max_presences": nil, "max_video_channel_users": 25, "max_stage_video_channel_users": 50,
		"features": list{}, "emojis": list{}, "stickers": list{},
	}
	for _, key := range []string{
		"icon", "splash", "discovery_splash", "banner", "description", "region", "afk_channel_id", "widget_channel_id", "application_id",
		"system_channel_id", "rules_channel_id", "public_updates_channel_id", "safety_alerts_channel_id", "vanity_url_code", "home_header",
	} {
		o[key] = nil
	}
	o["region"] = "deprecated"
	return o
}

func (s *Server) getGuildChannels(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ourGuild(c); err != nil {
		return answer{}, err
	}
	return answer{body: s.guildChannels(false)}, nil
}

// guildChannels lists what the application sees, threads or the rest. Callers hold mu.
func (s *Server) guildChannels(threads bool) list {
	out := list{}
	for _, id := range s.order {
		ch := s.channels[id]
		if (ch.Kind == PublicThread) == threads && s.permissions(s.o.Application.BotID, ch).has(ViewChannel) {
			out = append(out, s.channelObject(ch))
		}
	}
	return out
}

func (s *Server) getRoles(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ourGuild(c); err != nil {
		return answer{}, err
	}
	return answer{body: s.roleObjects()}, nil
}

// listMembers is open only to applications with the privileged intent.
func (s *Server) listMembers(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ourGuild(c); err != nil {
		return answer{}, err
	}
	if !s.o.Application.GuildMembers {
		return answer{}, refuse(50001)
	}
	return s.membersAfter(c, func(*User) bool { return true })
}

func (s *Server) searchMembers(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ourGuild(c); err != nil {
		return answer{}, err
	}
	q := strings.ToLower(c.param("query"))
	if q == "" {
		f := &form{}
		f.fail("query", "BASE_TYPE_REQUIRED", "This field is required")
		return answer{}, f.err()
	}
	return s.membersAfter(c, func(u *User) bool {
		return strings.HasPrefix(strings.ToLower(u.Name), q) || strings.HasPrefix(strings.ToLower(u.Nick), q)
	})
}

func (s *Server) membersAfter(c *call, keep func(*User) bool) (answer, error) {
	f := &form{}
	most := f.whole(queryObject(c), "", "limit", 1, 1000, 1)
	if err := f.err(); err != nil {
		return answer{}, err
	}
	ids := slices.Clone(s.userOrder)
	slices.SortFunc(ids, func(a, b string) int {
		if older(a, b) {
			return -1
		}
		return 1
	})
	out := list{}
	for _, id := range ids {
		u := s.member(id)
		if u != nil && keep(u) && (c.param("after") == "" || older(c.param("after"), id)) && len(out) < most {
			out = append(out, s.fullMember(u))
		}
	}
	return answer{body: out}, nil
}

func (s *Server) getMember(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.memberOf(c)
	if err != nil {
		return answer{}, err
	}
	return answer{body: s.fullMember(u)}, nil
}

// memberOf finds the member of a path. Callers hold mu.
func (s *Server) memberOf(c *call) (*User, error) {
	if err := s.ourGuild(c); err != nil {
		return nil, err
	}
	id := c.arg("user")
	switch {
	case s.users[id] == nil:
		return nil, refuse(10013)
	case s.member(id) == nil:
		return nil, refuse(10007)
	}
	return s.users[id], nil
}

func (s *Server) addRole(c *call) (answer, error)    { return s.changeRole(c, true) }
func (s *Server) removeRole(c *call) (answer, error) { return s.changeRole(c, false) }

// changeRole gives or takes a role. The bot needs MANAGE_ROLES and a role above it.
func (s *Server) changeRole(c *call, held bool) (answer, error) {
	s.mu.Lock()
	u, err := s.memberOf(c)
	if err != nil {
		s.mu.Unlock()
		return answer{}, err
	}
	r := s.role(c.arg("role"))
	at := slices.Index(s.roles, r)
	bot := s.bot()
	switch {
	case r == nil:
		err = refuse(10011)
	case !s.basePermissions(bot).has(ManageRoles), at >= s.rank(bot) && bot.ID != s.o.Guild.OwnerID, r.ID == s.o.Guild.ID:
		err = refuse(50013)
	}
	s.mu.Unlock()
	if err != nil {
		return answer{}, err
	}
	s.setRole(u.ID, r.ID, held)
	return answer{status: http.StatusNoContent}, nil
}
