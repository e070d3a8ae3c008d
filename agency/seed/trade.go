package seed

import (
	"fmt"
	"slices"
	"time"

	"liaison/agency"
	"liaison/agency/money"
)

// season is how a day of the week sells, in percent; Sunday first.
var season = [7]int64{118, 92, 88, 94, 98, 110, 124}

// growth is a shop's size so many days before the end, in millionths of its size at the end.
func growth(ago int) int64 {
	size := int64(1_000_000)
	for range ago {
		size = size * 1_000_000 / dailyPPM
	}
	return size
}

// makeCampaigns spreads campaigns over the history: most are over, a few run, a few are to come.
func (m *maker) makeCampaigns() {
	starts := []int{-12, -9, -5, 3, 6, 8, 11, 25, 40, 55, 75, 95, 120, 145, 170} // days ago; negative: to come
	affiliates := m.activePool()
	for i := range campaigns {
		total := money.BasisPoints(m.between(15, 25) * 100)
		ago := starts[i] * m.days() / (6 * month)
		c := Campaign{Campaign: agency.Campaign{Name: campaignFirst[i], TikTokID: m.digits("7412", 19), StartsOn: m.date(ago), EndsOn: m.date(ago - m.between(10, 24)),
			TotalRate: total, CreatorRate: total - money.BasisPoints(m.between(3, 6)*100)}}
		for range m.between(1, 3) {
			if s := pick(m, m.shops).Shop; !slices.Contains(c.Shops, s) {
				c.Shops = append(c.Shops, s)
			}
		}
		for k := range 6 { // six each: fifteen campaigns reach ninety affiliates
			c.Handles = append(c.Handles, m.people[affiliates[(i*6+k)%len(affiliates)]].Handle)
		}
		m.rows.Campaigns = append(m.rows.Campaigns, c)
	}
}

// activePool is the pool's creators who may be worked with.
func (m *maker) activePool() []int {
	var list []int
	for k := range m.people {
		if m.people[k].State == agency.CreatorActive && len(list) < 90 {
			list = append(list, k)
		}
	}
	return list
}

// makeFigures gives every live shop its days: growth, the week's rhythm, chance, and a few days that stand out.
func (m *maker) makeFigures() {
	for ago := m.days(); ago >= 1; ago-- {
		day, size := m.day.AddDate(0, 0, -ago), growth(ago)
		for i, s := range m.shops {
			minor := s.base * size / 1_000_000 * season[day.Weekday()] / 100 * int64(m.between(82, 118)) / 100
			minor = minor * oddDay(i, ago) / 100
			orders := minor / max(s.products[0].price, 1)
			m.rows.Figures = append(m.rows.Figures, Figure{Shop: s.Shop, Figure: agency.Figure{Day: m.date(ago),
				Sales: money.Of(minor, money.Currency(s.currency)), Orders: orders, Visitors: orders*int64(m.between(28, 52)) + int64(m.between(5, 40))}})
		}
	}
}

// oddDay is what happened to the shop that day, in percent: a slump last week, a video that went round, an outage.
func oddDay(shop, ago int) int64 {
	switch {
	case shop == 4 && ago <= 6:
		return 28
	case shop == 11 && (ago == 33 || ago == 34):
		return 310
	case shop == 19 && ago == 10:
		return 0
	case shop == 7 && ago <= 3:
		return 190
	}
	return 100
}

// makeOrders gives every live shop its affiliate order lines: about two a day, more where the shop sells more.
func (m *maker) makeOrders() {
	zones := map[string]*time.Location{}
	for ago := m.days(); ago >= 1; ago-- {
		day, size := m.day.AddDate(0, 0, -ago), growth(ago)
		for i := range m.shops {
			s := &m.shops[i]
			if zones[s.zone] == nil {
				zone, err := time.LoadLocation(s.zone)
				if err != nil {
					zone = time.UTC
				}
				zones[s.zone] = zone
			}
			if len(s.crew) == 0 {
				continue
			}
			mean := (60 + s.base/500) * size / 1_000_000 * season[day.Weekday()] / 100 * oddDay(i, ago) / 100 // hundredths of an order
			n := int(mean/100) + m.IntN(2)
			if m.IntN(100) < int(mean%100) {
				n++
			}
			for range n {
				m.order(s, ago, day, zones[s.zone])
			}
		}
	}
}

// order makes one order line. Its state follows from its age: paid within days, settled after a little more than two weeks.
func (m *maker) order(s *shop, ago int, day time.Time, zone *time.Location) {
	p := pick(m, s.products)
	k := s.crew[min(m.IntN(len(s.crew)), m.IntN(len(s.crew)))] // the first of a crew sell the most
	c := &m.people[k]
	at := day.Add(time.Duration(m.between(0, 24*60*60-1)) * time.Second)
	m.orderNo += int64(m.between(1_000_003, 90_000_017))
	quantity := int64(1)
	if m.chance(18) {
		quantity = int64(m.between(2, 3))
	}
	commission := p.price * quantity * s.rate / 10_000
	row := agency.OrderRow{Line: len(m.rows.Orders) + 2, OrderNo: fmt.Sprint(m.orderNo), SKU: p.sku, Product: p.name, Shop: s.Shop, ShopCode: s.ShopCode,
		Creator: c.Handle, ContentType: pick(m, []string{"video", "video", "video", "live", "showcase"}), Price: plain(p.price, s.currency), Quantity: quantity,
		Rate: agency.Given(money.BasisPoints(s.rate)), Estimated: plain(commission, s.currency), Currency: money.Currency(s.currency),
		OrderedAt: agency.WallTimeOf(agency.InstantOf(at), zone)}
	if id := m.campaignOf(s.Shop, c.Handle, m.date(ago)); id != "" && m.chance(70) {
		row.Campaign = id
	}
	m.settle(&row, ago, commission, at, zone)
	if ago <= month && row.State != agency.LineIneligible && c.currency == s.currency {
		c.sold, c.earned, c.items = c.sold+p.price*quantity, c.earned+commission, c.items+quantity
	}
	m.rows.Orders = append(m.rows.Orders, row)
}

func (m *maker) settle(row *agency.OrderRow, ago int, commission int64, at time.Time, zone *time.Location) {
	age := ago - m.between(0, 4)
	luck := m.IntN(1_000)
	switch {
	case luck < 55:
		row.State, row.Status, row.Refunded = agency.LineIneligible, "Ineligible", luck < 40
		if age < 3 {
			row.Status, row.Refunded = "Canceled", false
		}
	case age < 3:
		row.State, row.Status = agency.LineEstimated, pick(m, []string{"Unpaid by customer", "Pending", "Processing"})
	case age < 16 || luck > 985:
		row.State, row.Status = agency.LineEstimated, pick(m, []string{"Processing", "Shipped", "Completed"})
	case luck > 970:
		row.State, row.Status = agency.LineFrozen, "Frozen"
	default:
		row.State, row.Status = agency.LineSettled, "Settled"
		if row.Quantity > 1 && luck < 200 { // a piece came back
			commission -= commission / row.Quantity
		}
		row.Actual = plain(commission, string(row.Currency))
		settled := at.AddDate(0, 0, min(m.between(15, 18), ago-1)).Truncate(time.Hour)
		row.SettledAt = agency.WallTimeOf(agency.InstantOf(settled), zone)
	}
}

// campaignOf is TikTok's number of a campaign that the sale fell under.
func (m *maker) campaignOf(shop, handle string, day agency.Date) string {
	for _, c := range m.rows.Campaigns {
		if c.StartsOn <= day && day <= c.EndsOn && slices.Contains(c.Shops, shop) && slices.Contains(c.Handles, handle) {
			return c.TikTokID
		}
	}
	return ""
}

// makeViolations spreads the deadlines around the day: over, today, soon, and with time to spare.
func (m *maker) makeViolations() {
	due := []int{-3, 1, 9, 2, 25, 0, 5, 14, 1, -1, 12, 3} // days from now
	for i, b := range breaches {
		found := m.day.AddDate(0, 0, min(due[i], 0)-m.between(2, 9))
		v := agency.ViolationRow{Line: i + 2, Notice: m.digits("VN26", 14), Rule: b.rule, Detail: b.detail,
			OpenedOn: agency.WallTime(found.Format(time.DateOnly) + fmt.Sprintf(" %02d:%02d:00", m.between(8, 18), m.between(0, 59)))}
		if b.creator {
			v.Creator = m.people[m.between(0, pool-1)].Handle
			v.Severity = pick(m, []agency.Severity{agency.Low, agency.Medium, agency.High})
		} else {
			s := m.shops[(i*5+2)%len(m.shops)]
			v.Shop, v.ShopCode, v.Region, v.Points = s.Shop, s.ShopCode, s.Region, agency.Given(b.points)
		}
		if i != 10 { // one notice does not say: the usual deadline is taken
			v.Deadline = agency.WallTime(m.day.AddDate(0, 0, due[i]).Format(time.DateOnly) + " 17:00:00")
		}
		if i == 2 || i == 4 || i == 7 {
			m.rows.Acked = append(m.rows.Acked, v.Notice)
		}
		m.rows.Violations = append(m.rows.Violations, v)
	}
}
