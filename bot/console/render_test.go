package console

import (
	"strings"
	"testing"

	"liaison/agency"
	"liaison/bot"
)

func TestCleanTakesOutWhatDeceives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"plain":                      {"Glow Lab", "Glow Lab"},
		"nothing":                    {"", ""},
		"colours of the terminal":    {"\x1b[31mred\x1b[0m", "[31mred[0m"},
		"title of the terminal":      {"\x1b]0;owned\x07", "]0;owned"},
		"controls of eight bits":     {"\u009b31mred\u0090", "31mred"},
		"bell, null and delete":      {"a\x07b\x00c\x7fd", "abcd"},
		"backspaces":                 {"paid 1\b9", "paid 19"},
		"a carriage return":          {"1,000 USD\r9", "1,000 USD\n9"},
		"line ends of Windows":       {"one\r\ntwo", "one\ntwo"},
		"line ends of Unicode":       {"one\u2028two\u2029three\u0085four", "one\ntwo\nthree\nfour"},
		"a tab":                      {"a\tb", "a b"},
		"direction overrides":        {"invoice\u202Efdp.exe\u202C", "invoicefdp.exe"},
		"direction isolates":         {"a\u2066b\u2067c\u2068d\u2069", "abcd"},
		"direction marks":            {"a\u200Eb\u200Fc\u061Cd", "abcd"},
		"characters of no width":     {"zero\u200Bwidth\u2060joiner\uFEFF", "zerowidthjoiner"},
		"a soft hyphen":              {"pay\u00ADpal", "paypal"},
		"fillers":                    {"a\u115F\u1160\u3164\uFFA0\u034Fb", "ab"},
		"tags, which hide text":      {"ok\U000E0041\U000E0042", "ok"},
		"a joiner between letters":   {"ad\u200Dmin", "admin"},
		"a joiner in a picture":      {"👩\u200D👩\u200D👧", "👩\u200D👩\u200D👧"},
		"a flag":                     {"🏳️\u200D🌈", "🏳️\u200D🌈"},
		"writing with marks":         {"नमस्ते é", "नमस्ते é"},
		"right to left, as it is":    {"שלום", "שלום"},
		"broken UTF-8":               {"a\xffb", "a\uFFFDb"},
		"a control made of its ends": {"\xc2", "\uFFFD"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := clean(c.in); got != c.want {
				t.Errorf("clean(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

// evil is a text that moves the cursor, turns the direction and breaks the line.
const evil = "a\x1b[2Jb\u202Ec\r\nd"

func TestNoTextReachesTheTerminalAsItIs(t *testing.T) {
	t.Parallel()
	words := bot.T("%s", evil)
	chart := bot.Chart{Title: evil, Unit: evil, Labels: []string{evil, evil}, Series: []bot.Series{{Name: evil, Values: []int64{1, 2}}}}
	table := bot.Table{Caption: evil, Columns: []bot.Column{{Name: evil}, {Name: evil}}, Rows: [][]string{{evil, evil}}}
	spans := bot.Text{}
	for _, style := range []bot.Style{bot.Plain, bot.Bold, bot.Italic, bot.Code, bot.Strike, bot.Person, bot.Channel, bot.Link, bot.Moment} {
		spans = append(spans, bot.Span{Style: style, Text: evil, Ref: evil})
	}
	parts := []bot.Part{
		{Heading: evil}, {Text: spans}, {Fields: []bot.Pair{{Label: evil, Value: words}}}, {Note: words}, {Table: &table}, {Chart: &chart},
		{Buttons: []bot.Button{{Label: evil}}}, {Select: &bot.Select{Label: evil, Options: []bot.Option{{Label: evil}}}},
	}
	for name, got := range map[string]string{
		"a message":      Render(bot.Message{Summary: evil, Parts: parts, Thread: parts}),
		"a bare summary": Render(bot.Message{Summary: evil}),
		"a form": RenderForm(bot.Form{Title: evil, Intro: parts,
			Fields: []bot.Field{{Name: "note", Label: evil, Value: evil}}}),
		"errors":         Answer(bot.Reply{Errors: map[string]string{"note": evil}}),
		"a home":         Answer(bot.Reply{Home: &bot.Message{Summary: evil}}),
		"a form's reply": Answer(bot.Reply{Form: &bot.Form{Title: evil}}),
	} {
		if strings.ContainsAny(got, "\x1b\r\u202E") {
			t.Errorf("%s lets something through: %q", name, got)
		}
	}
}

func TestOnlyTextMayBreakTheLine(t *testing.T) {
	t.Parallel()
	const forged = "Glow\nTotal: 1 USD"
	for name, c := range map[string]struct {
		part bot.Part
		want string
	}{
		"a paragraph": {bot.Para(bot.T("%s", forged)), "Glow\nTotal: 1 USD"},
		"a heading":   {bot.Heading("%s", forged), "== Glow Total: 1 USD =="},
		"a field":     {bot.Part{Fields: []bot.Pair{{Label: "Shop", Value: bot.T("%s", forged)}}}, "Shop: Glow\n  Total: 1 USD"},
		"a label":     {bot.Part{Fields: []bot.Pair{{Label: forged, Value: bot.T("x")}}}, "Glow Total: 1 USD: x"},
		"small print": {bot.Small(bot.T("%s", forged)), "— Glow\n  Total: 1 USD"},
		"a button":    {bot.Actions(bot.Button{Label: forged}), "[Glow Total: 1 USD]"},
		"a select":    {bot.Part{Select: &bot.Select{Label: forged, Options: []bot.Option{{Label: forged}}}}, "[Glow Total: 1 USD▾] Glow Total: 1 USD"},
		"no options":  {bot.Part{Select: &bot.Select{Label: "Nobody"}}, "[Nobody▾]"},
		"a table":     {bot.Part{Table: &bot.Table{Caption: forged, Columns: []bot.Column{{Name: forged}}, Rows: [][]string{{forged}}}}, "Glow Total: 1 USD\nGlow Total: 1 USD\nGlow Total: 1 USD"},
		"a divider":   {bot.Part{Divider: true}, "--"},
		"nothing":     {bot.Part{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(part(c.part), "\n"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text bot.Text
		want string
	}{
		"bold":                {bot.B("now"), "*now*"},
		"italic":              {bot.I("soon"), "soon"},
		"code":                {bot.C("/help"), "`/help`"},
		"a person":            {bot.Mention("Ana", agency.Identity{Platform: agency.Console, Workspace: Workspace, User: "ana"}), "@Ana"},
		"a channel":           {bot.Text{{Style: bot.Channel, Ref: "desk"}}, "#desk"},
		"a link says where":   {bot.Text{{Style: bot.Link, Text: "bank", Ref: "https://evil.example"}}, "bank <https://evil.example>"},
		"an instant":          {bot.When(1_795_435_200_000), "Mon 23 Nov 2026 12:00 UTC"},
		"an instant of words": {bot.Text{{Style: bot.Moment, Text: "later", Ref: "no number"}}, "later"},
		"one after the other": {bot.Join(bot.T("a "), bot.B("b"), bot.T(" c")), "a *b* c"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := text(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTablesAreAligned(t *testing.T) {
	t.Parallel()
	columns := []bot.Column{{Name: "Shop"}, {Name: "GMV", Align: bot.Right}, {Name: "State"}}
	for name, c := range map[string]struct {
		rows [][]string
		want []string
	}{
		"left and right": {
			[][]string{{"Glow Lab", "9.00", "live"}, {"Nord", "12,480.35", ""}},
			[]string{"Shop            GMV  State", "Glow Lab       9.00  live", "Nord      12,480.35"}},
		"no rows": {nil, []string{"Shop  GMV  State"}},
		"Chinese characters are two wide": {
			[][]string{{"帽子屋", "1", "live"}, {"abcdef", "1", "live"}},
			[]string{"Shop    GMV  State", "帽子屋    1  live", "abcdef    1  live"}},
		"marks have no width": {
			[][]string{{"Cafe\u0301", "1", "live"}, {"Cafes", "1", "live"}},
			[]string{"Shop   GMV  State", "Cafe\u0301     1  live", "Cafes    1  live"}},
		"what is taken out has no width": {
			[][]string{{"No\u200Brd\x1b", "1", "live"}, {"Nordi", "1", "live"}},
			[]string{"Shop   GMV  State", "Nord     1  live", "Nordi    1  live"}},
		"a short row": {[][]string{{"Nord"}}, []string{"Shop  GMV  State", "Nord"}},
		"a long row":  {[][]string{{"Nord", "1", "live", "more"}}, []string{"Shop  GMV  State", "Nord    1  live"}},
	} {
		t.Run(name, func(t *testing.T) {
			want := append([]string{"Sellers"}, c.want...)
			got := table(bot.Table{Caption: "Sellers", Columns: columns, Rows: c.rows})
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func TestATableIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	shown := bot.Table{Columns: []bot.Column{{Name: "A"}}, Rows: [][]string{{"two\nlines"}}}
	table(shown)
	if shown.Rows[0][0] != "two\nlines" {
		t.Errorf("drawing changed the message: %q", shown.Rows[0][0])
	}
}

func TestCharts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		chart bot.Chart
		want  string
	}{
		"one line": {bot.Chart{Title: "Sellers", Unit: "sellers", Labels: []string{"Sep", "Oct", "Nov"},
			Series: []bot.Series{{Name: "live", Values: []int64{0, 31, 62}}}}, "Sellers (sellers)\nlive ▁▄█ 62\nfrom Sep to Nov"},
		"all series on one scale": {bot.Chart{Title: "GMV", Unit: "USD", Decimals: 2,
			Series: []bot.Series{{Name: "now", Values: []int64{700, 700}}, {Name: "before", Values: []int64{100, 100}}}}, "GMV (USD)\nnow ██ 7.00\nbefore ▂▂ 1.00"},
		"nothing":    {bot.Chart{Title: "Nothing"}, "Nothing"},
		"no values":  {bot.Chart{Title: "GMV", Unit: "USD", Series: []bot.Series{{Name: "now"}}}, "GMV (USD)\nnow  0"},
		"all nought": {bot.Chart{Title: "GMV", Series: []bot.Series{{Name: "now", Values: []int64{0, 0}}}}, "GMV\nnow ▁▁ 0"},
		"below zero": {bot.Chart{Title: "GMV", Decimals: 2, Series: []bot.Series{{Name: "now", Values: []int64{10, -5}}}}, "GMV\nnow █▁ -0.05"},
		"three places": {bot.Chart{Title: "GMV", Unit: "KWD", Decimals: 3, Series: []bot.Series{{Name: "now", Values: []int64{1_234_567}}}},
			"GMV (KWD)\nnow █ 1234.567"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(chart(c.chart), "\n"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
