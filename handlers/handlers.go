// Package handlers is the desk's commands, buttons and forms: words in, a use case, words out. One file per feature.
//
// All is the list of commands and Views the list of cards. It knows the business and the chat vocabulary, and neither
// the platforms nor the store.
package handlers

import (
	"maps"
	"slices"
	"strconv"

	"liaison/agency"
	"liaison/bot"
)

// All is every command, in the order in which help lists them.
func All() []bot.Command {
	return slices.Concat(
		helpCommands(),
		teamCommands(),
		linkCommands(),
		sellerCommands(),
		creatorCommands(),
		earningsCommands(),
		offerCommands(),
		matchCommands(),
		payoutCommands(),
		caseCommands(),
		caseNoteCommands(),
		noticeCommands(),
		contactCommands(),
		feedCommands(),
		digestCommands(),
		statusCommands(),
	)
}

// Views draws every card that the use cases show.
func Views() map[string]bot.View {
	all := map[string]bot.View{}
	for _, views := range []map[string]bot.View{
		sellerViews(),
		creatorViews(),
		matchViews(),
		payoutViews(),
		caseViews(),
		caseNoteViews(),
		offerViews(),
		statementViews(),
		statusViews(),
		linkViews(),
	} {
		maps.Copy(all, views)
	}
	return all
}

// pageSize is how many lines a list shows at once.
const pageSize = 15

// plainName is a member's name where no mention can stand: in tables and options.
func plainName(d *agency.Desk, id agency.MemberID) (string, error) {
	if id == 0 {
		return "—", nil
	}
	m, err := d.Member(id)
	return m.Name, err
}

// options makes choices of words.
func options(words []string) []bot.Option {
	var list []bot.Option
	for _, w := range words {
		list = append(list, bot.Option{Label: w, Value: w})
	}
	return list
}

// seenNow is the value of a button on an answer that shows no object with a version: it was drawn from what there was at that
// moment, so that one press under several ids is one, and the next answer's button another.
func seenNow(t *bot.Turn, value string) string {
	return bot.Seen(value, strconv.FormatInt(int64(t.Desk.Time), 10))
}
