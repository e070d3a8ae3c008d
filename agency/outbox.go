package agency

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Address is a place to post to: a channel, or a person (then Channel is the user id and the platform opens a direct message).
type Address struct {
	Platform  Platform
	Workspace string
	Channel   string
}

// Outgoing is a message that the desk has decided to post. It names what to say, not the words: the words are made
// when it is sent, so that an edit always shows the newest state and ten changes in a second are one update.
type Outgoing struct {
	ID     int64
	To     Address
	Kind   string // which view draws it: "seller-card", "case-reminder"; see handlers.Views and reminders.Views
	Ref    string // what it is about: "S-12", or a reference with a detail: "V-9 24h"
	Mode   Mode
	Thread string // the card ("kind ref") in whose thread it goes; empty: the channel
	Key    string // a note with the same key is written once, ever; empty: always
	At     Instant
}

// Mode is how a message is delivered.
type Mode string

// A card is one message per object and channel: posted once, edited ever after. A note is posted once. A grant is no
// message: the platform gives the person (or takes from them) what belongs to a role there.
const (
	Card  Mode = "card"
	Note  Mode = "note"
	Grant Mode = "grant"
)

// outboxTx is what deciding to say something needs of the store.
type outboxTx interface {
	// Enqueue adds a message. A card that already waits to be drawn is not added again; nor is a note whose key is known.
	Enqueue(Outgoing) error
	// PostedAt finds what a posted message says: a card by where it is, or a note by its message's id.
	PostedAt(to Address, messageID string) (kind, ref string, ok bool, err error)
	// CardPlaces lists where a card has been posted or waits to be.
	CardPlaces(kind, ref string) ([]Address, error)
	// ForgetCards forgets that cards of some kinds (none: of every kind) stand with an account: they are edited no more.
	ForgetCards(at Address, kinds ...string) error
	// MoveWaiting sends to another account what waits to be said to one, also beyond quiet hours and when it was parked.
	MoveWaiting(from, to Address) error
	// RedrawCard enqueues every copy of a card, wherever it is, that does not wait to be drawn already.
	RedrawCard(kind, ref string, at Instant) error
}

// post decides to post a note.
func (d *Desk) post(o Outgoing) error {
	o.Mode, o.At = Note, d.Time
	return d.tx.Enqueue(o)
}

// showCard posts the card of an object in a channel.
func (d *Desk) showCard(kind, ref string, to Address) error {
	return d.tx.Enqueue(Outgoing{To: to, Kind: kind, Ref: ref, Mode: Card, At: d.Time})
}

// showCardInFeed posts the card in every channel subscribed to a feed.
func (d *Desk) showCardInFeed(kind, ref string, feed Feed) error {
	channels, err := d.tx.Subscriptions(feed)
	if err != nil {
		return err
	}
	for _, s := range channels {
		if err := d.showCard(kind, ref, s.To); err != nil {
			return err
		}
	}
	return nil
}

// redrawCard edits every copy of the card of an object, wherever it is.
func (d *Desk) redrawCard(kind, ref string) error {
	return d.tx.RedrawCard(kind, ref, d.Time)
}

// PostedAt is what a message of the desk's own is about, for those who answer in its thread.
func (d *Desk) PostedAt(to Address, messageID string) (kind, ref string, ok bool, err error) {
	return d.tx.PostedAt(to, messageID)
}

// Redraw edits every copy of a card, for a person who looked at an old one. It says nothing new, so it needs no right.
func (d *Desk) Redraw(kind, ref string) error { return d.redrawCard(kind, ref) }

// Delivery is an outgoing message in the hands of a sender.
type Delivery struct {
	Outgoing
	Claim     string        // who has claimed it; with Attempt it is the claim's fence: what a later claim took is not ours to end
	Attempt   int           // 1 the first time
	Tries     int           // attempts that count towards giving up; a platform's "wait" does not
	UnknownAt Instant       // real time of the first attempt whose outcome nobody knows; zero: every outcome is known. With a MessageID it is the next page's
	Repeated  bool          // it was sent again although it may have been out: flagged, and not done twice
	MessageID string        // it is posted, but what belongs in its thread is not yet
	Pages     int           // of its thread that are out
	WaitMore  time.Duration // a platform asked to wait so much longer: give it back, untried
	CardID    string        // where the card already is; empty: post it
	ThreadID  string        // the message in whose thread a note goes; empty: the channel
	PostedAt  Instant       // real time when the channel's last message went out, whoever posted it; zero: not known
	GivenUp   Instant       // when it was given up before a person put it back; zero: never, or it has been repeated since
}

// Retry is how a delivery goes back to the outbox.
type Retry struct {
	Due       Instant // not before; real time
	Code      string  // the platform's own word
	Tries     int
	UnknownAt Instant
	Repeated  bool
	MessageID string
	GivenUp   Instant
	Pages     int
	WaitMore  time.Duration // beyond Due, which is never far away: a clock that is set back would draw it out
}

// Undelivered is a message that was given up, or one that was sent again although nobody knew its first outcome.
type Undelivered struct {
	Outgoing
	State   string // parked, or sent for what was repeated
	Code    string // the platform's own word: "not_in_channel"
	Trouble string // the whole of it, for the operator
	Tries   int
	EndedAt Instant

	Attempts int // as Delivery.Attempt; never less than before, so it is the version of what could not be posted
}

// Outbox is the state of what is to be said.
type Outbox struct {
	Waiting  int64
	Oldest   Instant // when the oldest that waits was decided; zero: nothing waits
	Parked   int64
	Repeated int64 // since the asked instant
}

// deliveryTx is what giving up, trying again and looking after the outbox need of the store.
type deliveryTx interface {
	// ParkOutgoing gives a claimed message up, with what the delivery says is known of it; false when the claim is no longer ours.
	ParkOutgoing(d Delivery, code, trouble string, at Instant) (bool, error)
	// OutboxState counts; repeated messages since an instant.
	OutboxState(since Instant) (Outbox, error)
	// ParkedOutgoing lists what was given up, oldest first.
	ParkedOutgoing(limit int) ([]Undelivered, error)
	// ParkedMessage finds one message that was given up.
	ParkedMessage(id int64) (Undelivered, bool, error)
	// RepeatedOutgoing lists what was sent again, newest first.
	RepeatedOutgoing(since Instant, limit int) ([]Undelivered, error)
	// UnparkOutgoing puts parked messages back, all or one, and says how many. What was unknown of them stays unknown.
	UnparkOutgoing(id int64) (int64, error)
	// DropOutgoing removes parked messages, all or one, and says how many.
	DropOutgoing(id int64) (int64, error)
	// ForgetOutgoing removes what was said before an instant, except what must not be said again.
	ForgetOutgoing(before Instant) error
}

// ParkedNote is the message that tells people of one that was given up; its reference is the parked row's number.
const ParkedNote = "parked-note"

// ParkOutgoing gives a message up and tells the one who can help: the owner of the channel's subscription, or the admins
// where nobody subscribed it. A channel's trouble is told once a day for each reason. It reports false when another sender
// has taken the message over meanwhile.
func (d *Desk) ParkOutgoing(m Delivery, code, trouble string) (bool, error) {
	ours, err := d.tx.ParkOutgoing(m, code, trouble, d.Time)
	if err != nil || !ours || m.Kind == ParkedNote {
		return ours, err
	}
	helpers, err := d.helpers(m.To)
	if err != nil {
		return true, err
	}
	day := DateOf(d.Time, d.Zone())
	for _, to := range helpers {
		key := strings.Join([]string{"parked", m.To.Workspace, m.To.Channel, code, string(day), to.Channel}, " ")
		if err := d.post(Outgoing{To: to, Kind: ParkedNote, Ref: strconv.FormatInt(m.ID, 10), Key: key}); err != nil {
			return true, err
		}
	}
	return true, nil
}

// helpers is who is told of trouble with a channel: the owners of its subscriptions, or else the admins.
func (d *Desk) helpers(of Address) ([]Address, error) {
	here, err := d.tx.SubscriptionsAt(of)
	if err != nil {
		return nil, err
	}
	var people []MemberID
	for _, s := range here {
		if s.Owner != 0 && !slices.Contains(people, s.Owner) {
			people = append(people, s.Owner)
		}
	}
	var list []Address
	if len(people) == 0 {
		if people, list, err = d.admins(of); err != nil {
			return nil, err
		}
	}
	for _, id := range people {
		known, err := d.tx.Identities(id)
		if err != nil {
			return nil, err
		}
		if to, ok := elsewhere(known, of); ok && !slices.Contains(list, to) {
			list = append(list, to)
		}
	}
	return list, nil
}

// admins are the people with the role, or else those whom the settings name: who has never been here has no record, but an
// address.
func (d *Desk) admins(of Address) (people []MemberID, unmet []Address, err error) {
	all, err := d.tx.Members()
	if err != nil {
		return nil, nil, err
	}
	for _, m := range all {
		if slices.Contains(m.Roles, Admin) {
			people = append(people, m.ID)
		}
	}
	if len(people) > 0 {
		return people, nil, nil
	}
	for _, who := range d.Settings.Admins {
		m, met, err := d.tx.MemberByIdentity(who)
		switch {
		case err != nil:
			return nil, nil, err
		case !met && personal(who) != of:
			unmet = append(unmet, personal(who))
		case met && !slices.Contains(people, m.ID):
			people = append(people, m.ID)
		}
	}
	return people, unmet, nil
}

// elsewhere is where a person can be reached who is told of trouble with an address: not there, and on Slack if they are there;
// nobody looks for a message at a terminal.
func elsewhere(known []Identity, of Address) (to Address, ok bool) {
	for _, on := range []Platform{Slack, Discord, ""} {
		for _, who := range known {
			if to = personal(who); to != of && (on == "" || who.Platform == on) {
				return to, true
			}
		}
	}
	return Address{}, false
}

// repeatsShown is how far back a message that was sent again is worth showing.
const repeatsShown = 7 * 24 * time.Hour

// OutboxState is what waits, what was given up and what was sent again within a week.
func (d *Desk) OutboxState() (state Outbox, parked, repeated []Undelivered, err error) {
	if err := d.authorize(SeeStatus); err != nil {
		return state, nil, nil, err
	}
	since := d.Time.Add(-repeatsShown)
	if state, err = d.tx.OutboxState(since); err != nil {
		return state, nil, nil, err
	}
	if parked, err = d.tx.ParkedOutgoing(statusRows); err != nil {
		return state, nil, nil, err
	}
	repeated, err = d.tx.RepeatedOutgoing(since, statusRows)
	return state, parked, repeated, err
}

// statusRows bounds what a status shows.
const statusRows = 10

// ParkedMessage finds one message that was given up, for the note about it.
func (d *Desk) ParkedMessage(id int64) (Undelivered, bool, error) { return d.tx.ParkedMessage(id) }

// RetryParked puts messages that were given up back into the outbox: one by its number, or all with zero.
func (d *Desk) RetryParked(id int64) (int64, error) {
	return d.endParked(id, "status retry", d.tx.UnparkOutgoing)
}

// DropParked forgets messages that were given up: one by its number, or all with zero.
func (d *Desk) DropParked(id int64) (int64, error) {
	return d.endParked(id, "status drop", d.tx.DropOutgoing)
}

func (d *Desk) endParked(id int64, action string, end func(int64) (int64, error)) (int64, error) {
	if err := d.authorize(MendDelivery); err != nil {
		return 0, err
	}
	n, err := end(id)
	if err != nil {
		return 0, err
	}
	if n == 0 && id != 0 {
		return 0, NotFound("No message %d is parked. `/status` lists those that are.", id)
	}
	if n == 0 {
		return 0, NotFound("No message is parked.")
	}
	return n, d.audit(action, "outbox", fmt.Sprintf("%d messages", n))
}

// outgoingKept is how long messages are kept after they were said.
const outgoingKept = 30 * 24 * time.Hour

// ForgetOutgoing drops what was said long ago. A note with a key is kept: the key is what keeps it from being said again.
func (d *Desk) ForgetOutgoing() error { return d.tx.ForgetOutgoing(d.Time.Add(-outgoingKept)) }
