// Package agency is the business of a TikTok Shop partner agency: what it promises, decides and owes.
//
// It holds the types, the rules, the use cases and the small interfaces of the store that they need. It imports the
// standard library and the engines beneath it, and nothing else: no chat platform, no SQL, no clock of its own.
//
// A use case is a method of Desk. A Desk is one person's unit of work: everything that the method writes (records,
// postings, audit lines, outgoing messages) lands in one transaction or not at all.
package agency

import (
	"context"
	"time"

	"liaison/agency/policy"
)

// Agency is the business with what it needs from outside: its records, a clock and its rules.
type Agency struct {
	Store    Store
	Now      func() time.Time
	Rules    *policy.Book
	Settings Settings
	NewCode  func() string // makes the text of one-time codes, 16 letters and digits or more; nil: from the system's randomness
}

// Settings are the agency's own choices.
type Settings struct {
	Name   string         // the agency's name on cards and digests
	Zone   *time.Location // the zone of calendars where neither the channel nor the person says otherwise; nil is UTC
	Admins []Identity     // who may grant roles on a fresh store (LIAISON_ADMINS)
}

// Store keeps the records. Both methods run fn in one transaction; when fn returns an error nothing is kept. fn may run
// more than once (a database may ask to try again), so it must have no effect outside the transaction.
type Store interface {
	// Write runs fn in a transaction that may change records.
	Write(ctx context.Context, fn func(Tx) error) error
	// Read runs fn on one consistent view of the records.
	Read(ctx context.Context, fn func(Tx) error) error
}

// heavy marks a context; see Heavy.
type heavy struct{}

// Heavy says that the work done with a context changes so many records that others would overtake it again and again: a payout run,
// whose lines take a second to gather. The store lets it go first, where somebody else could; whoever else decides meanwhile waits.
func Heavy(ctx context.Context) context.Context { return context.WithValue(ctx, heavy{}, true) }

// IsHeavy reports whether the work done with a context is to go first.
func IsHeavy(ctx context.Context) bool { return ctx.Value(heavy{}) != nil }

// Tx is the records inside one transaction. Each feature's file declares the part that it needs.
type Tx interface {
	memberTx
	auditTx
	outboxTx
	deliveryTx
	pressTx
	subscriptionTx
	slotTx
	sellerTx
	creatorTx
	matchTx
	orderTx
	ledgerTx
	payoutTx
	caseTx
	figureTx
	campaignTx
	digestTx
	homeTx
	linkTx
	applicationTx
	noticeTx
	earningTx
	noteTx
	statementTx
	contactTx
}

// Desk is one person's (or the clock's) unit of work.
type Desk struct {
	*Agency
	Actor Actor   // who asks
	Time  Instant // the instant of the whole unit of work: every row it writes bears it
	tx    Tx

	claimed []Slot
}

// Do runs a unit of work that may write, on behalf of the person behind the identity.
func (a *Agency) Do(ctx context.Context, who Identity, work func(*Desk) error) error {
	return a.Store.Write(ctx, func(tx Tx) error { return a.with(tx, who, work) })
}

// Look runs a unit of work that only reads.
func (a *Agency) Look(ctx context.Context, who Identity, work func(*Desk) error) error {
	return a.Store.Read(ctx, func(tx Tx) error { return a.with(tx, who, work) })
}

func (a *Agency) with(tx Tx, who Identity, work func(*Desk) error) error {
	actor, err := a.actor(tx, who)
	if err != nil {
		return err
	}
	return work(&Desk{Agency: a, Actor: actor, Time: InstantOf(a.Now()), tx: tx})
}

// Zone is the agency's zone.
func (a *Agency) Zone() *time.Location {
	if a.Settings.Zone == nil {
		return time.UTC
	}
	return a.Settings.Zone
}
