package discord

import (
	"fmt"
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// scribe draws Discord's markdown. Everything that a text says is escaped first; only
// what the rules below make of it becomes markup.
type scribe struct {
	*Server
	base string
}

var (
	fence    = regexp.MustCompile("(?s)```(?:[a-zA-Z0-9+-]*\n)?(.*?)\n?```")
	heading  = regexp.MustCompile(`^(#{1,3}) +(.+)$`)
	small    = regexp.MustCompile(`^-# +(.+)$`)
	bullet   = regexp.MustCompile(`^( *)[-*] +(.+)$`)
	numberIt = regexp.MustCompile(`^ *([0-9]+)\. +(.+)$`)
)

// html draws a whole text.
func (s scribe) html(text string) template.HTML {
	var b strings.Builder
	for text != "" {
		at := fence.FindStringSubmatchIndex(text)
		if at == nil {
			s.lines(&b, text)
			break
		}
		s.lines(&b, strings.TrimSuffix(text[:at[0]], "\n"))
		b.WriteString(`<pre class="code"><code>` + template.HTMLEscapeString(text[at[2]:at[3]]) + "</code></pre>")
		text = strings.TrimPrefix(text[at[1]:], "\n")
	}
	return template.HTML(b.String()) //nolint:gosec // every piece of text in it was escaped
}

// lines draws a text without code blocks.
func (s scribe) lines(b *strings.Builder, text string) {
	if text == "" {
		return
	}
	all := strings.Split(text, "\n")
	for i := 0; i < len(all); i++ {
		l := all[i]
		switch {
		case strings.HasPrefix(l, ">>> "):
			b.WriteString("<blockquote>")
			s.lines(b, strings.TrimPrefix(strings.Join(all[i:], "\n"), ">>> "))
			b.WriteString("</blockquote>")
			return
		case strings.HasPrefix(l, "> "):
			b.WriteString("<blockquote>" + s.inline(l[2:]) + "</blockquote>")
		case heading.MatchString(l):
			m := heading.FindStringSubmatch(l)
			n := strconv.Itoa(len(m[1]))
			b.WriteString(`<p class="h h` + n + `" role="heading" aria-level="` + strconv.Itoa(len(m[1])+2) + `">` + s.inline(m[2]) + "</p>")
		case small.MatchString(l):
			b.WriteString("<p><small>" + s.inline(small.FindStringSubmatch(l)[1]) + "</small></p>")
		case bullet.MatchString(l):
			m := bullet.FindStringSubmatch(l)
			deep := ""
			if len(m[1]) > 0 {
				deep = " deep"
			}
			b.WriteString(`<p class="li` + deep + `">` + s.inline(m[2]) + "</p>")
		case numberIt.MatchString(l):
			m := numberIt.FindStringSubmatch(l)
			b.WriteString(`<p class="num">` + m[1] + ". " + s.inline(m[2]) + "</p>")
		case l == "":
			b.WriteString(`<p class="gap"></p>`)
		default:
			b.WriteString("<p>" + s.inline(l) + "</p>")
		}
	}
}

// token finds, in order of precedence, what has a meaning within a line.
var token = regexp.MustCompile("\\\\[\\\\*_~`|<>@#:\\[\\]()!-]|" + // an escaped sign
	"``.+?``|`[^`]+`|" +
	`<@!?[0-9]{15,20}>|<@&[0-9]{15,20}>|<#[0-9]{15,20}>|</[^:>\n]+:[0-9]{15,20}>|<a?:\w+:[0-9]{15,20}>|<t:-?[0-9]{1,12}(?::[tTdDfFRsS])?>|` +
	`@everyone|@here|` +
	`\[[^\]\n]+\]\(<?https?://[^\s)>]+>?\)|` +
	`<?https?://[^\s<>]+[^\s<>.,:;"')\]]>?|` +
	`\*\*\*.+?\*\*\*|\*\*.+?\*\*|__.+?__|~~.+?~~|\|\|.+?\|\||\*[^\s*](?:[^*\n]*[^\s*])?\*|_[^\s_](?:[^_\n]*[^\s_])?_`)

func (s scribe) inline(text string) string {
	var b strings.Builder
	last := 0
	for _, at := range token.FindAllStringIndex(text, -1) {
		b.WriteString(template.HTMLEscapeString(text[last:at[0]]))
		last = at[1]
		if inWord(text, at[0], at[1]) {
			b.WriteString(template.HTMLEscapeString(text[at[0]:at[1]]))
			continue
		}
		b.WriteString(s.token(text[at[0]:at[1]]))
	}
	b.WriteString(template.HTMLEscapeString(text[last:]))
	return b.String()
}

// inWord says whether underscores stand inside a word like snake_case, where they mean
// nothing.
func inWord(text string, from, to int) bool {
	word := func(b byte) bool {
		return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b >= 0x80
	}
	single := text[from] == '_' && !strings.HasPrefix(text[from:], "__")
	return single && (from > 0 && word(text[from-1]) || to < len(text) && word(text[to]))
}

func (s scribe) token(t string) string {
	wrap := func(tag string, n int) string {
		name, _, _ := strings.Cut(tag, " ")
		return "<" + tag + ">" + s.inline(t[n:len(t)-n]) + "</" + name + ">"
	}
	switch {
	case t[0] == '\\':
		return template.HTMLEscapeString(t[1:])
	case t[0] == '`':
		return "<code>" + template.HTMLEscapeString(strings.Trim(t, "`")) + "</code>"
	case t == "@everyone" || t == "@here":
		return `<span class="mention">` + t + "</span>"
	case strings.HasPrefix(t, "http"), strings.HasPrefix(t, "<http"):
		return link(strings.Trim(t, "<>"), template.HTMLEscapeString(strings.Trim(t, "<>")))
	case t[0] == '<':
		return s.reference(strings.Trim(t, "<>"))
	case t[0] == '[':
		i := strings.Index(t, "](")
		return link(strings.Trim(t[i+2:len(t)-1], "<>"), s.inline(t[1:i]))
	case strings.HasPrefix(t, "***"):
		return "<strong>" + wrap("em", 3) + "</strong>"
	case strings.HasPrefix(t, "**"):
		return wrap("strong", 2)
	case strings.HasPrefix(t, "__"):
		return wrap("u", 2)
	case strings.HasPrefix(t, "~~"):
		return wrap("s", 2)
	case strings.HasPrefix(t, "||"):
		return wrap(`span class="spoiler" tabindex="0"`, 2)
	}
	return wrap("em", 1)
}

func link(to, words string) string {
	return `<a href="` + template.HTMLEscapeString(to) + `" rel="noopener noreferrer" target="_blank">` + words + "</a>"
}

// reference draws what stands between angle brackets: people, roles, channels,
// commands, emoji and times.
func (s scribe) reference(t string) string {
	chip := func(text string) string {
		return `<span class="mention">` + template.HTMLEscapeString(text) + "</span>"
	}
	switch {
	case strings.HasPrefix(t, "@&"):
		if r := s.role(t[2:]); r != nil {
			return chip("@" + strings.TrimPrefix(r.Name, "@"))
		}
		return chip("@unknown-role")
	case strings.HasPrefix(t, "@"):
		id := strings.TrimPrefix(t[1:], "!")
		if s.users[id] == nil {
			return chip("@unknown-user")
		}
		return chip("@" + s.shownName(id))
	case strings.HasPrefix(t, "#"):
		if c := s.channels[t[1:]]; c != nil {
			return chip("#" + c.Name)
		}
		return chip("#unknown")
	case strings.HasPrefix(t, "/"):
		name, _, _ := strings.Cut(t, ":")
		return chip(name)
	case strings.HasPrefix(t, "t:"):
		return s.moment(t)
	}
	parts := strings.Split(t, ":")
	return template.HTMLEscapeString(":" + parts[1] + ":")
}

// moment draws a timestamp in the zone of the page.
func (s scribe) moment(t string) string {
	parts := strings.Split(t, ":")
	seconds, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return template.HTMLEscapeString("<" + t + ">")
	}
	style := "f"
	if len(parts) == 3 {
		style = parts[2]
	}
	at := time.Unix(seconds, 0).In(s.o.Zone)
	layouts := map[string]string{
		"t": "15:04", "T": "15:04:05", "d": "02/01/2006", "D": "2 January 2006", "f": "2 January 2006 15:04",
		"F": "Monday, 2 January 2006 15:04", "s": "02/01/2006 15:04", "S": "02/01/2006 15:04:05",
	}
	words := at.Format(orElse(layouts[style], layouts["f"]))
	if style == "R" {
		words = relative(at.Sub(s.o.Now()))
	}
	return `<time class="moment" datetime="` + at.UTC().Format(time.RFC3339) + `" title="` + at.Format(layouts["F"]) + `">` + words + "</time>"
}

// relative is a span of time in Discord's words.
func relative(d time.Duration) string {
	n, unit := int(d.Abs().Hours()/24/365), "year"
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{30 * 24 * time.Hour, "month"}, {24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n == 0 {
			n, unit = int(d.Abs()/u.of), u.name
		}
	}
	if n != 1 {
		unit += "s"
	}
	if d < 0 {
		return fmt.Sprintf("%d %s ago", n, unit)
	}
	return fmt.Sprintf("in %d %s", n, unit)
}
