package handlers

import (
	"slices"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

// runSellerStep opens the form of one step: "S-12 bank".
func runSellerStep(t *bot.Turn) (bot.Reply, error) {
	a := t.Args()
	id, err := agency.ParseSellerID(a.Word(0))
	if err != nil {
		return bot.Reply{}, err
	}
	s, steps, err := t.Desk.Seller(id)
	if err != nil {
		return bot.Reply{}, err
	}
	i := slices.IndexFunc(steps, func(s agency.Step) bool { return s.Code == a.Word(1) })
	if i < 0 {
		return bot.Reply{}, agency.NotFound("%s has no such step.", id)
	}
	step := steps[i]
	title := bot.Join(bot.B("%s", step.Title), bot.T(" of %s %s", s.ID, s.Shop))
	if step.Assignee != 0 {
		does, err := bot.MemberName(t.Desk, step.Assignee)
		if err != nil {
			return bot.Reply{}, err
		}
		title = bot.Join(title, bot.T(" · done by "), does)
	}
	states := []bot.Option{{Label: "Open", Value: "open"}, {Label: "Done", Value: "done"}, {Label: "Blocked", Value: "blocked"}}
	return bot.Open(bot.Form{Command: "seller step", Title: "Onboarding step", State: id.String() + " " + step.Code,
		Intro: []bot.Part{bot.Para(title), bot.Small(bot.T("%s", stepHint(t.Desk, step)))},
		Fields: []bot.Field{
			{Name: "state", Label: "It is", Kind: bot.Choice, Options: states, Value: string(step.State)},
			{Name: "reason", Label: "Why it is blocked", Kind: bot.Paragraph, Optional: true, Max: 300, Value: step.Reason},
			{Name: "assignee", Label: "Who does it", Kind: bot.PersonPick, Optional: true},
			{Name: "due", Label: "Due", Kind: bot.Day, Optional: true, Value: string(step.Due)},
		}}), nil
}

func stepHint(d *agency.Desk, step agency.Step) string {
	if rule, ok := d.Rules.Step(step.Code); ok {
		return rule.Hint
	}
	return ""
}

// submitStep makes of the form the changes that were made in it, in one unit of work.
func submitStep(t *bot.Turn) (bot.Reply, error) {
	a := t.Args()
	id, err := agency.ParseSellerID(a.Word(0))
	if err != nil {
		return bot.Reply{}, err
	}
	_, steps, err := t.Desk.Seller(id)
	if err != nil {
		return bot.Reply{}, err
	}
	i := slices.IndexFunc(steps, func(s agency.Step) bool { return s.Code == a.Word(1) })
	if i < 0 {
		return bot.Reply{}, agency.NotFound("%s has no such step.", id)
	}
	changes, err := stepChanges(t, steps[i])
	if err != nil {
		return bot.Reply{}, err
	}
	for _, c := range changes {
		if _, _, err := t.Desk.ChangeStep(id, steps[i].Code, c); err != nil {
			return bot.Reply{}, err
		}
	}
	return bot.Reply{}, nil
}

func stepChanges(t *bot.Turn, was agency.Step) (list []agency.StepChange, err error) {
	state, reason := agency.StepState(t.Value("state")), strings.TrimSpace(t.Value("reason"))
	switch {
	case state == agency.StepBlocked && reason == "":
		return nil, agency.Field("reason", "Say why it is blocked, so that somebody can help.")
	case state == agency.StepBlocked && (was.State != state || was.Reason != reason):
		list = append(list, agency.StepChange{Block: reason})
	case state == agency.StepDone && was.State != state:
		list = append(list, agency.StepChange{Tick: true})
	case state == agency.StepOpen && was.State != state:
		list = append(list, agency.StepChange{Reopen: true})
	}
	if who, name := t.Picked("assignee"); who.User != "" {
		m, err := t.Desk.Meet(who, name)
		if err != nil {
			return nil, err
		}
		if m.ID != was.Assignee {
			list = append(list, agency.StepChange{Assign: m.ID})
		}
	}
	if due := t.Value("due"); due != "" && agency.Date(due) != was.Due {
		day, err := agency.ParseDate(due)
		if err != nil {
			return nil, agency.Field("due", "Pick a date, such as 2026-12-01.")
		}
		list = append(list, agency.StepChange{Due: day})
	}
	return list, nil
}
