package bot_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liaison/agency"
	"liaison/bot"
	"liaison/store"
	"liaison/store/storetest"
)

// halfway is a platform that posts a message and fails with what belongs into its thread.
type halfway struct {
	*chat
	thread error
}

func (h *halfway) Post(ctx context.Context, d bot.Delivery) (string, error) {
	id, err := h.chat.Post(ctx, d)
	return id, errors.Join(err, h.thread)
}

// TestACardWhoseThreadIsRefusedIsNotPostedAgain: it stands where it is and is edited from then on.
func TestACardWhoseThreadIsRefusedIsNotPostedAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		sender, c, _ := outbox(t, s)
		sender.Platforms = []bot.Platform{&halfway{chat: c, thread: &bot.SendError{Outcome: bot.Refused, Code: "50013", Err: errors.New("no threads here")}}}
		for range 3 {
			put(t, s, card("C1", "S-1"))
			drain(t, sender)
		}
		if c.count() != 1 || len(c.edits) != 2 {
			t.Errorf("one card is posted as %v, edited as %v", c.posts, c.edits)
		}
		var parked []agency.Undelivered
		if err := s.Write(t.Context(), func(tx agency.Tx) (err error) { parked, err = tx.ParkedOutgoing(10); return err }); err != nil {
			t.Fatal(err)
		}
		if len(parked) != 1 {
			t.Errorf("%d are parked after the edits, want the one whose thread can be completed", len(parked))
		}
	})
}

// booklet is a platform that puts three pages into a thread which nobody can read. What becomes of each is planned.
type booklet struct {
	*chat
	plan  []bot.Outcome // of the coming pages
	pages []string
}

func (b *booklet) Post(ctx context.Context, d bot.Delivery) (string, error) {
	id, err := b.chat.Post(ctx, d)
	if err != nil {
		return "", err
	}
	return id, b.turn(d)
}

func (b *booklet) Complete(_ context.Context, _ string, d bot.Delivery) error {
	if d.Doubt {
		return bot.ErrUnseen
	}
	return b.turn(d)
}

func (b *booklet) turn(d bot.Delivery) error {
	for page := d.Pages + 1; page <= 3; page++ {
		how := bot.Posted
		if len(b.plan) > 0 {
			how, b.plan = b.plan[0], b.plan[1:]
		}
		if how == bot.Posted || how == bot.Unknown {
			text := fmt.Sprint(page)
			if d.Repeats && page == d.Pages+1 {
				text += " again"
			}
			b.pages = append(b.pages, text)
		}
		if how != bot.Posted {
			return &bot.SendError{Outcome: how, Code: "x", Page: page, Err: errors.New("x")}
		}
	}
	return nil
}

// TestOnlyAPageWhoseOwnOutcomeIsUnknownComesTwice, once, and says so; those whose outcome is known come once.
func TestOnlyAPageWhoseOwnOutcomeIsUnknownComesTwice(t *testing.T) {
	t.Parallel()
	const out, not, who, never = bot.Posted, bot.NotSent, bot.Unknown, bot.Refused
	for name, c := range map[string]struct {
		plan     []bot.Outcome
		pages    []string
		repeated int
		parked   int
	}{
		"all is well":              {nil, []string{"1", "2", "3"}, 0, 0},
		"it fails now and then":    {[]bot.Outcome{out, not, not, out, not, not}, []string{"1", "2", "3"}, 0, 0},
		"one is unknown":           {[]bot.Outcome{out, who}, []string{"1", "2", "2 again", "3"}, 1, 0},
		"and then fails":           {[]bot.Outcome{who, not, not}, []string{"1", "1 again", "2", "3"}, 1, 0},
		"and a later one too":      {[]bot.Outcome{who, out, not}, []string{"1", "1 again", "2", "3"}, 1, 0},
		"one is unknown twice":     {[]bot.Outcome{out, who, who}, []string{"1", "2", "2 again"}, 1, 1},
		"one is refused for good":  {[]bot.Outcome{out, never}, []string{"1"}, 0, 1},
		"unknown and then refused": {[]bot.Outcome{out, who, never}, []string{"1", "2"}, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				sender, chat, now := outbox(t, s)
				b := &booklet{chat: chat, plan: c.plan}
				sender.Platforms = []bot.Platform{b}
				put(t, s, note("D1", "long"))
				for range 10 {
					drain(t, sender)
					*now = now.Add(10 * time.Minute)
				}
				if diff := cmp.Diff(c.pages, b.pages); diff != "" || chat.count() != 1 {
					t.Errorf("posted %v with pages (-want +got) %s", chat.posts, diff)
				}
				var repeated []agency.Undelivered
				err := s.Read(t.Context(), func(tx agency.Tx) (err error) { repeated, err = tx.RepeatedOutgoing(0, 10); return err })
				if _, parked, _ := s.OutboxDepth(t.Context()); err != nil || len(repeated) != c.repeated || parked != c.parked {
					t.Errorf("%d are flagged, %d given up, %v", len(repeated), parked, err)
				}
				if c.parked == 0 {
					return
				}
				b.plan = nil
				if err := s.Write(t.Context(), func(tx agency.Tx) error { _, err := tx.UnparkOutgoing(0); return err }); err != nil {
					t.Fatal(err)
				}
				drain(t, sender)
				if last := b.pages[len(b.pages)-1]; last != "3" || chat.count() != 1 {
					t.Errorf("when a person tries again it goes on to page %s, posted %v", last, chat.posts)
				}
			})
		})
	}
}

// TestASenderThatDiesAtAThreadLeavesItsPagesInDoubt: the next one goes on behind those that are known, flagged.
func TestASenderThatDiesAtAThreadLeavesItsPagesInDoubt(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	sender, chat, now := outbox(t, s)
	b := &booklet{chat: chat, plan: []bot.Outcome{bot.Posted, bot.NotSent}}
	sender.Platforms = []bot.Platform{b}
	put(t, s, note("D1", "long"))
	drain(t, sender)
	*now = now.Add(time.Minute)
	if list, err := s.ClaimOutgoing(t.Context(), "dies", agency.InstantOf(*now), agency.InstantOf(*now)-20_000, 1); len(list) != 1 || err != nil {
		t.Fatal(list, err)
	}
	*now = now.Add(time.Minute)
	drain(t, sender)
	if diff := cmp.Diff([]string{"1", "2 again", "3"}, b.pages); diff != "" || chat.count() != 1 {
		t.Errorf("posted %v with pages (-want +got) %s", chat.posts, diff)
	}
}
