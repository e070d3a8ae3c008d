// Package console is the terminal as a chat platform: for trying the desk without an account, and for the conversations
// (.talk) that are its tests. It may know the chat vocabulary and nothing of the other platforms.
package console

import (
	"fmt"
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

// Render draws a message as lines of text.
func Render(m bot.Message) string {
	var lines []string
	for _, p := range m.Parts {
		lines = append(lines, part(p)...)
	}
	if len(m.Parts) == 0 {
		lines = append(lines, bot.OneLine(m.Summary))
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
		return []string{"== " + bot.OneLine(p.Heading) + " =="}
	case p.Text != nil:
		return strings.Split(text(p.Text), "\n")
	case p.Fields != nil:
		var lines []string
		for _, f := range p.Fields {
			lines = append(lines, under(bot.OneLine(f.Label)+": ", f.Value)...)
		}
		return lines
	case p.Note != nil:
		return under("— ", p.Note)
	case p.Table != nil:
		return table(*p.Table)
	case p.Chart != nil:
		return chart(*p.Chart)
	case p.Buttons != nil:
		var labels []string
		for _, b := range p.Buttons {
			labels = append(labels, "["+bot.OneLine(b.Label)+"]")
		}
		return []string{strings.Join(labels, " ")}
	case p.Select != nil:
		var labels []string
		for _, o := range p.Select.Options {
			labels = append(labels, bot.OneLine(o.Label))
		}
		return []string{strings.TrimRight("["+bot.OneLine(p.Select.Label)+"▾] "+strings.Join(labels, " · "), " ")}
	case p.Divider:
		return []string{"--"}
	}
	return nil
}

// under is a text behind its label. Its further lines stand in, so that none of them passes for an entry of its own.
func under(label string, t bot.Text) []string {
	return strings.Split(label+strings.ReplaceAll(text(t), "\n", "\n  "), "\n")
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

// table draws columns as wide as their widest cell, under a caption.
func table(t bot.Table) []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	grid := [][]string{names}
	grid = append(grid, t.Rows...)
	widths := make([]int, len(t.Columns))
	for y, row := range grid {
		grid[y] = make([]string, min(len(row), len(widths)))
		for x := range grid[y] {
			grid[y][x] = bot.OneLine(row[x])
			widths[x] = max(widths[x], bot.Columns(grid[y][x]))
		}
	}
	lines := []string{bot.OneLine(t.Caption)}
	for _, row := range grid {
		var b strings.Builder
		for x, cell := range row {
			gap := strings.Repeat(" ", widths[x]-bot.Columns(cell))
			if t.Columns[x].Align == bot.Right {
				b.WriteString(gap + cell + "  ")
			} else {
				b.WriteString(cell + gap + "  ")
			}
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return lines
}

// chart draws one line of blocks per series, all on one scale.
func chart(c bot.Chart) []string {
	title := bot.OneLine(c.Title)
	if c.Unit != "" {
		title += " (" + bot.OneLine(c.Unit) + ")"
	}
	lines := []string{title}
	const blocks = "▁▂▃▄▅▆▇█"
	var top int64 = 1
	for _, s := range c.Series {
		for _, v := range s.Values {
			top = max(top, v)
		}
	}
	for _, s := range c.Series {
		var b strings.Builder
		for _, v := range s.Values {
			b.WriteString(string([]rune(blocks)[max(0, v)*7/top]))
		}
		last := int64(0)
		if len(s.Values) > 0 {
			last = s.Values[len(s.Values)-1]
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", bot.OneLine(s.Name), b.String(), c.Figure(last)))
	}
	if len(c.Labels) > 0 {
		lines = append(lines, "from "+bot.OneLine(c.Labels[0])+" to "+bot.OneLine(c.Labels[len(c.Labels)-1]))
	}
	return lines
}

// RenderForm draws a form's questions.
func RenderForm(f bot.Form) string {
	lines := []string{"form: " + bot.OneLine(f.Title)}
	for _, p := range f.Intro {
		lines = append(lines, part(p)...)
	}
	for _, q := range f.Fields {
		line := "  " + q.Name + ": " + bot.OneLine(q.Label)
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
