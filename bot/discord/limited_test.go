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
