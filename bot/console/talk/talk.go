// Package talk plays conversations (.talk files) against the desk: who types or presses what, and what everybody then sees.
// They are the tests of commands, on every database, and read as their specification.
//
//	# A comment.
//	cast ana: sellers                 a person with roles
//	cast mia on discord: stranger     a person of another platform, whom the desk has not met; nobody: without a role
//	cast mia on discord: creator mia.glow   one of the agency's creators, with that handle
//	given creators                    puts records in place that no command makes (World.Given)
//	at 2026-11-23 09:00               sets the clock (UTC); reminders due by then are posted
//	ana > /seller list                types, in #desk
//	vic in #finance > /payout run     types in another channel
//	ana presses Approve               presses the newest such button that she can see; "Approve (2)" the second on it
//	ana chooses Bank account in Tick  chooses in a select
//	ana fills in                      submits the open form with the lines below
//	    shop: Glow Lab
//	ana goes home                     opens the home page
//	the platform refuses #ops: is_archived
//	the platform loses #ops           it takes a post and its answer is lost, so that nobody knows; once
//	the platform takes #ops           all is well again
//	again                             the platform delivers the last request once more
//	again under another id            it does so as if it were another one
//	  | what is seen                  the answer to the person, then what was posted
package talk

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/console"
)

var update = flag.Bool("update", false, "rewrite goldens and conversations with what is seen")

// World is the desk that a conversation is played against.
type World struct {
	Agency *agency.Agency
	Router *bot.Router
	Sender *bot.Sender
	Clock  *Clock
	Tick   func(context.Context) error                  // runs the reminders that are due; nil: none
	Given  func(ctx context.Context, name string) error // puts named records in place that no command makes; nil: none
}

// Clock is a clock that stands until it is set.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes a clock that stands at a time.
func NewClock(at time.Time) *Clock { return &Clock{now: at} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = at
}

// Play plays a file and compares what is seen with what it says. With -update the file is rewritten (on the first
// database only: the second must agree).
func Play(t *testing.T, path string, w World) {
	t.Helper()
	script, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := player{t: t, w: w, room: &console.Room{}, seats: map[string]*console.Seat{}}
	p.room.Shown = p.posted
	p.trouble = map[string]string{}
	for _, name := range []agency.Platform{agency.Console, agency.Slack, agency.Discord} {
		w.Sender.Platforms = append(w.Sender.Platforms, terminal{Room: p.room, name: name, trouble: p.trouble, granted: p.granted})
	}
	w.Sender.Queue = inTurn{w.Sender.Queue}
	w.Sender.Start()
	got := p.play(string(script))
	if got == string(script) {
		return
	}
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s: what is seen differs (run with -update to rewrite, then read the change):\n%s", path, difference(string(script), got))
}

// terminal is the room as one of the platforms; it receives nothing by itself, and in some channels there is trouble.
type terminal struct {
	*console.Room
	name    agency.Platform
	granted func(bot.RoleGrant)
	trouble map[string]string // channel to the code of a refusal; "lost" for an answer that is lost
}

const lost = "lost"

// Name is the platform that the room stands for.
func (t terminal) Name() agency.Platform { return t.name }

// Grant says what a person is given, unless the platform refuses "roles of" that person.
func (t terminal) Grant(_ context.Context, g bot.RoleGrant) error {
	if code := t.trouble["roles of "+g.Who.User]; code != "" {
		return &bot.SendError{Outcome: bot.Refused, Code: code, Err: errors.New(code)}
	}
	t.granted(g)
	return nil
}

// Post posts unless there is trouble.
func (t terminal) Post(ctx context.Context, d bot.Delivery) (string, error) {
	code := t.trouble[d.To.Channel]
	switch code {
	case "":
		return t.Room.Post(ctx, d)
	case lost:
		delete(t.trouble, d.To.Channel)
		if _, err := t.Room.Post(ctx, d); err != nil {
			return "", err
		}
		return "", &bot.SendError{Outcome: bot.Unknown, Code: "no_answer", Err: errors.New("the answer is lost")}
	}
	return "", &bot.SendError{Outcome: bot.Refused, Code: code, Err: errors.New(code)}
}

// Edit edits unless the channel is refused.
func (t terminal) Edit(ctx context.Context, id string, d bot.Delivery) error {
	if code := t.trouble[d.To.Channel]; code != "" && code != lost {
		return &bot.SendError{Outcome: bot.Refused, Code: code, Err: errors.New(code)}
	}
	return t.Room.Edit(ctx, id, d)
}

func (terminal) Run(ctx context.Context, _ func(context.Context, bot.Request) bot.Reply) error {
	<-ctx.Done()
	return nil
}

// inTurn hands out one message at a time, so that what is seen in several channels has an order.
type inTurn struct{ bot.Queue }

func (q inTurn) ClaimOutgoing(ctx context.Context, sender string, now, lost agency.Instant, _ int, on ...agency.Platform) ([]agency.Delivery, error) {
	return q.Queue.ClaimOutgoing(ctx, sender, now, lost, 1, on...)
}

type player struct {
	t     *testing.T
	w     World
	room  *console.Room
	seats map[string]*console.Seat
	mu    sync.Mutex
	seen  []shown // posts since the last step
	who   *console.Seat

	trouble map[string]string
}

// shown is one post as it is seen. A sender's step posts to many channels at once, so posts are told in the order of
// their channels, and within a channel as they came.
type shown struct {
	channel string
	lines   []string
}

func (p *player) posted(to agency.Address, m bot.Message, edited bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	mark := ""
	if edited {
		mark = " (edited)"
	}
	lines := []string{"#" + to.Channel + platformMark(to.Platform) + mark}
	for _, l := range strings.Split(console.Render(m), "\n") {
		lines = append(lines, "  "+l)
	}
	p.seen = append(p.seen, shown{to.Channel, lines})
}

// platformMark says where something is seen, where it is not the console itself.
func platformMark(on agency.Platform) string {
	if on == agency.Console {
		return ""
	}
	return " on " + string(on)
}

func (p *player) granted(g bot.RoleGrant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what := "gets"
	if !g.Give {
		what = "loses"
	}
	p.seen = append(p.seen, shown{g.Who.User, []string{fmt.Sprintf("%s%s %s what belongs to the role %s", g.Who.User, platformMark(g.Who.Platform), what, g.Role)}})
}

func (p *player) play(script string) string {
	var out []string
	lines := strings.Split(strings.TrimRight(script, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if strings.HasPrefix(line, "  |") {
			continue // what was seen last time
		}
		out = append(out, line)
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		values := map[string][]string{}
		for i+1 < len(lines) && strings.HasPrefix(lines[i+1], "    ") {
			i++
			out = append(out, lines[i])
			name, value, _ := strings.Cut(strings.TrimSpace(lines[i])+" ", ": ")
			values[name] = strings.Split(strings.TrimSpace(value), " + ")
		}
		for _, l := range p.step(line, values) {
			out = append(out, strings.TrimRight("  | "+l, " "))
		}
	}
	return strings.Join(out, "\n") + "\n"
}

var step = regexp.MustCompile(`^(\w+)(?: in #(\w+))? (>|presses|chooses|fills in|goes home|writes|replies|changes it to|takes it back)\s*(.*)$`)

func (p *player) step(line string, values map[string][]string) []string {
	ctx := context.Background()
	if name, roles, ok := strings.Cut(strings.TrimPrefix(line, "cast "), ":"); ok && strings.HasPrefix(line, "cast ") {
		p.cast(ctx, name, roles)
		return nil
	}
	if at, ok := strings.CutPrefix(line, "at "); ok {
		when, err := time.Parse("2006-01-02 15:04", at)
		p.must(line, err)
		p.w.Clock.Set(when)
		return p.settle(ctx, true)
	}
	if name, ok := strings.CutPrefix(line, "given "); ok {
		if p.w.Given == nil {
			p.t.Fatalf("%s: this world has nothing to give", line)
		}
		p.must(line, p.w.Given(ctx, name))
		return nil
	}
	if rest, ok := strings.CutPrefix(line, "the platform "); ok {
		p.meddle(line, rest)
		return nil
	}
	if line == "again" {
		return p.take(ctx, p.room.Again())
	}
	if line == "again under another id" {
		return p.take(ctx, p.room.AgainAsAnother())
	}
	m := step.FindStringSubmatch(line)
	if m == nil {
		p.t.Fatalf("cannot read %q", line)
	}
	seat := p.seat(m[1])
	if direct := seat.Channel == seat.Who.User && m[3] == "presses"; !direct { // what was answered in direct messages is pressed there
		seat.Channel = "desk"
	}
	if m[2] != "" {
		seat.Channel = m[2]
	}
	req, err := p.request(seat, m[3], m[4], values)
	p.must(line, err)
	p.who = seat
	return p.take(ctx, req)
}

// meddle brings trouble to a channel, or takes it away.
func (p *player) meddle(line, rest string) {
	verb, where, _ := strings.Cut(rest, " ") // a channel, or "roles of" a person
	channel, code, _ := strings.Cut(strings.TrimPrefix(where, "#"), ": ")
	switch verb {
	case "refuses":
		p.trouble[channel] = code
	case "loses":
		p.trouble[channel] = lost
	case "takes":
		delete(p.trouble, channel)
	default:
		p.t.Fatalf("cannot read %q", line)
	}
}

var nth = regexp.MustCompile(`^(.*) \((\d+)\)$`)

func (p *player) request(s *console.Seat, verb, rest string, values map[string][]string) (bot.Request, error) {
	switch verb {
	case ">":
		return p.room.Line(s, rest), nil
	case "presses":
		n := 1
		if m := nth.FindStringSubmatch(rest); m != nil {
			rest = m[1]
			n, _ = strconv.Atoi(m[2])
		}
		return p.room.Press(s, rest, n)
	case "chooses":
		option, label, _ := strings.Cut(rest, " in ")
		return p.room.Choose(s, label, option)
	case "fills in":
		return p.room.Fill(s, values)
	case "writes", "replies":
		if s.Channel == "desk" {
			s.Channel = s.Who.User
		}
		return p.room.Write(s, rest, verb == "replies")
	case "changes it to", "takes it back":
		return p.room.Rewrite(s, rest)
	}
	return p.room.Home(s), nil
}

func (p *player) take(ctx context.Context, req bot.Request) []string {
	reply := p.w.Router.Take(ctx, req)
	p.who.Took(reply)
	var lines []string
	if text := console.Answer(reply); text != "" {
		head := p.who.Who.User + " sees"
		if reply.Public {
			head = "everybody in #" + req.Channel.Channel + " sees"
		}
		lines = append(lines, head)
		for _, l := range strings.Split(text, "\n") {
			lines = append(lines, "  "+l)
		}
	}
	return append(lines, p.settle(ctx, false)...)
}

// settle posts all that is waiting and gives what was shown.
func (p *player) settle(ctx context.Context, tick bool) []string {
	if tick && p.w.Tick != nil {
		p.must("tick", p.w.Tick(ctx))
	}
	for {
		n, err := p.w.Sender.Step(ctx)
		p.must("posting", err)
		if n == 0 {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	slices.SortStableFunc(p.seen, func(a, b shown) int { return strings.Compare(a.channel, b.channel) })
	var lines []string
	for _, s := range p.seen {
		lines = append(lines, s.lines...)
	}
	p.seen = nil
	return lines
}

func (p *player) cast(ctx context.Context, name, roles string) {
	name, on, elsewhere := strings.Cut(name, " on ")
	if elsewhere {
		p.seats[name] = console.Sit(name, "desk", agency.Platform(on))
	}
	seat := p.seat(name)
	if handle, ok := strings.CutPrefix(strings.TrimSpace(roles), "creator "); ok {
		p.bind(ctx, seat, handle)
		return
	}
	err := p.w.Agency.Do(ctx, agency.System, func(d *agency.Desk) error {
		if strings.TrimSpace(roles) == "stranger" {
			return nil // the desk has never met them
		}
		if _, err := d.Meet(seat.Who, name); err != nil {
			return err
		}
		for _, word := range strings.Split(roles, ",") {
			if strings.TrimSpace(word) == "nobody" {
				continue
			}
			role, err := agency.ParseRole(word)
			if err != nil {
				return err
			}
			if _, err := d.Grant(seat.Who, name, role); err != nil {
				return err
			}
		}
		return nil
	})
	p.must("cast "+name, err)
}

// bind makes a person one of the agency's creators, as an application that is approved does; what it says is not shown.
func (p *player) bind(ctx context.Context, seat *console.Seat, handle string) {
	var a agency.Application
	err := p.w.Agency.Do(ctx, seat.Who, func(d *agency.Desk) (err error) {
		d.Introduce(seat.Who.User)
		a, err = d.Apply(agency.NewApplication{Handle: handle, Region: "US", Language: "English", Categories: []string{"Beauty"}, Formats: []string{"video"},
			Samples: []string{"https://www.tiktok.com/@" + handle}, Agreed: true})
		return err
	})
	p.must("applying", err)
	p.must("approving", p.w.Agency.Do(ctx, agency.System, func(d *agency.Desk) error {
		_, _, err := d.ApproveApplication(a.ID)
		return err
	}))
	p.settle(ctx, false)
}

func (p *player) seat(name string) *console.Seat {
	if p.seats[name] == nil {
		p.seats[name] = console.NewSeat(name, "desk")
	}
	return p.seats[name]
}

func (p *player) must(what string, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

// difference shows the first lines in which two texts differ.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		if i >= len(w) || i >= len(g) || w[i] != g[i] {
			from := max(0, i-3)
			return fmt.Sprintf("line %d\nwant:\n%s\ngot:\n%s", i+1, strings.Join(w[from:min(len(w), i+12)], "\n"), strings.Join(g[from:min(len(g), i+12)], "\n"))
		}
	}
	return "(nothing)"
}
