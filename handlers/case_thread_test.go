package handlers_test

import (
	"context"
	"strings"
	"testing"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/console/talk"
	"liaison/store"
	"liaison/store/storetest"
)

// chat keeps what is posted by message id, as a platform does.
type chat struct {
	talk.World
	name agency.Platform
	has  map[string]string // message id to text, of all platforms together
	to   map[string]agency.Address
}

func (c *chat) Name() agency.Platform { return c.name }
func (c *chat) Ready() error          { return nil }

func (c *chat) Run(ctx context.Context, _ func(context.Context, bot.Request) bot.Reply) error {
	<-ctx.Done()
	return nil
}

func (c *chat) Post(_ context.Context, d bot.Delivery) (string, error) {
	id := "m" + string(rune('a'+len(c.has)))
	c.has[id], c.to[id] = d.Message.Summary, d.To
	return id, c.Edit(context.Background(), id, d)
}

func (c *chat) Edit(_ context.Context, id string, d bot.Delivery) error {
	text := d.Message.Summary
	for _, p := range d.Message.Parts {
		text += "\n" + p.Text.String()
	}
	c.has[id] = text
	return nil
}

// find gives the newest message of a channel that says something.
func (c *chat) find(t *testing.T, channel, says string) string {
	t.Helper()
	newest := ""
	for id, text := range c.has {
		if c.to[id].Channel == channel && strings.Contains(text, says) && id > newest {
			newest = id
		}
	}
	if newest == "" {
		t.Fatalf("nothing in %s says %q: %v", channel, says, c.has)
	}
	return newest
}

// TestThreadsAreKeptInStep: what staff say in the thread of a question reaches the creator, once, with its edits and its
// deletion; what the creator says in reply reaches the record; what is said by others, or about a violation, goes nowhere.
func TestThreadsAreKeptInStep(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := world(t, s)
		has, to := map[string]string{}, map[string]agency.Address{}
		slack := &chat{World: w, name: agency.Slack, has: has, to: to}
		w.Sender.Platforms = []bot.Platform{slack, &chat{World: w, name: agency.Discord, has: has, to: to}}
		w.Sender.Start()
		person := func(on agency.Platform, name string) agency.Identity {
			return agency.Identity{Platform: on, Workspace: string(on), User: name}
		}
		cora, vic, mia := person(agency.Slack, "cora"), person(agency.Slack, "vic"), person(agency.Discord, "mia")
		questions := agency.Address{Platform: agency.Slack, Workspace: "slack", Channel: "questions"}
		asked(t, w, cora, vic, mia, questions)
		drain := func() {
			for {
				n, err := w.Sender.Step(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if n == 0 {
					return
				}
			}
		}
		drain()
		say := func(key string, who agency.Identity, at agency.Address, thread, message, text string, change bot.Change) {
			t.Helper()
			reply := w.Router.Take(t.Context(), bot.Request{Key: key, Kind: bot.Said, From: who, Channel: at, ThreadID: thread, MessageID: message, Text: text, Change: change})
			if (reply.Refused != "") != (who == vic && change == bot.New) || (reply.Message != nil) != (who != cora && change == bot.New) { // a creator is told that it arrived
				t.Errorf("%s is answered with %+v", key, reply)
			}
			drain()
		}
		card := slack.find(t, "questions", "V-1")
		say("1", vic, questions, card, "x1", "between us", bot.New) // a viewer answers nobody, and is told
		say("2", cora, questions, card, "x2", "On the 5th <@U1|ana>.", bot.New)
		say("2", cora, questions, card, "x2", "On the 5th <@U1|ana>.", bot.New) // delivered again
		answer := slack.find(t, "mia", "On the 5th @ana.")
		say("3", cora, questions, card, "x2", "On the 6th.", bot.Edited)
		if got := has[answer]; !strings.Contains(got, "On the 6th.") || strings.Contains(got, "5th") {
			t.Errorf("the edit did not reach the creator: %s", got)
		}
		dm := to[answer]
		say("4", mia, dm, answer, "x3", "Thank you!", bot.New)
		line := slack.find(t, "questions", "(creator): Thank you!")
		say("4a", mia, dm, answer, "x3", "Thanks.", bot.Edited)
		if got := has[line]; !strings.Contains(got, "(creator): Thanks.") || strings.Contains(has[card], "Thank you!") {
			t.Errorf("the creator's edit did not reach the thread and the card: %s, %s", got, has[card])
		}
		say("4b", vic, dm, answer, "x3", "", bot.Deleted) // not hers
		say("4c", mia, dm, answer, "x3", "", bot.Deleted)
		if got := has[line]; !strings.Contains(got, agency.TakenBack) || !strings.Contains(has[card], "(creator): "+agency.TakenBack) {
			t.Errorf("the creator's deletion did not reach the thread and the card: %s, %s", got, has[card])
		}
		say("5", vic, questions, card, "x2", "hijacked", bot.Edited) // not hers
		say("6", cora, questions, card, "x2", "", bot.Deleted)
		if got := has[answer]; !strings.Contains(got, agency.TakenBack) {
			t.Errorf("the deletion did not reach the creator: %s", got)
		}
		err := w.Agency.Look(t.Context(), agency.System, func(d *agency.Desk) error {
			notes, err := d.CaseNotes(1)
			if len(notes) != 3 || notes[1].Side != agency.StaffSide || notes[2].Side != agency.CreatorSide || notes[1].Text != agency.TakenBack {
				t.Errorf("the record has %+v", notes)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// asked puts a question of mia's into the channel of questions, with cora to answer and vic to look on.
func asked(t *testing.T, w talk.World, cora, vic, mia agency.Identity, questions agency.Address) {
	t.Helper()
	var a agency.Application
	for _, act := range []struct {
		who agency.Identity
		do  func(*agency.Desk) error
	}{
		{agency.System, func(d *agency.Desk) error {
			if _, err := d.Grant(cora, "cora", agency.CreatorManager); err != nil {
				return err
			}
			if _, err := d.Grant(vic, "vic", agency.Viewer); err != nil {
				return err
			}
			_, err := d.Subscribe(questions, agency.QuestionsFeed, "", "UTC")
			return err
		}},
		{mia, func(d *agency.Desk) (err error) {
			a, err = d.Apply(agency.NewApplication{Handle: "mia", Region: "US", Language: "English", Categories: []string{"Beauty"}, Formats: []string{"live"},
				Samples: []string{"https://www.tiktok.com/@mia"}, Agreed: true})
			return err
		}},
		{cora, func(d *agency.Desk) error { _, _, err := d.ApproveApplication(a.ID); return err }},
		{mia, func(d *agency.Desk) error {
			_, err := d.Ask("When is the next payout?", 0, agency.ChatMessage{})
			return err
		}},
	} {
		if err := w.Agency.Do(t.Context(), act.who, act.do); err != nil {
			t.Fatal(err)
		}
	}
}
