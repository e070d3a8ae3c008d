package handlers

import (
	"fmt"
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/bot"
)

func payoutCommands() []bot.Command {
	return []bot.Command{
		{Name: "payout run", Summary: "prepare a payout run from settled order lines", Usage: "[USD] [until 2026-10-31]",
			Args:     []bot.Argument{optional(word("currency", "such as USD")), phrase("until", "lines settled before the end of that day, such as 2026-10-31")},
			Examples: []string{"/payout run", "/payout run USD until 2026-10-31"}, Right: agency.PreparePayout, Heavy: true, Run: runPayoutRun},
		{Name: "payout show", Summary: "show a payout run: totals, payees, what is held and why", Usage: "P-7",
			Args: []bot.Argument{aRun()}, Suggest: suggest, Examples: []string{"/payout show P-7"},
			Right: agency.SeeRecords, Reads: true, Run: runPayoutShow},
		{Name: "payout list", Summary: "list payout runs, newest first", Examples: []string{"/payout list"},
			Right: agency.SeeRecords, Reads: true, Run: runPayoutList},
		{Name: "payout lines", Summary: "show the arithmetic of each line, of all payees or one", Usage: "P-7 [C-45]",
			Args: []bot.Argument{aRun(), optional(word("creator", "one payee, such as C-45"))}, Suggest: suggest,
			Examples: []string{"/payout lines P-7", "/payout lines P-7 C-45"}, Right: agency.SeeRecords, Reads: true, Run: runPayoutLines},
		{Name: "payout approve", Summary: "approve a payout run that somebody else has prepared", Usage: "P-7",
			Args: []bot.Argument{aRun()}, Suggest: suggest, Examples: []string{"/payout approve P-7"},
			Right: agency.ApprovePayout, Heavy: true, Run: runPayoutApprove},
		{Name: "payout deny", Summary: "deny a payout run and say why", Usage: "P-7 [reason]",
			Args: []bot.Argument{aRun(), rest("reason", "the maker reads it")}, Suggest: suggest, Examples: []string{"/payout deny P-7 wrong cutoff"},
			Right: agency.ApprovePayout, Heavy: true, About: aboutRun, Run: runPayoutDeny, Submit: submitPayoutDeny},
		{Name: "payout cancel", Summary: "take back a payout run that you have prepared", Usage: "P-7",
			Args: []bot.Argument{aRun()}, Suggest: suggest, Examples: []string{"/payout cancel P-7"},
			Right: agency.PreparePayout, Heavy: true, About: aboutRun, Run: runPayoutCancel},
	}
}

// runPayoutRun prepares a run. Without a currency it takes the only one in which something waits, or asks which.
func runPayoutRun(t *bot.Turn) (bot.Reply, error) {
	currency, until, err := runWords(t.Args())
	if err != nil {
		return bot.Reply{}, err
	}
	if currency == "" {
		waiting, err := t.Desk.PayableCurrencies(until)
		if err != nil {
			return bot.Reply{}, err
		}
		if len(waiting) == 0 {
			return bot.Reply{}, agency.Conflict("Nothing is payable: no settled line waits that a run has not taken already.")
		}
		if len(waiting) > 1 {
			return chooseCurrency(t, waiting, until), nil
		}
		currency = waiting[0]
	}
	p, err := t.Desk.PreparePayout(agency.PayoutOrder{Currency: currency, Until: until, Ask: t.Channel})
	if err != nil {
		return bot.Reply{}, err
	}
	return preparedReply(t, p), nil
}

// runWords reads "USD until 2026-10-31".
func runWords(a bot.Args) (currency money.Currency, until agency.Date, err error) {
	day := a.Named["until"]
	for i := 0; i < len(a.Words); i++ {
		word := a.Words[i]
		if strings.EqualFold(word, "until") && day == "" {
			i++
			day = a.Word(i)
			if day == "" {
				return "", "", agency.Invalid("Say until which day, as in `/payout run until 2026-10-31`.")
			}
			continue
		}
		c := money.Currency(strings.ToUpper(word))
		if !c.Known() || currency != "" {
			return "", "", agency.Invalid("“%s” is not a currency that the desk knows. Write a code such as USD.", word)
		}
		currency = c
	}
	if day != "" {
		until, err = agency.ParseDate(day)
	}
	return currency, until, err
}

func chooseCurrency(t *bot.Turn, waiting []money.Currency, until agency.Date) bot.Reply {
	var words []string
	var row []bot.Button
	for _, c := range waiting {
		value := string(c)
		if until != "" {
			value += " until " + string(until)
		}
		words = append(words, string(c))
		row = append(row, bot.Button{Label: string(c), Command: "payout run", Value: seenNow(t, value)})
	}
	said := "Settled lines wait in " + strings.Join(words, ", ") + ". A run is of one currency: which one?"
	return bot.Tell(bot.Message{Summary: said, Parts: []bot.Part{bot.Para(bot.T("%s", said)), bot.Actions(row...)}})
}

// preparedReply says what was prepared and where it is approved, and warns when too few people may approve it.
func preparedReply(t *bot.Turn, p agency.PreparedPayout) bot.Reply {
	r := p.Run
	m := bot.Message{Summary: fmt.Sprintf("%s is prepared: %s to %s.", r.ID, r.Total, agency.Count(r.Payees, "creator"))}
	line := bot.Join(bot.B("%s", r.ID), bot.T(" is prepared: %s to %s%s. It needs %s.", r.Total, agency.Count(r.Payees, "creator"), heldWords(r), approvalWords(r)))
	m.Parts = append(m.Parts, bot.Para(line))
	if p.InFeed {
		m.Parts = append(m.Parts, bot.Para(bot.T("Its card is in the channels that get approvals.")))
	} else {
		m.Parts = append(m.Parts, bot.Para(bot.T("No channel gets approvals, so its card is shown here. "), bot.C("/feed on approvals"),
			bot.T(" in another channel brings the next one there.")))
	}
	if int64(p.Approvers) < r.Needs {
		m.Parts = append(m.Parts, bot.Para(bot.B("Nobody can finish it yet:"), bot.T(" it needs %d and there is %s besides you. An admin can help with ",
			r.Needs, agency.Count(int64(p.Approvers), "approver")), bot.C("/team grant"), bot.T(".")))
	}
	m.Parts = append(m.Parts, bot.Actions(
		bot.Button{Label: "Lines", Command: "payout lines", Value: r.ID.String()},
		bot.Button{Label: "Take it back", Command: "payout cancel", Value: bot.Seen(r.ID.String(), r.Seal())}))
	reply := bot.Tell(m)
	reply.Replace = t.Kind == bot.Pressed && t.Private
	return reply
}

func heldWords(r agency.PayoutRun) string {
	if r.Held == 0 {
		return ""
	}
	return "; " + agency.Count(r.Held, "line") + " held back"
}

func approvalWords(r agency.PayoutRun) string {
	if r.Needs < 2 {
		return "one approval by somebody else"
	}
	return "approval by two different people, because " + r.NeedsWhy
}

func payoutWord(t *bot.Turn) (agency.PayoutID, error) {
	word := t.Args().Word(0)
	if word == "" {
		return 0, agency.Invalid("Say which payout run. `/payout list` lists them.")
	}
	return agency.ParsePayoutID(word)
}

func runPayoutShow(t *bot.Turn) (bot.Reply, error) {
	id, err := payoutWord(t)
	if err != nil {
		return bot.Reply{}, err
	}
	s, err := t.Desk.Payout(id)
	if err != nil {
		return bot.Reply{}, err
	}
	m, err := payoutMessage(t.Desk, s)
	if err != nil {
		return bot.Reply{}, err
	}
	if s.Run.State == agency.PayoutPending {
		m.Parts = append(m.Parts, bot.Small(whereToApprove(t, s)))
	}
	return bot.Tell(m), nil
}

// whereToApprove leads from a private copy, which cannot be redrawn and therefore has no buttons, to the card.
func whereToApprove(t *bot.Turn, s agency.PayoutSheet) bot.Text {
	var cards bot.Text
	for _, to := range s.Places {
		if to.Platform == t.Channel.Platform && to.Workspace == t.Channel.Workspace {
			cards = bot.Join(cards, bot.T(" "), bot.Text{{Style: bot.Channel, Ref: to.Channel, Text: to.Channel}})
		}
	}
	said := bot.T("This copy is as of now and has no buttons. Decide on its card")
	if cards != nil {
		said = bot.Join(said, bot.T(" in"), cards)
	}
	return bot.Join(said, bot.T(", or type "), bot.C("/payout approve %s", s.Run.ID), bot.T("."))
}

func runPayoutList(t *bot.Turn) (bot.Reply, error) {
	offset, err := pageStart(t.Args())
	if err != nil {
		return bot.Reply{}, err
	}
	list, total, err := t.Desk.Payouts(pageSize, offset)
	if err != nil {
		return bot.Reply{}, err
	}
	if total == 0 {
		return bot.Say("There is no payout run yet. `/payout run` prepares one."), nil
	}
	table := bot.Table{Caption: agency.Count(int64(total), "payout run"), Columns: []bot.Column{{Name: "No."}, {Name: "State"}, {Name: "Total", Align: bot.Right},
		{Name: "Creators", Align: bot.Right}, {Name: "Lines", Align: bot.Right}, {Name: "Prepared by"}, {Name: "Prepared on"}}}
	for _, r := range list {
		maker, err := plainName(t.Desk, r.PreparedBy)
		if err != nil {
			return bot.Reply{}, err
		}
		table.Rows = append(table.Rows, []string{r.ID.String(), stateWord(r), r.Total.String(), strconv.FormatInt(r.Payees, 10),
			strconv.FormatInt(r.Lines, 10), maker, string(agency.DateOf(r.PreparedAt, t.Desk.Zone()))})
	}
	return pageReply(t, table, offset, total), nil
}

// pageStart reads from=15.
func pageStart(a bot.Args) (int, error) {
	text, ok := a.Named["from"]
	if !ok {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, agency.Invalid("“%s” is not a place in the list.", text)
	}
	return n, nil
}

func pageReply(t *bot.Turn, table bot.Table, offset, total int, more ...bot.Part) bot.Reply {
	m := bot.Message{Summary: table.Caption, Parts: append([]bot.Part{{Table: &table}}, more...)}
	if buttons := pageButtons(t, offset, total); buttons != nil {
		m.Parts = append(m.Parts, *buttons)
	}
	reply := bot.Tell(m)
	reply.Replace = t.Kind == bot.Pressed && t.Private // never in the place of the card, which everybody sees
	return reply
}

// runPayoutLines shows how each line comes to what it pays: "P-7 [C-45]".
func runPayoutLines(t *bot.Turn) (bot.Reply, error) {
	a := t.Args()
	id, err := payoutWord(t)
	if err != nil {
		return bot.Reply{}, err
	}
	var creator agency.CreatorID
	if a.Word(1) != "" {
		if creator, err = agency.ParseCreatorID(a.Word(1)); err != nil {
			return bot.Reply{}, err
		}
	}
	offset, err := pageStart(a)
	if err != nil {
		return bot.Reply{}, err
	}
	run, list, total, err := t.Desk.PayoutLines(id, creator, pageSize, offset)
	if err != nil {
		return bot.Reply{}, err
	}
	if total == 0 {
		return bot.Reply{}, agency.NotFound("%s has no line of %s. `/payout show %s` lists its payees.", id, creator, id)
	}
	table := bot.Table{Caption: fmt.Sprintf("%s: %s", id, agency.Count(int64(total), "line")), Columns: []bot.Column{{Name: "Order · SKU"}, {Name: "Creator"},
		{Name: "Commission × part", Align: bot.Right}, {Name: "Creator gets", Align: bot.Right}, {Name: "Agency keeps", Align: bot.Right}, {Name: "Held back"}}}
	for _, l := range list {
		table.Rows = append(table.Rows, []string{l.OrderNo + " · " + l.SKU, l.Creator.String() + " @" + l.Handle,
			fmt.Sprintf("%s × %s", l.Commission, money.BasisPoints(10_000)-l.Share), l.Payable.String(), l.Agency.String(), holdWords(l.Held)})
	}
	return pageReply(t, table, offset, total, bot.Small(bot.T("The two parts of a line add up to its commission to the smallest unit. Lines held back are not in the run. "),
		figuresSource(run))), nil
}

func holdWords(held string) string {
	var words []string
	for _, h := range agency.ParseHolds(held) {
		words = append(words, h.String())
	}
	return strings.Join(words, "; ")
}

// runPayoutApprove counts an approval: "P-7", and from a card the seal of the content that it showed.
func runPayoutApprove(t *bot.Turn) (bot.Reply, error) {
	id, err := payoutWord(t)
	if err != nil {
		return bot.Reply{}, err
	}
	r, outcome, err := t.Desk.ApprovePayout(id, t.Args().Word(1))
	if err != nil {
		return bot.Reply{}, err
	}
	switch {
	case outcome == agency.PayoutLate:
		return lateReply(t.Desk, r)
	case outcome == agency.PayoutVoided:
		reply := bot.Say("%s was not approved and is void: %s. Nothing is paid and its lines are free; `/payout run %s` prepares a new run.",
			id, strings.TrimPrefix(r.Reason, "voided: "), r.Currency)
		reply.Refused = agency.CodeConflict
		return reply, nil
	case t.Kind == bot.Pressed:
		return bot.Reply{}, nil // the card shows it
	case outcome == agency.PayoutCounted:
		return bot.Say("Your approval of %s counts. Somebody else must approve it too.", id), nil
	}
	return bot.Say("%s is approved: %s to %s is posted to the ledger. Pay it from the bank: the desk makes no bank file yet.", id, r.Total, agency.Count(r.Payees, "creator")), nil
}

// lateReply says who has decided what, and when, to somebody who came too late.
func lateReply(d *agency.Desk, r agency.PayoutRun) (bot.Reply, error) {
	said, err := decision(d, r)
	if err != nil {
		return bot.Reply{}, err
	}
	text := bot.Join(bot.T("Nothing was changed. %s is decided already: ", r.ID), said, bot.T("."))
	reply := bot.Tell(bot.Message{Summary: text.String(), Parts: []bot.Part{bot.Para(text)}})
	reply.Refused = agency.CodeConflict
	return reply, d.Redraw(agency.PayoutCard, r.ID.String())
}

// runPayoutDeny denies with the reason that was typed, or asks for it in a form.
func runPayoutDeny(t *bot.Turn) (bot.Reply, error) {
	id, err := payoutWord(t)
	if err != nil {
		return bot.Reply{}, err
	}
	if reason := t.Behind(1); reason != "" {
		return deny(t, id, reason)
	}
	r, outcome, err := t.Desk.DeniablePayout(id)
	if err != nil {
		return bot.Reply{}, err
	}
	if outcome == agency.PayoutLate {
		return lateReply(t.Desk, r)
	}
	return bot.Open(bot.Form{Command: "payout deny", Title: "Deny " + id.String(), Submit: "Deny", State: id.String(),
		Intro:  []bot.Part{bot.Para(bot.B("%s", id), bot.T(" of %s to %s. Its lines become free for the next run.", r.Total, agency.Count(r.Payees, "creator")))},
		Fields: []bot.Field{{Name: "reason", Label: "Why", Kind: bot.Paragraph, Max: 300, Hint: "The maker reads it"}}}), nil
}

func submitPayoutDeny(t *bot.Turn) (bot.Reply, error) {
	id, err := payoutWord(t)
	if err != nil {
		return bot.Reply{}, err
	}
	return deny(t, id, t.Value("reason"))
}

func deny(t *bot.Turn, id agency.PayoutID, reason string) (bot.Reply, error) {
	r, outcome, err := t.Desk.DenyPayout(id, reason)
	if err != nil {
		return bot.Reply{}, err
	}
	if outcome == agency.PayoutLate {
		return lateReply(t.Desk, r)
	}
	if t.Kind != bot.Typed {
		return bot.Reply{}, nil // the card shows it
	}
	return bot.Say("%s is denied. Its lines are free for the next run, and its maker is told.", id), nil
}

func runPayoutCancel(t *bot.Turn) (bot.Reply, error) {
	id, err := payoutWord(t)
	if err != nil {
		return bot.Reply{}, err
	}
	r, outcome, err := t.Desk.CancelPayout(id)
	if err != nil {
		return bot.Reply{}, err
	}
	if outcome == agency.PayoutLate {
		return lateReply(t.Desk, r)
	}
	reply := bot.Say("%s is taken back. Its lines are free for the next run.", id)
	reply.Replace = t.Kind == bot.Pressed && t.Private
	return reply, nil
}
