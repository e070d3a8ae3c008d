package main

import (
	"context"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// proxy stands between the desks and the workspace and does to their connections what networks do.
type proxy struct {
	listener net.Listener
	target   string
	trouble  atomic.Bool // whether it does harm at the moment

	mu     sync.Mutex
	choose *rand.Rand
	harm   map[string]int // what was done, by kind
}

// The harm that is done to a request. A socket suffers as a whole.
const (
	unharmed    = ""
	slowed      = "slowed"
	swallowed   = "swallowed"     // the connection stays open and nothing comes through any more
	resetAfter  = "reset after"   // the request has arrived, and the connection ends before the answer
	cutAnswer   = "answer cut"    // it ends in the middle of the answer
	resetBefore = "reset before"  // it ends before the request has arrived
	frozen      = "socket frozen" // a socket that looks open and is dead
	socketReset = "socket reset"
)

// newProxy starts a proxy that does no harm yet.
func newProxy(ctx context.Context, target string, choose *rand.Rand) (*proxy, error) {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: listener, target: strings.TrimPrefix(target, "http://"), choose: choose, harm: map[string]int{}}
	go p.serve(ctx)
	return p, nil
}

func (p *proxy) url() string { return "http://" + p.listener.Addr().String() }

func (p *proxy) serve(ctx context.Context) {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.carry(ctx, client)
	}
}

// fate draws what happens to one request, and to a socket when it begins.
func (p *proxy) fate(socket bool) (string, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.trouble.Load() {
		return unharmed, 0
	}
	delay := time.Duration(p.choose.Int64N(int64(300 * time.Millisecond)))
	kinds := []string{resetAfter, resetAfter, cutAnswer, cutAnswer, resetBefore, swallowed, slowed, slowed, slowed, slowed}
	kinds = append(kinds, make([]string, 15)...) // most go unharmed
	if socket {
		kinds = []string{unharmed, unharmed, unharmed, unharmed, frozen, socketReset, socketReset}
		delay = time.Second + time.Duration(p.choose.Int64N(int64(8*time.Second)))
	}
	kind := kinds[p.choose.IntN(len(kinds))]
	if kind != unharmed {
		p.harm[kind]++
	}
	return kind, delay
}

// carry carries one connection.
func (p *proxy) carry(ctx context.Context, client net.Conn) {
	defer client.Close()
	var dial net.Dialer
	server, err := dial.DialContext(ctx, "tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	var doom atomic.Value // what becomes of the answer that comes next
	doom.Store(unharmed)
	go p.answers(client, server, &doom)
	buffer := make([]byte, 64<<10)
	for socket := false; ; {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		kind, delay := unharmed, time.Duration(0)
		if !socket { // a socket's fate was drawn when it began
			socket = strings.HasPrefix(string(buffer[:n]), "GET /socket/")
			kind, delay = p.fate(socket)
		}
		switch kind {
		case slowed:
			time.Sleep(delay)
		case resetBefore:
			reset(client)
			return
		case swallowed:
			doom.Store(swallowed)
			for err == nil { // it looks open until the other side has had enough
				_, err = client.Read(buffer)
			}
			return
		case frozen:
			time.AfterFunc(delay, func() { doom.Store(swallowed) })
		case socketReset:
			time.AfterFunc(delay, func() { reset(client); server.Close() })
		}
		if kind == resetAfter || kind == cutAnswer {
			doom.Store(kind)
		}
		if doom.Load() == swallowed {
			continue
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// answers carries what comes back.
func (p *proxy) answers(client, server net.Conn, doom *atomic.Value) {
	defer client.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		switch doom.Load() {
		case swallowed:
			continue
		case resetAfter:
			reset(client)
			return
		case cutAnswer:
			client.Write(buffer[:n/2]) //nolint:errcheck // it is meant to break
			reset(client)
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// reset ends a connection so that the other side sees a reset and no orderly end.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0) //nolint:errcheck // then it ends in order, which is harm as well
	}
	c.Close()
}

func (p *proxy) done() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := map[string]int{}
	for kind, n := range p.harm {
		list[kind] = n
	}
	return list
}
