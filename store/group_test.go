package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"liaison/agency"
)

// gathering is a store on which the commits are counted and those who wait can be made to share one.
type gathering struct {
	*Store
	t       *testing.T
	commits atomic.Int64
	woken   atomic.Int64
	number  atomic.Int64
}

func newGathering(t *testing.T) *gathering {
	t.Helper()
	s, err := Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "desk.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	g := &gathering{Store: s, t: t}
	s.OnEnqueue(func() { g.woken.Add(1) })
	s.group.committed = func(enqueued bool) { g.commits.Add(1); s.committed(enqueued) }
	s.group.time = time.Hour // however slow the machine
	return g
}

var errRule = errors.New("a rule said no")

// How the work of a job ends.
type ending string

const (
	well      ending = "well"
	ruled     ending = "by a rule"
	doubled   ending = "by a constraint"
	unheeded  ending = "by a constraint that nobody heeds"
	panicked  ending = "in a panic"
	cancelled ending = "because its time is over"
)

var endings = []ending{well, ruled, doubled, unheeded, panicked, cancelled}

// work is what a job writes: two rows, a message, and how it goes on from there.
type work struct {
	n   int64
	end ending
	err error // what Write said
}

func (g *gathering) job(end ending) *work { return &work{n: g.number.Add(1), end: end} }

// do has the job carried out.
func (g *gathering) do(w *work) {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	defer func() {
		if p := recover(); p != nil {
			w.err = fmt.Errorf("panic: %v", p)
		}
	}()
	w.err = g.inTx(ctx, func(t *tx) error {
		for _, half := range []string{"one", "two"} {
			if err := t.insert("slots", cols{{"reminder", half}, {"slot", fmt.Sprint(w.n)}, {"claimed_at", 0}}); err != nil {
				return err
			}
		}
		if err := t.Enqueue(agency.Outgoing{Kind: "test", Mode: agency.Note, Key: fmt.Sprint(w.n)}); err != nil {
			return err
		}
		switch w.end {
		case ruled:
			return errRule
		case doubled:
			return t.insert("slots", cols{{"reminder", "one"}, {"slot", fmt.Sprint(w.n)}, {"claimed_at", 0}})
		case unheeded:
			_ = t.insert("slots", cols{{"reminder", "one"}, {"slot", fmt.Sprint(w.n)}, {"claimed_at", 0}})
		case panicked:
			panic("a bug")
		case cancelled:
			stop()
		}
		return nil
	})
}

// together has jobs carried out in one transaction, in their order.
func (g *gathering) together(jobs ...func()) {
	var all sync.WaitGroup
	defer all.Wait()
	met := make(chan struct{})
	all.Go(func() {
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		// It does nothing and it is refused, so that the first of the jobs begins the transaction.
		_ = g.inTx(ctx, func(*tx) error { <-met; return errRule })
	})
	g.waits(-1)
	for i, job := range jobs {
		all.Go(job)
		g.waits(i + 1)
	}
	close(met)
}

// waits returns when so many wait behind a leader; -1 says that there is a leader.
func (g *gathering) waits(n int) {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Microsecond) {
		g.group.mu.Lock()
		led, waiting := g.group.led, len(g.group.waiting)
		g.group.mu.Unlock()
		if led && waiting >= n {
			return
		}
	}
	g.t.Fatalf("%d never waited", n)
}

// kept lists what is in the records of the jobs, and fails where one is there by half.
func (g *gathering) kept() []int64 {
	g.t.Helper()
	var rows []struct {
		Slot  int64
		Parts int
		Notes int
	}
	err := g.look(g.t.Context(), func(t *tx) error {
		return t.all(&rows, `SELECT CAST(slot AS INTEGER) AS slot, count(*) AS parts,
			(SELECT count(*) FROM outbox WHERE note_key = slot) AS notes FROM slots GROUP BY slot ORDER BY 1`)
	})
	if err != nil {
		g.t.Fatal(err)
	}
	var list []int64
	for _, r := range rows {
		if r.Parts != 2 || r.Notes != 1 {
			g.t.Fatalf("%d is there by half: %+v", r.Slot, r)
		}
		list = append(list, r.Slot)
	}
	var notes int
	if err := g.read.Get(&notes, `SELECT count(*) FROM outbox`); err != nil || notes != len(list) {
		g.t.Fatalf("%d messages for %d jobs, %v", notes, len(list), err)
	}
	return list
}

// said fails where a job was told something else than what happened.
func (w *work) said(t *testing.T) {
	t.Helper()
	var right bool
	switch w.end {
	case well:
		right = w.err == nil
	case ruled:
		right = errors.Is(w.err, errRule)
	case doubled, unheeded:
		right = agency.CodeOf(w.err) == agency.CodeConflict
	case panicked:
		right = w.err != nil && strings.HasPrefix(w.err.Error(), "panic: a bug\n") && strings.Contains(w.err.Error(), "group_test.go")
	case cancelled:
		right = errors.Is(w.err, context.Canceled)
	}
	if !right {
		t.Errorf("a job that ended %s was told: %v", w.end, w.err)
	}
}

// TestOneTransactionForManyIsAsOneForEach draws how jobs end that share a transaction: each is there whole or not at all,
// and is told so.
func TestOneTransactionForManyIsAsOneForEach(t *testing.T) {
	t.Parallel()
	g := newGathering(t)
	var want []int64
	rapid.Check(t, func(r *rapid.T) {
		var jobs []*work
		var calls []func()
		for _, end := range rapid.SliceOfN(rapid.SampledFrom(endings), 1, 8).Draw(r, "endings") {
			w := g.job(end)
			jobs, calls = append(jobs, w), append(calls, func() { g.do(w) })
			if end == well {
				want = append(want, w.n)
			}
		}
		before, woken := g.commits.Load(), g.woken.Load()
		g.together(calls...)
		good := slices.ContainsFunc(jobs, func(w *work) bool { return w.end == well })
		if n := g.commits.Load() - before; n != map[bool]int64{true: 1, false: 0}[good] {
			r.Fatalf("%d commits", n)
		}
		if n := g.woken.Load() - woken; n != g.commits.Load()-before {
			r.Fatalf("the sender was woken %d times", n)
		}
		for _, w := range jobs {
			w.said(t)
		}
		if got := g.kept(); !slices.Equal(got, want) {
			r.Fatalf("kept %v, want %v", got, want)
		}
	})
}

// TestManyAtOnce has 64 write as they like and checks what is there in the end against what they were told.
// TestRefusedWorkGivesItsNumbersBack looks for gaps in the numbers that people type.
func TestRefusedWorkGivesItsNumbersBack(t *testing.T) {
	t.Parallel()
	g := newGathering(t)
	ends := []error{errRule, nil, errRule, nil, nil}
	first := make([]int64, len(ends))
	var jobs []func()
	for i, end := range ends {
		jobs = append(jobs, func() {
			ctx, stop := context.WithTimeout(context.Background(), time.Minute)
			defer stop()
			err := g.inTx(ctx, func(t *tx) (err error) {
				if first[i], err = t.nextMany("seller", 2); err != nil {
					return err
				}
				return end
			})
			if !errors.Is(err, end) {
				t.Errorf("job %d said %v, want %v", i, err, end)
			}
		})
	}
	g.together(jobs...)
	if want := []int64{1, 1, 3, 3, 5}; !slices.Equal(first, want) || g.commits.Load() != 1 {
		t.Errorf("in %d transactions they took the numbers from %v on, want one and %v", g.commits.Load(), first, want)
	}
	if err := g.inTx(t.Context(), func(t *tx) (err error) { first[0], err = t.next("seller"); return err }); err != nil || first[0] != 7 {
		t.Errorf("the next number is %d, %v; want 7", first[0], err)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	g := newGathering(t)
	g.group.time = 8 * time.Millisecond
	const people, times = 64, 12
	var mu sync.Mutex
	var all sync.WaitGroup
	want := map[int64]bool{}
	for person := range people {
		all.Go(func() {
			random := rand.New(rand.NewPCG(7, uint64(person)))
			for range times {
				w := g.job(endings[random.IntN(len(endings))])
				g.do(w)
				w.said(t)
				if w.err == nil {
					mu.Lock()
					want[w.n] = true
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	if got := g.kept(); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		t.Errorf("%d are kept, %d were told that theirs is", len(got), len(want))
	}
	if n := g.commits.Load(); n == 0 || n >= int64(len(want)) {
		t.Errorf("%d commits for %d jobs: nobody shared", n, len(want))
	}
}

// TestACommitThatFailsFailsForAll makes the commit fail by a row whose owner never comes. Who was refused is told the
// same: what the refusal was based on has not happened.
func TestACommitThatFailsFailsForAll(t *testing.T) {
	t.Parallel()
	g := newGathering(t)
	first, refused, last := g.job(well), g.job(ruled), g.job(well)
	var guilty error
	g.together(func() { g.do(first) }, func() { g.do(refused) }, func() {
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		guilty = g.inTx(ctx, func(t *tx) error {
			if _, err := t.exec("PRAGMA defer_foreign_keys = ON"); err != nil {
				return err
			}
			return t.insert("member_roles", cols{{"member", 99}, {"role", "admin"}, {"granted_at", 0}})
		})
	}, func() { g.do(last) })
	for name, err := range map[string]error{"first": first.err, "refused": refused.err, "guilty": guilty, "last": last.err} {
		if err == nil || !strings.Contains(err.Error(), "FOREIGN KEY") {
			t.Errorf("%s was told: %v", name, err)
		}
	}
	if got := g.kept(); len(got) != 0 {
		t.Errorf("kept %v", got)
	}
	after := g.job(well)
	g.do(after)
	after.said(t)
}

// TestATransactionThatTheDatabaseGivesUpFailsForAll fills the disk in the middle: SQLite undoes the whole transaction, and
// what follows must not be committed on its own.
func TestATransactionThatTheDatabaseGivesUpFailsForAll(t *testing.T) {
	t.Parallel()
	g := newGathering(t)
	first, last := g.job(well), g.job(well)
	var pages int
	if err := g.write.Get(&pages, "PRAGMA page_count"); err != nil {
		t.Fatal(err)
	}
	if _, err := g.write.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages+8)); err != nil {
		t.Fatal(err)
	}
	var guilty error
	g.together(func() { g.do(first) }, func() {
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		guilty = g.inTx(ctx, func(t *tx) error {
			_ = t.insert("slots", cols{{"reminder", strings.Repeat("x", 1<<20)}, {"slot", "big"}, {"claimed_at", 0}})
			_ = t.insert("slots", cols{{"reminder", "small"}, {"slot", "after"}, {"claimed_at", 0}})
			return nil
		})
	}, func() { g.do(last) })
	if agency.CodeOf(guilty) != agency.CodeUnavailable {
		t.Errorf("who filled the disk was told: %v", guilty)
	}
	var want []int64
	for _, w := range []*work{first, last} {
		if w.err == nil {
			want = append(want, w.n)
		}
	}
	if got := g.kept(); !slices.Equal(got, want) {
		t.Errorf("kept %v, and they were told that %v are", got, want)
	}
}

// TestWhoseTimeIsOverLeaves cancels one that waits.
func TestWhoseTimeIsOverLeaves(t *testing.T) {
	t.Parallel()
	g := newGathering(t)
	meet, met := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(met)
		_ = g.inTx(context.Background(), func(*tx) error { <-meet; return nil })
	}()
	g.waits(-1)
	ctx, stop := context.WithCancel(context.Background())
	left := make(chan error)
	go func() {
		left <- g.inTx(ctx, func(*tx) error { t.Error("its work was done"); return nil })
	}()
	g.waits(1)
	stop()
	if err := <-left; !errors.Is(err, context.Canceled) { // while the other is still at work
		t.Errorf("it was told: %v", err)
	}
	close(meet)
	<-met
}

// TestAnImportHasTheTransactionForItself lets work without a deadline come between two presses.
func TestAnImportHasTheTransactionForItself(t *testing.T) {
	t.Parallel()
	g := newGathering(t)
	before, after := g.job(well), g.job(well)
	g.together(func() { g.do(before) }, func() {
		err := g.inTx(context.Background(), func(t *tx) error {
			return t.insert("members", cols{{"id", 1}, {"name", "Ana"}, {"created_at", 0}})
		})
		if err != nil {
			t.Error(err)
		}
	}, func() { g.do(after) })
	before.said(t)
	after.said(t)
	if n := g.commits.Load(); n != 3 {
		t.Errorf("%d commits, want 3", n)
	}
}

// TestWorkThatEndsItsGoroutine is what a test does that fails in the middle of a unit of work.
func TestWorkThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	g := newGathering(t)
	first, last := g.job(well), g.job(well)
	g.together(func() { g.do(first) }, func() {
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		_ = g.inTx(ctx, func(*tx) error { runtime.Goexit(); return nil })
	}, func() { g.do(last) })
	var want []int64
	for _, w := range []*work{first, last} {
		if w.err == nil {
			want = append(want, w.n)
		}
	}
	if got := g.kept(); !slices.Equal(got, want) {
		t.Errorf("kept %v, and they were told that %v are", got, want)
	}
	after := g.job(well)
	g.do(after)
	after.said(t)
}

// TestAStatementInASharedTransactionIsNotInterrupted ends the time of one in the middle of a statement: SQLite would undo
// the work of all. The one that says nothing does not keep the sender from being woken for the others.
func TestAStatementInASharedTransactionIsNotInterrupted(t *testing.T) {
	t.Parallel()
	g := newGathering(t)
	first, last := g.job(well), g.job(well)
	var slow, silent error
	g.together(func() { g.do(first) }, func() {
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		slow = g.inTx(ctx, func(t *tx) error {
			time.AfterFunc(5*time.Millisecond, stop)
			_, err := t.exec(`INSERT INTO slots WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000)
				SELECT 'slow', count(*), 0 FROM c`)
			<-ctx.Done()
			return err
		})
	}, func() { g.do(last) }, func() {
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		silent = g.inTx(ctx, func(t *tx) error {
			return t.insert("members", cols{{"id", 1}, {"name", "Ana"}, {"created_at", 0}})
		})
	})
	if !errors.Is(slow, context.Canceled) || silent != nil {
		t.Errorf("the slow one was told %v, the silent one %v", slow, silent)
	}
	first.said(t)
	last.said(t)
	if got := g.kept(); !slices.Equal(got, []int64{first.n, last.n}) {
		t.Errorf("kept %v", got)
	}
	if n := g.woken.Load(); n != 1 {
		t.Errorf("the sender was woken %d times", n)
	}
}

// TestAnotherProcessWrites has another process hold the database until somebody was turned away.
func TestAnotherProcessWrites(t *testing.T) {
	t.Parallel()
	g := newGathering(t)
	if _, err := g.write.Exec("PRAGMA busy_timeout = 1"); err != nil {
		t.Fatal(err)
	}
	other, err := Connect(t.Context(), "sqlite://"+g.path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var once sync.Once
	holds, turnedAway := make(chan struct{}), make(chan struct{})
	g.dialect.tryAgain = func(err error) bool {
		again := sqlite.tryAgain(err)
		if again {
			once.Do(func() { close(turnedAway) })
		}
		return again
	}
	var all sync.WaitGroup
	all.Go(func() {
		if err := other.inTx(context.Background(), func(*tx) error { close(holds); <-turnedAway; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-holds
	jobs := []*work{g.job(well), g.job(well), g.job(well)}
	for _, w := range jobs {
		all.Go(func() { g.do(w) })
	}
	all.Wait()
	for _, w := range jobs {
		w.said(t)
	}
	if n := len(g.kept()); n != len(jobs) {
		t.Errorf("%d are kept", n)
	}
}
