// Package schedule is when something recurs on the calendar of a place: each slot is a local date and time, and comes once.
//
// It is pure: no clock, no store. A slot is counted on the calendar first and only then looked up as an instant, because
// the other way round a time is said twice in autumn, and midnight is never said where clocks jump over it. Slots that
// the clocks jump over come at the end of the gap; those that so come at one instant are one, the latest of them.
package schedule

import (
	"errors"
	"math/bits"
	"time"
)

// Schedule is five cron fields as sets of bits, read in a zone that is given with each question: bit 9 of Hours is nine
// o'clock, bit 1 of Weekdays is Monday. A schedule is made by New, so that it fires at some time.
type Schedule struct {
	text                                   string
	minutes, hours, days, months, weekdays uint64
	anyDay, anyWeekday, lastDay            bool
	slotTimes                              []clock // the times of a day, latest first
}

// Fields are the five sets that a Schedule is made of. A star is said beside the bits: with a day of the month and a
// weekday both given, cron means either of them; with a star in one of them, only the other counts.
type Fields struct {
	Minutes, Hours, Days, Months, Weekdays uint64
	AnyDay, AnyWeekday                     bool
	LastDay                                bool // the last of each month, beside Days
}

type clock struct{ hour, minute int }

// ErrNever says that no date fits: 30 February.
var ErrNever = errors.New("the schedule never fires")

// longest is how many days may lie between two slots: 29 February skips eight years at the end of a century (2096, 2104).
const longest = 8*366 + 1

// New makes a schedule of sets; text is how it was written, kept for people and for the store. It refuses with ErrNever
// what fits no date.
func New(text string, f Fields) (Schedule, error) {
	s := Schedule{text: text, minutes: f.Minutes & (1<<60 - 1), hours: f.Hours & (1<<24 - 1), days: f.Days & (1<<32 - 2),
		months: f.Months & (1<<13 - 2), weekdays: f.Weekdays & (1<<7 - 1), anyDay: f.AnyDay, anyWeekday: f.AnyWeekday, lastDay: f.LastDay}
	for hour := 23; hour >= 0; hour-- {
		for minute := 59; minute >= 0; minute-- {
			if has(s.hours, hour) && has(s.minutes, minute) {
				s.slotTimes = append(s.slotTimes, clock{hour, minute})
			}
		}
	}
	// From a year after a leap day that was left out, eight years on see the next one.
	if _, ok := s.Next(time.Date(2096, 3, 1, 0, 0, 0, 0, time.UTC), time.UTC); !ok {
		return Schedule{}, ErrNever
	}
	return s, nil
}

func has(set uint64, bit int) bool { return set&(1<<bit) != 0 }

// Text is the schedule as it was written: "0 9 * * 1".
func (s Schedule) Text() string { return s.text }

// PerDay is how many slots there are on a day that fits.
func (s Schedule) PerDay() int { return bits.OnesCount64(s.minutes) * bits.OnesCount64(s.hours) }

// AtMostWeekly reports that there is never more than one slot in a week.
func (s Schedule) AtMostWeekly() bool {
	if s.PerDay() > 1 {
		return false
	}
	if s.anyWeekday {
		return !s.anyDay && s.daysOfMonth() == 1
	}
	return bits.OnesCount64(s.weekdays) == 1 && s.anyDay
}

func (s Schedule) daysOfMonth() int {
	n := bits.OnesCount64(s.days)
	if s.lastDay {
		n++
	}
	return n
}

// fits reports whether there are slots on a date, given as midnight UTC.
func (s Schedule) fits(date time.Time) bool {
	if !has(s.months, int(date.Month())) {
		return false
	}
	day := has(s.days, date.Day()) || s.lastDay && date.AddDate(0, 0, 1).Day() == 1
	weekday := has(s.weekdays, int(date.Weekday()))
	if s.anyDay || s.anyWeekday {
		return day && weekday
	}
	return day || weekday
}

// Latest is the newest slot that has come by an instant: the one that is due unless it was done before. ok is false only
// for a schedule that was not made by New.
func (s Schedule) Latest(now time.Time, zone *time.Location) (slot Slot, ok bool) {
	slot, _, ok = s.latest(now, zone)
	return slot, ok
}

func (s Schedule) latest(now time.Time, zone *time.Location) (slot Slot, at time.Time, ok bool) {
	// The day after counts too: where clocks go back over midnight it began once before.
	date := dateOf(now, zone).AddDate(0, 0, 1)
	for range longest + 1 {
		if s.fits(date) {
			for _, c := range s.slotTimes {
				at, exists := instant(civil(date, c), zone)
				if exists && !at.After(now) {
					return slotOf(civil(date, c)), at, true
				}
			}
		}
		date = date.AddDate(0, 0, -1)
	}
	return "", time.Time{}, false
}

// Next is the first slot that comes after an instant; of those that come with it, the one that Latest gives.
func (s Schedule) Next(after time.Time, zone *time.Location) (slot Slot, ok bool) {
	date := dateOf(after, zone).AddDate(0, 0, -1)
	for range longest + 2 {
		if s.fits(date) {
			for i := len(s.slotTimes) - 1; i >= 0; i-- {
				at, exists := instant(civil(date, s.slotTimes[i]), zone)
				if exists && at.After(after) {
					return s.Latest(at, zone)
				}
			}
		}
		date = date.AddDate(0, 0, 1)
	}
	return "", false
}

// Due is the newest slot that has come after since, up to and including now. Older ones that were missed are not made up.
// Whether it was done before is for the caller to look up: slots are claimed in the store.
func (s Schedule) Due(since, now time.Time, zone *time.Location) (slot Slot, ok bool) {
	slot, at, ok := s.latest(now, zone)
	return slot, ok && at.After(since)
}

// dateOf is the local date of an instant, as midnight UTC: dates are counted where every day has 24 hours.
func dateOf(at time.Time, zone *time.Location) time.Time {
	year, month, day := at.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func civil(date time.Time, c clock) time.Time {
	return date.Add(time.Duration(c.hour)*time.Hour + time.Duration(c.minute)*time.Minute)
}
