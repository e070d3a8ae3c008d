package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"liaison/bot/sandbox"
)

// load is what the people do, all at once and on and on.
type load struct {
	workspace *workspace
	seed      uint64
	times     int          // how many of each person are at work
	number    atomic.Int64 // makes names that are used once
	sellers   atomic.Int64 // how many sellers there are, roughly: people name them by number
	crowded   atomic.Bool  // much waits to be posted: nothing new is begun
	calm      sync.WaitGroup
}

// act is one thing that a person does. Nobody minds when the desk is away: they try something else.
type act func(l *load, p *person)

// person is somebody at work.
type person struct {
	member
	choose *rand.Rand
}

// work is what each job does, at random: what is new, and what only changes a card that is there.
var work = map[string]struct{ begin, goOn []act }{
	"admin":      {[]act{onboardTyped}, []act{tick}},
	"program":    {[]act{propose, preparePayout, onboardTyped}, []act{decide}},
	"sellers":    {[]act{onboardInForm, onboardTyped, propose}, []act{tick}},
	"creators":   {[]act{propose}, []act{decide}},
	"compliance": {[]act{openCase}, []act{acknowledge}},
	"finance":    {[]act{preparePayout}, []act{approve}},
}

// start sends everybody to work until ctx is done.
func (l *load) start(ctx context.Context) {
	for n := range l.times {
		for i, m := range staff {
			p := &person{member: m, choose: rand.New(rand.NewPCG(l.seed, uint64(100*n+i)))}
			l.calm.Go(func() { l.day(ctx, p) })
		}
	}
}

// day is a person's.
func (l *load) day(ctx context.Context, p *person) {
	for ctx.Err() == nil {
		acts := work[p.role].goOn
		if !l.crowded.Load() && p.choose.IntN(2) == 0 {
			acts = work[p.role].begin
		}
		acts[p.choose.IntN(len(acts))](l, p)
		select {
		case <-ctx.Done():
		case <-time.After(40*time.Millisecond + time.Duration(p.choose.Int64N(int64(160*time.Millisecond)))):
		}
	}
}

// wait waits until everybody has gone home.
func (l *load) wait() { l.calm.Wait() }

func (l *load) name(word string) string { return fmt.Sprintf("%s %d", word, l.number.Add(1)) }

func (p *person) room(list []string) string { return list[p.choose.IntN(len(list))] }

// say types a command; that the desk is away is no news.
func (l *load) say(p *person, channel, format string, args ...any) {
	l.workspace.Command(p.id, channel, fmt.Sprintf(format, args...)) //nolint:errcheck // see above
}

// press presses one of the buttons for a command in a channel, if there is one.
func (l *load) press(p *person, channel, command string) {
	list := l.workspace.controls(channel, command)
	if len(list) == 0 {
		return
	}
	l.workspace.Press(p.id, list[p.choose.IntN(len(list))]) //nolint:errcheck // the desk may be away
}

func onboardTyped(l *load, p *person) {
	l.say(p, p.room(onboardingRooms), `/seller onboard "%s" US Beauty`, l.name("Shop"))
	l.sellers.Add(1)
}

// formTime is how long a person waits for a form.
const formTime = 2 * time.Second

// onboardInForm fills in the form. When the desk does not answer, the person presses its button again: that is the same
// interaction once more.
func onboardInForm(l *load, p *person) {
	for _, open := range l.workspace.Views(p.id) {
		l.workspace.CloseView(p.id, open.ID, true) //nolint:errcheck // it may have gone by itself
	}
	l.say(p, p.room(onboardingRooms), "/seller onboard")
	ctx, cancel := context.WithTimeout(context.Background(), formTime)
	defer cancel()
	var open []sandbox.View
	err := l.workspace.Await(ctx, func() bool { open = l.workspace.Views(p.id); return len(open) > 0 })
	if err != nil {
		return
	}
	fill := sandbox.Fill{"shop": {l.name("Form shop")}, "region": {"US"}, "category": {"Beauty"}, "start": {time.Now().UTC().Format(time.DateOnly)}}
	for range 3 {
		if _, err := l.workspace.Submit(p.id, open[0].ID, fill); err == nil {
			l.sellers.Add(1)
			return
		}
		time.Sleep(300 * time.Millisecond)
	}
}

func tick(l *load, p *person)        { l.press(p, p.room(onboardingRooms), "seller tick") }
func acknowledge(l *load, p *person) { l.press(p, p.room(violationRooms), "case acknowledge") }
func approve(l *load, p *person)     { l.press(p, p.room(approvalRooms), "payout approve") }

func propose(l *load, p *person) {
	l.say(p, p.room(matchingRooms), "/match propose S-%d 2", 1+p.choose.Int64N(max(1, l.sellers.Load())))
}

func decide(l *load, p *person) {
	room := p.room(matchingRooms)
	switch p.choose.IntN(4) {
	case 0:
		l.press(p, room, "match swap")
	case 1:
		if seen := l.workspace.lastReference(room, "M-"); seen != "" {
			l.say(p, room, "/match skip %s %s", seen, l.name("no time"))
		}
	default:
		l.press(p, room, "match approve")
	}
}

func preparePayout(l *load, p *person) { l.say(p, p.room(approvalRooms), "/payout run USD") }

// openCase opens a case; one in three falls due at the next minute or the one after it, so that reminders fire.
func openCase(l *load, p *person) {
	due := time.Now().UTC().Add(90 * 24 * time.Hour)
	if p.choose.IntN(3) == 0 {
		due = time.Now().UTC().Add(time.Duration(60+p.choose.IntN(60)) * time.Second)
	}
	l.say(p, p.room(violationRooms), `/case open none high "%s" owner=@cora due="%s"`, l.name("Rule"), due.Format("2006-01-02 15:04"))
}
