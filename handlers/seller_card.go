package handlers

import (
	"fmt"
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

func sellerViews() map[string]bot.View {
	return map[string]bot.View{agency.SellerCard: func(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
		id, err := agency.ParseSellerID(o.Ref)
		if err != nil {
			return bot.Message{}, err
		}
		return sellerMessage(d, id)
	}}
}

// sellerMessage draws a seller with the checklist: what is done, what is next, what is stuck and why.
func sellerMessage(d *agency.Desk, id agency.SellerID) (bot.Message, error) {
	s, steps, err := d.Seller(id)
	if err != nil {
		return bot.Message{}, err
	}
	owner, err := bot.MemberName(d, s.Owner)
	if err != nil {
		return bot.Message{}, err
	}
	done := 0
	for _, step := range steps {
		if step.State == agency.StepDone {
			done++
		}
	}
	contact := s.Contact
	if contact == "" {
		contact = "not given"
	}
	m := bot.Message{Summary: fmt.Sprintf("%s %s: %s, %d of %d steps done", s.ID, s.Shop, s.Stage, done, len(steps)), Parts: []bot.Part{
		bot.Heading("%s · %s", s.ID, s.Shop),
		{Fields: []bot.Pair{
			{Label: "Stage", Value: bot.T("%s (%d of %d steps)", s.Stage, done, len(steps))},
			{Label: "Owner", Value: owner},
			{Label: "Shop", Value: bot.T("%s, %s", s.Region, s.Category)},
			{Label: "Contact", Value: bot.T("%s", contact)},
		}},
	}}
	list, next, err := checklist(d, steps)
	if err != nil {
		return bot.Message{}, err
	}
	m.Parts = append(m.Parts, bot.Para(list))
	if s.Stage == agency.Live {
		m.Parts = append(m.Parts, bot.Small(bot.T("Live since "), bot.When(s.MovedAt)))
		return m, nil
	}
	m.Parts = append(m.Parts, stepActions(s.ID, next), stepSelect(s.ID, steps),
		bot.Small(bot.T("Started on %s · last progress ", s.StartsOn), bot.When(s.MovedAt)))
	return m, nil
}

var stepMark = map[agency.StepState]string{agency.StepDone: "✅ ", agency.StepOpen: "⬜ ", agency.StepBlocked: "⛔ "}

// checklist draws the steps, and gives the first that is not done.
func checklist(d *agency.Desk, steps []agency.Step) (list bot.Text, next agency.Step, err error) {
	today := agency.DateOf(d.Time, d.Zone())
	for i, step := range steps {
		if i > 0 {
			list = append(list, bot.T("\n")...)
		}
		list = append(list, bot.T("%s", stepMark[step.State])...)
		if step.State == agency.StepDone {
			list = append(list, bot.T("%s", step.Title)...)
			continue
		}
		if next.Code == "" {
			next = step
		}
		list = append(list, bot.B("%s", step.Title)...)
		if step.Due != "" {
			late := ""
			if step.Due < today {
				late = ", late"
			}
			list = append(list, bot.T(" · due %s%s", step.Due, late)...)
		}
		if step.Assignee != 0 {
			name, err := bot.MemberName(d, step.Assignee)
			if err != nil {
				return nil, next, err
			}
			list = append(list, bot.Join(bot.T(" · "), name)...)
		}
		if step.State == agency.StepBlocked {
			list = append(list, bot.Join(bot.T(" · blocked: "), bot.I("%s", step.Reason))...)
		}
	}
	return list, next, nil
}

// stepActions are the buttons for the step that comes next.
func stepActions(id agency.SellerID, next agency.Step) bot.Part {
	value := stepValue(id, next)
	return bot.Actions(
		bot.Button{Label: "Tick “" + next.Title + "”", Style: bot.Primary, Command: "seller tick", Value: value},
		bot.Button{Label: "Block, assign or date", Command: "seller step", Value: value})
}

// stepValue names a step and the version that was seen of it: a change of one step leaves the buttons of the others good.
func stepValue(id agency.SellerID, s agency.Step) string {
	return bot.Seen(id.String()+" "+s.Code, strconv.FormatInt(s.Version, 10))
}

// aboutStep is what the buttons of a checklist are about.
func aboutStep(t *bot.Turn) (bot.Object, error) {
	a := t.Args()
	id, err := agency.ParseSellerID(a.Word(0))
	if err != nil {
		return bot.Object{}, err
	}
	about := bot.Object{Name: id.String(), Version: t.Seen, Card: agency.SellerCard, Ref: id.String(),
		Moves: func(l agency.AuditLine) bool { return strings.HasPrefix(l.Detail, a.Word(1)+": ") }}
	version, ok, err := t.Desk.StepVersion(id, a.Word(1))
	if ok {
		about.Version = strconv.FormatInt(version, 10)
	}
	return about, err // of a step that is not there the command itself speaks
}

// stepSelect leads to any step.
func stepSelect(id agency.SellerID, steps []agency.Step) bot.Part {
	pick := bot.Select{Label: "Another step", Command: "seller step"}
	for _, s := range steps {
		pick.Options = append(pick.Options, bot.Option{Label: s.Title, Value: stepValue(id, s)})
	}
	return bot.Part{Select: &pick}
}
