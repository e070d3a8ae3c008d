package discord

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"liaison/bot"
)

// TestAWaitThatIsNotDiscordsOwnIsObeyed: what stands before Discord limits an address too, and says so on a page. Nothing is
// called before that wait is over.
func TestAWaitThatIsNotDiscordsOwnIsObeyed(t *testing.T) {
	t.Parallel()
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.Header().Set("Retry-After", "5400")
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, "<html><title>Access denied</title></html>")
	}))
	defer server.Close()
	p, err := New(Config{BotToken: "t", ApplicationID: appID, GuildID: "300000000000000001", APIURL: server.URL, Drafts: &shelf{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for row := range int64(2) {
		_, err = p.Post(t.Context(), bot.Delivery{To: to(desk), Message: bot.Sentence("x"), RowID: row + 1})
		if e := sendError(err); e.Outcome != bot.NotSent || e.Wait < 89*time.Minute || e.Wait > 90*time.Minute {
			t.Errorf("%s %s, waiting %s: %v", e.Outcome, e.Code, e.Wait, err)
		}
	}
	if calls != 1 {
		t.Errorf("called %d times within the wait", calls)
	}
}

// TestAWaitIsReadInEveryForm, and never longer than a day. A refusal that names no time holds all calls for a second, and the try
// counts, since nobody has asked for a wait.
func TestAWaitIsReadInEveryForm(t *testing.T) {
	t.Parallel()
	for after, want := range map[string]time.Duration{
		"1.5": 1500 * time.Millisecond, "60": time.Minute, "99999999": 24 * time.Hour, "Mon, 23 Nov 2026 09:01:30 GMT": 90 * time.Second,
		"": 0, "0": 0, "-3": 0, "soon": 0, "NaN": 0, "Wed, 21 Oct 2020 07:28:00 GMT": 0,
	} {
		now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", after)
			w.WriteHeader(http.StatusTooManyRequests)
		}))
		p, err := New(Config{BotToken: "t", ApplicationID: appID, GuildID: "300000000000000001", APIURL: server.URL, Drafts: &shelf{}, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		p.setTrouble(nil)
		for row, want := range []time.Duration{want, max(want, time.Second)} {
			_, err = p.Post(t.Context(), bot.Delivery{To: to(desk), Message: bot.Sentence("x"), RowID: int64(row + 1)})
			if e := sendError(err); e.Outcome != bot.NotSent || e.Wait != want {
				t.Errorf("%q: %v, waiting %s, want %s", after, err, e.Wait, want)
			}
		}
		if p.trouble != nil {
			t.Errorf("%q: %v", after, p.trouble)
		}
		server.Close()
	}
}
