package slack

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/slack-go/slack"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
	"liaison/bot/sandbox"
)

// mode is how interactions reach the desk.
type mode string

const (
	overHTTP   mode = "http"
	overSocket mode = "socket"
)

// office is a platform in a workspace that stands in for Slack.
type office struct {
	*Platform
	space *sandbox.Workspace
	api   *sdk.Client // with the desk's own token, to tamper
	log   *record
}

// record is a log that can be read while it is written.
type record struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

func officeOptions(t *testing.T) sandbox.Options {
	t.Helper()
	manifest, err := Manifest(someCommands(), ManifestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return sandbox.Options{
		Manifest: manifest, Team: sandbox.Team{ID: bottest.Workspace, Name: "Glow", Domain: "glow"},
		Users: []sandbox.User{
			{ID: "U0ANA", Name: "ana", RealName: "Ana Ortiz", TZ: "America/Sao_Paulo"}, {ID: "U0KOFI", Name: "kofi", RealName: "Kofi Mensah"},
			{ID: "U0EVE", Name: "eve", TeamID: "T0OTHER"},
		},
		Channels: []sandbox.Channel{
			{ID: "C0DESK", Name: "desk", Members: []string{"U0ANA", "U0KOFI", "U0EVE", "U0LIAISON"}},
			{ID: "C0OPEN", Name: "open", Members: []string{"U0ANA"}}, {ID: "C0SHUT", Name: "shut", Members: []string{"U0ANA"}, IsPrivate: true},
			{ID: "C0PAST", Name: "past", Members: []string{"U0ANA", "U0LIAISON"}, IsArchived: true},
		},
		Windows: sandbox.Windows{Recycle: 20 * time.Millisecond}, Unpaced: true,
	}
}

// newOffice opens a workspace with the desk installed. With prepare the workspace can be changed before it takes anything.
func newOffice(t *testing.T, how mode, prepare func(*sandbox.Options, *Config)) *office {
	t.Helper()
	o, cfg := officeOptions(t), Config{BotToken: sandbox.DefaultBotToken}
	var handler atomic.Value
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.Load().(http.Handler).ServeHTTP(w, r)
	}))
	t.Cleanup(app.Close)
	if how == overHTTP {
		o.RequestURL, cfg.SigningSecret = app.URL, sandbox.DefaultSigningSecret
	} else {
		cfg.AppToken = sandbox.DefaultAppToken
	}
	log := &record{}
	cfg.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if prepare != nil {
		prepare(&o, &cfg)
	}
	space, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	slack := httptest.NewServer(space)
	t.Cleanup(func() { space.Close(); slack.Close() })
	cfg.APIURL = slack.URL + "/api/"
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	handler.Store(p.Handler())
	return &office{Platform: p, space: space, log: log, api: sdk.New(sandbox.DefaultBotToken, sdk.OptionAPIURL(cfg.APIURL))}
}

// open runs the desk until the test ends.
func (o *office) open(t *testing.T, take func(context.Context, bot.Request) bot.Reply) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- o.Run(ctx, take) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the platform ended with %v", err)
		}
	})
	for deadline := time.Now().Add(10 * time.Second); o.Ready() != nil; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not ready: %v", o.Ready())
		}
	}
}

func (o *office) await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := o.space.Await(ctx, cond); err != nil {
		t.Fatalf("waiting for %s: %v\n%s", what, err, o.log)
	}
}

func (o *office) seen(user string) []string {
	var all []string
	for _, m := range o.space.Ephemerals(user) {
		all = append(all, m.Shown())
	}
	return all
}

func (o *office) posted(channel string) []string {
	var all []string
	for _, m := range o.space.Messages(channel) {
		all = append(all, m.Shown())
	}
	return all
}

func (o *office) top(user string) (sandbox.View, bool) {
	views := o.space.Views(user)
	if len(views) == 0 {
		return sandbox.View{}, false
	}
	return views[len(views)-1], true
}

func contains(all []string, part string) bool { return strings.Contains(strings.Join(all, "\n"), part) }

// TestSlackPassesTheExercise takes both ways in through what every platform must do.
func TestSlackPassesTheExercise(t *testing.T) {
	for _, how := range []mode{overHTTP, overSocket} {
		t.Run(string(how), func(t *testing.T) {
			bottest.Exercise(t, func(t *testing.T) bottest.Harness { return harness(t, newOffice(t, how, nil)) })
		})
	}
}

func harness(t *testing.T, o *office) bottest.Harness {
	where := agency.Address{Platform: agency.Slack, Workspace: bottest.Workspace, Channel: "C0DESK"}
	nowhere := where
	nowhere.Channel = "C0NOWHERE"
	var lose atomic.Bool
	o.space.Fault = func(method, _ string) sandbox.Fault {
		if method == "chat.postMessage" && lose.CompareAndSwap(true, false) {
			return sandbox.Fault{Kind: sandbox.FaultResetAfter}
		}
		return sandbox.Fault{}
	}
	return bottest.Harness{
		Platform: o.Platform, Channel: where, Nowhere: nowhere, Talk: where,
		Lose: func() { lose.Store(true) },
		Say: func(id, text string) (string, error) {
			channel, thread := splitMessageID(id, "")
			said, err := o.space.Say("U0ANA", channel, text, thread)
			return said.TS, err
		},
		Resay:  func(said, text string) error { return o.space.Reword("U0ANA", "C0DESK", said, text) },
		Unsay:  func(said string) error { return o.space.Unsay("U0ANA", "C0DESK", said) },
		Person: agency.Identity{Platform: agency.Slack, Workspace: bottest.Workspace, User: "U0ANA"},
		Type:   func(line string) error { return o.space.Command("U0ANA", "C0DESK", line) },
		Press: func(id, label string) error {
			channel, ts := splitMessageID(id, "")
			return o.space.Press("U0ANA", sandbox.Press{Channel: channel, TS: ts, Text: label})
		},
		Form: func() (string, bool) {
			v, open := o.top("U0ANA")
			title, _ := v.Title["text"].(string)
			return title, open
		},
		Submit: func(fields map[string][]string) (map[string]string, error) {
			v, _ := o.top("U0ANA")
			return o.space.Submit("U0ANA", v.ID, fields)
		},
		Ask: func(field, query string) ([]string, error) {
			v, _ := o.top("U0ANA")
			options, err := o.space.Suggest("U0ANA", sandbox.Press{ViewID: v.ID, BlockID: field, ActionID: field}, query)
			var labels []string
			for _, option := range options {
				labels = append(labels, option.(object)["text"].(object)["text"].(string))
			}
			return labels, err
		},
		Home:   func() error { return o.space.OpenHome("U0ANA") },
		Seen:   func() []string { return unescaped(o.seen("U0ANA")) },
		Posted: func() []string { return unescaped(o.posted("C0DESK")) },
		Page: func() string {
			v, _ := o.space.Home("U0ANA")
			return v.Shown()
		},
		Delete: func(id string) error {
			channel, ts := splitMessageID(id, "")
			_, _, err := o.api.DeleteMessageContext(t.Context(), channel, ts)
			return err
		},
		Await: o.space.Await,
	}
}

func unescaped(all []string) []string {
	for i, s := range all {
		all[i] = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
	}
	return all
}

func both(t *testing.T, run func(t *testing.T, how mode)) {
	t.Helper()
	for _, how := range []mode{overHTTP, overSocket} {
		t.Run(string(how), func(t *testing.T) { t.Parallel(); run(t, how) })
	}
}

func TestAPersonOfAnotherOrganisationKeepsTheirOwnWorkspace(t *testing.T) {
	t.Parallel()
	o := newOffice(t, overSocket, nil)
	got := make(chan bot.Request, 1)
	o.open(t, func(_ context.Context, r bot.Request) bot.Reply { got <- r; return bot.Reply{} })
	where := agency.Address{Platform: agency.Slack, Workspace: bottest.Workspace, Channel: "C0DESK"}
	id, err := o.Post(t.Context(), bot.Delivery{To: where, Message: bot.Message{Summary: "s", Parts: []bot.Part{bot.Actions(bot.Button{Label: "Go", Command: "help"})}}})
	if err != nil {
		t.Fatal(err)
	}
	_, ts := splitMessageID(id, "")
	if err := o.space.Press("U0EVE", sandbox.Press{Channel: "C0DESK", TS: ts, Text: "Go"}); err != nil {
		t.Fatal(err)
	}
	r := <-got
	if (r.From != agency.Identity{Platform: agency.Slack, Workspace: "T0OTHER", User: "U0EVE"}) || r.Channel != where {
		t.Errorf("from %v in %v", r.From, r.Channel)
	}
}

func TestThePostOfARowCanBeFoundAgain(t *testing.T) {
	t.Parallel()
	var lose atomic.Bool
	o := newOffice(t, overSocket, nil)
	o.space.Fault = func(method, _ string) sandbox.Fault {
		if method == "chat.postMessage" && lose.CompareAndSwap(true, false) {
			return sandbox.Fault{Kind: sandbox.FaultResetAfter}
		}
		return sandbox.Fault{}
	}
	o.open(t, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
	since := time.Now().Add(-time.Minute)
	to := agency.Address{Platform: agency.Slack, Workspace: bottest.Workspace, Channel: "C0DESK"}
	d := bot.Delivery{To: to, Message: bot.Sentence("Card."), Kind: "seller-card", RowID: 41}
	if _, found, err := o.Find(t.Context(), bot.Delivery{To: to, RowID: 41}, since); found || err != nil {
		t.Fatalf("found %v, %v before it was posted", found, err)
	}
	lose.Store(true)
	_, err := o.Post(t.Context(), d)
	if e := sendError(err); e.Outcome != bot.Unknown {
		t.Fatalf("a lost answer is %v", err)
	}
	id, found, err := o.Find(t.Context(), bot.Delivery{To: to, RowID: 41}, since)
	if err != nil || !found {
		t.Fatalf("found %v, %v", found, err)
	}
	d.Message = bot.Sentence("Card, edited.")
	if err := o.Edit(t.Context(), id, d); err != nil {
		t.Fatal(err)
	}
	if again, found, err := o.Find(t.Context(), bot.Delivery{To: to, RowID: 41}, since); again != id || !found || err != nil {
		t.Errorf("after the edit: %q, %v, %v", again, found, err)
	}
	reply, err := o.Post(t.Context(), bot.Delivery{To: to, Message: bot.Sentence("Note."), Kind: "note", RowID: 42, ThreadID: id})
	if err != nil {
		t.Fatal(err)
	}
	if got, found, err := o.Find(t.Context(), bot.Delivery{To: to, ThreadID: id, RowID: 42}, since); got != reply || !found || err != nil {
		t.Errorf("in the thread: %q, %v, %v", got, found, err)
	}
	if n := len(o.space.Messages("C0DESK")); n != 2 {
		t.Errorf("%d messages", n)
	}
	to.Channel = "U0ANA"
	if _, _, err := o.Find(t.Context(), bot.Delivery{To: to, RowID: 41}, since); err == nil {
		t.Error("a direct message was looked up without a word")
	}
}

func TestAPublicChannelIsJoinedAndAPrivateOneIsNot(t *testing.T) {
	t.Parallel()
	o := newOffice(t, overSocket, nil)
	o.open(t, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
	d := bot.Delivery{To: agency.Address{Platform: agency.Slack, Workspace: bottest.Workspace, Channel: "C0OPEN"}, Message: bot.Sentence("Hello.")}
	if _, err := o.Post(t.Context(), d); err != nil {
		t.Errorf("a public channel: %v", err)
	}
	for channel, code := range map[string]string{"C0SHUT": "", "C0PAST": "is_archived"} {
		d.To.Channel = channel
		_, err := o.Post(t.Context(), d)
		if e := sendError(err); err == nil || e.Outcome != bot.Refused || code != "" && e.Code != code {
			t.Errorf("%s: %v", channel, err)
		}
	}
	d.To.Channel = "U0ANA"
	id, err := o.Post(t.Context(), d)
	if err != nil || !strings.HasPrefix(id, o.space.DM("U0ANA")+"/") {
		t.Fatalf("a direct message: %q, %v", id, err)
	}
	d.Message = bot.Sentence("Hello again.")
	if err := o.Edit(t.Context(), id, d); err != nil {
		t.Errorf("editing a direct message: %v", err)
	}
	if !contains(o.posted(o.space.DM("U0ANA")), "Hello again.") {
		t.Error("the direct message was not edited")
	}
}

func TestDetailGoesIntoTheThreadOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.FaultKind{"not taken": sandbox.FaultRateLimited, "taken and not heard of": sandbox.FaultResetAfter} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			o := newOffice(t, overSocket, nil)
			o.space.Fault = func(method, _ string) sandbox.Fault {
				if method == "chat.postMessage" && calls.Add(1) == 3 { // the second page of the thread
					return sandbox.Fault{Kind: fault, Wait: time.Millisecond}
				}
				return sandbox.Fault{}
			}
			o.open(t, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
			m := bot.Sentence("Card.")
			for range 140 {
				m.Thread = append(m.Thread, bot.Para(bot.T("Detail.")))
			}
			d := bot.Delivery{To: agency.Address{Platform: agency.Slack, Workspace: bottest.Workspace, Channel: "C0DESK"}, Message: m, RowID: 7}
			id, err := o.Post(t.Context(), d)
			if id == "" || err == nil {
				t.Fatalf("a message whose thread failed: %q, %v", id, err)
			}
			for range 2 { // the second time there is nothing left to do
				time.Sleep(sendError(err).Wait)
				if err = o.Complete(t.Context(), id, d); err != nil {
					t.Fatal(err)
				}
			}
			all := o.space.Messages("C0DESK")
			details := 0
			for _, one := range all {
				details += strings.Count(one.Shown(), "Detail.")
			}
			if details != 140 || "C0DESK/"+all[1].ThreadTS != id {
				t.Errorf("%d of 140 details in %d messages", details, len(all))
			}
			if got, found, err := o.Find(t.Context(), bot.Delivery{To: d.To, RowID: 7}, time.Now().Add(-time.Minute)); got != id || !found || err != nil {
				t.Errorf("found %q, %v, %v; want the message itself, not a page of its thread", got, found, err)
			}
		})
	}
}

func TestWhatWasTakenIsAnsweredBeforeTheDeskStops(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, how mode) {
		o := newOffice(t, how, nil)
		ctx, stop := context.WithCancel(context.Background())
		begun, ended := make(chan bool, 1), make(chan error, 1)
		go func() {
			ended <- o.Run(ctx, func(ctx context.Context, _ bot.Request) bot.Reply {
				begun <- true
				time.Sleep(200 * time.Millisecond)
				return bot.Say("Done all the same: %v.", ctx.Err())
			})
		}()
		for o.Ready() != nil {
			time.Sleep(time.Millisecond)
		}
		typed := make(chan error, 1)
		go func() { typed <- o.space.Command("U0ANA", "C0DESK", "/seller list") }()
		<-begun
		stop()
		if err := <-typed; err != nil {
			t.Errorf("typing: %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("ended with %v", err)
		}
		if !contains(o.seen("U0ANA"), "Done all the same: <nil>.") && !contains(o.seen("U0ANA"), "Done all the same: %!v(<nil>)") {
			t.Errorf("saw %v", o.seen("U0ANA"))
		}
		if o.Ready() == nil {
			t.Error("ready after it stopped")
		}
	})
}

func TestNoTokenSecretOrSignatureIsLogged(t *testing.T) {
	t.Parallel()
	secrets := []string{"xoxb-very-secret-bot", "xapp-very-secret-app", "very-secret-signing"}
	for _, how := range []mode{overHTTP, overSocket} {
		o := newOffice(t, how, func(s *sandbox.Options, c *Config) {
			s.BotToken, s.AppToken, s.SigningSecret = secrets[0], secrets[1], secrets[2]
			c.BotToken = secrets[0]
			if how == overHTTP {
				c.SigningSecret = secrets[2]
			} else {
				c.AppToken = secrets[1]
			}
		})
		var failing atomic.Bool
		o.space.Fault = func(method, _ string) sandbox.Fault {
			if failing.Load() && method != "apps.connections.open" {
				return sandbox.Fault{Kind: sandbox.FaultKind(1 + time.Now().Nanosecond()%3)}
			}
			return sandbox.Fault{}
		}
		o.open(t, func(_ context.Context, r bot.Request) bot.Reply {
			return bot.Open(bottest.OnboardForm())
		})
		failing.Store(true)
		for range 5 {
			_ = o.space.Command("U0ANA", "C0DESK", "/seller onboard")
			_, _ = o.Post(t.Context(), bot.Delivery{To: agency.Address{Platform: agency.Slack, Channel: "C0DESK"}, Message: bot.Sentence("x")})
		}
		if how == overHTTP {
			body := []byte("command=%2Fhelp&team_id=T&user_id=U&trigger_id=1.1&response_url=https%3A%2F%2Fhooks.slack.com%2Fsecret")
			w := post(o.Handler(), "/slack/commands", body, fmt.Sprint(time.Now().Unix()), "v0="+strings.Repeat("0", 64))
			if w.Code != http.StatusUnauthorized {
				t.Errorf("a forged request got %d", w.Code)
			}
			secrets = append(secrets, signed("very-secret-signing", fmt.Sprint(time.Now().Unix()), body), "hooks.slack.com/secret")
		}
		text := o.log.String()
		if len(text) == 0 {
			t.Error("nothing was logged at all")
		}
		for _, s := range append(secrets, "/hooks/", "response_url=") {
			if strings.Contains(text, s) {
				t.Errorf("%s: the log holds %q:\n%s", how, s, text)
			}
		}
	}
}
