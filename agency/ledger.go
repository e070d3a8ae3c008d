package agency

import (
	"strings"

	"liaison/agency/money"
)

// Account is a ledger account, "kind" or "kind:detail". A debit is positive, a credit negative.
type Account string

// The accounts. What a creator is owed is "creator:45".
const (
	Clearing      Account = "clearing" // commission that TikTok has settled and that the agency passes on
	AgencyIncome  Account = "income"   // the agency's own part
	PayoutTransit Account = "transit"  // approved for payment, on its way to the bank; by run: "transit:7"
)

// Entry is one leg of a posting.
type Entry struct {
	Account Account
	Amount  money.Amount // positive: debit, negative: credit
}

// Posting is an immutable double entry: its entries add up to zero in each currency. A mistake is reversed by a new one.
type Posting struct {
	ID       int64
	Key      string // what it records, once: "settled:123", "payout:7"
	Kind     string
	Ref      string // the object that people know: "P-7"
	Memo     string
	Reverses int64 // the posting that this one takes back; zero: none
	At       Instant
	Entries  []Entry
}

// ledgerTx is what the ledger needs of the store.
type ledgerTx interface {
	// InsertPostings adds postings with their entries. Conflict when a key is known.
	InsertPostings([]Posting) error
	Balance(a Account, c money.Currency) (money.Amount, error)
	PostingByKey(key string) (p Posting, ok bool, err error)
	// TrialBalance sums all entries per currency; every sum must be zero.
	TrialBalance() ([]money.Amount, error)
}

// checkPosting refuses what is not a double entry.
func checkPosting(p Posting) error {
	if len(p.Entries) < 2 || p.Key == "" {
		return Invalid("A posting needs a key and at least two entries.")
	}
	sums := map[money.Currency]money.Amount{}
	for _, e := range p.Entries {
		sum, err := sums[e.Amount.Currency].Add(e.Amount)
		if err != nil {
			return err
		}
		sums[e.Amount.Currency] = sum
	}
	var wrong []string
	for c, sum := range sums {
		if !sum.IsZero() {
			wrong = append(wrong, string(c))
		}
	}
	if len(wrong) > 0 {
		return Invalid("The entries of a posting do not add up to zero in %s.", strings.Join(wrong, ", "))
	}
	return nil
}

// record writes postings after checking each.
func (d *Desk) record(postings ...Posting) error {
	for i := range postings {
		postings[i].At = d.Time
		if err := checkPosting(postings[i]); err != nil {
			return err
		}
	}
	return d.tx.InsertPostings(postings)
}

// TrialBalance sums all entries per currency. Every sum is zero, always.
func (d *Desk) TrialBalance() ([]money.Amount, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, err
	}
	return d.tx.TrialBalance()
}
