// Package tiktok reads the files that TikTok's Partner Center and Seller Center export, and the agency's own plain tables.
//
// It turns a CSV or XLSX file into typed rows of the agency, or says in sentences what is wrong with it and where. It
// decides nothing about the records: whether a row is new or changed is the business of agency. Sizes are limited before
// anything is parsed, and only the columns that the desk uses are kept, so that a buyer's name in an order export is gone
// with its row.
package tiktok

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"liaison/agency"
)

// The limits of a file. They are checked before or while it is read, never after.
const (
	MaxFileBytes  = 10 << 20
	MaxUnzipBytes = 64 << 20
	MaxEntries    = 1_000
	MaxRows       = 50_000
	MaxCells      = 1_000_000
)

// Options are what a reader is told beside the file.
type Options struct {
	Now time.Time // orders are not from the future: helps to tell day-first dates from month-first ones; zero: unknown
}

// ReadFile reads a file of a kind.
func ReadFile(path string, kind agency.ImportKind, o Options) (agency.ImportFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return agency.ImportFile{}, agency.Invalid("The file %s cannot be opened: %s. Name a CSV or XLSX file.", path, reason(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return agency.ImportFile{}, agency.Invalid("%s is a folder. Name a CSV or XLSX file.", path)
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
	if err != nil {
		return agency.ImportFile{}, agency.NotFound("The file %s cannot be read: %s.", path, reason(err))
	}
	return Read(filepath.Base(path), data, kind, o)
}

func reason(err error) string {
	if os.IsNotExist(err) {
		return "it is not there"
	}
	if os.IsPermission(err) {
		return "the desk may not read it"
	}
	return "it does not answer"
}

// Read reads the bytes of a file of a kind. What is wrong with the whole file is an error; what is wrong with a row is in
// the file's Bad.
func Read(name string, data []byte, kind agency.ImportKind, o Options) (agency.ImportFile, error) {
	f := agency.ImportFile{Name: name, Kind: kind}
	spec, ok := specs()[kind]
	if !ok {
		_, err := agency.ParseImportKind(string(kind))
		return f, err
	}
	if len(data) > MaxFileBytes {
		return f, agency.Invalid("%s is larger than 10 MB. Export a shorter period, or split the file.", name)
	}
	file, err := open(name, data, spec)
	if err != nil {
		return f, err
	}
	defer file.close() //nolint:errcheck // it was only read
	t, err := load(name, file.sources, spec)
	if err != nil {
		return f, err
	}
	if err := t.decide(o); err != nil {
		return f, err
	}
	f.Format = t.format()
	switch kind {
	case agency.SellerFile:
		f.Sellers = collect(t, sellerRow)
	case agency.CreatorFile:
		f.Creators = collect(t, creatorRow)
	case agency.OrderFile:
		f.Orders = collect(t, orderRow)
	case agency.ViolationFile:
		f.Violations = collect(t, violationRow)
	}
	f.Bad, f.Notes = t.bad, t.notes
	return f, nil
}

// collect reads every record; a record with a fault in any cell gives no row.
func collect[R any](t *table, read func(*reading) R) []R {
	rows := make([]R, 0, len(t.records))
	for i := range t.records {
		r := &reading{table: t, record: &t.records[i]}
		row := read(r)
		if len(r.faults) == 0 {
			rows = append(rows, row)
			continue
		}
		t.bad = append(t.bad, r.faults...)
	}
	return rows
}

// open finds the tables of a file by what its bytes are, whatever its name says.
func open(name string, data []byte, spec spec) (*opened, error) {
	switch {
	case len(data) == 0:
		return nil, agency.Invalid("%s is empty.", name)
	case strings.HasPrefix(string(data[:min(4, len(data))]), "PK\x03\x04"):
		return openXLSX(name, data)
	case strings.HasPrefix(string(data[:min(8, len(data))]), "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return nil, agency.Invalid("%s is an old Excel file (.xls) or protected by a password. Save it as XLSX without a password, or as CSV.", name)
	case strings.HasPrefix(string(data[:min(5, len(data))]), "%PDF-"):
		return nil, agency.Invalid("%s is a PDF. Export it as CSV or XLSX.", name)
	}
	return openCSV(name, data, spec)
}

// SafeCell makes a text safe to write into a CSV cell: a spreadsheet must not take it for a formula. It puts an apostrophe
// before a text that starts with = + - @, a tab or a carriage return, or with the full-width forms of those signs; blanks
// before them do not hide them. Write negative numbers as numbers, not through here.
func SafeCell(text string) string {
	rest := strings.TrimLeft(text, " \u00a0\u3000\ufeff\u200b")
	if rest == "" {
		return text
	}
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠−", []rune(rest)[0]) {
		return "'" + text
	}
	return text
}

// tooMany is the refusal of a file with too many of something.
func tooMany(name, what string, limit int) error {
	return agency.Invalid("%s has more than %s %s. Export a shorter period, or split the file.", name, grouped(limit), what)
}

func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
