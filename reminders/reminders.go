// Package reminders is what the desk says when nobody asked: digests, alerts, deadlines.
//
// A reminder decides and enqueues; the outbox posts. All is the list, Views draws what the reminders enqueue. It knows
// the business and the chat vocabulary, and neither the commands nor the store.
package reminders

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/robfig/cron/v3"

	"liaison/agency"
	"liaison/bot"
)

// Reminder is something that the desk says by itself when its time has come.
type Reminder struct {
	Name string
	// Fire enqueues what is due at the desk's time. It claims each slot in the same transaction (Desk.ClaimSlot), so that
	// neither a restart nor a second replica says it twice, and it is called again and again: what is not due costs a look.
	Fire func(d *agency.Desk) error
	// Missed is what Fire does with slots that came due while no replica ran.
	Missed Missed
	// Views draws what Fire enqueues, by kind.
	Views map[string]bot.View
}

// Missed is the rule of a reminder for slots that came due while no replica ran. A slot is never said twice, and what is said
// is drawn when it is posted, so that it is true then.
type Missed string

const (
	// SayNewest says the newest, late, and skips the older ones of the same thing: it tells what they would have told.
	SayNewest Missed = "the newest is said, late; older ones are skipped"
	// SayEach says each, late: they are about different things.
	SayEach Missed = "each is said, late"
)

// Views draws what every reminder says.
func Views() map[string]bot.View {
	all := map[string]bot.View{}
	for _, r := range All() {
		maps.Copy(all, r.Views)
	}
	return all
}

// Tick fires every reminder once. One that fails does not keep the others from being said.
func Tick(ctx context.Context, a *agency.Agency) error { return tick(ctx, a, bot.Observed(nil)) }

func tick(ctx context.Context, a *agency.Agency, watch bot.Observer) error {
	var failed []error
	for _, r := range All() {
		if err := fire(ctx, a, r, watch); err != nil {
			failed = append(failed, fmt.Errorf("reminder %s: %w", r.Name, err))
		}
	}
	return errors.Join(failed...)
}

func fire(ctx context.Context, a *agency.Agency, r Reminder, watch bot.Observer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var at agency.Instant
	var claimed []agency.Slot
	err = a.Do(ctx, agency.System, func(d *agency.Desk) error {
		err := r.Fire(d)
		at, claimed = d.Time, d.Claimed()
		return err
	})
	if err != nil {
		return err
	}
	for _, slot := range claimed {
		watch.Slot(r.Name, at.Sub(slot.Due), slot.Skipped)
	}
	return nil
}

// Run wakes the reminders every few seconds until ctx is done, and tells watch of each round and each slot. Which slots are due is decided by the desk's clock and the
// claimed slots, not by the moment of waking.
func Run(ctx context.Context, a *agency.Agency, every time.Duration, log *slog.Logger, watch bot.Observer) error {
	trouble := bot.Trouble{Log: log, What: "firing reminders"}
	wake := cron.New(cron.WithChain(cron.SkipIfStillRunning(cron.DiscardLogger)))
	wake.Schedule(cron.ConstantDelaySchedule{Delay: every}, cron.FuncJob(func() {
		err := tick(ctx, a, watch)
		watch.Beat(bot.ReminderLoop, err)
		if ctx.Err() == nil {
			trouble.Note(err)
		}
	}))
	wake.Start()
	<-ctx.Done()
	<-wake.Stop().Done()
	return nil
}
