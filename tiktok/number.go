package tiktok

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/agency/money"
)

// decimalMark is which sign a file puts before its decimals. It is decided once per file, from the cells that leave no
// doubt; a cell that leaves none itself is read on its own.
type decimalMark byte

const (
	unknownMark decimalMark = 0
	pointMark   decimalMark = '.'
	commaMark   decimalMark = ','
	mixedMark   decimalMark = '?' // some cells say one, some the other
)

// isEmpty tells the ways in which exports say "nothing here".
func isEmpty(cell string) bool {
	switch strings.ToLower(strings.Trim(cell, " \t'")) {
	case "", "-", "--", "---", "–", "—", "/", "n/a", "na", "null", "none", "nil", "#n/a":
		return true
	}
	return false
}

// written is a number taken apart: its sign, what stands around it, and its digits with separators.
type written struct {
	negative bool
	sign     string // what stands before or after: "$", "円", "USD", "%"
	body     string // digits, points and commas
}

// why is what is wrong with a cell: a sentence for people.
type why string

func (w why) Error() string { return string(w) }

const (
	errNoNumber = why("It is not a number.")
	errFormula  = why("It is a formula. Paste the values only, and import the file again.")
)

// takeApart separates a number from its dressing: signs, parentheses, currency, blanks and apostrophes between digits.
func takeApart(cell string) (written, error) {
	var w written
	cell = strings.TrimPrefix(strings.TrimSpace(cell), "'")
	cell, w.negative = unwrap(cell)
	first := strings.IndexAny(cell, "0123456789")
	last := strings.LastIndexAny(cell, "0123456789")
	if first < 0 {
		return w, errNoNumber
	}
	if first > 0 && (cell[first-1] == '.' || cell[first-1] == ',') && (first == 1 || !isLetter(cell[first-2])) {
		first-- // ".50", but not the point of "Rp.24200"
	}
	before := strings.TrimSpace(cell[:first])
	after := strings.TrimSpace(strings.TrimLeft(cell[last+1:], ".,")) // "12." is 12
	body := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\'' || r == '’' {
			return -1
		}
		return r
	}, cell[first:last+1])
	if strings.Trim(body, "0123456789.,") != "" {
		return w, errNoNumber
	}
	for _, side := range []*string{&before, &after} {
		for _, minus := range []string{"-", "−", "–"} {
			if strings.HasPrefix(*side, minus) || strings.HasSuffix(*side, minus) {
				if w.negative {
					return w, errNoNumber
				}
				w.negative = true
				*side = strings.TrimSpace(strings.Replace(*side, minus, "", 1))
			}
		}
		*side = strings.TrimSpace(strings.TrimPrefix(*side, "+"))
	}
	if before != "" && after != "" && !strings.EqualFold(before, after) {
		if currencyOf(before) == "" || !sameCurrency(currencyOf(before), currencyOf(after)) {
			return w, errNoNumber
		}
		if w.sign = before; len(after) == 3 {
			w.sign = after // "$12.00 USD": the code says more than the sign
		}
	} else {
		w.sign = before + after
		if before == after {
			w.sign = before
		}
	}
	w.body = body
	return w, nil
}

// unwrap takes off parentheses. Around the digits they mean that the number is negative; around a unit they mean nothing.
func unwrap(cell string) (string, bool) {
	i, j := strings.IndexByte(cell, '('), strings.LastIndexByte(cell, ')')
	if i < 0 || j < i {
		return cell, false
	}
	inner := cell[i+1 : j]
	return cell[:i] + inner + cell[j+1:], strings.ContainsAny(inner, "0123456789")
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// markOf is the decimal mark that a number leaves no doubt about.
func markOf(body string) decimalMark {
	point, comma := strings.LastIndexByte(body, '.'), strings.LastIndexByte(body, ',')
	switch {
	case point < 0 && comma < 0:
		return unknownMark
	case point >= 0 && comma >= 0:
		if point > comma {
			return pointMark
		}
		return commaMark
	}
	mark, at := pointMark, point
	other := commaMark
	if comma >= 0 {
		mark, at, other = commaMark, comma, pointMark
	}
	whole, part := body[:at], body[at+1:]
	switch {
	case strings.IndexByte(body, byte(mark)) != at:
		return other // 1.234.567: it groups thousands
	case len(part) != 3, whole == "", whole == "0", len(whole) > 3:
		return mark
	}
	return unknownMark // 1.234 or 1,234
}

// digits reads the body of a number with a decimal mark: its units and how many of them are decimals.
func digits(body string, mark decimalMark) (units int64, places int, err error) {
	group := byte(',')
	if mark == commaMark {
		group = '.'
	}
	whole, part, _ := strings.Cut(body, string(rune(mark)))
	if strings.ContainsAny(part, ".,") || !groupsOfThousands(whole, group) {
		return 0, 0, errNoNumber
	}
	whole = strings.ReplaceAll(whole, string(rune(group)), "")
	if strings.ContainsAny(whole, ".,") {
		return 0, 0, errNoNumber
	}
	part = strings.TrimRight(part, "0")
	if whole+part == "" {
		whole = "0"
	}
	if len(part) > 12 {
		return 0, 0, errNoNumber
	}
	units, err = strconv.ParseInt(whole+part, 10, 64)
	if err != nil {
		return 0, 0, errNoNumber
	}
	return units, len(part), nil
}

// groupsOfThousands checks that separators stand where thousands do (or, as in India, hundreds of thousands): the last
// group has three digits, the others two or three, the first up to three.
func groupsOfThousands(whole string, group byte) bool {
	groups := strings.Split(whole, string(rune(group)))
	if len(groups) == 1 {
		return true
	}
	for i, g := range groups {
		switch {
		case i == 0 && (len(g) < 1 || len(g) > 3),
			i == len(groups)-1 && len(g) != 3,
			i > 0 && i < len(groups)-1 && len(g) != 2 && len(g) != 3:
			return false
		}
	}
	return true
}

// wholeOnly are currencies that people write without decimals, so that "24.200" can only be thousands.
func wholeOnly(c money.Currency) bool {
	return c == "IDR" || c != "" && c.Known() && c.Digits() == 0
}

// readCash reads an amount. usual is the currency of the row, which helps where "1.234" could be either.
func readCash(cell string, m mark, fileMark decimalMark, usual money.Currency) (agency.Cash, error) {
	if m&isFormula != 0 || strings.HasPrefix(cell, "=") {
		return agency.Cash{}, errFormula
	}
	if isEmpty(cell) {
		return agency.Cash{}, nil
	}
	notAnAmount := why("“" + cutText(cell, 40) + "” is not an amount. Write it as 1234.50.")
	if m&isNumber != 0 {
		units, places, err := exact(cell)
		if err != nil {
			return agency.Cash{}, notAnAmount
		}
		return agency.Cash{Units: units, Places: places, Given: true}, nil
	}
	w, err := takeApart(cell)
	if err != nil {
		return agency.Cash{}, notAnAmount
	}
	currency := currencyOf(w.sign)
	if w.sign != "" && currency == "" {
		return agency.Cash{}, notAnAmount
	}
	if known := currency; known != "" && known != agency.AnyDollar && known != agency.YenOrYuan {
		usual = known
	}
	if currency == agency.YenOrYuan && usual == "" {
		usual = "JPY"
	}
	mark := chooseMark(w.body, fileMark, usual)
	if mark == mixedMark {
		return agency.Cash{}, why("“" + cutText(cell, 40) + "” can be read in two ways. Write it with two decimals: 1234.00 or 1.23.")
	}
	units, places, err := digits(w.body, mark)
	if err != nil {
		return agency.Cash{}, notAnAmount
	}
	if w.negative {
		units = -units
	}
	return agency.Cash{Units: units, Places: places, Currency: currency, Given: true}, nil
}

// chooseMark is the decimal mark to read a number with; mixedMark when there is no telling.
func chooseMark(body string, fileMark decimalMark, usual money.Currency) decimalMark {
	own := markOf(body)
	switch {
	case own != unknownMark && !(wholeOnly(usual) && onlyGroups(body)):
		return own
	case !strings.ContainsAny(body, ".,"):
		return pointMark
	case wholeOnly(usual) && strings.Contains(body, "."):
		return commaMark
	case wholeOnly(usual):
		return pointMark
	case fileMark == pointMark || fileMark == commaMark:
		return fileMark
	case strings.Contains(body, ","):
		return pointMark // 1,234: TikTok's own way
	case usual != "" && usual.Digits() == 3:
		return pointMark
	}
	return mixedMark
}

// onlyGroups tells a number whose only separator is followed by groups of three.
func onlyGroups(body string) bool {
	if strings.Contains(body, ".") && strings.Contains(body, ",") {
		return false
	}
	return groupsOfThousands(strings.ReplaceAll(body, ".", ","), ',')
}

// exact reads the number that an XLSX cell stores. Excel keeps 15 digits, so 19.99 is stored as 19.989999999999998: what
// is beyond the 15th digit is rounded away, in integers.
func exact(cell string) (units int64, places int, err error) {
	mantissa, exponent, scientific := strings.Cut(strings.ToUpper(cell), "E")
	shift := 0
	if scientific {
		if shift, err = strconv.Atoi(exponent); err != nil || shift > 18 || shift < -30 {
			return 0, 0, errNoNumber
		}
	}
	negative := strings.HasPrefix(mantissa, "-")
	whole, part, _ := strings.Cut(strings.TrimLeft(mantissa, "+-"), ".")
	all := strings.TrimLeft(whole+part, "0")
	places = len(part) - shift
	if strings.Trim(whole+part, "0123456789") != "" || whole+part == "" || len(all) > 40 {
		return 0, 0, errNoNumber
	}
	n, ok := new(big.Int).SetString("0"+all, 10)
	if !ok {
		return 0, 0, errNoNumber
	}
	if extra := len(all) - 15; extra > 0 {
		n, places = roundAway(n, extra), places-extra
	}
	for places < 0 {
		n, places = n.Mul(n, big.NewInt(10)), places+1
	}
	ten, rest := big.NewInt(10), new(big.Int)
	for places > 0 {
		q := new(big.Int)
		if q.QuoRem(n, ten, rest); rest.Sign() != 0 {
			break
		}
		n, places = q, places-1
	}
	for places > 12 {
		n, places = roundAway(n, 1), places-1
	}
	if !n.IsInt64() {
		return 0, 0, errNoNumber
	}
	if units = n.Int64(); negative {
		units = -units
	}
	return units, places, nil
}

// roundAway divides by a power of ten, halves up.
func roundAway(n *big.Int, powers int) *big.Int {
	by := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(powers)), nil)
	half := new(big.Int).Rsh(by, 1)
	return half.Quo(half.Add(n, half), by)
}

// currencyOf is the currency that a sign or code means; empty when it means none.
func currencyOf(sign string) money.Currency {
	word := strings.ToUpper(strings.Trim(sign, " ."))
	switch word {
	case "":
		return ""
	case "$":
		return agency.AnyDollar
	case "¥":
		return agency.YenOrYuan
	case "US$", "$US":
		return "USD"
	case "£":
		return "GBP"
	case "€", "EURO", "EUROS":
		return "EUR"
	case "円", "JP¥":
		return "JPY"
	case "元", "RMB", "CN¥":
		return "CNY"
	case "RP":
		return "IDR"
	case "RM":
		return "MYR"
	case "₱":
		return "PHP"
	case "S$":
		return "SGD"
	case "฿", "บาท":
		return "THB"
	case "₫", "Đ":
		return "VND"
	case "R$":
		return "BRL"
	case "MX$", "MEX$":
		return "MXN"
	case "₩":
		return "KRW"
	}
	if c := money.Currency(word); len(word) == 3 && c.Known() {
		return c
	}
	return ""
}

// sameCurrency reports whether two signs can mean one currency: "$" and "USD".
func sameCurrency(a, b money.Currency) bool {
	if a == b {
		return true
	}
	dollars := []money.Currency{agency.AnyDollar, "USD", "SGD", "MXN"}
	yens := []money.Currency{agency.YenOrYuan, "JPY", "CNY"}
	return (a == agency.AnyDollar || b == agency.AnyDollar) && slices.Contains(dollars, a) && slices.Contains(dollars, b) ||
		(a == agency.YenOrYuan || b == agency.YenOrYuan) && slices.Contains(yens, a) && slices.Contains(yens, b)
}

// readCount reads a whole number: "1,234", "1.234", "12.0", "1.2K", "3万".
func readCount(cell string, m mark) (agency.Maybe[int64], error) {
	none := agency.Maybe[int64]{}
	if m&isFormula != 0 || strings.HasPrefix(cell, "=") {
		return none, errFormula
	}
	if isEmpty(cell) {
		return none, nil
	}
	if n, err := strconv.ParseInt(cell, 10, 64); err == nil && len(cell) <= 15 {
		return agency.Given(n), nil
	}
	notACount := why("“" + cutText(cell, 40) + "” is not a whole number. Write it as 1234.")
	if m&isNumber != 0 {
		units, places, err := exact(cell)
		if err != nil || places != 0 {
			return none, notACount
		}
		return agency.Given(units), nil
	}
	w, err := takeApart(cell)
	if err != nil {
		return none, notACount
	}
	times, ok := multiple(w.sign)
	if !ok {
		return none, notACount
	}
	mark := markOf(w.body)
	if times == 0 && onlyGroups(w.body) { // a whole number has no decimals: 1.234 is a thousand
		mark = pointMark
		w.body = strings.NewReplacer(".", "", ",", "").Replace(w.body)
	}
	if mark == unknownMark {
		mark = pointMark
	}
	units, places, err := digits(w.body, mark)
	for ; err == nil && places < times; places++ {
		if units *= 10; units > 1<<53 {
			return none, notACount
		}
	}
	if err != nil || places != times {
		return none, notACount
	}
	if w.negative {
		units = -units
	}
	return agency.Given(units), nil
}

// multiple is the power of ten that a suffix of a count stands for.
func multiple(sign string) (powers int, ok bool) {
	switch strings.ToUpper(sign) {
	case "", "+":
		return 0, true
	case "K":
		return 3, true
	case "万", "萬", "W":
		return 4, true
	case "M":
		return 6, true
	case "億", "亿":
		return 8, true
	case "B":
		return 9, true
	}
	return 0, false
}

// readPercent reads a rate. fraction says that the column is written 0.05 for 5 %; a percent sign overrules it. What is
// finer than a hundredth of a percent is rounded.
func readPercent(cell string, m mark, fraction bool) (agency.Maybe[money.BasisPoints], error) {
	none := agency.Maybe[money.BasisPoints]{}
	if m&isFormula != 0 || strings.HasPrefix(cell, "=") {
		return none, errFormula
	}
	if isEmpty(cell) {
		return none, nil
	}
	notARate := why("“" + cutText(cell, 40) + "” is not a rate. Write it as 12.5%.")
	units, places, sign, err := percentParts(cell, m)
	if err != nil || sign != "" && sign != "%" && sign != "BP" {
		return none, notARate
	}
	shift := 2 // points to basis points
	switch {
	case sign == "BP":
		shift = 0
	case sign == "" && fraction:
		shift = 4
	}
	for ; places < shift; places++ {
		if units > 1<<40 || units < -1<<40 {
			return none, notARate
		}
		units *= 10
	}
	for ; places > shift; places-- {
		if rest := units % 10; places == shift+1 && rest >= 5 {
			units += 10
		}
		units /= 10
	}
	if units < 0 || units > 10_000 {
		return none, why("“" + cutText(cell, 40) + "” is not a rate between 0% and 100%.")
	}
	return agency.Given(money.BasisPoints(units)), nil
}

func percentParts(cell string, m mark) (units int64, places int, sign string, err error) {
	if m&isNumber != 0 {
		units, places, err = exact(cell)
		return units, places, "", err
	}
	w, err := takeApart(cell)
	if err != nil {
		return 0, 0, "", err
	}
	mark := pointMark // a rate has no thousands: whatever separates, separates decimals
	if strings.Contains(w.body, ",") {
		mark = commaMark
	}
	units, places, err = digits(w.body, mark)
	if w.negative {
		units = -units
	}
	return units, places, strings.ToUpper(w.sign), err
}
