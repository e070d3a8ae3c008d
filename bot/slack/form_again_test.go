package slack

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/slack-go/slack"

	"liaison/agency"
	"liaison/bot"
)

// filled opens a form of one question by a command and gives its view.
func (o *office) filled(t *testing.T) string {
	t.Helper()
	if err := o.space.Command("U0ANA", "C0DESK", "/seller onboard"); err != nil {
		t.Fatal(err)
	}
	o.await(t, "the form", func() bool { _, ok := o.top("U0ANA"); return ok })
	v, _ := o.top("U0ANA")
	return v.ID
}

func resolveForm() bot.Form {
	return bot.Form{Command: "case resolve", Title: "Resolve", State: "V-9 @1", Fields: []bot.Field{{Name: "what", Label: "What was done", Kind: bot.Paragraph, Max: 500}}}
}

// TestEachAttemptAtAFormIsTellable: what is sent again is told from what is delivered again, and both from what was corrected.
func TestEachAttemptAtAFormIsTellable(t *testing.T) {
	t.Parallel()
	o := newOffice(t, overHTTP, nil)
	var mu sync.Mutex
	var taken []bot.Request
	o.open(t, func(_ context.Context, r bot.Request) bot.Reply {
		if r.Kind != bot.Sent {
			return bot.Open(resolveForm())
		}
		mu.Lock()
		defer mu.Unlock()
		taken = append(taken, r)
		reply := bot.Say("Not yet.")
		reply.Refused = agency.CodeConflict
		return reply
	})
	view := o.filled(t)
	for _, text := range []string{"Glow", "Glow", "Glow Lab"} {
		if _, err := o.space.Submit("U0ANA", view, map[string][]string{"what": {text}}); err != nil {
			t.Fatal(err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(taken) != 3 || taken[0].Key != taken[1].Key || taken[0].Attempt == taken[1].Attempt || taken[1].Key == taken[2].Key || taken[2].Attempt == "" {
		t.Errorf("taken %+v", taken)
	}
}

// TestALateAnswerToAFormWhoseWindowWasClosedIsTold: the person has closed the word of doubt, as there is nothing else to do with it.
func TestALateAnswerToAFormWhoseWindowWasClosedIsTold(t *testing.T) {
	t.Parallel()
	again := resolveForm()
	again.Intro = []bot.Part{bot.Para(bot.T("Nothing was changed: V-9 has moved on."))}
	again.Fields[0].Value = "Five hundred characters."
	refusal := bot.Say("Nothing was changed: V-9 is over.")
	refusal.Refused = agency.CodeConflict
	for name, answer := range map[string]bot.Reply{
		"the form again": {Form: &again, Refused: agency.CodeStale}, "a refusal": refusal, "a mistake": {Errors: map[string]string{"what": "Nothing was changed."}, Refused: agency.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, overHTTP, nil)
			o.guard = 50 * time.Millisecond
			closed := make(chan struct{})
			o.open(t, func(_ context.Context, r bot.Request) bot.Reply {
				if r.Kind != bot.Sent {
					return bot.Open(resolveForm())
				}
				<-closed
				return answer
			})
			if _, err := o.space.Submit("U0ANA", o.filled(t), map[string][]string{"what": {"Five hundred characters."}}); err != nil {
				t.Fatal(err)
			}
			v, _ := o.top("U0ANA")
			if err := o.space.CloseView("U0ANA", v.ID, false); err != nil {
				t.Fatal(err)
			}
			close(closed)
			o.await(t, "the answer, with what was written", func() bool {
				seen := strings.Join(append(o.seen("U0ANA"), o.posted(o.space.DM("U0ANA"))...), "\n")
				return strings.Contains(seen, "Nothing was changed") && strings.Contains(seen, "Five hundred characters.")
			})
		})
	}
}

// TestAFormTakesWhatItIsFilledWith: a rule counts characters, and Slack counts some of them twice.
func TestAFormTakesWhatItIsFilledWith(t *testing.T) {
	t.Parallel()
	f := resolveForm()
	f.Fields[0].Value = strings.Repeat("🙂", 400)
	if _, err := modal(f, luggage{}, place{}); err != nil {
		t.Error(err)
	}
	element, err := textInput(f.Fields[0])
	if input, ok := element.(*sdk.PlainTextInputBlockElement); err != nil || !ok || input.MaxLength != 800 {
		t.Errorf("it is asked for by %+v, %v", element, err)
	}
	f.Fields[0].Value = strings.Repeat("🙂", maxInput)
	if _, err := modal(f, luggage{}, place{}); err == nil {
		t.Error("more than Slack takes was accepted: it would come back cut")
	}
}
