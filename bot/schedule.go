package bot

import (
	"errors"
	"regexp"
	"strings"

	"github.com/robfig/cron/v3"

	"liaison/agency"
	"liaison/agency/schedule"
)

// namedSchedules are the words for the usual schedules.
var namedSchedules = map[string]string{"weekly": "0 9 * * 1", "daily": "0 9 * * *", "monthly": "0 9 L * *"}

// cronField is one field of a schedule: stars, numbers, names of days and months, ranges and steps. Nothing else reaches
// the cron parser: "TZ=Asia/Jakarta" alone makes it panic, and "@every -1h" it takes for a schedule.
var cronField = regexp.MustCompile(`^(\*|(\d{1,2}|[A-Za-z]{3})(-(\d{1,2}|[A-Za-z]{3}))?)(/\d{1,2})?(,(\*|(\d{1,2}|[A-Za-z]{3})(-(\d{1,2}|[A-Za-z]{3}))?)(/\d{1,2})?)*$`)

var cronFields = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// cronStar is the bit by which the cron parser says that a field was a star.
const cronStar = 1 << 63

// IsCronField reports whether a word could be a field of a schedule, so that five of them behind a command are one.
func IsCronField(word string) bool {
	return strings.EqualFold(word, "L") || cronField.MatchString(word)
}

// ParseSchedule reads "weekly" (Monday 09:00), "daily" (09:00), "monthly" (the last day, 09:00) or five cron fields: minute,
// hour, day, month, weekday. L for the day is the last of the month, which the cron library does not know.
// The fields are only read by the cron library; when they come is counted by agency/schedule.
func ParseSchedule(text string) (schedule.Schedule, error) {
	fields := strings.Fields(text)
	if named, ok := namedSchedules[strings.ToLower(strings.Join(fields, " "))]; ok {
		fields = strings.Fields(named)
	}
	line := strings.Join(fields, " ")
	if len(fields) != 5 {
		return schedule.Schedule{}, notSchedule(line)
	}
	last := strings.EqualFold(fields[2], "L")
	if last {
		fields[2] = "1"
	}
	for _, f := range fields {
		if !cronField.MatchString(f) {
			return schedule.Schedule{}, notSchedule(line)
		}
	}
	parsed, err := cronFields.Parse(strings.Join(fields, " "))
	spec, ok := parsed.(*cron.SpecSchedule)
	if err != nil || !ok {
		return schedule.Schedule{}, notSchedule(line)
	}
	set := schedule.Fields{Minutes: spec.Minute, Hours: spec.Hour, Days: spec.Dom, Months: spec.Month, Weekdays: spec.Dow,
		AnyDay: spec.Dom&cronStar != 0, AnyWeekday: spec.Dow&cronStar != 0, LastDay: last}
	if last {
		set.Days = 0
	}
	s, err := schedule.New(line, set)
	if errors.Is(err, schedule.ErrNever) {
		return s, agency.Invalid("“%s” never comes: there is no such date. Write weekly, daily, monthly, or five cron fields such as \"0 9 * * 1\".", line)
	}
	return s, err
}

func notSchedule(line string) error {
	return agency.Invalid("“%s” is not a schedule. Write weekly, daily, monthly, or five cron fields (minute, hour, day, month, weekday; Monday is 1) such as \"0 9 * * 1\".", line)
}
