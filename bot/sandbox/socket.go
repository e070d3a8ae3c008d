package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// maxSockets is how many connections one app may hold; maxAck is the size from
// which Slack drops an acknowledgement without a word.
const (
	maxSockets  = 10
	maxAck      = 20 << 10
	ticketLives = 30 * time.Second
)

// socketState is everything about Socket Mode. It is guarded by Workspace.mu.
type socketState struct {
	tickets map[string]time.Time
	conns   []*conn
	next    int
	waiting map[string]chan []byte // envelope id to who waits for its ack
}

func newSocketState() socketState {
	return socketState{tickets: map[string]time.Time{}, waiting: map[string]chan []byte{}}
}

func (s *socketState) all() []*conn { return slices.Clone(s.conns) }

// conn is one WebSocket of the app. Gorilla allows one writer at a time.
type conn struct {
	ws      *websocket.Conn
	writing sync.Mutex
	leaving bool // was told to go; gets no new envelopes. Guarded by Workspace.mu
}

func (c *conn) send(v any) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.write(v)
}

// write sends; its caller holds writing.
func (c *conn) write(v any) error {
	c.ws.SetWriteDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // never fails
	return c.ws.WriteJSON(v)
}

func (c *conn) ping() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.ws.WriteControl(websocket.PingMessage, []byte("Ping from applink"), time.Now().Add(5*time.Second))
}

func (c *conn) shut() { c.ws.Close() } //nolint:errcheck // it is going away

// connectionsOpen is apps.connections.open.
func (w *Workspace) connectionsOpen(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.o.Real()
	for t, born := range w.socket.tickets {
		if now.Sub(born) > ticketLives {
			delete(w.socket.tickets, t)
		}
	}
	t := secret()
	w.socket.tickets[t] = now
	return object{"url": "ws" + strings.TrimPrefix(c.base, "http") + "/socket/" + t}, nil
}

func (w *Workspace) serveSocket(rw http.ResponseWriter, r *http.Request) {
	ticket := r.PathValue("ticket")
	w.mu.Lock()
	born, ok := w.socket.tickets[ticket]
	delete(w.socket.tickets, ticket) // single use, whatever comes of it
	ok = ok && w.o.Real().Sub(born) <= ticketLives && !w.closed
	w.mu.Unlock()
	if !ok {
		http.Error(rw, "link disabled", http.StatusForbidden)
		return
	}
	// The ticket is the permission; the Origin of a client that is no browser says nothing.
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(rw, r, nil)
	if err != nil {
		return
	}
	c := &conn{ws: ws}
	if !w.enrol(c) {
		return
	}
	defer w.resign(c)
	ws.SetReadLimit(1 << 20)
	for {
		_, raw, err := ws.ReadMessage()
		if err != nil {
			return
		}
		w.acked(raw)
	}
}

// enrol adds a connection and greets it. Whoever is greeted can be chosen for an envelope, which comes behind the hello.
func (w *Workspace) enrol(c *conn) bool {
	c.writing.Lock()
	n, ok := w.admit(c)
	if !ok {
		c.write(object{"type": "disconnect", "reason": "too_many_websockets", "debug_info": object{"host": "sandbox"}}) //nolint:errcheck // going away
		c.writing.Unlock()
		c.shut()
		return false
	}
	err := c.write(object{
		"type": "hello", "num_connections": n, "connection_info": object{"app_id": w.o.AppID},
		"debug_info": object{"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060},
	})
	c.writing.Unlock()
	if err != nil {
		w.resign(c)
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.touch(change{Kind: changeClock})
	w.backgroundLocked(func() { w.keepAlive(c) })
	return true
}

// admit counts a connection in, unless there are too many.
func (w *Workspace) admit(c *conn) (n int, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || len(w.socket.conns) >= maxSockets {
		return 0, false
	}
	w.socket.conns = append(w.socket.conns, c)
	return len(w.socket.conns), true
}

func (w *Workspace) keepAlive(c *conn) {
	tick := time.NewTicker(w.o.Windows.Ping)
	defer tick.Stop()
	if c.ping() != nil {
		return
	}
	for {
		select {
		case <-tick.C:
			if c.ping() != nil {
				return
			}
		case <-w.ctx.Done():
			return
		}
	}
}

func (w *Workspace) resign(c *conn) {
	c.shut()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.socket.conns = slices.DeleteFunc(w.socket.conns, func(o *conn) bool { return o == c })
	w.touch(change{Kind: changeClock})
}

// acked hands an acknowledgement to whoever waits for it. One of 20 KB or more is
// dropped without a word, as Slack does, and so is one for an unknown envelope.
func (w *Workspace) acked(raw []byte) {
	var ack struct {
		ID      string          `json:"envelope_id"`
		Payload json.RawMessage `json:"payload"`
	}
	if len(raw) >= maxAck || json.Unmarshal(raw, &ack) != nil {
		w.log.Warn("an acknowledgement was dropped", "bytes", len(raw))
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if ch := w.socket.waiting[ack.ID]; ch != nil {
		delete(w.socket.waiting, ack.ID)
		ch <- ack.Payload
	}
}

// open lists the connections that can take an envelope. Callers hold mu.
func (s *socketState) open() []*conn {
	return slices.DeleteFunc(slices.Clone(s.conns), func(c *conn) bool { return c.leaving })
}

// pick chooses one of the open connections, in turn. Callers hold mu.
func (s *socketState) pick() *conn {
	open := s.open()
	if len(open) == 0 {
		return nil
	}
	s.next++
	return open[s.next%len(open)]
}

func (w *Workspace) deliverSocket(e envelope) ([]byte, error) {
	id := secret()
	got := make(chan []byte, 1)
	w.mu.Lock()
	w.socket.waiting[id] = got
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.socket.waiting, id)
		w.mu.Unlock()
	}()
	frame := object{
		"envelope_id": id, "type": e.kind, "payload": e.payload, "accepts_response_payload": e.kind != "events_api",
	}
	if e.kind == "events_api" {
		frame["retry_attempt"], frame["retry_reason"] = e.attempt, e.reason
	}
	if !w.write(frame) {
		return nil, errNoApp
	}
	late := time.NewTimer(w.o.Windows.Ack)
	defer late.Stop()
	select {
	case p := <-got:
		return p, nil
	case <-late.C:
		return nil, errTimeout
	case <-w.ctx.Done():
		return nil, errClosed
	}
}

// write sends a frame on one of the connections. What one that was closed in this
// moment does not take was not sent, and goes to another.
func (w *Workspace) write(frame object) bool {
	for {
		w.mu.Lock()
		c := w.socket.pick()
		w.mu.Unlock()
		if c == nil {
			return false
		}
		if c.send(frame) == nil {
			return true
		}
		w.resign(c)
	}
}

// Connections says how many Socket Mode connections the app holds.
func (w *Workspace) Connections() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.socket.conns)
}

// Disconnect tells every connection to go, with Slack's reasons "warning" or
// "refresh_requested". A warned connection lives on for a while, but neither kind
// gets new envelopes.
func (w *Workspace) Disconnect(reason string) {
	w.mu.Lock()
	conns := w.socket.all()
	for _, c := range conns {
		c.leaving = true
	}
	w.mu.Unlock()
	for _, c := range conns {
		c.send(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "sandbox"}}) //nolint:errcheck // going away
		w.background(func() {
			wait := w.o.Windows.Recycle
			if reason != "warning" {
				wait /= 10
			}
			select {
			case <-time.After(wait):
			case <-w.ctx.Done():
			}
			c.shut()
		})
	}
}

// Cut breaks every Socket Mode connection without a word, as a failing network does.
func (w *Workspace) Cut() {
	w.mu.Lock()
	conns := w.socket.all()
	w.mu.Unlock()
	for _, c := range conns {
		c.shut()
	}
}
