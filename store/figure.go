package store

import "liaison/agency"

// PutFigures writes the days of shops, in place of what was known of them.
func (t *tx) PutFigures(list []agency.Figure) error {
	rows := make([]cols, len(list))
	for i, f := range list {
		rows[i] = cols{{"seller", f.Seller}, {"day", f.Day}, {"sales_minor", f.Sales.Minor}, {"sales_currency", f.Sales.Currency},
			{"orders", f.Orders}, {"visitors", f.Visitors}}
	}
	return t.insertRows("figures", rows, ` ON CONFLICT (seller, day) DO UPDATE SET sales_minor = excluded.sales_minor,
		sales_currency = excluded.sales_currency, orders = excluded.orders, visitors = excluded.visitors`)
}

// FiguresBetween sums figures per day and currency, of one seller or of all (then the seller is zero).
func (t *tx) FiguresBetween(seller agency.SellerID, from, until agency.Date) ([]agency.Figure, error) {
	var list []agency.Figure
	err := t.all(&list, `SELECT CAST(? AS BIGINT) AS seller, day, CAST(sum(sales_minor) AS BIGINT) AS "sales.minor", sales_currency AS "sales.currency",
		CAST(sum(orders) AS BIGINT) AS orders, CAST(sum(visitors) AS BIGINT) AS visitors
		FROM figures WHERE day >= ? AND day <= ? AND (CAST(? AS BIGINT) = 0 OR seller = ?)
		GROUP BY day, sales_currency ORDER BY day, sales_currency`, seller, from, until, seller, seller)
	return list, err
}
