package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// ask calls a method with form fields and returns the answer.
func ask(t *testing.T, base, method string, form url.Values) (int, object) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, base+method, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	var out object
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%s: %d %q", method, resp.StatusCode, raw)
	}
	return resp.StatusCode, out
}

// form makes fields out of pairs; the bot's token goes along unless it is given.
func form(pairs ...string) url.Values {
	v := url.Values{"token": {DefaultBotToken}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func TestEachBadCallGetsItsOwnError(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Unpaced = true
	o.Manifest = []byte(strings.Replace(testManifest, "pins:write, ", "", 1))
	w, base := start(t, o)
	said, err := w.Say("U0ADA", "C0DESK", "mine", "")
	if err != nil {
		t.Fatal(err)
	}
	_, posted := ask(t, base, "chat.postMessage", form("channel", "C0DESK", "text", "ours"))
	ts, _ := posted["ts"].(string)
	_, hidden := ask(t, base, "chat.postEphemeral", form("channel", "C0DESK", "user", "U0ADA", "text", "psst"))
	eph, _ := hidden["message_ts"].(string)
	long := strings.Repeat("x", 5000)
	modal := `{"type":"modal","title":{"type":"plain_text","text":"T"},"blocks":[]}`
	home := `{"type":"home","blocks":[]}`
	for name, c := range map[string]struct {
		method string
		form   url.Values
		want   string
	}{
		"no token":                           {"auth.test", form("token", ""), "not_authed"},
		"a wrong token":                      {"auth.test", form("token", "xoxb-other"), "invalid_auth"},
		"the bot token where the app's is":   {"apps.connections.open", form(), "not_allowed_token_type"},
		"the app token where the bot's is":   {"chat.postMessage", form("token", DefaultAppToken, "channel", "C0DESK", "text", "x"), "not_allowed_token_type"},
		"a method that is none":              {"chat.shout", form(), "unknown_method"},
		"a scope that is missing":            {"pins.add", form("channel", "C0DESK", "timestamp", ts), "missing_scope"},
		"no such channel":                    {"chat.postMessage", form("channel", "C0NONE", "text", "x"), "channel_not_found"},
		"a public channel it is not in":      {"chat.postMessage", form("channel", "C0OPEN", "text", "x"), "not_in_channel"},
		"a private channel it is not in":     {"chat.postMessage", form("channel", "C0SHUT", "text", "x"), "channel_not_found"},
		"an archived channel":                {"chat.postMessage", form("channel", "C0PAST", "text", "x"), "is_archived"},
		"nothing to say":                     {"chat.postMessage", form("channel", "C0DESK"), "no_text"},
		"blocks that are no JSON":            {"chat.postMessage", form("channel", "C0DESK", "blocks", "[{"), "invalid_blocks_format"},
		"blocks that are no list":            {"chat.postMessage", form("channel", "C0DESK", "blocks", "{}"), "invalid_blocks_format"},
		"a block of an unknown type":         {"chat.postMessage", form("channel", "C0DESK", "blocks", `[{"type":"nope"}]`), "invalid_blocks"},
		"a card":                             {"chat.postMessage", form("channel", "C0DESK", "blocks", `[{"type":"card"}]`), "invalid_blocks"},
		"an alert in a message":              {"chat.postMessage", form("channel", "C0DESK", "blocks", `[{"type":"alert","text":{"type":"mrkdwn","text":"x"}}]`), "invalid_blocks"},
		"metadata without a payload":         {"chat.postMessage", form("channel", "C0DESK", "text", "x", "metadata", `{"event_type":"a"}`), "invalid_metadata_format"},
		"too much metadata":                  {"chat.postMessage", form("channel", "C0DESK", "text", "x", "metadata", `{"event_type":"a","event_payload":{"k":"`+strings.Repeat(long, 2)+`"}}`), "metadata_too_large"},
		"markdown beside a text":             {"chat.postMessage", form("channel", "C0DESK", "text", "x", "markdown_text", "y"), "markdown_text_conflict"},
		"an ephemeral to somebody not there": {"chat.postEphemeral", form("channel", "C0DESK", "user", "U0GUEST", "text", "x"), "user_not_in_channel"},
		"an edit of nothing":                 {"chat.update", form("channel", "C0DESK", "ts", "1.000001", "text", "x"), "message_not_found"},
		"an edit of an ephemeral":            {"chat.update", form("channel", "C0DESK", "ts", eph, "text", "x"), "message_not_found"},
		"an edit of somebody else's":         {"chat.update", form("channel", "C0DESK", "ts", said.TS, "text", "x"), "cant_update_message"},
		"an edit that is too long":           {"chat.update", form("channel", "C0DESK", "ts", ts, "text", long), "msg_too_long"},
		"deleting somebody else's":           {"chat.delete", form("channel", "C0DESK", "ts", said.TS), "cant_delete_message"},
		"history from outside":               {"conversations.history", form("channel", "C0OPEN"), "not_in_channel"},
		"a thread that is none":              {"conversations.replies", form("channel", "C0DESK", "ts", "1.000001"), "thread_not_found"},
		"a broken cursor":                    {"conversations.list", form("cursor", "%%"), "invalid_cursor"},
		"an unknown kind of channel":         {"conversations.list", form("types", "secret"), "invalid_types"},
		"nobody of that id":                  {"users.info", form("user", "U0NONE"), "user_not_found"},
		"nobody of that address":             {"users.lookupByEmail", form("email", "x@y.example"), "users_not_found"},
		"a talk with a deleted person":       {"conversations.open", form("users", "U0OLD"), "user_disabled"},
		"a trigger that is none":             {"views.open", form("trigger_id", "x", "view", modal), "invalid_trigger_id"},
		"a trigger that is over":             {"views.open", form("trigger_id", "1.2.abc", "view", modal), "expired_trigger_id"},
		"a view that is too large":           {"views.open", form("trigger_id", "1.2.abc", "view", `{"type":"modal","private_metadata":"`+strings.Repeat(long, 51)+`"}`), "view_too_large"},
		"a view without a title":             {"views.open", form("trigger_id", "1.2.abc", "view", `{"type":"modal","blocks":[]}`), "invalid_arguments"},
		"an update of no view":               {"views.update", form("view_id", "V0NONE", "view", modal), "not_found"},
		"a home published on a stale hash":   {"views.publish", form("user_id", "U0ADA", "hash", "old", "view", home), "hash_conflict"},
		"a reaction with a bad name":         {"reactions.add", form("channel", "C0DESK", "timestamp", ts, "name", "Not That"), "invalid_name"},
		"a file that was never uploaded":     {"files.completeUploadExternal", form("files", `[{"id":"F1"}]`, "channel_id", "C0DESK"), "file_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, got := ask(t, base, c.method, c.form); got["error"] != c.want {
				t.Errorf("%s = %v, want %s", c.method, got, c.want)
			}
		})
	}
}

func TestMissingScopeSaysWhichAndWhichAreThere(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Manifest = []byte(strings.Replace(testManifest, "pins:write, ", "", 1))
	_, base := start(t, o)
	_, got := ask(t, base, "pins.add", form())
	if got["needed"] != "pins:write" || !strings.Contains(fmt.Sprint(got["provided"]), "chat:write") {
		t.Errorf("answer = %v", got)
	}
}

func TestInvalidBlocksSayWhere(t *testing.T) {
	t.Parallel()
	_, base := start(t, testOptions())
	_, got := ask(t, base, "chat.postMessage", form("channel", "C0DESK", "blocks", `[{"type":"section","text":{"type":"mrkdwn","text":""}}]`))
	meta, _ := got["response_metadata"].(object)
	want := "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"
	if ms, _ := meta["messages"].(list); len(ms) != 1 || ms[0] != want {
		t.Errorf("answer = %v", got)
	}
}

func TestALongTextIsCutAndABareAmpersandEscaped(t *testing.T) {
	t.Parallel()
	w, base := start(t, testOptions())
	ask(t, base, "chat.postMessage", form("channel", "C0DESK", "text", "a & b &lt; "+strings.Repeat("é", 50_000)))
	m := w.Messages("C0DESK")[0]
	if n := len([]rune(m.Text)); !strings.HasPrefix(m.Text, "a &amp; b &lt; é") || n != maxText+len("amp;") {
		t.Errorf("%d characters: %.20q", n, m.Text)
	}
}

func TestPostingTooFastIsRefusedPerChannelAndForgivenLater(t *testing.T) {
	t.Parallel()
	now := time.Now()
	o := testOptions()
	o.Real = func() time.Time { return now }
	_, base := start(t, o)
	refused := 0
	for range 12 {
		if status, got := ask(t, base, "chat.postMessage", form("channel", "C0DESK", "text", "x")); status == 429 && got["error"] == "ratelimited" {
			refused++
		}
	}
	if refused != 12-postBurst {
		t.Errorf("%d of 12 were refused, want %d", refused, 12-postBurst)
	}
	if status, _ := ask(t, base, "chat.postMessage", form("channel", "U0ADA", "text", "x")); status != 200 {
		t.Errorf("another channel is paced too: %d", status)
	}
	now = now.Add(5 * time.Second)
	if status, _ := ask(t, base, "chat.postMessage", form("channel", "C0DESK", "text", "x")); status != 200 {
		t.Errorf("still refused five seconds later: %d", status)
	}
}

func TestATriggerIsForOneUseAndThreeSeconds(t *testing.T) {
	t.Parallel()
	now := time.Now()
	o := testOptions()
	o.Real = func() time.Time { return now }
	w, base := start(t, o)
	modal := `{"type":"modal","title":{"type":"plain_text","text":"T"},"blocks":[],"external_id":"x"}`
	fresh := func() string { w.mu.Lock(); defer w.mu.Unlock(); return w.newTrigger("U0ADA") }
	open := func(method, trigger, view string) any {
		_, got := ask(t, base, method, form("trigger_id", trigger, "view", view))
		return got["error"]
	}
	first, late := fresh(), fresh()
	if e := open("views.push", fresh(), modal); e != "not_found" {
		t.Errorf("a push onto nothing: %v", e)
	}
	if e := open("views.open", first, modal); e != nil {
		t.Errorf("the first use: %v", e)
	}
	if e := open("views.open", first, modal); e != "exchanged_trigger_id" {
		t.Errorf("the second use: %v", e)
	}
	if e := open("views.push", fresh(), modal); e != "duplicate_external_id" {
		t.Errorf("the same external_id: %v", e)
	}
	plain := strings.Replace(modal, `,"external_id":"x"`, "", 1)
	if got := [2]any{open("views.push", fresh(), plain), open("views.push", fresh(), plain)}; got != [2]any{nil, nil} {
		t.Errorf("two pushes: %v", got)
	}
	if got := open("views.push", fresh(), plain); got != "push_limit_reached" {
		t.Errorf("a fourth view: %v", got)
	}
	now = now.Add(4 * time.Second)
	if e := open("views.open", late, plain); e != "expired_trigger_id" {
		t.Errorf("four seconds later: %v", e)
	}
}

func TestAResponseURLWorksFiveTimesAndHalfAnHour(t *testing.T) {
	t.Parallel()
	now := time.Now()
	o := testOptions()
	o.Real = func() time.Time { return now }
	w, base := start(t, o)
	w.learnBase(strings.TrimSuffix(base, "/api/"))
	hook := func() string {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.newHook(responseHook{user: "U0ADA", room: "C0DESK"})
	}
	send := func(url, body string) string {
		resp, err := http.Post(url, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, _ := io.ReadAll(resp.Body)
		return string(raw)
	}
	u, later := hook(), hook()
	for i := range 5 {
		if got := send(u, `{"text":"x"}`); got != "ok" {
			t.Fatalf("use %d: %s", i+1, got)
		}
	}
	if got := send(u, `{"text":"x"}`); !strings.Contains(got, "used_url") {
		t.Errorf("the sixth use: %s", got)
	}
	if n := len(w.Ephemerals("U0ADA")); n != 5 || len(w.Messages("C0DESK")) != 0 {
		t.Errorf("%d ephemerals", n)
	}
	if got := send(later, `{"text":"for all","response_type":"in_channel"}`); got != "ok" || len(w.Messages("C0DESK")) != 1 {
		t.Errorf("in the channel: %s", got)
	}
	now = now.Add(31 * time.Minute)
	if got := send(later, `{"text":"x"}`); !strings.Contains(got, "expired_url") {
		t.Errorf("half an hour later: %s", got)
	}
}

func TestFaultsHitBeforeOrAfterTheWorkIsDone(t *testing.T) {
	t.Parallel()
	for kind, posted := range map[FaultKind]int{
		FaultRateLimited: 0, FaultServerError: 0, FaultResetBefore: 0, FaultResetAfter: 1, FaultHangAfter: 1, FaultTruncated: 1,
	} {
		w, err := New(testOptions())
		if err != nil {
			t.Fatal(err)
		}
		w.Fault = func(string, string) Fault { return Fault{Kind: kind, Wait: 10 * time.Millisecond} }
		srv := serve(t, w)
		resp, err := http.PostForm(srv+"/api/chat.postMessage", form("channel", "C0DESK", "text", "x"))
		if err == nil {
			resp.Body.Close()
		}
		if n := len(w.Messages("C0DESK")); n != posted {
			t.Errorf("fault %d: %d messages, want %d (%v)", kind, n, posted, err)
		}
	}
}
