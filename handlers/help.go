package handlers

import (
	"slices"
	"strings"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/bot"
)

func helpCommands() []bot.Command {
	return []bot.Command{
		{Name: "help", Summary: "show what you can do, with examples", Usage: "[feature]",
			Args: []bot.Argument{optional(word("feature", "such as seller"))}, Examples: []string{"/help", "/help seller"}, Reads: true, Run: runHelp},
		{Name: "whoami", Summary: "show who the desk takes you for and what you may do", Examples: []string{"/whoami"}, Reads: true, Run: runWhoami},
	}
}

// runHelp lists only what the asker may do.
func runHelp(t *bot.Turn) (bot.Reply, error) {
	feature := strings.ToLower(t.Args().Word(0))
	m := bot.Message{Summary: "What you can do"}
	var mine []bot.Command
	for _, c := range t.All {
		first, _, _ := strings.Cut(c.Name, " ")
		if !c.Unlisted && t.Desk.Actor.May(c.Right) && (feature == "" || feature == first) {
			mine = append(mine, c)
		}
	}
	if len(mine) == 0 {
		return bot.Reply{}, agency.NotFound("There is nothing about “%s” that you may do. `/help` lists what you can.", feature)
	}
	if feature == "" {
		m.Parts = append(m.Parts, bot.Heading("What you can do"))
	}
	var list bot.Text
	last := ""
	for i, c := range mine {
		first, _, _ := strings.Cut(c.Name, " ")
		if i > 0 && first != last {
			m.Parts = append(m.Parts, bot.Part{Text: list})
			list = nil
		}
		if list != nil {
			list = append(list, bot.T("\n")...)
		}
		last = first
		list = append(list, helpLine(c, feature != "")...)
	}
	m.Parts = append(m.Parts, bot.Part{Text: list})
	if feature == "" {
		m.Parts = append(m.Parts, bot.Small(bot.T("More with examples: "), bot.C("/help seller"), bot.T(". Whatever is a button can also be typed.")))
	}
	return bot.Tell(m), nil
}

func helpLine(c bot.Command, examples bool) bot.Text {
	line := bot.Join(bot.C("%s", strings.TrimSpace("/"+c.Name+" "+c.Usage)), bot.T(" — %s", c.Summary))
	if !examples {
		return line
	}
	for _, e := range c.Examples {
		line = append(line, bot.Join(bot.T("\n      e.g. "), bot.C("%s", e))...)
	}
	return line
}

func runWhoami(t *bot.Turn) (bot.Reply, error) {
	a := t.Desk.Actor
	roles := bot.T("none yet; an admin can give you one with /team grant")
	if len(a.Member.Roles) > 0 {
		var words []string
		for _, r := range a.Member.Roles {
			words = append(words, string(r))
		}
		roles = bot.T("%s", strings.Join(words, ", "))
	}
	may := bot.T("%s", strings.Join(mayWords(a), ", "))
	if len(mayWords(a)) == 0 {
		may = bot.T("ask for help and see who you are")
	}
	accounts, err := t.Desk.Accounts()
	if err != nil {
		return bot.Reply{}, err
	}
	fields := []bot.Pair{
		{Label: "You are", Value: bot.Mention(t.FromName, a.Identity)},
		{Label: "Identity", Value: bot.C("%s", a.Identity)},
		{Label: "Roles", Value: roles},
		{Label: "You may", Value: may},
	}
	for _, other := range accounts {
		if other != a.Identity {
			fields = append(fields, bot.Pair{Label: "Also", Value: bot.C("%s", other)})
		}
	}
	return bot.Tell(bot.Message{Summary: "Who you are to the desk", Parts: []bot.Part{{Fields: fields}, bot.Small(bot.T("You never approve a payout run that you prepared. Two different people approve a run above %s.", strings.Join(payoutLimits(t.Desk), ", ")))}}), nil
}

func mayWords(a agency.Actor) []string {
	var words []string
	for _, r := range agency.Rights {
		if a.May(r) {
			words = append(words, string(r))
		}
	}
	return words
}

// payoutLimits are the amounts above which a run needs two approvers, in the currencies of the desk's regions.
func payoutLimits(d *agency.Desk) (limits []string) {
	day := string(agency.DateOf(d.Time, d.Zone()))
	for _, r := range d.Rules.Regions {
		rule, ok := d.Rules.PayoutRule(r.Currency, day)
		limit := money.Of(rule.TwoApprover, money.Currency(r.Currency)).String()
		if ok && !slices.Contains(limits, limit) {
			limits = append(limits, limit)
		}
	}
	return limits
}
