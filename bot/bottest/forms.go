package bottest

import (
	"fmt"
	"strings"

	"liaison/bot"
)

// NamedForm is a form of the fixture.
type NamedForm struct {
	Name string
	Form bot.Form
}

// Forms is the fixture of forms: one of each kind of field, a read-only one, and one at the edges.
func Forms() []NamedForm {
	return []NamedForm{
		{Name: "form_onboard", Form: OnboardForm()},
		{Name: "form_read_only", Form: bot.Form{Command: "payout show", Title: "P-7", State: "P-7", Intro: []bot.Part{
			bot.Heading("P-7"), bot.Para(bot.T("12,480.35 USD to 41 creators.")),
			{Table: &bot.Table{Caption: "Payees", Columns: []bot.Column{{Name: "Creator"}, {Name: "Amount", Align: bot.Right}}, Rows: [][]string{{"C-45", "4,211.90 USD"}, {"C-46", "12.05 USD"}}}},
			bot.Actions(bot.Button{Label: "Approve", Style: bot.Primary, Command: "payout approve", Value: "P-7"}),
		}}},
		{Name: "form_edges", Form: edges()},
	}
}

// OnboardForm has every kind of field.
func OnboardForm() bot.Form {
	return bot.Form{
		Command: "seller onboard", Title: "Onboard a seller", Submit: "Onboard", State: "S-12",
		Intro: []bot.Part{bot.Para(bot.T("The checklist starts as soon as you save."))},
		Fields: []bot.Field{
			{Name: "shop", Label: "Shop name", Kind: bot.Line, Max: 80, Hint: "As it is on TikTok", Value: "Glow Lab"},
			{Name: "note", Label: "Note", Kind: bot.Paragraph, Optional: true, Value: "two\nlines"},
			{Name: "region", Label: "Region", Kind: bot.Choice, Value: "GB", Options: []bot.Option{{Label: "United States", Value: "US"}, {Label: "United Kingdom", Value: "GB"}}},
			{Name: "formats", Label: "Formats", Kind: bot.Choices, Optional: true, Value: "video\nlive", Options: []bot.Option{
				{Label: "Short video", Value: "video"}, {Label: "LIVE", Value: "live", Detail: "needs a presenter"}, {Label: "Photo", Value: "photo"},
			}},
			{Name: "campaign", Label: "Campaign", Kind: bot.LookUp, Optional: true, Value: "K-3", Options: []bot.Option{{Label: "K-3 Black Friday", Value: "K-3"}}},
			{Name: "owner", Label: "Owner", Kind: bot.PersonPick, Value: "U0ANA"},
			{Name: "start", Label: "Start date", Kind: bot.Day, Value: "2026-11-23"},
		},
	}
}

func edges() bot.Form {
	f := bot.Form{
		Command: "case assign", Title: "A title of more than twenty-four characters", State: "V-9 <b>",
		Submit: "A button of more than twenty-four characters",
		Fields: []bot.Field{
			{Name: "long", Label: strings.Repeat("A label that goes on ", 120), Hint: strings.Repeat("a hint too ", 250), Kind: bot.Paragraph, Max: 5000, Value: strings.Repeat("v", 3000)},
			{Name: "day", Label: "A day", Kind: bot.Day, Value: "no day at all"},
			{Name: "who", Label: "<!channel> *who*", Kind: bot.PersonPick, Value: "not a user"},
		},
	}
	many := bot.Field{Name: "many", Label: "One of very many", Kind: bot.Choice, Value: "S-105"}
	some := bot.Field{Name: "some", Label: "Some of many", Kind: bot.Choices, Value: "S-2\nS-11"}
	for i := range 120 {
		o := bot.Option{Label: fmt.Sprintf("S-%d <@U1> *%s*", i+1, strings.Repeat("name ", 20)), Value: fmt.Sprintf("S-%d", i+1)}
		many.Options = append(many.Options, o)
		if i < 15 {
			some.Options = append(some.Options, o)
		}
	}
	f.Fields = append(f.Fields, many, some)
	return f
}
