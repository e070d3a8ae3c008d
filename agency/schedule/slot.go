package schedule

import "time"

// Slot is a local date and time, "2026-11-23T09:00". Slots sort as text.
type Slot string

const slotLayout = "2006-01-02T15:04"

func slotOf(civil time.Time) Slot { return Slot(civil.Format(slotLayout)) }

// ParseSlot reads a slot as it is stored.
func ParseSlot(text string) (Slot, bool) {
	t, err := time.Parse(slotLayout, text)
	if err != nil {
		return "", false
	}
	return slotOf(t), true
}

// Date is the slot's local date, "2026-11-23".
func (s Slot) Date() string { return string(s)[:min(len(s), len(time.DateOnly))] }

// Words is the slot for people: "Monday 23 November 2026 at 09:00".
func (s Slot) Words() string {
	t, err := time.Parse(slotLayout, string(s))
	if err != nil {
		return string(s)
	}
	return t.Format("Monday 2 January 2006 at 15:04")
}

// Instant is when the slot comes in a zone: the first of two where clocks go back, the end of the gap where they jump
// over it. ok is false when the date itself was left out (Samoa had no 30 December 2011) or the slot is not one.
func (s Slot) Instant(zone *time.Location) (at time.Time, ok bool) {
	t, err := time.Parse(slotLayout, string(s))
	if err != nil {
		return time.Time{}, false
	}
	return instant(t, zone)
}

// farthest is more than any zone is from UTC; no zone changes its clocks twice within a stride.
const farthest, stride = 16 * time.Hour, 8 * time.Hour

// instant is the first instant at which the clocks of a zone show a civil time (given as UTC), or a later one on that
// date. time.Date is not asked: in a gap at midnight it gives the day before. Nor is Time.ZoneBounds: on 31 December of
// leap years it gives an end that has passed (Go 1.26), and a walk along it never ends.
func instant(civil time.Time, zone *time.Location) (time.Time, bool) {
	for at := civil.Add(-farthest); at.Before(civil.Add(farthest)); {
		end := at.Add(stride)
		offset := offsetAt(at, zone)
		if offsetAt(end, zone) != offset {
			end = changeBetween(at, end, zone)
		}
		shows := civil.Add(-offset)
		if shows.Before(at) {
			shows = at // the clocks jumped over it: the first instant after the gap
		}
		if shows.Before(end) {
			return shows, dateOf(shows, zone).Equal(dateOf(civil, time.UTC))
		}
		at = end
	}
	return time.Time{}, false
}

func offsetAt(at time.Time, zone *time.Location) time.Duration {
	_, seconds := at.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}

// changeBetween is the first second at which the offset is no longer that of from; until has another.
func changeBetween(from, until time.Time, zone *time.Location) time.Time {
	was := offsetAt(from, zone)
	for until.Sub(from) > time.Second {
		middle := from.Add(until.Sub(from) / 2).Truncate(time.Second)
		if offsetAt(middle, zone) == was {
			from = middle
		} else {
			until = middle
		}
	}
	return until
}
