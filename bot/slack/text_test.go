package slack

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	sdk "github.com/slack-go/slack"
	"pgregory.net/rapid"

	"liaison/bot"
	"liaison/bot/bottest"
)

// TestWhatPeopleWriteComesOutOfAParagraphAsItWentIn is the proof that no name can mention, link or format: the text that
// went in is read back out of the blocks, and no element is there that no span asked for.
func TestWhatPeopleWriteComesOutOfAParagraphAsItWentIn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := bot.Text{}
		for _, s := range spans(t, "text") {
			if cuttable(s.Style) {
				in = append(in, s)
			}
		}
		var back strings.Builder
		for _, b := range where().paragraph(in) {
			var block sdk.RichTextBlock
			data, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &block); err != nil {
				t.Fatal(err)
			}
			for _, e := range block.Elements {
				for _, part := range e.(*sdk.RichTextSection).Elements {
					text, ok := part.(*sdk.RichTextSectionTextElement)
					if !ok {
						t.Fatalf("an element that nobody asked for: %#v", part)
					}
					back.WriteString(text.Text)
				}
			}
		}
		if want := cleanText(in).String(); back.String() != want {
			t.Fatalf("went in as %q, came out as %q", want, back.String())
		}
	})
}

// tokens are the only things in Slack's markup that mention or link.
var tokens = regexp.MustCompile(`<[^>]*>`)

func TestMarkupHoldsOnlyTheTokensThatWereAskedFor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := spans(t, "text")
		out := where().inline(in)
		if out.Type == sdk.PlainTextType {
			return // nothing acts in plain text
		}
		asked := 0
		for _, s := range in {
			if !cuttable(s.Style) {
				asked++
			}
		}
		found := tokens.FindAllString(out.Text, -1)
		if len(found) > asked {
			t.Fatalf("%d tokens for %d spans: %q", len(found), asked, out.Text)
		}
		for _, token := range found {
			if token == "<@U0ANA>" || token == "<#C0DESK>" || strings.HasPrefix(token, "<!date^") ||
				strings.HasPrefix(token, "<https://") || strings.HasPrefix(token, "<http://") {
				continue
			}
			t.Fatalf("the token %q in %q", token, out.Text)
		}
		// What remains beside the tokens and the markers that styles asked for has no character that formats.
		rest := tokens.ReplaceAllString(out.Text, "")
		for _, s := range in {
			if mark := marker(s.Style); mark != "" {
				rest = strings.Replace(rest, mark+escape(bot.Clean(s.Text))+mark, "", 1)
			}
		}
		if strings.ContainsAny(rest, "*_~`<>") {
			t.Fatalf("%q could format %q", rest, out.Text)
		}
	})
}

func TestCleanTakesOutWhatNobodySees(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain":                    "plain",
		"a\u202Eb\u2066c\u200Bd":   "abcd",
		"soft\u00ADhyphen\uFEFF":   "softhyphen",
		"tab\tand\nline\r\nend\r!": "tab\tand\nline\nend\n!",
		"bell\x07\x00\u0085x":      "bell\nx",
		"family 👩‍👩‍👧 stays":       "family 👩‍👩‍👧 stays",
		"joined\u200Dwords":        "joinedwords",
		"broken\xff":               "broken\uFFFD",
		"hangul\u3164filler":       "hangulfiller",
		"帽子屋 نص":                   "帽子屋 نص",
	} {
		if got := bot.Clean(in); got != want {
			t.Errorf("bot.Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSqueezeKeepsBothEnds(t *testing.T) {
	t.Parallel()
	if got := bot.Squeeze("Approve the very long payout of 1,000.00 USD", 24); got != "Approve the very….00 USD" {
		t.Fatalf("squeezed to %q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		s, n := rapid.String().Draw(t, "s"), rapid.IntRange(3, 80).Draw(t, "n")
		if got := bot.Squeeze(s, n); bot.Size(got) > n || !utf8.ValidString(got) && utf8.ValidString(s) {
			t.Fatalf("squeezed to %q", got)
		}
	})
}

func TestSplitLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := cleanText(append(spans(t, "text"), bot.Span{Text: strings.Repeat(rapid.StringN(1, 12, -1).Draw(t, "word"), 60)}))
		limit := rapid.IntRange(maxName, 900).Draw(t, "limit")
		var back strings.Builder
		for _, piece := range split(in, limit) {
			if n := bot.Size(piece.String()); n > limit {
				t.Fatalf("a piece of %d characters, limit %d", n, limit)
			}
			back.WriteString(piece.String())
		}
		if back.String() != in.String() {
			t.Fatalf("%q became %q", in.String(), back.String())
		}
	})
}

func TestATypedLineIsReadAsItWasTyped(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`onboard "Glow &amp; Lab" &lt;3`:               `onboard "Glow & Lab" <3`,
		`assign S-1 bank <@U012|ana>`:                  `assign S-1 bank <@U012|ana>`,
		`feed <#C012|general>`:                         `feed <#C012|general>`,
		`see <http://shop.example|shop.example> now`:   `see shop.example now`,
		`see <https://shop.example/?a=1&amp;b=2>`:      `see https://shop.example/?a=1&b=2`,
		`contact=<mailto:mia@x.example|mia@x.example>`: `contact=mia@x.example`,
		`<https://evil.example|https://bank.example>`:  `https://evil.example`,
		`typed &lt;@U1|boss&gt; literally`:             `typed < @U1|boss> literally`,
		`&amp;lt;@U1&gt;`:                              `&lt;@U1>`,
		`a < b`:                                        `a < b`,
		"line\u202E two":                               "line two",
	} {
		if got := typed(in); got != want {
			t.Errorf("typed(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPersonsOfAnotherWorkspaceAreNamedAndNotMentioned(t *testing.T) {
	t.Parallel()
	p := where()
	for ref, mentioned := range map[string]bool{
		"slack:" + bottest.Workspace + ":U0ANA": true, "slack:T0OTHER:U0ANA": false, "discord:" + bottest.Workspace + ":U0ANA": false,
		"slack:" + bottest.Workspace + ":U1>": false, "nonsense": false, "slack:" + bottest.Workspace + ":C0DESK": false,
	} {
		_, ok := p.element(bot.Span{Style: bot.Person, Ref: ref, Text: "Ana"}).(*sdk.RichTextSectionUserElement)
		if ok != mentioned {
			t.Errorf("%s: mentioned %v", ref, ok)
		}
	}
}

func TestFiguresInARightColumnSortAsNumbers(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"1,204": "1204", "12,480.35 USD": "12480.35", "USD 5.00": "5.00", "−4 %": "-4", "+0.5%": "0.5", "$1,000": "1000", "007": "7", "0": "0", "-0.05": "-0.05",
		"1.234,56": "", "S-12": "", "": "", "12,34": "", "1 2": "",
	} {
		block := dataTable("c", []bot.Column{{Name: "n", Align: bot.Right}}, [][]string{{orDash(cell)}}).blocks[0].(*sdk.DataTableBlock)
		got := ""
		if n, ok := block.Rows[1][0].(numberCell); ok {
			got = n.Value.String()
		}
		if got != want {
			t.Errorf("%q sorts as %q, want %q", cell, got, want)
		}
	}
}
