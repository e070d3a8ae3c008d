package handlers

import (
	"fmt"

	"liaison/agency"
	"liaison/bot"
)

// homeLines is how many things each section of the home page shows.
const homeLines = 5

// Home is a person's home page: what waits for them, their sellers, their cases, this week.
func Home(t *bot.Turn) (bot.Reply, error) {
	m := bot.Message{Summary: "Your desk", Parts: []bot.Part{bot.Heading("Your desk")}}
	if !t.Desk.Actor.May(agency.SeeRecords) {
		m.Parts = append(m.Parts, bot.Para(bot.T("The desk does not know you yet. Ask an admin for a role: "), bot.C("/team grant @you role"), bot.T(".")))
		return bot.Reply{Home: &m}, nil
	}
	for _, section := range []func(*agency.Desk) ([]bot.Part, error){homeWaiting, homeSellers, homeCases, homeWeek} {
		parts, err := section(t.Desk)
		if err != nil {
			return bot.Reply{}, err
		}
		m.Parts = append(m.Parts, parts...)
	}
	m.Parts = append(m.Parts, bot.Small(bot.T("As of "), bot.When(t.Desk.Time), bot.T(" · "), bot.C("/help"), bot.T(" shows what you can do")))
	return bot.Reply{Home: &m}, nil
}

// homeWaiting is what waits for this person: only what they may decide.
func homeWaiting(d *agency.Desk) ([]bot.Part, error) {
	w, err := d.WaitingForMe()
	if err != nil {
		return nil, err
	}
	if w.Count() == 0 {
		return []bot.Part{bot.Para(bot.B("Waits for you"), bot.T("\nNothing. "))}, nil
	}
	parts := []bot.Part{bot.Para(bot.B("Waits for you"))}
	for i, r := range w.Runs {
		if i == homeLines {
			break
		}
		parts = append(parts, bot.Para(bot.B("%s", r.ID), bot.T(" · %s to %d creators · %d of %d approvals", r.Total, r.Payees, r.Approvals, r.Needs)),
			bot.Actions(bot.Button{Label: "Review " + r.ID.String(), Style: bot.Primary, Command: "payout show", Value: r.ID.String()}))
	}
	for i, c := range w.Cases {
		if i == homeLines {
			break
		}
		parts = append(parts, bot.Para(bot.B("%s", c.ID), bot.T(" · %s · %s%s", c.Severity, c.Rule, dueWords(d, c))),
			bot.Actions(bot.Button{Label: "Show " + c.ID.String(), Command: "case show", Value: c.ID.String()},
				bot.Button{Label: "Acknowledge", Command: "case acknowledge", Value: c.ID.String() + " answer"}))
	}
	if n := len(w.Matches); n > 0 {
		parts = append(parts, bot.Para(bot.T("%d proposed matches, the oldest %s old", n, agency.Span(d.Time.Sub(w.Matches[0].ProposedAt)))),
			bot.Actions(bot.Button{Label: "Show matches", Command: "match list"}))
	}
	for _, s := range w.Blocked {
		parts = append(parts, bot.Para(bot.B("%s", s.Seller), bot.T(" · %s is blocked: ", s.Title), bot.I("%s", s.Reason)))
	}
	return append(parts, bot.Part{Divider: true}), nil
}

func dueWords(d *agency.Desk, c agency.Case) string {
	switch {
	case c.Deadline == 0:
		return ""
	case c.Deadline < d.Time:
		return " · overdue by " + agency.Span(d.Time.Sub(c.Deadline))
	}
	return " · due in " + agency.Span(c.Deadline.Sub(d.Time))
}

// homeSellers lists the person's own sellers that are on their way.
func homeSellers(d *agency.Desk) ([]bot.Part, error) {
	me := d.Actor.Member.ID
	if me == 0 {
		return nil, nil
	}
	list, total, err := d.Sellers(agency.SellerFilter{Owner: me, Onboarding: true, Limit: homeLines})
	if err != nil || total == 0 {
		return nil, err
	}
	t := bot.Table{Caption: fmt.Sprintf("My sellers on their way (%d)", total), Columns: []bot.Column{{Name: "Seller"}, {Name: "Stage"}, {Name: "No progress for", Align: bot.Right}}}
	for _, s := range list {
		t.Rows = append(t.Rows, []string{s.ID.String() + " " + s.Shop, string(s.Stage), agency.Span(d.Time.Sub(s.MovedAt))})
	}
	return []bot.Part{{Table: &t}}, nil
}

// homeCases lists the cases that the person owns.
func homeCases(d *agency.Desk) ([]bot.Part, error) {
	me := d.Actor.Member.ID
	if me == 0 {
		return nil, nil
	}
	list, total, err := d.Cases(agency.CaseFilter{Owner: me, States: agency.LivingCases, Limit: homeLines})
	if err != nil || total == 0 {
		return nil, err
	}
	lines := bot.B("My cases (%d)", total)
	for _, c := range list {
		lines = bot.Join(lines, bot.T("\n• "), bot.B("%s", c.ID), bot.T(" %s, %s%s", c.State, c.Rule, dueWords(d, c)))
	}
	return []bot.Part{{Text: lines}}, nil
}

// homeWeek is the week so far in the agency's zone beside the whole week before.
func homeWeek(d *agency.Desk) ([]bot.Part, error) {
	x, err := d.Digest(agency.DateOf(d.Time, d.Zone()).AddDays(1), d.Zone())
	if err != nil {
		return nil, err
	}
	var fields []bot.Pair
	for i, s := range x.Sales {
		if i < 3 {
			fields = append(fields, bot.Pair{Label: "Affiliate sales in " + string(s.Now.Currency), Value: bot.T("%s (%s in the 7 days before)", s.Now, s.Before)})
		}
	}
	fields = append(fields, bot.Pair{Label: "Sellers", Value: bot.T("%d new, %d went live", x.NewSellers, x.WentLive)},
		bot.Pair{Label: "At risk", Value: bot.T("%d cases due within a week, %d sellers stuck", len(x.Risks.Cases), len(x.Risks.Stuck))})
	return []bot.Part{bot.Para(bot.B("The last 7 days")), {Fields: fields}, bot.Small(bot.T("Estimated and settled order lines, days in %s, today included", d.Zone()))}, nil
}
