package agency_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"liaison/agency"
)

func at(t *testing.T, text string) agency.Instant {
	t.Helper()
	when, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return agency.InstantOf(when)
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	night := func(zone string) agency.NoticeWishes {
		return agency.NoticeWishes{QuietFrom: 22 * 60, QuietUntil: 8 * 60, Zone: zone}
	}
	for _, c := range []struct {
		name      string
		w         agency.NoticeWishes
		now, want string // UTC
	}{
		{"by day", night("Europe/London"), "2026-11-23 12:00", "2026-11-23 12:00"},
		{"the first quiet minute", night("Europe/London"), "2026-11-23 22:00", "2026-11-24 08:00"},
		{"the last loud minute", night("Europe/London"), "2026-11-23 21:59", "2026-11-23 21:59"},
		{"after midnight", night("Europe/London"), "2026-11-24 03:00", "2026-11-24 08:00"},
		{"the first loud minute", night("Europe/London"), "2026-11-24 08:00", "2026-11-24 08:00"},
		{"their clock, not ours", night("America/New_York"), "2026-11-24 03:30", "2026-11-24 13:00"},
		{"east of us", night("Asia/Tokyo"), "2026-11-23 14:00", "2026-11-23 23:00"},
		{"clocks go forward in the night", night("Europe/London"), "2026-03-28 23:00", "2026-03-29 07:00"},
		{"clocks go back in the night", night("Europe/London"), "2026-10-24 22:00", "2026-10-25 08:00"},
		{"the end does not exist that day", agency.NoticeWishes{QuietFrom: 0, QuietUntil: 150, Zone: "America/New_York"}, "2026-03-08 05:30", "2026-03-08 07:00"},
		{"the end comes twice", agency.NoticeWishes{QuietFrom: 0, QuietUntil: 90, Zone: "America/New_York"}, "2026-11-01 05:00", "2026-11-01 05:30"},
		{"the hour comes again", agency.NoticeWishes{QuietFrom: 0, QuietUntil: 90, Zone: "America/New_York"}, "2026-11-01 06:10", "2026-11-01 06:30"},
		{"midnight does not exist", agency.NoticeWishes{QuietFrom: 23 * 60, QuietUntil: 30, Zone: "Africa/Cairo"}, "2026-04-23 21:30", "2026-04-23 22:00"},
		{"half an hour off", night("Asia/Kolkata"), "2026-11-23 17:00", "2026-11-24 02:30"},
		{"at noon", agency.NoticeWishes{QuietFrom: 12 * 60, QuietUntil: 13 * 60, Zone: "UTC"}, "2026-11-23 12:30", "2026-11-23 13:00"},
		{"none", agency.NoticeWishes{Zone: "UTC"}, "2026-11-23 00:00", "2026-11-23 00:00"},
		{"no zone: the agency's", night(""), "2026-11-23 23:00", "2026-11-24 08:00"},
		{"a zone that is gone: the agency's", night("Mars/Olympus"), "2026-11-23 23:00", "2026-11-24 08:00"},
	} {
		if got := c.w.Heard(at(t, c.now), time.UTC); got != at(t, c.want) {
			t.Errorf("%s: at %s they are told at %s, want %s", c.name, c.now, got.Time().Format("2006-01-02 15:04"), c.want)
		}
	}
}

// TestQuietHoursAlwaysEnd: whatever the zone and the day, nobody is disturbed in quiet hours, nothing is held longer than
// they last (and the hour by which clocks are moved), and what is held goes out at the first minute that is not quiet.
func TestQuietHoursAlwaysEnd(t *testing.T) {
	t.Parallel()
	zones := []string{"UTC", "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Tokyo", "Pacific/Chatham"}
	rapid.Check(t, func(rt *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(rt, "zone"))
		if err != nil {
			rt.Fatal(err)
		}
		w := agency.NoticeWishes{QuietFrom: rapid.Int64Range(0, 1439).Draw(rt, "from"), QuietUntil: rapid.Int64Range(0, 1439).Draw(rt, "until"), Zone: zone.String()}
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		now := agency.InstantOf(start.Add(time.Duration(rapid.Int64Range(0, int64(366*24*time.Hour/time.Millisecond)).Draw(rt, "now")) * time.Millisecond))
		quiet := func(i agency.Instant) bool {
			wall := i.Time().In(zone)
			minute := int64(wall.Hour()*60 + wall.Minute())
			if w.QuietFrom <= w.QuietUntil {
				return minute >= w.QuietFrom && minute < w.QuietUntil
			}
			return minute >= w.QuietFrom || minute < w.QuietUntil
		}
		heard := w.Heard(now, time.UTC)
		lasts := time.Duration((w.QuietUntil-w.QuietFrom+1440)%1440) * time.Minute
		switch {
		case heard < now:
			rt.Fatalf("told before it was said: %v, %v", now.Time(), heard.Time())
		case quiet(heard):
			rt.Fatalf("told in quiet hours: %v", heard.Time().In(zone))
		case !quiet(now) && heard != now:
			rt.Fatalf("held outside quiet hours: %v until %v", now.Time().In(zone), heard.Time().In(zone))
		case heard.Sub(now) > lasts+time.Hour:
			rt.Fatalf("held for %v, quiet hours last %v", heard.Sub(now), lasts)
		case heard > now && !quiet(heard.Add(-time.Minute)) && heard.Sub(now) > time.Minute:
			rt.Fatalf("held longer than needed: %v", heard.Time().In(zone))
		}
	})
}

func TestMutedKinds(t *testing.T) {
	t.Parallel()
	w := agency.NoticeWishes{Muted: "offers,news"}
	for kind, want := range map[agency.NoticeKind]bool{agency.NoticeOffer: true, agency.NoticeNews: true, agency.NoticeAnswer: false,
		agency.NoticeAlways: false} {
		if w.Mutes(kind) != want {
			t.Errorf("%q is muted: %v, want %v", kind, !want, want)
		}
	}
	if (agency.NoticeWishes{}).Mutes(agency.NoticeAlways) {
		t.Error("who mutes nothing mutes what must always be told")
	}
}
