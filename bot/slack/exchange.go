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
	if in.surface == onThread { // Slack delivers an event again that nobody acknowledged, and its key makes it count once
		guard = time.Hour
	}
	x := &exchange{in: in, ack: ack}
	x.Exchange = &bot.Exchange{Key: in.Key, Command: in.Command, Kind: in.Kind, Patience: guard,
		Stall:  func() { p.stall(x) },
		Handle: func(work context.Context) { p.handle(work, x) },
		Fail:   func(context.Context) { p.acknowledge(x, bot.Answered, nil) }} // the person is left with Slack's own word that it failed
	return p.intake.Accept(x.Exchange)
}

// stall acknowledges an interaction of which it is not known yet whether it was done, and says so: by the acknowledgement
// where that can carry words.
func (p *Platform) stall(x *exchange) {
	doubt := x.Doubt()
	switch x.in.surface {
	case onSuggest:
		p.acknowledge(x, bot.Early, suggestions{})
		return
	case onCommand:
		p.acknowledge(x, bot.Early, response{Type: "ephemeral", Text: doubt.Summary})
		return
	case onSubmit: // an empty answer would close the form before it is known whether it was right
		view, err := shown(doubt, x.in.luggage(), x.in.place())
		if err == nil {
			p.acknowledge(x, bot.Early, submission{Action: "update", View: &view})
			return
		}
	}
	p.acknowledge(x, bot.Early, nil)
	if x.in.surface == onHome && x.in.Kind == bot.CameHome {
		return // nothing is done by looking
	}
	ctx, cancel := context.WithTimeout(context.Background(), afterTime)
	defer cancel()
	if err := p.tell(ctx, x.in, bot.Tell(doubt), true); err != nil {
		p.log.Warn("a word of doubt did not reach Slack", "key", x.in.Key, "command", x.in.Command, "error", scrub(err))
	}
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
	p.mu.Lock()
	take := p.take
	p.mu.Unlock()
	inTime, stop := x.InTime(work)
	defer stop()
	p.fillIn(inTime, &in)
	reply := take(inTime, in.Request)
	late := !x.Claim()
	after, cancel := context.WithTimeout(patient(work, answerPatience), afterTime)
	defer cancel()
	if late {
		x.AwaitDoubt(after)
	}
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
