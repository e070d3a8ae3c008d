package discord

import (
	"fmt"
	"hash/fnv"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// scene is what the page shows: who looks, and at which channel. Both stand in the
// address, so two tabs can be two people. Its methods are what the templates ask; all
// of them run under mu.
type scene struct {
	*Server
	Me   *User
	Room *channel
}

// sceneOf reads the address. Callers hold mu.
func (s *Server) sceneOf(r *http.Request) scene {
	q := r.URL.Query()
	sc := scene{Server: s, Me: s.users[q.Get("as")], Room: s.channels[q.Get("c")]}
	if sc.Me == nil || sc.Me.Bot {
		sc.Me = s.bot()
		if people := sc.People(); len(people) > 0 {
			sc.Me = people[0]
		}
	}
	if sc.Room == nil || !s.permissions(sc.Me.ID, sc.Room).has(ViewChannel) || sc.Room.Kind == Category {
		sc.Room = s.talk(sc.Me.ID)
		for _, id := range s.order {
			if ch := s.channels[id]; s.textual(ch) && s.permissions(sc.Me.ID, ch).has(ViewChannel) {
				sc.Room = ch
				break
			}
		}
	}
	return sc
}

// Base is where the page is mounted.
func (s scene) Base() string { return strings.TrimSuffix(s.o.Path, "/") }

// GuildName and BotName are the names on the page.
func (s scene) GuildName() string { return s.o.Guild.Name }

// BotName is the name of the application.
func (s scene) BotName() string { return s.shownName(s.o.Application.BotID) }

// Beside is the way to another page of the same demonstration, or nothing.
func (s scene) Beside() []Link {
	if s.o.Beside.URL == "" {
		return nil
	}
	return []Link{s.o.Beside}
}

// Outside says whether the person is no member of the guild.
func (s scene) Outside() bool { return s.Me.Outside }

// Direct says whether the conversation is the talk with the application.
func (s scene) Direct() bool { return s.Room.Kind == DirectTalk }

// RoomName is the heading of the conversation.
func (s scene) RoomName() string {
	if s.Direct() {
		return s.BotName()
	}
	return s.Room.Name
}

// TalkID is the direct talk of the person with the application.
func (s scene) TalkID() string { return s.talk(s.Me.ID).ID }

// People lists who the person at the page may be.
func (s scene) People() []*User {
	var out []*User
	for _, id := range s.userOrder {
		if u := s.users[id]; !u.Bot {
			out = append(out, u)
		}
	}
	return out
}

// Label is a person in the switch, with the names of their roles.
func (s scene) Label(u *User) string {
	var roles []string
	for _, id := range u.Roles {
		if r := s.role(id); r != nil {
			roles = append(roles, r.Name)
		}
	}
	out := s.shownName(u.ID)
	if len(roles) > 0 {
		out += " – " + strings.Join(roles, ", ")
	}
	if u.Outside {
		out += " (not in the server)"
	}
	return out
}

// shownName is the name that Discord shows: of the guild, of the account, the handle.
func (s *Server) shownName(id string) string {
	u := s.users[id]
	if u == nil {
		return "Deleted User"
	}
	return orElse(u.Nick, orElse(u.Global, u.Name))
}

// entry is a line of the list of channels.
type entry struct {
	ID, Name         string
	Heading, Private bool
	Thread, Voice    bool
	Current          bool
	Unread           int
}

// Entries lists categories, channels and threads that the person sees.
func (s scene) Entries() []entry {
	var out []entry
	for _, top := range s.order {
		c := s.channels[top]
		if c.Parent != "" && s.channels[c.Parent] != nil || !s.permissions(s.Me.ID, c).has(ViewChannel) {
			continue
		}
		out = append(out, s.entry(c))
		for _, id := range s.order {
			if in := s.channels[id]; in.Parent == top && s.permissions(s.Me.ID, in).has(ViewChannel) {
				out = append(out, s.entry(in))
				out = append(out, s.threads(in.ID)...)
			}
		}
	}
	return out
}

func (s scene) threads(parent string) []entry {
	var out []entry
	for _, id := range s.order {
		if t := s.channels[id]; t.Kind == PublicThread && t.Parent == parent {
			out = append(out, s.entry(t))
		}
	}
	return out
}

// Talk is the entry of the direct talk.
func (s scene) Talk() entry {
	e := s.entry(s.talk(s.Me.ID))
	e.Name = s.BotName()
	return e
}

func (s scene) entry(c *channel) entry {
	e := entry{
		ID: c.ID, Name: c.Name, Heading: c.Kind == Category, Thread: c.Kind == PublicThread, Voice: c.Kind == VoiceChannel,
		Private: len(c.Only) > 0, Current: c == s.Room,
	}
	seen := s.read[s.Me.ID][c.ID]
	for _, m := range c.messages {
		if m.Author != s.Me.ID && (m.For == "" || m.For == s.Me.ID) && (seen == "" || older(seen, m.ID)) {
			e.Unread++
		}
	}
	return e
}

// group is a heading in the list of members with who stands below it.
type group struct {
	Name    string
	Members []memberLine
}

type memberLine struct {
	*User
	Shown, Color string
}

// Groups are the members in the channel by their highest role that is shown apart.
func (s scene) Groups() []group {
	byRole := map[string][]memberLine{}
	for _, id := range s.userOrder {
		u := s.member(id)
		if u == nil || !s.permissions(id, s.Room).has(ViewChannel) {
			continue
		}
		name := "Members"
		for _, r := range s.roles {
			if r.Hoist && slices.Contains(u.Roles, r.ID) {
				name = r.Name
			}
		}
		byRole[name] = append(byRole[name], memberLine{u, s.shownName(id), s.color(u)})
	}
	var out []group
	for i := len(s.roles) - 1; i >= 0; i-- {
		if name := s.roles[i].Name; len(byRole[name]) > 0 && s.roles[i].Hoist {
			out = append(out, group{name, byRole[name]})
		}
	}
	if len(byRole["Members"]) > 0 {
		out = append(out, group{"Members", byRole["Members"]})
	}
	return out
}

// color is that of the highest role with one, as #rrggbb.
func (s *Server) color(u *User) string {
	out := ""
	for _, r := range s.roles {
		if r.Color != 0 && u != nil && slices.Contains(u.Roles, r.ID) {
			out = fmt.Sprintf("#%06x", r.Color)
		}
	}
	return out
}

// Muted is why nothing can be written here, or empty.
func (s scene) Muted() string {
	if !s.permissions(s.Me.ID, s.Room).has(SendMessages) {
		return "You do not have permission to send messages in this channel."
	}
	return ""
}

// Connected says whether the application can be reached.
func (s scene) Connected() bool {
	for _, ses := range s.gateway.sessions {
		if ses.conn != nil {
			return true
		}
	}
	return s.endpoint != ""
}

// Clock is the desk's time.
func (s scene) Clock() string { return s.o.Now().In(s.o.Zone).Format("Mon 2 Jan 2006, 15:04") }

// line is one message as it is drawn.
type line struct {
	scene
	M       *Message
	Day     string
	Compact bool
	at      time.Time
}

// Lines are the messages of the conversation, ready to be drawn.
func (s scene) Lines() []line {
	var out []line
	var last *line
	for _, m := range s.Room.messages {
		if m.For != "" && m.For != s.Me.ID {
			continue
		}
		l := line{scene: s, M: m, at: m.At.In(s.o.Zone)}
		if last == nil || last.at.Format(time.DateOnly) != l.at.Format(time.DateOnly) {
			l.Day = l.at.Format("2 January 2006")
		}
		l.Compact = last != nil && l.Day == "" && last.M.Author == m.Author && last.M.For == m.For && m.origin == nil && m.ReplyTo == "" &&
			l.at.Sub(last.at) < 7*time.Minute
		out = append(out, l)
		last = &out[len(out)-1]
	}
	return out
}

// Mark changes whenever the message has to be drawn again.
func (l line) Mark() string {
	return fmt.Sprintf("%d.%t.%s.%d.%s", l.M.Rev, l.Compact, l.Day, l.M.Flags, l.M.failure)
}

// Author is the name above the message, Color that of the highest role.
func (l line) Author() string { return l.shownName(l.M.Author) }

// Color is the colour of the author's highest role.
func (l line) Color() string { return l.color(l.users[l.M.Author]) }

// ByApp says whether the message is the application's.
func (l line) ByApp() bool { return l.M.Author == l.o.Application.BotID }

// Time and FullTime are when it was written.
func (l line) Time() string { return l.at.Format("15:04") }

// FullTime is the time for the tooltip.
func (l line) FullTime() string { return l.at.Format("Monday, 2 January 2006 15:04") }

// Used says who used which command, above an answer.
func (l line) Used() string {
	if l.M.origin == nil || l.M.origin.first != "" || l.M.origin.of.kind != interactCommand {
		return ""
	}
	return l.shownName(l.M.origin.of.user) + " used /" + l.M.origin.of.name
}

// Reply is the message that this one answers, in one line.
func (l line) Reply() string {
	old := l.Room.find(l.M.ReplyTo)
	if old == nil {
		return ""
	}
	text := []rune(strings.ReplaceAll(old.Text(), "\n", " "))
	return l.shownName(old.Author) + ": " + string(text[:min(90, len(text))])
}

// Failure is what Discord shows when the application did not answer.
func (l line) Failure() string { return l.M.failure }

// Pings says whether the person who looks was notified.
func (l line) Pings() bool {
	p := l.M.Pinged
	return p.Everyone || slices.Contains(p.Users, l.Me.ID) || slices.ContainsFunc(p.Roles, func(r string) bool { return slices.Contains(l.Me.Roles, r) })
}

// Answerable says whether the person can reply to the message: one that stands there for everybody, where they may write.
func (l line) Answerable() bool { return l.M.For == "" && !l.M.Loading() && l.Muted() == "" }

// Own says whether the person wrote it.
func (l line) Own() bool { return l.M.Author == l.Me.ID }

// Mine says whether the person may take the message away.
func (l line) Mine() bool { return l.M.Author == l.Me.ID || l.M.For == l.Me.ID }

// Body is the content of the message.
func (l line) Body() template.HTML { return l.scribe().html(l.M.Content) }

// ThreadName is the name of the thread that starts here.
func (l line) ThreadName() string {
	if t := l.channels[l.M.Thread]; t != nil {
		return t.Name
	}
	return ""
}

func (l line) scribe() scribe { return scribe{l.Server, l.Base()} }

func initials(name string) string {
	var out []rune
	for _, f := range strings.Fields(name) {
		if r := []rune(f)[0]; unicode.IsLetter(r) {
			out = append(out, unicode.ToUpper(r))
		}
	}
	if len(out) > 2 {
		out = []rune{out[0], out[len(out)-1]}
	}
	return string(out)
}

func hue(id string) string {
	h := fnv.New32a()
	h.Write([]byte(id)) //nolint:errcheck // never fails
	return "hue-" + strconv.Itoa(int(h.Sum32()%6))
}
