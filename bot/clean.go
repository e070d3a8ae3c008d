package bot

import (
	"strings"
	"unicode"
)

// Clean takes out of text what can make it read otherwise than it is: direction overrides, characters of no width,
// control characters and broken UTF-8. Line breaks and tabs stay.
func Clean(s string) string {
	if plainASCII(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	runes := []rune(s)
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range runes {
		switch {
		case r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			b.WriteByte('\n')
		case r == '\u200D' && joinsEmoji(runes, i):
			b.WriteRune(r)
		case hidden(r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x7F || c < ' ' && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// hidden reports characters that nobody sees: controls, formats (Cf has the direction marks and the widthless ones), and
// fillers that are letters by name only.
func hidden(r rune) bool {
	switch r {
	case '\n', '\t':
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
