package bot

import (
	"fmt"
	"strings"

	"liaison/agency"
	"liaison/agency/money"
)

// shown is how many lines a section of a digest has before it says "and 4 more".
const shown = 5

// DrawDigest draws a digest: one line that says it all, then only the sections that have something. It stands here
// because the timers post it and `/digest preview` shows it.
func DrawDigest(d *agency.Desk, x agency.Digest, late string) (Message, error) {
	lead := digestLead(x)
	m := Message{Summary: lead, Parts: []Part{Heading("Week of %s to %s", x.From.Short(), x.Until.Short()), {Text: Text{{Style: Bold, Text: lead}}}}}
	if late != "" {
		m.Parts = append(m.Parts, Small(T("%s", late)))
	}
	waits, err := waitingLines(d, x.Waits)
	if err != nil {
		return m, err
	}
	m.Parts = append(m.Parts, section("Waits for a decision", waits)...)
	m.Parts = append(m.Parts, section("At risk", riskLines(d, x.Risks))...)
	m.Parts = append(m.Parts, movedParts(x)...)
	next, err := nextLines(d, x.Next)
	if err != nil {
		return m, err
	}
	m.Parts = append(m.Parts, section("Comes next", next)...)
	m.Parts = append(m.Parts, Small(T("Affiliate sales from order lines as imported, price × quantity, estimated and settled, without ineligible lines; days in %s. As of ", x.Zone), When(d.Time)))
	return m, nil
}

// digestLead is the digest in one line.
func digestLead(x agency.Digest) string {
	var says []string
	for i, s := range x.Sales {
		if i == 2 {
			break
		}
		says = append(says, s.Now.String()+changeWords(s))
	}
	lead := "No affiliate sales last week"
	if len(says) > 0 {
		lead = "Affiliate sales " + strings.Join(says, " and ")
	}
	switch n := x.Waits.Count(); n {
	case 0:
		return lead + "; nothing waits for a decision."
	case 1:
		return lead + "; 1 thing waits for a decision."
	default:
		return lead + fmt.Sprintf("; %d things wait for a decision.", n)
	}
}

func changeWords(m agency.Moved) string {
	change, ok := m.Change()
	switch percent := (change + money.BasisPoints(50)*sign(change)) / 100; {
	case !ok:
		return ""
	case percent > 0:
		return fmt.Sprintf(", up %d %%", percent)
	case percent < 0:
		return fmt.Sprintf(", down %d %%", -percent)
	}
	return ", level"
}

func sign(b money.BasisPoints) money.BasisPoints {
	if b < 0 {
		return -1
	}
	return 1
}

// section is a bold title over lines, cut to a few with the number of the rest; nothing when there are none.
func section(title string, lines []Text) []Part {
	if len(lines) == 0 {
		return nil
	}
	t := B("%s", title)
	for i, l := range lines {
		if i == shown && len(lines) > shown+1 {
			t = Join(t, T("\n• and %d more", len(lines)-shown))
			break
		}
		t = Join(t, T("\n• "), l)
	}
	return []Part{{Text: t}}
}

func waitingLines(d *agency.Desk, w agency.Waiting) (lines []Text, err error) {
	for _, r := range w.Runs {
		lines = append(lines, Join(B("%s", r.ID), T(" payout run, %s to %d creators: %d of %d approvals · ", r.Total, r.Payees, r.Approvals, r.Needs), C("/payout show %s", r.ID)))
	}
	if n := len(w.Cases); n > 0 {
		lines = append(lines, Join(T("%d %s not acknowledged · ", n, plural(n, "case", "cases")), C("/case list open")))
	}
	if n := len(w.Matches); n > 0 {
		lines = append(lines, Join(T("%d proposed %s, the oldest from %s · ", n, plural(n, "match", "matches"), agency.Span(d.Time.Sub(w.Matches[0].ProposedAt))+" ago"), C("/match list")))
	}
	for _, s := range w.Blocked {
		seller, _, err := d.Seller(s.Seller)
		if err != nil {
			return nil, err
		}
		lines = append(lines, Join(B("%s", s.Seller), T(" %s: %s is blocked: ", seller.Shop, s.Title), I("%s", s.Reason)))
	}
	return lines, nil
}

func riskLines(d *agency.Desk, r agency.Risks) (lines []Text) {
	for _, c := range r.Cases {
		due := "due in " + agency.Span(c.Deadline.Sub(d.Time))
		if c.Deadline < d.Time {
			due = "overdue by " + agency.Span(d.Time.Sub(c.Deadline))
		}
		lines = append(lines, Join(B("%s", c.ID), T(" %s, %s: %s", c.Severity, c.Rule, due)))
	}
	for _, m := range r.Fell {
		lines = append(lines, Join(B("%s", m.Seller.ID), T(" %s: sales %s%s", m.Seller.Shop, m.Now, changeWords(m.Moved))))
	}
	if n := len(r.Stuck); n > 0 {
		s := r.Stuck[0]
		lines = append(lines, Join(T("%d %s without progress for a week, longest ", n, plural(n, "seller", "sellers")), B("%s", s.ID),
			T(" %s (%s) · ", s.Shop, agency.Span(d.Time.Sub(s.MovedAt))), C("/seller list stuck=7")))
	}
	return lines
}

// movedParts is what moved: the numbers, the chart of the weeks and the table of those who moved most.
func movedParts(x agency.Digest) []Part {
	var lines []Text
	for _, s := range x.Sales {
		if !s.Now.IsZero() || !s.Before.IsZero() {
			lines = append(lines, T("%s in %d order lines%s (the week before %s)", s.Now, s.Lines, changeWords(s), s.Before))
		}
	}
	if x.NewSellers+x.WentLive > 0 {
		lines = append(lines, T("%d %s onboarded, %d went live", x.NewSellers, plural(x.NewSellers, "seller", "sellers"), x.WentLive))
	}
	parts := section("Moved", lines)
	if chart := SalesChart(x.Trend); chart != nil {
		parts = append(parts, Part{Chart: chart})
	}
	if len(x.Movers) > 0 {
		t := Table{Caption: "Who moved most", Columns: []Column{{Name: "Seller"}, {Name: "This week", Align: Right}, {Name: "Week before", Align: Right}, {Name: "Change", Align: Right}}}
		for _, m := range x.Movers {
			change := strings.TrimPrefix(changeWords(m.Moved), ", ")
			if change == "" {
				change = "new"
			}
			t.Rows = append(t.Rows, []string{m.Seller.ID.String() + " " + m.Seller.Shop, m.Now.String(), m.Before.String(), change})
		}
		parts = append(parts, Part{Table: &t})
	}
	return parts
}

// SalesChart draws weeks of sales as bars; nil when none has any.
func SalesChart(weeks []agency.Week) *Chart {
	if len(weeks) == 0 {
		return nil
	}
	currency := weeks[0].Sales.Currency
	c := Chart{Title: "Affiliate sales by week", Kind: Bars, Decimals: currency.Digits(), Unit: string(currency), Series: []Series{{Name: "Sales"}}}
	any := false
	for _, w := range weeks {
		c.Labels = append(c.Labels, w.From.Short())
		c.Series[0].Values = append(c.Series[0].Values, w.Sales.Minor)
		any = any || w.Sales.Minor != 0
	}
	if !any {
		return nil
	}
	return &c
}

func nextLines(d *agency.Desk, n agency.Coming) (lines []Text, err error) {
	for _, c := range n.Campaigns {
		lines = append(lines, Join(B("%s", c.ID), T(" campaign %s ends on %s", c.Name, c.EndsOn.Short())))
	}
	for i, s := range n.Steps {
		if i > shown {
			lines = append(lines, nil) // only counted
			continue
		}
		seller, _, err := d.Seller(s.Seller)
		if err != nil {
			return nil, err
		}
		lines = append(lines, Join(B("%s", s.Seller), T(" %s: %s is due on %s", seller.Shop, s.Title, s.Due.Short())))
	}
	return lines, nil
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
