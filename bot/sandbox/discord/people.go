package discord

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Application is the app that is installed in the guild.
type Application struct {
	ID, Name, Description string
	BotID                 string // default: the application's id, as for apps made since 2016
	// MessageContent and GuildMembers switch the privileged intents on in the developer portal.
	MessageContent, GuildMembers bool
}

// Guild is the one server of this sandbox.
type Guild struct {
	ID, Name string
	OwnerID  string // may do everything; default: nobody
}

// Role is a role of the guild. Members hold roles by id; the one whose id is the
// guild's is @everyone.
type Role struct {
	ID, Name    string
	Color       int
	Permissions Permission
	Hoist       bool // shown apart in the list of members
	Mentionable bool
}

// User is a person with an account; by default a member of the guild too.
type User struct {
	ID, Name string // Name is the unique lower-case handle
	Global   string // the name that is shown
	Nick     string // the name in this guild
	Roles    []string
	Bot      bool
	Locale   string // default en-US
	Outside  bool   // has left the guild, or never was in it
	ClosedDM bool   // takes no direct messages from people of the guild
}

// Kind is the type of a channel.
type Kind int

// The kinds of channels that this server knows.
const (
	TextChannel  Kind = 0
	DirectTalk   Kind = 1
	VoiceChannel Kind = 2
	Category     Kind = 4
	NewsChannel  Kind = 5
	PublicThread Kind = 11
)

// Channel is a channel of the guild.
type Channel struct {
	ID, Name, Topic string
	Kind            Kind
	Parent          string // category
	// Only lists the roles and users that see a private channel; empty is open to all.
	// The application's role or user has to be among them, or it has no access.
	Only       []string
	Overwrites []Overwrite // finer permissions, applied after Only
}

// Overwrite changes permissions in one channel for a role or a user.
type Overwrite struct {
	ID          string // of a role or user
	Allow, Deny Permission
}

// Permission is a set of Discord's permission bits.
type Permission uint64

// The permissions that matter here. Source: Discord's page on permissions.
const (
	Administrator      Permission = 1 << 3
	ManageChannels     Permission = 1 << 4
	ManageGuild        Permission = 1 << 5
	AddReactions       Permission = 1 << 6
	ViewChannel        Permission = 1 << 10
	SendMessages       Permission = 1 << 11
	ManageMessages     Permission = 1 << 13
	EmbedLinks         Permission = 1 << 14
	AttachFiles        Permission = 1 << 15
	ReadMessageHistory Permission = 1 << 16
	MentionEveryone    Permission = 1 << 17
	ManageRoles        Permission = 1 << 28
	UseCommands        Permission = 1 << 31
	CreateThreads      Permission = 1 << 35
	SendInThreads      Permission = 1 << 38

	// Everyday is what @everyone may do when no role with the guild's id is given.
	Everyday = ViewChannel | SendMessages | EmbedLinks | AttachFiles | ReadMessageHistory | AddReactions | UseCommands | CreateThreads | SendInThreads

	allPermissions Permission = 1<<50 - 1
)

func (p Permission) has(q Permission) bool { return p&q == q }

func (p Permission) String() string { return strconv.FormatUint(uint64(p), 10) }

// channel is a channel with what was said in it.
type channel struct {
	Channel
	messages []*Message
	user     string // the other side of a direct talk
	opened   bool   // the application has opened the direct talk
	owner    string // who started a thread
	last     string // id of the last message
}

func (s *Server) seed() error {
	s.lastID = 0
	for _, r := range s.o.Roles {
		s.roles = append(s.roles, &r)
	}
	if s.role(s.o.Guild.ID) == nil {
		s.roles = append([]*Role{{ID: s.o.Guild.ID, Name: "@everyone", Permissions: Everyday}}, s.roles...)
	}
	if !slices.ContainsFunc(s.o.Users, func(u User) bool { return u.ID == s.o.Application.BotID }) {
		s.addUser(User{ID: s.o.Application.BotID, Name: strings.ToLower(s.o.Application.Name), Global: s.o.Application.Name, Bot: true})
	}
	for _, u := range s.o.Users {
		s.addUser(u)
	}
	for _, c := range s.o.Channels {
		c.Overwrites, c.Only = c.allOverwrites(s.o.Guild.ID), nil
		s.addChannel(&channel{Channel: c})
	}
	return s.sound()
}

func (s *Server) addUser(u User) {
	u.Global, u.Locale = orElse(u.Global, u.Name), orElse(u.Locale, "en-US")
	s.users[u.ID] = &u
	s.userOrder = append(s.userOrder, u.ID)
}

func (s *Server) addChannel(c *channel) {
	s.channels[c.ID] = c
	s.order = append(s.order, c.ID)
}

// sound checks that ids are snowflakes, unique, and refer to something.
func (s *Server) sound() error {
	seen := map[string]bool{}
	once := func(what, id string) error {
		if !snowflakeForm.MatchString(id) {
			return fmt.Errorf("the %s %q needs a snowflake: 15 to 20 digits", what, id)
		}
		if seen[id] {
			return fmt.Errorf("the %s %s has an id that is taken", what, id)
		}
		seen[id] = true
		return nil
	}
	for _, r := range s.roles {
		if err := once("role", r.ID); err != nil {
			return err
		}
	}
	for _, id := range s.userOrder {
		if err := once("user", id); err != nil {
			return err
		}
		for _, r := range s.users[id].Roles {
			if s.role(r) == nil {
				return fmt.Errorf("the user %s has the role %s, which does not exist", id, r)
			}
		}
	}
	for _, id := range s.order {
		if err := once("channel", id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) role(id string) *Role {
	for _, r := range s.roles {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func (s *Server) member(id string) *User {
	if u := s.users[id]; u != nil && !u.Outside {
		return u
	}
	return nil
}

// rank is the position of a member's highest role. Callers hold mu.
func (s *Server) rank(u *User) int {
	top := 0
	for i, r := range s.roles {
		if slices.Contains(u.Roles, r.ID) {
			top = max(top, i)
		}
	}
	return top
}

// basePermissions are those of a member in the guild. Callers hold mu.
func (s *Server) basePermissions(u *User) Permission {
	if u == nil || u.Outside {
		return 0
	}
	if u.ID == s.o.Guild.OwnerID {
		return allPermissions
	}
	p := s.role(s.o.Guild.ID).Permissions
	for _, id := range u.Roles {
		if r := s.role(id); r != nil {
			p |= r.Permissions
		}
	}
	if p.has(Administrator) {
		return allPermissions
	}
	return p
}

// permissions are those of a user in a channel, by the order in Discord's page on
// permissions: @everyone, roles, member. Callers hold mu.
func (s *Server) permissions(user string, c *channel) Permission {
	u := s.users[user]
	if u == nil {
		return 0
	}
	if c.Kind == DirectTalk {
		if user == c.user || user == s.o.Application.BotID {
			return ViewChannel | SendMessages | EmbedLinks | AttachFiles | ReadMessageHistory | AddReactions | MentionEveryone | UseCommands
		}
		return 0
	}
	if c.Kind == PublicThread {
		p := s.permissions(user, s.channels[c.Parent])
		if p.has(SendInThreads) {
			return p | SendMessages
		}
		return p &^ SendMessages
	}
	p := s.basePermissions(u)
	if p == allPermissions || p == 0 {
		return p
	}
	p = overwritten(p, c.Overwrites, s.o.Guild.ID, u)
	if !p.has(ViewChannel) {
		return 0
	}
	return p
}

func overwritten(p Permission, list []Overwrite, everyone string, u *User) Permission {
	var allow, deny Permission
	for _, o := range list {
		if o.ID == everyone {
			p = p&^o.Deny | o.Allow
		}
	}
	for _, o := range list {
		if o.ID != everyone && slices.Contains(u.Roles, o.ID) {
			allow, deny = allow|o.Allow, deny|o.Deny
		}
	}
	p = p&^deny | allow
	for _, o := range list {
		if o.ID == u.ID {
			p = p&^o.Deny | o.Allow
		}
	}
	return p
}

// allOverwrites is what a channel begins with.
func (c Channel) allOverwrites(everyone string) []Overwrite {
	var out []Overwrite
	if len(c.Only) > 0 {
		out = append(out, Overwrite{ID: everyone, Deny: ViewChannel})
	}
	for _, id := range c.Only {
		out = append(out, Overwrite{ID: id, Allow: ViewChannel})
	}
	return append(out, c.Overwrites...)
}

// bot is the application's account.
func (s *Server) bot() *User { return s.users[s.o.Application.BotID] }

// userObject is a user on the wire. Callers hold mu.
func (s *Server) userObject(id string) object {
	u := s.users[id]
	if u == nil {
		return object{"id": id, "username": "Deleted User", "discriminator": "0000", "global_name": nil, "avatar": nil, "public_flags": 0, "flags": 0}
	}
	o := object{
		"id": u.ID, "username": u.Name, "discriminator": "0", "global_name": u.Global, "avatar": nil,
		"public_flags": 0, "flags": 0, "primary_guild": nil,
	}
	if u.Bot {
		o["bot"], o["global_name"] = true, nil
	}
	return o
}

// memberObject is a member on the wire, without the user. Callers hold mu.
func (s *Server) memberObject(u *User) object {
	o := object{
		"roles": stringList(u.Roles), "nick": nil, "avatar": nil, "banner": nil, "joined_at": stamp(time.UnixMilli(epoch)),
		"premium_since": nil, "deaf": false, "mute": false, "flags": 0, "pending": false, "communication_disabled_until": nil,
	}
	if u.Nick != "" {
		o["nick"] = u.Nick
	}
	return o
}

// fullMember is a member with the user, as the guild's routes answer it.
func (s *Server) fullMember(u *User) object {
	o := s.memberObject(u)
	o["user"] = s.userObject(u.ID)
	return o
}

func stringList(ss []string) list {
	out := list{}
	for _, s := range ss {
		out = append(out, s)
	}
	return out
}

func (s *Server) roleObject(r *Role) object {
	position := slices.IndexFunc(s.roles, func(o *Role) bool { return o == r })
	return object{
		"id": r.ID, "name": r.Name, "description": nil, "permissions": r.Permissions.String(), "position": position, "color": r.Color,
		"colors": object{"primary_color": r.Color, "secondary_color": nil, "tertiary_color": nil}, //nolint:misspell // as it stands on the wire
		"hoist":  r.Hoist, "managed": false, "mentionable": r.Mentionable, "icon": nil, "unicode_emoji": nil, "flags": 0,
	}
}

func (s *Server) roleObjects() list {
	out := list{}
	for _, r := range s.roles {
		out = append(out, s.roleObject(r))
	}
	return out
}

// channelObject is a channel on the wire. Callers hold mu.
func (s *Server) channelObject(c *channel) object {
	o := object{"id": c.ID, "type": int(c.Kind), "last_message_id": nil, "flags": 0}
	if c.last != "" {
		o["last_message_id"] = c.last
	}
	switch c.Kind {
	case DirectTalk:
		o["recipients"] = list{s.userObject(c.user)}
		return o
	case PublicThread:
		return s.threadObject(c, o)
	}
	over := list{}
	for _, w := range c.Overwrites {
		kind := 1
		if s.role(w.ID) != nil {
			kind = 0
		}
		over = append(over, object{"id": w.ID, "type": kind, "allow": w.Allow.String(), "deny": w.Deny.String()})
	}
	o["guild_id"], o["name"], o["position"], o["permission_overwrites"] = s.o.Guild.ID, c.Name, slices.Index(s.order, c.ID), over
	o["parent_id"] = nil
	if c.Parent != "" {
		o["parent_id"] = c.Parent
	}
	if c.Kind == TextChannel || c.Kind == NewsChannel {
		o["topic"], o["nsfw"], o["rate_limit_per_user"] = nil, false, 0
		if c.Topic != "" {
			o["topic"] = c.Topic
		}
	}
	return o
}

// CloseDMs makes a person take no direct messages from the application, or open again.
func (s *Server) CloseDMs(user string, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users[user]; u != nil {
		u.ClosedDM = closed
		s.touch(change{})
	}
}

// Grant gives a role to a member, Revoke takes it; both as an administrator would.
func (s *Server) Grant(user, role string) { s.setRole(user, role, true) }

// Revoke takes a role from a member.
func (s *Server) Revoke(user, role string) { s.setRole(user, role, false) }

func (s *Server) setRole(user, role string, held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.member(user)
	if u == nil || s.role(role) == nil || slices.Contains(u.Roles, role) == held {
		return
	}
	if held {
		u.Roles = append(slices.Clone(u.Roles), role)
	} else {
		u.Roles = slices.DeleteFunc(slices.Clone(u.Roles), func(r string) bool { return r == role })
	}
	slices.SortFunc(u.Roles, cmp.Compare)
	o := s.fullMember(u)
	o["guild_id"] = s.o.Guild.ID
	s.dispatch(intentMembers, "GUILD_MEMBER_UPDATE", o, nil)
	s.touch(change{})
}

// Leave takes a person out of the guild; Join brings them back.
func (s *Server) Leave(user string) { s.setOutside(user, true) }

// Join brings a person into the guild.
func (s *Server) Join(user string) { s.setOutside(user, false) }

func (s *Server) setOutside(user string, outside bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[user]
	if u == nil || u.Outside == outside {
		return
	}
	u.Outside = outside
	if outside {
		u.Roles = nil // whoever comes back begins anew
		s.dispatch(intentMembers, "GUILD_MEMBER_REMOVE", object{"guild_id": s.o.Guild.ID, "user": s.userObject(user)}, nil)
	} else {
		o := s.fullMember(u)
		o["guild_id"] = s.o.Guild.ID
		s.dispatch(intentMembers, "GUILD_MEMBER_ADD", o, nil)
	}
	s.touch(change{})
}

// Roles lists the ids of the roles that a member holds; none of somebody outside the guild.
func (s *Server) Roles(user string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.member(user); u != nil {
		return slices.Clone(u.Roles)
	}
	return nil
}
