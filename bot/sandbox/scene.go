package sandbox

import (
	"fmt"
	"hash/fnv"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const clockLayout = "Mon 2 Jan 2006, 15:04"

func timestampText(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// zoneOf is the time zone of a person, or the desk's. Callers hold mu.
func (w *Workspace) zoneOf(user string) *time.Location {
	if u := w.users[user]; u != nil && u.TZ != "" {
		if loc, err := time.LoadLocation(u.TZ); err == nil {
			return loc
		}
	}
	return w.o.Zone
}

// The methods of scene are what the templates ask; all of them run under mu.

// entry is a line of the sidebar.
type entry struct {
	ID, Name         string
	Private, Current bool
	Archived         bool
	Unread           int
}

// Channels lists the channels of the person.
func (s scene) Channels() []entry {
	var out []entry
	for _, r := range s.roomsOf(s.Me.ID) {
		out = append(out, s.entry(r, r.Name))
	}
	return out
}

// App is the direct message with the app, or nothing for people without one.
func (s scene) App() []entry {
	id := s.dms[s.Me.ID]
	if id == "" {
		return nil
	}
	return []entry{s.entry(s.rooms[id], s.BotName())}
}

func (s scene) entry(r *room, name string) entry {
	return entry{
		ID: r.ID, Name: name, Private: r.IsPrivate, Archived: r.IsArchived,
		Current: s.Room == r, Unread: s.unread(r),
	}
}

// unread counts what somebody else has said since the person last looked.
func (s scene) unread(r *room) int {
	seen, n := s.read[s.Me.ID][r.ID], 0
	for i := len(r.messages) - 1; i >= 0; i-- {
		m := r.messages[i]
		if m.TS <= seen {
			break
		}
		reply := m.ThreadTS != "" && m.ThreadTS != m.TS && !m.Broadcast
		if m.User != s.Me.ID && (m.For == "" || m.For == s.Me.ID) && !reply {
			n++
		}
	}
	return n
}

// BotName is the display name of the app.
func (s scene) BotName() string { return s.manifest.botName() }

// Beside is the way to another page of the same demonstration, or nothing.
func (s scene) Beside() []Link {
	if s.o.Beside.URL == "" {
		return nil
	}
	return []Link{s.o.Beside}
}

// TeamName is the name of the workspace.
func (s scene) TeamName() string { return s.o.Team.Name }

// People lists who the person at the page may be.
func (s scene) People() []*User {
	var out []*User
	for _, id := range s.userOrder {
		if u := s.users[id]; !u.IsBot && !u.Deleted {
			out = append(out, u)
		}
	}
	return out
}

// Label is a person in the switch: name, title, and where they are from.
func (s scene) Label(u *User) string {
	out := u.RealName
	if u.Title != "" {
		out += " – " + u.Title
	}
	if u.TeamID != s.o.Team.ID {
		out += " (another company)"
	} else if u.IsRestricted {
		out += " (guest)"
	}
	return out
}

// RoomName is the heading of the conversation.
func (s scene) RoomName() string {
	switch {
	case s.Room == nil:
		return "Nothing here"
	case s.Room.im != "":
		return s.BotName()
	}
	return s.Room.Name
}

// Direct says whether the conversation is the one with the app.
func (s scene) Direct() bool { return s.Room != nil && s.Room.im != "" }

// HasHome says whether the app has a Home tab.
func (s scene) HasHome() bool { return s.manifest.hasHome() }

// Muted is why nothing can be written here, or empty.
func (s scene) Muted() string {
	switch {
	case s.Room == nil:
		return "You are in no conversation."
	case s.Room.IsArchived:
		return "This channel has been archived."
	case s.Direct() && (!s.manifest.hasMessages() || s.manifest.Features.AppHome.ReadOnly):
		return "Sending messages to this app has been turned off."
	}
	return ""
}

// Members counts who is in the channel.
func (s scene) Members() int { return len(s.Room.Members) }

// Shared says whether people of another company are in the channel.
func (s scene) Shared() bool { return s.Room != nil && s.Room.im == "" && s.external(s.Room) }

// Connected says whether the app can be reached.
func (s scene) Connected() bool { return s.o.RequestURL != "" || len(s.socket.open()) > 0 }

// Clock is the desk's time, Zone its zone, Movable whether the page may change it.
func (s scene) Clock() string { return s.now.In(s.o.Zone).Format(clockLayout) }

// ClockInput is the desk's time for an input of type datetime-local.
func (s scene) ClockInput() string { return s.now.In(s.o.Zone).Format("2006-01-02T15:04") }

// Zone names the desk's time zone.
func (s scene) Zone() string {
	name, _ := s.now.In(s.o.Zone).Zone()
	full := s.o.Zone.String()
	if full == "UTC" || full == "Local" {
		return name
	}
	city := full[strings.LastIndexByte(full, '/')+1:]
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		name = "UTC" + name
	}
	return strings.ReplaceAll(city, "_", " ") + ", " + name
}

// Movable says whether the clock can be moved.
func (s scene) Movable() bool { return s.o.SetNow != nil }

// Lines are the messages of the conversation, ready to be drawn.
func (s scene) Lines() []line {
	if s.Room == nil {
		return nil
	}
	return s.lines(func(m *Message) bool { return m.ThreadTS == "" || m.ThreadTS == m.TS || m.Broadcast })
}

// ThreadLines are the root and the replies of the open thread.
func (s scene) ThreadLines() []line {
	if s.Room == nil || s.Thread == "" {
		return nil
	}
	out := s.lines(func(m *Message) bool { return m.TS == s.Thread || m.ThreadTS == s.Thread })
	for i := range out {
		out[i].InThread = true
	}
	return out
}

func (s scene) lines(keep func(*Message) bool) []line {
	var out []line
	threads := s.Room.threads()
	zone := s.zoneOf(s.Me.ID)
	var last *line
	for _, m := range s.Room.messages {
		if (m.For != "" && m.For != s.Me.ID) || !keep(m) {
			continue
		}
		at, _ := tsTime(m.TS)
		l := line{scene: s, M: m, at: at.In(zone)}
		if t := threads[m.TS]; t != nil {
			l.Replies = t.count
			then, _ := tsTime(t.latest)
			l.LastReply = scribe{s.Workspace, zone}.dateText(then.Unix(), "{date_short_pretty} at {time}")
		}
		day := l.at.Format("2006-01-02")
		if last == nil || last.at.Format("2006-01-02") != day {
			l.Day = scribe{s.Workspace, zone}.dateText(l.at.Unix(), "{date_long_pretty}")
			l.Day = strings.ToUpper(l.Day[:1]) + l.Day[1:]
		}
		l.Compact = last != nil && l.Day == "" && last.M.User == m.User && last.M.For == m.For && last.M.Username == m.Username &&
			l.at.Sub(last.at) < 5*time.Minute && m.Subtype == ""
		out = append(out, l)
		last = &out[len(out)-1]
	}
	return out
}

// line is one message as it is drawn.
type line struct {
	scene
	M         *Message
	Day       string // a divider above it
	Compact   bool   // follows a message of the same author
	Replies   int
	LastReply string
	InThread  bool
	at        time.Time
}

// Mark changes whenever the message has to be drawn again.
func (l line) Mark() string {
	return fmt.Sprintf("%d.%d.%t.%s", l.M.Rev, l.Replies, l.Compact, l.Day)
}

// Author is the name above the message.
func (l line) Author() string {
	switch {
	case l.M.Username != "":
		return l.M.Username
	case l.M.User == slackbot:
		return "Workspace"
	}
	return l.users[l.M.User].RealName
}

// ByApp says whether the message is the app's.
func (l line) ByApp() bool { return l.M.BotID != "" }

// System says whether the message is the workspace's own.
func (l line) System() bool { return l.M.User == slackbot || l.M.Subtype == "tombstone" }

// Outsider names the company of an author from elsewhere.
func (l line) Outsider() bool {
	u := l.users[l.M.User]
	return u != nil && u.TeamID != l.o.Team.ID
}

// Time and FullTime are when it was written, in the reader's zone.
func (l line) Time() string { return l.at.Format("15:04") }

// FullTime is the time for the tooltip.
func (l line) FullTime() string { return l.at.Format("Monday, 2 January 2006 at 15:04:05 MST") }

// Body is the text of a message without blocks.
func (l line) Body() template.HTML {
	s := scribe{l.Workspace, l.zoneOf(l.Me.ID)}
	if l.M.Plain {
		return s.plain(strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(l.M.Text), true)
	}
	return s.mrkdwn(l.M.Text)
}

// ShowText says whether the text is drawn: Slack shows it only without blocks.
func (l line) ShowText() bool { return len(l.M.Blocks) == 0 && l.M.Text != "" }

// Blocks are the blocks of the message and of its attachments.
func (l line) Blocks() []node {
	return l.sheet().nodes(l.M.Blocks)
}

func (l line) sheet() *sheet {
	return &sheet{
		scribe: scribe{l.Workspace, l.zoneOf(l.Me.ID)}, key: messageKey(l.M, l.Me.ID),
		where: map[bool]string{true: "t", false: "c"}[l.InThread] + l.M.TS, surface: surfaceMessage, room: l.Room, me: l.Me,
	}
}

// attachment is a secondary attachment: a coloured bar with old-style fields or blocks.
type attachment struct {
	Title, Footer string
	Text, Pretext template.HTML
	Blocks        []node
}

// Attachments are the secondary attachments of the message.
func (l line) Attachments() []attachment {
	var out []attachment
	sh := l.sheet()
	for _, a := range l.M.Attachments {
		o, _ := a.(object)
		bs, _ := o["blocks"].(list)
		out = append(out, attachment{
			Title: str(o, "title"), Footer: str(o, "footer"), Text: sh.mrkdwn(str(o, "text")),
			Pretext: sh.mrkdwn(str(o, "pretext")), Blocks: sh.nodes(bs),
		})
	}
	return out
}

// Failure is what Slack shows when the app did not answer a press.
func (l line) Failure() string { return l.M.failure }

// shownFile is a file under a message.
type shownFile struct{ Name, Title, Size, Link string }

// Files are the files shared with the message.
func (l line) Files() []shownFile {
	var out []shownFile
	for _, id := range l.M.Files {
		if f := l.files[id]; f != nil {
			out = append(out, shownFile{f.name, f.title, sizeText(len(f.data)), filePath(f)})
		}
	}
	return out
}

func sizeText(n int) string {
	if n < 1024 {
		return strconv.Itoa(n) + " bytes"
	}
	return strconv.FormatFloat(float64(n)/1024, 'f', 1, 64) + " KB"
}

// shownReaction is a reaction under a message.
type shownReaction struct {
	Name, Emoji, Who string
	Count            int
}

// Reactions are the emoji under the message.
func (l line) Reactions() []shownReaction {
	var out []shownReaction
	for _, r := range l.M.Reactions {
		var who []string
		for _, id := range r.Users {
			if u := l.users[id]; u != nil {
				who = append(who, u.RealName)
			}
		}
		out = append(out, shownReaction{r.Name, orElse(emoji(r.Name), ":"+r.Name+":"), strings.Join(who, ", "), len(r.Users)})
	}
	return out
}

// Initials are the letters of an avatar; Hue its colour class.
func (l line) Initials() string { return initials(l.Author()) }

// Hue is the colour class of the avatar.
func (l line) Hue() string { return hue(l.M.User) }

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
	return "hue-" + strconv.Itoa(int(h.Sum32()%8))
}

// Modal is the topmost open modal of the person, or nothing.
func (s scene) Modal() []shownView {
	stack := s.stacks[s.Me.ID]
	if len(stack) == 0 {
		return nil
	}
	return []shownView{s.shown(stack[len(stack)-1], len(stack))}
}

// HomeView is the published App Home of the person, or nothing.
func (s scene) HomeView() []shownView {
	if v := s.homes[s.Me.ID]; v != nil {
		return []shownView{s.shown(v, 0)}
	}
	return nil
}

// shownView is a view as it is drawn.
type shownView struct {
	*View
	Depth  int
	Blocks []node
}

// Head, Send and Back are the words on the frame of a modal.
func (v shownView) Head() string { return str(v.Title, "text") }

// Send is the text of the submit button, or empty without one.
func (v shownView) Send() string { return str(v.SubmitText, "text") }

// Back is the text of the close button.
func (v shownView) Back() string { return orElse(str(v.CloseText, "text"), "Cancel") }

// Trouble is what Slack shows when a submission failed.
func (v shownView) Trouble() string { return v.trouble }

func (s scene) shown(v *View, depth int) shownView {
	sh := &sheet{
		scribe: scribe{s.Workspace, s.zoneOf(s.Me.ID)}, key: viewKey(v), where: v.ID,
		surface: surface(v.Type), room: s.Room, me: s.Me,
	}
	return shownView{View: v, Depth: depth, Blocks: sh.nodes(v.Blocks)}
}

func pageFuncs() template.FuncMap {
	return template.FuncMap{"hue": hue, "initials": initials}
}
