package sandbox

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options say which workspace to build and which app is installed in it.
type Options struct {
	// Manifest is the app's manifest (YAML or JSON), as an administrator would paste it.
	Manifest []byte
	Team     Team
	Users    []User
	Channels []Channel

	BotUserID string // default "U0LIAISON"
	AppID     string // default "A0LIAISON"
	BotID     string // default "B0LIAISON"

	// Now is the clock of the desk: messages are stamped with it. Default time.Now.
	Now func() time.Time
	// SetNow moves that clock from the page; nil hides the control.
	SetNow func(time.Time)
	// Zone is the time zone in which the page shows that clock. Default UTC.
	Zone *time.Location
	// Real is the clock of the wire: three-second windows, trigger ids, response
	// urls, rate limits and signatures. It is another one than Now because a desk
	// that is moved to next Monday still answers within three real seconds.
	// Default time.Now.
	Real func() time.Time

	// RequestURL is the base URL of the app in HTTP mode; empty means Socket Mode.
	RequestURL string
	// URL is the base of this workspace as the app reaches it. When empty it is
	// learnt from the Host of the app's first call.
	URL string

	SigningSecret string // default DefaultSigningSecret
	BotToken      string // default DefaultBotToken
	AppToken      string // default DefaultAppToken

	// Beside is another page of the same demonstration; none if it has no URL.
	Beside Link

	// Windows shortens Slack's waiting times; zero fields mean Slack's own.
	Windows Windows
	// Unpaced switches rate limits off, for tests about something else.
	Unpaced bool
	Log     *slog.Logger
}

// Link leads from the page to another one.
type Link struct {
	Name, Title string // what it says, and what it means
	URL         string
}

// Credentials that a workspace accepts when the options name none.
const (
	DefaultBotToken      = "xoxb-sandbox" //nolint:gosec // it opens nothing but this make-believe
	DefaultAppToken      = "xapp-sandbox"
	DefaultSigningSecret = "sandbox-signing-secret"
)

// Windows are the time limits of the platform. Tests shorten them.
type Windows struct {
	Ack         time.Duration   // an app must acknowledge within it: 3 s
	Trigger     time.Duration   // life of a trigger_id: 3 s
	ResponseURL time.Duration   // life of a response_url: 30 min
	Retries     []time.Duration // pauses before an event is sent again: 0, 1 min, 5 min
	Ping        time.Duration   // between WebSocket pings: 10 s
	Recycle     time.Duration   // from a disconnect warning to the end of the connection: 10 s
}

// Workspace is one Slack-compatible workspace. It is an http.Handler: the Web
// API lives under /api/, the page at /.
type Workspace struct {
	// Fault, when set before the first request, is asked about every Web API call.
	Fault func(method, channel string) Fault
	// Heard, when set before the first request, is told of every delivery to the app, and must not call the workspace.
	Heard func(Delivery)

	audit    func(method, code string) // tests hear of every error that is answered
	o        Options
	manifest manifest
	scopes   map[string]bool
	methods  map[string]method
	mux      *http.ServeMux
	page     *template.Template
	log      *slog.Logger
	ctx      context.Context
	cancel   context.CancelFunc
	wg       sync.WaitGroup

	mu        sync.Mutex
	base      string // see Options.URL
	seq       int64  // behind every generated id
	users     map[string]*User
	userOrder []string
	rooms     map[string]*room
	roomOrder []string
	dms       map[string]string // user id to the D… id of the talk with the bot
	triggers  map[string]*trigger
	hooks     map[string]*responseHook
	stacks    map[string][]*View           // open modals per user, root first
	homes     map[string]*View             // published App Home per user
	values    map[string]formState         // what people have chosen so far, per container and user
	offers    map[string]map[string]any    // options an app offered in an external select
	read      map[string]map[string]string // user, room: last ts seen
	files     map[string]*file
	uploads   map[string]string // upload ticket to file id
	socket    socketState
	paces     map[string][]time.Time
	watchers  map[chan change]bool
	changed   chan struct{} // closed and replaced at every change
	closed    bool
}

// New builds a workspace. It fails when the manifest cannot be used or when the
// seed data contradicts itself.
func New(o Options) (*Workspace, error) {
	o = o.withDefaults()
	m, err := parseManifest(o.Manifest)
	if err != nil {
		return nil, err
	}
	page, err := parsePage()
	if err != nil {
		return nil, fmt.Errorf("reading the page's templates: %w", err)
	}
	w := &Workspace{
		o: o, manifest: m, page: page, log: o.Log, base: strings.TrimSuffix(o.URL, "/"),
		scopes: map[string]bool{}, methods: map[string]method{},
		users: map[string]*User{}, rooms: map[string]*room{}, dms: map[string]string{},
		triggers: map[string]*trigger{}, hooks: map[string]*responseHook{},
		stacks: map[string][]*View{}, homes: map[string]*View{},
		values: map[string]formState{}, offers: map[string]map[string]any{},
		read: map[string]map[string]string{}, files: map[string]*file{}, uploads: map[string]string{},
		paces: map[string][]time.Time{}, watchers: map[chan change]bool{}, changed: make(chan struct{}),
	}
	w.socket = newSocketState()
	w.ctx, w.cancel = context.WithCancel(context.Background())
	for _, s := range m.OAuth.Scopes.Bot {
		w.scopes[s] = true
	}
	for _, m := range webMethods() {
		w.methods[m.name] = m
	}
	if err := w.seed(); err != nil {
		return nil, err
	}
	w.mux = w.routes()
	return w, nil
}

func (o Options) withDefaults() Options {
	def := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	def(&o.BotUserID, "U0LIAISON")
	def(&o.AppID, "A0LIAISON")
	def(&o.BotID, "B0LIAISON")
	def(&o.Team.ID, "T0SANDBOX")
	def(&o.Team.Name, "Sandbox")
	def(&o.Team.Domain, "sandbox")
	def(&o.BotToken, DefaultBotToken)
	def(&o.AppToken, DefaultAppToken)
	def(&o.SigningSecret, DefaultSigningSecret)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Real == nil {
		o.Real = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Windows = o.Windows.withDefaults()
	return o
}

func (w Windows) withDefaults() Windows {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&w.Ack, 3*time.Second)
	def(&w.Trigger, 3*time.Second)
	def(&w.ResponseURL, 30*time.Minute)
	def(&w.Ping, 10*time.Second)
	def(&w.Recycle, 10*time.Second)
	if w.Retries == nil {
		w.Retries = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	return w
}

func (w *Workspace) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", w.serveAPI)
	mux.HandleFunc("GET /socket/{ticket}", w.serveSocket)
	mux.HandleFunc("POST /hooks/{ticket}", w.serveHook)
	mux.HandleFunc("POST /upload/{ticket}", w.serveUpload)
	mux.HandleFunc("GET /files/{id}/{name}", w.serveFile)
	w.pageRoutes(mux)
	return mux
}

// ServeHTTP answers the Web API, the Socket Mode endpoint, response urls, file
// transfers and the page.
func (w *Workspace) ServeHTTP(rw http.ResponseWriter, r *http.Request) { w.mux.ServeHTTP(rw, r) }

// Close ends every connection and waits for the deliveries under way.
func (w *Workspace) Close() {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.closed = true
	conns := w.socket.all()
	for ch := range w.watchers {
		close(ch)
	}
	w.watchers = map[chan change]bool{}
	w.mu.Unlock()
	w.cancel()
	for _, c := range conns {
		c.shut()
	}
	w.wg.Wait()
}

// Await returns when cond holds. It asks again after every change in the
// workspace, so a test neither polls nor sleeps.
func (w *Workspace) Await(ctx context.Context, cond func() bool) error {
	for {
		w.mu.Lock()
		changed := w.changed
		w.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the workspace: %w", ctx.Err())
		}
	}
}

// errClosed is what a person meets when the workspace is going away.
var errClosed = errors.New("the workspace is closed")
