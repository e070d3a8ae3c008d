package handlers

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

func matchCommands() []bot.Command {
	return []bot.Command{
		{Name: "match propose", Summary: "propose creators for a seller, with reasons; again includes those declined before", Usage: "S-12 [5] [again]",
			Args: []bot.Argument{aSeller(), optional(word("creators", "how many; five if empty")), optional(oneOf("declined", "propose those again who were declined before", "again"))}, Suggest: suggest,
			Examples: []string{"/match propose S-12 5", "/match propose S-12 again"}, Right: agency.DecideMatch, Run: runMatchPropose},
		{Name: "match approve", Summary: "let a proposed creator work for the seller", Usage: "M-88",
			Args: []bot.Argument{aMatch()}, Suggest: suggest, Examples: []string{"/match approve M-88"},
			Right: agency.DecideMatch, About: aboutMatch, Run: runMatchApprove},
		{Name: "match swap", Summary: "put the next best creator in the place of a proposed one", Usage: "M-88",
			Args: []bot.Argument{aMatch()}, Suggest: suggest, Examples: []string{"/match swap M-88"},
			Right: agency.DecideMatch, About: aboutMatch, Run: runMatchSwap},
		{Name: "match skip", Summary: "decline a proposal and say why", Usage: "M-88 [reason]",
			Args: []bot.Argument{aMatch(), rest("reason", "why not")}, Suggest: suggest,
			Examples: []string{"/match skip M-88", "/match skip M-88 worked for a rival last month"},
			Right:    agency.DecideMatch, About: aboutMatch, Run: runMatchSkip, Submit: submitMatchSkip},
		{Name: "match end", Summary: "end the work of an approved creator and free their place", Usage: "M-88 [reason]",
			Args: []bot.Argument{aMatch(), rest("reason", "why it ends")}, Suggest: suggest,
			Examples: []string{"/match end M-88 campaign is over"}, Right: agency.DecideMatch, Run: runMatchEnd},
		{Name: "match wishes", Summary: "say what a shop asks of creators, in words or in a form", Usage: "S-12 [format=live] [followers=5000] [creators=3] [price=24.90]",
			Args: []bot.Argument{aSeller(), named("format", "such as live"), named("followers", "at least so many, such as 5000"), named("creators", "how many"), named("price", "the typical price, such as 24.90")}, Suggest: suggest,
			Examples: []string{"/match wishes S-12", "/match wishes S-12 format=live creators=3"},
			Right:    agency.DecideMatch, About: aboutWishes, Run: runMatchWishes, Submit: submitMatchWishes},
		{Name: "match list", Summary: "list the proposals that wait, or all of a seller with their decisions", Usage: "[S-12]",
			Args: []bot.Argument{optional(aSeller())}, Suggest: suggest,
			Examples: []string{"/match list", "/match list S-12"}, Right: agency.SeeRecords, Reads: true, Run: runMatchList},
		{Name: "match show", Summary: "show the evidence behind a match and who decided what", Usage: "M-88",
			Args: []bot.Argument{aMatch()}, Suggest: suggest, Examples: []string{"/match show M-88"},
			Right: agency.SeeRecords, Reads: true, Run: runMatchShow},
	}
}

// usualCount is how many creators are proposed when nobody says how many.
const usualCount = 5

func runMatchPropose(t *bot.Turn) (bot.Reply, error) {
	a := t.Args()
	if len(a.Words) == 0 {
		return bot.Reply{}, agency.Invalid("Say for which seller, as in `/match propose S-12 5`.")
	}
	id, err := agency.ParseSellerID(a.Word(0))
	if err != nil {
		return bot.Reply{}, err
	}
	in := agency.NewShortlist{Seller: id, Count: usualCount, Where: t.Channel}
	for _, word := range append(a.Words[1:], slices.Sorted(maps.Keys(a.Named))...) {
		n, err := strconv.Atoi(word)
		switch {
		case strings.EqualFold(word, "again"):
			in.Again = true
		case err == nil:
			in.Count = n
		default:
			return bot.Reply{}, agency.Invalid("“%s” is neither a number of creators nor the word again.", word)
		}
	}
	list, matches, err := t.Desk.ProposeMatches(in)
	if err != nil {
		return bot.Reply{}, err
	}
	if t.Kind == bot.Pressed && !t.Private {
		return bot.Reply{}, nil // the new card says it
	}
	if len(matches) < in.Count {
		return bot.Say("%s proposed for %s in this channel; %d were asked for, and nobody else fits.", creatorsAre(len(matches)), list.Seller, in.Count), nil
	}
	return bot.Say("%s proposed for %s in this channel.", creatorsAre(len(matches)), list.Seller), nil
}

func creatorsAre(n int) string {
	if n == 1 {
		return "1 creator is"
	}
	return fmt.Sprintf("%d creators are", n)
}

// matchID reads the reference that every decision begins with.
func matchID(t *bot.Turn) (agency.MatchID, error) {
	word := t.Args().Word(0)
	if word == "" {
		return 0, agency.Invalid("Say which match, as in `/%s M-88`. `/match list` shows what waits.", t.Command)
	}
	return agency.ParseMatchID(word)
}

func runMatchApprove(t *bot.Turn) (bot.Reply, error) {
	id, err := matchID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	m, err := t.Desk.ApproveMatch(id)
	if err != nil {
		return bot.Reply{}, err
	}
	return decidedReply(t, m, "@%s is approved for %s %s.", m.With.Handle, m.Of.ID, m.Of.Shop)
}

func runMatchSwap(t *bot.Turn) (bot.Reply, error) {
	id, err := matchID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	out, in, err := t.Desk.SwapMatch(id)
	if err != nil {
		return bot.Reply{}, err
	}
	return decidedReply(t, out, "@%s (%s) takes the place of @%s for %s %s.", in.With.Handle, in.ID, out.With.Handle, out.Of.ID, out.Of.Shop)
}

// runMatchSkip opens the form unless the reason is typed behind the reference.
func runMatchSkip(t *bot.Turn) (bot.Reply, error) {
	id, err := matchID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	if reason := t.Behind(1); reason != "" {
		return skipMatch(t, id, reason)
	}
	m, err := t.Desk.MatchToDecide(id)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Open(bot.Form{Command: "match skip", Title: "Skip a proposal", Submit: "Skip", State: id.String(),
		Intro: []bot.Part{bot.Para(bot.B("@%s", m.With.Handle), bot.T(" for %s %s is not proposed again unless somebody asks for it.", m.Of.ID, m.Of.Shop))},
		Fields: []bot.Field{{Name: "reason", Label: "Why not", Kind: bot.Paragraph, Max: 300,
			Hint: "Whoever asks again sees it"}}}), nil
}

func submitMatchSkip(t *bot.Turn) (bot.Reply, error) {
	id, err := matchID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	_, err = t.Desk.SkipMatch(id, t.Value("reason"))
	return bot.Reply{}, err
}

func skipMatch(t *bot.Turn, id agency.MatchID, reason string) (bot.Reply, error) {
	m, err := t.Desk.SkipMatch(id, reason)
	if err != nil {
		return bot.Reply{}, err
	}
	return decidedReply(t, m, "@%s is skipped for %s %s.", m.With.Handle, m.Of.ID, m.Of.Shop)
}

func runMatchEnd(t *bot.Turn) (bot.Reply, error) {
	id, err := matchID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	m, err := t.Desk.EndMatch(id, t.Behind(1))
	if err != nil {
		return bot.Reply{}, err
	}
	return decidedReply(t, m, "@%s no longer works for %s %s. Their place is free.", m.With.Handle, m.Of.ID, m.Of.Shop)
}

// decidedReply answers a decision: a pressed card is redrawn and says it itself, a private message is redrawn here, and
// whoever typed gets the sentence.
func decidedReply(t *bot.Turn, m agency.MatchDetail, format string, args ...any) (bot.Reply, error) {
	switch {
	case t.Kind != bot.Pressed:
		return bot.Say(format, args...), nil
	case !t.Private:
		return bot.Reply{}, nil
	}
	shown, err := matchMessage(t.Desk, m)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Reply{Message: &shown, Replace: true}, nil
}

func runMatchShow(t *bot.Turn) (bot.Reply, error) {
	id, err := matchID(t)
	if err != nil {
		return bot.Reply{}, err
	}
	m, err := t.Desk.Match(id)
	if err != nil {
		return bot.Reply{}, err
	}
	shown, err := matchMessage(t.Desk, m)
	return bot.Tell(shown), err
}

func runMatchList(t *bot.Turn) (bot.Reply, error) {
	a := t.Args()
	f := agency.MatchFilter{Limit: pageSize}
	var err error
	if word := a.Word(0); word != "" {
		if f.Seller, err = agency.ParseSellerID(word); err != nil {
			return bot.Reply{}, err
		}
	}
	if from := a.Named["from"]; from != "" {
		if f.Offset, err = strconv.Atoi(from); err != nil || f.Offset < 0 {
			return bot.Reply{}, agency.Invalid("“%s” is not a place in the list.", from)
		}
	}
	list, total, err := t.Desk.Matches(f)
	if err != nil {
		return bot.Reply{}, err
	}
	if total == 0 && f.Seller == 0 {
		return bot.Say("No proposal waits for a decision. `/match propose S-12 5` makes some."), nil
	}
	if total == 0 {
		return bot.Say("Nobody has been proposed for %s yet. `/match propose %s 5` does it.", f.Seller, f.Seller), nil
	}
	if len(list) == 0 {
		return bot.Reply{}, agency.Invalid("The list ends before %d. Use the command without from=.", f.Offset)
	}
	table := openTable(t.Desk, list, total)
	if f.Seller != 0 {
		table = sellerTable(t.Desk, list, total)
	}
	m := bot.Message{Summary: table.Caption, Parts: []bot.Part{{Table: &table}}}
	if buttons := pageButtons(t, f.Offset, total); buttons != nil {
		m.Parts = append(m.Parts, *buttons)
	}
	m.Parts = append(m.Parts, bot.Small(bot.T("The evidence behind one: "), bot.C("/match show %s", list[0].ID)))
	reply := bot.Tell(m)
	reply.Replace = t.Kind == bot.Pressed
	return reply, nil
}
