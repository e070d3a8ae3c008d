package bot_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/store/storetest"
)

func TestARecordThatFailsOnceForWhateverReasonRepeatsNothing(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	sender.Queue = &sentFails{s, 1, errors.New("something for which there is no code")}
	put(t, s, note("D1", "hello"))
	drain(t, sender)
	*now = now.Add(21 * time.Second)
	drain(t, sender)
	if n := c.count(); n != 1 {
		t.Errorf("posted %d times: %v", n, c.posts)
	}
}

// silent is an outbox that says nothing between two instants. To be told how a message ended it takes so long each time, which
// nobody can shorten: so does a shared transaction.
type silent struct {
	*memory
	from, until time.Time
	takes       time.Duration
}

func (q *silent) gone() error { return &agency.Error{Code: agency.CodeUnavailable, Message: "gone"} }

func (q *silent) OutgoingSent(ctx context.Context, d agency.Delivery, id string, now agency.Instant) (bool, error) {
	if time.Now().Before(q.until) {
		time.Sleep(q.takes)
		return false, q.gone()
	}
	return q.memory.OutgoingSent(ctx, d, id, now)
}

func (q *silent) ClaimOutgoing(ctx context.Context, sender string, now, lost agency.Instant, limit int, on ...agency.Platform) ([]agency.Delivery, error) {
	if n := time.Now(); n.After(q.from) && n.Before(q.until) {
		return nil, q.gone()
	}
	return q.memory.ClaimOutgoing(ctx, sender, now, lost, limit, on...)
}

// runs runs a sender over it. stop says how long it took to stop.
func runs(q *silent, c *counter) (stop func() time.Duration) {
	view := func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) { return bot.Sentence("%s", o.Ref), nil }
	s := &bot.Sender{Agency: &agency.Agency{Store: q.memory, Now: time.Now}, Queue: q, Platforms: []bot.Platform{c},
		Views: map[string]bot.View{"note": view}, Log: slog.New(slog.DiscardHandler), Name: "one", Clock: time.Now, Idle: 400 * time.Millisecond}
	s.Start()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return func() time.Duration {
		told := time.Now()
		cancel()
		<-ended
		return time.Since(told)
	}
}

// TestNothingIsClaimedBeforeTheRecordsKnowWhatIsOut, also not while they are being told: they would take it for lost.
func TestNothingIsClaimedBeforeTheRecordsKnowWhatIsOut(t *testing.T) {
	t.Parallel()
	for name, takes := range map[string]time.Duration{"many short tries": 5 * time.Second, "a long one": 26 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m, c := &memory{}, &counter{}
				m.put("D1", "hello")
				stop := runs(&silent{m, time.Now().Add(time.Second), time.Now().Add(23 * time.Second), takes}, c)
				time.Sleep(time.Minute)
				stop()
				if n := len(c.said()); n != 1 || m.count("sent") != 1 || m.rows[0].attempts != 1 {
					t.Errorf("posted %d times, %d recorded, claimed %d times", n, m.count("sent"), m.rows[0].attempts)
				}
			})
		})
	}
}

// TestAStopWaitsForNoSilentRecords: a database that says nothing when the desk is told to stop does not hold it up.
func TestAStopWaitsForNoSilentRecords(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			m, c := &memory{}, &counter{}
			until := time.Now().Add(time.Hour)
			q := &silent{m, until, until, 5 * time.Second} // claims are answered
			m.put("D1", "hello")
			stop := runs(q, c)
			time.Sleep(after)
			if took := stop(); took > 10*time.Second {
				t.Errorf("told to stop after %s, it took %s", after, took)
			}
			time.Sleep(time.Minute) // what it left behind ends by itself
		})
	}
}
