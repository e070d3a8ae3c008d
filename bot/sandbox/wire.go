package sandbox

import "slices"

// wire returns a message in the shape of the Web API and of events. Callers hold mu.
func (w *Workspace) wire(m *Message) object {
	o := object{"type": "message", "user": m.User, "text": m.Text, "ts": m.TS, "team": w.teamOf(m.User)}
	if m.Subtype != "" {
		o["subtype"] = m.Subtype
	}
	if m.BotID != "" {
		o["bot_id"], o["app_id"] = m.BotID, w.o.AppID
		o["bot_profile"] = object{
			"id": m.BotID, "app_id": w.o.AppID, "name": w.manifest.botName(), "deleted": false,
			"updated": 0, "team_id": w.o.Team.ID, "icons": object{},
		}
	}
	if m.Username != "" {
		o["username"] = m.Username
	}
	if m.Blocks != nil {
		o["blocks"] = m.Blocks
	}
	if m.Attachments != nil {
		o["attachments"] = m.Attachments
	}
	if m.Edited {
		o["edited"] = object{"user": m.User, "ts": m.edits}
	}
	if m.ThreadTS != "" {
		o["thread_ts"] = m.ThreadTS
	}
	if len(m.Files) > 0 {
		fs := list{}
		for _, id := range m.Files {
			if f := w.files[id]; f != nil {
				fs = append(fs, w.fileObject(f))
			}
		}
		o["files"], o["upload"] = fs, true
	}
	if len(m.Reactions) > 0 {
		rs := list{}
		for _, r := range m.Reactions {
			rs = append(rs, object{"name": r.Name, "users": r.Users, "count": len(r.Users)})
		}
		o["reactions"] = rs
	}
	if m.Pinned {
		o["pinned_to"] = list{m.Channel}
	}
	return o
}

// wireAll returns messages in wire shape with what a thread's root says about its replies.
func (w *Workspace) wireAll(r *room, ms []*Message, metadata bool) list {
	replies := r.threads()
	out := list{}
	for _, m := range ms {
		o := w.wire(m)
		if t := replies[m.TS]; t != nil {
			o["thread_ts"], o["reply_count"], o["latest_reply"] = m.TS, t.count, t.latest
			o["reply_users"], o["reply_users_count"] = t.users, len(t.users)
		}
		if m.ThreadTS != "" && m.ThreadTS != m.TS {
			if root := r.find(m.ThreadTS); root != nil {
				o["parent_user_id"] = root.User
			}
		}
		if metadata && m.Metadata != nil {
			o["metadata"] = m.Metadata
		}
		out = append(out, o)
	}
	return out
}

// thread is what a root message shows about its replies.
type thread struct {
	count  int
	latest string
	users  []string
}

func (r *room) threads() map[string]*thread {
	out := map[string]*thread{}
	for _, m := range r.messages {
		if m.ThreadTS == "" || m.ThreadTS == m.TS || m.For != "" {
			continue
		}
		t := out[m.ThreadTS]
		if t == nil {
			t = &thread{}
			out[m.ThreadTS] = t
		}
		t.count++
		t.latest = m.TS
		if !slices.Contains(t.users, m.User) {
			t.users = append(t.users, m.User)
		}
	}
	return out
}

func (w *Workspace) teamOf(user string) string {
	if u := w.users[user]; u != nil {
		return u.TeamID
	}
	return w.o.Team.ID
}
