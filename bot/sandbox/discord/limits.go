package discord

import (
	"encoding/json"
	"errors"
	"hash/fnv"
	"math"
	"net/http"
	"strconv"
	"time"
)

// limit is how often a route may be called, for each channel, guild or webhook apart.
// Discord publishes no figures and asks nobody to rely on them; these are of the size
// that its headers show.
type limit int

const (
	limitNone limit = iota
	limitPlain
	limitRead
	limitWrite
	limitOpen
	limitHook
)

// rate is how many calls in which span.
func (l limit) rate() (int, time.Duration) {
	switch l {
	case limitPlain:
		return 50, time.Second
	case limitRead:
		return 10, time.Second
	case limitWrite:
		return 5, 5 * time.Second
	case limitOpen:
		return 10, 10 * time.Second
	case limitHook:
		return 5, 2 * time.Second
	}
	return 0, 0
}

// The limits over all routes.
const (
	globalPerSecond = 50
	invalidSpan     = 10 * time.Minute
)

// paces is what has been called lately. It is guarded by Server.mu.
type paces struct {
	buckets map[string]*bucket
	global  bucket
	invalid []time.Time
}

// bucket is a fixed window that opens with its first call.
type bucket struct {
	used  int
	until time.Time
}

func (b *bucket) take(n int, span time.Duration, now time.Time) (left int, after time.Duration) {
	if !now.Before(b.until) {
		b.used, b.until = 0, now.Add(span)
	}
	if b.used >= n {
		return 0, b.until.Sub(now)
	}
	b.used++
	return n - b.used, 0
}

// wait is the answer 429.
type wait struct {
	after  time.Duration
	global bool
	scope  string
}

func (w wait) Error() string { return "429 " + w.scope }

func (e wait) write(w http.ResponseWriter) (int, []byte) {
	seconds := math.Ceil(e.after.Seconds()*1000) / 1000
	h := w.Header()
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(seconds))))
	h.Set("X-RateLimit-Scope", e.scope)
	message := "You are being rate limited."
	if e.global {
		h.Set("X-RateLimit-Global", "true")
	}
	if e.scope == "shared" {
		message = "The resource is being rate limited."
	}
	body, _ := json.Marshal(object{"message": message, "retry_after": seconds, "global": e.global, "code": 0})
	return http.StatusTooManyRequests, body
}

// errBanned is what an address meets that has made too many invalid requests.
var errBanned = errors.New("temporarily banned for invalid requests")

// paced counts a call, sets the headers of its bucket, and says how long to wait.
func (s *Server) paced(w http.ResponseWriter, c *call) wait {
	if s.o.Unpaced {
		return wait{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Real()
	if c.route.auth == authBot {
		if _, after := s.pace.global.take(globalPerSecond, time.Second, now); after > 0 {
			return wait{after, true, "global"}
		}
	}
	n, span := c.route.limit.rate()
	if n == 0 {
		return wait{}
	}
	key := c.route.method + c.route.path + "/" + c.arg("channel") + c.arg("guild") + c.arg("token")
	b := s.pace.buckets[key]
	if b == nil {
		b = &bucket{}
		s.pace.buckets[key] = b
	}
	left, after := b.take(n, span, now)
	announce(w, c.route, n, left, now, b.until.Sub(now))
	if after > 0 {
		return wait{after, false, "user"}
	}
	return wait{}
}

// announce sets the headers of a bucket: how many calls it takes, how many are left, and when it is empty again.
func announce(w http.ResponseWriter, r *route, n, left int, now time.Time, after time.Duration) {
	h := w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(n))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(left))
	h.Set("X-RateLimit-Reset", strconv.FormatFloat(float64(now.Add(after).UnixMilli())/1000, 'f', 3, 64))
	h.Set("X-RateLimit-Reset-After", strconv.FormatFloat(math.Ceil(after.Seconds()*1000)/1000, 'f', 3, 64))
	h.Set("X-RateLimit-Bucket", bucketName(r))
}

// bucketName is opaque and the same for all channels of a route.
func bucketName(r *route) string {
	h := fnv.New128a()
	h.Write([]byte(r.method + r.path)) //nolint:errcheck // never fails
	return strconv.FormatUint(uint64(h.Sum(nil)[0])<<32|uint64(h.Sum(nil)[5])<<16|uint64(h.Sum(nil)[9])<<8|uint64(h.Sum(nil)[15]), 16) + "a5c1"
}

// countInvalid counts answers that Discord holds against an address. Callers hold mu.
func (s *Server) countInvalid(status int, scope string) {
	counted := status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusTooManyRequests
	if !counted || scope == "shared" {
		return
	}
	s.pace.invalid = append(s.recentInvalid(), s.o.Real())
}

func (s *Server) recentInvalid() []time.Time {
	list := s.pace.invalid
	for len(list) > 0 && s.o.Real().Sub(list[0]) >= invalidSpan {
		list = list[1:]
	}
	return list
}

// Invalid says how many invalid requests stand against the application: answers 401,
// 403 and 429 of the last ten minutes.
func (s *Server) Invalid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.recentInvalid())
}

func (s *Server) banned() bool { return s.Invalid() >= s.o.InvalidLimit }
