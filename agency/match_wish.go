package agency

import (
	"fmt"

	"liaison/agency/money"
)

// MatchWish is what matching is told of a shop: its wishes and its typical price.
type MatchWish struct {
	Wishes
	Price money.Amount // in the currency of the shop's region; zero when unknown
}

// ChangeWishes writes what a seller asks of creators. It counts from the next proposal and the next approval on; what was
// approved before stays.
func (d *Desk) ChangeWishes(id SellerID, w MatchWish) (Seller, error) {
	if err := d.authorize(DecideMatch); err != nil {
		return Seller{}, err
	}
	s, err := d.tx.Seller(id)
	if err != nil {
		return Seller{}, err
	}
	switch {
	case w.Format != "" && w.Format != "video" && w.Format != "live":
		return Seller{}, Field("format", "“%s” is not a format. Choose video, live or any.", w.Format)
	case w.MinFollowers < 0 || w.MinFollowers > 1_000_000_000:
		return Seller{}, Field("followers", "Write a whole number of followers, such as 5000; 0 for no wish.")
	case w.Creators < 0 || w.Creators > 1000:
		return Seller{}, Field("creators", "Write how many creators the shop wants at a time, up to 1000; 0 for no limit.")
	case w.Price.Minor < 0:
		return Seller{}, Field("price", "Write a price above zero.")
	}
	s.Wishes, s.Price = w.Wishes, w.Price
	if err := d.tx.UpdateSeller(s, ShopKey(s.Shop)); err != nil {
		return Seller{}, err
	}
	s.Version++
	return s, d.audit("match wishes", s.ID.String(), fmt.Sprintf("format %q, %d followers, %d creators, price %s",
		w.Format, w.MinFollowers, w.Creators, w.Price))
}
