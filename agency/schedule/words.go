package schedule

import (
	"fmt"
	"math/bits"
	"strings"
	"time"
)

const (
	everyMonth   = 1<<13 - 2
	everyWeekday = 1<<7 - 1
	workdays     = 1<<6 - 2 // Monday to Friday
)

// Words is the schedule for people: "every Monday at 09:00", "Monday to Friday at 08:30". What has no short words is told
// in its own: "by the schedule 0 9 1-7 * *".
func (s Schedule) Words() string {
	days, ok := s.dayWords()
	if !ok || len(s.slotTimes) > 4 {
		return "by the schedule " + s.text
	}
	var times []string
	for i := len(s.slotTimes) - 1; i >= 0; i-- {
		times = append(times, fmt.Sprintf("%02d:%02d", s.slotTimes[i].hour, s.slotTimes[i].minute))
	}
	return days + " at " + andList(times)
}

func (s Schedule) dayWords() (words string, ok bool) {
	switch {
	case s.months != everyMonth:
		return "", false
	case s.anyDay && s.weekdays == everyWeekday:
		return "every day", true
	case s.anyDay && s.weekdays == workdays:
		return "Monday to Friday", true
	case s.anyDay:
		return "every " + andList(s.weekdayNames()), true
	case s.anyWeekday && s.weekdays == everyWeekday && s.lastDay && s.days == 0:
		return "on the last day of each month", true
	case s.anyWeekday && s.weekdays == everyWeekday && !s.lastDay && bits.OnesCount64(s.days) == 1:
		return fmt.Sprintf("on day %d of each month", bits.TrailingZeros64(s.days)), true
	}
	return "", false
}

// weekdayNames begins the week on Monday.
func (s Schedule) weekdayNames() []string {
	var names []string
	for i := range 7 {
		if day := (i + 1) % 7; has(s.weekdays, day) {
			names = append(names, time.Weekday(day).String())
		}
	}
	return names
}

func andList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
