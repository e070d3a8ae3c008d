package handlers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/agency/matching"
	"liaison/bot"
)

func matchViews() map[string]bot.View {
	return map[string]bot.View{agency.ShortlistCard: func(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
		id, err := agency.ParseShortlistID(o.Ref)
		if err != nil {
			return bot.Message{}, err
		}
		return shortlistMessage(d, id)
	}}
}

// shortlistMessage draws the proposals made together: the evidence beside the buttons, and a line for what is decided.
func shortlistMessage(d *agency.Desk, id agency.ShortlistID) (bot.Message, error) {
	list, err := d.Shortlist(id)
	if err != nil {
		return bot.Message{}, err
	}
	summary := list.Of.ID.String() + " " + list.Of.Shop + " · " + shortlistState(list.Matches)
	m := bot.Message{Summary: summary, Parts: []bot.Part{bot.Heading("%s", summary)}}
	var withdrawn []agency.MatchDetail
	for _, match := range list.Matches {
		if match.State == agency.MatchWithdrawn {
			withdrawn = append(withdrawn, match)
			continue
		}
		parts, err := proposalParts(d, match)
		if err != nil {
			return bot.Message{}, err
		}
		m.Parts = append(m.Parts, parts...)
	}
	if len(withdrawn) > 0 {
		line, err := withdrawnLine(d, withdrawn)
		if err != nil {
			return bot.Message{}, err
		}
		m.Parts = append(m.Parts, bot.Para(line))
	}
	small, err := shortlistSmall(d, list)
	if err != nil {
		return bot.Message{}, err
	}
	m.Parts = append(m.Parts, bot.Small(small))
	return m, nil
}

// shortlistState is where a shortlist stands in a few words: "5 creators proposed", "2 of 5 decided", "3 approved, 2 skipped".
func shortlistState(matches []agency.MatchDetail) string {
	counts := map[agency.MatchState]int{}
	for _, m := range matches {
		counts[m.State]++
	}
	open, all := counts[agency.MatchProposed], len(matches)-counts[agency.MatchSwapped]
	switch {
	case open == 1 && all == 1:
		return "1 creator proposed"
	case open == all:
		return fmt.Sprintf("%d creators proposed", all)
	case open > 0:
		return fmt.Sprintf("%d of %d decided", all-open, all)
	}
	var words []string
	for _, state := range []agency.MatchState{agency.MatchApproved, agency.MatchEnded, agency.MatchSkipped, agency.MatchDeclined, agency.MatchWithdrawn} {
		if n := counts[state]; n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, state))
		}
	}
	return strings.Join(words, ", ")
}

// proposalParts draws one proposal. What is decided collapses to one line with who and when.
func proposalParts(d *agency.Desk, m agency.MatchDetail) ([]bot.Part, error) {
	if m.State != agency.MatchProposed {
		line, err := decidedLine(d, m)
		return []bot.Part{bot.Para(line)}, err
	}
	reasons, err := m.Because()
	if err != nil {
		return nil, err
	}
	text := bot.Join(bot.B("@%s", m.With.Handle), bot.T(" · %d of 1000 · %s", m.Score, m.ID))
	for _, line := range reasonLines(reasons) {
		text = append(text, bot.T("\n%s", line)...)
	}
	if m.Answer == agency.OfferExpired {
		text = bot.Join(text, bot.T("\n⏳ was asked "), bot.When(m.OfferedAt), bot.T(" and did not answer by "), bot.When(m.AnsweredAt))
	}
	return []bot.Part{bot.Para(text), proposalActions(m.Match)}, nil
}

// reasonLines is the evidence in at most four short lines: what speaks for the creator as a seller, what else fits, what
// speaks against them, and what is not known. What nobody asked for is left to the full evidence.
func reasonLines(reasons []matching.Reason) []string {
	marks := []string{"✅ ", "✅ ", "⚠️ ", "❔ "}
	said := make([][]string, len(marks))
	for _, r := range reasons {
		line := 1
		switch {
		case r.Kind == matching.Aside:
			continue
		case r.Kind == matching.Against:
			line = 2
		case r.Kind == matching.Unknown:
			line = 3
		case r.Key == "category" || r.Key == "sales" || r.Key == "price":
			line = 0
		}
		said[line] = append(said[line], r.Says)
	}
	var lines []string
	for i, words := range said {
		if len(words) > 0 {
			lines = append(lines, marks[i]+strings.Join(words, " · "))
		}
	}
	return lines
}

// proposalActions are the buttons of one proposal.
func proposalActions(m agency.Match) bot.Part {
	value := bot.Seen(m.ID.String(), strconv.FormatInt(m.Version, 10))
	return bot.Actions(
		bot.Button{Label: "Approve", Style: bot.Primary, Command: "match approve", Value: value},
		bot.Button{Label: "Swap", Command: "match swap", Value: value},
		bot.Button{Label: "Skip", Command: "match skip", Value: value})
}

// aboutMatch is what the buttons of a proposal are about.
func aboutMatch(t *bot.Turn) (bot.Object, error) {
	id, err := matchID(t)
	if err != nil {
		return bot.Object{}, err
	}
	m, err := t.Desk.Match(id)
	return bot.Object{Name: id.String(), Version: strconv.FormatInt(m.Version, 10), Card: agency.ShortlistCard, Ref: m.Shortlist.String()}, err
}

var decisionMark = map[agency.MatchState]string{agency.MatchApproved: "✅ ", agency.MatchSkipped: "⏭️ ", agency.MatchSwapped: "🔁 ",
	agency.MatchEnded: "🏁 ", agency.MatchDeclined: "✋ "}

// decidedLine says who decided what, when and why.
func decidedLine(d *agency.Desk, m agency.MatchDetail) (bot.Text, error) {
	by, err := memberOrDesk(d, m.DecidedBy)
	if err != nil {
		return nil, err
	}
	said := bot.Join(bot.T("%s by ", decisionWord(m.State)), by)
	if m.State == agency.MatchDeclined {
		said = bot.T("declined by the creator")
	}
	line := bot.Join(bot.T("%s", decisionMark[m.State]), bot.B("@%s", m.With.Handle), bot.T(" · %s · ", m.ID), said, bot.T(" "), bot.When(m.DecidedAt))
	if m.Reason != "" {
		line = append(line, bot.Join(bot.T(" · "), bot.I("%s", m.Reason))...)
	}
	switch {
	case m.State != agency.MatchApproved || m.OfferedAt == 0:
		return line, nil
	case m.Answer == agency.OfferAccepted:
		return bot.Join(line, bot.T(" · 🤝 accepted by the creator "), bot.When(m.AnsweredAt)), nil
	}
	line = bot.Join(line, bot.T(" · ⏳ waits for the creator"))
	if _, expire := d.OfferDates(m); expire != 0 {
		line = bot.Join(line, bot.T(" until "), bot.When(expire))
	}
	return line, nil
}

// decisionWord is a decision as people say it.
func decisionWord(s agency.MatchState) string {
	if s == agency.MatchSwapped {
		return "swapped out"
	}
	return string(s)
}

// withdrawnLine names those whose proposals a newer shortlist took back: all of them at once, by the same person.
func withdrawnLine(d *agency.Desk, matches []agency.MatchDetail) (bot.Text, error) {
	by, err := memberOrDesk(d, matches[0].DecidedBy)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, m := range matches {
		names = append(names, "@"+m.With.Handle)
	}
	return bot.Join(bot.T("▫️ %s · withdrawn for a newer shortlist by ", strings.Join(names, ", ")), by, bot.T(" "), bot.When(matches[0].DecidedAt)), nil
}

// memberOrDesk names a member, or the desk where nobody acted.
func memberOrDesk(d *agency.Desk, id agency.MemberID) (bot.Text, error) {
	if id == 0 {
		return bot.T("the desk"), nil
	}
	return bot.MemberName(d, id)
}

// shortlistSmall is the small print: where the figures come from, who is not on the list and why, who asked. When nothing
// is left to decide, who asked is enough.
func shortlistSmall(d *agency.Desk, list agency.ShortlistDetail) (bot.Text, error) {
	by, err := memberOrDesk(d, list.ProposedBy)
	if err != nil {
		return nil, err
	}
	proposed := bot.Join(bot.T("Proposed by "), by, bot.T(" "), bot.When(list.ProposedAt))
	if !slices.ContainsFunc(list.Matches, func(m agency.MatchDetail) bool { return m.State == agency.MatchProposed }) {
		return proposed, nil
	}
	without, err := list.Without()
	if err != nil {
		return nil, err
	}
	text := figuresNote(list.Matches, "these creators")
	if sum := matching.Sum(without); sum != "" {
		text = append(text, bot.T("\n%s.", sum)...)
	}
	if others := list.Fit - int64(len(list.Matches)); others > 0 {
		text = append(text, bot.T("\n%s; Swap brings the next.", othersFit(others))...)
	}
	if wants := list.Of.Wishes.Creators; wants > 0 {
		text = append(text, bot.T("\nThe shop wants %s at a time and has %d.", countOf(int(wants), "creator", "creators"), list.AtWork)...)
	}
	return bot.Join(text, bot.T("\n"), proposed), nil
}

func othersFit(n int64) string {
	if n == 1 {
		return "1 other fits"
	}
	return strconv.FormatInt(n, 10) + " others fit"
}

// figuresNote says what the sales are and up to when they count.
func figuresNote(matches []agency.MatchDetail, whose string) bot.Text {
	var oldest, newest agency.Instant
	for _, m := range matches {
		if m.FiguresAt == 0 {
			continue
		}
		if oldest == 0 || m.FiguresAt < oldest {
			oldest = m.FiguresAt
		}
		newest = max(newest, m.FiguresAt)
	}
	const says = "Sales: affiliate GMV as TikTok reports it, not settled, 30 days up to "
	switch oldest {
	case 0:
		return bot.T("No sales figures of %s are on record.", whose)
	case newest:
		return bot.Join(bot.T(says), bot.When(newest))
	}
	return bot.Join(bot.T(says), bot.When(newest), bot.T(" (the oldest up to "), bot.When(oldest), bot.T(")"))
}

// matchMessage shows all the evidence behind one match and who decided what.
func matchMessage(d *agency.Desk, m agency.MatchDetail) (bot.Message, error) {
	reasons, err := m.Because()
	if err != nil {
		return bot.Message{}, err
	}
	history, err := d.History(m.ID.String(), pageSize)
	if err != nil {
		return bot.Message{}, err
	}
	title := fmt.Sprintf("%s · @%s for %s %s", m.ID, m.With.Handle, m.Of.ID, m.Of.Shop)
	table := bot.Table{Caption: fmt.Sprintf("Why %d of 1000", m.Score),
		Columns: []bot.Column{{Name: "Points", Align: bot.Right}, {Name: "Of", Align: bot.Right}, {Name: "Evidence"}}}
	for _, r := range reasons {
		table.Rows = append(table.Rows, []string{strconv.FormatInt(r.Points, 10), strconv.FormatInt(r.Of, 10), r.Says})
	}
	out := bot.Message{Summary: title, Parts: []bot.Part{bot.Heading("%s", title), {Table: &table}}}
	if m.State == agency.MatchProposed {
		out.Parts = append(out.Parts, proposalActions(m.Match))
	}
	var lines bot.Text
	for i := len(history) - 1; i >= 0; i-- { // oldest first
		line, err := matchHistoryLine(d, history[i])
		if err != nil {
			return bot.Message{}, err
		}
		lines = append(lines, line...)
	}
	out.Parts = append(out.Parts, bot.Small(lines, figuresNote([]agency.MatchDetail{m}, "this creator")))
	return out, nil
}

// matchHistoryLine says who did what, with the words that the audit keeps.
func matchHistoryLine(d *agency.Desk, l agency.AuditLine) (bot.Text, error) {
	by, err := memberOrDesk(d, l.Member)
	if err != nil {
		return nil, err
	}
	line := bot.Join(bot.When(l.At), bot.T(" · "), by, bot.T(" · %s", l.Action))
	if l.Detail != "" {
		line = append(line, bot.T(": %s", l.Detail)...)
	}
	return append(line, bot.T("\n")...), nil
}

// openTable lists proposals that wait, of all sellers.
func openTable(d *agency.Desk, list []agency.MatchDetail, total int) bot.Table {
	table := bot.Table{Caption: countOf(total, "proposal waits", "proposals wait"), Columns: []bot.Column{{Name: "No."}, {Name: "Seller"}, {Name: "Creator"},
		{Name: "Score", Align: bot.Right}, {Name: "Waits for", Align: bot.Right}}}
	for _, m := range list {
		table.Rows = append(table.Rows, []string{m.ID.String(), m.Of.ID.String() + " " + m.Of.Shop, "@" + m.With.Handle,
			strconv.FormatInt(m.Score, 10), agency.Span(d.Time.Sub(m.ProposedAt))})
	}
	return table
}

// sellerTable lists the matches of one seller with their decisions.
func sellerTable(d *agency.Desk, list []agency.MatchDetail, total int) bot.Table {
	of := list[0].Of
	table := bot.Table{Caption: countOf(total, "match", "matches") + " of " + of.ID.String() + " " + of.Shop, Columns: []bot.Column{{Name: "No."},
		{Name: "Creator"}, {Name: "Score", Align: bot.Right}, {Name: "State"}, {Name: "Decided by"}, {Name: "On"}, {Name: "Reason"}}}
	for _, m := range list {
		by, on, why := "—", "—", "—"
		if m.DecidedAt != 0 {
			by, on = m.Decider, string(agency.DateOf(m.DecidedAt, d.Zone()))
		}
		if m.Reason != "" {
			why = m.Reason
		}
		table.Rows = append(table.Rows, []string{m.ID.String(), "@" + m.With.Handle, strconv.FormatInt(m.Score, 10), string(m.State), by, on, why})
	}
	return table
}

// countOf is a number with its noun: "1 match", "4 matches".
func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
