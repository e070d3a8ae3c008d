package console

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// clean takes out what would move the terminal's cursor, turn its writing direction or hide in a name. Line breaks stay;
// a tab is a space, because columns are counted.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n", "\t", " ").Replace(s)
	runes := []rune(s)
	var b strings.Builder
	for i, r := range runes {
		if !hidden(r) || r == '\u200D' && joinsEmoji(runes, i) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// hidden reports characters that nobody sees: controls, formats (Cf has the direction marks and the widthless ones), and
// fillers that are letters by name only.
func hidden(r rune) bool {
	switch r {
	case '\n':
		return false
	case '\u115F', '\u1160', '\u3164', '\uFFA0', '\u034F', '\u17B4', '\u17B5':
		return true
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)
}

// joinsEmoji reports that the zero-width joiner at i holds two pictures together, as in a family or a rainbow flag.
func joinsEmoji(runes []rune, i int) bool {
	picture := func(r rune) bool {
		return unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r) || r == '\uFE0F'
	}
	return i > 0 && i+1 < len(runes) && picture(runes[i-1]) && picture(runes[i+1])
}

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
