package sandbox

import (
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// typed says which scope of a family ("read", "history") a conversation needs.
func (r *room) typed(family string) string {
	switch {
	case r.im != "":
		return "im:" + family
	case r.IsPrivate:
		return "groups:" + family
	}
	return "channels:" + family
}

// visible finds a conversation that the bot may know about and checks the scope
// for its type.
func (w *Workspace) visible(c *call, family string) (*room, error) {
	if !slices.ContainsFunc([]string{"channels:", "groups:", "im:", "mpim:"}, func(p string) bool { return w.scopes[p+family] }) {
		return nil, w.need("channels:"+family, "groups:"+family, "im:"+family, "mpim:"+family)
	}
	r := w.rooms[c.str("channel")]
	if r == nil || (r.IsPrivate && !r.has(w.o.BotUserID)) {
		return nil, refuse("channel_not_found")
	}
	if err := w.need(r.typed(family)); err != nil {
		return nil, err
	}
	return r, nil
}

func (w *Workspace) conversationInfo(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := w.visible(c, "read")
	if err != nil {
		return nil, err
	}
	o := w.channelObject(r)
	if !c.flag("include_num_members") {
		delete(o, "num_members")
	}
	return object{"channel": o}, nil
}

func (w *Workspace) conversationList(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	types := strings.Split(c.str("types"), ",")
	if c.str("types") == "" {
		types = []string{"public_channel"}
	}
	family := map[string]string{
		"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read",
	}
	want := map[string]bool{}
	for _, t := range types {
		t = strings.TrimSpace(t)
		if family[t] == "" {
			return nil, refuse("invalid_types")
		}
		if err := w.need(family[t]); err != nil {
			return nil, err
		}
		want[t] = true
	}
	var out list
	for _, id := range w.roomOrder {
		r := w.rooms[id]
		kind := map[string]string{"im": "im", "group": "private_channel", "channel": "public_channel"}[r.kind()]
		if !want[kind] || (r.IsPrivate && !r.has(w.o.BotUserID)) || (r.IsArchived && c.flag("exclude_archived")) {
			continue
		}
		out = append(out, w.channelObject(r))
	}
	page, next, err := paginate(c, out, 100)
	if err != nil {
		return nil, err
	}
	return object{"channels": page, "response_metadata": object{"next_cursor": next}}, nil
}

func (w *Workspace) conversationMembers(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := w.visible(c, "read")
	if err != nil {
		return nil, err
	}
	var all list
	for _, m := range r.Members {
		all = append(all, m)
	}
	page, next, err := paginate(c, all, 100)
	if err != nil {
		return nil, err
	}
	return object{"members": page, "response_metadata": object{"next_cursor": next}}, nil
}

// orArguments is for methods that document no code of their own for a bad limit.
func orArguments(err error) error {
	if errors.Is(err, refuse("invalid_limit")) {
		return slip{code: "invalid_arguments", messages: []string{"limit must be between 1 and 1000 [json-pointer:/limit]"}}
	}
	return err
}

// paginate cuts a page out of all by limit and cursor.
func paginate(c *call, all list, def int) (page list, next string, err error) {
	limit, ok := c.number("limit", def)
	if !ok || limit < 0 || limit > 1000 {
		return nil, "", refuse("invalid_limit")
	}
	if limit == 0 {
		limit = def
	}
	start := 0
	if cur := c.str("cursor"); cur != "" {
		raw, err := base64.StdEncoding.DecodeString(cur)
		n, numErr := strconv.Atoi(strings.TrimPrefix(string(raw), "next:"))
		if err != nil || numErr != nil || n < 0 || n > len(all) {
			return nil, "", refuse("invalid_cursor")
		}
		start = n
	}
	end := min(len(all), start+limit)
	if end < len(all) {
		next = base64.StdEncoding.EncodeToString([]byte("next:" + strconv.Itoa(end)))
	}
	return append(list{}, all[start:end]...), next, nil
}

func (w *Workspace) conversationHistory(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := w.visible(c, "history")
	if err != nil {
		return nil, err
	}
	if !r.has(w.o.BotUserID) {
		return nil, refuse("not_in_channel")
	}
	ms, err := between(c, r.messages)
	if err != nil {
		return nil, err
	}
	ms = slices.DeleteFunc(ms, func(m *Message) bool {
		return m.For != "" || (m.ThreadTS != "" && m.ThreadTS != m.TS && !m.Broadcast)
	})
	slices.Reverse(ms) // newest first
	page, next, err := paginate(c, w.wireAll(r, ms, c.flag("include_all_metadata")), 100)
	if err != nil {
		return nil, orArguments(err)
	}
	o := object{"messages": page, "has_more": next != "", "pin_count": 0}
	if next != "" {
		o["response_metadata"] = object{"next_cursor": next}
	}
	return o, nil
}

func (w *Workspace) conversationReplies(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := w.visible(c, "history")
	if err != nil {
		return nil, err
	}
	root := r.find(c.str("ts"))
	if root == nil || root.For != "" {
		return nil, refuse("thread_not_found")
	}
	top := root.TS
	if root.ThreadTS != "" {
		top = root.ThreadTS
	}
	ms, err := between(c, r.messages)
	if err != nil {
		return nil, err
	}
	ms = slices.DeleteFunc(ms, func(m *Message) bool {
		return m.For != "" || m.TS == top || m.ThreadTS != top
	})
	if first := r.find(top); first != nil {
		ms = slices.Insert(ms, 0, first) // the root is there whatever the window says
	}
	page, next, err := paginate(c, w.wireAll(r, ms, c.flag("include_all_metadata")), 1000)
	if err != nil {
		return nil, orArguments(err)
	}
	return object{"messages": page, "has_more": next != "", "response_metadata": object{"next_cursor": next}}, nil
}

// between keeps the messages inside oldest and latest; the ends count only when inclusive.
func between(c *call, all []*Message) ([]*Message, error) {
	oldest, latest := c.str("oldest"), c.str("latest")
	lo, okLo := tsTime(orElse(oldest, "0"))
	hi, okHi := tsTime(orElse(latest, "99999999999"))
	if !okLo {
		return nil, refuse("invalid_ts_oldest")
	}
	if !okHi {
		return nil, refuse("invalid_ts_latest")
	}
	incl := c.flag("inclusive")
	var out []*Message
	for _, m := range all {
		at, _ := tsTime(m.TS)
		in := at.After(lo) && at.Before(hi)
		if in || (incl && (at.Equal(lo) || at.Equal(hi))) {
			out = append(out, m)
		}
	}
	return out, nil
}

func orElse(s, def string) string {
	if s == "" || s == "now" {
		return def
	}
	return s
}

func (w *Workspace) conversationOpen(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id := c.str("channel"); id != "" {
		r := w.rooms[id]
		if r == nil || r.im == "" {
			return nil, refuse("channel_not_found")
		}
		return object{"channel": object{"id": id}}, nil
	}
	users := c.str("users")
	if users == "" {
		return nil, refuse("users_list_not_supplied")
	}
	if strings.Contains(users, ",") {
		// Group direct messages exist in Slack; this workspace has none, and says so
		// with the code of a conversation that the method cannot make.
		return nil, refuse("method_not_supported_for_channel_type")
	}
	u := w.users[users]
	if u == nil || u.IsBot {
		return nil, refuse("user_not_found")
	}
	if u.Deleted {
		return nil, refuse("user_disabled")
	}
	_, open := w.dms[users]
	id := w.openDM(users)
	ch := object{"id": id}
	if c.flag("return_im") {
		ch = w.channelObject(w.rooms[id])
	}
	o := object{"channel": ch}
	if open {
		o["no_op"], o["already_open"] = true, true
	}
	return o, nil
}

func (w *Workspace) conversationJoin(c *call) (object, error) {
	w.mu.Lock()
	r := w.rooms[c.str("channel")]
	bot := w.o.BotUserID
	switch {
	case r == nil, r.IsPrivate && r.im == "" && !r.has(bot):
		w.mu.Unlock()
		return nil, refuse("channel_not_found")
	case r.im != "", r.IsPrivate:
		w.mu.Unlock()
		return nil, refuse("method_not_supported_for_channel_type")
	case r.IsArchived:
		w.mu.Unlock()
		return nil, refuse("is_archived")
	}
	already := r.has(bot)
	w.mu.Unlock()
	if !already {
		if err := w.Join(bot, r.ID); err != nil {
			return nil, refuse("channel_not_found")
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	o := object{"channel": w.channelObject(r)}
	if already {
		o["warning"] = "already_in_channel"
		o["response_metadata"] = object{"warnings": list{"already_in_channel"}}
	}
	return o, nil
}
