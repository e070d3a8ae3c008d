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
	// Views draws what Fire enqueues, by kind.
	Views map[string]bot.View
}

// Views draws what every reminder says.
func Views() map[string]bot.View {
	all := map[string]bot.View{}
	for _, r := range All() {
		maps.Copy(all, r.Views)
	}
	return all
}

// Tick fires every reminder once. One that fails does not keep the others from being said.
func Tick(ctx context.Context, a *agency.Agency) error {
	var failed []error
	for _, r := range All() {
		if err := fire(ctx, a, r); err != nil {
			failed = append(failed, fmt.Errorf("reminder %s: %w", r.Name, err))
		}
	}
	return errors.Join(failed...)
}

func fire(ctx context.Context, a *agency.Agency, r Reminder) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return a.Do(ctx, agency.System, r.Fire)
}

// Run wakes the reminders every few seconds until ctx is done. Which slots are due is decided by the desk's clock and the
// claimed slots, not by the moment of waking.
func Run(ctx context.Context, a *agency.Agency, every time.Duration, log *slog.Logger) error {
	wake := cron.New(cron.WithChain(cron.SkipIfStillRunning(cron.DiscardLogger)))
	wake.Schedule(cron.ConstantDelaySchedule{Delay: every}, cron.FuncJob(func() {
		if err := Tick(ctx, a); err != nil && ctx.Err() == nil {
			log.Error("firing reminders", "err", err)
		}
	}))
	wake.Start()
	<-ctx.Done()
	<-wake.Stop().Done()
	return nil
}
