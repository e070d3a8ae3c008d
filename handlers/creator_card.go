package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/bot"
)

func creatorViews() map[string]bot.View {
	return map[string]bot.View{
		agency.ApplicationCard: func(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
			id, err := agency.ParseApplicationID(o.Ref)
			if err != nil {
				return bot.Message{}, err
			}
			return applicationMessage(d, id)
		},
		agency.ApplicationNote: applicationNote,
		agency.CreatorReleased: releasedNote,
	}
}

// applicationMessage draws an application for staff: the evidence beside the buttons, or who decided what.
func applicationMessage(d *agency.Desk, id agency.ApplicationID) (bot.Message, error) {
	s, err := d.Application(id)
	if err != nil {
		return bot.Message{}, err
	}
	who, err := bot.MemberName(d, s.Member)
	if err != nil {
		return bot.Message{}, err
	}
	title := fmt.Sprintf("%s · @%s applies", s.ID, s.Handle)
	standing, err := applicationStanding(d, s.Application)
	if err != nil {
		return bot.Message{}, err
	}
	m := bot.Message{Summary: title + ": " + applicationWord(s.Application), Parts: []bot.Part{bot.Heading("%s", title), {Fields: []bot.Pair{
		{Label: "State", Value: standing},
		{Label: "Applicant", Value: who},
		{Label: "Niches", Value: bot.T("%s", spaced(s.Categories))},
		{Label: "Region and language", Value: bot.T("%s, %s", s.Region, s.Language)},
		{Label: "Followers", Value: bot.T("%s, as they say", money.Grouped(s.Followers))},
		{Label: "Makes", Value: bot.T("%s", spaced(s.Formats))},
		{Label: "Handle", Value: handleProof(s)},
		{Label: "On file", Value: onFile(s.OnFile)},
	}}}}
	samples := bot.B("What they made")
	for _, link := range strings.Fields(s.Samples) {
		samples = bot.Join(samples, bot.T("\n"), bot.Text{{Style: bot.Link, Text: link, Ref: link}})
	}
	m.Parts = append(m.Parts, bot.Para(samples))
	if s.Question != "" {
		asked := bot.Join(bot.B("Asked: "), bot.T("%s", s.Question))
		if s.Answer != "" {
			asked = bot.Join(asked, bot.T("\n"), bot.B("Answered: "), bot.T("%s", s.Answer))
		}
		m.Parts = append(m.Parts, bot.Para(asked))
	}
	if s.Living() {
		m.Parts = append(m.Parts, applicationActions(s.Application))
	}
	m.Parts = append(m.Parts, bot.Small(bot.T("Applied "), bot.When(s.AppliedAt), bot.T(" · agreed to the agency's rules")))
	return m, nil
}

func applicationActions(a agency.Application) bot.Part {
	value := bot.Seen(a.ID.String(), strconv.FormatInt(a.Version, 10))
	row := []bot.Button{{Label: "Approve", Style: bot.Primary, Command: "creator approve", Value: value}}
	if a.Proof == agency.NoProof {
		row = append(row, bot.Button{Label: "Handle confirmed", Command: "creator confirm", Value: value, Confirm: &bot.Confirm{Title: "Handle confirmed?",
			Text: "You have looked: " + a.Code + " stands in the TikTok bio of @" + a.Handle + ".", Yes: "It does", No: "Not yet"}})
	}
	return bot.Actions(append(row, bot.Button{Label: "Ask for more", Command: "creator ask", Value: value},
		bot.Button{Label: "Decline", Style: bot.Danger, Command: "creator decline", Value: value})...)
}

// aboutApplication is what the buttons of an application's card are about.
func aboutApplication(t *bot.Turn) (bot.Object, error) {
	id, err := applicationID(t)
	if err != nil {
		return bot.Object{}, err
	}
	a, err := t.Desk.Application(id)
	return bot.Object{Name: id.String(), Version: strconv.FormatInt(a.Version, 10), Card: agency.ApplicationCard, Ref: id.String()}, err
}

// aboutMyApplication is an application as its applicant may know it: how it stands, and not who did what.
func aboutMyApplication(t *bot.Turn) (bot.Object, error) {
	id, err := applicationID(t)
	if err != nil {
		return bot.Object{}, err
	}
	a, err := t.Desk.MyApplication(id)
	sum := sha256.Sum256([]byte(a.Question)) // what else staff do with it is not the applicant's affair
	stands := "It is " + applicationWord(a) + "."
	switch a.State {
	case agency.ApplicationAsked:
		stands = "The agency asks something else now."
	case agency.ApplicationOpen:
		stands = "It is with the agency again."
	case agency.ApplicationApproved, agency.ApplicationDeclined:
	}
	return bot.Object{Name: id.String(), Version: string(a.State) + "-" + hex.EncodeToString(sum[:6]), Stands: stands}, err
}

// applicationWord is where an application stands, in a list.
func applicationWord(a agency.Application) string {
	switch a.State {
	case agency.ApplicationOpen:
		return "waits for a decision"
	case agency.ApplicationAsked:
		return "waits for the applicant"
	case agency.ApplicationApproved, agency.ApplicationDeclined:
	}
	return string(a.State)
}

func applicationStanding(d *agency.Desk, a agency.Application) (bot.Text, error) {
	if a.Living() {
		return bot.T("%s", applicationWord(a)), nil
	}
	by, err := memberOrDesk(d, a.DecidedBy)
	if err != nil {
		return nil, err
	}
	line := bot.Join(bot.T("%s by ", a.State), by, bot.T(", "), bot.When(a.DecidedAt))
	if a.Reason != "" {
		line = bot.Join(line, bot.T(": "), bot.I("%s", a.Reason))
	}
	return line, nil
}

// proofWords says how it is known that a handle is a person's.
var proofWords = map[agency.Proof]string{agency.BioProof: "confirmed by the code in its bio", agency.ManagerProof: "confirmed by a manager, without the code"}

func handleProof(s agency.ApplicationSheet) bot.Text {
	if s.Proof != agency.NoProof {
		return bot.T("%s", proofWords[s.Proof])
	}
	return bot.Join(bot.T("not confirmed; the code "), bot.C("%s", s.Code), bot.T(" should stand in its bio"))
}

// onFile is what the records say of a handle.
func onFile(c agency.Creator) bot.Text {
	if c.ID == 0 {
		return bot.T("nothing; approving records a new creator")
	}
	line := fmt.Sprintf("%s, %s", c.ID, c.State)
	if c.Followers > 0 {
		line += ", " + agency.Count(c.Followers, "follower")
	}
	if c.Health > 0 {
		line += fmt.Sprintf(", health %d", c.Health)
	}
	text := bot.T("%s", line)
	if c.FiguresAt != 0 {
		text = bot.Join(text, bot.T(", affiliate GMV %s in the 30 days up to ", c.Sales), bot.When(c.FiguresAt))
	}
	switch {
	case c.Member != 0:
		return text
	case c.State == agency.CreatorBlocked:
		return bot.Join(text, bot.T("; it cannot be approved while it is"))
	}
	return bot.Join(text, bot.T("; approving binds it"))
}

// spaced is a comma-separated list for people.
func spaced(list string) string {
	if list == "" {
		return "not known"
	}
	return strings.Join(strings.Split(list, ","), ", ")
}

// applicationNote tells the applicant how it goes.
func applicationNote(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
	ref, step, _ := strings.Cut(o.Ref, " ")
	id, err := agency.ParseApplicationID(ref)
	if err != nil {
		return bot.Message{}, err
	}
	s, err := d.Application(id)
	if err != nil {
		return bot.Message{}, err
	}
	m := bot.Message{Parts: []bot.Part{}}
	switch step {
	case "applied":
		m.Summary = fmt.Sprintf("Your application %s for @%s has arrived.", s.ID, s.Handle)
		m.Parts = append(m.Parts, bot.Para(bot.T("%s", m.Summary)), bioPart(s.Application))
	case "asked":
		m.Summary = fmt.Sprintf("The agency asks about your application %s: %s", s.ID, s.Question)
		m.Parts = append(m.Parts, bot.Para(bot.T("The agency asks about your application "), bot.B("%s", s.ID), bot.T(": "), bot.I("%s", s.Question)),
			bot.Actions(bot.Button{Label: "Answer", Style: bot.Primary, Command: "creator reply", Value: s.ID.String()}))
	case "declined":
		m.Summary = fmt.Sprintf("Your application %s was declined: %s", s.ID, s.Reason)
		m.Parts = append(m.Parts, bot.Para(bot.T("Your application "), bot.B("%s", s.ID), bot.T(" for @%s was declined: ", s.Handle), bot.I("%s", s.Reason)))
	case "approved":
		m.Summary = fmt.Sprintf("Welcome: you are %s @%s, one of the agency's creators.", s.Creator, s.Handle)
		m.Parts = append(m.Parts, bot.Para(bot.T("%s", m.Summary)),
			bot.Para(bot.C("/me"), bot.T(" shows where you stand, "), bot.C("/earnings"), bot.T(" your lines, "), bot.C("/ask"), bot.T(" reaches us, "), bot.C("/notices"), bot.T(" sets quiet hours.")))
	default:
		return bot.Message{}, agency.NotFound("The note %q says nothing.", o.Ref)
	}
	return m, nil
}

// releasedNote tells a person that a handle is theirs no longer.
func releasedNote(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
	id, err := agency.ParseCreatorID(o.Ref)
	if err != nil {
		return bot.Message{}, err
	}
	c, err := d.Creator(id)
	if err != nil {
		return bot.Message{}, err
	}
	m := bot.Message{Summary: fmt.Sprintf("@%s is bound to you no longer: you are not one of the agency's creators any more.", c.Handle)}
	m.Parts = []bot.Part{bot.Para(bot.T("%s If that is a mistake, apply again with ", m.Summary), bot.C("/creator apply"), bot.T("."))}
	return m, nil
}

func runCreatorShow(t *bot.Turn) (bot.Reply, error) {
	word := t.Args().Word(0)
	if word == "" {
		return bot.Reply{}, agency.Invalid("Say which creator or application, as in `/creator show C-45`.")
	}
	if id, err := agency.ParseApplicationID(word); err == nil {
		m, err := applicationMessage(t.Desk, id)
		return bot.Tell(m), err
	}
	c, err := t.Desk.CreatorNamed(handleWord(word))
	if err != nil {
		return bot.Reply{}, err
	}
	m, err := creatorMessage(t.Desk, c)
	return bot.Tell(m), err
}

// handleWord is a handle as it was typed: a platform that knows a person of that name has made it a mention.
func handleWord(word string) string { return plainText(word) }

func creatorMessage(d *agency.Desk, c agency.CreatorSheet) (bot.Message, error) {
	title := fmt.Sprintf("%s · @%s", c.ID, c.Handle)
	person := bot.T("nobody is bound to it")
	if c.Member != 0 {
		who, err := bot.MemberName(d, c.Member)
		if err != nil {
			return bot.Message{}, err
		}
		by, err := memberOrDesk(d, c.BoundBy)
		if err != nil {
			return bot.Message{}, err
		}
		person = bot.Join(who, bot.T(", %s; bound by ", proofWords[c.Proof]), by, bot.T(" "), bot.When(c.BoundAt))
	}
	health := "not known"
	if c.Health > 0 {
		health = strconv.FormatInt(c.Health, 10) + " of 1000"
	}
	m := bot.Message{Summary: title + ", " + string(c.State), Parts: []bot.Part{bot.Heading("%s", title), {Fields: []bot.Pair{
		{Label: "State", Value: bot.T("%s", c.State)}, {Label: "Person", Value: person},
		{Label: "Region and language", Value: bot.T("%s, %s", orUnknown(c.Region), orUnknown(c.Language))},
		{Label: "Categories", Value: bot.T("%s", spaced(c.Categories))}, {Label: "Makes", Value: bot.T("%s", spaced(c.Formats))},
		{Label: "Followers", Value: bot.T("%s", money.Grouped(c.Followers))}, {Label: "Health", Value: bot.T("%s", health)},
		{Label: "To be paid", Value: bot.T("payout details: %s, tax form: %s", yesNo(c.PayoutReady), yesNo(c.TaxForm))},
		{Label: "Agency share", Value: bot.T("%s", c.AgencyShare)},
	}}}}
	var lines bot.Text
	for _, k := range c.Cases {
		lines = bot.Join(lines, bot.T("%s%s\n", caseTitle(k), bot.DueWords(d, k)))
	}
	for _, match := range c.Matches {
		lines = bot.Join(lines, bot.T("%s for %s, %s\n", match.ID, match.Seller, offerWord(match)))
	}
	if len(lines) > 0 {
		lines[len(lines)-1].Text = strings.TrimSuffix(lines[len(lines)-1].Text, "\n")
		m.Parts = append(m.Parts, bot.Para(bot.B("Under way\n"), lines))
	}
	history, err := d.History(c.ID.String(), 10)
	if err != nil {
		return bot.Message{}, err
	}
	small := bot.T("No figures are on record.")
	if c.FiguresAt != 0 {
		small = bot.Join(bot.T("Affiliate GMV %s as TikTok reports it, not settled, 30 days up to ", c.Sales), bot.When(c.FiguresAt))
	}
	for _, l := range history {
		line, err := historyLine(d, l)
		if err != nil {
			return bot.Message{}, err
		}
		small = bot.Join(small, bot.T("\n"), line)
	}
	m.Parts = append(m.Parts, bot.Small(small))
	return m, nil
}

func orUnknown(text string) string {
	if text == "" {
		return "not known"
	}
	return text
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// offerWord is where an approved match stands with its creator.
func offerWord(m agency.Match) string {
	switch {
	case m.Answer == agency.OfferAccepted:
		return "accepted"
	case m.OfferedAt != 0 && m.Answer == "":
		return "waits for the creator"
	}
	return string(m.State)
}

func runCreatorList(t *bot.Turn) (bot.Reply, error) {
	a := t.Args()
	switch words := strings.ToLower(a.Rest(0)); words {
	case "applications", "applications all":
		return listApplications(t, words == "applications all")
	}
	f, err := creatorFilter(t, a)
	if err != nil {
		return bot.Reply{}, err
	}
	list, total, err := t.Desk.Creators(f)
	if err != nil {
		return bot.Reply{}, err
	}
	if len(list) == 0 {
		return bot.Say("No creator is like that. `/creator list` lists all, `/creator list applications` who wants to be one."), nil
	}
	table := bot.Table{Caption: counted(total, "creator"), Columns: []bot.Column{{Name: "No."}, {Name: "Handle"}, {Name: "State"}, {Name: "Region"},
		{Name: "Categories"}, {Name: "Followers", Align: bot.Right}, {Name: "Health", Align: bot.Right}, {Name: "Person"}}}
	for _, c := range list {
		who, err := plainName(t.Desk, c.Member)
		if err != nil {
			return bot.Reply{}, err
		}
		health := "—"
		if c.Health > 0 {
			health = strconv.FormatInt(c.Health, 10)
		}
		table.Rows = append(table.Rows, []string{c.ID.String(), "@" + c.Handle, string(c.State), c.Region, spaced(c.Categories),
			money.Grouped(c.Followers), health, who})
	}
	return pageReply(t, table, f.Offset, total), nil
}

func creatorFilter(t *bot.Turn, a bot.Args) (f agency.CreatorFilter, err error) {
	f.Limit = pageSize
	if len(a.Words) > 0 {
		return f, agency.Invalid("“%s” is not a filter. Write state=active, region=US, category=Beauty, bound=no or handle=mia.", a.Word(0))
	}
	for _, name := range slices.Sorted(maps.Keys(a.Named)) {
		value := a.Named[name]
		switch name {
		case "state":
			f.State, err = agency.ParseCreatorState(value)
		case "region":
			f.Region = strings.ToUpper(value)
		case "category":
			i := slices.IndexFunc(t.Desk.Rules.Categories, func(c string) bool { return strings.EqualFold(c, value) })
			if i < 0 {
				return f, agency.Invalid("“%s” is not a category. Choose one of %s.", value, strings.Join(t.Desk.Rules.Categories, ", "))
			}
			f.Category = t.Desk.Rules.Categories[i]
		case "handle":
			f.Handle = agency.HandleKey(plainText(value))
		case "bound":
			if f.Bound = strings.ToLower(value); f.Bound != "yes" && f.Bound != "no" {
				return f, agency.Invalid("Write bound=yes for handles with a person behind them, bound=no for those without.")
			}
		case "from":
			f.Offset, err = listOffset(value)
		default:
			return f, agency.Invalid("“%s” is not a filter. Write state=active, region=US, category=Beauty, bound=no or handle=mia.", name)
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

// listOffset reads the place in a list that from= says.
func listOffset(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, agency.Invalid("“%s” is not a place in the list.", text)
	}
	return n, nil
}

func listApplications(t *bot.Turn, all bool) (bot.Reply, error) {
	offset, err := listOffset(t.Args().Named["from"])
	if err != nil {
		return bot.Reply{}, err
	}
	list, total, err := t.Desk.Applications(all, pageSize, offset)
	if err != nil {
		return bot.Reply{}, err
	}
	if len(list) == 0 {
		return bot.Say("No application waits. `/creator list applications all` shows every one."), nil
	}
	table := bot.Table{Caption: counted(total, "application"), Columns: []bot.Column{{Name: "No."}, {Name: "Handle"}, {Name: "Region"}, {Name: "Niches"},
		{Name: "Followers", Align: bot.Right}, {Name: "State"}, {Name: "Applied", Align: bot.Right}}}
	for _, a := range list {
		table.Rows = append(table.Rows, []string{a.ID.String(), "@" + a.Handle, a.Region, spaced(a.Categories), money.Grouped(a.Followers),
			applicationWord(a), agency.Span(t.Desk.Time.Sub(a.AppliedAt)) + " ago"})
	}
	return pageReply(t, table, offset, total), nil
}
