package agency

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"liaison/agency/money"
)

// HoldRule is one rule by which a line waits.
type HoldRule string

// The rules. A line waits while any of them holds; refunded is of the line, the others of its creator.
const (
	HoldRefunded HoldRule = "refunded"
	HoldBlocked  HoldRule = "blocked"
	HoldPaused   HoldRule = "paused"
	HoldCase     HoldRule = "case"
	HoldHealth   HoldRule = "health"
	HoldDetails  HoldRule = "details"
	HoldTaxForm  HoldRule = "tax"
	HoldBalance  HoldRule = "balance"
	HoldMinimum  HoldRule = "minimum"
)

// HoldRules is every rule with what it says, in the order in which people read them.
var HoldRules = []struct {
	Rule HoldRule
	Says string
}{
	{HoldRefunded, "refunded"},
	{HoldBlocked, "creator blocked"},
	{HoldPaused, "creator paused"},
	{HoldCase, "serious case open"},
	{HoldHealth, "poor health rating"},
	{HoldDetails, "payout details missing"},
	{HoldTaxForm, "tax form missing"},
	{HoldBalance, "less is owed after refunds"},
	{HoldMinimum, "below the minimum"},
}

// Hold is a rule that holds, with what it found: the case's number, the rating, the amount.
type Hold struct {
	Rule   HoldRule
	Detail string
}

// String is the hold in words.
func (h Hold) String() string {
	says := string(h.Rule)
	for _, r := range HoldRules {
		if r.Rule == h.Rule {
			says = r.Says
		}
	}
	if h.Detail == "" {
		return says
	}
	return says + " (" + h.Detail + ")"
}

// ParseHolds reads PayoutLine.Held: "case V-9; tax".
func ParseHolds(text string) []Hold {
	var list []Hold
	for _, part := range strings.Split(text, "; ") {
		rule, detail, _ := strings.Cut(part, " ")
		if rule != "" {
			list = append(list, Hold{Rule: HoldRule(rule), Detail: detail})
		}
	}
	return list
}

func holdText(list []Hold) string {
	words := make([]string, len(list))
	for i, h := range list {
		words[i] = strings.TrimSpace(string(h.Rule) + " " + h.Detail)
	}
	return strings.Join(words, "; ")
}

// payoutLimits are the numbers that holds are measured against.
type payoutLimits struct {
	Minimum money.Amount // per payee
	Health  int64        // at or below it a creator's money waits
}

// holdsOf is why a creator's money waits, whatever the amount.
func holdsOf(p Payee, limits payoutLimits) []Hold {
	var list []Hold
	if p.State == CreatorBlocked {
		list = append(list, Hold{Rule: HoldBlocked})
	}
	if p.State == CreatorPaused {
		list = append(list, Hold{Rule: HoldPaused})
	}
	if p.Case != 0 {
		list = append(list, Hold{Rule: HoldCase, Detail: p.Case.String()})
	}
	if p.Health > 0 && p.Health <= limits.Health {
		list = append(list, Hold{Rule: HoldHealth, Detail: fmt.Sprint(p.Health)})
	}
	if !p.PayoutReady {
		list = append(list, Hold{Rule: HoldDetails})
	}
	if !p.TaxForm {
		list = append(list, Hold{Rule: HoldTaxForm})
	}
	return list
}

// planPayout makes a payout line of every order line: what of it is the agency's, what is the creator's, and why it
// waits. What is left for a creator is paid together or waits together: when it is below the minimum, or when the ledger
// owes the creator less (an earlier payment was taken back since), all of it waits.
func planPayout(orders []OrderLine, payees map[CreatorID]Payee, limits payoutLimits) ([]PayoutLine, error) {
	lines := make([]PayoutLine, len(orders))
	sums := map[CreatorID]money.Amount{}
	for i, o := range orders {
		p := payees[o.Creator]
		creator, share, err := o.SplitCommission()
		if err != nil {
			return nil, fmt.Errorf("splitting the commission of line %d: %w", o.ID, err)
		}
		lines[i] = PayoutLine{Line: o.ID, Creator: o.Creator, Share: o.Share, Commission: o.Actual, Agency: share, Payable: creator}
		holds := holdsOf(p, limits)
		if o.Refunded {
			holds = slices.Insert(holds, 0, Hold{Rule: HoldRefunded})
		}
		if lines[i].Held = holdText(holds); lines[i].Held != "" {
			continue
		}
		if sums[o.Creator], err = sums[o.Creator].Add(creator); err != nil {
			return nil, fmt.Errorf("adding up what %s gets: %w", o.Creator, err)
		}
	}
	for i := range lines {
		sum, open := sums[lines[i].Creator]
		if open && lines[i].Held == "" {
			lines[i].Held = holdText(sumHolds(sum, payees[lines[i].Creator], limits))
		}
	}
	return lines, nil
}

// sumHolds is why all that a creator would get waits.
func sumHolds(sum money.Amount, p Payee, limits payoutLimits) []Hold {
	if left := p.Owed - p.Promised; sum.Minor > 0 && left < sum.Minor {
		return []Hold{{Rule: HoldBalance, Detail: fmt.Sprintf("%s of %s", money.Of(left, sum.Currency), sum)}}
	}
	if sum.Minor <= 0 || sum.Minor < limits.Minimum.Minor {
		return []Hold{{Rule: HoldMinimum, Detail: fmt.Sprintf("%s in all", sum)}}
	}
	return nil
}

// sum counts the run's lines and freezes them: after it the run says exactly what would be paid.
func (r *PayoutRun) sum(lines []PayoutLine) error {
	payees := map[CreatorID]bool{}
	r.Total, r.Lines, r.Held = money.Of(0, r.Currency), 0, 0
	for _, l := range lines {
		if l.Held != "" {
			r.Held++
			continue
		}
		total, err := r.Total.Add(l.Payable)
		if err != nil {
			return fmt.Errorf("adding up the run: %w", err)
		}
		r.Total = total
		r.Lines++
		payees[l.Creator] = true
	}
	r.Payees, r.Hash = int64(len(payees)), r.contentHash(lines)
	return nil
}

// contentHash is SHA-256 over the canonical bytes of what would be paid: currency, cutoff, and the lines that are not
// held in the order of their numbers, each with its creator and amounts.
func (r PayoutRun) contentHash(lines []PayoutLine) string {
	paid := slices.DeleteFunc(slices.Clone(lines), func(l PayoutLine) bool { return l.Held != "" })
	slices.SortFunc(paid, func(a, b PayoutLine) int { return cmp.Compare(a.Line, b.Line) })
	h := sha256.New()
	fmt.Fprintf(h, "payout 1\n%s %d\n", r.Currency, r.Cutoff)
	for _, l := range paid {
		fmt.Fprintf(h, "%d %d %d %d %d %s\n", l.Line, l.Creator, l.Commission.Minor, l.Agency.Minor, l.Payable.Minor, l.Payable.Currency)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Seal is the part of the hash that a card carries, so that a button pressed on an old card approves nothing else.
func (r PayoutRun) Seal() string { return r.Hash[:min(12, len(r.Hash))] }

// approversNeeded is how many different people must approve, and why more than one. The limit is strict: a run of
// exactly the limit needs one. What the same maker has prepared recently counts with it. Without a limit: two.
func approversNeeded(total money.Amount, recent []PayoutRun, limit int64, known bool) (needs int64, why string, err error) {
	if !known {
		return 2, "no limit for one approver is set in " + string(total.Currency), nil
	}
	most := money.Of(limit, total.Currency)
	if total.Minor > limit {
		return 2, "it is above " + most.String(), nil
	}
	together, names := total, []string(nil)
	for _, r := range recent {
		if together, err = together.Add(r.Total); err != nil {
			return 0, "", fmt.Errorf("adding up recent runs: %w", err)
		}
		names = append(names, r.ID.String())
	}
	if together.Minor > limit {
		return 2, fmt.Sprintf("with %s by the same maker within a day it comes to %s, above %s", andList(names), together, most), nil
	}
	return 1, "", nil
}

func andList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// HeldGroup is what one rule holds back in a run. A line that two rules hold is in both groups.
type HeldGroup struct {
	Rule     HoldRule
	Creators int
	Lines    int64
	Payable  money.Amount
}

// groupHeld sums what is held by rule, and in all.
func groupHeld(held []HeldSum) (groups []HeldGroup, total money.Amount, creators int, err error) {
	all, of := map[CreatorID]bool{}, map[HoldRule]map[CreatorID]bool{}
	sums := map[HoldRule]HeldGroup{}
	for _, h := range held {
		if total, err = total.Add(h.Payable); err != nil {
			return nil, total, 0, fmt.Errorf("adding up what is held: %w", err)
		}
		all[h.Creator] = true
		for _, hold := range ParseHolds(h.Held) {
			g := sums[hold.Rule]
			if of[hold.Rule] == nil {
				of[hold.Rule] = map[CreatorID]bool{}
			}
			of[hold.Rule][h.Creator] = true
			if g.Payable, err = g.Payable.Add(h.Payable); err != nil {
				return nil, total, 0, fmt.Errorf("adding up what is held: %w", err)
			}
			g.Rule, g.Lines, g.Creators = hold.Rule, g.Lines+h.Lines, len(of[hold.Rule])
			sums[hold.Rule] = g
		}
	}
	for _, r := range HoldRules {
		if g, ok := sums[r.Rule]; ok {
			groups = append(groups, g)
		}
	}
	return groups, total, len(all), nil
}

// heldSums sums planned lines as the store sums recorded ones.
func heldSums(lines []PayoutLine) ([]HeldSum, error) {
	type key struct {
		creator CreatorID
		held    string
	}
	at := map[key]int{}
	var list []HeldSum
	for _, l := range lines {
		if l.Held == "" {
			continue
		}
		k := key{l.Creator, l.Held}
		if _, ok := at[k]; !ok {
			at[k] = len(list)
			list = append(list, HeldSum{Creator: l.Creator, Held: l.Held})
		}
		s := &list[at[k]]
		sum, err := s.Payable.Add(l.Payable)
		if err != nil {
			return nil, fmt.Errorf("adding up what is held: %w", err)
		}
		s.Lines, s.Payable = s.Lines+1, sum
	}
	return list, nil
}

// nothingPayable says why there is nothing to pay.
func nothingPayable(c money.Currency, lines []PayoutLine) error {
	if len(lines) == 0 {
		return Conflict("Nothing is payable in %s: no settled line waits that a run has not taken already.", c)
	}
	held, err := heldSums(lines)
	if err != nil {
		return err
	}
	groups, total, creators, err := groupHeld(held)
	if err != nil {
		return err
	}
	var words []string
	for _, g := range groups {
		words = append(words, fmt.Sprintf("%s: %s of %s", Hold{Rule: g.Rule}, g.Payable, Count(int64(g.Creators), "creator")))
	}
	return Conflict("Nothing is payable in %s: all %s of %s are held, %s in all. By reason: %s.",
		c, Count(int64(len(lines)), "settled line"), Count(int64(creators), "creator"), total, strings.Join(words, "; "))
}

// Count is a number with its noun: "1 line", "3 lines".
func Count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return money.Grouped(n) + " " + noun + "s"
}
