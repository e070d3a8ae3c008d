package bot_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"liaison/bot"
)

func TestSchedulesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "yearly", "TZ=Asia/Jakarta", "TZ=Asia/Jakarta 0 9 * * 1", "CRON_TZ=UTC", "@every -1h", "@weekly", "0 9 * *",
		"0 9 * * 1 2026", "0 9 30 2 *", "0 9 31 4,6 *", "60 9 * * *", "0 24 * * *", "0 9 * * 7", "0 9 * * xyz", "-1 9 * * *", "5-1 9 * * *",
		"0/0 9 * * *", "0 9 ? * 1", "0 9 * * 1,", "999999999999 9 * * *", "0 9 * * <!channel>", "\x00 9 * * *"} {
		if s, err := bot.ParseSchedule(text); err == nil {
			t.Errorf("%q is taken for %q", text, s.Words())
		}
	}
}

func TestSchedulesThatAreTaken(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"weekly": "every Monday at 09:00", " Daily ": "every day at 09:00", "0 9 * * 1": "every Monday at 09:00",
		"30  8 * * mon-FRI": "Monday to Friday at 08:30", "0 9 * * 1,4": "every Monday and Thursday at 09:00", "0 9 29 2 *": "by the schedule 0 9 29 2 *"} {
		s, err := bot.ParseSchedule(text)
		if err != nil || s.Words() != want {
			t.Errorf("%q: %q, %v; want %q", text, s.Words(), err, want)
		}
	}
}

// TestSchedulesMeanWhatCronMeans compares the slots with those of the cron library where no clock changes: in UTC.
func TestSchedulesMeanWhatCronMeans(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(2026, 11))
	taken := 0
	for range 400 {
		text := strings.Join([]string{field(chance, 0, 59), field(chance, 0, 23), field(chance, 1, 31), field(chance, 1, 12), field(chance, 0, 6)}, " ")
		ours, err := bot.ParseSchedule(text)
		if err != nil {
			continue // never, or a range that cron refuses too
		}
		taken++
		theirs, err := cron.ParseStandard(text)
		if err != nil {
			t.Fatalf("%q is taken, and cron says %v", text, err)
		}
		for at, n := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 0; n < 20; n++ {
			want := theirs.Next(at)
			if want.IsZero() {
				break // cron looks five years ahead, we look further
			}
			slot, ok := ours.Next(at, time.UTC)
			if !ok || string(slot) != want.Format("2006-01-02T15:04") {
				t.Fatalf("%q after %s: %s, %v; cron says %s", text, at, slot, ok, want)
			}
			if latest, ok := ours.Latest(want, time.UTC); !ok || latest != slot {
				t.Fatalf("%q at %s: the latest is %s, %v", text, want, latest, ok)
			}
			at = want
		}
	}
	if taken < 200 {
		t.Errorf("only %d of the random schedules were taken", taken)
	}
}

func field(chance *rand.Rand, low, high int) string {
	any := func() int { return low + chance.IntN(high-low+1) }
	switch chance.IntN(6) {
	case 0, 1:
		return "*"
	case 2:
		return fmt.Sprintf("*/%d", 1+chance.IntN(9))
	case 3:
		a, b := any(), any()
		return fmt.Sprintf("%d-%d", min(a, b), max(a, b))
	case 4:
		return fmt.Sprintf("%d,%d", any(), any())
	}
	return fmt.Sprint(any())
}
