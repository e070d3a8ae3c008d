package tiktok

import (
	"fmt"
	"slices"
	"strings"

	"liaison/agency"
)

// maxHeaderRow is how far down a header may stand: exports put titles and date ranges above it.
const maxHeaderRow = 30

// header is where a table's columns are.
type header struct {
	row     int
	columns []int // per field of the spec: its column, or -1
	width   int
	cells   []string
	score   int // how many fields were found; 1,000 more when all the required ones were
	missing []field
}

// findHeader looks for the row that names the most fields.
func (s spec) findHeader(src source) header {
	best, seen := header{score: -1}, 0
	err := src.each(func(row rawRow) bool {
		seen++
		if h := s.match(row); h.score > best.score {
			best = h
		}
		return seen < maxHeaderRow
	})
	if err != nil && best.score < 1_000 {
		return header{score: -1}
	}
	return best
}

// match finds the fields in a row of headers. Of several columns for a field the one with the field's best name wins, and
// of those the leftmost.
func (s spec) match(row rawRow) header {
	h := header{row: row.number, columns: make([]int, len(s.fields)), width: len(row.cells)}
	at := make(map[string]int, len(row.cells))
	for i := len(row.cells) - 1; i >= 0; i-- {
		if key := headerKey(row.cells[i]); key != "" {
			at[key] = i
		}
	}
	for len(row.cells) > 0 && h.width > 0 && isEmpty(row.cells[h.width-1]) {
		h.width--
	}
	complete := true
	for i, f := range s.fields {
		h.columns[i] = -1
		for _, n := range f.names {
			if col, ok := at[headerKey(n)]; ok {
				h.columns[i] = col
				h.score++
				break
			}
		}
		if h.columns[i] < 0 && f.required {
			complete = false
			h.missing = append(h.missing, f)
		}
	}
	if complete {
		h.score += 1_000
	}
	h.cells = slices.Clone(row.cells)
	return h
}

// record is one row of data, with the cells of the spec's fields only.
type record struct {
	row   int
	cells []string
	marks []mark
}

// table is what was kept of a file, and how its dates and numbers are to be read.
type table struct {
	name    string
	spec    spec
	header  header
	src     source
	records []record
	bad     []agency.BadRow
	notes   []string

	monthFirst bool
	comma      decimalMark
	fractions  map[fieldID]bool // percent columns that are written 0.05
	lostIDs    map[fieldID]bool // id columns whose ends a spreadsheet has zeroed
	units      map[fieldID]string
}

// load finds the table that the spec is about and keeps its known columns.
func load(name string, sources []source, spec spec) (*table, error) {
	best := header{score: -1}
	var from source
	for _, s := range sources {
		if h := spec.findHeader(s); h.score > best.score {
			best, from = h, s
		}
	}
	if best.score < 1_000 {
		return nil, unknownFormat(name, spec, best)
	}
	t := &table{name: name, spec: spec, header: best, src: from, units: map[fieldID]string{}}
	for i, f := range spec.fields {
		if c := best.columns[i]; c >= 0 && f.kind == cash {
			t.units[f.id] = unitOf(best.cells[c])
		}
	}
	tooLong := false
	err := from.each(func(row rawRow) bool {
		if row.number > best.row && !t.skip(row) {
			t.keep(row)
		}
		tooLong = len(t.records) > MaxRows
		return !tooLong
	})
	if err != nil {
		return nil, err
	}
	if tooLong {
		return nil, tooMany(name, "rows", MaxRows)
	}
	t.dropLabels()
	if len(t.records) == 0 && len(t.bad) == 0 {
		return nil, agency.Invalid("%s has a header but no rows.", name)
	}
	return t, nil
}

func unknownFormat(name string, spec spec, best header) error {
	var wanted, missing []string
	for _, f := range spec.fields {
		if f.required {
			wanted = append(wanted, "“"+f.names[0]+"”")
		}
	}
	for _, f := range best.missing {
		missing = append(missing, "“"+f.names[0]+"”")
	}
	why := "found none of them"
	if len(missing) > 0 && len(missing) < len(wanted) {
		why = "did not find " + strings.Join(missing, ", ")
	}
	return agency.Invalid("%s is not a file of %s that the desk knows: it looked for a row with the headers %s and %s. %s shows the columns.",
		name, spec.kind, strings.Join(wanted, ", "), why, spec.template)
}

// skip tells rows that are no data: blank ones, and the header said again.
func (t *table) skip(row rawRow) bool {
	blank, same := true, true
	for _, c := range t.header.columns {
		if c < 0 {
			continue
		}
		cell := ""
		if c < len(row.cells) {
			cell = row.cells[c]
		}
		blank = blank && strings.TrimSpace(fold(cell)) == ""
		same = same && headerKey(cell) == headerKey(t.header.cells[c])
	}
	return blank || same
}

// keep takes the known cells of a row. They are copied: the line they stood in goes, with whatever else it said.
func (t *table) keep(row rawRow) {
	for i := t.header.width; i < len(row.cells); i++ {
		if strings.TrimSpace(row.cells[i]) != "" {
			t.fault(row.number, "The row has more cells than the header. Put quotes around values with a comma in them.")
			return
		}
	}
	if t.src.loose && len(row.cells) < t.header.width {
		t.fault(row.number, "Its quotes do not fit together, so its columns cannot be told apart.")
		return
	}
	r := record{row: row.number, cells: make([]string, len(t.spec.fields))}
	if row.marks != nil {
		r.marks = make([]mark, len(t.spec.fields))
	}
	for i, c := range t.header.columns {
		if c < 0 || c >= len(row.cells) {
			continue
		}
		r.cells[i] = strings.Clone(strings.TrimSpace(fold(row.cells[c])))
		if c < len(row.marks) {
			r.marks[i] = row.marks[c]
		}
	}
	t.records = append(t.records, r)
}

func (t *table) fault(row int, why string) {
	t.bad = append(t.bad, agency.BadRow{Row: row, Why: why})
}

// dropLabels drops the row under the header that describes the columns, and a row of totals at the end.
func (t *table) dropLabels() {
	if len(t.records) > 0 && t.describes(t.records[0]) {
		t.notes = append(t.notes, fmt.Sprintf("Row %d describes the columns and was left out.", t.records[0].row))
		t.records = t.records[1:]
	}
	if n := len(t.records); n > 1 && t.totals(t.records[n-1]) {
		t.notes = append(t.notes, fmt.Sprintf("Row %d is a total and was left out.", t.records[n-1].row))
		t.records = t.records[:n-1]
	}
}

// describes tells a row of descriptions: none of its amounts, counts, rates, dates or ids can be one, for want of any digit,
// and there are several of them.
func (t *table) describes(r record) bool {
	typed := 0
	for i, f := range t.spec.fields {
		cell := r.cells[i]
		if f.kind == text || f.kind == flag || isEmpty(cell) {
			continue
		}
		if strings.ContainsAny(cell, "0123456789") || !strings.ContainsAny(cell, " ") && len(cell) < 6 {
			return false
		}
		typed++
	}
	return typed >= 2
}

// totals tells a row of totals by its first word, where no name of a shop or creator can be meant.
func (t *table) totals(r record) bool {
	for i, f := range t.spec.fields {
		if f.required && i > 0 && !isEmpty(r.cells[i]) && (f.kind == text || f.kind == ident || f.kind == date) {
			return false
		}
	}
	first := strings.ToLower(r.cells[0])
	return slices.Contains([]string{"total", "totals", "sum", "summary", "grand total", "合計", "总计", "รวม", "tổng"}, strings.Trim(first, " :"))
}

// format is the name of the export that the headers give away.
func (t *table) format() string {
	has := map[string]bool{}
	for _, c := range t.header.cells {
		has[headerKey(c)] = true
	}
	for _, f := range t.spec.formats {
		if !slices.ContainsFunc(f.with, func(h string) bool { return !has[headerKey(h)] }) {
			return f.name
		}
	}
	return string(t.spec.kind)
}
