package discord

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"liaison/bot"
	sandbox "liaison/bot/sandbox/discord"
)

// quick shortens what the gateway waits for.
func quick(o *sandbox.Options, c *Config) {
	o.Windows.Heartbeat = 50 * time.Millisecond
	c.Patience = Patience{Open: 500 * time.Millisecond, Silent: time.Second, Pause: 5 * time.Millisecond}
}

func pong(context.Context, bot.Request) bot.Reply { return bot.Say("Pong.") }

// works types commands until one is answered: while a session is renewed Discord itself says that nobody answers.
func (g *guild) works(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := g.typeLine(ana, desk, "/seller list")
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("commands are not answered: %v\n%s", err, g.log)
		}
	}
}

// TestTheGatewayComesBack takes the session through what can happen to it.
func TestTheGatewayComesBack(t *testing.T) {
	t.Parallel()
	for name, weather := range map[string]func(*guild){
		"the connection is cut":                  func(g *guild) { g.server.Cut() },
		"Discord closes":                         func(g *guild) { g.server.CloseWith(4000) },
		"Discord asks to reconnect":              func(g *guild) { g.server.Reconnect() },
		"the session is invalid":                 func(g *guild) { g.server.Invalidate(false) },
		"a reconnect in the place of a greeting": func(g *guild) { g.server.GreetReconnect(2); g.server.Cut() },
		"an invalid session in its place":        func(g *guild) { g.server.GreetInvalid(1); g.server.Cut() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGuild(t, overGateway, func(o *sandbox.Options, c *Config) {
				quick(o, c)
				o.Windows.Answer = 300 * time.Millisecond
			})
			g.open(t, pong)
			g.works(t)
			weather(g)
			g.works(t)
			g.ready(t)
		})
	}
}

// TestASilentSessionIsGivenUp is the zombie: the connection stands, and nothing comes out of it.
func TestASilentSessionIsGivenUp(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overGateway, quick)
	g.open(t, pong)
	before := g.server.Identifies()
	g.server.Silence(true)
	for deadline := time.Now().Add(20 * time.Second); g.Ready() == nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still ready with a dead session\n%s", g.log)
		}
	}
	g.server.Silence(false)
	g.ready(t)
	g.works(t)
	if g.server.Identifies() == before {
		t.Error("the dead session was not replaced")
	}
}

func TestAnOldSessionIsRenewed(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overGateway, func(o *sandbox.Options, c *Config) { quick(o, c); c.Patience.Age = 300 * time.Millisecond })
	g.open(t, pong)
	g.await(t, "a renewal", func() bool { return strings.Contains(g.log.String(), "the connection is old") })
	g.works(t)
}

func TestATokenThatDiscordRefusesEndsTheDesk(t *testing.T) {
	t.Parallel()
	for _, how := range []mode{overHTTP, overGateway} {
		g := newGuild(t, how, func(_ *sandbox.Options, c *Config) { c.BotToken = "wrong-and-secret" })
		err := g.Run(t.Context(), pong)
		if err == nil || !strings.Contains(err.Error(), "DISCORD_BOT_TOKEN") {
			t.Errorf("%s: ended with %v", how, err)
		}
		if strings.Contains(g.log.String(), "wrong-and-secret") {
			t.Error("the token is in the log")
		}
	}
}

// puts counts how often the list of commands was written.
func puts(g *guild) int {
	n := 0
	for _, r := range g.server.Requests() {
		if r.Method == http.MethodPut && strings.HasSuffix(r.Path, "/commands") {
			n++
		}
	}
	return n
}

// TestCommandsAreWrittenOnlyWhenTheyDiffer starts the desk again and again on one application.
func TestCommandsAreWrittenOnlyWhenTheyDiffer(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, nil)
	run := func(bend func(*Config)) {
		t.Helper()
		cfg := g.cfg
		bend(&cfg)
		p, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.register(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for i, step := range []struct {
		bend func(*Config)
		want int // times written by then
	}{
		{func(*Config) {}, 1},
		{func(*Config) {}, 1},
		{func(c *Config) { c.Commands = slices.Clone(c.Commands); c.Commands[0].Summary = "something else" }, 2},
		{func(*Config) {}, 3},
		{func(c *Config) { c.GuildCommands = true }, 5}, // the server's list is written, that of all servers emptied
		{func(c *Config) { c.GuildCommands = true }, 5},
	} {
		run(step.bend)
		if n := puts(g); n != step.want {
			t.Fatalf("step %d: written %d times, want %d", i, n, step.want)
		}
	}
}

// TestTypedOptionsBecomeTheLine fills options in and looks at what the desk is asked.
func TestTypedOptionsBecomeTheLine(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overGateway, func(o *sandbox.Options, _ *Config) { o.Guild.OwnerID = ana }) // the owner is offered every command
	var got atomic.Value
	g.open(t, func(_ context.Context, r bot.Request) bot.Reply {
		got.Store(r)
		if r.Kind == bot.Asked {
			return bot.Reply{Options: []bot.Option{{Label: "S-12 Glow " + r.Query, Value: "S-12", Detail: "US"}, {Label: "x", Value: strings.Repeat("x", 101)}}}
		}
		return bot.Say("Done.")
	})
	for _, c := range []struct {
		line   string
		values sandbox.Values
		name   string
		text   string
	}{
		{"/team grant", sandbox.Values{"person": kofi, "role": "finance"}, "team grant", `"<@` + kofi + `|Kofi Mensah>" finance`},
		{"/payout deny", sandbox.Values{"run": "P-7", "reason": "wrong cutoff"}, "payout deny", "P-7 wrong cutoff"},
		{"/seller list", sandbox.Values{"stage": "setup"}, "seller list", "stage=setup"},
		{"/help", sandbox.Values{"text": "seller"}, "help", "seller"},
		{"/help", nil, "help", ""},
	} {
		if err := g.server.Command(ana, desk, c.line, c.values); err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		r := got.Load().(bot.Request)
		if r.Command != c.name || r.Text != c.text || r.Kind != bot.Typed {
			t.Errorf("%s: taken as %q %q", c.line, r.Command, r.Text)
		}
		if word, _, _ := strings.Cut(c.text, " "); c.name == "team grant" && word != "" {
			turn := bot.Turn{Request: r}
			who, name, err := turn.Person(turn.Args().Word(0))
			if err != nil || who.User != kofi || name != "Kofi Mensah" {
				t.Errorf("the person is %v %q, %v", who, name, err)
			}
		}
	}
	choices, err := g.server.Autocomplete(ana, desk, "/seller tick", sandbox.Values{"seller": "S-12", "step": "ba"}, "step")
	if err != nil || len(choices) != 1 || choices[0].Value != "S-12" || !strings.Contains(choices[0].Name, "ba") {
		t.Errorf("offered %v, %v", choices, err)
	}
	if r := got.Load().(bot.Request); r.Field != "step" || r.Query != "ba" || !strings.HasPrefix(r.Text, "S-12") {
		t.Errorf("asked as %+v", r)
	}
}
