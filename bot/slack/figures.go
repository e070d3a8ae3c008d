package slack

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	sdk "github.com/slack-go/slack"

	"liaison/bot"
)

// table renders rows as a data table, which people can page and sort. A table that is larger than Slack takes goes on in
// further ones; where data tables are not shown (modals, home pages) it is set in columns of text.
func (p place) table(t bot.Table) []piece {
	t = tidy(t)
	if len(t.Columns) == 0 {
		return nil
	}
	if len(t.Rows) == 0 {
		return append(textPieces(p.paragraph(bot.B("%s", t.Caption)), bot.B("%s", t.Caption)), p.note(bot.T("No rows."))...)
	}
	if p.View || len(t.Columns) > maxTableColumns || rowSize(names(t.Columns)) > maxTableText/4 {
		return p.columns(t)
	}
	var all []piece
	for rows := t.Rows; len(rows) > 0; {
		n := rowsThatFit(t.Columns, rows)
		caption := t.Caption
		if len(all) > 0 {
			caption = bot.Squeeze(caption, maxHeading-20) + " (continued)"
		}
		all = append(all, dataTable(caption, t.Columns, rows[:n]))
		rows = rows[n:]
	}
	return all
}

// tidy gives every row as many cells as there are columns; a cell is one line and never empty, as Slack wants it.
func tidy(t bot.Table) bot.Table {
	out := bot.Table{Caption: orDash(bot.OneLine(t.Caption))}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, bot.Column{Name: orDash(bot.OneLine(c.Name)), Align: c.Align})
	}
	for _, row := range t.Rows {
		cells := make([]string, len(t.Columns))
		for i := range cells {
			if cells[i] = "–"; i < len(row) && bot.OneLine(row[i]) != "" {
				cells[i] = bot.Squeeze(bot.OneLine(row[i]), maxField)
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

func names(columns []bot.Column) []string {
	all := make([]string, 0, len(columns))
	for _, c := range columns {
		all = append(all, c.Name)
	}
	return all
}

func rowSize(cells []string) int {
	n := 0
	for _, c := range cells {
		n += bot.Size(c)
	}
	return n
}

// rowsThatFit is how many rows one table takes: at least one, which tidy and the check of the header make possible.
func rowsThatFit(columns []bot.Column, rows [][]string) int {
	room, n := maxTableText-rowSize(names(columns))-maxHeading, 0
	for n < len(rows) && n < maxTableRows {
		if room -= rowSize(rows[n]); room < 0 {
			break
		}
		n++
	}
	return max(n, 1)
}

func dataTable(caption string, columns []bot.Column, rows [][]string) piece {
	block := &sdk.DataTableBlock{Type: sdk.MBTDataTable, Caption: bot.Squeeze(caption, maxHeading), PageSize: min(len(rows), pageRows)}
	header := make([]sdk.DataTableCell, 0, len(columns))
	for _, c := range columns {
		header = append(header, sdk.NewDataTableRawTextCell(c.Name))
	}
	block.Rows = append(block.Rows, header)
	for _, row := range rows {
		block.Rows = append(block.Rows, make([]sdk.DataTableCell, len(columns)))
		for i, cell := range row {
			block.Rows[len(block.Rows)-1][i] = sdk.NewDataTableRawTextCell(cell)
		}
	}
	words := rowSize(names(columns)) + bot.Size(block.Caption)
	for i, c := range columns {
		if c.Align == bot.Right {
			asNumbers(block.Rows[1:], rows, i)
		}
	}
	for _, row := range rows {
		words += rowSize(row)
	}
	return piece{blocks: []sdk.Block{block}, words: words, cells: words}
}

// numberCell is a number with the text that shows it. The value is decimal text, never a float: it only sorts the column.
type numberCell struct {
	Type  sdk.DataTableCellType `json:"type"`
	Value json.Number           `json:"value"`
	Text  string                `json:"text"`
}

// DataTableCellType makes numberCell a cell of the SDK.
func (c numberCell) DataTableCellType() sdk.DataTableCellType { return c.Type }

// figure is a number as the desk writes it: a sign, thousands in groups, a point, and its unit before or behind.
var figure = regexp.MustCompile(`^([A-Z]{3} |[$€£¥])?([+−-]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?( ?%| [A-Z]{3})?$`)

// asNumbers makes a column sort by value, which Slack does when every cell of it is a number.
func asNumbers(cells [][]sdk.DataTableCell, rows [][]string, column int) {
	values := make([]json.Number, len(rows))
	for i, row := range rows {
		m := figure.FindStringSubmatch(row[column])
		if m == nil {
			return
		}
		digits := strings.TrimLeft(strings.ReplaceAll(m[3], ",", ""), "0")
		values[i] = json.Number(strings.NewReplacer("−", "-", "+", "").Replace(m[2]) + orZero(digits) + m[4])
	}
	for i, v := range values {
		cells[i][column] = numberCell{Type: sdk.DataTableCellRawNumber, Value: v, Text: rows[i][column]}
	}
}

func orZero(digits string) string {
	if digits == "" {
		return "0"
	}
	return digits
}

// maxColumn is as wide as a column of text gets for the sake of its longest cell.
const maxColumn = 40

// columns sets a table as text in columns of equal width.
func (p place) columns(t bot.Table) []piece {
	widths := make([]int, len(t.Columns))
	for _, row := range append([][]string{names(t.Columns)}, t.Rows...) {
		for i, cell := range row {
			widths[i] = min(max(widths[i], utf8.RuneCountInString(cell)), maxColumn) // one long name must not push the rest out of sight
		}
	}
	caption := bot.B("%s", t.Caption)
	all := textPieces(p.paragraph(caption), caption)
	var b strings.Builder
	flush := func() {
		if b.Len() == 0 {
			return
		}
		text := sdk.NewRichTextSectionTextElement(strings.TrimSuffix(b.String(), "\n"), nil)
		pre := &sdk.RichTextPreformatted{Type: sdk.RTEPreformatted, Elements: []sdk.RichTextSectionElement{text}}
		all = append(all, piece{blocks: []sdk.Block{sdk.NewRichTextBlock("", pre)}, words: bot.Size(b.String())})
		b.Reset()
	}
	for _, row := range append([][]string{names(t.Columns)}, t.Rows...) {
		line := setLine(row, widths, t.Columns)
		if bot.Size(b.String())+bot.Size(line) > maxText {
			flush()
		}
		for bot.Size(line) > maxText {
			n := cut(line, maxText, true)
			b.WriteString(line[:n])
			flush()
			line = line[n:]
		}
		b.WriteString(line)
	}
	flush()
	return all
}

func setLine(row []string, widths []int, columns []bot.Column) string {
	cells := make([]string, len(row))
	for i, cell := range row {
		blank := strings.Repeat(" ", max(widths[i]-utf8.RuneCountInString(cell), 0))
		if columns[i].Align == bot.Right {
			cells[i] = blank + cell
		} else {
			cells[i] = cell + blank
		}
	}
	return strings.TrimRight(strings.Join(cells, "  "), " ") + "\n"
}

// series and point are Slack's shapes with decimal text for values, so that money passes through no float.
type series struct {
	Name string  `json:"name"`
	Data []point `json:"data"`
}

type point struct {
	Label string      `json:"label"`
	Value json.Number `json:"value"`
}

type chart struct {
	Type   sdk.DataVisualizationChartType  `json:"type"`
	Series []series                        `json:"series"`
	Axis   sdk.DataVisualizationAxisConfig `json:"axis_config"`
}

// DataVisualizationChartType makes chart a chart of the SDK.
func (c chart) DataVisualizationChartType() sdk.DataVisualizationChartType { return c.Type }

// chart renders figures as a picture. What Slack has no picture for is a table: the figures are what matters.
func (p place) chart(c bot.Chart) []piece {
	labels, names := shortened(c.Labels), shortened(seriesNames(c.Series))
	drawable := !p.View && len(labels) > 0 && len(labels) <= maxChartPoints && len(names) > 0 && len(names) <= maxChartSeries &&
		distinct(labels) && distinct(names)
	for _, s := range c.Series {
		drawable = drawable && len(s.Values) == len(labels)
	}
	if !drawable {
		return p.table(c.Table())
	}
	drawn := chart{Type: sdk.DataVisualizationChartBar, Axis: sdk.NewDataVisualizationAxisConfig(labels...)}
	if c.Kind == bot.Lines {
		drawn.Type = sdk.DataVisualizationChartLine
	}
	drawn.Axis.YLabel = bot.Squeeze(bot.OneLine(c.Unit), maxChartTitle)
	words := 0
	for i, s := range c.Series {
		one := series{Name: names[i]}
		for j, v := range s.Values {
			one.Data = append(one.Data, point{Label: labels[j], Value: json.Number(c.Figure(v))})
			words += 30
		}
		drawn.Series = append(drawn.Series, one)
	}
	title := orDash(bot.OneLine(c.Title))
	var all []piece
	if bot.Size(title) > maxChartTitle {
		all = append(all, p.heading(title)...)
	}
	block := &sdk.DataVisualizationBlock{Type: sdk.MBTDataVisualization, Title: bot.Squeeze(title, maxChartTitle), Chart: drawn}
	return append(all, piece{blocks: []sdk.Block{block}, words: words, charts: 1})
}

func seriesNames(all []bot.Series) []string {
	names := make([]string, 0, len(all))
	for _, s := range all {
		names = append(names, s.Name)
	}
	return names
}

func shortened(labels []string) []string {
	all := make([]string, 0, len(labels))
	for _, l := range labels {
		all = append(all, bot.Squeeze(orDash(bot.OneLine(l)), maxChartLabel))
	}
	return all
}

func distinct(labels []string) bool {
	sorted := slices.Sorted(slices.Values(labels))
	return len(slices.Compact(sorted)) == len(labels)
}
