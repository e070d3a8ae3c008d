package agency

import (
	"slices"
	"strings"
	"time"
)

// NoticeKind is a kind of message to a person that they can do without.
type NoticeKind string

// The kinds. NoticeAlways is for what nobody may miss: the outcome of what they asked for, a violation and its deadline.
const (
	NoticeAlways    NoticeKind = ""
	NoticeOffer     NoticeKind = "offers"
	NoticeStatement NoticeKind = "statements"
	NoticeAnswer    NoticeKind = "answers"
	NoticeReminder  NoticeKind = "reminders"
	NoticeNews      NoticeKind = "news"
)

// NoticeKinds is every kind that can be muted, with what it brings and who gets it.
var NoticeKinds = []struct {
	Kind  NoticeKind
	Says  string
	Right Right
}{
	{NoticeOffer, "sellers that you could work with, and one reminder", SeeOwnRecord},
	{NoticeStatement, "what a payout pays you", SeeOwnRecord},
	{NoticeAnswer, "what the agency says about your questions and cases", SeeOwnRecord},
	{NoticeReminder, "deadlines of your cases", SeeRecords},
	{NoticeNews, "what others did with your cases and payout runs", SeeRecords},
}

// NoticeWishes is what a person wants to be told, and when. Quiet hours are minutes of the day on the clock of their zone;
// two equal ones mean none.
type NoticeWishes struct {
	Member     MemberID
	Muted      string // kinds, comma-separated
	QuietFrom  int64
	QuietUntil int64
	Zone       string // IANA name; empty: the agency's
}

// Mutes reports whether a kind is not wanted.
func (w NoticeWishes) Mutes(k NoticeKind) bool {
	return k != NoticeAlways && slices.Contains(strings.Split(w.Muted, ","), string(k))
}

// Heard is the first moment from an instant on at which the person may be disturbed: the instant itself outside quiet
// hours, else the first whole minute at which their clock is past them. It goes by the clock on the wall, minute by minute,
// so it holds on days on which clocks are moved, and where quiet hours end at a time that such a day does not have.
func (w NoticeWishes) Heard(at Instant, usual *time.Location) Instant {
	zone := w.location(usual)
	if !w.quiet(at.Time().In(zone)) {
		return at
	}
	t := at.Time().Truncate(time.Minute)
	for range 2 * 24 * 60 { // quiet hours are less than a day, so they end long before
		if t = t.Add(time.Minute); !w.quiet(t.In(zone)) {
			return InstantOf(t)
		}
	}
	return at
}

func (w NoticeWishes) location(usual *time.Location) *time.Location {
	if zone, err := time.LoadLocation(w.Zone); err == nil && w.Zone != "" {
		return zone
	}
	return usual
}

func (w NoticeWishes) quiet(wall time.Time) bool {
	minute := int64(wall.Hour()*60 + wall.Minute())
	if w.QuietFrom <= w.QuietUntil {
		return w.QuietFrom <= minute && minute < w.QuietUntil
	}
	return minute >= w.QuietFrom || minute < w.QuietUntil
}

// How near a deadline must be for a message about it not to wait for the morning: now, or by the time it would be heard.
const urgentWithin, urgentWhenHeard = 24 * time.Hour, 12 * time.Hour

// urgent reports whether a message about a deadline cannot wait until it may be heard. What is over can wait.
func urgent(deadline, now, heard Instant) bool {
	return deadline > now && (deadline.Sub(now) < urgentWithin || deadline.Sub(heard) < urgentWhenHeard)
}

// HeldNotice is a message to a person that waits for the end of their quiet hours. It waits beside the outbox, because
// there a message waits for those before it, and by the desk's clock, as all that recurs.
type HeldNotice struct {
	Outgoing
	DueAt Instant
}

// noticeTx is what notices need of the store.
type noticeTx interface {
	NoticeWishes(MemberID) (w NoticeWishes, ok bool, err error)
	PutNoticeWishes(NoticeWishes) error
	HoldNotice(HeldNotice) error
	// HeldNotices lists what has waited until an instant, in the order in which it was said.
	HeldNotices(until Instant, limit int) ([]HeldNotice, error)
	DeleteHeldNotice(id int64) error
}

// notice is a message to a person: where they are reached first, of what kind it is, and whether it may wait.
type notice struct {
	To     MemberID
	On     Platform
	Kind   NoticeKind
	Urgent bool
	By     Instant  // the deadline that it is about; zero: none
	Out    Outgoing // To is filled in; Mode is a note unless it says card
}

// tell writes to a person where the desk can reach them, unless they have muted the kind. In their quiet hours it waits,
// unless it is urgent. told is false when they cannot be reached or do not want it.
func (d *Desk) tell(n notice) (told bool, err error) {
	who, ok, err := d.Reachable(n.To, n.On)
	if err != nil || !ok {
		return false, err
	}
	w, _, err := d.tx.NoticeWishes(n.To)
	if err != nil || w.Mutes(n.Kind) {
		return false, err
	}
	o := n.Out
	o.To, o.At = personal(who), d.Time
	if o.Mode == "" {
		o.Mode = Note
	}
	due := w.Heard(d.Time, d.Zone())
	if n.Urgent || urgent(n.By, d.Time, due) || due <= d.Time {
		return true, d.tx.Enqueue(o)
	}
	return true, d.tx.HoldNotice(HeldNotice{Outgoing: o, DueAt: due})
}

// noticesAtOnce is how many held messages one tick lets go.
const noticesAtOnce = 200

// ReleaseNotices lets go what has waited for the end of quiet hours. Only the desk itself may.
func (d *Desk) ReleaseNotices() error {
	if !d.Actor.IsSystem() {
		return Forbidden("Messages that wait for the morning are sent by the desk itself.")
	}
	list, err := d.tx.HeldNotices(d.Time, noticesAtOnce)
	if err != nil {
		return err
	}
	for _, n := range list {
		if err := d.tx.DeleteHeldNotice(n.ID); err != nil {
			return err
		}
		n.At = d.Time
		if err := d.tx.Enqueue(n.Outgoing); err != nil {
			return err
		}
	}
	return nil
}

// MyNotices is what the actor wants to be told.
func (d *Desk) MyNotices() (NoticeWishes, error) {
	w, ok, err := d.tx.NoticeWishes(d.Actor.Member.ID)
	if err == nil && !ok {
		w.Member = d.Actor.Member.ID
	}
	return w, err
}

// UsualZone is the zone in which a person's hours are read when they never said: that of the region in which they sell as
// a creator, else the agency's.
func (d *Desk) UsualZone() (*time.Location, error) {
	c, ok, err := d.tx.CreatorOf(d.Actor.Member.ID)
	if err != nil || !ok {
		return d.Zone(), err
	}
	if region, known := d.Rules.Region(c.Region); known {
		return NoticeWishes{Zone: region.Zone}.location(d.Zone()), nil
	}
	return d.Zone(), nil
}

// ChangeNotices writes what the actor wants to be told, and when.
func (d *Desk) ChangeNotices(muted []NoticeKind, from, until int64, zone string) (NoticeWishes, error) {
	if d.Actor.IsSystem() {
		return NoticeWishes{}, Forbidden("The desk itself gets no notices.")
	}
	me, err := d.self()
	if err != nil {
		return NoticeWishes{}, err
	}
	const day = 24 * 60
	switch {
	case from < 0 || from >= day:
		return NoticeWishes{}, Field("from", "Write a time of day, such as 22:00.")
	case until < 0 || until >= day:
		return NoticeWishes{}, Field("until", "Write a time of day, such as 08:00.")
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		return NoticeWishes{}, Field("zone", "“%s” is not a time zone. Write it as Europe/London.", zone)
	}
	var words []string
	for _, k := range NoticeKinds {
		if slices.Contains(muted, k.Kind) {
			words = append(words, string(k.Kind))
		}
	}
	for _, k := range muted {
		if !slices.Contains(words, string(k)) {
			return NoticeWishes{}, Field("muted", "“%s” is not a kind of notice that can be muted.", k)
		}
	}
	w := NoticeWishes{Member: me.ID, Muted: strings.Join(words, ","), QuietFrom: from, QuietUntil: until, Zone: zone}
	return w, d.tx.PutNoticeWishes(w)
}
