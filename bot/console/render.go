// Package console is the terminal as a chat platform: for trying the desk without an account, and for the conversations
// (.talk) that are its tests. It may know the chat vocabulary and nothing of the other platforms.
package console

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/bot"
)

// Render draws a message as lines of text.
func Render(m bot.Message) string {
	var lines []string
	for _, p := range m.Parts {
		lines = append(lines, part(p)...)
	}
	if len(m.Parts) == 0 {
		lines = append(lines, m.Summary)
	}
	if len(m.Thread) > 0 {
		lines = append(lines, "in the thread:")
		for _, p := range m.Thread {
			for _, l := range part(p) {
				lines = append(lines, "  "+l)
			}
		}
	}
	return strings.Join(lines, "\n")
}

func part(p bot.Part) []string {
	switch {
	case p.Heading != "":
		return []string{"== " + clean(p.Heading) + " =="}
	case p.Text != nil:
		return strings.Split(text(p.Text), "\n")
	case p.Fields != nil:
		var lines []string
		for _, f := range p.Fields {
			lines = append(lines, clean(f.Label)+": "+text(f.Value))
		}
		return lines
	case p.Note != nil:
		return strings.Split("— "+text(p.Note), "\n")
	case p.Table != nil:
		return table(*p.Table)
	case p.Chart != nil:
		return chart(*p.Chart)
	case p.Buttons != nil:
		var labels []string
		for _, b := range p.Buttons {
			labels = append(labels, "["+clean(b.Label)+"]")
		}
		return []string{strings.Join(labels, " ")}
	case p.Select != nil:
		var labels []string
		for _, o := range p.Select.Options {
			labels = append(labels, clean(o.Label))
		}
		return []string{"[" + clean(p.Select.Label) + "▾] " + strings.Join(labels, " · ")}
	case p.Divider:
		return []string{"--"}
	}
	return nil
}

func text(t bot.Text) string {
	var b strings.Builder
	for _, s := range t {
		switch s.Style {
		case bot.Bold:
			b.WriteString("*" + clean(s.Text) + "*")
		case bot.Code:
			b.WriteString("`" + clean(s.Text) + "`")
		case bot.Person:
			b.WriteString("@" + clean(s.Text))
		case bot.Channel:
			b.WriteString("#" + clean(s.Ref))
		case bot.Link:
			b.WriteString(clean(s.Text) + " <" + clean(s.Ref) + ">")
		case bot.Moment:
			b.WriteString(moment(s))
		default:
			b.WriteString(clean(s.Text))
		}
	}
	return b.String()
}

func moment(s bot.Span) string {
	n, err := strconv.ParseInt(s.Ref, 10, 64)
	if err != nil {
		return clean(s.Text)
	}
	return agency.Instant(n).Time().Format("Mon 2 Jan 2006 15:04 UTC")
}

// clean takes out what would move the terminal's cursor or turn its writing direction.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
			return -1
		case r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200b:
			return -1
		}
		return r
	}, s)
}

func table(t bot.Table) []string {
	widths := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = utf8.RuneCountInString(c.Name)
	}
	for _, row := range t.Rows {
		for i := range min(len(row), len(widths)) {
			widths[i] = max(widths[i], utf8.RuneCountInString(clean(row[i])))
		}
	}
	line := func(cells []string) string {
		var b strings.Builder
		for i, c := range cells[:min(len(cells), len(widths))] {
			c = strings.ReplaceAll(clean(c), "\n", " ")
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
			if t.Columns[i].Align == bot.Right {
				b.WriteString(gap + c + "  ")
			} else {
				b.WriteString(c + gap + "  ")
			}
		}
		return strings.TrimRight(b.String(), " ")
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	lines := []string{t.Caption, line(names)}
	for _, row := range t.Rows {
		lines = append(lines, line(row))
	}
	return lines
}

// chart draws one line of blocks per series.
func chart(c bot.Chart) []string {
	lines := []string{c.Title + " (" + c.Unit + ")"}
	const blocks = "▁▂▃▄▅▆▇█"
	for _, s := range c.Series {
		var top int64 = 1
		for _, v := range s.Values {
			top = max(top, v)
		}
		var b strings.Builder
		for _, v := range s.Values {
			b.WriteString(string([]rune(blocks)[max(0, v)*7/top]))
		}
		last := int64(0)
		if len(s.Values) > 0 {
			last = s.Values[len(s.Values)-1]
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", s.Name, b.String(), plain(last, c.Decimals)))
	}
	if len(c.Labels) > 0 {
		lines = append(lines, "from "+c.Labels[0]+" to "+c.Labels[len(c.Labels)-1])
	}
	return lines
}

func plain(v int64, decimals int) string {
	if decimals == 0 {
		return strconv.FormatInt(v, 10)
	}
	return money.Of(v, "USD").Decimal()
}

// RenderForm draws a form's questions.
func RenderForm(f bot.Form) string {
	lines := []string{"form: " + f.Title}
	for _, p := range f.Intro {
		lines = append(lines, part(p)...)
	}
	for _, q := range f.Fields {
		line := "  " + q.Name + ": " + q.Label
		if q.Optional {
			line += " (optional)"
		}
		if q.Value != "" {
			line += " = " + strings.ReplaceAll(clean(q.Value), "\n", ", ")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
