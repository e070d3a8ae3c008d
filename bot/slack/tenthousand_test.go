package slack

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/policy"
	"liaison/bot"
	"liaison/bot/bottest"
	"liaison/bot/sandbox"
	"liaison/store"
	"liaison/store/storetest"
)

// What is posted through the workspace that goes wrong.
const (
	manyPosts    = 10_000 // notes; cards and their changes come on top
	manyChannels = 50
	manyPeople   = 10
	manyCards    = 4   // of a channel
	manyWaiting  = 500 // at a time
)

// weather is how often a call goes wrong and in which way.
type weather struct {
	mu     sync.Mutex
	random *rand.Rand
	counts map[string]int
}

var storms = []struct {
	name  string
	fault sandbox.Fault
	share float64
}{
	{"429", sandbox.Fault{Kind: sandbox.FaultRateLimited, Wait: time.Second}, 0.02},
	{"500", sandbox.Fault{Kind: sandbox.FaultServerError}, 0.03},
	{"reset before", sandbox.Fault{Kind: sandbox.FaultResetBefore}, 0.03},
	{"reset after", sandbox.Fault{Kind: sandbox.FaultResetAfter}, 0.03},
	{"no answer after", sandbox.Fault{Kind: sandbox.FaultHangAfter, Wait: 2 * time.Second}, 0.002},
	{"half an answer after", sandbox.Fault{Kind: sandbox.FaultTruncated}, 0.03},
}

func (w *weather) fault(method, _ string) sandbox.Fault {
	if !strings.HasPrefix(method, "chat.") && !strings.HasPrefix(method, "conversations.") {
		return sandbox.Fault{}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts["calls"]++
	dice := w.random.Float64()
	for _, s := range storms {
		if dice -= s.share; dice < 0 {
			w.counts[s.name]++
			return s.fault
		}
	}
	return sandbox.Fault{}
}

// tallied is Slack with a count of what was looked for and found.
type tallied struct {
	*Platform
	looked, found *atomic.Int64
}

func (p tallied) Find(ctx context.Context, d bot.Delivery, since time.Time) (string, bool, error) {
	id, found, err := p.Platform.Find(ctx, d, since)
	p.looked.Add(1)
	if found {
		p.found.Add(1)
	}
	return id, found, err
}

// crowd is what is said, and the senders that say it.
type crowd struct {
	*office
	store   *store.Store
	agency  *agency.Agency
	senders []*bot.Sender
	mu      sync.Mutex
	clock   time.Time
	state   map[string]int  // of the cards
	notes   map[string]bool // by their words
	changes int             // of cards
	random  *rand.Rand
}

func (c *crowd) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clock
}

func (c *crowd) view(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch o.Kind {
	case "card":
		return bot.Sentence("%s v%d", o.Ref, c.state[o.Ref]), nil
	case "long":
		m := bot.Sentence("%s", o.Ref)
		for i := range 120 {
			m.Parts = append(m.Parts, bot.Para(bot.T("Line %d of %s.", i, o.Ref)))
		}
		return m, nil
	}
	return bot.Sentence("%s", o.Ref), nil
}

// newCrowd puts two senders of one outbox to work in a stormy workspace.
func newCrowd(t *testing.T, w *weather, looked, found *atomic.Int64) *crowd {
	t.Helper()
	c := &crowd{store: storetest.Quick(t), clock: time.Now(), state: map[string]int{}, notes: map[string]bool{},
		random: rand.New(rand.NewPCG(7, 11))} //nolint:gosec // a seed that can be repeated
	c.office = newOffice(t, overHTTP, func(o *sandbox.Options, cfg *Config) {
		for i := range manyChannels {
			o.Channels = append(o.Channels, sandbox.Channel{ID: fmt.Sprintf("C1%03d", i), Name: fmt.Sprint("many-", i), Members: []string{"U0LIAISON"}})
		}
		for i := range manyPeople {
			o.Users = append(o.Users, sandbox.User{ID: fmt.Sprintf("U1%03d", i), Name: fmt.Sprint("person", i)})
		}
		cfg.Unpaced, cfg.Log = true, slog.New(slog.DiscardHandler)
	})
	c.pace.now = c.now // what asks to wait a second is asked again a round later
	c.wire.client.Timeout = 500 * time.Millisecond
	c.space.Fault = w.fault
	c.open(t, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	boss := agency.Identity{Platform: agency.Slack, Workspace: bottest.Workspace, User: "U0ANA"}
	c.agency = &agency.Agency{Store: c.store, Rules: book, Now: time.Now, Settings: agency.Settings{Admins: []agency.Identity{boss}}}
	if err := c.agency.Do(t.Context(), boss, func(d *agency.Desk) error { _, err := d.Grant(boss, "Ana", agency.Admin); return err }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "two"} {
		s := &bot.Sender{Agency: c.agency, Queue: c.store, Platforms: []bot.Platform{tallied{c.Platform, looked, found}}, Log: slog.New(slog.DiscardHandler),
			Views: map[string]bot.View{"note": c.view, "card": c.view, "long": c.view, agency.ParkedNote: c.view}, Name: name, Clock: c.now}
		s.Start()
		c.senders = append(c.senders, s)
	}
	return c
}

// chatter is so many notes of what is said: short ones, long ones, in threads, in direct messages; and cards and their changes
// between them.
func (c *crowd) chatter(n int) error {
	return c.store.Write(context.Background(), func(tx agency.Tx) error {
		for range n {
			at := c.random.IntN(manyChannels)
			object := fmt.Sprintf("S-%d%d", at, c.random.IntN(manyCards))
			o := agency.Outgoing{Kind: "note", Ref: fmt.Sprint("n", len(c.notes)+1), Mode: agency.Note, At: agency.InstantOf(time.Now())}
			o.To = agency.Address{Platform: agency.Slack, Workspace: bottest.Workspace, Channel: fmt.Sprintf("C1%03d", at)}
			if c.random.IntN(100) < 20 {
				card := o
				card.Kind, card.Ref, card.Mode = "card", object, agency.Card
				c.changes++
				c.mu.Lock()
				c.state[object]++
				c.mu.Unlock()
				if err := tx.Enqueue(card); err != nil {
					return err
				}
			}
			switch dice := c.random.IntN(100); {
			case dice < 25:
				o.Thread = "card " + object
			case dice < 31:
				o.To.Channel = fmt.Sprintf("U1%03d", c.random.IntN(manyPeople))
			case dice < 32:
				o.Kind = "long"
			}
			c.notes[o.Ref] = true
			if err := tx.Enqueue(o); err != nil {
				return err
			}
		}
		return nil
	})
}

// work lets both senders go on until nothing may be posted now.
func (c *crowd) work(t *testing.T) {
	var each sync.WaitGroup
	for _, s := range c.senders {
		each.Go(func() {
			for n := 1; n > 0; {
				var err error
				if n, err = s.Step(context.Background()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	each.Wait()
	c.mu.Lock()
	c.clock = c.clock.Add(3 * time.Second)
	c.mu.Unlock()
}

// rows is the outbox rows that stand in a channel, in order, and how many pages of each are in threads.
func (c *crowd) rows(channel string) (list []int64, pages map[int64][]int64) {
	pages = map[int64][]int64{}
	for _, m := range c.space.Messages(channel) {
		ids, _ := m.Metadata["event_payload"].(map[string]any)
		row, page := number(ids["row"]), number(ids["page"])
		if page > 0 {
			pages[row] = append(pages[row], page)
		} else {
			list = append(list, row)
		}
	}
	return list, pages
}

// see notes what a message says: words alone, or a card with its version.
func see(seen map[string]int, m sandbox.Message) {
	ref, version, isCard := strings.Cut(m.Text, " v")
	if !isCard {
		seen[ref]++
	} else if n, err := strconv.Atoi(version); err == nil {
		seen[ref] = n
	}
}

// counting is 1, 2, … n.
func counting(n int) (list []int64) {
	for i := range n {
		list = append(list, int64(i)+1)
	}
	return list
}

func tally(rows []int64) map[int64]int {
	n := map[int64]int{}
	for _, r := range rows {
		n[r]++
	}
	return n
}

// number is zero for what is not one.
func number(value any) int64 {
	n, err := strconv.ParseInt(fmt.Sprint(value), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// verdict is what became of all that was decided.
type verdict struct {
	posted, flagged, doubled, unflagged, lost, parked, pages int
	seen                                                     map[string]int  // by their words: how often, or a card's version
	repeated                                                 map[int64]bool  // rows that are flagged
	given                                                    map[string]bool // what was given up, by its words
}

// TestTenThousandPostsThroughAStorm loses none, doubles none that can be looked for, and flags those that may be doubled. What
// became of them is printed whether they are looked at or not: what a passing package prints shows with -v, -json and -bench,
// and where go test runs in its folder.
func TestTenThousandPostsThroughAStorm(t *testing.T) {
	t.Parallel()
	w := &weather{random: rand.New(rand.NewPCG(1, 2)), counts: map[string]int{}} //nolint:gosec // a seed that can be repeated
	var looked, found atomic.Int64
	c := newCrowd(t, w, &looked, &found)
	posts := manyPosts
	if testing.Short() {
		posts /= 5
	}
	began, rounds := time.Now(), 0
	for waiting := 0; len(c.notes) < posts || waiting > 0; rounds++ {
		if more := min(manyWaiting-waiting, posts-len(c.notes)); more > 0 {
			if err := c.chatter(more); err != nil {
				t.Fatal(err)
			}
		}
		c.work(t)
		var err error
		if waiting, _, err = c.store.OutboxDepth(t.Context()); err != nil {
			t.Fatal(err)
		}
		if rounds > 5000 {
			t.Fatalf("%d messages still wait", waiting)
		}
	}
	took := time.Since(began).Round(time.Second)
	v := c.judge(t)
	var said strings.Builder
	line := func(what string, n int) { fmt.Fprintf(&said, "  %-28s %6d\n", what, n) }
	fmt.Fprintf(&said, "posts through a storm on Slack, in %s and %d rounds:\n", took, rounds)
	line("notes decided", len(c.notes))
	line("card changes decided", c.changes)
	line("posted", v.posted)
	line("pages in threads", v.pages)
	line("looked for", int(looked.Load()))
	line("found", int(found.Load()))
	line("repeated and flagged", v.flagged)
	line("doubled and flagged", v.doubled)
	line("doubled unflagged", v.unflagged)
	line("lost", v.lost)
	line("parked", v.parked)
	line("calls", w.counts["calls"])
	for _, storm := range storms {
		line("fault: "+storm.name, w.counts[storm.name])
		if w.counts[storm.name] == 0 && !testing.Short() {
			t.Errorf("nothing met %q", storm.name)
		}
	}
	fmt.Fprint(os.Stdout, said.String())
}

// judge compares what people see with what was decided.
func (c *crowd) judge(t *testing.T) *verdict {
	t.Helper()
	v := &verdict{seen: map[string]int{}, repeated: map[int64]bool{}, given: map[string]bool{}}
	c.confess(t, v)
	for i := range manyChannels {
		c.look(t, v, fmt.Sprintf("C1%03d", i), false)
	}
	for i := range manyPeople {
		c.look(t, v, c.space.DM(fmt.Sprintf("U1%03d", i)), true)
	}
	for ref, version := range c.state {
		if v.seen[ref] != version {
			v.lost++
			t.Errorf("the card %s shows v%d, the newest is v%d", ref, v.seen[ref], version)
		}
	}
	for ref := range c.notes {
		if v.seen[ref] == 0 && !v.given[ref] {
			v.lost++
			t.Errorf("the note %s is lost", ref)
		}
	}
	return v
}

// confess takes down what the records themselves say was given up, or sent again.
func (c *crowd) confess(t *testing.T, v *verdict) {
	t.Helper()
	var parked, repeated []agency.Undelivered
	err := c.store.Read(t.Context(), func(tx agency.Tx) (err error) {
		if parked, err = tx.ParkedOutgoing(2 * manyPosts); err != nil {
			return err
		}
		repeated, err = tx.RepeatedOutgoing(0, 2*manyPosts)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	v.flagged, v.parked = len(repeated), len(parked)
	for _, u := range repeated {
		v.repeated[u.ID] = true
		if u.To.Channel[0] != 'U' {
			t.Errorf("row %d in %s is flagged, where it can be known", u.ID, u.To.Channel)
		}
	}
	for _, u := range parked {
		v.given[u.Ref] = true
		if u.Code != "unknown_outcome" {
			t.Errorf("row %d in %s was given up: %s", u.ID, u.To.Channel, u.Trouble)
		}
	}
}

// look takes down what stands in a channel. Only where nobody can look, in direct messages, may a row stand twice, and then it
// is flagged.
func (c *crowd) look(t *testing.T, v *verdict, channel string, direct bool) {
	t.Helper()
	rows, pages := c.rows(channel)
	if !slices.IsSorted(rows) {
		t.Errorf("%s is out of order: %v", channel, rows)
	}
	for row, n := range tally(rows) {
		v.posted++
		switch {
		case n == 1:
		case n == 2 && direct && v.repeated[row]:
			v.doubled++
		default:
			v.unflagged++
			t.Errorf("row %d is %d times in %s, flagged: %v", row, n, channel, v.repeated[row])
		}
	}
	for row, there := range pages {
		if !slices.Equal(there, counting(len(there))) {
			t.Errorf("row %d has the pages %v in its thread", row, there)
		}
		v.pages += len(there)
	}
	for _, m := range c.space.Messages(channel) {
		see(v.seen, m)
	}
}
