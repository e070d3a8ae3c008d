package bot

import (
	"context"
	"sync"
	"time"
)

// untold are the messages that ended and of which the records do not know it yet. A sender that was not started has none.
type untold struct {
	mu   sync.Mutex
	last int
	ends map[int]time.Time
}

// add notes that a message has ended; known is called when the records know it.
func (u *untold) add() (known func()) {
	if u == nil {
		return func() {}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last++
	n := u.last
	u.ends[n] = time.Now()
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.ends, n)
	}
}

// longer says whether the records have not been told of a message for longer than that.
func (u *untold) longer(than time.Duration) bool {
	if u == nil {
		return false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, at := range u.ends {
		if time.Since(at) > than {
			return true
		}
	}
	return false
}

// outlast is a context that ends so long after another.
func outlast(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	out, stop := context.WithCancel(context.WithoutCancel(ctx))
	cancel := context.AfterFunc(ctx, func() { time.AfterFunc(by, stop) })
	return out, func() { cancel(); stop() }
}
