package bot_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// taken runs an intake in simulated time. stop tells it to stop and gives how long that took.
func taken(t *testing.T) (intake *bot.Intake, stop func() time.Duration) {
	t.Helper()
	intake = bot.NewIntake(agency.Slack, slog.New(slog.DiscardHandler), nil, time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- intake.Run(ctx, func(ctx context.Context) error {
			<-ctx.Done()
			intake.Close() // as a platform does that keeps its connections for what was taken
			return ctx.Err()
		})
	}()
	synctest.Wait()
	return intake, func() time.Duration {
		began := time.Now()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ended with %v", err)
		}
		return time.Since(began)
	}
}

// An interaction that waited until its time was over is not begun, however long the others took.
func TestWhatWaitedTooLongIsNotBegun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		intake, stop := taken(t)
		var early, late, doubted atomic.Int64
		accept := func(work time.Duration) {
			x := &bot.Exchange{Key: "k", Patience: 2300 * time.Millisecond, Fail: func(context.Context) {}, Stall: func() { doubted.Add(1) }}
			x.Handle = func(ctx context.Context) {
				ctx, cancel := x.InTime(ctx)
				defer cancel()
				if ctx.Err() != nil {
					late.Add(1)
					return
				}
				early.Add(1)
				time.Sleep(work)
				x.Claim()
			}
			if err := intake.Accept(x); err != nil {
				t.Fatal(err)
			}
		}
		for range bot.IntakeWorkers {
			accept(2200 * time.Millisecond)
		}
		accept(0)
		time.Sleep(3 * time.Second)
		if early.Load() != bot.IntakeWorkers || late.Load() != 1 {
			t.Errorf("%d were begun, %d came too late", early.Load(), late.Load())
		}
		stop()
	})
}

// Whoever worked last is given the next interaction, and no more are hired than are needed at a time.
func TestWorkersAreHiredAsTheyAreNeeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		intake, stop := taken(t)
		var done atomic.Int64
		accept := func() error {
			x := &bot.Exchange{Key: "k", Patience: time.Hour, Fail: func(context.Context) {}, Stall: func() {}}
			x.Handle = func(context.Context) { time.Sleep(time.Second); x.Claim(); done.Add(1) }
			return intake.Accept(x)
		}
		for range 5 {
			if err := accept(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
		}
		if n := intake.Hired(); n != 1 {
			t.Errorf("%d workers for one interaction at a time", n)
		}
		refused := 0
		for range 2000 {
			if err := accept(); errors.Is(err, bot.ErrBusy) {
				refused++
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if n := intake.Hired(); n != bot.IntakeWorkers || refused != 2000-bot.IntakeWorkers-1024 {
			t.Errorf("%d workers, %d of 2000 refused", n, refused)
		}
		time.Sleep(time.Minute)
		if want := int64(5 + bot.IntakeWorkers + 1024); done.Load() != want {
			t.Errorf("%d were carried out, want %d", done.Load(), want)
		}
		stop()
	})
}

// A stop waits ten seconds for what was taken, once.
func TestAStopWaitsTenSecondsForWhatWasTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		intake, stop := taken(t)
		x := &bot.Exchange{Key: "k", Patience: time.Hour, Fail: func(context.Context) {}, Stall: func() {}}
		x.Handle = func(ctx context.Context) { <-ctx.Done() }
		if err := intake.Accept(x); err != nil {
			t.Fatal(err)
		}
		if took := stop(); took != 10*time.Second {
			t.Errorf("the stop took %s", took)
		}
	})
}

// A stop goes on without what does not end when its time is over: a disk or a platform that is silent must not keep the process
// until the system kills it, which takes 15 seconds.
func TestAStopLeavesWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		intake, stop := taken(t)
		var told atomic.Int64
		x := &bot.Exchange{Key: "k", Patience: time.Hour, Fail: func(context.Context) {}, Stall: func() {}}
		x.Handle = func(ctx context.Context) {
			began := time.Now()
			<-ctx.Done()
			told.Store(int64(time.Since(began)))
			time.Sleep(time.Minute)
		}
		if err := intake.Accept(x); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if took := stop(); took != 12*time.Second || told.Load() != int64(10*time.Second) {
			t.Errorf("the stop took %s, and the work was told after %s", took, time.Duration(told.Load()))
		}
		time.Sleep(time.Minute)
	})
}

// A receiver that holds its connections too long is left too.
func TestAStopLeavesAReceiverThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		intake := bot.NewIntake(agency.Discord, slog.New(slog.DiscardHandler), nil, time.Now)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		err := intake.Run(ctx, func(context.Context) error { time.Sleep(time.Minute); return nil })
		if took := time.Since(began); took != 12*time.Second || err != nil {
			t.Errorf("the stop took %s and ended with %v", took, err)
		}
		time.Sleep(time.Minute)
	})
}
