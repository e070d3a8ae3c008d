package slack

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"liaison/bot"
)

// limit is so many calls a minute, and so many at once, which Slack tolerates.
type limit struct{ minute, burst int }

// Slack's tiers (docs.slack.dev/apis/web-api/rate-limits): what it takes from an app in a workspace, and more. The special
// tier is "hundreds a minute", and for posts there is a second limit, of one a second in a channel.
var (
	tier3   = limit{50, 20}
	tier4   = limit{100, 40}
	special = limit{240, 60}
)

// limits is every method of the Web API that the desk calls. What is said here is the desk's own restraint; a Retry-After is
// obeyed whatever it says, of a response_url too, for which Slack names no tier.
var limits = map[string]limit{
	"apps.connections.open": {30, 4}, // of tier 3; a socket that drops at once must not use that up
	"auth.test":             special,
	"chat.postEphemeral":    tier4,
	postMessage:             special,
	updateMessage:           tier3,
	"conversations.history": tier3,
	"conversations.join":    tier3,
	"conversations.replies": tier3,
	"users.info":            tier4,
	"views.open":            tier4,
	"views.publish":         tier4,
	"views.push":            tier4,
	"views.update":          tier4,
}

const (
	postMessage   = "chat.postMessage"
	updateMessage = "chat.update"

	postEvery = time.Second             // a channel's messages
	editEvery = 1100 * time.Millisecond // a channel's edits, which Slack only counts by method
)

// pace keeps calls within Slack's limits before Slack has to refuse them, and what it refused until it may be asked again.
type pace struct {
	off bool // the limits; what Slack says is obeyed all the same
	now func() time.Time

	mu       sync.Mutex
	methods  map[string]*rate.Limiter
	shut     map[string]time.Time // methods that Slack holds back, until when
	channels map[string]*rate.Limiter
}

func newPace(off bool, now func() time.Time) *pace {
	p := &pace{off: off, now: now, methods: map[string]*rate.Limiter{}, shut: map[string]time.Time{}, channels: map[string]*rate.Limiter{}}
	for name, l := range limits {
		p.methods[name] = rate.NewLimiter(rate.Every(time.Minute/time.Duration(l.minute)), l.burst)
	}
	return p
}

// maxPaced bounds the memory of channels: a limiter that rests is full, so forgetting all loses at most a second of each.
const maxPaced = 10_000

// channel is the limiter of a channel's posts or edits. It has no burst.
func (p *pace) channel(id string, every time.Duration) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.channels) > maxPaced {
		clear(p.channels)
	}
	if p.channels[id] == nil {
		p.channels[id] = rate.NewLimiter(rate.Every(every), 1)
	}
	return p.channels[id]
}

// refused shuts a method until Slack takes it again. Slack counts by method, and of posts by channel too, and does not say which
// of the two was too much: so the method is shut for every channel.
func (p *pace) refused(method string, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := p.now().Add(wait); until.After(p.shut[method]) {
		p.shut[method] = until
	}
}

// left is how long a method stays shut.
func (p *pace) left(method string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, p.shut[method].Sub(p.now()))
}

// post waits for the turn of a message in a channel: a second after the last one there, which may be another replica's.
func (p *pace) post(ctx context.Context, channel string, last time.Time) (waited bool, err error) {
	return p.both(ctx, postMessage, p.channel(channel, postEvery), last)
}

// edit waits for the turn of an edit. Changes in quick succession become one, because the message is drawn when its turn has
// come.
func (p *pace) edit(ctx context.Context, channel string) (waited bool, err error) {
	return p.both(ctx, updateMessage, p.channel("edits of "+channel, editEvery), time.Time{})
}

// both waits for a channel and for a method.
func (p *pace) both(ctx context.Context, method string, channel *rate.Limiter, last time.Time) (waited bool, err error) {
	if err := p.open(ctx, method); err != nil {
		return false, err
	}
	first, err := p.wait(ctx, channel)
	if err != nil {
		return first, err
	}
	rest := p.rest(last)
	if rest > 0 {
		if err := pause(ctx, rest); err != nil {
			return true, notYet("paced", rest, err)
		}
	}
	second, err := p.wait(ctx, p.methods[method])
	return first || rest > 0 || second, err
}

// rest is how long a channel still rests after its last message. A clock that has been set back, or is behind the one by which
// that went out, makes it no longer than it ever is.
func (p *pace) rest(last time.Time) time.Duration {
	if p.off {
		return 0
	}
	return min(max(0, last.Add(postEvery).Sub(p.now())), postEvery)
}

// turn waits for a call's turn, unless its caller has done so.
func (p *pace) turn(ctx context.Context, method string) error {
	if err := p.open(ctx, method); err != nil || ctx.Value(paced{}) == method {
		return err
	}
	_, err := p.wait(ctx, p.methods[method])
	return err
}

// open waits while a method is shut, where that is within the caller's patience.
func (p *pace) open(ctx context.Context, method string) error {
	for left := p.left(method); left > 0; left = p.left(method) {
		if patience, _ := ctx.Value(patience{}).(time.Duration); left > patience || !lasts(ctx, left) {
			return notYet("ratelimited", left, errors.New("Slack asks to wait"))
		}
		if err := pause(ctx, left); err != nil {
			return notYet("ratelimited", left, err)
		}
	}
	return nil
}

// wait takes a turn. Where that would take longer than ctx has, or its caller's patience, the message goes back with the time
// to wait, which is no failure of it.
func (p *pace) wait(ctx context.Context, l *rate.Limiter) (waited bool, err error) {
	if p.off || l == nil {
		return false, nil
	}
	turn := l.Reserve()
	delay := turn.Delay()
	if patience, hurried := ctx.Value(patience{}).(time.Duration); hurried && delay > patience || !lasts(ctx, 2*delay) {
		turn.Cancel()
		return false, notYet("paced", delay, errors.New("too much is to be said at once"))
	}
	if delay == 0 {
		return false, nil
	}
	if err := pause(ctx, delay); err != nil {
		turn.Cancel()
		return true, notYet("paced", delay, err)
	}
	return true, nil
}

// lasts says whether a context goes on for so long.
func lasts(ctx context.Context, d time.Duration) bool {
	end, ends := ctx.Deadline()
	return !ends || d <= time.Until(end)
}

func notYet(code string, wait time.Duration, why error) error {
	return &bot.SendError{Outcome: bot.NotSent, Code: code, Wait: wait, Err: why}
}

// patience is the key of how long a caller waits for its turn. Without it, a method that Slack holds back is not waited for at
// all: the sender does other things meanwhile.
type patience struct{}

// answerPatience is how long an answer to a person waits before it takes another way. The triggers of forms live for three
// seconds.
const answerPatience = 2 * time.Second

func patient(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, patience{}, d)
}

// paced is the key of the method whose turn the caller has waited for: what is posted is drawn when its turn has come.
type paced struct{}

func inTurn(ctx context.Context, method string) context.Context {
	return context.WithValue(ctx, paced{}, method)
}
