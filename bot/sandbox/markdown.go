package sandbox

import (
	"html/template"
	"regexp"
	"strconv"
	"strings"
)

var (
	mdHeading = regexp.MustCompile(`^(#{1,6}) +(.*)$`)
	mdBullet  = regexp.MustCompile(`^\s*[-*+] +(.*)$`)
	mdNumber  = regexp.MustCompile(`^\s*\d+[.)] +(.*)$`)
	mdRule    = regexp.MustCompile(`^ *(-{3,}|\*{3,}|_{3,}) *$`)
	mdTable   = regexp.MustCompile(`^ *\|?[ :|-]*-[ :|-]*\|?[ :|-]*$`)
	mdSpan    = regexp.MustCompile("`[^`]+`|\\*\\*[^*]+\\*\\*|__[^_]+__|\\*[^*\\s][^*]*\\*|_[^_\\s][^_]*_|~~[^~]+~~|\\[[^\\]]+\\]\\([^)\\s]+\\)")
)

// markdown draws the text of a markdown block: the common part of the language.
func (s scribe) markdown(text string) template.HTML {
	var b strings.Builder
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); {
		i += s.mdBlock(&b, lines[i:])
	}
	return template.HTML(b.String()) //nolint:gosec // built from escaped parts
}

// mdBlock draws the block that begins at the first line and returns how many lines it took.
func (s scribe) mdBlock(b *strings.Builder, lines []string) int {
	line := lines[0]
	switch {
	case strings.TrimSpace(line) == "":
		return 1
	case strings.HasPrefix(line, "```"):
		n := 1
		for n < len(lines) && !strings.HasPrefix(lines[n], "```") {
			n++
		}
		b.WriteString("<pre>" + template.HTMLEscapeString(strings.Join(lines[1:n], "\n")) + "</pre>")
		return n + 1
	case mdRule.MatchString(line):
		b.WriteString("<hr>")
		return 1
	case mdHeading.MatchString(line):
		m := mdHeading.FindStringSubmatch(line)
		level := strconv.Itoa(min(6, len(m[1])+2)) // the page has h1 and h2 of its own
		b.WriteString("<h" + level + ">" + s.mdText(m[2]) + "</h" + level + ">")
		return 1
	case strings.Contains(line, "|") && len(lines) > 1 && mdTable.MatchString(lines[1]):
		return s.mdGrid(b, lines)
	}
	for _, kind := range []struct {
		form *regexp.Regexp
		tag  string
	}{{mdBullet, "ul"}, {mdNumber, "ol"}} {
		if n := run(lines, kind.form.MatchString); n > 0 {
			b.WriteString("<" + kind.tag + ">")
			for _, l := range lines[:n] {
				b.WriteString("<li>" + s.mdText(kind.form.FindStringSubmatch(l)[1]) + "</li>")
			}
			b.WriteString("</" + kind.tag + ">")
			return n
		}
	}
	quote := func(l string) bool { return strings.HasPrefix(l, ">") }
	if n := run(lines, quote); n > 0 {
		b.WriteString("<blockquote>")
		for i, l := range lines[:n] {
			if i > 0 {
				b.WriteString("<br>")
			}
			b.WriteString(s.mdText(strings.TrimSpace(l[1:])))
		}
		b.WriteString("</blockquote>")
		return n
	}
	n := 1 + run(lines[1:], func(l string) bool {
		return strings.TrimSpace(l) != "" && !quote(l) && !mdHeading.MatchString(l) && !mdBullet.MatchString(l) &&
			!mdNumber.MatchString(l) && !strings.HasPrefix(l, "```")
	})
	b.WriteString("<p>" + s.mdText(strings.Join(lines[:n], "\n")) + "</p>")
	return n
}

// run counts the leading lines that fit.
func run(lines []string, fits func(string) bool) int {
	n := 0
	for n < len(lines) && fits(lines[n]) {
		n++
	}
	return n
}

func (s scribe) mdGrid(b *strings.Builder, lines []string) int {
	n := run(lines, func(l string) bool { return strings.Contains(l, "|") })
	b.WriteString(`<div class="scroll"><table class="grid">`)
	for i, l := range lines[:n] {
		if i == 1 {
			continue
		}
		tag := map[bool]string{true: "th", false: "td"}[i == 0]
		b.WriteString("<tr>")
		for _, cell := range strings.Split(strings.Trim(strings.TrimSpace(l), "|"), "|") {
			b.WriteString("<" + tag + ">" + s.mdText(strings.TrimSpace(cell)) + "</" + tag + ">")
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</table></div>")
	return n
}

// mdText draws the spans inside a paragraph.
func (s scribe) mdText(text string) string {
	var b strings.Builder
	last := 0
	for _, at := range mdSpan.FindAllStringIndex(text, -1) {
		b.WriteString(emojis(template.HTMLEscapeString(text[last:at[0]])))
		b.WriteString(s.mdMark(text[at[0]:at[1]]))
		last = at[1]
	}
	b.WriteString(emojis(template.HTMLEscapeString(text[last:])))
	return strings.ReplaceAll(b.String(), "\n", "<br>")
}

func (s scribe) mdMark(m string) string {
	wrap := func(tag string, cut int) string {
		return "<" + tag + ">" + s.mdText(m[cut:len(m)-cut]) + "</" + tag + ">"
	}
	switch {
	case m[0] == '`':
		return "<code>" + template.HTMLEscapeString(m[1:len(m)-1]) + "</code>"
	case strings.HasPrefix(m, "**"), strings.HasPrefix(m, "__"):
		return wrap("strong", 2)
	case strings.HasPrefix(m, "~~"):
		return wrap("del", 2)
	case m[0] == '[':
		label, to, _ := strings.Cut(m[1:len(m)-1], "](")
		if !strings.HasPrefix(to, "http://") && !strings.HasPrefix(to, "https://") && !strings.HasPrefix(to, "mailto:") {
			return template.HTMLEscapeString(m)
		}
		return `<a href="` + template.HTMLEscapeString(to) + `" target="_blank" rel="noopener noreferrer">` + s.mdText(label) + `</a>`
	}
	return wrap("em", 1)
}
