package promql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/promqltest"
)

// TestAlertsFire plays series, a sample a minute from 0 on, and asks of an alert's expression whether it fires.
func TestAlertsFire(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, alert string
		series      []string
		at          string
		fires       string // the labels of what it gives; empty: nothing
	}{
		{"a fault, the first of its kind", "LiaisonFaults",
			[]string{`liaison_refusals_total{instance="a", command="payout run", code="internal"} _ _ _ 1 1 1`}, "4m", `{command="payout run", code="internal"}`},
		{"a fault of long ago", "LiaisonFaults",
			[]string{`liaison_refusals_total{instance="a", command="payout run", code="internal"} _ _ _ 1x60`}, "50m", ""},
		{"one more of a kind", "LiaisonFaults",
			[]string{`liaison_refusals_total{instance="a", command="payout run", code="uncertain"} 1x40 2x10`}, "43m", `{command="payout run", code="uncertain"}`},
		{"what a person may not do is no fault", "LiaisonFaults",
			[]string{`liaison_refusals_total{instance="a", command="payout run", code="forbidden"} _ _ _ 1 1 1`}, "4m", ""},
		{"a slot that came due in a night without a desk", "LiaisonSlotsMissed",
			[]string{`liaison_reminder_slots_total{instance="a", reminder="digest", outcome="late"} 0x60 _x480 1x60`,
				`liaison_reminder_slots_total{instance="a", reminder="digest", outcome="on_time"} 4x60 _x480 0x60`},
			"545m", `{reminder="digest", outcome="late"}`},
		{"a slot that came due in minutes without a desk", "LiaisonSlotsMissed",
			[]string{`liaison_reminder_slots_total{instance="a", reminder="digest", outcome="late"} 0x60 _x5 1x60`}, "70m", `{reminder="digest", outcome="late"}`},
		{"a new desk", "LiaisonSlotsMissed",
			[]string{`liaison_reminder_slots_total{instance="a", reminder="digest", outcome="late"} 0x60`,
				`liaison_reminder_slots_total{instance="a", reminder="digest", outcome="on_time"} 1x60`}, "30m", ""},
		{"no socket", "LiaisonNoSocket", []string{`liaison_sockets_open{instance="a", platform="slack"} 2 0 0`}, "2m", `{instance="a", platform="slack"}`},
		{"sockets", "LiaisonNoSocket", []string{`liaison_sockets_open{instance="a", platform="slack"} 2 2 2`}, "2m", ""},
		{"something repeated", "LiaisonRepeated", []string{`liaison_posts_repeated_total{instance="a", platform="slack"} 0 0 1 1`}, "4m", `{platform="slack"}`},
		{"something parked on one of two", "LiaisonParked",
			[]string{`liaison_outbox_parked{instance="a"} 0 0`, `liaison_outbox_parked{instance="b"} 3 3`}, "1m", `{}`},
		{"a loop that is silent on one of two", "LiaisonLoopSilent",
			[]string{`liaison_loop_last_beat_timestamp_seconds{instance="a", loop="sender"} 0x10`, `liaison_loop_last_beat_timestamp_seconds{instance="b", loop="sender"} 0+60x10`}, "10m", ""},
		{"a loop that is silent everywhere", "LiaisonLoopSilent",
			[]string{`liaison_loop_last_beat_timestamp_seconds{instance="a", loop="sender"} 0x10`}, "10m", `{loop="sender"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want := "expect no_info\n  expect no_warn"
			asked := fmt.Sprintf("count without () (%s)", strings.Join(strings.Fields(alerts(t)[c.alert]), " "))
			if c.fires != "" {
				want += "\n  " + c.fires + " 1"
			}
			script := fmt.Sprintf("load 1m\n  %s\n\neval instant at %s %s\n  %s\n", strings.Join(c.series, "\n  "), c.at, asked, want)
			promqltest.RunTest(t, script, promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery))
		})
	}
}
