package discord

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/bwmarrin/discordgo"
	"golang.org/x/time/rate"

	"liaison/agency"
	"liaison/bot"
	sandbox "liaison/bot/sandbox/discord"
)

// What is posted through the server that goes wrong.
const (
	manyPosts    = 10_000
	manyChannels = 50
	manyBlind    = 3 // of them: the bot may not read them
	manyPeople   = 10
	manyCards    = 4 // of a channel

	outage = nonceLife + time.Minute // of one channel
)

var storms = []struct {
	name  string
	fault sandbox.Fault
	share float64
}{
	{"429 of a bucket", sandbox.Fault{Kind: sandbox.FaultRateLimited, Wait: time.Second}, 0.03},
	{"429 of all calls", sandbox.Fault{Kind: sandbox.FaultGlobalLimit, Wait: time.Second}, 0.002},
	{"500", sandbox.Fault{Kind: sandbox.FaultServerError}, 0.03},
	{"reset before", sandbox.Fault{Kind: sandbox.FaultResetBefore}, 0.03},
	{"reset after", sandbox.Fault{Kind: sandbox.FaultResetAfter}, 0.03},
	{"500 after", sandbox.Fault{Kind: sandbox.FaultErrorAfter}, 0.01},
	{"time-out after", sandbox.Fault{Kind: sandbox.FaultHangAfter, Wait: 2 * time.Second}, 0.001},
	{"half an answer", sandbox.Fault{Kind: sandbox.FaultTruncated}, 0.03},
}

// weather is how often a call goes wrong and in which way. Of the channels in which an answer was lost some are then out of
// reach for longer than Discord remembers a nonce.
type weather struct {
	mu     sync.Mutex
	now    func() time.Time
	random *rand.Rand
	counts map[string]int
	dark   map[string]time.Time // channels, and until when
}

func (w *weather) fault(route, channel string) sandbox.Fault {
	if channel == "" && !strings.HasSuffix(route, "/users/@me/channels") {
		return sandbox.Fault{}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts["calls"]++
	if channel != "" && w.now().Before(w.dark[channel]) {
		w.counts["reset during an outage"]++
		return sandbox.Fault{Kind: sandbox.FaultResetBefore}
	}
	dice := w.random.Float64()
	for _, s := range storms {
		if dice -= s.share; dice >= 0 {
			continue
		}
		w.counts[s.name]++
		if s.fault.Kind > sandbox.FaultResetBefore && channel != "" && w.random.IntN(25) == 0 {
			w.counts["outages longer than the nonce"]++
			w.dark[channel] = w.now().Add(outage)
		}
		return s.fault
	}
	return sandbox.Fault{}
}

// tallied is Discord with a count of what was looked for and found.
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
	*house
	weather       *weather
	looked, found atomic.Int64
	senders       []*bot.Sender
	random        *rand.Rand
	said          int

	mu    sync.Mutex
	state map[string]int // of the cards
	notes map[string]bool
}

func (c *crowd) view(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := bot.Sentence("%s", o.Ref)
	switch o.Kind {
	case "card":
		return bot.Sentence("%s v%d", o.Ref, c.state[o.Ref]), nil
	case "long":
		for i := range 80 {
			m.Parts = append(m.Parts, bot.Para(bot.T("Line %d of what is long.", i)))
		}
	}
	return m, nil
}

func channelOf(i int) string { return fmt.Sprintf("4100000000000%05d", i) }
func personOf(i int) string  { return fmt.Sprintf("2100000000000%05d", i) }

// newCrowd puts two senders of one outbox to work on a stormy server.
func newCrowd(t *testing.T) *crowd {
	t.Helper()
	c := &crowd{state: map[string]int{}, notes: map[string]bool{}, random: rand.New(rand.NewPCG(7, 11))} //nolint:gosec // a seed that can be repeated
	c.house = newHouse(t, func(o *sandbox.Options) {
		for i := range manyChannels {
			ch := sandbox.Channel{ID: channelOf(i), Name: fmt.Sprint("many-", i)}
			if i < manyBlind {
				ch.Overwrites = blind.Overwrites
			}
			o.Channels = append(o.Channels, ch)
		}
		for i := range manyPeople {
			o.Users = append(o.Users, sandbox.User{ID: personOf(i), Name: fmt.Sprint("person", i)})
		}
	})
	c.weather = &weather{now: c.sky.time, random: rand.New(rand.NewPCG(1, 2)), counts: map[string]int{}, dark: map[string]time.Time{}} //nolint:gosec // the same
	c.server.Fault = c.weather.fault
	c.api.session.Client.Timeout = 300 * time.Millisecond
	wire := &http.Transport{MaxIdleConnsPerHost: 64} // one that keeps a connection for each who posts
	t.Cleanup(wire.CloseIdleConnections)
	c.api.session.Client.Transport.(*redirect).next = wire
	c.api.global.SetLimit(rate.Inf) // how fast it posts is another test's
	c.open(t, pong)
	for _, name := range []string{"one", "two"} {
		c.senders = append(c.senders, c.sender(name, tallied{c.Platform, &c.looked, &c.found}, c.view, "note", "card", "long"))
	}
	return c
}

// chatter is some of what is said: notes, long ones, notes in threads, cards and their changes, direct messages.
func (c *crowd) chatter(n int) error {
	return c.store.Write(context.Background(), func(tx agency.Tx) error {
		for range n {
			c.said++
			at := c.random.IntN(manyChannels)
			o := agency.Outgoing{Kind: "note", Ref: fmt.Sprint("n", c.said), Mode: agency.Note, At: agency.InstantOf(c.sky.time()), To: to(channelOf(at))}
			object := fmt.Sprintf("S-%d-%d", at, c.random.IntN(manyCards))
			switch dice := c.random.IntN(100); {
			case dice < 20:
				o.Kind, o.Ref, o.Mode = "card", object, agency.Card
				c.mu.Lock()
				c.state[object]++
				c.mu.Unlock()
			case dice < 40:
				o.Thread = "card " + object
			case dice < 45:
				o.To.Channel = personOf(c.random.IntN(manyPeople))
			case dice < 46:
				o.Kind = "long"
			}
			if o.Mode == agency.Note {
				c.notes[o.Ref] = true
			}
			if err := tx.Enqueue(o); err != nil {
				return err
			}
		}
		return nil
	})
}

// work lets both senders go on until nothing may be posted now. Then some time passes: limits of a second are over.
func (c *crowd) work(t *testing.T, then time.Duration) {
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
	c.sky.pass(then)
	c.api.session.Ratelimiter = sdk.NewRatelimiter() // it looks at another clock
}

// outcome is what stands on the server, against what was decided.
type outcome struct {
	posted, pages, doubledFlagged, doubledUnflagged, lost int
	repeated, parked                                      []agency.Undelivered
}

// TestTenThousandPostsThroughAStorm loses none, doubles none that can be looked for, and flags those that may be doubled.
func TestTenThousandPostsThroughAStorm(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	posts := manyPosts
	if testing.Short() {
		posts /= 5
	}
	began, rounds := time.Now(), 0
	for waiting := 1; c.said < posts || waiting > 0; rounds++ {
		then := 10 * time.Second
		if c.said < posts {
			then = 3 * time.Second
			if err := c.chatter(min(100, posts-c.said)); err != nil {
				t.Fatal(err)
			}
		}
		c.work(t, then)
		var err error
		if waiting, _, err = c.store.OutboxDepth(t.Context()); err != nil {
			t.Fatal(err)
		}
		if rounds > 5000 {
			t.Fatalf("%d messages still wait", waiting)
		}
	}
	c.report(c.judge(t), time.Since(began), rounds)
}

// report prints the figures, also where they are zero.
func (c *crowd) report(o outcome, took time.Duration, rounds int) {
	var b strings.Builder
	line := func(name string, n int) { fmt.Fprintf(&b, "  %-32s %6d\n", name, n) }
	fmt.Fprintf(&b, "Discord, ten thousand posts: %s, %d rounds\n", took.Round(time.Second), rounds)
	line("posts decided", c.said)
	line("messages posted", o.posted)
	line("pages in threads", o.pages)
	line("looked for", int(c.looked.Load()))
	line("looked for and found", int(c.found.Load()))
	line("repeated and flagged", len(o.repeated))
	line("doubled and flagged", o.doubledFlagged)
	line("doubled unflagged", o.doubledUnflagged)
	line("lost", o.lost)
	line("parked", len(o.parked))
	line("calls", c.weather.counts["calls"])
	for _, s := range storms {
		line(s.name, c.weather.counts[s.name])
	}
	line("outages longer than the nonce", c.weather.counts["outages longer than the nonce"])
	line("reset during an outage", c.weather.counts["reset during an outage"])
	fmt.Print(b.String())
}

// judge reads every channel, thread and talk of the server.
func (c *crowd) judge(t *testing.T) (o outcome) {
	t.Helper()
	o.repeated = c.repeated(t)
	err := c.store.Read(t.Context(), func(tx agency.Tx) (err error) {
		o.parked, err = tx.ParkedOutgoing(manyPosts)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	dark := c.places()
	flagged, given, seen := map[int64]bool{}, map[string]bool{}, map[string]int{}
	for _, u := range o.repeated {
		flagged[u.ID] = true
		if !dark[u.To.Channel] {
			t.Errorf("row %d in %s is flagged, where it can be known", u.ID, u.To.Channel)
		}
	}
	for _, u := range o.parked {
		given[u.Ref] = true
		if !dark[u.To.Channel] || u.Code != "unknown_outcome" && u.Code != errUnread.Code {
			t.Errorf("row %d in %s was given up: %s", u.ID, u.To.Channel, u.Trouble)
		}
	}
	for place, dark := range c.places() {
		o.add(t, place, c.server.Messages(place, ""), flagged, dark, seen)
	}
	for ref, version := range c.state {
		if seen[ref] != version && !given[ref] {
			t.Errorf("the card %s shows v%d, the newest is v%d", ref, seen[ref], version)
		}
	}
	for ref := range c.notes {
		if seen[ref] == 0 && !given[ref] {
			o.lost++
		}
	}
	if o.lost > 0 || o.doubledUnflagged > 0 {
		t.Errorf("%d are lost, %d doubled and not flagged", o.lost, o.doubledUnflagged)
	}
	return o
}

// places is every channel, each with its threads, and every talk, and whether the bot may not read there.
func (c *crowd) places() map[string]bool {
	all := map[string]bool{}
	for i := range manyChannels {
		all[channelOf(i)] = i < manyBlind
		for _, m := range c.server.Messages(channelOf(i), "") {
			if m.Thread != "" {
				all[m.Thread] = i < manyBlind
			}
		}
	}
	for i := range manyPeople {
		all[c.server.Talk(personOf(i))] = false
	}
	return all
}

// add looks through what stands in one place: rows in order, none twice that is not flagged, pages whole.
func (o *outcome) add(t *testing.T, place string, messages []sandbox.Message, flagged map[int64]bool, blind bool, seen map[string]int) {
	t.Helper()
	var rows []int64
	times, pages := map[int64]int{}, map[int64][]int64{}
	for _, m := range messages {
		row, page := rowOf(m)
		if page > 0 {
			pages[row] = append(pages[row], page)
			o.pages++
			continue
		}
		rows = append(rows, row)
		times[row]++
		o.posted++
		ref, version, isCard := strings.Cut(strings.SplitN(shown(m), "\n", 2)[0], " v")
		if n, err := strconv.Atoi(version); isCard && err == nil {
			seen[ref] = n
		} else {
			seen[ref]++
		}
	}
	if rows = slices.DeleteFunc(rows, func(row int64) bool { return row == 0 }); !slices.IsSorted(rows) {
		t.Errorf("%s is out of order: %v", place, rows)
	}
	for row, n := range times {
		switch {
		case row == 0 && blind: // a card that was edited when the process had forgotten it: it cannot be read first
		case row == 0 || n > 2:
			t.Errorf("row %d is %d times in %s", row, n, place)
		case n == 2 && flagged[row]:
			o.doubledFlagged++
		case n == 2:
			o.doubledUnflagged++
		}
	}
	for row, there := range pages {
		for i, page := range there {
			if page != int64(i)+1 {
				t.Errorf("row %d has the pages %v in %s", row, there, place)
				o.doubledUnflagged++
				break
			}
		}
	}
}

// rowOf reads a mark.
func rowOf(m sandbox.Message) (row, page int64) {
	if len(m.Components) == 0 {
		return 0, 0
	}
	first, _ := m.Components[0].(map[string]any)
	id, err := strconv.ParseInt(fmt.Sprint(first["id"]), 10, 64)
	if err != nil || id < firstMark {
		return 0, 0
	}
	return (id - firstMark) / marksOfARow, (id - firstMark) % marksOfARow
}
