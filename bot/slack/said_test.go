package slack

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
)

// TestWhatIsSaidInThreadsIsHeard follows a person's answer in the thread of one of the desk's messages through its
// changes, and sees that nothing else that is said reaches the desk.
func TestWhatIsSaidInThreadsIsHeard(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, how mode) {
		o := newOffice(t, how, nil)
		got := make(chan bot.Request, 10)
		o.open(t, func(_ context.Context, r bot.Request) bot.Reply { got <- r; return bot.Reply{} })
		to := agency.Address{Platform: agency.Slack, Workspace: bottest.Workspace, Channel: "C0DESK"}
		id, err := o.Post(t.Context(), bot.Delivery{To: to, Message: bot.Sentence("A question."), RowID: 1})
		if err != nil {
			t.Fatal(err)
		}
		_, thread := splitMessageID(id, "")
		if _, err := o.space.Say("U0ANA", "C0DESK", "Good morning all, nothing for the desk", ""); err != nil {
			t.Fatal(err)
		}
		said, err := o.space.Say("U0ANA", "C0DESK", "Tell them *yes* & soon", thread)
		if err != nil {
			t.Fatal(err)
		}
		want := bot.Request{Kind: bot.Said, From: agency.Identity{Platform: agency.Slack, Workspace: bottest.Workspace, User: "U0ANA"}, Channel: to,
			Text: "Tell them *yes* & soon", MessageID: messageID("C0DESK", said.TS), ThreadID: id}
		keys := map[string]bool{}
		hear := func(what string) {
			t.Helper()
			select {
			case r := <-got:
				if diff := cmp.Diff(want, r, cmpopts.IgnoreFields(bot.Request{}, "Key", "FromName", "Zone")); diff != "" {
					t.Errorf("%s: %s", what, diff)
				}
				if r.Key == "" || keys[r.Key] {
					t.Errorf("%s: the key %q is not its own", what, r.Key)
				}
				keys[r.Key] = true
			case <-time.After(10 * time.Second):
				t.Fatalf("%s was not heard", what)
			}
		}
		hear("the answer")
		if err := o.space.Reword("U0ANA", "C0DESK", said.TS, "Tell them no"); err != nil {
			t.Fatal(err)
		}
		want.Change, want.Text = bot.Edited, "Tell them no"
		hear("the change")
		if err := o.space.Unsay("U0ANA", "C0DESK", said.TS); err != nil {
			t.Fatal(err)
		}
		want.Change = bot.Deleted
		hear("the deletion")
		if err := o.Edit(t.Context(), id, bot.Delivery{To: to, Message: bot.Sentence("A question, answered."), RowID: 1}); err != nil {
			t.Fatal(err)
		}
		if err := o.space.Command("U0ANA", "C0DESK", "/seller list"); err != nil {
			t.Fatal(err)
		}
		if r := <-got; r.Kind != bot.Typed {
			t.Errorf("the desk heard %v", r)
		}
	})
}
