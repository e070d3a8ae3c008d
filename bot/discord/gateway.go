package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	sdk "github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"liaison/agency"
)

const (
	longLived = time.Minute // a session that lived so long dropped for a reason that is over
	longPause = 30 * time.Second
	tooOld    = 4000 // our code for closing a session that Discord keeps for resuming
)

// listen keeps a session of the gateway open until ctx ends. The SDK would reconnect by itself, without limit and from inside
// its own locks; here a session that ends, hangs while opening or falls silent is given up, and the next begins after a
// pause that grows with failures.
func (p *Platform) listen(ctx context.Context) error {
	// The session outlives the order to stop until what was taken is answered.
	work, closeAll := context.WithCancel(context.WithoutCancel(ctx))
	defer closeAll()
	ended := make(chan error, 1)
	go func() { ended <- p.hold(work) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	p.intake.Close()
	closeAll()
	return <-ended
}

func (p *Platform) hold(ctx context.Context) error {
	var s *session
	wait := time.Duration(0)
	for ctx.Err() == nil {
		if s == nil {
			s = p.newSession()
		}
		began := p.now()
		err := s.run(ctx)
		p.setLine(false)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the desk stops: how the session ended does not matter
		}
		if fatal := hopelessClose(err); fatal != nil {
			if p.OverGateway() {
				p.setTrouble(fatal)
			}
			return fatal
		}
		if !s.resumable {
			s = nil
		}
		if p.now().Sub(began) >= longLived {
			wait = 0
		}
		p.log.Warn("the gateway session ended; opening another", "wait", wait, "resume", s != nil, "error", scrub(err))
		if pause(ctx, wait) != nil {
			return nil //nolint:nilerr // the desk stops
		}
		wait = min(max(wait*2, p.cfg.Patience.Pause), longPause)
	}
	return nil
}

func (p *Platform) setLine(open bool) {
	p.mu.Lock()
	p.line = open
	p.mu.Unlock()
}

// session is one session of the gateway. It can be resumed on a new connection; one that hangs cannot.
type session struct {
	p         *Platform
	sdk       *sdk.Session
	resumable bool
	ready     chan struct{}
	gone      chan struct{}

	mu   sync.Mutex
	conn net.Conn // beneath the SDK, to be cut when the SDK hangs
}

func (p *Platform) newSession() *session {
	s := &session{p: p, ready: make(chan struct{}, 1), gone: make(chan struct{}, 1)}
	one, err := sdk.New(p.api.session.Token)
	if err != nil { // it never fails
		one = &sdk.Session{}
	}
	one.Client, one.Ratelimiter = p.api.session.Client, p.api.session.Ratelimiter
	one.ShouldReconnectOnError, one.ShouldRetryOnRateLimit, one.MaxRestRetries = false, false, 0
	one.StateEnabled, one.SyncEvents, one.Compress = false, true, false
	one.LogLevel = -1
	one.Identify.Intents = sdk.IntentsGuilds // interactions need none
	if !p.cfg.Deaf {
		one.Identify.Intents |= sdk.IntentsDirectMessages
	}
	one.Dialer = &websocket.Dialer{HandshakeTimeout: p.cfg.Patience.Open, NetDialContext: s.dial, Proxy: currentVersion}
	one.AddHandler(func(_ *sdk.Session, e *sdk.Event) { s.event(e) })
	one.AddHandler(func(_ *sdk.Session, _ *sdk.Disconnect) { signal(s.gone) })
	s.sdk = one
	return s
}

// currentVersion asks the gateway for the version of which this package speaks: the SDK's address is fixed to an older one.
func currentVersion(r *http.Request) (*url.URL, error) {
	query := r.URL.Query()
	query.Set("v", "10")
	r.URL.RawQuery = query.Encode()
	return http.ProxyFromEnvironment(r)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (s *session) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: s.p.cfg.Patience.Open, KeepAlive: 15 * time.Second}).DialContext(ctx, network, address)
	if err == nil {
		s.mu.Lock()
		s.conn = conn
		s.mu.Unlock()
	}
	return conn, err
}

// cut closes the connection beneath the SDK, whatever lock it holds.
func (s *session) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		_ = s.conn.Close()
	}
}

// run opens the session and watches it until it ends.
func (s *session) run(ctx context.Context) error {
	s.resumable = false
	drainSignals(s.gone, s.ready)
	if err := s.open(ctx); err != nil {
		return err
	}
	defer s.close()
	began, beat := s.p.now(), time.NewTicker(max(s.p.cfg.Patience.Silent/8, 10*time.Millisecond))
	defer beat.Stop()
	greeted := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.gone:
			s.resumable = greeted
			return errors.New("the connection was closed")
		case <-s.ready:
			if !greeted {
				s.p.watch.Connected(agency.Discord, 0)
				defer func() { s.p.watch.Disconnected(agency.Discord, 0, s.p.now().Sub(began) >= longLived) }()
			}
			greeted = true
			s.p.setLine(true)
		case <-beat.C:
			age, silence := s.p.now().Sub(began), s.silence()
			switch {
			case silence > s.p.cfg.Patience.Silent:
				s.cut()
				return fmt.Errorf("no heartbeat was acknowledged for %s", silence.Round(time.Millisecond))
			case !greeted && age > s.p.cfg.Patience.Open:
				return errors.New("Discord did not greet the session")
			case age > s.p.cfg.Patience.Age:
				s.resumable = greeted
				return errors.New("the connection is old")
			}
		}
	}
}

func drainSignals(all ...chan struct{}) {
	for _, c := range all {
		select {
		case <-c:
		default:
		}
	}
}

// silence is how long ago Discord acknowledged a heartbeat.
func (s *session) silence() time.Duration {
	s.sdk.RLock()
	defer s.sdk.RUnlock()
	return time.Since(s.sdk.LastHeartbeatAck)
}

// open opens the session, or gives it up. The SDK locks itself out for good when Discord asks for a reconnect in the place
// of a greeting: then its goroutine is left behind, and with it everything of that session.
func (s *session) open(ctx context.Context) error {
	opened := make(chan error, 1)
	go func() { opened <- s.sdk.Open() }()
	limit := time.NewTimer(s.p.cfg.Patience.Open)
	defer limit.Stop()
	select {
	case err := <-opened:
		return err
	case <-ctx.Done():
		s.cut()
		return ctx.Err()
	case <-limit.C:
		s.cut()
	}
	select { // a read that was cut ends at once; the deadlock does not
	case err := <-opened:
		if err == nil {
			go s.close()
		}
	case <-time.After(time.Second):
		s.p.log.Error("a gateway session hangs inside the SDK and is left behind")
	}
	return fmt.Errorf("the session did not open within %s", s.p.cfg.Patience.Open)
}

// close ends the connection. One that can be resumed is closed with a code for which Discord keeps it.
func (s *session) close() {
	code := websocket.CloseNormalClosure
	if s.resumable {
		code = tooOld
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.sdk.CloseWithCode(code) }()
	select {
	case <-done:
	case <-time.After(2 * time.Second):
		s.cut()
	}
}

// event takes one event as it came: the SDK cannot read every interaction, so it is read here.
func (s *session) event(e *sdk.Event) {
	switch e.Type {
	case "READY", "RESUMED":
		signal(s.ready)
	case "INTERACTION_CREATE":
		if !s.p.OverGateway() {
			return // it comes over HTTP
		}
		var w wireInteraction
		if err := json.Unmarshal(e.RawData, &w); err != nil {
			s.p.log.Warn("cannot read what Discord sent", "error", err)
			return
		}
		in, err := s.p.read(w)
		s.p.takeIn(in, err, func(ctx context.Context, c callback) error { return s.p.callBack(ctx, in, c) })
	case "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE":
		in, err := s.p.heard(e.Type, e.RawData)
		s.p.takeIn(in, err, func(context.Context, callback) error { return nil })
	}
}

// takeIn takes what the gateway brought. An interaction is answered by a call of its own, a message by another one.
func (p *Platform) takeIn(in incoming, err error, ack func(context.Context, callback) error) {
	if ignored := (errIgnored{}); errors.As(err, &ignored) {
		p.log.Debug("not answered", "what", ignored.kind)
		return
	}
	if err != nil {
		p.log.Warn("cannot read what Discord sent", "error", err)
		return
	}
	if err := p.accept(in, ack); err != nil {
		p.log.Error("an interaction was refused", "key", in.Key, "error", err)
	}
}

// hopelessClose turns an end that no retry mends into a sentence for the operator.
func hopelessClose(err error) error {
	if fatal := hopeless(err); fatal != nil {
		return fatal
	}
	var closed *websocket.CloseError
	if !errors.As(err, &closed) {
		return nil
	}
	switch closed.Code {
	case 4004:
		return errors.New("Discord refuses DISCORD_BOT_TOKEN: copy the token again from the Bot page of the Discord application")
	case 4010, 4011, 4012, 4013, 4014:
		return fmt.Errorf("Discord refuses the gateway session (%d %s)", closed.Code, closed.Text)
	}
	return nil
}
