package tiktok

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"liaison/agency"
)

// day is a date as it is written, before it is known whether the day or the month comes first.
type day struct {
	year, a, b int  // a and b in the order of the cell; of a fixed date a is the month and b the day
	fixed      bool // year first, or the month by name: no doubt about the order
	clock      string
	offset     string // "Z" or "+07:00" where the cell says it
	hasClock   bool
}

// parseDay takes a date apart: "30/09/2026 16:53:20", "2026-09-30", "Sep 30, 2026 4:53 PM", "2026年9月30日".
func parseDay(cell string) (day, bool) {
	cell = strings.Trim(cell, " '")
	if strings.Contains(cell, "年") {
		cell = strings.NewReplacer("年", "/", "月", "/", "日", " ").Replace(cell)
	}
	datePart, clockPart := splitClock(cell)
	d, ok := parseDatePart(datePart)
	if !ok {
		return d, false
	}
	if clockPart == "" {
		d.clock = "00:00:00"
		return d, true
	}
	d.hasClock = true
	d.clock, d.offset, ok = parseClock(clockPart)
	return d, ok
}

// splitClock separates the time of day: what follows the blank or T before the first colon.
func splitClock(cell string) (date, clock string) {
	colon := strings.IndexByte(cell, ':')
	if colon < 0 {
		return strings.Trim(cell, " ,"), ""
	}
	cutAt := strings.LastIndexAny(cell[:colon], " Tt")
	if cutAt < 0 {
		return cell, ""
	}
	return strings.Trim(cell[:cutAt], " ,"), strings.TrimSpace(cell[cutAt+1:])
}

func parseDatePart(text string) (day, bool) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/-. ,", r) })
	if len(parts) == 4 { // "Mon 23 Nov 2026"
		if _, isMonth := monthNamed(parts[0]); !isMonth && isLetters(parts[0]) {
			parts = parts[1:]
		}
	}
	if len(parts) != 3 {
		return day{}, false
	}
	var d day
	if month, ok := monthNamed(parts[1]); ok {
		d.fixed, d.a = true, month
		return finishDay(d, parts[2], "", parts[0])
	}
	if month, ok := monthNamed(parts[0]); ok {
		d.fixed, d.a = true, month
		return finishDay(d, parts[2], "", parts[1])
	}
	if len(parts[0]) == 4 {
		d.fixed = true
		return finishDay(d, parts[0], parts[1], parts[2])
	}
	return finishDay(d, parts[2], parts[0], parts[1])
}

// finishDay fills in year, a and b; a is there already when its text is empty.
func finishDay(d day, year, a, b string) (day, bool) {
	var ok [3]bool
	if d.year, ok[0] = smallInt(year, 4); len(year) == 2 {
		d.year += 2000
	}
	ok[1] = true
	if a != "" {
		d.a, ok[1] = smallInt(a, 2)
	}
	d.b, ok[2] = smallInt(strings.TrimRight(strings.ToLower(b), "sthnrd"), 2)
	fine := ok[0] && ok[1] && ok[2] && (len(year) == 4 || len(year) == 2) && d.year >= 2000 && d.year < 2100 &&
		d.a >= 1 && d.a <= 31 && d.b >= 1 && d.b <= 31
	return d, fine
}

func smallInt(text string, width int) (int, bool) {
	if text == "" || len(text) > width || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

func isLetters(text string) bool {
	return text != "" && strings.Trim(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz") == ""
}

func monthNamed(text string) (int, bool) {
	if len(text) < 3 || !isLetters(text) {
		return 0, false
	}
	for m := time.January; m <= time.December; m++ {
		if strings.HasPrefix(strings.ToLower(m.String()), strings.ToLower(text)) || strings.EqualFold(text, "sept") && m == time.September {
			return int(m), true
		}
	}
	return 0, false
}

// parseClock reads "16:53", "16:53:20", "4:53:20 PM", with fractions of a second dropped and an offset kept.
func parseClock(text string) (clock, offset string, ok bool) {
	upper := strings.ToUpper(strings.Join(strings.Fields(text), " "))
	upper, offset, ok = cutOffset(upper)
	if !ok {
		return "", "", false
	}
	body, pm := strings.CutSuffix(upper, "PM")
	body, am := strings.CutSuffix(body, "AM")
	parts := strings.Split(strings.TrimSpace(body), ":")
	if len(parts) != 2 && len(parts) != 3 {
		return "", "", false
	}
	var n [3]int
	for i, p := range parts {
		if i == 2 {
			p, _, _ = strings.Cut(p, ".")
		}
		if n[i], ok = smallInt(p, 2); !ok {
			return "", "", false
		}
	}
	switch {
	case (am || pm) && (n[0] < 1 || n[0] > 12):
		return "", "", false
	case pm && n[0] < 12:
		n[0] += 12
	case am && n[0] == 12:
		n[0] = 0
	}
	if n[0] > 23 || n[1] > 59 || n[2] > 59 {
		return "", "", false
	}
	return fmt.Sprintf("%02d:%02d:%02d", n[0], n[1], n[2]), offset, true
}

// cutOffset takes "Z", "UTC", "GMT+8", "(UTC+7)" or "+07:00" off the end.
func cutOffset(text string) (rest, offset string, ok bool) {
	if strings.ContainsAny(text, "()") {
		text = strings.NewReplacer("(", " ", ")", " ").Replace(text)
	}
	text = strings.TrimSpace(text)
	if cut, found := strings.CutSuffix(text, "Z"); found {
		return strings.TrimSpace(cut), "Z", true
	}
	named := false
	for _, zone := range []string{"UTC", "GMT"} {
		if i := strings.Index(text, zone); i > 0 {
			text, named = text[:i]+text[i+len(zone):], true
		}
	}
	i := strings.LastIndexAny(text, "+-")
	if i < 0 {
		if named {
			return strings.TrimSpace(text), "Z", true
		}
		return text, "", true
	}
	sign, rest := text[i:i+1], strings.TrimSpace(text[:i])
	hours, minutes, _ := strings.Cut(strings.TrimSpace(text[i+1:]), ":")
	if len(hours) == 4 && minutes == "" {
		hours, minutes = hours[:2], hours[2:]
	}
	if minutes == "" {
		minutes = "0"
	}
	h, okH := smallInt(hours, 2)
	m, okM := smallInt(minutes, 2)
	return rest, fmt.Sprintf("%s%02d:%02d", sign, h, m), okH && okM && h <= 14 && m <= 59
}

// wall is the date as the agency takes it; ok is false when the calendar has no such day.
func (d day) wall(monthFirst bool) (agency.WallTime, bool) {
	month, dom := d.b, d.a
	if d.fixed || monthFirst {
		month, dom = d.a, d.b
	}
	if month > 12 {
		return "", false
	}
	t := time.Date(d.year, time.Month(month), dom, 0, 0, 0, 0, time.UTC)
	if t.Day() != dom {
		return "", false
	}
	date := t.Format(time.DateOnly)
	if d.offset != "" {
		return agency.WallTime(date + "T" + d.clock + d.offset), true
	}
	return agency.WallTime(date + " " + d.clock), true
}

// serialDay turns the days that a spreadsheet counts (from 30 December 1899, or 1 January 1904) into a date.
func serialDay(cell string, from1904 bool) (day, bool) {
	units, places, err := exact(cell)
	if err != nil || places > 12 || units < 0 {
		return day{}, false
	}
	pow := int64(1)
	for range places {
		pow *= 10
	}
	days, part := units/pow, units%pow
	if days < 20_000 || days > 80_000 {
		return day{}, false
	}
	// part of a day to seconds: at most 15 digits are exact, so part < 10^12 and part × 86,400 fits.
	seconds := (part*86_400 + pow/2) / pow
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if from1904 {
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	t := start.AddDate(0, 0, int(days)).Add(time.Duration(seconds) * time.Second)
	return day{year: t.Year(), a: int(t.Month()), b: t.Day(), fixed: true, clock: t.Format(time.TimeOnly), hasClock: part != 0}, true
}
