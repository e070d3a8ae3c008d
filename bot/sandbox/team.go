package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Team is the workspace itself.
type Team struct{ ID, Name, Domain string }

// User is a person (or the bot) as the workspace knows them.
type User struct {
	ID, Name, RealName, Title, Email, TZ string
	// TeamID is the home of a person from another company (Slack Connect);
	// empty means the workspace's own team.
	TeamID       string
	IsRestricted bool // guest
	Deleted      bool
	IsBot        bool
}

// Channel is a conversation with a name.
type Channel struct {
	ID, Name, Topic       string
	Members               []string // user ids; the bot is a member when it is listed
	IsPrivate, IsArchived bool
}

// room is a channel or a direct message with what was said in it.
type room struct {
	Channel
	im       string // the person at the other end of a direct message
	messages []*Message
	lastTS   string
	created  int64
}

func (w *Workspace) seed() error {
	o := w.o
	bot := User{
		ID: o.BotUserID, TeamID: o.Team.ID, IsBot: true,
		Name: botHandle(w.manifest), RealName: w.manifest.botName(),
	}
	for _, u := range append(slices.Clone(o.Users), bot) {
		if u.ID == "" || u.Name == "" {
			return fmt.Errorf("user %q %q needs an id and a name", u.ID, u.Name)
		}
		if w.users[u.ID] != nil {
			return fmt.Errorf("user %s is listed twice", u.ID)
		}
		if u.TeamID == "" {
			u.TeamID = o.Team.ID
		}
		if u.RealName == "" {
			u.RealName = u.Name
		}
		w.users[u.ID] = &u
		w.userOrder = append(w.userOrder, u.ID)
	}
	for _, c := range o.Channels {
		if err := w.addChannel(c); err != nil {
			return err
		}
	}
	for _, id := range w.userOrder {
		if u := w.users[id]; !u.IsBot && !u.Deleted && u.TeamID == o.Team.ID {
			w.openDM(id)
		}
	}
	if len(w.roomOrder) == 0 {
		return errors.New("a workspace needs at least one channel or person")
	}
	return nil
}

func (w *Workspace) addChannel(c Channel) error {
	if c.ID == "" || c.Name == "" {
		return fmt.Errorf("channel %q %q needs an id and a name", c.ID, c.Name)
	}
	if w.rooms[c.ID] != nil {
		return fmt.Errorf("channel %s is listed twice", c.ID)
	}
	for _, m := range c.Members {
		if w.users[m] == nil {
			return fmt.Errorf("channel %s lists the unknown member %s", c.Name, m)
		}
	}
	c.Members = slices.Clone(c.Members)
	w.rooms[c.ID] = &room{Channel: c, created: w.o.Now().Unix()}
	w.roomOrder = append(w.roomOrder, c.ID)
	return nil
}

// openDM returns the direct message between a person and the bot. Its id is made
// from the person's, so that two runs of a demo agree.
func (w *Workspace) openDM(user string) string {
	if id, ok := w.dms[user]; ok {
		return id
	}
	id := "D" + strings.TrimLeft(user, "UW")
	w.dms[user] = id
	w.rooms[id] = &room{
		Channel: Channel{ID: id, Members: []string{user, w.o.BotUserID}, IsPrivate: true},
		im:      user, created: w.o.Now().Unix(),
	}
	w.roomOrder = append(w.roomOrder, id)
	return id
}

func botHandle(m manifest) string {
	return strings.ToLower(strings.ReplaceAll(m.botName(), " ", ""))
}

// DM returns the id of the direct message between a person and the bot.
func (w *Workspace) DM(user string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dms[user]
}

// BotUserID returns the user id of the installed app's bot.
func (w *Workspace) BotUserID() string { return w.o.BotUserID }

// Join adds a person (or the bot) to a channel, as an invitation would.
func (w *Workspace) Join(user, channel string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, u := w.rooms[channel], w.users[user]
	if r == nil || u == nil || r.im != "" {
		return fmt.Errorf("no such channel %s or user %s", channel, user)
	}
	if r.has(user) {
		return nil
	}
	r.Members = append(r.Members, user)
	if r.has(w.o.BotUserID) {
		w.emit("member_joined_channel", w.joinedEvent(r, u), r)
	}
	w.touch(change{Kind: changeRoom, Room: channel})
	return nil
}

func (r *room) has(user string) bool { return slices.Contains(r.Members, user) }

// kind is the channel_type of an event.
func (r *room) kind() string {
	switch {
	case r.im != "":
		return "im"
	case r.IsPrivate:
		return "group"
	}
	return "channel"
}

// external says whether people of another company are in the channel.
func (w *Workspace) external(r *room) bool {
	return slices.ContainsFunc(r.Members, func(id string) bool {
		return w.users[id] != nil && w.users[id].TeamID != w.o.Team.ID
	})
}

func (w *Workspace) channelObject(r *room) object {
	if r.im != "" {
		return object{
			"id": r.ID, "created": r.created, "is_archived": false, "is_im": true, "is_org_shared": false,
			"is_mpim": false, "is_channel": false, "is_group": false, "is_private": true,
			"context_team_id": w.o.Team.ID, "user": r.im, "is_user_deleted": w.users[r.im].Deleted, "is_open": true,
		}
	}
	ext := w.external(r)
	return object{
		"id": r.ID, "name": r.Name, "name_normalized": r.Name, "created": r.created, "creator": w.creator(r),
		"is_channel": !r.IsPrivate, "is_group": r.IsPrivate, "is_im": false, "is_mpim": false,
		"is_private": r.IsPrivate, "is_archived": r.IsArchived, "is_general": false, "is_shared": ext,
		"is_ext_shared": ext, "is_org_shared": false, "is_pending_ext_shared": false,
		"is_member": r.has(w.o.BotUserID), "context_team_id": w.o.Team.ID, "num_members": len(r.Members),
		"topic":   object{"value": r.Topic, "creator": "", "last_set": 0},
		"purpose": object{"value": "", "creator": "", "last_set": 0},
	}
}

func (w *Workspace) creator(r *room) string {
	if len(r.Members) == 0 {
		return ""
	}
	return r.Members[0]
}

func (w *Workspace) userObject(u *User) object {
	tz := u.TZ
	if tz == "" {
		tz = "UTC"
	}
	profile := object{
		"real_name": u.RealName, "real_name_normalized": u.RealName, "display_name": u.Name,
		"display_name_normalized": u.Name, "title": u.Title, "team": u.TeamID,
	}
	if w.scopes["users:read.email"] && u.Email != "" {
		profile["email"] = u.Email
	}
	o := object{
		"id": u.ID, "team_id": u.TeamID, "name": u.Name, "real_name": u.RealName, "deleted": u.Deleted,
		"is_bot": u.IsBot, "is_app_user": false, "is_restricted": u.IsRestricted, "is_ultra_restricted": false,
		"is_admin": false, "is_owner": false, "is_primary_owner": false, "tz": tz, "profile": profile,
		"tz_label": zoneLabel(tz, w.o.Now()), "tz_offset": zoneOffset(tz, w.o.Now()), "updated": 0,
	}
	if u.IsBot {
		profile["bot_id"], profile["api_app_id"] = w.o.BotID, w.o.AppID
	}
	if u.TeamID != w.o.Team.ID {
		o["is_stranger"] = false
	}
	return o
}

// roomsOf lists what a person sees: their channels by name, then public ones.
func (w *Workspace) roomsOf(user string) []*room {
	var out []*room
	for _, id := range w.roomOrder {
		if r := w.rooms[id]; r.im == "" && r.has(user) {
			out = append(out, r)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
