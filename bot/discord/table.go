package discord

import (
	"strings"

	"liaison/bot"
)

// maxColumn is as wide as a column gets for the sake of its longest cell, so that one long name does not push the rest out
// of sight; the cell itself is shown whole.
const maxColumn = 28

// maxLine is how many monospaced characters stand side by side on a screen of a computer; Discord breaks longer lines
// anywhere. A wider row goes on in lines below, indented, each column still under its name.
const maxLine = 62

// table sets rows in columns of equal width. One that is longer than a text display goes on in further ones, each under
// the names of the columns.
func (p place) table(t bot.Table) []piece {
	caption := piece{components: []component{text(wrap(orDash(bot.OneLine(t.Caption)), "**"))}, heading: true, framed: true}
	if len(t.Columns) == 0 {
		return nil
	}
	if len(t.Rows) == 0 {
		return append([]piece{caption}, p.note(bot.T("No rows."))...)
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = cell(c.Name)
	}
	rows := make([][]string, 0, len(t.Rows))
	widths := make([]int, len(names))
	widen(widths, names)
	for _, row := range t.Rows {
		cells := make([]string, len(names))
		for i := range cells {
			if cells[i] = "–"; i < len(row) {
				cells[i] = cell(row[i])
			}
		}
		widen(widths, cells)
		rows = append(rows, cells)
	}
	breaks := lineBreaks(widths)
	head := setLine(names, widths, breaks, t.Columns)
	if bot.Size(head) > maxText/3 { // names that long would leave no room for rows
		return append([]piece{caption}, p.listed(names, rows)...)
	}
	all := []piece{caption}
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			all = append(all, piece{components: []component{text("```\n" + head + b.String() + "```")}, framed: true})
		}
		b.Reset()
	}
	for _, row := range rows {
		line := setLine(row, widths, breaks, t.Columns)
		if bot.Size(head)+bot.Size(b.String())+bot.Size(line) > maxText-10 {
			flush()
		}
		if bot.Size(head)+bot.Size(line) > maxText-10 {
			all = append(all, p.listed(names, [][]string{row})...)
			continue
		}
		b.WriteString(line)
	}
	flush()
	return all
}

// listed shows rows as labels and values, for what is too wide for columns.
func (p place) listed(names []string, rows [][]string) []piece {
	var all []piece
	for _, row := range rows {
		var pairs []bot.Pair
		for i, name := range names {
			pairs = append(pairs, bot.Pair{Label: name, Value: bot.T("%s", row[i])})
		}
		all = append(all, p.fields(pairs)...)
	}
	return all
}

func cell(s string) string { return inCode(bot.Squeeze(orDash(bot.OneLine(s)), maxText/4)) }

func widen(widths []int, cells []string) {
	for i, c := range cells {
		widths[i] = min(max(widths[i], bot.Columns(c)), maxColumn)
	}
}

// lineBreaks are the columns before which a row goes on in another line.
func lineBreaks(widths []int) map[int]bool {
	breaks, at := map[int]bool{}, 0
	for i, w := range widths {
		if i > 0 {
			at += len(gap)
		}
		if at += w; at > maxLine {
			breaks[i], at = i > 0, len(gap)+w
		}
	}
	return breaks
}

const gap = "  "

func setLine(row []string, widths []int, breaks map[int]bool, columns []bot.Column) string {
	var lines []string
	line := ""
	for i, c := range row {
		blank := strings.Repeat(" ", max(widths[i]-bot.Columns(c), 0))
		if columns[i].Align == bot.Right {
			c = blank + c
		} else {
			c += blank
		}
		switch {
		case breaks[i]:
			lines, line = append(lines, strings.TrimRight(line, " ")), gap+c
		case i > 0:
			line += gap + c
		default:
			line = c
		}
	}
	return strings.Join(append(lines, strings.TrimRight(line, " ")), "\n") + "\n"
}
