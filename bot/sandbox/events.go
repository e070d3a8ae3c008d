package sandbox

import (
	"errors"
	"strings"
	"time"
)

// emit sends an event to the app when the manifest subscribes to it. Unlike
// commands and presses, an event that is not acknowledged is sent again. Callers hold mu.
func (w *Workspace) emit(subscription string, event object, r *room) {
	if !w.manifest.subscribed(subscription) || w.closed {
		return
	}
	id := w.newID("Ev")
	payload := object{
		"token": "sandbox", "team_id": w.o.Team.ID, "context_team_id": w.o.Team.ID, "api_app_id": w.o.AppID,
		"type": "event_callback", "event_id": id, "event_time": w.o.Now().Unix(), "event": event,
		"event_context": "4-" + id, "is_ext_shared_channel": r != nil && w.external(r),
		"authorizations": list{object{
			"enterprise_id": nil, "team_id": w.o.Team.ID, "user_id": w.o.BotUserID, "is_bot": true, "is_enterprise_install": false,
		}},
	}
	w.backgroundLocked(func() { w.insist(payload) })
}

// insist delivers an event until it is acknowledged or its repeats are used up.
func (w *Workspace) insist(payload object) {
	reason := ""
	for attempt := 0; ; attempt++ {
		_, err := w.deliver(envelope{kind: "events_api", payload: payload, attempt: attempt, reason: reason})
		if err == nil {
			return
		}
		var f httpFault
		if (errors.As(err, &f) && f.noRetry) || attempt >= len(w.o.Windows.Retries) {
			w.log.Warn("an event was not taken", "event_id", payload["event_id"], "reason", err)
			return
		}
		switch {
		case errors.Is(err, errTimeout) && w.o.RequestURL == "":
			reason = "timeout"
		case errors.Is(err, errTimeout):
			reason = "http_timeout"
		case errors.As(err, &f):
			reason = "http_error"
		default:
			reason = "connection_failed"
		}
		select {
		case <-time.After(w.o.Windows.Retries[attempt]):
		case <-w.ctx.Done():
			return
		}
	}
}

// announce tells the app about a new message in a conversation that it is in,
// its own messages included. Callers hold mu.
func (w *Workspace) announce(r *room, m *Message) {
	if !r.has(w.o.BotUserID) {
		return
	}
	ev := w.wire(m)
	ev["channel"], ev["channel_type"], ev["event_ts"] = r.ID, r.kind(), m.TS
	if m.BotID == "" {
		ev["client_msg_id"] = w.newID("msg-")
	}
	if root := r.find(m.ThreadTS); root != nil {
		ev["parent_user_id"] = root.User
	}
	w.emit(messageEvent(r), ev, r)
	if m.User != w.o.BotUserID && r.im == "" && strings.Contains(m.Text, "<@"+w.o.BotUserID+">") {
		mention := object{"type": "app_mention", "channel": r.ID, "event_ts": m.TS}
		for _, k := range []string{"user", "text", "ts", "team", "thread_ts", "client_msg_id"} {
			if v, ok := ev[k]; ok {
				mention[k] = v
			}
		}
		w.emit("app_mention", mention, r)
	}
}

func messageEvent(r *room) string {
	return map[string]string{"im": "message.im", "group": "message.groups", "channel": "message.channels"}[r.kind()]
}

// announceEdit tells the app that a message was changed. Callers hold mu.
func (w *Workspace) announceEdit(r *room, m *Message, before object) {
	if !r.has(w.o.BotUserID) {
		return
	}
	at := r.stamp(w.o.Now())
	w.emit(messageEvent(r), object{
		"type": "message", "subtype": "message_changed", "hidden": true, "channel": r.ID, "channel_type": r.kind(),
		"ts": at, "event_ts": at, "message": w.wire(m), "previous_message": before,
	}, r)
}

func (w *Workspace) joinedEvent(r *room, u *User) object {
	return object{
		"type": "member_joined_channel", "user": u.ID, "channel": r.ID, "channel_type": map[bool]string{true: "G", false: "C"}[r.IsPrivate],
		"team": u.TeamID, "event_ts": r.stamp(w.o.Now()),
	}
}

// OpenHome does what opening the app's Home tab does: the app hears app_home_opened.
func (w *Workspace) OpenHome(user string) error { return w.openTab(user, "home") }

func (w *Workspace) openTab(user, tab string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.dms[user]
	if id == "" {
		return Notice("This app is not available to you.")
	}
	if tab == "home" && !w.manifest.hasHome() {
		return Notice("This app has no Home tab.")
	}
	r := w.rooms[id]
	ev := object{"type": "app_home_opened", "user": user, "channel": id, "tab": tab, "event_ts": r.stamp(w.o.Now())}
	if v := w.homes[user]; v != nil && tab == "home" {
		ev["view"] = w.viewObject(v)
	}
	w.emit("app_home_opened", ev, r)
	return nil
}
