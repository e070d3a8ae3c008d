package discord

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/policy"
	"liaison/bot"
	"liaison/bot/bottest"
	sandbox "liaison/bot/sandbox/discord"
	"liaison/store"
	"liaison/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// unwritable are records that can be read, and from some moment on not written.
type unwritable struct {
	*shelf
	full bool
}

func (u *unwritable) KeepDraft(ctx context.Context, key, data string, until agency.Instant) error {
	if u.full {
		return errors.New("disk full")
	}
	return u.shelf.KeepDraft(ctx, key, data, until)
}

func shopForm() bot.Form {
	return bot.Form{Command: "seller onboard", Title: "Onboard", Fields: []bot.Field{{Name: "shop", Label: "Shop", Kind: bot.Paragraph}}}
}

// TestAFormIsRefusedInTheDesksOwnWordsWhileNothingCanBeWritten: and what was written into it is not lost, though the modal has closed.
func TestAFormIsRefusedInTheDesksOwnWordsWhileNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	u := &unwritable{shelf: &shelf{}}
	g := newGuild(t, overHTTP, func(_ *sandbox.Options, c *Config) { c.Drafts = u })
	c := &clerk{answer: func(r bot.Request) bot.Reply {
		if r.Kind != bot.Sent {
			return bot.Open(shopForm())
		}
		reply := bot.Say("The records do not answer right now. Nothing was changed; try again in a minute (reference REF123).")
		reply.Refused = agency.CodeUnavailable
		return reply
	}}
	g.open(t, c.take)
	if err := g.typeLine(ana, desk, "/seller onboard"); err != nil {
		t.Fatal(err)
	}
	u.full = true
	if err := g.server.Submit(ana, sandbox.Fill{"shop": {"Five hundred characters."}}); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"REF123", "Five hundred characters."} {
		if !contains(g.seen(ana), words) {
			t.Errorf("%q is not in %q", words, g.seen(ana))
		}
	}
}

// TestAFormThatCannotBeReadGivesBackWhatWasWritten: the records do not answer at all.
func TestAFormThatCannotBeReadGivesBackWhatWasWritten(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, nil)
	g.open(t, func(context.Context, bot.Request) bot.Reply { return bot.Open(shopForm()) })
	if err := g.typeLine(ana, desk, "/seller onboard"); err != nil {
		t.Fatal(err)
	}
	g.drafts.mu.Lock()
	g.drafts.fail = errors.New("the connection was reset")
	g.drafts.mu.Unlock()
	if err := g.server.Submit(ana, sandbox.Fill{"shop": {"Five hundred characters."}}); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"nothing was changed", "(reference ", "Five hundred characters."} {
		if !contains(g.seen(ana), words) {
			t.Errorf("%q is not in %q", words, g.seen(ana))
		}
	}
}

// TestAnAnswerIsShownWhileItsButtonsCannotBeKept: /status only reads, and a bad day is when it is asked for.
func TestAnAnswerIsShownWhileItsButtonsCannotBeKept(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, nil)
	g.open(t, func(context.Context, bot.Request) bot.Reply {
		return bot.Tell(bot.Message{Summary: "status", Parts: []bot.Part{bot.Para(bot.T("1 message could not be posted")), bot.Actions(
			bot.Button{Label: "Forget", Command: "status drop", Value: "12 @3", Confirm: &bot.Confirm{Title: "Forget this message?", Text: "It is never posted.", Yes: "Forget", No: "Keep"}})}})
	})
	g.drafts.mu.Lock()
	g.drafts.fail = errors.New("disk full")
	g.drafts.mu.Unlock()
	if err := g.typeLine(ana, desk, "/seller list"); err != nil {
		t.Fatal(err)
	}
	if !contains(g.seen(ana), "1 message could not be posted") {
		t.Errorf("saw %q", g.seen(ana))
	}
}

// TestAFormIsKeptWhenTheRecordsWereSlow holds the writer while a form is sent: the person is told with a reference, and what was
// written waits behind a button.
func TestAFormIsKeptWhenTheRecordsWereSlow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		g := newGuild(t, overHTTP, func(_ *sandbox.Options, c *Config) { c.Drafts = s })
		book, err := policy.Load()
		if err != nil {
			t.Fatal(err)
		}
		boss := agency.Identity{Platform: agency.Discord, Workspace: bottest.Guild, User: ana}
		r := &bot.Router{Agency: &agency.Agency{Store: s, Rules: book, Now: time.Now, Settings: agency.Settings{Admins: []agency.Identity{boss}}},
			Log: slog.New(slog.DiscardHandler), NewRef: func() string { return "REF123" },
			Commands: []bot.Command{{Name: "seller onboard", Run: func(*bot.Turn) (bot.Reply, error) { return bot.Open(shopForm()), nil },
				Submit: func(*bot.Turn) (bot.Reply, error) { return bot.Say("Done."), nil }}}}
		g.open(t, r.Take)
		if err := g.typeLine(ana, desk, "/seller onboard"); err != nil {
			t.Fatal(err)
		}
		held, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		go func() {
			ended <- s.Write(context.Background(), func(agency.Tx) error { close(held); <-release; return nil })
		}()
		<-held
		if err := g.server.Submit(ana, sandbox.Fill{"shop": {"Five hundred characters."}}); err != nil {
			t.Error(err)
		}
		close(release)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		g.await(t, "the refusal", func() bool { return contains(g.seen(ana), "REF123") })
		if _, _, err := g.button(ana, "Correct"); err != nil {
			t.Errorf("what was written is gone: %v", err)
		}
	})
}
