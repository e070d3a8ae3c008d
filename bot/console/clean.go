package console

import (
	"strings"

	"liaison/bot"
)

// clean takes out what would move the terminal's cursor, turn its writing direction or hide in a name. Line breaks stay;
// a tab is a space, because columns are counted.
func clean(s string) string { return strings.ReplaceAll(bot.Clean(s), "\t", " ") }
