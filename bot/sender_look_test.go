package bot_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/store"
	"liaison/store/storetest"
)

// seeker is a chat that can be searched: what is out it knows by row.
type seeker struct {
	*chat
	out   map[int64]string // row: message id
	at    map[int64]time.Time
	fails []error // of the coming searches
	finds int
	slow  func()    // is called in each search
	since time.Time // of the last search
}

func (s *seeker) Find(_ context.Context, d bot.Delivery, since time.Time) (string, bool, error) {
	s.finds, s.since = s.finds+1, since
	if s.slow != nil {
		s.slow()
	}
	if len(s.fails) > 0 {
		err := s.fails[0]
		s.fails = s.fails[1:]
		return "", false, err
	}
	id, ok := s.out[d.RowID]
	if at, timed := s.at[d.RowID]; timed && at.Before(since) {
		return "", false, nil
	}
	return id, ok, nil
}

func lost() *bot.SendError {
	return &bot.SendError{Outcome: bot.Unknown, Code: "no_answer", Err: errors.New("no answer")}
}

// TestWaitsWhileLookingAreNoFailures: a platform that asks to wait before it is searched is not failing.
func TestWaitsWhileLookingAreNoFailures(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	p := &seeker{chat: c, out: map[int64]string{}}
	sender.Platforms = []bot.Platform{p}
	c.fail = []error{lost()}
	for range 30 {
		p.fails = append(p.fails, &bot.SendError{Outcome: bot.NotSent, Code: "paced", Wait: 10 * time.Second, Err: errors.New("too much is to be said at once")})
	}
	put(t, s, note("C1", "hello"))
	for range 60 {
		drain(t, sender)
		*now = now.Add(15 * time.Second)
	}
	if _, parked, err := s.OutboxDepth(t.Context()); parked != 0 || err != nil || c.count() != 1 || p.finds != 31 {
		t.Errorf("%d are given up after %d searches, %v; posted %v", parked, p.finds, err, c.posts)
	}
}

// TestWhatASlowSearchFoundIsKept: its claim is nearly over when it is found, so the rest is another try's, which does not
// search again.
func TestWhatASlowSearchFoundIsKept(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		sender, c, now := outbox(t, s)
		p := &seeker{chat: c, out: map[int64]string{1: "m0"}, slow: func() { *now = now.Add(9 * time.Second) }}
		sender.Platforms = []bot.Platform{p}
		c.fail = []error{lost()}
		put(t, s, card("C1", "S-1"))
		for range 4 {
			drain(t, sender)
			*now = now.Add(10 * time.Second)
		}
		if waiting, parked, err := s.OutboxDepth(t.Context()); waiting+parked != 0 || err != nil || p.finds != 1 {
			t.Errorf("%d wait, %d are given up, %v, after %d searches", waiting, parked, err, p.finds)
		}
		if c.count() != 0 || len(c.edits) != 1 || c.edits[0] != "m0: S-1" {
			t.Errorf("posted %v, edited %v; want what was found drawn anew", c.posts, c.edits)
		}
	})
}

// TestComingTooLateIsNoFailure: a process that is stopped between a claim and its post, again and again, gives nothing up.
func TestComingTooLateIsNoFailure(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	left := 30
	sender.Views["note"] = func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) {
		if left--; left > 0 {
			*now = now.Add(9 * time.Second)
		}
		return bot.Sentence("%s", o.Ref), nil
	}
	put(t, s, note("C1", "hello"))
	for range 40 {
		drain(t, sender)
		*now = now.Add(time.Second)
	}
	if _, parked, err := s.OutboxDepth(t.Context()); c.count() != 1 || parked != 0 || err != nil {
		t.Errorf("posted %v, %d are given up, %v", c.posts, parked, err)
	}
}

// forgetful is a seeker that drops the second of two posts of a row, for two minutes and a quarter.
type forgetful struct {
	*seeker
	now *time.Time
}

func (f *forgetful) RepeatSafe(sinceFirst time.Duration) bool { return sinceFirst < 2*time.Minute }
func (f *forgetful) Post(ctx context.Context, d bot.Delivery) (string, error) {
	if id, ok := f.out[d.RowID]; ok && len(f.fail) == 0 && f.now.Sub(f.at[d.RowID]) < 135*time.Second {
		return id, nil
	}
	return f.seeker.Post(ctx, d)
}

// laterFails is an outbox that does not answer for a while when it is told of a failure.
type laterFails struct {
	*store.Store
	now  *time.Time
	left int
}

func (q *laterFails) OutgoingLater(ctx context.Context, d agency.Delivery, r agency.Retry, now agency.Instant) (bool, error) {
	if q.left > 0 {
		q.left--
		*q.now = q.now.Add(10 * time.Second)
		return false, &agency.Error{Code: agency.CodeUnavailable, Message: "gone"}
	}
	return q.Store.OutgoingLater(ctx, d, r, now)
}

// TestAnOutcomeIsUnknownSinceThePostWasTried, and not since that was written down: the answer and the records are away together
// for a minute, and what a platform drops by itself it drops for two.
func TestAnOutcomeIsUnknownSinceThePostWasTried(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	f := &forgetful{&seeker{chat: c, out: map[int64]string{1: "m0"}, at: map[int64]time.Time{1: *now}}, now}
	sender.Platforms = []bot.Platform{f}
	sender.Queue = &laterFails{s, now, 6}
	c.fail = []error{lost()} // it was taken: m0
	o := note("C1", "hello")
	o.At = agency.InstantOf(now.Add(-time.Second))
	put(t, s, o)
	if _, err := sender.Step(t.Context()); err != nil { // ends a minute after the post
		t.Fatal(err)
	}
	*now = now.Add(95 * time.Second)
	drain(t, sender)
	if c.count() != 0 {
		t.Errorf("posted again %s after the first, after %d searches: %v", now.Sub(f.at[1]), f.finds, c.posts)
	}
}

// TestASearchBeginsWithTheFirstTry, however long before it was decided; but where the desk's clock is moved by hand, as in the demo,
// and the platform's with it, only the decision is by the platform's clock.
func TestASearchBeginsWithTheFirstTry(t *testing.T) {
	t.Parallel()
	const weeks = 21 * 24 * time.Hour
	for _, c := range []struct{ decided, deskClock, begins time.Duration }{
		{0, 0, 0}, {-weeks, 0, 0}, {-weeks, time.Minute, 0}, {weeks, weeks, 0}, {-weeks, -weeks, -weeks}, {-weeks, weeks, -weeks},
	} {
		s := storetest.SQLite(t)
		sender, platform, now := outbox(t, s)
		sender.Agency.Now = func() time.Time { return now.Add(c.deskClock) }
		p := &seeker{chat: platform, out: map[int64]string{1: "m0"}}
		sender.Platforms = []bot.Platform{p}
		platform.fail = []error{lost()}
		o := note("C1", "hello")
		o.At = agency.InstantOf(now.Add(c.decided))
		put(t, s, o)
		want := now.Add(c.begins - 10*time.Minute)
		for range 2 {
			drain(t, sender)
			*now = now.Add(time.Hour)
		}
		if !p.since.Equal(want) || platform.count() != 0 {
			t.Errorf("%+v: searched since %s, want %s; posted %v", c, p.since, want, platform.posts)
		}
	}
}

// TestAClockThatWasSetBackHidesNothingForEver: what was tried before that is looked for from then on or earlier, however much later.
func TestAClockThatWasSetBackHidesNothingForEver(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	p := &seeker{chat: c, out: map[int64]string{1: "m0"}, at: map[int64]time.Time{1: *now}}
	sender.Platforms, sender.Agency.Now = []bot.Platform{p}, func() time.Time { return *now }
	c.fail = []error{lost()}
	for range 24 {
		p.fails = append(p.fails, lost())
	}
	o := note("C1", "hello")
	o.At = agency.InstantOf(now.Add(-time.Hour))
	put(t, s, o)
	drain(t, sender)
	*now = now.Add(-5 * time.Minute)
	for range 24 {
		drain(t, sender)
		*now = now.Add(10 * time.Minute)
	}
	if _, parked, err := s.OutboxDepth(t.Context()); parked != 1 || err != nil {
		t.Fatalf("%d are given up, %v", parked, err)
	}
	*now = now.Add(3 * 24 * time.Hour)
	p.fails = nil
	if err := s.Write(t.Context(), func(tx agency.Tx) error { _, err := tx.UnparkOutgoing(0); return err }); err != nil {
		t.Fatal(err)
	}
	drain(t, sender)
	if waiting, parked, err := s.OutboxDepth(t.Context()); c.count() != 0 || waiting+parked != 0 || err != nil {
		t.Errorf("searched since %s; posted %v, %d wait, %d are given up, %v", p.since, c.posts, waiting, parked, err)
	}
}

// TestWhatIsBeyondASearchIsSentOnceMore, flagged, like all that nobody can know; and is given up only if that is lost too.
func TestWhatIsBeyondASearchIsSentOnceMore(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	p := &seeker{chat: c, fails: []error{&bot.SendError{Outcome: bot.Refused, Code: "too_much_history", Err: errors.New("too many messages came after it")}}}
	sender.Platforms = []bot.Platform{p}
	c.fail = []error{lost()}
	put(t, s, note("C1", "hello"))
	for range 3 {
		drain(t, sender)
		*now = now.Add(time.Minute)
	}
	var repeated []agency.Undelivered
	err := s.Read(t.Context(), func(tx agency.Tx) (err error) { repeated, err = tx.RepeatedOutgoing(0, 10); return err })
	if c.count() != 1 || len(repeated) != 1 || err != nil {
		t.Errorf("posted %v, flagged %v, %v", c.posts, repeated, err)
	}
}
