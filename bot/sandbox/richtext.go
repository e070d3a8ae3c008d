package sandbox

import (
	"html"
	"html/template"
	"strconv"
	"strings"
)

// rich draws the elements of a rich_text block or cell.
func (s scribe) rich(elements any) template.HTML {
	var b strings.Builder
	parts, _ := elements.(list)
	for _, p := range parts {
		o, _ := p.(object)
		runs, _ := o["elements"].(list)
		switch str(o, "type") {
		case "rich_text_section":
			b.WriteString("<p>")
			s.runs(&b, runs)
			b.WriteString("</p>")
		case "rich_text_quote":
			b.WriteString("<blockquote>")
			s.runs(&b, runs)
			b.WriteString("</blockquote>")
		case "rich_text_preformatted":
			b.WriteString("<pre>")
			s.runs(&b, runs)
			b.WriteString("</pre>")
		case "rich_text_list":
			s.richList(&b, o, runs)
		}
	}
	return template.HTML(b.String()) //nolint:gosec // built from escaped parts
}

func (s scribe) richList(b *strings.Builder, o object, items list) {
	tag := map[bool]string{true: "ol", false: "ul"}[str(o, "style") == "ordered"]
	indent, _ := asFloat(o["indent"])
	b.WriteString("<" + tag + ` class="indent-` + strconv.Itoa(int(indent)) + `">`)
	for _, i := range items {
		io, _ := i.(object)
		runs, _ := io["elements"].(list)
		b.WriteString("<li>")
		s.runs(b, runs)
		b.WriteString("</li>")
	}
	b.WriteString("</" + tag + ">")
}

func (s scribe) runs(b *strings.Builder, runs list) {
	for _, r := range runs {
		o, _ := r.(object)
		text := s.run(o)
		for _, st := range []struct{ key, tag string }{
			{"code", "code"}, {"strike", "del"}, {"italic", "em"}, {"bold", "strong"}, {"underline", "u"},
		} {
			if flagOf(sub(o, "style"), st.key) {
				text = "<" + st.tag + ">" + text + "</" + st.tag + ">"
			}
		}
		b.WriteString(text)
	}
}

func (s scribe) run(o object) string {
	switch str(o, "type") {
	case "text":
		return strings.ReplaceAll(html.EscapeString(str(o, "text")), "\n", "<br>")
	case "link":
		if u := str(o, "url"); strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://") || strings.HasPrefix(u, "mailto:") {
			return `<a href="` + html.EscapeString(u) + `" target="_blank" rel="noopener noreferrer">` +
				html.EscapeString(orElse(str(o, "text"), u)) + `</a>`
		}
		return html.EscapeString(orElse(str(o, "text"), str(o, "url")))
	case "user":
		return s.person(str(o, "user_id"), "")
	case "channel":
		return s.channel(str(o, "channel_id"), "")
	case "emoji":
		return emojis(":" + html.EscapeString(str(o, "name")) + ":")
	case "broadcast":
		return `<span class="mention everyone">@` + html.EscapeString(str(o, "range")) + `</span>`
	case "usergroup", "team":
		return `<span class="mention">@group</span>`
	case "date":
		sec, _ := asFloat(o["timestamp"])
		return `<time>` + html.EscapeString(s.dateText(int64(sec), str(o, "format"))) + `</time>`
	case "color":
		return `<code>` + html.EscapeString(str(o, "value")) + `</code>`
	}
	return ""
}
