package reminders_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/console"
	"liaison/reminders"
	"liaison/store"
	"liaison/store/storetest"
)

// TestCaseRemindersOfManyReplicas fires the reminders of four replicas at once, twice: the note is in the thread of the
// card, the owner has one message, and nobody has two.
func TestCaseRemindersOfManyReplicas(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := world(t, s)
		room := &threads{Room: &console.Room{}}
		w.Sender.Platforms = []bot.Platform{room}
		w.Sender.Start()
		cora := agency.Identity{Platform: agency.Console, Workspace: console.Workspace, User: "cora"}
		err := w.Agency.Do(t.Context(), agency.System, func(d *agency.Desk) error {
			m, err := d.Grant(cora, "cora", agency.Compliance)
			if err != nil {
				return err
			}
			if _, err := d.Subscribe(console.Place("compliance"), agency.ViolationsFeed, "", "UTC"); err != nil {
				return err
			}
			_, err = d.OpenCase(agency.Case{Severity: agency.High, Rule: "Counterfeit", Owner: m.ID, Deadline: d.Time.Add(48 * time.Hour)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		send(t, w.Sender)
		w.Clock.Set(w.Clock.Now().Add(25 * time.Hour))
		for range 2 {
			var replicas sync.WaitGroup
			for range 4 {
				replicas.Go(func() {
					if err := reminders.Tick(t.Context(), w.Agency); err != nil {
						t.Errorf("firing: %v", err)
					}
				})
			}
			replicas.Wait()
			send(t, w.Sender)
		}
		var notes, direct int
		for _, d := range room.posted {
			switch {
			case d.Kind == agency.CaseReminder && d.To.Channel == "compliance" && d.ThreadID == room.card:
				notes++
			case d.Kind == agency.CaseReminder && d.To.Channel == "cora" && d.ThreadID == "":
				direct++
			case d.Kind == agency.CaseReminder:
				t.Errorf("a reminder went to %s in thread %q", d.To.Channel, d.ThreadID)
			}
		}
		if room.card == "" || notes != 1 || direct != 1 {
			t.Errorf("card %q, %d notes in its thread, %d messages to the owner; want one of each", room.card, notes, direct)
		}
	})
}

// TestOnlyTheDeskReminds refuses people, whatever their role.
func TestOnlyTheDeskReminds(t *testing.T) {
	t.Parallel()
	w := world(t, storetest.SQLite(t))
	ana := agency.Identity{Platform: agency.Console, Workspace: console.Workspace, User: "ana"}
	err := w.Agency.Do(t.Context(), agency.System, func(d *agency.Desk) error {
		_, err := d.Grant(ana, "ana", agency.Admin)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = w.Agency.Do(t.Context(), ana, (*agency.Desk).RemindCases)
	if agency.CodeOf(err) != agency.CodeForbidden {
		t.Errorf("got %v, want a refusal", err)
	}
}

// threads is the console's room that remembers what was posted in which thread.
type threads struct {
	*console.Room
	mu     sync.Mutex
	posted []bot.Delivery
	card   string
}

func (*threads) Run(ctx context.Context, _ func(context.Context, bot.Request) bot.Reply) error {
	<-ctx.Done()
	return nil
}

func (r *threads) Post(ctx context.Context, d bot.Delivery) (string, error) {
	id, err := r.Room.Post(ctx, d)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posted = append(r.posted, d)
	if d.Kind == agency.CaseCard {
		r.card = id
	}
	return id, err
}

func send(t *testing.T, s *bot.Sender) {
	t.Helper()
	for {
		n, err := s.Step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}
