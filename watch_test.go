package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// lamp is a platform that is as ready as it is told to be.
type lamp struct {
	bot.Platform
	err error
}

func (*lamp) Name() agency.Platform { return agency.Slack }
func (l *lamp) Ready() error        { return l.err }

// watched is a watch over a desk whose every part is well, at a time that is moved by hand.
func watched(t *testing.T) (w *watch, l *lamp, path string, now *time.Time) {
	t.Helper()
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	now, l, path = &at, &lamp{}, filepath.Join(t.TempDir(), "desk.db")
	w = newWatch(func() time.Time { return *now }, agency.Slack)
	w.platforms = []bot.Platform{l}
	d := joined(t, "sqlite://"+path)
	t.Cleanup(func() { d.close() })
	w.begin(d)
	w.metrics.Beat(bot.SenderLoop, nil)
	w.metrics.Beat(bot.ReminderLoop, nil)
	return w, l, path, now
}

func ask(t *testing.T, w *watch, path string) (status int, body string) {
	t.Helper()
	mux := http.NewServeMux()
	w.mount(mux)
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	return answer.Code, answer.Body.String()
}

func TestReadyzSaysOfEachPartHowItIs(t *testing.T) {
	t.Parallel()
	w, _, _, _ := watched(t)
	status, body := ask(t, w, "/readyz")
	if want := "records: ok\ntables: ok\nslack: ok\nsender: ok\nreminders: ok\n"; status != http.StatusOK || body != want {
		t.Errorf("it answers %d:\n%swant\n%s", status, body, want)
	}
}

func TestReadyzTellsTheTruthInEachBrokenState(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, w *watch, l *lamp, path string, now *time.Time)
		says  string // instead of ok
	}{
		{"the platform is gone", func(_ *testing.T, _ *watch, l *lamp, _ string, _ *time.Time) {
			l.err = errors.New("no socket to Slack is open")
		}, "slack: no socket to Slack is open"},
		{"the sender is silent", func(_ *testing.T, w *watch, _ *lamp, _ string, now *time.Time) {
			*now = now.Add(2 * time.Minute)
			w.metrics.Beat(bot.ReminderLoop, nil)
		}, "sender: silent for 2m0s"},
		{"the reminders are silent", func(_ *testing.T, w *watch, _ *lamp, _ string, now *time.Time) {
			*now = now.Add(2 * time.Minute)
			w.metrics.Beat(bot.SenderLoop, errors.New("going round is what counts, not success"))
		}, "reminders: silent for 2m0s"},
		{"the tables are too old", func(t *testing.T, _ *watch, _ *lamp, path string, _ *time.Time) {
			change(t, path, "DELETE FROM goose_db_version WHERE version_id > 0")
		}, "tables: the tables are at version 0 and this program needs "},
		{"somebody else holds the records", func(t *testing.T, _ *watch, _ *lamp, path string, _ *time.Time) {
			t.Cleanup(holdRecords(t, path))
		}, "records: unavailable"},
		{"the records are closed", func(_ *testing.T, w *watch, _ *lamp, _ string, _ *time.Time) {
			w.desk.Load().store.Close()
		}, "records: "},
		{"the records are not open yet", func(_ *testing.T, w *watch, _ *lamp, _ string, _ *time.Time) {
			w.desk.Store(nil)
		}, "tables: not open yet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, l, path, now := watched(t)
			c.spoil(t, w, l, path, now)
			status, body := ask(t, w, "/readyz")
			if status != http.StatusServiceUnavailable || !strings.Contains(body, c.says) || strings.Contains(c.says+"\n", ": ok\n") {
				t.Errorf("it answers %d, and nowhere %q:\n%s", status, c.says, body)
			}
			part, _, _ := strings.Cut(c.says, ":")
			if strings.Contains(body, part+": ok") || strings.Count(body, "\n") != 5 {
				t.Errorf("it answers\n%s", body)
			}
			if _, figures := ask(t, w, "/metrics"); !strings.Contains(figures, `liaison_ready{component="`+part+`"} 0`) {
				t.Errorf("the metrics do not say that %s is not well", part)
			}
			if alive, _ := ask(t, w, "/healthz"); alive != http.StatusOK {
				t.Errorf("it is not alive: %d", alive)
			}
		})
	}
}

func TestALoopThatHasNotBegunIsNotReady(t *testing.T) {
	t.Parallel()
	w := newWatch(time.Now, agency.Slack)
	if _, body := ask(t, w, "/readyz"); !strings.Contains(body, "sender: not running yet\nreminders: not running yet\n") {
		t.Errorf("it answers\n%s", body)
	}
}

func TestManyWhoAskForReadinessCostOneLook(t *testing.T) {
	t.Parallel()
	w, l, _, now := watched(t)
	ask(t, w, "/readyz")
	l.err = errors.New("gone")
	if status, _ := ask(t, w, "/readyz"); status != http.StatusOK {
		t.Errorf("a moment later it looked again: %d", status)
	}
	*now = now.Add(checkStays)
	gone, leave := context.WithCancel(context.Background())
	leave()
	if w.components(gone)[0].Err != nil {
		t.Error("somebody who went away spoilt the answer for the others")
	}
	if status, _ := ask(t, w, "/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("two seconds later it answers %d", status)
	}
}

// change changes a SQLite file behind the desk's back.
func change(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

// TestALivingDeskIsCounted plays one press on a whole desk and reads what it says of itself.
func TestALivingDeskIsCounted(t *testing.T) {
	t.Parallel()
	d := startDemo(t, demoCmd{Empty: true})
	await := func(what string, cond func() bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := d.workspace.Await(ctx, cond); err != nil {
			t.Fatalf("waiting for %s: %v", what, err)
		}
	}
	await("the sockets", func() bool { return d.workspace.Connections() == 2 })
	must(t, d.workspace.Command("U0SOL", "C0ONBOARD", `/seller onboard "Glow" US Beauty`))
	must(t, d.workspace.Command("U0GUS", "C0ONBOARD", `/seller onboard "Gloom" US Beauty`))
	await("the card", func() bool { return len(d.workspace.Messages("C0ONBOARD")) > 0 })
	wants := []string{
		`liaison_request_seconds_count{command="seller onboard",kind="typed"} 2`,
		`liaison_refusals_total{code="forbidden",command="seller onboard"} 1`,
		`liaison_acknowledgements_total{outcome="answered",platform="slack"} 2`,
		`liaison_acknowledgement_seconds_count{kind="typed",platform="slack"} 2`,
		`liaison_api_call_seconds_count{method="apps.connections.open",outcome="ok",platform="slack"} 2`,
		`liaison_api_call_seconds_count{method="chat.postMessage",outcome="ok",platform="slack"} `,
		`liaison_sockets_open{platform="slack"} 2`,
		`liaison_post_attempts_total{outcome="posted",platform="slack"} `,
		`liaison_post_lateness_seconds_count{platform="slack"} `,
		`liaison_loop_last_beat_timestamp_seconds{loop="sender"} `,
		`liaison_loop_last_beat_timestamp_seconds{loop="reminders"} `,
		// It was subscribed eight days ago: last Monday's was due, which is late unless it is Monday, eight o'clock.
		`liaison_reminder_slots_total{outcome="late",reminder="digest"} 1|liaison_reminder_slots_total{outcome="on_time",reminder="digest"} 1`,
		`liaison_outbox_parked 0`,
		`liaison_ready{component="slack"} 1`,
	}
	missing := wants
	for deadline := time.Now().Add(patience); len(missing) > 0 && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		_, text := ask(t, d.watch, "/metrics")
		missing = nil
		for _, line := range wants {
			said := func(line string) bool { return strings.Contains(text, "\n"+line) }
			if !slices.ContainsFunc(strings.Split(line, "|"), said) {
				missing = append(missing, line)
			}
		}
	}
	if len(missing) > 0 {
		_, text := ask(t, d.watch, "/metrics")
		t.Errorf("missing: %s\nin\n%s", strings.Join(missing, "\n"), text)
	}
}
