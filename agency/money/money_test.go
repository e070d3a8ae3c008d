package money_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"liaison/agency/money"
)

func TestAmountsReadAndWriteInTheirCurrency(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text     string
		currency money.Currency
		minor    int64
		shown    string
	}{
		{"1234.5", "USD", 123450, "$1,234.50"},
		{"-3", "GBP", -300, "-£3.00"},
		{"1200", "JPY", 1200, "¥1,200"},
		{"1200.00", "JPY", 1200, "¥1,200"},
		{"1.234", "KWD", 1234, "KD 1.234"},
		{"0.05", "EUR", 5, "€0.05"},
		{"1234567.00", "IDR", 123456700, "Rp1,234,567.00"},
		{"7", "XYZ", 700, "XYZ 7.00"},
	} {
		a, err := money.Parse(c.text, c.currency)
		if err != nil || a.Minor != c.minor || a.String() != c.shown {
			t.Errorf("Parse(%q, %s) = %d %q, %v; want %d %q", c.text, c.currency, a.Minor, a, err, c.minor, c.shown)
		}
	}
}

func TestWhatIsNoAmountIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "-", ".", "1.234", "1,234", "1.2.3", "1e5", "+5", " 5", "5 ", "٣", "0x10", "99999999999999999999"} {
		if a, err := money.Parse(text, "USD"); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", text, a)
		}
	}
	if a, err := money.Parse("1.5", "JPY"); err == nil {
		t.Errorf("half a yen is %v, want an error", a)
	}
}

func TestSumsNeverOverflowOrMix(t *testing.T) {
	t.Parallel()
	if _, err := money.Of(math.MaxInt64, "USD").Add(money.Of(1, "USD")); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("MaxInt64 + 1 gives %v, want ErrOverflow", err)
	}
	if _, err := money.Of(math.MinInt64, "USD").Add(money.Of(-1, "USD")); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("MinInt64 - 1 gives %v, want ErrOverflow", err)
	}
	if _, err := money.Of(1, "USD").Add(money.Of(1, "GBP")); !errors.Is(err, money.ErrMixed) {
		t.Errorf("USD + GBP gives %v, want ErrMixed", err)
	}
	if _, err := money.Of(math.MaxInt64, "USD").Share(20_000); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("200 %% of MaxInt64 gives %v, want ErrOverflow", err)
	}
}

func TestSharesRoundHalfToEven(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minor int64
		rate  money.BasisPoints
		want  int64
	}{
		{1000, 1500, 150}, {5, 1000, 0}, {15, 1000, 2}, {25, 1000, 2}, {-25, 1000, -2}, {-15, 1000, -2}, {333, 3333, 111}, {1, 10_000, 1}, {0, 500, 0},
	} {
		if got, err := money.Of(c.minor, "USD").Share(c.rate); err != nil || got.Minor != c.want {
			t.Errorf("%s of %d = %d, %v; want %d", c.rate, c.minor, got.Minor, err, c.want)
		}
	}
}

func TestSplitsAddUpAndAreFair(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := money.Of(rapid.Int64().Draw(t, "total"), "USD")
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 12).Draw(t, "weights")
		parts, err := total.Split(weights...)
		var whole int64
		for _, w := range weights {
			whole += w
		}
		if whole == 0 {
			if err == nil {
				t.Fatal("weights of nothing were accepted")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var sum money.Amount
		for i, p := range parts {
			if sum, err = sum.Add(p); err != nil {
				t.Fatal(err)
			}
			if weights[i] == 0 && p.Minor != 0 {
				t.Fatalf("a weight of nothing got %d", p.Minor)
			}
			if p.Minor != 0 && (p.Minor < 0) != (total.Minor < 0) {
				t.Fatalf("a part of %d is %d", total.Minor, p.Minor)
			}
			exact := float64(total.Minor) / float64(whole) * float64(weights[i])
			if math.Abs(exact-float64(p.Minor)) > 1+math.Abs(exact)*1e-9 {
				t.Fatalf("part %d is %d, far from %f", i, p.Minor, exact)
			}
		}
		if sum.Minor != total.Minor {
			t.Fatalf("the parts of %d add up to %d", total.Minor, sum.Minor)
		}
	})
}

func TestWritingAndReadingAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := money.Of(rapid.Int64Range(math.MinInt64+1, math.MaxInt64).Draw(t, "minor"), rapid.SampledFrom([]money.Currency{"USD", "JPY", "KWD"}).Draw(t, "currency"))
		back, err := money.Parse(a.Decimal(), a.Currency)
		if err != nil || back != a {
			t.Fatalf("%d %s is written %q and read %d, %v", a.Minor, a.Currency, a.Decimal(), back.Minor, err)
		}
	})
}

func TestRatesAreShownAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for rate, want := range map[money.BasisPoints]string{1500: "15 %", 725: "7.25 %", 50: "0.5 %", 0: "0 %", 10_000: "100 %"} {
		if got := rate.String(); got != want {
			t.Errorf("%d is shown %q, want %q", int64(rate), got, want)
		}
	}
}
