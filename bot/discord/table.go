package discord

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"

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
	caption := piece{components: []component{text(wrap(orDash(oneLine(t.Caption)), "**"))}, heading: true, framed: true}
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
	if size(head) > maxText/3 { // names that long would leave no room for rows
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
		if size(head)+size(b.String())+size(line) > maxText-10 {
			flush()
		}
		if size(head)+size(line) > maxText-10 {
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

func cell(s string) string { return inCode(squeeze(orDash(oneLine(s)), maxText/4)) }

func widen(widths []int, cells []string) {
	for i, c := range cells {
		widths[i] = min(max(widths[i], columnsOf(c)), maxColumn)
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
		blank := strings.Repeat(" ", max(widths[i]-columnsOf(c), 0))
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

// columnsOf is how wide text is in a monospaced font.
func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		switch kind := width.LookupRune(r).Kind(); {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) || unicode.Is(unicode.Cf, r):
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// figuresOf is a chart as a table: a row for every label.
func figuresOf(c bot.Chart) bot.Table {
	t := bot.Table{Caption: c.Title, Columns: []bot.Column{{Name: ""}}}
	if c.Unit != "" {
		t.Caption = fmt.Sprintf("%s (%s)", c.Title, c.Unit)
	}
	for _, s := range c.Series {
		t.Columns = append(t.Columns, bot.Column{Name: s.Name, Align: bot.Right})
	}
	for i, l := range c.Labels {
		row := []string{l}
		for _, s := range c.Series {
			shown := ""
			if i < len(s.Values) {
				shown = decimal(s.Values[i], c.Decimals)
			}
			row = append(row, shown)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// decimal writes a whole number of units of 10^-decimals.
func decimal(v int64, decimals int) string {
	digits, sign := strconv.FormatInt(v, 10), ""
	if v < 0 {
		digits, sign = digits[1:], "-"
	}
	if decimals <= 0 {
		return sign + digits
	}
	if pad := decimals + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	return sign + digits[:len(digits)-decimals] + "." + digits[len(digits)-decimals:]
}
