package discord

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestANonceIsRememberedForAFewMinutes(t *testing.T) {
	t.Parallel()
	o := testOptions()
	var mu sync.Mutex
	now := time.Now()
	o.Real = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	s, base := start(t, o)
	post := func(channel, nonce string, enforce bool) string {
		_, m := api(t, base, "POST", "/channels/"+channel+"/messages", object{"content": "x", "nonce": nonce, "enforce_nonce": enforce})
		if str(m, "nonce") != nonce {
			t.Errorf("the answer does not carry the nonce: %v", m)
		}
		return str(m, "id")
	}
	first := post(general, "n1", true)
	if again := post(general, "n1", true); again != first {
		t.Error("the same nonce made a second message")
	}
	if other := post(general, "n2", true); other == first {
		t.Error("another nonce made no message")
	}
	if lax := post(general, "n1", false); lax == first {
		t.Error("without enforce_nonce nothing is looked up")
	}
	mu.Lock()
	now = now.Add(3 * time.Minute)
	mu.Unlock()
	if late := post(general, "n1", true); late == first {
		t.Error("after a few minutes the nonce is still remembered")
	}
	if n := len(s.Messages(general, "")); n != 4 {
		t.Errorf("%d messages", n)
	}
	api(t, base, "DELETE", "/channels/"+general+"/messages/"+post(general, "n3", true), nil)
	status, gone := api(t, base, "POST", "/channels/"+general+"/messages", object{"content": "x", "nonce": "n3", "enforce_nonce": true})
	if status != 404 || intOr(gone, "code", 0) != 10008 {
		t.Errorf("the nonce of a deleted message is answered with %d %v", status, gone)
	}
}

// TestANonceIsNotReadBack shows it to whoever creates the message and to who hears of it, and to nobody who asks later.
func TestANonceIsNotReadBack(t *testing.T) {
	t.Parallel()
	_, base := start(t, testOptions())
	l := dial(t, base)
	l.identify(intentMessages)
	path := "/channels/" + general + "/messages"
	_, m := api(t, base, "POST", path, object{"content": "x", "nonce": "n1", "enforce_nonce": true})
	if str(m, "nonce") != "n1" {
		t.Errorf("the answer is %v", m)
	}
	if f := l.next(); f.Type != "MESSAGE_CREATE" || str(f.Data.(object), "nonce") != "n1" {
		t.Errorf("heard of as %+v", f)
	}
	_, edited := api(t, base, "PATCH", path+"/"+str(m, "id"), object{"content": "y"})
	update, _ := l.next().Data.(object)
	_, one := api(t, base, "GET", path+"/"+str(m, "id"), nil)
	_, all := api(t, base, "GET", path, nil)
	for what, o := range map[string]object{"the edit": edited, "the event of it": update, "the message": one, "the history": asObjects(items(all, ""))[0]} {
		if _, there := o["nonce"]; there || str(o, "id") != str(m, "id") {
			t.Errorf("%s carries the nonce: %v", what, o)
		}
	}
}

func TestLimitsAreAnnouncedAndKept(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Unpaced = false
	o.InvalidLimit = 3
	var mu sync.Mutex
	now := time.Now()
	o.Real = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	s, base := start(t, o)
	path, body := "/channels/"+general+"/messages", object{"content": "x"}
	for i := range 5 {
		resp, _ := apiRaw(t, base, "POST", path, body)
		if got := resp.Header.Get("X-RateLimit-Remaining"); got != fmt.Sprint(4-i) || resp.Header.Get("X-RateLimit-Limit") != "5" || resp.Header.Get("X-RateLimit-Bucket") == "" {
			t.Errorf("call %d has the headers %v", i, resp.Header)
		}
	}
	resp, raw := apiRaw(t, base, "POST", path, body)
	var got struct {
		Message string
		After   float64 `json:"retry_after"`
		Global  bool
	}
	if err := json.Unmarshal(raw, &got); err != nil || resp.StatusCode != http.StatusTooManyRequests || got.After <= 0 || got.After > 5 || got.Global {
		t.Errorf("the sixth is answered %d %s", resp.StatusCode, raw)
	}
	if h := resp.Header; h.Get("X-RateLimit-Scope") != "user" || h.Get("Retry-After") != "5" {
		t.Errorf("its headers are %v", h)
	}
	mu.Lock()
	now = now.Add(5 * time.Second)
	mu.Unlock()
	if status, _ := api(t, base, "POST", path, body); status != 200 {
		t.Errorf("after the reset it answers %d", status)
	}
	for range 50 {
		apiRaw(t, base, "GET", "/users/@me", nil)
	}
	resp, raw = apiRaw(t, base, "GET", "/guilds/"+guildID+"/roles", nil)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("X-RateLimit-Global") != "true" || resp.Header.Get("X-RateLimit-Scope") != "global" {
		t.Errorf("beyond fifty a second it answers %d %v %s", resp.StatusCode, resp.Header, raw)
	}
	if s.Invalid() < 3 {
		t.Fatalf("%d invalid requests are counted", s.Invalid())
	}
	mu.Lock()
	now = now.Add(time.Minute)
	mu.Unlock()
	if resp, raw := apiRaw(t, base, "GET", "/users/@me", nil); resp.StatusCode != http.StatusTooManyRequests || string(raw) != "error code: 1015" {
		t.Errorf("too many invalid requests lead to %d %s", resp.StatusCode, raw)
	}
}

func TestOnlyWhatIsAllowedPings(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	all := "@everyone <@" + ben + "> <@&" + creators + "> <@&" + staff + ">"
	for name, c := range map[string]struct {
		body         object
		users, roles int
	}{
		"everything, but not everyone without the permission": {object{"content": all}, 1, 1},
		"nothing":              {object{"content": all, "allowed_mentions": object{"parse": list{}}}, 0, 0},
		"users":                {object{"content": all, "allowed_mentions": object{"parse": list{"users"}}}, 1, 0},
		"a listed user":        {object{"content": all, "allowed_mentions": object{"users": list{ben, cleo}}}, 1, 0},
		"somebody else":        {object{"content": all, "allowed_mentions": object{"users": list{cleo}}}, 0, 0},
		"code":                 {object{"content": "`" + all + "`"}, 0, 0},
		"embeds":               {object{"embeds": list{object{"description": all}}}, 0, 0},
		"a text display":       {object{"flags": 1 << 15, "components": list{object{"type": 10, "content": all}}}, 1, 1},
		"a quiet text display": {object{"flags": 1 << 15, "components": list{object{"type": 10, "content": all}}, "allowed_mentions": object{"parse": list{}}}, 0, 0},
	} {
		_, m := api(t, base, "POST", "/channels/"+general+"/messages", c.body)
		list := s.Messages(general, "")
		got := list[len(list)-1].Pinged
		if got.Everyone || len(got.Users) != c.users || len(got.Roles) != c.roles || len(items(m, "mentions")) != c.users {
			t.Errorf("%s: pinged are %+v", name, got)
		}
	}
	_, m := api(t, base, "POST", "/channels/"+general+"/messages", object{"content": "quiet"})
	api(t, base, "PATCH", "/channels/"+general+"/messages/"+str(m, "id"), object{"content": all})
	list := s.Messages(general, "")
	if !list[len(list)-1].Pinged.Anybody() {
		t.Error("an edit without allowed_mentions is read like a new message")
	}
}

func TestAnEditChangesWhatItMentions(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	_, m := api(t, base, "POST", "/channels/"+general+"/messages", object{"content": "a", "components": rowsOf(1)})
	at := "/channels/" + general + "/messages/" + str(m, "id")
	if _, got := api(t, base, "PATCH", at, object{"content": "b"}); str(got, "content") != "b" || len(items(got, "components")) != 1 || got["edited_timestamp"] == nil {
		t.Errorf("it is now %v", got)
	}
	if status, _ := api(t, base, "PATCH", at, object{"flags": 1 << 15, "components": textsOf(1, 1)}); status != 400 {
		t.Errorf("content stays beside components: %d", status)
	}
	if status, got := api(t, base, "PATCH", at, object{"content": nil, "flags": 1 << 15, "components": textsOf(1, 1)}); status != 200 || str(got, "content") != "" || intOr(got, "flags", 0) != 1<<15 {
		t.Errorf("turning into components answers %d %v", status, got)
	}
	if _, got := api(t, base, "PATCH", at, object{"flags": 0, "components": textsOf(2, 1)}); intOr(got, "flags", 0) != 1<<15 {
		t.Errorf("the flag was unset: %v", got)
	}
	if status, got := api(t, base, "PATCH", at, object{"components": list{}}); status != 400 || intOr(got, "code", 0) != 50006 {
		t.Errorf("emptying it answers %d %v", status, got)
	}
	if n := len(s.Messages(general, "")); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func TestFilesCarryTheirAlternativeText(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	body := "--b\r\nContent-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/json\r\n\r\n" +
		`{"flags":32768,"components":[{"type":12,"items":[{"media":{"url":"attachment://a.png"}}]}],"attachments":[{"id":0,"filename":"a.png","description":"A chart"}]}` +
		"\r\n--b\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n" + dot + "\r\n--b--\r\n"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/api/v9/channels/"+general+"/messages", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bot "+DefaultBotToken)
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("posting answers %d", resp.StatusCode)
	}
	a := s.Messages(general, "")[0].Attachments[0]
	if a.Name != "a.png" || a.Description != "A chart" || a.Width != 1 || string(a.Data) != dot {
		t.Errorf("the file is %+v", a)
	}
	if resp, raw := apiRawAt(t, base+a.path(general)); resp.StatusCode != http.StatusOK || string(raw) != dot || resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("fetching it answers %d %v", resp.StatusCode, resp.Header)
	}
}

// dot is a picture of one pixel.
const dot = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\b\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82"

func apiRawAt(t *testing.T, address string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, raw
}

func TestFaultsStrikeBeforeOrAfter(t *testing.T) {
	t.Parallel()
	for kind, c := range map[FaultKind]struct{ status, said int }{
		FaultRateLimited: {429, 0}, FaultGlobalLimit: {429, 0}, FaultSharedLimit: {429, 0}, FaultServerError: {500, 0},
		FaultBadGateway: {502, 0}, FaultUnauthorized: {401, 0}, FaultResetBefore: {0, 0},
		FaultResetAfter: {0, 1}, FaultHangAfter: {0, 1}, FaultErrorAfter: {500, 1},
	} {
		s, err := New(testOptions())
		if err != nil {
			t.Fatal(err)
		}
		s.Fault = func(route, channel string) Fault {
			if route != "POST /channels/{channel}/messages" || channel != general {
				t.Errorf("asked about %s in %s", route, channel)
			}
			return Fault{Kind: kind, Wait: 10 * time.Millisecond}
		}
		base := serve(t, s)
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/api/v10/channels/"+general+"/messages", strings.NewReader(`{"content":"x"}`))
		req.Header.Set("Authorization", "Bot "+DefaultBotToken)
		req.Header.Set("Content-Type", "application/json")
		status := 0
		if resp, err := http.DefaultClient.Do(req); err == nil {
			status = resp.StatusCode
			resp.Body.Close()
		}
		if n := len(s.Messages(general, "")); status != c.status || n != c.said {
			t.Errorf("fault %d answers %d and leaves %d messages", kind, status, n)
		}
	}
}

// wire is a gateway connection in the hands of a test.
type wire struct {
	t  *testing.T
	ws *websocket.Conn
}

func dial(t *testing.T, base string) *wire {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(base, "http")+"/gateway/?v=10&encoding=json", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	l := &wire{t, ws}
	if f := l.next(); f.Op != opHello || intOr(f.Data.(object), "heartbeat_interval", 0) == 0 {
		t.Fatalf("the first frame is %+v", f)
	}
	return l
}

func (l *wire) send(op int, data any) {
	l.t.Helper()
	if err := l.ws.WriteJSON(object{"op": op, "d": data}); err != nil {
		l.t.Fatal(err)
	}
}

func (l *wire) next() frame {
	l.t.Helper()
	l.ws.SetReadDeadline(time.Now().Add(10 * time.Second)) //nolint:errcheck // never fails
	_, raw, err := l.ws.ReadMessage()
	if err != nil {
		l.t.Fatal(err)
	}
	var f frame
	if err := decode(raw, &f); err != nil {
		l.t.Fatal(err)
	}
	return f
}

func (l *wire) closed() int {
	l.t.Helper()
	l.ws.SetReadDeadline(time.Now().Add(10 * time.Second)) //nolint:errcheck // never fails
	for {
		if _, _, err := l.ws.ReadMessage(); err != nil {
			if e, ok := err.(*websocket.CloseError); ok { //nolint:errorlint // never wrapped
				return e.Code
			}
			return 0
		}
	}
}

func (l *wire) identify(intents int) object {
	l.t.Helper()
	l.send(opIdentify, object{"token": DefaultBotToken, "intents": intents, "properties": object{"os": "x"}})
	f := l.next()
	if f.Type != "READY" {
		l.t.Fatalf("after identify comes %+v", f)
	}
	if intents&intentGuilds != 0 {
		if g := l.next(); g.Type != "GUILD_CREATE" || str(g.Data.(object), "id") != guildID {
			l.t.Fatalf("after READY comes %+v", g)
		}
	}
	return f.Data.(object)
}

func TestTheGatewayGreetsBeatsAndResumes(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	l := dial(t, base)
	ready := l.identify(intentGuilds | intentMessages)
	l.send(opHeartbeat, 2)
	if f := l.next(); f.Op != opAck {
		t.Fatalf("a heartbeat is answered by %+v", f)
	}
	s.Cut()
	await(t, s, "the cut", func() bool { return s.Sessions() == 0 })
	if _, err := s.Say(ben, general, "hello <@"+appID+">"); err != nil {
		t.Fatal(err)
	}
	again := dial(t, base)
	again.send(opResume, object{"token": DefaultBotToken, "session_id": ready["session_id"], "seq": 2})
	if f := again.next(); f.Type != "MESSAGE_CREATE" || *f.Seq != 3 || !strings.HasPrefix(str(f.Data.(object), "content"), "hello") {
		t.Fatalf("missed was %+v", f)
	}
	if f := again.next(); f.Type != "RESUMED" {
		t.Fatalf("then comes %+v", f)
	}
	s.Reconnect()
	if f := again.next(); f.Op != opReconnect {
		t.Fatalf("asked to reconnect by %+v", f)
	}
	s.Invalidate(false)
	if f := again.next(); f.Op != opInvalid || f.Data != false {
		t.Fatalf("invalidated by %+v", f)
	}
	third := dial(t, base)
	third.send(opResume, object{"token": DefaultBotToken, "session_id": ready["session_id"], "seq": 3})
	if f := third.next(); f.Op != opInvalid {
		t.Fatalf("a dead session is answered by %+v", f)
	}
	s.GreetReconnect(1)
	fourth := dial(t, base)
	fourth.send(opIdentify, object{"token": DefaultBotToken, "intents": 0, "properties": object{}})
	if f := fourth.next(); f.Op != opReconnect {
		t.Fatalf("in place of READY comes %+v", f)
	}
}

func TestAZombieHearsNothing(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	l := dial(t, base)
	l.identify(intentMessages)
	s.Silence(true)
	l.send(opHeartbeat, 1)
	if _, err := s.Say(ben, general, "kept"); err != nil {
		t.Fatal(err)
	}
	s.Silence(false)
	l.send(opHeartbeat, 1)
	acks := 0
	for acks == 0 {
		if f := l.next(); f.Op == opAck {
			acks++
		} else if f.Type == "MESSAGE_CREATE" {
			t.Fatalf("through the silence came %+v", f)
		}
	}
}

func TestTheGatewayClosesWithDiscordsCodes(t *testing.T) {
	t.Parallel()
	o := testOptions()
	_, base := start(t, o)
	good := object{"token": DefaultBotToken, "intents": 0, "properties": object{}}
	with := func(key string, v any) object {
		out, _ := clone(good).(object)
		out[key] = v
		return out
	}
	for name, c := range map[string]struct {
		frames []object
		code   int
	}{
		"no json":           {[]object{nil}, 4002},
		"an unknown opcode": {[]object{{"op": 99}}, 4001},
		"not identified":    {[]object{{"op": 3, "d": object{}}}, 4003},
		"a wrong token":     {[]object{{"op": 2, "d": with("token", "x")}}, 4004},
		"twice":             {[]object{{"op": 2, "d": good}, {"op": 2, "d": good}}, 4005},
		"an invalid shard":  {[]object{{"op": 2, "d": with("shard", list{2, 1})}}, 4010},
		"invalid intents":   {[]object{{"op": 2, "d": with("intents", 1<<27)}}, 4013},
		"disallowed intent": {[]object{{"op": 2, "d": with("intents", intentContent)}}, 4014},
		"a wrong seq":       {[]object{{"op": 2, "d": with("intents", "x")}}, 4002},
	} {
		l := dial(t, base)
		for _, f := range c.frames {
			raw, _ := json.Marshal(f)
			if f == nil {
				raw = []byte("{")
			}
			if err := l.ws.WriteMessage(websocket.TextMessage, raw); err != nil {
				t.Fatal(err)
			}
		}
		if got := l.closed(); got != c.code {
			t.Errorf("%s: closed with %d, not %d", name, got, c.code)
		}
	}
}

func TestWithoutHeartbeatsTheConnectionEnds(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Windows.Heartbeat = 50 * time.Millisecond
	_, base := start(t, o)
	l := dial(t, base)
	l.identify(0)
	if code := l.closed(); code != 4000 {
		t.Errorf("closed with %d", code)
	}
}

func TestContentIsHiddenWithoutThePrivilegedIntent(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	l := dial(t, base)
	l.identify(intentMessages | intentDirect)
	for _, c := range []struct{ text, seen string }{{"private", ""}, {"<@" + appID + "> hi", "<@" + appID + "> hi"}} {
		if _, err := s.Say(ben, general, c.text); err != nil {
			t.Fatal(err)
		}
		if f := l.next(); str(f.Data.(object), "content") != c.seen {
			t.Errorf("%q arrives as %v", c.text, f.Data)
		}
	}
	if _, err := s.DM(ben, "in person"); err != nil {
		t.Fatal(err)
	}
	if f := l.next(); str(f.Data.(object), "content") != "in person" {
		t.Errorf("a direct message arrives as %v", f.Data)
	}
}

func TestAThreadStartsFromAMessage(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	_, m := api(t, base, "POST", "/channels/"+general+"/messages", object{"content": "long story"})
	at := "/channels/" + general + "/messages/" + str(m, "id") + "/threads"
	status, thread := api(t, base, "POST", at, object{"name": "Details"})
	if status != 201 || str(thread, "id") != str(m, "id") || str(thread, "parent_id") != general {
		t.Fatalf("the thread is %d %v", status, thread)
	}
	if status, got := api(t, base, "POST", at, object{"name": "Again"}); status != 400 || intOr(got, "code", 0) != 160004 {
		t.Errorf("a second thread is %d %v", status, got)
	}
	if status, _ := api(t, base, "POST", "/channels/"+str(thread, "id")+"/messages", object{"content": "in it"}); status != 200 {
		t.Errorf("writing in it answers %d", status)
	}
	if n := len(s.Messages(str(thread, "id"), ben)); n != 1 {
		t.Errorf("%d messages stand in it", n)
	}
}
