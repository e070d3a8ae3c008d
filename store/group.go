package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// group is the one writer of a process. It commits the units of work that wait together, because bringing a commit to the
// disk costs more than most of them, and because on PostgreSQL those side by side would only ask each other to try again:
// all of them take numbers from the same counters. Whoever finds no other at work leads: it runs its own work and that of those who came meanwhile
// in one transaction, one after the other, and commits. Each has a savepoint, so an error undoes the work of one. Nobody
// is answered before the commit: what a refusal was based on may be another's work in the same transaction.
type group struct {
	db        *sqlx.DB
	dialect   dialect
	breaker   *breaker
	committed func(enqueued bool)
	silence   *silence
	size      int           // a transaction takes no more jobs
	time      time.Duration // and after it has lasted so long, none either

	mu      sync.Mutex
	led     bool // somebody leads
	waiting []*job
}

// newGroup bounds the transactions by what the first in them may notice of waiting for the others: nothing.
func newGroup(db *sqlx.DB, d dialect, b *breaker, committed func(enqueued bool)) *group {
	return &group{db: db, dialect: d, breaker: b, committed: committed, silence: &silence{db: db, patience: d.patience}, size: 64, time: 8 * time.Millisecond}
}

// job is one unit of work on its way through a group.
type job struct {
	ctx   context.Context
	fn    func(*tx) error
	first bool      // it was overtaken too often, or would be: nobody else takes a number while it runs
	turn  chan turn // what the leader tells one who waits
	err   error
	fault *fault
}

type turn bool

const (
	lead turn = true  // nobody leads any more: you do
	done turn = false // err and fault are final
)

// do runs fn in a transaction, as once does, and gives its error. A panic in fn goes on in the caller.
func (g *group) do(ctx context.Context, fn func(*tx) error, first bool) error {
	j := &job{ctx: ctx, fn: fn, first: first, turn: make(chan turn, 1)}
	if g.join(j) || g.await(j) == lead {
		g.lead(j)
	}
	if j.fault != nil {
		panic(j.fault)
	}
	return j.err
}

// join puts a job into the queue, unless nobody leads: then its caller does.
func (g *group) join(j *job) (leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.led {
		g.led = true
		return true
	}
	g.waiting = append(g.waiting, j)
	return false
}

// await waits until a job was carried out or is to lead. One whose time is over leaves, if its work has not begun.
func (g *group) await(j *job) turn {
	select {
	case t := <-j.turn:
		return t
	case <-j.ctx.Done():
	}
	g.mu.Lock()
	for i, w := range g.waiting {
		if w == j {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			g.mu.Unlock()
			j.err = j.ctx.Err()
			return done
		}
	}
	g.mu.Unlock()
	return <-j.turn
}

// next takes the job that goes into the leader's transaction after so many others, if one does.
func (g *group) next(leader *job, size int, began time.Time) *job {
	if size >= g.size || !leader.brief() || time.Since(began) > g.time {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 || !g.waiting[0].brief() || g.waiting[0].first && !leader.first {
		return nil
	}
	return g.shift()
}

func (g *group) shift() *job {
	j := g.waiting[0]
	g.waiting = g.waiting[1:]
	return j
}

// brief says that a job shares a transaction: people wait for it, so it has a deadline. Imports and the like have none and
// are for themselves, or everybody's answer would wait for them.
func (j *job) brief() bool {
	_, ok := j.ctx.Deadline()
	return ok
}

// handOver ends the leading: the first who waits is next.
func (g *group) handOver() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.led = false
		return
	}
	g.shift().turn <- lead
}

// lead runs the leader's job and those that wait, commits, and answers. It does so too when a job ends the goroutine.
func (g *group) lead(leader *job) {
	defer g.handOver()
	ctx, progress, stop := g.bound(leader)
	defer stop()
	b := &batch{group: g, ctx: ctx, progress: progress, words: g.dialect.beginWrite}
	if leader.first {
		b.words += g.dialect.goFirst
	}
	var others []*job
	defer func() {
		b.fail(errUnfinished)
		for _, j := range others {
			j.turn <- done
		}
	}()
	began := time.Now()
	b.run(leader)
	for !b.lost {
		j := g.next(leader, 1+len(others), began)
		if j == nil {
			break
		}
		others = append(others, j)
		b.run(j)
	}
	b.commit()
}

// longestStatement is how long one statement of work without a deadline may take. A connection that broke without a word
// would else keep the one writer for as long as the system waits for an answer, a quarter of an hour.
const longestStatement = 25 * time.Second

// bound is how long the statements of a transaction may take: together, or of work without a deadline each; then progress is
// called before each. It is not its jobs' time: that of one would end the work of all. Theirs is looked at between statements.
func (g *group) bound(leader *job) (ctx context.Context, progress func(), stop context.CancelFunc) {
	switch {
	case g.dialect.patience == 0:
		return context.WithoutCancel(leader.ctx), func() {}, func() {}
	case !leader.brief():
		ctx, cancel := context.WithCancelCause(leader.ctx)
		late := time.AfterFunc(longestStatement, func() { cancel(context.DeadlineExceeded) })
		return ctx, func() { late.Reset(longestStatement) }, func() { late.Stop(); cancel(nil) }
	}
	ctx, stop = context.WithTimeout(context.WithoutCancel(leader.ctx), g.dialect.patience)
	return ctx, func() {}, stop
}

// errUnfinished is what those are told whose transaction was given up because another's work ended its goroutine.
var errUnfinished = errors.New("the transaction was not committed: other work in it ended without a word")

// batch is a transaction and the jobs in it. It begins with the first that needs it.
type batch struct {
	group    *group
	ctx      context.Context // of its statements
	progress func()          // a statement begins
	words    string          // that begin the transaction
	sql      *transaction
	in       []*job // their fate is the transaction's
	kept     bool   // it holds work
	saved    bool   // the savepoint of work that ended well is still there: its end is said with what comes next
	taken    counters
	enqueued bool
	lost     bool // the database gave the transaction up: nothing more goes into it
}

// run carries one job out. When it fails, nothing of it stays.
func (b *batch) run(j *job) {
	if j.err = j.ctx.Err(); j.err != nil {
		return
	}
	if err := b.prepare(); err != nil {
		j.err = err
		b.fail(err)
		b.lost = true
		return
	}
	b.in = append(b.in, j)
	t := &tx{ctx: b.ctx, until: j.ctx, progress: b.progress, sql: b.sql, dialect: b.group.dialect, taken: maps.Clone(b.taken)}
	j.err = j.work(t)
	if b.group.dialect.diskFailed(j.err) {
		b.group.breaker.trip(j.err)
	}
	if j.err == nil && j.fault == nil {
		j.err = t.flush()
	}
	var err error
	switch {
	case j.err == nil && j.fault == nil:
		b.kept, b.saved, b.enqueued, b.taken = true, b.kept, b.enqueued || t.enqueued, t.taken
	case b.kept:
		err = b.sql.say("ROLLBACK TO job", "RELEASE job")
		b.saved = false
	default: // it was alone
		b.in = nil
		b.end()
	}
	if err != nil { // disk full or worse: the savepoint is gone because the transaction is
		b.fail(cmp.Or(t.failed, err))
		b.lost = true
	}
}

// work runs fn and keeps its panic.
func (j *job) work(t *tx) error {
	defer func() {
		if p := recover(); p != nil {
			j.fault = &fault{p, debug.Stack()}
		}
	}()
	return j.fn(t)
}

// prepare begins the transaction, or sets the savepoint to which a failing job goes back.
func (b *batch) prepare() (err error) {
	if err := b.group.breaker.refusal(); err != nil {
		return err
	}
	switch {
	case b.saved:
		return b.sql.say("RELEASE job", "SAVEPOINT job")
	case b.kept:
		return b.sql.say("SAVEPOINT job")
	}
	b.sql, err = begin(b.ctx, b.group.db, b.group.dialect, b.words)
	return err
}

// commit brings the work to the disk. If that fails, everybody's has failed.
func (b *batch) commit() {
	if b.sql == nil {
		return
	}
	err := b.sql.commit(b.taken)
	b.sql = nil
	if err != nil {
		b.fail(err)
		return
	}
	b.in = nil
	b.group.committed(b.enqueued)
}

// fail gives up what was not committed: everybody in it is told why.
func (b *batch) fail(err error) {
	if b.group.dialect.diskFailed(err) {
		b.group.breaker.trip(err) // before the next of those who wait begins
	}
	b.group.silence.note(b.ctx)
	b.end()
	for _, j := range b.in {
		if j.fault == nil {
			j.err = err
		}
	}
	b.in = nil
}

// end rolls back what was not committed.
func (b *batch) end() {
	if b.sql != nil {
		b.sql.rollback()
	}
	b.sql, b.kept, b.saved, b.taken = nil, false, false, nil
}

// fault is a panic on its way from the goroutine in which the work ran to the one that asked for it.
type fault struct {
	value any
	stack []byte
}

func (f *fault) Error() string { return fmt.Sprintf("%v\n%s", f.value, f.stack) }
