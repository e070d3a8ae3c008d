package discord

import (
	"context"
	"net/http"
	"strconv"

	"liaison/bot"
)

// exchange is one interaction of Discord's on its way.
type exchange struct {
	*bot.Exchange
	in     incoming
	ack    func(callback) error
	repeat bool // the same interaction came before: its first answer was delivered, further messages would come twice
}

// accept takes an interaction in, and never waits.
func (p *Platform) accept(in incoming, ack func(callback) error) error {
	x := &exchange{in: in, ack: ack, repeat: !p.taken.put(in.id, strconv.FormatInt(p.now().Unix(), 10))}
	x.Exchange = &bot.Exchange{Key: in.Key, Command: in.Command, Kind: in.Kind, Patience: p.guard,
		Stall:  func() { _ = p.acknowledge(x, bot.Early, deferral(in)) }, // it logs; the answer itself is tried all the same
		Handle: func(work context.Context) { p.handle(work, x) },
		Fail:   func() { _ = p.acknowledge(x, bot.Answered, plainCallback(in)) }} // Discord's own word is left that it failed
	err := p.intake.Accept(x.Exchange)
	if err != nil && !x.repeat { // it was not taken: when it comes again it is no repeat
		p.taken.drop(in.id)
	}
	return err
}

// acknowledge ends the wait of an interaction that the caller has claimed.
func (p *Platform) acknowledge(x *exchange, how bot.Acknowledgement, c callback) error {
	err := x.ack(c)
	p.intake.Acknowledged(x.Exchange, how, scrub(err))
	return err
}

// deferral is the answer that says that the answer comes later.
func deferral(in incoming) callback {
	switch {
	case in.surface == onSuggest:
		return callback{Type: callChoices, Data: &payload{Choices: &[]commandChoice{}}}
	case in.inPlace():
		return callback{Type: callDeferUpdate, more: true}
	}
	return callback{Type: callDefer, Data: &payload{Flags: flagEphemeral}, more: true}
}

// inPlace reports that an interaction belongs to a message, which stays as it is where the answer says nothing else.
func (in incoming) inPlace() bool {
	return in.surface == onMessage || in.fromCard || in.surface == onForm && in.Kind != bot.Sent
}

// handle is the one way of an interaction, however it came: it is taken (which stores it), then acknowledged, then what
// the acknowledgement could not carry is delivered.
func (p *Platform) handle(work context.Context, x *exchange) {
	in := x.in
	a := p.answer(work, in)
	if in.surface == onThread {
		x.Claim()
		if err := p.answerSaid(work, in, a); err != nil {
			p.log.Warn("an answer did not reach Discord", "key", in.Key, "error", scrub(err))
		}
		return
	}
	state := deferred
	if x.Claim() {
		state = answered
		first, rest := a.first(in)
		first.more = len(rest) > 0
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
