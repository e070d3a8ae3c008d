package store

import (
	"slices"
	"strings"

	"liaison/agency"
	"liaison/agency/money"
)

const orderLineColumns = `id, order_no, sku, product, seller, creator, campaign, content_type,
	price_minor AS "price.minor", price_currency AS "price.currency", quantity, refunded, state, status, rate,
	estimated_minor AS "estimated.minor", estimated_currency AS "estimated.currency",
	actual_minor AS "actual.minor", actual_currency AS "actual.currency",
	share, ordered_at, settled_at, source, updated_at, run`

// OrderLine finds an order line.
func (t *tx) OrderLine(id agency.LineID) (agency.OrderLine, error) {
	var l agency.OrderLine
	return l, t.find(&l, "such order line", `SELECT `+orderLineColumns+` FROM order_lines WHERE id = ?`, id)
}

// OrderLineByKey finds an order line by what makes it unique.
func (t *tx) OrderLineByKey(orderNo, sku string, creator agency.CreatorID) (agency.OrderLine, bool, error) {
	var l agency.OrderLine
	ok, err := t.one(&l, `SELECT `+orderLineColumns+` FROM order_lines WHERE order_no = ? AND sku = ? AND creator = ?`, orderNo, sku, creator)
	return l, ok, err
}

// OrderLinesByKeys finds every line of many orders.
func (t *tx) OrderLinesByKeys(orderNos []string) (map[string]agency.OrderLine, error) {
	known := map[string]agency.OrderLine{}
	for chunk := range slices.Chunk(orderNos, 2_000) {
		var list []agency.OrderLine
		args := make([]any, len(chunk))
		for i, n := range chunk {
			args[i] = n
		}
		if err := t.all(&list, `SELECT `+orderLineColumns+` FROM order_lines WHERE order_no IN `+among(len(args)), args...); err != nil {
			return nil, err
		}
		for _, l := range list {
			known[agency.LineKey(l.OrderNo, l.SKU, l.Creator)] = l
		}
	}
	return known, nil
}

func orderLineRow(l agency.OrderLine) cols {
	return cols{{"id", l.ID}, {"order_no", l.OrderNo}, {"sku", l.SKU}, {"product", l.Product}, {"seller", l.Seller},
		{"creator", l.Creator}, {"campaign", l.Campaign}, {"content_type", l.ContentType},
		{"price_minor", l.Price.Minor}, {"price_currency", l.Price.Currency}, {"quantity", l.Quantity},
		{"refunded", l.Refunded}, {"state", l.State}, {"status", l.Status}, {"rate", l.Rate},
		{"estimated_minor", l.Estimated.Minor}, {"estimated_currency", l.Estimated.Currency},
		{"actual_minor", l.Actual.Minor}, {"actual_currency", l.Actual.Currency}, {"share", l.Share},
		{"ordered_at", l.OrderedAt}, {"settled_at", l.SettledAt}, {"source", l.Source}, {"updated_at", l.UpdatedAt}}
}

// InsertOrderLines adds lines and gives their numbers in the same order.
func (t *tx) InsertOrderLines(lines []agency.OrderLine) ([]agency.LineID, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	first, err := t.nextMany("order line", len(lines))
	if err != nil {
		return nil, err
	}
	ids, rows := make([]agency.LineID, len(lines)), make([]cols, len(lines))
	for i, l := range lines {
		l.ID = agency.LineID(first + int64(i))
		ids[i], rows[i] = l.ID, append(orderLineRow(l), cols{{"run", 0}}...)
	}
	return ids, t.insertMany("order_lines", rows)
}

// UpdateOrderLines writes lines that are there, many to a statement. Whatever run has taken a line stays.
func (t *tx) UpdateOrderLines(lines []agency.OrderLine) error {
	if len(lines) == 0 {
		return nil
	}
	rows := make([]cols, len(lines))
	for i, l := range lines {
		rows[i] = append(orderLineRow(l), cols{{"run", 0}}...) // only for the insert that never is one
	}
	var sets []string
	for _, c := range orderLineRow(agency.OrderLine{}) {
		if c.Name != "id" {
			sets = append(sets, c.Name+" = excluded."+c.Name)
		}
	}
	return t.insertRows("order_lines", rows, " ON CONFLICT (id) DO UPDATE SET "+strings.Join(sets, ", "))
}

// SalesBetween sums what was sold through creators, per seller and currency, in a span of time.
func (t *tx) SalesBetween(from, until agency.Instant) ([]agency.SalesSum, error) {
	var list []agency.SalesSum
	err := t.all(&list, `SELECT seller, price_currency AS currency, CAST(sum(price_minor * quantity) AS BIGINT) AS sales, count(*) AS "lines"
		FROM order_lines WHERE ordered_at >= ? AND ordered_at < ? AND state <> ?
		GROUP BY seller, price_currency ORDER BY seller, price_currency`, from, until, agency.LineIneligible)
	return list, err
}

// PayableLines lists settled lines that no living run has taken.
func (t *tx) PayableLines(currency money.Currency, cutoff agency.Instant) ([]agency.OrderLine, error) {
	var list []agency.OrderLine
	err := t.all(&list, `SELECT `+orderLineColumns+` FROM order_lines
		WHERE state = 'settled' AND run = 0 AND actual_currency = ? AND settled_at < ? ORDER BY creator, id`, currency, cutoff)
	return list, err
}

// PayableCurrencies lists the currencies in which something is payable.
func (t *tx) PayableCurrencies(cutoff agency.Instant) ([]money.Currency, error) {
	var list []money.Currency
	err := t.all(&list, `SELECT DISTINCT actual_currency FROM order_lines
		WHERE state = 'settled' AND run = 0 AND settled_at < ? AND actual_currency <> '' ORDER BY actual_currency`, cutoff)
	return list, err
}

// LinesOfCreator lists every order line of a creator, newest order first.
func (t *tx) LinesOfCreator(id agency.CreatorID) ([]agency.OrderLine, error) {
	var list []agency.OrderLine
	err := t.all(&list, `SELECT `+orderLineColumns+` FROM order_lines WHERE creator = ? ORDER BY ordered_at DESC, id DESC`, id)
	return list, err
}
