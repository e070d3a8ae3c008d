package main

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"liaison/agency"
	guild "liaison/bot/sandbox/discord"
)

// cases counts what was opened, and said about one case.
func (x typist) cases(id agency.CaseID) (opened, said int) {
	x.Helper()
	if err := x.desk.agency.Look(x.Context(), agency.System, func(d *agency.Desk) error {
		_, n, err := d.Cases(agency.CaseFilter{Limit: 1})
		if err != nil {
			return err
		}
		notes, err := d.CaseNotes(id)
		opened, said = n, len(notes)
		return err
	}); err != nil {
		x.Fatal(err)
	}
	return opened, said
}

// sees waits until a person sees a message of their own in the room that says something.
func (x typist) sees(user, says string) guild.Message {
	x.Helper()
	var found guild.Message
	ctx, cancel := context.WithTimeout(x.Context(), patience)
	defer cancel()
	err := x.server.Await(ctx, func() bool {
		for _, m := range x.server.Messages(deskRoom, user) {
			if m.For == user && strings.Contains(m.Text(), says) {
				found = m
				return true
			}
		}
		return false
	})
	if err != nil {
		x.Fatalf("%s never reads %q: %v\n%s", user, says, err, x.server.Script(deskRoom))
	}
	return found
}

// TestAFormSubmittedAgainIsOneDeed loses the answer to a submitted form: Discord leaves it open and asks to try again. What was
// done is done once, and the person gets the answer of the first time.
func TestAFormSubmittedAgainIsOneDeed(t *testing.T) {
	t.Parallel()
	var lose atomic.Bool
	x := newTypist(t, func(route string) guild.Fault {
		if route == "POST /interactions/{interaction}/{token}/callback" && lose.CompareAndSwap(true, false) {
			return guild.Fault{Kind: guild.FaultResetBefore}
		}
		return guild.Fault{}
	})
	question := x.question
	for _, c := range []struct {
		user, line   string
		values       guild.Values
		pages        []guild.Fill
		answer       string
		opened, said int // what it adds
	}{
		{deskMaker, "/ask", nil, []guild.Fill{{"text": {"When is the payout?"}}}, "The agency has your question as ", 1, 0},
		{deskMaker, "/case reply", guild.Values{"case": question.String()}, []guild.Fill{{"text": {"I mean the November one."}}}, "The agency has it with ", 0, 1},
		{deskHand, "/case answer", guild.Values{"case": question.String()}, []guild.Fill{{"text": {"On the 5th."}}}, "", 0, 1},
		{deskHand, "/case open", nil, []guild.Fill{{"severity": {"high"}, "about": {"none"}, "rule": {"Counterfeit"}}, {}}, "Counterfeit", 1, 0},
	} {
		opened, said := x.cases(question)
		for time := range 2 { // the second is another form, opened on purpose
			if err := x.server.Command(c.user, deskRoom, c.line, c.values); err != nil {
				t.Fatalf("%s: %v", c.line, err)
			}
			for i, fill := range c.pages {
				if i > 0 {
					step := x.sees(c.user, "Step 1 of 2 is kept.")
					if err := x.server.Press(c.user, step.ID, step.Button("Go on (2/2)")); err != nil {
						t.Fatal(err)
					}
				}
				if time == 0 {
					lose.Store(true)
					if err := x.server.Submit(c.user, fill); err == nil || lose.Load() {
						t.Fatalf("%s: the answer was not lost: %v", c.line, err)
					}
				}
				if err := x.server.Submit(c.user, fill); err != nil {
					t.Fatalf("%s: submitted again: %v", c.line, err)
				}
			}
			if c.answer != "" {
				x.sees(c.user, c.answer)
			}
			now, nowSaid := x.cases(question)
			if now-opened != (time+1)*c.opened || nowSaid-said != (time+1)*c.said {
				t.Errorf("%s, %d: %d cases opened, %d times said; want %d and %d", c.line, time+1, now-opened, nowSaid-said, (time+1)*c.opened, (time+1)*c.said)
			}
		}
	}
}
