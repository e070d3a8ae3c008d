package handlers

import (
	"fmt"
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

func earningsCommands() []bot.Command {
	return []bot.Command{
		{Name: "me", Summary: "show your own record: status, health, what comes next", Examples: []string{"/me"},
			Right: agency.SeeOwnRecord, Reads: true, Run: runMe},
		{Name: "earnings", Summary: "show your own order lines and what becomes of them, their arithmetic, or the statement of a payout", Usage: "[arithmetic|P-7]", Args: []bot.Argument{optional(word("what", "arithmetic, or a payout such as P-7"))},
			Examples: []string{"/earnings", "/earnings arithmetic", "/earnings P-7"}, Right: agency.SeeOwnRecord, Reads: true, Run: runEarnings},
	}
}

// runMe shows a creator their own record and nothing else.
func runMe(t *bot.Turn) (bot.Reply, error) {
	r, err := t.Desk.MyRecord()
	if err != nil {
		return bot.Reply{}, err
	}
	title := fmt.Sprintf("%s · @%s", r.ID, r.Handle)
	m := bot.Message{Summary: title + ", " + string(r.State), Parts: []bot.Part{bot.Heading("%s", title), {Fields: []bot.Pair{
		{Label: "State", Value: bot.T("%s", r.State)},
		{Label: "Health", Value: healthWords(r)},
		{Label: "Works for", Value: bot.T("%s", countOf(len(r.Works), "seller", "sellers"))},
		{Label: "Agency share", Value: bot.T("%s of your commission", r.AgencyShare)},
	}}}}
	steps := nextSteps(t.Desk, r)
	if len(steps) == 0 {
		steps = []bot.Text{bot.T("nothing; you are all set")}
	}
	text := bot.B("What comes next")
	for _, s := range steps {
		text = bot.Join(text, bot.T("\n• "), s)
	}
	m.Parts = append(m.Parts, bot.Para(text))
	for _, o := range r.Offers[:min(len(r.Offers), homeLines)] {
		m.Parts = append(m.Parts, bot.Para(bot.T("%s waits for your answer: %s", o.ID, o.Of.Shop)), offerActions(o.Match))
	}
	if r.FiguresAt != 0 {
		m.Parts = append(m.Parts, bot.Small(bot.T("Affiliate GMV %s as TikTok reports it, not settled, 30 days up to ", r.Sales), bot.When(r.FiguresAt)))
	}
	m.Parts = append(m.Parts, bot.Small(bot.C("/earnings"), bot.T(" shows your lines, "), bot.C("/ask"), bot.T(" reaches the agency.")))
	return bot.Tell(m), nil
}

// healthWords says what TikTok's rating means for the creator.
func healthWords(r agency.OwnRecord) bot.Text {
	switch {
	case r.Health == 0:
		return bot.T("not known")
	case r.Health <= r.Poor:
		return bot.T("%d of 1000, poor: your payouts wait until it is above %d", r.Health, r.Poor)
	case r.Health < r.Caution:
		return bot.T("%d of 1000, take care: %d and more is healthy", r.Health, r.Caution)
	}
	return bot.T("%d of 1000, healthy", r.Health)
}

// nextSteps is what the creator has to do, or to know, before money or work can flow.
func nextSteps(d *agency.Desk, r agency.OwnRecord) (steps []bot.Text) {
	switch r.State {
	case agency.CreatorPaused:
		steps = append(steps, bot.T("you are paused: no new sellers, and your payouts wait"))
	case agency.CreatorBlocked:
		steps = append(steps, bot.T("you are blocked: no new sellers, and your payouts wait"))
	case agency.CreatorActive:
	}
	if n := len(r.Offers); n > 0 {
		steps = append(steps, bot.T("%s", countOf(n, "seller waits for your answer", "sellers wait for your answer")))
	}
	if !r.PayoutReady {
		steps = append(steps, bot.T("send the agency your payout details; your money waits for them"))
	}
	if !r.TaxForm {
		steps = append(steps, bot.T("send the agency your tax form; your money waits for it"))
	}
	for _, c := range r.Cases {
		line := bot.T("%s %s", c.ID, c.Rule)
		if c.Deadline != 0 && c.Kind == agency.Violation {
			line = bot.Join(line, bot.T(", deadline "), bot.When(c.Deadline), bot.T(", %s", countdown(d, c)))
		}
		steps = append(steps, line)
	}
	return steps
}

// runEarnings shows a page of the creator's lines, their arithmetic, or one statement.
func runEarnings(t *bot.Turn) (bot.Reply, error) {
	a := t.Args()
	arithmetic := strings.EqualFold(a.Word(0), "arithmetic")
	if word := a.Word(0); word != "" && !arithmetic {
		id, err := agency.ParsePayoutID(word)
		if err != nil {
			return bot.Reply{}, agency.Invalid("“%s” is neither a payout run nor the word arithmetic.", word)
		}
		s, err := t.Desk.MyStatement(id)
		if err != nil {
			return bot.Reply{}, err
		}
		return bot.Tell(statementMessage(s)), nil
	}
	offset, err := listOffset(a.Named["from"])
	if err != nil {
		return bot.Reply{}, err
	}
	e, err := t.Desk.MyEarnings(pageSize, offset)
	if err != nil {
		return bot.Reply{}, err
	}
	if e.Total == 0 {
		return bot.Say("No order line of yours is on record yet."), nil
	}
	if len(e.Lines) == 0 {
		return bot.Reply{}, agency.Invalid("The list ends before %d. Use the command without from=.", offset)
	}
	table := earningsTable(e)
	if arithmetic {
		table = arithmeticTable(e)
	}
	m := bot.Message{Summary: fmt.Sprintf("Your earnings: %s", counted(e.Total, "order line")), Parts: []bot.Part{
		bot.Heading("Your earnings"), {Fields: earningTotals(e)}, {Table: &table}}}
	if more := pageButtons(t, offset, e.Total); more != nil {
		m.Parts = append(m.Parts, *more)
	}
	if !arithmetic {
		m.Parts = append(m.Parts, bot.Actions(bot.Button{Label: "Arithmetic", Command: "earnings", Value: "arithmetic from=" + strconv.Itoa(offset)}))
	}
	m.Parts = append(m.Parts, bot.Small(bot.T("Estimated lines are forecasts: TikTok settles them later. As imported "), bot.When(e.AsOf), bot.T(".")))
	reply := bot.Tell(m)
	reply.Replace = t.Kind == bot.Pressed && t.Private
	return reply, nil
}

// earningSays is what a state means, with the totals.
var earningSays = map[agency.EarningState]string{
	agency.EarningApproved: "Approved for payment", agency.EarningInRun: "In a run that waits for approval",
	agency.EarningPayable: "Payable in the next run", agency.EarningHeld: "Held", agency.EarningEstimated: "Estimated",
	agency.EarningFrozen: "Frozen by TikTok (estimated)", agency.EarningIneligible: "Ineligible",
}

func earningTotals(e agency.Earnings) (fields []bot.Pair) {
	for _, sum := range e.Totals {
		fields = append(fields, bot.Pair{Label: earningSays[sum.Standing] + ", " + string(sum.Yours.Currency),
			Value: bot.T("%s in %s", sum.Yours, agency.Count(sum.Lines, "line"))})
	}
	return fields
}

func earningsTable(e agency.Earnings) bot.Table {
	table := bot.Table{Caption: counted(e.Total, "order line") + ", newest first", Columns: []bot.Column{{Name: "Ordered"}, {Name: "Order"}, {Name: "Yours", Align: bot.Right}, {Name: "State"}}}
	for _, l := range e.Lines {
		table.Rows = append(table.Rows, []string{l.OrderedAt.Time().Format("2006-01-02"), l.OrderNo, l.Yours.String(), earningWords(l)})
	}
	return table
}

// earningWords is where a line stands: "held: tax form missing", "in run P-7".
func earningWords(l agency.Earning) string {
	switch l.Standing {
	case agency.EarningHeld:
		return "held: " + holdWords(l.Held)
	case agency.EarningInRun:
		return "in run " + l.Run.String()
	case agency.EarningApproved:
		return "approved in " + l.Run.String()
	case agency.EarningEstimated, agency.EarningFrozen, agency.EarningIneligible, agency.EarningPayable:
	}
	return string(l.Standing)
}

func arithmeticTable(e agency.Earnings) bot.Table {
	table := bot.Table{Caption: "What is yours is the commission less the agency's share", Columns: []bot.Column{{Name: "Order"}, {Name: "Sold", Align: bot.Right},
		{Name: "Rate", Align: bot.Right}, {Name: "Commission", Align: bot.Right}, {Name: "Share", Align: bot.Right}, {Name: "Agency", Align: bot.Right},
		{Name: "Yours", Align: bot.Right}, {Name: "State"}}}
	for _, l := range e.Lines {
		table.Rows = append(table.Rows, []string{l.OrderNo, l.Sales().String(), l.Rate.String(), l.Commission.String(), l.Share.String(), l.Agency.String(),
			l.Yours.String(), earningWords(l)})
	}
	return table
}
