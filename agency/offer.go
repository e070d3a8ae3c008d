package agency

import (
	"fmt"
	"time"
)

// OfferAnswer is what became of asking a creator about a match that staff approved.
type OfferAnswer string

// The answers. An offer without one still waits.
const (
	OfferAccepted OfferAnswer = "accepted"
	OfferDeclined OfferAnswer = "declined"
	OfferExpired  OfferAnswer = "expired" // nobody answered in time: the proposal went back to staff
)

// OfferCard is the view that asks a creator about a match; OfferReminder asks once more. OfferNews tells whoever approved
// it what the creator said. The reference of each is the match.
const (
	OfferCard     = "offer-card"
	OfferReminder = "offer-reminder"
	OfferNews     = "offer-news"
)

// offer asks the creator of an approved match, where the desk can reach them. A creator who is in no chat, or has muted
// offers, is not asked: then the approval stands alone, as staff arranged it.
func (d *Desk) offer(m *MatchDetail) error {
	if m.With.Member == 0 {
		return nil
	}
	ref := m.ID.String()
	shown, err := d.tx.CardPlaces(OfferCard, ref)
	if err != nil {
		return err
	}
	told, err := d.tell(notice{To: m.With.Member, On: Discord, Kind: NoticeOffer, Out: Outgoing{Kind: OfferCard, Ref: ref, Mode: Card}})
	if err != nil || !told {
		return err
	}
	if len(shown) > 0 { // they were asked before: an edited message alone would not be noticed
		if _, err := d.tell(notice{To: m.With.Member, On: Discord, Kind: NoticeOffer, Out: Outgoing{Kind: OfferReminder, Ref: ref}}); err != nil {
			return err
		}
	}
	m.OfferedAt, m.OfferedBy, m.Answer, m.AnsweredAt = d.Time, d.Actor.Member.ID, "", 0
	return nil
}

// MyOffer finds a match that the actor was asked about as its creator. Of anybody else's there is nothing to find.
func (d *Desk) MyOffer(id MatchID) (MatchDetail, error) {
	c, err := d.myself()
	if err != nil {
		return MatchDetail{}, err
	}
	m, err := d.matchDetail(id)
	if err != nil && CodeOf(err) != CodeNotFound {
		return MatchDetail{}, err
	}
	if err != nil || m.Creator != c.ID || m.OfferedAt <= c.FormerUntil {
		return MatchDetail{}, NotFound("There is no offer %s for you.", id)
	}
	return m, nil
}

// OpenOffer finds an offer that the actor may still answer.
func (d *Desk) OpenOffer(id MatchID) (MatchDetail, error) {
	m, err := d.MyOffer(id)
	if err != nil {
		return m, err
	}
	switch {
	case m.State != MatchApproved || m.Answer != "":
		return m, Stale("%s", OfferStanding(m.Match))
	case m.With.State == CreatorBlocked:
		return m, Forbidden("%s cannot be answered now. Ask the agency with `/ask`.", m.ID)
	}
	return m, nil
}

// OfferStanding says to a creator where an offer stands.
func OfferStanding(m Match) string {
	switch {
	case m.Answer == OfferAccepted && m.State == MatchApproved:
		return fmt.Sprintf("You accepted %s.", m.ID)
	case m.Answer == OfferDeclined:
		return fmt.Sprintf("You declined %s.", m.ID)
	case m.Answer == OfferExpired:
		return fmt.Sprintf("%s was not answered in time and went back to the agency.", m.ID)
	case m.State == MatchApproved:
		return fmt.Sprintf("%s waits for your answer.", m.ID)
	}
	return fmt.Sprintf("%s has ended.", m.ID)
}

// AcceptOffer is the creator's yes.
func (d *Desk) AcceptOffer(id MatchID) (MatchDetail, error) {
	m, err := d.OpenOffer(id)
	if err != nil {
		return m, err
	}
	m.Answer, m.AnsweredAt = OfferAccepted, d.Time
	return m, d.answerOffer(m, "offer accept", "")
}

// DeclineOffer is the creator's no, with a reason. The places are free again, and the pair is not proposed again unless
// staff ask for it.
func (d *Desk) DeclineOffer(id MatchID, reason string) (MatchDetail, error) {
	m, err := d.OpenOffer(id)
	if err != nil {
		return m, err
	}
	if reason, err = matchReason(reason); err != nil {
		return m, err
	}
	if reason == "" {
		return m, Field("reason", "Say why, so that the agency asks you better next time.")
	}
	m.State, m.Answer, m.AnsweredAt = MatchDeclined, OfferDeclined, d.Time
	m.DecidedBy, m.DecidedAt, m.Reason = d.Actor.Member.ID, d.Time, reason
	return m, d.answerOffer(m, "offer decline", reason)
}

// answerOffer writes an answer, edits the cards on both sides and tells whoever approved the match.
func (d *Desk) answerOffer(m MatchDetail, deed, detail string) error {
	if err := d.saveOffer(m.Match, deed, detail); err != nil {
		return err
	}
	if m.OfferedBy == 0 || m.OfferedBy == d.Actor.Member.ID {
		return nil
	}
	_, err := d.tell(notice{To: m.OfferedBy, On: Slack, Kind: NoticeNews, Out: Outgoing{Kind: OfferNews, Ref: m.ID.String()}})
	return err
}

func (d *Desk) saveOffer(m Match, deed, detail string) error {
	if err := d.tx.UpdateMatch(m); err != nil {
		return err
	}
	if err := d.redrawCard(ShortlistCard, m.Shortlist.String()); err != nil {
		return err
	}
	if err := d.redrawCard(OfferCard, m.ID.String()); err != nil {
		return err
	}
	return d.audit(deed, m.ID.String(), detail)
}

// OfferDates are when a creator is reminded of an offer and when it goes back to staff, by the rules of their region on
// the day of the offer; zero: never.
func (d *Desk) OfferDates(m MatchDetail) (remind, expire Instant) {
	from := m.OfferedAt.Time().In(d.Zone())
	after := func(kind string) Instant {
		rule, ok := d.Rules.Deadline(kind, m.With.Region, from.Format(time.DateOnly))
		if !ok {
			return 0
		}
		return InstantOf(from.AddDate(0, 0, rule.Days))
	}
	return after("match reminder"), after("match answer")
}

// RemindOffers reminds creators, once, of offers that they have not answered, and takes those back to staff that nobody
// answered in time. Only the desk itself may.
func (d *Desk) RemindOffers() error {
	if !d.Actor.IsSystem() {
		return Forbidden("Reminders are sent by the desk itself.")
	}
	list, err := d.tx.OfferedMatches()
	if err != nil {
		return err
	}
	for _, m := range list {
		detail, err := d.matchDetails([]Match{m})
		if err != nil {
			return err
		}
		if err := d.remindOffer(detail[0]); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) remindOffer(m MatchDetail) error {
	remind, expire := d.OfferDates(m)
	if expire != 0 && d.Time >= expire {
		return d.expireOffer(m)
	}
	if remind == 0 || d.Time < remind || m.With.Member == 0 {
		return nil
	}
	first, err := d.ClaimSlot(Slot{Reminder: "offer " + m.ID.String(), Name: m.OfferedAt.Time().Format(time.RFC3339), Due: remind})
	if err != nil || !first {
		return err
	}
	_, err = d.tell(notice{To: m.With.Member, On: Discord, Kind: NoticeOffer, By: expire,
		Out: Outgoing{Kind: OfferReminder, Ref: m.ID.String()}})
	return err
}

// expireOffer gives a proposal back to staff: they may ask again, or somebody else.
func (d *Desk) expireOffer(m MatchDetail) error {
	by := m.OfferedBy
	m.State, m.Answer, m.AnsweredAt, m.DecidedBy, m.DecidedAt = MatchProposed, OfferExpired, d.Time, 0, 0
	if err := d.saveOffer(m.Match, "offer expire", "no answer from "+atHandle(m.With)); err != nil || by == 0 {
		return err
	}
	_, err := d.tell(notice{To: by, On: Slack, Kind: NoticeNews, Out: Outgoing{Kind: OfferNews, Ref: m.ID.String()}})
	return err
}
