package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
	"liaison/bot/bottest/official"
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
		_, _ = fmt.Fprintf(w, `{"ok":true,"user_id":"U0","channel":"C1","ts":"%d.1","message_ts":"1.1"}`, s.calls[method])
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

// TestARefusalWithoutATimeHoldsItsMethodForASecond: to ask again at once would only be refused again. But Slack has asked for no
// wait, so the try counts.
func TestARefusalWithoutATimeHoldsItsMethodForASecond(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"", "0", "-3", "soon", "NaN", "Wed, 21 Oct 2020 07:28:00 GMT"} {
		s, clock := newStrict(t), &moved{at: time.Now()}
		p := pacedPlatform(t, s, clock.now)
		s.refuse("chat.postMessage", after)
		for _, want := range []time.Duration{0, time.Second} {
			_, err := p.Post(t.Context(), hello("C1"))
			if e := sendError(err); err == nil || e.Outcome != bot.NotSent || e.Wait != want {
				t.Errorf("%q: %v after %s, want after %s", after, err, e.Wait, want)
			}
		}
		clock.move(time.Second)
		if _, err := p.Post(t.Context(), hello("C1")); err != nil || s.of("chat.postMessage") != 2 {
			t.Errorf("%q: %v after %d calls", after, err, s.of("chat.postMessage"))
		}
	}
}

// TestARetryAfterIsObeyedInEveryForm, rounded up to whole seconds and never longer than a day, whether Slack says so with 429 or
// in an answer; and a minute of it is no fault of the token.
func TestARetryAfterIsObeyedInEveryForm(t *testing.T) {
	t.Parallel()
	for after, want := range map[string]time.Duration{
		"7": 7 * time.Second, "30.5": 31 * time.Second, "0.2": time.Second, "60": time.Minute, "86400": 24 * time.Hour, "99999999": 24 * time.Hour,
		"1e999": 24 * time.Hour, "Mon, 23 Nov 2026 09:01:30 GMT": 90 * time.Second,
	} {
		clock := &moved{at: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
		for status, body := range map[int]string{http.StatusTooManyRequests: "", http.StatusOK: `{"ok":false,"error":"ratelimited"}`} {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", after)
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
			}))
			p, err := New(Config{BotToken: "x", SigningSecret: "s", APIURL: server.URL, Now: clock.now})
			if err != nil {
				t.Fatal(err)
			}
			p.setTrouble(nil)
			for range 2 {
				_, err := p.Post(t.Context(), hello("C1"))
				if e := sendError(err); e.Outcome != bot.NotSent || e.Code != "ratelimited" || e.Wait != want {
					t.Errorf("%q with %d: %v, waiting %s, want %s", after, status, err, e.Wait, want)
				}
			}
			if p.trouble != nil {
				t.Errorf("%q with %d: %v", after, status, p.trouble)
			}
			server.Close()
		}
	}
}

// TestEveryMethodThatIsCalledHasItsTier has the desk call all that it can call, and compares the table with that and with
// Slack's own list.
func TestEveryMethodThatIsCalledHasItsTier(t *testing.T) {
	t.Parallel()
	s := newStrict(t)
	p := pacedPlatform(t, s, nil)
	ctx, cancel := context.WithTimeout(t.Context(), afterTime)
	defer cancel()
	if err := p.introduce(ctx); err != nil {
		t.Fatal(err)
	}
	_, _ = p.Post(ctx, hello("C1"))
	_ = p.Edit(ctx, "C1/1.1", hello("C1"))
	_, _, _ = p.Find(ctx, hello("C1"), time.Now())
	inThread := hello("C1")
	inThread.ThreadID = "C1/1.1"
	_, _, _ = p.Find(ctx, inThread, time.Now())
	p.join(ctx, "C1")
	p.people.find(ctx, "U1", time.Second)
	_, _, _ = p.api.StartSocketModeContext(ctx)
	for _, in := range []incoming{{surface: onCommand}, {surface: onModal, depth: 1}, {surface: onModal, depth: 3}} {
		in.From.User, in.Channel.Channel, in.Trigger, in.FormID = "U1", "C1", "1.1", "V1"
		_ = p.open(ctx, in, bottest.OnboardForm())
		_ = p.publish(ctx, in, bot.Sentence("Home."))
		_ = p.tell(ctx, in, bot.Say("Hello."), true)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if called, known := slices.Sorted(maps.Keys(s.calls)), slices.Sorted(maps.Keys(limits)); !slices.Equal(called, known) {
		t.Errorf("called are\n%v, and the table has\n%v", called, known)
	}
	for method, tier := range slackTiers(t) {
		if l, called := limits[method]; called && l.minute > tier {
			t.Errorf("%s may be called %d times a minute, by our table %d times", method, tier, l.minute)
		}
	}
}

// slackTiers is how often Slack takes each method; where it says "special", hundreds a minute.
func slackTiers(t *testing.T) map[string]int {
	t.Helper()
	raw, err := os.ReadFile(official.File(t, "slack-methods.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list map[string]struct {
		Rate struct{ Label string } `json:"rate_limit"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	tiers := map[string]int{}
	for method, m := range list {
		n := 0
		if _, err := fmt.Sscanf(m.Rate.Label, "Tier %d: %d+", new(int), &n); err != nil {
			n = 300
		}
		tiers[method] = n
	}
	return tiers
}

// TestAMethodIsCalledNoMoreThanItsTierAllows, and the reading of channels takes nothing from the reading of threads.
func TestAMethodIsCalledNoMoreThanItsTierAllows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, began := newPace(false, time.Now), time.Now()
		for range tier3.burst + 3*tier3.minute {
			if err := p.turn(t.Context(), "conversations.history"); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 3*time.Minute {
			t.Errorf("three minutes' calls and a burst took %s", took)
		}
		began = time.Now()
		if err := p.turn(t.Context(), "conversations.replies"); err != nil || time.Since(began) > 0 {
			t.Errorf("a thread is read after %s: %v", time.Since(began), err)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if e := sendError(p.turn(short, "conversations.history")); e.Outcome != bot.NotSent || e.Wait != time.Minute/50 {
			t.Errorf("who has no time for its turn is told %v, wait %s", e, e.Wait)
		}
	})
}

// TestAChannelTakesAMessageASecond, without a burst, and holds up no other channel. Whatever the clock that says when its last
// one went out: one that was set back holds nothing for longer.
func TestAChannelTakesAMessageASecond(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]func() time.Time{
		"nothing was posted before":   func() time.Time { return time.Time{} },
		"it was posted elsewhere":     time.Now,
		"the clock has been set back": func() time.Time { return time.Now().Add(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, began := newPace(false, time.Now), time.Now()
				const n = 30
				for range n {
					if _, err := p.post(t.Context(), "C1", last()); err != nil {
						t.Fatal(err)
					}
				}
				if took := time.Since(began); took < (n-1)*time.Second || took > n*time.Second {
					t.Errorf("%d messages took %s", n, took)
				}
				if waited, err := p.post(t.Context(), "C2", time.Time{}); waited || err != nil {
					t.Errorf("another channel waits: %v", err)
				}
			})
		})
	}
}
