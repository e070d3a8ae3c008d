package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"liaison/agency"
	"liaison/agency/policy"
	"liaison/bot"
	"liaison/handlers"
	"liaison/reminders"
	"liaison/store"
)

// desk is the rooms joined: a running Liaison.
type desk struct {
	agency *agency.Agency
	store  *store.Store
	router *bot.Router
	sender *bot.Sender
	log    *slog.Logger

	observer bot.Observer // nil: nobody counts
}

// openDesk opens the records and joins the rooms. now is the desk's clock.
func openDesk(ctx context.Context, s settings, log *slog.Logger, now func() time.Time) (*desk, error) {
	return openDeskBy(ctx, s, log, now, store.Open)
}

// openDeskBy is openDesk with a way of opening the records.
func openDeskBy(ctx context.Context, s settings, log *slog.Logger, now func() time.Time, open func(context.Context, string) (*store.Store, error)) (*desk, error) {
	book, err := policy.Load()
	if err != nil {
		return nil, err
	}
	own, err := s.agencySettings()
	if err != nil {
		return nil, err
	}
	records, err := open(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	a := &agency.Agency{Store: records, Now: now, Rules: book, Settings: own}
	d := &desk{agency: a, store: records, log: log,
		router: &bot.Router{Agency: a, Commands: handlers.All(), Home: handlers.Home, Log: log, NewRef: newRef},
		sender: &bot.Sender{Agency: a, Queue: records, Views: views(), Log: log, Name: processName(), Clock: time.Now, Rest: cardRest, Idle: outboxBeat}}
	d.sender.Start()
	records.OnEnqueue(d.sender.Wake)
	return d, nil
}

// views is everything that can be posted: the cards of the handlers and what the reminders say.
func views() map[string]bot.View {
	all := handlers.Views()
	maps.Copy(all, reminders.Views())
	return all
}

// outboxBeat is how often the outbox is looked at when nobody in this process has added to it: an import beside a running
// desk is another process, and its alerts are to be posted within a second.
const outboxBeat = 400 * time.Millisecond

// cardRest is how long a card must not have changed before it is drawn again: long enough for a burst of presses to be one
// edit, short enough for whoever pressed to see at once what came of it.
const cardRest = 250 * time.Millisecond

// reminderBeat is how often the desk looks whether something is due.
const reminderBeat = time.Second

// run runs the platforms, the sender and the reminders until ctx is done, a platform cannot go on, or the disk fails.
func (d *desk) run(ctx context.Context, platforms ...bot.Platform) error {
	d.sender.Platforms = platforms
	group, ctx := errgroup.WithContext(ctx)
	for _, p := range platforms {
		group.Go(func() error {
			if err := p.Run(ctx, d.router.Take); err != nil {
				return fmt.Errorf("%s: %w", p.Name(), err)
			}
			return nil
		})
	}
	group.Go(func() error { return d.sender.Run(ctx) })
	group.Go(func() error { return reminders.Run(ctx, d.agency, reminderBeat, d.log, bot.Observed(d.observer)) })
	group.Go(func() error { return d.sweep(ctx) })
	group.Go(func() error { return d.store.Broken(ctx) })
	return group.Wait()
}

// pressesKept is how long answers of interactions are kept for repeats; the longest platform repeats for an hour or so.
const pressesKept = 7 * 24 * time.Hour

// sweep forgets, once an hour, what is no longer needed.
func (d *desk) sweep(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Hour):
		}
		err := d.agency.Do(ctx, agency.System, func(desk *agency.Desk) error {
			return errors.Join(desk.ForgetOutgoing(), desk.ForgetLinkCodes())
		})
		err = errors.Join(err, d.agency.ForgetPresses(ctx, agency.InstantOf(d.agency.Now().Add(-pressesKept))))
		if err != nil && ctx.Err() == nil {
			d.log.Error("forgetting what is old", "err", err)
		}
		if err := d.store.ForgetDrafts(ctx, agency.InstantOf(time.Now())); err != nil && ctx.Err() == nil {
			d.log.Error("forgetting old drafts", "err", err)
		}
	}
}

func (d *desk) close() error { return d.store.Close() }

// newRef makes the reference that joins what a person is told with the log.
func newRef() string {
	var b [3]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand never fails since Go 1.24
	return strings.ToUpper(hex.EncodeToString(b[:]))
}

// processName tells this process from others that share the records.
func processName() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}
