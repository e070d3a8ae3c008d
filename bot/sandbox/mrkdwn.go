package sandbox

import (
	"html"
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// scribe turns Slack's text into HTML for one reader: names, and dates in the
// reader's time zone. Everything that is not markup is escaped here, which is why
// its results may be template.HTML.
type scribe struct {
	w    *Workspace
	zone *time.Location
}

// plain draws a text without markup.
func (s scribe) plain(text string, emoji bool) template.HTML {
	out := html.EscapeString(text)
	if emoji {
		out = emojis(out)
	}
	return template.HTML(strings.ReplaceAll(out, "\n", "<br>")) //nolint:gosec // escaped above
}

// mrkdwn draws Slack's own markup.
func (s scribe) mrkdwn(text string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 {
			b.WriteString(`<pre>` + decoded(strings.Trim(part, "\n")) + `</pre>`)
			continue
		}
		if i > 0 {
			part = strings.TrimPrefix(part, "\n")
		}
		s.lines(&b, part)
	}
	return template.HTML(b.String()) //nolint:gosec // built from escaped parts
}

// lines draws a text without code blocks: quotes are whole lines.
func (s scribe) lines(b *strings.Builder, text string) {
	quoted := false
	for i, line := range strings.Split(text, "\n") {
		rest, quote := strings.CutPrefix(line, "&gt;")
		if !quote {
			rest, quote = strings.CutPrefix(line, "> ")
		}
		switch {
		case quote && !quoted:
			b.WriteString("<blockquote>")
		case !quote && quoted:
			b.WriteString("</blockquote>")
		case i > 0:
			b.WriteString("<br>")
		}
		quoted = quote
		if quote {
			line = strings.TrimPrefix(rest, " ")
		}
		s.inline(b, line)
	}
	if quoted {
		b.WriteString("</blockquote>")
	}
}

func tagOf(c byte) string { return map[byte]string{'*': "strong", '_': "em", '~': "del"}[c] }

// inline draws one line: control sequences, code, bold, italic, strike, emoji.
func (s scribe) inline(b *strings.Builder, line string) {
	var text strings.Builder
	flush := func() {
		b.WriteString(emojis(decoded(text.String())))
		text.Reset()
	}
	for i := 0; i < len(line); {
		c := line[i]
		switch {
		case c == '<':
			if end := strings.IndexByte(line[i:], '>'); end > 0 {
				if drawn := s.control(line[i+1 : i+end]); drawn != "" {
					flush()
					b.WriteString(drawn)
					i += end + 1
					continue
				}
			}
		case c == '`':
			if end := strings.IndexByte(line[i+1:], '`'); end > 0 {
				flush()
				b.WriteString("<code>" + decoded(line[i+1:i+1+end]) + "</code>")
				i += end + 2
				continue
			}
		case tagOf(c) != "" && opens(line, i):
			if end := closes(line, i); end > 0 {
				flush()
				b.WriteString("<" + tagOf(c) + ">")
				s.inline(b, line[i+1:end])
				b.WriteString("</" + tagOf(c) + ">")
				i = end + 1
				continue
			}
		}
		text.WriteByte(c)
		i++
	}
	flush()
}

// opens: a mark starts a format after a space or punctuation and before a letter.
func opens(line string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(line[:i])
	after, n := utf8.DecodeRuneInString(line[i+1:])
	return n > 0 && !wordRune(before) && !unicode.IsSpace(after) && after != rune(line[i])
}

// closes finds the mark that ends the format begun at i, outside of control sequences.
func closes(line string, i int) int {
	for j := i + 1; j < len(line); j++ {
		if line[j] == '<' {
			if end := strings.IndexByte(line[j:], '>'); end > 0 {
				j += end
				continue
			}
		}
		if line[j] != line[i] || j == i+1 {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(line[:j])
		after, _ := utf8.DecodeRuneInString(line[j+1:])
		if !unicode.IsSpace(before) && !wordRune(after) {
			return j
		}
	}
	return -1
}

func wordRune(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// decoded escapes a text in which &, < and > are already entities.
func decoded(s string) string {
	return html.EscapeString(strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s))
}

// control draws what stands between angle brackets, or returns nothing when it is
// no control sequence and therefore only text.
func (s scribe) control(c string) string {
	body, label, _ := strings.Cut(c, "|")
	switch {
	case strings.HasPrefix(body, "@"):
		return s.person(body[1:], label)
	case strings.HasPrefix(body, "#"):
		return s.channel(body[1:], label)
	case strings.HasPrefix(body, "!date^"):
		return s.date(body[len("!date^"):], label)
	case body == "!here" || body == "!channel" || body == "!everyone":
		return `<span class="mention everyone">@` + body[1:] + `</span>`
	case strings.HasPrefix(body, "!subteam^"):
		return `<span class="mention">` + decoded(orElse(label, "@group")) + `</span>`
	case strings.HasPrefix(body, "http://"), strings.HasPrefix(body, "https://"), strings.HasPrefix(body, "mailto:"):
		return link(body, label)
	}
	return ""
}

func link(to, label string) string {
	return `<a href="` + decoded(to) + `" target="_blank" rel="noopener noreferrer">` + decoded(orElse(label, to)) + `</a>`
}

func (s scribe) person(id, label string) string {
	u := s.w.users[id]
	if u == nil {
		return `<span class="mention">@` + decoded(orElse(label, "unknown")) + `</span>`
	}
	return `<span class="mention" data-user="` + html.EscapeString(id) + `">@` + html.EscapeString(u.RealName) + `</span>`
}

func (s scribe) channel(id, label string) string {
	r := s.w.rooms[id]
	if r == nil || r.im != "" {
		return `<span class="mention">#` + decoded(orElse(label, "unknown")) + `</span>`
	}
	return `<a class="mention" href="?c=` + html.EscapeString(id) + `" data-channel="` + html.EscapeString(id) + `">#` +
		html.EscapeString(r.Name) + `</a>`
}

var datePart = regexp.MustCompile(`\{[a-z_]+\}`)

// date draws <!date^seconds^format^link|fallback> in the reader's zone.
func (s scribe) date(body, fallback string) string {
	parts := strings.SplitN(body, "^", 3)
	sec, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || len(parts) < 2 {
		return decoded(fallback)
	}
	text := decoded(s.dateText(sec, parts[1]))
	at := time.Unix(sec, 0).UTC().Format(time.RFC3339)
	out := `<time datetime="` + at + `" title="` + decoded(fallback) + `">` + text + `</time>`
	if len(parts) == 3 {
		out = `<a href="` + decoded(parts[2]) + `" target="_blank" rel="noopener noreferrer">` + out + `</a>`
	}
	return out
}

// dateText fills in a date format. The pretty forms say today, yesterday, tomorrow;
// the hours count to 24, as everywhere on the page.
func (s scribe) dateText(sec int64, format string) string {
	t := time.Unix(sec, 0).In(s.zone)
	now := s.w.o.Now().In(s.zone)
	pretty := func(layout string) string {
		for off, name := range map[int]string{0: "today", -1: "yesterday", 1: "tomorrow"} {
			if y, d := now.AddDate(0, 0, off).Year(), now.AddDate(0, 0, off).YearDay(); t.Year() == y && t.YearDay() == d {
				return name
			}
		}
		return t.Format(layout)
	}
	return datePart.ReplaceAllStringFunc(format, func(m string) string {
		switch m {
		case "{date_num}":
			return t.Format("2006-01-02")
		case "{date}", "{date_slash}":
			return t.Format("January 2, 2006")
		case "{date_short}":
			return t.Format("Jan 2, 2006")
		case "{date_long}":
			return t.Format("Monday, January 2, 2006")
		case "{date_pretty}":
			return pretty("January 2, 2006")
		case "{date_short_pretty}":
			return pretty("Jan 2, 2006")
		case "{date_long_pretty}":
			return pretty("Monday, January 2, 2006")
		case "{time}":
			return t.Format("15:04")
		case "{time_secs}":
			return t.Format("15:04:05")
		case "{ago}":
			return ago(now.Sub(t))
		}
		return m
	})
}

func ago(d time.Duration) string {
	word := " ago"
	if d < 0 {
		d, word = -d, " from now"
	}
	n, unit := int(d.Minutes()), "minute"
	switch {
	case d >= 48*time.Hour:
		n, unit = int(d.Hours()/24), "day"
	case d >= time.Hour:
		n, unit = int(d.Hours()), "hour"
	}
	if n != 1 {
		unit += "s"
	}
	return strconv.Itoa(n) + " " + unit + word
}

var shortcode = regexp.MustCompile(`:[a-z0-9_+\-]+:`)

// emojis replaces the shortcodes that are known; others stay as they were written.
func emojis(escaped string) string {
	return shortcode.ReplaceAllStringFunc(escaped, func(m string) string {
		if e := emoji(strings.Trim(m, ":")); e != "" {
			return `<span class="emoji" role="img" aria-label="` + strings.Trim(m, ":") + `">` + e + `</span>`
		}
		return m
	})
}
