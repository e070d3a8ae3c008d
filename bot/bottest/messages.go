package bottest

import (
	"fmt"
	"strings"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// Workspace is where the persons of the fixture live on the platform under test. Guild and GuildAna are the same on Discord,
// whose ids are numbers.
const (
	Workspace = "T0GLOW"
	Guild     = "300000000000000001"
	GuildAna  = "200000000000000001"
)

// Named is a message of the fixture.
type Named struct {
	Name    string
	Message bot.Message
	Home    bool // it is a home page
}

// noon is the instant of the fixture: Monday, 23 November 2026, 12:00 UTC.
const noon = agency.Instant(1_795_435_200_000)

// ana has an account on each platform: each shows its own.
func ana() bot.Text {
	return bot.Mention("Ana Ortiz", agency.Identity{Platform: agency.Slack, Workspace: Workspace, User: "U0ANA"},
		agency.Identity{Platform: agency.Discord, Workspace: Guild, User: GuildAna}, agency.Identity{Platform: agency.Console, Workspace: Workspace, User: "ana"})
}

// elsewhere is a person of another workspace: every platform shows the name alone.
func elsewhere(on agency.Platform) bot.Text {
	return bot.Mention("Kofi Mensah", agency.Identity{Platform: on, Workspace: "T0OTHER", User: "U0KOFI"})
}

// Messages is the fixture: what the desk says in earnest, and what people and numbers may do to it.
func Messages(on agency.Platform) []Named {
	return []Named{
		{Name: "seller_card", Message: sellerCard(on)},
		{Name: "match_shortlist", Message: matchShortlist()},
		{Name: "payout_pending", Message: payoutPending(on)},
		{Name: "payout_decided", Message: payoutDecided(on)},
		{Name: "weekly_digest", Message: weeklyDigest()},
		{Name: "violation_alert", Message: violationAlert(on)},
		{Name: "creator_application", Message: creatorApplication(on)},
		{Name: "offer", Message: offer()},
		{Name: "payout_statement", Message: payoutStatement()},
		{Name: "help", Message: help()},
		{Name: "sentence", Message: bot.Sentence("S-12 is not a payout run. Payout runs look like P-7.")},
		{Name: "home", Message: homePage(), Home: true},
		{Name: "nasty_names", Message: nastyNames(on)},
		{Name: "too_long", Message: tooLong()},
		{Name: "many_buttons", Message: manyButtons()},
		{Name: "odd_charts", Message: oddCharts()},
	}
}

func sellerCard(on agency.Platform) bot.Message {
	return bot.Message{
		Summary: "S-12 Glow Lab: 3 of 7 steps done, bank details are overdue",
		Parts: []bot.Part{
			bot.Heading("S-12 Glow Lab"),
			{Fields: []bot.Pair{
				{Label: "Region", Value: bot.T("United States (US)")},
				{Label: "Category", Value: bot.T("Beauty & Personal Care")},
				{Label: "Owner", Value: ana()},
				{Label: "Start", Value: bot.T("2026-11-16")},
				{Label: "Stage", Value: bot.B("Setup")},
				{Label: "Contact", Value: bot.T("Mia <mia@glowlab.example>")},
			}},
			{Divider: true},
			bot.Para(bot.T("✅ Contract signed\n✅ Shop authorised\n✅ Warehouse\n⏰ "), bot.B("Bank details"), bot.T(" – due 2 d ago, "), ana(),
				bot.T("\n⬜ Product listing\n⛔ Tax form: "), bot.I("waiting for the certificate"), bot.T("\n⬜ First LIVE")),
			bot.Actions(
				bot.Button{Label: "Tick bank details", Style: bot.Primary, Command: "seller tick", Value: "S-12 bank"},
				bot.Button{Label: "Change a step…", Command: "seller step", Value: "S-12"},
				bot.Button{Label: "Drop", Style: bot.Danger, Command: "seller drop", Value: "S-12",
					Confirm: &bot.Confirm{Title: "Drop Glow Lab?", Text: "Their open steps are closed. This can be undone within a week.", Yes: "Drop", No: "Keep"}}),
			bot.Small(bot.T("Changed by "), ana(), bot.T(" "), bot.When(noon)),
		},
		Thread: []bot.Part{bot.Para(bot.T("History\n"), bot.When(noon.Add(-time.Hour)), bot.T(" onboarded by "), ana())},
	}
}

func matchShortlist() bot.Message {
	m := bot.Message{
		Summary: "Five creators for S-12 Glow Lab",
		Parts: []bot.Part{
			bot.Heading("Matches for S-12 Glow Lab"),
			bot.Para(bot.T("Beauty, US, from 24.90 USD. 212 creators were compared.")),
		},
	}
	for i, c := range []struct{ name, why string }{
		{"@glow_with_mia", "sold 312 beauty orders in 30 days; 61 % of her audience is 25 to 34; free from 1 December"},
		{"@skin.deep.dan", "rate 12 % is within the plan; posts 5 videos a week"},
		{"@*NOT* bold*", "audience in US 88 %; last sample returned on time"},
	} {
		ref := fmt.Sprintf("M-%d", 88+i)
		m.Parts = append(m.Parts,
			bot.Para(bot.B("%d. %s", i+1, c.name), bot.T("  score %d\n%s", 91-7*i, c.why)),
			bot.Actions(
				bot.Button{Label: "Approve", Style: bot.Primary, Command: "match approve", Value: ref},
				bot.Button{Label: "Decline…", Command: "match decline", Value: ref},
				bot.Button{Label: "Why?", Command: "match why", Value: ref}))
	}
	m.Parts = append(m.Parts, bot.Small(bot.T("Figures of 16 to 22 November 2026, estimated, from Partner Center at "), bot.When(noon)))
	return m
}

func payout(summary string, rest ...bot.Part) bot.Message {
	return bot.Message{
		Summary: summary,
		Parts: append([]bot.Part{
			bot.Heading("P-7 Payout, 1 to 15 November 2026"),
			{Fields: []bot.Pair{
				{Label: "Total", Value: bot.B("12,480.35 USD")},
				{Label: "Creators", Value: bot.T("41")},
				{Label: "Lines", Value: bot.T("1,204, all settled")},
				{Label: "Held back", Value: bot.T("2 creators, 310.00 USD (no tax form)")},
				{Label: "Content", Value: bot.C("sha256 9f2c41d7")},
			}},
		}, rest...),
		Thread: []bot.Part{{Table: &bot.Table{
			Caption: "Payees of P-7",
			Columns: []bot.Column{{Name: "Creator"}, {Name: "Lines", Align: bot.Right}, {Name: "Amount", Align: bot.Right}},
			Rows: [][]string{
				{"C-45 Mia Torres", "312", "4,211.90 USD"}, {"C-46 Dan", "1,044", "-12.05 USD"}, {"C-51 =HYPERLINK(\"https://evil\")", "9", "80.00 USD"},
			},
		}}},
	}
}

func payoutPending(on agency.Platform) bot.Message {
	approve := bot.Button{Label: "Approve 12,480.35 USD", Style: bot.Primary, Command: "payout approve", Value: "P-7 9f2c41d7",
		Confirm: &bot.Confirm{Title: "Approve P-7?", Text: "12,480.35 USD to 41 creators.", Yes: "Approve", No: "Not yet"}}
	return payout("P-7: 12,480.35 USD waits for the second approval",
		bot.Para(bot.T("Approvals: 1 of 2\n✅ "), ana(), bot.T(" "), bot.When(noon)),
		bot.Actions(approve, bot.Button{Label: "Reject…", Style: bot.Danger, Command: "payout reject", Value: "P-7 9f2c41d7"}),
		bot.Small(bot.T("Prepared by "), elsewhere(on), bot.T(", who may not approve it. Expires "), bot.When(noon.Add(48*time.Hour))))
}

func payoutDecided(on agency.Platform) bot.Message {
	return payout("P-7: 12,480.35 USD approved",
		bot.Para(bot.T("Approved\n✅ "), ana(), bot.T(" "), bot.When(noon), bot.T("\n✅ "), elsewhere(on), bot.T(" "), bot.When(noon.Add(time.Minute))),
		bot.Actions(bot.Button{Label: "Export for the bank", Command: "payout export", Value: "P-7"}),
		bot.Small(bot.T("Decided "), bot.When(noon)))
}

func weeklyDigest() bot.Message {
	return bot.Message{
		Summary: "Week of 16 November: 84,120.50 USD GMV, up 12 %",
		Parts: []bot.Part{
			bot.Heading("Week of 16 to 22 November 2026"),
			bot.Para(bot.T("GMV "), bot.B("84,120.50 USD"), bot.T("%s", ", up 12 % on the week before. 6 sellers wait for somebody.")),
			{Chart: &bot.Chart{Title: "GMV by day", Kind: bot.Bars, Labels: []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}, Decimals: 2, Unit: "USD",
				Series: []bot.Series{
					{Name: "This week", Values: []int64{1_010_050, 1_120_000, 990_000, 1_240_500, 1_330_000, 1_510_000, 1_211_500}},
					{Name: "Week before", Values: []int64{901_000, 1_000_010, 1_005_000, 1_100_000, 1_210_000, 1_290_000, 1_005}},
				}}},
			{Table: &bot.Table{Caption: "Best sellers", Columns: []bot.Column{{Name: "Seller"}, {Name: "Orders", Align: bot.Right}, {Name: "GMV", Align: bot.Right}, {Name: "Change", Align: bot.Right}},
				Rows: [][]string{{"S-12 Glow Lab", "1,204", "31,000.00 USD", "+12 %"}, {"S-3 Nordic Home", "801", "12,900.10 USD", "−4 %"}, {"S-40 帽子屋", "77", "980.00 USD", "+0.5 %"}}}},
			bot.Actions(bot.Button{Label: "Mute these", Command: "digest mute", Value: "weekly"}),
			bot.Small(bot.T("Estimated from Partner Center at "), bot.When(noon), bot.T("; settled figures follow by the 15th.")),
		},
		Thread: []bot.Part{
			{Table: &bot.Table{Caption: "Open cases", Columns: []bot.Column{{Name: "Case"}, {Name: "Due"}}, Rows: [][]string{{"V-9", "2026-11-25"}, {"V-11", ""}}}},
			{Table: &bot.Table{Caption: "Samples on their way", Columns: []bot.Column{{Name: "Sample"}}}},
		},
	}
}

func violationAlert(on agency.Platform) bot.Message {
	return bot.Message{
		Summary: "V-9: Glow Lab has 2 d to appeal",
		Parts: []bot.Part{
			bot.Heading("V-9 Violation: misleading claim"),
			{Fields: []bot.Pair{
				{Label: "Seller", Value: bot.T("S-12 Glow Lab")},
				{Label: "Points", Value: bot.T("4 of 12")},
				{Label: "Appeal by", Value: bot.When(noon.Add(48 * time.Hour))},
				{Label: "Owner", Value: bot.T("nobody")},
			}},
			bot.Para(bot.T("“Removes wrinkles overnight” in the title of "), bot.Text{{Style: bot.Link, Text: "Night Serum", Ref: "https://shop.example/p/1?a=1&b=<2>"}}, bot.T(".")),
			{Select: &bot.Select{Label: "Give it to…", Command: "case assign", Options: []bot.Option{
				{Label: "Ana Ortiz", Value: "V-9 1", Detail: "3 open cases"}, {Label: "Kofi Mensah", Value: "V-9 2"},
			}}},
			bot.Actions(bot.Button{Label: "Take it", Style: bot.Primary, Command: "case take", Value: "V-9"}),
			bot.Small(bot.T("Rule: policy of 2026-07-01, US. Assigned by nobody yet; "), ana(), bot.T(" was told.")),
		},
	}
}

func help() bot.Message {
	m := bot.Message{Summary: "What the desk can do", Parts: []bot.Part{bot.Heading("What the desk can do")}}
	for _, f := range [][2]string{
		{"seller onboard", "record a seller and start their onboarding"}, {"seller list", "list sellers"},
		{"match find", "propose creators for a seller"}, {"payout prepare", "freeze what is payable into a run"},
	} {
		m.Parts = append(m.Parts, bot.Para(bot.C("/%s", f[0]), bot.T("  %s", f[1])))
	}
	m.Parts = append(m.Parts, bot.Small(bot.T("Write "), bot.C("/help seller"), bot.T(" for examples.")))
	return m
}

func homePage() bot.Message {
	return bot.Message{
		Summary: "Your desk",
		Parts: []bot.Part{
			bot.Heading("Good morning, Ana"),
			bot.Para(bot.T("Two things wait for you.")),
			{Fields: []bot.Pair{{Label: "S-12 Glow Lab", Value: bot.T("bank details, due 2 d ago")}, {Label: "P-7", Value: bot.T("second approval")}}},
			bot.Actions(bot.Button{Label: "Open S-12", Command: "seller show", Value: "S-12"}, bot.Button{Label: "Onboard a seller", Command: "seller onboard"}),
			{Divider: true},
			{Chart: &bot.Chart{Title: "Goal G-2: sellers", Kind: bot.Lines, Unit: "sellers", Labels: []string{"Sep", "Oct", "Nov"}, Series: []bot.Series{{Name: "live", Values: []int64{12, 31, 44}}}}},
			{Table: &bot.Table{Caption: "My sellers", Columns: []bot.Column{{Name: "Seller"}, {Name: "Done", Align: bot.Right}}, Rows: [][]string{{"S-12 Glow Lab", "3/7"}, {"S-3 Nordic Home", "7/7"}}}},
			bot.Small(bot.T("As of "), bot.When(noon)),
		},
	}
}

// Nasty is what people write who would like to be somebody else, to reach everybody, or to hide something.
func Nasty() []string {
	return []string{
		"<!channel> <!here> <!everyone>", "@everyone @here", "<@U1> <@U1|boss> <@&42> <#C1|general>", "<https://evil.example|https://bank.example>",
		"[click](https://evil.example)", "*bold* _italic_ ~gone~ `code` ```pre```", "> quoted", ":white_check_mark: approved", "=HYPERLINK(\"https://evil\",\"pay\")",
		"invoice\u202Efdp.exe\u202C", "zero\u200Bwidth\u2060joiner\uFEFF", "two\nlines\r\nthree", "&lt;!channel&gt; &amp; co", "<t:1700000000:R> <id:guide>", "||spoiler|| -# small # big",
		"https://evil.example/a", "\x00\x07bell", "नमस्ते 👩‍👩‍👧 帽子屋 🏳️‍🌈", strings.Repeat("x", 200),
	}
}

func nastyNames(on agency.Platform) bot.Message {
	m := bot.Message{Summary: "New seller <!channel> *free* <https://evil.example|money> @everyone"}
	m.Parts = append(m.Parts, bot.Heading("S-13 <!channel> *Shop*\n<@U1>"))
	for i, s := range Nasty() {
		m.Parts = append(m.Parts, bot.Para(bot.B("%d ", i+1), bot.T("%s", s), bot.I(" by "), bot.B("%s", s)))
	}
	var pairs []bot.Pair
	for i, s := range Nasty() {
		pairs = append(pairs, bot.Pair{Label: fmt.Sprintf("Name %d", i+1), Value: bot.Join(bot.T("%s ", s), ana())})
	}
	m.Parts = append(m.Parts, bot.Part{Fields: pairs})
	for _, s := range Nasty()[:4] {
		m.Parts = append(m.Parts, bot.Small(bot.T("%s · ", s), bot.When(noon)))
	}
	rows := make([][]string, 0, len(Nasty()))
	for _, s := range Nasty() {
		rows = append(rows, []string{s, s})
	}
	m.Parts = append(m.Parts, bot.Part{Table: &bot.Table{Caption: "Names <!here>", Columns: []bot.Column{{Name: "*Name*"}, {Name: "<@U1>"}}, Rows: rows}},
		bot.Actions(bot.Button{Label: "Approve <!channel> *now*\n@everyone", Command: "seller tick", Value: "S-13 <bank>"}),
		bot.Part{Select: &bot.Select{Label: "<@U1> pick", Command: "case assign", Options: []bot.Option{{Label: "<!here> *x*", Value: "V-1 <x>"}}}})
	return m
}

func tooLong() bot.Message {
	m := bot.Message{Summary: strings.Repeat("A summary that goes on. ", 200)}
	m.Parts = append(m.Parts, bot.Heading("%s", strings.Repeat("A heading that goes on ", 12)))
	words := &strings.Builder{}
	for i := 0; words.Len() < 20_000; i++ {
		fmt.Fprintf(words, "Sentence %d of a very long text. ", i+1)
		if i%20 == 19 {
			words.WriteString("\n\n")
		}
	}
	m.Parts = append(m.Parts, bot.Para(bot.T("%s", words)))
	pairs := make([]bot.Pair, 0, 200)
	for i := range 200 {
		pairs = append(pairs, bot.Pair{Label: fmt.Sprintf("Field %d", i+1), Value: bot.T("value %d", i+1)})
	}
	pairs[7].Value = bot.T("%s", strings.Repeat("long value ", 400))
	m.Parts = append(m.Parts, bot.Part{Fields: pairs})
	rows := make([][]string, 0, 400)
	for i := range 400 {
		rows = append(rows, []string{fmt.Sprintf("C-%d", i+1), "Creator with a name of some length", fmt.Sprintf("%d.00 USD", i*7)})
	}
	m.Parts = append(m.Parts,
		bot.Part{Table: &bot.Table{Caption: "All creators", Columns: []bot.Column{{Name: "Ref"}, {Name: "Name"}, {Name: "Amount", Align: bot.Right}}, Rows: rows}},
		bot.Small(bot.T("%s", strings.Repeat("small print ", 400))),
		bot.Actions(bot.Button{Label: strings.Repeat("Approve the payout ", 10) + "of 1,000.00 USD", Style: bot.Primary, Command: "payout approve", Value: "P-7",
			Confirm: &bot.Confirm{Title: strings.Repeat("Sure? ", 30), Text: strings.Repeat("Really? ", 60) + "1,000.00 USD", Yes: strings.Repeat("Yes ", 20), No: strings.Repeat("No ", 20)}}))
	return m
}

func manyButtons() bot.Message {
	m := bot.Message{Summary: "Many candidates", Parts: []bot.Part{bot.Heading("Many candidates")}}
	for i := range 30 {
		ref := fmt.Sprintf("M-%d", i+1)
		m.Parts = append(m.Parts, bot.Para(bot.B("%d. creator", i+1)), bot.Actions(
			bot.Button{Label: "Approve", Command: "match approve", Value: ref}, bot.Button{Label: "Decline", Command: "match decline", Value: ref}))
	}
	var row []bot.Button
	for i := range 27 {
		row = append(row, bot.Button{Label: fmt.Sprintf("Page %d", i+1), Command: "match page", Value: fmt.Sprint(i + 1)})
	}
	options := make([]bot.Option, 0, 120)
	for i := range 120 {
		options = append(options, bot.Option{Label: fmt.Sprintf("Seller %d with quite a long name that goes beyond the seventy-five characters of Slack, truly", i+1), Value: fmt.Sprintf("S-%d", i+1)})
	}
	m.Parts = append(m.Parts, bot.Part{Buttons: row}, bot.Part{Select: &bot.Select{Label: "Another seller", Command: "match find", Options: options}},
		bot.Part{Select: &bot.Select{Label: "Nobody", Command: "match find"}})
	return m
}

func oddCharts() bot.Message {
	many := bot.Chart{Title: "Twenty-five days", Kind: bot.Lines, Decimals: 0, Unit: "orders", Series: []bot.Series{{Name: "orders"}}}
	for i := range 25 {
		many.Labels = append(many.Labels, fmt.Sprintf("Day %d", i+1))
		many.Series[0].Values = append(many.Series[0].Values, int64(i*i))
	}
	small := bot.Chart{Title: "A title that is longer than the fifty characters that there are", Kind: bot.Bars, Decimals: 3, Unit: "KWD",
		Labels: []string{"a label beyond twenty characters", "−"}, Series: []bot.Series{{Name: "a name beyond twenty characters", Values: []int64{-5, 1_234_567}}}}
	twins := small
	twins.Series = []bot.Series{{Name: "same", Values: []int64{1, 2}}, {Name: "same", Values: []int64{3, 4}}}
	return bot.Message{Summary: "Odd charts", Parts: []bot.Part{
		{Chart: &small}, {Chart: &small}, {Chart: &small}, {Chart: &many}, {Chart: &twins}, {Chart: &bot.Chart{Title: "Nothing", Kind: bot.Bars}},
	}}
}
