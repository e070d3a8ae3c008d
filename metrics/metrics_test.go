package metrics_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/metrics"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// scrape is what Prometheus would be told.
func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("a scrape answers %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// everything tells an observer of each thing once.
func everything(m *metrics.Metrics) {
	m.Took("payout approve", bot.Pressed, agency.CodeForbidden, 20*time.Millisecond)
	m.Took("", bot.Typed, agency.CodeNotFound, time.Millisecond)
	m.Acknowledged(agency.Slack, bot.Pressed, bot.Answered, 40*time.Millisecond)
	m.Acknowledged(agency.Slack, bot.Typed, bot.Early, 2300*time.Millisecond)
	m.Acknowledged(agency.Slack, bot.Typed, bot.Busy, 0)
	m.Called(agency.Slack, "chat.postMessage", "rate_limited", time.Second)
	m.Connected(agency.Slack, 0)
	m.Connected(agency.Slack, 1)
	m.Disconnected(agency.Slack, 1, false)
	m.Tried(agency.Slack, bot.Posted, 2, 3*time.Second)
	m.Tried(agency.Slack, bot.NotSent, 1, time.Second)
	m.Parked(agency.Slack)
	m.Repeated(agency.Slack)
	m.Slot("digest", 2*time.Hour, 3)
	m.Beat(bot.SenderLoop, nil)
	m.Beat(bot.ReminderLoop, errors.New("a reminder failed"))
}

func TestEveryEventIsCounted(t *testing.T) {
	t.Parallel()
	c := &clock{start}
	m := metrics.New(c.now, metrics.Known{})
	everything(m)
	c.at = start.Add(time.Minute)
	text := scrape(t, m)
	for _, line := range []string{
		`liaison_request_seconds_count{command="payout approve",kind="pressed"} 1`,
		`liaison_request_seconds_bucket{command="payout approve",kind="pressed",le="0.025"} 1`,
		`liaison_request_seconds_bucket{command="payout approve",kind="pressed",le="0.01"} 0`,
		`liaison_refusals_total{code="forbidden",command="payout approve"} 1`,
		`liaison_refusals_total{code="not_found",command="none"} 1`,
		`liaison_acknowledgement_seconds_count{kind="typed",platform="slack"} 1`, // the busy one was never acknowledged
		`liaison_acknowledgement_seconds_bucket{kind="typed",platform="slack",le="2"} 0`,
		`liaison_acknowledgement_seconds_bucket{kind="typed",platform="slack",le="2.5"} 1`,
		`liaison_acknowledgements_total{outcome="busy",platform="slack"} 1`,
		`liaison_api_call_seconds_count{method="chat.postMessage",outcome="rate_limited",platform="slack"} 1`,
		`liaison_socket_connections_total{platform="slack"} 2`,
		`liaison_socket_drops_total{platform="slack"} 1`,
		`liaison_sockets_open{platform="slack"} 1`,
		`liaison_socket_age_seconds{platform="slack",socket="0"} 60`,
		`liaison_post_attempts_total{outcome="posted",platform="slack"} 1`,
		`liaison_post_attempts_total{outcome="not_sent",platform="slack"} 1`,
		`liaison_post_retries_total{platform="slack"} 1`,
		`liaison_posts_parked_total{platform="slack"} 1`,
		`liaison_posts_repeated_total{platform="slack"} 1`,
		`liaison_post_lateness_seconds_sum{platform="slack"} 3`,
		`liaison_reminder_slots_total{outcome="late",reminder="digest"} 1`,
		`liaison_reminder_slots_total{outcome="skipped",reminder="digest"} 3`,
		`liaison_reminder_slot_lateness_seconds_sum{reminder="digest"} 7200`,
		`liaison_loop_last_beat_timestamp_seconds{loop="sender"} 1.79542`,
		`liaison_loop_failures_total{loop="reminders"} 1`,
		`liaison_build_info{`, `go_goroutines `, `process_resident_memory_bytes `,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("a scrape has no %s", line)
		}
	}
	if strings.Contains(text, `liaison_socket_age_seconds{platform="slack",socket="1"}`) {
		t.Error("a socket that ended has an age")
	}
	if at, ok := m.LastBeat(bot.SenderLoop); !ok || !at.Equal(start) {
		t.Errorf("the sender's last beat is %v, %v", at, ok)
	}
}

func TestWhatIsKnownStartsAtZero(t *testing.T) {
	t.Parallel()
	m := metrics.New(func() time.Time { return start }, metrics.Known{Platforms: []agency.Platform{agency.Slack}, Reminders: []string{"digest"}})
	text := scrape(t, m)
	for _, line := range []string{
		`liaison_posts_parked_total{platform="slack"} 0`,
		`liaison_post_attempts_total{outcome="not_sent",platform="slack"} 0`,
		`liaison_reminder_slots_total{outcome="skipped",reminder="digest"} 0`,
		`liaison_loop_failures_total{loop="sender"} 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("a scrape has no %s: the first event would not be seen as a change", line)
		}
	}
	if _, ok := m.LastBeat(bot.SenderLoop); ok || strings.Contains(text, "last_beat_timestamp_seconds{") {
		t.Error("a loop that never went round has a last beat")
	}
}

func TestTheOutboxIsAskedOnceForManyScrapes(t *testing.T) {
	t.Parallel()
	c := &clock{start}
	m := metrics.New(c.now, metrics.Known{})
	asked, state, fails := 0, agency.Outbox{Waiting: 4, Parked: 2, Oldest: agency.InstantOf(start.Add(-90 * time.Second))}, error(nil)
	m.WatchOutbox(func(context.Context) (agency.Outbox, error) { asked++; return state, fails }, c.now)
	for range 3 {
		text := scrape(t, m)
		for _, line := range []string{"liaison_outbox_waiting 4\n", "liaison_outbox_parked 2\n", "liaison_outbox_oldest_seconds 90\n"} {
			if !strings.Contains(text, line) {
				t.Errorf("a scrape has no %q", line)
			}
		}
	}
	if asked != 1 {
		t.Errorf("three scrapes in a moment asked the records %d times", asked)
	}
	c.at, state = start.Add(5*time.Second), agency.Outbox{}
	if text := scrape(t, m); asked != 2 || !strings.Contains(text, "liaison_outbox_oldest_seconds 0\n") {
		t.Errorf("after five seconds the records were asked %d times", asked)
	}
	c.at, fails = start.Add(10*time.Second), errors.New("the database is gone")
	if text := scrape(t, m); strings.Contains(text, "liaison_outbox_waiting") || !strings.Contains(text, "go_goroutines") {
		t.Error("when the records do not answer, an old state is told, or nothing at all")
	}
}

func TestReadinessIsAMetricToo(t *testing.T) {
	t.Parallel()
	m := metrics.New(func() time.Time { return start }, metrics.Known{})
	m.WatchReady(func(context.Context) []bot.Component {
		return []bot.Component{{Name: "records"}, {Name: "slack", Err: errors.New("no socket")}}
	})
	text := scrape(t, m)
	for _, line := range []string{`liaison_ready{component="records"} 1`, `liaison_ready{component="slack"} 0`} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("a scrape has no %s", line)
		}
	}
}
