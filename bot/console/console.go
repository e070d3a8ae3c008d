package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// Workspace is the one workspace of the console: ids there are plain names.
const Workspace = "console"

// Room is the console as a platform: a workspace in memory whose channels hold what was posted.
type Room struct {
	// Shown is told of every post and edit, in order.
	Shown func(to agency.Address, m bot.Message, edited bool)

	// Session tells the keys of this room's requests from those of another run of the program.
	Session string

	mu      sync.Mutex
	posts   []*post
	keys    int
	written int // messages that people wrote
	last    bot.Request
}

type post struct {
	id, thread string
	to         agency.Address
	m          bot.Message
}

// Seat is one person at the console, with what only they see.
type Seat struct {
	Who     agency.Identity
	Channel string
	Private *bot.Message // the last answer that they got
	Form    *bot.Form    // the form that is open

	said  bot.Request // the last message that they wrote
	wrote string      // the channel in which they wrote it
}

// NewSeat seats a person, named by their id, in a channel.
func NewSeat(name, channel string) *Seat {
	return &Seat{Who: agency.Identity{Platform: agency.Console, Workspace: Workspace, User: name}, Channel: channel}
}

// Sit seats a person of another platform: the room stands for all of them, and each has workspaces of its own.
func Sit(name, channel string, on agency.Platform) *Seat {
	s := NewSeat(name, channel)
	if on != agency.Console {
		s.Who.Platform, s.Who.Workspace = on, string(on)
	}
	return s
}

// place is the address of a channel of the person's platform.
func (s *Seat) place() agency.Address {
	return agency.Address{Platform: s.Who.Platform, Workspace: s.Who.Workspace, Channel: s.Channel}
}

// Place is the address of a channel of the console.
func Place(channel string) agency.Address {
	return agency.Address{Platform: agency.Console, Workspace: Workspace, Channel: channel}
}

// Name is the platform's name.
func (r *Room) Name() agency.Platform { return agency.Console }

// Ready is always.
func (r *Room) Ready() error { return nil }

// Post keeps and shows a message.
func (r *Room) Post(_ context.Context, d bot.Delivery) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := &post{id: "m" + strconv.Itoa(len(r.posts)+1), thread: d.ThreadID, to: d.To, m: d.Message}
	r.posts = append(r.posts, p)
	r.show(p, false)
	return p.id, nil
}

// Edit puts a message in the place of another.
func (r *Room) Edit(_ context.Context, id string, d bot.Delivery) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.posts, func(p *post) bool { return p.id == id })
	if i < 0 {
		return &bot.SendError{Outcome: bot.Gone, Code: "message_not_found", Err: fmt.Errorf("no message %s", id)}
	}
	r.posts[i].m = d.Message
	r.show(r.posts[i], true)
	return nil
}

func (r *Room) show(p *post, edited bool) {
	if r.Shown != nil {
		r.Shown(p.to, p.m, edited)
	}
}

var atName = regexp.MustCompile(`(^|[\s=])@([\w.-]+)`)

// Line is a typed command as a request.
func (r *Room) Line(s *Seat, line string) bot.Request {
	line = atName.ReplaceAllString(strings.TrimPrefix(strings.TrimSpace(line), "/"), "$1<@$2|$2>")
	first, rest, _ := strings.Cut(line, " ")
	return r.request(s, bot.Request{Kind: bot.Typed, Command: first, Text: rest})
}

// Press is a press of the nth (from 1) button with a label that the person can see, newest message first.
func (r *Room) Press(s *Seat, label string, nth int) (bot.Request, error) {
	for _, v := range r.visible(s) {
		n := 0
		for _, p := range slices.Concat(v.m.Parts, v.m.Thread) {
			for _, b := range p.Buttons {
				if strings.EqualFold(b.Label, label) {
					if n++; n == max(nth, 1) {
						return r.request(s, bot.Request{Kind: bot.Pressed, Command: b.Command, Text: b.Value, MessageID: v.id}), nil
					}
				}
			}
		}
	}
	return bot.Request{}, fmt.Errorf("%s sees no button %q", s.Who.User, label)
}

// Choose is a choice in a select that the person can see.
func (r *Room) Choose(s *Seat, label, option string) (bot.Request, error) {
	for _, v := range r.visible(s) {
		for _, p := range v.m.Parts {
			if p.Select == nil || !strings.EqualFold(p.Select.Label, label) {
				continue
			}
			for _, o := range p.Select.Options {
				if strings.EqualFold(o.Label, option) {
					return r.request(s, bot.Request{Kind: bot.Pressed, Command: p.Select.Command, Text: o.Value, MessageID: v.id}), nil
				}
			}
		}
	}
	return bot.Request{}, fmt.Errorf("%s sees no %q in a select %q", s.Who.User, option, label)
}

// Fill submits the open form with values by field name; what is not given keeps what the form was filled with.
func (r *Room) Fill(s *Seat, values map[string][]string) (bot.Request, error) {
	if s.Form == nil {
		return bot.Request{}, fmt.Errorf("%s has no form open", s.Who.User)
	}
	fields := map[string][]string{}
	for _, f := range s.Form.Fields {
		if f.Value != "" {
			fields[f.Name] = strings.Split(f.Value, "\n")
		}
	}
	for name, v := range values {
		if !slices.ContainsFunc(s.Form.Fields, func(f bot.Field) bool { return f.Name == name }) {
			return bot.Request{}, fmt.Errorf("the form %q has no field %q", s.Form.Title, name)
		}
		fields[name] = v
	}
	return r.request(s, bot.Request{Kind: bot.Sent, Command: s.Form.Command, Text: s.Form.State, Fields: fields}), nil
}

// Home is the person coming to their home page.
func (r *Room) Home(s *Seat) bot.Request { return r.request(s, bot.Request{Kind: bot.CameHome}) }

// Again is the last request once more, as a platform repeats it.
func (r *Room) Again() bot.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// AgainAsAnother is the last request once more, under an id of its own: platforms have been seen to deliver one event under several.
func (r *Room) AgainAsAnother() bot.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last.Key = r.nextKey()
	return r.last
}

// Took lets the person see the answer of a request.
func (s *Seat) Took(reply bot.Reply) {
	switch {
	case reply.Form != nil:
		s.Form = reply.Form
	case reply.Errors != nil: // the form stays open
	default:
		s.Form = nil
	}
	if reply.Message != nil {
		s.Private = reply.Message
	}
	if reply.Home != nil {
		s.Private = reply.Home
	}
}

// nextKey makes the id of a request; the room is locked.
func (r *Room) nextKey() string {
	r.keys++
	return "console:" + r.Session + strconv.Itoa(r.keys)
}

func (r *Room) request(s *Seat, req bot.Request) bot.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	req.Key = r.nextKey()
	req.From, req.FromName, req.Channel = s.Who, s.Who.User, s.place()
	if req.Kind == bot.CameHome {
		req.Channel.Channel = "" // a home page stands in no channel
	}
	r.last = req
	return req
}

// visible lists what a person sees, newest first; what they were told alone has no id.
func (r *Room) visible(s *Seat) []post {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []post
	if s.Private != nil {
		list = append(list, post{m: *s.Private})
	}
	for i := len(r.posts) - 1; i >= 0; i-- {
		list = append(list, *r.posts[i])
	}
	return list
}

// Terminal is the console at a real terminal: one person who types.
type Terminal struct {
	*Room
	Seat *Seat
	In   io.Reader
	Out  io.Writer

	open atomic.Bool
}

// Ready says whether somebody's lines are read.
func (t *Terminal) Ready() error {
	if !t.open.Load() {
		return errors.New("nobody is at the terminal")
	}
	return nil
}

// NewTerminal makes a terminal for a person. session is another one each time the program runs.
func NewTerminal(name, session string, in io.Reader, out io.Writer) *Terminal {
	t := &Terminal{Room: &Room{Session: session + ":"}, Seat: NewSeat(name, "desk"), In: in, Out: out}
	t.Shown = func(to agency.Address, m bot.Message, edited bool) {
		mark := ""
		if edited {
			mark = " (edited)"
		}
		fmt.Fprintf(out, "\n#%s%s\n%s\n", to.Channel, mark, indent(Render(m)))
	}
	return t
}

// ErrEnded is how Run says that the person ended the input.
var ErrEnded = errors.New("the input has ended")

// Run reads lines until ctx is done; it gives ErrEnded when the input ends before.
func (t *Terminal) Run(ctx context.Context, take func(context.Context, bot.Request) bot.Reply) error {
	t.open.Store(true)
	defer t.open.Store(false)
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scan := bufio.NewScanner(t.In); scan.Scan(); {
			select {
			case lines <- scan.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	fmt.Fprintln(t.Out, "You are "+t.Seat.Who.User+" in #desk. Type /help, `press LABEL`, `choose OPTION in LABEL`, or `fill name=value …`; Ctrl-D ends.")
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, ok := <-lines:
			if !ok && ctx.Err() != nil {
				return nil
			}
			if !ok {
				time.Sleep(500 * time.Millisecond) // let what was just decided be shown
				return ErrEnded
			}
			t.line(ctx, line, take)
		}
	}
}

func (t *Terminal) line(ctx context.Context, line string, take func(context.Context, bot.Request) bot.Reply) {
	req, err := t.read(line)
	if err != nil {
		fmt.Fprintln(t.Out, err)
		return
	}
	if req.Kind == "" {
		return
	}
	reply := take(ctx, req)
	t.Seat.Took(reply)
	if reply.Public && reply.Message != nil && t.Shown != nil {
		t.Shown(req.Channel, *reply.Message, false)
		return
	}
	if text := Answer(reply); text != "" {
		fmt.Fprintln(t.Out, indent(text))
	}
}

func (t *Terminal) read(line string) (bot.Request, error) {
	verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch {
	case verb == "":
		return bot.Request{}, nil
	case strings.HasPrefix(verb, "/"):
		return t.Line(t.Seat, line), nil
	case verb == "home":
		return t.Home(t.Seat), nil
	case verb == "press":
		return t.Press(t.Seat, rest, 1)
	case verb == "choose":
		option, label, _ := strings.Cut(rest, " in ")
		return t.Choose(t.Seat, label, option)
	case verb == "fill":
		values := map[string][]string{}
		for _, w := range bot.Words(rest) {
			if name, value, ok := strings.Cut(w, "="); ok {
				values[name] = strings.Split(value, ",")
			}
		}
		return t.Fill(t.Seat, values)
	}
	return bot.Request{}, fmt.Errorf("commands start with a slash: /help")
}

// Answer draws a reply.
func Answer(r bot.Reply) string {
	switch {
	case r.Message != nil:
		return Render(*r.Message)
	case r.Home != nil:
		return Render(*r.Home)
	case r.Form != nil:
		return RenderForm(*r.Form)
	case r.Errors != nil:
		var lines []string
		for name, why := range r.Errors {
			lines = append(lines, name+": "+bot.OneLine(why))
		}
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	}
	return ""
}

func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }
