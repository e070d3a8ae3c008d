package matching

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"liaison/agency/money"
)

// The most points of each reason; together they make 1000. What sells weighs most: the right category and proven sales.
const (
	categoryPoints  = 300
	salesPoints     = 250
	pricePoints     = 120
	regionPoints    = 100
	formatPoints    = 80
	followersPoints = 50
	capacityPoints  = 50
	healthPoints    = 50
)

func score(n Need, c Creator, s scale) Candidate {
	out := Candidate{Number: c.Number, Reasons: []Reason{
		n.category(c), s.sales(n, c), n.price(c), n.format(c), n.region(c), n.followers(c), capacity(c), n.health(c)}}
	if c.Past != Strangers {
		says := c.PastSays
		if says == "" {
			says = string(c.Past) + " before"
		}
		out.Reasons = append(out.Reasons, Reason{Key: "past", Kind: Against, Says: says})
	}
	for _, r := range out.Reasons {
		out.Score += r.Points
	}
	return out
}

func unknown(key, says string, of int64) Reason {
	return Reason{Key: key, Kind: Unknown, Says: says, Points: of / 2, Of: of}
}

func (n Need) category(c Creator) Reason {
	r := Reason{Key: "category", Of: categoryPoints}
	switch {
	case len(c.Categories) == 0:
		return unknown(r.Key, "category not known", r.Of)
	case holds(c.Categories, n.Category):
		r.Kind, r.Says, r.Points = For, "works in "+n.Category, r.Of
	default:
		r.Kind, r.Says = Against, "works in "+andList(c.Categories)+", not "+n.Category
	}
	return r
}

// price compares what the creator usually sells with what the shop sells. The bands are half as much again, double and
// triple, in either direction.
func (n Need) price(c Creator) Reason {
	r := Reason{Key: "price", Of: pricePoints}
	switch {
	case c.Price.Minor <= 0:
		return unknown(r.Key, "usual price not known", r.Of)
	case n.Price.Minor <= 0:
		return unknown(r.Key, "usual price "+c.Price.String()+"; the shop's is not known", r.Of)
	case c.Price.Currency != n.Price.Currency:
		return unknown(r.Key, "usual price "+c.Price.String()+", not comparable with the shop's "+n.Price.String(), r.Of)
	}
	low, high := min(c.Price.Minor, n.Price.Minor), max(c.Price.Minor, n.Price.Minor)
	side := "above"
	if c.Price.Minor < n.Price.Minor {
		side = "below"
	}
	usual, shop := "usual price "+c.Price.String(), "the shop's "+n.Price.String()
	switch apart := high - low; {
	case apart <= low/2:
		r.Kind, r.Points, r.Says = For, r.Of, usual+", close to "+shop
	case apart <= low:
		r.Kind, r.Points, r.Says = For, r.Of*3/4, usual+", "+side+" "+shop
	case apart/2 <= low:
		r.Kind, r.Points, r.Says = Against, r.Of/4, usual+", well "+side+" "+shop
	default:
		r.Kind, r.Says = Against, usual+", far "+side+" "+shop
	}
	return r
}

func (n Need) format(c Creator) Reason {
	r := Reason{Key: "format", Of: formatPoints}
	switch {
	case n.Format == "" && len(c.Formats) == 0:
		r.Kind, r.Points, r.Says = Aside, r.Of, "format not known; the shop asks for none"
	case n.Format == "":
		r.Kind, r.Points, r.Says = Aside, r.Of, "makes "+formatList(c.Formats)+"; the shop asks for none"
	case len(c.Formats) == 0:
		return unknown(r.Key, "format not known", r.Of)
	default: // whoever does not make it is left out
		r.Kind, r.Points, r.Says = For, r.Of, "makes "+formatWords(n.Format)+", as the shop asks"
	}
	return r
}

func (n Need) region(c Creator) Reason {
	if c.Region == "" {
		return unknown("region", "region not known", regionPoints)
	}
	return Reason{Key: "region", Kind: For, Says: "sells in " + c.Region, Points: regionPoints, Of: regionPoints}
}

func (n Need) followers(c Creator) Reason {
	r := Reason{Key: "followers", Of: followersPoints}
	has := money.Grouped(c.Followers) + " followers"
	switch {
	case c.Followers == 0 && n.MinFollowers == 0:
		r.Kind, r.Points, r.Says = Aside, r.Of, "followers not known; the shop asks for no number"
	case n.MinFollowers == 0:
		r.Kind, r.Points, r.Says = Aside, r.Of, has+"; the shop asks for no number"
	case c.Followers == 0:
		return unknown(r.Key, "followers not known", r.Of)
	default:
		r.Kind, r.Points, r.Says = For, r.Of, has+", "+money.Grouped(n.MinFollowers)+" asked for"
	}
	return r
}

func capacity(c Creator) Reason {
	r := Reason{Key: "capacity", Kind: For, Of: capacityPoints, Says: freePlaces(c)}
	// Nobody works for fewer than none; a capacity beyond a thousand makes no difference and cannot overflow.
	limit, works := min(c.Capacity, 1000), max(c.Works, 0)
	r.Points = r.Of * max(limit-works, 0) / max(limit, 1)
	return r
}

func (n Need) health(c Creator) Reason {
	r := Reason{Key: "health", Of: healthPoints}
	rating := "health rating " + strconv.FormatInt(c.Health, 10)
	switch {
	case c.Health == 0:
		return unknown(r.Key, "health rating not known", r.Of)
	case c.Health < n.Health.HealthyFrom:
		r.Kind, r.Points, r.Says = Against, r.Of*2/5, rating+": caution, "+strconv.FormatInt(n.Health.HealthyFrom, 10)+" is healthy"
	default:
		r.Kind, r.Points, r.Says = For, r.Of, rating+", healthy"
	}
	return r
}

// scale is what sales are compared with: creators of the seller's category among themselves, everybody else with all,
// and each currency for itself. Amounts are sorted, smallest first.
type scale map[cohort][]int64

type cohort struct {
	currency money.Currency
	category string // empty: everybody
}

func newScale(n Need, creators []Creator) scale {
	s := scale{}
	for _, c := range creators {
		if c.Sales.Currency == "" {
			continue
		}
		all := cohort{currency: c.Sales.Currency}
		s[all] = append(s[all], sold(c))
		if own := n.cohort(c); own != all {
			s[own] = append(s[own], sold(c))
		}
	}
	for _, amounts := range s {
		slices.Sort(amounts)
	}
	return s
}

func (n Need) cohort(c Creator) cohort {
	if n.Category != "" && holds(c.Categories, n.Category) {
		return cohort{currency: c.Sales.Currency, category: n.Category}
	}
	return cohort{currency: c.Sales.Currency}
}

func sold(c Creator) int64 { return max(c.Sales.Minor, 0) }

// sales gives points for the place among those with whom a creator is compared; equals share theirs.
func (s scale) sales(n Need, c Creator) Reason {
	r := Reason{Key: "sales", Of: salesPoints}
	period := " in the last 30 days"
	if c.OldFigures {
		period = " in 30 days, by old figures"
	}
	switch {
	case c.Sales.Currency == "":
		return unknown(r.Key, "sales not known", r.Of)
	case sold(c) == 0:
		r.Kind, r.Says = Against, "sold nothing"+period
		return r
	}
	group := n.cohort(c)
	amounts := s[group]
	below := int64(sort.Search(len(amounts), func(i int) bool { return amounts[i] >= sold(c) }))
	above := int64(len(amounts) - sort.Search(len(amounts), func(i int) bool { return amounts[i] > sold(c) }))
	total := int64(len(amounts))
	r.Points = r.Of / 2
	if total > 1 {
		r.Points = r.Of * (2*below + total - below - above - 1) / (2 * (total - 1))
	}
	r.Kind = For
	if r.Points < r.Of/2 {
		r.Kind = Against
	}
	r.Says = "sold " + c.Sales.String() + period
	if total > 1 {
		r.Says += ", " + place(above+1, total) + " " + group.words()
	}
	return r
}

func (g cohort) words() string {
	if g.category != "" {
		return "in " + g.category
	}
	return "selling in " + string(g.currency)
}

// percentFrom is how many must be compared before a percentage says more than the place itself.
const percentFrom = 20

func place(at, total int64) string {
	if total >= percentFrom && 2*at <= total {
		return "top " + strconv.FormatInt((100*at+total-1)/total, 10) + " % of " + money.Grouped(total)
	}
	return ordinal(at) + " of " + money.Grouped(total)
}

func ordinal(n int64) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.FormatInt(n, 10) + suffix
}

// freePlaces says for how many sellers more a creator can work.
func freePlaces(c Creator) string {
	return money.Grouped(c.Capacity-max(c.Works, 0)) + " of " + places(c) + " free"
}

func places(c Creator) string {
	if c.Capacity == 1 {
		return "1 place"
	}
	return money.Grouped(c.Capacity) + " places"
}

func formatWords(format string) string {
	switch strings.ToLower(format) {
	case "video":
		return "short video"
	case "live":
		return "LIVE"
	}
	return format
}

func formatList(formats []string) string {
	words := make([]string, len(formats))
	for i, f := range formats {
		words[i] = formatWords(f)
	}
	return andList(words)
}

func andList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
