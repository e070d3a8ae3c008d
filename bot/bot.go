// Package bot is the chat vocabulary of the desk: requests, commands, replies, messages and forms as neutral values,
// the router that runs each interaction once, the sender that posts what was decided, and errors turned into words.
//
// It knows no platform. bot/slack, bot/discord and bot/console translate to and from it; handlers and reminders speak it.
package bot

import (
	"context"
	"time"

	"liaison/agency"
)

// Kind is what a person did.
type Kind string

// The kinds of request.
const (
	Typed    Kind = "typed"   // a command was typed
	Pressed  Kind = "pressed" // a button was pressed or an option chosen; Text is the button's value
	Sent     Kind = "sent"    // a form was submitted; Fields has what was entered, Text the form's State
	Asked    Kind = "asked"   // a select asks for options; Field and Query say which
	CameHome Kind = "home"    // a person opened the desk's home page
	Said     Kind = "said"    // a person wrote, changed or deleted a message in the thread of one of the desk's own
)

// Request is one interaction, as every platform hands it to the router. All of it is untrusted input, except From and
// Key, which the platform vouches for.
type Request struct {
	Key       string // unique: the platform and its own id of the interaction
	Attempt   string `json:",omitempty"` // where Key is made of what was sent: the platform's id of this one attempt; a refusal is kept under both
	Kind      Kind
	From      agency.Identity
	FromName  string         // display name, as far as the platform says it
	Granted   []agency.Role  `json:",omitempty"` // roles that the platform vouches for at this moment, by the operator's mapping
	Channel   agency.Address // where; Channel empty on a home page
	Command   string         // "seller onboard"; for Typed the platform may give only the first word ("seller")
	Text      string         // the rest of the words, the button's value, or the form's State
	Seen      string         `json:",omitempty"` // Pressed, Sent: the version that the button or the form was drawn from, if it carries one; the router fills it in
	Fields    map[string][]string
	Names     map[string]string `json:",omitempty"` // user id → display name of the people picked in Fields, as far as known
	Field     string            // Asked: the field's name
	Query     string            // Asked: what was typed so far
	Zone      string            // the person's IANA time zone, if the platform knows it
	MessageID string            // the message whose button was pressed, or the one that was said
	ThreadID  string            `json:",omitempty"` // Said: the desk's message in whose thread it stands, or to which it replies
	Change    Change            `json:",omitempty"` // Said: whether it is new, changed or deleted
	Ref       string            `json:",omitempty"` // Said: what that message of the desk is about; the router fills it in
	Private   bool              // that message is one that only the person sees; Said: it stands in direct messages with the desk
	FormID    string            // the open form from which this came, if any (Slack view id)
	ReplyTo   string            // the platform's own handle for answering (Slack response_url)
	Trigger   string            // the platform's own handle for opening a form (Slack trigger_id)
}

// ToTheDesk is heard of what people write to the desk in direct messages where nothing else listens.
const ToTheDesk = "to the desk"

// Change is what became of something that was said.
type Change string

// The changes.
const (
	New     Change = ""
	Edited  Change = "edited"
	Deleted Change = "deleted"
)

// Reply is the answer to a request. At most one of Message, Form, Errors, Options and Home is set; an empty reply is a
// silent yes (the card that was pressed is redrawn by the outbox).
type Reply struct {
	Message *Message          `json:",omitempty"` // for the person alone, unless Public
	Public  bool              `json:",omitempty"`
	Replace bool              `json:",omitempty"` // Message takes the place of the private message whose button was pressed
	Form    *Form             `json:",omitempty"` // open this form (or put it in place of the form that was submitted)
	Errors  map[string]string `json:",omitempty"` // the form stays open with these sentences beside its fields
	Options []Option          `json:",omitempty"`
	Home    *Message          `json:",omitempty"`
	Once    bool              `json:",omitempty"` // it has a secret: it is shown now and not kept, so a repeat is told to ask again
	Refused agency.Code       `json:",omitempty"` // the code, when the answer is a refusal
}

// Tell replies with a message for the person alone.
func Tell(m Message) Reply { return Reply{Message: &m} }

// TellAll replies with a message for the whole channel.
func TellAll(m Message) Reply { return Reply{Message: &m, Public: true} }

// Say replies with one sentence for the person alone.
func Say(format string, args ...any) Reply { return Tell(Sentence(format, args...)) }

// Open replies with a form.
func Open(f Form) Reply { return Reply{Form: &f} }

// Turn is one run of a command: the request and the unit of work in which it is answered.
type Turn struct {
	Request
	Desk *agency.Desk
	All  []Command // every command, for help

	Health func() []Component // how the parts of the desk are, for commands that only read
}

// Component is a part of the desk that must be well for it to be ready: the records, a platform, a loop.
type Component struct {
	Name string
	Err  error // why it is not well
}

// Command is one thing that people can do: `/seller onboard`. Buttons and forms carry the name of a command too, so
// whatever can be pressed can also be typed.
type Command struct {
	Name     string       // feature and action: "seller onboard"; a single word stands alone: "help"
	Summary  string       // one line, no full stop
	Usage    string       // what follows the name: "S-12 [5]"
	Args     []Argument   // the same for platforms that ask for each by itself; nil: one line of text, where there is a Usage
	Examples []string     // whole lines: "/seller show S-12"
	Right    agency.Right // who is offered it in help; the use case checks again
	Reads    bool         // it only reads: no transaction is written, a repeat reads again
	Unlisted bool         // it is pressed, not typed: not in help
	Heavy    bool         // it changes very many records: see agency.Heavy
	Run      func(*Turn) (Reply, error)
	Submit   func(*Turn) (Reply, error)    // a form with this command's name was submitted
	Suggest  func(*Turn) ([]Option, error) // a select of such a form, or an argument by its name, asks for options
	Hears    string                        // the kind of message in whose thread it listens, or ToTheDesk: what is Said there is run with it
	About    func(*Turn) (Object, error)   // what a press or a form is about, so that an old one is noticed; Text is the button's value or the form's State; nil: the use case notices
}

// View draws what was decided: the card or note of an outgoing message, from the newest state.
type View func(d *agency.Desk, o agency.Outgoing) (Message, error)

// Delivery is one message on its way to a platform.
type Delivery struct {
	To       agency.Address
	Message  Message
	Kind     string // the outbox row's kind and id travel with the message, so that it can be found again
	RowID    int64
	ThreadID string    // post in the thread of this message; empty: in the channel
	Pages    int       // of its thread that are out, for a Completer
	Doubt    bool      // the page behind those may be out too
	Repeats  bool      // that page may have come before: it says so
	LastPost time.Time // when the channel's last message went out, whoever posted it: for a Pacer
}

// Platform is one chat platform.
type Platform interface {
	Name() agency.Platform
	// Run receives until ctx is done. It gives nil when it was told to stop.
	Run(ctx context.Context, take func(context.Context, Request) Reply) error
	// Ready says whether the platform can take and post right now, and why not.
	Ready() error
	// Post posts a message and gives the platform's id of it. Its error is a *SendError where the platform answered.
	Post(ctx context.Context, d Delivery) (messageID string, err error)
	// Edit puts a message in the place of a posted one.
	Edit(ctx context.Context, messageID string, d Delivery) error
}
