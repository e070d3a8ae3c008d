package discord

import (
	"strings"
	"testing"

	"liaison/bot"
)

// TestWideTablesGoOnBelow: a row that is wider than a screen is broken between columns, never within one.
func TestWideTablesGoOnBelow(t *testing.T) {
	t.Parallel()
	table := bot.Table{Caption: "Arithmetic", Columns: []bot.Column{{Name: "Order"}, {Name: "Sold", Align: bot.Right}, {Name: "Rate", Align: bot.Right},
		{Name: "Commission", Align: bot.Right}, {Name: "Share", Align: bot.Right}, {Name: "Agency", Align: bot.Right}, {Name: "Yours", Align: bot.Right}, {Name: "State"}},
		Rows: [][]string{{"576400574968105367", "$72.06", "20 %", "$14.41", "20 %", "$2.88", "$11.53", "estimated"},
			{"576400570857110808", "$1,028.34", "17 %", "$174.81", "0 %", "$0.00", "$174.81", "held: refunded"}}}
	want := strings.Join([]string{"```",
		"Order                    Sold  Rate  Commission  Share  Agency",
		"    Yours  State",
		"576400574968105367     $72.06  20 %      $14.41   20 %   $2.88",
		"   $11.53  estimated",
		"576400570857110808  $1,028.34  17 %     $174.81    0 %   $0.00",
		"  $174.81  held: refunded", "```"}, "\n")
	pieces := place{}.table(table)
	if got := pieces[1].components[0].Content; got != want {
		t.Errorf("drawn as\n%s\nwant\n%s", got, want)
	}
}
