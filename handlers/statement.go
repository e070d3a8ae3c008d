package handlers

import (
	"fmt"

	"liaison/agency"
	"liaison/bot"
)

func statementViews() map[string]bot.View {
	return map[string]bot.View{agency.PayoutStatement: func(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
		run, of, err := agency.ParseStatementRef(o.Ref)
		if err != nil {
			return bot.Message{}, err
		}
		s, err := d.Statement(run, of)
		if err != nil {
			return bot.Message{}, err
		}
		return statementMessage(s), nil
	}}
}

// statementMessage tells a creator what a run pays them: the sum, how it comes about, its lines, and what waits and why.
func statementMessage(s agency.Statement) bot.Message {
	m := bot.Message{Summary: fmt.Sprintf("Payout %s: %s is approved for you", s.Run.ID, s.Sum.Payable), Parts: []bot.Part{
		bot.Heading("%s · %s is approved for you", s.Run.ID, s.Sum.Payable),
		{Fields: []bot.Pair{
			{Label: "Commission", Value: bot.T("%s from %s", s.Sum.Commission, agency.Count(s.Sum.Lines, "settled line"))},
			{Label: "Agency", Value: bot.T("− %s", s.Sum.Agency)},
			{Label: "Yours", Value: bot.B("%s", s.Sum.Payable)},
			{Label: "Approved", Value: bot.When(s.Run.DecidedAt)},
		}},
	}}
	if paid := statementTable(s.Paid, "Lines", s.Sum.Lines); len(s.Paid) > 0 {
		m.Parts = append(m.Parts, bot.Part{Table: &paid})
	}
	if len(s.Held) > 0 {
		held := bot.Table{Caption: fmt.Sprintf("Held back: %s in %s", s.HeldTotal, agency.Count(s.HeldLines, "line")) + firstOf(len(s.Held), s.HeldLines),
			Columns: []bot.Column{{Name: "Order"}, {Name: "Yours", Align: bot.Right}, {Name: "Why"}}}
		for _, l := range s.Held {
			held.Rows = append(held.Rows, []string{l.OrderNo, l.Payable.String(), holdWords(l.Held)})
		}
		m.Parts = append(m.Parts, bot.Part{Table: &held})
	}
	m.Parts = append(m.Parts, bot.Small(figuresSource(s.Run), bot.T(" The agency pays it from its bank. Something is wrong? "), bot.C("/ask"), bot.T(" reaches us.")))
	return m
}

func statementTable(lines []agency.PayoutDetail, caption string, total int64) bot.Table {
	table := bot.Table{Caption: caption + firstOf(len(lines), total), Columns: []bot.Column{{Name: "Order"}, {Name: "Commission", Align: bot.Right},
		{Name: "Share", Align: bot.Right}, {Name: "Agency", Align: bot.Right}, {Name: "Yours", Align: bot.Right}}}
	for _, l := range lines {
		table.Rows = append(table.Rows, []string{l.OrderNo, l.Commission.String(), l.Share.String(), l.Agency.String(), l.Payable.String()})
	}
	return table
}

// firstOf says that a table is not all there is.
func firstOf(shown int, total int64) string {
	if int64(shown) >= total {
		return ""
	}
	return fmt.Sprintf(", the first %d of %d", shown, total)
}
