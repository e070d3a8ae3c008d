package bot_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/store"
	"liaison/store/storetest"
)

// sentFails is an outbox that fails so many times when it is told that a message is out.
type sentFails struct {
	*store.Store
	left int
	err  error
}

var errAway = &agency.Error{Code: agency.CodeUnavailable, Message: "gone for a moment"}

func (q *sentFails) OutgoingSent(ctx context.Context, d agency.Delivery, id string, now agency.Instant) (bool, error) {
	if q.left > 0 {
		q.left--
		return false, q.err
	}
	return q.Store.OutgoingSent(ctx, d, id, now)
}

// broken is an outbox whose disk failed.
type broken struct{ *store.Store }

func (broken) OutgoingSent(context.Context, agency.Delivery, string, agency.Instant) (bool, error) {
	return false, &agency.Error{Code: agency.CodeUnavailable, Message: "gone", Err: &store.DiskFailed{Cause: errors.New("EIO")}}
}

func TestADiskThatFailedIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, _, _ := outbox(t, s)
	sender.Queue = broken{s}
	put(t, s, note("D1", "hello"))
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if _, err := sender.Step(ctx); err != nil || ctx.Err() != nil {
		t.Fatal(err, ctx.Err())
	}
}

func TestARecordThatFailsOnceRepeatsNothing(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	sender.Queue = &sentFails{s, 1, errAway}
	put(t, s, note("D1", "hello"))
	drain(t, sender)
	*now = now.Add(21 * time.Second)
	drain(t, sender)
	if n := c.count(); n != 1 {
		t.Errorf("posted %d times: %v", n, c.posts)
	}
}

func TestAClockThatIsSetBackDelaysNothingForLong(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	c.fail = []error{&bot.SendError{Outcome: bot.NotSent, Code: "x", Err: context.DeadlineExceeded}}
	put(t, s, note("C1", "retry"))
	drain(t, sender)
	put(t, s, note("C2", "dead"))
	if list, err := s.ClaimOutgoing(t.Context(), "dead", agency.InstantOf(*now), agency.InstantOf(*now)-20000, 10); err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	*now = now.Add(-time.Hour)
	for range 20 {
		*now = now.Add(time.Minute)
		drain(t, sender)
	}
	if c.count() != 2 {
		t.Errorf("twenty minutes later %v are posted", c.posts)
	}
}

func TestWhatIsSentAgainWaitsForWhatIsBeingSent(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	c.fail = []error{&bot.SendError{Outcome: bot.Refused, Code: "not_in_channel", Err: context.DeadlineExceeded}}
	put(t, s, card("C1", "S-1"))
	drain(t, sender)
	put(t, s, card("C1", "S-1"))
	list, err := s.ClaimOutgoing(t.Context(), "other", agency.InstantOf(*now), agency.InstantOf(*now)-20000, 10)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	err = s.Write(t.Context(), func(tx agency.Tx) error { _, err := tx.UnparkOutgoing(0); return err })
	if err != nil {
		t.Fatal(err)
	}
	drain(t, sender) // the row that was parked, posted while the other is on its way
	if ours, err := s.OutgoingSent(t.Context(), list[0], "the other's post", agency.InstantOf(*now)); !ours || err != nil {
		t.Fatal(ours, err)
	}
	if c.count() != 0 {
		t.Errorf("a second first post of the card went out while the first was on its way: %v", c.posts)
	}
}

// nonces is a platform that drops the second of two posts of a row for two minutes.
type nonces struct{ *chat }

func (nonces) RepeatSafe(sinceFirst time.Duration) bool { return sinceFirst < 2*time.Minute }

// TestAClockThatIsSetBackMakesNoPostYounger: a platform that has forgotten the first of two posts by now takes the second.
func TestAClockThatIsSetBackMakesNoPostYounger(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	sender.Platforms = []bot.Platform{nonces{c}}
	c.fail = []error{&bot.SendError{Outcome: bot.Unknown, Code: "no_answer", Err: context.DeadlineExceeded}}
	put(t, s, note("N1", "hello"))
	drain(t, sender)
	*now = now.Add(-5 * time.Minute)
	drain(t, sender) // it is not due
	*now = now.Add(6 * time.Minute)
	drain(t, sender) // the first is six minutes old, and one by the clock
	var repeated []agency.Undelivered
	err := s.Read(t.Context(), func(tx agency.Tx) (err error) { repeated, err = tx.RepeatedOutgoing(0, 10); return err })
	if c.count() != 1 || len(repeated) != 1 || err != nil {
		t.Errorf("posted %v, flagged %v, %v; want it flagged", c.posts, repeated, err)
	}
}

type counts struct {
	bot.Observer
	repeated int
}

func (c *counts) Repeated(agency.Platform) { c.repeated++ }

// K: the figure of what may stand twice counts what surely was not sent again.
func TestWhatSurelyWasNotSentAgainIsNotCounted(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	o := &counts{Observer: bot.Observed(nil)}
	sender.Observer = o
	busy := &bot.SendError{Outcome: bot.NotSent, Code: "ratelimited", Wait: time.Second, Err: errors.New("x")}
	c.fail = []error{&bot.SendError{Outcome: bot.Unknown, Code: "no_answer", Err: errors.New("x")}, busy, busy, busy, busy, busy}
	put(t, s, note("D1", "hello"))
	for range 12 {
		drain(t, sender)
		*now = now.Add(5 * time.Second)
	}
	if c.count() != 1 || o.repeated != 1 {
		t.Errorf("%d posts taken, %d counted as repeated", c.count(), o.repeated)
	}
}

// dead is a platform that answers nothing.
type dead struct{ counter }

func (*dead) Name() agency.Platform { return agency.Slack }
func (*dead) Post(ctx context.Context, d bot.Delivery) (string, error) {
	<-ctx.Done()
	return "", &bot.SendError{Outcome: bot.NotSent, Code: "unreachable", Err: ctx.Err()}
}

// L: one platform answers nothing; how long does the other wait?
func TestAPlatformThatAnswersNothingHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, c := &memory{}, &counter{}
		for i := range 60 {
			q.put(fmt.Sprint("c", i), "x")
			q.rows[i].To.Platform = agency.Slack
		}
		q.put("other", "hello")
		view := func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) { return bot.Sentence("%s", o.Ref), nil }
		s := &bot.Sender{Agency: &agency.Agency{Store: q, Now: time.Now}, Queue: q, Platforms: []bot.Platform{c, &dead{}},
			Views: map[string]bot.View{"note": view}, Log: slog.New(slog.DiscardHandler), Name: "one", Clock: time.Now, Idle: time.Second}
		s.Start()
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		began := time.Now()
		go func() { ended <- s.Run(ctx) }()
		for len(c.said()) == 0 && time.Since(began) < 20*time.Minute {
			time.Sleep(time.Second)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("a message to a healthy platform waited %s behind a dead one", took)
		}
		cancel()
		<-ended
	})
}

// TestAPanicBeforeThePostIsNoRepeat: what was surely not posted is not called sent again.
func TestAPanicBeforeThePostIsNoRepeat(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	n := 0
	sender.Views["note"] = func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) {
		if n++; n == 1 {
			panic("once")
		}
		return bot.Sentence("%s", o.Ref), nil
	}
	put(t, s, note("D1", "hello"))
	drain(t, sender)
	*now = now.Add(time.Minute)
	drain(t, sender)
	var repeated []agency.Undelivered
	err := s.Read(t.Context(), func(tx agency.Tx) (err error) { repeated, err = tx.RepeatedOutgoing(0, 10); return err })
	if c.count() != 1 || len(repeated) != 0 || err != nil {
		t.Errorf("%v; flagged as sent again: %d, %v", c.posts, len(repeated), err)
	}
}
