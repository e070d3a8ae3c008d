package slack

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
	"liaison/bot/sandbox"
)

// TestPagesOfADirectMessageComeOnce: Slack asks to wait in the middle of a long message, again and again, and nobody can read
// which pages stand there; but they are counted. Of one page no answer comes: that one comes again, and says so.
func TestPagesOfADirectMessageComeOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t, overSocket, nil)
	calls := 0
	o.space.Fault = func(method, _ string) sandbox.Fault {
		if method != "chat.postMessage" {
			return sandbox.Fault{}
		}
		calls++
		switch calls { // 1: the message, 2 and 4: pages that arrive
		case 3, 5, 6:
			return sandbox.Fault{Kind: sandbox.FaultRateLimited, Wait: time.Millisecond}
		case 7:
			return sandbox.Fault{Kind: sandbox.FaultResetAfter}
		}
		return sandbox.Fault{}
	}
	o.open(t, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
	m := bot.Sentence("Statement.")
	for range 240 {
		m.Thread = append(m.Thread, bot.Para(bot.T("Detail.")))
	}
	d := bot.Delivery{To: agency.Address{Platform: agency.Slack, Workspace: bottest.Workspace, Channel: "U0ANA"}, Message: m, RowID: 7}
	id, err := o.Post(t.Context(), d)
	var how []bot.Outcome
	for try := 0; err != nil && try < 10; try++ {
		failed := sendError(err)
		if failed.Page == 0 {
			t.Fatalf("it is not said which page failed: %v", err)
		}
		how = append(how, failed.Outcome)
		time.Sleep(failed.Wait) // until then the method is shut
		d.Pages, d.Doubt, d.Repeats = failed.Page-1, failed.Outcome == bot.Unknown, false
		if err = o.Complete(t.Context(), id, d); errors.Is(err, bot.ErrUnseen) {
			d.Doubt, d.Repeats = false, true
			err = o.Complete(t.Context(), id, d)
		}
	}
	if want := []bot.Outcome{bot.NotSent, bot.NotSent, bot.NotSent, bot.Unknown}; err != nil || !slices.Equal(how, want) {
		t.Fatalf("it failed as %v, want %v; %v", how, want, err)
	}
	var pages []int
	flagged := 0
	for _, one := range o.space.Messages(o.space.DM("U0ANA")) {
		if n := strings.Count(one.Shown(), "Detail."); n > 0 {
			pages = append(pages, n)
			flagged += strings.Count(one.Shown(), bot.SentAgain.String())
		}
	}
	total := 0
	for _, n := range pages {
		total += n
	}
	if twice := pages[2]; flagged != 1 || total != 240+twice || pages[3] != twice {
		t.Errorf("%v of 240 details a page, %d flagged; want the third page twice, flagged once", pages, flagged)
	}
}
