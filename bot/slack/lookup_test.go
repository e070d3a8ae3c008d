package slack

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
	"liaison/bot/sandbox"
	"liaison/store"
	"liaison/store/storetest"
)

// noter is a sender of notes whose clock is moved by hand, over an outbox in which one waits for a channel.
func (o *office) noter(t *testing.T, s *store.Store, now *time.Time) *bot.Sender {
	t.Helper()
	to := agency.Address{Platform: agency.Slack, Workspace: bottest.Workspace, Channel: "C0DESK"}
	err := s.Write(t.Context(), func(tx agency.Tx) error {
		return tx.Enqueue(agency.Outgoing{Kind: "note", Ref: "said", Mode: agency.Note, To: to, At: agency.InstantOf(*now)})
	})
	if err != nil {
		t.Fatal(err)
	}
	view := func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) { return bot.Sentence("%s", o.Ref), nil }
	clock := func() time.Time { return *now }
	return &bot.Sender{Agency: &agency.Agency{Store: s, Now: clock}, Queue: s, Platforms: []bot.Platform{o.Platform},
		Views: map[string]bot.View{"note": view, agency.ParkedNote: view}, Log: slog.New(slog.NewTextHandler(o.log, nil)), Name: "one", Clock: clock}
}

// minutes lets a sender try for so many minutes, once in each.
func minutes(t *testing.T, s *bot.Sender, now *time.Time, n int) {
	t.Helper()
	for range n {
		if _, err := s.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		*now = now.Add(time.Minute)
	}
}

// TestWhoDoesNotKnowItselfDoesNotLook: while Slack has not said yet which messages are the desk's own, what may be out is neither
// posted again nor given up.
func TestWhoDoesNotKnowItselfDoesNotLook(t *testing.T) {
	t.Parallel()
	o := newOffice(t, overHTTP, nil)
	var lose atomic.Bool
	lose.Store(true)
	o.space.Fault = func(method, _ string) sandbox.Fault {
		if method == postMessage && lose.CompareAndSwap(true, false) {
			return sandbox.Fault{Kind: sandbox.FaultResetAfter}
		}
		return sandbox.Fault{}
	}
	s, now := storetest.Quick(t), time.Now()
	sender := o.noter(t, s, &now)
	minutes(t, sender, &now, 60)
	if waiting, parked, err := s.OutboxDepth(t.Context()); waiting != 1 || parked != 0 || err != nil || len(o.posted("C0DESK")) != 1 {
		t.Fatalf("%d wait, %d are given up, %v; there stands %v", waiting, parked, err, o.posted("C0DESK"))
	}
	o.open(t, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
	minutes(t, sender, &now, 2)
	if waiting, parked, err := s.OutboxDepth(t.Context()); waiting+parked != 0 || err != nil || len(o.posted("C0DESK")) != 1 {
		t.Errorf("%d wait, %d are given up, %v; there stands %v", waiting, parked, err, o.posted("C0DESK"))
	}
}

// TestAnAnswerThatSaysNeitherYesNorWhyNotIsNone: a search has not seen that the message is not there, whatever is asked, and a person
// has not become nameless.
func TestAnAnswerThatSaysNeitherYesNorWhyNotIsNone(t *testing.T) {
	t.Parallel()
	for _, says := range []string{`{}`, `null`, `{"ok":false}`, `{"ok":true}`, `{"ok":true,"messages":[],"has_more":true}`, `{"ok":true,"messages":[]`} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(says)) }))
		defer server.Close()
		p, err := New(Config{BotToken: "x", SigningSecret: "s", APIURL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		p.self = self{user: "U0", bot: "B0"}
		for _, thread := range []string{"", "C1/1.1"} {
			_, found, err := p.Find(t.Context(), bot.Delivery{To: agency.Address{Channel: "C1"}, ThreadID: thread, RowID: 7}, time.Now())
			if found || err == nil || sendError(err).Outcome != bot.Unknown {
				t.Errorf("%s, in the thread %q: found %v, %v", says, thread, found, err)
			}
		}
		if there, err := p.pagesOf(t.Context(), "C1", "1.1", "1.1", 7); err == nil || sendError(err).Outcome != bot.Unknown {
			t.Errorf("%s: the pages are %v, %v", says, there, err)
		}
		if strings.HasPrefix(says, `{"ok":true`) {
			continue
		}
		for what, err := range map[string]error{
			"views.open":       p.open(t.Context(), incoming{surface: onCommand}, bottest.OnboardForm()),
			"views.publish":    p.publish(t.Context(), incoming{}, bot.Sentence("Home.")),
			"chat.postMessage": p.tell(t.Context(), incoming{}, bot.Say("Hello."), true),
		} {
			if err == nil {
				t.Errorf("%s: %s has succeeded", says, what)
			}
		}
		if p.join(t.Context(), "C1") {
			t.Errorf("%s: the channel is joined", says)
		}
		p.people.find(t.Context(), "U1", time.Minute)
		if left := time.Until(p.people.known["U1"].until); left > unknownFor {
			t.Errorf("%s: that nobody has a name is believed for %s", says, left)
		}
	}
}

// TestASearchThatDoesNotEndIsGivenUp as one of which nobody can know: another would not end either.
func TestASearchThatDoesNotEndIsGivenUp(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		_, _ = w.Write([]byte(`{"ok":true,"messages":[{"ts":"1.1"}],"has_more":true,"response_metadata":{"next_cursor":"more"}}`))
	}))
	defer server.Close()
	p, err := New(Config{BotToken: "x", SigningSecret: "s", APIURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	p.self = self{user: "U0", bot: "B0"}
	for _, thread := range []string{"", "C1/1.1"} {
		_, found, err := p.Find(t.Context(), bot.Delivery{To: agency.Address{Channel: "C1"}, ThreadID: thread, RowID: 7}, time.Now())
		if e := sendError(err); found || err == nil || e.Outcome != bot.Refused || e.Code != "too_much_history" {
			t.Errorf("in the thread %q: found %v, %v", thread, found, err)
		}
	}
	if calls.Load() != 2*historyPages {
		t.Errorf("%d calls, want %d", calls.Load(), 2*historyPages)
	}
}
