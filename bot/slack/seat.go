package slack

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack/socketmode"
)

const (
	socketAge = 6 * time.Hour // Slack renews sockets after about five hours; those that it forgets are renewed by us
	ackTime   = 3 * time.Second
	partTime  = 5 * time.Second // for Slack to close a socket that we have left
)

// seat is one of the sockets that the desk holds. When it has become old, a new one takes it before the old one goes.
type seat struct {
	p       *Platform
	n       int
	leaving sync.WaitGroup
}

// hold keeps one socket open. Its pauses between attempts grow with failures that come quickly.
func (p *Platform) hold(ctx context.Context, n int) error {
	s := &seat{p: p, n: n}
	defer s.leaving.Wait()
	wait := time.Duration(0) // Slack renews sockets as it pleases: the first time there is nothing to wait for
	c := s.connect(ctx, p.newClient(), nil)
	for {
		next, err := s.outlive(ctx, c)
		if next != nil {
			c, wait = next, 0
			continue
		}
		if fatal := hopeless(err, "SLACK_APP_TOKEN"); fatal != nil {
			p.setTrouble(fatal)
			return fatal
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the desk stops: how the socket ended does not matter
		}
		if lived := p.now().Sub(c.began); lived >= longLived {
			wait = 0
			p.log.Info("a socket is renewed", "socket", n, "lived", lived.Round(time.Second), "error", scrub(err))
		} else {
			p.log.Warn("a socket to Slack dropped; opening another", "socket", n, "wait", wait, "error", scrub(err))
			if pause(ctx, wait) != nil {
				return nil //nolint:nilerr // the desk stops
			}
			wait = min(max(wait*2, firstPause), longPause)
		}
		c = s.connect(ctx, c.client, nil) // the same one: what it could not write goes out on the next socket
	}
}

// connect begins a conversation; after is the one in whose place it comes, which still stands.
func (s *seat) connect(ctx context.Context, client *client, after *conversation) *conversation {
	c := &conversation{p: s.p, client: client, n: s.n, began: s.p.now(), after: after, hello: make(chan struct{}), ended: make(chan struct{})}
	ctx, c.cancel = context.WithCancel(ctx)
	go func() {
		defer close(c.ended)
		c.why = c.converse(ctx)
	}()
	return c
}

// outlive waits until a socket has ended, and says why; or, when it has become old, until its successor stands.
func (s *seat) outlive(ctx context.Context, c *conversation) (next *conversation, err error) {
	old := time.NewTimer(s.p.age + rand.N(s.p.age/6+1)) // sockets, and replicas, not in step
	defer old.Stop()
	for {
		select {
		case <-c.ended:
			return nil, c.why
		case <-old.C:
		}
		if next := s.renew(ctx, c); next != nil {
			return next, nil
		}
		old.Reset(s.p.age / 12)
	}
}

// renew opens a socket in the place of one that has become old; none when Slack does not take it: then the old one stays. Of all
// sockets one is renewed at a time, because Slack takes only so many.
func (s *seat) renew(ctx context.Context, old *conversation) *conversation {
	select {
	case s.p.renewing <- struct{}{}:
	case <-old.ended:
		return nil
	}
	next := s.connect(ctx, s.p.newClient(), old)
	select {
	case <-next.hello:
	case <-next.ended:
		<-s.p.renewing
		s.p.log.Info("an old socket stays: no other could be opened", "socket", s.n, "error", scrub(next.why))
		return nil
	}
	s.p.log.Info("a socket is renewed", "socket", s.n, "lived", s.p.now().Sub(old.began).Round(time.Second))
	s.leaving.Go(func() {
		defer func() { <-s.p.renewing }()
		old.retire(next)
		<-old.ended
	})
	return next
}

// retire ends an old socket whose successor stands. What came on it is answered on it. Then its sending half is closed: what Slack
// sends before it has heard of that is still read, and answered on the successor.
func (c *conversation) retire(next *conversation) {
	defer c.cancel()
	c.awaitAnswers()
	c.next.Store(next)
	time.Sleep(lastWords)
	c.client.hangUp()
	select {
	case <-c.ended:
	case <-time.After(partTime):
	}
}

// awaitAnswers waits until all that came on a socket is acknowledged, as long as Slack does.
func (c *conversation) awaitAnswers() {
	for began := time.Now(); c.unanswered.Load() > 0 && time.Since(began) < ackTime; {
		select {
		case <-c.ended:
			return
		case <-time.After(lastWords / 10):
		}
	}
}

// client is the SDK's, with a hand on the connection beneath it.
type client struct {
	*socketmode.Client
	mu   sync.Mutex
	wire *half
}

func (p *Platform) newClient() *client {
	c := &client{}
	c.Client = socketmode.New(p.api, socketmode.OptionLog(quiet{p.log}), socketmode.OptionReadLimit(socketRead), socketmode.OptionPingInterval(p.silence),
		socketmode.OptionDialer(&websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: greetTime,
			WriteBufferSize: socketWrite, NetDialContext: c.dial}))
	return c
}

func (c *client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wire = &half{Conn: conn}
	return c.wire, nil
}

// hangUp says that nothing more is sent. The other end closes the connection when it has read that.
func (c *client) hangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wire == nil {
		return
	}
	c.wire.left.Store(true)
	if tcp, ok := c.wire.Conn.(interface{ CloseWrite() error }); ok {
		_ = tcp.CloseWrite() // when it fails the connection is broken, which is noticed
	}
}

// half is a connection of which the sending half may be closed first.
type half struct {
	net.Conn
	left atomic.Bool
}

// Read gives the end of a connection that was left a moment later: the SDK forgets what it has just read when it meets the end.
func (h *half) Read(b []byte) (int, error) {
	n, err := h.Conn.Read(b)
	if err != nil && h.left.Load() {
		time.Sleep(lastWords)
	}
	return n, err
}
