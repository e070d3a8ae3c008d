package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// object and list are JSON values as they arrived: the sandbox keeps and shows
// what an app really sent instead of squeezing it through types of its own.
type (
	object = map[string]any
	list   = []any
)

// newID returns the next id with Slack's prefix (V for views, F for files, Ev for
// events). Ids are counted, not random, so that two runs of a rehearsal agree.
func (w *Workspace) newID(prefix string) string {
	w.seq++
	return fmt.Sprintf("%s0%08s", prefix, strings.ToUpper(strconv.FormatInt(w.seq*7919+36*36*36*36, 36)))
}

// secret returns an id that cannot be guessed: trigger ids, response urls,
// socket tickets and upload urls are all capabilities.
func secret() string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand.Read never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// stamp returns the next timestamp of a room: the desk's time, but always later
// than the one before, because ts is also the message's identity.
func (r *room) stamp(now time.Time) string {
	ts := fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000)
	if ts <= r.lastTS {
		ts = nextTS(r.lastTS)
	}
	r.lastTS = ts
	return ts
}

func nextTS(ts string) string {
	sec, micro, _ := strings.Cut(ts, ".")
	s, _ := strconv.ParseInt(sec, 10, 64)
	m, _ := strconv.ParseInt(micro, 10, 64)
	if m++; m == 1_000_000 {
		s, m = s+1, 0
	}
	return fmt.Sprintf("%d.%06d", s, m)
}

// tsTime turns a timestamp back into an instant.
func tsTime(ts string) (time.Time, bool) {
	sec, micro, ok := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(sec, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	var m int64
	if ok {
		if len(micro) != 6 {
			return time.Time{}, false
		}
		if m, err = strconv.ParseInt(micro, 10, 64); err != nil {
			return time.Time{}, false
		}
	}
	return time.Unix(s, m*1000), true
}

func zoneOffset(tz string, now time.Time) int {
	loc, err := time.LoadLocation(tz)
	if err != nil {
		return 0
	}
	_, off := now.In(loc).Zone()
	return off
}

func zoneLabel(tz string, now time.Time) string {
	loc, err := time.LoadLocation(tz)
	if err != nil {
		return "UTC"
	}
	name, _ := now.In(loc).Zone()
	return name
}
