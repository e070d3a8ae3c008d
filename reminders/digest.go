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
	return Reminder{Name: "digest", Fire: fireDigests, Views: map[string]bot.View{agency.DigestNote: drawDigest}}
}

func fireDigests(d *agency.Desk) error {
	subscriptions, err := d.SubscriptionsTo(agency.DigestFeed)
	if err != nil {
		return err
	}
	for _, s := range subscriptions {
		when, err := bot.ParseSchedule(s.Schedule)
		if err != nil {
			return fmt.Errorf("subscription %d: %w", s.ID, err)
		}
		slot, due := when.Due(s.Since.Time(), d.Time.Time(), s.Location())
		if !due {
			continue
		}
		name := fmt.Sprintf("digest %d", s.ID)
		last, err := d.LastSlot(name)
		if err != nil {
			return err
		}
		if string(slot) <= last { // said already, or the clock was turned back
			continue
		}
		if err := d.PostDigest(s, name, string(slot), agency.Date(slot.Date())); err != nil {
			return err
		}
	}
	return nil
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
		late = "This was due on " + slot.Words() + "; the desk was not running then."
	}
	return bot.DrawDigest(d, content, late)
}
