package bot

import (
	"cmp"
	"context"
	"errors"

	"liaison/agency"
)

// ErrUnseen is a Completer's answer where a page may be out already and nobody can look.
var ErrUnseen = errors.New("whether a page is out cannot be looked up")

// complete puts into the thread of a message what is not there yet. A page whose outcome was not heard is looked for by the
// platform; where it cannot look, the page comes once more, flagged, and what is behind it after it.
func (s *Sender) complete(ctx context.Context, c Completer, at string, d *held, out Delivery) error {
	out.Pages, out.Doubt = d.Pages, d.doubtful()
	err := c.Complete(ctx, at, out)
	if !errors.Is(err, ErrUnseen) {
		return err
	}
	if d.Repeated && d.GivenUp == 0 {
		return repeatedInVain()
	}
	if err := kept(s.Queue.OutgoingRepeats(ctx, d.Delivery)); err != nil {
		return err
	}
	d.flagged = true
	s.Log.Warn("sending a page again that may be out", "row", d.ID, "kind", d.Kind, "channel", d.To.Channel, "page", d.Pages+1)
	if err := s.late(d); err != nil {
		return err
	}
	out.Doubt, out.Repeats = false, true
	return c.Complete(ctx, at, out)
}

// doubtful says that the message is out, and that the next page of its thread may be too.
func (d *held) doubtful() bool { return d.MessageID != "" && d.UnknownAt != 0 }

// known is what is known of a message after a try that failed; posted is its id when it is out and only its thread is not.
func (d *held) known(posted string, send *SendError) agency.Retry {
	r := agency.Retry{Code: send.Code, Tries: d.Tries, UnknownAt: d.UnknownAt, Repeated: d.Repeated, MessageID: cmp.Or(posted, d.MessageID), GivenUp: d.GivenUp,
		Pages: d.Pages}
	inDoubt := d.doubtful() && send.Page <= d.Pages+1 // this try has not got past the page in doubt
	again := send.Outcome == Unknown || posted != "" && !inDoubt
	if d.flagged && again { // else it was not repeated after all, and still may be, once
		r.Repeated, r.GivenUp = true, 0
	}
	if r.MessageID != "" && !inDoubt { // it is out, so what was unknown of it is known
		r.UnknownAt = 0
	}
	if send.Page > 0 {
		r.Pages = send.Page - 1
	}
	posts := send.Page > 0 || r.MessageID == "" && d.CardID == "" // edits may be repeated, posts not
	if send.Outcome == Unknown && posts && r.UnknownAt == 0 {
		r.UnknownAt = d.claimedAt() // the earliest that it can have gone out
	}
	return r
}
