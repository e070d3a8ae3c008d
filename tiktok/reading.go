package tiktok

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"liaison/agency"
	"liaison/agency/money"
)

// decide settles, once for the whole file, what single cells leave open: the order of day and month, the decimal mark,
// the unit of rates, and whether a spreadsheet has cut off the ends of ids.
func (t *table) decide(o Options) error {
	t.comma = t.fileMark()
	t.fractions, t.lostIDs = map[fieldID]bool{}, map[fieldID]bool{}
	for i, f := range t.spec.fields {
		switch {
		case t.header.columns[i] < 0:
		case f.kind == percent:
			t.fractions[f.id] = t.writtenAsFractions(i)
		case f.kind == ident:
			t.lostIDs[f.id] = t.lostEnds(i)
		}
	}
	return t.decideDates(o)
}

// fileMark is the decimal mark of the file's amounts and rates.
func (t *table) fileMark() decimalMark {
	mark := unknownMark
	for _, r := range t.records {
		for i, f := range t.spec.fields {
			if f.kind != cash && f.kind != percent || isEmpty(r.cells[i]) || r.mark(i) != 0 {
				continue
			}
			w, err := takeApart(r.cells[i])
			if err != nil || wholeOnly(currencyOf(w.sign)) {
				continue
			}
			m := markOf(w.body)
			if f.kind == percent && m == unknownMark && strings.Contains(w.body, ",") {
				m = commaMark
			}
			switch {
			case m == unknownMark || m == mark:
			case mark == unknownMark:
				mark = m
			default:
				return mixedMark
			}
		}
	}
	return mark
}

// writtenAsFractions tells a rate column of 0.05s from one of 5s: no rate below 1 % exists at TikTok Shop (open
// collaborations start at 1 %), and none above 80 %.
func (t *table) writtenAsFractions(i int) bool {
	found := false
	for _, r := range t.records {
		if isEmpty(r.cells[i]) {
			continue
		}
		units, places, sign, err := percentParts(r.cells[i], r.mark(i))
		if err != nil || sign != "" || units == 0 {
			continue
		}
		for ; places > 0; places-- {
			units /= 10
		}
		if units != 0 {
			return false
		}
		found = true
	}
	return found
}

// lostEnds tells a column of long ids that all end in zeros after the fifteenth digit: a spreadsheet has held them as
// numbers. One id alone may end so by chance.
func (t *table) lostEnds(i int) bool {
	long := 0
	for _, r := range t.records {
		id := r.cells[i]
		if len(id) < 17 || strings.Trim(id, "0123456789") != "" {
			continue
		}
		if strings.Trim(id[15:], "0") != "" {
			return false
		}
		long++
	}
	return long > 1
}

// decideDates finds out whether the file writes the day or the month first.
func (t *table) decideDates(o Options) error {
	type place struct{ row, first int }
	var dayFirst, monthFirst, open place
	for _, r := range t.records {
		for i, f := range t.spec.fields {
			if f.kind != date || isEmpty(r.cells[i]) || r.mark(i)&isNumber != 0 {
				continue
			}
			d, ok := parseDay(r.cells[i])
			switch {
			case !ok || d.fixed:
			case d.a > 12 && d.b <= 12 && dayFirst.row == 0:
				dayFirst = place{r.row, d.a}
			case d.b > 12 && d.a <= 12 && monthFirst.row == 0:
				monthFirst = place{r.row, d.b}
			case d.a != d.b && open.row == 0:
				open = place{r.row, d.a}
			}
		}
	}
	switch {
	case dayFirst.row != 0 && monthFirst.row != 0:
		return agency.Invalid("%s writes its dates in two ways: row %d has the day first, row %d the month. Export it again in one go.",
			t.name, dayFirst.row, monthFirst.row)
	case dayFirst.row != 0:
		return nil
	case monthFirst.row != 0:
		t.monthFirst = true
		t.notes = append(t.notes, fmt.Sprintf("The dates are read month first: row %d leaves no other way.", monthFirst.row))
		return nil
	case open.row == 0:
		return nil
	}
	t.guessOrder(o)
	return nil
}

// guessOrder decides for a file in which every date could be read both ways: by what lies in the future, then by the
// order of the rows, then day first as TikTok writes.
func (t *table) guessOrder(o Options) {
	byDay, byMonth := t.plausible(false, o.Now), t.plausible(true, o.Now)
	if byMonth && !byDay {
		t.monthFirst = true
		t.notes = append(t.notes, "The dates are read month first: read day first they would be out of order or in the future.")
		return
	}
	t.notes = append(t.notes, "The dates are read day first, as TikTok writes them; nothing in the file says otherwise.")
}

// plausible reports whether the dates of the first date column, read one way, are not in the future and in order.
func (t *table) plausible(monthFirst bool, now time.Time) bool {
	for i, f := range t.spec.fields {
		if f.kind != date || t.header.columns[i] < 0 {
			continue
		}
		var days []string
		for _, r := range t.records {
			d, ok := parseDay(r.cells[i])
			if !ok || isEmpty(r.cells[i]) {
				continue
			}
			w, ok := d.wall(monthFirst)
			if !ok {
				return false
			}
			if f.required && !now.IsZero() && string(w) > now.AddDate(0, 0, 1).Format(time.DateTime) {
				return false
			}
			days = append(days, string(w))
		}
		if len(days) < 3 || slices.IsSorted(days) {
			return true
		}
		slices.Reverse(days)
		return slices.IsSorted(days)
	}
	return true
}

// mark is what XLSX knows of a cell.
func (r *record) mark(i int) mark {
	if i < len(r.marks) {
		return r.marks[i]
	}
	return 0
}

// reading is one record being read. A fault in a cell is noted and the zero value given.
type reading struct {
	table  *table
	record *record
	faults []agency.BadRow
}

func (r *reading) at(id fieldID) int {
	return slices.IndexFunc(r.table.spec.fields, func(f field) bool { return f.id == id })
}

func (r *reading) cell(id fieldID) string {
	if i := r.at(id); !isEmpty(r.record.cells[i]) {
		return r.record.cells[i]
	}
	return ""
}

// fault notes what is wrong with a cell, under the header that the file has.
func (r *reading) fault(id fieldID, format string, args ...any) {
	i := r.at(id)
	column := r.table.spec.fields[i].names[0]
	if c := r.table.header.columns[i]; c >= 0 {
		column = strings.Join(strings.Fields(r.table.header.cells[c]), " ")
	}
	r.faults = append(r.faults, agency.BadRow{Row: r.record.row, Column: cutText(column, 60), Why: fmt.Sprintf(format, args...)})
}

// text gives a text; blanks and line breaks inside are single blanks.
func (r *reading) text(id fieldID) string { return strings.Join(strings.Fields(r.cell(id)), " ") }

// need is text that must not be empty.
func (r *reading) need(id fieldID) string {
	value := r.text(id)
	if value == "" {
		r.fault(id, "It is empty.")
	}
	return value
}

// ident gives an id as text.
func (r *reading) ident(id fieldID) string {
	i := r.at(id)
	cell := r.cell(id)
	if inner, ok := strings.CutPrefix(cell, `="`); ok { // how spreadsheets are told to keep digits as text
		cell = strings.TrimSuffix(inner, `"`)
	}
	cell = strings.TrimPrefix(strings.TrimLeft(cell, "'#"), "'")
	number := r.record.mark(i)&isNumber != 0
	switch {
	case cell == "":
		return ""
	case strings.HasPrefix(cell, "="), r.record.mark(i)&isFormula != 0:
		r.fault(id, "It is a formula. Paste the values only, and import the file again.")
	case scientific(cell), number && len(cell) > 15:
		r.fault(id, "A spreadsheet has kept the number “%s” as 15 digits, and its end is lost. Import TikTok's own file, without opening it in Excel first.", cutText(cell, 30))
	case r.table.lostIDs[id] && len(cell) >= 17 && strings.Trim(cell[15:], "0") == "":
		r.fault(id, "The last digits of “%s” are lost: all numbers of this column end in zeros. Import TikTok's own file, without opening it in Excel first.", cutText(cell, 30))
	case len(cell) > 64 || strings.ContainsAny(cell, " \t\n\"<>"):
		r.fault(id, "“%s” is not a number of TikTok's.", cutText(cell, 30))
	default:
		if whole, ok := strings.CutSuffix(cell, ".0"); ok && strings.Trim(whole, "0123456789") == "" {
			if len(whole) > 15 {
				r.fault(id, "A spreadsheet has kept the number “%s” as 15 digits, and its end is lost. Import TikTok's own file, without opening it in Excel first.", cutText(cell, 30))
				return ""
			}
			return whole
		}
		return cell
	}
	return ""
}

// scientific tells "5.76E+17" from an id.
func scientific(cell string) bool {
	mantissa, exponent, ok := strings.Cut(strings.ToUpper(cell), "E")
	if !ok || !strings.ContainsAny(mantissa, ".,") && !strings.ContainsAny(exponent, "+") {
		return false
	}
	exponent = strings.TrimLeft(exponent, "+-")
	return exponent != "" && mantissa != "" && strings.Trim(mantissa, "-0123456789.,") == "" && strings.Trim(exponent, "0123456789") == ""
}

// cash gives an amount; usual is the currency of the row.
func (r *reading) cash(id fieldID, usual money.Currency) agency.Cash {
	i := r.at(id)
	if unit := currencyOf(r.table.units[id]); usual == "" && unit != "" {
		usual = unit
	}
	c, err := readCash(r.record.cells[i], r.record.mark(i), r.table.comma, usual)
	if err != nil {
		r.fault(id, "%s", err)
		return agency.Cash{}
	}
	if c.Given && c.Currency == "" {
		c.Currency = currencyOf(r.table.units[id]) // "GMV (USD)" says it for the whole column
	}
	return c
}

// currency gives the row's own currency; a word that is none is a fault.
func (r *reading) currency(id fieldID) money.Currency {
	word := r.text(id)
	if word == "" {
		return ""
	}
	c := currencyOf(word)
	if c == agency.AnyDollar || c == agency.YenOrYuan {
		return "" // no more than the cells say themselves
	}
	if c == "" {
		r.fault(id, "“%s” is not a currency that the desk knows. Write it as USD.", cutText(word, 20))
	}
	return c
}

func (r *reading) count(id fieldID) agency.Maybe[int64] {
	i := r.at(id)
	n, err := readCount(r.record.cells[i], r.record.mark(i))
	if err != nil {
		r.fault(id, "%s", err)
	} else if n.Value < 0 {
		r.fault(id, "It is negative.")
	}
	return n
}

func (r *reading) percent(id fieldID) agency.Maybe[money.BasisPoints] {
	i := r.at(id)
	rate, err := readPercent(r.record.cells[i], r.record.mark(i), r.table.fractions[id])
	if err != nil {
		r.fault(id, "%s", err)
	}
	return rate
}

// when gives a date and time. A date without a time is the start of the day, or its end where that is asked for.
func (r *reading) when(id fieldID, endOfDay bool) agency.WallTime {
	i := r.at(id)
	cell := r.cell(id)
	if cell == "" {
		return ""
	}
	d, ok := parseDay(cell)
	if r.record.mark(i)&isNumber != 0 {
		d, ok = serialDay(cell, r.table.src.serial1904)
	}
	if !ok {
		r.fault(id, "“%s” is not a date. Write it as 2026-11-23, or 23/11/2026 16:53:20.", cutText(cell, 30))
		return ""
	}
	w, ok := d.wall(r.table.monthFirst)
	if !ok {
		r.fault(id, "There is no such day as “%s”.", cutText(cell, 30))
		return ""
	}
	if endOfDay && !d.hasClock {
		w = agency.WallTime(strings.Replace(string(w), "00:00:00", "23:59:59", 1))
	}
	return w
}

// day gives a date.
func (r *reading) day(id fieldID) agency.Date {
	date, _, _ := strings.Cut(string(r.when(id, false)), " ")
	date, _, _ = strings.Cut(date, "T")
	return agency.Date(date)
}

func (r *reading) flag(id fieldID) agency.Maybe[bool] {
	switch word := strings.ToLower(r.text(id)); word {
	case "":
		return agency.Maybe[bool]{}
	case "yes", "y", "true", "1", "x", "✓", "on file", "done", "ready", "ok":
		return agency.Given(true)
	case "no", "n", "false", "0", "missing", "not on file":
		return agency.Given(false)
	default:
		r.fault(id, "“%s” is neither yes nor no.", cutText(word, 20))
		return agency.Maybe[bool]{}
	}
}
