package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"liaison/agency"
)

// Queue is the outbox as the sender needs it. A claimed delivery ends in exactly one of Sent, Later and agency's
// ParkOutgoing; each reports false when the claim was lost to another sender meanwhile, and then changes nothing.
type Queue interface {
	ClaimOutgoing(ctx context.Context, sender string, now, lost agency.Instant, limit int, on ...agency.Platform) ([]agency.Delivery, error)
	OutgoingSent(ctx context.Context, d agency.Delivery, messageID string, now agency.Instant) (bool, error)
	OutgoingLater(ctx context.Context, d agency.Delivery, r agency.Retry, now agency.Instant) (bool, error)
	OutgoingRepeats(ctx context.Context, d agency.Delivery) (bool, error)
	// OutgoingCovers drops what waits to draw the same card, and says whether anything did: it is about to be drawn from the
	// newest state.
	OutgoingCovers(ctx context.Context, d agency.Delivery) (some, ours bool, err error)
	// ForgetCard forgets the card that was posted as a message which is no longer there, and has it posted anew unless that is on
	// its way.
	ForgetCard(ctx context.Context, at agency.Address, messageID string, now agency.Instant) error
}

// Pacer is a platform that keeps within its own limits. Pace returns when it is a message's turn; an error with a Wait says
// that it is not soon. The message is drawn afterwards.
type Pacer interface {
	Pace(ctx context.Context, d Delivery, edit bool) (waited bool, err error)
}

// Finder is a platform that can look for a message by the outbox row that travels with it, after an unknown outcome. An
// error whose outcome is Refused says that it can never be known there; any other, that it cannot be known now.
type Finder interface {
	Find(ctx context.Context, d Delivery, since time.Time) (messageID string, found bool, err error)
}

// Repeater is a platform that itself drops the second of two posts of one outbox row, for some time after the first.
type Repeater interface {
	RepeatSafe(sinceFirst time.Duration) bool
}

// Completer is a platform that puts a long message's rest into its thread, page by page. Complete posts those that are
// not there yet. Where a page may be out and nobody can look, it posts nothing and answers ErrUnseen.
type Completer interface {
	Complete(ctx context.Context, messageID string, d Delivery) error
}

// Sender posts what was decided: per channel in order, retried, and drawn from the newest state. Pacing is the platforms'.
type Sender struct {
	Agency    *agency.Agency
	Queue     Queue
	Platforms []Platform
	Views     map[string]View
	Log       *slog.Logger
	Name      string           // of this process, for the claims
	Clock     func() time.Time // real time: for due times and leases, which a desk clock moved by hand must not disturb
	Observer  Observer         // nil: nobody counts
	Rest      time.Duration    // a posted card is drawn again when it has rested for so long, but a second after its first change at the latest; zero: at once
	Idle      time.Duration    // how often it looks when nobody wakes it: retries fall due, other replicas enqueue; zero: a second

	wake    chan struct{}
	latest  time.Time // that the clock has shown
	setBack time.Time // what it showed when it was set back, at most: how long ago that was which was written until then is not known
	untold  *untold
}

// The sender's patience. A claim that outlives its lease is taken over by another sender, so nothing is posted when less
// than a whole try is left of it: a process that was stopped for a while and goes on finds its claims gone.
const (
	sendTries    = 24                      // attempts that count before a message is parked: well over an hour
	sendLease    = 20 * time.Second        // a dead sender's work is with the others within 30 seconds
	sendTimeout  = 12 * time.Second        // one try, pacing included
	sendGrace    = 8 * time.Second         // to finish what is under way when told to stop,
	stopTime     = 9500 * time.Millisecond // and to tell the records how it ended
	sendIdle     = time.Second
	sendAtOnce   = 16 // to one platform
	longestPause = 5 * time.Minute
	longestWait  = 15 * time.Minute // at a time: what a platform asks for beyond it is waited for in further turns
	claimTimeout = 10 * time.Second
	recordPause  = 250 * time.Millisecond // between tries to write down how a message ended,
	recordTime   = 2 * time.Minute        // for so long
	recordSlow   = time.Second            // after which nothing is claimed until it is written down
	lateWait     = 250 * time.Millisecond // before what came too late for its claim is tried under another
	settlePause  = 2 * time.Second        // before looking for a message that may be out: platforms index with a delay
)

// Start prepares the sender; Wake may be called from then on.
func (s *Sender) Start() {
	s.wake, s.untold = make(chan struct{}, 1), &untold{ends: map[int]time.Time{}}
}

// Wake tells the sender that there is something to post.
func (s *Sender) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run posts until ctx is done, then lets what is under way come to its end. Channels do not wait for each other: each
// delivery runs by itself, and when it ends its channel's next one is claimed.
func (s *Sender) Run(ctx context.Context) error {
	idle := cmp.Or(s.Idle, sendIdle)
	work, stop := outlast(ctx, sendGrace)
	defer stop()
	tell, giveUp := outlast(ctx, stopTime)
	defer giveUp()
	var crew sync.WaitGroup
	var taken places
	trouble := Trouble{Log: s.Log, What: "claiming outgoing messages"}
	for ctx.Err() == nil {
		room, full := taken.left()
		list, err := s.claim(ctx, room, full...)
		Observed(s.Observer).Beat(SenderLoop, err)
		if ctx.Err() == nil {
			trouble.Note(err)
		}
		for _, d := range list {
			taken.add(d.To.Platform, 1)
			crew.Go(func() {
				defer s.Wake()
				defer taken.add(d.To.Platform, -1)
				this, earlier := taken.begin(d.Delivery)
				d.goOn(earlier)
				taken.end(d.Delivery, this, s.deliver(work, tell, d))
			})
		}
		if len(list) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-time.After(idle):
		}
	}
	ended := make(chan struct{})
	go func() { crew.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-tell.Done(): // records that are silent hold nobody up: whoever takes the claim over finds out
		s.Log.Warn("stopped before the records knew how every message ended", "after", stopTime)
	}
	return nil
}

// Step posts one message for each channel that has one waiting, waits for all, and says how many there were.
func (s *Sender) Step(ctx context.Context) (int, error) {
	list, err := s.claim(ctx, sendAtOnce)
	if err != nil {
		return 0, err
	}
	tell, stop := outlast(ctx, sendTimeout)
	defer stop()
	var crew sync.WaitGroup
	for _, d := range list {
		crew.Go(func() { s.deliver(ctx, tell, d) })
	}
	crew.Wait()
	return len(list), nil
}

// held is a delivery with the end of its claim.
type held struct {
	agency.Delivery
	until   time.Time // by the wall clock, as the claim is in the records
	began   time.Time // by the clock that nobody sets; but it stands still while a machine sleeps
	flagged bool      // this try has flagged it as repeated
	called  bool      // this try has asked the platform to do something
}

// claimedAt is the instant of the claim.
func (d *held) claimedAt() agency.Instant { return agency.InstantOf(d.until.Add(-sendLease)) }

// claim claims up to so many messages, of this process's own platforms alone, without those that are full. It claims nothing
// while the records have not been told what is out: they would take that for lost.
func (s *Sender) claim(ctx context.Context, limit int, full ...agency.Platform) ([]held, error) {
	var on []agency.Platform
	for _, p := range s.Platforms {
		if !slices.Contains(full, p.Name()) {
			on = append(on, p.Name())
		}
	}
	if len(on) == 0 || s.untold.longer(recordSlow) {
		return nil, nil
	}
	ctx, stop := context.WithTimeout(ctx, claimTimeout)
	defer stop()
	now := s.Clock()
	if last := s.latest.Add(sendTimeout); now.Before(s.latest) && s.setBack.Before(last) {
		s.setBack = last
	}
	s.latest = now
	list, err := s.Queue.ClaimOutgoing(ctx, s.Name, agency.InstantOf(now), agency.InstantOf(now.Add(-sendLease)), limit, on...)
	out := make([]held, len(list))
	for i, d := range list {
		if d.UnknownAt > agency.InstantOf(now) || d.UnknownAt != 0 && d.UnknownAt <= agency.InstantOf(s.setBack) { // how long ago is not known
			d.UnknownAt = min(d.UnknownAt, agency.InstantOf(now.Add(-24*time.Hour)))
		}
		out[i] = held{Delivery: d, until: now.Round(0).Add(sendLease), began: time.Now()}
	}
	return out, err
}

// deliver posts one message and records how it ended; tell is how long the records may be told. It gives what is out of it.
func (s *Sender) deliver(ctx, tell context.Context, d held) trace {
	id, err := s.attempt(ctx, &d)
	left := d.trace(id, err)
	Observed(s.Observer).Tried(d.To.Platform, outcomeOf(err), d.Attempt, s.Agency.Now().Sub(d.At.Time()))
	if d.flagged && (err == nil || sendErrorOf(err).Outcome == Unknown) {
		Observed(s.Observer).Repeated(d.To.Platform)
	}
	ours, err := s.keep(tell, d, id, err)
	switch {
	case err != nil: // the claim runs out, and whoever takes it over finds out what is posted
		s.Log.Error("recording how a message ended", "row", d.ID, "err", err)
	case !ours:
		s.Log.Warn("a claim was lost to another sender", "row", d.ID, "attempt", d.Attempt)
	}
	return left
}

// keep records how a message ended; again, whatever goes wrong with it, unless this process writes nothing any more: of what is
// out and not recorded it would be unknown whether it is.
func (s *Sender) keep(ctx context.Context, d held, id string, failure error) (ours bool, err error) {
	defer s.untold.add()()
	for began := time.Now(); ; {
		ours, err = s.record(ctx, d, id, failure)
		if err == nil || agency.Final(err) || ctx.Err() != nil || time.Since(began) > recordTime {
			return ours, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(recordPause):
		}
	}
}

// record tells the records how a message ended.
func (s *Sender) record(ctx context.Context, d held, id string, failure error) (ours bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if failure == nil {
		return s.Queue.OutgoingSent(ctx, d.Delivery, id, agency.InstantOf(s.Clock()))
	}
	return s.failed(ctx, d, id, sendErrorOf(failure))
}

// sendErrorOf makes a send error of any: what is not the platform's is ours, and may pass.
func sendErrorOf(err error) *SendError {
	var send *SendError
	if errors.As(err, &send) {
		return send
	}
	if agency.CodeOf(err) == agency.CodeNotFound { // what it is about is gone
		return &SendError{Outcome: Refused, Code: "not_found", Err: err}
	}
	return &SendError{Outcome: NotSent, Code: "internal", Err: err}
}

// failed records a failure: given back, or given up with the reason. posted is the message's id when it is out and only
// its thread is not.
func (s *Sender) failed(ctx context.Context, d held, posted string, send *SendError) (ours bool, err error) {
	s.Log.Warn("posting", "row", d.ID, "kind", d.Kind, "ref", d.Ref, "channel", d.To.Channel, "attempt", d.Attempt, "outcome", send.Outcome,
		"code", send.Code, "err", send.Err)
	now := s.Clock()
	retry := d.known(posted, send)
	if send.Outcome != NotSent || send.Wait == 0 { // a platform that says when to come back is not failing
		retry.Tries++
	}
	if send.Outcome == Refused || retry.Tries >= sendTries {
		return s.park(ctx, d.Delivery, retry, send)
	}
	wait := pause(send.Wait, retry.Tries)
	if d.WaitMore > 0 {
		wait = d.WaitMore
	}
	switch send.Outcome {
	case Gone:
		if err := s.Queue.ForgetCard(ctx, d.To, cmp.Or(d.CardID, d.MessageID, d.ThreadID), agency.InstantOf(now)); err != nil {
			return false, err
		}
		retry.MessageID, retry.Pages, retry.UnknownAt, wait = "", 0, 0, 0
	case Unknown:
		wait = max(wait, settlePause)
	}
	retry.Due, retry.WaitMore = agency.InstantOf(now.Add(min(wait, longestWait))), max(wait-longestWait, 0)
	return s.Queue.OutgoingLater(ctx, d.Delivery, retry, agency.InstantOf(now))
}

// park gives a message up, with what is known of it.
func (s *Sender) park(ctx context.Context, d agency.Delivery, known agency.Retry, send *SendError) (ours bool, err error) {
	d.Tries, d.UnknownAt, d.Repeated, d.MessageID, d.Pages = known.Tries, known.UnknownAt, known.Repeated, known.MessageID, known.Pages
	err = s.Agency.Do(ctx, agency.System, func(desk *agency.Desk) error {
		ours, err = desk.ParkOutgoing(d, send.Code, fmt.Sprintf("%s: %v", send.Code, send.Err))
		return err
	})
	if ours && err == nil {
		Observed(s.Observer).Parked(d.To.Platform)
	}
	return ours, err
}

// pause is how long to wait before the next try: what the platform asked for, else growing and never in step.
func pause(asked time.Duration, tries int) time.Duration {
	if asked > 0 {
		return asked + rand.N(asked/10+1)
	}
	longest := min(longestPause, 500*time.Millisecond<<min(tries, 12))
	return longest/2 + rand.N(longest/2)
}

// attempt is one try. A view that panics is a message that fails, not a process that ends.
func (s *Sender) attempt(ctx context.Context, d *held) (messageID string, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	found := ""
	defer func() {
		if p := recover(); p != nil {
			s.Log.Error("posting panicked", "row", d.ID, "kind", d.Kind, "fault", p, "stack", string(debug.Stack()))
			send := &SendError{Outcome: NotSent, Code: "internal", Err: fmt.Errorf("panic: %v", p)}
			if d.called {
				send.Outcome = Unknown
			}
			messageID, err = found, send
		}
	}()
	platform := s.platform(d.To.Platform)
	if platform == nil {
		return "", &SendError{Outcome: NotSent, Code: "no_platform", Err: fmt.Errorf("%s is not connected", d.To.Platform)}
	}
	if d.WaitMore > 0 {
		return "", &SendError{Outcome: NotSent, Code: "waits", Wait: d.WaitMore, Err: errors.New("the platform asked for longer")}
	}
	if d.Mode == agency.Grant {
		d.called = true
		return "", grant(ctx, s.Agency, platform, d.Outgoing)
	}
	at, repeats := cmp.Or(d.CardID, d.MessageID), false
	if at == "" && d.UnknownAt != 0 {
		if found, repeats, err = s.settle(ctx, platform, d); err != nil {
			return "", err
		}
		at = found // what was found stays found, however the rest of this try ends
	}
	if at != "" && d.Mode == agency.Card && s.Rest > 0 {
		if err := s.rest(ctx, d.Delivery); err != nil {
			return found, err
		}
	}
	if p, ok := platform.(Pacer); ok {
		waited, err := p.Pace(ctx, Delivery{To: d.To, RowID: d.ID, ThreadID: d.ThreadID, LastPost: d.PostedAt.Time()}, at != "")
		if err != nil {
			return found, err
		}
		if waited && d.Mode == agency.Card { // what was changed meanwhile is drawn with this one
			if _, err := s.covers(ctx, d.Delivery); err != nil {
				return found, err
			}
		}
	}
	out, err := s.draw(ctx, d.Delivery)
	if err != nil {
		return found, err
	}
	if repeats {
		if err := kept(s.Queue.OutgoingRepeats(ctx, d.Delivery)); err != nil {
			return found, err
		}
		d.flagged = true
		out.Message.Parts = append(out.Message.Parts, repeatedPart)
		s.Log.Warn("sending again what may be out", "row", d.ID, "kind", d.Kind, "channel", d.To.Channel)
	}
	if err := s.late(d); err != nil {
		return found, err
	}
	d.called = true
	if at == "" {
		return s.post(ctx, platform, d, out)
	}
	if d.Mode == agency.Card { // what was posted may be old by now
		if err := platform.Edit(ctx, at, out); err != nil {
			return found, err
		}
	}
	if d.CardID != "" && d.MessageID == "" {
		return at, nil // an edit: its thread stays as it was posted
	}
	if c, ok := platform.(Completer); ok {
		return at, s.complete(ctx, c, at, d, out)
	}
	return at, nil
}

// longestRest is how long after its first change a card is drawn again, however often it changes meanwhile.
const longestRest = time.Second

// rest waits while a card goes on changing, so that ten changes in a second are one edit.
func (s *Sender) rest(ctx context.Context, d agency.Delivery) error {
	began := s.Clock()
	for more := true; more; {
		left := longestRest - s.Clock().Sub(began)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(s.Rest, left)):
		}
		var err error
		if more, err = s.covers(ctx, d); err != nil {
			return err
		}
		more = more && s.Clock().Sub(began) < longestRest
	}
	return nil
}

// covers drops what waits to draw the same card, which is about to be drawn, and says whether anything did.
func (s *Sender) covers(ctx context.Context, d agency.Delivery) (some bool, err error) {
	some, ours, err := s.Queue.OutgoingCovers(ctx, d)
	return some, kept(ours, err)
}

// post posts a message. A platform that drops the second of two posts keeps the words of the first, so a card is drawn
// over it.
func (s *Sender) post(ctx context.Context, platform Platform, d *held, out Delivery) (messageID string, err error) {
	id, err := platform.Post(ctx, out)
	if _, drops := platform.(Repeater); !drops || err != nil || d.UnknownAt == 0 || d.Mode != agency.Card {
		return id, err
	}
	if err := s.late(d); err != nil {
		return id, err
	}
	return id, platform.Edit(ctx, id, out)
}

// late refuses what could not end within its claim, by either clock: another sender may have it by then. It is no fault of the
// message, and so does not count: whoever looks at it next does so under a new claim.
func (s *Sender) late(d *held) error {
	if s.Clock().After(d.until.Add(-sendTimeout)) || time.Since(d.began) > sendLease-sendTimeout {
		return &SendError{Outcome: NotSent, Code: "late", Wait: lateWait, Err: errors.New("the claim has run out")}
	}
	return nil
}

// kept is the failure of a try whose claim was lost meanwhile, or could not be asked about.
func kept(ours bool, err error) error {
	if err == nil && !ours {
		return &SendError{Outcome: NotSent, Code: "late", Err: errors.New("the claim was lost")}
	}
	return err
}

// draw makes the words of a message, from the newest state.
func (s *Sender) draw(ctx context.Context, d agency.Delivery) (Delivery, error) {
	out := Delivery{To: d.To, Kind: d.Kind, RowID: d.ID, ThreadID: d.ThreadID}
	view := s.Views[d.Kind]
	if view == nil {
		return out, &SendError{Outcome: Refused, Code: "no_view", Err: fmt.Errorf("nothing draws %q", d.Kind)}
	}
	err := s.Agency.Look(ctx, agency.System, func(desk *agency.Desk) (err error) {
		out.Message, err = view(desk, d.Outgoing)
		return err
	})
	return out, err
}

// repeatedPart is the flag that people see.
var repeatedPart = Small(SentAgain)

// SentAgain is what a message says, or a page of one, that may stand twice.
var SentAgain = T("Sent again: whether the first try arrived is not known.")

// settle finds out what became of a post whose outcome was not heard. It gives the id of the message when it is out; none
// when it may be posted: because it surely is not out, because the platform itself drops the second, or, once and once more
// for each time that a person puts it back, because nobody can know: then it repeats, and is flagged first.
func (s *Sender) settle(ctx context.Context, platform Platform, d *held) (found string, repeats bool, err error) {
	if r, ok := platform.(Repeater); ok && r.RepeatSafe(s.Clock().Sub(d.UnknownAt.Time())+sendTimeout) {
		return "", false, nil
	}
	if finder, ok := platform.(Finder); ok {
		id, known, err := finder.Find(ctx, Delivery{To: d.To, RowID: d.ID, ThreadID: d.ThreadID}, s.firstTry(d.Delivery))
		if err == nil && known {
			return id, false, nil
		}
		if err == nil {
			return "", false, nil
		}
		switch e := sendErrorOf(err); e.Outcome {
		case Refused:
		case Gone, NotSent: // its thread is, and it with it; or it was not looked for, because the platform asks to wait
			return "", false, e
		default: // look again later rather than post it twice
			return "", false, &SendError{Outcome: Unknown, Code: e.Code, Wait: e.Wait, Err: fmt.Errorf("looking for it: %w", e.Err)}
		}
	}
	if d.Repeated && d.GivenUp == 0 {
		return "", false, repeatedInVain()
	}
	return "", true, nil
}

// repeatedInVain ends what was sent again and of which nobody knows more than before.
func repeatedInVain() error {
	return &SendError{Outcome: Refused, Code: "unknown_outcome", Err: errors.New("it was sent again, and nobody knows whether any of it arrived")}
}

// clockAhead is how far our clock may be ahead of the platforms', by which they say when a message came.
const clockAhead = 10 * time.Minute

// firstTry is when a message can have been posted at the earliest, by the platform's clock: not before the first try whose outcome
// is unknown, however long ago it was decided. Only a desk clock that is moved by hand may be behind the real one, and with it the
// platform, where that is one of the demo's; then the decision, which has the same clock, is what is known.
func (s *Sender) firstTry(d agency.Delivery) time.Time {
	began := d.UnknownAt.Time()
	if decided := d.At.Time(); decided.Before(began) && s.Agency.Now().Sub(s.Clock()).Abs() > clockAhead {
		began = decided
	}
	return began.Add(-clockAhead)
}

func (s *Sender) platform(name agency.Platform) Platform {
	for _, p := range s.Platforms {
		if p.Name() == name {
			return p
		}
	}
	return nil
}
