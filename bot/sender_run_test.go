package bot_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// put adds a note.
func (m *memory) put(channel, ref string) {
	to := agency.Address{Platform: agency.Console, Workspace: "w", Channel: channel}
	_ = m.Write(context.Background(), func(tx agency.Tx) error {
		return tx.Enqueue(agency.Outgoing{To: to, Kind: "note", Ref: ref, Mode: agency.Note})
	})
}

func (m *memory) count(state string) (n int) {
	defer m.lock()()
	for _, r := range m.rows {
		if r.state == state {
			n++
		}
	}
	return n
}

// counter is a platform that takes its time.
type counter struct {
	mu    sync.Mutex
	out   []string
	slow  map[string]time.Duration // per channel; until told to stop, at most
	began func(channel string)
}

func (*counter) Name() agency.Platform { return agency.Console }
func (*counter) Ready() error          { return nil }
func (*counter) Run(ctx context.Context, _ func(context.Context, bot.Request) bot.Reply) error {
	<-ctx.Done()
	return nil
}

func (c *counter) Edit(context.Context, string, bot.Delivery) error {
	return errors.New("nothing is edited here")
}
func (c *counter) Post(ctx context.Context, d bot.Delivery) (string, error) {
	if c.began != nil {
		c.began(d.To.Channel)
	}
	select {
	case <-time.After(c.slow[d.To.Channel]):
	case <-ctx.Done():
		return "", &bot.SendError{Outcome: bot.Unknown, Code: "no_answer", Err: ctx.Err()}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = append(c.out, d.Message.Summary)
	return fmt.Sprint("m", len(c.out)), nil
}

func (c *counter) said() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.out)
}

// running starts a sender in simulated time. When a bubble ends, a goroutine that is left over fails its test.
func running(t *testing.T, queue *memory, platform bot.Platform, idle time.Duration) (s *bot.Sender, stop func() time.Duration) {
	t.Helper()
	view := func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) { return bot.Sentence("%s", o.Ref), nil }
	s = &bot.Sender{Agency: &agency.Agency{Store: queue, Now: time.Now}, Queue: queue, Platforms: []bot.Platform{platform},
		Views: map[string]bot.View{"note": view}, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Name: "one", Clock: time.Now, Idle: idle}
	s.Start()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return s, func() time.Duration {
		told := time.Now()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		return time.Since(told)
	}
}

func TestAChannelThatHangsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, c := &memory{}, &counter{slow: map[string]time.Duration{"stuck": time.Hour}}
		q.put("stuck", "never")
		for i := range 30 {
			q.put(fmt.Sprint("c", i%15), fmt.Sprint("n", i))
		}
		_, stop := running(t, q, c, time.Second)
		time.Sleep(5 * time.Second)
		if n := len(c.said()); n != 30 {
			t.Errorf("%d messages are out beside a channel that hangs, want 30", n)
		}
		stop()
	})
}

func TestWhatIsEnqueuedGoesOutAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, c := &memory{}, &counter{}
		s, stop := running(t, q, c, time.Hour)
		synctest.Wait()
		began := time.Now()
		for i := range 40 { // more than are posted at a time, and several in a channel
			q.put(fmt.Sprint("c", i%20), fmt.Sprint("n", i))
		}
		s.Wake()
		synctest.Wait()
		if n := len(c.said()); n != 40 || time.Since(began) != 0 {
			t.Errorf("%d are out after %s, want 40 at once", n, time.Since(began))
		}
		stop()
	})
}

func TestASenderThatIsNotWokenLooksByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, c := &memory{}, &counter{}
		_, stop := running(t, q, c, time.Second)
		synctest.Wait()
		q.put("a", "from another replica")
		time.Sleep(1100 * time.Millisecond)
		if n := len(c.said()); n != 1 {
			t.Errorf("%d are out", n)
		}
		stop()
	})
}

func TestStoppingFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, c := &memory{}, &counter{slow: map[string]time.Duration{"a": 5 * time.Second, "b": 5 * time.Second}}
		q.put("a", "a1")
		q.put("a", "a2")
		q.put("b", "b1")
		_, stop := running(t, q, c, time.Second)
		time.Sleep(time.Second)
		took := stop()
		if took != 4*time.Second {
			t.Errorf("it took %s to stop, want the rest of what was under way", took)
		}
		if q.count("sent") != 2 || q.count("sending") != 0 || q.count("waiting") != 1 {
			t.Errorf("%d sent, %d claimed, %d waiting; want 2, 0, 1", q.count("sent"), q.count("sending"), q.count("waiting"))
		}
	})
}

func TestStoppingGivesBackWhatDoesNotFinish(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, c := &memory{}, &counter{slow: map[string]time.Duration{"stuck": time.Hour}}
		q.put("stuck", "s1")
		_, stop := running(t, q, c, time.Second)
		synctest.Wait()
		if took := stop(); took > 10*time.Second {
			t.Errorf("it took %s to stop", took)
		}
		if q.count("waiting") != 1 || q.rows[0].unknownAt == 0 {
			t.Errorf("%s, unknown since %d; want it given back with its outcome unknown", q.rows[0].state, q.rows[0].unknownAt)
		}
	})
}

// TestASenderThatWasStoppedForAMinutePostsNothing: its claims are with the others by then.
func TestASenderThatWasStoppedForAMinutePostsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, c := &memory{}, &counter{}
		q.put("a", "a1")
		view := func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) {
			time.Sleep(time.Minute)
			return bot.Sentence("%s", o.Ref), nil
		}
		s := &bot.Sender{Agency: &agency.Agency{Store: q, Now: time.Now}, Queue: q, Platforms: []bot.Platform{c},
			Views: map[string]bot.View{"note": view}, Log: slog.New(slog.DiscardHandler), Name: "one", Clock: time.Now}
		if _, err := s.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(c.said()); n != 0 {
			t.Errorf("%d are out under a claim that had run out", n)
		}
	})
}

// TestAClockThatIsSetTakesNothingFromTheSenderItself: a claim may seem to have run out while its try is under way in this very
// process, which knows better.
func TestAClockThatIsSetTakesNothingFromTheSenderItself(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{time.Hour, -time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			var ahead atomic.Int64
			q, c := &memory{}, &counter{slow: map[string]time.Duration{"a": 3 * time.Second}}
			q.put("a", "a1")
			q.put("a", "a2")
			view := func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) { return bot.Sentence("%s", o.Ref), nil }
			s := &bot.Sender{Agency: &agency.Agency{Store: q, Now: time.Now}, Queue: q, Platforms: []bot.Platform{c}, Views: map[string]bot.View{"note": view},
				Log: slog.New(slog.DiscardHandler), Name: "one", Clock: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }}
			s.Start()
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- s.Run(ctx) }()
			time.Sleep(time.Second)
			ahead.Store(int64(by))
			time.Sleep(time.Minute)
			if out := c.said(); !slices.Equal(out, []string{"a1", "a2"}) || q.count("sent") != 2 {
				t.Errorf("set by %s: out are %v, %d recorded", by, out, q.count("sent"))
			}
			cancel()
			<-ended
		})
	}
}
