package slack

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"liaison/bot"
)

func signed(secret, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":" + string(body)))
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

func post(h http.Handler, path string, body []byte, stamp, signature string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(body)))
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", signature)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// The vector is the one in Slack's own documentation.
const (
	documentedSecret = "8f742231b10e8888abcd99yyyzzz85a5"
	documentedStamp  = "1531420618"
	documentedBody   = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
		"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN" +
		"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	documentedSignature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
)

func documentedTime() time.Time { return time.Unix(1531420618, 0) }

func TestTheDocumentedSignatureVerifies(t *testing.T) {
	t.Parallel()
	v := newVerifier(documentedSecret, documentedTime)
	h := http.Header{}
	h.Set("X-Slack-Request-Timestamp", documentedStamp)
	h.Set("X-Slack-Signature", documentedSignature)
	if err := v.verify(h, []byte(documentedBody)); err != nil {
		t.Error(err)
	}
}

// webPlatform is the desk behind HTTP with nobody at the other end of the Web API.
func webPlatform(t *testing.T, now func() time.Time, take func(context.Context, bot.Request) bot.Reply) (*Platform, http.Handler) {
	t.Helper()
	slack := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"ok":true,"user_id":"U0LIAISON","team_id":"T1","bot_id":"B1"}`))
	}))
	t.Cleanup(slack.Close)
	p, err := New(Config{BotToken: "xoxb-1", SigningSecret: documentedSecret, APIURL: slack.URL, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx, take) }()
	t.Cleanup(func() { stop(); <-ended })
	for p.Ready() != nil {
		time.Sleep(time.Millisecond)
	}
	return p, p.Handler()
}

func TestWhatIsNotSlacksIsRefusedAndNotTaken(t *testing.T) {
	t.Parallel()
	var taken atomic.Int32
	_, h := webPlatform(t, documentedTime, func(context.Context, bot.Request) bot.Reply { taken.Add(1); return bot.Reply{} })
	body := []byte(documentedBody)
	at := func(seconds int64) string { return fmt.Sprint(documentedTime().Unix() + seconds) }
	for name, c := range map[string]struct{ stamp, signature string }{
		"no headers":           {"", ""},
		"another secret":       {documentedStamp, signed("another", documentedStamp, body)},
		"an empty secret":      {documentedStamp, signed("", documentedStamp, body)},
		"another body":         {documentedStamp, signed(documentedSecret, documentedStamp, []byte("other"))},
		"another timestamp":    {at(1), documentedSignature},
		"no version":           {documentedStamp, strings.TrimPrefix(documentedSignature, "v0=")},
		"another version":      {documentedStamp, "v1=" + strings.TrimPrefix(documentedSignature, "v0=")},
		"half a signature":     {documentedStamp, documentedSignature[:40]},
		"not hexadecimal":      {documentedStamp, "v0=" + strings.Repeat("z", 64)},
		"301 seconds old":      {at(-301), signed(documentedSecret, at(-301), body)},
		"301 seconds ahead":    {at(301), signed(documentedSecret, at(301), body)},
		"a negative timestamp": {"-" + documentedStamp, signed(documentedSecret, "-"+documentedStamp, body)},
		"a signed timestamp":   {"+" + documentedStamp, signed(documentedSecret, "+"+documentedStamp, body)},
		"a word for timestamp": {"now", signed(documentedSecret, "now", body)},
		"two to the 63":        {"9223372036854775808", signed(documentedSecret, "9223372036854775808", body)},
		"a blank":              {" " + documentedStamp, signed(documentedSecret, " "+documentedStamp, body)},
	} {
		w := post(h, "/slack/commands", body, c.stamp, c.signature)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: answered %d", name, w.Code)
		}
		if strings.Contains(w.Body.String(), strings.TrimPrefix(documentedSignature, "v0=")) {
			t.Errorf("%s: the answer tells the signature", name)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/slack/commands", strings.NewReader(documentedBody))
	r.Header["X-Slack-Request-Timestamp"] = []string{documentedStamp, documentedStamp}
	r.Header.Set("X-Slack-Signature", documentedSignature)
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusUnauthorized {
		t.Errorf("a doubled timestamp: answered %d", w.Code)
	}
	for _, edge := range []int64{-300, 300} {
		if w := post(h, "/slack/commands", body, at(edge), signed(documentedSecret, at(edge), body)); w.Code != http.StatusOK {
			t.Errorf("%d seconds: answered %d", edge, w.Code)
		}
	}
	if n := taken.Load(); n != 2 {
		t.Errorf("%d taken, want the two at the edges", n)
	}
}

func TestACopyOfARequestIsRefused(t *testing.T) {
	t.Parallel()
	var taken atomic.Int32
	_, h := webPlatform(t, documentedTime, func(context.Context, bot.Request) bot.Reply { taken.Add(1); return bot.Reply{} })
	if w := post(h, "/slack/commands", []byte(documentedBody), documentedStamp, documentedSignature); w.Code != http.StatusOK {
		t.Fatalf("the first got %d", w.Code)
	}
	for _, signature := range []string{documentedSignature, strings.ToUpper(documentedSignature[3:])} {
		if w := post(h, "/slack/commands", []byte(documentedBody), documentedStamp, "v0="+strings.TrimPrefix(signature, "v0=")); w.Code != http.StatusUnauthorized {
			t.Errorf("a copy got %d", w.Code)
		}
	}
	if n := taken.Load(); n != 1 {
		t.Errorf("%d taken", n)
	}
}

func TestTheMemoryOfSignaturesIsBounded(t *testing.T) {
	t.Parallel()
	now := documentedTime()
	v := newVerifier(documentedSecret, func() time.Time { return now })
	for i := range maxRemembered + 10 {
		if err := v.remember(sha256.Sum256(fmt.Append(nil, i))); err != nil {
			t.Fatal(err)
		}
	}
	if len(v.seen) != maxRemembered || len(v.order) != maxRemembered {
		t.Errorf("%d and %d remembered", len(v.seen), len(v.order))
	}
	now = now.Add(replayMemory + time.Second)
	if err := v.remember(sha256.Sum256([]byte("new"))); err != nil || len(v.seen) != 1 {
		t.Errorf("%v, %d remembered", err, len(v.seen))
	}
}

func TestALargeBodyIsNotRead(t *testing.T) {
	t.Parallel()
	_, h := webPlatform(t, documentedTime, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
	body := []byte(strings.Repeat("a", maxBody+1))
	if w := post(h, "/slack/events", body, documentedStamp, signed(documentedSecret, documentedStamp, body)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d", w.Code)
	}
}

func TestOnlyTheSignedBodyIsRead(t *testing.T) {
	t.Parallel()
	var taken atomic.Int32
	_, h := webPlatform(t, documentedTime, func(context.Context, bot.Request) bot.Reply { taken.Add(1); return bot.Reply{} })
	payload := url.QueryEscape(`{"type":"block_actions","user":{"id":"U1","team_id":"T1"},"actions":[{"action_id":"help|0","block_id":"b"}]}`)
	body := []byte("other=1")
	if w := post(h, "/slack/interactions?payload="+payload, body, documentedStamp, signed(documentedSecret, documentedStamp, body)); w.Code != http.StatusBadRequest {
		t.Errorf("answered %d", w.Code)
	}
	if taken.Load() != 0 {
		t.Error("what stood in the address was taken")
	}
}

func TestSlackProvesTheAddress(t *testing.T) {
	t.Parallel()
	_, h := webPlatform(t, documentedTime, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
	body := []byte(`{"type":"url_verification","challenge":"3eZbrw1aB"}`)
	w := post(h, "/slack/events", body, documentedStamp, signed(documentedSecret, documentedStamp, body))
	if w.Code != http.StatusOK || w.Body.String() != "3eZbrw1aB" {
		t.Errorf("answered %d %q", w.Code, w.Body)
	}
}

func TestWhatIsNotForTheDeskIsAcknowledged(t *testing.T) {
	t.Parallel()
	var taken atomic.Int32
	_, h := webPlatform(t, documentedTime, func(context.Context, bot.Request) bot.Reply { taken.Add(1); return bot.Reply{} })
	for _, c := range []struct {
		path, body string
		code       int
	}{
		{"/slack/events", `{"type":"event_callback","event_id":"Ev1","team_id":"T1","event":{"type":"app_home_opened","user":"U1","tab":"messages"}}`, 200},
		{"/slack/events", `{"type":"event_callback","event_id":"Ev1","team_id":"T1","event":{"type":"reaction_added"}}`, 200},
		{"/slack/events", `{"type":"app_rate_limited","team_id":"T1"}`, 200},
		{"/slack/events", `{`, 400},
		{"/slack/interactions", "payload=" + url.QueryEscape(`{"type":"view_closed","user":{"id":"U1"}}`), 200},
		{"/slack/interactions", "payload=" + url.QueryEscape(`{"type":"block_actions","user":{"id":"U1","team_id":"T1"},"actions":[{"action_id":"link"}]}`), 200},
		{"/slack/interactions", "payload=" + url.QueryEscape(`{"type":"block_actions","actions":[]}`), 400},
		{"/slack/commands", "ssl_check=1", 200},
		{"/slack/commands", "command=%2Fhelp", 400},
		{"/slack/elsewhere", "x", 404},
	} {
		body := []byte(c.body)
		if w := post(h, c.path, body, documentedStamp, signed(documentedSecret, documentedStamp, body)); w.Code != c.code {
			t.Errorf("%s %s: answered %d, want %d", c.path, c.body, w.Code, c.code)
		}
	}
	if taken.Load() != 0 {
		t.Error("something was taken")
	}
}

func TestNothingIsTakenBeforeItRuns(t *testing.T) {
	t.Parallel()
	p, err := New(Config{BotToken: "x", SigningSecret: documentedSecret, Now: documentedTime})
	if err != nil {
		t.Fatal(err)
	}
	if w := post(p.Handler(), "/slack/commands", []byte(documentedBody), documentedStamp, documentedSignature); w.Code != http.StatusServiceUnavailable {
		t.Errorf("answered %d", w.Code)
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{
		{}, {BotToken: "xoxb"}, {AppToken: "xapp"}, {BotToken: "xoxb", SigningSecret: "s", APIURL: "slack.com"}, {BotToken: "xoxb", SigningSecret: "s", APIURL: "ftp://x/"},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}

func TestManyAtOnceAreAllAnswered(t *testing.T) {
	t.Parallel()
	var taken atomic.Int32
	_, h := webPlatform(t, documentedTime, func(context.Context, bot.Request) bot.Reply {
		taken.Add(1)
		time.Sleep(20 * time.Millisecond)
		return bot.Say("Done.")
	})
	const n = 4 * bot.IntakeWorkers
	codes := make(chan int, n)
	for i := range n {
		go func() {
			body := []byte(fmt.Sprintf("command=%%2Fhelp&team_id=T1&user_id=U1&channel_id=C1&trigger_id=%d.1", i))
			codes <- post(h, "/slack/commands", body, documentedStamp, signed(documentedSecret, documentedStamp, body)).Code
		}()
	}
	for range n {
		if code := <-codes; code != http.StatusOK {
			t.Errorf("answered %d", code)
		}
	}
	if taken.Load() != n {
		t.Errorf("%d of %d were taken", taken.Load(), n)
	}
}

func TestAPanicInAnsweringEndsNothing(t *testing.T) {
	t.Parallel()
	_, h := webPlatform(t, documentedTime, func(_ context.Context, r bot.Request) bot.Reply {
		if r.Command == "boom" {
			panic("boom")
		}
		return bot.Say("Still here.")
	})
	for command, want := range map[string]string{"boom": "", "help": "Still here."} {
		body := []byte("command=%2F" + command + "&team_id=T1&user_id=U1&trigger_id=" + command)
		w := post(h, "/slack/commands", body, documentedStamp, signed(documentedSecret, documentedStamp, body))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: answered %d %s", command, w.Code, w.Body)
		}
	}
}
