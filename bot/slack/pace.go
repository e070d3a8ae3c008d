package slack

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"liaison/bot"
)

// Slack's limits (docs.slack.dev/apis/web-api/rate-limits): about one message a second a channel with short bursts allowed,
// and a tier for each method of a workspace: chat.update and conversations.history are in tier 3, fifty a minute and more.
// What is said here is the desk's own restraint; a Retry-After is obeyed whatever it says.
const (
	postEvery  = 1100 * time.Millisecond
	postBurst  = 3
	tier3      = 50
	tier3Burst = 20
)

// pace keeps calls within Slack's limits before Slack has to refuse them.
type pace struct {
	off     bool
	updates *rate.Limiter
	reads   *rate.Limiter

	mu       sync.Mutex
	channels map[string]*rate.Limiter
}

func newPace(off bool) *pace {
	return &pace{off: off, channels: map[string]*rate.Limiter{},
		updates: rate.NewLimiter(rate.Every(time.Minute/tier3), tier3Burst), reads: rate.NewLimiter(rate.Every(time.Minute/tier3), tier3Burst)}
}

// maxPaced bounds the memory of channels: a limiter that rests is full, so forgetting all loses at most a burst.
const maxPaced = 10_000

// channel is the limiter of a channel's posts or edits.
func (p *pace) channel(id string, burst int) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.channels) > maxPaced {
		clear(p.channels)
	}
	if p.channels[id] == nil {
		p.channels[id] = rate.NewLimiter(rate.Every(postEvery), burst)
	}
	return p.channels[id]
}

func (p *pace) post(ctx context.Context, channel string) (waited bool, err error) {
	return p.wait(ctx, p.channel(channel, postBurst))
}

// edit has no burst: changes in quick succession become one edit, because the message is drawn when its turn has come.
func (p *pace) edit(ctx context.Context, channel string) (waited bool, err error) {
	first, err := p.wait(ctx, p.channel("edits of "+channel, 1))
	if err != nil {
		return first, err
	}
	second, err := p.wait(ctx, p.updates)
	return first || second, err
}

func (p *pace) read(ctx context.Context) (waited bool, err error) { return p.wait(ctx, p.reads) }

// wait takes a turn. Where that would take longer than ctx has, the message goes back with the time to wait, which is no
// failure of it.
func (p *pace) wait(ctx context.Context, l *rate.Limiter) (waited bool, err error) {
	if p.off {
		return false, nil
	}
	turn := l.Reserve()
	delay := turn.Delay()
	if end, ok := ctx.Deadline(); ok && delay > time.Until(end)/2 {
		turn.Cancel()
		return false, &bot.SendError{Outcome: bot.NotSent, Code: "paced", Wait: delay, Err: errors.New("too much is to be said at once")}
	}
	if delay == 0 {
		return false, nil
	}
	select {
	case <-ctx.Done():
		turn.Cancel()
		return true, &bot.SendError{Outcome: bot.NotSent, Code: "paced", Wait: delay, Err: ctx.Err()}
	case <-time.After(delay):
		return true, nil
	}
}
