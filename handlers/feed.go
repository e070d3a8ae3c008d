package handlers

import (
	"strings"

	"liaison/agency"
	"liaison/bot"
)

func feedCommands() []bot.Command {
	return []bot.Command{
		{Name: "feed on", Summary: "subscribe this channel to a feed", Usage: "violations|approvals|onboarding|recruiting|questions",
			Args:     []bot.Argument{aFeed()},
			Examples: []string{"/feed on approvals"}, Right: agency.Subscribe, Run: runFeedOn},
		{Name: "feed off", Summary: "end this channel's subscription to a feed", Usage: "violations|approvals|onboarding|recruiting|questions",
			Args:     []bot.Argument{aFeed()},
			Examples: []string{"/feed off approvals"}, Right: agency.Subscribe, Run: runFeedOff},
		{Name: "feed list", Summary: "list what this channel is subscribed to", Examples: []string{"/feed list"},
			Right: agency.SeeRecords, Reads: true, Run: runFeedList},
	}
}

func runFeedOn(t *bot.Turn) (bot.Reply, error) {
	if t.Args().Word(0) == "" {
		return bot.Reply{}, agency.Invalid("Say which feed: violations, approvals, onboarding, recruiting or questions.")
	}
	feed, err := agency.ParseFeed(t.Args().Word(0))
	if err != nil {
		return bot.Reply{}, err
	}
	if feed == agency.DigestFeed {
		return bot.Reply{}, agency.Invalid("The digest has a schedule: use `/digest subscribe weekly`.")
	}
	if _, err := t.Desk.Subscribe(t.Channel, feed, "", t.Desk.Zone().String()); err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("This channel now gets %s.", feed), nil
}

func runFeedOff(t *bot.Turn) (bot.Reply, error) {
	feed, err := agency.ParseFeed(t.Args().Word(0))
	if err != nil {
		return bot.Reply{}, err
	}
	if err := t.Desk.Unsubscribe(t.Channel, feed); err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("This channel no longer gets %s.", feed), nil
}

func runFeedList(t *bot.Turn) (bot.Reply, error) {
	list, err := t.Desk.SubscriptionsAt(t.Channel)
	if err != nil {
		return bot.Reply{}, err
	}
	var words []string
	for _, s := range list {
		word := string(s.Feed)
		if s.Schedule != "" {
			word += nextWords(t.Desk, s)
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		return bot.Say("This channel gets nothing yet. `/feed on approvals` subscribes it to a feed, `/digest subscribe weekly` to the digest."), nil
	}
	return bot.Say("This channel gets %s.", strings.Join(words, ", ")), nil
}
