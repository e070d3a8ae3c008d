package agency

import (
	"fmt"
	"strconv"

	"liaison/agency/money"
)

// LineState is how far TikTok has settled an affiliate order line.
type LineState string

// The states of an order line. Only settled lines are payable; the others are forecasts or nothing.
const (
	LineEstimated  LineState = "estimated"  // unpaid, pending, processing, shipped or completed: the commission is a forecast
	LineSettled    LineState = "settled"    // the actual commission is final
	LineIneligible LineState = "ineligible" // canceled, refunded in full, or ruled out: no commission
	LineFrozen     LineState = "frozen"     // TikTok holds it
)

// LineID is the row of an order line; people never type it.
type LineID int64

// OrderLine is one line of an affiliate order as TikTok reports it. Its key is order, SKU and creator.
type OrderLine struct {
	ID          LineID
	OrderNo     string // TikTok's 18-digit id, as text
	SKU         string
	Product     string
	Seller      SellerID
	Creator     CreatorID
	Campaign    CampaignID // zero: none
	ContentType string     // video, live, shop …
	Price       money.Amount
	Quantity    int64
	Refunded    bool
	State       LineState
	Status      string // TikTok's own word
	Rate        money.BasisPoints
	Estimated   money.Amount      // forecast commission
	Actual      money.Amount      // final commission; only with LineSettled
	Share       money.BasisPoints // the agency's part, as the contract was when the line settled: a payout divides by it, as the ledger did
	OrderedAt   Instant
	SettledAt   Instant
	Source      string // "affiliate orders CSV", "seed"
	UpdatedAt   Instant
	Run         PayoutID // the living payout run that has taken it; zero: none. The payout methods write it, nobody else
}

// Sales is the value of the line: price times quantity.
func (l OrderLine) Sales() money.Amount {
	return money.Of(l.Price.Minor*l.Quantity, l.Price.Currency)
}

// orderTx is what order lines need of the store.
type orderTx interface {
	OrderLineByKey(orderNo, sku string, creator CreatorID) (l OrderLine, ok bool, err error)
	OrderLine(LineID) (OrderLine, error)
	// OrderLinesByKeys finds every line of many orders at once, by LineKey.
	OrderLinesByKeys(orderNos []string) (map[string]OrderLine, error)
	InsertOrderLines([]OrderLine) ([]LineID, error)
	// UpdateOrderLines writes everything of lines that are there except the run that has taken them.
	UpdateOrderLines([]OrderLine) error
	// SalesBetween sums price × quantity of lines not ineligible: each row is one (seller, currency) with its sum and
	// count between from (included) and until (excluded).
	SalesBetween(from, until Instant) ([]SalesSum, error)
	// PayableLines lists settled lines in a currency, settled before the cutoff, that no living payout run has taken.
	PayableLines(currency money.Currency, cutoff Instant) ([]OrderLine, error)
	// PayableCurrencies lists the currencies in which something is payable before the cutoff.
	PayableCurrencies(cutoff Instant) ([]money.Currency, error)
}

// SalesSum is what one seller sold through creators in one currency.
type SalesSum struct {
	Seller   SellerID
	Currency money.Currency
	Sales    int64 // minor units, estimated and settled
	Lines    int64
}

// LineKey is what makes an order line unique, as OrderLinesByKeys names it.
func LineKey(orderNo, sku string, creator CreatorID) string {
	return orderNo + "|" + sku + "|" + strconv.FormatInt(int64(creator), 10)
}

// CreatorAccount is the ledger account of what a creator is owed: a credit (negative) balance is owed to them.
func CreatorAccount(id CreatorID) Account {
	return Account("creator:" + strconv.FormatInt(int64(id), 10))
}

// SplitCommission divides a commission into the creator's part and the agency's by contract. The parts add up to it.
func (c Creator) SplitCommission(commission money.Amount) (creator, agency money.Amount, err error) {
	share := min(max(c.AgencyShare, 0), 10_000)
	parts, err := commission.Split(10_000-int64(share), int64(share))
	if err != nil {
		return money.Amount{}, money.Amount{}, err
	}
	return parts[0], parts[1], nil
}

// settle posts what a change of settlement means for the ledger. A line that becomes settled is posted under
// "settled:<line>": what TikTok settled against what the creator is owed and the agency's part. When the actual commission
// changes, or the line loses it, the posting is reversed under "settled:<line>:reversed:<n>" and, if it is still settled,
// posted anew under "settled:<line>:<n+1>". Nothing is ever changed in place, and a line that a payout run has paid is
// treated alike: the creator's balance then carries the difference forward.
func (d *Desk) settle(changes []lineChange) error {
	var postings []Posting
	for _, c := range changes {
		before, after := payableOf(c.Before), payableOf(c.After)
		if before == after {
			continue
		}
		turn := 1
		if c.Before.ID != 0 {
			reversal, next, err := d.reversal(c.Before.ID)
			if err != nil {
				return err
			}
			if turn = next; reversal.Key != "" {
				postings = append(postings, reversal)
			}
		}
		if after.IsZero() {
			continue
		}
		p, err := settlement(c.After, turn)
		if err != nil {
			return err
		}
		postings = append(postings, p)
	}
	return d.record(postings...)
}

// SplitCommission divides the line's final commission into the creator's part and the agency's, as it was posted.
func (l OrderLine) SplitCommission() (creator, agency money.Amount, err error) {
	return Creator{AgencyShare: l.Share}.SplitCommission(l.Actual)
}

// shareOf is the agency's part of a line after a change: by today's contract when it settles now, by that of its
// settlement while nothing about that changes.
func shareOf(c lineChange, by Creator) money.BasisPoints {
	if before := payableOf(c.Before); !before.IsZero() && before == payableOf(c.After) {
		return c.Before.Share
	}
	return by.AgencyShare
}

// payableOf is the commission that a line puts into the ledger.
func payableOf(l OrderLine) money.Amount {
	if l.State != LineSettled || l.Actual.IsZero() {
		return money.Amount{}
	}
	return l.Actual
}

// reversal takes back the posting of a line that stands; turn is the number of the line's next posting. The posting is
// empty when none stands.
func (d *Desk) reversal(line LineID) (p Posting, turn int, err error) {
	for turn = 1; ; turn++ {
		posted, ok, err := d.tx.PostingByKey(settledKey(line, turn))
		if err != nil || !ok {
			return Posting{}, turn, err
		}
		key := fmt.Sprintf("settled:%d:reversed:%d", line, turn)
		_, reversed, err := d.tx.PostingByKey(key)
		if err != nil {
			return Posting{}, turn, err
		}
		if reversed {
			continue
		}
		p := Posting{Key: key, Kind: "settlement reversed", Ref: posted.Ref, Memo: posted.Memo, Reverses: posted.ID}
		for _, e := range posted.Entries {
			p.Entries = append(p.Entries, Entry{Account: e.Account, Amount: e.Amount.Neg()})
		}
		return p, turn + 1, nil
	}
}

func settledKey(line LineID, turn int) string {
	if turn == 1 {
		return fmt.Sprintf("settled:%d", line)
	}
	return fmt.Sprintf("settled:%d:%d", line, turn)
}

// settlement is the posting of a settled line.
func settlement(l OrderLine, turn int) (Posting, error) {
	toCreator, toAgency, err := l.SplitCommission()
	if err != nil {
		return Posting{}, err
	}
	p := Posting{Key: settledKey(l.ID, turn), Kind: "settlement", Ref: l.Creator.String(), Memo: "order " + l.OrderNo,
		Entries: []Entry{{Account: Clearing, Amount: l.Actual}}}
	if !toCreator.IsZero() {
		p.Entries = append(p.Entries, Entry{Account: CreatorAccount(l.Creator), Amount: toCreator.Neg()})
	}
	if !toAgency.IsZero() {
		p.Entries = append(p.Entries, Entry{Account: AgencyIncome, Amount: toAgency.Neg()})
	}
	return p, nil
}
