package tiktok

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"liaison/agency"
)

// opened is a file with its tables. Close it when they are read.
type opened struct {
	sources []source
	close   func() error
}

// source is one table of a file: a sheet, or the whole of a CSV.
type source struct {
	name string
	// each calls yield for every row until it says stop. A row's cells are the source's again after the call.
	each func(yield func(rawRow) (more bool)) error
	// xlsx tells that numbers are typed: a cell without text marks is exact.
	xlsx bool
	// serial1904 tells that a sheet counts days from 1904 instead of 1900.
	serial1904 bool
	// loose tells that a CSV is quoted carelessly, so that rows of another width than the header's are not trusted.
	loose bool
}

// rawRow is one row as it stands in the file.
type rawRow struct {
	number int // as a spreadsheet shows it
	cells  []string
	marks  []mark // of XLSX cells; nil for CSV
}

// mark is what XLSX knows of a cell beside its text.
type mark uint8

const (
	isNumber mark = 1 << iota
	isFormula
)

// delimiters are what separates cells, in the order in which they are tried.
const delimiters = ",;\t|"

// openCSV finds out how a CSV is written: its encoding, and the delimiter under which a header appears.
func openCSV(name string, data []byte, spec spec) (*opened, error) {
	text, err := decode(name, data)
	if err != nil {
		return nil, err
	}
	var best source
	bestScore := -1
	for _, d := range delimiters {
		s := csvSource(name, text, d)
		if found := spec.findHeader(s); best.each == nil || found.score > bestScore {
			best, bestScore = s, found.score
		}
	}
	return &opened{sources: []source{best}, close: func() error { return nil }}, nil
}

// decode takes off the byte order mark and turns UTF-16 into UTF-8. Other encodings are refused: guessing them would spoil
// names without a sign of it.
func decode(name string, data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}):
		return fromUTF16(data[2:], binary.LittleEndian), nil
	case bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		return fromUTF16(data[2:], binary.BigEndian), nil
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, agency.Invalid("%s is not a text file. Export it as CSV (UTF-8) or XLSX.", name)
	}
	if !utf8.Valid(data) {
		return nil, agency.Invalid("%s is not in UTF-8. Save it as “CSV UTF-8”, or import the XLSX.", name)
	}
	return data, nil
}

func fromUTF16(data []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return []byte(strings.ReplaceAll(string(utf16.Decode(units)), "\x00", ""))
}

func csvSource(name string, text []byte, delimiter rune) source {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	if delimiter != '\t' {
		text = trimTabs(text, byte(delimiter))
	}
	s := source{name: name, loose: !wellQuoted(text, delimiter)}
	s.each = func(yield func(rawRow) bool) error {
		return eachRecord(name, text, delimiter, s.loose, yield)
	}
	return s
}

// trimTabs takes out the tabs that TikTok writes after a value: before a delimiter, a quote or the end of a line. A tab
// elsewhere becomes a blank. Without this a closing quote followed by a tab would swallow the cells after it.
func trimTabs(text []byte, delimiter byte) []byte {
	if bytes.IndexByte(text, '\t') < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\t' {
			out = append(out, text[i])
			continue
		}
		end := i
		for end < len(text) && text[end] == '\t' {
			end++
		}
		if end < len(text) && !strings.ContainsRune(string([]byte{delimiter})+"\"\n", rune(text[end])) {
			out = append(out, ' ')
		}
		i = end - 1
	}
	return out
}

func wellQuoted(text []byte, delimiter rune) bool {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = delimiter, -1, true
	for {
		if _, err := r.Read(); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// eachRecord reads the records of a CSV. Its line numbers count records as a spreadsheet does: a line break inside quotes
// does not start a new row.
func eachRecord(name string, text []byte, delimiter rune, loose bool, yield func(rawRow) bool) error {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord, r.LazyQuotes = delimiter, -1, true, loose
	cells, inside := 0, 0
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return agency.Invalid("%s is not a table: its quotes or delimiters do not fit together. Export it again.", name)
		}
		line, _ := r.FieldPos(0)
		number := line - inside
		for _, c := range record {
			inside += strings.Count(c, "\n")
		}
		if cells += len(record); cells > MaxCells {
			return tooMany(name, "cells", MaxCells)
		}
		if !yield(rawRow{number: number, cells: record}) {
			return nil
		}
	}
}
