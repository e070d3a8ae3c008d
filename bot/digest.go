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
	if buttons := waitingButtons(x.Waits); len(buttons) > 0 {
		m.Parts = append(m.Parts, Actions(buttons...))
	}
	risks, err := riskLines(d, x.Risks)
	if err != nil {
		return m, err
	}
	m.Parts = append(m.Parts, section("At risk", risks)...)
	m.Parts = append(m.Parts, movedParts(x)...)
	next, err := nextLines(d, x.Next)
	if err != nil {
		return m, err
	}
	m.Parts = append(m.Parts, section("Comes next", next)...)
	m.Parts = append(m.Parts, Small(T("Affiliate sales: price × quantity of order lines as imported, estimated and settled, without ineligible ones; days in %s. As of ", x.Zone), When(d.Time)))
	return m, nil
}

// waitingButtons lead to the first few things that wait.
func waitingButtons(w agency.Waiting) (row []Button) {
	for _, r := range w.Runs[:min(len(w.Runs), 2)] {
		row = append(row, Button{Label: "Review " + r.ID.String(), Style: Primary, Command: "payout show", Value: r.ID.String()})
	}
	if len(w.Cases) > 0 {
		row = append(row, Button{Label: "Show " + w.Cases[0].ID.String(), Command: "case show", Value: w.Cases[0].ID.String()})
	}
	if len(w.Matches) > 0 {
		row = append(row, Button{Label: "Show " + w.Matches[0].ID.String(), Command: "match show", Value: w.Matches[0].ID.String()})
	}
	return row
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
	lead := "No affiliate sales"
	if len(says) > 0 {
		lead = "Affiliate sales " + strings.Join(says, " and ")
	}
	waits, risks := x.Waits.Count(), x.Risks.Count()
	switch {
	case waits == 0 && risks == 0:
		return lead + "; nothing waits for a decision."
	case waits == 0:
		return lead + fmt.Sprintf("; %s at risk.", counted(risks, "thing"))
	}
	lead += fmt.Sprintf("; %s %s for a decision", counted(waits, "thing"), plural(waits, "waits", "wait"))
	if risks > 0 {
		lead += fmt.Sprintf(", %d %s at risk", risks, plural(risks, "is", "are"))
	}
	return lead + "."
}

// counted is a number with its noun: "1 thing", "3 things".
func counted(n int, noun string) string { return fmt.Sprintf("%d %s", n, plural(n, noun, noun+"s")) }

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

// folded is how many things of one kind are told singly; more of them are one line with their number.
const folded = 2

func waitingLines(d *agency.Desk, w agency.Waiting) (lines []Text, err error) {
	if n := len(w.Runs); n > folded {
		lines = append(lines, Join(T("%d payout runs without enough approvals, the oldest ", n), B("%s", w.Runs[0].ID), T(" of %s · ", w.Runs[0].Total), C("/payout list")))
	} else {
		for _, r := range w.Runs {
			lines = append(lines, Join(B("%s", r.ID), T(" payout run, %s to %s: %d of %d approvals · ", r.Total, counted(int(r.Payees), "creator"), r.Approvals, r.Needs), C("/payout show %s", r.ID)))
		}
	}
	if n := len(w.Cases); n > 0 {
		c := w.Cases[0]
		lines = append(lines, Join(T("%s not acknowledged, first ", counted(n, "case")), B("%s", c.ID), T(" %s, %s%s · ", c.Severity, c.Rule, DueWords(d, c)), C("/case list open")))
	}
	if n := len(w.Matches); n > 0 {
		m := w.Matches[0]
		lines = append(lines, Join(T("%d proposed %s, the oldest ", n, plural(n, "match", "matches")), B("%s", m.ID), T(" for %s, %s ago · ", m.Seller, agency.Span(d.Time.Sub(m.ProposedAt))), C("/match list")))
	}
	if n := len(w.Blocked); n > 0 {
		s := w.Blocked[0]
		shop, err := shopOf(d, s)
		if err != nil {
			return nil, err
		}
		lines = append(lines, Join(T("%s blocked, first ", counted(n, "step")), B("%s", s.Seller), T(" %s, %s: ", shop, s.Title), I("%s", s.Reason), T(" · "), C("/seller show %s", s.Seller)))
	}
	return lines, nil
}

func shopOf(d *agency.Desk, s agency.Step) (string, error) {
	seller, _, err := d.Seller(s.Seller)
	return seller.Shop, err
}

// DueWords says how long a case has until its deadline, behind its name; nothing when it has none.
func DueWords(d *agency.Desk, c agency.Case) string {
	switch {
	case c.Deadline == 0:
		return ""
	case c.Deadline < d.Time:
		return ", overdue by " + agency.Span(d.Time.Sub(c.Deadline))
	}
	return ", due in " + agency.Span(c.Deadline.Sub(d.Time))
}

func riskLines(d *agency.Desk, r agency.Risks) (lines []Text, err error) {
	if n := len(r.Cases); n > folded {
		lines = append(lines, Join(T("%d cases due within a week or overdue, first ", n), B("%s", r.Cases[0].ID), T(" %s%s · ", r.Cases[0].Rule, DueWords(d, r.Cases[0])), C("/case list")))
	} else {
		for _, c := range r.Cases {
			lines = append(lines, Join(B("%s", c.ID), T(" %s, %s%s · ", c.Severity, c.Rule, DueWords(d, c)), C("/case show %s", c.ID)))
		}
	}
	if n := len(r.Fell); n > folded {
		lines = append(lines, Join(T("sales of %d sellers fell, first ", n), fellLine(r.Fell[0])))
	} else {
		for _, m := range r.Fell {
			lines = append(lines, fellLine(m))
		}
	}
	if n := len(r.Stuck); n > 0 {
		s := r.Stuck[0]
		lines = append(lines, Join(T("%s without progress for a week, the longest ", counted(n, "seller")), B("%s", s.ID),
			T(" %s, %s · ", s.Shop, agency.Span(d.Time.Sub(s.MovedAt))), C("/seller list stuck=7")))
	}
	if n := len(r.Late); n > 0 {
		s := r.Late[0]
		shop, err := shopOf(d, s)
		if err != nil {
			return nil, err
		}
		lines = append(lines, Join(T("%s late, the oldest ", counted(n, "step")), B("%s", s.Seller), T(" %s, %s, due on %s", shop, s.Title, s.Due.Short())))
	}
	if n := len(r.Unwell); n > 0 {
		c := r.Unwell[0]
		lines = append(lines, Join(T("%s with a match and a health rating that asks for caution, the lowest ", counted(n, "creator")), B("%s", c.ID), T(" @%s, %d of 1000", c.Handle, c.Health)))
	}
	return lines, nil
}

func fellLine(m agency.Mover) Text {
	return Join(B("%s", m.Seller.ID), T(" %s: sales %s%s (before: %s)", m.Seller.Shop, m.Now, changeWords(m.Moved), m.Before))
}

// movedParts is what moved: the numbers, the chart of the weeks and the table of those who moved most.
func movedParts(x agency.Digest) []Part {
	var lines []Text
	for _, s := range x.Sales {
		if !s.Now.IsZero() || !s.Before.IsZero() {
			lines = append(lines, T("%s in %s%s (the 7 days before: %s in %d)", s.Now, counted(int(s.Lines), "order line"), changeWords(s), s.Before, s.LinesBefore))
		}
	}
	var did []string
	for _, e := range []struct {
		n    int
		one  string
		many string
	}{
		{x.NewSellers, "seller recorded", "sellers recorded"}, {x.WentLive, "went live", "went live"},
		{x.Decided.Matches, "match approved", "matches approved"}, {x.Decided.Runs, "payout run approved", "payout runs approved"},
	} {
		if e.n > 0 {
			did = append(did, fmt.Sprintf("%d %s", e.n, plural(e.n, e.one, e.many)))
		}
	}
	if len(did) > 0 {
		lines = append(lines, T("%s; %s live", strings.Join(did, ", "), counted(x.LiveSellers, "seller")))
	}
	parts := section("Moved", lines)
	if chart := SalesChart(x.Trend); chart != nil {
		parts = append(parts, Part{Chart: chart})
	}
	if len(x.Movers) > 0 {
		t := Table{Caption: "Who moved most", Columns: []Column{{Name: "Seller"}, {Name: x.From.Short() + " – " + x.Until.Short(), Align: Right}, {Name: "7 days before", Align: Right}, {Name: "Change", Align: Right}}}
		for _, m := range x.Movers {
			change := strings.TrimPrefix(changeWords(m.Moved), ", ")
			if change == "" {
				change = "from nothing"
			}
			t.Rows = append(t.Rows, []string{m.Seller.ID.String() + " " + m.Seller.Shop, m.Now.String(), m.Before.String(), change})
		}
		parts = append(parts, Part{Table: &t})
	}
	return parts
}

// SalesChart draws weeks of sales as bars, with what the shops sold in all beside them where they have reported every
// week; nil when nothing was sold.
func SalesChart(weeks []agency.Week) *Chart {
	if len(weeks) == 0 {
		return nil
	}
	currency := weeks[0].Sales.Currency
	c := Chart{Title: "Sales by week, from its first day", Kind: Bars, Decimals: currency.Digits(), Unit: string(currency)}
	affiliate, shops := Series{Name: "Through creators"}, Series{Name: "All sales of the shops"}
	sold, known := false, true
	for _, w := range weeks {
		c.Labels = append(c.Labels, w.From.Short())
		affiliate.Values, shops.Values = append(affiliate.Values, w.Sales.Minor), append(shops.Values, w.Shop.Minor)
		sold, known = sold || w.Sales.Minor != 0, known && w.Known
	}
	if !sold {
		return nil
	}
	c.Series = []Series{affiliate}
	if known {
		c.Series = append(c.Series, shops)
	}
	return &c
}

// nextLines tells campaigns that end and steps that fall due. Only the first few are worded; the rest is counted.
func nextLines(d *agency.Desk, n agency.Coming) (lines []Text, err error) {
	for _, c := range n.Campaigns {
		lines = append(lines, Join(B("%s", c.ID), T(" campaign %s ends on %s", c.Name, c.EndsOn.Short())))
	}
	for _, s := range n.Steps {
		if len(lines) > shown {
			lines = append(lines, nil)
			continue
		}
		shop, err := shopOf(d, s)
		if err != nil {
			return nil, err
		}
		lines = append(lines, Join(B("%s", s.Seller), T(" %s: %s is due on %s", shop, s.Title, s.Due.Short())))
	}
	return lines, nil
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
