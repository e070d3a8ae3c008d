package handlers

import (
	"strings"

	"liaison/agency"
	"liaison/bot"
)

// The arguments of commands, for platforms that ask for each by itself.

func word(name, summary string) bot.Argument { return bot.Argument{Name: name, Summary: summary} }

func named(name, summary string) bot.Argument {
	return bot.Argument{Name: name, Summary: summary, Kind: bot.Named, Optional: true}
}

func phrase(name, summary string) bot.Argument {
	return bot.Argument{Name: name, Summary: summary, Kind: bot.Phrase, Optional: true}
}

func rest(name, summary string) bot.Argument {
	return bot.Argument{Name: name, Summary: summary, Kind: bot.Rest, Optional: true}
}

func oneOf(name, summary string, words ...string) bot.Argument {
	return bot.Argument{Name: name, Summary: summary, Options: options(words)}
}

func optional(a bot.Argument) bot.Argument { a.Optional = true; return a }
func needed(a bot.Argument) bot.Argument   { a.Optional = false; return a }
func somebody(a bot.Argument) bot.Argument { a.Person = true; return a }

func suggested(name, summary string) bot.Argument {
	return bot.Argument{Name: name, Summary: summary, Suggests: true}
}

func aSeller() bot.Argument { return suggested("seller", "which seller, such as S-12") }
func aStep() bot.Argument   { return suggested("step", "which step, such as bank") }
func aMatch() bot.Argument  { return suggested("match", "which match, such as M-88") }
func aRun() bot.Argument    { return suggested("run", "which payout run, such as P-7") }
func aCase() bot.Argument   { return suggested("case", "which case, such as V-9") }

func aFeed() bot.Argument {
	var words []string
	for _, f := range agency.Feeds {
		if f.Feed != agency.DigestFeed { // it has commands of its own
			words = append(words, string(f.Feed))
		}
	}
	return oneOf("feed", "what the channel is told", words...)
}

func aRole() bot.Argument {
	a := bot.Argument{Name: "role", Summary: "what they may do"}
	for _, r := range agency.Roles {
		a.Options = append(a.Options, bot.Option{Label: string(r.Role), Value: string(r.Role)})
	}
	return a
}

func severityWords() []string {
	var words []string
	for _, s := range agency.Severities {
		words = append(words, string(s))
	}
	return words
}

// looked is how many records are looked through for suggestions, and offered how many are shown.
const (
	looked  = 200
	offered = 25
)

// suggest offers what an argument could name while people type it: those that wait first.
func suggest(t *bot.Turn) ([]bot.Option, error) {
	all, err := candidates(t)
	if err != nil {
		return nil, err
	}
	query := strings.ToLower(strings.TrimSpace(t.Query))
	var found []bot.Option
	for _, o := range all {
		if len(found) < offered && strings.Contains(strings.ToLower(o.Value+" "+o.Label), query) {
			found = append(found, o)
		}
	}
	return found, nil
}

func candidates(t *bot.Turn) (all []bot.Option, err error) {
	add := func(id interface{ String() string }, says ...string) {
		all = append(all, bot.Option{Label: strings.TrimSpace(id.String() + " " + strings.Join(says, " · ")), Value: id.String()})
	}
	switch t.Field {
	case "seller":
		list, _, err := t.Desk.Sellers(agency.SellerFilter{Limit: looked})
		for _, s := range list {
			add(s.ID, s.Shop, s.Region)
		}
		return all, err
	case "step":
		return stepsOf(t)
	case "match":
		list, _, err := t.Desk.Matches(agency.MatchFilter{Limit: looked})
		for _, m := range list {
			add(m.ID, m.Of.Shop, "@"+m.With.Handle)
		}
		return all, err
	case "run":
		list, _, err := t.Desk.Payouts(looked, 0)
		for _, r := range list {
			add(r.ID, string(r.State), r.Total.String())
		}
		return all, err
	case "case":
		list, _, err := t.Desk.Cases(agency.CaseFilter{States: agency.LivingCases, Limit: looked})
		for _, c := range list {
			add(c.ID, string(c.Severity), c.Rule)
		}
		return all, err
	}
	return nil, nil
}

// stepsOf are the steps of the seller that stands before them in the line.
func stepsOf(t *bot.Turn) (all []bot.Option, err error) {
	id, err := agency.ParseSellerID(t.Args().Word(0))
	if err != nil {
		return nil, nil //nolint:nilerr // no seller was chosen yet, so there are no steps to offer
	}
	_, steps, err := t.Desk.Seller(id)
	for _, s := range steps {
		all = append(all, bot.Option{Label: s.Code + " · " + s.Title, Value: s.Code})
	}
	return all, err
}
