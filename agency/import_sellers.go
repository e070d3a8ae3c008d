package agency

import (
	"slices"
	"strings"

	"liaison/agency/money"
)

// SellerRow is one seller of a table of sellers. What is empty stays as the desk knows it.
type SellerRow struct {
	Line         int
	Shop         string
	ShopCode     string
	Region       string // a code or a name that the policy book knows
	Category     string
	Contact      string
	Owner        string // an identity "slack:T0123:U0456" or the name of one member
	StartsOn     Date
	MovedOn      Date // when a step last moved, for onboardings that are under way
	Price        Cash
	Format       string // "video", "live" or "any"
	MinFollowers Maybe[int64]
	Creators     Maybe[int64]
	Done         string // codes of the steps that are done, separated by ";"
	Blocked      string // steps that are blocked: "bank: the name does not match; tax: form missing"
}

// sellerPlan is what one row of a table of sellers comes to.
type sellerPlan struct {
	row    SellerRow
	wanted NewSeller
	known  Seller // ID zero: new
	done   []string
	blocks map[string]string
	diff   importDiff
}

// ImportSellers brings in a table of sellers, each with the checklist of its region and the steps that are done already.
// It is silent: no card is posted.
func (d *Desk) ImportSellers(f ImportFile, o ImportOptions) (ImportReport, error) {
	if err := d.authorize(ImportFiles); err != nil {
		return ImportReport{}, err
	}
	r := beginImport(f)
	book, err := d.sellerBook()
	if err != nil {
		return *r, err
	}
	owners, err := d.ownerNames()
	if err != nil {
		return *r, err
	}
	key := func(s SellerRow) string {
		region, _ := d.regionNamed(s.Region)
		return ShopKey(s.Shop) + "|" + region.Code
	}
	rows := uniqueRows(r, f.Sellers, key,
		func(s SellerRow) int { return s.Line }, func(s SellerRow) SellerRow { s.Line = 0; return s })
	var plans []sellerPlan
	taken := map[string]int{} // shop codes and known sellers of earlier rows
	for _, row := range rows {
		p, ok, err := d.planSeller(r, row, o, book, owners)
		if err != nil {
			return *r, err
		}
		if !ok || p.clashes(r, taken) {
			continue
		}
		switch {
		case p.known.ID == 0:
			r.New++
			r.example("%s (%s, %s)", p.wanted.Shop, p.wanted.Region, p.wanted.Category)
		case p.diff.empty():
			r.Unchanged++
			continue
		default:
			r.Changed++
			r.sample("%s %s: %s", p.known.ID, p.known.Shop, p.diff.String())
		}
		plans = append(plans, p)
	}
	owners.report(r)
	return d.endImport(r, o, func() error {
		for i := range plans {
			if err := d.applySeller(plans[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// planSeller decides what a row comes to; ok is false when the row is bad.
func (d *Desk) planSeller(r *ImportReport, row SellerRow, o ImportOptions, book *sellerBook, owners *ownerNames) (sellerPlan, bool, error) {
	p := sellerPlan{row: row}
	if s, ok := book.byCode[row.ShopCode]; ok && row.ShopCode != "" && row.Region == "" {
		row.Region = s.Region
	}
	region, known := d.regionNamed(row.Region)
	if !known {
		r.bad(row.Line, "Region", "“%s” is not a region that the desk knows. Write a country code such as US or GB.", row.Region)
		return p, false, nil
	}
	if s, ok := book.find(row.Shop, row.ShopCode, region.Code); ok {
		p.known = s
	}
	if p.known.ID != 0 && p.known.Region != region.Code {
		r.bad(row.Line, "Shop code", "It belongs to %s %s, which is in %s.", p.known.ID, p.known.Shop, p.known.Region)
		return p, false, nil
	}
	if other, ok := book.find(row.Shop, "", region.Code); ok && p.known.ID != other.ID {
		r.bad(row.Line, "Shop", "A shop of that name is recorded as %s, but the code belongs to %s %s.", other.ID, p.known.ID, p.known.Shop)
		return p, false, nil
	}
	owner, err := d.ownerOf(row.Owner, owners, o.Apply)
	if err != nil {
		return p, false, err
	}
	w, before := NewSeller{Region: region.Code}, len(r.Bad)
	w.Shop, w.ShopCode = firstText(row.Shop, p.known.Shop), firstText(row.ShopCode, p.known.ShopCode)
	w.Contact = firstText(row.Contact, p.known.Contact)
	w.Category = firstText(p.known.Category)
	if row.Category != "" || w.Category == "" {
		if w.Category, known = d.categoryNamed(row.Category); !known {
			r.bad(row.Line, "Category", "“%s” is not a category. Choose one of %s.", row.Category, strings.Join(d.Rules.Categories, ", "))
		}
	}
	if w.Owner = p.known.Owner; owner != 0 {
		w.Owner = owner
	}
	if w.StartsOn = p.known.StartsOn; row.StartsOn != "" {
		w.StartsOn = row.StartsOn
	}
	w.Wishes = Wishes{Format: p.known.Wishes.Format, MinFollowers: row.MinFollowers.or(p.known.Wishes.MinFollowers),
		Creators: row.Creators.or(p.known.Wishes.Creators)}
	if row.Format != "" {
		w.Wishes.Format = strings.TrimPrefix(row.Format, "any")
	}
	if w.Price = p.known.Price; row.Price.Given {
		price := row.Price
		if o.Currency == "" {
			price = price.In(money.Currency(region.Currency))
		}
		if w.Price, err = price.Amount(o.Currency, false); err != nil {
			r.badErr(row.Line, "Typical price", err)
		}
	}
	p.wanted = w
	if err := d.planSteps(r, &p); err != nil {
		return p, false, err
	}
	if _, err := d.checkNewSeller(w); err != nil && len(r.Bad) == before {
		r.badErr(row.Line, "", err)
	}
	p.compare()
	return p, len(r.Bad) == before, nil
}

// clashes marks a row as bad that means the same shop as an earlier row of the file under another name.
func (p *sellerPlan) clashes(r *ImportReport, taken map[string]int) bool {
	keys := []string{"code " + p.wanted.ShopCode, "known " + p.known.ID.String()}
	if p.wanted.ShopCode == "" {
		keys[0] = ""
	}
	if p.known.ID == 0 {
		keys[1] = ""
	}
	for _, k := range keys {
		if earlier := taken[k]; k != "" && earlier != 0 {
			r.bad(p.row.Line, "Shop", "It is the same shop as row %d under another name. Keep one of the two.", earlier)
			return true
		}
		taken[k] = p.row.Line
	}
	return false
}

// planSteps reads the steps that the row ticks or blocks and compares them with the checklist.
func (d *Desk) planSteps(r *ImportReport, p *sellerPlan) error {
	start := p.wanted.StartsOn
	if start == "" {
		start = DateOf(d.Time, d.Zone())
	}
	steps := d.checklist(p.wanted.Region, start)
	if p.known.ID != 0 {
		var err error
		if steps, err = d.tx.Steps(p.known.ID); err != nil {
			return err
		}
	}
	find := func(column, code string) (Step, bool) {
		i := slices.IndexFunc(steps, func(s Step) bool { return strings.EqualFold(s.Code, code) })
		if i < 0 {
			r.bad(p.row.Line, column, "“%s” is not a step there. The steps are %s.", code, stepCodes(steps))
			return Step{}, false
		}
		return steps[i], true
	}
	for _, code := range listWords(p.row.Done) {
		if strings.EqualFold(code, "all") {
			for _, s := range steps {
				p.tick(s)
			}
			continue
		}
		if s, ok := find("Done steps", code); ok {
			p.tick(s)
		}
	}
	p.blocks = map[string]string{}
	for _, item := range strings.Split(p.row.Blocked, ";") {
		code, reason, _ := strings.Cut(item, ":")
		code, reason = strings.TrimSpace(code), strings.TrimSpace(reason)
		if code == "" {
			continue
		}
		s, ok := find("Blocked steps", code)
		switch {
		case !ok:
		case reason == "":
			r.bad(p.row.Line, "Blocked steps", "Say why “%s” is blocked: write it as “%s: the reason”.", code, s.Code)
		case s.State == StepDone || slices.Contains(p.done, s.Code):
			// Done since: a tick is never taken back by a file.
		case s.State != StepBlocked || s.Reason != reason:
			p.blocks[s.Code] = reason
			differs(&p.diff, "step "+s.Code, string(s.State), "blocked: "+reason)
		}
	}
	return nil
}

func (p *sellerPlan) tick(s Step) {
	if s.State == StepDone || slices.Contains(p.done, s.Code) {
		return
	}
	p.done = append(p.done, s.Code)
	differs(&p.diff, "step "+s.Code, s.State, StepDone)
}

func (p *sellerPlan) compare() {
	k, w := p.known, p.wanted
	differs(&p.diff, "shop", k.Shop, w.Shop)
	differs(&p.diff, "shop code", k.ShopCode, w.ShopCode)
	differs(&p.diff, "category", k.Category, w.Category)
	differs(&p.diff, "contact", k.Contact, w.Contact)
	differs(&p.diff, "start", k.StartsOn, w.StartsOn)
	differs(&p.diff, "price", k.Price, w.Price)
	differs(&p.diff, "format", k.Wishes.Format, w.Wishes.Format)
	differs(&p.diff, "minimum followers", k.Wishes.MinFollowers, w.Wishes.MinFollowers)
	differs(&p.diff, "creators wanted", k.Wishes.Creators, w.Wishes.Creators)
	if k.Owner != w.Owner {
		p.diff.says = append(p.diff.says, "owner → "+p.row.Owner)
	}
}

// applySeller writes one row of the plan: the seller as onboarding would, then its steps.
func (d *Desk) applySeller(p sellerPlan) error {
	moved := d.Time
	if p.row.MovedOn != "" {
		moved = min(d.Time, p.row.MovedOn.Start(d.Zone()))
	}
	if p.known.ID == 0 {
		return d.insertImportedSeller(p, moved)
	}
	steps, err := d.tx.Steps(p.known.ID)
	if err != nil {
		return err
	}
	for i, s := range steps {
		if !d.moveStep(&steps[i], p, moved) {
			continue
		}
		if err := d.tx.UpdateStep(steps[i]); err != nil {
			return err
		}
		if s.State != steps[i].State {
			p.known.MovedAt = moved
		}
	}
	s, w := p.known, p.wanted
	s.Shop, s.ShopCode, s.Category, s.Contact, s.Owner = w.Shop, w.ShopCode, w.Category, w.Contact, w.Owner
	s.StartsOn, s.Price, s.Wishes, s.Stage = w.StartsOn, w.Price, w.Wishes, stageOf(steps)
	if err := d.tx.UpdateSeller(s, ShopKey(s.Shop)); err != nil {
		return err
	}
	if err := d.redrawCard(SellerCard, s.ID.String()); err != nil {
		return err
	}
	return d.audit("import sellers", s.ID.String(), p.diff.String())
}

func (d *Desk) insertImportedSeller(p sellerPlan, moved Instant) error {
	w := p.wanted
	if w.StartsOn == "" {
		w.StartsOn = DateOf(d.Time, d.Zone())
	}
	steps := d.checklist(w.Region, w.StartsOn)
	for i := range steps {
		d.moveStep(&steps[i], p, moved)
	}
	s := Seller{Shop: w.Shop, ShopCode: w.ShopCode, Region: w.Region, Category: w.Category, Contact: w.Contact,
		Owner: w.Owner, StartsOn: w.StartsOn, Stage: stageOf(steps), MovedAt: moved, Price: w.Price, Wishes: w.Wishes,
		Version: 1, CreatedAt: d.Time}
	id, err := d.tx.InsertSeller(s, ShopKey(s.Shop))
	if err != nil {
		return err
	}
	for i := range steps {
		steps[i].Seller = id
	}
	if err := d.tx.InsertSteps(steps); err != nil {
		return err
	}
	return d.audit("import sellers", id.String(), s.Shop)
}

// moveStep ticks or blocks a step as the row says; false when the row says nothing about it.
func (d *Desk) moveStep(s *Step, p sellerPlan, at Instant) bool {
	if slices.Contains(p.done, s.Code) {
		s.State, s.Reason, s.DoneAt, s.DoneBy = StepDone, "", at, d.Actor.Member.ID
		return true
	}
	if reason, ok := p.blocks[s.Code]; ok {
		s.State, s.Reason = StepBlocked, reason
		return true
	}
	return false
}

// listWords splits "a; b, c" into its words.
func listWords(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ',' || r == '|' })
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}

func firstText(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
