package sandbox

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// The drawing area of a chart in its own units; the page scales it.
const (
	chartW                  = 640.0
	plotL, plotR            = 64.0, 14.0
	plotT                   = 14.0
	plotW, plotH            = chartW - plotL - plotR, 230.0
	plotEnd                 = plotT + plotH
	pieX, pieY, pieR, holeR = 150.0, 150.0, 122.0, 70.0
)

// series is one line of numbers in a chart.
type series struct {
	name   string
	values []float64
}

// chart draws a data_visualization block as SVG. The colours are classes, so that
// they follow the theme; the numbers are also there as a table for screen readers.
func chart(block object) template.HTML {
	c := sub(block, "chart")
	if str(c, "type") == "pie" {
		return pie(block, c)
	}
	cats, all := readSeries(c)
	low, high, step := scale(all)
	var b strings.Builder
	y := func(v float64) float64 { return plotT + plotH*(high-v)/(high-low) }
	axis := sub(c, "axis_config")
	below := 28.0 // room for the labels of the categories and the axis
	if crowded(cats) {
		below += 26
	}
	if str(axis, "x_label") != "" {
		below += 22
	}
	openSVG(&b, block, chartW, plotEnd+below)
	for v := low; v <= high+step/2; v += step {
		class := "gridline"
		if math.Abs(v) < step/1e6 {
			class = "zero"
		}
		fmt.Fprintf(&b, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, plotL, y(v), chartW-plotR, y(v))
		fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%.1f" text-anchor="end">%s</text>`, plotL-8, y(v)+4, short(v))
	}
	categories(&b, cats)
	if l := str(axis, "x_label"); l != "" {
		fmt.Fprintf(&b, `<text class="axis" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, plotL+plotW/2, plotEnd+below-6, html.EscapeString(l))
	}
	if l := str(axis, "y_label"); l != "" {
		fmt.Fprintf(&b, `<text class="axis" x="12" y="%.1f" text-anchor="middle" transform="rotate(-90 12 %.1f)">%s</text>`,
			plotT+plotH/2, plotT+plotH/2, html.EscapeString(l))
	}
	switch str(c, "type") {
	case "bar":
		bars(&b, cats, all, y)
	case "area":
		lines(&b, cats, all, y, true)
	default:
		lines(&b, cats, all, y, false)
	}
	b.WriteString("</svg>")
	legend(&b, all)
	numbersTable(&b, block, cats, all)
	return template.HTML(b.String()) //nolint:gosec // built from numbers and escaped parts
}

func openSVG(b *strings.Builder, block object, w, h float64) {
	title := html.EscapeString(str(block, "title"))
	fmt.Fprintf(b, `<svg class="chart" viewBox="0 0 %.0f %.0f" role="img" aria-label="%s"><title>%s</title>`, w, h, title, title)
}

// readSeries puts the values of each series into the order of the categories.
func readSeries(c object) ([]string, []series) {
	var cats []string
	raw, _ := sub(c, "axis_config")["categories"].(list)
	for _, v := range raw {
		s, _ := v.(string)
		cats = append(cats, s)
	}
	var out []series
	rs, _ := c["series"].(list)
	for _, r := range rs {
		ro, _ := r.(object)
		at := map[string]float64{}
		data, _ := ro["data"].(list)
		for _, p := range data {
			po, _ := p.(object)
			at[str(po, "label")], _ = asFloat(po["value"])
		}
		s := series{name: str(ro, "name")}
		for _, cat := range cats {
			s.values = append(s.values, at[cat])
		}
		out = append(out, s)
	}
	return cats, out
}

// scale finds round limits around the values, always with zero inside.
func scale(all []series) (low, high, step float64) {
	for _, s := range all {
		for _, v := range s.values {
			low, high = min(low, v), max(high, v)
		}
	}
	if high == low {
		high = 1
	}
	raw := (high - low) / 5
	mag := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if step = m * mag; step >= raw {
			break
		}
	}
	return math.Floor(low/step) * step, math.Ceil(high/step) * step, step
}

// short writes a number for an axis: 12.5k rather than 12500.
func short(v float64) string {
	for _, u := range []struct {
		size float64
		mark string
	}{{1e9, "B"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(v) >= u.size {
			return strconv.FormatFloat(math.Round(v/u.size*100)/100, 'f', -1, 64) + u.mark
		}
	}
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

// full writes a number for a tooltip, with thousands apart.
func full(v float64) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	whole, frac, dot := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dot {
		whole += "." + frac
	}
	return sign + whole
}

// categories writes the labels below the plot: turned when they would touch.
func categories(b *strings.Builder, cats []string) {
	slot := plotW / float64(max(1, len(cats)))
	turned := crowded(cats)
	for i, c := range cats {
		x, y := plotL+slot*(float64(i)+.5), plotEnd+18
		if turned {
			fmt.Fprintf(b, `<text class="tick" x="%.1f" y="%.1f" text-anchor="end" transform="rotate(-28 %.1f %.1f)">%s</text>`,
				x+4, y-3, x+4, y-3, html.EscapeString(cutLabel(c)))
			continue
		}
		fmt.Fprintf(b, `<text class="tick" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, x, y, html.EscapeString(c))
	}
}

// crowded says whether the labels would touch side by side.
func crowded(cats []string) bool {
	longest := 0
	for _, c := range cats {
		longest = max(longest, len([]rune(c)))
	}
	return float64(longest)*6.6 > plotW/float64(max(1, len(cats)))-4
}

func cutLabel(s string) string {
	if r := []rune(s); len(r) > 12 {
		return string(r[:11]) + "…"
	}
	return s
}

func bars(b *strings.Builder, cats []string, all []series, y func(float64) float64) {
	slot := plotW / float64(len(cats))
	wide := min(46, slot*.72/float64(len(all)))
	for i, cat := range cats {
		left := plotL + slot*(float64(i)+.5) - wide*float64(len(all))/2
		for k, s := range all {
			top, bottom := y(max(0, s.values[i])), y(min(0, s.values[i]))
			fmt.Fprintf(b, `<rect class="fill-%d" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2"><title>%s</title></rect>`,
				k, left+wide*float64(k)+1, top, max(1, wide-2), max(0.5, bottom-top), point(cat, s, i))
		}
	}
}

func point(cat string, s series, i int) string {
	return html.EscapeString(s.name + ", " + cat + ": " + full(s.values[i]))
}

func lines(b *strings.Builder, cats []string, all []series, y func(float64) float64, filled bool) {
	slot := plotW / float64(len(cats))
	for k, s := range all {
		var path strings.Builder
		for i, v := range s.values {
			fmt.Fprintf(&path, "%.1f,%.1f ", plotL+slot*(float64(i)+.5), y(v))
		}
		if filled {
			fmt.Fprintf(b, `<polygon class="area-%d" points="%.1f,%.1f %s%.1f,%.1f"/>`, k,
				plotL+slot*.5, y(0), path.String(), plotL+slot*(float64(len(cats))-.5), y(0))
		}
		fmt.Fprintf(b, `<polyline class="line-%d" points="%s"/>`, k, strings.TrimSpace(path.String()))
		for i, v := range s.values {
			fmt.Fprintf(b, `<circle class="fill-%d dot" cx="%.1f" cy="%.1f" r="3.5"><title>%s</title></circle>`,
				k, plotL+slot*(float64(i)+.5), y(v), point(cats[i], s, i))
		}
	}
}

func legend(b *strings.Builder, all []series) {
	if len(all) < 2 {
		return
	}
	b.WriteString(`<ul class="legend" aria-hidden="true">`)
	for k, s := range all {
		fmt.Fprintf(b, `<li><span class="key key-%d"></span>%s</li>`, k, html.EscapeString(s.name))
	}
	b.WriteString("</ul>")
}

// numbersTable repeats the chart as a table that only screen readers meet.
func numbersTable(b *strings.Builder, block object, cats []string, all []series) {
	fmt.Fprintf(b, `<div class="unseen"><table><caption>%s</caption><tr><td></td>`, html.EscapeString(str(block, "title")))
	for _, s := range all {
		fmt.Fprintf(b, `<th scope="col">%s</th>`, html.EscapeString(s.name))
	}
	b.WriteString("</tr>")
	for i, c := range cats {
		fmt.Fprintf(b, `<tr><th scope="row">%s</th>`, html.EscapeString(c))
		for _, s := range all {
			fmt.Fprintf(b, "<td>%s</td>", full(s.values[i]))
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</table></div>")
}

func pie(block, c object) template.HTML {
	segs, _ := c["segments"].(list)
	total := 0.0
	for _, v := range segs {
		so, _ := v.(object)
		f, _ := asFloat(so["value"])
		total += f
	}
	var b, keys strings.Builder
	openSVG(&b, block, pieX*2, pieY*2)
	at := -math.Pi / 2
	for k, v := range segs {
		so, _ := v.(object)
		f, _ := asFloat(so["value"])
		share := f / total
		label := html.EscapeString(str(so, "label"))
		tip := fmt.Sprintf("%s: %s (%.1f %%)", label, full(f), share*100)
		slice(&b, k, at, at+share*2*math.Pi, tip)
		at += share * 2 * math.Pi
		fmt.Fprintf(&keys, `<li><span class="key key-%d"></span><span>%s</span><span class="num">%s</span><span class="num share">%.1f %%</span></li>`,
			k, label, full(f), share*100)
	}
	b.WriteString("</svg>")
	return template.HTML(`<div class="pie">` + b.String() + `<ul class="legend wide">` + keys.String() + `</ul></div>`) //nolint:gosec // as above
}

// slice draws one part of the ring. A full circle cannot be drawn as one arc.
func slice(b *strings.Builder, k int, from, to float64, tip string) {
	if to-from > 2*math.Pi-1e-6 {
		fmt.Fprintf(b, `<circle class="ring-%d" cx="%.1f" cy="%.1f" r="%.1f"><title>%s</title></circle>`, k, pieX, pieY, (pieR+holeR)/2, tip)
		return
	}
	big := 0
	if to-from > math.Pi {
		big = 1
	}
	on := func(r, a float64) string { return fmt.Sprintf("%.2f %.2f", pieX+r*math.Cos(a), pieY+r*math.Sin(a)) }
	fmt.Fprintf(b, `<path class="fill-%d slice" d="M%s A%.0f %.0f 0 %d 1 %s L%s A%.0f %.0f 0 %d 0 %s Z"><title>%s</title></path>`,
		k, on(pieR, from), pieR, pieR, big, on(pieR, to), on(holeR, to), holeR, holeR, big, on(holeR, from), tip)
}
