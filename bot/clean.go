package bot

import (
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/width"
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

// OneLine is clean text on one line, for places where a line break could forge a further entry.
func OneLine(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }

// OneLine takes the line breaks out of text and keeps its styles.
func (t Text) OneLine() Text {
	all := make(Text, 0, len(t))
	for _, s := range t {
		s.Text = strings.NewReplacer("\n", " ", "\t", " ").Replace(Clean(s.Text))
		all = append(all, s)
	}
	return all
}

// Size is the length of text in UTF-16 units, never fewer than characters: Slack's clients count so, and Discord does not
// say which it counts.
func Size(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// Squeeze shortens text to a Size by taking out its middle, visibly: names differ at the beginning and amounts stand at
// the end.
func Squeeze(s string, limit int) string {
	if Size(s) <= limit {
		return s
	}
	runes := []rune(s)
	head, tail := 0, len(runes)
	room := limit - 1 // for the ellipsis
	for room > 0 && head < tail {
		fromBack := (head+len(runes)-tail)%3 == 2 // two from the front, then one from the back
		r := runes[head]
		if fromBack {
			r = runes[tail-1]
		}
		n := max(utf16.RuneLen(r), 1)
		if n > room {
			break
		}
		if fromBack {
			tail--
		} else {
			head++
		}
		room -= n
	}
	return string(runes[:head]) + "…" + string(runes[tail:])
}

// Columns is how wide text is in a monospaced font: Chinese characters and most pictures take two columns, marks above and
// below a letter none.
func Columns(s string) int {
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
