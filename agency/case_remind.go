package agency

import (
	"fmt"
	"slices"
	"time"
)

// CaseReminder is the view of a note that reminds of a case's deadline. Its reference is the case and the slot: "V-9 24h".
const CaseReminder = "case-reminder"

// CaseSlot is one moment before or after a deadline at which an unacknowledged case is brought up again.
type CaseSlot struct {
	Name     string        // "24h", "due", "overdue-1d"
	After    time.Duration // from the deadline; negative: before it
	InPerson bool          // the owner is told in person too
}

// caseSlots lists the moments in order: three before the deadline, the deadline, and a week of days after it.
func caseSlots() []CaseSlot {
	slots := []CaseSlot{
		{Name: "72h", After: -72 * time.Hour},
		{Name: "24h", After: -24 * time.Hour, InPerson: true},
		{Name: "4h", After: -4 * time.Hour},
		{Name: "due", InPerson: true},
	}
	for day := 1; day <= 7; day++ {
		slots = append(slots, CaseSlot{Name: fmt.Sprintf("overdue-%dd", day), After: time.Duration(day) * 24 * time.Hour, InPerson: true})
	}
	return slots
}

// CaseSlotAt is the newest moment that has come by now for a deadline; ok is false when none has. Moments before since do
// not count: a case that is recorded with twenty hours left is not reminded of the seventy-two that it never had. Of
// several that were missed while the desk was down only the newest is worth saying.
func CaseSlotAt(now, deadline, since Instant) (slot CaseSlot, ok bool) {
	if deadline == 0 {
		return CaseSlot{}, false
	}
	for _, s := range caseSlots() {
		if at := deadline.Add(s.After); at <= now && at > since {
			slot, ok = s, true
		}
	}
	return slot, ok
}

// caseWatch is how long after its deadline a case is still looked at, so that a reminder which was missed while the desk
// was down is said, and cases that nobody ever closed cost nothing.
const caseWatch = 30 * 24 * time.Hour

// RemindCases says what is due about deadlines, each moment once: a note in the thread of the card wherever the card is in
// a channel that still gets violations, and the owner in person. An acknowledged case is silent; only the countdown on its
// card is drawn anew. Only the desk itself may.
func (d *Desk) RemindCases() error {
	if !d.Actor.IsSystem() {
		return Forbidden("Reminders are sent by the desk itself.")
	}
	farthest := caseSlots()[0].After
	list, _, err := d.tx.FindCases(CaseFilter{States: LivingCases, DueFrom: d.Time.Add(-caseWatch), DueBefore: d.Time.Add(-farthest) + 1})
	if err != nil {
		return err
	}
	for _, c := range list {
		slot, ok := CaseSlotAt(d.Time, c.Deadline, c.Since)
		if !ok {
			continue
		}
		first, err := d.ClaimSlot(Slot{Reminder: caseSlotsOf(c), Name: caseSlotName(c, slot), Due: c.Deadline.Add(slot.After)})
		if err != nil {
			return err
		}
		if !first {
			continue
		}
		if err := d.countSkipped(c, slot); err != nil {
			return err
		}
		if err := d.remindCase(c, slot); err != nil {
			return err
		}
	}
	return nil
}

func caseSlotsOf(c Case) string { return "case " + c.ID.String() }

// caseSlotName names a slot. The deadline is part of it: a case with a new deadline is reminded of that one too.
func caseSlotName(c Case, s CaseSlot) string {
	return s.Name + " of " + c.Deadline.Time().Format(time.RFC3339)
}

// countSkipped notes with the slot that was claimed last how many of the case's moments before it were missed. They are not
// claimed: a clock that ran ahead and was put right still comes to them.
func (d *Desk) countSkipped(c Case, said CaseSlot) error {
	claimed, err := d.tx.ClaimedSlots(caseSlotsOf(c))
	if err != nil {
		return err
	}
	skipped := 0
	for _, s := range caseSlots() {
		if at := c.Deadline.Add(s.After); at > c.Since && s.After < said.After && !slices.Contains(claimed, caseSlotName(c, s)) {
			skipped++
		}
	}
	d.claimed[len(d.claimed)-1].Skipped = skipped
	return nil
}

func (d *Desk) remindCase(c Case, slot CaseSlot) error {
	if c.State == CaseOpen {
		if err := d.noteCase(c, slot); err != nil {
			return err
		}
		if slot.InPerson && c.Owner != 0 {
			_, err := d.tell(notice{To: c.Owner, On: Slack, Kind: NoticeReminder, By: c.Deadline,
				Out: Outgoing{Kind: CaseReminder, Ref: c.ID.String() + " " + slot.Name}})
			if err != nil {
				return err
			}
		}
	}
	return d.redrawCard(CaseCard, c.ID.String())
}

// noteCase reminds in the threads of the case's cards.
func (d *Desk) noteCase(c Case, slot CaseSlot) error {
	channels, err := d.tx.Subscriptions(ViolationsFeed)
	if err != nil {
		return err
	}
	if c.Source == AskedSource {
		questions, err := d.tx.Subscriptions(QuestionsFeed)
		if err != nil {
			return err
		}
		channels = append(channels, questions...)
	}
	places, err := d.tx.CardPlaces(CaseCard, c.ID.String())
	if err != nil {
		return err
	}
	for _, to := range places {
		if !subscribed(channels, to) {
			continue
		}
		if err := d.post(Outgoing{To: to, Kind: CaseReminder, Ref: c.ID.String() + " " + slot.Name, Thread: CaseCard + " " + c.ID.String()}); err != nil {
			return err
		}
	}
	return nil
}

func subscribed(channels []Subscription, to Address) bool {
	for _, s := range channels {
		if s.To == to {
			return true
		}
	}
	return false
}
