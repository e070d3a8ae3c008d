package discord

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"liaison/bot"
	"liaison/bot/bottest"
)

// live is what Discord would act on in markdown, backslash escapes taken away first.
var (
	backslashed = regexp.MustCompile(`\\[^0-9A-Za-z\s]`)
	live        = regexp.MustCompile("(?m)[*_~`|<>\\[\\]@]|https?://|:[^\\s:]+:|^[ \t]*(-|#|\\+|\\d+[.)])|discord\\.gg")
)

// TestWhatPeopleWriteActsNowhere checks escaping against Discord's grammar: no character that opens anything is left.
func TestWhatPeopleWriteActsNowhere(t *testing.T) {
	t.Parallel()
	pieces := append(bottest.Nasty(), "\\", "\\\\", "*", "_", "`", "<@1>", "http://a", ":a::b:", "# a", "\n- b", "1. c", "discord.gg/x", " ", "x")
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 6).Draw(t, "pieces"), "")
		left := backslashed.ReplaceAllString(escape(s), "x") // it is a character like any other
		if at := live.FindString(left); at != "" {
			t.Fatalf("%q stays in %q, made of %q", at, escape(s), s)
		}
		read := regexp.MustCompile(`\\([^0-9A-Za-z\s])`).ReplaceAllString(escape(s), "$1")
		if read != s {
			t.Fatalf("%q reads as %q", s, read)
		}
	})
}

// TestNothingIsLostWhenTextIsSplit puts the pieces together again.
func TestNothingIsLostWhenTextIsSplit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var whole bot.Text
		for range rapid.IntRange(1, 5).Draw(t, "spans") {
			words := rapid.SliceOfN(rapid.SampledFrom([]string{"word ", "*star* ", "line\n", "\n\n", "帽子屋 ", strings.Repeat("x", 90), "<@1>. "}), 1, 30).Draw(t, "words")
			whole = append(whole, bot.Span{Text: strings.Join(words, ""), Style: rapid.SampledFrom([]bot.Style{bot.Plain, bot.Bold, bot.Code, bot.Italic}).Draw(t, "style")})
		}
		limit := rapid.IntRange(60, 400).Draw(t, "limit")
		var together strings.Builder
		for _, piece := range where().split(whole, limit) {
			if n := bot.Size(where().markdown(piece)); n > limit {
				t.Fatalf("a piece has %d characters, more than %d", n, limit)
			}
			together.WriteString(piece.String())
		}
		if together.String() != cleanText(whole).String() {
			t.Fatalf("%q came out as %q", whole.String(), together.String())
		}
	})
}

func TestSpansInMarkdown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		t    bot.Text
		want string
	}{
		{bot.Join(bot.B(" a "), bot.T("b")), " **a** b"},
		{bot.Join(bot.B("a"), bot.B("b")), "**ab**"},
		{bot.Join(bot.T("foo"), bot.I("bar")), "foo*bar*"},
		{bot.Join(bot.T("foo "), bot.I("bar")), "foo _bar_"},
		{bot.C("a`b"), "`aˋb`"},
		{bot.B("a\nb"), "**a**\n**b**"},
		{bot.Text{{Style: bot.Link, Text: "x](https://evil)", Ref: "https://a.example/?q=(1)"}}, `[x\](https\://evil)](<https://a.example/?q=%281%29>)`},
		{bot.Text{{Style: bot.Link, Text: "x", Ref: "javascript:alert(1)"}}, "x"},
		{bot.Text{{Style: bot.Person, Text: "An_a", Ref: "slack:T1:U1"}}, `An\_a`},
		{bot.Text{{Style: bot.Person, Text: "Ana", Ref: "discord:" + bottest.Guild + ":" + bottest.GuildAna}}, "<@" + bottest.GuildAna + ">"},
		{bot.Text{{Style: bot.Moment, Text: "then", Ref: "1795435200000"}}, "<t:1795435200:f>"},
		{bot.Text{{Style: bot.Channel, Text: "x", Ref: "400000000000000001"}}, "<#400000000000000001>"},
	} {
		if got := where().markdown(c.t); got != c.want {
			t.Errorf("%+v is %q, want %q", c.t, got, c.want)
		}
	}
}
