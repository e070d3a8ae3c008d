package bot_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"liaison/agency"
	"liaison/bot"
	"liaison/store"
	"liaison/store/storetest"
)

// desk is senders over one store, in a world.
type desk struct {
	*world
	store   *store.Store
	agency  *agency.Agency
	senders []*bot.Sender
	notes   map[string]bool // refs
	cards   map[string]bool // "channel ref"
}

// helper is who is told of what was given up.
var helper = agency.Identity{Platform: agency.Slack, Workspace: "w", User: "D-helper"}

func newDesk(t *testing.T, s *store.Store, w *world, senders, most int) *desk {
	t.Helper()
	r, _ := router(t, s)
	err := r.Agency.Do(t.Context(), ana, func(d *agency.Desk) error {
		_, err := d.Grant(helper, "Helper", agency.Admin)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Agency.Settings.Admins = nil // who is told has the role
	a := &desk{world: w, store: s, agency: r.Agency, notes: map[string]bool{}, cards: map[string]bool{}}
	view := func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return bot.Sentence("%s v%d", o.Ref, w.state[o.Ref]), nil
	}
	slack := teller{w, agency.Slack}
	for i := range senders {
		one := &bot.Sender{Agency: r.Agency, Queue: frail{s, w, most}, Platforms: []bot.Platform{slack, dropper{teller{w, agency.Discord}}},
			Views: map[string]bot.View{"note": view, "card": view, agency.ParkedNote: view}, Log: slog.New(slog.DiscardHandler),
			Name: fmt.Sprint("sender", i), Clock: w.now}
		one.Start()
		a.senders = append(a.senders, one)
	}
	return a
}

// say enqueues a message; a card's state changes with it.
func (a *desk) say(o agency.Outgoing) error {
	o.To.Platform, o.To.Workspace, o.At = agency.Slack, "w", agency.InstantOf(a.now())
	if o.To.Channel[0] == 'N' {
		o.To.Platform = agency.Discord
	}
	a.mu.Lock()
	if o.Mode == agency.Card {
		a.cards[o.To.Channel+" "+o.Ref] = true
	} else {
		a.notes[o.Ref] = true
	}
	a.mu.Unlock()
	if o.Mode == agency.Card {
		if err := a.changeEverywhere(o.Ref); err != nil {
			return err
		}
	}
	return a.store.Write(context.Background(), func(tx agency.Tx) error { return tx.Enqueue(o) })
}

// changeEverywhere changes a card's state and redraws it wherever it is.
func (a *desk) changeEverywhere(ref string) error {
	a.mu.Lock()
	a.state[ref]++
	a.mu.Unlock()
	return a.agency.Do(context.Background(), agency.System, func(d *agency.Desk) error { return d.Redraw("card", ref) })
}

// settle lets the senders finish in a world without mishaps.
func (a *desk) settle() error {
	for range 400 {
		n, err := a.senders[0].Step(context.Background())
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		waiting, _, err := a.store.OutboxDepth(context.Background())
		if err != nil || waiting == 0 {
			return err
		}
		a.mu.Lock()
		a.pass(time.Minute)
		a.mu.Unlock()
	}
	return fmt.Errorf("the outbox does not become empty")
}

// judge compares what people see with what was said.
func (a *desk) judge() []string {
	wrong := slices.Clone(a.wrong)
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	var parked, repeated []agency.Undelivered
	err := a.store.Read(context.Background(), func(tx agency.Tx) (err error) {
		if parked, err = tx.ParkedOutgoing(1 << 20); err != nil {
			return err
		}
		repeated, err = tx.RepeatedOutgoing(0, 1<<20)
		return err
	})
	if err != nil {
		complain("%v", err)
	}
	seen, newest, told := map[string]int{}, map[string]int{}, 0
	for _, p := range a.posts {
		if p.gone {
			continue
		}
		seen[p.ref]++
		newest[p.channel+" "+p.ref] = max(newest[p.channel+" "+p.ref], p.version)
		if p.channel == helper.User {
			told++
		}
	}
	given := map[string]bool{}
	for _, u := range parked {
		given[u.Ref], given[u.To.Channel+" "+u.Ref] = true, true
		if u.Code == "unknown_outcome" && a.tries(u.ID) < 2 {
			complain("row %d was given up as sent twice, and was sent %d times", u.ID, a.tries(u.ID))
		}
	}
	for ref := range a.notes {
		if seen[ref] == 0 && !given[ref] {
			complain("the note %s is lost", ref)
		}
	}
	for card := range a.cards {
		_, ref := cut(card)
		if newest[card] != a.state[ref] && !given[card] {
			complain("the card %s shows v%d, the newest is v%d", card, newest[card], a.state[ref])
		}
	}
	if len(parked) > 0 && told == 0 && !slices.ContainsFunc(parked, func(u agency.Undelivered) bool { return u.To.Channel == helper.User }) {
		complain("%d were given up and nobody was told", len(parked))
	}
	flagged := map[int64]bool{}
	for _, u := range repeated {
		flagged[u.ID] = true
		if u.To.Channel[0] != 'D' {
			complain("row %d in %s is flagged, where it can be known", u.ID, u.To.Channel)
		}
		if u.State == "sent" && a.tries(u.ID) < 2 {
			complain("row %d is flagged and was sent once", u.ID)
		}
	}
	for _, p := range a.posts {
		if n := len(a.live(p.row)); n > 1 && !flagged[p.row] {
			complain("row %d is out %d times and not flagged in the record", p.row, n)
		}
	}
	return wrong
}

func cut(card string) (channel, ref string) {
	for i := range card {
		if card[i] == ' ' {
			return card[:i], card[i+1:]
		}
	}
	return card, ""
}

// round is one run of random steps.
func round(t *testing.T, rt *rapid.T, s *store.Store, steps int) {
	w := newWorld()
	a := newDesk(t, s, w, 3, 1)
	ctx := context.Background()
	channels := rapid.SampledFrom([]string{"C1", "C2", "D1", "N1"})
	refs := rapid.SampledFrom([]string{"S-1", "S-2"})
	plans := rapid.SliceOfN(rapid.SampledFrom(mishaps), 0, 5)
	sender := rapid.IntRange(0, len(a.senders)-1)
	ok := func(err error) {
		if err != nil {
			rt.Fatal(err)
		}
	}
	said := 0
	for range rapid.IntRange(1, steps).Draw(rt, "steps") {
		switch rapid.SampledFrom([]string{"note", "thread", "card", "change", "step", "step", "step", "die", "wait", "wait", "jump"}).Draw(rt, "do") {
		case "note":
			said++
			ok(a.say(note(channels.Draw(rt, "channel"), fmt.Sprint("n", said))))
		case "thread":
			said++
			n := note(channels.Draw(rt, "channel"), fmt.Sprint("n", said))
			n.Thread = "card " + refs.Draw(rt, "ref")
			ok(a.say(n))
		case "card":
			ok(a.say(card(channels.Draw(rt, "channel"), refs.Draw(rt, "ref"))))
		case "change":
			ok(a.changeEverywhere(refs.Draw(rt, "ref")))
		case "step":
			one, other := a.senders[sender.Draw(rt, "sender")], a.senders[sender.Draw(rt, "other")]
			changes := rapid.SampledFrom([]string{"", "S-1", "S-2"}).Draw(rt, "meanwhile")
			w.mu.Lock()
			w.plan = plans.Draw(rt, "plan")
			w.meddle = func() {
				if changes != "" {
					if err := a.changeEverywhere(changes); err != nil {
						t.Error(err)
					}
				}
				if _, err := other.Step(ctx); err != nil {
					t.Error(err)
				}
			}
			w.mu.Unlock()
			_, err := one.Step(ctx)
			ok(err)
			w.plan, w.meddle = nil, nil
		case "die":
			_, err := frail{s, w, 1}.ClaimOutgoing(ctx, "dead", agency.InstantOf(w.now()), agency.InstantOf(w.now().Add(-20*time.Second)), 1)
			ok(err)
		case "wait":
			w.mu.Lock()
			w.pass(time.Duration(rapid.IntRange(1, 40_000).Draw(rt, "ms")) * time.Millisecond)
			w.mu.Unlock()
		case "jump":
			w.mu.Lock()
			w.clock = w.clock.Add(time.Duration(rapid.IntRange(-600, 3600).Draw(rt, "seconds")) * time.Second)
			w.mu.Unlock()
		}
		if len(w.wrong) > 0 {
			rt.Fatal(w.wrong)
		}
	}
	ok(a.settle())
	if wrong := a.judge(); len(wrong) > 0 {
		rt.Fatal(wrong)
	}
}

// TestNoMishapLosesDoublesOrDisorders plays random mishaps: nothing is lost, nothing is doubled where it can be known and
// nothing unflagged where it cannot, channels keep their order, cards never go back, and a claim that was lost ends nothing.
func TestNoMishapLosesDoublesOrDisorders(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps, opened := 40, 0
			if name == "postgres" {
				steps = 12
			}
			rapid.Check(t, func(rt *rapid.T) {
				if opened++; name == "postgres" && opened > 15 {
					return // a database for each costs too much for more
				}
				s := open(t)
				defer s.Close() //nolint:errcheck // it is closed again, and heard, at the end of the test
				round(t, rt, s, steps)
			})
		})
	}
}
