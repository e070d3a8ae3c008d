package handlers

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/bot"
)

func sellerCommands() []bot.Command {
	return []bot.Command{
		{Name: "seller onboard", Summary: "record a seller and start their onboarding", Usage: `["shop name" region category [contact=…] [code=…] [start=2026-11-23]]`,
			Args: []bot.Argument{
				optional(word("shop", "the shop's name")), optional(word("region", "such as US")), optional(word("category", "the main category")),
				named("contact", "name and how to reach them"), named("code", "TikTok's code of the shop"), named("start", "the first day, such as 2026-11-23"),
			},
			Examples: []string{"/seller onboard", `/seller onboard "Glow Lab" US Beauty contact="Mia, mia@glowlab.example"`},
			Right:    agency.OnboardSeller, Run: runSellerOnboard, Submit: submitSellerOnboard},
		{Name: "seller list", Summary: "list sellers, narrowed by stage, owner or days without progress", Usage: "[stage=setup] [owner=@ana] [stuck=7]",
			Args:     []bot.Argument{named("stage", "such as setup"), somebody(named("owner", "whose")), named("stuck", "days without progress, such as 7")},
			Examples: []string{"/seller list", "/seller list stuck=7", "/seller list stage=listing owner=@ana"},
			Right:    agency.SeeRecords, Reads: true, Run: runSellerList},
		{Name: "seller show", Summary: "show a seller with their checklist", Usage: "S-12",
			Args: []bot.Argument{aSeller()}, Suggest: suggest, Examples: []string{"/seller show S-12"},
			Right: agency.SeeRecords, Reads: true, Run: runSellerShow},
		{Name: "seller tick", Summary: "tick a step of a seller's checklist", Usage: "S-12 bank",
			Args: []bot.Argument{aSeller(), aStep()}, Suggest: suggest, Examples: []string{"/seller tick S-12 bank"},
			Right: agency.OnboardSeller, About: aboutStep, Run: stepRun(func(*bot.Turn, bot.Args) (agency.StepChange, error) { return agency.StepChange{Tick: true}, nil })},
		{Name: "seller reopen", Summary: "open a ticked or blocked step again", Usage: "S-12 bank",
			Args: []bot.Argument{aSeller(), aStep()}, Suggest: suggest, Examples: []string{"/seller reopen S-12 bank"},
			Right: agency.OnboardSeller, Run: stepRun(func(*bot.Turn, bot.Args) (agency.StepChange, error) { return agency.StepChange{Reopen: true}, nil })},
		{Name: "seller block", Summary: "say why a step is blocked", Usage: "S-12 bank reason",
			Args: []bot.Argument{aSeller(), aStep(), needed(rest("reason", "why it is blocked"))}, Suggest: suggest, Examples: []string{"/seller block S-12 bank waiting for the certificate"},
			Right: agency.OnboardSeller, Run: stepRun(blockChange)},
		{Name: "seller assign", Summary: "give a step to somebody", Usage: "S-12 bank @ana",
			Args: []bot.Argument{aSeller(), aStep(), somebody(word("person", "who does it"))}, Suggest: suggest, Examples: []string{"/seller assign S-12 bank @ana"},
			Right: agency.OnboardSeller, Run: stepRun(assignChange)},
		{Name: "seller due", Summary: "set the day by which a step is due", Usage: "S-12 bank 2026-12-01",
			Args: []bot.Argument{aSeller(), aStep(), word("day", "such as 2026-12-01")}, Suggest: suggest, Examples: []string{"/seller due S-12 bank 2026-12-01"},
			Right: agency.OnboardSeller, Run: stepRun(dueChange)},
		{Name: "seller step", Summary: "change a step in a form", Usage: "S-12 bank", Right: agency.OnboardSeller, Unlisted: true,
			About: aboutStep, Run: runSellerStep, Submit: submitStep},
	}
}

// runSellerOnboard opens the form; a line that names shop, region and category needs none.
func runSellerOnboard(t *bot.Turn) (bot.Reply, error) {
	a := t.Args()
	if len(a.Words) == 0 && len(a.Named) == 0 {
		return bot.Open(onboardForm(t.Desk, agency.NewSeller{})), nil
	}
	if len(a.Words) < 3 {
		return bot.Reply{}, agency.Invalid(`Give shop, region and category, as in "Glow Lab" US Beauty, or nothing for a form.`)
	}
	for name := range a.Named {
		if name != "contact" && name != "start" && name != "code" {
			return bot.Reply{}, agency.Invalid("“%s=” is not known here. Add contact=, code= or start=, or use the form for the rest.", name)
		}
	}
	if len(a.Words) > 3 {
		return bot.Reply{}, agency.Invalid(`“%s” is left over. Put a name of several words in quotes, as in "Glow Lab" US Beauty.`, a.Rest(3))
	}
	in := agency.NewSeller{Shop: a.Word(0), Region: a.Word(1), Category: a.Word(2), Contact: a.Named["contact"], ShopCode: a.Named["code"]}
	if day := a.Named["start"]; day != "" {
		var err error
		if in.StartsOn, err = agency.ParseDate(day); err != nil {
			return bot.Reply{}, err
		}
	}
	return onboard(t, in)
}

func onboardForm(d *agency.Desk, in agency.NewSeller) bot.Form {
	var regions []bot.Option
	for _, r := range d.Rules.Regions {
		regions = append(regions, bot.Option{Label: r.Name + " (" + r.Code + ")", Value: r.Code})
	}
	return bot.Form{Command: "seller onboard", Title: "Onboard a seller", Submit: "Onboard", Fields: []bot.Field{
		{Name: "shop", Label: "Shop name", Kind: bot.Line, Max: 80, Value: in.Shop},
		{Name: "region", Label: "Region", Kind: bot.Choice, Options: regions, Value: in.Region},
		{Name: "category", Label: "Main category", Kind: bot.Choice, Options: options(d.Rules.Categories), Value: in.Category},
		{Name: "contact", Label: "Contact", Kind: bot.Line, Max: 200, Optional: true, Hint: "Name and how to reach them", Value: in.Contact},
		{Name: "owner", Label: "Owner", Kind: bot.PersonPick, Optional: true, Hint: "Who looks after this seller; you, if empty"},
		{Name: "start", Label: "Start date", Kind: bot.Day, Value: string(agency.DateOf(d.Time, d.Zone()))},
		{Name: "price", Label: "Typical price", Kind: bot.Line, Optional: true, Max: 20, Hint: "In the region's currency, such as 24.90; it helps matching"},
		{Name: "format", Label: "Wished format", Kind: bot.Choice, Optional: true,
			Options: []bot.Option{{Label: "Short video", Value: "video"}, {Label: "LIVE", Value: "live"}}},
		{Name: "followers", Label: "Followers at least", Kind: bot.Line, Optional: true, Max: 9},
	}}
}

func submitSellerOnboard(t *bot.Turn) (bot.Reply, error) {
	in := agency.NewSeller{Shop: t.Value("shop"), Region: t.Value("region"), Category: t.Value("category"), Contact: t.Value("contact")}
	var err error
	if day := t.Value("start"); day != "" {
		if in.StartsOn, err = agency.ParseDate(day); err != nil {
			return bot.Reply{}, agency.Field("start", "Pick a date, such as 2026-11-23.")
		}
	}
	if in.Price, err = typicalPrice(t.Desk, in.Region, t.Value("price")); err != nil {
		return bot.Reply{}, err
	}
	in.Wishes.Format = t.Value("format")
	if n := strings.TrimSpace(t.Value("followers")); n != "" {
		if in.Wishes.MinFollowers, err = strconv.ParseInt(n, 10, 64); err != nil || in.Wishes.MinFollowers < 0 {
			return bot.Reply{}, agency.Field("followers", "Write a whole number, such as 5000.")
		}
	}
	if who, name := t.Picked("owner"); who.User != "" {
		m, err := t.Desk.Meet(who, name)
		if err != nil {
			return bot.Reply{}, err
		}
		in.Owner = m.ID
	}
	return onboard(t, in)
}

func typicalPrice(d *agency.Desk, region, text string) (money.Amount, error) {
	r, ok := d.Rules.Region(region)
	if text = strings.TrimSpace(text); text == "" || !ok {
		return money.Amount{}, nil
	}
	price, err := money.Parse(text, money.Currency(r.Currency))
	if err != nil || price.Minor <= 0 {
		return money.Amount{}, agency.Field("price", "Write a plain amount in %s, such as 24.90.", r.Currency)
	}
	return price, nil
}

func onboard(t *bot.Turn, in agency.NewSeller) (bot.Reply, error) {
	s, err := t.Desk.OnboardSeller(in)
	var known *agency.DuplicateShop
	if errors.As(err, &known) {
		return duplicateReply(t, known.Seller), nil
	}
	if err != nil {
		return bot.Reply{}, err
	}
	where, err := t.Desk.SubscriptionsTo(agency.OnboardingFeed)
	if err != nil {
		return bot.Reply{}, err
	}
	card := bot.T(" %s is recorded. Their card is in the onboarding channel.", s.Shop)
	if len(where) == 0 {
		card = bot.Join(bot.T(" %s is recorded. No channel gets onboarding cards yet: ", s.Shop), bot.C("/feed on onboarding"), bot.T(" in one changes that."))
	}
	m := bot.Message{Summary: s.ID.String() + " " + s.Shop + " is recorded.", Parts: []bot.Part{
		bot.Para(bot.B("%s", s.ID), card),
		bot.Actions(bot.Button{Label: "Show " + s.ID.String(), Command: "seller show", Value: s.ID.String()})}}
	return bot.Tell(m), nil
}

// duplicateReply offers the seller that exists instead of recording it twice.
func duplicateReply(_ *bot.Turn, s agency.Seller) bot.Reply {
	return bot.Tell(bot.Message{Summary: s.Shop + " is recorded already as " + s.ID.String() + ".", Parts: []bot.Part{
		bot.Para(bot.T("%s in %s is recorded already as ", s.Shop, s.Region), bot.B("%s", s.ID), bot.T(". Nothing was added.")),
		bot.Actions(bot.Button{Label: "Show " + s.ID.String(), Command: "seller show", Value: s.ID.String()})}})
}

func runSellerList(t *bot.Turn) (bot.Reply, error) {
	filter, said, err := sellerFilter(t)
	if err != nil {
		return bot.Reply{}, err
	}
	list, total, err := t.Desk.Sellers(filter)
	if err != nil {
		return bot.Reply{}, err
	}
	if total == 0 {
		if said != "" || filter.Offset > 0 {
			return bot.Say("No seller%s.", said), nil
		}
		return bot.Say("No seller yet. `/seller onboard` records one."), nil
	}
	table := bot.Table{Caption: agency.Count(int64(total), "seller") + said,
		Columns: []bot.Column{{Name: "No."}, {Name: "Shop"}, {Name: "Region"}, {Name: "Stage"}, {Name: "Owner"}, {Name: "No progress for", Align: bot.Right}}}
	for _, s := range list {
		owner, err := plainName(t.Desk, s.Owner)
		if err != nil {
			return bot.Reply{}, err
		}
		still := "—"
		if s.Stage != agency.Live {
			still = agency.Span(t.Desk.Time.Sub(s.MovedAt))
		}
		table.Rows = append(table.Rows, []string{s.ID.String(), s.Shop, s.Region, string(s.Stage), owner, still})
	}
	m := bot.Message{Summary: table.Caption, Parts: []bot.Part{{Table: &table}}}
	if more := pageButtons(t, filter.Offset, total); more != nil {
		m.Parts = append(m.Parts, *more)
	}
	reply := bot.Tell(m)
	reply.Replace = t.Kind == bot.Pressed
	return reply, nil
}

// pageButtons leads to the next and the previous page of the list that the turn's words describe.
func pageButtons(t *bot.Turn, offset, total int) *bot.Part {
	words := slices.DeleteFunc(bot.Words(t.Text), func(w string) bool { return strings.HasPrefix(w, "from=") })
	at := func(n int) string { return strings.Join(append(slices.Clone(words), "from="+strconv.Itoa(n)), " ") }
	var row []bot.Button
	if offset > 0 {
		row = append(row, bot.Button{Label: "Back", Command: t.Command, Value: at(max(0, offset-pageSize))})
	}
	if offset+pageSize < total {
		row = append(row, bot.Button{Label: "More", Command: t.Command, Value: at(offset + pageSize)})
	}
	if row == nil {
		return nil
	}
	p := bot.Actions(row...)
	return &p
}

// sellerFilter reads stage=, owner=, stuck= and from=, and says in words what it narrows to.
func sellerFilter(t *bot.Turn) (f agency.SellerFilter, said string, err error) {
	f.Limit = pageSize
	a := t.Args()
	if len(a.Words) > 0 {
		return f, "", agency.Invalid("“%s” is not a filter. Write stage=setup, owner=@ana or stuck=7.", a.Word(0))
	}
	for _, name := range slices.Sorted(maps.Keys(a.Named)) {
		value := a.Named[name]
		switch name {
		case "stage":
			f.Stage = agency.Stage(strings.ToLower(value))
			if stages := append(t.Desk.Rules.Stages(), string(agency.Live)); !slices.Contains(stages, string(f.Stage)) {
				return f, "", agency.Invalid("“%s” is not a stage. The stages are %s.", value, strings.Join(stages, ", "))
			}
			said += " at stage " + string(f.Stage)
		case "owner":
			who, _, err := t.Person(value)
			if err != nil {
				return f, "", err
			}
			m, err := t.Desk.Known(who)
			if err != nil {
				return f, "", err
			}
			f.Owner = m.ID
			said += " of " + m.Name
		case "stuck":
			days, err := strconv.Atoi(value)
			if err != nil || days < 1 || days > 3650 {
				return f, "", agency.Invalid("“%s” is not a number of days. Write stuck=7.", value)
			}
			f.MovedBefore = t.Desk.Time.Add(-time.Duration(days) * 24 * time.Hour)
			said += " without progress for " + value + " days"
		case "from":
			if f.Offset, err = strconv.Atoi(value); err != nil || f.Offset < 0 {
				return f, "", agency.Invalid("“%s” is not a place in the list.", value)
			}
		default:
			return f, "", agency.Invalid("“%s” is not a filter. Write stage=setup, owner=@ana or stuck=7.", name)
		}
	}
	return f, said, nil
}

func runSellerShow(t *bot.Turn) (bot.Reply, error) {
	id, err := agency.ParseSellerID(t.Args().Word(0))
	if err != nil {
		return bot.Reply{}, err
	}
	m, err := sellerMessage(t.Desk, id)
	return bot.Tell(m), err
}

// stepRun runs a change of one step: "S-12 bank …".
func stepRun(change func(*bot.Turn, bot.Args) (agency.StepChange, error)) func(*bot.Turn) (bot.Reply, error) {
	return func(t *bot.Turn) (bot.Reply, error) {
		a := t.Args()
		id, err := agency.ParseSellerID(a.Word(0))
		if err != nil {
			return bot.Reply{}, err
		}
		if a.Word(1) == "" {
			return bot.Reply{}, agency.Invalid("Say which step, as in `/%s %s bank`.", t.Command, id)
		}
		c, err := change(t, a)
		if err != nil {
			return bot.Reply{}, err
		}
		return changeStep(t, id, a.Word(1), c)
	}
}

func changeStep(t *bot.Turn, id agency.SellerID, code string, c agency.StepChange) (bot.Reply, error) {
	s, step, err := t.Desk.ChangeStep(id, strings.ToLower(code), c)
	if err != nil {
		return bot.Reply{}, err
	}
	if t.Kind == bot.Pressed && !t.Private {
		return bot.Reply{}, nil // the card that was pressed shows it
	}
	said := "is " + string(step.State)
	switch {
	case c.Assign != 0:
		name, err := plainName(t.Desk, step.Assignee)
		if err != nil {
			return bot.Reply{}, err
		}
		said = "is now with " + name
	case c.Due != "":
		said = "is due on " + string(step.Due)
	}
	return bot.Say("%s of %s %s %s; the seller is at stage %s.", step.Title, s.ID, s.Shop, said, s.Stage), nil
}

func blockChange(t *bot.Turn, _ bot.Args) (agency.StepChange, error) {
	reason := t.Behind(2)
	if reason == "" {
		return agency.StepChange{}, agency.Invalid("Say why it is blocked, so that somebody can help.")
	}
	return agency.StepChange{Block: reason}, nil
}

func assignChange(t *bot.Turn, a bot.Args) (agency.StepChange, error) {
	who, name, err := t.Person(a.Word(2))
	if err != nil {
		return agency.StepChange{}, err
	}
	m, err := t.Desk.Meet(who, name)
	return agency.StepChange{Assign: m.ID}, err
}

func dueChange(_ *bot.Turn, a bot.Args) (agency.StepChange, error) {
	day, err := agency.ParseDate(a.Word(2))
	return agency.StepChange{Due: day}, err
}
