package agency_test

import (
	"slices"
	"testing"
	"time"

	"liaison/agency"
)

func TestCaseSlotAt(t *testing.T) {
	t.Parallel()
	deadline := agency.InstantOf(time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC))
	const hour, day = time.Hour, 24 * time.Hour
	longAgo := -30 * day
	for _, c := range []struct {
		name       string
		now, since time.Duration // from the deadline
		want       string
	}{
		{"four days before, nothing is due", -4 * day, longAgo, ""},
		{"a millisecond before the first, nothing is due", -72*hour - time.Millisecond, longAgo, ""},
		{"three days before", -72 * hour, longAgo, "72h"},
		{"between two moments it is still the last one", -25 * hour, longAgo, "72h"},
		{"a day before", -24 * hour, longAgo, "24h"},
		{"four hours before", -4 * hour, longAgo, "4h"},
		{"at the deadline", 0, longAgo, "due"},
		{"less than a day over", 23 * hour, longAgo, "due"},
		{"a day over", day, longAgo, "overdue-1d"},
		{"a week over", 7 * day, longAgo, "overdue-7d"},
		{"no eighth day", 20 * day, longAgo, "overdue-7d"},
		{"of several missed only the newest", -hour, longAgo, "4h"},
		{"opened with twenty hours left, 72 and 24 are not made up", -19 * hour, -20 * hour, ""},
		{"opened with twenty hours left, four are said", -4 * hour, -20 * hour, "4h"},
		{"opened at the very moment of a reminder, it is not said", -24 * hour, -24 * hour, ""},
		{"opened a moment before a reminder, it is said", -24 * hour, -24*hour - time.Millisecond, "24h"},
		{"opened when it was over already, the deadline is not made up", 12 * hour, 6 * hour, ""},
		{"opened when it was over already, the next day is said", day, 6 * hour, "overdue-1d"},
		{"opened a fortnight too late, there is nothing left to say", 15 * day, 14 * day, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			slot, ok := agency.CaseSlotAt(deadline.Add(c.now), deadline, deadline.Add(c.since))
			if slot.Name != c.want || ok != (c.want != "") {
				t.Errorf("got %q, %v; want %q", slot.Name, ok, c.want)
			}
		})
	}
	if slot, ok := agency.CaseSlotAt(deadline, 0, 0); ok {
		t.Errorf("without a deadline there is nothing to remind of, got %q", slot.Name)
	}
}

// TestCaseSlotsOverTime watches a whole life minute by minute: each moment comes once, in order.
func TestCaseSlotsOverTime(t *testing.T) {
	t.Parallel()
	deadline := agency.InstantOf(time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC))
	var said, inPerson []string
	for now := deadline.Add(-100 * time.Hour); now < deadline.Add(12*24*time.Hour); now = now.Add(time.Minute) {
		slot, ok := agency.CaseSlotAt(now, deadline, deadline.Add(-100*time.Hour))
		if !ok || len(said) > 0 && said[len(said)-1] == slot.Name {
			continue
		}
		said = append(said, slot.Name)
		if slot.InPerson {
			inPerson = append(inPerson, slot.Name)
		}
	}
	if want := []string{"72h", "24h", "4h", "due", "overdue-1d", "overdue-2d", "overdue-3d", "overdue-4d", "overdue-5d", "overdue-6d", "overdue-7d"}; !slices.Equal(said, want) {
		t.Errorf("said %v, want %v", said, want)
	}
	if want := []string{"24h", "due", "overdue-1d", "overdue-2d", "overdue-3d", "overdue-4d", "overdue-5d", "overdue-6d", "overdue-7d"}; !slices.Equal(inPerson, want) {
		t.Errorf("said in person %v, want %v", inPerson, want)
	}
}
