package bot

import (
	"strings"

	"liaison/agency"
)

// Seen is a button's value with the version of what was seen when the button was drawn. The router takes it off again
// before the command reads the value: a press on what has moved on is told so, and the same press under another id finds
// the first one's answer.
func Seen(value, version string) string { return value + " @" + version }

// takeSeen splits a value from the version it carries.
func takeSeen(value string) (rest, version string) {
	i := strings.LastIndex(value, " @")
	if i < 0 || i+2 == len(value) || strings.ContainsAny(value[i+2:], " \n") {
		return value, ""
	}
	return value[:i], value[i+2:]
}

// Object is what a press is about, as it stands now.
type Object struct {
	Name      string // "M-88": as people know it, and as the audit knows it
	Version   string // equal to the version of the button when nothing has changed
	Stands    string // how it stands, for those who may not read the audit; empty: they are told its last line
	Card, Ref string // the card to draw anew
}

// deed is the second key of a press: the person, the action, the object and its version. Platforms have been seen to
// deliver one event under several ids. It is empty where the button carries no version: then the same press may be meant
// twice.
func deed(req Request) string {
	if req.Kind != Pressed || req.Seen == "" {
		return ""
	}
	return strings.Join([]string{req.From.String(), req.Command, req.Text, req.Seen}, "|")
}

// overtaken answers a press on what has moved on since the button was drawn: it is told what happened, and the card is
// drawn anew. ok is false when the press is up to date.
func (r *Router) overtaken(c Command, t *Turn) (reply Reply, ok bool, err error) {
	if c.About == nil || t.Kind != Pressed || t.Seen == "" {
		return Reply{}, false, nil
	}
	o, err := c.About(t)
	if err != nil || o.Version == t.Seen {
		return Reply{}, false, err
	}
	stands := Join(T(" "), Sentences(o.Stands))
	if o.Stands == "" {
		if stands, err = lastDeed(t.Desk, o.Name); err != nil {
			return Reply{}, true, err
		}
	}
	text := Join(T("Nothing was changed: %s has moved on since this was drawn.", o.Name), stands)
	if o.Card != "" {
		text = append(text, T(" The card shows how it stands now.")...)
	}
	reply = Tell(Message{Summary: text.String(), Parts: []Part{Para(text)}})
	reply.Refused = agency.CodeStale
	if o.Card == "" {
		return reply, true, nil
	}
	return reply, true, t.Desk.Redraw(o.Card, o.Ref)
}

// lastDeed goes on with what happened to an object last, and by whom.
func lastDeed(d *agency.Desk, name string) (Text, error) {
	last, err := d.History(name, 1)
	if err != nil || len(last) == 0 {
		return nil, err
	}
	by := "the desk"
	if last[0].Member != 0 {
		m, err := d.Member(last[0].Member)
		if err != nil {
			return nil, err
		}
		by = m.Name
	}
	return Join(T(" Last came %s by %s, ", last[0].Action, by), When(last[0].At), T(".")), nil
}
