package slack

import (
	"context"
	"errors"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// exchange is one interaction on its way: taken in, acknowledged once, answered.
type exchange struct {
	in    incoming
	ack   func(body any) error // sends the acknowledgement; nil body: an empty one
	at    time.Time            // when it was received
	sent  atomic.Bool
	guard *time.Timer
}

// claim gives the right to acknowledge to the first who asks.
func (x *exchange) claim() bool { return x.sent.CompareAndSwap(false, true) }

var errBusy = errors.New("more interactions wait than can be answered in time")

// accept puts an interaction into the queue, and never waits. From here on it is acknowledged in time whatever happens.
func (p *Platform) accept(in incoming, ack func(any) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.accepts {
		return errors.New("slack is not running")
	}
	if in.surface == onSuggest {
		in.Key += ":" + strconv.FormatInt(p.now().UnixNano(), 10) // every question is asked anew
	}
	x := &exchange{in: in, ack: ack, at: p.now()}
	x.guard = time.AfterFunc(p.guard, func() { p.stall(x) })
	p.accepted.Add(1)
	select {
	case p.queue <- x:
		return nil
	default:
		p.accepted.Done()
		if x.guard.Stop(); !x.claim() {
			return nil
		}
		p.watch.Acknowledged(agency.Slack, in.Kind, bot.Busy, p.now().Sub(x.at))
		return errBusy
	}
}

// stall acknowledges an interaction whose answer is not there yet, so that Slack shows no failure for what will be done.
func (p *Platform) stall(x *exchange) {
	if !x.claim() {
		return
	}
	var body any
	switch x.in.surface {
	case onSubmit: // an empty answer would close the form before it is known whether it was right
		view, err := shown(waiting(), x.in.luggage(), x.in.place())
		if err == nil {
			body = submission{Action: "update", View: &view}
		}
	case onSuggest:
		body = suggestions{}
	}
	p.log.Info("acknowledged before the answer was there", "key", x.in.Key, "command", x.in.Command)
	p.acknowledge(x, bot.Early, body)
}

// acknowledge ends the wait of an interaction that the caller has claimed.
func (p *Platform) acknowledge(x *exchange, how bot.Acknowledgement, body any) {
	err := x.ack(body)
	if err != nil {
		how = bot.Unheard
		p.log.Warn("the acknowledgement did not reach Slack", "key", x.in.Key, "error", err)
	}
	p.watch.Acknowledged(agency.Slack, x.in.Kind, how, p.now().Sub(x.at))
}

func waiting() bot.Message {
	return bot.Message{Summary: "One moment …", Parts: []bot.Part{bot.Para(bot.T("One moment: this takes longer than usual."))}}
}

// labour is a worker: it takes interactions from the queue until the work ends.
func (p *Platform) labour(work context.Context) {
	for {
		select {
		case <-work.Done():
			return
		case x := <-p.queue:
			p.handle(work, x)
			p.accepted.Done()
		}
	}
}

// handle is the one way of an interaction, however it came: it is taken (which stores it), then acknowledged, then what
// the acknowledgement could not carry is delivered.
func (p *Platform) handle(work context.Context, x *exchange) {
	defer p.rescue(x)
	in := x.in // a copy: the guard reads the other meanwhile
	p.fillIn(work, &in)
	p.mu.Lock()
	take := p.take
	p.mu.Unlock()
	reply := take(work, in.Request)
	x.guard.Stop()
	late := !x.claim()
	after, cancel := context.WithTimeout(work, afterTime)
	defer cancel()
	plan := p.plan(in, reply, late)
	if !late {
		p.acknowledge(x, bot.Answered, plan.ack)
	}
	for _, step := range plan.after {
		if err := step(after); err != nil {
			p.log.Warn("an answer did not reach Slack", "key", x.in.Key, "command", x.in.Command, "error", scrub(err))
		}
	}
}

// rescue keeps a fault in rendering from ending the process. The person is left with Slack's own word that it failed.
func (p *Platform) rescue(x *exchange) {
	if fault := recover(); fault != nil {
		x.guard.Stop()
		p.log.Error("answering panicked", "key", x.in.Key, "command", x.in.Command, "fault", fault, "stack", string(debug.Stack()))
		if x.claim() {
			p.acknowledge(x, bot.Answered, nil)
		}
	}
}

// fillIn adds what Slack knows of the person. Only what needs a time zone waits for it, and not for long.
func (p *Platform) fillIn(ctx context.Context, in *incoming) {
	word, _, _ := strings.Cut(in.Command, " ")
	wait := time.Duration(0)
	if in.surface == onHome {
		wait = time.Second
	}
	for _, c := range p.cfg.Zoned {
		if c == word {
			wait = time.Second
		}
	}
	who := p.people.find(ctx, in.From.User, wait)
	in.Zone = who.zone
	in.FromName = orElse(who.name, in.FromName)
	if in.Kind != bot.Sent {
		return
	}
	for _, user := range in.picked[:min(len(in.picked), maxPicked)] {
		if name := p.people.find(ctx, user, pickedWait).name; name != "" {
			if in.Names == nil {
				in.Names = map[string]string{}
			}
			in.Names[user] = name
		}
	}
}

// A form that picks people waits a little for their names, so that lists do not show ids.
const (
	maxPicked  = 2
	pickedWait = 400 * time.Millisecond
)

// luggage is what a modal opened by this interaction carries.
func (in incoming) luggage() luggage {
	return luggage{Command: in.Command, State: in.state, Workspace: in.Channel.Workspace, Channel: in.Channel.Channel, ResponseURL: in.ReplyTo}
}

func (in incoming) place() place {
	return place{Workspace: in.Channel.Workspace, More: "This goes on in the next message."}
}
