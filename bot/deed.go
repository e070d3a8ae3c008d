package bot

import (
	"slices"
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
	Name      string                      // "M-88": as people know it, and as the audit knows it
	Version   string                      // equal to the version of the button when nothing has changed
	Stands    string                      // how it stands, for those who may not read the audit; empty: they are told its last line
	Moves     func(agency.AuditLine) bool // which lines of its audit changed its version; nil: all
	Card, Ref string                      // the card to draw anew
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
	reply, err = old(t.Desk, o)
	return reply, true, err
}

// overtakenSince answers a press that was carried out before under another id. Where the object was changed since, the first one's
// answer would say what is no longer so. ok is false when nothing was.
func (r *Router) overtakenSince(c Command, t *Turn, first agency.Press) (reply Reply, ok bool, err error) {
	if c.About == nil || first.Key == t.Key {
		return Reply{}, false, nil
	}
	t.Desk.Lend(t.Granted)
	if err := t.Desk.Allowed(c.Right); err != nil {
		return Reply{}, true, err
	}
	o, err := c.About(t)
	if err != nil || o.Version == t.Seen { // it was no more than seen, or what was done is not part of its version
		return Reply{}, err != nil, err
	}
	if mine, err := t.Desk.Untouched(o.Name, first.At, o.Moves); mine || err != nil {
		return Reply{}, err != nil, err
	}
	reply, err = old(t.Desk, o)
	return reply, true, err
}

// old refuses a press on what has moved on, and has its card drawn anew.
func old(d *agency.Desk, o Object) (Reply, error) {
	text, err := movedOn(d, o, "this was drawn")
	if err != nil {
		return Reply{}, err
	}
	if o.Card != "" {
		text = append(text, T(" The card shows how it stands now.")...)
	}
	reply := Tell(Message{Summary: text.String(), Parts: []Part{Para(text)}})
	reply.Refused = agency.CodeStale
	if o.Card == "" {
		return reply, nil
	}
	return reply, d.Redraw(o.Card, o.Ref)
}

// movedOn says that an object is not as it was, and how it stands or what happened to it last.
func movedOn(d *agency.Desk, o Object, since string) (Text, error) {
	stands := Join(T(" "), Sentences(o.Stands))
	if o.Stands == "" {
		var err error
		if stands, err = lastDeed(d, o); err != nil {
			return nil, err
		}
	}
	return Join(T("Nothing was changed: %s has moved on since %s.", o.Name, since), stands), nil
}

// stamp lets a form carry the version of what it is about, as buttons do.
func (r *Router) stamp(f *Form, t *Turn) error {
	c, _ := r.find(f.Command)
	if c.About == nil || f.State == "" {
		return nil
	}
	about := *t
	about.Kind, about.Text, about.Seen = Sent, f.State, ""
	o, err := c.About(&about)
	if err == nil && o.Version != "" {
		f.State = Seen(f.State, o.Version)
	}
	return err
}

// reopened answers a form about what has moved on since it was opened: it comes again from the newest state, filled in as it was
// sent, and says what happened. Sent once more it is carried out, because then the person has seen it. Where there is nothing left
// to fill in, the command says so. ok is false when the form is up to date.
func reopened(c Command, t *Turn) (reply Reply, ok bool, err error) {
	if c.About == nil || c.Run == nil || t.Seen == "" {
		return Reply{}, false, nil
	}
	o, err := c.About(t)
	if err != nil || o.Version == t.Seen {
		return Reply{}, false, err
	}
	opening := *t
	opening.Kind, opening.Seen, opening.Fields = Pressed, "", nil
	reply, err = c.Run(&opening)
	if err != nil || reply.Form == nil {
		return reply, true, err
	}
	text, err := movedOn(t.Desk, o, "you opened this")
	if err != nil {
		return Reply{}, true, err
	}
	f := *reply.Form
	intro := []Part{Para(Join(T("⚠️ "), text, T(" What you entered is kept: look it over and send it again.")))}
	if now := others(f.Fields, t.Fields); len(now) > 0 {
		intro = append(intro, Small(T("Now: %s", strings.Join(now, " · "))))
	}
	f.Intro, f.Fields = append(intro, f.Intro...), refilled(f.Fields, t.Fields)
	if o.Version != "" {
		f.State = Seen(f.State, o.Version)
	}
	return Reply{Form: &f, Refused: agency.CodeStale}, true, nil
}

// refilled fills fields with what was entered.
func refilled(fields []Field, entered map[string][]string) []Field {
	fields = slices.Clone(fields)
	for i, f := range fields {
		fields[i].Value = strings.Join(entered[f.Name], "\n")
	}
	return fields
}

// others lists what stands in fields where something else was entered.
func others(fields []Field, entered map[string][]string) (list []string) {
	for _, f := range fields {
		if f.Value != "" && f.Value != strings.Join(entered[f.Name], "\n") {
			list = append(list, f.Label+": "+labels(f.Options, f.Value))
		}
	}
	return list
}

// labels are the words of the options that a value names, or the value itself.
func labels(options []Option, value string) string {
	words := strings.Split(value, "\n")
	for i, w := range words {
		if at := slices.IndexFunc(options, func(o Option) bool { return o.Value == w }); at >= 0 {
			words[i] = options[at].Label
		}
	}
	return strings.Join(words, ", ")
}

// lastDeed goes on with what happened to an object last, and by whom.
func lastDeed(d *agency.Desk, o Object) (Text, error) {
	lines, err := d.History(o.Name, agency.MostRecent)
	if err != nil {
		return nil, err
	}
	last := slices.IndexFunc(lines, func(l agency.AuditLine) bool { return o.Moves == nil || o.Moves(l) })
	if last < 0 {
		return nil, nil
	}
	by := "the desk"
	if lines[last].Member != 0 {
		m, err := d.Member(lines[last].Member)
		if err != nil {
			return nil, err
		}
		by = m.Name
	}
	return Join(T(" Last came %s by %s, ", lines[last].Action, by), When(lines[last].At), T(".")), nil
}
