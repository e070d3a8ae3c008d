package bottest

import (
	"liaison/agency"
	"liaison/bot"
)

// What the creator's side of the desk says.

func creatorApplication(on agency.Platform) bot.Message {
	link := func(url string) bot.Text { return bot.Text{{Style: bot.Link, Text: url, Ref: url}} }
	return bot.Message{
		Summary: "A-3 · @mia.glow applies: waits for a decision",
		Parts: []bot.Part{
			bot.Heading("A-3 · @mia.glow applies"),
			{Fields: []bot.Pair{
				{Label: "State", Value: bot.T("waits for a decision")},
				{Label: "Applicant", Value: elsewhere(on)},
				{Label: "Niches", Value: bot.T("Beauty, Fashion")},
				{Label: "Region and language", Value: bot.T("US, English")},
				{Label: "Followers", Value: bot.T("12500, as they say")},
				{Label: "Makes", Value: bot.T("video, live")},
				{Label: "Handle", Value: bot.Join(bot.T("not confirmed; the code "), bot.C("LI-ABCD-EFGH"), bot.T(" should stand in its bio"))},
				{Label: "On file", Value: bot.Join(bot.T("C-45, active, affiliate GMV $12,400.00 in the 30 days up to "), bot.When(noon), bot.T("; approving binds it"))},
			}},
			bot.Para(bot.B("What they made"), bot.T("\n"), link("https://www.tiktok.com/@mia.glow/video/7301"), bot.T("\n"), link("https://www.tiktok.com/@mia.glow/video/7302?a=1&b=<2>")),
			bot.Para(bot.B("Asked: "), bot.T("How often are you live?\n"), bot.B("Answered: "), bot.T("Every Friday. @everyone <!channel> [free](https://evil.example)")),
			bot.Actions(
				bot.Button{Label: "Approve", Style: bot.Primary, Command: "creator approve", Value: "A-3"},
				bot.Button{Label: "Handle confirmed", Command: "creator confirm", Value: "A-3", Confirm: &bot.Confirm{Title: "Handle confirmed?",
					Text: "You have looked: LI-ABCD-EFGH stands in the TikTok bio of @mia.glow.", Yes: "It does", No: "Not yet"}},
				bot.Button{Label: "Ask for more", Command: "creator ask", Value: "A-3"},
				bot.Button{Label: "Decline", Style: bot.Danger, Command: "creator decline", Value: "A-3"}),
			bot.Small(bot.T("Applied "), bot.When(noon), bot.T(" · agreed to the agency's rules")),
		},
	}
}

func offer() bot.Message {
	return bot.Message{
		Summary: "M-88 · Glow Lab would like to work with you",
		Parts: []bot.Part{
			bot.Heading("M-88 · Glow Lab would like to work with you"),
			{Fields: []bot.Pair{{Label: "Shop", Value: bot.T("Glow Lab, US")}, {Label: "Sells", Value: bot.T("Beauty")}, {Label: "Typical price", Value: bot.T("$24.90")}}},
			bot.Actions(
				bot.Button{Label: "Accept", Style: bot.Primary, Command: "offer accept", Value: "M-88"},
				bot.Button{Label: "Decline", Command: "offer decline", Value: "M-88"},
				bot.Button{Label: "Ask", Command: "offer ask", Value: "M-88"}),
			bot.Small(bot.T("Please answer before "), bot.When(noon), bot.T("; after it the agency asks somebody else.")),
		},
	}
}

func payoutStatement() bot.Message {
	amounts := []bot.Column{{Name: "Order"}, {Name: "Commission", Align: bot.Right}, {Name: "Share", Align: bot.Right}, {Name: "Agency", Align: bot.Right}, {Name: "Yours", Align: bot.Right}}
	return bot.Message{
		Summary: "Payout P-7: $160.44 is approved for you",
		Parts: []bot.Part{
			bot.Heading("P-7 · $160.44 is approved for you"),
			{Fields: []bot.Pair{
				{Label: "Commission", Value: bot.T("$200.55 from 2 settled lines")},
				{Label: "Agency", Value: bot.T("− $40.11")},
				{Label: "Yours", Value: bot.B("$160.44")},
				{Label: "Approved", Value: bot.When(noon)},
			}},
			{Table: &bot.Table{Caption: "Lines", Columns: amounts, Rows: [][]string{
				{"576000000000000001", "$120.00", "20 %", "$24.00", "$96.00"},
				{"576000000000000002", "$80.55", "20 %", "$16.11", "$64.44"}}}},
			{Table: &bot.Table{Caption: "Held back: $40.00 in 1 line", Columns: []bot.Column{{Name: "Order"}, {Name: "Yours", Align: bot.Right}, {Name: "Why"}},
				Rows: [][]string{{"576000000000000003", "$40.00", "refunded"}}}},
			bot.Small(bot.T("Settled figures from affiliate orders CSV, brought in "), bot.When(noon), bot.T(". The agency pays it from its bank.")),
		},
	}
}
