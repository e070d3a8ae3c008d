package store

import (
	"strings"

	"liaison/agency"
)

const creatorColumns = `id, handle, name, region, language, state, categories, formats, followers, capacity, agency_share, health,
	tax_form, payout_ready, price_minor AS "price.minor", price_currency AS "price.currency",
	sales_minor AS "sales.minor", sales_currency AS "sales.currency", items_sold,
	commission_minor AS "commission.minor", commission_currency AS "commission.currency", figures_at, member, proof, bound_by, bound_at, former, former_until, version, created_at`

// Creator finds a creator.
func (t *tx) Creator(id agency.CreatorID) (agency.Creator, error) {
	var c agency.Creator
	return c, t.find(&c, "creator "+id.String(), `SELECT `+creatorColumns+` FROM creators WHERE id = ?`, id)
}

// CreatorByHandle finds a creator by the handle in its compared form.
func (t *tx) CreatorByHandle(key string) (agency.Creator, bool, error) {
	var c agency.Creator
	ok, err := t.one(&c, `SELECT `+creatorColumns+` FROM creators WHERE handle = ?`, key)
	return c, ok, err
}

// CreatorsIn lists the creators of a state by number.
func (t *tx) CreatorsIn(state agency.CreatorState) ([]agency.Creator, error) {
	var list []agency.Creator
	err := t.all(&list, `SELECT `+creatorColumns+` FROM creators WHERE state = ? ORDER BY id`, state)
	return list, err
}

func creatorRow(c agency.Creator) cols {
	return cols{{"handle", c.Handle}, {"name", c.Name}, {"region", c.Region}, {"language", c.Language}, {"state", c.State},
		{"categories", c.Categories}, {"formats", c.Formats}, {"followers", c.Followers}, {"capacity", c.Capacity},
		{"agency_share", c.AgencyShare}, {"health", c.Health}, {"tax_form", c.TaxForm}, {"payout_ready", c.PayoutReady},
		{"price_minor", c.Price.Minor}, {"price_currency", c.Price.Currency},
		{"sales_minor", c.Sales.Minor}, {"sales_currency", c.Sales.Currency}, {"items_sold", c.ItemsSold},
		{"commission_minor", c.Commission.Minor}, {"commission_currency", c.Commission.Currency}, {"figures_at", c.FiguresAt},
		{"member", c.Member}, {"proof", c.Proof}, {"bound_by", c.BoundBy}, {"bound_at", c.BoundAt}, {"former", c.Former}, {"former_until", c.FormerUntil}}
}

// CreatorOf finds the creator whom a person is.
func (t *tx) CreatorOf(id agency.MemberID) (agency.Creator, bool, error) {
	var c agency.Creator
	ok, err := t.one(&c, `SELECT `+creatorColumns+` FROM creators WHERE member = ? AND member <> 0`, id)
	return c, ok, err
}

// FindCreators lists the creators that a filter lets through, by number, and counts all.
func (t *tx) FindCreators(f agency.CreatorFilter) ([]agency.Creator, int, error) {
	where, args := []string{"1 = 1"}, []any{}
	and := func(condition string, values ...any) { where, args = append(where, condition), append(args, values...) }
	if f.State != "" {
		and("state = ?", f.State)
	}
	if f.Region != "" {
		and("region = ?", f.Region)
	}
	if f.Category != "" {
		and("',' || categories || ',' LIKE ?", "%,"+f.Category+",%")
	}
	if f.Handle != "" {
		and(`handle LIKE ? ESCAPE '!'`, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(f.Handle)+"%")
	}
	switch f.Bound {
	case "yes":
		and("member <> 0")
	case "no":
		and("member = 0")
	}
	condition := strings.Join(where, " AND ")
	var total int
	if _, err := t.one(&total, `SELECT count(*) FROM creators WHERE `+condition, args...); err != nil {
		return nil, 0, err
	}
	var list []agency.Creator
	err := t.all(&list, `SELECT `+creatorColumns+` FROM creators WHERE `+condition+` ORDER BY id LIMIT ? OFFSET ?`, append(args, f.Limit, f.Offset)...)
	return list, total, err
}

// InsertCreator adds a creator.
func (t *tx) InsertCreator(c agency.Creator) (agency.CreatorID, error) {
	ids, err := t.InsertCreators([]agency.Creator{c})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// InsertCreators adds many creators and gives their numbers in the same order.
func (t *tx) InsertCreators(list []agency.Creator) ([]agency.CreatorID, error) {
	if len(list) == 0 {
		return nil, nil
	}
	first, err := t.nextMany("creator", len(list))
	if err != nil {
		return nil, err
	}
	ids, rows := make([]agency.CreatorID, len(list)), make([]cols, len(list))
	for i, c := range list {
		id := first + int64(i)
		ids[i] = agency.CreatorID(id)
		rows[i] = append(creatorRow(c), cols{{"id", id}, {"version", max(c.Version, 1)}, {"created_at", c.CreatedAt}}...)
	}
	return ids, t.insertMany("creators", rows)
}

// UpdateCreator writes a creator and raises its version; Stale when it has moved on.
func (t *tx) UpdateCreator(c agency.Creator) error {
	return t.updateVersion("creators", creatorRow(c), int64(c.ID), c.Version)
}
