// Package seed invents a partner agency that has been at work for months: sellers, creators, campaigns, daily figures,
// affiliate orders and violations.
//
// Make is pure: the same number on the same day gives the same agency. Apply brings the rows in through the same use cases
// that imported files go through, so whatever works on seeded records works on real ones. Every name is made up.
package seed

import (
	"fmt"
	"math/rand/v2"
	"time"

	"liaison/agency"
	"liaison/agency/policy"
)

// How much of each there is, and how fast the shops grow.
const (
	sellers   = 50
	liveShops = 34
	creators  = 200
	campaigns = 15
	pool      = 92 // creators who take part in campaigns
	month     = 30 // days
	dailyPPM  = 1_001_443
)

// dailyPPM is a shop's growth per day in millionths: over 182 days it makes 30 %.

// Rows is an invented agency, in the form that imports take.
type Rows struct {
	Day        agency.Date // the day that it was made for
	Owners     []string    // names of invented members, for a desk that has none who onboard sellers
	Sellers    []agency.SellerRow
	Creators   []agency.CreatorRow
	Campaigns  []Campaign
	Orders     []agency.OrderRow
	Figures    []Figure
	Violations []agency.ViolationRow
	Acked      []string // notices of violations that somebody has taken on already
}

// Campaign is a campaign with its sellers by shop and its affiliates by handle.
type Campaign struct {
	agency.Campaign
	Shops   []string
	Handles []string
}

// Figure is a day of a shop, by its name.
type Figure struct {
	Shop string
	agency.Figure
}

// maker makes one agency.
type maker struct {
	*rand.Rand
	book   *policy.Book
	day    time.Time // the start of the day, UTC
	months int
	rows   Rows

	shops   []shop
	people  []person
	orderNo int64
}

// shop is a live seller as orders and figures need it.
type shop struct {
	agency.SellerRow
	currency string
	zone     string
	base     int64 // minor units sold on an average day at the end
	rate     int64 // commission in basis points
	products []product
	crew     []int // the creators who sell for it
}

type product struct {
	name, sku, id string
	price         int64 // minor units
}

// person is a creator as orders need it.
type person struct {
	agency.CreatorRow
	currency string
	sold     int64 // minor units in the last 30 days
	earned   int64
	items    int64
}

// Make invents an agency from a number: months of history up to the day of until.
func Make(number int64, months int, until time.Time, book *policy.Book) Rows {
	day := until.UTC().Truncate(24 * time.Hour)
	m := &maker{Rand: rand.New(rand.NewPCG(uint64(number), 0x1a150)), book: book, day: day, months: max(months, 1), //nolint:gosec // invented records need no secrets
		orderNo: 576_400_000_000_000_000}
	m.rows.Day, m.rows.Owners = agency.Date(day.Format(time.DateOnly)), []string{"Mia Torres", "Jonas Weber", "Aiko Brandt"}
	m.makeSellers()
	m.makeCreators()
	m.makeCrews()
	m.makeCampaigns()
	m.makeFigures()
	m.makeOrders()
	m.finishCreators()
	m.makeViolations()
	return m.rows
}

// days is how long the history is.
func (m *maker) days() int { return m.months * month }

// date is the calendar day so many days before the last.
func (m *maker) date(ago int) agency.Date {
	return agency.Date(m.day.AddDate(0, 0, -ago).Format(time.DateOnly))
}

// between picks a whole number from low to high, both included.
func (m *maker) between(low, high int) int { return low + m.IntN(high-low+1) }

// chance is true so many times in a hundred.
func (m *maker) chance(percent int) bool { return m.IntN(100) < percent }

func pick[T any](m *maker, list []T) T { return list[m.IntN(len(list))] }

// digits is a number of so many digits, as TikTok's ids are, that starts with the given ones.
func (m *maker) digits(start string, length int) string {
	for len(start) < length {
		start += fmt.Sprint(m.IntN(10))
	}
	return start
}

func plain(minor int64, currency string) agency.Cash {
	return agency.Cash{Units: minor, Places: 2, Currency: currencyOf(currency), Given: true}
}
