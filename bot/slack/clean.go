package slack

import (
	"strings"
	"unicode/utf16"

	"liaison/bot"
)

// clean takes out of text what can make it read otherwise than it is; see bot.Clean.
func clean(s string) string { return bot.Clean(s) }

// oneLine is clean text on one line, for places where a line break could forge a further entry.
func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// size is the length of text as Slack's clients count it: in UTF-16 units, never fewer than characters.
func size(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// squeeze shortens text to a limit by taking out its middle, visibly: names differ at the beginning and amounts stand at
// the end.
func squeeze(s string, limit int) string {
	if size(s) <= limit {
		return s
	}
	runes := []rune(s)
	head, tail := 0, len(runes)
	room := limit - 1 // for the ellipsis
	for room > 0 && head < tail {
		r := runes[head]
		if (head+len(runes)-tail)%3 == 2 { // two from the front, then one from the back
			r = runes[tail-1]
		}
		n := max(utf16.RuneLen(r), 1)
		if n > room {
			break
		}
		if (head+len(runes)-tail)%3 == 2 {
			tail--
		} else {
			head++
		}
		room -= n
	}
	return string(runes[:head]) + "…" + string(runes[tail:])
}

// escape makes text harmless in Slack's markup, where only these three characters open anything.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
