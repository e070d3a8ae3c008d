package agency

import (
	"fmt"
	"time"
)

// Instant is a moment in UTC milliseconds since 1970; zero means "not yet" or "none".
type Instant int64

// InstantOf is the instant of a time.
func InstantOf(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return Instant(t.UnixMilli())
}

// Time is the instant as a time in UTC.
func (i Instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(i)).UTC()
}

// Add moves the instant.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d/time.Millisecond) }

// Sub is the time from j to i.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i-j) * time.Millisecond }

// Date is a day of the calendar as "2026-11-23"; empty means none. Dates compare as text.
type Date string

// DateOf is the calendar day of an instant in a zone.
func DateOf(i Instant, zone *time.Location) Date {
	return Date(i.Time().In(zone).Format(time.DateOnly))
}

// ParseDate reads "2026-11-23".
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return "", Invalid("“%s” is not a date. Write it as 2026-11-23.", text)
	}
	return Date(t.Format(time.DateOnly)), nil
}

// AddDays moves the date. It counts on the calendar, not in hours, so clock changes do not matter.
func (d Date) AddDays(n int) Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return Date(t.AddDate(0, 0, n).Format(time.DateOnly))
}

// Monday is the Monday of the date's week.
func (d Date) Monday() Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return d.AddDays(-(int(t.Weekday()) + 6) % 7)
}

// Short is the date for people who know the year: "23 Nov".
func (d Date) Short() string {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return string(d)
	}
	return t.Format("2 Jan")
}

// Start is the first instant of the day in a zone. Where midnight does not exist (São Paulo in spring) it is the first
// instant that does.
func (d Date) Start(zone *time.Location) Instant {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return 0
	}
	at := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone)
	for hour := 1; at.Day() != t.Day() && hour < 4; hour++ {
		at = time.Date(t.Year(), t.Month(), t.Day(), hour, 0, 0, 0, zone)
	}
	return InstantOf(at)
}

// Span says a duration in the largest units that matter: "29 d", "2 d 4 h", "35 min". It rounds down, so that nobody is
// told of more time than there is, but never below a minute.
func Span(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	if d >= 3*24*time.Hour {
		return fmt.Sprintf("%d d", int(d/(24*time.Hour)))
	}
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	switch {
	case days > 0 && hours == 0:
		return fmt.Sprintf("%d d", days)
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0 && minutes > 0 && hours < 3:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case hours > 0:
		return fmt.Sprintf("%d h", hours)
	}
	return fmt.Sprintf("%d min", max(minutes, 1))
}
