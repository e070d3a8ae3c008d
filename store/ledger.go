package store

import (
	"liaison/agency"
	"liaison/agency/money"
)

// InsertPostings adds postings with their entries, many to a statement. Nothing here changes or deletes one: the ledger is
// only ever added to.
func (t *tx) InsertPostings(list []agency.Posting) error {
	if len(list) == 0 {
		return nil
	}
	first, err := t.nextMany("posting", len(list))
	if err != nil {
		return err
	}
	postings, entries := make([]cols, len(list)), make([]cols, 0, 3*len(list))
	for i, p := range list {
		id := first + int64(i)
		postings[i] = cols{{"id", id}, {"posting_key", p.Key}, {"kind", p.Kind}, {"ref", p.Ref}, {"memo", p.Memo},
			{"reverses", p.Reverses}, {"at", p.At}}
		for position, e := range p.Entries {
			entries = append(entries, cols{{"posting", id}, {"position", position + 1}, {"account", e.Account},
				{"minor", e.Amount.Minor}, {"currency", e.Amount.Currency}})
		}
	}
	if err := t.insertMany("postings", postings); err != nil {
		return err
	}
	return t.insertMany("entries", entries)
}

// Balance is the sum of an account's entries in a currency.
func (t *tx) Balance(a agency.Account, c money.Currency) (money.Amount, error) {
	var minor int64
	_, err := t.one(&minor, `SELECT CAST(coalesce(sum(minor), 0) AS BIGINT) FROM entries WHERE account = ? AND currency = ?`, a, c)
	return money.Of(minor, c), err
}

// PostingByKey finds a posting with its entries.
func (t *tx) PostingByKey(key string) (agency.Posting, bool, error) {
	var p agency.Posting
	ok, err := t.one(&p, `SELECT id, posting_key AS "key", kind, ref, memo, reverses, at FROM postings WHERE posting_key = ?`, key)
	if err != nil || !ok {
		return p, false, err
	}
	return p, true, t.all(&p.Entries, `SELECT account, minor AS "amount.minor", currency AS "amount.currency"
		FROM entries WHERE posting = ? ORDER BY position`, p.ID)
}

// TrialBalance sums all entries per currency.
func (t *tx) TrialBalance() ([]money.Amount, error) {
	var list []money.Amount
	err := t.all(&list, `SELECT CAST(sum(minor) AS BIGINT) AS minor, currency FROM entries GROUP BY currency ORDER BY currency`)
	return list, err
}
