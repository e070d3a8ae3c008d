package slack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	sdk "github.com/slack-go/slack"
	"pgregory.net/rapid"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
)

// object and list are JSON as it was read.
type (
	object = map[string]any
	list   = []any
)

// inspect lists what Slack would refuse in rendered blocks. It is written from Slack's reference, not from the renderer:
// the renderer's constants are not used.
func inspect(v any) []string {
	i := &inspector{}
	o, _ := v.(object)
	blocks, _ := o["blocks"].(list)
	most := 50
	if o["type"] == "modal" || o["type"] == "home" {
		most = 100
	}
	i.most("blocks", len(blocks), most)
	i.least("blocks", len(blocks), 1)
	if o["type"] == "modal" {
		i.text("title", o["title"], 24)
		i.text("close", o["close"], 24)
		i.text("submit", o["submit"], 24)
		i.most("private_metadata", runes(o["private_metadata"]), 3000)
	}
	for n, b := range blocks {
		i.block(fmt.Sprintf("block %d", n), b.(object))
	}
	i.most("charts", i.charts, 2)
	i.most("tables", i.tables, 1)
	i.most("cells of tables", i.cells, 10_000)
	if most == 50 {
		i.most("words", i.words, 12_000)
		i.least("text", runes(o["text"]), 1)
		i.most("text", runes(o["text"]), 4000)
	}
	if most == 100 && i.charts+i.tables > 0 {
		i.fail("a view holds charts or data tables")
	}
	return i.wrong
}

type inspector struct {
	wrong                        []string
	charts, tables, cells, words int
	ids                          map[string]bool
}

func (i *inspector) fail(format string, args ...any) {
	i.wrong = append(i.wrong, fmt.Sprintf(format, args...))
}
func (i *inspector) most(what string, n, most int) {
	if n > most {
		i.fail("%s: %d of at most %d", what, n, most)
	}
}
func (i *inspector) least(what string, n, least int) {
	if n < least {
		i.fail("%s: %d of at least %d", what, n, least)
	}
}

func runes(v any) int {
	s, _ := v.(string)
	return utf8.RuneCountInString(s)
}

// text checks a text object that may be absent.
func (i *inspector) text(what string, v any, most int) {
	o, ok := v.(object)
	if !ok {
		return
	}
	n := runes(o["text"])
	i.least(what, n, 1)
	i.most(what, n, most)
	i.words += n
	if o["type"] == "mrkdwn" && o["verbatim"] != true {
		i.fail("%s: markup that links by itself", what)
	}
	if o["type"] == "plain_text" && o["emoji"] != false {
		i.fail("%s: plain text that makes pictures of words", what)
	}
}

func (i *inspector) once(what string, id any) {
	s, _ := id.(string)
	if i.ids == nil {
		i.ids = map[string]bool{}
	}
	if s != "" && i.ids[s] {
		i.fail("%s: the id %q comes twice", what, s)
	}
	i.ids[s] = true
	i.most(what+" id", runes(id), 255)
}

func (i *inspector) block(at string, b object) {
	elements, _ := b["elements"].(list)
	switch b["type"] {
	case "header":
		i.text(at, b["text"], 150)
	case "divider":
	case "section":
		fields, _ := b["fields"].(list)
		i.most(at+" fields", len(fields), 10)
		if b["text"] == nil {
			i.least(at+" fields", len(fields), 1)
		}
		i.text(at, b["text"], 3000)
		for _, f := range fields {
			i.text(at+" field", f, 2000)
		}
	case "context":
		i.least(at, len(elements), 1)
		i.most(at, len(elements), 10)
		for _, e := range elements {
			i.text(at, e, 3000)
		}
	case "actions":
		i.least(at, len(elements), 1)
		i.most(at, len(elements), 5)
		for _, e := range elements {
			i.element(at, e.(object))
		}
	case "rich_text":
		i.rich(at, elements)
	case "data_table":
		i.table(at, b)
	case "data_visualization":
		i.chart(at, b)
	case "input":
		i.once(at, b["block_id"])
		i.text(at+" label", b["label"], 2000)
		i.text(at+" hint", b["hint"], 2000)
		i.element(at, b["element"].(object))
	default:
		i.fail("%s: a block of type %v", at, b["type"])
	}
}

func (i *inspector) element(at string, e object) {
	i.once(at+" action", "action "+e["action_id"].(string))
	i.text(at+" button", e["text"], 75)
	i.most(at+" value", runes(e["value"]), 2000)
	i.text(at+" placeholder", e["placeholder"], 150)
	if most, ok := e["max_length"].(float64); ok && most > 3000 {
		i.fail("%s: an input of more than 3000", at)
	}
	i.most(at+" initial value", runes(e["initial_value"]), 3000)
	if c, ok := e["confirm"].(object); ok {
		i.text(at+" confirm title", c["title"], 100)
		i.text(at+" confirm text", c["text"], 300)
		i.text(at+" confirm yes", c["confirm"], 30)
		i.text(at+" confirm no", c["deny"], 30)
	}
	options, _ := e["options"].(list)
	groups, _ := e["option_groups"].(list)
	i.options(at, options)
	i.most(at+" groups", len(groups), 100)
	for _, g := range groups {
		i.text(at+" group", g.(object)["label"], 75)
		i.options(at, g.(object)["options"].(list))
	}
	if e["type"] == "checkboxes" {
		i.most(at+" checkboxes", len(options), 10)
	}
	if e["type"] == "static_select" || e["type"] == "multi_static_select" {
		i.least(at+" options", len(options)+len(groups), 1)
	}
}

func (i *inspector) options(at string, options list) {
	i.most(at+" options", len(options), 100)
	words := i.words
	for _, o := range options {
		i.text(at+" option", o.(object)["text"], 75)
		i.text(at+" option", o.(object)["description"], 75)
		i.least(at+" option value", runes(o.(object)["value"]), 1)
		i.most(at+" option value", runes(o.(object)["value"]), 75)
	}
	i.words = words // what is folded away does not count
}

func (i *inspector) rich(at string, elements list) {
	n := 0
	for _, e := range elements {
		for _, s := range e.(object)["elements"].(list) {
			i.least(at, runes(s.(object)["text"])+runes(s.(object)["user_id"])+runes(s.(object)["channel_id"])+runes(s.(object)["url"])+runes(s.(object)["format"]), 1)
			n += runes(s.(object)["text"])
		}
	}
	i.most(at, n, 3000)
	i.words += n
}

func (i *inspector) table(at string, b object) {
	i.tables++
	rows := b["rows"].(list)
	i.least(at+" rows", len(rows), 2)
	i.most(at+" rows", len(rows), 101)
	i.least(at+" caption", runes(b["caption"]), 1)
	if size, _ := b["page_size"].(float64); size < 1 || size > 100 {
		i.fail("%s: pages of %v", at, b["page_size"])
	}
	for _, row := range rows {
		if len(row.(list)) != len(rows[0].(list)) {
			i.fail("%s: rows of different width", at)
		}
		i.most(at+" columns", len(row.(list)), 20)
		for _, cell := range row.(list) {
			i.least(at+" cell", runes(cell.(object)["text"]), 1)
			i.cells += runes(cell.(object)["text"])
		}
	}
}

func (i *inspector) chart(at string, b object) {
	i.charts++
	data, err := json.Marshal(b)
	if err != nil {
		i.fail("%v", err)
	}
	var block sdk.DataVisualizationBlock
	if err := json.Unmarshal(data, &block); err != nil {
		i.fail("%s: %v", at, err)
	} else if err := block.Validate(); err != nil {
		i.fail("%s: %v", at, err)
	}
}

// pagesOf gives the messages or the view of a shape as JSON.
func pagesOf(t fataler, shape any) []any {
	data, err := json.Marshal(shape)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v", err)
	}
	if all, ok := v.(list); ok {
		return all
	}
	return list{v}
}

type fataler interface{ Fatalf(string, ...any) }

func TestNothingOfTheFixtureIsBeyondSlacksLimits(t *testing.T) {
	t.Parallel()
	for name, shape := range shapes(t) {
		for n, pg := range pagesOf(t, shape) {
			for _, wrong := range inspect(pg) {
				t.Errorf("%s, page %d: %s", name, n, wrong)
			}
		}
	}
}

func TestEveryBlockOfTheFixturePassesTheSchemaOfBlockKit(t *testing.T) {
	t.Parallel()
	block := schema(t, "blockkit.limits.schema.json", "#/definitions/KnownBlock")
	modal := schema(t, "blockkit.limits.schema.json", "#/definitions/View")
	for name, shape := range shapes(t) {
		for n, pg := range pagesOf(t, shape) {
			var kept list
			for i, b := range pg.(object)["blocks"].(list) {
				if b.(object)["type"] == "data_visualization" {
					continue // not in the schema; inspect checks it by the SDK's own rules
				}
				kept = append(kept, b)
				if err := block.Validate(viaJSON(t, b)); err != nil {
					t.Errorf("%s, page %d, block %d: %v", name, n, i, err)
				}
			}
			if view := pg.(object); view["type"] == "modal" || view["type"] == "home" {
				view["blocks"] = kept
				if err := modal.Validate(viaJSON(t, view)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

// spans draws any text at all, with a taste for what could act as markup.
func spans(t *rapid.T, label string) bot.Text {
	words := rapid.OneOf(rapid.String(), rapid.SampledFrom(bottest.Nasty()), rapid.StringOfN(rapid.SampledFrom([]rune("*_~`<>&|@#! \n:a")), 0, 40, -1))
	style := rapid.SampledFrom([]bot.Style{bot.Plain, bot.Bold, bot.Italic, bot.Code, bot.Strike, bot.Person, bot.Link, bot.Moment, bot.Channel})
	ref := rapid.OneOf(rapid.SampledFrom([]string{"slack:T0GLOW:U0ANA", "slack:T0X:U1", "C0DESK", "https://shop.example/a?b=1&c=<2>|3", "javascript:alert(1)", "1795435200000", "-5"}), rapid.String())
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) bot.Span {
		return bot.Span{Style: style.Draw(t, "style"), Text: words.Draw(t, "text"), Ref: ref.Draw(t, "ref")}
	}), 1, 5).Draw(t, label)
}

func anyMessage(t *rapid.T) bot.Message {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom(bottest.Nasty()), rapid.Map(rapid.IntRange(1, 400), func(n int) string { return strings.Repeat("wörd <&> ", n) }))
	command := rapid.SampledFrom([]string{"seller tick", "help"})
	part := rapid.Custom(func(t *rapid.T) bot.Part {
		switch rapid.IntRange(0, 8).Draw(t, "kind") {
		case 0:
			return bot.Part{Heading: text.Draw(t, "heading")}
		case 1:
			return bot.Part{Text: append(spans(t, "text"), bot.Span{Text: text.Draw(t, "more")})}
		case 2:
			var pairs []bot.Pair
			for range rapid.IntRange(1, 25).Draw(t, "pairs") {
				pairs = append(pairs, bot.Pair{Label: text.Draw(t, "label"), Value: spans(t, "value")})
			}
			return bot.Part{Fields: pairs}
		case 3:
			return bot.Part{Note: append(spans(t, "note"), bot.Span{Text: text.Draw(t, "more")})}
		case 4:
			table := &bot.Table{Caption: text.Draw(t, "caption")}
			for range rapid.IntRange(0, 23).Draw(t, "columns") {
				table.Columns = append(table.Columns, bot.Column{Name: text.Draw(t, "column"), Align: rapid.SampledFrom([]bot.Align{bot.Left, bot.Right}).Draw(t, "align")})
			}
			for range rapid.IntRange(0, 130).Draw(t, "rows") {
				table.Rows = append(table.Rows, []string{rapid.SampledFrom([]string{"", "1,204.00 USD", "x", strings.Repeat("long ", 100)}).Draw(t, "cell")})
			}
			return bot.Part{Table: table}
		case 5:
			c := &bot.Chart{Title: text.Draw(t, "title"), Unit: text.Draw(t, "unit"), Decimals: rapid.IntRange(0, 3).Draw(t, "decimals"), Kind: bot.Bars}
			n := rapid.IntRange(0, 22).Draw(t, "points")
			for i := range n {
				c.Labels = append(c.Labels, fmt.Sprint(i, text.Draw(t, "label")))
			}
			for range rapid.IntRange(0, 7).Draw(t, "series") {
				c.Series = append(c.Series, bot.Series{Name: text.Draw(t, "name"), Values: rapid.SliceOfN(rapid.Int64(), n, n).Draw(t, "values")})
			}
			return bot.Part{Chart: c}
		case 6:
			var row []bot.Button
			for range rapid.IntRange(1, 12).Draw(t, "buttons") {
				row = append(row, bot.Button{Label: text.Draw(t, "label"), Command: command.Draw(t, "command"), Value: "S-1", Confirm: &bot.Confirm{Text: text.Draw(t, "sure")}})
			}
			return bot.Part{Buttons: row}
		case 7:
			var options []bot.Option
			for i := range rapid.IntRange(0, 120).Draw(t, "options") {
				options = append(options, bot.Option{Label: text.Draw(t, "label"), Value: fmt.Sprint("S-", i)})
			}
			return bot.Part{Select: &bot.Select{Label: text.Draw(t, "label"), Command: "help", Options: options}}
		}
		return bot.Part{Divider: true}
	})
	return bot.Message{Summary: text.Draw(t, "summary"), Parts: rapid.SliceOfN(part, 0, 30).Draw(t, "parts"), Thread: rapid.SliceOfN(part, 0, 3).Draw(t, "thread")}
}

func TestNoMessageAtAllGoesBeyondSlacksLimits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := anyMessage(t)
		out, err := render(m, where())
		if err != nil {
			t.Fatalf("not rendered: %v", err)
		}
		shapes := []any{respond(out.Main, true)}
		for _, pg := range out.Thread {
			shapes = append(shapes, respond(pg, true))
		}
		view, err := shown(m, luggage{Command: "help"}, where())
		if err != nil {
			t.Fatalf("not shown: %v", err)
		}
		page, err := home(m, where())
		if err != nil {
			t.Fatalf("no home: %v", err)
		}
		for _, shape := range append(shapes, view, page) {
			for _, pg := range pagesOf(t, shape) {
				if wrong := inspect(pg); len(wrong) > 0 {
					t.Fatalf("%s", strings.Join(wrong, "\n"))
				}
			}
		}
	})
}

func TestWhatCannotBeShownAnywhereIsAnErrorAndNotACut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("v", 2001)
	for name, m := range map[string]bot.Message{
		"a value":       {Parts: []bot.Part{bot.Actions(bot.Button{Label: "x", Command: "help", Value: long})}},
		"no command":    {Parts: []bot.Part{bot.Actions(bot.Button{Label: "x"})}},
		"an option":     {Parts: []bot.Part{{Select: &bot.Select{Command: "help", Options: []bot.Option{{Label: "x", Value: long}}}}}},
		"empty option":  {Parts: []bot.Part{{Select: &bot.Select{Command: "help", Options: []bot.Option{{Label: "x"}}}}}},
		"long command":  {Parts: []bot.Part{bot.Actions(bot.Button{Label: "x", Command: strings.Repeat("c", 300)})}},
		"in the thread": {Thread: []bot.Part{bot.Actions(bot.Button{Label: "x"})}},
	} {
		if _, err := render(m, where()); err == nil {
			t.Errorf("%s was rendered", name)
		}
	}
	for name, f := range map[string]bot.Form{
		"a state":       {Command: "seller onboard", Title: "t", State: strings.Repeat("s", 3000)},
		"twins":         {Command: "seller onboard", Title: "t", Fields: []bot.Field{{Name: "a"}, {Name: "a"}}},
		"a value":       {Command: "seller onboard", Title: "t", Fields: []bot.Field{{Name: "a", Value: strings.Repeat("v", 3001)}}},
		"no options":    {Command: "seller onboard", Title: "t", Fields: []bot.Field{{Name: "a", Kind: bot.Choice}}},
		"no name":       {Command: "seller onboard", Title: "t", Fields: []bot.Field{{Label: "a"}}},
		"unknown kind":  {Command: "seller onboard", Title: "t", Fields: []bot.Field{{Name: "a", Kind: "knob"}}},
		"too many":      {Command: "seller onboard", Title: "t", Fields: make([]bot.Field, 101)},
		"bad selection": {Command: "seller onboard", Title: "t", Fields: []bot.Field{{Name: "a", Kind: bot.Choices, Options: []bot.Option{{}}}}},
	} {
		if _, err := modal(f, luggage{}, where()); err == nil || !strings.Contains(err.Error(), "seller onboard") {
			t.Errorf("%s: the error does not name the command: %v", name, err)
		}
	}
}

func TestTheLastButtonsOfACardStayOnTheMessageThatIsEdited(t *testing.T) {
	t.Parallel()
	m := bot.Message{Summary: "s"}
	for i := range 120 {
		m.Parts = append(m.Parts, bot.Para(bot.T("paragraph %d", i)))
	}
	m.Parts = append(m.Parts, bot.Actions(bot.Button{Label: "Approve", Command: "payout approve", Value: "P-7"}), bot.Small(bot.T("small print")))
	out, err := render(m, where())
	if err != nil {
		t.Fatal(err)
	}
	text := mustJSON(t, out.Main.Blocks)
	for _, want := range []string{"payout approve|0", "small print", "The rest is in the thread", "paragraph 0"} {
		if !strings.Contains(text, want) {
			t.Errorf("the message lacks %q", want)
		}
	}
	all := text
	for _, pg := range out.Thread {
		all += mustJSON(t, pg.Blocks)
		if strings.Contains(mustJSON(t, pg.Blocks), "payout approve") {
			t.Error("the thread has the buttons too")
		}
	}
	for i := range 120 {
		if !strings.Contains(all, fmt.Sprintf("paragraph %d\"", i)) {
			t.Errorf("paragraph %d is lost", i)
		}
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestEveryWordOfTheLongMessageIsShownSomewhere(t *testing.T) {
	t.Parallel()
	for _, c := range bottest.Messages(agency.Slack) {
		if c.Name != "too_long" {
			continue
		}
		out, err := render(c.Message, where())
		if err != nil {
			t.Fatal(err)
		}
		all := mustJSON(t, append([]page{out.Main}, out.Thread...))
		for i := range 580 {
			if !strings.Contains(all, fmt.Sprintf("Sentence %d of", i+1)) {
				t.Fatalf("sentence %d is lost", i+1)
			}
		}
		for i := range 400 {
			if !strings.Contains(all, fmt.Sprintf(`"C-%d"`, i+1)) {
				t.Fatalf("row %d is lost", i+1)
			}
		}
		for i := range 200 {
			if i != 7 && !strings.Contains(all, fmt.Sprintf(`"value %d"`, i+1)) {
				t.Fatalf("field %d is lost", i+1)
			}
		}
	}
}
