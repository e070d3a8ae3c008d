package handlers

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// homeLines is how many things each section of the home page shows.
const homeLines = 5

// Home is a person's home page: what waits for them, their sellers, their cases, this week.
func Home(t *bot.Turn) (bot.Reply, error) {
	m := bot.Message{Summary: "Your desk", Parts: []bot.Part{bot.Heading("Your desk")}}
	if !t.Desk.Actor.May(agency.SeeRecords) && len(t.Desk.Actor.Member.Roles) > 0 {
		return outsiderHome(t), nil
	}
	if !t.Desk.Actor.May(agency.SeeRecords) {
		m.Parts = append(m.Parts, bot.Para(bot.T("You are "), bot.Mention(t.FromName, t.From), bot.T(" ("), bot.C("%s", t.From), bot.T(") to the desk, and have no role yet. Ask an admin for "), bot.C("/team grant"), bot.T(" with one of these:")),
			bot.Small(roleWords()))
		return bot.Reply{Home: &m}, nil
	}
	for _, section := range []func(*bot.Turn) ([]bot.Part, error){homeTrouble, homeWaiting, homeSellers, homeCases, homeWeek} {
		parts, err := section(t)
		if err != nil {
			return bot.Reply{}, err
		}
		m.Parts = append(m.Parts, parts...)
	}
	m.Parts = append(m.Parts, bot.Small(bot.T("As of "), bot.When(t.Desk.Time), bot.T(" · "), bot.C("/help"), bot.T(" shows what you can do")))
	return bot.Reply{Home: &m}, nil
}

// homeTrouble says first that something could not be posted, to those who can mend it.
func homeTrouble(t *bot.Turn) ([]bot.Part, error) {
	if !t.Desk.Actor.May(agency.MendDelivery) {
		return nil, nil
	}
	state, _, _, err := t.Desk.OutboxState()
	if err != nil || state.Parked == 0 {
		return nil, err
	}
	return []bot.Part{bot.Para(bot.B("⚠️ %s", statusSummary(state)), bot.T("\nTheir cards are not up to date.")),
		bot.Actions(bot.Button{Label: "Show what and why", Style: bot.Primary, Command: "status"})}, nil
}

// outsiderHome leads creators and sellers' people to what is theirs.
func outsiderHome(t *bot.Turn) bot.Reply {
	m := bot.Message{Summary: "Your desk", Parts: []bot.Part{bot.Heading("Your desk")}}
	if t.Desk.Actor.May(agency.SeeOwnRecord) {
		m.Parts = append(m.Parts, bot.Para(bot.T("You are one of the agency's creators.")), bot.Actions(
			bot.Button{Label: "My record", Style: bot.Primary, Command: "me"}, bot.Button{Label: "My earnings", Command: "earnings"},
			bot.Button{Label: "Ask the agency", Command: "ask"}))
	}
	if t.Desk.Actor.May(agency.SeeOwnShop) {
		m.Parts = append(m.Parts, bot.Para(bot.T("You are a contact of a shop.")), bot.Actions(bot.Button{Label: "My shop", Style: bot.Primary, Command: "shop"}))
	}
	m.Parts = append(m.Parts, bot.Small(bot.C("/help"), bot.T(" shows what you can do.")))
	return bot.Reply{Home: &m}
}

// homeWaiting is what waits for this person: only what they may decide or have to do.
func homeWaiting(t *bot.Turn) ([]bot.Part, error) {
	d := t.Desk
	w, err := d.WaitingForMe()
	if err != nil {
		return nil, err
	}
	if w.Count() == 0 {
		return []bot.Part{bot.Para(bot.B("Waits for you"), bot.T("\nNothing."))}, nil
	}
	parts := []bot.Part{bot.Para(bot.B("Waits for you (%d)", w.Count()))}
	for _, r := range w.Runs[:min(len(w.Runs), homeLines)] {
		parts = append(parts, bot.Para(bot.B("%s", r.ID), bot.T(" · %s to %s · %d of %d approvals", r.Total, counted(int(r.Payees), "creator"), r.Approvals, r.Needs)),
			bot.Actions(bot.Button{Label: "Review " + r.ID.String(), Style: bot.Primary, Command: "payout show", Value: r.ID.String()}))
	}
	parts = append(parts, homeMore(len(w.Runs), "payout run", "/payout list")...)
	for _, c := range w.Cases[:min(len(w.Cases), homeLines)] {
		parts = append(parts, bot.Para(bot.B("%s", c.ID), bot.T(" · %s · %s%s", c.Severity, c.Rule, bot.DueWords(d, c))),
			bot.Actions(bot.Button{Label: "Show " + c.ID.String(), Command: "case show", Value: c.ID.String()},
				bot.Button{Label: "Acknowledge " + c.ID.String(), Command: "case acknowledge", Value: caseSeen(c, true)}))
	}
	parts = append(parts, homeMore(len(w.Cases), "case", "/case list open")...)
	if n := len(w.Matches); n > 0 {
		noun := "match"
		if n > 1 {
			noun = "matches"
		}
		parts = append(parts, bot.Para(bot.T("%d proposed %s to decide, the oldest %s old", n, noun, agency.Span(d.Time.Sub(w.Matches[0].ProposedAt)))),
			bot.Actions(bot.Button{Label: "Show " + noun, Command: "match list"}))
	}
	for _, s := range w.Steps[:min(len(w.Steps), homeLines)] {
		part, err := homeStep(d, s)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part...)
	}
	return append(append(parts, homeMore(len(w.Steps), "step", "")...), bot.Part{Divider: true}), nil
}

// homeMore says how many things of a kind are not on the page, and where they are.
func homeMore(n int, noun, command string) []bot.Part {
	if n <= homeLines {
		return nil
	}
	text := bot.T("and %s more", counted(n-homeLines, noun))
	if command != "" {
		text = bot.Join(text, bot.T(": "), bot.C("%s", command))
	}
	return []bot.Part{bot.Small(text)}
}

// homeStep is a step that was given to the person.
func homeStep(d *agency.Desk, s agency.Step) ([]bot.Part, error) {
	seller, _, err := d.Seller(s.Seller)
	if err != nil {
		return nil, err
	}
	text := bot.Join(bot.B("%s", s.Seller), bot.T(" %s · %s, due on %s", seller.Shop, s.Title, s.Due.Short()))
	if s.Due < agency.DateOf(d.Time, d.Zone()) {
		text = bot.Join(text, bot.T(", late"))
	}
	if s.State == agency.StepBlocked {
		text = bot.Join(text, bot.T(" · blocked: "), bot.I("%s", s.Reason))
	}
	return []bot.Part{{Text: text}, bot.Actions(bot.Button{Label: "Show " + s.Seller.String(), Command: "seller show", Value: s.Seller.String()})}, nil
}

// homeSellers lists the person's own sellers that are on their way, those that stand still longest first.
func homeSellers(t *bot.Turn) ([]bot.Part, error) {
	d, me := t.Desk, t.Desk.Actor.Member.ID
	if me == 0 {
		return nil, nil
	}
	list, total, err := d.Sellers(agency.SellerFilter{Owner: me, Onboarding: true})
	if err != nil || total == 0 {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b agency.Seller) int { return cmp.Compare(a.MovedAt, b.MovedAt) })
	list = list[:min(len(list), homeLines)]
	table := bot.Table{Caption: fmt.Sprintf("My sellers on their way (%d)", total), Columns: []bot.Column{{Name: "Seller"}, {Name: "Stage"}, {Name: "No progress for", Align: bot.Right}}}
	var buttons []bot.Button
	for _, s := range list {
		still := agency.Span(d.Time.Sub(s.MovedAt))
		if d.Stuck(s) {
			still += ", stuck"
		}
		table.Rows = append(table.Rows, []string{s.ID.String() + " " + s.Shop, string(s.Stage), still})
		buttons = append(buttons, bot.Button{Label: "Show " + s.ID.String(), Command: "seller show", Value: s.ID.String()})
	}
	return append([]bot.Part{{Table: &table}, bot.Actions(buttons...)}, homeMore(total, "seller", "/seller list")...), nil
}

// homeCases lists the cases that the person owns.
func homeCases(t *bot.Turn) ([]bot.Part, error) {
	d, me := t.Desk, t.Desk.Actor.Member.ID
	if me == 0 {
		return nil, nil
	}
	list, total, err := d.Cases(agency.CaseFilter{Owner: me, States: agency.LivingCases, Limit: homeLines})
	if err != nil || total == 0 {
		return nil, err
	}
	lines := bot.B("My cases (%d)", total)
	var buttons []bot.Button
	for _, c := range list {
		lines = bot.Join(lines, bot.T("\n• "), bot.B("%s", c.ID), bot.T(" %s, %s%s", c.State, c.Rule, bot.DueWords(d, c)))
		buttons = append(buttons, bot.Button{Label: "Show " + c.ID.String(), Command: "case show", Value: c.ID.String()})
	}
	return append([]bot.Part{{Text: lines}, bot.Actions(buttons...)}, homeMore(total, "case", "/case list mine")...), nil
}

// homeWeek is the week so far, in the person's zone, beside the same part of last week.
func homeWeek(t *bot.Turn) ([]bot.Part, error) {
	x, err := t.Desk.WeekSoFar(personZone(t))
	if err != nil {
		return nil, err
	}
	title := bot.Para(bot.B("This week"), bot.T(", since Monday %s", x.Monday.Short()))
	if len(x.Sales) == 0 {
		return []bot.Part{title, bot.Para(bot.T("No affiliate sales this week or by this time last week."))}, nil
	}
	var fields []bot.Pair
	for _, s := range x.Sales[:min(len(x.Sales), 3)] {
		fields = append(fields, bot.Pair{Label: "Affiliate sales in " + string(s.Now.Currency), Value: bot.T("%s (%s by this time last week)", s.Now, s.Before)})
	}
	currency := x.Sales[0].Now.Currency
	chart := bot.Chart{Title: "Affiliate sales by day", Kind: bot.Bars, Decimals: currency.Digits(), Unit: string(currency),
		Series: []bot.Series{{Name: "This week"}, {Name: "Last week"}}}
	for _, day := range x.Days {
		chart.Labels = append(chart.Labels, day.On.Short())
		chart.Series[0].Values = append(chart.Series[0].Values, day.Now.Minor)
		chart.Series[1].Values = append(chart.Series[1].Values, day.Before.Minor)
	}
	return []bot.Part{title, {Fields: fields}, {Chart: &chart}, bot.Small(bot.T("Order lines as imported, estimated and settled, without ineligible ones; days in %s", x.Zone))}, nil
}

// personZone is the zone in which a person reads calendars: their own where the platform knows it, else the agency's.
func personZone(t *bot.Turn) *time.Location {
	if zone, err := time.LoadLocation(t.Zone); err == nil && t.Zone != "" {
		return zone
	}
	return t.Desk.Zone()
}
