package bot_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/store"
	"liaison/store/storetest"
)

// untilParked has the sender try what waits until it is given up.
func (a *desk) untilParked(t *testing.T) {
	t.Helper()
	for range 200 {
		if _, err := a.senders[0].Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		waiting, parked, err := a.store.OutboxDepth(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if parked > 0 && waiting == 0 {
			return
		}
		a.pass(time.Minute)
	}
	t.Fatal("it is not given up")
}

// tryAgain is a person's decision; the platforms are well again.
func (a *desk) tryAgain(t *testing.T) {
	t.Helper()
	a.plan = nil
	if err := a.store.Write(t.Context(), func(tx agency.Tx) error { _, err := tx.UnparkOutgoing(0); return err }); err != nil {
		t.Fatal(err)
	}
}

func repeat(m mishap, n int) []mishap { return slices.Repeat([]mishap{m}, n) }

// TestWhatMayBeOutIsLookedForWhenAPersonTriesAgain: giving it up has not made it known.
func TestWhatMayBeOutIsLookedForWhenAPersonTriesAgain(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string][]mishap{
		"nobody could look":    slices.Concat([]mishap{fine, lostAfter}, repeat(lostBefore, 30)),
		"only the last try is": slices.Concat(slices.Repeat([]mishap{fine, failed}, 23), []mishap{fine, lostAfter}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				w := newWorld()
				a := newDesk(t, s, w, 1, 1)
				for _, o := range []agency.Outgoing{note("C1", "n1"), card("C1", "S-1")} {
					if err := a.say(o); err != nil {
						t.Fatal(err)
					}
					w.plan = slices.Clone(plan)
					a.untilParked(t)
					a.tryAgain(t)
					if err := a.settle(); err != nil {
						t.Fatal(err)
					}
				}
				if wrong := a.judge(); len(wrong) > 0 {
					t.Error(wrong)
				}
			})
		})
	}
}

// TestWhereNobodyCanLookAPersonsDecisionSendsOnce: flagged, and not again until somebody decides again.
func TestWhereNobodyCanLookAPersonsDecisionSendsOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld()
		a := newDesk(t, s, w, 1, 1)
		if err := a.say(note("D1", "n1")); err != nil {
			t.Fatal(err)
		}
		row := int64(1)
		for decisions := range 4 {
			w.plan = slices.Concat([]mishap{fine, limited, fine, failed}, slices.Repeat([]mishap{fine, lostAfter}, 20))
			a.untilParked(t)
			if n := len(w.live(row)); n != 2+decisions {
				t.Errorf("after %d decisions it is out %d times", decisions, n)
			}
			a.tryAgain(t)
			var repeated []agency.Undelivered
			err := s.Read(t.Context(), func(tx agency.Tx) (err error) { repeated, err = tx.RepeatedOutgoing(0, 10); return err })
			if err != nil || !slices.ContainsFunc(repeated, func(u agency.Undelivered) bool { return u.ID == row }) {
				t.Errorf("flagged are %+v, %v; want the one that is out twice, also while it is tried again", repeated, err)
			}
		}
		for i, p := range w.live(row) {
			if p.flagged != (i > 0) {
				t.Errorf("post %d is flagged: %v", i+1, p.flagged)
			}
		}
	})
}

// pages is a platform whose threads fail.
type pages struct {
	*chat
	completed []string // the messages whose threads were asked for
	thread    error
}

func (p *pages) Post(ctx context.Context, d bot.Delivery) (string, error) {
	id, err := p.chat.Post(ctx, d)
	return id, errors.Join(err, p.thread)
}

func (p *pages) Complete(_ context.Context, id string, _ bot.Delivery) error {
	p.completed = append(p.completed, id)
	return p.thread
}

// TestWhatIsOutButForItsThreadIsNotPostedAgain, neither by the next try nor by a person's.
func TestWhatIsOutButForItsThreadIsNotPostedAgain(t *testing.T) {
	t.Parallel()
	for name, thread := range map[string]error{
		"it is refused": &bot.SendError{Outcome: bot.Refused, Code: "is_archived", Err: errors.New("x")},
		"it fails":      &bot.SendError{Outcome: bot.NotSent, Code: "internal_error", Err: errors.New("x")},
		"nobody knows":  &bot.SendError{Outcome: bot.Unknown, Code: "no_answer", Err: errors.New("x")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				sender, c, now := outbox(t, s)
				p := &pages{chat: c, thread: thread}
				sender.Platforms = []bot.Platform{p}
				put(t, s, note("C1", "long"))
				for range 30 {
					drain(t, sender)
					*now = now.Add(10 * time.Minute)
				}
				if _, parked, err := s.OutboxDepth(t.Context()); parked != 1 || err != nil {
					t.Fatalf("%d are parked, %v", parked, err)
				}
				p.thread = nil
				if err := s.Write(t.Context(), func(tx agency.Tx) error { _, err := tx.UnparkOutgoing(0); return err }); err != nil {
					t.Fatal(err)
				}
				drain(t, sender)
				waiting, parked, err := s.OutboxDepth(t.Context())
				if c.count() != 1 || waiting+parked != 0 || err != nil || len(p.completed) == 0 || p.completed[len(p.completed)-1] != "m1" {
					t.Errorf("posted %v, completed %v, %d wait, %d are parked, %v", c.posts, p.completed, waiting, parked, err)
				}
			})
		})
	}
}
