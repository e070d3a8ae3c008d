package agency

import (
	"fmt"
	"slices"
	"strings"
)

// NoteSide says which side of the desk wrote a note.
type NoteSide string

// The sides.
const (
	StaffSide   NoteSide = "staff"
	CreatorSide NoteSide = "creator"
)

// CaseLine is the card of a note in the thread of its case's card, CaseNoteSaid the one by which the creator has it. Their
// reference is the case and the note's position: "V-9 2". Both are cards, so that they are edited when the note is. CreatorCase
// is the card by which a creator has a case that is about them.
const (
	CaseLine     = "case-line"
	CaseNoteSaid = "case-note"
	CreatorCase  = "creator-case"
)

// AskedSource is the source of a case that a creator opened with a question.
const AskedSource = "asked"

// CaseNote is one thing that one side said to the other about a case.
type CaseNote struct {
	CaseID   CaseID
	Position int64 // from 1, in the order in which they were said
	Member   MemberID
	Side     NoteSide
	Text     string
	At       Instant
	Written  ChatMessage // the message in which it was written, where it was one; the message that told it is in the outbox
}

// ChatMessage is a message of a chat.
type ChatMessage struct {
	Address
	MessageID string
}

// noteTx is what notes need of the store.
type noteTx interface {
	// CaseNotes lists what was said about a case, in order.
	CaseNotes(CaseID) ([]CaseNote, error)
	// InsertCaseNote adds a note as the next of its case and gives its position.
	InsertCaseNote(CaseNote) (position int64, err error)
	// CaseNoteWritten finds the note that was written in a message of a chat.
	CaseNoteWritten(ChatMessage) (n CaseNote, ok bool, err error)
	// PutSaidChange notes the newest words of a message that is no note; the given last word is never replaced.
	PutSaidChange(written ChatMessage, text, last string, at Instant) error
	SaidChange(ChatMessage) (text string, ok bool, err error)
	UpdateCaseNoteText(id CaseID, position int64, text string) error
}

// mostQuestions is how many questions of one creator may be open at a time.
const mostQuestions = 10

// Ask opens a service case with a creator's question and shows its card to staff. about is the match that it is about;
// zero: none.
func (d *Desk) Ask(text string, about MatchID, written ChatMessage) (Case, error) {
	me, err := d.myself()
	if err != nil {
		return Case{}, err
	}
	if text, err = wholeText("text", text, 1000); err != nil {
		return Case{}, err
	}
	c := Case{Kind: Concern, Severity: Low, Creator: me.ID, Rule: cut(text, 80), Source: AskedSource}
	if about != 0 {
		m, err := d.MyOffer(about)
		if err != nil {
			return Case{}, err
		}
		c.Rule = cut(m.ID.String()+": "+text, 80)
	}
	mine, _, err := d.tx.FindCases(CaseFilter{States: LivingCases, Creator: me.ID})
	if err != nil {
		return Case{}, err
	}
	open := 0
	for _, k := range mine {
		if k.Source == AskedSource {
			open++
		}
	}
	if open >= mostQuestions {
		return Case{}, Conflict("You have %s open. Wait for the answers, or add to one of them.", Count(int64(open), "question"))
	}
	if c, err = d.openCase(c); err != nil {
		return Case{}, err
	}
	_, err = d.addNote(c, CreatorSide, text, written)
	return c, err
}

// addNote records a note and says it in the thread of every card of the case.
func (d *Desk) addNote(c Case, side NoteSide, text string, written ChatMessage) (CaseNote, error) {
	n := CaseNote{CaseID: c.ID, Member: d.Actor.Member.ID, Side: side, Text: text, At: d.Time, Written: written}
	var err error
	if n.Position, err = d.tx.InsertCaseNote(n); err != nil {
		return n, err
	}
	if n.Position == 1 && c.Source == AskedSource {
		return n, d.audit("case note", c.ID.String(), "the question") // the card that is just shown says it
	}
	places, err := d.tx.CardPlaces(CaseCard, c.ID.String())
	if err != nil {
		return n, err
	}
	for _, to := range places {
		if written.MessageID != "" && to == written.Address {
			continue // it stands in that thread already
		}
		if err := d.showLine(n, to); err != nil {
			return n, err
		}
	}
	if err := d.redrawCard(CaseCard, c.ID.String()); err != nil {
		return n, err
	}
	return n, d.audit("case note", c.ID.String(), fmt.Sprintf("%s note %d", side, n.Position))
}

// showLine shows a note in the thread of its case's card.
func (d *Desk) showLine(n CaseNote, to Address) error {
	return d.tx.Enqueue(Outgoing{To: to, Kind: CaseLine, Ref: noteRef(n), Mode: Card, Thread: CaseCard + " " + n.CaseID.String(), At: d.Time})
}

func noteRef(n CaseNote) string { return fmt.Sprintf("%s %d", n.CaseID, n.Position) }

// ParseNoteRef reads the reference of a note: "V-9 2".
func ParseNoteRef(text string) (id CaseID, position int64, err error) {
	ref, number, _ := strings.Cut(text, " ")
	if id, err = ParseCaseID(ref); err != nil {
		return 0, 0, err
	}
	if _, err := fmt.Sscan(number, &position); err != nil || position < 1 {
		return 0, 0, Invalid("“%s” is not a note of a case.", text)
	}
	return id, position, nil
}

// CaseReader is the creator who reads the desk's answers about a case; ok is false when nobody does.
func (d *Desk) CaseReader(c Case) (m Member, ok bool, err error) {
	if err := d.authorize(SeeRecords); err != nil || c.Creator == 0 {
		return Member{}, false, err
	}
	who, err := d.tx.Creator(c.Creator)
	if err != nil || who.Member == 0 || c.OpenedAt <= who.FormerUntil {
		return Member{}, false, err
	}
	m, err = d.tx.Member(who.Member)
	return m, err == nil, err
}

// AnswerableCase finds a case whose creator the actor may write to, before they are asked for words.
func (d *Desk) AnswerableCase(id CaseID) (c Case, reader Member, err error) {
	if err := d.authorize(AnswerCase); err != nil {
		return Case{}, Member{}, err
	}
	if c, err = d.tx.Case(id); err != nil {
		return Case{}, Member{}, err
	}
	if c.State == CaseResolved {
		return Case{}, Member{}, d.caseOver(c)
	}
	reader, ok, err := d.CaseReader(c)
	if err == nil && !ok {
		err = Conflict("%s has no creator who could read an answer in chat.", id)
	}
	return c, reader, err
}

// AnswerQuestion writes to the creator whom a case concerns. A case that nobody has acknowledged is acknowledged by it.
// With done it is closed, as answered. heard is false when the answer is recorded but the creator cannot be reached, or
// does not want to be told.
func (d *Desk) AnswerQuestion(id CaseID, text string, done bool, written ChatMessage) (c Case, heard bool, err error) {
	c, reader, err := d.AnswerableCase(id)
	if err != nil {
		return Case{}, false, err
	}
	if text, err = wholeText("text", text, 1000); err != nil {
		return Case{}, false, err
	}
	me, err := d.self()
	if err != nil {
		return Case{}, false, err
	}
	if me.ID == reader.ID {
		return Case{}, false, Forbidden("%s is about you. Somebody else must answer it.", id)
	}
	switch {
	case done:
		c.State, c.ResolvedBy, c.ResolvedAt, c.Resolution = CaseResolved, me.ID, d.Time, cut("answered: "+text, 500)
	case c.State == CaseOpen:
		c.State, c.AckedBy, c.AckedAt = CaseAcknowledged, me.ID, d.Time
	}
	if err := d.tx.UpdateCase(c); err != nil {
		return Case{}, false, err
	}
	c.Version++
	n, err := d.addNote(c, StaffSide, text, written)
	if err != nil {
		return Case{}, false, err
	}
	if err := d.redrawCard(CreatorCase, id.String()); err != nil {
		return Case{}, false, err
	}
	if done {
		if err := d.redrawNotes(id); err != nil {
			return Case{}, false, err
		}
	}
	heard, err = d.tell(notice{To: reader.ID, On: Discord, Kind: NoticeAnswer, By: c.Deadline,
		Out: Outgoing{Kind: CaseNoteSaid, Ref: noteRef(n), Mode: Card}}) // a card, so that it can be edited when the note is
	return c, heard, err
}

// MyCase finds a case that is about the actor as a creator. Of anybody else's there is nothing to find.
func (d *Desk) MyCase(id CaseID) (Case, error) {
	me, err := d.myself()
	if err != nil {
		return Case{}, err
	}
	c, err := d.tx.Case(id)
	if err != nil && CodeOf(err) != CodeNotFound {
		return Case{}, err
	}
	if err == nil {
		hers, err := d.concerns(me, c)
		if err != nil || hers {
			return c, err
		}
	}
	return Case{}, NotFound("There is no case %s of yours.", id)
}

// concerns reports whether a creator may see a case: it is about them (and not about who had the handle before), and they asked, or must know (a violation), or the
// agency wrote to them about it. What staff record of a creator for themselves stays with staff.
func (d *Desk) concerns(me Creator, c Case) (bool, error) {
	if c.Creator != me.ID || c.OpenedAt <= me.FormerUntil {
		return false, nil
	}
	if c.Source == AskedSource || c.Kind == Violation {
		return true, nil
	}
	notes, err := d.tx.CaseNotes(c.ID)
	return slices.ContainsFunc(notes, func(n CaseNote) bool { return n.Side == StaffSide }), err
}

// casesFor lists the living cases that a creator may see.
func (d *Desk) casesFor(me Creator) (list []Case, err error) {
	all, _, err := d.tx.FindCases(CaseFilter{States: LivingCases, Creator: me.ID})
	for i := 0; i < len(all) && err == nil; i++ {
		var hers bool
		if hers, err = d.concerns(me, all[i]); hers {
			list = append(list, all[i])
		}
	}
	return list, err
}

// OpenCaseOfMine finds a case of the actor's own that is not over.
func (d *Desk) OpenCaseOfMine(id CaseID) (Case, error) {
	c, err := d.MyCase(id)
	if err == nil && c.State == CaseResolved {
		err = Conflict("%s is closed. `/ask` opens a new question.", id)
	}
	return c, err
}

// MyCaseNotes lists what was said about a case of the actor's own, in order.
func (d *Desk) MyCaseNotes(id CaseID) ([]CaseNote, error) {
	if _, err := d.MyCase(id); err != nil {
		return nil, err
	}
	return d.tx.CaseNotes(id)
}

// ReplyToCase adds what a creator says about a case of their own, and tells its owner.
func (d *Desk) ReplyToCase(id CaseID, text string, written ChatMessage) (Case, error) {
	c, err := d.OpenCaseOfMine(id)
	if err != nil {
		return Case{}, err
	}
	if text, err = wholeText("text", text, 1000); err != nil {
		return Case{}, err
	}
	if _, err := d.addNote(c, CreatorSide, text, written); err != nil {
		return Case{}, err
	}
	to := c.Owner
	if to == 0 {
		to = c.AckedBy
	}
	if to == 0 || to == d.Actor.Member.ID {
		return c, nil
	}
	_, err = d.tell(notice{To: to, On: Slack, Kind: NoticeNews, By: c.Deadline, Out: Outgoing{Kind: CaseNews,
		Ref: fmt.Sprintf("%s note %d", c.ID, d.Actor.Member.ID)}})
	return c, err
}

// ChangeUnsent notes what became of a message to the desk that nobody has sent on: its newest words, or that it was taken
// back (empty), which it stays.
func (d *Desk) ChangeUnsent(written ChatMessage, text string) error {
	if text == "" {
		text = TakenBack
	}
	return d.tx.PutSaidChange(written, cut(text, 1000), TakenBack, d.Time)
}

// Unsent is the newest words of a message to the desk, which were text when it came. It refuses one that was taken back.
func (d *Desk) Unsent(written ChatMessage, text string) (string, error) {
	if written.MessageID == "" {
		return text, nil
	}
	newest, ok, err := d.tx.SaidChange(written)
	switch {
	case err != nil:
		return "", err
	case ok && newest == TakenBack:
		return "", Conflict("You took that message back, so nobody gets it.")
	case ok:
		return newest, nil
	}
	return text, nil
}

// TakenBack is the text of a note whose message was deleted.
const TakenBack = "(taken back)"

// ReviseNote follows a message that was edited (or, with an empty text, deleted): the note that was written in it says the
// same, wherever it is told. ok is false when no note was written in it. Only who wrote it may.
func (d *Desk) ReviseNote(written ChatMessage, text string) (ok bool, err error) {
	n, ok, err := d.tx.CaseNoteWritten(written)
	if err != nil || !ok || n.Member != d.Actor.Member.ID || n.Member == 0 {
		return false, err
	}
	if n.Text == TakenBack {
		return true, nil // an older change that comes late brings nothing back
	}
	if text == "" {
		text = TakenBack
	}
	if text, err = wholeText("text", text, 1000); err != nil || text == n.Text {
		return true, err
	}
	if err := d.tx.UpdateCaseNoteText(n.CaseID, n.Position, text); err != nil {
		return true, err
	}
	if err := d.reviseQuestion(n, text); err != nil {
		return true, err
	}
	if err := d.redrawCard(CaseCard, n.CaseID.String()); err != nil {
		return true, err
	}
	if err := d.redrawCard(CaseNoteSaid, noteRef(n)); err != nil {
		return true, err
	}
	places, err := d.tx.CardPlaces(CaseLine, noteRef(n))
	if err != nil {
		return true, err
	}
	for _, to := range places {
		if err := d.showLine(n, to); err != nil {
			return true, err
		}
	}
	return true, d.audit("case note", n.CaseID.String(), fmt.Sprintf("note %d changed, it was: %s", n.Position, cut(n.Text, 200)))
}

// reviseQuestion gives a question its new title when the note that opened it changes.
func (d *Desk) reviseQuestion(n CaseNote, text string) error {
	if n.Position != 1 {
		return nil
	}
	c, err := d.tx.Case(n.CaseID)
	if err != nil || c.Source != AskedSource || n.Side != CreatorSide {
		return err
	}
	about, _, _ := strings.Cut(c.Rule, ": ")
	if _, err := ParseMatchID(about); err == nil {
		text = about + ": " + text
	}
	c.Rule = cut(text, 80)
	return d.tx.UpdateCase(c)
}

// InThread reports whether what is said in the thread of a case's card is for its creator: the case is a question. What
// staff say among themselves about a violation stays with them. It refuses where the creator will not read it, which
// whoever wrote it should know: the question is closed, or the actor may not answer.
func (d *Desk) InThread(id CaseID) (bool, error) {
	if !d.Actor.May(SeeRecords) {
		return false, nil
	}
	c, err := d.tx.Case(id)
	if err != nil || c.Source != AskedSource {
		return false, err
	}
	switch {
	case !d.Actor.May(AnswerCase):
		return false, Forbidden("The creator does not read this: you may not answer cases. Somebody who may can write it in this thread.")
	case c.State == CaseResolved:
		return false, Conflict("The creator does not read this: %s is closed. `/case reopen %s` opens it again.", id, id)
	}
	return true, nil
}

// CloseQuestion lets a creator close a question of their own: the answer was enough.
func (d *Desk) CloseQuestion(id CaseID) (Case, error) {
	c, err := d.OpenCaseOfMine(id)
	if err != nil {
		return Case{}, err
	}
	if c.Source != AskedSource {
		return Case{}, Forbidden("%s is the agency's to close.", id)
	}
	c.State, c.ResolvedBy, c.ResolvedAt, c.Resolution = CaseResolved, d.Actor.Member.ID, d.Time, "the answer helped"
	if err := d.tx.UpdateCase(c); err != nil {
		return Case{}, err
	}
	c.Version++
	if err := d.redrawCard(CaseCard, id.String()); err != nil {
		return Case{}, err
	}
	if err := d.redrawNotes(id); err != nil {
		return Case{}, err
	}
	return c, d.audit("case resolve", id.String(), c.Resolution)
}

// redrawNotes edits what the creator was written about a case that is over, or open again: its buttons go, or come back.
func (d *Desk) redrawNotes(id CaseID) error {
	notes, err := d.tx.CaseNotes(id)
	for _, n := range notes {
		if err == nil && n.Side == StaffSide {
			err = d.redrawCard(CaseNoteSaid, noteRef(n))
		}
	}
	return err
}

// CaseNotes lists what was said about a case, in order.
func (d *Desk) CaseNotes(id CaseID) ([]CaseNote, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, err
	}
	return d.tx.CaseNotes(id)
}

// tellCreator brings a case to the creator whom it is about: a violation with its deadline, which nobody may miss. Their
// own question they know.
func (d *Desk) tellCreator(c Case) error {
	if c.Creator == 0 || c.Kind != Violation {
		return nil
	}
	who, err := d.tx.Creator(c.Creator)
	if err != nil || who.Member == 0 {
		return err
	}
	_, err = d.tell(notice{To: who.Member, On: Discord, By: c.Deadline, Out: Outgoing{Kind: CreatorCase, Ref: c.ID.String(), Mode: Card}})
	return err
}

// showCase shows the card of a new case: a question in the channels that get questions, everything else (and questions
// where no channel gets them) in those that get violations.
func (d *Desk) showCase(c Case) error {
	feed := ViolationsFeed
	if c.Source == AskedSource {
		channels, err := d.tx.Subscriptions(QuestionsFeed)
		if err != nil {
			return err
		}
		if len(channels) > 0 {
			feed = QuestionsFeed
		}
	}
	return d.showCardInFeed(CaseCard, c.ID.String(), feed)
}
