package handlers

import (
	"fmt"
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

func statusCommands() []bot.Command {
	return []bot.Command{
		{Name: "status", Summary: "show what waits to be posted, what could not be, what is not well, and what to do", Examples: []string{"/status"},
			Right: agency.SeeStatus, Reads: true, Run: runStatus},
		{Name: "status retry", Summary: "post again what could not be posted: all of it, or one message", Usage: "[12]",
			Args:     []bot.Argument{optional(word("message", "its number; all of them if empty"))},
			Examples: []string{"/status retry", "/status retry 12"}, Right: agency.MendDelivery, About: aboutParked, Run: runStatusRetry},
		{Name: "status drop", Summary: "forget a message that could not be posted", Usage: "12",
			Args:     []bot.Argument{word("message", "its number")},
			Examples: []string{"/status drop 12"}, Right: agency.MendDelivery, About: aboutParked, Run: runStatusDrop},
	}
}

func statusViews() map[string]bot.View {
	return map[string]bot.View{agency.ParkedNote: parkedNote}
}

func runStatus(t *bot.Turn) (bot.Reply, error) {
	state, parked, repeated, err := t.Desk.OutboxState()
	if err != nil {
		return bot.Reply{}, err
	}
	m := bot.Message{Summary: statusSummary(state), Parts: []bot.Part{bot.Heading("%s", statusSummary(state))}}
	if state.Waiting > 0 {
		m.Parts = append(m.Parts, bot.Para(bot.T("%s to be posted, the oldest decided ", countOf(int(state.Waiting), "message waits", "messages wait")),
			bot.When(state.Oldest), bot.T(".")))
	}
	m.Parts = append(m.Parts, partsOf(t)...)
	for _, u := range parked {
		line, err := parkedLine(t.Desk, u)
		if err != nil {
			return bot.Reply{}, err
		}
		m.Parts = append(m.Parts, bot.Para(line))
		if t.Desk.Actor.May(agency.MendDelivery) {
			id := bot.Seen(strconv.FormatInt(u.ID, 10), strconv.Itoa(u.Attempts))
			m.Parts = append(m.Parts, bot.Actions(bot.Button{Label: "Try again", Command: "status retry", Value: id},
				bot.Button{Label: "Forget", Style: bot.Danger, Command: "status drop", Value: id, Confirm: &bot.Confirm{Title: "Forget this message?",
					Text: "It is never posted. The record that it speaks of stays.", Yes: "Forget", No: "Keep"}}))
		}
	}
	if more := state.Parked - int64(len(parked)); more > 0 {
		m.Parts = append(m.Parts, bot.Small(bot.T("%s not shown.", countOf(int(more), "further parked message is", "further parked messages are"))))
	}
	if state.Parked > 1 && t.Desk.Actor.May(agency.MendDelivery) {
		m.Parts = append(m.Parts, bot.Actions(bot.Button{Label: "Try all again", Command: "status retry"}))
	}
	if len(repeated) > 0 {
		lines, err := repeatedLines(t.Desk, repeated)
		if err != nil {
			return bot.Reply{}, err
		}
		m.Parts = append(m.Parts, bot.Small(lines))
	}
	return bot.Tell(m), nil
}

// partsOf says which part of the desk is not well, as its operator sees it too; when all are, it says nothing.
func partsOf(t *bot.Turn) (list []bot.Part) {
	if t.Health == nil {
		return nil
	}
	for _, c := range t.Health() {
		if c.Err != nil {
			list = append(list, bot.Para(bot.B("Not well: %s", c.Name), bot.T(" · %s", c.Err), bot.T("\nWhoever runs the desk finds more under /readyz and in the log.")))
		}
	}
	return list
}

func statusSummary(o agency.Outbox) string {
	switch {
	case o.Parked > 0:
		return countOf(int(o.Parked), "message could not be posted", "messages could not be posted")
	case o.Waiting > 0:
		return "Everything is on its way"
	}
	return "Everything that was decided has been posted"
}

// parkedLine says what could not be posted where, why, and what to do.
func parkedLine(d *agency.Desk, u agency.Undelivered) (bot.Text, error) {
	where, err := place(d, u.To)
	return bot.Join(said(u.Outgoing), where, bot.T(" · %s", u.Code), bot.T(", "), bot.When(u.EndedAt), bot.T("\n"), bot.T("%s", remedy(u))), err
}

// said names an outgoing message as people know it: "case card V-9 for".
func said(o agency.Outgoing) bot.Text {
	verb, role, _ := strings.Cut(o.Ref, " ")
	switch {
	case o.Mode != agency.Grant:
		return bot.Join(bot.B("%s", strings.TrimSpace(strings.ReplaceAll(o.Kind, "-", " ")+" "+o.Ref)), bot.T(" for "))
	case verb == "take":
		return bot.Join(bot.B("what belongs to the role %s", role), bot.T(", to be taken from "))
	}
	return bot.Join(bot.B("what belongs to the role %s", role), bot.T(", to be given to "))
}

// place shows an address: a person as a person, a channel as a channel.
func place(d *agency.Desk, to agency.Address) (bot.Text, error) {
	m, err := d.Known(agency.Identity{Platform: to.Platform, Workspace: to.Workspace, User: to.Channel})
	switch {
	case err == nil:
		return bot.MemberName(d, m.ID)
	case agency.CodeOf(err) != agency.CodeNotFound:
		return nil, err
	}
	return bot.Text{{Style: bot.Channel, Ref: to.Channel, Text: to.Channel}}, nil
}

func repeatedLines(d *agency.Desk, list []agency.Undelivered) (bot.Text, error) {
	text := bot.T("Sent again within a week, because nobody could know whether the first try arrived:")
	for _, u := range list {
		where, err := place(d, u.To)
		if err != nil {
			return nil, err
		}
		text = bot.Join(text, bot.T("\n%s", said(u.Outgoing)), where, bot.T(", "), bot.When(u.EndedAt))
	}
	return text, nil
}

// parkedNote tells the one who can help that a message of their channel could not be posted.
func parkedNote(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
	id, err := strconv.ParseInt(o.Ref, 10, 64)
	if err != nil {
		return bot.Message{}, fmt.Errorf("a parked message without a number: %w", err)
	}
	u, ok, err := d.ParkedMessage(id)
	if err != nil {
		return bot.Message{}, err
	}
	if !ok {
		return bot.Sentence("A message that could not be posted is out by now or was forgotten. There is nothing to do."), nil
	}
	line, err := parkedLine(d, u)
	if err != nil {
		return bot.Message{}, err
	}
	summary, first := "A message could not be posted: ", "I could not post: "
	if u.Mode == agency.Grant {
		summary, first = "A role could not be given or taken: ", "I could not do this: "
	}
	summary += strings.TrimSuffix(said(u.Outgoing).String(), " for ")
	return bot.Message{Summary: summary, Parts: []bot.Part{bot.Para(bot.T("%s", first), line),
		bot.Actions(bot.Button{Label: "Try again", Style: bot.Primary, Command: "status retry", Value: o.Ref}),
		bot.Small(bot.T("You are told because you subscribed this channel, or because you are an admin. Others of this channel with the same trouble today are not told one by one; "),
			bot.C("/status"), bot.T(" lists them."))}}, nil
}

func parkedID(t *bot.Turn) (int64, error) {
	word := t.Args().Word(0)
	if word == "" || word == "all" {
		return 0, nil
	}
	id, err := strconv.ParseInt(word, 10, 64)
	if err != nil || id <= 0 {
		return 0, agency.Invalid("“%s” is not the number of a message. `/status` lists those that could not be posted.", word)
	}
	return id, nil
}

// aboutParked is what the buttons of a message that could not be posted are about: what was tried again and parked again is not
// what they showed. Of one that is out the command itself speaks.
func aboutParked(t *bot.Turn) (bot.Object, error) {
	id, err := parkedID(t)
	if err != nil {
		return bot.Object{}, err
	}
	about := bot.Object{Name: fmt.Sprintf("message %d", id), Version: t.Seen, Stands: "It was tried again and could not be posted again; `/status` shows why."}
	u, ok, err := t.Desk.ParkedMessage(id)
	if ok {
		about.Version = strconv.Itoa(u.Attempts)
	}
	return about, err
}

func runStatusRetry(t *bot.Turn) (bot.Reply, error) {
	id, err := parkedID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	n, err := t.Desk.RetryParked(id)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("%s in the outbox again. `/status` shows whether it helped.", countOf(int(n), "message is", "messages are")), nil
}

func runStatusDrop(t *bot.Turn) (bot.Reply, error) {
	id, err := parkedID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	if id == 0 {
		return bot.Reply{}, agency.Invalid("Say which message, as in `/status drop 12`. `/status` lists them.")
	}
	if _, err := t.Desk.DropParked(id); err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("Message %d is forgotten; it is never posted.", id), nil
}
