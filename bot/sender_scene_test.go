package bot_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// scene is replicas of the sender in simulated time: one outbox, two platforms that are well or not, and clocks that may be
// set. In channels that begin with C a message can be looked for, with D it cannot be known whether one is out, and with N the
// platform drops the second of two posts of a row, for a while.
type scene struct {
	mu       sync.Mutex
	box      *memory
	seed     uint64
	rough    int           // so many of a hundred calls go wrong
	ahead    time.Duration // of the desk's clocks before the platforms'
	jumps    []jump
	replicas []*replica
	state    map[string]int

	posts     []*post
	calls     map[string]int         // how many there were of a row and a kind
	claimedAt map[int64]time.Time    // for the first time
	sends     map[int64]int          // how often a row may have reached its platform
	under     map[agency.Address]int // posts on their way
	claims    map[int64]claimed      // per row: the newest claim that has not come to its end
	newest    map[int64]int          // per row: the newest claim
	highest   map[string]int64       // per channel: the highest row that has been out
	wasOut    map[int64]bool         // rows
	decisions map[int64]int          // how often a person has put a row back
	forgotten map[string]bool        // notes, and cards of a channel, that a person has dropped
	deleted   map[string]bool        // channels in which somebody deleted something
	taken     map[int64]bool         // rows that a clock took from a sender which still worked on them
	gaveUp    map[standing]bool      // cards of which a row was given up
	notes     map[string]bool        // refs
	shown     map[standing]bool      // cards
	wrong     []string
	story     []string
	broken    string // the first promise
	began     time.Time
}

type jump struct {
	at time.Time
	by time.Duration
}

// claimed is a claim as the scene saw it.
type claimed struct {
	by *replica
	at time.Time
}

// post is a message as people see it.
type post struct {
	shown
	at    time.Time
	whole bool // its thread is complete
}

func newScene(seed uint64) *scene {
	return &scene{box: &memory{helper: helper}, seed: seed, state: map[string]int{}, calls: map[string]int{}, claimedAt: map[int64]time.Time{}, sends: map[int64]int{}, under: map[agency.Address]int{},
		claims: map[int64]claimed{}, newest: map[int64]int{}, highest: map[string]int64{}, wasOut: map[int64]bool{}, decisions: map[int64]int{}, forgotten: map[string]bool{},
		deleted: map[string]bool{}, taken: map[int64]bool{}, gaveUp: map[standing]bool{}, notes: map[string]bool{}, shown: map[standing]bool{}, began: time.Now()}
}

// clock is the desk's.
func (s *scene) clock() time.Time {
	defer s.lock()()
	return time.Now().Add(s.ahead)
}

func (s *scene) lock() func() { s.mu.Lock(); return s.mu.Unlock }

func (s *scene) tell(format string, args ...any) {
	s.story = append(s.story, fmt.Sprintf("%8.2f  ", time.Since(s.began).Seconds())+fmt.Sprintf(format, args...))
}

func (s *scene) complain(format string, args ...any) {
	s.tell("WRONG: "+format, args...)
	s.broken = cmp.Or(s.broken, format)
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

// fate is what becomes of a row's next call of a kind. It depends on nothing else, so that a story can be told again.
func (s *scene) fate(row int64, call string) (m mishap, after time.Duration) {
	defer s.lock()()
	key := fmt.Sprint(call, row)
	s.calls[key]++
	h := fnv.New64a()
	fmt.Fprint(h, key, s.calls[key])
	r := rand.New(rand.NewPCG(s.seed, h.Sum64()))
	after = time.Duration(5+r.IntN(400)) * time.Millisecond
	if r.IntN(100) >= s.rough {
		return fine, after
	}
	troubles := []mishap{limited, limited, failed, refused, lostBefore, lostBefore, lostAfter, lostAfter, hangsBefore, hangsAfter}
	return troubles[r.IntN(len(troubles))], after
}

const (
	hangsBefore mishap = "hangs before" // it says nothing until nobody listens any more, and has not taken it
	hangsAfter  mishap = "hangs after"  // the same, and has taken it
)

// replica is one process of the desk: its sender, which reaches the outbox and the platforms while it lives.
type replica struct {
	*scene
	name   string
	since  time.Time
	killed chan struct{}
	stop   context.CancelFunc
	ended  chan struct{}
	slow   atomic.Bool // it was held up by the outbox
}

func (s *scene) start(name string) {
	r := &replica{scene: s, name: name, since: time.Now(), killed: make(chan struct{}), ended: make(chan struct{})}
	view := func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) {
		defer s.lock()()
		return bot.Sentence("%s v%d", o.Ref, s.state[o.Ref]), nil
	}
	sender := &bot.Sender{Agency: &agency.Agency{Store: r, Now: s.clock}, Queue: r, Platforms: []bot.Platform{finder{outlet{r, agency.Slack}}, repeater{outlet{r, agency.Discord}}},
		Views: map[string]bot.View{"note": view, "long": view, "card": view, agency.ParkedNote: view}, Log: slog.New(slog.DiscardHandler),
		Name: name, Clock: s.clock, Rest: 250 * time.Millisecond}
	sender.Start()
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	defer s.lock()()
	s.replicas = append(s.replicas, r)
	s.tell("%s starts", name)
	go func() {
		defer close(r.ended)
		_ = sender.Run(ctx)
	}()
}

func (s *scene) named(name string) *replica {
	defer s.lock()()
	i := slices.IndexFunc(s.replicas, func(r *replica) bool { return r.name == name })
	if i < 0 {
		return nil
	}
	return s.replicas[i]
}

// leave takes a replica from those that live.
func (s *scene) leave(r *replica, how string) {
	defer s.lock()()
	s.tell("%s %s", r.name, how)
	s.replicas = slices.DeleteFunc(s.replicas, func(other *replica) bool { return other == r })
}

// kill ends a replica as SIGKILL does: it says nothing more to the outbox, and what it had on the wire arrives or not.
func (s *scene) kill(r *replica) {
	s.leave(r, "is killed")
	close(r.killed)
	r.stop()
	<-r.ended
}

// end tells a replica to stop, as SIGTERM does.
func (s *scene) end(r *replica) {
	told := time.Now()
	s.leave(r, "is told to stop")
	r.stop()
	<-r.ended
	close(r.killed) // its process is gone, and what it had not told the outbox by then with it
	held := s.box.sending()
	defer s.lock()()
	if took := time.Since(told); took > 10*time.Second && !r.slow.Load() {
		s.complain("%s took %s to stop", r.name, took)
	}
	for _, row := range held {
		if s.claims[row].by == r && !r.slow.Load() { // else the claim runs out, and whoever takes it over finds out
			s.complain("%s stopped and has given row %d neither back nor an end", r.name, row)
		}
	}
}

// sending lists the rows in the hands of senders.
func (m *memory) sending() (rows []int64) {
	defer m.lock()()
	for _, r := range m.rows {
		if r.state == "sending" {
			rows = append(rows, r.ID)
		}
	}
	return rows
}

func (r *replica) dead() bool {
	select {
	case <-r.killed:
		return true
	default:
		return false
	}
}

func (r *replica) ClaimOutgoing(ctx context.Context, sender string, now, lost agency.Instant, limit int, on ...agency.Platform) ([]agency.Delivery, error) {
	if r.dead() {
		return nil, errDead
	}
	list, err := r.box.ClaimOutgoing(ctx, sender, now, lost, limit, on...)
	defer r.lock()()
	for _, d := range list {
		before, open := r.claims[d.ID]
		if d.Attempt == 1 {
			r.claimedAt[d.ID] = time.Now()
		}
		r.tell("%s claims row %d, attempt %d: %s %s to %s, unknown %v, flagged %v", r.name, d.ID, d.Attempt, d.Kind, d.Ref, d.To.Channel, d.UnknownAt != 0, d.Repeated)
		if open && time.Since(before.at) < 20*time.Second && !before.by.dead() {
			if !r.jumped(before.at) {
				r.complain("row %d was taken over after %s", d.ID, time.Since(before.at))
			}
			if before.by != r {
				r.taken[d.ID] = true
			}
		}
		if slices.ContainsFunc(r.jumps, func(j jump) bool { return j.by < 0 && j.at.After(r.claimedAt[d.ID]) && j.at.Before(r.since) }) {
			r.taken[d.ID] = true // how old it is, this replica cannot know
		}
		r.claims[d.ID], r.newest[d.ID] = claimed{r, time.Now()}, d.Attempt
	}
	return list, err
}

// jumped reports whether a clock was set since.
func (s *scene) jumped(since time.Time) bool {
	return slices.ContainsFunc(s.jumps, func(j jump) bool { return !j.at.Before(since) })
}

// slowRecord is how long the outbox may take to hear how a message ended: longer than a claim lives.
const slowRecord = 25 * time.Second

// told is how a replica that lives tells the outbox something about a claim. Now and then that takes longer than the claim lives.
func (r *replica) told(ctx context.Context, d agency.Delivery, ends bool, tell func(context.Context) (bool, error)) (bool, error) {
	if m, _ := r.fate(d.ID, "record"); ends && m == hangsAfter {
		r.slow.Store(true)
		ctx = context.WithoutCancel(ctx)
		select {
		case <-time.After(slowRecord):
		case <-r.killed:
		}
	}
	if r.dead() {
		return false, errDead
	}
	ours, err := tell(ctx)
	defer r.lock()()
	if ours && err == nil && d.Attempt != r.newest[d.ID] {
		r.complain("claim %d of row %d ended what claim %d had taken over", d.Attempt, d.ID, r.newest[d.ID])
	}
	if ours && err == nil && ends {
		delete(r.claims, d.ID)
	}
	return ours, err
}

func (r *replica) OutgoingSent(ctx context.Context, d agency.Delivery, id string, now agency.Instant) (bool, error) {
	return r.told(ctx, d, true, func(ctx context.Context) (bool, error) { return r.box.OutgoingSent(ctx, d, id, now) })
}

func (r *replica) OutgoingLater(ctx context.Context, d agency.Delivery, known agency.Retry, now agency.Instant) (bool, error) {
	return r.told(ctx, d, true, func(ctx context.Context) (bool, error) { return r.box.OutgoingLater(ctx, d, known, now) })
}

func (r *replica) OutgoingRepeats(ctx context.Context, d agency.Delivery) (bool, error) {
	return r.told(ctx, d, false, func(ctx context.Context) (bool, error) { return r.box.OutgoingRepeats(ctx, d) })
}

func (r *replica) OutgoingCovers(ctx context.Context, d agency.Delivery) (some, ours bool, err error) {
	if r.dead() {
		return false, false, errDead
	}
	return r.box.OutgoingCovers(ctx, d)
}

func (r *replica) ForgetCard(ctx context.Context, at agency.Address, id string, now agency.Instant) error {
	if r.dead() {
		return errDead
	}
	return r.box.ForgetCard(ctx, at, id, now)
}

func (r *replica) Read(ctx context.Context, look func(agency.Tx) error) error {
	return r.box.Read(ctx, look)
}

// Write is how a sender gives a message up.
func (r *replica) Write(ctx context.Context, do func(agency.Tx) error) error {
	if r.dead() {
		return errDead
	}
	return r.box.Write(ctx, func(tx agency.Tx) error { return do(givingUp{tx.(memoryTx), r}) })
}

type givingUp struct {
	memoryTx
	r *replica
}

func (t givingUp) ParkOutgoing(d agency.Delivery, code, trouble string, at agency.Instant) (bool, error) {
	ours, err := t.memoryTx.ParkOutgoing(d, code, trouble, at)
	if ours {
		defer t.r.lock()()
		delete(t.r.claims, d.ID)
		t.r.gaveUp[standing{d.To, d.Kind, d.Ref}] = true
		t.r.tell("row %d is given up: %s", d.ID, trouble)
	}
	return ours, err
}

// trip is a call on its way to a platform.
type trip struct {
	arrives bool // at the platform
	hangs   bool // and the answer never comes
	err     error
}

// travel takes a call to its platform, or not.
func (r *replica) travel(ctx context.Context, row int64, call string) trip {
	if r.dead() {
		return trip{err: errDead}
	}
	m, after := r.fate(row, call)
	if m != hangsBefore {
		select {
		case <-time.After(after):
		case <-ctx.Done():
			return trip{arrives: after%2 == 0, err: unheard()}
		case <-r.killed:
			return trip{arrives: after%2 == 0, err: unheard()}
		}
	}
	switch m {
	case limited:
		return trip{err: unsent(after * 40)}
	case failed:
		return trip{err: unsent(0)}
	case refused:
		return trip{err: &bot.SendError{Outcome: bot.Refused, Code: "is_archived", Err: errors.New("archived")}}
	case lostBefore:
		return trip{err: unheard()}
	case lostAfter:
		return trip{arrives: true, err: unheard()}
	case hangsBefore, hangsAfter:
		return trip{arrives: m == hangsAfter, hangs: true, err: unheard()}
	}
	return trip{arrives: true}
}

// wait is for an answer that does not come.
func (r *replica) wait(ctx context.Context, t trip) {
	if !t.hangs {
		return
	}
	select {
	case <-ctx.Done():
	case <-r.killed:
	}
}

// maybeOut is whether a call may have reached its platform, as far as a sender can know.
func (t trip) maybeOut() bool { return t.arrives || isUnknown(t.err) }

func isUnknown(err error) bool {
	var send *bot.SendError
	return errors.As(err, &send) && send.Outcome == bot.Unknown
}
