package handlers

import (
	"fmt"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

func teamCommands() []bot.Command {
	return []bot.Command{
		{Name: "team grant", Summary: "give somebody a role", Usage: "@person role",
			Args: []bot.Argument{somebody(word("person", "who")), aRole()}, Examples: []string{"/team grant @fay finance"},
			Right: agency.GrantRole, Run: runTeamGrant},
		{Name: "team revoke", Summary: "take a role from somebody", Usage: "@person role",
			Args: []bot.Argument{somebody(word("person", "who")), aRole()}, Examples: []string{"/team revoke @fay finance"},
			Right: agency.GrantRole, Run: runTeamRevoke},
		{Name: "team list", Summary: "list who has which roles, and what the roles are for", Examples: []string{"/team list"},
			Right: agency.SeeRecords, Reads: true, Run: runTeamList},
	}
}

func runTeamGrant(t *bot.Turn) (bot.Reply, error) {
	who, name, role, err := personAndRole(t)
	if err != nil {
		return bot.Reply{}, err
	}
	m, err := t.Desk.Grant(who, name, role)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("%s now has the role %s.", m.Name, role), nil
}

func runTeamRevoke(t *bot.Turn) (bot.Reply, error) {
	who, _, role, err := personAndRole(t)
	if err != nil {
		return bot.Reply{}, err
	}
	m, err := t.Desk.Revoke(who, role)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("%s no longer has the role %s.", m.Name, role), nil
}

func personAndRole(t *bot.Turn) (who agency.Identity, name string, role agency.Role, err error) {
	a := t.Args()
	if len(a.Words) < 2 {
		return who, "", "", agency.Invalid("Say who and which role, as in `/%s @fay finance`.", t.Command)
	}
	if who, name, err = t.Person(a.Word(0)); err != nil {
		return who, "", "", err
	}
	role, err = agency.ParseRole(a.Word(1))
	return who, name, role, err
}

func runTeamList(t *bot.Turn) (bot.Reply, error) {
	list, err := t.Desk.Team()
	if err != nil {
		return bot.Reply{}, err
	}
	table := bot.Table{Caption: peopleWords(len(list)), Columns: []bot.Column{{Name: "Who"}, {Name: "Roles"}}}
	for _, m := range list {
		var words []string
		for _, r := range m.Roles {
			words = append(words, string(r))
		}
		table.Rows = append(table.Rows, []string{m.Name, strings.Join(words, ", ")})
	}
	parts := []bot.Part{}
	if len(table.Rows) > 0 {
		parts = append(parts, bot.Part{Table: &table})
	}
	return bot.Tell(bot.Message{Summary: table.Caption, Parts: append(parts, bot.Small(roleWords()))}), nil
}

// roleWords says what each role is for.
func roleWords() bot.Text {
	var says bot.Text
	for i, r := range agency.Roles {
		if i > 0 {
			says = append(says, bot.T("\n")...)
		}
		says = append(says, bot.Join(bot.B("%s", r.Role), bot.T(" %s", r.Says))...)
	}
	return says
}

func peopleWords(n int) string {
	if n == 1 {
		return "1 person with a role"
	}
	return fmt.Sprintf("%d people with roles", n)
}
