package slack

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
	"liaison/bot/sandbox"
	"liaison/store/storetest"
)

// TestTenChangesOfACardAreAnUpdateASecond posts at Slack's pace: the first change at once, the others as one, which shows
// the newest state.
func TestTenChangesOfACardAreAnUpdateASecond(t *testing.T) {
	t.Parallel()
	o := newOffice(t, overHTTP, func(o *sandbox.Options, cfg *Config) {
		o.Unpaced, cfg.Unpaced, cfg.Log = false, false, slog.New(slog.DiscardHandler)
	})
	var updates, posts atomic.Int64
	o.space.Fault = func(method, _ string) sandbox.Fault {
		switch method {
		case "chat.update":
			updates.Add(1)
		case "chat.postMessage":
			posts.Add(1)
		}
		return sandbox.Fault{}
	}
	o.open(t, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
	records := storetest.SQLite(t)
	var state atomic.Int64
	view := func(*agency.Desk, agency.Outgoing) (bot.Message, error) {
		return bot.Sentence("v%d", state.Load()), nil
	}
	s := &bot.Sender{Agency: &agency.Agency{Store: records, Now: time.Now}, Queue: records, Platforms: []bot.Platform{o.Platform},
		Views: map[string]bot.View{"card": view}, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Name: "one", Clock: time.Now}
	s.Start()
	records.OnEnqueue(s.Wake)
	change := func() {
		state.Add(1)
		err := records.Write(t.Context(), func(tx agency.Tx) error {
			return tx.Enqueue(agency.Outgoing{Kind: "card", Ref: "S-1", Mode: agency.Card, At: agency.InstantOf(time.Now()),
				To: agency.Address{Platform: agency.Slack, Workspace: bottest.Workspace, Channel: "C0DESK"}})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	shows := func(version string) func() bool {
		return func() bool {
			list := o.space.Messages("C0DESK")
			return len(list) == 1 && list[0].Text == version
		}
	}
	wait, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	await := func(version string) {
		if err := o.space.Await(wait, shows(version)); err != nil {
			t.Fatalf("%s is not shown: %v; there is %v", version, err, o.posted("C0DESK"))
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	change()
	await("v1")
	began := time.Now()
	change()
	await("v2") // at once: nothing was edited before
	for range 9 {
		change()
		time.Sleep(80 * time.Millisecond)
	}
	await("v11")
	// What is drawn may be ahead of the row that asked for it: the sender is done when nothing waits.
	for depth := 1; depth > 0; time.Sleep(time.Millisecond) {
		waiting, parked, err := records.OutboxDepth(wait)
		if err != nil || parked > 0 {
			t.Fatalf("%d wait and %d are parked, %v", waiting, parked, err)
		}
		depth = waiting
	}
	burst := time.Since(began)
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if most := 2 + int64(burst/postEvery); updates.Load() > most || posts.Load() != 1 {
		t.Errorf("%d posts and %d updates for ten changes in %s, want 1 and at most %d", posts.Load(), updates.Load(), burst, most)
	}
	t.Logf("ten changes in %s were %d updates", burst.Round(time.Millisecond), updates.Load())
}
