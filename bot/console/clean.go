package console

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"liaison/bot"
)

// clean takes out what would move the terminal's cursor, turn its writing direction or hide in a name. Line breaks stay;
// a tab is a space, because columns are counted.
func clean(s string) string { return strings.ReplaceAll(bot.Clean(s), "\t", " ") }

// oneLine is clean text on one line, for places where a line break could forge a further entry.
func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// columnsOf is how many columns of a terminal a text takes: Chinese characters and most pictures take two, marks above and
// below a letter none.
func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		switch kind := width.LookupRune(r).Kind(); {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
