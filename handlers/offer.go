package handlers

import (
	"fmt"
	"strconv"

	"liaison/agency"
	"liaison/bot"
)

func offerCommands() []bot.Command {
	return []bot.Command{
		{Name: "offer accept", Summary: "say yes to a seller whom the agency offers you", Usage: "M-88", Args: []bot.Argument{word("match", "which offer, such as M-88")}, Examples: []string{"/offer accept M-88"},
			Right: agency.SeeOwnRecord, About: aboutOffer, Run: runOfferAccept},
		{Name: "offer decline", Summary: "say no, and why", Usage: "M-88 [reason]", Args: []bot.Argument{word("match", "which offer, such as M-88"), rest("reason", "why not; a form asks if empty")}, Examples: []string{"/offer decline M-88 I work for a rival"},
			Right: agency.SeeOwnRecord, About: aboutOffer, Run: runOfferDecline, Submit: submitOfferDecline},
		{Name: "offer ask", Summary: "ask the agency about an offer", Usage: "M-88 [question]", Args: []bot.Argument{word("match", "which offer, such as M-88"), rest("question", "your question; a form asks if empty")}, Examples: []string{"/offer ask M-88 do they send samples?"},
			Right: agency.SeeOwnRecord, Run: runOfferAsk, Submit: submitOfferAsk},
	}
}

func offerViews() map[string]bot.View {
	with := func(draw func(*agency.Desk, agency.MatchDetail) (bot.Message, error)) bot.View {
		return func(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
			id, err := agency.ParseMatchID(o.Ref)
			if err != nil {
				return bot.Message{}, err
			}
			m, err := d.Match(id)
			if err != nil {
				return bot.Message{}, err
			}
			return draw(d, m)
		}
	}
	return map[string]bot.View{agency.OfferCard: with(offerMessage), agency.OfferReminder: with(offerReminder), agency.OfferNews: with(offerNews)}
}

// offerMessage asks a creator whether they want to work for a seller. It names the shop and what it sells, and not what
// the agency thinks of either.
func offerMessage(d *agency.Desk, m agency.MatchDetail) (bot.Message, error) {
	title := fmt.Sprintf("%s · %s would like to work with you", m.ID, m.Of.Shop)
	fields := []bot.Pair{{Label: "Shop", Value: bot.T("%s, %s", m.Of.Shop, m.Of.Region)}, {Label: "Sells", Value: bot.T("%s", orUnknown(m.Of.Category))}}
	if !m.Of.Price.IsZero() {
		fields = append(fields, bot.Pair{Label: "Typical price", Value: bot.T("%s", m.Of.Price)})
	}
	if m.Of.Wishes.Format != "" {
		fields = append(fields, bot.Pair{Label: "Asks for", Value: bot.T("%s", m.Of.Wishes.Format)})
	}
	out := bot.Message{Summary: title, Parts: []bot.Part{bot.Heading("%s", title), {Fields: fields}}}
	if m.State != agency.MatchApproved || m.Answer != "" {
		out.Summary = agency.OfferStanding(m.Match)
		line := bot.T("%s", out.Summary)
		if m.Answer == agency.OfferAccepted || m.Answer == agency.OfferDeclined {
			line = bot.Join(line, bot.T(" "), bot.When(m.AnsweredAt))
		}
		out.Parts = append(out.Parts, bot.Para(line))
		return out, nil
	}
	out.Parts = append(out.Parts, offerActions(m.Match))
	if _, expire := d.OfferDates(m); expire != 0 {
		out.Parts = append(out.Parts, bot.Small(bot.T("Please answer before "), bot.When(expire), bot.T("; after it the agency asks somebody else.")))
	}
	return out, nil
}

func offerActions(m agency.Match) bot.Part {
	value := bot.Seen(m.ID.String(), strconv.FormatInt(m.Version, 10))
	return bot.Actions(
		bot.Button{Label: "Accept", Style: bot.Primary, Command: "offer accept", Value: value},
		bot.Button{Label: "Decline", Command: "offer decline", Value: value},
		bot.Button{Label: "Ask", Command: "offer ask", Value: m.ID.String()})
}

// aboutOffer is what a creator's answers are about. An offer that went back to the agency and was made anew is another one.
func aboutOffer(t *bot.Turn) (bot.Object, error) {
	id, err := offerID(t)
	if err != nil {
		return bot.Object{}, err
	}
	m, err := t.Desk.MyOffer(id)
	return bot.Object{Name: id.String(), Version: strconv.FormatInt(m.Version, 10), Stands: agency.OfferStanding(m.Match), Card: agency.OfferCard, Ref: id.String()}, err
}

// offerReminder asks once more, from the newest state.
func offerReminder(d *agency.Desk, m agency.MatchDetail) (bot.Message, error) {
	standing := agency.OfferStanding(m.Match)
	out := bot.Message{Summary: standing, Parts: []bot.Part{bot.Para(bot.T("%s", standing))}}
	if m.State != agency.MatchApproved || m.Answer != "" {
		return out, nil // it was answered while the reminder was on its way
	}
	out.Summary = fmt.Sprintf("%s still waits for your answer: %s", m.ID, m.Of.Shop)
	out.Parts = []bot.Part{bot.Para(bot.B("%s", m.Of.Shop), bot.T(" still waits for your answer (%s).", m.ID)), offerActions(m.Match)}
	if _, expire := d.OfferDates(m); expire != 0 {
		out.Parts = append(out.Parts, bot.Small(bot.T("Until "), bot.When(expire)))
	}
	return out, nil
}

// offerNews tells whoever approved a match what the creator said.
func offerNews(_ *agency.Desk, m agency.MatchDetail) (bot.Message, error) {
	what := map[agency.OfferAnswer]string{agency.OfferAccepted: "accepted", agency.OfferDeclined: "declined", agency.OfferExpired: "did not answer"}[m.Answer]
	if what == "" {
		what = "was asked again about"
	}
	text := bot.Join(bot.B("@%s", m.With.Handle), bot.T(" %s %s for %s %s.", what, m.ID, m.Of.ID, m.Of.Shop))
	switch m.Answer {
	case agency.OfferDeclined:
		text = bot.Join(text, bot.T(" “"), bot.I("%s", m.Reason), bot.T("” Their place is free; "), bot.C("/match propose %s", m.Of.ID), bot.T(" finds others."))
	case agency.OfferExpired:
		text = bot.Join(text, bot.T(" It is a proposal again: approve it to ask once more, or swap or skip it."))
	case agency.OfferAccepted:
	}
	return bot.Message{Summary: text.String(), Parts: []bot.Part{bot.Para(text)}}, nil
}

// offerID reads the reference that every answer begins with.
func offerID(t *bot.Turn) (agency.MatchID, error) {
	word := t.Args().Word(0)
	if word == "" {
		return 0, agency.Invalid("Say which offer, as in `/%s M-88`. `/me` lists yours.", t.Command)
	}
	return agency.ParseMatchID(word)
}

func runOfferAccept(t *bot.Turn) (bot.Reply, error) {
	id, err := offerID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	m, err := t.Desk.AcceptOffer(id)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("You accepted %s: you work with %s now. The agency knows.", m.ID, m.Of.Shop), nil
}

// runOfferDecline opens the form unless the reason is typed behind the reference.
func runOfferDecline(t *bot.Turn) (bot.Reply, error) {
	id, err := offerID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	if reason := t.Behind(1); reason != "" {
		return declineOffer(t, id, reason)
	}
	m, err := t.Desk.OpenOffer(id)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Open(bot.Form{Command: "offer decline", Title: "Decline", Submit: "Decline", State: id.String(),
		Intro:  []bot.Part{bot.Para(bot.B("%s", m.Of.Shop), bot.T(" is not offered to you again unless somebody asks for it."))},
		Fields: []bot.Field{{Name: "reason", Label: "Why not", Kind: bot.Paragraph, Max: 300}}}), nil
}

func submitOfferDecline(t *bot.Turn) (bot.Reply, error) {
	id, err := offerID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	return declineOffer(t, id, t.Value("reason"))
}

func declineOffer(t *bot.Turn, id agency.MatchID, reason string) (bot.Reply, error) {
	m, err := t.Desk.DeclineOffer(id, reason)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("You declined %s of %s. The agency reads why.", m.ID, m.Of.Shop), nil
}

func runOfferAsk(t *bot.Turn) (bot.Reply, error) {
	id, err := offerID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	if text := t.Behind(1); text != "" {
		return askDesk(t, text, id)
	}
	if _, err := t.Desk.MyOffer(id); err != nil {
		return bot.Reply{}, err
	}
	return bot.Open(questionForm("offer ask", "Ask about "+id.String(), id.String())), nil
}

func submitOfferAsk(t *bot.Turn) (bot.Reply, error) {
	id, err := offerID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	return askDesk(t, t.Value("text"), id)
}
