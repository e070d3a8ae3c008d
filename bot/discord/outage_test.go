package discord

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/policy"
	"liaison/bot"
	"liaison/bot/bottest"
	sandbox "liaison/bot/sandbox/discord"
	"liaison/store"
	"liaison/store/storetest"
)

// sky is a clock that tests move by hand: the server's, the platform's and the senders'.
type sky struct {
	mu  sync.Mutex
	now time.Time
}

func (s *sky) time() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *sky) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// house is a server with a desk whose outbox is a real one, all by one clock.
type house struct {
	*guild
	sky    sky
	store  *store.Store
	agency *agency.Agency
}

func newHouse(t *testing.T, prepare func(*sandbox.Options)) *house {
	t.Helper()
	h := &house{sky: sky{now: time.Now()}, store: storetest.Quick(t)}
	h.guild = newGuild(t, overHTTP, func(o *sandbox.Options, c *Config) {
		o.Now, o.Real, c.Now, c.Log = h.sky.time, h.sky.time, h.sky.time, slog.New(slog.DiscardHandler)
		if prepare != nil {
			prepare(o)
		}
	})
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	boss := agency.Identity{Platform: agency.Discord, Workspace: bottest.Guild, User: ana}
	h.agency = &agency.Agency{Store: h.store, Rules: book, Now: h.sky.time, Settings: agency.Settings{Admins: []agency.Identity{boss}}}
	if err := h.agency.Do(t.Context(), boss, func(d *agency.Desk) error { _, err := d.Grant(boss, "Ana", agency.Admin); return err }); err != nil {
		t.Fatal(err)
	}
	return h
}

// sender posts what is in the outbox, drawn by one view.
func (h *house) sender(name string, on bot.Platform, view bot.View, kinds ...string) *bot.Sender {
	s := &bot.Sender{Agency: h.agency, Queue: h.store, Platforms: []bot.Platform{on}, Log: slog.New(slog.DiscardHandler),
		Views: map[string]bot.View{}, Name: name, Clock: h.sky.time}
	for _, kind := range append(kinds, agency.ParkedNote) {
		s.Views[kind] = view
	}
	s.Start()
	return s
}

func (h *house) enqueue(t *testing.T, o agency.Outgoing) {
	t.Helper()
	o.At = agency.InstantOf(h.sky.time())
	if err := h.store.Write(context.Background(), func(tx agency.Tx) error { return tx.Enqueue(o) }); err != nil {
		t.Fatal(err)
	}
}

// repeated is how many messages were sent again because nobody could know.
func (h *house) repeated(t *testing.T) (list []agency.Undelivered) {
	t.Helper()
	err := h.store.Read(t.Context(), func(tx agency.Tx) (err error) {
		list, err = tx.RepeatedOutgoing(0, 100_000)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// drain lets a sender go on, three seconds after three seconds, until nothing waits.
func (h *house) drain(t *testing.T, s *bot.Sender) {
	t.Helper()
	for waiting := 1; waiting > 0; h.sky.pass(3 * time.Second) {
		if _, err := s.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		var err error
		if waiting, _, err = h.store.OutboxDepth(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAnOutageLongerThanTheNonceDoublesNothing takes a post, loses the answer, and is out of reach for longer than Discord
// remembers the nonce: in a channel, in direct messages, in a thread, and with a card that is edited when it is found.
func TestAnOutageLongerThanTheNonceDoublesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		channel, thread string
		mode            agency.Mode
	}{
		"a note in a channel": {desk, "", agency.Note},
		"a direct message":    {ana, "", agency.Note},
		"a card":              {desk, "", agency.Card},
		"a note in a thread":  {desk, "note root", agency.Note},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil)
			var state atomic.Int32 // the next post is taken and its answer lost; then nothing is answered
			h.server.Fault = func(route, _ string) sandbox.Fault {
				if route == "POST /channels/{channel}/messages" && state.CompareAndSwap(1, 2) {
					return sandbox.Fault{Kind: sandbox.FaultResetAfter}
				}
				if state.Load() == 2 {
					return sandbox.Fault{Kind: sandbox.FaultResetBefore}
				}
				return sandbox.Fault{}
			}
			h.open(t, pong)
			s := h.sender("one", h.Platform, func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) { return bot.Sentence("%s", o.Ref), nil }, "note")
			if c.thread != "" { // the card of the thread, and a thread that is there
				h.enqueue(t, agency.Outgoing{To: to(desk), Kind: "note", Ref: "root", Mode: agency.Card})
				h.enqueue(t, agency.Outgoing{To: to(desk), Kind: "note", Ref: "first", Thread: c.thread, Mode: agency.Note})
			} else {
				h.enqueue(t, agency.Outgoing{To: to(c.channel), Kind: "note", Ref: "first", Mode: agency.Note})
			}
			h.drain(t, s)
			h.enqueue(t, agency.Outgoing{To: to(c.channel), Kind: "note", Ref: "said", Thread: c.thread, Mode: c.mode})
			state.Store(1)
			for range 60 { // three minutes
				if _, err := s.Step(t.Context()); err != nil {
					t.Fatal(err)
				}
				h.sky.pass(3 * time.Second)
			}
			if state.Load() != 2 {
				t.Fatal("nothing was posted")
			}
			state.Store(0)
			h.drain(t, s)
			if n := h.times("said"); n != 1 {
				t.Errorf("it stands there %d times, %d are flagged", n, len(h.repeated(t)))
			}
			if n := len(h.repeated(t)); n != 0 {
				t.Errorf("%d are flagged, where it can be known", n)
			}
		})
	}
}

// times is how often a sentence stands anywhere on the server.
func (h *house) times(sentence string) (n int) {
	channels := []string{desk, h.server.Talk(ana)}
	for _, m := range h.server.Messages(desk, "") {
		channels = append(channels, m.ID) // its thread
	}
	for _, channel := range channels {
		for _, said := range h.posted2(channel) {
			if said == sentence {
				n++
			}
		}
	}
	return n
}

// TestWhatWasDeletedBeforeItWasFoundIsPostedAgain deletes a note in a thread whose answer was lost: it comes again once Discord
// has forgotten its nonce, and the card to which it belongs is left alone.
func TestWhatWasDeletedBeforeItWasFoundIsPostedAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	var lose atomic.Bool
	h.server.Fault = func(route, channel string) sandbox.Fault {
		if route == "POST /channels/{channel}/messages" && channel != desk && lose.CompareAndSwap(true, false) {
			return sandbox.Fault{Kind: sandbox.FaultResetAfter}
		}
		return sandbox.Fault{}
	}
	h.open(t, pong)
	s := h.sender("one", h.Platform, func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) { return bot.Sentence("%s", o.Ref), nil }, "note")
	h.enqueue(t, agency.Outgoing{To: to(desk), Kind: "note", Ref: "root", Mode: agency.Card})
	h.enqueue(t, agency.Outgoing{To: to(desk), Kind: "note", Ref: "first", Thread: "note root", Mode: agency.Note})
	h.drain(t, s)
	lose.Store(true)
	h.enqueue(t, agency.Outgoing{To: to(desk), Kind: "note", Ref: "said", Thread: "note root", Mode: agency.Note})
	if _, err := s.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	thread := h.server.Messages(desk, "")[0].Thread
	messages := h.server.Messages(thread, "")
	path := "channels/" + thread + "/messages/" + messages[len(messages)-1].ID
	if err := h.api.call(t.Context(), request{method: "DELETE", path: path, bucket: "delete"}, nil); err != nil || h.times("said") != 0 {
		t.Fatalf("not deleted: %v", err)
	}
	h.drain(t, s)
	h.enqueue(t, agency.Outgoing{To: to(desk), Kind: "note", Ref: "root", Mode: agency.Card})
	h.drain(t, s)
	if h.times("said") != 1 || h.times("root") != 1 || len(h.repeated(t)) != 0 {
		t.Errorf("the note stands there %d times, the card %d times, %d are flagged", h.times("said"), h.times("root"), len(h.repeated(t)))
	}
}
