package handlers

import (
	"fmt"

	"liaison/agency"
	"liaison/bot"
)

func linkCommands() []bot.Command {
	return []bot.Command{
		{Name: "link", Summary: "make your accounts on two platforms one person: a one-time code here, typed there", Usage: "[code]", Args: []bot.Argument{optional(word("code", "the code that the other platform showed"))},
			Examples: []string{"/link", "/link ABCD-EFGH-JKLM"}, Run: runLink},
		{Name: "link-confirm", Summary: "confirm that both accounts are yours", Usage: "code", Unlisted: true, Run: runLinkConfirm},
		{Name: "unlink", Summary: "show the accounts of a person, or take one away from them", Usage: "@person|discord:SERVER:USER", Args: []bot.Argument{word("person", "the person, or the account to take away")},
			Examples: []string{"/unlink @mia", "/unlink discord:1122:3344"}, Right: agency.GrantRole, Run: runUnlink},
	}
}

func linkViews() map[string]bot.View {
	return map[string]bot.View{agency.LinkNote: func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) {
		return bot.Sentence("This account is now linked with %s: to the desk they are one person, with the rights of both. If that was not you, tell an admin at once.", o.Ref), nil
	}}
}

func runLink(t *bot.Turn) (bot.Reply, error) {
	if code := t.Args().Word(0); code != "" {
		return checkLink(t, code)
	}
	code, holds, err := t.Desk.NewLinkCode()
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Reply{Once: true, Message: &bot.Message{Summary: "Your code to link accounts", Parts: []bot.Part{
		bot.Para(bot.T("Type "), bot.C("/link %s", code), bot.T(" with your other account within %s. It works once.", agency.Span(holds))),
		bot.Small(bot.T("Give the code to nobody: whoever links with it has your rights.")),
	}}}, nil
}

// wrongCode is an answer and no refusal, because the miss is counted.
const wrongCode = "That code does not work: it is mistyped, used, or older than ten minutes. Type `/link` with your other account for a new one."

func checkLink(t *bot.Turn, code string) (bot.Reply, error) {
	other, name, outcome, err := t.Desk.CheckLinkCode(code)
	if err != nil {
		return bot.Reply{}, err
	}
	if outcome == agency.LinkWrong {
		return bot.Say(wrongCode), nil
	}
	return bot.Reply{Once: true, Message: &bot.Message{Summary: "Is that account yours?", Parts: []bot.Part{
		bot.Para(bot.T("The code was made by "), bot.B("%s", name), bot.T(" on %s, ", other.Platform), bot.C("%s", other), bot.T(". Is that you?")),
		bot.Small(bot.T("If you press it, both accounts are one person to the desk, with the rights of both. If somebody else sent you the code, press nothing and tell an admin.")),
		bot.Actions(bot.Button{Label: "Yes, both are me", Style: bot.Primary, Command: "link-confirm", Value: code}),
	}}}, nil
}

func runLinkConfirm(t *bot.Turn) (bot.Reply, error) {
	m, outcome, err := t.Desk.Link(t.Args().Word(0))
	if err != nil {
		return bot.Reply{}, err
	}
	if outcome == agency.LinkWrong {
		return bot.Say(wrongCode), nil
	}
	reply := bot.Say("Done: both accounts are %s. `/whoami` shows what you may do.", m.Name)
	reply.Replace = t.Private
	return reply, nil
}

// runUnlink unlinks the account that is written out; of a person who is mentioned it shows the accounts to choose from.
func runUnlink(t *bot.Turn) (bot.Reply, error) {
	word := t.Args().Word(0)
	if word == "" {
		return bot.Reply{}, agency.Invalid("Say whose account, as in `/unlink @mia`.")
	}
	if who, err := agency.ParseIdentity(word); err == nil {
		m, err := t.Desk.Unlink(who)
		if err != nil {
			return bot.Reply{}, err
		}
		return bot.Say("%s is no longer %s.", who, m.Name), nil
	}
	who, _, err := t.Person(word)
	if err != nil {
		return bot.Reply{}, err
	}
	m, accounts, history, err := t.Desk.PersonAccounts(who)
	if err != nil {
		return bot.Reply{}, err
	}
	out := bot.Message{Summary: fmt.Sprintf("%s has %s", m.Name, counted(len(accounts), "account"))}
	out.Parts = append(out.Parts, bot.Para(bot.B("%s", out.Summary)))
	for _, a := range accounts {
		out.Parts = append(out.Parts, bot.Para(bot.C("%s", a)))
		if len(accounts) > 1 {
			out.Parts = append(out.Parts, bot.Actions(bot.Button{Label: "Unlink from " + string(a.Platform), Style: bot.Danger, Command: "unlink", Value: seenNow(t, a.String()),
				Confirm: &bot.Confirm{Title: "Unlink?", Text: "The account has no rights from then on.", Yes: "Unlink", No: "Keep"}}))
		}
	}
	var lines bot.Text
	for i, l := range history {
		line, err := historyLine(t.Desk, l)
		if err != nil {
			return bot.Reply{}, err
		}
		if i > 0 {
			lines = bot.Join(lines, bot.T("\n"))
		}
		lines = bot.Join(lines, line)
	}
	if len(history) > 0 {
		out.Parts = append(out.Parts, bot.Small(lines))
	}
	return bot.Tell(out), nil
}
