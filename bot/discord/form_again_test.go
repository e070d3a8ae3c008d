package discord

import (
	"strconv"
	"strings"
	"testing"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
	sandbox "liaison/bot/sandbox/discord"
)

// opened is a form that ana has open, and the clerk who takes it.
type opened struct {
	*guild
	*clerk
	t *testing.T
}

// submits sends a page of a form under an interaction of its own, and gives the key of what the clerk took, if it is whole.
func (o opened) submits(customID string, fields map[string][]string) (key string) {
	o.t.Helper()
	before := len(o.all(bot.Sent))
	o.step(o.t.Context(), incoming{id: customID, customID: customID, surface: onForm, Request: bot.Request{Key: "discord:" + customID + strconv.Itoa(before), Kind: bot.Sent,
		From: agency.Identity{Platform: agency.Discord, Workspace: bottest.Guild, User: ana}, Channel: to(desk), Fields: fields}}, o.take)
	if all := o.all(bot.Sent); len(all) > before {
		return all[before].Key
	}
	return ""
}

// begins opens the form by a command and gives the custom id of its first page.
func (o opened) begins() string {
	o.t.Helper()
	if err := o.typeLine(ana, desk, "/seller onboard"); err != nil {
		o.t.Fatal(err)
	}
	form, open := o.server.Modal(ana)
	if !open {
		o.t.Fatal("no form is open")
	}
	return form.CustomID
}

// corrects gives the custom id of the page to which the button of the newest answer leads.
func (o opened) corrects() string {
	o.t.Helper()
	if err := o.press(ana, "Correct"); err != nil {
		o.t.Fatal(err)
	}
	form, _ := o.server.Modal(ana)
	return form.CustomID
}

// TestTheKeyOfAFormIsTheFormAndWhatStandsInIt submits a form of one page and one of two again and again.
func TestTheKeyOfAFormIsTheFormAndWhatStandsInIt(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]bot.Form{
		"one page":  {Command: "seller onboard", Title: "Onboard", Fields: []bot.Field{{Name: "shop", Label: "Shop", Kind: bot.Line}}},
		"two pages": bottest.OnboardForm(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := opened{newGuild(t, overHTTP, nil), &clerk{answer: func(r bot.Request) bot.Reply {
				if r.Kind == bot.Sent {
					return bot.Say("Onboarded.")
				}
				return bot.Open(form)
			}}, t}
			o.open(t, o.take)
			send := func(first, shop string) string {
				key := o.submits(first, map[string][]string{"shop": {shop}, "region": {"GB"}})
				if name == "two pages" && key == "" {
					key = o.submits(strings.TrimSuffix(first, "0")+"1", map[string][]string{"owner": {ana}, "start": {"2026-12-01"}})
				}
				if key == "" {
					t.Fatalf("%s was not taken", shop)
				}
				return key
			}
			first := o.begins()
			glow := send(first, "Glow")
			if again := send(first, "Glow"); again != glow {
				t.Errorf("submitted again it has the key %s, not %s", again, glow)
			}
			if other := send(first, "Glow Lab"); other == glow {
				t.Error("with other content it has the same key")
			}
			o.server.CloseModal(ana)
			if second := o.begins(); second == first || send(second, "Glow") == glow {
				t.Error("a form that is opened a second time has the key of the first")
			}
		})
	}
}

// TestACorrectedFormIsAnotherDeed submits the same again behind a refusal, whose reason may be gone; and behind a fault of ours,
// after which it may have been done.
func TestACorrectedFormIsAnotherDeed(t *testing.T) {
	t.Parallel()
	for code, another := range map[agency.Code]bool{agency.CodeConflict: true, agency.CodeUncertain: false} {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			c := &clerk{answer: func(r bot.Request) bot.Reply {
				if r.Kind != bot.Sent {
					return bot.Open(bot.Form{Command: "seller onboard", Title: "Onboard", Fields: []bot.Field{{Name: "shop", Label: "Shop", Kind: bot.Line}}})
				}
				reply := bot.Say("There are too many sellers. Ask an admin.")
				reply.Refused = code
				return reply
			}}
			o := opened{newGuild(t, overHTTP, nil), c, t}
			o.open(t, o.take)
			first := o.begins()
			if err := o.server.Submit(ana, sandbox.Fill{"shop": {"Glow"}}); err != nil {
				t.Fatal(err)
			}
			refused := c.last(bot.Sent).Key
			if again := o.submits(first, map[string][]string{"shop": {"Glow"}}); again != refused {
				t.Errorf("the first form, submitted again, has the key %s, not %s", again, refused)
			}
			if key := o.submits(o.corrects(), map[string][]string{"shop": {"Glow"}}); (key != refused) != another {
				t.Errorf("corrected it has the key %s, refused %s", key, refused)
			}
		})
	}
}
