package bot

import (
	"fmt"
	"strings"

	"liaison/agency"
)

// Message is what a platform shows: a summary (the notification, and the text for those who cannot see the rest) and
// parts in order. Platforms render it within their own limits: long text is split or goes to the thread, never cut silently.
type Message struct {
	Summary string
	Parts   []Part `json:",omitempty"`
	Thread  []Part `json:",omitempty"` // detail that belongs in the message's thread, posted with it the first time
}

// Part is one piece of a message. Exactly one of its fields is set.
type Part struct {
	Heading string   `json:",omitempty"`
	Text    Text     `json:",omitempty"` // a paragraph
	Fields  []Pair   `json:",omitempty"` // label and value side by side
	Note    Text     `json:",omitempty"` // small print: sources, periods, who and when
	Table   *Table   `json:",omitempty"`
	Chart   *Chart   `json:",omitempty"`
	Buttons []Button `json:",omitempty"`
	Select  *Select  `json:",omitempty"`
	Divider bool     `json:",omitempty"`
}

// Pair is a label with its value.
type Pair struct {
	Label string
	Value Text
}

// Text is a line or paragraph in spans. What people wrote goes into spans as it is: the platform escapes it, so no name
// or note can mention, link or format anything.
type Text []Span

// Style is how a span looks.
type Style string

// The styles. Person, Channel, Link and Moment carry their object in Ref.
const (
	Plain   Style = ""
	Bold    Style = "bold"
	Italic  Style = "italic"
	Code    Style = "code"
	Strike  Style = "strike"
	Person  Style = "person"  // Ref: their accounts, blanks between; Text: the name, where the platform cannot mention them
	Channel Style = "channel" // Ref: the channel id
	Link    Style = "link"    // Ref: an https URL
	Moment  Style = "moment"  // Ref: an agency.Instant as a number; Text: the same in words, as fallback
)

// Span is a run of text in one style.
type Span struct {
	Style Style  `json:",omitempty"`
	Text  string `json:",omitempty"`
	Ref   string `json:",omitempty"`
}

// T is plain text, formatted as by fmt.Sprintf.
func T(format string, args ...any) Text {
	if len(args) == 0 {
		return Text{{Text: format}}
	}
	return Text{{Text: fmt.Sprintf(format, args...)}}
}

// B is bold text.
func B(format string, args ...any) Text { return styled(Bold, format, args) }

// I is italic text.
func I(format string, args ...any) Text { return styled(Italic, format, args) }

// C is code: a command to type.
func C(format string, args ...any) Text { return styled(Code, format, args) }

func styled(s Style, format string, args []any) Text {
	t := T(format, args...)
	t[0].Style = s
	return t
}

// When is an instant that the platform shows in the reader's own zone where it can.
func When(i agency.Instant) Text {
	return Text{{Style: Moment, Ref: fmt.Sprint(int64(i)), Text: i.Time().Format("2 Jan 2006 15:04 UTC")}}
}

// Join puts texts one after the other.
func Join(texts ...Text) Text {
	var all Text
	for _, t := range texts {
		all = append(all, t...)
	}
	return all
}

// String is the text without its looks.
func (t Text) String() string {
	var b strings.Builder
	for _, s := range t {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Align is the side on which a column stands.
type Align string

// The sides. Numbers stand right.
const (
	Left  Align = ""
	Right Align = "right"
)

// Column is a column of a table.
type Column struct {
	Name  string
	Align Align `json:",omitempty"`
}

// Table is rows under a caption. Cells are text; numbers come formatted.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]string
}

// ButtonStyle says how much a button stands out.
type ButtonStyle string

// The styles of buttons.
const (
	Default ButtonStyle = ""
	Primary ButtonStyle = "primary"
	Danger  ButtonStyle = "danger"
)

// Button carries a command: pressing it is typing the command with Value behind it. The value is a reference that is
// looked up again when it comes back; it is never trusted.
type Button struct {
	Label   string
	Style   ButtonStyle `json:",omitempty"`
	Command string
	Value   string   `json:",omitempty"`
	Confirm *Confirm `json:",omitempty"`
}

// Confirm asks once more before a press counts.
type Confirm struct {
	Title, Text, Yes, No string
}

// Select is a choice in a message: choosing is typing Command with the option's value behind it.
type Select struct {
	Label   string // read aloud and shown as placeholder
	Command string
	Options []Option `json:",omitempty"`
}

// Option is one choice.
type Option struct {
	Label  string
	Value  string
	Detail string `json:",omitempty"`
}

// Sentence is a message of one sentence; what stands in back-ticks is a command to type.
func Sentence(format string, args ...any) Message {
	t := Sentences(fmt.Sprintf(format, args...))
	return Message{Summary: t.String(), Parts: []Part{{Text: t}}}
}

// Heading is a part that titles a message.
func Heading(format string, args ...any) Part { return Part{Heading: fmt.Sprintf(format, args...)} }

// Para is a part that is a paragraph.
func Para(texts ...Text) Part { return Part{Text: Join(texts...)} }

// Small is a part that is small print.
func Small(texts ...Text) Part { return Part{Note: Join(texts...)} }

// Actions is a part that is a row of buttons.
func Actions(buttons ...Button) Part { return Part{Buttons: buttons} }
