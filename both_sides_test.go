package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot/sandbox"
	guild "liaison/bot/sandbox/discord"
)

// sides is the demo's desk with what stands on both platforms, read as the people there read it.
type sides struct {
	*testing.T
	*demo
}

// onSlack waits for a message of a channel that says all of these, and none of what begins with a dash.
func (s sides) onSlack(channel string, says ...string) sandbox.Message {
	s.Helper()
	var found sandbox.Message
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	err := s.workspace.Await(ctx, func() bool {
		for _, m := range s.workspace.Messages(channel) {
			blocks, err := json.Marshal(m.Blocks)
			if err == nil && saysAll(m.Text+string(blocks), says) {
				found = m
				return true
			}
		}
		return false
	})
	if err != nil {
		s.Fatalf("#%s never says %q: %v", channel, says, err)
	}
	return found
}

// onDiscord waits for a message in a person's direct messages.
func (s sides) onDiscord(user string, says ...string) guild.Message {
	s.Helper()
	var found guild.Message
	talk := s.guild.Talk(user)
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	err := s.guild.Await(ctx, func() bool {
		for _, m := range s.guild.Messages(talk, user) {
			if m.Author == appID && saysAll(m.Text(), says) {
				found = m
				return true
			}
		}
		return false
	})
	if err != nil {
		s.Fatalf("%s never reads %q: %v\n%s", user, says, err, s.guild.Script(talk))
	}
	return found
}

func saysAll(text string, says []string) bool {
	return !slices.ContainsFunc(says, func(part string) bool {
		part, not := strings.CutPrefix(part, "-")
		return strings.Contains(text, part) == not
	})
}

func (s sides) fine(what string, err error) {
	s.Helper()
	if err != nil {
		s.Fatalf("%s: %v", what, err)
	}
}

// bothSides starts the demo and waits until the desk is on both platforms and hears what is written.
func bothSides(t *testing.T, c demoCmd) sides {
	t.Helper()
	s := sides{t, startDemo(t, c)}
	for deadline := time.Now().Add(patience); s.platform.Ready() != nil || s.creators.Ready() != nil || s.guild.Sessions() == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not ready: %v, %v, %d sessions", s.platform.Ready(), s.creators.Ready(), s.guild.Sessions())
		}
	}
	return s
}

// TestAConversationIsKeptInStepOnBothSides has a creator ask, answer, change and take back on Discord, and staff do the same in
// the thread on Slack: each reads what the other says now. Interactions come over sockets, then over HTTP.
func TestAConversationIsKeptInStepOnBothSides(t *testing.T) {
	for name, overHTTP := range map[string]bool{"sockets": false, "HTTP": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := bothSides(t, demoCmd{Seed: 7, Months: 1, HTTP: overHTTP})
			const questions, mia, priya = "C0ASK", "1290000000000000031", "U0PRIYA"

			// A question written in direct messages; its card on Slack follows its words.
			asked, err := s.guild.DM(mia, "When do you pay <!channel>?")
			s.fine("writing", err)
			offer := s.onDiscord(mia, "Shall the agency read this?")
			s.fine("asking", s.guild.Press(mia, offer.ID, offer.Button("Ask the agency")))
			s.fine("asking twice", s.guild.Press(mia, offer.ID, offer.Button("Ask the agency")))
			card := s.onSlack(questions, "When do you pay")
			s.fine("changing the question", s.guild.EditSaid(mia, asked.ID, "When is the *next* payout?"))
			s.onSlack(questions, "concern: When is the", "-When do you pay")

			// Staff answer in the thread; the copy in the direct messages follows.
			answer, err := s.workspace.Say(priya, questions, "On the 5th.", card.TS)
			s.fine("answering", err)
			read := s.onDiscord(mia, "On the 5th.")
			s.fine("changing the answer", s.workspace.Reword(priya, questions, answer.TS, "On the 6th."))
			s.onDiscord(mia, "On the 6th.", "-On the 5th.")

			// The creator replies to it; the line in the thread follows.
			reply, err := s.guild.Reply(mia, read.ID, "Thank you!")
			s.fine("replying", err)
			line := s.onSlack(questions, "(creator): Thank you!", "-concern:")
			if line.ThreadTS != card.TS {
				t.Errorf("the reply stands in the thread of %s, not of the card %s", line.ThreadTS, card.TS)
			}
			s.onDiscord(mia, "The agency has it with")
			s.fine("changing the reply", s.guild.EditSaid(mia, reply.ID, "Thanks a lot!"))
			s.onSlack(questions, "(creator): Thanks a lot!", "-concern:")
			s.fine("taking the reply back", s.guild.DeleteSaid(mia, reply.ID))
			s.onSlack(questions, "(creator): "+agency.TakenBack, "-concern:")
			s.onSlack(questions, "concern:", "(creator): "+agency.TakenBack, "-Thanks a lot!")

			// And staff take theirs back.
			s.fine("taking the answer back", s.workspace.Unsay(priya, questions, answer.TS))
			s.onDiscord(mia, agency.TakenBack, "-On the 6th.")
			if n := len(slices.DeleteFunc(s.workspace.Messages(questions), func(m sandbox.Message) bool { return m.ThreadTS != "" && m.ThreadTS != m.TS })); n != 1 {
				t.Errorf("there are %d cards for one question", n)
			}
		})
	}
}

// TestAnApprovedCreatorGetsTheRoleAndLosesIt approves in Slack, looks at the role on Discord, and takes it back.
func TestAnApprovedCreatorGetsTheRoleAndLosesIt(t *testing.T) {
	t.Parallel()
	s := bothSides(t, demoCmd{Seed: 7, Months: 1})
	const omar = "1290000000000000034"
	has := func(want bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := s.guild.Await(ctx, func() bool { return slices.Contains(s.guild.Roles(omar), creatorRole) == want }); err != nil {
			t.Fatalf("the role is there: %v, wanted %v: %v", !want, want, err)
		}
		if _, err := s.guild.Say(omar, creatorRoom, "hello"); (err == nil) != want {
			t.Errorf("the creators' channel is open: %v, wanted %v", err == nil, want)
		}
	}
	has(false)
	s.fine("approving", s.workspace.Command("U0PRIYA", "C0RECRUIT", "/creator approve A-4"))
	has(true)
	welcome := s.onDiscord(omar, "one of the agency's creators")
	ref := "C-" + strings.FieldsFunc(strings.SplitN(welcome.Text(), "C-", 2)[1], func(r rune) bool { return r < '0' || r > '9' })[0]
	s.guild.Leave(omar)
	s.guild.Join(omar)
	has(false)
	s.fine("giving it again", s.workspace.Command("U0PRIYA", "C0RECRUIT", "/creator access "+ref))
	has(true)
	s.fine("releasing", s.workspace.Command("U0PRIYA", "C0RECRUIT", "/creator release "+ref+" moved on"))
	has(false)
}
