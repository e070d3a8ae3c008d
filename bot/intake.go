package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"liaison/agency"
)

// Intake is how a platform takes interactions in: each is queued without waiting, acknowledged in time whatever happens,
// and carried out by one of a bounded number of workers; a stop finishes what was taken.
type Intake struct {
	platform agency.Platform
	log      *slog.Logger
	watch    Observer
	now      func() time.Time

	mu      sync.Mutex
	open    bool
	closed  bool            // what was accepted has been waited for
	work    context.Context //nolint:containedctx // of the workers, who are hired as they are needed
	endWork context.CancelFunc
	crew    sync.WaitGroup
	hired   int
	resting []chan *Exchange // workers without work, who rested last at the end
	waiting []*Exchange
	taken   sync.WaitGroup
}

// How work is bounded. The queue is far above what arrives while all workers are busy for a moment; behind it an
// interaction is better refused, which the platform tells the person, than taken minutes late.
const (
	IntakeWorkers = 64
	intakeDepth   = 1024
	drainTime     = 10 * time.Second // to finish what was taken when the desk is told to stop,
	leaveTime     = 2 * time.Second  // and then to come to an end: the unit kills the process 15 seconds after the order
)

// NewIntake prepares the intake of a platform. now is real time.
func NewIntake(platform agency.Platform, log *slog.Logger, watch Observer, now func() time.Time) *Intake {
	return &Intake{platform: platform, log: log, watch: Observed(watch), now: now}
}

// Exchange is one interaction on its way: taken in, acknowledged once, carried out.
type Exchange struct {
	Key, Command string
	Kind         Kind
	Patience     time.Duration         // after which Stall is called, unless somebody has claimed the acknowledgement
	Stall        func()                // acknowledges although the answer is not there yet, and tells the person Doubt
	Handle       func(context.Context) // carries it out, and acknowledges it if nobody has
	Fail         func(context.Context) // acknowledges after a fault in Handle, so that the person is not left waiting

	at    time.Time
	due   time.Time // when the work on it must have come to its end, by the wall clock
	guard *time.Timer
	sent  atomic.Bool
	told  chan struct{} // is closed when Stall has returned
}

// InTime bounds the work on an interaction by when it came in, so that what waited too long is not begun: it is refused, and
// that nothing was changed is true. What is on its way to the disk by then cannot be called back; see Doubt.
func (x *Exchange) InTime(work context.Context) (context.Context, context.CancelFunc) {
	return context.WithDeadline(work, x.due)
}

// Reference joins what the person is told with the log.
func (x *Exchange) Reference() string {
	sum := sha256.Sum256([]byte(x.Key))
	return strings.ToUpper(hex.EncodeToString(sum[:3]))
}

// Doubt is what a person is told whose interaction has to be acknowledged while it is being written down: a process that
// dies now leaves nobody who could tell more.
func (x *Exchange) Doubt() Message {
	return Sentence("This takes longer than it should, and it is not certain yet that it was done. What became of it follows here; if nothing does within a minute, look at the card or the list before you do it again. (reference %s)", x.Reference())
}

// AwaitDoubt waits until the person was told Doubt, so that what became of it comes after it. It is for those whose Claim came
// too late.
func (x *Exchange) AwaitDoubt(ctx context.Context) {
	select {
	case <-x.told:
	case <-ctx.Done():
	}
}

// Claim gives the right to acknowledge to the first who asks.
func (x *Exchange) Claim() bool {
	x.guard.Stop()
	return x.sent.CompareAndSwap(false, true)
}

// The refusals of Accept.
var (
	ErrBusy    = errors.New("more interactions wait than can be answered in time")
	ErrStopped = errors.New("the platform is not running")
)

// Accept puts an interaction into the queue, and never waits. From here on it is acknowledged in time whatever happens.
func (i *Intake) Accept(x *Exchange) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.open {
		return ErrStopped
	}
	x.at, x.due, x.told = i.now(), time.Now().Add(takeTimeout), make(chan struct{})
	x.guard = time.AfterFunc(x.Patience, func() {
		if x.sent.CompareAndSwap(false, true) {
			i.log.Warn("acknowledged before it was known to be done", "ref", x.Reference(), "key", x.Key, "command", x.Command)
			defer close(x.told)
			x.Stall()
		}
	})
	i.taken.Add(1) // before it is given: it may be done at once
	if i.give(x) {
		return nil
	}
	i.taken.Done()
	if !x.Claim() {
		return nil
	}
	i.watch.Acknowledged(i.platform, x.Kind, Busy, i.now().Sub(x.at))
	return ErrBusy
}

// give finds somebody for an interaction: of those who rest whoever worked last, whose stack has grown already and is still
// in the processor's cache; else a new one; else it waits. The lock is held.
func (i *Intake) give(x *Exchange) bool {
	if n := len(i.resting); n > 0 {
		worker := i.resting[n-1]
		i.resting = i.resting[:n-1]
		worker <- x
		return true
	}
	if i.hired < IntakeWorkers {
		i.hired++
		i.crew.Go(func() { i.labour(x) })
		return true
	}
	if len(i.waiting) >= intakeDepth {
		return false
	}
	i.waiting = append(i.waiting, x)
	return true
}

// next is what a worker does next; nothing, and then it rests: work comes to it.
func (i *Intake) next(worker chan *Exchange) *Exchange {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.waiting) == 0 {
		i.resting = append(i.resting, worker)
		return nil
	}
	x := i.waiting[0]
	i.waiting = i.waiting[1:]
	return x
}

// Acknowledged is told how the wait of a claimed interaction ended; err is why its acknowledgement could not be written.
func (i *Intake) Acknowledged(x *Exchange, how Acknowledgement, err error) {
	if err != nil {
		how = Unheard
		i.log.Warn("the acknowledgement did not arrive", "key", x.Key, "command", x.Command, "error", err)
	}
	i.watch.Acknowledged(i.platform, x.Kind, how, i.now().Sub(x.at))
}

// Run accepts while receive runs, then finishes what was taken. An order to stop is no error, and twelve seconds after it Run
// has ended: whoever is silent then, the disk or a platform, is left.
func (i *Intake) Run(ctx context.Context, receive func(context.Context) error) error {
	work, endWork := context.WithCancel(context.WithoutCancel(ctx))
	defer endWork()
	i.mu.Lock()
	i.open, i.closed, i.work, i.endWork, i.hired, i.resting = true, false, work, endWork, 0, nil
	i.mu.Unlock()
	last, stop := outlast(ctx, drainTime+leaveTime)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		err := receive(ctx)
		i.Close()
		endWork()
		i.crew.Wait()
		ended <- err
	}()
	select {
	case err := <-ended:
		if ctx.Err() != nil {
			return nil
		}
		return err
	case <-last.Done():
		i.log.Warn("stopped before all work had ended", "after", drainTime+leaveTime)
		return nil
	}
}

// Open reports that interactions are accepted.
func (i *Intake) Open() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.open
}

// Close accepts nothing more and waits for what was accepted, so that a stop does not lose a press that was acknowledged. What
// has not ended by then is told to. A platform whose acknowledgements need its connections calls it before it closes them.
func (i *Intake) Close() {
	i.mu.Lock()
	waited, endWork := i.closed, i.endWork
	i.open, i.closed = false, true
	i.mu.Unlock()
	if waited { // the platform has, to keep its connections for it
		return
	}
	done := make(chan struct{})
	go func() { i.taken.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(drainTime):
		i.log.Warn("stopped before every answer was given", "after", drainTime)
		endWork()
	}
}

// labour is a worker: it carries out one interaction after the other until the work ends.
func (i *Intake) labour(x *Exchange) {
	worker := make(chan *Exchange, 1)
	for {
		i.carry(i.work, x)
		i.taken.Done()
		if x = i.next(worker); x != nil {
			continue
		}
		select {
		case <-i.work.Done():
			return
		case x = <-worker:
		}
	}
}

// carry keeps a fault in answering from ending the process.
func (i *Intake) carry(work context.Context, x *Exchange) {
	defer func() {
		if fault := recover(); fault != nil {
			i.log.Error("answering panicked", "key", x.Key, "command", x.Command, "fault", fault, "stack", string(debug.Stack()))
			if x.Claim() {
				x.Fail(work)
			}
		}
	}()
	x.Handle(work)
}
