package discord

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// The gateway's opcodes and the intents that matter here.
const (
	opDispatch  = 0
	opHeartbeat = 1
	opIdentify  = 2
	opPresence  = 3
	opVoice     = 4
	opResume    = 6
	opReconnect = 7
	opMembers   = 8
	opInvalid   = 9
	opHello     = 10
	opAck       = 11

	intentGuilds   = 1 << 0
	intentMembers  = 1 << 1
	intentPresence = 1 << 8
	intentMessages = 1 << 9
	intentDirect   = 1 << 12
	intentContent  = 1 << 15
	intentsKnown   = 1<<26 - 1

	sendsPerMinute = 120
	maxFrame       = 4096
	keptFrames     = 1000
)

// gateway is everything about WebSockets. It is guarded by Server.mu.
type gateway struct {
	sessions map[string]*session
	open     []*conn
	silent   bool
	greet    []frame // sent in place of READY or RESUMED
	started  int     // identifies today
	created  int     // commands created today
}

func (g *gateway) conns() []*conn { return slices.Clone(g.open) }

// session outlives its connection for a while, so that it can be resumed.
type session struct {
	id      string
	intents int
	seq     int
	kept    []frame
	conn    *conn
	lost    time.Time
}

// frame is one message on the gateway.
type frame struct {
	Op   int    `json:"op"`
	Data any    `json:"d"`
	Seq  *int   `json:"s"`
	Type string `json:"t,omitempty"`
}

// conn is one WebSocket of the application.
type conn struct {
	ws      *websocket.Conn
	writing sync.Mutex
	session *session // guarded by Server.mu, as are the rest
	beat    time.Time
	sends   bucket
	queue   [][]byte
	busy    bool
}

func (c *conn) shut() { c.ws.Close() } //nolint:errcheck // it is going away

// leave closes with a code.
func (c *conn) leave(code int, reason string) {
	c.writing.Lock()
	c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second)) //nolint:errcheck // going away
	c.writing.Unlock()
	c.shut()
}

func (s *Server) serveGateway(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("compress") != "" || (q.Get("encoding") != "" && q.Get("encoding") != "json") {
		http.Error(w, "this gateway speaks uncompressed JSON only", http.StatusBadRequest)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }} // the token is the permission
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &conn{ws: ws, beat: time.Now()}
	if v := q.Get("v"); v != "" && v != "9" && v != "10" {
		c.leave(4012, "Invalid API version")
		return
	}
	ws.SetReadLimit(1 << 20)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		c.shut()
		return
	}
	s.gateway.open = append(s.gateway.open, c)
	s.write(c, frame{Op: opHello, Data: object{"heartbeat_interval": s.o.Windows.Heartbeat.Milliseconds(), "_trace": list{"[\"sandbox\"]"}}})
	s.background(func() { s.watch(c) })
	s.mu.Unlock()
	defer s.resign(c)
	for {
		_, raw, err := ws.ReadMessage()
		if err != nil {
			s.farewell(c, err)
			return
		}
		if !s.hear(c, raw) {
			return
		}
	}
}

// farewell ends a session that its application has closed with 1000 or 1001.
func (s *Server) farewell(c *conn, err error) {
	if !websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.session != nil && c.session.conn == c {
		delete(s.gateway.sessions, c.session.id)
	}
}

func (s *Server) resign(c *conn) {
	c.shut()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.open = slices.DeleteFunc(s.gateway.open, func(o *conn) bool { return o == c })
	if c.session != nil && c.session.conn == c {
		c.session.conn, c.session.lost = nil, time.Now()
	}
	s.touch(change{})
}

// watch closes a connection whose heartbeats stay away.
func (s *Server) watch(c *conn) {
	patience := s.o.Windows.Heartbeat + s.o.Windows.Heartbeat/2
	tick := time.NewTicker(max(s.o.Windows.Heartbeat/4, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		s.mu.Lock()
		gone, late := !slices.Contains(s.gateway.open, c), time.Since(c.beat) > patience
		s.mu.Unlock()
		if gone {
			return
		}
		if late {
			c.leave(4000, "No heartbeat") // the session can be resumed
			return
		}
	}
}

// hear takes one frame of the application; false ends the connection.
func (s *Server) hear(c *conn, raw []byte) bool {
	var f struct {
		Op   *int            `json:"op"`
		Data json.RawMessage `json:"d"`
	}
	if len(raw) > maxFrame || json.Unmarshal(raw, &f) != nil || f.Op == nil {
		c.leave(4002, "Error while decoding payload.")
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, after := c.sends.take(sendsPerMinute, time.Minute, time.Now()); after > 0 {
		go c.leave(4008, "Rate limited.")
		return false
	}
	code, reason := s.obey(c, *f.Op, f.Data)
	if code != 0 {
		s.mu.Unlock()
		c.leave(code, reason)
		s.mu.Lock()
	}
	return code == 0
}

// obey does what an opcode asks; a code closes the connection. Callers hold mu.
func (s *Server) obey(c *conn, op int, data json.RawMessage) (int, string) {
	switch op {
	case opHeartbeat:
		c.beat = time.Now()
		s.write(c, frame{Op: opAck})
	case opIdentify:
		if c.session != nil {
			return 4005, "Already authenticated."
		}
		return s.identify(c, data)
	case opResume:
		if c.session != nil {
			return 4005, "Already authenticated."
		}
		return s.resume(c, data)
	case opPresence, opVoice, opMembers:
		if c.session == nil {
			return 4003, "Not authenticated."
		}
	default:
		return 4001, "Unknown opcode."
	}
	return 0, ""
}

func (s *Server) identify(c *conn, data json.RawMessage) (int, string) {
	var id struct {
		Token      string         `json:"token"`
		Intents    *int           `json:"intents"`
		Properties map[string]any `json:"properties"`
		Shard      []int          `json:"shard"`
	}
	if json.Unmarshal(data, &id) != nil || id.Intents == nil || id.Properties == nil {
		return 4002, "Error while decoding payload."
	}
	s.gateway.started++
	switch {
	case strings.TrimPrefix(id.Token, "Bot ") != s.o.BotToken:
		return 4004, "Authentication failed."
	case len(id.Shard) > 0 && (len(id.Shard) != 2 || id.Shard[1] < 1 || id.Shard[0] < 0 || id.Shard[0] >= id.Shard[1]):
		return 4010, "Invalid shard."
	case *id.Intents < 0 || *id.Intents > intentsKnown:
		return 4013, "Invalid intent(s)."
	case *id.Intents&intentContent != 0 && !s.o.Application.MessageContent,
		*id.Intents&intentMembers != 0 && !s.o.Application.GuildMembers,
		*id.Intents&intentPresence != 0:
		return 4014, "Disallowed intent(s)."
	}
	if s.greeted(c) {
		return 0, ""
	}
	ses := &session{id: strings.ToLower(secret()[:32]), intents: *id.Intents, conn: c}
	s.gateway.sessions[ses.id] = ses
	c.session = ses
	s.push(ses, "READY", object{
		"v": 10, "user": s.userObject(s.o.Application.BotID), "session_id": ses.id, "resume_gateway_url": s.gatewayURL(),
		"guilds":      list{object{"id": s.o.Guild.ID, "unavailable": true}},
		"application": object{"id": s.o.Application.ID, "flags": s.applicationFlags()}, "shard": list{0, 1},
		"session_type": "normal", "private_channels": list{}, "relationships": list{}, "presences": list{}, "guild_join_requests": list{},
		"user_settings": object{}, "geo_ordered_rtc_regions": list{}, "_trace": list{},
	})
	if ses.intents&intentGuilds != 0 {
		s.push(ses, "GUILD_CREATE", s.guildCreate(ses.intents))
	}
	s.touch(change{})
	return 0, ""
}

// greeted sends what a test has put in the place of READY. Callers hold mu.
func (s *Server) greeted(c *conn) bool {
	if len(s.gateway.greet) == 0 {
		return false
	}
	s.write(c, s.gateway.greet[0])
	s.gateway.greet = s.gateway.greet[1:]
	return true
}

func (s *Server) guildCreate(intents int) object {
	o := s.guildObject()
	members := list{s.fullMember(s.bot())}
	if intents&intentMembers != 0 {
		members = list{}
		for _, id := range s.userOrder {
			if u := s.member(id); u != nil {
				members = append(members, s.fullMember(u))
			}
		}
	}
	o["joined_at"], o["large"], o["unavailable"], o["member_count"] = stamp(time.UnixMilli(epoch)), false, false, len(s.userOrder)
	o["members"], o["channels"], o["threads"] = members, s.guildChannels(false), s.guildChannels(true)
	o["voice_states"], o["presences"], o["stage_instances"], o["guild_scheduled_events"], o["soundboard_sounds"] = list{}, list{}, list{}, list{}, list{}
	return o
}

func (s *Server) resume(c *conn, data json.RawMessage) (int, string) {
	var r struct {
		Token   string `json:"token"`
		Session string `json:"session_id"`
		Seq     int    `json:"seq"`
	}
	if json.Unmarshal(data, &r) != nil {
		return 4002, "Error while decoding payload."
	}
	if strings.TrimPrefix(r.Token, "Bot ") != s.o.BotToken {
		return 4004, "Authentication failed."
	}
	if s.greeted(c) {
		return 0, ""
	}
	ses := s.gateway.sessions[r.Session]
	if ses == nil || ses.conn == nil && time.Since(ses.lost) > s.o.Windows.Session || len(ses.kept) > 0 && r.Seq < *ses.kept[0].Seq-1 {
		delete(s.gateway.sessions, r.Session)
		s.write(c, frame{Op: opInvalid, Data: false})
		return 0, ""
	}
	if r.Seq > ses.seq {
		delete(s.gateway.sessions, r.Session)
		return 4007, "Invalid seq."
	}
	if old := ses.conn; old != nil {
		old.session = nil
		go old.shut()
	}
	ses.conn, c.session = c, ses
	for _, f := range ses.kept {
		if *f.Seq > r.Seq {
			s.write(c, f)
		}
	}
	s.push(ses, "RESUMED", object{"_trace": list{}})
	s.touch(change{})
	return 0, ""
}

// dispatch sends an event to every session that asked for it. view may give each its
// own picture of it. Callers hold mu.
func (s *Server) dispatch(intent int, event string, o object, view func(intents int) object) {
	for id, ses := range s.gateway.sessions {
		if ses.conn == nil && time.Since(ses.lost) > s.o.Windows.Session {
			delete(s.gateway.sessions, id)
			continue
		}
		if intent != 0 && ses.intents&intent == 0 {
			continue
		}
		if view != nil {
			s.push(ses, event, view(ses.intents))
			continue
		}
		s.push(ses, event, o)
	}
}

// push numbers an event, keeps it for a resume and sends it. Callers hold mu.
func (s *Server) push(ses *session, event string, data object) {
	ses.seq++
	seq := ses.seq
	f := frame{Op: opDispatch, Type: event, Seq: &seq, Data: clone(data)}
	ses.kept = append(ses.kept, f)
	if len(ses.kept) > keptFrames {
		ses.kept = ses.kept[1:]
	}
	if ses.conn != nil {
		s.write(ses.conn, f)
	}
}

// write queues a frame: nothing under the lock waits for a slow reader. Callers hold mu.
func (s *Server) write(c *conn, f frame) {
	if s.gateway.silent {
		return
	}
	raw, err := json.Marshal(f)
	if err != nil {
		s.log.Error("a gateway event could not be written", "event", f.Type, "error", err)
		return
	}
	c.queue = append(c.queue, raw)
	if !c.busy {
		c.busy = true
		s.background(func() { s.drain(c) })
	}
}

func (s *Server) drain(c *conn) {
	for {
		s.mu.Lock()
		if len(c.queue) == 0 {
			c.busy = false
			s.mu.Unlock()
			return
		}
		raw := c.queue[0]
		c.queue = c.queue[1:]
		s.mu.Unlock()
		c.writing.Lock()
		c.ws.SetWriteDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // never fails
		err := c.ws.WriteMessage(websocket.TextMessage, raw)
		c.writing.Unlock()
		if err != nil {
			c.shut()
		}
	}
}

// gatewayURL is the address of the gateway. Callers hold mu.
func (s *Server) gatewayURL() string { return "ws" + strings.TrimPrefix(s.root(), "http") + "/gateway" }

func (s *Server) getGateway(*call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return answer{body: object{"url": s.gatewayURL()}}, nil
}

func (s *Server) getGatewayBot(*call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	start := object{"total": 1000, "remaining": max(0, 1000-s.gateway.started), "reset_after": 86_400_000, "max_concurrency": 1}
	return answer{body: object{"url": s.gatewayURL(), "shards": 1, "session_start_limit": start}}, nil
}
