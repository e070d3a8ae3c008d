package sandbox

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// tier is how often a method may be called.
type tier int

const (
	tier2       tier = 20
	tier3       tier = 50
	tier4       tier = 100
	tierSpecial tier = 600 // "special": hundreds a minute
	tierPost    tier = -1  // chat.postMessage: per channel, and a cap for the workspace
)

// A channel takes about one message a second; a short burst is tolerated. The
// whole workspace takes several hundred a minute.
const (
	postBurst      = 5
	postsPerMinute = 300
)

// pace counts a call and returns how long the app has to wait, zero when it may go on.
func (w *Workspace) pace(m method, channel string) time.Duration {
	if w.o.Unpaced {
		return 0
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.o.Real()
	if m.tier != tierPost {
		return w.window(m.name, now, int(m.tier), time.Minute)
	}
	if wait := w.window("post:"+channel, now, postBurst, postBurst*time.Second); wait > 0 {
		return wait
	}
	return w.window(m.name, now, postsPerMinute, time.Minute)
}

// window allows n calls in any span of time. A refused call is not counted.
func (w *Workspace) window(key string, now time.Time, n int, span time.Duration) time.Duration {
	calls := w.paces[key]
	for len(calls) > 0 && now.Sub(calls[0]) >= span {
		calls = calls[1:]
	}
	if len(calls) >= n {
		w.paces[key] = calls
		return calls[0].Add(span).Sub(now)
	}
	w.paces[key] = append(calls, now)
	return 0
}

// tooMany answers 429 with the whole seconds to wait, rounded up.
func tooMany(rw http.ResponseWriter, wait time.Duration) {
	rw.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(http.StatusTooManyRequests)
	rw.Write([]byte(`{"ok":false,"error":"ratelimited"}`)) //nolint:errcheck // the app has gone
}
