package agency

import (
	"slices"
	"strings"
	"unicode/utf8"

	"liaison/agency/money"
)

// CreatorRow is one creator of a table of creators or of the CAP Partner Center's export. What is empty or not given
// stays as the desk knows it.
type CreatorRow struct {
	Line        int
	Handle      string // the TikTok username
	Name        string
	Region      string
	Language    string
	State       CreatorState
	Categories  string // separated by commas or semicolons
	Formats     string // "video", "live" or both
	Followers   Maybe[int64]
	Capacity    Maybe[int64]
	Health      Maybe[int64]
	ItemsSold   Maybe[int64]
	AgencyShare Maybe[money.BasisPoints]
	TaxForm     Maybe[bool]
	PayoutReady Maybe[bool]
	Price       Cash
	Sales       Cash
	Commission  Cash
}

// ImportCreators brings in creators and their figures. Creators are recognised by handle, whatever its case and with or
// without the @.
func (d *Desk) ImportCreators(f ImportFile, o ImportOptions) (ImportReport, error) {
	if err := d.authorize(ImportFiles); err != nil {
		return ImportReport{}, err
	}
	r := beginImport(f)
	book, err := d.creatorBook()
	if err != nil {
		return *r, err
	}
	rows := uniqueRows(r, f.Creators, func(c CreatorRow) string { return HandleKey(c.Handle) },
		func(c CreatorRow) int { return c.Line }, func(c CreatorRow) CreatorRow { c.Line = 0; return c })
	var added, changed []Creator
	assumed := false
	for _, row := range rows {
		known, isKnown := book[HandleKey(row.Handle)]
		before := len(r.Bad)
		c := d.creatorFrom(r, row, known, o, &assumed)
		if len(r.Bad) > before {
			continue
		}
		var diff importDiff
		compareCreators(&diff, known, c)
		switch {
		case !isKnown:
			r.New++
			r.example("@%s", c.Handle)
			added = append(added, c)
		case diff.empty():
			r.Unchanged++
		default:
			r.Changed++
			r.sample("%s @%s: %s", c.ID, c.Handle, diff.String())
			changed = append(changed, c)
		}
	}
	if assumed {
		r.note("The file names no currency; its amounts are taken as US dollars. Say which with --currency.")
	}
	return d.endImport(r, o, func() error {
		if _, err := d.tx.InsertCreators(added); err != nil {
			return err
		}
		for _, c := range changed {
			if err := d.tx.UpdateCreator(c); err != nil {
				return err
			}
			blocked := c.State == CreatorBlocked
			if was := book[HandleKey(c.Handle)]; c.Member == 0 || blocked == (was.State == CreatorBlocked) {
				continue
			}
			if err := d.giveAccess(c.Member, CreatorRole, !blocked); err != nil {
				return err
			}
		}
		return nil
	})
}

// creatorFrom is the creator as the row wants it. assumed is set when an amount was taken as US dollars for want of a
// better word.
func (d *Desk) creatorFrom(r *ImportReport, row CreatorRow, c Creator, o ImportOptions, assumed *bool) Creator {
	if c.ID == 0 {
		c = newCreator(row.Handle, d.Time)
	}
	if err := checkHandle(row.Handle); err != nil {
		r.badErr(row.Line, "Creator username", err)
		return c
	}
	c.Name = firstText(cut(row.Name, 100), c.Name)
	c.Language = firstText(cut(row.Language, 35), c.Language)
	var usual money.Currency
	if row.Region != "" {
		region, ok := d.regionNamed(row.Region)
		if !ok && len(row.Region) != 2 {
			r.bad(row.Line, "Region", "“%s” is not a region. Write a country code such as US or GB.", row.Region)
		}
		if c.Region = region.Code; !ok {
			c.Region = strings.ToUpper(row.Region) // a creator may live where there is no TikTok Shop
		} else {
			usual = money.Currency(region.Currency)
		}
	}
	if row.State != "" {
		c.State = row.State
	}
	c.Categories = d.creatorCategories(r, row, c.Categories)
	c.Formats = firstText(row.Formats, c.Formats)
	c.Followers, c.Capacity = row.Followers.or(c.Followers), row.Capacity.or(c.Capacity)
	c.Health, c.AgencyShare = row.Health.or(c.Health), row.AgencyShare.or(c.AgencyShare)
	c.TaxForm, c.PayoutReady = row.TaxForm.or(c.TaxForm), row.PayoutReady.or(c.PayoutReady)
	if c.AgencyShare < 0 || c.AgencyShare > 10_000 {
		r.bad(row.Line, "Agency share", "A share is between 0 %% and 100 %%.")
	}
	if c.Health < 0 || c.Health > 1000 {
		r.bad(row.Line, "Health", "The Creator Health Rating is between 0 and 1000.")
	}
	d.creatorFigures(r, row, &c, o.Currency, usual, assumed)
	return c
}

// creatorFigures fills the amounts and counts; FiguresAt moves only when one of them does.
func (d *Desk) creatorFigures(r *ImportReport, row CreatorRow, c *Creator, said, usual money.Currency, assumed *bool) {
	before := *c
	for _, cell := range []struct {
		column string
		cash   Cash
		into   *money.Amount
	}{{"Price", row.Price, &c.Price}, {"Affiliate GMV", row.Sales, &c.Sales}, {"Est. commission", row.Commission, &c.Commission}} {
		if !cell.cash.Given {
			continue
		}
		cash := cell.cash
		if said == "" {
			cash = cash.In(money.Currency(firstText(string(cell.into.Currency), string(usual))))
		}
		if said == "" && cash.Currency == "" {
			cash.Currency, *assumed = "USD", true
		}
		amount, err := cash.Amount(said, true)
		if err != nil {
			r.badErr(row.Line, cell.column, err)
			continue
		}
		*cell.into = amount
	}
	c.ItemsSold = row.ItemsSold.or(c.ItemsSold)
	if c.Sales != before.Sales || c.Commission != before.Commission || c.ItemsSold != before.ItemsSold {
		c.FiguresAt = d.Time
	}
}

func (d *Desk) creatorCategories(r *ImportReport, row CreatorRow, known string) string {
	if row.Categories == "" {
		return known
	}
	var list []string
	whole := row.Categories
	if c, ok := d.categoryNamed(whole); ok && !strings.ContainsAny(whole, ",;|") {
		return c
	}
	for _, word := range listWords(whole) {
		c, ok := d.categoryNamed(word)
		if !ok {
			r.bad(row.Line, "Categories", "“%s” is not a category. Choose from %s.", word, strings.Join(d.Rules.Categories, ", "))
			continue
		}
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return strings.Join(list, ",")
}

func compareCreators(diff *importDiff, k, c Creator) {
	differs(diff, "name", k.Name, c.Name)
	differs(diff, "region", k.Region, c.Region)
	differs(diff, "language", k.Language, c.Language)
	differs(diff, "state", k.State, c.State)
	differs(diff, "categories", k.Categories, c.Categories)
	differs(diff, "formats", k.Formats, c.Formats)
	differs(diff, "followers", k.Followers, c.Followers)
	differs(diff, "capacity", k.Capacity, c.Capacity)
	differs(diff, "agency share", k.AgencyShare, c.AgencyShare)
	differs(diff, "health", k.Health, c.Health)
	differs(diff, "tax form", k.TaxForm, c.TaxForm)
	differs(diff, "payout details", k.PayoutReady, c.PayoutReady)
	differs(diff, "price", k.Price, c.Price)
	differs(diff, "sales", k.Sales, c.Sales)
	differs(diff, "items sold", k.ItemsSold, c.ItemsSold)
	differs(diff, "commission", k.Commission, c.Commission)
}

// newCreator is a creator of whom only the handle is known.
func newCreator(handle string, at Instant) Creator {
	return Creator{Handle: HandleKey(handle), State: CreatorActive, Version: 1, CreatedAt: at}
}

// checkHandle refuses what cannot be a TikTok username. TikTok allows letters, digits, "_" and "." up to 24 characters;
// longer ones are let through to 64, because that limit has moved before.
func checkHandle(handle string) error {
	key := HandleKey(handle)
	if key == "" || utf8.RuneCountInString(key) > 64 {
		return Invalid("Give the creator's TikTok username.")
	}
	for _, c := range key {
		if c <= ' ' || strings.ContainsRune("@/\\<>|`*=+,;:\"'()[]{}#!?&%$", c) || c == utf8.RuneError {
			return Invalid("“%s” is not a TikTok username: letters, digits, “_” and “.” only.", cut(handle, 40))
		}
	}
	return nil
}

// cut shortens a text to n characters and takes out line breaks.
func cut(text string, n int) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n])
}
