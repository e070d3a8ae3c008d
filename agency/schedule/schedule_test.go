package schedule_test

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"liaison/agency/schedule"
)

const everyBit = 1<<63 - 1

// schedules are those that a clock change can hurt, and those that people use.
var schedules = map[string]schedule.Schedule{
	"0 9 * * *":  daily("0 9 * * *", 9, 0),
	"0 0 * * *":  daily("0 0 * * *", 0, 0),
	"30 1 * * *": daily("30 1 * * *", 1, 30),
	"30 2 * * *": daily("30 2 * * *", 2, 30),
	"0 8 * * 1":  weekly("0 8 * * 1", 8, time.Monday),
	"0 9 L * *":  made("0 9 L * *", lastOfMonth),
}

var lastOfMonth = schedule.Fields{Minutes: 1, Hours: 1 << 9, Months: everyBit, Weekdays: everyBit, AnyWeekday: true, LastDay: true}

func daily(text string, hour, minute int) schedule.Schedule {
	return made(text, schedule.Fields{Minutes: 1 << minute, Hours: 1 << hour, Days: everyBit, Months: everyBit, Weekdays: everyBit,
		AnyDay: true, AnyWeekday: true})
}

func weekly(text string, hour int, day time.Weekday) schedule.Schedule {
	return made(text, schedule.Fields{Minutes: 1, Hours: 1 << hour, Days: everyBit, Months: everyBit, Weekdays: 1 << day, AnyDay: true})
}

func made(text string, f schedule.Fields) schedule.Schedule {
	s, err := schedule.New(text, f)
	if err != nil {
		panic(err)
	}
	return s
}

// known are the zones that are swept.
type known struct {
	names  int              // how many zones there are
	clocks []*time.Location // one of each whose clocks go differently from the others' in the years that are swept
}

// zones is Go's own list where its file is there, else zones whose clocks are known to do odd things; in CI it must be there.
var zones = sync.OnceValues(func() (known, error) {
	archive, err := zip.OpenReader(filepath.Join(goRoot(), "lib", "time", "zoneinfo.zip"))
	switch {
	case err != nil && os.Getenv("CI") != "":
		return known{}, fmt.Errorf("Go's list of zones must be there in CI: %w", err)
	case err != nil:
		return someZones()
	}
	defer archive.Close()
	var all []*time.Location
	names, read := 0, map[string]bool{} // many names are of one zone
	for _, f := range archive.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		data, err := readAll(f)
		if err != nil {
			return known{}, err
		}
		if names++; read[string(data)] {
			continue
		}
		read[string(data)] = true
		zone, err := time.LoadLocationFromTZData(f.Name, data)
		if err != nil {
			return known{}, err
		}
		all = append(all, zone)
	}
	return known{names, distinct(all)}, nil
})

// goRoot is where Go is installed; a test that was built with -trimpath has to ask.
func goRoot() string {
	if root := runtime.GOROOT(); root != "" { //nolint:staticcheck // the tests run where Go is installed
		return root
	}
	said, _ := exec.Command("go", "env", "GOROOT").Output() //nolint:errcheck // what is empty has no zones in it
	return strings.TrimSpace(string(said))
}

func someZones() (known, error) {
	var all []*time.Location
	for _, name := range oddZones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			return known{}, err
		}
		all = append(all, zone)
	}
	return known{len(all), distinct(all)}, nil
}

func distinct(all []*time.Location) (some []*time.Location) {
	seen := map[string]bool{}
	for _, zone := range all {
		if clocks := clocksOf(zone); !seen[clocks] {
			seen[clocks] = true
			some = append(some, zone)
		}
	}
	return some
}

func readAll(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// clocksOf is what a zone's clocks do in the years that are swept: its offsets with the hours in which they begin.
func clocksOf(zone *time.Location) string {
	var b strings.Builder
	was := -1
	for at := sweepFrom; at.Before(sweepUntil); at = at.Add(time.Hour) {
		if _, offset := at.In(zone).Zone(); offset != was {
			fmt.Fprintf(&b, "%d %d ", at.Unix(), offset)
			was = offset
		}
	}
	return b.String()
}

var oddZones = []string{"UTC", "Africa/Cairo", "Africa/Casablanca", "Africa/Juba", "Africa/Sao_Tome", "Africa/Windhoek", "America/Asuncion",
	"America/Caracas", "America/Godthab", "America/Grand_Turk", "America/Havana", "America/Mexico_City", "America/New_York",
	"America/Punta_Arenas", "America/Santiago", "America/Sao_Paulo", "America/Scoresbysund", "America/St_Johns", "Antarctica/Casey",
	"Antarctica/Troll", "Asia/Amman", "Asia/Beirut", "Asia/Damascus", "Asia/Gaza", "Asia/Jakarta", "Asia/Kathmandu", "Asia/Pyongyang",
	"Asia/Tehran", "Asia/Ulaanbaatar", "Australia/Lord_Howe", "Europe/Dublin", "Europe/Istanbul", "Europe/London", "Europe/Volgograd",
	"Pacific/Apia", "Pacific/Chatham", "Pacific/Easter", "Pacific/Fiji", "Pacific/Kiritimati", "Pacific/Tongatapu"}

var sweepFrom, sweepUntil = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2038, 1, 1, 0, 0, 0, 0, time.UTC)

// TestWhichZonesAreSwept says how much the sweeps have seen; `.ci/run` prints it.
func TestWhichZonesAreSwept(t *testing.T) {
	t.Parallel()
	k, err := zones()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d zones with %d distinct clocks, %d to %d", k.names, len(k.clocks), sweepFrom.Year(), sweepUntil.Year())
	if least := 100; os.Getenv("CI") != "" && len(k.clocks) < least {
		t.Errorf("at least %d distinct clocks must be swept in CI", least)
	}
}

// swept runs a test for each of the distinct clocks; with -short for one in five.
func swept(t *testing.T, test func(t *testing.T, zone *time.Location)) {
	t.Helper()
	k, err := zones()
	if err != nil {
		t.Fatal(err)
	}
	if len(k.clocks) < len(oddZones)/2 {
		t.Fatalf("only %d distinct clocks", len(k.clocks))
	}
	n := 0
	for i, zone := range k.clocks {
		if !testing.Short() || i%5 == 0 {
			n++
			test(t, zone)
		}
	}
	t.Logf("%d of %d distinct clocks of %d zones", n, len(k.clocks), k.names)
}

// shown is what the clocks of a zone show at an instant, as a time in UTC.
func shown(at time.Time, zone *time.Location) time.Time {
	_, offset := at.In(zone).Zone()
	return at.Add(time.Duration(offset) * time.Second)
}

// TestEveryDateOnceInEveryZone holds each local date's slot against what the zone's clocks show at its instant: the time
// itself, or later on that date only where no instant shows it, and never the second of two.
func TestEveryDateOnceInEveryZone(t *testing.T) {
	t.Parallel()
	swept(t, func(t *testing.T, zone *time.Location) {
		for _, hhmm := range []string{"T09:00", "T00:00", "T01:30", "T02:30"} {
			var before time.Time
			for date := sweepFrom; date.Before(sweepUntil); date = date.AddDate(0, 0, 1) {
				slot := schedule.Slot(date.Format(time.DateOnly) + hhmm)
				want, _ := time.Parse("2006-01-02T15:04", string(slot))
				at, ok := slot.Instant(zone)
				local, earlier := shown(at, zone), shown(at.Add(-time.Millisecond), zone)
				if !ok || !at.After(before) || local.Before(want) || local.YearDay() != want.YearDay() || !earlier.Before(want) {
					t.Fatalf("%s: %s is at %s, and a moment before the clocks showed %s; the one before was at %s", zone, slot, local, earlier, before)
				}
				before = at
			}
		}
	})
}

// TestEverySlotOnceInEveryZone walks from slot to slot as the desk looks ahead, and looks back from each: what recurs by
// week and by month comes at each of its dates, in order, once.
func TestEverySlotOnceInEveryZone(t *testing.T) {
	t.Parallel()
	swept(t, func(t *testing.T, zone *time.Location) {
		for _, text := range []string{"0 8 * * 1", "0 9 L * *"} {
			s, at, n := schedules[text], sweepFrom.Add(-24*time.Hour), 0
			for date := sweepFrom; date.Before(sweepUntil); date = date.AddDate(0, 0, 1) {
				if monthly := strings.Contains(text, "L"); monthly && date.AddDate(0, 0, 1).Day() != 1 || !monthly && date.Weekday() != time.Monday {
					continue
				}
				want := schedule.Slot(date.Format(time.DateOnly) + "T" + timeOf(text))
				slot, ok := s.Next(at, zone)
				if n++; !ok || n > 1 && slot != want || n == 1 && slot > want {
					t.Fatalf("%s %s: after %s comes %s, want %s", zone, text, at, slot, want)
				}
				at, _ = want.Instant(zone)
				if back, ok := s.Latest(at, zone); !ok || back != want {
					t.Fatalf("%s %s: at %s the newest is %s, want %s", zone, text, at, back, want)
				}
				if before, ok := s.Latest(at.Add(-time.Millisecond), zone); !ok || before >= want {
					t.Fatalf("%s %s: a moment before %s it had come", zone, text, at)
				}
			}
		}
	})
}

// TestASteppedClockFiresEachDateOnce steps a clock through every change of the clocks and asks at each step what is due,
// as the desk does: each date once, in order, at its time.
func TestASteppedClockFiresEachDateOnce(t *testing.T) {
	t.Parallel()
	swept(t, func(t *testing.T, zone *time.Location) {
		for at := sweepFrom; at.Before(sweepUntil); at = at.Add(3 * time.Hour) {
			if shown(at, zone).Sub(at) == shown(at.Add(3*time.Hour), zone).Sub(at.Add(3*time.Hour)) {
				continue
			}
			for text, s := range schedules {
				stepThrough(t, text, s, zone, at)
			}
		}
	})
}

func stepThrough(t *testing.T, text string, s schedule.Schedule, zone *time.Location, change time.Time) {
	t.Helper()
	const step = 30 * time.Minute
	from, until := change.Add(-40*time.Hour), change.Add(40*time.Hour)
	claimed := map[schedule.Slot]int{}
	var last schedule.Slot
	for now := from; now.Before(until); now = now.Add(step) {
		slot, ok := s.Due(from, now, zone)
		if !ok || claimed[slot] > 0 {
			continue
		}
		claimed[slot]++
		at, _ := slot.Instant(zone)
		if slot <= last || now.Sub(at) >= step {
			t.Fatalf("%s %s: at %s came %s, after %s", zone, text, now.In(zone), slot, last)
		}
		last = slot
	}
	for now := from.Add(25 * time.Hour); now.Before(until.Add(-25 * time.Hour)); now = now.Add(time.Hour) {
		local := shown(now, zone)
		if strings.HasSuffix(text, "1") && local.Weekday() != time.Monday || strings.Contains(text, "L") && local.AddDate(0, 0, 1).Day() != 1 {
			continue
		}
		if n := claimed[schedule.Slot(local.Format(time.DateOnly)+"T"+timeOf(text))]; n != 1 {
			t.Fatalf("%s %s: %s came %d times", zone, text, local.Format(time.DateOnly), n)
		}
	}
}

func timeOf(text string) string {
	var hour, minute int
	if _, err := fmt.Sscanf(text, "%d %d", &minute, &hour); err != nil {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", hour, minute)
}

func TestSlotsAtClockChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, zone, slot, at string }{
		{"an ordinary Monday", "Europe/London", "2026-11-23T09:00", "2026-11-23T09:00Z"},
		{"summer time", "Europe/London", "2026-07-06T09:00", "2026-07-06T08:00Z"},
		{"in the gap: the first instant after it", "America/New_York", "2026-03-08T02:30", "2026-03-08T07:00Z"},
		{"twice in autumn: the first", "America/New_York", "2026-11-01T01:30", "2026-11-01T05:30Z"},
		{"no midnight in São Paulo", "America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00Z"},
		{"half an hour in Lord Howe", "Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30Z"},
		{"back over midnight in Cairo", "Africa/Cairo", "2024-11-01T00:00", "2024-10-31T22:00Z"},
		{"the last day of a leap year, when Go loses the zone's bounds", "Europe/Dublin", "2028-12-31T09:00", "2028-12-31T09:00Z"},
		{"Samoa left a day out", "Pacific/Apia", "2011-12-30T09:00", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			at, ok := schedule.Slot(c.slot).Instant(zone)
			if got := at.Format("2006-01-02T15:04Z"); ok != (c.at != "") || ok && got != c.at {
				t.Errorf("%s in %s is at %s (%v), want %s", c.slot, c.zone, got, ok, c.at)
			}
		})
	}
}

// TestSlotsOfOneInstantAreOne: two that a gap brings together are one saying, of the later; looking ahead and looking back agree.
func TestSlotsOfOneInstantAreOne(t *testing.T) {
	t.Parallel()
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	s := made("0 2,3 * * *", schedule.Fields{Minutes: 1, Hours: 1<<2 | 1<<3, Days: everyBit, Months: everyBit, Weekdays: everyBit, AnyDay: true, AnyWeekday: true})
	at := time.Date(2026, 3, 7, 6, 0, 0, 0, time.UTC)
	for _, want := range []schedule.Slot{"2026-03-07T02:00", "2026-03-07T03:00", "2026-03-08T03:00", "2026-03-09T02:00"} {
		next, _ := s.Next(at, newYork)
		if next != want {
			t.Fatalf("after %s comes %s, want %s", at, next, want)
		}
		at, _ = next.Instant(newYork)
		if latest, _ := s.Latest(at, newYork); latest != next {
			t.Errorf("at %s the newest is %s, want %s", at, latest, next)
		}
	}
}

// TestClocksThatStandOrJump is a desk whose own clock is wrong: whatever it shows, a slot comes once.
func TestClocksThatStandOrJump(t *testing.T) {
	t.Parallel()
	s := schedules["0 8 * * 1"]
	since := time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)
	claimed := map[schedule.Slot]bool{}
	for _, step := range []struct{ name, now, want string }{
		{"nothing before the first", "2026-11-22T12:00", ""},
		{"on the minute", "2026-11-23T08:00", "2026-11-23T08:00"},
		{"the clock stands still", "2026-11-23T08:00", ""},
		{"two weeks down: only the newest", "2026-12-08T10:00", "2026-12-07T08:00"},
		{"the clock jumps a week ahead", "2026-12-15T10:00", "2026-12-14T08:00"},
		{"and back", "2026-12-08T10:01", ""},
		{"the time that was said ahead comes", "2026-12-14T08:00", ""},
		{"and the next is itself", "2026-12-21T08:00", "2026-12-21T08:00"},
		{"back to before the subscription", "2026-11-17T08:00", ""},
		{"years ahead and back do not silence it", "2038-01-19T03:14", "2038-01-18T08:00"},
		{"back again", "2026-12-28T09:00", "2026-12-28T08:00"},
	} {
		now, err := time.Parse("2006-01-02T15:04", step.now)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if slot, ok := s.Due(since, now, time.UTC); ok && !claimed[slot] {
			claimed[slot] = true
			got = string(slot)
		}
		if got != step.want {
			t.Errorf("%s: at %s came %q, want %q", step.name, step.now, got, step.want)
		}
	}
}

func TestASlotAtTheInstantOfSubscribingIsNotMadeUp(t *testing.T) {
	t.Parallel()
	nine := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	if slot, ok := schedules["0 9 * * *"].Due(nine, nine.Add(time.Hour), time.UTC); ok {
		t.Errorf("subscribed at nine, %s is due", slot)
	}
	if slot, ok := schedules["0 9 * * *"].Due(nine.Add(-time.Minute), nine, time.UTC); !ok || slot != "2026-11-23T09:00" {
		t.Errorf("subscribed a minute before nine: %s, %v", slot, ok)
	}
}

func TestWhatFitsNoDateIsRefused(t *testing.T) {
	t.Parallel()
	f := schedule.Fields{Minutes: 1, Hours: 1, Days: 1 << 30, Months: 1 << 2, Weekdays: everyBit, AnyWeekday: true}
	if _, err := schedule.New("0 0 30 2 *", f); !errors.Is(err, schedule.ErrNever) {
		t.Errorf("30 February: %v", err)
	}
	f.Days = 1 << 29
	s, err := schedule.New("0 0 29 2 *", f)
	if err != nil {
		t.Fatalf("29 February: %v", err)
	}
	if slot, ok := s.Latest(time.Date(2104, 2, 28, 0, 0, 0, 0, time.UTC), time.UTC); !ok || slot != "2096-02-29T00:00" {
		t.Errorf("the leap day before 2104 is %s, %v", slot, ok)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	workdays := schedule.Fields{Minutes: 1 << 30, Hours: 1<<8 | 1<<16, Days: everyBit, Months: everyBit, Weekdays: 0b111110, AnyDay: true}
	first := schedule.Fields{Minutes: 1, Hours: 1 << 9, Days: 1 << 1, Months: everyBit, Weekdays: everyBit, AnyWeekday: true}
	both := schedule.Fields{Minutes: 1, Hours: 1 << 9, Days: 1 << 1, Months: everyBit, Weekdays: 1 << 1}
	for _, c := range []struct {
		s          schedule.Schedule
		want       string
		mostWeekly bool
	}{
		{schedules["0 9 * * *"], "every day at 09:00", false},
		{schedules["0 8 * * 1"], "every Monday at 08:00", true},
		{made("30 8,16 * * 1-5", workdays), "Monday to Friday at 08:30 and 16:30", false},
		{made("0 9 1 * *", first), "on day 1 of each month at 09:00", true},
		{schedules["0 9 L * *"], "on the last day of each month at 09:00", true},
		{made("0 9 1 * 1", both), "by the schedule 0 9 1 * 1", false},
	} {
		if got := c.s.Words(); got != c.want || c.s.AtMostWeekly() != c.mostWeekly {
			t.Errorf("%s is told as %q (at most weekly: %v), want %q (%v)", c.s.Text(), got, c.s.AtMostWeekly(), c.want, c.mostWeekly)
		}
	}
}
