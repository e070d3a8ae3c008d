package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"liaison/agency"
	"liaison/agency/seed"
	"liaison/bot"
	"liaison/handlers"
	"liaison/reminders"
)

// What fits into a button everywhere.
const (
	maxValue  = 2000 // bytes
	maxOption = 150  // bytes, of an option's value
	maxLabel  = 75   // characters
)

// inspector looks at everything that the desk draws, as a platform would: what it is given to post, and what people get
// as answers. A button that leads nowhere is found here, before somebody presses it.
type inspector struct {
	t        *testing.T
	desk     *desk
	commands []string
	posting  sync.Mutex // the sender posts in several channels at once
	drawn    int
	keys     int
	seen     map[string]bool                   // presses by who and what
	pressed  map[string]int                    // presses by who and command
	opened   map[string]bool                   // commands that answered with a form
	excused  map[string]bool                   // see twice
	refused  int                               // cards that were refused, so that what is done about them is seen too
	shown    func(where string, m bot.Message) // also looks at each message; nil: nobody does
}

func (in *inspector) Name() agency.Platform { return agency.Slack }
func (in *inspector) Ready() error          { return nil }

func (in *inspector) Run(ctx context.Context, _ func(context.Context, bot.Request) bot.Reply) error {
	<-ctx.Done()
	return nil
}

func (in *inspector) Post(_ context.Context, d bot.Delivery) (string, error) {
	in.posting.Lock()
	defer in.posting.Unlock()
	in.keys++
	if d.Kind == agency.CaseCard && in.refused < 2 {
		in.refused++
		return "", &bot.SendError{Outcome: bot.Refused, Code: "is_archived", Err: errors.New("is_archived")}
	}
	in.message("posted "+d.Kind, d.Message)
	return fmt.Sprintf("m%d", in.keys), nil
}

func (in *inspector) Edit(_ context.Context, _ string, d bot.Delivery) error {
	in.posting.Lock()
	defer in.posting.Unlock()
	in.message("redrawn "+d.Kind, d.Message)
	return nil
}

// press is something that can be pressed or chosen.
type press struct{ command, value string }

// message checks a message and gives what can be pressed on it.
func (in *inspector) message(where string, m bot.Message) []press {
	in.drawn++
	if in.shown != nil {
		in.shown(where, m)
	}
	if m.Summary == "" {
		in.t.Errorf("%s: the message has no summary", where)
	}
	return in.parts(where, slices.Concat(m.Parts, m.Thread))
}

func (in *inspector) parts(where string, parts []bot.Part) (list []press) {
	for _, p := range parts {
		for _, b := range p.Buttons {
			in.check(where, b.Label, b.Command, b.Value, maxValue)
			in.versioned(where, b.Label, b.Command, b.Value)
			list = append(list, press{b.Command, b.Value})
		}
		if p.Select == nil {
			continue
		}
		in.check(where, p.Select.Label, p.Select.Command, "", maxOption)
		for _, o := range p.Select.Options {
			in.check(where, o.Label, p.Select.Command, o.Value, maxOption)
			in.versioned(where, o.Label, p.Select.Command, o.Value)
			list = append(list, press{p.Select.Command, o.Value})
		}
	}
	return list
}

func (in *inspector) check(where, label, command, value string, most int) {
	what := fmt.Sprintf("%s: “%s” (%s %s)", where, label, command, value)
	if !slices.Contains(in.commands, command) {
		in.t.Errorf("%s leads to no command", what)
	}
	if len(value) > most {
		in.t.Errorf("%s: the value has %d bytes; at most %d", what, len(value), most)
	}
	if n := utf8.RuneCountInString(label); n == 0 || n > maxLabel {
		in.t.Errorf("%s: the label has %d characters; 1 to %d", what, n, maxLabel)
	}
}

func (in *inspector) form(where string, f bot.Form) []press {
	in.drawn++
	in.check(where+", the form", f.Title, f.Command, f.State, maxValue)
	if !in.canSubmit(f.Command) && len(f.Fields) > 0 {
		in.t.Errorf("%s: the form %q goes to %q, which takes no form", where, f.Title, f.Command)
	}
	for _, q := range f.Fields {
		for _, o := range q.Options {
			in.check(where+", the field "+q.Name, o.Label, f.Command, o.Value, maxOption)
		}
	}
	in.opened[f.Command] = true
	return in.parts(where+", the form", f.Intro)
}

func (in *inspector) canSubmit(command string) bool {
	return slices.ContainsFunc(in.desk.router.Commands, func(c bot.Command) bool { return c.Name == command && c.Submit != nil })
}

// take lets somebody do something and gives what can be pressed on the answer.
func (in *inspector) take(who string, req bot.Request) []press {
	return in.takeOf(identity(who), place("C0WEEKLY"), req)
}

func (in *inspector) takeOf(who agency.Identity, at agency.Address, req bot.Request) []press {
	in.keys++
	req.Key, req.From, req.FromName = fmt.Sprintf("inspector:%d", in.keys), who, who.User
	req.Channel, req.Zone = at, "Europe/London"
	where := fmt.Sprintf("%s %s /%s %s", who.User, req.Kind, req.Command, req.Text)
	reply := in.desk.router.Take(in.t.Context(), req)
	if reply.Refused == agency.CodeInternal || reply.Refused == agency.CodeUnavailable {
		in.t.Errorf("%s: %s", where, reply.Message.Summary)
	}
	if reply.Refused == agency.CodeInvalid && req.Kind == bot.Pressed {
		in.t.Errorf("%s: a button of our own is not understood: %s", where, reply.Message.Summary)
	}
	var list []press
	if reply.Message != nil {
		list = append(list, in.message(where, *reply.Message)...)
	}
	if reply.Home != nil {
		list = append(list, in.message(where, *reply.Home)...)
	}
	if reply.Form != nil {
		list = append(list, in.form(where, *reply.Form)...)
	}
	return list
}

// pressesEach is how often one person presses the buttons of one command.
const pressesEach = 4

// follow presses what can be pressed, and then what can be pressed on the answers.
func (in *inspector) follow(who string, list []press) {
	for len(list) > 0 {
		p := list[0]
		list = list[1:]
		id := who + " " + p.command
		if in.seen[id+" "+p.value] || in.pressed[id] >= pressesEach {
			continue
		}
		in.seen[id+" "+p.value] = true
		in.pressed[id]++
		list = append(list, in.take(who, bot.Request{Kind: bot.Pressed, Command: p.command, Text: p.value})...)
	}
}

// cards draws every card of the records and gives what can be pressed on them.
func (in *inspector) cards() (list []press) {
	err := in.desk.agency.Look(in.t.Context(), agency.System, func(d *agency.Desk) error {
		refs, err := cardRefs(d)
		if err != nil {
			return err
		}
		for kind, some := range refs {
			if len(some) == 0 {
				in.t.Errorf("there is nothing to draw as %s", kind)
			}
			for _, ref := range some {
				m, err := in.desk.sender.Views[kind](d, agency.Outgoing{To: place("C0WEEKLY"), Kind: kind, Ref: ref})
				if err != nil {
					return fmt.Errorf("drawing %s %s: %w", kind, ref, err)
				}
				list = append(list, in.message(kind+" "+ref, m)...)
			}
		}
		return nil
	})
	if err != nil {
		in.t.Fatal(err)
	}
	return list
}

// cardRefs is what there is of each kind of card.
func cardRefs(d *agency.Desk) (map[string][]string, error) {
	const all = 100_000
	refs := map[string][]string{}
	sellers, _, err := d.Sellers(agency.SellerFilter{Limit: all})
	if err != nil {
		return nil, err
	}
	for _, s := range sellers {
		refs[agency.SellerCard] = append(refs[agency.SellerCard], s.ID.String())
	}
	cases, _, err := d.Cases(agency.CaseFilter{Limit: all})
	if err != nil {
		return nil, err
	}
	for _, c := range cases {
		refs[agency.CaseCard] = append(refs[agency.CaseCard], c.ID.String())
	}
	runs, _, err := d.Payouts(all, 0)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		refs[agency.PayoutCard] = append(refs[agency.PayoutCard], r.ID.String())
	}
	applications, _, err := d.Applications(true, all, 0)
	if err != nil {
		return nil, err
	}
	for _, a := range applications {
		refs[agency.ApplicationCard] = append(refs[agency.ApplicationCard], a.ID.String())
	}
	for _, s := range sellers {
		matches, _, err := d.Matches(agency.MatchFilter{Seller: s.ID, Limit: all})
		if err != nil {
			return nil, err
		}
		for _, m := range matches {
			if ref := m.Shortlist.String(); m.Shortlist != 0 && !slices.Contains(refs[agency.ShortlistCard], ref) {
				refs[agency.ShortlistCard] = append(refs[agency.ShortlistCard], ref)
			}
		}
	}
	return refs, nil
}

// sendAll posts what waits, as the running desk would.
func (in *inspector) sendAll() {
	for {
		n, err := in.desk.sender.Step(in.t.Context())
		if err != nil {
			in.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// inspected opens the seeded desk of the demo under an inspector, with the day's cards waiting to be posted.
func inspected(t *testing.T, now *time.Time) *inspector {
	t.Helper()
	faults := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	own := settings{DB: "sqlite://" + filepath.Join(t.TempDir(), "desk.db"), Name: "Northlight", Zone: "UTC"}
	d, err := openDesk(t.Context(), own, faults, func() time.Time { return *now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := fill(t.Context(), d.agency, seed.Make(7, 6, *now, d.agency.Rules)); err != nil {
		t.Fatal(err)
	}
	if err := (&demo{desk: d}).openTheDay(t.Context()); err != nil {
		t.Fatal(err)
	}
	in := &inspector{t: t, desk: d, seen: map[string]bool{}, pressed: map[string]int{}, opened: map[string]bool{}, excused: map[string]bool{}}
	for _, c := range handlers.All() {
		in.commands = append(in.commands, c.Name)
	}
	d.sender.Platforms = []bot.Platform{in, onDiscord{in}}
	d.router.Patience = time.Minute // nobody waits, and the race detector is slow
	return in
}

// TestEveryButtonLeadsSomewhere draws all that the demo's desk can draw, before and after its people have pressed their
// way through it, and through two weeks of reminders.
func TestEveryButtonLeadsSomewhere(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	in := inspected(t, &now)
	in.creators(t)
	in.sendAll()
	in.creatorsPress()
	onCards := in.cards()
	forms := slices.DeleteFunc(slices.Clone(onCards), func(p press) bool { return !in.canSubmit(p.command) })
	for _, p := range people {
		in.follow(p.id, forms) // first: what they ask is decided by the other buttons
	}
	for _, p := range people {
		in.follow(p.id, in.take(p.id, bot.Request{Kind: bot.CameHome}))
		for _, c := range handlers.All() {
			in.follow(p.id, in.take(p.id, bot.Request{Kind: bot.Typed, Command: c.Name}))
			for _, line := range c.Examples {
				first, rest, _ := strings.Cut(strings.TrimPrefix(line, "/"), " ")
				in.follow(p.id, in.take(p.id, bot.Request{Kind: bot.Typed, Command: first, Text: rest}))
			}
		}
		in.follow(p.id, onCards)
	}
	for range 14 {
		now = now.Add(24 * time.Hour)
		if err := reminders.Tick(t.Context(), in.desk.agency); err != nil {
			t.Fatal(err)
		}
		in.sendAll()
	}
	in.cards()
	for _, p := range people {
		in.take(p.id, bot.Request{Kind: bot.CameHome})
	}
	for _, c := range in.desk.router.Commands {
		if c.Submit != nil && !in.opened[c.Name] {
			t.Errorf("nothing in the demo opens the form of %q", c.Name)
		}
	}
	for at, why := range twice {
		if !in.excused[at] {
			t.Errorf("nothing in the demo draws a button %q without a version, which is excused because it %s", at, why)
		}
	}
	t.Logf("%d messages and forms were drawn, %d things pressed", in.drawn, len(in.seen))
}
