package main

import (
	"context"
	"runtime"

	"liaison/agency"
	"liaison/bot"
	"liaison/store"
)

// thread runs everything that touches a file on one thread of the system. strace counts system calls thread by thread, so
// that only then its N-th call is the scenario's N-th call, the same in every run.
type thread chan func()

// newThread makes a thread that runs until it is closed.
func newThread() thread {
	t := make(thread)
	go func() {
		runtime.LockOSThread()
		for job := range t {
			job()
		}
	}()
	return t
}

func (t thread) do(job func() error) error {
	done := make(chan error)
	t <- func() { done <- job() }
	return <-done
}

// records are the real store on one thread. Deadlines stay outside: with one, the driver would take a thread of its own for
// each statement.
type records struct {
	store  *store.Store
	thread thread
}

// Write implements agency.Store.
func (r records) Write(ctx context.Context, fn func(agency.Tx) error) error {
	return r.thread.do(func() error { return r.store.Write(context.WithoutCancel(ctx), fn) })
}

// Read implements agency.Store.
func (r records) Read(ctx context.Context, fn func(agency.Tx) error) error {
	return r.thread.do(func() error { return r.store.Read(context.WithoutCancel(ctx), fn) })
}

// ClaimOutgoing implements bot.Queue. One message at a time: in every run the same order.
func (r records) ClaimOutgoing(ctx context.Context, sender string, now, lease agency.Instant, _ int, on ...agency.Platform) (list []agency.Delivery, err error) {
	err = r.thread.do(func() error {
		list, err = r.store.ClaimOutgoing(context.WithoutCancel(ctx), sender, now, lease, 1, on...)
		return err
	})
	return list, err
}

// OutgoingSent implements bot.Queue.
func (r records) OutgoingSent(ctx context.Context, d agency.Delivery, id string, now agency.Instant) (ours bool, err error) {
	err = r.thread.do(func() error {
		ours, err = r.store.OutgoingSent(context.WithoutCancel(ctx), d, id, now)
		return err
	})
	return ours, err
}

// OutgoingLater implements bot.Queue.
func (r records) OutgoingLater(ctx context.Context, d agency.Delivery, retry agency.Retry, now agency.Instant) (ours bool, err error) {
	err = r.thread.do(func() error {
		ours, err = r.store.OutgoingLater(context.WithoutCancel(ctx), d, retry, now)
		return err
	})
	return ours, err
}

// OutgoingRepeats implements bot.Queue.
func (r records) OutgoingRepeats(ctx context.Context, d agency.Delivery) (ours bool, err error) {
	err = r.thread.do(func() error {
		ours, err = r.store.OutgoingRepeats(context.WithoutCancel(ctx), d)
		return err
	})
	return ours, err
}

// OutgoingCovers implements bot.Queue.
func (r records) OutgoingCovers(ctx context.Context, d agency.Delivery) (some, ours bool, err error) {
	err = r.thread.do(func() error {
		some, ours, err = r.store.OutgoingCovers(context.WithoutCancel(ctx), d)
		return err
	})
	return some, ours, err
}

// ForgetCard implements bot.Queue.
func (r records) ForgetCard(ctx context.Context, at agency.Address, messageID string, now agency.Instant) error {
	return r.thread.do(func() error { return r.store.ForgetCard(context.WithoutCancel(ctx), at, messageID, now) })
}

var (
	_ agency.Store = records{}
	_ bot.Queue    = records{}
)
