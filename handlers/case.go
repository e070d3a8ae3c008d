package handlers

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"liaison/agency"
	"liaison/bot"
)

func caseCommands() []bot.Command {
	return []bot.Command{
		{Name: "case open", Summary: "record a violation, dispute or concern",
			Usage: `[S-12|C-45|@handle|none severity "rule" [points=12] [due=2026-12-01] [notice=…] [owner=@ana] [kind=dispute] [detail="…"]]`,
			Args: []bot.Argument{
				optional(word("about", "S-12, C-45, @handle or none")), optional(oneOf("severity", "how bad it is", severityWords()...)), optional(word("rule", "what was broken, in the notice's words")),
				named("points", "such as 12"), named("due", "the deadline, such as 2026-12-01"), named("notice", "the number of TikTok's notice"), somebody(named("owner", "who deals with it")), named("kind", "violation, dispute or concern"), named("detail", "what happened"),
			},
			Examples: []string{"/case open", `/case open S-12 high "Counterfeit" due=2026-12-01 notice=700123`,
				`/case open @mia.glow "Misleading claims" points=6 due="2026-12-01 15:00"`},
			Right: agency.OpenCase, Run: runCaseOpen, Submit: submitCaseOpen},
		{Name: "case list", Summary: "list cases, nearest deadline first", Usage: "[open|mine|overdue|all]",
			Args:     []bot.Argument{optional(oneOf("which", "open ones if empty", "open", "mine", "overdue", "all"))},
			Examples: []string{"/case list", "/case list overdue"}, Right: agency.SeeRecords, Reads: true, Run: runCaseList},
		{Name: "case show", Summary: "show a case with its history", Usage: "V-9",
			Args: []bot.Argument{aCase()}, Suggest: suggest, Examples: []string{"/case show V-9"},
			Right: agency.SeeRecords, Reads: true, Run: runCaseShow},
		{Name: "case acknowledge", Summary: "say that a case is being dealt with; its reminders stop", Usage: "V-9",
			Args: []bot.Argument{aCase()}, Suggest: suggest,
			Examples: []string{"/case acknowledge V-9"}, Right: agency.HandleCase, About: aboutCase, Run: runCaseAcknowledge},
		{Name: "case assign", Summary: "make somebody the owner of a case", Usage: "V-9 [@person]",
			Args: []bot.Argument{aCase(), optional(somebody(word("owner", "who deals with it")))}, Suggest: suggest,
			Examples: []string{"/case assign V-9 @ana"}, Right: agency.HandleCase, About: aboutCase, Run: runCaseAssign, Submit: submitCaseAssign},
		{Name: "case due", Summary: "set a case's deadline as its notice says it", Usage: "V-9 2026-12-01 [15:00]",
			Args: []bot.Argument{aCase(), word("day", "the deadline, such as 2026-12-01"), optional(word("time", "such as 15:00; the end of the day if empty"))}, Suggest: suggest,
			Examples: []string{"/case due V-9 2026-12-01 15:00"}, Right: agency.HandleCase, Run: runCaseDue},
		{Name: "case resolve", Summary: "close a case, saying what was done", Usage: "V-9 [what was done]",
			Args: []bot.Argument{aCase(), rest("done", "what was done")}, Suggest: suggest,
			Examples: []string{"/case resolve V-9 listing corrected, appeal accepted"}, Right: agency.HandleCase, About: aboutCase, Run: runCaseResolve, Submit: submitCaseResolve},
		{Name: "case reopen", Summary: "open a resolved case again, or take an acknowledgement back", Usage: "V-9 [why]",
			Args: []bot.Argument{aCase(), rest("why", "why it is not over")}, Suggest: suggest,
			Examples: []string{"/case reopen V-9 the appeal was rejected"}, Right: agency.HandleCase, Run: runCaseReopen},
	}
}

// runCaseOpen opens the form; a line that says whom it is about and what was broken needs none.
func runCaseOpen(t *bot.Turn) (bot.Reply, error) {
	a := t.Args()
	if len(a.Words) == 0 && len(a.Named) == 0 {
		return bot.Open(caseForm(t)), nil
	}
	c, err := typedCase(t, a)
	if err != nil {
		return bot.Reply{}, err
	}
	return openCase(t, c)
}

// typedCase reads `S-12 high "Counterfeit" due=…`. The severity may be left out where points= tell it.
func typedCase(t *bot.Turn, a bot.Args) (c agency.Case, err error) {
	for name := range a.Named {
		if !strings.Contains(" kind points notice due owner detail ", " "+name+" ") {
			return c, agency.Invalid("“%s” is not something that a case has. Write kind=, points=, notice=, due=, owner= or detail=.", name)
		}
	}
	about := plainText(a.Word(0))
	if about == "" {
		return c, agency.Invalid("Say whom it is about: S-12, C-45, @handle, or none.")
	}
	if c.Seller, c.Creator, err = t.Desk.CaseSubject(about); err != nil {
		return c, err
	}
	severity, unknown := agency.ParseSeverity(a.Word(1))
	switch {
	case unknown == nil:
		c.Severity, c.Rule = severity, a.Rest(2)
	case a.Named["points"] != "":
		c.Rule = a.Rest(1)
	default:
		return c, unknown
	}
	c.Notice, c.Detail = a.Named["notice"], plainText(a.Named["detail"])
	if err := readCaseWords(t, &c, a.Named["kind"], a.Named["points"]); err != nil {
		return c, err
	}
	if due := a.Named["due"]; due != "" {
		day, clock, _ := strings.Cut(strings.Replace(due, "T", " ", 1), " ")
		if c.Deadline, err = deadline(t, day, clock); err != nil {
			return c, err
		}
	}
	if owner := a.Named["owner"]; owner != "" {
		c.Owner, err = mentioned(t, owner)
	}
	return c, err
}

// readCaseWords reads what is the same in the form and the typed line.
func readCaseWords(t *bot.Turn, c *agency.Case, kind, points string) (err error) {
	c.Source = "chat"
	if kind != "" {
		if c.Kind, err = agency.ParseCaseKind(kind); err != nil {
			return err
		}
	}
	if points = strings.TrimSpace(points); points != "" {
		if c.Points, err = strconv.ParseInt(points, 10, 64); err != nil {
			return agency.Field("points", "Write the points as a whole number, such as 12.")
		}
	}
	return nil
}

// plainText is what was typed, with mentions as names: what is written down must not mention anybody later.
func plainText(text string) string { return bot.Args{Words: []string{text}}.Rest(0) }

// personsZone is the zone in which a person's dates are read: their own, else the agency's.
func personsZone(t *bot.Turn) *time.Location {
	if zone, err := time.LoadLocation(t.Zone); err == nil && t.Zone != "" {
		return zone
	}
	return t.Desk.Zone()
}

// deadline is a day and a time of day in the person's zone; without a time it is the day's last minute.
func deadline(t *bot.Turn, day, clock string) (agency.Instant, error) {
	if clock = strings.TrimSpace(clock); clock == "" {
		clock = "23:59"
	}
	if _, err := agency.ParseDate(day); err != nil {
		return 0, agency.Field("deadline", "“%s” is not a date. Write it as 2026-12-01.", day)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", day+" "+clock, personsZone(t))
	if err != nil {
		return 0, agency.Field("time", "“%s” is not a time of day. Write it as 15:00.", clock)
	}
	return agency.InstantOf(at), nil
}

// mentioned is the member who is mentioned in a word.
func mentioned(t *bot.Turn, word string) (agency.MemberID, error) {
	who, _, err := t.Person(word)
	if err != nil {
		return 0, err
	}
	m, err := t.Desk.Known(who)
	return m.ID, err
}

// picked is the member who was picked in a form's field.
func picked(t *bot.Turn, field string) (agency.MemberID, error) {
	who, _ := t.Picked(field)
	m, err := t.Desk.Known(who)
	return m.ID, inField(field, err)
}

// inField puts a refusal beside the field that it is about.
func inField(field string, err error) error {
	var known *agency.Error
	if errors.As(err, &known) && known.Fields == nil {
		return &agency.Error{Code: known.Code, Message: known.Message, Fields: map[string]string{field: known.Message}, Err: err}
	}
	return err
}

func caseForm(t *bot.Turn) bot.Form {
	var kinds, severities []bot.Option
	for _, k := range agency.CaseKinds {
		kinds = append(kinds, bot.Option{Label: string(k), Value: string(k)})
	}
	for _, s := range agency.Severities {
		severities = append(severities, bot.Option{Label: severityMark[s] + " " + string(s), Value: string(s)})
	}
	return bot.Form{Command: "case open", Title: "Open a case", Submit: "Open", Fields: []bot.Field{
		{Name: "kind", Label: "Kind", Kind: bot.Choice, Options: kinds, Value: string(agency.Violation)},
		{Name: "severity", Label: "Severity", Kind: bot.Choice, Options: severities, Optional: true, Hint: "From the points, if empty"},
		{Name: "about", Label: "Seller or creator", Kind: bot.Line, Optional: true, Max: 40, Hint: "S-12, C-45 or @handle"},
		{Name: "rule", Label: "What was broken", Kind: bot.Line, Max: 200, Hint: "In the notice's words, such as Counterfeit"},
		{Name: "points", Label: "Points", Kind: bot.Line, Optional: true, Max: 4},
		{Name: "detail", Label: "Detail", Kind: bot.Paragraph, Optional: true, Max: 1000},
		{Name: "notice", Label: "Number of the notice", Kind: bot.Line, Optional: true, Max: 60},
		{Name: "deadline", Label: "Deadline", Kind: bot.Day, Optional: true, Hint: "As the notice says; the usual window, if empty"},
		{Name: "time", Label: "Time of the deadline", Kind: bot.Line, Optional: true, Max: 5, Hint: "Such as 15:00, in " + personsZone(t).String() + "; the end of the day, if empty"},
		{Name: "owner", Label: "Owner", Kind: bot.PersonPick, Optional: true, Hint: "Whoever acknowledges it first, if empty"},
	}}
}

func submitCaseOpen(t *bot.Turn) (bot.Reply, error) {
	c := agency.Case{Severity: agency.Severity(t.Value("severity")), Rule: t.Value("rule"), Detail: t.Value("detail"), Notice: t.Value("notice")}
	var err error
	if c.Seller, c.Creator, err = t.Desk.CaseSubject(t.Value("about")); err != nil {
		return bot.Reply{}, inField("about", err)
	}
	if err := readCaseWords(t, &c, t.Value("kind"), t.Value("points")); err != nil {
		return bot.Reply{}, err
	}
	if c.Severity == "" && c.Points == 0 {
		return bot.Reply{}, agency.Field("severity", "Choose a severity, or give the notice's points.")
	}
	if t.Value("deadline") == "" && t.Value("time") != "" {
		return bot.Reply{}, agency.Field("deadline", "Pick the day that the time belongs to.")
	}
	if t.Value("deadline") != "" {
		if c.Deadline, err = deadline(t, t.Value("deadline"), t.Value("time")); err != nil {
			return bot.Reply{}, err
		}
	}
	if t.Value("owner") != "" {
		if c.Owner, err = picked(t, "owner"); err != nil {
			return bot.Reply{}, err
		}
	}
	return openCase(t, c)
}

func openCase(t *bot.Turn, c agency.Case) (bot.Reply, error) {
	c, err := t.Desk.OpenCase(c)
	if agency.CodeOf(err) == agency.CodeConflict {
		return bot.Reply{}, inField("notice", err)
	}
	if err != nil {
		return bot.Reply{}, err
	}
	channels, err := t.Desk.SubscriptionsTo(agency.ViolationsFeed)
	if err != nil {
		return bot.Reply{}, err
	}
	where := bot.T(" is open. Its card is in the compliance channel.")
	if len(channels) == 0 {
		where = bot.Join(bot.T(" is open. No channel gets violations yet: type "), bot.C("/feed on violations"), bot.T(" in the one that should."))
	}
	return bot.Tell(bot.Message{Summary: c.ID.String() + " " + c.Rule + " is open.", Parts: []bot.Part{
		bot.Para(bot.B("%s", c.ID), bot.T(" %s", c.Rule), where),
		bot.Actions(bot.Button{Label: "Show " + c.ID.String(), Command: "case show", Value: c.ID.String()})}}), nil
}

// runCaseList lists what is not resolved, unless another word narrows or widens it.
func runCaseList(t *bot.Turn) (bot.Reply, error) {
	f, which, whose, err := caseFilter(t)
	if err != nil {
		return bot.Reply{}, err
	}
	list, total, err := t.Desk.Cases(f)
	if err != nil {
		return bot.Reply{}, err
	}
	if total == 0 {
		hint := "`/case list all` shows every one."
		if f.States == nil {
			hint = "`/case open` records one."
		}
		return bot.Say("No %scase%s. %s", which, whose, hint), nil
	}
	table := bot.Table{Caption: counted(total, which+"case") + whose + ", nearest deadline first", Columns: []bot.Column{{Name: "No."}, {Name: "Severity"},
		{Name: "What"}, {Name: "About"}, {Name: "Owner"}, {Name: "State"}, {Name: "Deadline"}}}
	for _, c := range list {
		row, err := caseRow(t.Desk, c)
		if err != nil {
			return bot.Reply{}, err
		}
		table.Rows = append(table.Rows, row)
	}
	m := bot.Message{Summary: table.Caption, Parts: []bot.Part{{Table: &table}}}
	if more := pageButtons(t, f.Offset, total); more != nil {
		m.Parts = append(m.Parts, *more)
	}
	reply := bot.Tell(m)
	reply.Replace = t.Kind == bot.Pressed
	return reply, nil
}

// caseFilter reads which list is wanted, and says in words which cases ("overdue ") and whose (" of yours") it has.
func caseFilter(t *bot.Turn) (f agency.CaseFilter, which, whose string, err error) {
	a := t.Args()
	f = agency.CaseFilter{States: agency.LivingCases, Limit: pageSize}
	if from := a.Named["from"]; from != "" {
		if f.Offset, err = strconv.Atoi(from); err != nil || f.Offset < 0 {
			return f, "", "", agency.Invalid("“%s” is not a place in the list.", from)
		}
	}
	switch word := strings.ToLower(a.Word(0)); word {
	case "", "open":
		return f, "open ", "", nil
	case "all":
		f.States = nil
		return f, "", "", nil
	case "overdue":
		f.DueBefore = t.Desk.Time
		return f, "overdue ", "", nil
	case "mine":
		f.Owner = t.Desk.Actor.Member.ID
		if f.Owner == 0 { // an admin by settings whom the desk has not met: zero would not narrow, and no number is below it
			f.Owner = -1
		}
		return f, "open ", " of yours", nil
	default:
		return f, "", "", agency.Invalid("“%s” is not a list of cases. Write open, mine, overdue or all.", word)
	}
}

// caseID reads the reference of a turn. Buttons outside the card say "V-9 answer": the person there sees no card redrawn,
// so the answer comes in words.
func caseID(t *bot.Turn) (id agency.CaseID, inWords bool, err error) {
	a := t.Args()
	id, err = agency.ParseCaseID(a.Word(0))
	return id, t.Kind == bot.Typed || a.Word(1) == "answer", err
}

// caseAnswer says in words what the card shows, where no card was pressed.
func caseAnswer(inWords bool, format string, args ...any) bot.Reply {
	if !inWords {
		return bot.Reply{} // the card that was pressed shows it
	}
	return bot.Say(format, args...)
}

func runCaseAcknowledge(t *bot.Turn) (bot.Reply, error) {
	id, inWords, err := caseID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	c, err := t.Desk.AcknowledgeCase(id)
	if err != nil {
		return bot.Reply{}, err
	}
	owner, err := plainName(t.Desk, c.Owner)
	return caseAnswer(inWords, "%s %s is acknowledged; %s has it. It is no longer brought up again.", id, c.Rule, owner), err
}

// runCaseAssign assigns, or asks in a form to whom.
func runCaseAssign(t *bot.Turn) (bot.Reply, error) {
	id, inWords, err := caseID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	a := t.Args()
	if t.Kind == bot.Typed && a.Word(1) != "" {
		owner, err := mentioned(t, a.Word(1))
		if err != nil {
			return bot.Reply{}, err
		}
		return assignCase(t, id, owner, inWords)
	}
	intro, err := caseIntro(t.Desk, id)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Open(bot.Form{Command: "case assign", Title: "Assign " + id.String(), Submit: "Assign", State: caseState(id, inWords), Intro: intro,
		Fields: []bot.Field{{Name: "owner", Label: "Owner", Kind: bot.PersonPick, Hint: "Somebody who may handle cases"}}}), nil
}

func submitCaseAssign(t *bot.Turn) (bot.Reply, error) {
	id, inWords, err := caseID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	owner, err := picked(t, "owner")
	if err != nil {
		return bot.Reply{}, err
	}
	reply, err := assignCase(t, id, owner, inWords)
	return reply, inField("owner", err)
}

func assignCase(t *bot.Turn, id agency.CaseID, owner agency.MemberID, inWords bool) (bot.Reply, error) {
	c, err := t.Desk.AssignCase(id, owner)
	if err != nil {
		return bot.Reply{}, err
	}
	name, err := plainName(t.Desk, c.Owner)
	return caseAnswer(inWords, "%s %s is now with %s.", id, c.Rule, name), err
}

func runCaseDue(t *bot.Turn) (bot.Reply, error) {
	id, _, err := caseID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	a := t.Args()
	at, err := deadline(t, a.Word(1), a.Word(2))
	if err != nil {
		return bot.Reply{}, err
	}
	c, err := t.Desk.DateCase(id, at)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Tell(bot.Message{Summary: c.ID.String() + " has a new deadline.", Parts: []bot.Part{
		bot.Para(bot.B("%s", c.ID), bot.T(" %s is due ", c.Rule), bot.When(c.Deadline), bot.T(", %s.", countdown(t.Desk, c)))}}), nil
}

// runCaseResolve resolves, or asks in a form what was done.
func runCaseResolve(t *bot.Turn) (bot.Reply, error) {
	id, inWords, err := caseID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	if done := t.Behind(1); t.Kind == bot.Typed && done != "" {
		return resolveCase(t, id, done, inWords)
	}
	intro, err := caseIntro(t.Desk, id)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Open(bot.Form{Command: "case resolve", Title: "Resolve " + id.String(), Submit: "Resolve", State: caseState(id, inWords), Intro: intro,
		Fields: []bot.Field{{Name: "resolution", Label: "What was done", Kind: bot.Paragraph, Max: 500}}}), nil
}

func submitCaseResolve(t *bot.Turn) (bot.Reply, error) {
	id, inWords, err := caseID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	reply, err := resolveCase(t, id, t.Value("resolution"), inWords)
	return reply, inField("resolution", err)
}

func resolveCase(t *bot.Turn, id agency.CaseID, done string, inWords bool) (bot.Reply, error) {
	c, err := t.Desk.ResolveCase(id, done)
	if err != nil {
		return bot.Reply{}, err
	}
	return caseAnswer(inWords, "%s %s is resolved.", id, c.Rule), nil
}

func runCaseReopen(t *bot.Turn) (bot.Reply, error) {
	id, _, err := caseID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	reason := ""
	if t.Kind == bot.Typed {
		reason = t.Behind(1)
	}
	c, err := t.Desk.ReopenCase(id, reason)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("%s %s is open again; its reminders start again from now.", id, c.Rule), nil
}

// caseState is what a form about a case carries; see caseID.
func caseState(id agency.CaseID, inWords bool) string {
	if inWords {
		return id.String() + " answer"
	}
	return id.String()
}

// aboutCase is what the buttons and forms of a case are about. A note of a creator's, or one that was corrected, changes nothing of it.
func aboutCase(t *bot.Turn) (bot.Object, error) {
	id, _, err := caseID(t)
	if err != nil {
		return bot.Object{}, err
	}
	c, err := t.Desk.Case(id)
	moves := func(l agency.AuditLine) bool {
		return l.Action != "case note" || strings.HasPrefix(l.Detail, string(agency.StaffSide))
	}
	return bot.Object{Name: id.String(), Version: strconv.FormatInt(c.Version, 10), Moves: moves, Card: agency.CaseCard, Ref: id.String()}, err
}
