package bot_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liaison/agency"
	"liaison/bot"
	"liaison/store"
	"liaison/store/storetest"
)

// chat is a platform that does as it is told.
type chat struct {
	mu     sync.Mutex
	posts  []string // what is in the channels, in order: "channel: text"
	edits  []string
	fail   []error // for the next posts, in order; nil: take it
	active map[string]int
	broken bool // two posts to one channel at a time were seen
}

func (*chat) Name() agency.Platform { return agency.Console }
func (*chat) Ready() error          { return nil }
func (*chat) Run(ctx context.Context, _ func(context.Context, bot.Request) bot.Reply) error {
	<-ctx.Done()
	return nil
}

func (c *chat) Post(_ context.Context, d bot.Delivery) (string, error) {
	c.mu.Lock()
	c.active[d.To.Channel]++
	c.broken = c.broken || c.active[d.To.Channel] > 1
	c.mu.Unlock()
	time.Sleep(time.Millisecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.active[d.To.Channel]--
	if len(c.fail) > 0 {
		err := c.fail[0]
		c.fail = c.fail[1:]
		if err != nil {
			return "", err
		}
	}
	c.posts = append(c.posts, d.To.Channel+": "+d.Message.Summary)
	return fmt.Sprint("m", len(c.posts)), nil
}

func (c *chat) Edit(_ context.Context, id string, d bot.Delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.edits = append(c.edits, id+": "+d.Message.Summary)
	return nil
}

func (c *chat) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.posts)
}

// outbox is a sender over a fresh store, with a view that shows the reference. Nobody is told of what is given up.
func outbox(t *testing.T, s *store.Store) (*bot.Sender, *chat, *time.Time) {
	t.Helper()
	r, _ := router(t, s)
	r.Agency.Settings.Admins = nil
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	c := &chat{active: map[string]int{}}
	view := func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) { return bot.Sentence("%s", o.Ref), nil }
	sender := &bot.Sender{Agency: r.Agency, Queue: s, Platforms: []bot.Platform{c}, Views: map[string]bot.View{"note": view, "card": view},
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Name: "test", Clock: func() time.Time { return now }}
	sender.Start()
	return sender, c, &now
}

func put(t *testing.T, s *store.Store, list ...agency.Outgoing) {
	t.Helper()
	err := s.Write(context.Background(), func(tx agency.Tx) error {
		for _, o := range list {
			o.To.Platform, o.To.Workspace = agency.Console, "w"
			if err := tx.Enqueue(o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func note(channel, ref string) agency.Outgoing {
	return agency.Outgoing{To: agency.Address{Channel: channel}, Kind: "note", Ref: ref, Mode: agency.Note}
}

func card(channel, ref string) agency.Outgoing {
	return agency.Outgoing{To: agency.Address{Channel: channel}, Kind: "card", Ref: ref, Mode: agency.Card}
}

func drain(t *testing.T, s *bot.Sender) {
	t.Helper()
	for {
		n, err := s.Step(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func TestAChannelsMessagesLeaveInOrderOneAtATime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		sender, c, _ := outbox(t, s)
		second := *sender
		second.Name = "other"
		second.Start()
		for i := range 20 {
			put(t, s, note("a", fmt.Sprint("a", i)), note("b", fmt.Sprint("b", i)))
		}
		var each sync.WaitGroup
		for _, one := range []*bot.Sender{sender, &second} {
			each.Go(func() {
				for deadline := time.Now().Add(time.Minute); c.count() < 40 && time.Now().Before(deadline); {
					if _, err := one.Step(context.Background()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		each.Wait()
		for _, channel := range []string{"a", "b"} {
			var got, want []string
			for i := range 20 {
				want = append(want, fmt.Sprintf("%s: %s%d", channel, channel, i))
			}
			for _, p := range c.posts {
				if p[:1] == channel {
					got = append(got, p)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("channel %s: %s", channel, diff)
			}
		}
		if c.broken {
			t.Error("two posts were under way in one channel")
		}
	})
}

func TestACardIsPostedOnceAndEditedEverAfter(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		sender, c, _ := outbox(t, s)
		put(t, s, card("a", "S-1"), card("a", "S-1"), card("a", "S-1"))
		drain(t, sender)
		put(t, s, card("a", "S-1"), card("a", "S-1"), card("b", "S-1"))
		drain(t, sender)
		if diff := cmp.Diff([]string{"a: S-1", "b: S-1"}, c.posts); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"m1: S-1"}, c.edits); diff != "" {
			t.Errorf("two changes that waited together are one edit: %s", diff)
		}
	})
}

func TestANoteWithAKeyIsSaidOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		sender, c, _ := outbox(t, s)
		n := note("a", "digest")
		n.Key = "digest 1 2026-11-23"
		put(t, s, n)
		drain(t, sender)
		put(t, s, n)
		drain(t, sender)
		if len(c.posts) != 1 {
			t.Errorf("posted %v", c.posts)
		}
	})
}

func TestFailuresAreTriedAgainParkedOrKept(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		sender, c, now := outbox(t, s)
		c.fail = []error{&bot.SendError{Outcome: bot.NotSent, Code: "ratelimited", Wait: 30 * time.Second, Err: errors.New("429")}}
		put(t, s, note("a", "one"), note("a", "two"))
		drain(t, sender)
		if len(c.posts) != 0 {
			t.Fatalf("posted %v before the platform's wait was over, or out of order", c.posts)
		}
		*now = now.Add(29 * time.Second)
		drain(t, sender)
		if len(c.posts) != 0 {
			t.Fatalf("posted %v a second early", c.posts)
		}
		*now = now.Add(5 * time.Second) // nobody comes back in step with the others
		drain(t, sender)
		if diff := cmp.Diff([]string{"a: one", "a: two"}, c.posts); diff != "" {
			t.Error(diff)
		}
		c.fail = []error{&bot.SendError{Outcome: bot.Refused, Code: "is_archived", Err: errors.New("archived")}}
		put(t, s, note("a", "three"), note("a", "four"))
		drain(t, sender)
		waiting, parked, err := s.OutboxDepth(context.Background())
		if err != nil || waiting != 0 || parked != 1 {
			t.Errorf("waiting %d, parked %d, %v; want the refused one parked and the next one out", waiting, parked, err)
		}
	})
}

func TestAClaimThatDiedWithItsSenderIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		sender, c, now := outbox(t, s)
		put(t, s, note("a", "one"))
		if list, err := s.ClaimOutgoing(context.Background(), "dead", agency.InstantOf(*now), 0, 10); err != nil || len(list) != 1 {
			t.Fatalf("claimed %v, %v", list, err)
		}
		drain(t, sender)
		if len(c.posts) != 0 {
			t.Fatal("a message in another sender's hands was posted")
		}
		*now = now.Add(2 * time.Minute)
		drain(t, sender)
		if len(c.posts) != 1 {
			t.Errorf("posted %v, want the abandoned message", c.posts)
		}
	})
}

func TestTheSenderTellsItsObserver(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	watch := newTally()
	sender.Observer = watch
	c.fail = []error{&bot.SendError{Outcome: bot.Unknown, Code: "no_answer", Err: errors.New("a reset")}}
	put(t, s, note("a", "one"))
	drain(t, sender)
	*now = now.Add(time.Minute)
	drain(t, sender) // nobody can say whether it is out: it is sent again, once
	c.fail = []error{&bot.SendError{Outcome: bot.Refused, Code: "is_archived", Err: errors.New("archived")}}
	put(t, s, note("a", "two"))
	drain(t, sender)
	want := []string{"tried unknown 1", "tried posted 2", "repeated on console", "tried refused 1", "parked on console"}
	if diff := cmp.Diff(want, watch.lines); diff != "" {
		t.Error(diff)
	}
}
