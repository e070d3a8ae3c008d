package discord

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options say which guild to build and which application is installed in it.
type Options struct {
	Application Application
	Guild       Guild
	Roles       []Role
	Users       []User
	Channels    []Channel

	// BotToken is what the application authorises itself with. Default DefaultBotToken.
	BotToken string
	// Key signs interactions that are sent over HTTP. Default: a fresh pair.
	Key ed25519.PrivateKey

	// Now is the clock of the desk: messages are stamped with it. Default time.Now.
	Now func() time.Time
	// Zone is the time zone in which the page shows times. Default UTC.
	Zone *time.Location
	// Real is the clock of the wire: three-second windows, tokens, nonces, rate limits
	// and signatures. Default time.Now.
	Real func() time.Time

	// Path is where the server is mounted, like "/discord". Default: at the root.
	Path string
	// URL is the base under which the application reaches the server, without Path.
	// When empty it is learnt from the Host of the application's first call.
	URL string

	// Beside is another page of the same demonstration; none if it has no URL.
	Beside Link

	// Windows shortens Discord's waiting times; zero fields mean Discord's own.
	Windows Windows
	// Unpaced switches rate limits off, for tests about something else.
	Unpaced bool
	// InvalidLimit is how many 401, 403 and 429 answers in ten minutes lead to a ban.
	// Default 10,000.
	InvalidLimit int
	Log          *slog.Logger
}

// Link leads from the page to another one.
type Link struct {
	Name, Title string // what it says, and what it means
	URL         string
}

// DefaultBotToken is what a server accepts when the options name no token.
const DefaultBotToken = "sandbox-discord-token" //nolint:gosec // it opens nothing but this make-believe

// Windows are the time limits of the platform. Tests shorten them.
type Windows struct {
	Answer    time.Duration // an interaction must be answered within it: 3 s
	Token     time.Duration // life of an interaction token: 15 min
	Nonce     time.Duration // how long a nonce is remembered: "a few minutes", here 2
	Heartbeat time.Duration // interval asked for in Hello: 41.25 s
	Session   time.Duration // how long a broken gateway session can be resumed: 2 min
}

// Server is one Discord-compatible server. It is an http.Handler: the REST API
// lives under /api/, the gateway at /gateway, the page at /.
type Server struct {
	// Fault, when set before the first request, is asked about every REST call.
	// route is the method and the pattern, like "POST /channels/{channel}/messages".
	Fault func(route, channel string) Fault

	audit   func(Request, []byte) // tests see every request and its answer
	o       Options
	handler http.Handler
	page    *template.Template
	log     *slog.Logger
	ctx     context.Context
	cancel  context.CancelFunc
	wg      sync.WaitGroup

	mu           sync.Mutex
	base         string // see Options.URL
	endpoint     string // where interactions go; empty means the gateway
	lastID       int64  // behind every snowflake
	users        map[string]*User
	userOrder    []string
	roles        []*Role
	channels     map[string]*channel
	order        []string
	dms          map[string]string // user id to the channel of the talk with the bot
	commands     map[string][]*command
	interactions map[string]*interaction // by token
	modals       map[string]*modal       // open modal per user
	nonces       map[string]nonce
	read         map[string]map[string]string
	gateway      gateway
	pace         paces
	requests     []Request
	watchers     map[chan change]bool
	changed      chan struct{} // closed and replaced at every change
	closed       bool
}

// New builds a server. It fails when the seed data contradicts itself.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{
		o: o, log: o.Log, base: strings.TrimSuffix(o.URL, "/"),
		users: map[string]*User{}, channels: map[string]*channel{}, dms: map[string]string{},
		commands: map[string][]*command{}, interactions: map[string]*interaction{}, modals: map[string]*modal{},
		nonces: map[string]nonce{}, read: map[string]map[string]string{},
		pace:     paces{buckets: map[string]*bucket{}},
		watchers: map[chan change]bool{}, changed: make(chan struct{}),
	}
	s.gateway.sessions = map[string]*session{}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err := s.seed(); err != nil {
		return nil, err
	}
	if s.page, err = parsePage(); err != nil {
		return nil, fmt.Errorf("reading the page's templates: %w", err)
	}
	s.handler = http.StripPrefix(strings.TrimSuffix(o.Path, "/"), s.mux())
	return s, nil
}

func (o Options) withDefaults() (Options, error) {
	def := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	def(&o.Application.ID, "1000000000000000001")
	def(&o.Application.BotID, o.Application.ID)
	def(&o.Application.Name, "Liaison")
	def(&o.Guild.ID, "1000000000000000002")
	def(&o.Guild.Name, "Sandbox")
	def(&o.BotToken, DefaultBotToken)
	if o.Key == nil {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return o, fmt.Errorf("making a key pair: %w", err)
		}
		o.Key = key
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Real == nil {
		o.Real = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.InvalidLimit == 0 {
		o.InvalidLimit = 10_000
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Windows = o.Windows.withDefaults()
	return o, nil
}

func (w Windows) withDefaults() Windows {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&w.Answer, 3*time.Second)
	def(&w.Token, 15*time.Minute)
	def(&w.Nonce, 2*time.Minute)
	def(&w.Heartbeat, 41250*time.Millisecond)
	def(&w.Session, 2*time.Minute)
	return w
}

func (s *Server) mux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/", s.serveAPI)
	mux.HandleFunc("GET /gateway", s.serveGateway)
	mux.HandleFunc("GET /gateway/{$}", s.serveGateway)
	mux.HandleFunc("GET /attachments/{channel}/{id}/{name}", s.serveAttachment)
	s.pageRoutes(mux)
	return mux
}

// ServeHTTP answers the REST API, the gateway, attachments and the page.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// PublicKey is the application's key as the developer portal shows it, in hex.
func (s *Server) PublicKey() string {
	return hex.EncodeToString(s.o.Key.Public().(ed25519.PublicKey))
}

// Close ends every connection and waits for the deliveries under way.
func (s *Server) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	conns := s.gateway.conns()
	for ch := range s.watchers {
		close(ch)
	}
	s.watchers = map[chan change]bool{}
	s.mu.Unlock()
	s.cancel()
	for _, c := range conns {
		c.shut()
	}
	s.wg.Wait()
}

// Await returns when cond holds. It asks again after every change in the server,
// so a test neither polls nor sleeps.
func (s *Server) Await(ctx context.Context, cond func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the server: %w", ctx.Err())
		}
	}
}

// change tells the page what to fetch again: everything in a channel, or, with an
// empty channel, what stands around it. User limits it to one person.
type change struct{ Channel, User string }

// touch wakes everybody who waits for a change. Callers hold mu.
func (s *Server) touch(c change) {
	close(s.changed)
	s.changed = make(chan struct{})
	for ch := range s.watchers {
		select {
		case ch <- c:
		default: // a page that is this far behind draws itself anew on the next change
		}
	}
}

// background runs a task that Close waits for. Callers hold mu.
func (s *Server) background(f func()) {
	if !s.closed {
		s.wg.Go(f)
	}
}
