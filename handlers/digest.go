package handlers

import (
	"strings"
	"time"

	"liaison/agency"
	"liaison/bot"
)

func digestCommands() []bot.Command {
	return []bot.Command{
		{Name: "digest subscribe", Summary: "post the digest in this channel on a schedule", Usage: `weekly|daily|monthly|"0 9 * * 1" [Europe/London]`,
			Examples: []string{"/digest subscribe weekly", "/digest subscribe daily Europe/London", `/digest subscribe "30 8 * * 1-5"`},
			Right:    agency.Subscribe, Run: runDigestSubscribe},
		{Name: "digest unsubscribe", Summary: "stop this channel's digest", Examples: []string{"/digest unsubscribe"}, Right: agency.Subscribe, Run: runDigestUnsubscribe},
		{Name: "digest list", Summary: "list which channels get what, and when the next digest comes", Examples: []string{"/digest list"},
			Right: agency.SeeRecords, Reads: true, Run: runDigestList},
		{Name: "digest preview", Summary: "show the digest now, to you alone", Examples: []string{"/digest preview"},
			Right: agency.SeeRecords, Reads: true, Run: runDigestPreview},
	}
}

// digestsPerDay is how often a channel may be told the same week.
const digestsPerDay = 4

func runDigestSubscribe(t *bot.Turn) (bot.Reply, error) {
	words, zone := bot.Words(t.Text), personZone(t).String()
	if n := len(words); n > 0 && isZone(words[n-1]) {
		words, zone = words[:n-1], words[n-1]
	}
	if len(words) == 0 {
		words = []string{"weekly"}
	}
	when, err := bot.ParseSchedule(strings.Join(words, " "))
	if err != nil {
		return bot.Reply{}, err
	}
	if when.PerDay() > digestsPerDay {
		return bot.Reply{}, agency.Invalid("That is %d digests a day. A channel gets at most %d; write weekly, daily or fewer times.", when.PerDay(), digestsPerDay)
	}
	if t.Channel.Channel == "" {
		return bot.Reply{}, agency.Invalid("Say it in the channel that should get the digest.")
	}
	s, err := t.Desk.Subscribe(t.Channel, agency.DigestFeed, when.Text(), zone)
	if err != nil {
		return bot.Reply{}, err
	}
	next, _ := when.Next(t.Desk.Time.Time(), s.Location())
	return bot.Say("This channel gets the digest %s (%s). The first one comes on %s; `/digest preview` shows it now.", when.Words(), zone, next.Words()), nil
}

// isZone tells a time zone from a word of a schedule: it names a place, or is UTC.
func isZone(word string) bool {
	if word == "UTC" {
		return true
	}
	if !strings.Contains(word, "/") || bot.IsCronField(word) {
		return false
	}
	_, err := time.LoadLocation(word)
	return err == nil || strings.Trim(word, "0123456789*/,-") != ""
}

func runDigestUnsubscribe(t *bot.Turn) (bot.Reply, error) {
	if err := t.Desk.Unsubscribe(t.Channel, agency.DigestFeed); err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("This channel no longer gets the digest."), nil
}

// runDigestList shows every channel's subscriptions to those who may subscribe channels, and this channel's to others.
func runDigestList(t *bot.Turn) (bot.Reply, error) {
	ask := t.Desk.AllSubscriptions
	if !t.Desk.Actor.May(agency.Subscribe) {
		ask = func() ([]agency.Subscription, error) { return t.Desk.SubscriptionsAt(t.Channel) }
	}
	list, err := ask()
	if err != nil {
		return bot.Reply{}, err
	}
	if len(list) == 0 {
		return bot.Say("Nothing is subscribed yet. `/digest subscribe weekly` and `/feed on approvals` subscribe the channel that they are said in."), nil
	}
	var lines bot.Text
	for i, s := range list {
		if i > 0 {
			lines = append(lines, bot.T("\n")...)
		}
		lines = append(lines, bot.Join(channelName(t, s.To), bot.T(" gets "), bot.B("%s", s.Feed), bot.T("%s", nextWords(t.Desk, s)))...)
	}
	return bot.Tell(bot.Message{Summary: counted(len(list), "subscription"), Parts: []bot.Part{{Text: lines}}}), nil
}

// channelName is a channel as the asker can open it; one of another workspace is told by its ids.
func channelName(t *bot.Turn, to agency.Address) bot.Text {
	if to.Platform != t.Channel.Platform || to.Workspace != t.Channel.Workspace {
		return bot.C("%s:%s:%s", to.Platform, to.Workspace, to.Channel)
	}
	return bot.Text{{Style: bot.Channel, Ref: to.Channel, Text: to.Channel}}
}

func nextWords(d *agency.Desk, s agency.Subscription) string {
	if s.Schedule == "" {
		return " as it happens"
	}
	when, err := bot.ParseSchedule(s.Schedule)
	if err != nil {
		return " by a schedule that cannot be read: " + s.Schedule
	}
	next, _ := when.Next(d.Time.Time(), s.Location())
	return " " + when.Words() + " (" + s.Zone + "), next on " + next.Words()
}

// runDigestPreview shows the digest as it would be posted now: of the seven days before today.
func runDigestPreview(t *bot.Turn) (bot.Reply, error) {
	zone := personZone(t)
	digest, err := t.Desk.Digest(agency.DateOf(t.Desk.Time, zone), zone)
	if err != nil {
		return bot.Reply{}, err
	}
	if digest.Empty() {
		return bot.Say("There is nothing to say: no sales, nothing that waits, nothing at risk. No digest would be posted."), nil
	}
	m, err := bot.DrawDigest(t.Desk, digest, "")
	return bot.Tell(m), err
}
