package tiktok

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"liaison/agency"
)

// openXLSX opens the sheets of a workbook, after its size unpacked was checked.
func openXLSX(name string, data []byte) (*opened, error) {
	unreadable := agency.Invalid("%s is not an XLSX file that can be read. Export it again, or save it as CSV.", name)
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, unreadable
	}
	if err := checkArchive(name, archive); err != nil {
		return nil, err
	}
	paths, err := sheetPaths(archive)
	if err != nil || len(paths) == 0 {
		return nil, unreadable
	}
	marks := make([]marksOf, len(paths))
	for i, p := range paths {
		if marks[i], err = readMarks(name, archive, p.file); err != nil {
			return nil, err
		}
	}
	// Everything stays in memory (UnzipXMLSizeLimit), so that no temporary file with buyers' names is left behind.
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: MaxUnzipBytes, UnzipXMLSizeLimit: MaxUnzipBytes,
	})
	if err != nil {
		return nil, unreadable
	}
	file := &opened{close: book.Close}
	props, err := book.GetWorkbookProps()
	from1904 := err == nil && props.Date1904 != nil && *props.Date1904
	for i, p := range paths {
		file.sources = append(file.sources, source{name: p.name, xlsx: true, serial1904: from1904, each: func(yield func(rawRow) bool) error {
			return eachSheetRow(name, book, p.name, marks[i], yield)
		}})
	}
	return file, nil
}

// checkArchive refuses an archive that unpacks to too much. It counts what comes out, not what the directory claims.
func checkArchive(name string, archive *zip.Reader) error {
	if len(archive.File) > MaxEntries {
		return agency.Invalid("%s has more than 1,000 parts inside. Export it again, or save it as CSV.", name)
	}
	left := int64(MaxUnzipBytes)
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			return agency.Invalid("%s is damaged. Export it again.", name)
		}
		n, err := io.Copy(io.Discard, io.LimitReader(r, left+1))
		r.Close()
		if left -= n; left < 0 {
			return agency.Invalid("%s unpacks to more than 64 MB. Export a shorter period, or save it as CSV.", name)
		}
		if err != nil {
			return agency.Invalid("%s is damaged. Export it again.", name)
		}
	}
	return nil
}

// sheetPath is a sheet's name and the part of the archive that holds it.
type sheetPath struct{ name, file string }

// sheetPaths lists the sheets in the workbook's order.
func sheetPaths(archive *zip.Reader) ([]sheetPath, error) {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	var links struct {
		Links []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := readPart(archive, "xl/workbook.xml", &book); err != nil {
		return nil, err
	}
	if err := readPart(archive, "xl/_rels/workbook.xml.rels", &links); err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, l := range links.Links {
		if strings.HasSuffix(l.Type, "/worksheet") {
			target := strings.ReplaceAll(l.Target, "\\", "/")
			if !strings.HasPrefix(target, "/") {
				target = "xl/" + target
			}
			files[l.ID] = strings.TrimPrefix(path.Clean("/"+target), "/")
		}
	}
	var paths []sheetPath
	for _, s := range book.Sheets {
		if file := files[s.ID]; file != "" {
			paths = append(paths, sheetPath{s.Name, file})
		}
	}
	return paths, nil
}

func readPart(archive *zip.Reader, name string, into any) error {
	f, err := part(archive, name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := xml.NewDecoder(f).Decode(into); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return nil
}

func part(archive *zip.Reader, name string) (io.ReadCloser, error) {
	for _, f := range archive.File {
		if strings.EqualFold(strings.ReplaceAll(f.Name, "\\", "/"), name) {
			return f.Open()
		}
	}
	return nil, fmt.Errorf("%s is not in the file", name)
}

// marksOf tells, per row and column (both from 1), which cells of a sheet hold numbers or formulas.
type marksOf map[int][]mark

// maxColumns is as far to the right as an export reaches; cells beyond it are a mistake or an attack.
const maxColumns = 300

// readMarks streams once over a sheet: excelize's row reader gives texts and hides what was a number (an 18-digit id has
// lost its end by then) and what was a formula.
func readMarks(name string, archive *zip.Reader, file string) (marksOf, error) {
	f, err := part(archive, file)
	if err != nil {
		return nil, agency.Invalid("%s is damaged: a sheet is missing. Export it again.", name)
	}
	defer f.Close()
	s := markScan{name: name, marks: marksOf{}}
	decoder := xml.NewDecoder(f)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return s.marks, nil
		}
		if err != nil {
			return nil, agency.Invalid("%s is damaged. Export it again.", name)
		}
		if el, ok := token.(xml.StartElement); ok {
			if err := s.element(el); err != nil {
				return nil, err
			}
		}
	}
}

type markScan struct {
	name     string
	marks    marksOf
	row, col int
	cells    int
}

func (s *markScan) element(el xml.StartElement) error {
	switch el.Name.Local {
	case "row":
		s.row++
		s.col = 0
		if r := attr(el, "r"); r != "" {
			if n, err := strconv.Atoi(r); err == nil {
				s.row = n
			}
		}
	case "c":
		s.col++
		if ref := attr(el, "r"); ref != "" {
			col, row, err := excelize.CellNameToCoordinates(ref)
			if err != nil {
				return agency.Invalid("%s is damaged: it has a cell called %q. Export it again.", s.name, cutText(ref, 20))
			}
			s.col, s.row = col, row
		}
		if s.cells++; s.cells > MaxCells {
			return tooMany(s.name, "cells", MaxCells)
		}
		if s.col > maxColumns {
			return agency.Invalid("%s has more than %d columns, so it is not an export that the desk knows.", s.name, maxColumns)
		}
		if t := attr(el, "t"); t == "" || t == "n" {
			s.mark(isNumber)
		}
	case "f":
		s.mark(isFormula)
	}
	return nil
}

func (s *markScan) mark(m mark) {
	row := s.marks[s.row]
	for len(row) < s.col {
		row = append(row, 0)
	}
	if s.col > 0 {
		row[s.col-1] |= m
	}
	s.marks[s.row] = row
}

func attr(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// eachSheetRow gives the rows of a sheet. Rows that the sheet leaves out are not given.
func eachSheetRow(name string, book *excelize.File, sheet string, marks marksOf, yield func(rawRow) bool) error {
	rows, err := book.Rows(sheet)
	if err != nil {
		return agency.Invalid("%s is damaged: its sheet “%s” cannot be read. Export it again.", name, cutText(sheet, 40))
	}
	defer rows.Close() //nolint:errcheck // it was only read
	for number := 1; rows.Next(); number++ {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return agency.Invalid("%s is damaged at row %d. Export it again.", name, number)
		}
		if len(cells) == 0 {
			continue
		}
		if !yield(rawRow{number: number, cells: cells, marks: marks[number]}) {
			return nil
		}
	}
	if err := rows.Error(); err != nil {
		return agency.Invalid("%s is damaged. Export it again.", name)
	}
	return nil
}

func cutText(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n]) + "…"
	}
	return text
}
