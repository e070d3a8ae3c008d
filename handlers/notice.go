package handlers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"liaison/agency"
	"liaison/bot"
)

func noticeCommands() []bot.Command {
	return []bot.Command{{Name: "notices", Summary: "say what you want to be told, and when to leave you alone",
		Usage: "[quiet=22:00-08:00] [zone=Europe/London] [mute=offers,statements]", Args: []bot.Argument{named("quiet", "when to leave you alone: 22:00-08:00"), named("zone", "your time zone: Europe/London"), named("mute", "kinds to leave out, with commas between")}, Examples: []string{"/notices", "/notices quiet=22:00-08:00 zone=America/New_York"},
		Run: runNotices, Submit: submitNotices}}
}

// clock is minutes of the day as people write them.
func clock(minutes int64) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// readClock reads "22:00" as minutes of the day.
func readClock(field, text string) (int64, error) {
	at, err := time.Parse("15:04", strings.TrimSpace(text))
	if err != nil {
		return 0, agency.Field(field, "“%s” is not a time of day. Write it as 22:00.", text)
	}
	return int64(at.Hour()*60 + at.Minute()), nil
}

func runNotices(t *bot.Turn) (bot.Reply, error) {
	w, err := t.Desk.MyNotices()
	if err != nil {
		return bot.Reply{}, err
	}
	if w.Zone == "" {
		usual, err := t.Desk.UsualZone()
		if err != nil {
			return bot.Reply{}, err
		}
		if w.Zone = usual.String(); t.Zone != "" {
			w.Zone = personZone(t).String()
		}
	}
	a := t.Args()
	if len(a.Words) > 0 {
		return bot.Reply{}, agency.Invalid("“%s” says nothing. Write quiet=22:00-08:00, zone=Europe/London or mute=offers.", a.Word(0))
	}
	if len(a.Named) > 0 {
		return typedNotices(t, w, a.Named)
	}
	f := bot.Form{Command: "notices", Title: "Your notices", Fields: []bot.Field{}}
	if kinds := noticeOptions(t.Desk); len(kinds) > 0 {
		f.Fields = append(f.Fields, bot.Field{Name: "muted", Label: "Leave out", Kind: bot.Choices, Optional: true, Options: kinds,
			Value: strings.ReplaceAll(w.Muted, ",", "\n"), Hint: "What you ask for yourself, and violations, always reach you"})
	}
	from, until := "", ""
	if w.QuietFrom != w.QuietUntil {
		from, until = clock(w.QuietFrom), clock(w.QuietUntil)
	}
	f.Fields = append(f.Fields,
		bot.Field{Name: "from", Label: "Quiet from", Kind: bot.Line, Optional: true, Max: 5, Value: from, Hint: "Such as 22:00; empty: no quiet hours"},
		bot.Field{Name: "until", Label: "Quiet until", Kind: bot.Line, Optional: true, Max: 5, Value: until, Hint: "Such as 08:00"},
		bot.Field{Name: "zone", Label: "Your time zone", Kind: bot.Line, Max: 40, Value: w.Zone, Hint: "Such as Europe/London"})
	return bot.Open(f), nil
}

// noticeOptions is the kinds that the person gets and may leave out.
func noticeOptions(d *agency.Desk) (list []bot.Option) {
	for _, k := range agency.NoticeKinds {
		if d.Actor.May(k.Right) {
			list = append(list, bot.Option{Label: string(k.Kind), Value: string(k.Kind), Detail: k.Says})
		}
	}
	return list
}

func typedNotices(t *bot.Turn, w agency.NoticeWishes, named map[string]string) (bot.Reply, error) {
	from, until, zone, muted := w.QuietFrom, w.QuietUntil, w.Zone, w.Muted
	for name, value := range named {
		var err error
		switch name {
		case "quiet":
			if value == "none" {
				from, until = 0, 0
				continue
			}
			first, last, _ := strings.Cut(value, "-")
			if from, err = readClock("from", first); err != nil {
				return bot.Reply{}, err
			}
			if until, err = readClock("until", last); err != nil {
				return bot.Reply{}, err
			}
		case "zone":
			zone = value
		case "mute":
			if muted = value; value == "none" {
				muted = ""
			}
		default:
			return bot.Reply{}, agency.Invalid("“%s” says nothing. Write quiet=22:00-08:00, zone=Europe/London or mute=offers.", name)
		}
	}
	return changeNotices(t, strings.Split(muted, ","), from, until, zone)
}

func submitNotices(t *bot.Turn) (bot.Reply, error) {
	from, until := int64(0), int64(0)
	if t.Value("from") != "" || t.Value("until") != "" {
		var err error
		if from, err = readClock("from", t.Value("from")); err != nil {
			return bot.Reply{}, err
		}
		if until, err = readClock("until", t.Value("until")); err != nil {
			return bot.Reply{}, err
		}
	}
	return changeNotices(t, t.Fields["muted"], from, until, strings.TrimSpace(t.Value("zone")))
}

func changeNotices(t *bot.Turn, words []string, from, until int64, zone string) (bot.Reply, error) {
	var muted []agency.NoticeKind
	for _, w := range slices.DeleteFunc(words, func(w string) bool { return w == "" }) {
		muted = append(muted, agency.NoticeKind(strings.TrimSpace(w)))
	}
	w, err := t.Desk.ChangeNotices(muted, from, until, zone)
	if err != nil {
		return bot.Reply{}, err
	}
	said := "You have no quiet hours."
	if w.QuietFrom != w.QuietUntil {
		said = fmt.Sprintf("From %s to %s (%s) messages wait, unless a deadline is less than a day away.", clock(w.QuietFrom), clock(w.QuietUntil), w.Zone)
	}
	if w.Muted != "" {
		said += " Left out: " + spaced(w.Muted) + "."
	}
	return bot.Say("%s", said), nil
}
