package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"liaison/agency"
	"liaison/bot"
)

// fakeSockets is Socket Mode's other end, down to the frame, for what a workspace would not do.
type fakeSockets struct {
	*httptest.Server
	refuse  string // the error of apps.connections.open
	hello   string
	dropped bool        // every socket ends as soon as it is open
	mute    bool        // no greeting
	full    atomic.Bool // no further socket is opened

	opens atomic.Int32
	mu    sync.Mutex
	conns []*websocket.Conn
	acks  chan object
}

func newFakeSockets(t *testing.T, change func(*fakeSockets)) *fakeSockets {
	t.Helper()
	f := &fakeSockets{hello: `{"type":"hello","num_connections":1}`, acks: make(chan object, 1000)}
	if change != nil {
		change(f)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/auth.test", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"ok":true,"user_id":"U0LIAISON","team_id":"T1","bot_id":"B1"}`))
	})
	mux.HandleFunc("/apps.connections.open", func(w http.ResponseWriter, _ *http.Request) {
		f.opens.Add(1)
		if f.full.Load() {
			_, _ = w.Write([]byte(`{"ok":false,"error":"internal_error"}`))
			return
		}
		if f.refuse != "" {
			_, _ = fmt.Fprintf(w, `{"ok":false,"error":%q,"needed":"connections:write"}`, f.refuse)
			return
		}
		_, _ = fmt.Fprintf(w, `{"ok":true,"url":"ws%s/link"}`, strings.TrimPrefix(f.URL, "http"))
	})
	mux.HandleFunc("/link", f.link)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"ok":true}`)) })
	f.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		f.mu.Lock()
		for _, c := range f.conns {
			_ = c.Close()
		}
		f.mu.Unlock()
		f.Close()
	})
	return f
}

func (f *fakeSockets) link(w http.ResponseWriter, r *http.Request) {
	conn, err := (&websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	if f.dropped {
		return
	}
	f.mu.Lock()
	if !f.mute {
		_ = conn.WriteMessage(websocket.TextMessage, []byte(f.hello))
	}
	f.conns = append(f.conns, conn)
	f.mu.Unlock()
	for {
		var ack object
		if err := conn.ReadJSON(&ack); err != nil {
			return
		}
		f.acks <- ack
	}
}

// send writes a frame on the oldest socket that still takes it.
func (f *fakeSockets) send(frame string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		if c.WriteMessage(websocket.TextMessage, []byte(frame)) == nil {
			return
		}
	}
}

func (f *fakeSockets) ack(t *testing.T) object {
	t.Helper()
	select {
	case a := <-f.acks:
		return a
	case <-time.After(10 * time.Second):
		t.Fatal("no acknowledgement")
	}
	return nil
}

func socketPlatform(t *testing.T, f *fakeSockets) (*Platform, *record) {
	t.Helper()
	log := &record{}
	p, err := New(Config{BotToken: "xoxb-1", AppToken: "xapp-1", APIURL: f.URL, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return p, log
}

func run(t *testing.T, p *Platform, take func(context.Context, bot.Request) bot.Reply) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx, take) }()
	t.Cleanup(func() { stop(); <-ended })
	for deadline := time.Now().Add(10 * time.Second); p.Ready() != nil; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not ready: %v", p.Ready())
		}
	}
}

func commandFrame(envelope, trigger string) string {
	return fmt.Sprintf(`{"type":"slash_commands","envelope_id":%q,"accepts_response_payload":true,"payload":{"command":"/help","team_id":"T1","user_id":"U1","channel_id":"C1","trigger_id":%q}}`, envelope, trigger)
}

func TestTheAcknowledgementComesAfterTheWorkIsStored(t *testing.T) {
	t.Parallel()
	f := newFakeSockets(t, nil)
	p, _ := socketPlatform(t, f)
	var stored atomic.Bool
	run(t, p, func(context.Context, bot.Request) bot.Reply {
		time.Sleep(50 * time.Millisecond)
		stored.Store(true)
		return bot.Say("Stored.")
	})
	f.send(commandFrame("E1", "1.1"))
	a := f.ack(t)
	if !stored.Load() || a["envelope_id"] != "E1" || a["payload"].(object)["text"] != "Stored." {
		t.Errorf("stored %v, acknowledged %v", stored.Load(), a)
	}
}

func TestEveryEnvelopeIsAcknowledgedEvenThoseNobodyKnows(t *testing.T) {
	t.Parallel()
	f := newFakeSockets(t, nil)
	p, _ := socketPlatform(t, f)
	var taken atomic.Int32
	run(t, p, func(context.Context, bot.Request) bot.Reply { taken.Add(1); return bot.Reply{} })
	for i, frame := range []string{
		`{"type":"from_the_future","envelope_id":"E0","payload":{}}`,
		`{"type":"interactive","envelope_id":"E1","payload":"not an object"}`,
		`{"type":"events_api","envelope_id":"E2","payload":{"type":"event_callback","event":{"type":"brand_new"}}}`,
		`{"type":"slash_commands","envelope_id":"E3","payload":{"command":7}}`,
		`{"type":"interactive","envelope_id":"E4","payload":{"type":"shortcut","user":{"id":"U1"}}}`,
		`{"type":"interactive","envelope_id":"E5","payload":{"type":"block_actions"}}`,
		`{"type":["not a word"],"envelope_id":"E6"}`,
	} {
		f.send(frame)
		if a := f.ack(t); a["envelope_id"] != fmt.Sprint("E", i) || a["payload"] != nil {
			t.Errorf("%s: acknowledged %v", frame, a)
		}
	}
	if taken.Load() != 0 {
		t.Errorf("%d taken", taken.Load())
	}
	// A press whose message the SDK cannot read is one that the desk can.
	f.send(`{"type":"interactive","envelope_id":"E9","payload":{"type":"block_actions","user":{"id":"U1","team_id":"T1"},"channel":{"id":"C1"},` +
		`"message":{"ts":17,"blocks":"of a new kind"},"actions":[{"action_id":"help|0","block_id":"b","action_ts":"1.2"}]}}`)
	if a := f.ack(t); a["envelope_id"] != "E9" || taken.Load() != 1 {
		t.Errorf("acknowledged %v, %d taken", a, taken.Load())
	}
}

func TestTheSocketIsDrainedWhileEverybodyIsBusy(t *testing.T) {
	t.Parallel()
	f := newFakeSockets(t, nil)
	p, _ := socketPlatform(t, f)
	p.guard = 500 * time.Millisecond
	var taken atomic.Int32
	run(t, p, func(context.Context, bot.Request) bot.Reply {
		taken.Add(1)
		time.Sleep(700 * time.Millisecond)
		return bot.Reply{}
	})
	const n = 3 * bot.IntakeWorkers
	began := time.Now()
	for i := range n {
		f.send(commandFrame(fmt.Sprint("E", i), fmt.Sprint(i)))
	}
	seen := map[any]bool{}
	for range n {
		seen[f.ack(t)["envelope_id"]] = true
	}
	if took := time.Since(began); len(seen) != n || took > 2*time.Second {
		t.Errorf("%d of %d acknowledged after %s", len(seen), n, took)
	}
	for deadline := time.Now().Add(10 * time.Second); taken.Load() < n && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if taken.Load() != n {
		t.Errorf("%d of %d taken", taken.Load(), n)
	}
}

func TestATokenThatSlackRefusesEndsTheRunWithASentence(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"invalid_auth", "missing_scope", "not_allowed_token_type", "account_inactive"} {
		f := newFakeSockets(t, func(f *fakeSockets) { f.refuse = code })
		p, _ := socketPlatform(t, f)
		err := p.Run(t.Context(), func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
		if err == nil || !strings.Contains(err.Error(), "SLACK_APP_TOKEN") || !strings.Contains(err.Error(), code) {
			t.Errorf("%s: ended with %v", code, err)
		}
	}
}

func TestSocketsThatDropAtOnceAreNotOpenedInALoop(t *testing.T) {
	t.Parallel()
	f := newFakeSockets(t, func(f *fakeSockets) { f.dropped = true })
	p, _ := socketPlatform(t, f)
	ctx, stop := context.WithTimeout(context.Background(), 4*time.Second)
	defer stop()
	if err := p.Run(ctx, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} }); err != nil {
		t.Error(err)
	}
	if n := f.opens.Load(); n < 3 || n > 8 {
		t.Errorf("%d sockets opened in four seconds", n)
	}
}

func TestReadyTellsWhetherASocketIsOpen(t *testing.T) {
	t.Parallel()
	f := newFakeSockets(t, func(f *fakeSockets) { f.mute = true })
	p, _ := socketPlatform(t, f)
	ctx, stop := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer stop()
	go func() { _ = p.Run(ctx, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} }) }()
	<-ctx.Done()
	if err := p.Ready(); err == nil {
		t.Error("ready without a greeting")
	}
}

func TestSocketsOfAnotherCopyAreSpokenOf(t *testing.T) {
	t.Parallel()
	f := newFakeSockets(t, func(f *fakeSockets) { f.hello = `{"type":"hello","num_connections":5}` })
	p, log := socketPlatform(t, f)
	run(t, p, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(log.String(), "Slack counts more sockets"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the log says only %s", log)
		}
	}
}

// TestNoCommandIsLostWhileASocketIsRenewed has Slack send one socket away, and at once a command over the other.
func TestNoCommandIsLostWhileASocketIsRenewed(t *testing.T) {
	t.Parallel()
	f := newFakeSockets(t, nil)
	p, _ := socketPlatform(t, f)
	run(t, p, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
	for range 2 {
		f.sockets(t, 2)
		f.mu.Lock()
		first, second := f.conns[0], f.conns[1]
		f.conns = f.conns[1:]
		f.mu.Unlock()
		if err := first.WriteMessage(websocket.TextMessage, []byte(`{"type":"disconnect","reason":"refresh_requested"}`)); err != nil {
			t.Fatal(err)
		}
		if err := second.WriteMessage(websocket.TextMessage, []byte(commandFrame("E1", "1.1"))); err != nil {
			t.Fatal(err)
		}
		if a := f.ack(t); a["envelope_id"] != "E1" {
			t.Errorf("acknowledged %v", a)
		}
	}
	f.sockets(t, 2) // and both stand again
}

// sockets waits until so many are open.
func (f *fakeSockets) sockets(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		f.mu.Lock()
		open := len(f.conns)
		f.mu.Unlock()
		if open >= n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d sockets are open, want %d", open, n)
		}
	}
}

func TestTheDeskComesBackAfterTheNetworkWasCut(t *testing.T) {
	t.Parallel()
	o := newOffice(t, overSocket, nil)
	o.pace.methods["apps.connections.open"].SetBurst(100) // the pace is not what this is about
	o.open(t, func(context.Context, bot.Request) bot.Reply { return bot.Say("Done.") })
	for _, interrupt := range []func(){func() { o.space.Disconnect("warning") }, o.space.Cut} {
		interrupt()
		var err error
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if err = o.space.Command("U0ANA", "C0DESK", "/seller list"); err == nil {
				break
			}
		}
		if err != nil {
			t.Errorf("it does not come back: %v", err)
		}
	}
}

func TestALargeAnswerDoesNotRideOnTheAcknowledgement(t *testing.T) {
	t.Parallel()
	for _, how := range []mode{overHTTP, overSocket} {
		o := newOffice(t, how, nil)
		o.open(t, func(context.Context, bot.Request) bot.Reply {
			m := bot.Message{Summary: "Many choices"}
			var options []bot.Option
			for i := range 300 {
				options = append(options, bot.Option{Label: fmt.Sprintf("Seller %d with a long name", i), Value: fmt.Sprint("S-", i)})
			}
			m.Parts = append(m.Parts, bot.Part{Select: &bot.Select{Label: "Pick", Command: "help", Options: options}})
			return bot.Tell(m)
		})
		if err := o.space.Command("U0ANA", "C0DESK", "/seller list"); err != nil {
			t.Fatal(err)
		}
		o.await(t, "the answer", func() bool { return len(o.space.Ephemerals("U0ANA")) == 1 })
		if data := mustJSON(t, o.space.Ephemerals("U0ANA")[0].Blocks); !strings.Contains(data, "Seller 299") || len(data) < maxAck {
			t.Errorf("it shows %d characters", len(data))
		}
	}
}

func TestSuggestionsAlwaysAreAList(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(suggestions{})
	if err != nil || string(data) != `{"options":[]}` {
		t.Errorf("%s, %v", data, err)
	}
}

// TestASocketThatFallsSilentIsNoticed has the other end vanish without a word, as a dropped route or a frozen proxy does:
// nothing is closed, nothing comes. The desk must not believe itself connected, and must be reachable again.
func TestASocketThatFallsSilentIsNoticed(t *testing.T) {
	t.Parallel()
	f := newFakeSockets(t, nil) // it greets, and never pings
	p, log := socketPlatform(t, f)
	p.silence = 300 * time.Millisecond
	watch := &sockets{Observer: bot.Observed(nil)}
	p.watch = watch
	run(t, p, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
	f.sockets(t, 4) // two at first, then two more
	for deadline := time.Now().Add(10 * time.Second); watch.ended.Load() < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d sockets were given up, want 2:\n%s", watch.ended.Load(), log)
		}
	}
	if !strings.Contains(log.String(), "a socket to Slack dropped") {
		t.Errorf("the log does not say so:\n%s", log)
	}
	if n := watch.renewed.Load(); n != 0 {
		t.Errorf("%d dead sockets were counted as renewed", n)
	}
}

// sockets counts what becomes of sockets.
type sockets struct {
	bot.Observer
	begun, ended, renewed atomic.Int32
}

func (s *sockets) Connected(agency.Platform, int) { s.begun.Add(1) }
func (s *sockets) Disconnected(_ agency.Platform, _ int, renewed bool) {
	if s.ended.Add(1); renewed {
		s.renewed.Add(1)
	}
}

// waits keeps how the waits of interactions ended, and how calls did.
type waits struct {
	bot.Observer
	mu   sync.Mutex
	seen map[string]int
}

func newWaits() *waits { return &waits{Observer: bot.Observed(nil), seen: map[string]int{}} }

func (w *waits) count(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[what]++
}

func (w *waits) Acknowledged(_ agency.Platform, kind bot.Kind, how bot.Acknowledgement, took time.Duration) {
	if took <= 0 {
		w.count("no time")
	}
	w.count(fmt.Sprintf("%s %s", kind, how))
}

func (w *waits) Called(_ agency.Platform, method, outcome string, _ time.Duration) {
	w.count(method + " " + outcome)
}

func (w *waits) of(what string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[what]
}

func TestItIsToldHowWaitsEnd(t *testing.T) {
	t.Parallel()
	f := newFakeSockets(t, nil)
	p, _ := socketPlatform(t, f)
	watch := newWaits()
	p.watch, p.guard = watch, 100*time.Millisecond
	p.intake = bot.NewIntake(agency.Slack, p.log, watch, p.now)
	answer := make(chan struct{})
	run(t, p, func(_ context.Context, r bot.Request) bot.Reply {
		if r.Command == "wait" {
			<-answer
		}
		return bot.Say("Done.")
	})
	f.send(strings.Replace(commandFrame("E1", "1.1"), "/help", "/wait", 1))
	f.ack(t) // it comes although the work is not done
	p.mu.Lock()
	p.guard = time.Hour
	p.mu.Unlock()
	f.send(commandFrame("E2", "2.2"))
	f.ack(t)
	close(answer)
	for deadline := time.Now().Add(10 * time.Second); watch.of("typed early") != 1 || watch.of("typed answered") != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("told of %v", watch.seen)
		}
	}
	if watch.of("no time") != 0 {
		t.Error("a wait took no time")
	}
}

func TestItIsToldHowCallsEnd(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		status int
		body   string
	}{
		"chat.postMessage ok":           {200, `{"ok":true,"channel":"C1","ts":"1.1","message":{"text":"she said \"ok\":false"}}`},
		"chat.postMessage refused":      {200, `{"error":"is_archived", "ok": false}`},
		"chat.postMessage rate_limited": {429, ""},
		"chat.postMessage http_503":     {503, "not now"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		watch, clock := newWaits(), &moved{at: time.Now()}
		p, err := New(Config{BotToken: "x", SigningSecret: "s", APIURL: server.URL, Observer: watch, Now: clock.now})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = p.Post(t.Context(), bot.Delivery{To: agency.Address{Channel: "C1"}, Message: bot.Sentence("Hello.")})
		_ = p.respondAt(t.Context(), server.URL+"/hooks/T1/secret", response{Text: "Hello."})
		server.Close()
		clock.move(time.Minute) // what was asked to wait may call again
		_, _ = p.Post(t.Context(), bot.Delivery{To: agency.Address{Channel: "C1"}, Message: bot.Sentence("Hello.")})
		if watch.of(want) != 1 || watch.of("chat.postMessage no_answer") != 1 {
			t.Errorf("want %s, told of %v", want, watch.seen)
		}
		for what := range watch.seen {
			if strings.Contains(what, "secret") || strings.Contains(what, "hooks") {
				t.Errorf("a response address is told: %s", what)
			}
		}
	}
}
