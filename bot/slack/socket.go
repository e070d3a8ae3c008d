package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	sdk "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"liaison/agency"
)

const (
	greetTime   = 45 * time.Second // within which a new socket must have been greeted by Slack
	longLived   = time.Minute      // a socket that lived so long dropped for a reason that is over
	firstPause  = time.Second
	longPause   = 30 * time.Second
	socketRead  = 4 << 20                // the largest frame that is read
	socketWrite = 32 << 10               // above the largest acknowledgement: Slack does not read one that comes in parts
	pingSilence = 30 * time.Second       // without a ping: the SDK looks this often, so a dead socket is noticed within a minute
	lastWords   = 250 * time.Millisecond // the SDK queues acknowledgements and does not tell when they are out
)

// listen holds several sockets at once: the SDK drops a socket before it opens the next, and what Slack sends in between
// would be lost, because an interaction is delivered once. It ends when ctx does, or when one of them cannot ever open.
func (p *Platform) listen(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	// Sockets outlive the order to stop until what was taken is answered: acknowledgements go out on them.
	sockets, closeAll := context.WithCancel(patient(context.WithoutCancel(ctx), greetTime))
	defer closeAll()
	var all sync.WaitGroup
	for n := range p.cfg.Connections {
		all.Go(func() {
			if err := p.hold(sockets, n); err != nil {
				stop(err)
			}
		})
	}
	<-ctx.Done()
	p.intake.Close()
	time.Sleep(lastWords)
	closeAll()
	all.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

// errDropped says that a socket ended as sockets do.
var errDropped = errors.New("the socket was closed")

// conversation is one socket between its opening and its end.
type conversation struct {
	p      *Platform
	client *client
	n      int
	began  time.Time
	cancel context.CancelFunc
	after  *conversation // in whose place it comes
	opened bool
	hello  chan struct{} // is closed when it is greeted
	ended  chan struct{} // is closed when it has ended
	why    error         // it ended; to be read then

	stands     bool                         // it is greeted and counted; guarded by Platform.mu
	unanswered atomic.Int32                 // envelopes
	next       atomic.Pointer[conversation] // which took its place; what is to be said is said there
}

// converse runs one socket from its opening to its end. The SDK would open the next by itself, at once and without limit;
// here it ends instead, so that hold decides.
func (c *conversation) converse(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- c.client.RunContext(ctx) }()
	defer c.close()
	greeting := time.NewTimer(greetTime)
	defer greeting.Stop()
	var why error
	for {
		select {
		case err := <-ended:
			c.rest(ctx)
			if why == nil {
				why = err
			}
			return why
		case <-greeting.C:
			if !c.greeted() && why == nil {
				why = fmt.Errorf("no greeting within %s", greetTime)
				cancel()
			}
		case event := <-c.client.Events:
			if err := c.handle(ctx, event); err != nil && why == nil {
				why = err
				cancel()
			}
		}
	}
}

func (c *conversation) greeted() bool {
	select {
	case <-c.hello:
		return true
	default:
		return false
	}
}

// close counts the end of a socket, once.
func (c *conversation) close() {
	c.p.mu.Lock()
	stood := c.stands
	if c.stands = false; stood {
		c.p.lines--
	}
	c.p.mu.Unlock()
	if stood {
		c.p.watch.Disconnected(agency.Slack, c.n, c.p.now().Sub(c.began) >= longLived)
	}
}

// handle takes one event of the socket and never waits. An error ends the conversation.
func (c *conversation) handle(ctx context.Context, event socketmode.Event) error {
	switch event.Type {
	case socketmode.EventTypeConnecting:
		if c.opened {
			return errDropped
		}
	case socketmode.EventTypeConnected:
		c.opened = true
	case socketmode.EventTypeHello:
		c.greet(event.Request)
	case socketmode.EventTypeConnectionError:
		return connectionError(event)
	case socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive, socketmode.EventTypeEventsAPI:
		c.envelope(ctx, *event.Request)
	case socketmode.EventTypeErrorBadMessage:
		c.badMessage(ctx, event)
	case socketmode.EventTypeErrorWriteFailed:
		c.unwritten(ctx, event)
	}
	return nil
}

// unwritten is an acknowledgement that the socket did not take. It goes out on the one that took its place, if there is one.
func (c *conversation) unwritten(ctx context.Context, event socketmode.Event) {
	failed, ok := event.Data.(*socketmode.ErrorWriteFailed)
	if ok && failed.Response != nil && c.next.Load() != nil {
		c.acknowledge(ctx, failed.Response.EnvelopeID, failed.Response.Payload)
		return
	}
	c.p.log.Warn("an acknowledgement could not be written to the socket", "socket", c.n)
}

// rest takes what still lies in the SDK's buffer when a socket has ended: interactions are not lost with it.
func (c *conversation) rest(ctx context.Context) {
	for {
		select {
		case event := <-c.client.Events:
			switch event.Type {
			case socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive, socketmode.EventTypeEventsAPI, socketmode.EventTypeErrorBadMessage,
				socketmode.EventTypeErrorWriteFailed:
				_ = c.handle(ctx, event) // never fails for these
			}
		default:
			return
		}
	}
}

func connectionError(event socketmode.Event) error {
	if e, ok := event.Data.(*sdk.ConnectionErrorEvent); ok && e.ErrorObj != nil {
		return e.ErrorObj
	}
	return errors.New("the socket did not open")
}

func (c *conversation) greet(hello *socketmode.Request) {
	c.p.mu.Lock()
	first := !c.stands && !c.greeted()
	if first {
		c.stands = true
		c.p.lines++
	}
	ours := max(c.p.cfg.Connections, c.p.lines)
	c.p.mu.Unlock()
	if first {
		if c.after != nil { // from now on it is this one that counts
			c.after.close()
		}
		c.p.watch.Connected(agency.Slack, c.n)
		close(c.hello)
	}
	if hello == nil {
		return
	}
	c.p.log.Info("a socket to Slack is open", "socket", c.n, "connections", hello.NumConnections)
	if hello.NumConnections > ours {
		// Slack spreads interactions over all of them, and those that go to a dead one are lost.
		c.p.log.Warn("Slack counts more sockets of this app than this desk holds: another copy runs with the same token, or dead sockets linger",
			"counted", hello.NumConnections, "ours", ours)
	}
}

// envelope turns what a socket brought into an interaction and hands it over.
func (c *conversation) envelope(ctx context.Context, r socketmode.Request) {
	in, err := c.p.unwrap(r.Type, r.Payload)
	if ignored := (errIgnored{}); errors.As(err, &ignored) {
		c.p.log.Debug("acknowledged only", "what", ignored.kind)
		c.acknowledge(ctx, r.EnvelopeID, nil)
		return
	}
	if err != nil { // sending it again would not make it readable
		c.p.log.Warn("cannot read what Slack sent", "type", r.Type, "error", err)
		c.acknowledge(ctx, r.EnvelopeID, nil)
		return
	}
	c.unanswered.Add(1)
	err = c.p.accept(in, func(body any) error {
		defer c.unanswered.Add(-1)
		if !r.AcceptsResponsePayload {
			body = nil
		}
		return c.send(ctx, r.EnvelopeID, body)
	})
	if err != nil { // not acknowledged: Slack tells the person that it did not work
		c.unanswered.Add(-1)
		c.p.log.Error("an interaction was refused", "key", in.Key, "error", err)
	}
}

// unwrap reads the payload of an envelope.
func (p *Platform) unwrap(kind string, payload json.RawMessage) (incoming, error) {
	switch kind {
	case socketmode.RequestTypeSlashCommands:
		var w wireCommand
		if err := json.Unmarshal(payload, &w); err != nil {
			return incoming{}, fmt.Errorf("a slash command: %w", err)
		}
		return fromCommand(w)
	case socketmode.RequestTypeInteractive:
		var w wireInteraction
		if err := json.Unmarshal(payload, &w); err != nil {
			return incoming{}, fmt.Errorf("an interaction: %w", err)
		}
		return fromInteraction(w)
	case socketmode.RequestTypeEventsAPI:
		var w wireEvent
		if err := json.Unmarshal(payload, &w); err != nil {
			return incoming{}, fmt.Errorf("an event: %w", err)
		}
		p.noteEvent(w)
		return fromEvent(w)
	}
	return incoming{}, errIgnored{"the envelope " + kind}
}

// badMessage is what the SDK could not read: an envelope of a new kind, or one with a part that it does not know. What
// the desk needs of it may be there all the same; and without an acknowledgement Slack would send it again.
func (c *conversation) badMessage(ctx context.Context, event socketmode.Event) {
	bad, ok := event.Data.(*socketmode.ErrorBadMessage)
	if !ok {
		return
	}
	var r socketmode.Request
	if err := json.Unmarshal(bad.Message, &r); err != nil {
		var only struct {
			EnvelopeID string `json:"envelope_id"`
		}
		if json.Unmarshal(bad.Message, &only) != nil {
			c.p.log.Warn("Slack sent something that is no envelope")
			return
		}
		r.EnvelopeID = only.EnvelopeID
	}
	if r.EnvelopeID == "" {
		return
	}
	c.p.log.Info("an envelope that the SDK does not know", "type", r.Type)
	c.envelope(ctx, r)
}

func (c *conversation) acknowledge(ctx context.Context, envelope string, body any) {
	c.unanswered.Add(1)
	go func() { // the SDK's queue of answers may be full while a socket is being renewed
		defer c.unanswered.Add(-1)
		if err := c.send(ctx, envelope, body); err != nil {
			c.p.log.Warn("the acknowledgement did not reach Slack", "error", err)
		}
	}()
}

// send writes an acknowledgement. When the socket on which the envelope came has ended, or was left, it goes out on the next one.
func (c *conversation) send(ctx context.Context, envelope string, body any) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	r := socketmode.Response{EnvelopeID: envelope, Payload: body}
	for next := c.next.Load(); next != nil; next = c.next.Load() {
		c = next
	}
	if err := c.client.SendCtx(ctx, r); err != nil {
		return fmt.Errorf("writing to the socket: %w", err)
	}
	return nil
}
