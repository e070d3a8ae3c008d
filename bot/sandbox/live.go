package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// streamChanges tells the page what to fetch again, as server-sent events. It sends
// no content: the page asks for the parts it shows, as the person it shows them to.
func (w *Workspace) streamChanges(rw http.ResponseWriter, r *http.Request) {
	flush, ok := rw.(http.Flusher)
	if !ok {
		http.Error(rw, "streaming is not possible here", http.StatusInternalServerError)
		return
	}
	ch := make(chan change, 64)
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		http.Error(rw, "the workspace is closed", http.StatusServiceUnavailable)
		return
	}
	w.watchers[ch] = true
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.watchers, ch)
		w.mu.Unlock()
	}()
	me := r.URL.Query().Get("as")
	rw.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(rw, "retry: 1000\n\n")
	flush.Flush()
	beat := time.NewTicker(15 * time.Second)
	defer beat.Stop()
	for {
		select {
		case c, open := <-ch:
			if !open {
				return
			}
			if c.User != "" && c.User != me {
				continue // somebody else's modal or Home
			}
			body, _ := json.Marshal(object{"kind": c.Kind, "room": c.Room})
			fmt.Fprintf(rw, "data: %s\n\n", body)
		case <-beat.C:
			fmt.Fprint(rw, ": still here\n\n")
		case <-r.Context().Done():
			return
		case <-w.ctx.Done():
			return
		}
		flush.Flush()
	}
}
