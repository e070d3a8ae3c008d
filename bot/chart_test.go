package bot_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"liaison/bot"
)

func TestAChartIsATable(t *testing.T) {
	t.Parallel()
	chart := bot.Chart{Title: "GMV", Unit: "USD", Decimals: 2, Labels: []string{"Sep", "Oct"},
		Series: []bot.Series{{Name: "Live", Values: []int64{1, 200}}, {Name: "Video", Values: []int64{-5}}}}
	want := bot.Table{Caption: "GMV (USD)", Columns: []bot.Column{{}, {Name: "Live", Align: bot.Right}, {Name: "Video", Align: bot.Right}},
		Rows: [][]string{{"Sep", "0.01", "-0.05"}, {"Oct", "2.00", ""}}}
	if diff := cmp.Diff(want, chart.Table()); diff != "" {
		t.Error(diff)
	}
}

func TestChartFigures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v        int64
		decimals int
		want     string
	}{
		{0, 0, "0"}, {12, 0, "12"}, {-12, 0, "-12"}, {0, 2, "0.00"}, {5, 2, "0.05"}, {-5, 2, "-0.05"}, {100, 2, "1.00"},
		{-12345, 2, "-123.45"}, {999, 3, "0.999"}, {-9223372036854775808, 2, "-92233720368547758.08"},
	} {
		if got := (bot.Chart{Decimals: c.decimals}).Figure(c.v); got != c.want {
			t.Errorf("Figure(%d) with %d decimals = %q, want %q", c.v, c.decimals, got, c.want)
		}
	}
}
