// Package money holds amounts as integers of minor units with their currency, and rates as basis points.
//
// No float touches money here or anywhere else. Sums are checked: an overflow is an error, never a wrong number.
package money

import (
	"errors"
	"fmt"
	"math/bits"
	"sort"
	"strconv"
	"strings"
)

// Currency is an ISO 4217 code in capitals, such as "USD".
type Currency string

// Amount is a sum of money: Minor counts the currency's smallest unit (cents for USD, yen for JPY).
type Amount struct {
	Minor    int64
	Currency Currency
}

// BasisPoints is a rate in hundredths of a percent: 1500 is 15 %.
type BasisPoints int64

// ErrOverflow says that a sum does not fit; ErrMixed says that two currencies met.
var (
	ErrOverflow = errors.New("the amount is too large")
	ErrMixed    = errors.New("two currencies cannot be added")
)

// Of makes an amount of minor units.
func Of(minor int64, c Currency) Amount { return Amount{Minor: minor, Currency: c} }

// Digits is how many decimals the currency has (ISO 4217): JPY 0, USD 2, KWD 3. An unknown code counts as 2.
func (c Currency) Digits() int {
	switch c {
	case "JPY", "KRW", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF", "XPF":
		return 0
	case "KWD", "BHD", "OMR", "JOD", "TND", "IQD", "LYD":
		return 3
	}
	return 2
}

// Known reports whether the desk can show and parse this currency: those of TikTok Shop's markets and a few more.
func (c Currency) Known() bool { return symbols[c] != "" }

// symbols are unambiguous across TikTok Shop's markets: only the US dollar is a bare "$".
var symbols = map[Currency]string{
	"USD": "$", "GBP": "£", "EUR": "€", "JPY": "¥", "IDR": "Rp", "MYR": "RM", "PHP": "₱", "SGD": "S$",
	"THB": "฿", "VND": "₫", "BRL": "R$", "MXN": "MX$", "KWD": "KD ", "KRW": "₩", "CNY": "CN¥",
}

// Add sums two amounts of one currency. A zero Amount without currency adds to anything.
func (a Amount) Add(b Amount) (Amount, error) {
	if a == (Amount{}) {
		return b, nil
	}
	if b == (Amount{}) {
		return a, nil
	}
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("%s and %s: %w", a.Currency, b.Currency, ErrMixed)
	}
	sum := a.Minor + b.Minor
	if (sum > a.Minor) != (b.Minor > 0) && b.Minor != 0 {
		return Amount{}, ErrOverflow
	}
	return Amount{Minor: sum, Currency: a.Currency}, nil
}

// Neg is the amount with its sign turned.
func (a Amount) Neg() Amount { return Amount{Minor: -a.Minor, Currency: a.Currency} }

// IsZero reports that nothing is owed, in whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Share is rate × amount, rounded half to even at the minor unit.
func (a Amount) Share(rate BasisPoints) (Amount, error) {
	const whole = 10_000
	negative := (a.Minor < 0) != (rate < 0)
	hi, lo := bits.Mul64(magnitude(a.Minor), magnitude(int64(rate)))
	if hi >= whole {
		return Amount{}, ErrOverflow
	}
	q, rest := bits.Div64(hi, lo, whole)
	if rest > whole/2 || (rest == whole/2 && q%2 == 1) {
		q++
	}
	if q > 1<<63-1 {
		return Amount{}, ErrOverflow
	}
	minor := int64(q)
	if negative {
		minor = -minor
	}
	return Amount{Minor: minor, Currency: a.Currency}, nil
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-(n + 1)) + 1
	}
	return uint64(n)
}

// Split divides an amount by weights so that the parts add up to it exactly: each part is rounded down
// and what is left goes, a unit each, to the largest remainders (ties to the earlier part). Weights are not negative
// and not all zero.
func (a Amount) Split(weights ...int64) ([]Amount, error) {
	var total uint64
	for _, w := range weights {
		if w < 0 {
			return nil, errors.New("a weight is negative")
		}
		total += uint64(w)
	}
	if total == 0 || total > 1<<62 {
		return nil, errors.New("the weights add up to nothing")
	}
	size, parts := magnitude(a.Minor), make([]uint64, len(weights))
	rests, order, given := make([]uint64, len(weights)), make([]int, len(weights)), uint64(0)
	for i, w := range weights {
		hi, lo := bits.Mul64(size, uint64(w))
		parts[i], rests[i] = bits.Div64(hi, lo, total)
		given += parts[i]
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return rests[order[i]] > rests[order[j]] })
	for i := uint64(0); i < size-given; i++ {
		parts[order[i]]++
	}
	out := make([]Amount, len(weights))
	for i, p := range parts {
		minor := int64(p)
		if a.Minor < 0 {
			minor = -minor
		}
		out[i] = Amount{Minor: minor, Currency: a.Currency}
	}
	return out, nil
}

// Parse reads a plain decimal such as "1234.50" or "-3" in the currency's own precision. Signs, one point and digits
// only: the dressing of export files is taken off in tiktok.
func Parse(text string, c Currency) (Amount, error) {
	digits := c.Digits()
	body, negative := strings.CutPrefix(text, "-")
	whole, part, _ := strings.Cut(body, ".")
	if whole == "" || len(part) > digits && strings.Trim(part[digits:], "0") != "" {
		return Amount{}, fmt.Errorf("%q is not an amount of %s", text, c)
	}
	if len(part) > digits {
		part = part[:digits]
	}
	all := whole + part + strings.Repeat("0", digits-len(part))
	if strings.Trim(all, "0123456789") != "" {
		return Amount{}, fmt.Errorf("%q is not an amount of %s", text, c)
	}
	minor, err := strconv.ParseInt(all, 10, 64)
	if err != nil {
		return Amount{}, ErrOverflow
	}
	if negative {
		minor = -minor
	}
	return Amount{Minor: minor, Currency: c}, nil
}

// Decimal is the amount as a plain decimal, "1234.50", for files and charts.
func (a Amount) Decimal() string {
	digits, size := a.Currency.Digits(), strconv.FormatUint(magnitude(a.Minor), 10)
	if len(size) <= digits {
		size = strings.Repeat("0", digits-len(size)+1) + size
	}
	out := size[:len(size)-digits]
	if digits > 0 {
		out += "." + size[len(size)-digits:]
	}
	if a.Minor < 0 {
		return "-" + out
	}
	return out
}

// String is the amount for people: "$1,234.50", "-£3.00", "¥1,200".
func (a Amount) String() string {
	plain, sign := a.Decimal(), ""
	if rest, ok := strings.CutPrefix(plain, "-"); ok {
		plain, sign = rest, "-"
	}
	whole, part, _ := strings.Cut(plain, ".")
	whole = grouped(whole)
	if part != "" {
		whole += "." + part
	}
	symbol := symbols[a.Currency]
	if symbol == "" {
		symbol = string(a.Currency) + " "
	}
	return sign + symbol + whole
}

// Grouped is a whole number for people, with its thousands as in an amount: "12,500".
func Grouped(n int64) string {
	if n < 0 {
		return "-" + grouped(strconv.FormatUint(magnitude(n), 10))
	}
	return grouped(strconv.FormatInt(n, 10))
}

func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// String is the rate for people: "15 %", "7.25 %".
func (b BasisPoints) String() string {
	text := Amount{Minor: int64(b), Currency: "USD"}.Decimal()
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + " %"
}
