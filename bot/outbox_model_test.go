package bot_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"liaison/agency"
	"liaison/bot"
	"liaison/store"
	"liaison/store/storetest"
)

// asked is an outbox as this test asks it.
type asked interface {
	bot.Queue
	agency.Store
}

// twins are two outboxes that are asked the same. Rows go by when they were decided and where, since each outbox has numbers
// of its own.
type twins struct {
	*rapid.T
	boxes  [2]asked
	now    agency.Instant
	began  agency.Instant
	at     agency.Instant // of the row decided last
	claims [2][]agency.Delivery
	ids    int
}

// refs are what cards are about, in this round.
func (w *twins) refs() []string {
	return []string{fmt.Sprint("S-1/", w.began), fmt.Sprint("S-2/", w.began)}
}

func (w *twins) must(err error) {
	if err != nil {
		w.Fatal(err)
	}
}

// same fails unless both outboxes answered the same.
func (w *twins) same(what string, answers [2]any) {
	w.Helper()
	if diff := gocmp.Diff(answers[0], answers[1]); diff != "" {
		w.Fatalf("%s: the store (-) and the memory (+) differ: %s", what, diff)
	}
}

// both asks both in a transaction.
func (w *twins) both(what string, ask func(i int, tx agency.Tx) (any, error)) {
	w.Helper()
	var answers [2]any
	for i, box := range w.boxes {
		w.must(box.Write(context.Background(), func(tx agency.Tx) (err error) { answers[i], err = ask(i, tx); return err }))
	}
	w.same(what, answers)
}

func (w *twins) place() agency.Address {
	channel := rapid.SampledFrom([]string{"C1", "C2", "D1"}).Draw(w.T, "channel")
	to := agency.Address{Platform: agency.Slack, Workspace: "w", Channel: channel}
	if channel == "D1" {
		to.Platform = agency.Discord
	}
	return to
}

func (w *twins) enqueue() {
	w.at++
	o := agency.Outgoing{To: w.place(), Kind: "card", Ref: rapid.SampledFrom(w.refs()).Draw(w.T, "ref"), Mode: agency.Card, At: w.at}
	if rapid.Bool().Draw(w.T, "note") {
		o.Kind, o.Ref, o.Mode = "note", fmt.Sprint("n", w.at), agency.Note
		o.Thread = rapid.SampledFrom([]string{"", "card " + w.refs()[0], "card " + w.refs()[1]}).Draw(w.T, "thread")
		if key := rapid.IntRange(0, 4).Draw(w.T, "key"); key < 2 {
			o.Key = fmt.Sprint("key ", w.began, key)
		}
	}
	w.both("enqueue", func(_ int, tx agency.Tx) (any, error) { return nil, tx.Enqueue(o) })
}

func (w *twins) redraw() {
	w.at++
	ref := rapid.SampledFrom(w.refs()).Draw(w.T, "ref")
	w.both("redraw", func(_ int, tx agency.Tx) (any, error) { return nil, tx.RedrawCard("card", ref, w.at) })
}

// order puts rows in an order that both outboxes know, without their numbers.
func order(list []agency.Delivery) []agency.Delivery {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b agency.Delivery) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.To.Channel, b.To.Channel))
	})
	return list
}

func (w *twins) unnumbered(list []agency.Delivery) []agency.Delivery {
	list = slices.Clone(list)
	for i := range list {
		list[i].ID = 0
		if list[i].PostedAt < w.began-betweenRounds/2 { // in a round before: the store is the same one, the memory is not
			list[i].PostedAt = 0
		}
	}
	return list
}

func (w *twins) claim() {
	var on []agency.Platform
	if rapid.IntRange(0, 3).Draw(w.T, "on one platform") == 0 {
		on = []agency.Platform{rapid.SampledFrom([]agency.Platform{agency.Slack, agency.Discord}).Draw(w.T, "platform")}
	}
	var answers [2]any
	sender := rapid.SampledFrom([]string{"one", "two"}).Draw(w.T, "sender")
	for i, box := range w.boxes {
		list, err := box.ClaimOutgoing(context.Background(), sender, w.now, w.now-20_000, 100, on...)
		w.must(err)
		list = order(list)
		answers[i] = w.unnumbered(list)
		w.claims[i] = append(w.claims[i], list...)
	}
	w.same("claim", answers)
}

// end ends a claim, an old one too, in one of the ways that there are.
func (w *twins) end() {
	if len(w.claims[0]) == 0 {
		w.Skip("nothing was claimed")
	}
	which := len(w.claims[0]) - 1 - rapid.IntRange(0, len(w.claims[0])-1).Draw(w.T, "how old a claim")
	d := w.claims[0][which]
	w.ids++
	out := fmt.Sprint("m", w.began, w.ids)
	id := rapid.SampledFrom([]string{"", d.MessageID, d.CardID, out}).Draw(w.T, "message")
	known := agency.Retry{Due: w.now + agency.Instant(rapid.SampledFrom([]int{0, 500, 40_000, 21 * 60_000}).Draw(w.T, "due")), Code: "x",
		Tries: d.Tries + rapid.IntRange(0, 1).Draw(w.T, "counts"), UnknownAt: rapid.SampledFrom([]agency.Instant{0, d.UnknownAt, w.now}).Draw(w.T, "unknown"),
		Repeated: rapid.Bool().Draw(w.T, "repeated"), MessageID: id, GivenUp: rapid.SampledFrom([]agency.Instant{0, d.GivenUp}).Draw(w.T, "given up"),
		Pages: rapid.IntRange(0, 3).Draw(w.T, "pages"), WaitMore: rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(w.T, "wait more")}
	ways := map[string]func(asked, agency.Delivery) (any, error){
		"sent": func(box asked, d agency.Delivery) (any, error) {
			return box.OutgoingSent(context.Background(), d, cmp.Or(id, out), w.now)
		},
		"later": func(box asked, d agency.Delivery) (any, error) {
			return box.OutgoingLater(context.Background(), d, known, w.now)
		},
		"repeats": func(box asked, d agency.Delivery) (any, error) { return box.OutgoingRepeats(context.Background(), d) },
		"covers": func(box asked, d agency.Delivery) (any, error) {
			some, ours, err := box.OutgoingCovers(context.Background(), d)
			return [2]bool{some, ours}, err
		},
		"parked": func(box asked, d agency.Delivery) (ours any, err error) {
			d.Tries, d.UnknownAt, d.Repeated, d.MessageID, d.Pages = known.Tries, known.UnknownAt, known.Repeated, known.MessageID, known.Pages
			err = box.Write(context.Background(), func(tx agency.Tx) error { ours, err = tx.ParkOutgoing(d, "x", "why", w.now); return err })
			return ours, err
		},
	}
	how := rapid.SampledFrom([]string{"sent", "sent", "later", "later", "parked", "parked", "repeats", "covers"}).Draw(w.T, "how")
	var answers [2]any
	for i, box := range w.boxes {
		var err error
		answers[i], err = ways[how](box, w.claims[i][which])
		w.must(err)
	}
	w.same(how, answers)
}

func (w *twins) forgetCard() {
	w.at++
	to := w.place()
	id := fmt.Sprint("m", w.began, rapid.IntRange(0, max(w.ids, 1)).Draw(w.T, "message"))
	for _, box := range w.boxes {
		w.must(box.ForgetCard(context.Background(), to, id, w.at))
	}
}

// person decides about what was given up: all of it, or one message.
func (w *twins) person() {
	parked := w.parked()
	one := rapid.IntRange(-1, len(parked[0])-1).Draw(w.T, "which")
	drop := rapid.IntRange(0, 2).Draw(w.T, "what") == 0
	w.both("a person's decision", func(i int, tx agency.Tx) (any, error) {
		id := int64(0)
		if one >= 0 {
			id = parked[i][one].ID
		}
		if drop {
			return tx.DropOutgoing(id)
		}
		return tx.UnparkOutgoing(id)
	})
}

// parked lists in both what was given up, in the same order.
func (w *twins) parked() (lists [2][]agency.Undelivered) {
	for i, box := range w.boxes {
		w.must(box.Write(context.Background(), func(tx agency.Tx) (err error) { lists[i], err = tx.ParkedOutgoing(1000); return err }))
		sortUndelivered(lists[i])
	}
	return lists
}

func sortUndelivered(list []agency.Undelivered) {
	slices.SortFunc(list, func(a, b agency.Undelivered) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.To.Channel, b.To.Channel))
	})
}

// look compares all that is asked about an outbox.
func (w *twins) look() {
	type view struct {
		State            agency.Outbox
		Parked, Repeated []agency.Undelivered
		Places           [][]agency.Address
		Posted           []string
	}
	w.both("looking", func(_ int, tx agency.Tx) (any, error) {
		var v view
		var err error
		keep := func(e error) { err = cmp.Or(err, e) }
		var e error
		v.State, e = tx.OutboxState(w.began)
		keep(e)
		v.Parked, e = tx.ParkedOutgoing(1000)
		keep(e)
		v.Repeated, e = tx.RepeatedOutgoing(w.began, 1000)
		keep(e)
		for _, list := range [][]agency.Undelivered{v.Parked, v.Repeated} {
			sortUndelivered(list)
			for i, u := range list {
				if one, ok, e := tx.ParkedMessage(u.ID); e != nil || ok != (u.State == "parked") || ok && one != u {
					return nil, fmt.Errorf("by its number row %d is %+v, %v, %w", u.ID, one, ok, e)
				}
				list[i].ID = 0
			}
		}
		for _, ref := range w.refs() {
			places, e := tx.CardPlaces("card", ref)
			keep(e)
			v.Places = append(v.Places, places)
		}
		for n := max(1, w.ids-3); n <= w.ids; n++ {
			kind, ref, ok, e := tx.PostedAt(agency.Address{Platform: agency.Slack, Workspace: "w"}, fmt.Sprint("m", w.began, n))
			keep(e)
			v.Posted = append(v.Posted, fmt.Sprint(kind, ref, ok))
		}
		return v, err
	})
}

// empty has the store say all that waits: the next round finds nothing of this one.
func (w *twins) empty() {
	ctx, s := context.Background(), w.boxes[0]
	w.must(s.Write(ctx, func(tx agency.Tx) error { _, err := tx.DropOutgoing(0); return err }))
	for now := w.now + 100*3_600_000; ; now += 3_600_000 {
		list, err := s.ClaimOutgoing(ctx, "end", now, now-20_000, 100)
		w.must(err)
		if len(list) == 0 {
			return
		}
		for _, d := range list {
			_, err := s.OutgoingSent(ctx, d, "end", now)
			w.must(err)
		}
	}
}

// betweenRounds is longer, in milliseconds, than the clock is moved in one.
const betweenRounds = 1_000_000_000

// TestTheOutboxInMemoryAnswersAsTheStoreDoes asks both the same, at random: what is shown with the one holds for the other.
func TestTheOutboxInMemoryAnswersAsTheStoreDoes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		round := agency.InstantOf(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
		rapid.Check(t, func(rt *rapid.T) {
			if rapid.IntRange(0, 9).Draw(rt, "a database is dear") > 0 {
				return
			}
			round += betweenRounds
			w := &twins{T: rt, boxes: [2]asked{s, &memory{}}, now: round, began: round, at: round}
			defer w.empty()
			rt.Repeat(map[string]func(*rapid.T){
				"enqueue": func(*rapid.T) { w.enqueue() }, "enqueue too": func(*rapid.T) { w.enqueue() }, "redraw": func(*rapid.T) { w.redraw() },
				"claim": func(*rapid.T) { w.claim() }, "claim too": func(*rapid.T) { w.claim() },
				"end": func(*rapid.T) { w.end() }, "end too": func(*rapid.T) { w.end() }, "forget": func(*rapid.T) { w.forgetCard() },
				"person": func(*rapid.T) { w.person() },
				"time":   func(rt *rapid.T) { w.now += agency.Instant(rapid.IntRange(0, 30_000).Draw(rt, "passes")) },
				"jump":   func(rt *rapid.T) { w.now += agency.Instant(rapid.IntRange(-3_000_000, 3_000_000).Draw(rt, "jumps")) },
				"":       func(*rapid.T) { w.look() },
			})
		})
	})
}
