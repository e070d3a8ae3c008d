package agency

import (
	"strings"
	"time"

	"liaison/agency/money"
)

// OrderRow is one affiliate order line of an export. Commission is of one family only: Estimated sums the estimated
// columns (standard, Shop Ads, bonus), Actual the actual ones.
type OrderRow struct {
	Line        int
	OrderNo     string
	SKU         string
	Product     string
	Shop        string // empty in the seller's own export
	ShopCode    string
	Creator     string // handle
	Campaign    string // TikTok's number of the partner campaign
	ContentType string
	Status      string // TikTok's own word
	State       LineState
	Refunded    bool
	Price       Cash
	Quantity    int64
	Rate        Maybe[money.BasisPoints]
	Estimated   Cash
	Actual      Cash
	Currency    money.Currency // of the row; empty: see the cells
	OrderedAt   WallTime
	SettledAt   WallTime
}

// orderImport is one import of orders under way.
type orderImport struct {
	d         *Desk
	r         *ImportReport
	o         ImportOptions
	sellers   *sellerBook
	creators  map[string]Creator
	campaigns map[string]CampaignID
	known     map[string]OrderLine
	zones     map[string]*time.Location

	changes []lineChange
	handles []string        // of each change's creator
	strange []string        // handles that the desk does not know, in the order of the file
	met     map[string]bool // the same as a set
	older   int             // settled here, a forecast in the file
	bare    int             // settled without an actual commission
	taken   int             // changed although an approved payout run has them
	lost    map[string]bool
}

// lineChange is an order line before and after.
type lineChange struct{ Before, After OrderLine }

// ImportOrders brings in affiliate order lines. A creator whom the desk does not know is recorded with the handle; a shop
// that it does not know makes the row bad. Lines that become settled are posted to the ledger.
func (d *Desk) ImportOrders(f ImportFile, o ImportOptions) (ImportReport, error) {
	if err := d.authorize(ImportFiles); err != nil {
		return ImportReport{}, err
	}
	im, err := d.beginOrders(f, o)
	if err != nil {
		return ImportReport{}, err
	}
	rows := uniqueRows(im.r, f.Orders, func(row OrderRow) string { return lineKeyOf(row.OrderNo, row.SKU, HandleKey(row.Creator)) },
		func(row OrderRow) int { return row.Line }, func(row OrderRow) OrderRow { row.Line = 0; return row })
	if err := im.findKnown(rows); err != nil {
		return *im.r, err
	}
	for _, row := range rows {
		im.take(row)
	}
	im.notes()
	return d.endImport(im.r, o, im.write)
}

func (d *Desk) beginOrders(f ImportFile, o ImportOptions) (*orderImport, error) {
	im := &orderImport{d: d, r: beginImport(f), o: o, zones: map[string]*time.Location{}, met: map[string]bool{}, lost: map[string]bool{}}
	var err error
	if im.sellers, err = d.sellerBook(); err != nil {
		return nil, err
	}
	if im.creators, err = d.creatorBook(); err != nil {
		return nil, err
	}
	if im.campaigns, err = d.campaignBook(); err != nil {
		return nil, err
	}
	if _, ok := im.sellers.byID[o.Seller]; o.Seller != 0 && !ok {
		return nil, NotFound("There is no seller %s. `/seller list` shows who is recorded.", o.Seller)
	}
	for _, row := range f.Orders {
		if row.Shop == "" && row.ShopCode == "" && o.Seller == 0 {
			return nil, Invalid("%s does not say which shop its orders are of. Name the seller: import orders --seller S-12 FILE.", f.Name)
		}
	}
	return im, nil
}

// lineKeyOf is how an order line is recognised before its creator has a number.
func lineKeyOf(orderNo, sku, handle string) string { return orderNo + "|" + sku + "|" + handle }

// findKnown loads what the desk knows of the file's orders.
func (im *orderImport) findKnown(rows []OrderRow) error {
	seen, numbers := map[string]bool{}, make([]string, 0, len(rows))
	for _, row := range rows {
		if !seen[row.OrderNo] {
			seen[row.OrderNo] = true
			numbers = append(numbers, row.OrderNo)
		}
	}
	var err error
	im.known, err = im.d.tx.OrderLinesByKeys(numbers)
	return err
}

// take decides what one row comes to.
func (im *orderImport) take(row OrderRow) {
	before := len(im.r.Bad)
	seller, err := im.sellerOf(row)
	if err != nil {
		im.r.badErr(row.Line, "Shop", err)
	}
	creator, ok := im.creators[HandleKey(row.Creator)]
	if err := checkHandle(row.Creator); err != nil {
		im.r.badErr(row.Line, "Creator Username", err)
	} else if !ok {
		creator.Handle = HandleKey(row.Creator)
	}
	var known OrderLine
	if creator.ID != 0 {
		known = im.known[LineKey(row.OrderNo, row.SKU, creator.ID)]
	}
	if known.ID != 0 && seller.ID != 0 && known.Seller != seller.ID {
		im.r.bad(row.Line, "Order ID", "The order is recorded as one of %s, not of %s %s.", known.Seller, seller.ID, seller.Shop)
	}
	line := im.line(row, seller, creator, known)
	if len(im.r.Bad) > before {
		return
	}
	if !ok && !im.met[creator.Handle] {
		im.met[creator.Handle] = true
		im.strange = append(im.strange, creator.Handle)
	}
	im.sort(line, known, creator)
}

// sort puts a line among the new, changed or unchanged.
func (im *orderImport) sort(line, known OrderLine, creator Creator) {
	if known.ID == 0 {
		im.r.New++
		im.r.example("order %s, @%s, %s, %s", line.OrderNo, creator.Handle, line.Sales(), line.State)
		im.keep(lineChange{After: line}, creator)
		return
	}
	if known.State == LineSettled && line.State == LineEstimated {
		im.older++
		im.r.Unchanged++
		return
	}
	var diff importDiff
	compareLines(&diff, known, line)
	if diff.empty() {
		im.r.Unchanged++
		return
	}
	im.r.Changed++
	im.r.sample("order %s, @%s: %s", line.OrderNo, creator.Handle, diff.String())
	if known.Run != 0 && (known.State != line.State || known.Actual != line.Actual) {
		im.taken++
	}
	im.keep(lineChange{Before: known, After: line}, creator)
}

func (im *orderImport) keep(c lineChange, creator Creator) {
	im.changes, im.handles = append(im.changes, c), append(im.handles, creator.Handle)
}

func (im *orderImport) sellerOf(row OrderRow) (Seller, error) {
	if row.Shop == "" && row.ShopCode == "" {
		return im.sellers.byID[im.o.Seller], nil
	}
	s, err := im.sellers.named(row.Shop, row.ShopCode, "")
	if err == nil && im.o.Seller != 0 && s.ID != im.o.Seller {
		return s, Invalid("The row is of %s %s, but the import is for %s.", s.ID, s.Shop, im.o.Seller)
	}
	return s, err
}

// zone is the zone of a shop's region: that of the times in its files.
func (im *orderImport) zone(region string) (*time.Location, money.Currency) {
	r, _ := im.d.Rules.Region(region)
	zone, ok := im.zones[r.Zone]
	if !ok {
		var err error
		if zone, err = time.LoadLocation(r.Zone); err != nil {
			zone = time.UTC
		}
		im.zones[r.Zone] = zone
	}
	return zone, money.Currency(r.Currency)
}

// line is the order line as the row wants it; what the row leaves out stays as it is known.
func (im *orderImport) line(row OrderRow, seller Seller, creator Creator, known OrderLine) OrderLine {
	zone, currency := im.zone(seller.Region)
	switch {
	case row.Currency != "":
		currency = row.Currency
	case im.o.Currency != "":
		currency = im.o.Currency
	case row.Price.Given:
		currency = row.Price.In(currency).Currency
	}
	l := known
	l.OrderNo, l.SKU, l.Seller, l.Creator = row.OrderNo, row.SKU, seller.ID, creator.ID
	l.Product, l.ContentType = firstText(cut(row.Product, 200), known.Product), firstText(cut(row.ContentType, 40), known.ContentType)
	l.Quantity, l.Refunded, l.State, l.Status = row.Quantity, row.Refunded, row.State, cut(row.Status, 60)
	l.Rate = row.Rate.or(known.Rate)
	if row.Campaign != "" {
		if id, ok := im.campaigns[row.Campaign]; ok {
			l.Campaign = id
		} else {
			im.lost[row.Campaign] = true
		}
	}
	if l.Quantity < 0 || l.Quantity > maxQuantity {
		im.r.bad(row.Line, "Quantity", "%d is not a quantity of one order line.", row.Quantity)
	}
	im.amounts(row, &l, known, currency)
	if row.OrderedAt != "" {
		l.OrderedAt = row.OrderedAt.In(zone)
	}
	if l.OrderedAt == 0 {
		im.r.bad(row.Line, "Time Created", "The row does not say when the order was made.")
	}
	switch {
	case l.State != LineSettled:
		l.SettledAt = 0
	case row.SettledAt != "":
		l.SettledAt = row.SettledAt.In(zone)
	case l.SettledAt == 0:
		l.SettledAt = im.d.Time // the file does not say when: it is settled since we know
	}
	if known.ID == 0 {
		l.Source, l.UpdatedAt = firstText(im.r.Format, string(OrderFile)), im.d.Time
	}
	return l
}

// maxQuantity bounds the pieces of one order line, so that price × quantity cannot overflow.
const maxQuantity = 10_000

// amounts fills price and commissions. A settled line without an actual commission stays a forecast.
func (im *orderImport) amounts(row OrderRow, l *OrderLine, known OrderLine, currency money.Currency) {
	read := func(column string, c Cash, round bool, known money.Amount) money.Amount {
		if !c.Given {
			return known
		}
		a, err := c.Amount(currency, round)
		if err != nil {
			im.r.badErr(row.Line, column, err)
		}
		return a
	}
	l.Price = read("Price", row.Price, false, known.Price)
	l.Estimated = read("Est. commission", row.Estimated, true, known.Estimated)
	l.Actual = money.Amount{}
	if l.State == LineSettled && !row.Actual.Given {
		l.State = LineEstimated
		im.bare++
	}
	if l.State == LineSettled {
		l.Actual = read("Actual commission", row.Actual, false, money.Amount{})
	}
	if l.Price.Minor < 0 {
		im.r.bad(row.Line, "Price", "A price is not negative.")
	}
	if l.State == LineSettled && l.Price.Currency != "" && l.Actual.Currency != l.Price.Currency {
		im.r.bad(row.Line, "Actual commission", "It is in %s, but the price is in %s.", l.Actual.Currency, l.Price.Currency)
	}
}

func compareLines(diff *importDiff, k, l OrderLine) {
	differs(diff, "state", k.State, l.State)
	differs(diff, "status", k.Status, l.Status)
	differs(diff, "actual commission", k.Actual, l.Actual)
	differs(diff, "estimated commission", k.Estimated, l.Estimated)
	differs(diff, "price", k.Price, l.Price)
	differs(diff, "quantity", k.Quantity, l.Quantity)
	differs(diff, "refunded", k.Refunded, l.Refunded)
	differs(diff, "rate", k.Rate, l.Rate)
	differs(diff, "product", k.Product, l.Product)
	differs(diff, "content", k.ContentType, l.ContentType)
	differs(diff, "campaign", k.Campaign, l.Campaign)
	differs(diff, "ordered", k.OrderedAt, l.OrderedAt)
	differs(diff, "settled", k.SettledAt, l.SettledAt)
}

func (im *orderImport) notes() {
	if n := len(im.strange); n > 0 {
		names := im.strange
		if n > 5 {
			names = append(names[:5:5], "…")
		}
		noun := "creators"
		if n == 1 {
			noun = "creator"
		}
		im.r.note("%d %s will be added, with the handle only: @%s.", n, noun, strings.Join(names, ", @"))
	}
	if im.bare > 0 {
		im.r.note("%s settled without an actual commission; such lines stay forecasts and are not payable.", areRows(im.bare))
	}
	if im.older > 0 {
		im.r.note("%s settled here already but a forecast in this file, which must be an older one; those lines stay settled.", areRows(im.older))
	}
	if im.taken > 0 {
		im.r.note("%s in a payout run already. The ledger is corrected by reversals, and what changes is carried forward in the creators' balances.",
			areRows(im.taken))
	}
	if n := len(im.lost); n > 0 {
		noun := "partner campaigns of the file are"
		if n == 1 {
			noun = "partner campaign of the file is"
		}
		im.r.note("%d %s not recorded; their lines come without a campaign.", n, noun)
	}
}

func areRows(n int) string {
	if n == 1 {
		return "1 row is"
	}
	return Count(int64(n), "row") + " are"
}

// write makes the creators, the lines and their postings.
func (im *orderImport) write() error {
	d := im.d
	strangers := make([]Creator, len(im.strange))
	for i, handle := range im.strange {
		strangers[i] = newCreator(handle, d.Time)
	}
	ids, err := d.tx.InsertCreators(strangers)
	if err != nil {
		return err
	}
	for i, c := range strangers {
		c.ID = ids[i]
		im.creators[c.Handle] = c
	}
	var fresh, updated []OrderLine
	for i := range im.changes {
		c := &im.changes[i]
		by := im.creators[im.handles[i]] // new creators have a number now
		c.After.Creator, c.After.UpdatedAt, c.After.Share = by.ID, d.Time, shareOf(*c, by)
		if c.After.ID == 0 {
			fresh = append(fresh, c.After)
		} else {
			updated = append(updated, c.After)
		}
	}
	numbers, err := d.tx.InsertOrderLines(fresh)
	if err != nil {
		return err
	}
	for i := range im.changes {
		if im.changes[i].After.ID == 0 {
			im.changes[i].After.ID, numbers = numbers[0], numbers[1:]
		}
	}
	if err := d.tx.UpdateOrderLines(updated); err != nil {
		return err
	}
	return d.settle(im.changes)
}
