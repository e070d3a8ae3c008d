package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
)

// dial opens a Socket Mode connection without a library and reads its hello.
func dial(t *testing.T, base string) (*websocket.Conn, object) {
	t.Helper()
	_, got := ask(t, base, "apps.connections.open", form("token", DefaultAppToken))
	ws, _, err := websocket.DefaultDialer.Dial(got["url"].(string), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	return ws, frame(t, ws)
}

func frame(t *testing.T, ws *websocket.Conn) object {
	t.Helper()
	ws.SetReadDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // test
	var f object
	if err := ws.ReadJSON(&f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestASocketTicketIsForOneUseAndTheEleventhConnectionIsSentAway(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Unpaced = true
	_, base := start(t, o)
	_, got := ask(t, base, "apps.connections.open", form("token", DefaultAppToken))
	at := got["url"].(string)
	first, _, err := websocket.DefaultDialer.Dial(at, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if h := frame(t, first); h["type"] != "hello" || h["num_connections"] != 1.0 {
		t.Errorf("hello = %v", h)
	}
	if _, resp, err := websocket.DefaultDialer.Dial(at, nil); err == nil || resp.StatusCode != http.StatusForbidden {
		t.Error("the ticket was taken twice")
	}
	for n := 2; n <= maxSockets; n++ {
		if _, h := dial(t, base); h["num_connections"] != float64(n) {
			t.Errorf("hello %d = %v", n, h)
		}
	}
	if _, f := dial(t, base); f["type"] != "disconnect" || f["reason"] != "too_many_websockets" {
		t.Errorf("the eleventh got %v", f)
	}
}

func TestEachEnvelopeGoesToOneConnectionAndALargeAckIsDropped(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Windows.Ack = 300 * time.Millisecond
	w, base := start(t, o)
	one, _ := dial(t, base)
	two, _ := dial(t, base)
	await(t, w, func() bool { return w.Connections() == 2 })
	done := make(chan error, 2)
	go func() { done <- w.Command("U0ADA", "C0DESK", "/order 1") }()
	go func() { done <- w.Command("U0ADA", "C0DESK", "/order 2") }()
	for i, ws := range []*websocket.Conn{one, two} {
		f := frame(t, ws)
		if f["type"] != "slash_commands" || f["accepts_response_payload"] != true {
			t.Errorf("envelope = %v", f)
		}
		ack := object{"envelope_id": f["envelope_id"]}
		if i == 1 {
			ack["payload"] = object{"text": strings.Repeat("x", maxAck)}
		}
		if err := ws.WriteJSON(ack); err != nil {
			t.Fatal(err)
		}
	}
	failed := 0
	for range 2 {
		if err := <-done; err != nil {
			failed++
			if !strings.Contains(err.Error(), "operation_timeout") {
				t.Error(err)
			}
		}
	}
	if failed != 1 {
		t.Errorf("%d of 2 failed", failed)
	}
}

func TestADisconnectIsAnnouncedAndTheConnectionGetsNothingMore(t *testing.T) {
	t.Parallel()
	w, base := start(t, testOptions())
	ws, _ := dial(t, base)
	await(t, w, func() bool { return w.Connections() == 1 })
	w.Disconnect("warning")
	if f := frame(t, ws); f["type"] != "disconnect" || f["reason"] != "warning" {
		t.Errorf("frame = %v", f)
	}
	if err := w.Command("U0ADA", "C0DESK", "/order 1"); err == nil || !strings.Contains(err.Error(), "dispatch_failed") {
		t.Errorf("a command in between: %v", err)
	}
	await(t, w, func() bool { return w.Connections() == 0 })
}

// httpApp is an app in HTTP mode: it verifies signatures with the real library and
// answers what the test tells it.
type httpApp struct {
	mu     sync.Mutex
	seen   []string // path, retry number and reason
	bodies []string
	answer func(path string, n int) (status int, body string)
}

func (a *httpApp) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v, err := slack.NewSecretsVerifier(r.Header, DefaultSigningSecret)
	if err == nil {
		v.Write(body) //nolint:errcheck // never fails
		err = v.Ensure()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	mark := r.URL.Path
	if n := r.Header.Get("X-Slack-Retry-Num"); n != "" {
		mark += " " + n + " " + r.Header.Get("X-Slack-Retry-Reason")
	}
	if err != nil {
		mark = err.Error()
	}
	a.seen = append(a.seen, mark)
	a.bodies = append(a.bodies, string(body))
	status, text := a.answer(r.URL.Path, len(a.seen))
	if strings.HasPrefix(text, "{") {
		rw.Header().Set("Content-Type", "application/json")
	}
	rw.WriteHeader(status)
	io.WriteString(rw, text) //nolint:errcheck // test
}

func overHTTP(t *testing.T, answer func(path string, n int) (int, string)) (*Workspace, *httpApp) {
	t.Helper()
	app := &httpApp{answer: answer}
	srv := httptest.NewServer(app)
	t.Cleanup(srv.Close)
	o := testOptions()
	o.RequestURL = srv.URL
	w, base := start(t, o)
	w.learnBase(strings.TrimSuffix(base, "/api/"))
	return w, app
}

func TestHTTPModeSignsAndShapesItsRequests(t *testing.T) {
	t.Parallel()
	w, app := overHTTP(t, func(string, int) (int, string) { return 200, "Fine, *thanks*." })
	if err := w.Command("U0ADA", w.DM("U0ADA"), "/order 7"); err != nil {
		t.Fatal(err)
	}
	f, _ := url.ParseQuery(app.bodies[0])
	if app.seen[0] != "/slack/commands" || f.Get("command") != "/order" || f.Get("channel_name") != "directmessage" ||
		f.Get("is_enterprise_install") != "false" || !strings.HasPrefix(f.Get("response_url"), "http://127.0.0.1:") {
		t.Errorf("%v %v", app.seen, f)
	}
	if e := w.Ephemerals("U0ADA"); len(e) != 1 || e[0].Text != "Fine, *thanks*." {
		t.Errorf("ephemerals = %+v", e)
	}
}

func TestHTTPModeRepeatsEventsButNeverCommands(t *testing.T) {
	t.Parallel()
	w, app := overHTTP(t, func(path string, n int) (int, string) {
		if path == "/slack/events" && n == 4 {
			return 200, ""
		}
		return 500, "no"
	})
	if err := w.Command("U0ADA", "C0DESK", "/order 7"); err == nil || !strings.Contains(err.Error(), "dispatch_failed") {
		t.Errorf("command = %v", err)
	}
	if _, err := w.Say("U0ADA", "C0DESK", "@helper are you there?", ""); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(5 * time.Second)
	count := func() (n int) {
		app.mu.Lock()
		defer app.mu.Unlock()
		for _, s := range app.seen {
			if strings.HasPrefix(s, "/slack/events") {
				n++
			}
		}
		return n
	}
	for count() < 5 && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	app.mu.Lock()
	defer app.mu.Unlock()
	all := strings.Join(app.seen, "\n")
	if strings.Count(all, "/slack/commands") != 1 || !strings.Contains(all, "/slack/events 1 http_error") {
		t.Errorf("seen:\n%s", all)
	}
	var ev object
	if err := json.Unmarshal([]byte(app.bodies[1]), &ev); err != nil || ev["type"] != "event_callback" || ev["event_id"] == "" {
		t.Errorf("event = %v %v", ev, err)
	}
}

func TestASelectAsksTheAppAndOnlyWhatItOfferedCanBeChosen(t *testing.T) {
	t.Parallel()
	w, app := overHTTP(t, func(path string, _ int) (int, string) {
		if path == "/slack/options" {
			return 200, `{"options":[{"text":{"type":"plain_text","text":"Seven"},"value":"7"}]}`
		}
		return 200, ""
	})
	_, got := ask(t, w.base+"/api/", "chat.postMessage", form("channel", "C0DESK", "text", "x", "blocks",
		`[{"type":"actions","block_id":"b","elements":[{"type":"external_select","action_id":"pick","min_query_length":2}]}]`))
	p := Press{Channel: "C0DESK", TS: got["ts"].(string), BlockID: "b", ActionID: "pick"}
	if o, err := w.Suggest("U0ADA", p, "s"); err != nil || o != nil {
		t.Errorf("one letter: %v %v", o, err)
	}
	p.Values = []string{"7"}
	if err := w.Press("U0ADA", p); err == nil {
		t.Error("an option was chosen that nobody had offered")
	}
	if o, err := w.Suggest("U0ADA", p, "se"); err != nil || len(o) != 1 {
		t.Fatalf("two letters: %v %v", o, err)
	}
	if err := w.Press("U0ADA", p); err != nil {
		t.Fatal(err)
	}
	f, _ := url.ParseQuery(app.bodies[len(app.bodies)-1])
	var ic slack.InteractionCallback
	if err := json.Unmarshal([]byte(f.Get("payload")), &ic); err != nil {
		t.Fatal(err)
	}
	a := ic.ActionCallback.BlockActions[0]
	if a.SelectedOption.Value != "7" || ic.BlockActionState.Values["b"]["pick"].SelectedOption.Value != "7" ||
		ic.Container.MessageTs != p.TS || ic.User.TeamID != "T0HOME" || ic.TriggerID == "" || ic.ResponseURL == "" {
		t.Errorf("payload = %s", f.Get("payload"))
	}
}
