package sandbox

import (
	"io"
	"net/http"
	"time"
)

const hookUses = 5

// responseHook stands behind a response_url: five answers within half an hour to
// one command or press, without a token.
type responseHook struct {
	user, room string
	ts         string // the message that was acted on; empty after a command
	thread     string
	born       time.Time
	uses       int
}

// newHook makes a response_url. Callers hold mu.
func (w *Workspace) newHook(h responseHook) string {
	h.born = w.o.Real()
	for id, old := range w.hooks {
		if h.born.Sub(old.born) > w.o.Windows.ResponseURL {
			delete(w.hooks, id)
		}
	}
	ticket := secret()
	w.hooks[ticket] = &h
	return w.base + "/hooks/" + ticket
}

// serveHook takes an answer to a response_url.
func (w *Workspace) serveHook(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
	if err != nil {
		http.Error(rw, "invalid_payload", http.StatusBadRequest)
		return
	}
	var args object
	if decode(body, &args) != nil || args == nil {
		http.Error(rw, "invalid_payload", http.StatusBadRequest)
		return
	}
	f := w.faultFor("response_url", "")
	if w.faultBefore(rw, r, f) {
		return
	}
	err = w.useHook(r.PathValue("ticket"), args)
	if f.Kind > faultsAfter {
		w.faultAfter(rw, r, f, nil, err)
		return
	}
	if err != nil {
		rw.WriteHeader(http.StatusNotFound)
		w.answer(rw, nil, err)
		return
	}
	io.WriteString(rw, "ok") //nolint:errcheck // the app has gone
}

func (w *Workspace) useHook(ticket string, args object) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hooks[ticket]
	switch {
	case h == nil, w.o.Real().Sub(h.born) > w.o.Windows.ResponseURL:
		return refuse("expired_url")
	case h.uses >= hookUses:
		return refuse("used_url")
	}
	if err := w.respond(h, args); err != nil {
		return err
	}
	h.uses++
	return nil
}

// respond does what an answer to a command or press says. Callers hold mu.
func (w *Workspace) respond(h *responseHook, args object) error {
	r := w.rooms[h.room]
	old := r.find(h.ts)
	if flagOf(args, "delete_original") {
		if old == nil {
			return refuse("message_not_found")
		}
		w.remove(r, old)
		return nil
	}
	c := &call{args: args}
	m, err := w.content(c)
	if err != nil {
		return err
	}
	if flagOf(args, "replace_original") && old != nil {
		// An edit by response_url replaces the whole message, blocks included, and can
		// turn neither an ephemeral message into a public one nor back.
		w.rewrite(old, m, true, true, true)
		return nil
	}
	m.ThreadTS = h.thread
	if err := w.intoThread(r, m, c); err != nil {
		return err
	}
	w.byBot(m, &call{args: object{}})
	if str(args, "response_type") != "in_channel" {
		m.For, m.Metadata = h.user, nil
	}
	w.add(r, m)
	if m.For == "" {
		w.announce(r, m)
	}
	return nil
}

func flagOf(o object, key string) bool {
	switch v := o[key].(type) {
	case bool:
		return v
	case string:
		return v == "true"
	}
	return false
}
