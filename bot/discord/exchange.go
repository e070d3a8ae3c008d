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
	ack    func(context.Context, callback) error
	repeat bool // the same interaction came before: its first answer was delivered, further messages would come twice
}

// accept takes an interaction in, and never waits.
func (p *Platform) accept(in incoming, ack func(context.Context, callback) error) error {
	x := &exchange{in: in, ack: ack, repeat: !p.taken.put(in.id, strconv.FormatInt(p.now().Unix(), 10))}
	x.Exchange = &bot.Exchange{Key: in.Key, Command: in.Command, Kind: in.Kind, Patience: p.guard,
		Stall:  func() { p.stall(x) },
		Handle: func(work context.Context) { p.handle(work, x) },
		Fail:   func(work context.Context) { _ = p.acknowledge(work, x, bot.Answered, plainCallback(in)) }} // Discord's own word is left that it failed
	err := p.intake.Accept(x.Exchange)
	if err != nil && !x.repeat { // it was not taken: when it comes again it is no repeat
		p.taken.drop(in.id)
	}
	return err
}

// acknowledge ends the wait of an interaction that the caller has claimed.
func (p *Platform) acknowledge(ctx context.Context, x *exchange, how bot.Acknowledgement, c callback) error {
	err := x.ack(ctx, c)
	p.intake.Acknowledged(x.Exchange, how, scrub(err))
	return err
}

// stall acknowledges an interaction of which it is not known yet whether it was done, and says so.
func (p *Platform) stall(x *exchange) {
	in := x.in
	if in.surface == onThread {
		return // nobody waits for a word
	}
	ctx, cancel := context.WithTimeout(context.Background(), afterTime)
	defer cancel()
	pages := p.messageOf(ctx, in, x.Doubt(), false, false).pages
	switch {
	case in.surface == onSuggest || len(pages) == 0:
		_ = p.acknowledge(ctx, x, bot.Early, plainCallback(in)) // it logs; the answer itself is tried all the same
		return
	case !in.inPlace():
		_ = p.acknowledge(ctx, x, bot.Early, callback{Type: callMessage, Data: message(pages[0], true), more: true})
		return
	}
	if p.acknowledge(ctx, x, bot.Early, callback{Type: callDeferUpdate, more: true}) != nil {
		return
	}
	if err := p.insist(ctx, p.hook(in, "POST", "", message(pages[0], true), nil)); err != nil {
		p.log.Warn("a word of doubt did not reach Discord", "key", in.Key, "command", in.Command, "error", scrub(err))
	}
}

// inPlace reports that an interaction belongs to a message, which stays as it is where the answer says nothing else.
func (in incoming) inPlace() bool {
	return in.surface == onMessage || in.fromCard || in.surface == onForm && in.Kind != bot.Sent
}

// handle is the one way of an interaction, however it came: it is taken (which stores it), then acknowledged, then what
// the acknowledgement could not carry is delivered.
func (p *Platform) handle(work context.Context, x *exchange) {
	in := x.in
	inTime, stop := x.InTime(work)
	defer stop()
	a := p.answer(inTime, in)
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
		if err := p.acknowledge(work, x, bot.Answered, first); err != nil {
			if state = unanswered; statusOf(err) == http.StatusBadRequest {
				err = x.ack(work, plainCallback(in))
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
	if state == deferred {
		x.AwaitDoubt(after)
	}
	if err := p.tell(after, in, a, state); err != nil {
		p.log.Warn("an answer did not reach Discord", "key", in.Key, "command", in.Command, "error", scrub(err))
	}
}
