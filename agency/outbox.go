package agency

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
	Thread string // for a Note: the card ("kind ref") in whose thread it goes; empty: the channel
	Key    string // a note with the same key is written once, ever; empty: always
	At     Instant
}

// Mode is how a message is delivered.
type Mode string

// A card is one message per object and channel: posted once, edited ever after. A note is posted once.
const (
	Card Mode = "card"
	Note Mode = "note"
)

// outboxTx is what deciding to say something needs of the store.
type outboxTx interface {
	// Enqueue adds a message. A card that already waits to be drawn is not added again; nor is a note whose key is known.
	Enqueue(Outgoing) error
	// CardPlaces lists where a card has been posted or waits to be.
	CardPlaces(kind, ref string) ([]Address, error)
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
	places, err := d.tx.CardPlaces(kind, ref)
	if err != nil {
		return err
	}
	for _, to := range places {
		if err := d.showCard(kind, ref, to); err != nil {
			return err
		}
	}
	return nil
}

// Delivery is an outgoing message in the hands of a sender.
type Delivery struct {
	Outgoing
	Attempt  int    // 1 the first time
	CardID   string // where the card already is; empty: post it
	ThreadID string // the message in whose thread a note goes; empty: the channel
}
