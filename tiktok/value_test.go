package tiktok

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"liaison/agency"
	"liaison/agency/money"
)

func TestAmountsAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cell  string
		file  decimalMark
		usual money.Currency
		want  string // "" when it is refused
	}{
		{"12.50", 0, "USD", "$12.50"},
		{"$1,234.56", 0, "", "$1,234.56"},
		{"US$1,234.56", 0, "", "$1,234.56"},
		{"1,234.56 USD", 0, "", "$1,234.56"},
		{"USD 1,234", 0, "", "$1,234.00"},
		{"$12.00 USD", 0, "", "$12.00"},
		{"-$5.00", 0, "", "-$5.00"},
		{"$-5.00", 0, "", "-$5.00"},
		{"($5.00)", 0, "", "-$5.00"},
		{"$(5.00)", 0, "", "-$5.00"},
		{"5.00-", 0, "USD", "-$5.00"},
		{"−5.00", 0, "USD", "-$5.00"},
		{"+5", 0, "USD", "$5.00"},
		{".5", 0, "USD", "$0.50"},
		{"12.", 0, "USD", "$12.00"},
		{"'12.50", 0, "USD", "$12.50"},
		{"2,281,428円", 0, "", "¥2,281,428"},
		{"¥2,281,428", 0, "", "¥2,281,428"},
		{"￥1,200", 0, "", "¥1,200"},
		{"JPY 1.200", 0, "", "¥1,200"},
		{"1.234,56 €", 0, "", "€1,234.56"},
		{"€ 1 234,56", 0, "", "€1,234.56"},
		{"1'234.50", 0, "EUR", "€1,234.50"},
		{"1.234", commaMark, "EUR", "€1,234.00"},
		{"1,234", commaMark, "EUR", ""}, // 1.234 € has more decimals than the euro
		{"1,234", 0, "USD", "$1,234.00"},
		{"1.234", 0, "USD", ""},         // either
		{"1.234", mixedMark, "USD", ""}, // either
		{"1.234", 0, "KWD", "KD 1.234"},
		{"Rp24.200", 0, "", "Rp24,200.00"},
		{"Rp 24.200,50", 0, "", "Rp24,200.50"},
		{"Rp.24200", 0, "", "Rp24,200.00"},
		{"24.200 ₫", pointMark, "", "₫24,200"},
		{"24200", 0, "VND", "₫24,200"},
		{"RM12.90", 0, "", "RM12.90"},
		{"R$ 1.299,90", 0, "", "R$1,299.90"},
		{"฿1,290", 0, "", "฿1,290.00"},
		{"£0.99", 0, "", "£0.99"},
		{"1,23,456.00", 0, "USD", "$123,456.00"},
		{"12,34.50", 0, "USD", ""},
		{"１２．５０", 0, "USD", "$12.50"},
		{"=1+1", 0, "USD", ""},
		{"twelve", 0, "USD", ""},
		{"12.50 apples", 0, "USD", ""},
		{"1.2.3", 0, "USD", ""},
		{"€5 $", 0, "USD", ""},
		{"--5", 0, "USD", ""},
		{"99999999999999999999", 0, "USD", ""},
	} {
		got, err := readCash(fold(c.cell), 0, c.file, c.usual)
		text := ""
		if err == nil {
			if a, err := got.In(c.usual).Amount("", false); err == nil {
				text = a.String()
			}
		}
		if text != c.want {
			t.Errorf("%q (file %q, %s) is %q, want %q (%v)", c.cell, c.file, c.usual, text, c.want, err)
		}
	}
	for _, nothing := range []string{"", "-", "--", "/", "N/A", "n/a", " ", "—", "null"} {
		if got, err := readCash(nothing, 0, 0, "USD"); err != nil || got.Given {
			t.Errorf("%q is %+v, %v", nothing, got, err)
		}
	}
}

func TestAnyAmountIsReadBackAsItWasShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]money.Currency{"USD", "GBP", "EUR", "JPY", "IDR", "VND", "BRL", "MYR", "SGD"}).Draw(t, "currency")
		want := money.Of(rapid.Int64Range(-90_000_000_000_000, 90_000_000_000_000).Draw(t, "minor"), c)
		plain := want.Decimal()
		for _, cell := range []string{want.String(), plain, plain + " " + string(c), german(plain) + " " + string(c)} {
			mark := pointMark
			if strings.Contains(cell, ",") && cell == german(plain)+" "+string(c) {
				mark = commaMark
			}
			got, err := readCash(cell, 0, mark, c)
			if err != nil {
				t.Fatalf("%q: %v", cell, err)
			}
			a, err := got.In(c).Amount("", false)
			if err != nil || a != want {
				t.Fatalf("%q is %v (%v), want %v", cell, a, err, want)
			}
		}
	})
}

func german(plain string) string {
	whole, part, _ := strings.Cut(strings.TrimPrefix(plain, "-"), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "." + whole[i:]
	}
	if part != "" {
		whole += "," + part
	}
	if strings.HasPrefix(plain, "-") {
		return "-" + whole
	}
	return whole
}

func TestWhatASpreadsheetStoresIsReadExactly(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"19.989999999999998": "$19.99", "0.1": "$0.10", "1.1E+2": "$110.00", "5E-2": "$0.05", "1024": "$1,024.00", "-3.5": "-$3.50",
		"0.30000000000000004": "$0.30", "1E19": "", "1E999999999": "", "1.2.3": "", "x": "",
	} {
		got, err := readCash(cell, isNumber, commaMark, "USD")
		text := ""
		if err == nil {
			if a, err := got.In("USD").Amount("", false); err == nil {
				text = a.String()
			}
		}
		if text != want {
			t.Errorf("%s is %q, want %q (%v)", cell, text, want, err)
		}
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cell     string
		fraction bool
		want     money.BasisPoints // -1: refused
	}{
		{"5%", false, 500}, {"5.93%", false, 593}, {"5,93 %", false, 593}, {"5.935%", false, 594}, {"0.0593", true, 593}, {"0.05", true, 500},
		{"5", false, 500}, {"12.5", false, 1250}, {"0.5%", true, 50}, {"593 bp", false, 593}, {"0%", false, 0}, {"100%", false, 10_000},
		{"101%", false, -1}, {"-5%", false, -1}, {"five", false, -1}, {"=5%", false, -1}, {"5$", false, -1}, {"１０％", false, 1000},
	} {
		got, err := readPercent(fold(c.cell), 0, c.fraction)
		if err != nil && c.want != -1 || err == nil && got.Value != c.want {
			t.Errorf("%q is %d, %v; want %d", c.cell, got.Value, err, c.want)
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]int64{
		"1204": 1204, "1,204": 1204, "1.204": 1204, "2,281,428": 2281428, "12.0": 12, "1.2K": 1200, "3.45M": 3_450_000, "1.2万": 12_000, "10 000": 10_000, "0": 0,
		"1.5": -1, "many": -1, "1.2345K": -1, "=2": -1,
	} {
		got, err := readCount(fold(cell), 0)
		if err != nil && want != -1 || err == nil && got.Value != want {
			t.Errorf("%q is %d, %v; want %d", cell, got.Value, err, want)
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cell       string
		monthFirst bool
		want       agency.WallTime // "": refused
	}{
		{"30/09/2026 16:53:20", false, "2026-09-30 16:53:20"},
		{"09/30/2026 16:53", true, "2026-09-30 16:53:00"},
		{"03/04/2026", false, "2026-04-03 00:00:00"},
		{"03/04/2026", true, "2026-03-04 00:00:00"},
		{"3.4.26", false, "2026-04-03 00:00:00"},
		{"2026-09-30", true, "2026-09-30 00:00:00"},
		{"2026/09/30 04:53:20 PM", false, "2026-09-30 16:53:20"},
		{"2026-09-30T16:53:20Z", false, "2026-09-30T16:53:20Z"},
		{"2026-09-30 16:53:20 UTC+7", false, "2026-09-30T16:53:20+07:00"},
		{"2026-09-30 16:53:20.123+01:00", false, "2026-09-30T16:53:20+01:00"},
		{"30/09/2026 16:53:20 (GMT-5)", false, "2026-09-30T16:53:20-05:00"},
		{"Sep 30, 2026 4:53 PM", false, "2026-09-30 16:53:00"},
		{"30 September 2026", true, "2026-09-30 00:00:00"},
		{"30-Sep-26", false, "2026-09-30 00:00:00"},
		{"Wed, 30 Sep 2026 16:53:20", false, "2026-09-30 16:53:20"},
		{"2026年9月30日 16:53", false, "2026-09-30 16:53:00"},
		{"29/02/2028", false, "2028-02-29 00:00:00"},
		{"29/02/2026", false, ""},
		{"31/11/2026", false, ""},
		{"00/10/2026", false, ""},
		{"2026", false, ""},
		{"30/09/2026 25:00", false, ""},
		{"30/09/2026 13:00 PM", false, ""},
		{"soon", false, ""},
		{"30/09", false, ""},
	} {
		d, ok := parseDay(c.cell)
		var got agency.WallTime
		if ok {
			got, _ = d.wall(c.monthFirst)
		}
		if got != c.want {
			t.Errorf("%q is %q, want %q", c.cell, got, c.want)
		}
		if got != "" && got.In(time.UTC) == 0 {
			t.Errorf("%q gives %q, which the agency cannot read", c.cell, got)
		}
	}
	d, ok := serialDay("46295.7037037037", false)
	if got, _ := d.wall(true); !ok || got != "2026-09-30 16:53:20" {
		t.Errorf("a spreadsheet's day is %q", got)
	}
	if d, _ := serialDay("44833", true); d.year != 2026 || d.a != 9 || d.b != 30 {
		t.Errorf("a day counted from 1904 is %+v", d)
	}
}

func TestHeadersInAllTheirSpellings(t *testing.T) {
	t.Parallel()
	for a, b := range map[string]string{
		"\ufeffOrder ID\t": "order id", "ORDER_ID": "Order ID", "Est. Commission (USD)": "estimated commission", "GMV ($)": "gmv", "Order  Settlement\tStatus": "order settlement status",
		"Items sold ": "Items Sold", "E-mail": "e mail", "Ｏｒｄｅｒ ＩＤ": "order id", "Shop*": "shop", "Price (incl. tax) [£]": "Price", "Cancelled": "canceled",
	} {
		if headerKey(a) != headerKey(b) {
			t.Errorf("%q is %q, %q is %q", a, headerKey(a), b, headerKey(b))
		}
	}
	for _, s := range specs() {
		for _, f := range s.fields {
			for _, n := range f.names {
				if headerKey(n) == "" {
					t.Errorf("%s: %q is no header", f.id, n)
				}
			}
		}
	}
}

func TestNoCellThatWeWriteIsAFormula(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"=1+1", "+49", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x", " =1", "\u00a0=1", "−1"} {
		if got := SafeCell(bad); got != "'"+bad {
			t.Errorf("%q is written as %q", bad, got)
		}
	}
	for _, fine := range []string{"", "maya", "12.50", "a=b", " ok", "'=1"} {
		if got := SafeCell(fine); got != fine {
			t.Errorf("%q is written as %q", fine, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		safe := SafeCell(text)
		first, _ := utf8.DecodeRuneInString(strings.TrimLeft(safe, " \u00a0\u3000\ufeff\u200b"))
		if strings.ContainsRune("=+-@\t\r＝＋－＠", first) && safe != "" {
			t.Fatalf("%q is written as %q", text, safe)
		}
	})
}
