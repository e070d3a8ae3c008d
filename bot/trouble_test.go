package bot_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"liaison/bot"
)

// TestTroubleIsSaidAtGrowingIntervals: an hour without a database is a few lines, not one for every round.
func TestTroubleIsSaidAtGrowingIntervals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var said strings.Builder
		trouble := bot.Trouble{Log: slog.New(slog.NewTextHandler(&said, nil)), What: "looking"}
		lines := func() int { return strings.Count(said.String(), "\n") }
		trouble.Note(nil)
		if lines() != 0 {
			t.Errorf("said of no trouble: %s", said.String())
		}
		for range 3600 {
			trouble.Note(errors.New("gone"))
			time.Sleep(time.Second)
		}
		if n := lines(); n < 5 || n > 12 {
			t.Errorf("an hour of trouble is %d lines:\n%s", n, said.String())
		}
		trouble.Note(nil)
		trouble.Note(nil)
		if text := said.String(); strings.Count(text, "it works again") != 1 || !strings.Contains(text, "after=1h0m0s") || !strings.Contains(text, "rounds=3600") {
			t.Errorf("its end is said as\n%s", text)
		}
		before := lines()
		if trouble.Note(errors.New("again")); lines() != before+1 {
			t.Error("new trouble is not said at once")
		}
	})
}
