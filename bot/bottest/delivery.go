package bottest

import (
	"fmt"
	"strings"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// silent has nothing to say: the card that was pressed is redrawn by the outbox, and the person is shown no failure.
func silent(x *exercise) {
	if x.Press == nil {
		x.Skip("nothing is pressed on this platform")
	}
	id := x.post(bot.Message{Summary: "S-12", Parts: []bot.Part{bot.Para(bot.T("S-12")), bot.Actions(bot.Button{Label: "Tick", Command: "seller tick", Value: "S-12"})}})
	if err := x.Press(id, "Tick"); err != nil {
		x.Errorf("pressing: %v", err)
	}
	x.await("the press", func() bool { _, ok := x.desk.last(bot.Pressed); return ok })
	if has(x.Seen(), "fail") || has(x.Seen(), "wrong") {
		x.Errorf("the person sees %q", x.Seen())
	}
}

// longList answers with more rows than one message of any platform holds: none may be missing without a word.
func longList(x *exercise) {
	const rows = 90
	table := bot.Table{Caption: "Creators", Columns: []bot.Column{{Name: "Ref"}, {Name: "Name"}, {Name: "Amount", Align: bot.Right}}}
	for i := range rows {
		table.Rows = append(table.Rows, []string{fmt.Sprintf("C-%d.", i+1), "A creator with a name of some length", fmt.Sprintf("%d.00 USD", 7*i)})
	}
	x.desk.says(func(bot.Request) bot.Reply {
		return bot.Tell(bot.Message{Summary: "90 creators", Parts: []bot.Part{bot.Heading("90 creators"), {Table: &table}}})
	})
	x.typed("/seller list")
	x.await("the end of the list", func() bool { return has(x.Seen(), fmt.Sprintf("C-%d.", rows)) })
	all := strings.Join(x.Seen(), "\n")
	for i := range rows {
		if !strings.Contains(all, fmt.Sprintf("C-%d.", i+1)) {
			x.Fatalf("C-%d is missing:\n%s", i+1, all)
		}
	}
}

// lostAnswer posts, is not told how it ended, and settles it as the sender does.
func lostAnswer(x *exercise) {
	if x.Lose == nil {
		x.Skip("no answer of this platform can be lost")
	}
	d := x.delivery(bot.Sentence("Said once."))
	began := time.Now()
	x.Lose()
	_, err := x.Platform.Post(x.Context(), d)
	x.outcome("posting with a lost answer", err, bot.Unknown)
	repeater, drops := x.Platform.(bot.Repeater)
	finder, finds := x.Platform.(bot.Finder)
	switch {
	case drops && repeater.RepeatSafe(time.Since(began)):
		if id, err := x.Platform.Post(x.Context(), d); err != nil || id == "" {
			x.Errorf("posting again gave %q, %v", id, err)
		}
	case finds:
		if id, found, err := finder.Find(x.Context(), d, began.Add(-time.Second)); !found || id == "" || err != nil {
			x.Errorf("found %q, %v, %v", id, found, err)
		}
	default:
		x.Fatal("nobody could know what became of it")
	}
	n := 0
	for _, text := range x.Posted() {
		if strings.Contains(text, "Said once.") {
			n++
		}
	}
	if n != 1 {
		x.Errorf("it stands there %d times", n)
	}
}

// saidAndChanged answers a message of the desk's, changes the answer and takes it back.
func saidAndChanged(x *exercise) {
	if x.Say == nil {
		x.Skip("nothing is said on this platform")
	}
	d := x.delivery(bot.Sentence("A question."))
	d.To = x.Talk
	id, err := x.Platform.Post(x.Context(), d)
	if err != nil {
		x.Fatal(err)
	}
	said, err := x.Say(id, "Tell them yes & soon")
	if err != nil {
		x.Fatal(err)
	}
	message := ""
	keys := map[string]bool{}
	hears := func(change bot.Change, text string) {
		x.Helper()
		var r bot.Request
		for deadline := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
			var ok bool
			if r, ok = x.desk.last(bot.Said); ok && r.Change == change {
				break
			}
			if time.Now().After(deadline) {
				x.Fatalf("%q is never heard", change)
			}
		}
		if r.ThreadID != id || r.From != x.Person || r.Channel.Platform != x.Platform.Name() || r.MessageID == "" || message != "" && r.MessageID != message || keys[r.Key] {
			x.Errorf("%q is taken as %+v", change, r)
		}
		if change != bot.Deleted && r.Text != text {
			x.Errorf("%q is heard as %q", text, r.Text)
		}
		message, keys[r.Key] = r.MessageID, true
	}
	hears(bot.New, "Tell them yes & soon")
	if err := x.Resay(said, "Tell them no"); err != nil {
		x.Fatal(err)
	}
	hears(bot.Edited, "Tell them no")
	if err := x.Unsay(said); err != nil {
		x.Fatal(err)
	}
	hears(bot.Deleted, "")
}

// granted gives a role twice and takes it twice: the second time is the same as the first.
func granted(x *exercise) {
	granter, able := x.Platform.(bot.Granter)
	if !able || x.Holds == nil {
		x.Skip("there is nothing to give on this platform")
	}
	for _, give := range []bool{true, true, false, false} {
		if err := granter.Grant(x.Context(), bot.RoleGrant{Who: x.Person, Role: agency.CreatorRole, Give: give}); err != nil {
			x.Fatalf("give %v: %v", give, err)
		}
		if x.Holds() != give {
			x.Errorf("give %v: the person has it: %v", give, x.Holds())
		}
	}
}
