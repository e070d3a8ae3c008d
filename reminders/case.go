package reminders

import (
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

// caseDeadlines reminds of the deadlines of cases that nobody has acknowledged.
func caseDeadlines() Reminder {
	return Reminder{Name: "case deadlines", Fire: (*agency.Desk).RemindCases, Missed: SayNewest, Views: map[string]bot.View{agency.CaseReminder: caseReminder}}
}

// caseReminder draws a reminder from the newest state: in the thread of the card it names the owner; to the owner in
// person, who sees no card there, it brings the buttons.
func caseReminder(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
	ref, _, _ := strings.Cut(o.Ref, " ")
	id, err := agency.ParseCaseID(ref)
	if err != nil {
		return bot.Message{}, err
	}
	c, err := d.Case(id)
	if err != nil {
		return bot.Message{}, err
	}
	seller, creator, err := d.CaseParties(c)
	if err != nil {
		return bot.Message{}, err
	}
	what := bot.Join(bot.T("⏰ "), bot.B("%s %s", c.ID, c.Rule))
	if about := strings.TrimSpace(seller + " " + creator); about != "" {
		what = bot.Join(what, bot.T(", %s,", about))
	}
	if c.State != agency.CaseOpen { // it changed while the reminder was on its way
		return bot.Message{Summary: c.ID.String() + " is " + string(c.State) + ".", Parts: []bot.Part{
			bot.Para(what, bot.T(" is %s by now. Nothing to do.", c.State))}}, nil
	}
	when := caseWhen(d, c)
	m := bot.Message{Summary: bot.Join(what, when).String() + ". Nobody has acknowledged it."}
	if o.Thread == "" {
		value := bot.Seen(c.ID.String()+" answer", strconv.FormatInt(c.Version, 10)) // there is no card to redraw: the press is answered in words
		m.Parts = []bot.Part{bot.Para(what, when, bot.T(". It is yours and not acknowledged. Acknowledge it to stop the reminders, or give it to somebody else.")),
			bot.Actions(bot.Button{Label: "Acknowledge", Style: bot.Primary, Command: "case acknowledge", Value: value},
				bot.Button{Label: "Assign", Command: "case assign", Value: value}, bot.Button{Label: "Show " + c.ID.String(), Command: "case show", Value: c.ID.String()})}
		return m, nil
	}
	ask := bot.T(". Nobody owns it: whoever takes it presses Acknowledge on the card.")
	if c.Owner != 0 {
		owner, err := bot.MemberName(d, c.Owner)
		if err != nil {
			return bot.Message{}, err
		}
		ask = bot.Join(bot.T(". "), owner, bot.T(", acknowledge it on the card or give it to somebody else."))
	}
	m.Parts = []bot.Part{bot.Para(what, when, ask)}
	return m, nil
}

// caseWhen says when a case is or was due, and whether that is the notice's own deadline.
func caseWhen(d *agency.Desk, c agency.Case) bot.Text {
	left := c.Deadline.Sub(d.Time)
	when := bot.Join(bot.T(" is due "), bot.When(c.Deadline), bot.T(", "), bot.B("in %s", agency.Span(left)))
	switch {
	case left < 0:
		when = bot.Join(bot.T(" was due "), bot.When(c.Deadline), bot.T(" and is "), bot.B("overdue by %s", agency.Span(left)))
	case left == 0:
		when = bot.Join(bot.T(" is due "), bot.B("now"))
	}
	switch {
	case c.Guessed && c.Kind == agency.Violation:
		when = bot.Join(when, bot.T(" (usual window, check the notice)"))
	case c.Guessed:
		when = bot.Join(when, bot.T(" (usual window)"))
	}
	return when
}
