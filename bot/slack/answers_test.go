package slack

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
	"liaison/bot/sandbox"
)

func TestASlowAnswerIsAcknowledgedInTimeAndDeliveredAfterwards(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, how mode) {
		o := newOffice(t, how, nil)
		o.guard = 50 * time.Millisecond
		acknowledged := make(chan struct{})
		o.open(t, func(context.Context, bot.Request) bot.Reply {
			select { // the answer is ready only when the command was acknowledged without it
			case <-acknowledged:
				return bot.Say("Late, but here.")
			case <-time.After(30 * time.Second):
				return bot.Say("Nothing was acknowledged.")
			}
		})
		if err := o.space.Command("U0ANA", "C0DESK", "/seller list"); err != nil {
			t.Fatal(err)
		}
		o.await(t, "a word of doubt", func() bool { return contains(o.seen("U0ANA"), "not certain yet that it was done") })
		close(acknowledged)
		o.await(t, "the answer", func() bool { return contains(o.seen("U0ANA"), "Late, but here.") })
	})
}

// A press has an acknowledgement without words: the doubt is whispered, and what became of it comes after it.
func TestASlowPressIsToldThatItIsNotCertainAndThenWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, how mode) {
		o := newOffice(t, how, nil)
		o.open(t, func(_ context.Context, r bot.Request) bot.Reply {
			if r.Kind == bot.Pressed {
				time.Sleep(300 * time.Millisecond)
				return bot.Reply{} // the card shows it
			}
			return bot.Tell(bot.Message{Summary: "card", Parts: []bot.Part{bot.Actions(bot.Button{Label: "Tick", Command: "seller tick", Value: "S-1 bank"})}})
		})
		if err := o.space.Command("U0ANA", "C0DESK", "/seller list"); err != nil {
			t.Fatal(err)
		}
		o.await(t, "the card", func() bool { return len(o.seen("U0ANA")) > 0 })
		o.mu.Lock()
		o.guard = 50 * time.Millisecond
		o.mu.Unlock()
		if err := o.space.Press("U0ANA", sandbox.Press{Channel: "C0DESK", TS: o.space.Ephemerals("U0ANA")[0].TS, Text: "Tick"}); err != nil {
			t.Fatal(err)
		}
		o.await(t, "what became of it", func() bool { return contains(o.seen("U0ANA"), "It was done.") })
		seen := o.seen("U0ANA")
		doubt := slices.IndexFunc(seen, func(s string) bool { return strings.Contains(s, "not certain yet that it was done") })
		if doubt < 0 || !strings.Contains(seen[len(seen)-1], "It was done.") || !strings.Contains(seen[doubt], "(reference ") {
			t.Errorf("saw %q", seen)
		}
	})
}

func TestASlowSubmissionKeepsTheFormOpenUntilItIsKnown(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, how mode) {
		o := newOffice(t, how, nil)
		o.guard = 50 * time.Millisecond
		o.open(t, func(_ context.Context, r bot.Request) bot.Reply {
			if r.Kind == bot.Typed {
				return bot.Open(bot.Form{Command: "seller onboard", Title: "Onboard", Fields: []bot.Field{{Name: "shop", Label: "Shop"}}})
			}
			time.Sleep(300 * time.Millisecond)
			return bot.Reply{Errors: map[string]string{"shop": "That was wrong."}}
		})
		if err := o.space.Command("U0ANA", "C0DESK", "/seller onboard"); err != nil {
			t.Fatal(err)
		}
		o.await(t, "the form", func() bool { _, ok := o.top("U0ANA"); return ok })
		v, _ := o.top("U0ANA")
		if errs, err := o.space.Submit("U0ANA", v.ID, sandbox.Fill{"shop": {"Glow"}}); err != nil || len(errs) > 0 {
			t.Fatal(errs, err)
		}
		if v, ok := o.top("U0ANA"); !ok || !strings.Contains(v.Shown(), "not certain yet") {
			t.Errorf("the form shows %q", v.Shown())
		}
		o.await(t, "the verdict", func() bool { v, _ := o.top("U0ANA"); return strings.Contains(v.Shown(), "That was wrong.") })
	})
}

// TestAnswersComeWhereThePersonIsLooking walks through the places from which something can be pressed.
func TestAnswersComeWhereThePersonIsLooking(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, how mode) {
		o := newOffice(t, how, nil)
		deeper := bot.Actions(bot.Button{Label: "Deeper", Command: "seller step", Value: "more"}, bot.Button{Label: "Tell", Command: "seller list", Value: "tell"},
			bot.Button{Label: "Replace", Command: "seller list", Value: "replace"})
		o.open(t, func(_ context.Context, r bot.Request) bot.Reply {
			switch {
			case r.Kind == bot.CameHome:
				return bot.Reply{Home: &bot.Message{Summary: "home", Parts: []bot.Part{bot.Para(bot.T("zone %s of %s", r.Zone, r.FromName)), deeper}}}
			case r.Text == "more":
				return bot.Open(bot.Form{Command: "seller step", Title: "Step", Intro: []bot.Part{bot.Para(bot.T("from %s", r.FormID)), deeper}})
			case r.Text == "replace":
				return bot.Reply{Message: &bot.Message{Summary: "Replaced."}, Replace: true}
			case r.Kind == bot.Sent:
				return bot.Say("Sent.")
			}
			return bot.Say("Told.")
		})
		press := func(view sandbox.View, label string) {
			t.Helper()
			if err := o.space.Press("U0ANA", sandbox.Press{ViewID: view.ID, Text: label}); err != nil {
				t.Fatal(err)
			}
		}
		depth := func(n int) func() bool { return func() bool { return len(o.space.Views("U0ANA")) == n } }
		if err := o.space.OpenHome("U0ANA"); err != nil {
			t.Fatal(err)
		}
		o.await(t, "home", func() bool {
			v, _ := o.space.Home("U0ANA")
			return strings.Contains(v.Shown(), "zone America/Sao_Paulo of ana")
		})
		v, _ := o.space.Home("U0ANA")
		press(v, "Tell")
		o.await(t, "a modal with the answer", func() bool { v, _ := o.top("U0ANA"); return strings.Contains(v.Shown(), "Told.") })
		v, _ = o.top("U0ANA")
		if err := o.space.CloseView("U0ANA", v.ID, true); err != nil {
			t.Fatal(err)
		}
		v, _ = o.space.Home("U0ANA")
		for n := 1; n <= 3; n++ {
			press(v, "Deeper")
			o.await(t, "another modal on top", depth(n))
			v, _ = o.top("U0ANA")
		}
		press(v, "Deeper") // a fourth goes in place of the third
		o.await(t, "the third in its place", func() bool { w, _ := o.top("U0ANA"); return strings.Contains(w.Shown(), "from "+v.ID) })
		if n := len(o.space.Views("U0ANA")); n != 3 {
			t.Errorf("%d modals", n)
		}
		press(v, "Replace")
		o.await(t, "the answer in place", func() bool { w, _ := o.top("U0ANA"); return strings.Contains(w.Shown(), "Replaced.") })
	})
}

func TestAPrivateAnswerIsReplacedButACardNever(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, how mode) {
		o := newOffice(t, how, nil)
		o.open(t, func(_ context.Context, r bot.Request) bot.Reply {
			if r.Kind == bot.Typed {
				return bot.Tell(bot.Message{Summary: "Pick", Parts: []bot.Part{bot.Para(bot.T("Pick")), bot.Actions(bot.Button{Label: "Next", Command: "seller list", Value: "2"})}})
			}
			return bot.Reply{Message: &bot.Message{Summary: "Page two."}, Replace: true}
		})
		if err := o.space.Command("U0ANA", "C0DESK", "/seller list"); err != nil {
			t.Fatal(err)
		}
		o.await(t, "the list", func() bool { return len(o.space.Ephemerals("U0ANA")) == 1 })
		if err := o.space.Press("U0ANA", sandbox.Press{Channel: "C0DESK", TS: o.space.Ephemerals("U0ANA")[0].TS, Text: "Next"}); err != nil {
			t.Fatal(err)
		}
		o.await(t, "its second page", func() bool { return contains(o.seen("U0ANA"), "Page two.") })
		if n := len(o.space.Ephemerals("U0ANA")); n != 1 {
			t.Errorf("%d private messages", n)
		}
		id, err := o.Post(t.Context(), bot.Delivery{To: agency.Address{Platform: agency.Slack, Workspace: bottest.Workspace, Channel: "C0DESK"}, Kind: "k", RowID: 1,
			Message: bot.Message{Summary: "Card", Parts: []bot.Part{bot.Para(bot.T("Card")), bot.Actions(bot.Button{Label: "Next", Command: "seller list", Value: "2"})}}})
		if err != nil {
			t.Fatal(err)
		}
		_, ts := splitMessageID(id, "")
		if err := o.space.Press("U0ANA", sandbox.Press{Channel: "C0DESK", TS: ts, Text: "Next"}); err != nil {
			t.Fatal(err)
		}
		o.await(t, "a private answer", func() bool { return len(o.space.Ephemerals("U0ANA")) == 2 })
		if !contains(o.posted("C0DESK"), "Card") {
			t.Error("the card is gone")
		}
	})
}

func TestLongAnswersGoOnInFurtherPrivateMessages(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, how mode) {
		o := newOffice(t, how, nil)
		o.open(t, func(_ context.Context, r bot.Request) bot.Reply {
			m := bot.Message{Summary: "Long"}
			for i := range 300 {
				m.Parts = append(m.Parts, bot.Para(bot.T("paragraph %d%s", i, strings.Repeat(" word", 20))))
			}
			return bot.Reply{Message: &m, Public: r.Text == "all"}
		})
		if err := o.space.Command("U0ANA", "C0DESK", "/seller list"); err != nil {
			t.Fatal(err)
		}
		o.await(t, "the pages", func() bool { return len(o.space.Ephemerals("U0ANA")) == 4 })
		all := o.seen("U0ANA")
		if !contains(all[:1], "paragraph 0 ") || !contains(all, "paragraph 60 ") || !contains(all[3:], "further messages are left out") {
			t.Errorf("the last page says %q", all[3])
		}
	})
}

func TestARefusalLeavesTheFormAsItWasFilled(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, how mode) {
		o := newOffice(t, how, nil)
		o.open(t, func(_ context.Context, r bot.Request) bot.Reply {
			if r.Kind == bot.Typed {
				return bot.Open(bottest.OnboardForm())
			}
			reply := bot.Say("There is a seller of that name.")
			reply.Refused = agency.CodeConflict
			return reply
		})
		if err := o.space.Command("U0ANA", "C0DESK", "/seller onboard"); err != nil {
			t.Fatal(err)
		}
		o.await(t, "the form", func() bool { _, ok := o.top("U0ANA"); return ok })
		v, _ := o.top("U0ANA")
		errs, err := o.space.Submit("U0ANA", v.ID, sandbox.Fill{"shop": {"Glow"}})
		if err != nil || errs["shop"] != "There is a seller of that name." {
			t.Errorf("%v, %v", errs, err)
		}
		if _, open := o.top("U0ANA"); !open {
			t.Error("the form is closed and what was typed is gone")
		}
	})
}

func TestAnAnswerFindsAnotherWayWhereTheFirstIsClosed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   incoming
		want func(o *office) []string
	}{
		"no response address, in a channel": {
			incoming{surface: onMessage, Request: bot.Request{Channel: agency.Address{Channel: "C0DESK"}}},
			func(o *office) []string { return o.seen("U0ANA") },
		},
		"a response address that is not Slack's": {
			incoming{surface: onMessage, Request: bot.Request{ReplyTo: "https://evil.example/x", Channel: agency.Address{Channel: "C0DESK"}}},
			func(o *office) []string { return o.seen("U0ANA") },
		},
		"a channel where nothing can be posted": {
			incoming{surface: onMessage, Request: bot.Request{Channel: agency.Address{Channel: "C0SHUT"}}},
			func(o *office) []string { return o.posted(o.space.DM("U0ANA")) },
		},
		"nowhere at all": {
			incoming{surface: onHome}, func(o *office) []string { return o.posted(o.space.DM("U0ANA")) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, overSocket, nil)
			o.open(t, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
			c.in.From.User = "U0ANA"
			if err := o.tell(t.Context(), c.in, bot.Say("Found you."), true); err != nil {
				t.Fatal(err)
			}
			if !contains(c.want(o), "Found you.") {
				t.Error("it did not arrive")
			}
		})
	}
}

// TestAPublicAnswerOfWhichNothingWasHeardIsNotSaidAgain: it may stand in the channel already. A private one is said another way.
func TestAPublicAnswerOfWhichNothingWasHeardIsNotSaidAgain(t *testing.T) {
	t.Parallel()
	for _, public := range []bool{true, false} {
		o := newOffice(t, overSocket, nil)
		o.guard = 20 * time.Millisecond
		var lost atomic.Int32
		o.space.Fault = func(method, _ string) sandbox.Fault {
			if method != "response_url" {
				return sandbox.Fault{}
			}
			lost.Add(1)
			return sandbox.Fault{Kind: sandbox.FaultResetAfter}
		}
		o.open(t, func(context.Context, bot.Request) bot.Reply {
			time.Sleep(100 * time.Millisecond) // so that it comes later, by response_url
			r := bot.Say("Found you.")
			r.Public = public
			return r
		})
		if err := o.space.Command("U0ANA", "C0DESK", "/seller list"); err != nil {
			t.Fatal(err)
		}
		said := func() (n int) {
			for _, text := range append(o.posted("C0DESK"), o.seen("U0ANA")...) {
				n += strings.Count(text, "Found you.")
			}
			return n
		}
		want := 1
		if !public {
			want = 2
		}
		o.await(t, "the answer", func() bool { return said() >= want })
		time.Sleep(200 * time.Millisecond) // whoever says it once more does so at once
		if n := said(); public && n != want || lost.Load() != 1 {
			t.Errorf("public %v: it stands %d times after %d lost answers", public, n, lost.Load())
		}
	}
}
