package bot

import (
	"log/slog"
	"time"
)

// Trouble logs a failure that comes again and again, as when a database is gone for a while: once when it begins, then at
// growing intervals, and once when it is over. It is for one loop, and not for several at a time.
type Trouble struct {
	Log  *slog.Logger
	What string // what fails, as the log's message

	since, next time.Time
	rounds      int
}

// The pauses between two lines about the same trouble.
const (
	firstWord   = 10 * time.Second
	longestWord = 10 * time.Minute
)

// Note takes how a round ended.
func (t *Trouble) Note(err error) {
	now := time.Now() // real time, however the desk's clock is moved
	switch {
	case err == nil && t.since.IsZero():
		return
	case err == nil:
		t.Log.Info(t.What+": it works again", "after", now.Sub(t.since).Round(time.Millisecond), "rounds", t.rounds)
		t.since, t.rounds = time.Time{}, 0
		return
	case t.since.IsZero():
		t.Log.Error(t.What, "err", err)
		t.since, t.next = now, now.Add(firstWord)
	case !now.Before(t.next):
		t.Log.Error(t.What, "err", err, "since", t.since.UTC().Format(time.RFC3339), "rounds", t.rounds)
		t.next = now.Add(min(2*now.Sub(t.since), longestWord))
	}
	t.rounds++
}
