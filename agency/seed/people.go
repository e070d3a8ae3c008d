package seed

import (
	"fmt"
	"strings"

	"liaison/agency"
	"liaison/agency/money"
)

func currencyOf(code string) money.Currency { return money.Currency(code) }

// regionOf gives the n-th seller's market: mostly the United States, some British, a few on the continent.
func regionOf(n int) string {
	switch n % 10 {
	case 3, 7:
		return "GB"
	case 9:
		return []string{"DE", "FR", "IT", "ES", "DE"}[n/10%5]
	}
	return "US"
}

func (m *maker) makeSellers() {
	first := m.Perm(len(shopFirst))
	for i := range sellers {
		category := m.book.Categories[i%len(m.book.Categories)]
		region := regionOf(i)
		market, _ := m.book.Region(region)
		name := shopFirst[first[i%len(first)]] + " " + shopSecond[category][i/len(m.book.Categories)%5]
		price := int64(m.between(9, 60))*100 + 99
		s := agency.SellerRow{Line: i + 2, Shop: name, ShopCode: region + "LC" + m.letters(8), Region: region, Category: category,
			Contact: fmt.Sprintf("%s %s, hello@%s.example", pick(m, firstNames), pick(m, lastNames), strings.ToLower(strings.ReplaceAll(name, " ", ""))),
			Owner:   m.rows.Owners[i%len(m.rows.Owners)], Price: plain(price, market.Currency), MinFollowers: agency.Given(int64(m.between(0, 8)) * 5_000),
			Creators: agency.Given(int64(m.between(3, 8))), Format: pick(m, []string{"", "", "video", "live", "any"})}
		if i < liveShops {
			s.StartsOn, s.Done = m.date(m.days()+m.between(20, 300)), "all"
			s.MovedOn = m.date(m.days() + m.between(1, 15))
			m.shops = append(m.shops, m.liveShop(s, market.Currency, market.Zone, price))
		} else {
			m.underWay(&s, i-liveShops)
		}
		m.rows.Sellers = append(m.rows.Sellers, s)
	}
}

// underWay places the n-th seller that is not live yet: how far it is, what blocks it, and how long nothing has moved.
func (m *maker) underWay(s *agency.SellerRow, n int) {
	ago := m.between(4, 28)
	s.StartsOn, s.MovedOn = m.date(ago), m.date(m.between(0, min(ago, 5)))
	steps := m.book.Checklist(s.Region, string(s.StartsOn))
	done := n * (len(steps) - 1) / (sellers - liveShops - 1) // from the first step to the last
	var codes []string
	for _, step := range steps[:done] {
		codes = append(codes, step.Code)
	}
	s.Done = strings.Join(codes, ";")
	if n%3 == 1 { // stuck
		ago = m.between(24, 60)
		s.StartsOn, s.MovedOn = m.date(ago), m.date(m.between(11, 21))
	}
	if reason := blockers[steps[done].Code]; reason != "" && n%4 == 1 {
		s.Blocked = steps[done].Code + ": " + reason
	}
}

func (m *maker) liveShop(s agency.SellerRow, currency, zone string, price int64) shop {
	live := shop{SellerRow: s, currency: currency, zone: zone, base: int64(m.between(90, 900)) * 100, rate: int64(m.between(10, 20)) * 100}
	for _, name := range products[s.Category] {
		live.products = append(live.products, product{name: name, sku: m.digits("1729", 19), id: m.digits("1731", 19),
			price: price * int64(m.between(70, 130)) / 100})
	}
	return live
}

func (m *maker) letters(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte("ABCDEFGHKLMNPQRSTUVWXYZ23456789"[m.IntN(31)])
	}
	return b.String()
}

// homes are where creators live: mostly in the markets of the sellers.
var homes = []string{"US", "US", "US", "US", "US", "US", "GB", "GB", "DE", "FR", "IT", "ES", "MX", "BR", "PH", "ID", "JP", "TH", "VN", "MY"}

var languages = map[string]string{"US": "en", "GB": "en", "DE": "de", "FR": "fr", "IT": "it", "ES": "es", "MX": "es", "BR": "pt",
	"PH": "en", "ID": "id", "JP": "ja", "TH": "th", "VN": "vi", "MY": "ms"}

func (m *maker) makeCreators() {
	taken := map[string]bool{}
	for i := range creators {
		category := m.book.Categories[i%len(m.book.Categories)]
		home := homes[i%len(homes)]
		first, last := firstNames[(i*7+i/40)%len(firstNames)], lastNames[(i*3+i/25)%len(lastNames)]
		handle := fmt.Sprintf(pick(m, handleShapes), plainLetters(first), pick(m, handleWords[category]))
		for n := 2; taken[handle]; n++ {
			handle = fmt.Sprintf("%s%d", strings.TrimRight(handle, "0123456789"), n)
		}
		taken[handle] = true
		market, _ := m.book.Region(home)
		c := agency.CreatorRow{Line: i + 2, Handle: handle, Name: first + " " + last, Region: home, Language: languages[home],
			State: agency.CreatorActive, Categories: category, Formats: pick(m, []string{"video", "video", "live", "video,live"}),
			Followers: agency.Given(m.followers()), Capacity: agency.Given(int64(m.between(2, 5))),
			Health: agency.Given(int64(m.between(180, 420))), AgencyShare: agency.Given(money.BasisPoints(pick(m, []int64{0, 1_000, 1_500, 2_000}))),
			TaxForm: agency.Given(!m.chance(8)), PayoutReady: agency.Given(!m.chance(10)), Price: plain(int64(m.between(9, 60))*100*worth(market.Currency), market.Currency)}
		if m.chance(30) {
			c.Categories += "," + m.book.Categories[(i+3)%len(m.book.Categories)]
		}
		switch {
		case i%33 == 32:
			c.State = agency.CreatorPaused
		case i%50 == 49:
			c.State = agency.CreatorBlocked
		}
		if m.chance(4) {
			c.Health = agency.Given(int64(m.between(90, 150)))
		}
		m.people = append(m.people, person{CreatorRow: c, currency: market.Currency})
	}
}

// worth is about how many units of a currency buy what a dollar does, so that invented prices look like prices.
func worth(currency string) int64 {
	switch currency {
	case "JPY":
		return 150
	case "IDR":
		return 16_000
	case "VND":
		return 25_000
	case "PHP":
		return 57
	case "THB":
		return 33
	case "MXN":
		return 18
	case "BRL", "MYR":
		return 5
	}
	return 1
}

// followers are spread as they are in life: many have thousands, few have hundreds of thousands.
func (m *maker) followers() int64 {
	switch n := m.IntN(100); {
	case n < 45:
		return int64(m.between(1_200, 20_000))
	case n < 80:
		return int64(m.between(20_000, 90_000))
	case n < 96:
		return int64(m.between(90_000, 400_000))
	}
	return int64(m.between(400_000, 1_800_000))
}

// plainLetters is a name as a handle has it.
func plainLetters(name string) string {
	return strings.NewReplacer("á", "a", "é", "e", "ö", "o", " ", "").Replace(strings.ToLower(name))
}

// makeCrews decides who sells for whom: active creators, at first those of the shop's own category and market.
func (m *maker) makeCrews() {
	for i := range m.shops {
		s := &m.shops[i]
		for _, k := range m.Perm(pool) {
			c := m.people[k]
			fits := strings.Contains(c.Categories, s.Category) || c.Region == s.Region && m.chance(35)
			if fits && c.State == agency.CreatorActive && len(s.crew) < 9 {
				s.crew = append(s.crew, k)
			}
		}
	}
}

// finishCreators turns what the orders of the last 30 days came to into the creators' figures.
func (m *maker) finishCreators() {
	for i := range m.people {
		p := &m.people[i]
		if p.items == 0 {
			p.items = p.Followers.Value/1_500 + int64(m.between(0, 12))
			p.sold = p.items * p.Price.Units
			p.earned = p.sold * 13 / 100
		}
		p.Sales, p.Commission, p.ItemsSold = plain(p.sold, p.currency), plain(p.earned, p.currency), agency.Given(p.items)
		m.rows.Creators = append(m.rows.Creators, p.CreatorRow)
	}
}
