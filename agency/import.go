package agency

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"liaison/agency/money"
)

// ImportKind is what a file is about.
type ImportKind string

// The kinds of file that can be imported.
const (
	SellerFile    ImportKind = "sellers"
	CreatorFile   ImportKind = "creators"
	OrderFile     ImportKind = "orders"
	ViolationFile ImportKind = "violations"
)

// ImportKinds is every kind of file, in the order in which a new desk is filled.
var ImportKinds = []ImportKind{SellerFile, CreatorFile, OrderFile, ViolationFile}

// ParseImportKind reads a kind's word.
func ParseImportKind(text string) (ImportKind, error) {
	word := ImportKind(strings.ToLower(strings.TrimSpace(text)))
	if slices.Contains(ImportKinds, word) {
		return word, nil
	}
	return "", Invalid("“%s” cannot be imported. Choose one of sellers, creators, orders, violations.", text)
}

// Maybe is a value that a file may leave out; what a file leaves out stays as the desk knows it.
type Maybe[T comparable] struct {
	Value T
	Given bool
}

// Given makes a value that a file gives.
func Given[T comparable](v T) Maybe[T] { return Maybe[T]{Value: v, Given: true} }

// or is the value, or what the desk knows where the file gives none.
func (m Maybe[T]) or(known T) T {
	if m.Given {
		return m.Value
	}
	return known
}

// Cash is an amount as a file writes it: Units × 10^-Places, exact, before it is known what the currency's precision is.
// Currency is empty when neither the cell nor its row says, AnyDollar for a bare "$" and YenOrYuan for a bare "¥".
type Cash struct {
	Units    int64
	Places   int
	Currency money.Currency
	Given    bool
}

// The signs that more than one currency shares.
const (
	AnyDollar money.Currency = "$"
	YenOrYuan money.Currency = "¥"
)

// CashOf is an amount as a file would write it.
func CashOf(a money.Amount) Cash {
	return Cash{Units: a.Minor, Places: a.Currency.Digits(), Currency: a.Currency, Given: true}
}

// Amount is the cash as money. fallback is the currency of the row or the shop, for cells that do not name one. Decimals
// that the currency does not have are refused, except where round allows them (forecasts).
func (c Cash) Amount(fallback money.Currency, round bool) (money.Amount, error) {
	if !c.Given {
		return money.Amount{}, nil
	}
	currency, err := c.currency(fallback)
	if err != nil {
		return money.Amount{}, err
	}
	units, places := c.Units, c.Places
	for ; places < currency.Digits(); places++ {
		if units > 1<<59 || units < -1<<59 {
			return money.Amount{}, Invalid("The amount is too large.")
		}
		units *= 10
	}
	half := false
	for ; places > currency.Digits(); places-- {
		rest := units % 10
		if rest != 0 && !round {
			return money.Amount{}, Invalid("It has more decimals than %s has.", currency)
		}
		units, half = units/10, rest >= 5 || rest <= -5
	}
	if half && c.Units < 0 {
		units--
	} else if half {
		units++
	}
	if units > maxMinor || units < -maxMinor {
		return money.Amount{}, Invalid("The amount is too large.")
	}
	return money.Of(units, currency), nil
}

// maxMinor bounds the amounts of one row, so that no sum over a year of rows can overflow: a trillion in cents.
const maxMinor = 100_000_000_000_000

// In names the currency of a cell that leaves it open: the usual one of the shop or person, unless the sign rules that out.
func (c Cash) In(usual money.Currency) Cash {
	named, err := c.currency(usual)
	switch {
	case err == nil && (c.Currency == "" || c.Currency == AnyDollar || c.Currency == YenOrYuan):
		c.Currency = named
	case c.Currency == AnyDollar:
		c.Currency = "USD"
	case c.Currency == YenOrYuan:
		c.Currency = "JPY"
	}
	return c
}

func (c Cash) currency(fallback money.Currency) (money.Currency, error) {
	switch {
	case c.Currency == "" && fallback == "":
		return "", Invalid("Neither the cell nor the file names a currency.")
	case c.Currency == "" || c.Currency == fallback:
		return fallback, nil
	case c.Currency == AnyDollar && slices.Contains([]money.Currency{"USD", "SGD", "MXN"}, fallback):
		return fallback, nil
	case c.Currency == AnyDollar && fallback == "":
		return "USD", nil
	case c.Currency == YenOrYuan && slices.Contains([]money.Currency{"JPY", "CNY"}, fallback):
		return fallback, nil
	case c.Currency == YenOrYuan && fallback == "":
		return "JPY", nil
	case fallback == "":
		return c.Currency, nil
	}
	return "", Invalid("It is in %s, but its row or shop is in %s.", c.Currency, fallback)
}

// WallTime is a date and time as a file writes it, without a zone: "2026-09-30 16:53:20". It is read in the zone of the
// shop's region. A time that does say its offset is kept as RFC 3339. Empty: not given.
type WallTime string

const wallLayout = "2006-01-02 15:04:05"

// WallTimeOf is how a clock on the wall of a zone shows an instant.
func WallTimeOf(i Instant, zone *time.Location) WallTime {
	if i == 0 {
		return ""
	}
	return WallTime(i.Time().In(zone).Format(wallLayout))
}

// In is the instant at which clocks of a zone show the time.
func (w WallTime) In(zone *time.Location) Instant {
	if t, err := time.ParseInLocation(wallLayout, string(w), zone); err == nil {
		return InstantOf(t)
	}
	t, err := time.Parse(time.RFC3339, string(w))
	if err != nil {
		return 0
	}
	return InstantOf(t)
}

// BadRow says what is wrong with one row of a file: its number as a spreadsheet shows it, the column, and a sentence.
type BadRow struct {
	Row    int
	Column string
	Why    string
}

func (b BadRow) String() string {
	if b.Column == "" {
		return fmt.Sprintf("row %d: %s", b.Row, b.Why)
	}
	return fmt.Sprintf("row %d, %s: %s", b.Row, b.Column, b.Why)
}

// ImportFile is a file as its reader understood it. Only the rows of its kind are filled.
type ImportFile struct {
	Name   string
	Kind   ImportKind
	Format string // which export it is: "seller's affiliate orders"

	Sellers    []SellerRow
	Creators   []CreatorRow
	Orders     []OrderRow
	Violations []ViolationRow

	Bad   []BadRow // rows that could not be read
	Notes []string // sentences about how the file was read
}

// ImportOptions are what the person says beside the file.
type ImportOptions struct {
	Apply    bool           // write; otherwise only say what would be written
	Seller   SellerID       // whose orders or violations they are, for files that do not name the shop
	Currency money.Currency // of amounts whose currency the file does not say; empty: the shop's, else USD
}

// ImportReport is what an import does, or would do.
type ImportReport struct {
	Kind      ImportKind
	Name      string
	Format    string
	New       int
	Changed   int
	Unchanged int
	Repeated  int // rows that say again what an earlier row of the file says
	Bad       []BadRow
	Samples   []string // a few of the new and changed, "S-12 Glow Lab: category Home → Beauty"
	Notes     []string
	Applied   bool
}

// How many examples of new and of all rows a report shows; what changes says more than what is new.
const maxNewSamples, maxSamples = 4, 10

// BadRows counts the rows with something wrong; a row may be wrong in several columns.
func (r ImportReport) BadRows() int {
	rows := map[int]bool{}
	for _, b := range r.Bad {
		rows[b.Row] = true
	}
	return len(rows)
}

// Summary is the report in one line.
func (r ImportReport) Summary() string {
	line := fmt.Sprintf("%s: %d new, %d changed, %d unchanged, %d bad", r.Kind, r.New, r.Changed, r.Unchanged, r.BadRows())
	if r.Repeated > 0 {
		line += fmt.Sprintf(", %d repeated", r.Repeated)
	}
	return line + "."
}

// Lines is the report for a terminal, with at most limit bad rows.
func (r ImportReport) Lines(limit int) []string {
	lines := []string{r.Name + ": " + r.Format + ".", r.Summary()}
	for _, s := range r.Samples {
		lines = append(lines, "  "+s)
	}
	for i, b := range r.Bad {
		if i == limit {
			lines = append(lines, fmt.Sprintf("  … and %d more faults", len(r.Bad)-limit))
			break
		}
		lines = append(lines, "  bad: "+b.String())
	}
	for _, n := range r.Notes {
		lines = append(lines, "Note: "+n)
	}
	return lines
}

// example shows one of the first new rows.
func (r *ImportReport) example(format string, args ...any) {
	if r.New <= maxNewSamples {
		r.sample("new: "+format, args...)
	}
}

func (r *ImportReport) sample(format string, args ...any) {
	if len(r.Samples) < maxSamples {
		r.Samples = append(r.Samples, fmt.Sprintf(format, args...))
	}
}

func (r *ImportReport) bad(row int, column, format string, args ...any) {
	r.Bad = append(r.Bad, BadRow{Row: row, Column: column, Why: fmt.Sprintf(format, args...)})
}

func (r *ImportReport) badErr(row int, column string, err error) {
	why := err.Error()
	if e, ok := err.(*Error); ok { //nolint:errorlint // our own refusals, never wrapped here
		why = e.Message
	}
	r.Bad = append(r.Bad, BadRow{Row: row, Column: column, Why: why})
}

func (r *ImportReport) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// Import brings in one file: all of it or nothing. Without Apply it only says what would happen. With Apply and a bad row
// it writes nothing and refuses with Conflict; the report says why in either case. A second run changes nothing.
func (d *Desk) Import(f ImportFile, o ImportOptions) (ImportReport, error) {
	switch f.Kind {
	case SellerFile:
		return d.ImportSellers(f, o)
	case CreatorFile:
		return d.ImportCreators(f, o)
	case OrderFile:
		return d.ImportOrders(f, o)
	case ViolationFile:
		return d.ImportViolations(f, o)
	}
	return ImportReport{}, Invalid("“%s” cannot be imported. Choose one of sellers, creators, orders, violations.", f.Kind)
}

// beginImport starts a report with what the reader found.
func beginImport(f ImportFile) *ImportReport {
	return &ImportReport{Kind: f.Kind, Name: f.Name, Format: f.Format, Bad: slices.Clone(f.Bad), Notes: slices.Clone(f.Notes)}
}

// endImport decides whether the import may be written, writes it, and closes the report.
func (d *Desk) endImport(r *ImportReport, o ImportOptions, write func() error) (ImportReport, error) {
	slices.SortStableFunc(r.Bad, func(a, b BadRow) int { return a.Row - b.Row })
	if !o.Apply {
		return *r, nil
	}
	if n := r.BadRows(); n > 0 {
		return *r, Conflict("Nothing was imported: %s of %s cannot be used. Correct the file and import it again.",
			rowCount(n), r.Name)
	}
	if err := write(); err != nil {
		return *r, err
	}
	r.Applied = true
	if r.New+r.Changed == 0 {
		return *r, nil
	}
	return *r, d.audit("import "+string(r.Kind), r.Name, r.Summary())
}

// uniqueRows drops the rows that say again what an earlier row of the file says, and marks as bad those that contradict it.
// key is empty for rows that cannot be compared; bare is the row without its number.
func uniqueRows[R comparable](r *ImportReport, rows []R, key func(R) string, line func(R) int, bare func(R) R) []R {
	type seen struct {
		row  R
		line int
	}
	first, out := make(map[string]seen, len(rows)), make([]R, 0, len(rows))
	for _, row := range rows {
		k := key(row)
		earlier, again := first[k]
		switch {
		case k == "" || !again:
			first[k] = seen{bare(row), line(row)}
			out = append(out, row)
		case earlier.row == bare(row):
			r.Repeated++
		default:
			r.bad(line(row), "", "It is about the same as row %d but says something else. Keep one of the two.", earlier.line)
		}
	}
	return out
}

// rowCount is a number of rows in words: "1 row", "12 rows".
func rowCount(n int) string {
	return Count(int64(n), "row")
}

// importDiff collects what differs between the record and the file, as "category Home → Beauty".
type importDiff struct{ says []string }

func differs[T comparable](c *importDiff, what string, old, new T) {
	if old != new {
		c.says = append(c.says, fmt.Sprintf("%s %s → %s", what, diffText(old), diffText(new)))
	}
}

func diffText(v any) string {
	switch v := v.(type) {
	case money.Amount:
		if v == (money.Amount{}) {
			return "–"
		}
		return v.String()
	case Instant:
		if v == 0 {
			return "–"
		}
		return v.Time().Format("2006-01-02 15:04 UTC")
	}
	if text := fmt.Sprint(v); text != "" {
		return text
	}
	return "–"
}

func (c *importDiff) empty() bool    { return len(c.says) == 0 }
func (c *importDiff) String() string { return strings.Join(c.says, ", ") }
