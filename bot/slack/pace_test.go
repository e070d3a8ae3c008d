package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// strict is Slack's Web API with a word for each method: how many calls it had, and which of them it refuses.
type strict struct {
	*httptest.Server
	mu    sync.Mutex
	calls map[string]int
	after map[string]string // method: the Retry-After of its next call, which is refused
}

func newStrict(t *testing.T) *strict {
	t.Helper()
	s := &strict{calls: map[string]int{}, after: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := strings.TrimPrefix(r.URL.Path, "/")
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls[method]++
		if wait, refused := s.after[method]; refused {
			delete(s.after, method)
			w.Header().Set("Retry-After", wait)
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = fmt.Fprintf(w, `{"ok":true,"channel":"C1","ts":"%d.1","message_ts":"1.1"}`, s.calls[method])
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *strict) refuse(method, after string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after[method] = after
}

func (s *strict) of(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// moved is a clock that is moved by hand.
type moved struct {
	mu sync.Mutex
	at time.Time
}

func (m *moved) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

func (m *moved) move(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = m.at.Add(d)
}

func pacedPlatform(t *testing.T, s *strict, now func() time.Time) *Platform {
	t.Helper()
	p, err := New(Config{BotToken: "xoxb-1", SigningSecret: "s", APIURL: s.URL, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func hello(channel string) bot.Delivery {
	return bot.Delivery{To: agency.Address{Platform: agency.Slack, Workspace: "T1", Channel: channel}, Message: bot.Sentence("Hello.")}
}

// TestARetryAfterHoldsItsMethodForEveryChannel: Slack counts by method, so what it refuses in one channel it refuses in all.
func TestARetryAfterHoldsItsMethodForEveryChannel(t *testing.T) {
	t.Parallel()
	s, clock := newStrict(t), &moved{at: time.Now()}
	p := pacedPlatform(t, s, clock.now)
	s.refuse("chat.postMessage", "5")
	for i := range 10 {
		_, err := p.Post(t.Context(), hello(fmt.Sprint("C", i)))
		e := (*bot.SendError)(nil)
		if !errors.As(err, &e) || e.Outcome != bot.NotSent || e.Code != "ratelimited" || e.Wait <= 4*time.Second || e.Wait > 5*time.Second {
			t.Fatalf("post %d ended with %v", i, err)
		}
		if _, err := p.Pace(t.Context(), hello(fmt.Sprint("D", i)), false); !errors.As(err, &e) || e.Wait <= 4*time.Second {
			t.Fatalf("its turn was given before the time: %v", err)
		}
	}
	if n := s.of("chat.postMessage"); n != 1 {
		t.Errorf("%d posts were tried, want 1", n)
	}
	if err := p.Edit(t.Context(), "C1/1.1", hello("C1")); err != nil {
		t.Errorf("an edit, which is another method: %v", err)
	}
	clock.move(-time.Hour) // a clock that is set back
	clock.move(time.Hour + 5*time.Second)
	if _, err := p.Post(t.Context(), hello("C1")); err != nil {
		t.Errorf("after the time: %v", err)
	}
}

// TestAnAnswerWaitsForItsMethodNoLongerThanItsPatience, and then takes the next way to the person.
func TestAnAnswerWaitsForItsMethodNoLongerThanItsPatience(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after     string
		ephemeral int // calls
		direct    int
	}{
		"soon": {"1", 2, 1},
		"late": {"60", 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStrict(t)
			p := pacedPlatform(t, s, nil)
			in := incoming{Request: bot.Request{From: agency.Identity{User: "U1"}, Channel: agency.Address{Channel: "C1"}}}
			s.refuse("chat.postEphemeral", c.after)
			ctx, cancel := context.WithTimeout(patient(t.Context(), answerPatience), afterTime)
			defer cancel()
			for range 2 { // the first is refused, and answered by direct message
				began := time.Now()
				if err := p.tell(ctx, in, bot.Say("Hello."), true); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > answerPatience {
					t.Errorf("the person waited %s", took)
				}
			}
			if s.of("chat.postEphemeral") != c.ephemeral || s.of("chat.postMessage") != c.direct {
				t.Errorf("%d ephemeral messages and %d direct ones, want %d and %d", s.of("chat.postEphemeral"), s.of("chat.postMessage"), c.ephemeral, c.direct)
			}
		})
	}
}

// TestARetryAfterThatCannotBeReadIsASecond, and one of nothing too: to ask again at once would only be refused again.
func TestARetryAfterThatCannotBeReadIsASecond(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"", "0", "-3", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "99999999"} {
		s, clock := newStrict(t), &moved{at: time.Now()}
		p := pacedPlatform(t, s, clock.now)
		s.refuse("chat.postMessage", after)
		for range 2 {
			_, err := p.Post(t.Context(), hello("C1"))
			if e := sendError(err); err == nil || e.Outcome != bot.NotSent || e.Wait != time.Second {
				t.Errorf("%q: %v", after, err)
			}
		}
		clock.move(time.Second)
		if _, err := p.Post(t.Context(), hello("C1")); err != nil || s.of("chat.postMessage") != 2 {
			t.Errorf("%q: %v after %d calls", after, err, s.of("chat.postMessage"))
		}
	}
}
