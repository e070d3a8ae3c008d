package slack

import (
	"context"
	"strconv"
	"strings"
	"time"

	"liaison/bot"
)

// exchange is one interaction of Slack's on its way.
type exchange struct {
	*bot.Exchange
	in  incoming
	ack func(body any) error // sends the acknowledgement; nil body: an empty one
}

// accept takes an interaction in, and never waits.
func (p *Platform) accept(in incoming, ack func(any) error) error {
	if in.surface == onSuggest {
		in.Key += ":" + strconv.FormatInt(p.now().UnixNano(), 10) // every question is asked anew
	}
	p.mu.Lock()
	guard := p.guard
	p.mu.Unlock()
	x := &exchange{in: in, ack: ack}
	x.Exchange = &bot.Exchange{Key: in.Key, Command: in.Command, Kind: in.Kind, Patience: guard,
		Stall:  func() { p.stall(x) },
		Handle: func(work context.Context) { p.handle(work, x) },
		Fail:   func() { p.acknowledge(x, bot.Answered, nil) }} // the person is left with Slack's own word that it failed
	return p.intake.Accept(x.Exchange)
}

// stall acknowledges an interaction whose answer is not there yet, so that Slack shows no failure for what will be done.
func (p *Platform) stall(x *exchange) {
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
	p.acknowledge(x, bot.Early, body)
}

// acknowledge ends the wait of an interaction that the caller has claimed.
func (p *Platform) acknowledge(x *exchange, how bot.Acknowledgement, body any) {
	p.intake.Acknowledged(x.Exchange, how, x.ack(body))
}

func waiting() bot.Message {
	return bot.Message{Summary: "One moment …", Parts: []bot.Part{bot.Para(bot.T("One moment: this takes longer than usual."))}}
}

// handle is the one way of an interaction, however it came: it is taken (which stores it), then acknowledged, then what
// the acknowledgement could not carry is delivered.
func (p *Platform) handle(work context.Context, x *exchange) {
	in := x.in // a copy: the guard reads the other meanwhile
	p.fillIn(work, &in)
	p.mu.Lock()
	take := p.take
	p.mu.Unlock()
	reply := take(work, in.Request)
	late := !x.Claim()
	after, cancel := context.WithTimeout(patient(work, answerPatience), afterTime)
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
