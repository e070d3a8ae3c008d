package discord

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/go-analyze/charts" //nolint:misspell // its name

	"liaison/bot"
)

// How a chart is drawn: twice the width at which a message shows it, on the ground of Discord's dark look.
const (
	chartWidth     = 1000
	chartHeight    = 520
	maxChartSeries = 6
	maxChartPoints = 60
	maxChartLabel  = 20
	maxChartTitle  = 60
)

// chart is a picture with its figures as alternative text. What cannot be drawn well is a table: the figures are what
// matters.
func (p place) chart(c bot.Chart) ([]piece, error) {
	if !drawable(c) {
		return p.table(c.Table()), nil
	}
	data, err := draw(c)
	if err != nil {
		return nil, fmt.Errorf("the chart “%s”: %w", c.Title, err)
	}
	name := "chart-" + contentKey(string(data))[:8] + ".png"
	alt := bot.Squeeze(altText(c), maxAlt)
	shown := picture{Description: alt}
	shown.Media.URL = "attachment://" + name
	gallery := component{Type: kindGallery, Items: []picture{shown}}
	var all []piece
	if title := bot.OneLine(c.Title); bot.Size(title) > maxChartTitle {
		all = append(all, p.heading(title)...)
	}
	return append(all, piece{components: []component{gallery}, files: []file{{Name: name, Alt: alt, Data: data}}, framed: true}), nil
}

// drawable reports that a chart has a shape that can be drawn, in letters that the font has.
func drawable(c bot.Chart) bool {
	if len(c.Labels) == 0 || len(c.Labels) > maxChartPoints || len(c.Series) == 0 || len(c.Series) > maxChartSeries || c.Decimals < 0 || c.Decimals > 6 {
		return false
	}
	words := append(slices.Clone(c.Labels), c.Title, c.Unit)
	for _, s := range c.Series {
		if len(s.Values) != len(c.Labels) {
			return false
		}
		words = append(words, s.Name)
	}
	font := charts.GetFont(charts.FontFamilyNotoSans)
	for _, word := range words {
		for _, r := range bot.OneLine(word) {
			if font.Index(r) == 0 {
				return false
			}
		}
	}
	return true
}

func draw(c bot.Chart) ([]byte, error) {
	values := make([][]float64, len(c.Series)) // only where a bar ends; what is written comes from whole numbers
	low, high := int64(0), int64(0)
	unit := math.Pow10(c.Decimals)
	for i, s := range c.Series {
		for _, v := range s.Values {
			values[i] = append(values[i], float64(v)/unit)
			low, high = min(low, v), max(high, v)
		}
	}
	labels := make([]string, 0, len(c.Labels))
	for _, l := range c.Labels {
		labels = append(labels, bot.Squeeze(orDash(bot.OneLine(l)), maxChartLabel))
	}
	ground := charts.Color{R: 43, G: 45, B: 49, A: 255}
	theme := charts.GetTheme(charts.ThemeDark).WithBackgroundColor(ground)
	painter := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputPNG, Width: chartWidth, Height: chartHeight,
		Font: charts.GetFont(charts.FontFamilyNotoSans), Theme: theme})
	title := bot.Squeeze(bot.OneLine(c.Title), maxChartTitle)
	if unit := bot.OneLine(c.Unit); unit != "" {
		title += " (" + bot.Squeeze(unit, maxChartLabel) + ")"
	}
	heading := charts.TitleOption{Text: title, Offset: charts.OffsetLeft, FontStyle: charts.FontStyle{FontSize: 20}}
	legend := charts.LegendOption{Offset: charts.OffsetRight, FontStyle: charts.FontStyle{FontSize: 15}, Show: charts.Ptr(len(c.Series) > 1)}
	for _, s := range c.Series {
		legend.SeriesNames = append(legend.SeriesNames, bot.Squeeze(orDash(bot.OneLine(s.Name)), maxChartTitle/2))
	}
	axis := charts.ValueAxisOption{LabelFontStyle: charts.FontStyle{FontSize: 14}}
	if low == 0 {
		axis.Min = charts.Ptr(0.0) // bars that begin elsewhere lie
	}
	if low == 0 && high == 0 {
		axis.Max = charts.Ptr(1.0)
	}
	below := charts.CategoryAxisOption{Labels: labels, LabelFontStyle: charts.FontStyle{FontSize: 14}}
	padding := charts.NewBoxEqual(28)
	var err error
	if c.Kind == bot.Lines {
		option := charts.NewLineChartOptionWithData(values)
		option.Theme, option.Padding, option.Title, option.Legend, option.LineStrokeWidth = theme, padding, heading, legend, 3
		option.XAxis, option.YAxis, option.ValueFormatter = below, []charts.ValueAxisOption{axis}, tick
		err = painter.LineChart(option)
	} else {
		option := charts.NewBarChartOptionWithData(values)
		option.Theme, option.Padding, option.Title, option.Legend = theme, padding, heading, legend
		option.CategoryAxis, option.ValueAxis, option.ValueFormatter = below, []charts.ValueAxisOption{axis}, tick
		err = painter.BarChart(option)
	}
	if err != nil {
		return nil, err
	}
	return painter.Bytes()
}

// tick writes a value of an axis: whole numbers in groups of three, smaller ones with what they need.
func tick(v float64) string {
	if v != math.Trunc(v) {
		return strings.TrimRight(fmt.Sprintf("%.2f", v), "0")
	}
	digits := fmt.Sprintf("%.0f", math.Abs(v))
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	if v < 0 {
		return "-" + digits
	}
	return digits
}

// altText says a chart in words: its title and every figure.
func altText(c bot.Chart) string {
	var b strings.Builder
	b.WriteString(orElse(bot.OneLine(c.Title), "Chart"))
	if c.Unit != "" {
		b.WriteString(" in " + bot.OneLine(c.Unit))
	}
	for _, s := range c.Series {
		b.WriteString(". " + orElse(bot.OneLine(s.Name), "Values") + ": ")
		for i, v := range s.Values {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(bot.OneLine(c.Labels[i]) + " " + c.Figure(v))
		}
	}
	return b.String()
}
