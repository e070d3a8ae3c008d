package store

import (
	"cmp"
	"slices"
	"strings"

	"liaison/agency"
)

const sellerColumns = `id, shop, shop_code, region, category, contact, owner, starts_on, stage, moved_at,
	price_minor AS "price.minor", price_currency AS "price.currency", wish_format AS "wishes.format",
	wish_min_followers AS "wishes.min_followers", wish_creators AS "wishes.creators", version, created_at`

// Seller finds a seller.
func (t *tx) Seller(id agency.SellerID) (agency.Seller, error) {
	var s agency.Seller
	return s, t.find(&s, "seller "+id.String(), `SELECT `+sellerColumns+` FROM sellers WHERE id = ?`, id)
}

// SellerByShop finds a shop by its folded name in a region.
func (t *tx) SellerByShop(key, region string) (agency.Seller, bool, error) {
	var s agency.Seller
	ok, err := t.one(&s, `SELECT `+sellerColumns+` FROM sellers WHERE shop_key = ? AND region = ?`, key, region)
	return s, ok, err
}

// SellerByShopCode finds a shop by TikTok's code.
func (t *tx) SellerByShopCode(code string) (agency.Seller, bool, error) {
	var s agency.Seller
	ok, err := t.one(&s, `SELECT `+sellerColumns+` FROM sellers WHERE shop_code = ? AND shop_code <> ''`, code)
	return s, ok, err
}

// Sellers lists sellers by number and counts all that match.
func (t *tx) Sellers(f agency.SellerFilter) ([]agency.Seller, int, error) {
	where, args := []string{"1 = 1"}, []any{}
	and := func(condition string, arg any) { where, args = append(where, condition), append(args, arg) }
	if f.Stage != "" {
		and("stage = ?", f.Stage)
	}
	if f.Owner != 0 {
		and("owner = ?", f.Owner)
	}
	if f.MovedBefore != 0 {
		and("moved_at < ?", f.MovedBefore)
	}
	if f.Onboarding || f.MovedBefore != 0 {
		and("stage <> ?", agency.Live)
	}
	condition := strings.Join(where, " AND ")
	var total int
	if _, err := t.one(&total, `SELECT count(*) FROM sellers WHERE `+condition, args...); err != nil {
		return nil, 0, err
	}
	limit := f.Limit
	if limit == 0 {
		limit = total
	}
	var list []agency.Seller
	err := t.all(&list, `SELECT `+sellerColumns+` FROM sellers WHERE `+condition+` ORDER BY id LIMIT ? OFFSET ?`, append(args, limit, f.Offset)...)
	return list, total, err
}

func sellerRow(s agency.Seller, key string) cols {
	return cols{{"shop", s.Shop}, {"shop_key", key}, {"shop_code", s.ShopCode}, {"region", s.Region}, {"category", s.Category},
		{"contact", s.Contact}, {"owner", s.Owner}, {"starts_on", s.StartsOn}, {"stage", s.Stage}, {"moved_at", s.MovedAt},
		{"price_minor", s.Price.Minor}, {"price_currency", s.Price.Currency}, {"wish_format", s.Wishes.Format},
		{"wish_min_followers", s.Wishes.MinFollowers}, {"wish_creators", s.Wishes.Creators}}
}

// InsertSeller adds a seller.
func (t *tx) InsertSeller(s agency.Seller, key string) (agency.SellerID, error) {
	id, err := t.next("seller")
	if err != nil {
		return 0, err
	}
	row := append(sellerRow(s, key), cols{{"id", id}, {"version", s.Version}, {"created_at", s.CreatedAt}}...)
	return agency.SellerID(id), t.insert("sellers", row)
}

// UpdateSeller writes a seller and raises its version; Stale when it has moved on.
func (t *tx) UpdateSeller(s agency.Seller, key string) error {
	return t.updateVersion("sellers", sellerRow(s, key), int64(s.ID), s.Version)
}

// MoveSeller writes how far a seller's onboarding is and raises the version; Stale when it has moved on. What indexes are made
// of is left out: SQLite writes an index anew even where a value stays the same.
func (t *tx) MoveSeller(s agency.Seller) error {
	return t.updateVersion("sellers", cols{{"stage", s.Stage}, {"moved_at", s.MovedAt}}, int64(s.ID), s.Version)
}

const stepColumns = `seller, code, position, stage, title, state, reason, assignee, due, done_at, done_by, version`

// Steps lists a seller's steps in order.
func (t *tx) Steps(id agency.SellerID) ([]agency.Step, error) {
	var list []agency.Step
	err := t.all(&list, `SELECT `+stepColumns+` FROM seller_steps WHERE seller = ?`, id)
	// Not by the database: no index has this order, and SQLite's sorter costs more than the rest of the question.
	slices.SortFunc(list, func(a, b agency.Step) int { return cmp.Compare(a.Position, b.Position) })
	return list, err
}

// Step finds one step of a seller. It is read once in a unit of work: whoever looks whether a button is old reads what the
// press then changes.
func (t *tx) Step(id agency.SellerID, code string) (s agency.Step, ok bool, err error) {
	if t.step.Seller == id && t.step.Code == code && code != "" {
		return t.step, true, nil
	}
	ok, err = t.one(&s, `SELECT `+stepColumns+` FROM seller_steps WHERE seller = ? AND code = ?`, id, code)
	if err == nil && ok {
		t.step = s
	}
	return s, ok, err
}

// FirstOpenStep finds where a seller's first step is, but one, that is not done.
func (t *tx) FirstOpenStep(id agency.SellerID, but string) (position int64, stage agency.Stage, ok bool, err error) {
	var open []struct { // the first is picked here: that costs less than having it picked
		Code     string
		Position int64
		Stage    agency.Stage
	}
	err = t.all(&open, `SELECT code, position, stage FROM seller_steps WHERE seller = ? AND state <> 'done'`, id)
	for _, s := range open {
		if s.Code != but && (!ok || s.Position < position) {
			position, stage, ok = s.Position, s.Stage, true
		}
	}
	return position, stage, ok, err
}

// StepsDue lists open steps due up to a day.
func (t *tx) StepsDue(until agency.Date, limit int) ([]agency.Step, error) {
	var list []agency.Step
	err := t.all(&list, `SELECT `+stepColumns+` FROM seller_steps WHERE state <> ? AND due <= ? ORDER BY due, seller, position LIMIT ?`,
		agency.StepDone, until, limit)
	return list, err
}

// BlockedSteps lists blocked steps.
func (t *tx) BlockedSteps(limit int) ([]agency.Step, error) {
	var list []agency.Step
	err := t.all(&list, `SELECT `+stepColumns+` FROM seller_steps WHERE state = ? ORDER BY due, seller, position LIMIT ?`,
		agency.StepBlocked, limit)
	return list, err
}

// InsertSteps adds steps.
func (t *tx) InsertSteps(steps []agency.Step) error {
	t.step = agency.Step{}
	rows := make([]cols, len(steps))
	for i, s := range steps {
		rows[i] = append(stepRow(s), cols{{"seller", s.Seller}, {"code", s.Code}, {"position", s.Position}, {"stage", s.Stage}, {"title", s.Title}}...)
	}
	return t.insertMany("seller_steps", rows)
}

// UpdateStep writes where a step stands and raises its version.
func (t *tx) UpdateStep(s agency.Step) error {
	t.step = agency.Step{}
	row := append(stepRow(s), cols{{"version", s.Version + 1}}...)
	return t.later(updates("seller_steps", row, "seller = ? AND code = ?", s.Seller, s.Code))
}

func stepRow(s agency.Step) cols {
	return cols{{"state", s.State}, {"reason", s.Reason}, {"assignee", s.Assignee}, {"due", s.Due}, {"done_at", s.DoneAt}, {"done_by", s.DoneBy}}
}
