package bot_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"liaison/agency"
	"liaison/bot"
	"liaison/store"
	"liaison/store/storetest"
)

var bob = agency.Identity{Platform: agency.Console, Workspace: "w", User: "bob"}

// tick ticks a step and says by which press.
var tick = bot.Command{Name: "seller tick", Usage: "S-1 bank", About: aboutAStep, Run: func(t *bot.Turn) (bot.Reply, error) {
	ref, code, _ := strings.Cut(t.Text, " ")
	id, err := agency.ParseSellerID(ref)
	if err != nil {
		return bot.Reply{}, err
	}
	_, step, err := t.Desk.ChangeStep(id, code, agency.StepChange{Tick: true})
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("%s is ticked by %s.", step.Code, t.Key), nil
}}

func aboutAStep(t *bot.Turn) (bot.Object, error) {
	ref, code, _ := strings.Cut(t.Text, " ")
	id, err := agency.ParseSellerID(ref)
	if err != nil {
		return bot.Object{}, err
	}
	_, steps, err := t.Desk.Seller(id)
	for _, s := range steps {
		if s.Code == code {
			return bot.Object{Name: id.String(), Version: strconv.FormatInt(s.Version, 10), Card: "card", Ref: id.String()}, nil
		}
	}
	return bot.Object{Version: t.Seen}, err
}

// checklist is a router over a store with a seller whose card is posted, and the button that ticks its first step.
func checklist(t *testing.T, s *store.Store) (r *bot.Router, step agency.Step, press func(who agency.Identity, key string) bot.Request) {
	t.Helper()
	r, _ = router(t, s, onboard, tick)
	if reply := r.Take(t.Context(), typed("k0", "seller onboard Glow")); reply.Refused != "" {
		t.Fatalf("%+v", reply)
	}
	err := r.Agency.Do(t.Context(), ana, func(d *agency.Desk) error {
		if _, err := d.Grant(bob, "Bob", agency.SellerManager); err != nil {
			return err
		}
		_, steps, err := d.Seller(1)
		step = steps[0]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, card("a", "S-1"))
	now := agency.InstantOf(r.Agency.Now())
	list, err := s.ClaimOutgoing(t.Context(), "test", now, now, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if _, err := s.OutgoingSent(t.Context(), d, "m1", now); err != nil {
			t.Fatal(err)
		}
	}
	value := bot.Seen("S-1 "+step.Code, strconv.FormatInt(step.Version, 10))
	return r, step, func(who agency.Identity, key string) bot.Request {
		return bot.Request{Key: key, Kind: bot.Pressed, From: who, Command: "seller tick", Text: value}
	}
}

// ticks is how often the step was changed.
func ticks(t *testing.T, r *bot.Router, step agency.Step) (n int64) {
	t.Helper()
	err := r.Agency.Look(t.Context(), ana, func(d *agency.Desk) error {
		_, steps, err := d.Seller(1)
		n = steps[0].Version - step.Version
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestThePressUnderAnotherIDGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, step, press := checklist(t, s)
		first := r.Take(t.Context(), press(ana, "k1"))
		if first.Refused != "" || !strings.HasSuffix(first.Message.Summary, "by k1.") {
			t.Fatalf("answered %+v", first)
		}
		for _, key := range []string{"k2", "k1", "k3"} {
			if again := r.Take(t.Context(), press(ana, key)); again.Refused != "" || again.Message.Summary != first.Message.Summary {
				t.Errorf("%s is answered %+v, want the first one's answer", key, again)
			}
		}
		if n := ticks(t, r, step); n != 1 {
			t.Errorf("the step was changed %d times", n)
		}
	})
}

func TestThePressUnderManyIDsAtTheSameTimeActsOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, step, press := checklist(t, s)
		var each sync.WaitGroup
		answers := make([]bot.Reply, 12)
		for i := range answers {
			each.Go(func() { answers[i] = r.Take(context.Background(), press(ana, fmt.Sprint("k", i/2+1))) })
		}
		each.Wait()
		for i, a := range answers {
			if a.Refused != "" || a.Message.Summary != answers[0].Message.Summary {
				t.Errorf("press %d is answered %+v, the first %+v", i, a, answers[0])
			}
		}
		if n := ticks(t, r, step); n != 1 {
			t.Errorf("the step was changed %d times", n)
		}
	})
}

func TestSomebodyElsesPressOnAnOldCardIsToldAndTheCardDrawnAnew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, step, press := checklist(t, s)
		r.Take(t.Context(), press(bob, "k1"))
		now := agency.InstantOf(r.Agency.Now())
		for list, err := s.ClaimOutgoing(t.Context(), "test", now, now, 10); len(list) > 0; list, err = s.ClaimOutgoing(t.Context(), "test", now, now, 10) {
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range list {
				if _, err := s.OutgoingSent(t.Context(), d, "m1", now); err != nil {
					t.Fatal(err)
				}
			}
		}
		old := r.Take(t.Context(), press(ana, "k2"))
		if old.Refused != agency.CodeStale || !strings.Contains(old.Message.Summary, "has moved on") || !strings.Contains(old.Message.Summary, "by Bob") {
			t.Errorf("answered %+v, want what happened and by whom", old)
		}
		if n := ticks(t, r, step); n != 1 {
			t.Errorf("the step was changed %d times", n)
		}
		if waiting, _, err := s.OutboxDepth(t.Context()); waiting != 1 || err != nil {
			t.Errorf("%d wait, %v; want the card drawn anew", waiting, err)
		}
		if again := r.Take(t.Context(), press(ana, "k2")); again.Refused != agency.CodeStale {
			t.Errorf("the repeat is answered %+v", again)
		}
	})
}

func TestARefusalDoesNotBlockALaterTry(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, step, press := checklist(t, s)
		joe := agency.Identity{Platform: agency.Console, Workspace: "w", User: "joe"}
		if no := r.Take(t.Context(), press(joe, "k1")); no.Refused != agency.CodeForbidden {
			t.Fatalf("answered %+v", no)
		}
		err := r.Agency.Do(t.Context(), ana, func(d *agency.Desk) error { _, err := d.Grant(joe, "Joe", agency.SellerManager); return err })
		if err != nil {
			t.Fatal(err)
		}
		if yes := r.Take(t.Context(), press(joe, "k2")); yes.Refused != "" {
			t.Errorf("answered %+v by one who may by now", yes)
		}
		if n := ticks(t, r, step); n != 1 {
			t.Errorf("the step was changed %d times", n)
		}
	})
}

// date is a form about a step: sending it dates the step, by the number in the request's key.
var date = bot.Command{Name: "seller due", About: aboutAStep,
	Run: func(t *bot.Turn) (bot.Reply, error) {
		fields := []bot.Field{{Name: "reason", Label: "Why", Kind: bot.Paragraph}, {Name: "state", Label: "It is", Kind: bot.Choice, Value: "done",
			Options: []bot.Option{{Label: "Done", Value: "done"}, {Label: "Open", Value: "open"}}}}
		return bot.Open(bot.Form{Command: "seller due", State: t.Text, Intro: []bot.Part{bot.Para(bot.T("A step."))}, Fields: fields}), nil
	},
	Submit: func(t *bot.Turn) (bot.Reply, error) {
		ref, code, _ := strings.Cut(t.Text, " ")
		id, err := agency.ParseSellerID(ref)
		if err != nil {
			return bot.Reply{}, err
		}
		_, _, err = t.Desk.ChangeStep(id, code, agency.StepChange{Due: agency.Date("2027-01-0" + t.Key[1:])})
		return bot.Say("Dated by %s.", t.Key), err
	}}

func TestAFormAboutWhatHasMovedOnComesAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, step, press := checklist(t, s)
		r.Commands = append(r.Commands, date)
		open := r.Take(t.Context(), bot.Request{Key: "o1", Kind: bot.Pressed, From: ana, Command: "seller due", Text: "S-1 " + step.Code})
		if open.Form == nil || open.Form.State != "S-1 "+step.Code+" @"+strconv.FormatInt(step.Version, 10) {
			t.Fatalf("opened %+v", open.Form)
		}
		send := func(key, state string) bot.Reply {
			return r.Take(t.Context(), bot.Request{Key: key, Kind: bot.Sent, From: ana, Command: "seller due", Text: state,
				Fields: map[string][]string{"reason": {"No\npaper @1"}, "state": {"open"}}})
		}
		r.Take(t.Context(), press(bob, "k1"))
		for _, key := range []string{"s1", "s1", "s2"} { // delivered again, and sent again as it was
			old := send(key, open.Form.State)
			if old.Refused != agency.CodeStale || old.Form == nil || old.Form.State == open.Form.State {
				t.Fatalf("%s is answered %+v", key, old)
			}
			words := fmt.Sprint(old.Form.Intro)
			if !strings.Contains(words, "by Bob") || !strings.Contains(words, "Now: It is: Done") || !strings.Contains(words, "A step.") {
				t.Errorf("%s says %s", key, words)
			}
			if f := old.Form.Fields; f[0].Value != "No\npaper @1" || f[1].Value != "open" {
				t.Errorf("%s comes filled in as %+v", key, f)
			}
			if n := ticks(t, r, step); n != 1 {
				t.Errorf("after %s the step was changed %d times", key, n)
			}
		}
		again := send("s3", send("s1", open.Form.State).Form.State)
		if again.Refused != "" || again.Message == nil || ticks(t, r, step) != 2 {
			t.Errorf("sent once more it is answered %+v, and the step was changed %d times", again, ticks(t, r, step))
		}
		if before := send("s4", "S-1 "+step.Code); before.Refused != "" {
			t.Errorf("a form that was open before forms carried a version is answered %+v", before)
		}
	})
}

// TestAStateThatLooksLikeAVersionIsNotCut sends a form of a command that knows no versions.
func TestAStateThatLooksLikeAVersionIsNotCut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, _, _ := checklist(t, s)
		var got string
		r.Commands = append(r.Commands, bot.Command{Name: "ask", Submit: func(t *bot.Turn) (bot.Reply, error) { got = t.Text; return bot.Reply{}, nil }})
		r.Take(t.Context(), bot.Request{Key: "q1", Kind: bot.Sent, From: ana, Command: "ask", Text: "for @maya"})
		if got != "for @maya" {
			t.Errorf("the form's state arrives as %q", got)
		}
	})
}

func TestForgedVersionsChangeNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, step, press := checklist(t, s)
		code := step.Code
		for i, forged := range []string{
			"S-1 " + code + " @999", "S-1 " + code + " @-1", "S-1 " + code + " @0", "S-1 " + code + " @1e0", "S-1 " + code + " @ 1",
			"S-1 " + code + " @", "@", " @", " @1", "S-1 @1 @1", "S-1 " + code + " @1\n", "S-1 " + code + " @\n1", "S-1 " + code + " @1 @2",
			"S-1 " + code + " @" + strings.Repeat("9", 100_000), "S-1 " + code + " @|seller tick|S-1", "S-1 " + code + " @\x00", "S-1 " + code + " @\xff",
			"S-2 " + code + " @1", "S-1 nothing @1", "'; DROP TABLE presses; -- @1",
		} {
			req := press(bob, fmt.Sprint("f", i))
			req.Text = forged
			if reply := r.Take(t.Context(), req); reply.Refused == "" {
				t.Errorf("%.40q was carried out: %+v", forged, reply)
			}
		}
		if n := ticks(t, r, step); n != 0 {
			t.Errorf("the step was changed %d times", n)
		}
		if yes := r.Take(t.Context(), press(bob, "k1")); yes.Refused != "" {
			t.Errorf("after all that the real button is answered %+v", yes)
		}
	})
}

// TestAnOldPressOfOnesOwnIsToldToo: Ana ticks on a copy that nobody draws anew, Bob reopens the step, Ana presses once more.
func TestAnOldPressOfOnesOwnIsToldToo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, step, press := checklist(t, s)
		if first := r.Take(t.Context(), press(ana, "k1")); first.Refused != "" {
			t.Fatalf("%+v", first)
		}
		err := r.Agency.Do(t.Context(), bob, func(d *agency.Desk) error {
			_, _, err := d.ChangeStep(1, step.Code, agency.StepChange{Reopen: true})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if again := r.Take(t.Context(), press(ana, "k2")); again.Refused != agency.CodeStale {
			t.Errorf("the step is open, and the press is answered %q", again.Message.Summary)
		}
		if again := r.Take(t.Context(), press(ana, "k1")); again.Refused != "" {
			t.Errorf("what is delivered again is answered %q", again.Message.Summary)
		}
	})
}

// TestAButtonThatOpenedAFormOpensItFromTheNewestState: the form that it opened first is no answer to keep.
func TestAButtonThatOpenedAFormOpensItFromTheNewestState(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, step, press := checklist(t, s)
		form := date
		form.Right = agency.OnboardSeller
		r.Commands = append(r.Commands, form)
		open := func(who agency.Identity, key string) bot.Reply {
			return r.Take(t.Context(), bot.Request{Key: key, Kind: bot.Pressed, From: who, Command: form.Name,
				Text: bot.Seen("S-1 "+step.Code, strconv.FormatInt(step.Version, 10))})
		}
		for _, who := range []agency.Identity{ana, bob} {
			if first := open(who, "o1"+who.User); first.Form == nil {
				t.Fatalf("%s is answered %+v", who.User, first)
			}
		}
		err := r.Agency.Do(t.Context(), ana, func(d *agency.Desk) error { _, err := d.Revoke(bob, agency.SellerManager); return err })
		if err != nil {
			t.Fatal(err)
		}
		if again := open(bob, "o2"); again.Refused != agency.CodeForbidden {
			t.Errorf("without the right the press gives %+v", again)
		}
		r.Take(t.Context(), press(ana, "k1"))
		if again := open(ana, "o3"); again.Refused != agency.CodeStale {
			t.Errorf("the press on the old card opens %+v, and is not told", again.Form)
		}
	})
}

// TestARefusedFormSentAgainIsLookedAtAnew: the same attempt delivered again is refused as it was.
func TestARefusedFormSentAgainIsLookedAtAnew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, _, _ := checklist(t, s)
		may, done := false, 0
		r.Commands = append(r.Commands, bot.Command{Name: "ask", Submit: func(*bot.Turn) (bot.Reply, error) {
			if !may {
				return bot.Reply{}, agency.Conflict("Not yet.")
			}
			done++
			return bot.Say("Asked."), nil
		}})
		send := func(attempt string) bot.Reply {
			return r.Take(t.Context(), bot.Request{Key: "form", Attempt: attempt, Kind: bot.Sent, From: ana, Command: "ask"})
		}
		if no := send("t1"); no.Refused != agency.CodeConflict {
			t.Fatalf("answered %+v", no)
		}
		may = true
		if no := send("t1"); no.Refused != agency.CodeConflict {
			t.Errorf("the same attempt delivered again is answered %+v", no)
		}
		for _, attempt := range []string{"t2", "t2", "t3"} { // sent again, delivered again, and sent once more because its answer was lost
			if yes := send(attempt); yes.Refused != "" || yes.Message.Summary != "Asked." {
				t.Errorf("%s is answered %+v", attempt, yes)
			}
		}
		if done != 1 {
			t.Errorf("it was carried out %d times", done)
		}
	})
}
