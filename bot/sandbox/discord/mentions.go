package discord

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// allowed says which mentions in a text may notify somebody.
type allowed struct {
	parse        []string
	users, roles []string
	replied      bool
}

// What holds when a request has no allowed_mentions. Source: Discord's page on messages.
func allowAll() allowed   { return allowed{parse: []string{"users", "roles", "everyone"}} }
func allowUsers() allowed { return allowed{parse: []string{"users"}} }

func (f *form) allowedMentions(body object, path string) *allowed {
	o := sub(body, "allowed_mentions")
	if o == nil {
		return nil
	}
	at := join(path, "allowed_mentions")
	a := &allowed{replied: flag(o, "replied_user")}
	for i, v := range items(o, "parse") {
		kind, _ := v.(string)
		if !slices.Contains([]string{"users", "roles", "everyone"}, kind) {
			f.fail(join(at, "parse")+"."+fmt.Sprint(i), "BASE_TYPE_CHOICES", "Value must be one of {'users', 'roles', 'everyone'}.")
		}
		a.parse = append(a.parse, kind)
	}
	a.users, a.roles = f.ids(o, at, "users", a.parse), f.ids(o, at, "roles", a.parse)
	return a
}

// ids reads a list of at most 100 snowflakes, which excludes parsing the same kind.
func (f *form) ids(o object, at, key string, parse []string) []string {
	var out []string
	for i, v := range items(o, key) {
		id := str(object{"": v}, "")
		if !snowflakeForm.MatchString(id) {
			f.fail(join(at, key)+"."+fmt.Sprint(i), "NUMBER_TYPE_COERCE", fmt.Sprintf("Value %q is not snowflake.", id))
		}
		out = append(out, id)
	}
	if len(out) > 100 {
		f.fail(join(at, key), "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
	}
	if len(out) > 0 && slices.Contains(parse, key) {
		f.fail(at, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", fmt.Sprintf("parse:[%q] and %s: [ids...] are mutually exclusive.", key, key))
	}
	return out
}

var mention = regexp.MustCompile(`<@!?([0-9]{15,20})>|<@&([0-9]{15,20})>|@everyone|@here`)

// code is what Discord does not look into for mentions.
var code = regexp.MustCompile("(?s)```.*?```|``.*?``|`[^`]*`")

// ping works out who is notified by a message: everything that stands in its content
// or text displays, as far as the request and the author's permissions allow it.
// Embeds never notify anybody. Callers hold mu.
func (s *Server) ping(m *Message, ch *channel, a *allowed, byDefault allowed) {
	if a == nil {
		a = &byDefault
	}
	text := m.Content
	if m.Flags&flagV2 != 0 {
		var b strings.Builder
		walk(m.Components, func(c object) { b.WriteString(str(c, "content") + "\n") })
		text = b.String()
	}
	m.Pinged = Pinged{}
	loud := s.permissions(m.Author, ch).has(MentionEveryone)
	for _, hit := range mention.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
		switch user, role := hit[1], s.role(hit[2]); {
		case user != "":
			if s.users[user] != nil && a.lets("users", user, a.users) && !slices.Contains(m.Pinged.Users, user) {
				m.Pinged.Users = append(m.Pinged.Users, user)
			}
		case hit[2] != "":
			if role != nil && (role.Mentionable || loud) && a.lets("roles", role.ID, a.roles) && !slices.Contains(m.Pinged.Roles, role.ID) {
				m.Pinged.Roles = append(m.Pinged.Roles, role.ID)
			}
		case loud && slices.Contains(a.parse, "everyone"):
			m.Pinged.Everyone = true
		}
	}
	if old := ch.find(m.ReplyTo); old != nil && a.replied && !slices.Contains(m.Pinged.Users, old.Author) {
		m.Pinged.Users = append(m.Pinged.Users, old.Author)
	}
}

func (a allowed) lets(kind, id string, listed []string) bool {
	return slices.Contains(a.parse, kind) || slices.Contains(listed, id)
}
