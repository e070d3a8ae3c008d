package agency

import (
	"strings"
	"time"
)

// Feed is what a channel can be subscribed to.
type Feed string

// The feeds.
const (
	DigestFeed     Feed = "digest"
	ViolationsFeed Feed = "violations"
	ApprovalsFeed  Feed = "approvals"
	OnboardingFeed Feed = "onboarding"
	RecruitingFeed Feed = "recruiting"
	QuestionsFeed  Feed = "questions"
)

// Feeds is every feed with what it brings.
var Feeds = []struct {
	Feed Feed
	Says string
}{
	{DigestFeed, "what waits, what is at risk, what moved, what comes next, on a schedule"},
	{ViolationsFeed, "policy violations as they arrive, with their deadlines"},
	{ApprovalsFeed, "payout runs that wait for approval"},
	{OnboardingFeed, "a card for each seller that is being onboarded"},
	{RecruitingFeed, "a card for each application of a creator"},
	{QuestionsFeed, "a card for each question of a creator"},
}

// ParseFeed reads a feed's word.
func ParseFeed(text string) (Feed, error) {
	word := Feed(strings.ToLower(strings.TrimSpace(text)))
	var words []string
	for _, f := range Feeds {
		if f.Feed == word {
			return word, nil
		}
		words = append(words, string(f.Feed))
	}
	return "", Invalid("“%s” is not a feed. Choose one of %s.", text, strings.Join(words, ", "))
}

// Subscription is a channel's wish to be told.
type Subscription struct {
	ID       int64
	To       Address
	Feed     Feed
	Schedule string // five cron fields, for the digest: "0 9 * * 1"; empty for feeds that come as they happen
	Zone     string // IANA name of the zone the schedule is read in
	Owner    MemberID
	Since    Instant // slots before it are not made up
}

// Location is the zone of the schedule.
func (s Subscription) Location() *time.Location {
	if zone, err := time.LoadLocation(s.Zone); err == nil {
		return zone
	}
	return time.UTC
}

// subscriptionTx is what subscriptions need of the store.
type subscriptionTx interface {
	Subscriptions(Feed) ([]Subscription, error)
	Subscription(id int64) (Subscription, error)
	// SubscriptionsAt lists a channel's subscriptions.
	SubscriptionsAt(Address) ([]Subscription, error)
	InsertSubscription(Subscription) (int64, error)
	DeleteSubscription(id int64) error
}

// slotTx claims the slots of schedules.
type slotTx interface {
	// ClaimSlot records that a reminder's slot is being done; false when it was claimed before, by anybody.
	ClaimSlot(reminder, slot string, at Instant) (bool, error)
	// ClaimedSlots is every claimed slot of a reminder that has few.
	ClaimedSlots(reminder string) ([]string, error)
	// LastSlot is the greatest claimed slot of a reminder; empty when there is none. Slots sort as text.
	LastSlot(reminder string) (string, error)
}

// Slot is one moment at which a reminder has something to say.
type Slot struct {
	Reminder string // whose slots these are: "digest 4", "case V-9"
	Name     string // unique among them
	Due      Instant
	Skipped  int // older slots that were missed and are not made up for
}

// ClaimSlot claims one slot of a reminder, once over all restarts and replicas.
func (d *Desk) ClaimSlot(s Slot) (bool, error) {
	claimed, err := d.tx.ClaimSlot(s.Reminder, s.Name, d.Time)
	if claimed && err == nil {
		d.claimed = append(d.claimed, s)
	}
	return claimed, err
}

// Claimed is the slots that this unit of work has claimed; they count once it is committed.
func (d *Desk) Claimed() []Slot { return d.claimed }

// LastSlot is the newest slot that was claimed for a reminder.
func (d *Desk) LastSlot(reminder string) (string, error) { return d.tx.LastSlot(reminder) }

// Subscribe subscribes a channel to a feed. For the digest, schedule and zone say when.
func (d *Desk) Subscribe(to Address, feed Feed, schedule, zone string) (Subscription, error) {
	if err := d.authorize(Subscribe); err != nil {
		return Subscription{}, err
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "" {
		return Subscription{}, Invalid("“%s” is not a time zone. Write it as Europe/London.", zone)
	}
	here, err := d.tx.SubscriptionsAt(to)
	if err != nil {
		return Subscription{}, err
	}
	for _, s := range here {
		if s.Feed != feed {
			continue
		}
		if s.Schedule == schedule && s.Zone == zone {
			return Subscription{}, Conflict("This channel is subscribed to %s already.", feed)
		}
		if err := d.tx.DeleteSubscription(s.ID); err != nil {
			return Subscription{}, err
		}
	}
	m, err := d.self()
	if err != nil {
		return Subscription{}, err
	}
	s := Subscription{To: to, Feed: feed, Schedule: schedule, Zone: zone, Owner: m.ID, Since: d.Time}
	if s.ID, err = d.tx.InsertSubscription(s); err != nil {
		return Subscription{}, err
	}
	return s, d.audit("subscribe", to.Channel, string(feed))
}

// Unsubscribe ends a channel's subscription to a feed.
func (d *Desk) Unsubscribe(to Address, feed Feed) error {
	if err := d.authorize(Subscribe); err != nil {
		return err
	}
	here, err := d.tx.SubscriptionsAt(to)
	if err != nil {
		return err
	}
	for _, s := range here {
		if s.Feed == feed {
			if err := d.tx.DeleteSubscription(s.ID); err != nil {
				return err
			}
			return d.audit("unsubscribe", to.Channel, string(feed))
		}
	}
	return NotFound("This channel is not subscribed to %s.", feed)
}

// SubscriptionsAt lists what a channel is subscribed to.
func (d *Desk) SubscriptionsAt(to Address) ([]Subscription, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, err
	}
	return d.tx.SubscriptionsAt(to)
}

// SubscriptionsTo lists every channel subscribed to a feed, for the timers.
func (d *Desk) SubscriptionsTo(feed Feed) ([]Subscription, error) {
	return d.tx.Subscriptions(feed)
}
