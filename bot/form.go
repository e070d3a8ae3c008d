package bot

import "liaison/agency"

// Form is a set of questions (a modal on Slack). Submitting it comes back as a Request of kind Sent with the same
// Command; State comes back as its Text.
type Form struct {
	Command string
	Title   string // at most 24 characters
	Submit  string // the button; "Save" if empty
	State   string `json:",omitempty"` // which object it is about, as a reference that is looked up again
	Intro   []Part `json:",omitempty"` // shown above the questions; Fields may then be empty: a read-only form
	Fields  []Field
}

// FieldKind is how a question is answered.
type FieldKind string

// The kinds of field.
const (
	Line       FieldKind = "line"      // one line of text
	Paragraph  FieldKind = "paragraph" // several lines
	Choice     FieldKind = "choice"    // one of Options
	Choices    FieldKind = "choices"   // any of Options
	LookUp     FieldKind = "lookup"    // one of what the command's Suggest finds
	PersonPick FieldKind = "person"    // a member of the workspace; the value is their user id
	Day        FieldKind = "day"       // a date, 2026-11-23
)

// Field is one question.
type Field struct {
	Name     string // the key in Request.Fields
	Label    string
	Kind     FieldKind
	Optional bool     `json:",omitempty"`
	Hint     string   `json:",omitempty"`
	Value    string   `json:",omitempty"` // what it is filled with; for Choices separated by newlines
	Options  []Option `json:",omitempty"`
	Max      int      `json:",omitempty"` // most characters; 0: the platform's limit
}

// Value is the entered value of a field, trimmed of nothing: empty when it was not filled.
func (r Request) Value(name string) string {
	if v := r.Fields[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Picked is the person picked in a PersonPick field, with their display name as far as the platform knows it.
func (t *Turn) Picked(field string) (who agency.Identity, name string) {
	user := t.Value(field)
	return agency.Identity{Platform: t.From.Platform, Workspace: t.Channel.Workspace, User: user}, t.Names[user]
}
