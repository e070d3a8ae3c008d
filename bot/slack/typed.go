package slack

import (
	"strings"

	"liaison/bot"
)

// typed turns what Slack makes of a typed line back into what was typed. Mentions stay as <@U1|name> and <#C1|name>, which
// is the desk's own way of writing them; links that Slack found become the words they were; the three escaped characters
// become themselves, except where that would forge a mention.
func typed(s string) string {
	var b strings.Builder
	for s != "" {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			break
		}
		end := strings.IndexByte(s[open:], '>')
		if end < 0 {
			break
		}
		b.WriteString(unescape(s[:open]))
		b.WriteString(token(s[open+1 : open+end]))
		s = s[open+end+1:]
	}
	b.WriteString(unescape(s))
	return strings.TrimSpace(bot.Clean(b.String()))
}

func token(inner string) string {
	if inner == "" || strings.ContainsRune("@#!", rune(inner[0])) {
		return "<" + inner + ">"
	}
	link, label, _ := strings.Cut(inner, "|")
	for _, scheme := range []string{"http://", "https://", "mailto:", "tel:"} {
		if label != "" && link == scheme+label {
			return unescape(label) // Slack made a link of it; nobody typed the scheme
		}
	}
	return unescape(strings.TrimPrefix(link, "mailto:"))
}

// unescape undoes Slack's escaping. A literal "<@" that somebody typed stays apart from a mention by a blank.
func unescape(s string) string {
	for _, c := range []string{"@", "#", "!"} {
		s = strings.ReplaceAll(s, "&lt;"+c, "&lt; "+c)
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}
