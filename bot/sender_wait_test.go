package bot_test

import (
	"errors"
	"testing"
	"time"

	"liaison/bot"
	"liaison/store"
	"liaison/store/storetest"
)

// hour is a platform's wish to be left alone for an hour.
func hour() *bot.SendError {
	return &bot.SendError{Outcome: bot.NotSent, Code: "ratelimited", Wait: time.Hour, Err: errors.New("429")}
}

// TestAWaitIsObeyedHoweverLong: nothing is asked before its end, and it is not drawn out by much.
func TestAWaitIsObeyedHoweverLong(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		sender, c, now := outbox(t, s)
		c.fail = []error{hour()}
		put(t, s, note("C1", "hello"))
		began := *now
		for c.count() == 0 && now.Sub(began) < 3*time.Hour {
			drain(t, sender)
			*now = now.Add(time.Minute)
		}
		if took := now.Sub(began); took < time.Hour || took > 75*time.Minute {
			t.Errorf("posted after %s", took)
		}
	})
}

// TestAClockThatIsSetBackDrawsNoLongWaitOut by more than twenty minutes.
func TestAClockThatIsSetBackDrawsNoLongWaitOut(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	for _, back := range []time.Duration{time.Minute, 30 * time.Minute, 5 * time.Hour} {
		sender, c, now := outbox(t, s)
		c.fail = []error{hour()}
		put(t, s, note("C1", "hello"))
		passed := time.Duration(0)
		for c.count() == 0 && passed < 3*time.Hour {
			drain(t, sender)
			*now = now.Add(time.Minute)
			if passed += time.Minute; passed == 40*time.Minute {
				*now = now.Add(-back)
			}
		}
		if passed < 40*time.Minute || passed > 95*time.Minute {
			t.Errorf("set back by %s it was posted after %s", back, passed)
		}
	}
}
