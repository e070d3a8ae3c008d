package handlers

import (
	"fmt"
	"strings"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/bot"
)

func contactCommands() []bot.Command {
	return []bot.Command{
		{Name: "seller contact", Summary: "let somebody of a shop see it, and nothing else; or end it", Usage: "S-12 [@person|remove @person|button]", Args: []bot.Argument{word("seller", "which seller, such as S-12"), optional(oneOf("do", "remove ends it; button posts one here, for people of another company", "remove", "button")), optional(somebody(word("person", "who may see the shop")))},
			Examples: []string{"/seller contact S-12 @lena", "/seller contact S-12 remove @lena", "/seller contact S-12 button"}, Right: agency.OnboardSeller, Run: runSellerContact},
		{Name: "shop", Summary: "show your own shop: its onboarding, this week, open cases", Examples: []string{"/shop"},
			Right: agency.SeeOwnShop, Reads: true, Run: runShop},
	}
}

func runSellerContact(t *bot.Turn) (bot.Reply, error) {
	a := t.Args()
	if strings.EqualFold(a.Word(0), "remove") {
		return removeContact(t, 0, a.Word(1))
	}
	id, err := agency.ParseSellerID(a.Word(0))
	if err != nil {
		return bot.Reply{}, err
	}
	if strings.EqualFold(a.Word(1), "remove") {
		return removeContact(t, id, a.Word(2))
	}
	switch strings.ToLower(a.Word(1)) {
	case "":
		return listContacts(t, id)
	case "button":
		return shopButton(t, id)
	}
	who, name, err := t.Person(a.Word(1))
	if err != nil {
		return bot.Reply{}, err
	}
	s, m, err := t.Desk.AddContact(id, who, name)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("%s sees %s %s with `/shop`, and nothing else.", m.Name, s.ID, s.Shop), nil
}

// removeContact ends somebody's being a contact: of the seller that was named, if one was.
func removeContact(t *bot.Turn, of agency.SellerID, word string) (bot.Reply, error) {
	who, _, err := t.Person(word)
	if err != nil {
		return bot.Reply{}, err
	}
	id, m, err := t.Desk.RemoveContact(who)
	if err != nil {
		return bot.Reply{}, err
	}
	if of != 0 && of != id {
		return bot.Reply{}, agency.Conflict("%s is a contact of %s, not of %s.", m.Name, id, of)
	}
	return bot.Say("%s no longer sees %s.", m.Name, id), nil
}

// shopButton posts what people of another company press in a channel that is shared with them: they have no commands there.
func shopButton(t *bot.Turn, id agency.SellerID) (bot.Reply, error) {
	list, err := t.Desk.Contacts(id)
	if err != nil {
		return bot.Reply{}, err
	}
	if len(list) == 0 {
		return bot.Reply{}, agency.Conflict("Nobody of %s sees it here. `/seller contact %s @person` lets somebody.", id, id)
	}
	return bot.TellAll(bot.Message{Summary: "Your shop, shown to you alone", Parts: []bot.Part{
		bot.Para(bot.T("How your shop is doing: what is still to do, this week, open cases. You alone see it.")),
		bot.Actions(bot.Button{Label: "My shop", Style: bot.Primary, Command: "shop"})}}), nil
}

func listContacts(t *bot.Turn, id agency.SellerID) (bot.Reply, error) {
	list, err := t.Desk.Contacts(id)
	if err != nil {
		return bot.Reply{}, err
	}
	if len(list) == 0 {
		return bot.Say("Nobody of %s sees it here. `/seller contact %s @person` lets somebody.", id, id), nil
	}
	var names []string
	for _, m := range list {
		name, err := plainName(t.Desk, m)
		if err != nil {
			return bot.Reply{}, err
		}
		names = append(names, name)
	}
	return bot.Say("Who sees %s with `/shop`: %s.", id, strings.Join(names, ", ")), nil
}

// runShop shows a seller's people their own shop. The agency's notes, its contact lines and its reasons are not in it.
func runShop(t *bot.Turn) (bot.Reply, error) {
	s, err := t.Desk.MyShop()
	if err != nil {
		return bot.Reply{}, err
	}
	done := 0
	var open bot.Text
	for _, step := range s.Steps {
		if step.State == agency.StepDone {
			done++
			continue
		}
		open = bot.Join(open, bot.T("\n• %s, due on %s", step.Title, step.Due.Short()))
		if step.Due < agency.DateOf(t.Desk.Time, t.Desk.Zone()) {
			open = bot.Join(open, bot.T(", late"))
		}
	}
	title := s.Seller.ID.String() + " · " + s.Seller.Shop
	m := bot.Message{Summary: fmt.Sprintf("%s: %s, %d of %d steps done", title, s.Seller.Stage, done, len(s.Steps)), Parts: []bot.Part{
		bot.Heading("%s", title), {Fields: []bot.Pair{
			{Label: "Onboarding", Value: bot.T("%s, %d of %d steps done", s.Seller.Stage, done, len(s.Steps))},
			{Label: "Creators at work", Value: bot.T("%d", s.Works)},
		}}}}
	if open != nil {
		m.Parts = append(m.Parts, bot.Para(bot.B("Still to do"), open))
	}
	m.Parts = append(m.Parts, shopWeek(t.Desk, s)...)
	cases := bot.B("Open cases")
	if len(s.Cases) == 0 {
		cases = bot.Join(cases, bot.T("\nNone."))
	}
	for _, c := range s.Cases {
		cases = bot.Join(cases, bot.T("\n• %s %s", c.ID, c.Rule))
		if c.Deadline != 0 {
			cases = bot.Join(cases, bot.T(", deadline "), caseDeadline(t.Desk, c))
		}
	}
	m.Parts = append(m.Parts, bot.Para(cases))
	return bot.Tell(m), nil
}

func shopWeek(d *agency.Desk, s agency.OwnShop) []bot.Part {
	week := bot.B("This week")
	for _, sum := range s.Sold {
		week = bot.Join(week, bot.T("\n• through creators: %s in %s", money.Of(sum.Sales, sum.Currency), agency.Count(sum.Lines, "order line")))
	}
	if !s.Shop.IsZero() {
		week = bot.Join(week, bot.T("\n• the shop as a whole: %s in %s", s.Shop, agency.Count(s.Orders, "order")))
	}
	if len(s.Sold) == 0 && s.Shop.IsZero() {
		week = bot.Join(week, bot.T("\nNothing yet."))
	}
	return []bot.Part{bot.Para(week), bot.Small(bot.T("From %s, days in %s; estimated and settled, as imported", s.Week, d.Zone()))}
}
