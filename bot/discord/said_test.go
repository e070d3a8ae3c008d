package discord

import (
	"errors"
	"strings"
	"testing"
	"time"

	"liaison/bot"
	"liaison/bot/bottest"
	sandbox "liaison/bot/sandbox/discord"
)

// TestWhatIsWrittenInDirectMessagesIsHeard says, changes and deletes something in direct messages, as an answer to one of the
// desk's and by itself. Interactions come over the gateway or over HTTP; what is written comes over the gateway either way.
func TestWhatIsWrittenInDirectMessagesIsHeard(t *testing.T) {
	t.Parallel()
	for _, how := range []mode{overGateway, overHTTP} {
		t.Run(string(how), func(t *testing.T) {
			t.Parallel()
			g := newGuild(t, how, func(_ *sandbox.Options, c *Config) { c.Deaf = false })
			c := &clerk{answer: func(r bot.Request) bot.Reply { return bot.Say("Noted: %s", r.Text) }}
			g.open(t, c.take)
			eventually(t, "a session of the gateway", g.online)
			card, err := g.Post(t.Context(), bot.Delivery{To: to(ana), Message: bot.Sentence("Your question V-9."), RowID: 1})
			if err != nil {
				t.Fatal(err)
			}
			channel, root := splitMessageID(card, "")
			reply, err := g.server.Reply(ana, root, "thank you \u202e@everyone")
			if err != nil {
				t.Fatal(err)
			}
			heard := func(id string, change bot.Change, text, thread string) {
				t.Helper()
				eventually(t, string(change)+" "+text, func() bool {
					for _, r := range c.all(bot.Said) {
						if r.Change == change && r.MessageID == channel+"/"+id && r.Text == text {
							if r.ThreadID != thread || r.From.User != ana || r.From.Workspace != bottest.Guild || r.FromName != "Ana Ortiz" || !r.Private || r.Channel.Channel != channel || r.Key == "" {
								t.Errorf("%s is taken as %+v", change, r)
							}
							return true
						}
					}
					return false
				})
			}
			heard(reply.ID, bot.New, "thank you @everyone", card)
			g.await(t, "the answer", func() bool { return contains(g.posted2(channel), "Noted: thank you @everyone") })
			if err := g.server.EditSaid(ana, reply.ID, "thanks"); err != nil {
				t.Fatal(err)
			}
			heard(reply.ID, bot.Edited, "thanks", card)
			if err := g.server.DeleteSaid(ana, reply.ID); err != nil {
				t.Fatal(err)
			}
			heard(reply.ID, bot.Deleted, "", card)
			alone, err := g.server.DM(ana, "is anybody there?")
			if err != nil {
				t.Fatal(err)
			}
			heard(alone.ID, bot.New, "is anybody there?", "")
			if _, err := g.server.Say(ana, desk, "not for the desk"); err != nil {
				t.Fatal(err)
			}
			if err := g.server.DeleteSaid(ana, alone.ID); err != nil { // comes after what was said in the channel
				t.Fatal(err)
			}
			heard(alone.ID, bot.Deleted, "", "")
			keys := map[string]bool{}
			for _, r := range c.all(bot.Said) {
				if keys[r.Key] || strings.Contains(r.Text, "not for the desk") {
					t.Errorf("heard %+v", r)
				}
				keys[r.Key] = true
			}
		})
	}
}

// eventually waits for what the desk does by itself.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !cond(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s", what)
		}
	}
}

// TestADeafDeskHearsNothing takes interactions over HTTP and holds no session, as its settings say.
func TestADeafDeskHearsNothing(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, func(_ *sandbox.Options, c *Config) { c.Deaf = true })
	c := &clerk{answer: func(bot.Request) bot.Reply { return bot.Say("Hello.") }}
	g.open(t, c.take)
	if _, err := g.server.DM(ana, "is anybody there?"); err != nil {
		t.Fatal(err)
	}
	if err := g.typeLine(ana, desk, "/help"); err != nil {
		t.Fatal(err)
	}
	if g.online() || len(c.all(bot.Said)) != 0 {
		t.Errorf("heard %v", c.all(bot.Said))
	}
}

// TestADeletionIsUnderstoodAfterARestart forgets what the process knew: the records know it.
func TestADeletionIsUnderstoodAfterARestart(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overGateway, nil)
	created := `{"id":"900000000000000001","channel_id":"900000000000000002","author":{"id":"` + ana + `","username":"ana"},"content":"hello",
		"message_reference":{"message_id":"900000000000000003"}}`
	if _, err := g.heard("MESSAGE_CREATE", []byte(created)); err != nil {
		t.Fatal(err)
	}
	deleted := []byte(`{"id":"900000000000000001","channel_id":"900000000000000002"}`)
	g.said = newRecent(10)
	in, err := g.heard("MESSAGE_DELETE", deleted)
	if err != nil || in.From.User != ana || in.ThreadID != "900000000000000002/900000000000000003" || in.Change != bot.Deleted {
		t.Errorf("taken as %+v, %v", in.Request, err)
	}
	g.said, g.drafts.kept = newRecent(10), nil
	if _, err := g.heard("MESSAGE_DELETE", deleted); !errors.As(err, &errIgnored{}) {
		t.Errorf("a deletion of what was not heard: %v", err)
	}
}

// TestWhatIsNotForTheDeskIsIgnored reads events that the desk must not answer.
func TestWhatIsNotForTheDeskIsIgnored(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overGateway, nil)
	for name, event := range map[string]string{
		"the desk's own":    `"author":{"id":"` + appID + `","bot":true},"content":"x"`,
		"another app's":     `"author":{"id":"` + kofi + `","bot":true},"content":"x"`,
		"in a channel":      `"author":{"id":"` + ana + `"},"content":"x","guild_id":"1"`,
		"by a webhook":      `"author":{"id":"` + ana + `"},"content":"x","webhook_id":"1"`,
		"without an author": `"content":"x"`,
	} {
		if _, err := g.heard("MESSAGE_CREATE", []byte(`{"id":"1","channel_id":"2",`+event+`}`)); !errors.As(err, &errIgnored{}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := g.heard("MESSAGE_UPDATE", []byte(`{"id":"1","channel_id":"2","author":{"id":"`+ana+`"},"content":"x"}`)); !errors.As(err, &errIgnored{}) {
		t.Errorf("a preview: %v", err)
	}
}
