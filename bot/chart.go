package bot

import (
	"fmt"
	"strconv"
	"strings"
)

// ChartKind is the shape of a chart.
type ChartKind string

// The shapes.
const (
	Bars  ChartKind = "bar"
	Lines ChartKind = "line"
)

// Chart is a picture of figures. Values are integers in units of 10^-Decimals (cents for Decimals 2), so that money stays whole.
type Chart struct {
	Title    string
	Kind     ChartKind
	Labels   []string // the x axis; as many as each series has values
	Series   []Series
	Decimals int
	Unit     string // "USD", "orders": what the values count
}

// Series is one line or set of bars.
type Series struct {
	Name   string
	Values []int64
}

// Table is the chart as a table, a row for every label: for where a picture cannot be, and for who cannot see it.
func (c Chart) Table() Table {
	t := Table{Caption: c.Title, Columns: []Column{{Name: ""}}}
	if c.Unit != "" {
		t.Caption = fmt.Sprintf("%s (%s)", c.Title, c.Unit)
	}
	for _, s := range c.Series {
		t.Columns = append(t.Columns, Column{Name: s.Name, Align: Right})
	}
	for i, label := range c.Labels {
		row := []string{label}
		for _, s := range c.Series {
			figure := ""
			if i < len(s.Values) {
				figure = c.Figure(s.Values[i])
			}
			row = append(row, figure)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// Figure writes out one of the chart's values, in units of 10^-Decimals, as a decimal.
func (c Chart) Figure(v int64) string {
	digits, negative := strings.CutPrefix(strconv.FormatInt(v, 10), "-")
	sign := ""
	if negative {
		sign = "-"
	}
	if c.Decimals <= 0 {
		return sign + digits
	}
	if missing := c.Decimals + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - c.Decimals
	return sign + digits[:point] + "." + digits[point:]
}
