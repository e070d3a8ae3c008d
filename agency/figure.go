package agency

import "liaison/agency/money"

// Figure is one seller's day as the shop reports it (Data Compass). The day is in the shop's own zone.
type Figure struct {
	Seller   SellerID
	Day      Date
	Sales    money.Amount // GMV, cancelled and refunded orders included
	Orders   int64
	Visitors int64
}

// figureTx is what daily figures need of the store.
type figureTx interface {
	// PutFigures writes figures, in place of what was known of the same seller and day.
	PutFigures([]Figure) error
	// FiguresBetween sums figures per day and currency for all sellers, or one, from a day up to and including another.
	FiguresBetween(seller SellerID, from, until Date) ([]Figure, error)
}

// PutFigures records the days of shops, in place of what was known of the same shop and day. Of two for one day the later
// one holds.
func (d *Desk) PutFigures(figures []Figure) error {
	if err := d.authorize(ImportFiles); err != nil {
		return err
	}
	type shopDay struct {
		seller SellerID
		day    Date
	}
	last := make(map[shopDay]int, len(figures))
	for i, f := range figures {
		last[shopDay{f.Seller, f.Day}] = i
		if f.Seller == 0 || f.Day == "" || f.Sales.Currency == "" || f.Orders < 0 || f.Visitors < 0 {
			return Invalid("A day's figures need a seller, a day, an amount with its currency, and counts that are not negative.")
		}
	}
	kept := make([]Figure, 0, len(last))
	for i, f := range figures {
		if last[shopDay{f.Seller, f.Day}] == i {
			kept = append(kept, f)
		}
	}
	return d.tx.PutFigures(kept)
}
