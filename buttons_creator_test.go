package main

import (
	"strings"
	"testing"

	"liaison/agency"
	"liaison/bot"
)

// onDiscord is the inspector as the platform of the creators.
type onDiscord struct{ *inspector }

func (onDiscord) Name() agency.Platform { return agency.Discord }

// discordUser is a creator of the tests, or somebody who would like to be one.
func discordUser(name string) agency.Identity {
	return agency.Identity{Platform: agency.Discord, Workspace: "G0NORTH", User: name}
}

// creators puts people of the creators' side beside the demo's staff: mia, to whom a match is offered and who asks; noor,
// whose application waits for her answer; omar, whose application waits for staff; otto, who says that he is omar.
func (in *inspector) creators(t *testing.T) {
	t.Helper()
	do := func(who agency.Identity, work func(*agency.Desk) error) {
		t.Helper()
		if err := in.desk.agency.Do(t.Context(), who, work); err != nil {
			t.Fatal(err)
		}
	}
	var offered agency.MatchDetail
	var asked agency.CaseID
	do(identity("U0PRIYA"), func(d *agency.Desk) error {
		list, _, err := d.Matches(agency.MatchFilter{Limit: 1})
		offered = list[0]
		return err
	})
	for name, handle := range map[string]string{"mia": offered.With.Handle, "noor": "noor.knits", "omar": "omar.cooks"} {
		var a agency.Application
		do(discordUser(name), func(d *agency.Desk) (err error) {
			a, err = d.Apply(agency.NewApplication{Handle: handle, Region: "US", Language: "English", Categories: []string{"Food"}, Formats: []string{"live"},
				Followers: 900, Samples: []string{"https://www.tiktok.com/@" + handle}, Agreed: true})
			return err
		})
		do(identity("U0PRIYA"), func(d *agency.Desk) (err error) {
			switch name {
			case "mia":
				_, _, err = d.ApproveApplication(a.ID)
			case "noor":
				_, err = d.AskApplicant(a.ID, "How often are you live?")
			}
			return err
		})
	}
	do(identity("U0PRIYA"), func(d *agency.Desk) error {
		_, err := d.ApproveMatch(offered.ID)
		return err
	})
	var code string
	do(discordUser("omar"), func(d *agency.Desk) (err error) { code, _, err = d.NewLinkCode(); return err })
	in.takeAs("otto", "link "+code)
	do(discordUser("mia"), func(d *agency.Desk) error {
		c, err := d.Ask("When is the next payout?", 0, agency.ChatMessage{})
		asked = c.ID
		return err
	})
	do(identity("U0PRIYA"), func(d *agency.Desk) error {
		_, _, err := d.AnswerQuestion(asked, "On the 5th.", false, agency.ChatMessage{})
		return err
	})
}

// takeAs lets somebody on Discord type a line and gives what can be pressed on the answer.
func (in *inspector) takeAs(name, line string) []press {
	first, rest, _ := strings.Cut(line, " ")
	return in.takeOf(discordUser(name), agency.Address{Platform: agency.Discord, Workspace: "G0NORTH", Channel: "creators"},
		bot.Request{Kind: bot.Typed, Command: first, Text: rest})
}

// creatorsPress lets the creators do what they can do, forms first.
func (in *inspector) creatorsPress() {
	var offer, question string
	err := in.desk.agency.Look(in.t.Context(), discordUser("mia"), func(d *agency.Desk) error {
		r, err := d.MyRecord()
		if err == nil {
			offer, question = r.Offers[0].ID.String(), r.Cases[0].ID.String()
		}
		return err
	})
	if err != nil {
		in.t.Fatal(err)
	}
	for _, line := range []string{"me", "earnings", "earnings arithmetic", "offer decline " + offer, "offer ask " + offer, "ask", "case reply " + question, "notices", "help", "whoami"} {
		in.takeAs("mia", line)
	}
	in.takeOf(discordUser("mia"), agency.Address{Platform: agency.Discord, Workspace: "G0NORTH"}, bot.Request{Kind: bot.CameHome})
	for _, a := range []string{"A-1", "A-2", "A-3"} { // one of them is noor's
		in.takeAs("noor", "creator reply "+a)
		for _, line := range []string{"creator ask " + a, "creator decline " + a} {
			first, rest, _ := strings.Cut(line, " ")
			in.take("U0PRIYA", bot.Request{Kind: bot.Typed, Command: first, Text: rest})
		}
	}
	in.take("U0PRIYA", bot.Request{Kind: bot.Typed, Command: "case", Text: "answer " + question})
}
