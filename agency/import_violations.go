package agency

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// ViolationRow is one policy violation of a table of violations. It is about a shop or a creator.
type ViolationRow struct {
	Line     int
	Notice   string // TikTok's number of the notice
	Shop     string
	ShopCode string
	Region   string
	Creator  string // handle
	Rule     string
	Detail   string
	Severity Severity
	Points   Maybe[int64]
	OpenedOn WallTime // when TikTok found it
	Deadline WallTime // until when one may appeal; empty: the usual one
	Closed   bool     // resolved on TikTok's side already
}

// violationImport is one import of violations under way.
type violationImport struct {
	d        *Desk
	r        *ImportReport
	o        ImportOptions
	sellers  *sellerBook
	creators map[string]Creator
	byNotice map[string]Case
	byTrait  map[string]Case // who, rule and day, for notices without a number
	byRule   map[string]Case // who and rule, for notices without number and day
	opened   []Case
	updated  []Case
	closed   int
}

// ImportViolations brings in policy violations. Each new one becomes a case, exactly as `/case open` makes it, and its card
// is posted at once in the channels subscribed to violations. A notice that is known is not opened again.
func (d *Desk) ImportViolations(f ImportFile, o ImportOptions) (ImportReport, error) {
	if err := d.authorize(ImportFiles); err != nil {
		return ImportReport{}, err
	}
	im := &violationImport{d: d, r: beginImport(f), o: o}
	if err := im.load(); err != nil {
		return *im.r, err
	}
	rows := uniqueRows(im.r, f.Violations, violationKey, func(v ViolationRow) int { return v.Line },
		func(v ViolationRow) ViolationRow { v.Line = 0; return v })
	for _, row := range rows {
		im.take(row)
	}
	if im.closed > 0 {
		im.r.note("%s resolved already on TikTok's side; no case is opened for those.", areRows(im.closed))
	}
	return d.endImport(im.r, o, im.write)
}

// violationKey is what makes a row of violations unique within its file.
func violationKey(v ViolationRow) string {
	if v.Notice != "" {
		return v.Notice
	}
	day, _, _ := strings.Cut(string(v.OpenedOn), " ")
	return strings.Join([]string{v.ShopCode, ShopKey(v.Shop), v.Region, HandleKey(v.Creator), strings.ToLower(v.Rule), day}, "|")
}

func (im *violationImport) load() (err error) {
	if im.sellers, err = im.d.sellerBook(); err != nil {
		return err
	}
	if im.creators, err = im.d.creatorBook(); err != nil {
		return err
	}
	all, err := im.d.tx.Cases(nil, 0)
	im.byNotice, im.byTrait, im.byRule = map[string]Case{}, map[string]Case{}, map[string]Case{}
	for _, c := range all {
		if c.Notice != "" {
			im.byNotice[c.Notice] = c
		}
		im.byTrait[im.trait(c)], im.byRule[whoAndRule(c)] = c, c
	}
	return err
}

func whoAndRule(c Case) string {
	return fmt.Sprintf("%d|%d|%s", c.Seller, c.Creator, strings.ToLower(c.Rule))
}

// trait is what a case is recognised by when its notice has no number. The day is that of the region's calendar.
func (im *violationImport) trait(c Case) string {
	return whoAndRule(c) + "|" + string(DateOf(c.OpenedAt, im.zone(c)))
}

// zone is where the times of a case's notice are at home.
func (im *violationImport) zone(c Case) *time.Location {
	code := im.sellers.byID[c.Seller].Region
	if c.Creator != 0 && code == "" {
		for _, k := range im.creators {
			if k.ID == c.Creator {
				code = k.Region
			}
		}
	}
	region, ok := im.d.Rules.Region(code)
	if !ok {
		return im.d.Zone()
	}
	zone, err := time.LoadLocation(region.Zone)
	if err != nil {
		return im.d.Zone()
	}
	return zone
}

func (im *violationImport) take(row ViolationRow) {
	before := len(im.r.Bad)
	c := im.caseOf(row)
	if len(im.r.Bad) > before {
		return
	}
	known, ok := im.byNotice[row.Notice]
	if row.Notice == "" && row.OpenedOn == "" {
		known, ok = im.byRule[whoAndRule(c)]
	} else if row.Notice == "" {
		known, ok = im.byTrait[im.trait(c)]
	}
	switch {
	case ok:
		im.compare(known, c, row)
	case row.Closed:
		im.closed++
		im.r.Unchanged++
	default:
		im.r.New++
		im.r.example("%s for %s", c.Rule, im.who(c))
		im.opened = append(im.opened, c)
	}
}

// caseOf is the case as the row wants it.
func (im *violationImport) caseOf(row ViolationRow) Case {
	c := Case{Kind: Violation, Severity: row.Severity, Rule: cut(row.Rule, 200), Detail: cut(row.Detail, 1000),
		Points: row.Points.Value, Notice: row.Notice, Source: "import"}
	switch {
	case row.Shop != "" || row.ShopCode != "":
		region, _ := im.d.regionNamed(row.Region)
		s, err := im.sellers.named(row.Shop, row.ShopCode, region.Code)
		if err != nil {
			im.r.badErr(row.Line, "Shop", err)
		}
		c.Seller = s.ID
	case row.Creator == "" && im.o.Seller != 0:
		c.Seller = im.sellers.byID[im.o.Seller].ID
	}
	if row.Creator != "" {
		k, ok := im.creators[HandleKey(row.Creator)]
		if !ok {
			im.r.bad(row.Line, "Creator", "The creator “%s” is not recorded. Import the creators first.", cut(row.Creator, 40))
		}
		c.Creator = k.ID
	}
	if c.Seller == 0 && c.Creator == 0 && row.Shop+row.ShopCode+row.Creator == "" {
		im.r.bad(row.Line, "Shop", "The row names neither a shop nor a creator.")
	}
	if c.Rule == "" {
		im.r.bad(row.Line, "Violation", "The row does not say what was broken.")
	}
	if utf8.RuneCountInString(c.Notice) > 60 {
		im.r.bad(row.Line, "Notice", "That is too long for the number of a notice.")
	}
	if c.Points < 0 || c.Points > 1000 {
		im.r.bad(row.Line, "Points", "Points are between 0 and 1000.")
	}
	zone := im.zone(c)
	if c.OpenedAt = im.d.Time; row.OpenedOn != "" {
		c.OpenedAt = min(row.OpenedOn.In(zone), im.d.Time)
	}
	c.Deadline = row.Deadline.In(zone)
	if c.Deadline != 0 && c.Deadline < c.OpenedAt && row.OpenedOn != "" {
		im.r.bad(row.Line, "Deadline", "The deadline is before the violation itself.")
	} else if c.Deadline != 0 {
		if err := im.d.checkDeadline(c.Deadline); err != nil {
			im.r.badErr(row.Line, "Deadline", err)
		}
	}
	return c
}

// compare takes from the file what only TikTok can know of a case: its points and its deadline.
func (im *violationImport) compare(known, c Case, row ViolationRow) {
	next := known
	if next.Points = row.Points.or(known.Points); c.Deadline != 0 && c.Deadline != known.Deadline {
		next.Deadline, next.Guessed = c.Deadline, false
	}
	var diff importDiff
	differs(&diff, "points", known.Points, next.Points)
	differs(&diff, "deadline", known.Deadline, next.Deadline)
	if diff.empty() || known.State == CaseResolved {
		im.r.Unchanged++
		return
	}
	im.r.Changed++
	im.r.sample("%s %s: %s", known.ID, known.Rule, diff.String())
	if next.Deadline != known.Deadline {
		next.Since = im.d.Time // reminders count from when the deadline was known
	}
	im.updated = append(im.updated, next)
}

func (im *violationImport) who(c Case) string {
	if s, ok := im.sellers.byID[c.Seller]; ok {
		return s.Shop
	}
	for handle, k := range im.creators {
		if k.ID == c.Creator {
			return "@" + handle
		}
	}
	return "nobody"
}

func (im *violationImport) write() error {
	for _, c := range im.opened {
		if _, err := im.d.openCase(c); err != nil {
			return err
		}
	}
	for _, c := range im.updated {
		if err := im.d.tx.UpdateCase(c); err != nil {
			return err
		}
		if err := im.d.redrawCard(CaseCard, c.ID.String()); err != nil {
			return err
		}
		if err := im.d.audit("import violations", c.ID.String(), "points or deadline corrected by the notice"); err != nil {
			return err
		}
	}
	return nil
}
