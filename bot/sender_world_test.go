package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// mishap is what happens to one call of a platform.
type mishap string

const (
	fine       mishap = "fine"
	limited    mishap = "limited"     // it asks to wait
	failed     mishap = "failed"      // surely not taken
	refused    mishap = "refused"     // never taken
	lostBefore mishap = "lost before" // not taken, no answer
	lostAfter  mishap = "lost after"  // taken, no answer
	diesBefore mishap = "dies before" // the sender dies and has not posted
	diesAfter  mishap = "dies after"  // the sender dies and has posted
	stopsFirst mishap = "stops first" // the process is stopped for a minute before its request goes out
	stopsAfter mishap = "stops after" // it is stopped for a minute before it reads the answer
	deleted    mishap = "deleted"     // somebody deletes the message that is to be edited
)

var mishaps = []mishap{fine, fine, fine, fine, limited, failed, refused, lostBefore, lostAfter, diesBefore, diesAfter, stopsFirst, stopsAfter, deleted}

// shown is a message as people see it.
type shown struct {
	id, channel, thread string
	row                 int64
	ref                 string
	version             int
	flagged, gone       bool
}

// world is the platforms, whose truth is known, the clocks, and the state that cards show. In channels that begin with C
// a message can be looked for, with D it cannot be known, and with N the platform drops the second of two posts of a row.
type world struct {
	mu       sync.Mutex
	clock    time.Time // of the senders: it may jump
	truth    time.Time // of the platforms
	plan     []mishap  // of the next calls
	meddle   func()    // another sender's turn, while one is stopped
	state    map[string]int
	posts    []*shown
	maybe    map[string]bool     // claims under which a post may have been taken, or that were lost
	open     map[int64]bool      // rows whose newest claim has not come to its end
	highest  map[string]int64    // per channel: the highest row that is out
	latest   map[int64]int       // per row: the newest claim
	claimed  map[int64]time.Time // per row: when
	dead     map[string]bool     // claims whose sender died
	under    map[string]int      // per channel: posts on their way
	wrong    []string
	meddling bool
}

func newWorld() *world {
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	return &world{clock: start, truth: start, state: map[string]int{}, maybe: map[string]bool{}, open: map[int64]bool{}, highest: map[string]int64{}, latest: map[int64]int{},
		claimed: map[int64]time.Time{}, dead: map[string]bool{}, under: map[string]int{}}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) { w.clock, w.truth = w.clock.Add(d), w.truth.Add(d) }

func (w *world) complain(format string, args ...any) {
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

func (w *world) next() mishap {
	w.pass(20 * time.Millisecond)
	if len(w.plan) == 0 {
		return fine
	}
	m := w.plan[0]
	w.plan = w.plan[1:]
	return m
}

// stop is a process that stands still for a minute, in which another sender may have its turn.
func (w *world) stop() {
	w.pass(time.Minute)
	if w.meddle == nil || w.meddling {
		return
	}
	w.meddling = true
	rest := w.plan
	w.plan = nil
	w.mu.Unlock()
	w.meddle()
	w.mu.Lock()
	w.plan, w.meddling = rest, false
}

func claimKey(row int64, attempt int) string { return fmt.Sprint(row, "/", attempt) }

func (w *world) die(row int64) { w.dead[claimKey(row, w.latest[row])] = true }

func (w *world) mayBeOut(row int64) { w.maybe[claimKey(row, w.latest[row])] = true }

// tries is how often a row may have been taken, as far as its senders could know.
func (w *world) tries(row int64) (n int) {
	for attempt := range w.latest[row] {
		if w.maybe[claimKey(row, attempt+1)] {
			n++
		}
	}
	return n
}

// live is what people see of a row.
func (w *world) live(row int64) (list []*shown) {
	for _, p := range w.posts {
		if p.row == row && !p.gone {
			list = append(list, p)
		}
	}
	return list
}

func (w *world) byID(id string) *shown {
	i := slices.IndexFunc(w.posts, func(p *shown) bool { return p.id == id && !p.gone })
	if i < 0 {
		return nil
	}
	return w.posts[i]
}

// timely is whether the claim under which a call goes out still holds.
func (w *world) timely(what string, row int64) {
	if held := w.clock.Sub(w.claimed[row]); held > 20*time.Second {
		w.complain("%s of row %d went out %s after its claim", what, row, held)
	}
}

// take puts a post before people, and checks all that is promised about it.
func (w *world) take(d bot.Delivery) string {
	w.timely("a post", d.RowID)
	w.mayBeOut(d.RowID)
	before := w.live(d.RowID)
	if d.To.Channel[0] == 'N' && len(before) > 0 {
		return before[0].id
	}
	p := &shown{id: fmt.Sprint(d.To.Channel, "/", len(w.posts)+1), channel: d.To.Channel, thread: d.ThreadID, row: d.RowID}
	p.ref, p.version, p.flagged = read(d.Message)
	switch n := len(before); {
	case n > 0 && d.To.Channel[0] == 'C':
		w.complain("row %d is doubled in %s", d.RowID, d.To.Channel)
	case n > 0 && !p.flagged:
		w.complain("row %d is doubled in %s and not flagged", d.RowID, d.To.Channel)
	case n > 1:
		w.complain("row %d is out %d times", d.RowID, n+1)
	}
	if len(before) == 0 && d.RowID < w.highest[d.To.Channel] && w.tries(d.RowID) == 1 {
		w.complain("row %d came after row %d in %s", d.RowID, w.highest[d.To.Channel], d.To.Channel)
	}
	w.highest[d.To.Channel] = max(w.highest[d.To.Channel], d.RowID)
	w.posts = append(w.posts, p)
	return p.id
}

// read is what a message of the tests says: "S-1 v3".
func read(m bot.Message) (ref string, version int, flagged bool) {
	ref, v, _ := strings.Cut(m.Summary, " v")
	version, _ = strconv.Atoi(v)
	for _, p := range m.Parts {
		flagged = flagged || strings.HasPrefix(p.Note.String(), "Sent again")
	}
	return ref, version, flagged
}

// teller is one platform of the world.
type teller struct {
	*world
	name agency.Platform
}

func (t teller) Name() agency.Platform { return t.name }
func (teller) Ready() error            { return nil }
func (teller) Run(ctx context.Context, _ func(context.Context, bot.Request) bot.Reply) error {
	<-ctx.Done()
	return nil
}

func unheard() error {
	return &bot.SendError{Outcome: bot.Unknown, Code: "no_answer", Err: errors.New("no answer")}
}
func unsent(wait time.Duration) error {
	return &bot.SendError{Outcome: bot.NotSent, Code: "ratelimited", Wait: wait, Err: errors.New("later")}
}

func (t teller) Pace(_ context.Context, d bot.Delivery, _ bool) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch t.next() {
	case limited:
		return false, unsent(3 * time.Second)
	case failed:
		t.pass(2 * time.Second)
		return true, nil
	case stopsFirst:
		t.stop()
		return true, nil
	}
	return false, nil
}

func (t teller) Find(_ context.Context, d bot.Delivery, since time.Time) (string, bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d.To.Channel[0] == 'D' {
		return "", false, &bot.SendError{Outcome: bot.Refused, Code: "direct_message", Err: errors.New("not read")}
	}
	switch t.next() {
	case limited:
		return "", false, unsent(2 * time.Second)
	case lostBefore, lostAfter:
		return "", false, unheard()
	case stopsFirst, stopsAfter:
		t.stop()
	}
	for _, p := range t.live(d.RowID) {
		return p.id, true, nil
	}
	return "", false, nil
}

func (t teller) Post(_ context.Context, d bot.Delivery) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.under[d.To.Channel]++; t.under[d.To.Channel] > 1 {
		t.complain("two posts are on their way to %s", d.To.Channel)
	}
	defer func() { t.under[d.To.Channel]-- }()
	if d.ThreadID != "" && t.byID(d.ThreadID) == nil {
		return "", &bot.SendError{Outcome: bot.Gone, Code: "thread_not_found", Err: errors.New("gone")}
	}
	switch t.next() {
	case limited:
		return "", unsent(5 * time.Second)
	case failed:
		return "", unsent(0)
	case refused:
		return "", &bot.SendError{Outcome: bot.Refused, Code: "is_archived", Err: errors.New("archived")}
	case lostBefore:
		t.mayBeOut(d.RowID)
		return "", unheard()
	case lostAfter:
		t.take(d)
		return "", unheard()
	case diesBefore:
		t.mayBeOut(d.RowID)
		t.die(d.RowID)
		return "", unheard()
	case diesAfter:
		t.take(d)
		t.die(d.RowID)
		return "", unheard()
	case stopsAfter:
		id := t.take(d)
		t.under[d.To.Channel]--
		t.stop()
		t.under[d.To.Channel]++
		return id, nil
	case stopsFirst: // what was to be sent is given up when its time is over
		t.mayBeOut(d.RowID)
		t.under[d.To.Channel]--
		t.stop()
		t.under[d.To.Channel]++
		return "", unheard()
	}
	return t.take(d), nil
}

func (t teller) Edit(_ context.Context, id string, d bot.Delivery) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.next()
	p := t.byID(id)
	if p == nil {
		return &bot.SendError{Outcome: bot.Gone, Code: "message_not_found", Err: errors.New("gone")}
	}
	show := func() {
		t.timely("an edit", d.RowID)
		if ref, version, _ := read(d.Message); ref != p.ref || version < p.version {
			t.complain("%s went from %s v%d back to %s v%d", id, p.ref, p.version, ref, version)
		} else {
			p.version = version
		}
	}
	switch m {
	case limited:
		return unsent(5 * time.Second)
	case failed:
		return unsent(0)
	case refused:
		return &bot.SendError{Outcome: bot.Refused, Code: "is_archived", Err: errors.New("archived")}
	case lostBefore:
		return unheard()
	case lostAfter:
		show()
		return unheard()
	case diesBefore, stopsFirst:
		t.die(d.RowID)
		return unheard()
	case diesAfter:
		show()
		t.die(d.RowID)
		return unheard()
	case stopsAfter:
		show()
		t.stop()
		return nil
	case deleted:
		p.gone = true
		return &bot.SendError{Outcome: bot.Gone, Code: "message_not_found", Err: errors.New("deleted")}
	}
	show()
	return nil
}

// dropper is a platform that drops the second of two posts of a row itself for two minutes.
type dropper struct{ teller }

func (dropper) RepeatSafe(sinceFirst time.Duration) bool { return sinceFirst < 2*time.Minute }

// frail is an outbox as a sender sees it that may die: what a dead one would record is not recorded.
type frail struct {
	bot.Queue
	*world
	most int // claims at a time; zero: as many as are asked for
}

// errDead ends what a sender that died would write: it writes nothing any more.
var errDead = deadError{}

type deadError struct{}

func (deadError) Error() string { return "this sender is dead" }
func (deadError) Final() bool   { return true }

func (f frail) ClaimOutgoing(ctx context.Context, sender string, now, lost agency.Instant, limit int, on ...agency.Platform) ([]agency.Delivery, error) {
	if f.most > 0 {
		limit = min(limit, f.most)
	}
	list, err := f.Queue.ClaimOutgoing(ctx, sender, now, lost, limit, on...)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range list {
		if f.latest[d.ID] >= d.Attempt {
			f.complain("claim %d of row %d was given twice", d.Attempt, d.ID)
		}
		if f.open[d.ID] {
			f.mayBeOut(d.ID)
		}
		f.latest[d.ID], f.claimed[d.ID], f.open[d.ID] = d.Attempt, f.clock, true
	}
	return list, err
}

// fenced runs what a sender records, unless it is dead, and checks that only the newest claim ends anything.
func (f frail) fenced(what string, d agency.Delivery, record func() (bool, error)) (bool, error) {
	f.mu.Lock()
	dead, newest := f.dead[claimKey(d.ID, d.Attempt)], f.latest[d.ID]
	f.mu.Unlock()
	if dead {
		return false, errDead
	}
	ours, err := record()
	f.mu.Lock()
	defer f.mu.Unlock()
	if ours && d.Attempt != newest {
		f.complain("%s: claim %d of row %d ended what claim %d had taken over", what, d.Attempt, d.ID, newest)
	}
	if ours && what != "repeats" {
		f.open[d.ID] = false
	}
	return ours, err
}

func (f frail) OutgoingSent(ctx context.Context, d agency.Delivery, id string, now agency.Instant) (bool, error) {
	return f.fenced("sent", d, func() (bool, error) { return f.Queue.OutgoingSent(ctx, d, id, now) })
}

func (f frail) OutgoingLater(ctx context.Context, d agency.Delivery, r agency.Retry, now agency.Instant) (bool, error) {
	return f.fenced("later", d, func() (bool, error) { return f.Queue.OutgoingLater(ctx, d, r, now) })
}

func (f frail) OutgoingRepeats(ctx context.Context, d agency.Delivery) (bool, error) {
	return f.fenced("repeats", d, func() (bool, error) { return f.Queue.OutgoingRepeats(ctx, d) })
}
