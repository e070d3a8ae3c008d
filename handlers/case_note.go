package handlers

import (
	"fmt"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

func caseNoteCommands() []bot.Command {
	return []bot.Command{
		{Name: "ask", Summary: "ask the agency something, or complain; somebody answers you here", Usage: "[question]", Args: []bot.Argument{rest("question", "what you want to know; a form asks if empty")},
			Examples: []string{"/ask when is the next payout?"}, Right: agency.SeeOwnRecord, Run: runAsk, Submit: submitAsk},
		{Name: "case answer", Summary: "write to the creator whom a case concerns", Usage: "V-9 [text]", Args: []bot.Argument{word("case", "which case, such as V-9"), rest("text", "what you want to say; a form asks if empty")},
			Examples: []string{"/case answer V-9 we pay on the 5th"}, Right: agency.AnswerCase, About: aboutCase, Run: runCaseAnswer, Submit: submitCaseAnswer},
		{Name: "case reply", Summary: "write to the agency about a case of yours", Usage: "V-9 [text]", Args: []bot.Argument{word("case", "which case, such as V-9"), rest("text", "what you want to say; a form asks if empty")},
			Examples: []string{"/case reply V-9 here is the receipt"}, Right: agency.SeeOwnRecord, Run: runCaseReply, Submit: submitCaseReply},
		{Name: "case close", Summary: "close a question of yours: the answer helped", Usage: "V-9", Args: []bot.Argument{word("case", "which question, such as V-9")}, Examples: []string{"/case close V-9"},
			Right: agency.SeeOwnRecord, Run: runCaseClose},
		{Name: "case-thread", Summary: "what staff say in the thread of a question", Unlisted: true, Hears: agency.CaseCard, Run: runCaseThread},
		{Name: "case-message", Summary: "what a creator says in reply to an answer", Unlisted: true, Hears: agency.CaseNoteSaid, Run: runCaseMessage},
		{Name: "case-notice", Summary: "what a creator says in reply to a violation", Unlisted: true, Hears: agency.CreatorCase, Run: runCaseMessage},
		{Name: "desk-message", Summary: "what somebody writes to the desk itself", Unlisted: true, Hears: bot.ToTheDesk, Run: runDeskMessage},
	}
}

func caseNoteViews() map[string]bot.View {
	return map[string]bot.View{agency.CaseLine: lineMessage, agency.CaseNoteSaid: noteMessage, agency.CreatorCase: creatorCaseMessage}
}

// written is the message in which the turn's words were written, where they were a message: one that is said, or one for which
// a button of deskMessage was pressed. Only its own author can change a note by it.
func written(t *bot.Turn) agency.ChatMessage {
	m := agency.ChatMessage{Address: t.Channel}
	switch t.Kind {
	case bot.Said:
		m.MessageID = t.MessageID
	case bot.Pressed:
		m.MessageID = t.Seen
	}
	return m
}

// runCaseThread takes what staff say in the thread of a question's card to the creator, with its edits and deletion.
func runCaseThread(t *bot.Turn) (bot.Reply, error) {
	if t.Change != bot.New {
		return reviseNote(t)
	}
	id, err := agency.ParseCaseID(t.Ref)
	if err != nil {
		return bot.Reply{}, err
	}
	if ok, err := t.Desk.InThread(id); err != nil || !ok {
		return bot.Reply{}, err
	}
	_, heard, err := t.Desk.AnswerQuestion(id, plainText(t.Text), false, written(t))
	if err == nil && !heard {
		return bot.Say("Your answer to %s is recorded, but the creator has muted answers.", id), nil
	}
	return bot.Reply{}, err
}

// runCaseMessage takes what a creator writes in reply to an answer, or to a violation, to the case; what staff write there is
// theirs.
func runCaseMessage(t *bot.Turn) (bot.Reply, error) {
	if t.Change != bot.New {
		return reviseNote(t)
	}
	ref, _, _ := strings.Cut(t.Ref, " ")
	id, err := agency.ParseCaseID(ref)
	if err != nil || !t.Desk.Actor.May(agency.SeeOwnRecord) {
		return bot.Reply{}, err
	}
	return replyToCase(t, id, plainText(t.Text))
}

// casesOffered is how many open cases a message can be added to by a button.
const casesOffered = 3

// runDeskMessage asks what a message is for that a creator wrote to the desk itself: nothing is guessed, and nothing is lost.
func runDeskMessage(t *bot.Turn) (bot.Reply, error) {
	if t.Change != bot.New {
		return reviseUnsent(t)
	}
	text, err := t.Desk.Unsent(written(t), strings.TrimSpace(plainText(t.Text)))
	if err != nil {
		return bot.Reply{}, err
	}
	if !t.Desk.Actor.May(agency.SeeOwnRecord) || text == "" {
		return bot.Say("I read commands, not messages. `/help` lists what you can do, `/creator apply` is how to become one of our creators."), nil
	}
	mine, err := t.Desk.MyRecord()
	if err != nil {
		return bot.Reply{}, err
	}
	row := []bot.Button{{Label: "Ask the agency", Style: bot.Primary, Command: "ask", Value: bot.Seen(text, t.MessageID)}}
	for _, c := range mine.Cases[:min(casesOffered, len(mine.Cases))] {
		row = append(row, bot.Button{Label: "Add it to " + c.ID.String(), Command: "case reply", Value: bot.Seen(c.ID.String()+" "+text, t.MessageID)})
	}
	return bot.Tell(bot.Message{Summary: "Shall the agency read this?", Parts: []bot.Part{
		bot.Para(bot.T("Shall the agency read this? Nobody does so far. To answer one of its messages, reply to that message.")),
		bot.Actions(row...)}}), nil
}

// reviseUnsent follows a message that may be a note already, or waits for its author to say what it is for.
func reviseUnsent(t *bot.Turn) (bot.Reply, error) {
	text := plainText(t.Text)
	if t.Change == bot.Deleted {
		text = ""
	}
	known, err := t.Desk.ReviseNote(written(t), text)
	if err == nil && !known && t.Desk.Actor.May(agency.SeeOwnRecord) {
		err = t.Desk.ChangeUnsent(written(t), text)
	}
	return bot.Reply{}, err
}

func reviseNote(t *bot.Turn) (bot.Reply, error) {
	text := plainText(t.Text)
	if t.Change == bot.Deleted {
		text = ""
	}
	_, err := t.Desk.ReviseNote(written(t), text)
	return bot.Reply{}, err
}

func questionForm(command, title, state string) bot.Form {
	return bot.Form{Command: command, Title: title, Submit: "Send", State: state,
		Fields: []bot.Field{{Name: "text", Label: "What you want to say", Kind: bot.Paragraph, Max: 1000}}}
}

func runAsk(t *bot.Turn) (bot.Reply, error) {
	if text := strings.TrimSpace(plainText(t.Text)); text != "" {
		return askDesk(t, text, 0)
	}
	return bot.Open(questionForm("ask", "Ask the agency", "")), nil
}

func submitAsk(t *bot.Turn) (bot.Reply, error) { return askDesk(t, t.Value("text"), 0) }

func askDesk(t *bot.Turn, text string, about agency.MatchID) (bot.Reply, error) {
	text, err := t.Desk.Unsent(written(t), text)
	if err != nil {
		return bot.Reply{}, err
	}
	c, err := t.Desk.Ask(text, about, written(t))
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("The agency has your question as %s. The answer comes to you as a direct message.", c.ID), nil
}

// runCaseAnswer opens the form unless the answer is typed behind the reference.
func runCaseAnswer(t *bot.Turn) (bot.Reply, error) {
	id, _, err := caseID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	if text := t.Behind(1); t.Kind == bot.Typed && text != "" {
		return answerCase(t, id, text, false)
	}
	c, reader, err := t.Desk.AnswerableCase(id)
	if err != nil {
		return bot.Reply{}, err
	}
	f := questionForm("case answer", "Answer "+id.String(), caseState(id, false))
	f.Intro = []bot.Part{bot.Para(bot.B("%s", c.Rule), bot.T(" %s reads what you write.", reader.Name))}
	f.Fields = append(f.Fields, bot.Field{Name: "done", Label: "Is that all?", Kind: bot.Choice, Value: "no",
		Options: []bot.Option{{Label: "Keep it open", Value: "no"}, {Label: "Close it with this answer", Value: "yes"}}})
	return bot.Open(f), nil
}

func submitCaseAnswer(t *bot.Turn) (bot.Reply, error) {
	id, _, err := caseID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	return answerCase(t, id, t.Value("text"), t.Value("done") == "yes")
}

func answerCase(t *bot.Turn, id agency.CaseID, text string, done bool) (bot.Reply, error) {
	c, heard, err := t.Desk.AnswerQuestion(id, text, done, written(t))
	if err != nil {
		return bot.Reply{}, err
	}
	if !heard {
		return bot.Say("Your answer to %s is recorded, but they have muted answers: they see it when they open `/case reply %s`.", c.ID, c.ID), nil
	}
	if t.Kind == bot.Sent {
		return bot.Reply{}, nil // the card and its thread show it
	}
	return bot.Say("Your answer to %s is on its way.", c.ID), nil
}

// runCaseReply opens the form unless the text is typed behind the reference.
func runCaseReply(t *bot.Turn) (bot.Reply, error) {
	id, _, err := caseID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	if text := t.Behind(1); text != "" {
		return replyToCase(t, id, text)
	}
	c, err := t.Desk.OpenCaseOfMine(id)
	if err != nil {
		return bot.Reply{}, err
	}
	f := questionForm("case reply", "About "+id.String(), id.String())
	notes, err := t.Desk.MyCaseNotes(id)
	if err != nil {
		return bot.Reply{}, err
	}
	said := bot.B("%s", c.Rule)
	for _, n := range notes[max(0, len(notes)-cardNotes):] {
		who := "You"
		if n.Side == agency.StaffSide {
			who = "The agency"
		}
		said = bot.Join(said, bot.T("\n%s: %s", who, n.Text))
	}
	f.Intro = []bot.Part{bot.Para(said)}
	return bot.Open(f), nil
}

func submitCaseReply(t *bot.Turn) (bot.Reply, error) {
	id, _, err := caseID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	return replyToCase(t, id, t.Value("text"))
}

func replyToCase(t *bot.Turn, id agency.CaseID, text string) (bot.Reply, error) {
	text, err := t.Desk.Unsent(written(t), text)
	if err != nil {
		return bot.Reply{}, err
	}
	c, err := t.Desk.ReplyToCase(id, text, written(t))
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("The agency has it with %s.", c.ID), nil
}

func runCaseClose(t *bot.Turn) (bot.Reply, error) {
	id, _, err := caseID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	c, err := t.Desk.CloseQuestion(id)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("%s is closed. Thank you.", c.ID), nil
}

// noteOf finds the note of an outgoing message.
func noteOf(d *agency.Desk, o agency.Outgoing) (n agency.CaseNote, err error) {
	id, position, err := agency.ParseNoteRef(o.Ref)
	if err != nil {
		return n, err
	}
	notes, err := d.CaseNotes(id)
	if err == nil && position > int64(len(notes)) {
		err = agency.NotFound("%s has no note %d.", id, position)
	}
	if err != nil {
		return n, err
	}
	return notes[position-1], nil
}

// lineMessage draws a note for staff, in the thread of the card.
func lineMessage(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
	n, err := noteOf(d, o)
	if err != nil {
		return bot.Message{}, err
	}
	line, err := noteLine(d, n)
	return bot.Message{Summary: line.String(), Parts: []bot.Part{bot.Para(line)}}, err
}

// noteMessage draws a note for the creator, with buttons.
func noteMessage(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
	n, err := noteOf(d, o)
	if err != nil {
		return bot.Message{}, err
	}
	id := n.CaseID
	c, err := d.Case(id)
	if err != nil {
		return bot.Message{}, err
	}
	m := bot.Message{Summary: fmt.Sprintf("The agency about %s: %s", id, n.Text), Parts: []bot.Part{
		bot.Para(bot.T("The agency about "), bot.B("%s", id), bot.T(" “%s”:\n", c.Rule), bot.T("%s", n.Text))}}
	if c.State == agency.CaseResolved {
		m.Parts = append(m.Parts, bot.Small(bot.T("%s is closed. ", id), bot.C("/ask"), bot.T(" opens a new question.")))
		return m, nil
	}
	row := []bot.Button{{Label: "Answer", Style: bot.Primary, Command: "case reply", Value: id.String()}}
	if c.Source == agency.AskedSource {
		row = append(row, bot.Button{Label: "That helps", Command: "case close", Value: caseSeen(c, false)})
	}
	m.Parts = append(m.Parts, bot.Actions(row...))
	return m, nil
}

// noteLine is who said what: "@mia (creator): …".
func noteLine(d *agency.Desk, n agency.CaseNote) (bot.Text, error) {
	who, err := bot.MemberName(d, n.Member)
	if err != nil {
		return nil, err
	}
	return bot.Join(who, bot.T(" (%s): %s", n.Side, n.Text)), nil
}

// cardNotes is how many notes a case's card shows; all are in its thread.
const cardNotes = 3

// notesPart is the newest notes of a case, for its card; ok is false when there are none.
func notesPart(d *agency.Desk, id agency.CaseID) (part bot.Part, ok bool, err error) {
	notes, err := d.CaseNotes(id)
	if err != nil || len(notes) == 0 {
		return part, false, err
	}
	text := bot.B("%s", countOf(len(notes), "message", "messages"))
	for _, n := range notes[max(0, len(notes)-cardNotes):] {
		line, err := noteLine(d, n)
		if err != nil {
			return part, false, err
		}
		text = bot.Join(text, bot.T("\n"), line)
	}
	return bot.Para(text), true, nil
}

// creatorCaseMessage is a case as the creator whom it is about sees it: the rule, the deadline, where it stands. What staff
// wrote for themselves is not in it.
func creatorCaseMessage(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
	id, err := agency.ParseCaseID(o.Ref)
	if err != nil {
		return bot.Message{}, err
	}
	c, err := d.Case(id)
	if err != nil {
		return bot.Message{}, err
	}
	standing := map[agency.CaseState]string{agency.CaseOpen: "open", agency.CaseAcknowledged: "the agency deals with it", agency.CaseResolved: "closed"}[c.State]
	fields := []bot.Pair{{Label: "What", Value: bot.T("%s", c.Rule)}}
	if c.Points > 0 {
		fields = append(fields, bot.Pair{Label: "Points", Value: bot.T("%d", c.Points)})
	}
	if c.Notice != "" {
		fields = append(fields, bot.Pair{Label: "TikTok's notice", Value: bot.T("%s", c.Notice)})
	}
	fields = append(fields, bot.Pair{Label: "Deadline", Value: caseDeadline(d, c)}, bot.Pair{Label: "State", Value: bot.T("%s", standing)})
	title := fmt.Sprintf("%s · a violation concerns you", id)
	m := bot.Message{Summary: title + ": " + c.Rule, Parts: []bot.Part{bot.Heading("%s", title), {Fields: fields}}}
	if c.State != agency.CaseResolved {
		if c.Deadline != 0 {
			m.Summary += ", deadline " + countdown(d, c)
		}
		m.Parts = append(m.Parts, bot.Actions(bot.Button{Label: "Answer", Style: bot.Primary, Command: "case reply", Value: id.String()}))
	}
	m.Parts = append(m.Parts, bot.Small(bot.T("Time left as of "), bot.When(d.Time)))
	return m, nil
}
