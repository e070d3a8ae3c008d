package slack

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"liaison/bot"
)

// TestSocketsAreRenewedWhenTheyAreOldAndNothingIsLost has people type all the time, while every socket lives for less than a
// second.
func TestSocketsAreRenewedWhenTheyAreOldAndNothingIsLost(t *testing.T) {
	t.Parallel()
	o := newOffice(t, overSocket, nil)
	watch := &sockets{Observer: bot.Observed(nil)}
	o.watch, o.age = watch, 500*time.Millisecond
	o.pace.methods["apps.connections.open"].SetLimit(rate.Inf) // the pace is not what this is about
	o.open(t, func(context.Context, bot.Request) bot.Reply {
		time.Sleep(5 * time.Millisecond)
		return bot.Say("Done.")
	})
	o.await(t, "both sockets", func() bool { return o.space.Connections() == 2 })
	began := watch.begun.Load()
	end := time.Now().Add(6 * time.Second)
	var typed, lost atomic.Int32
	var people sync.WaitGroup
	for range 4 {
		people.Go(func() {
			for time.Now().Before(end) {
				typed.Add(1)
				if err := o.space.Command("U0ANA", "C0DESK", "/seller list"); err != nil {
					t.Log("lost:", err)
					lost.Add(1)
				}
			}
		})
	}
	least, most := 2, 2
	for ; time.Now().Before(end); time.Sleep(time.Millisecond) {
		n := o.space.Connections()
		least, most = min(least, n), max(most, n)
	}
	people.Wait()
	if n := watch.begun.Load() - began; n < 5 {
		t.Errorf("%d sockets were renewed in six seconds", n)
	}
	if least < 2 || most > 3 {
		t.Errorf("between %d and %d sockets were open, want 2, and 3 while one is renewed", least, most)
	}
	if lost.Load() > 0 {
		t.Errorf("%d of %d commands were lost:\n%s", lost.Load(), typed.Load(), o.log)
	}
	if n := watch.begun.Load() - watch.ended.Load(); n != 2 {
		t.Errorf("%d sockets are counted", n)
	}
	if strings.Contains(o.log.String(), "Slack counts more sockets") {
		t.Error("its own sockets are taken for another copy's")
	}
	t.Logf("%d sockets were renewed under %d commands", watch.begun.Load()-began, typed.Load())
}

// TestAnOldSocketStaysWhereNoOtherCanBeOpened, until one can.
func TestAnOldSocketStaysWhereNoOtherCanBeOpened(t *testing.T) {
	t.Parallel()
	f := newFakeSockets(t, nil)
	p, _ := socketPlatform(t, f)
	watch := &sockets{Observer: bot.Observed(nil)}
	p.watch, p.age = watch, 300*time.Millisecond
	p.pace.methods["apps.connections.open"].SetLimit(rate.Inf)
	run(t, p, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
	f.sockets(t, 2)
	f.full.Store(true)
	opens := f.opens.Load()
	for deadline := time.Now().Add(10 * time.Second); f.opens.Load() < opens+3; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("none was asked for")
		}
	}
	if f.send(commandFrame("E1", "1.1")); f.ack(t)["envelope_id"] != "E1" || p.Ready() != nil {
		t.Errorf("the old socket is gone: %v", p.Ready())
	}
	f.full.Store(false)
	f.sockets(t, 4)
}
