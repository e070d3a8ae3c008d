package handlers

import (
	"fmt"
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

func caseViews() map[string]bot.View {
	return map[string]bot.View{
		agency.CaseCard: func(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
			id, err := agency.ParseCaseID(o.Ref)
			if err != nil {
				return bot.Message{}, err
			}
			c, err := d.Case(id)
			if err != nil {
				return bot.Message{}, err
			}
			return caseMessage(d, c, false)
		},
		agency.CaseNews: caseNews,
	}
}

var severityMark = map[agency.Severity]string{agency.Critical: "🔴", agency.High: "🟠", agency.Medium: "🟡", agency.Low: "⚪"}

// caseTitle is "V-9 · high · Counterfeit (12 points)". What is not a violation says what it is.
func caseTitle(c agency.Case) string {
	rule := c.Rule
	if c.Kind != agency.Violation {
		rule = string(c.Kind) + ": " + rule
	}
	if c.Points > 0 {
		rule += " (" + counted(int(c.Points), "point") + ")"
	}
	return fmt.Sprintf("%s · %s · %s", c.ID, c.Severity, rule)
}

// counted is a number with its noun: "1 point", "12 points".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// countdown says how long there is until the deadline, or for how long it has passed.
func countdown(d *agency.Desk, c agency.Case) string {
	left := c.Deadline.Sub(d.Time)
	switch {
	case left < 0:
		return "overdue by " + agency.Span(left)
	case left == 0:
		return "now"
	}
	return "in " + agency.Span(left)
}

// caseDeadline is the moment, how far off it is while the case is not over, and whether the notice said it.
func caseDeadline(d *agency.Desk, c agency.Case) bot.Text {
	if c.Deadline == 0 {
		return bot.T("none")
	}
	text := bot.When(c.Deadline)
	if c.State != agency.CaseResolved {
		text = bot.Join(text, bot.T(" · "), bot.B("%s", countdown(d, c)))
	}
	switch {
	case c.Guessed && c.Kind == agency.Violation:
		text = bot.Join(text, bot.T(" (usual window, check the notice)"))
	case c.Guessed:
		text = bot.Join(text, bot.T(" (usual window)"))
	}
	return text
}

// caseMessage draws a case. inWords is for messages that are not redrawn: their buttons ask for an answer.
func caseMessage(d *agency.Desk, c agency.Case, inWords bool) (bot.Message, error) {
	seller, creator, err := d.CaseParties(c)
	if err != nil {
		return bot.Message{}, err
	}
	owner, err := bot.MemberName(d, c.Owner)
	if err != nil {
		return bot.Message{}, err
	}
	var fields []bot.Pair
	if seller != "" {
		fields = append(fields, bot.Pair{Label: "Seller", Value: bot.T("%s", seller)})
	}
	if creator != "" {
		fields = append(fields, bot.Pair{Label: "Creator", Value: bot.T("%s", creator)})
	}
	state, err := caseStanding(d, c)
	if err != nil {
		return bot.Message{}, err
	}
	fields = append(fields, bot.Pair{Label: "State", Value: state}, bot.Pair{Label: "Owner", Value: owner},
		bot.Pair{Label: "Deadline", Value: caseDeadline(d, c)})
	mark := severityMark[c.Severity]
	if c.State == agency.CaseResolved {
		mark = "✅"
	}
	m := bot.Message{Summary: caseSummary(d, c, seller, creator), Parts: []bot.Part{bot.Heading("%s %s", mark, caseTitle(c)), {Fields: fields}}}
	if c.Detail != "" {
		m.Parts = append(m.Parts, bot.Para(bot.T("%s", c.Detail)))
	}
	notes, said, err := notesPart(d, c.ID)
	if err != nil {
		return bot.Message{}, err
	}
	if said {
		m.Parts = append(m.Parts, notes)
	}
	_, readable, err := d.CaseReader(c)
	if err != nil {
		return bot.Message{}, err
	}
	if c.State == agency.CaseResolved {
		m.Parts = append(m.Parts, bot.Para(bot.B("Done: "), bot.T("%s", c.Resolution)))
	} else {
		m.Parts = append(m.Parts, caseActions(c, inWords, readable))
	}
	source, err := caseSource(d, c)
	m.Parts = append(m.Parts, bot.Small(source))
	return m, err
}

// caseSummary is the notification: what, whose, how long.
func caseSummary(d *agency.Desk, c agency.Case, seller, creator string) string {
	words := []string{severityMark[c.Severity] + " " + caseTitle(c)}
	if seller != "" {
		words = append(words, seller)
	}
	if creator != "" {
		words = append(words, creator)
	}
	switch {
	case c.State == agency.CaseResolved:
		words = append(words, "resolved")
	case c.Deadline != 0:
		words = append(words, "deadline "+countdown(d, c))
	}
	return strings.Join(words, " · ")
}

// caseStanding is the state with who brought it there and when.
func caseStanding(d *agency.Desk, c agency.Case) (bot.Text, error) {
	var who agency.MemberID
	var at agency.Instant
	switch c.State {
	case agency.CaseAcknowledged:
		who, at = c.AckedBy, c.AckedAt
	case agency.CaseResolved:
		who, at = c.ResolvedBy, c.ResolvedAt
	default:
		return bot.T("%s, not acknowledged", c.State), nil
	}
	name, err := bot.MemberName(d, who)
	return bot.Join(bot.T("%s by ", c.State), name, bot.T(", "), bot.When(at)), err
}

// caseSeen names a case and the version that was seen of it; see caseID.
func caseSeen(c agency.Case, inWords bool) string {
	return bot.Seen(caseState(c.ID, inWords), strconv.FormatInt(c.Version, 10))
}

func caseActions(c agency.Case, inWords, readable bool) bot.Part {
	value := caseSeen(c, inWords)
	var row []bot.Button
	if c.State == agency.CaseOpen {
		row = append(row, bot.Button{Label: "Acknowledge", Style: bot.Primary, Command: "case acknowledge", Value: value})
	}
	if readable { // the creator whom it concerns can be written to
		row = append(row, bot.Button{Label: "Answer", Command: "case answer", Value: c.ID.String()})
	}
	return bot.Actions(append(row, bot.Button{Label: "Assign", Command: "case assign", Value: value},
		bot.Button{Label: "Resolve", Command: "case resolve", Value: value})...)
}

// caseSource is the small print: who recorded it, from what, and as of when the countdown is.
func caseSource(d *agency.Desk, c agency.Case) (bot.Text, error) {
	by := bot.T("the desk")
	if c.OpenedBy != 0 {
		var err error
		if by, err = bot.MemberName(d, c.OpenedBy); err != nil {
			return nil, err
		}
	}
	text := bot.Join(bot.T("Opened "), bot.When(c.OpenedAt), bot.T(" by "), by)
	if c.Source != "" {
		text = bot.Join(text, bot.T(" · source: %s", c.Source))
	}
	if c.Notice != "" {
		text = bot.Join(text, bot.T(" · notice %s", c.Notice))
	}
	if c.State != agency.CaseResolved && c.Deadline != 0 {
		text = bot.Join(text, bot.T(" · time left as of "), bot.When(d.Time))
	}
	return text, nil
}

// caseIntro heads a form about a case.
func caseIntro(d *agency.Desk, id agency.CaseID) ([]bot.Part, error) {
	c, err := d.CaseToHandle(id)
	if err != nil {
		return nil, err
	}
	seller, creator, err := d.CaseParties(c)
	if err != nil {
		return nil, err
	}
	owner, err := bot.MemberName(d, c.Owner)
	if err != nil {
		return nil, err
	}
	return []bot.Part{bot.Para(bot.B("%s", c.Rule), bot.T(" %s", strings.TrimSpace(seller+" "+creator))),
		bot.Small(bot.T("Owner: "), owner, bot.T(" · Deadline: "), caseDeadline(d, c))}, nil
}

// caseRow is a case in a list.
func caseRow(d *agency.Desk, c agency.Case) ([]string, error) {
	seller, creator, err := d.CaseParties(c)
	if err != nil {
		return nil, err
	}
	owner, err := plainName(d, c.Owner)
	if err != nil {
		return nil, err
	}
	due := "—"
	switch {
	case c.Deadline != 0 && c.State != agency.CaseResolved:
		due = countdown(d, c)
	case c.Deadline != 0:
		due = string(agency.DateOf(c.Deadline, d.Zone()))
	}
	if c.Guessed {
		due += " (usual)"
	}
	return []string{c.ID.String(), string(c.Severity), c.Rule, strings.TrimSpace(seller + " " + creator), owner, string(c.State), due}, nil
}

// caseHistory is how many deeds `/case show` lists.
const caseHistory = 20

func runCaseShow(t *bot.Turn) (bot.Reply, error) {
	id, _, err := caseID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	c, err := t.Desk.Case(id)
	if err != nil {
		return bot.Reply{}, err
	}
	m, err := caseMessage(t.Desk, c, true)
	if err != nil {
		return bot.Reply{}, err
	}
	lines, err := t.Desk.History(id.String(), caseHistory)
	if err != nil {
		return bot.Reply{}, err
	}
	history := bot.B("History, newest first")
	for _, l := range lines {
		line, err := historyLine(t.Desk, l)
		if err != nil {
			return bot.Reply{}, err
		}
		history = bot.Join(history, bot.T("\n"), line)
	}
	m.Parts = append(m.Parts, bot.Para(history))
	return bot.Tell(m), nil
}

// historyLine is one deed: when, who, what.
func historyLine(d *agency.Desk, l agency.AuditLine) (bot.Text, error) {
	name := bot.T("the desk")
	if l.Member != 0 {
		var err error
		if name, err = bot.MemberName(d, l.Member); err != nil {
			return nil, err
		}
	}
	_, deed, _ := strings.Cut(l.Action, " ")
	line := bot.Join(bot.When(l.At), bot.T(" · "), name, bot.T(" · %s", deed))
	if l.Detail != "" {
		line = bot.Join(line, bot.T(" · %s", l.Detail))
	}
	return line, nil
}

// caseDeeds says what was done with a case, to its owner.
var caseDeeds = map[string]string{"open": "opened it and made you its owner", "acknowledge": "acknowledged it", "assign": "made you its owner",
	"due": "set its deadline", "resolve": "resolved it", "reopen": "opened it again", "note": "wrote about it"}

// caseNews tells an owner what somebody did with their case.
func caseNews(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
	words := strings.Fields(o.Ref)
	if len(words) != 3 {
		return bot.Message{}, agency.NotFound("The note %q says nothing.", o.Ref)
	}
	id, err := agency.ParseCaseID(words[0])
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
	name := bot.T("The desk")
	if n, err := strconv.ParseInt(words[2], 10, 64); err == nil && n != 0 {
		if name, err = bot.MemberName(d, agency.MemberID(n)); err != nil {
			return bot.Message{}, err
		}
	}
	deed := caseDeeds[words[1]]
	m := bot.Message{Summary: fmt.Sprintf("%s: %s %s.", caseTitle(c), name, deed), Parts: []bot.Part{
		bot.Para(bot.T("%s ", severityMark[c.Severity]), bot.B("%s", caseTitle(c)), bot.T(" %s", strings.TrimSpace(seller+" "+creator)),
			bot.T("\n"), name, bot.T(" %s.", deed))}}
	if words[1] == "note" {
		notes, said, err := notesPart(d, id)
		if err != nil {
			return bot.Message{}, err
		}
		if said {
			m.Parts = append(m.Parts, notes)
		}
	}
	if c.State == agency.CaseResolved {
		m.Parts = append(m.Parts, bot.Small(bot.T("Done: %s", c.Resolution)))
		return m, nil
	}
	_, readable, err := d.CaseReader(c)
	m.Parts = append(m.Parts, bot.Para(bot.T("Deadline: "), caseDeadline(d, c)), caseActions(c, true, readable))
	return m, err
}
