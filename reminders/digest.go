package reminders

import (
	"fmt"

	"liaison/agency"
	"liaison/agency/schedule"
	"liaison/bot"
)

// digest posts each subscribed channel's digest on its schedule, in its zone. Of slots that were missed while the desk was
// down the newest is posted once, and says that it is late.
func digest() Reminder {
	return Reminder{Name: "digest", Fire: fireDigests, Missed: SayNewest, Views: map[string]bot.View{agency.DigestNote: drawDigest}}
}

// fireDigests posts what is due. A subscription whose schedule cannot be read must not silence the others: it is passed
// over, and `/digest list` says so.
func fireDigests(d *agency.Desk) error {
	subscriptions, err := d.SubscriptionsTo(agency.DigestFeed)
	if err != nil {
		return err
	}
	for _, s := range subscriptions {
		when, err := bot.ParseSchedule(s.Schedule)
		if err != nil {
			continue
		}
		if err := fireDigest(d, s, when); err != nil {
			return err
		}
	}
	return nil
}

func fireDigest(d *agency.Desk, s agency.Subscription, when schedule.Schedule) error {
	now, zone := d.Time.Time(), s.Location()
	slot, due := when.Due(s.Since.Time(), now, zone)
	if !due {
		return nil
	}
	name := fmt.Sprintf("digest %d", s.ID)
	last, err := d.LastSlot(name)
	if err != nil || string(slot) == last {
		return err
	}
	// A later slot was said: the clock was turned back, and an older week is not news. But a slot beyond the next one was
	// said by a clock that ran far ahead, and must not silence all that come before it.
	if next, _ := when.Next(now, zone); string(slot) < last && last <= string(next) {
		return nil
	}
	at, _ := slot.Instant(zone)
	claim := agency.Slot{Reminder: name, Name: string(slot), Due: agency.InstantOf(at), Skipped: skipped(s, when, last, slot)}
	return d.PostDigest(s, claim, agency.Date(slot.Date()))
}

// mostSkipped bounds how many missed slots are counted: beyond it the exact number helps nobody.
const mostSkipped = 100

// skipped counts the slots that lie between the last one that was said (or the beginning of the subscription) and this one.
func skipped(s agency.Subscription, when schedule.Schedule, last string, slot schedule.Slot) (n int) {
	after := s.Since.Time()
	if at, ok := schedule.Slot(last).Instant(s.Location()); ok {
		after = at
	}
	for n < mostSkipped {
		next, ok := when.Next(after, s.Location())
		if !ok || next >= slot {
			return n
		}
		at, ok := next.Instant(s.Location())
		if !ok {
			return n
		}
		after, n = at, n+1
	}
	return n
}

// lateAfter is how long after its slot a digest says that it is late.
const lateAfter = 15 * 60 * 1000

func drawDigest(d *agency.Desk, o agency.Outgoing) (bot.Message, error) {
	id, text, err := agency.ParseSlotRef(o.Ref)
	if err != nil {
		return bot.Message{}, err
	}
	s, err := d.Subscription(id)
	if err != nil {
		return bot.Message{}, err
	}
	slot, ok := schedule.ParseSlot(text)
	if !ok {
		return bot.Message{}, agency.Invalid("“%s” is not a slot.", text)
	}
	content, err := d.Digest(agency.Date(slot.Date()), s.Location())
	if err != nil {
		return bot.Message{}, err
	}
	late := ""
	if at, ok := slot.Instant(s.Location()); ok && o.At > agency.InstantOf(at)+lateAfter {
		late = "This was due on " + slot.Words() + " (" + s.Zone + "); the desk was not running then."
	}
	return bot.DrawDigest(d, content, late)
}
