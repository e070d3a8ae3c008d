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
		w, posted := running(t, s)
		cora := compliancePerson(t, w, "cora")
		say(t, w, cora, "k1", "feed on violations")
		for n := range 5 {
			say(t, w, cora, fmt.Sprintf("open %d", n), `case open none high "Counterfeit"`)
			committed := time.Now()
			d := next(t, posted)
			t.Logf("posted %s after the answer", time.Since(committed))
			if want := agency.CaseID(n + 1).String(); d.Kind != agency.CaseCard || d.To.Channel != "compliance" || !strings.HasPrefix(d.Message.Summary, "🟠 "+want+" ") {
				t.Errorf("posted %s in %s: %s; want the card of %s", d.Kind, d.To.Channel, d.Message.Summary, want)
			}
		}
	})
}

// TestImportedViolationIsPostedAtOnce imports a violation against the running sender: its card is in the channel, the
// second import of the same file says nothing.
func TestImportedViolationIsPostedAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w, posted := running(t, s)
		cora := compliancePerson(t, w, "cora")
		say(t, w, cora, "k1", "feed on violations")
		file := agency.ImportFile{Kind: agency.ViolationFile, Violations: []agency.ViolationRow{{Line: 2, Notice: "VN1", Shop: "Glow Lab",
			Rule: "Counterfeit", Points: agency.Given(int64(24)), OpenedOn: "2026-11-20"}}}
		if err := w.Agency.Do(t.Context(), agency.System, func(d *agency.Desk) error {
			_, err := d.OnboardSeller(agency.NewSeller{Shop: "Glow Lab", Region: "US", Category: "Beauty"})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		bring := func() {
			t.Helper()
			if err := w.Agency.Do(t.Context(), agency.System, func(d *agency.Desk) error {
				_, err := d.Import(file, agency.ImportOptions{Apply: true})
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		bring()
		d := next(t, posted)
		if want := "🔴 V-1 · critical · Counterfeit (24 points) · S-1 Glow Lab"; !strings.HasPrefix(d.Message.Summary, want) {
			t.Errorf("posted %q, want %q", d.Message.Summary, want)
		}
		bring()
		say(t, w, cora, "k2", `case open none low "Late reply"`)
		if d := next(t, posted); !strings.Contains(d.Message.Summary, "V-2 · low · Late reply") {
			t.Errorf("posted %q after the second import, want only the new case", d.Message.Summary)
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

// running is a world whose sender runs, woken by commits alone.
func running(t *testing.T, s *store.Store) (talk.World, <-chan bot.Delivery) {
	t.Helper()
	w := world(t, s)
	posted := make(chan bot.Delivery, 16)
	w.Sender.Platforms = []bot.Platform{postbox{&console.Room{}, posted}}
	w.Sender.Clock, w.Sender.Idle = time.Now, time.Hour
	w.Sender.Start()
	s.OnEnqueue(w.Sender.Wake)
	ctx, stop := context.WithCancel(t.Context())
	var sending sync.WaitGroup
	sending.Go(func() {
		if err := w.Sender.Run(ctx); err != nil {
			t.Errorf("sending: %v", err)
		}
	})
	t.Cleanup(func() {
		stop()
		sending.Wait()
	})
	return w, posted
}

// next is the next post.
func next(t *testing.T, posted <-chan bot.Delivery) bot.Delivery {
	t.Helper()
	select {
	case d := <-posted:
		return d
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was posted: the sender was not woken by the commit")
		return bot.Delivery{}
	}
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
