package handlers_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/console"
	"liaison/bot/console/talk"
	"liaison/store"
	"liaison/store/storetest"
)

// TestCaseIsPostedAtOnce opens a case against the running sender, which is woken by the commit: its own looks are an hour
// apart, so that a post within seconds is the waking's doing.
func TestCaseIsPostedAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := world(t, s)
		posted := make(chan bot.Delivery, 4)
		w.Sender.Platforms = []bot.Platform{postbox{&console.Room{}, posted}}
		w.Sender.Clock, w.Sender.Idle = time.Now, time.Hour
		w.Sender.Start()
		s.OnEnqueue(w.Sender.Wake)
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := w.Sender.Run(ctx); err != nil {
				t.Errorf("sending: %v", err)
			}
		})
		defer running.Wait()
		defer stop()

		cora := compliancePerson(t, w, "cora")
		say(t, w, cora, "k1", "feed on violations")
		for n := range 5 {
			say(t, w, cora, fmt.Sprintf("open %d", n), `case open none high "Counterfeit"`)
			committed := time.Now()
			select {
			case d := <-posted:
				if want := agency.CaseID(n + 1).String(); d.Kind != agency.CaseCard || d.To.Channel != "compliance" || !strings.HasPrefix(d.Message.Summary, "🟠 "+want+" ") {
					t.Errorf("posted %s in %s: %s; want the card of %s", d.Kind, d.To.Channel, d.Message.Summary, want)
				}
				t.Logf("posted %s after the answer", time.Since(committed))
			case <-time.After(10 * time.Second):
				t.Fatal("the card was not posted: the sender was not woken by the commit")
			}
		}
	})
}

// TestOnlyOneAcknowledges lets eight people press at once: one is first, the others are told who.
func TestOnlyOneAcknowledges(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := world(t, s)
		cora := compliancePerson(t, w, "cora")
		say(t, w, cora, "k1", `case open none high "Counterfeit"`)
		var first, later atomic.Int32
		var all sync.WaitGroup
		for n := range 8 {
			who := compliancePerson(t, w, fmt.Sprintf("p%d", n))
			all.Go(func() {
				reply := w.Router.Take(t.Context(), request(who, who.User, "case acknowledge V-1"))
				switch reply.Refused {
				case "":
					first.Add(1)
				case agency.CodeConflict, agency.CodeStale:
					later.Add(1)
				default:
					t.Errorf("%s got %+v", who.User, reply.Message)
				}
			})
		}
		all.Wait()
		if first.Load() != 1 || later.Load() != 7 {
			t.Errorf("%d were first and %d were told so; want 1 and 7", first.Load(), later.Load())
		}
		err := w.Agency.Look(t.Context(), agency.System, func(d *agency.Desk) error {
			c, err := d.Case(1)
			if c.State != agency.CaseAcknowledged || c.Owner == 0 || c.Owner != c.AckedBy {
				t.Errorf("got %+v, want it acknowledged and owned by who was first", c)
			}
			lines, errHistory := d.History("V-1", 100)
			if len(lines) != 2 {
				t.Errorf("the audit has %d lines, want the opening and one acknowledgement", len(lines))
			}
			if err == nil {
				err = errHistory
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// postbox is the console's room that hands out what is posted.
type postbox struct {
	*console.Room
	posted chan<- bot.Delivery
}

func (postbox) Run(ctx context.Context, _ func(context.Context, bot.Request) bot.Reply) error {
	<-ctx.Done()
	return nil
}

func (p postbox) Post(ctx context.Context, d bot.Delivery) (string, error) {
	id, err := p.Room.Post(ctx, d)
	p.posted <- d
	return id, err
}

func compliancePerson(t *testing.T, w talk.World, name string) agency.Identity {
	t.Helper()
	who := agency.Identity{Platform: agency.Console, Workspace: console.Workspace, User: name}
	err := w.Agency.Do(t.Context(), agency.System, func(d *agency.Desk) error {
		_, err := d.Grant(who, name, agency.Compliance)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func request(who agency.Identity, key, line string) bot.Request {
	return bot.Request{Key: key, Kind: bot.Typed, From: who, FromName: who.User, Channel: console.Place("compliance"), Command: line}
}

func say(t *testing.T, w talk.World, who agency.Identity, key, line string) {
	t.Helper()
	if reply := w.Router.Take(t.Context(), request(who, key, line)); reply.Refused != "" {
		t.Fatalf("%s: %+v", line, reply.Message)
	}
}
