package discord

import (
	"context"
	"strings"
	"sync"
	"testing"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
	sandbox "liaison/bot/sandbox/discord"
)

// clerk answers as a test says and remembers what it was asked.
type clerk struct {
	mu     sync.Mutex
	taken  []bot.Request
	answer func(bot.Request) bot.Reply
}

func (c *clerk) take(_ context.Context, r bot.Request) bot.Reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken = append(c.taken, r)
	return c.answer(r)
}

func (c *clerk) last(kind bot.Kind) bot.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.taken) - 1; i >= 0; i-- {
		if c.taken[i].Kind == kind {
			return c.taken[i]
		}
	}
	return bot.Request{}
}

func (c *clerk) all(kind bot.Kind) (list []bot.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.taken {
		if r.Kind == kind {
			list = append(list, r)
		}
	}
	return list
}

func onboarding(r bot.Request) bot.Reply {
	switch r.Kind {
	case bot.Asked:
		if strings.Contains(r.Query, "friday") {
			return bot.Reply{Options: []bot.Option{{Label: "K-3 Black Friday", Value: "K-3"}, {Label: "K-9 Good Friday", Value: "K-9"}}}
		}
		return bot.Reply{}
	case bot.Sent:
		return bot.Say("Onboarded.")
	}
	return bot.Open(bottest.OnboardForm())
}

// TestAFormSurvivesARestart fills the first step in, stops the desk, and goes on with another process.
func TestAFormSurvivesARestart(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overGateway, nil)
	c := &clerk{answer: onboarding}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx, c.take) }()
	g.ready(t)
	if err := g.typeLine(ana, desk, "/seller onboard"); err != nil {
		t.Fatal(err)
	}
	if err := g.server.Submit(ana, sandbox.Fill{"shop": {"Glow @everyone"}, "formats": {"photo"}}); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	cfg := g.cfg
	again, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	g.Platform = again
	g.open(t, c.take)
	if err := g.press(ana, "Go on (2/2)"); err != nil {
		t.Fatal(err)
	}
	if err := g.server.Submit(ana, sandbox.Fill{"owner": {kofi}, "start": {"2026-12-01"}, "campaign": {"k-3 black friday"}}); err != nil {
		t.Fatal(err)
	}
	r := c.last(bot.Sent)
	if r.Command != "seller onboard" || r.Text != "S-12" || r.Value("shop") != "Glow @everyone" || r.Value("owner") != kofi || r.Names[kofi] != "Kofi Mensah" ||
		r.Value("start") != "2026-12-01" || r.Value("campaign") != "K-3" || strings.Join(r.Fields["formats"], ",") != "photo" || r.Value("region") != "GB" {
		t.Errorf("sent as %+v", r)
	}
	if n := len(g.private(ana)); n != 1 || !contains(g.seen(ana), "Onboarded.") { // one message led through the form and ends with its answer
		t.Errorf("%d messages: %q", n, g.seen(ana))
	}
}

// TestASearchAsksWhichOneIsMeant looks for words that several things answer to, and for some that nothing does.
func TestASearchAsksWhichOneIsMeant(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, nil)
	c := &clerk{answer: onboarding}
	g.open(t, c.take)
	if err := g.typeLine(ana, desk, "/seller onboard"); err != nil {
		t.Fatal(err)
	}
	fill := map[string][]string{"owner": {ana}, "campaign": {"nothing such"}}
	errs, err := g.submit(ana, bottest.OnboardForm(), fill)
	if err != nil || !strings.Contains(errs["campaign"], "nothing such") {
		t.Fatalf("%v, %v", errs, err)
	}
	fill["campaign"] = []string{"friday"}
	if _, err := g.submit(ana, bottest.OnboardForm(), fill); err != nil {
		t.Fatal(err)
	}
	if r := c.last(bot.Asked); r.Field != "campaign" || r.Query != "friday" || r.Command != "seller onboard" || r.Text != "S-12" {
		t.Errorf("asked as %+v", r)
	}
	if r := c.last(bot.Sent); r.Command != "" {
		t.Fatalf("sent before it was known what is meant: %+v", r)
	}
	step := g.private(ana)[len(g.private(ana))-1]
	list := ""
	for _, id := range step.CustomIDs() {
		if strings.HasPrefix(id, findPrefix) {
			list = id
		}
	}
	if err := g.server.Choose(ana, step.ID, list, "K-9"); err != nil {
		t.Fatal(err)
	}
	if r := c.last(bot.Sent); r.Value("campaign") != "K-9" {
		t.Errorf("sent as %+v", r)
	}
}

// TestWhatIsWrongComesBackFilledIn refuses by shape, by field and as a whole.
func TestWhatIsWrongComesBackFilledIn(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, nil)
	refuse := true
	c := &clerk{answer: func(r bot.Request) bot.Reply {
		if r.Kind == bot.Sent && refuse {
			refuse = false
			reply := bot.Say("There are too many sellers. Ask an admin.")
			reply.Refused = agency.CodeConflict
			return reply
		}
		return onboarding(r)
	}}
	g.open(t, c.take)
	if err := g.typeLine(ana, desk, "/seller onboard"); err != nil {
		t.Fatal(err)
	}
	errs, err := g.submit(ana, bottest.OnboardForm(), map[string][]string{"shop": {"First"}, "owner": {ana}, "start": {"tomorrow"}})
	if err != nil || !strings.Contains(errs["start"], "2026-11-23") {
		t.Fatalf("%v, %v", errs, err)
	}
	if err := g.press(ana, "Correct"); err != nil {
		t.Fatal(err)
	}
	form, _ := g.server.Modal(ana)
	for _, f := range form.Fields {
		if f.CustomID == "start" && strings.Join(f.Value, "") != "tomorrow" || f.CustomID == "owner" && strings.Join(f.Value, "") != ana {
			t.Errorf("%s comes back with %q", f.CustomID, f.Value)
		}
	}
	if err := g.server.Submit(ana, sandbox.Fill{"start": {"2026-12-24"}}); err != nil {
		t.Fatal(err)
	}
	if !contains(g.seen(ana), "There are too many sellers.") {
		t.Errorf("saw %q", g.seen(ana))
	}
	if err := g.press(ana, "Correct"); err != nil {
		t.Fatal(err)
	}
	if form, _ := g.server.Modal(ana); len(form.Fields) == 0 || strings.Join(form.Fields[0].Value, "") != "First" {
		t.Errorf("comes back as %+v", form)
	}
	if err := g.server.Submit(ana, sandbox.Fill{}); err != nil || !contains(g.seen(ana), "Onboarded.") {
		t.Errorf("%v, saw %q", err, g.seen(ana))
	}
	if r := c.last(bot.Sent); r.Value("shop") != "First" || r.Value("start") != "2026-12-24" {
		t.Errorf("sent as %+v", r)
	}
}

func TestAFormBelongsToWhoOpenedItAndExpires(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, nil)
	c := &clerk{answer: onboarding}
	g.open(t, c.take)
	if err := g.typeLine(ana, desk, "/seller onboard"); err != nil {
		t.Fatal(err)
	}
	form, _ := g.server.Modal(ana)
	key := strings.Split(form.CustomID, "|")[1]
	if a := g.step(t.Context(), incoming{customID: formPrefix + key + "|0", surface: onForm, hasModal: true, Request: bot.Request{From: agency.Identity{User: kofi}, Channel: to(desk)}}, c.take); a.modal != nil {
		t.Error("somebody else opened it")
	}
	g.drafts.mu.Lock()
	clear(g.drafts.kept)
	g.drafts.mu.Unlock()
	if err := g.server.Submit(ana, sandbox.Fill{"shop": {"Late"}}); err != nil {
		t.Fatal(err)
	}
	if !contains(g.seen(ana), "This form has expired.") || c.last(bot.Sent).Command != "" {
		t.Errorf("saw %q", g.seen(ana))
	}
}

// TestLongListsAreSearchedOrComeInParts renders the edges of the fixture.
func TestLongListsAreSearchedOrComeInParts(t *testing.T) {
	t.Parallel()
	var many bot.Form
	for _, f := range bottest.Forms() {
		if f.Name == "form_edges" {
			many = f.Form
		}
	}
	for i := range many.Fields {
		if many.Fields[i].Name == "some" {
			for len(many.Fields[i].Options) < 60 {
				o := many.Fields[i].Options[0]
				o.Value += "x" + string(rune('A'+len(many.Fields[i].Options)))
				many.Fields[i].Options = append(many.Fields[i].Options, o)
			}
		}
	}
	d := draft{Form: many}
	all, err := d.steps(where())
	if err != nil {
		t.Fatal(err)
	}
	lists, options := 0, 0
	for i := range all {
		m, err := d.modal("k", i, where())
		if err != nil {
			t.Fatal(err)
		}
		walk(m.Components, func(c component) {
			if strings.HasPrefix(c.CustomID, "some") {
				lists++
				options += len(c.Options)
			}
			if c.CustomID == "many" && c.Type != kindInput {
				t.Error("120 options are in one list")
			}
		})
	}
	if lists != 3 || options != 60 {
		t.Errorf("%d options in %d lists", options, lists)
	}
	fields := map[string][]string{}
	entered([]wireInput{{Component: &wireInput{CustomID: "some", Values: []string{"a"}}}, {Component: &wireInput{CustomID: "some#1", Values: []string{"b", "c"}}}}, fields)
	if strings.Join(fields["some"], "") != "abc" {
		t.Errorf("read as %v", fields)
	}
}
