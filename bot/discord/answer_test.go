package discord

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
	sandbox "liaison/bot/sandbox/discord"
)

// TestAQuestionIsAskedBeforeAPressCounts presses a button that wants to be sure, says no, and then yes.
func TestAQuestionIsAskedBeforeAPressCounts(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"P-7 9f2c41d7", "P-7 " + strings.Repeat("long ", 40)} {
		for _, forgotten := range []bool{false, true} {
			g := newGuild(t, overHTTP, nil)
			c := &clerk{answer: func(bot.Request) bot.Reply { reply := bot.Say("Approved."); reply.Replace = true; return reply }}
			g.open(t, c.take)
			button := bot.Button{Label: "Approve", Command: "payout approve", Value: value, Confirm: &bot.Confirm{Title: "Approve P-7?", Text: "12,480.35 USD to 41 creators.", Yes: "Approve it", No: "Not yet"}}
			if _, err := g.Post(t.Context(), bot.Delivery{To: to(desk), RowID: 1, Message: bot.Message{Summary: "P-7", Parts: []bot.Part{bot.Para(bot.T("P-7")), bot.Actions(button)}}}); err != nil {
				t.Fatal(err)
			}
			yes, no := "Approve it", "Not yet"
			if forgotten {
				g.drafts.mu.Lock()
				clear(g.drafts.kept)
				g.drafts.mu.Unlock()
				yes, no = "Yes", "Cancel"
			}
			if err := g.press(ana, "Approve"); err != nil {
				t.Fatal(err)
			}
			if c.last(bot.Pressed).Command != "" {
				t.Fatal("it counted before the question was answered")
			}
			if forgotten && len(value) > 50 { // nothing of it is left: better refused than guessed
				if !contains(g.seen(ana), "can no longer be read") {
					t.Errorf("saw %q", g.seen(ana))
				}
				continue
			}
			if !forgotten && !contains(g.seen(ana), "12,480.35 USD to 41 creators.") {
				t.Errorf("asked %q", g.seen(ana))
			}
			if err := g.press(ana, no); err != nil || !contains(g.seen(ana), "Nothing was changed.") {
				t.Fatalf("%v, saw %q", err, g.seen(ana))
			}
			if err := g.press(ana, "Approve"); err != nil {
				t.Fatal(err)
			}
			if err := g.press(ana, yes); err != nil {
				t.Fatal(err)
			}
			if r := c.last(bot.Pressed); r.Command != "payout approve" || r.Text != value || !r.Private {
				t.Errorf("taken as %+v", r)
			}
			if all := g.seen(ana); all[len(all)-1] != "Approved." {
				t.Errorf("saw %q", all)
			}
		}
	}
}

// TestALateAnswerArrives takes longer than Discord waits: it is promised in time, and given after.
func TestALateAnswerArrives(t *testing.T) {
	t.Parallel()
	for _, how := range []mode{overHTTP, overGateway} {
		t.Run(string(how), func(t *testing.T) {
			t.Parallel()
			g := newGuild(t, how, nil)
			g.guard = 50 * time.Millisecond
			c := &clerk{answer: func(r bot.Request) bot.Reply {
				time.Sleep(300 * time.Millisecond)
				switch {
				case r.Kind == bot.Asked:
					return bot.Reply{Options: []bot.Option{{Label: "x", Value: "x"}}}
				case r.Command == "digest week":
					return bot.TellAll(bot.Sentence("The week, late."))
				case r.Command == "seller onboard" && r.Kind == bot.Typed:
					return bot.Open(bottest.OnboardForm())
				case r.Command == "help":
					return bot.Reply{}
				}
				return bot.Say("Late.")
			}}
			g.open(t, c.take)
			if err := g.typeLine(ana, desk, "/seller list"); err != nil {
				t.Fatal(err)
			}
			if !contains(g.seen(ana), "not certain yet that it was done") {
				t.Errorf("acknowledged with %q", g.seen(ana))
			}
			g.await(t, "the answer", func() bool { return contains(g.seen(ana), "Late.") })
			if contains(g.seen(ana), "not certain") {
				t.Errorf("the doubt stays beside the answer: %q", g.seen(ana))
			}
			if err := g.typeLine(ana, desk, "/digest week"); err != nil {
				t.Fatal(err)
			}
			g.await(t, "the answer for all", func() bool { return contains(g.posted(desk), "The week, late.") })
			if err := g.typeLine(ana, desk, "/help"); err != nil {
				t.Fatal(err)
			}
			g.await(t, "a word", func() bool { return contains(g.seen(ana), "Done.") })
			if err := g.typeLine(ana, desk, "/seller onboard"); err != nil {
				t.Fatal(err)
			}
			g.await(t, "a way to the form", func() bool { _, _, err := g.button(ana, "Fill in"); return err == nil })
			if err := g.press(ana, "Fill in"); err != nil {
				t.Fatal(err)
			}
			if _, open := g.server.Modal(ana); !open {
				t.Error("the form did not open")
			}
		})
	}
}

// TestAnAnswerWhoseTokenIsDeadComesByDirectMessage answers when Discord has forgotten the question.
func TestAnAnswerWhoseTokenIsDeadComesByDirectMessage(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overGateway, func(o *sandbox.Options, _ *Config) { o.Windows.Answer = 50 * time.Millisecond })
	c := &clerk{answer: func(bot.Request) bot.Reply {
		time.Sleep(200 * time.Millisecond)
		return bot.Say("It was done all the same.")
	}}
	g.open(t, c.take)
	if err := g.typeLine(ana, desk, "/seller list"); err == nil {
		t.Fatal("answered in time")
	}
	g.await(t, "a direct message", func() bool { return contains(g.posted2(g.server.Talk(ana)), "It was done all the same.") })
}

// TestAPersonIsOneIdentityEverywhere writes in the server and in direct messages.
func TestAPersonIsOneIdentityEverywhere(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overGateway, func(_ *sandbox.Options, c *Config) { c.Roles = map[string]agency.Role{payRole: agency.Finance} })
	c := &clerk{answer: func(bot.Request) bot.Reply { return bot.Say("Hello.") }}
	g.open(t, c.take)
	g.server.Grant(ana, payRole)
	if err := g.typeLine(ana, desk, "/help"); err != nil {
		t.Fatal(err)
	}
	here := c.last(bot.Typed)
	if err := g.typeLine(ana, g.server.Talk(ana), "/help"); err != nil {
		t.Fatal(err)
	}
	there := c.last(bot.Typed)
	want := agency.Identity{Platform: agency.Discord, Workspace: bottest.Guild, User: ana}
	if here.From != want || there.From != want || here.Channel.Channel == there.Channel.Channel || there.Channel.Workspace != bottest.Guild {
		t.Errorf("%v in %v, then %v in %v", here.From, here.Channel, there.From, there.Channel)
	}
	if len(here.Granted) != 1 || here.Granted[0] != agency.Finance || len(there.Granted) != 0 {
		t.Errorf("granted %v in the server and %v outside", here.Granted, there.Granted)
	}
	g.server.Revoke(ana, payRole)
	if err := g.typeLine(ana, desk, "/help"); err != nil {
		t.Fatal(err)
	}
	if r := c.last(bot.Typed); len(r.Granted) != 0 {
		t.Errorf("still granted %v", r.Granted)
	}
}

// TestAPictureRidesOnAnAnswer answers with a chart, which needs a file.
func TestAPictureRidesOnAnAnswer(t *testing.T) {
	t.Parallel()
	for _, how := range []mode{overHTTP, overGateway} {
		g := newGuild(t, how, nil)
		var m bot.Message
		for _, c := range bottest.Messages(agency.Discord) {
			if c.Name == "weekly_digest" {
				m = c.Message
			}
		}
		c := &clerk{answer: func(bot.Request) bot.Reply { return bot.Tell(m) }}
		g.open(t, c.take)
		if err := g.typeLine(ana, desk, "/seller list"); err != nil {
			t.Fatal(err)
		}
		g.await(t, "the picture", func() bool {
			for _, m := range g.private(ana) {
				if len(m.Attachments) == 1 && strings.Contains(m.Attachments[0].Description, "Mon 10100.50") {
					return true
				}
			}
			return false
		})
	}
}

// TestWhatWasTakenIsAnsweredBeforeTheDeskStops stops the desk while somebody waits.
func TestWhatWasTakenIsAnsweredBeforeTheDeskStops(t *testing.T) {
	t.Parallel()
	for _, how := range []mode{overHTTP, overGateway} {
		t.Run(string(how), func(t *testing.T) {
			t.Parallel()
			g := newGuild(t, how, nil)
			ctx, stop := context.WithCancel(t.Context())
			begun, ended := make(chan bool, 1), make(chan error, 1)
			go func() {
				ended <- g.Run(ctx, func(ctx context.Context, _ bot.Request) bot.Reply {
					begun <- true
					time.Sleep(200 * time.Millisecond)
					if ctx.Err() != nil {
						return bot.Say("Cut off.")
					}
					return bot.Say("Done all the same.")
				})
			}()
			g.ready(t)
			typed := make(chan error, 1)
			go func() { typed <- g.typeLine(ana, desk, "/seller list") }()
			<-begun
			stop()
			if err := <-typed; err != nil {
				t.Errorf("typing: %v", err)
			}
			if err := <-ended; err != nil {
				t.Errorf("ended with %v", err)
			}
			if !contains(g.seen(ana), "Done all the same.") || g.Ready() == nil {
				t.Errorf("saw %q, ready: %v", g.seen(ana), g.Ready())
			}
		})
	}
}

// TestNoSecretIsLogged makes everything fail and reads the log.
func TestNoSecretIsLogged(t *testing.T) {
	t.Parallel()
	for _, how := range []mode{overHTTP, overGateway} {
		g := newGuild(t, how, func(o *sandbox.Options, c *Config) { o.BotToken, c.BotToken = "very-secret-token", "very-secret-token" })
		var failing atomic.Bool
		var tokens atomic.Value
		tokens.Store("nothing yet")
		g.server.Fault = func(route, _ string) sandbox.Fault {
			if failing.Load() && !strings.Contains(route, "gateway") {
				return sandbox.Fault{Kind: sandbox.FaultKind(4 + time.Now().Nanosecond()%4)}
			}
			return sandbox.Fault{}
		}
		g.open(t, func(_ context.Context, r bot.Request) bot.Reply {
			tokens.Store(r.ReplyTo)
			return bot.TellAll(bot.Sentence("x"))
		})
		failing.Store(true)
		for range 3 {
			_ = g.typeLine(ana, desk, "/seller list")
			_, _ = g.Post(t.Context(), bot.Delivery{To: to(desk), Message: bot.Sentence("x")})
		}
		text := g.log.String()
		if len(text) == 0 {
			t.Error("nothing was logged at all")
		}
		for _, secret := range []string{"very-secret-token", tokens.Load().(string), "/webhooks/", "/callback"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: the log holds %q:\n%s", how, secret, text)
			}
		}
	}
}
