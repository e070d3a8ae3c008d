package discord

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// exchange is one interaction on its way: taken in, acknowledged once, answered.
type exchange struct {
	in     incoming
	ack    func(callback) error
	sent   atomic.Bool
	guard  *time.Timer
	at     time.Time // of its receipt
	repeat bool      // the same interaction came before: its first answer was delivered, further messages would come twice
}

// claim gives the right to acknowledge to the first who asks.
func (x *exchange) claim() bool { return x.sent.CompareAndSwap(false, true) }

var errBusy = errors.New("more interactions wait than can be answered in time")

// accept puts an interaction into the queue, and never waits. From here on it is acknowledged in time whatever happens.
func (p *Platform) accept(in incoming, ack func(callback) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.accepts {
		return errors.New("discord is not running")
	}
	x := &exchange{in: in, ack: ack, at: p.now(), repeat: !p.taken.put(in.id, strconv.FormatInt(p.now().Unix(), 10))}
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
		p.watch.Acknowledged(agency.Discord, in.Kind, bot.Busy, p.now().Sub(x.at))
		return errBusy
	}
}

// acknowledge ends the wait of an interaction that the caller has claimed.
func (p *Platform) acknowledge(x *exchange, how bot.Acknowledgement, c callback) error {
	err := x.ack(c)
	if err != nil {
		how = bot.Unheard
		p.log.Warn("the acknowledgement did not reach Discord", "key", x.in.Key, "command", x.in.Command, "error", scrub(err))
	}
	p.watch.Acknowledged(agency.Discord, x.in.Kind, how, p.now().Sub(x.at))
	return err
}

// stall acknowledges an interaction whose answer is not there yet, so that Discord shows no failure for what will be done.
func (p *Platform) stall(x *exchange) {
	if !x.claim() {
		return
	}
	p.log.Info("acknowledged before the answer was there", "key", x.in.Key, "command", x.in.Command)
	_ = p.acknowledge(x, bot.Early, deferral(x.in)) // it logs; the answer itself is tried all the same
}

// deferral is the answer that says that the answer comes later.
func deferral(in incoming) callback {
	switch {
	case in.surface == onSuggest:
		return callback{Type: callChoices, Data: &payload{Choices: &[]commandChoice{}}}
	case in.inPlace():
		return callback{Type: callDeferUpdate}
	}
	return callback{Type: callDefer, Data: &payload{Flags: flagEphemeral}}
}

// inPlace reports that an interaction belongs to a message, which stays as it is where the answer says nothing else.
func (in incoming) inPlace() bool {
	return in.surface == onMessage || in.fromCard || in.surface == onForm && in.Kind != bot.Sent
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
	in := x.in
	a := p.answer(work, in)
	x.guard.Stop()
	if in.surface == onThread {
		if err := p.answerSaid(work, in, a); err != nil {
			p.log.Warn("an answer did not reach Discord", "key", in.Key, "error", scrub(err))
		}
		return
	}
	state := deferred
	if x.claim() {
		state = answered
		first, rest := a.first(in)
		if err := p.acknowledge(x, bot.Answered, first); err != nil {
			if state = unanswered; statusOf(err) == http.StatusBadRequest {
				err = x.ack(plainCallback(in))
				state, rest = answered, nil
			}
			if err != nil && a.modal != nil {
				p.log.Warn("a form did not open", "key", in.Key, "command", in.Command, "error", scrub(err))
			}
		}
		if state == answered {
			a.pages = rest
		}
	}
	if x.repeat {
		return
	}
	after, cancel := context.WithTimeout(work, afterTime)
	defer cancel()
	if err := p.tell(after, in, a, state); err != nil {
		p.log.Warn("an answer did not reach Discord", "key", in.Key, "command", in.Command, "error", scrub(err))
	}
}

// rescue keeps a fault in rendering from ending the process. The person is left with Discord's own word that it failed.
func (p *Platform) rescue(x *exchange) {
	if fault := recover(); fault != nil {
		x.guard.Stop()
		p.log.Error("answering panicked", "key", x.in.Key, "command", x.in.Command, "fault", fault, "stack", string(debug.Stack()))
		if x.claim() {
			_ = p.acknowledge(x, bot.Answered, plainCallback(x.in)) // it logs
		}
	}
}
