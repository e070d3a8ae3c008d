package sandbox

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func get(t *testing.T, at string) string {
	t.Helper()
	resp, err := http.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", at, resp.StatusCode, raw)
	}
	return string(raw)
}

func TestEverySampleBlockIsDrawn(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Unpaced = true
	w, base := start(t, o)
	page := strings.TrimSuffix(base, "/api/")
	for _, raw := range sampleBlocks()[surfaceMessage] {
		if _, got := ask(t, base, "chat.postMessage", form("channel", "C0DESK", "text", "x", "blocks", "["+raw+"]")); got["ok"] != true {
			t.Errorf("%v: %s", got, raw)
		}
	}
	html := get(t, page+"/?as=U0ADA&c=C0DESK")
	for _, want := range []string{`data-testid="composer"`, `<h3 class="b header"`, `data-testid="data-table"`, `class="btn danger"`, `type="date"`, `role="radiogroup"`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	blocks := strings.Join(sampleBlocks()[surfaceModal], ",")
	w.mu.Lock()
	trigger := w.newTrigger("U0ADA")
	w.mu.Unlock()
	view := `{"type":"modal","title":{"type":"plain_text","text":"All of it"},"submit":{"type":"plain_text","text":"Go"},"blocks":[` + blocks + `]}`
	if _, got := ask(t, base, "views.open", form("trigger_id", trigger, "view", view)); got["ok"] != true {
		t.Fatal(got)
	}
	html = get(t, page+"/ui/modal?as=U0ADA&c=C0DESK")
	for _, want := range []string{"All of it", `data-testid="modal-submit"`, `data-kind="number_input"`, `data-testid="field"`} {
		if !strings.Contains(html, want) {
			t.Errorf("the modal has no %s", want)
		}
	}
}

func TestNothingThatPeopleOrAppsWriteBecomesMarkup(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Users[1].RealName = `Ben "<b>" Ito`
	w, base := start(t, o)
	evil := `<img src=x onerror=alert(1)> <script>alert(2)</script> "quoted" &lt;b&gt;`
	if _, err := w.Say("U0BEN", "C0DESK", evil, ""); err != nil {
		t.Fatal(err)
	}
	quoted := strings.ReplaceAll(evil, `"`, `\"`)
	blocks := `[{"type":"section","text":{"type":"mrkdwn","text":"` + quoted + ` <javascript:alert(3)|link> <https://x.example/\" onclick=\"|a>"}},` +
		`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"javascript:alert(4)","text":"go"}]}]},` +
		`{"type":"markdown","text":"[a](javascript:alert(5)) ` + quoted + `"},` +
		`{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"` + quoted + `"},"confirm":{"text":{"type":"mrkdwn","text":"` + quoted + `"}}}]},` +
		`{"type":"data_visualization","title":"` + quoted[:40] + `","chart":{"type":"pie","segments":[{"label":"<svg onload=x>","value":1}]}}]`
	if _, got := ask(t, base, "chat.postMessage", form("channel", "C0DESK", "text", evil, "blocks", blocks)); got["ok"] != true && !strings.Contains(got["error"].(string), "invalid_blocks") {
		t.Fatal(got)
	} else if got["ok"] != true {
		t.Fatal(got["errors"])
	}
	html := strings.ToLower(get(t, strings.TrimSuffix(base, "/api/")+"/?as=U0BEN&c=C0DESK"))
	for _, bad := range []string{"<img src=x", "<script>alert", `href="javascript:`, "<svg onload", `ben "<b>`, `" onclick="`} {
		if strings.Contains(html, bad) {
			t.Errorf("the page contains %s", bad)
		}
	}
}

func TestThePageAnswersOnlyItself(t *testing.T) {
	t.Parallel()
	_, base := start(t, testOptions())
	page := strings.TrimSuffix(base, "/api/")
	try := func(change func(*http.Request)) int {
		req, _ := http.NewRequest(http.MethodPost, page+"/ui/say", strings.NewReader(`{"as":"U0ADA","channel":"C0DESK","text":"x"}`))
		req.Header.Set("Content-Type", "application/json")
		change(req)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := try(func(r *http.Request) { r.Header.Set("Origin", page) }); got != http.StatusOK {
		t.Errorf("the page itself: %d", got)
	}
	if got := try(func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }); got != http.StatusForbidden {
		t.Errorf("another origin: %d", got)
	}
	if got := try(func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); got != http.StatusForbidden {
		t.Errorf("another site: %d", got)
	}
	if got := try(func(r *http.Request) { r.Host = "evil.example" }); got != http.StatusForbidden {
		t.Errorf("another name for the loopback: %d", got)
	}
	resp, err := http.Get(page + "/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy = %q", csp)
	}
}

func TestTheClockMovesInTheDesksZone(t *testing.T) {
	t.Parallel()
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 10, 24, 9, 30, 0, 0, oslo) // the night after, summer time ends
	o := testOptions()
	o.Zone, o.Now, o.SetNow = oslo, func() time.Time { return now }, func(t time.Time) { now = t }
	w, _ := start(t, o)
	for _, step := range []struct {
		d    deed
		want string
	}{
		{deed{Add: "hour"}, "Sat 24 Oct 2026, 10:30"},
		{deed{Add: "day"}, "Sun 25 Oct 2026, 10:30"},
		{deed{Add: "monday"}, "Mon 26 Oct 2026, 09:00"},
		{deed{Add: "monday"}, "Mon 2 Nov 2026, 09:00"},
		{deed{Set: "2026-12-31T23:59"}, "Thu 31 Dec 2026, 23:59"},
	} {
		got, err := w.actClock(step.d)
		if err != nil || got["now"] != step.want {
			t.Errorf("%+v: %v %v, want %s", step.d, got, err, step.want)
		}
	}
}

func TestMrkdwn(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Now = func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s := scribe{w, time.UTC}
	for in, want := range map[string]string{
		"*bold* _it_ ~no~ `c*d*`":                    `<strong>bold</strong> <em>it</em> <del>no</del> <code>c*d*</code>`,
		"2*3*4 and a_b_c":                            `2*3*4 and a_b_c`,
		"*USD 5.00*, _x_.":                           `<strong>USD 5.00</strong>, <em>x</em>.`,
		"<@U0ADA> in <#C0DESK>":                      `<span class="mention" data-user="U0ADA">@Ada Holm</span> in <a class="mention" href="?c=C0DESK" data-channel="C0DESK">#desk</a>`,
		"<https://x.example/?a=1&amp;b=2|A &amp; B>": `<a href="https://x.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">A &amp; B</a>`,
		"a <b> & &lt;c&gt;":                          `a &lt;b&gt; &amp; &lt;c&gt;`,
		"&gt; quoted\nnot":                           `<blockquote>quoted</blockquote>not`,
		"```\n<x> *y*\n```":                          `<pre>&lt;x&gt; *y*</pre>`,
		"<!date^1795449600^{date_pretty} {time}|f>":  `<time datetime="2026-11-23T16:00:00Z" title="f">today 16:00</time>`,
		"<!channel> :tada: :nope:":                   `<span class="mention everyone">@channel</span> <span class="emoji" role="img" aria-label="tada">🎉</span> :nope:`,
	} {
		if got := string(s.mrkdwn(in)); got != want {
			t.Errorf("%q\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestUnreadCountsAndTheSwitchOfPeople(t *testing.T) {
	t.Parallel()
	w, base := start(t, testOptions())
	page := strings.TrimSuffix(base, "/api/")
	if _, err := w.Say("U0BEN", "C0DESK", "hello", ""); err != nil {
		t.Fatal(err)
	}
	side := func(who string) string { return get(t, page+"/ui/sidebar?"+url.Values{"as": {who}}.Encode()) }
	if !strings.Contains(side("U0ADA"), `aria-label="1 unread"`) || strings.Contains(side("U0BEN"), "unread\">") {
		t.Error("unread counts are wrong")
	}
	if strings.Contains(side("U0BEN"), "shut") {
		t.Error("a private channel is shown to somebody who is not in it")
	}
	if _, err := w.actRead(deed{As: "U0ADA", Channel: "C0DESK"}); err != nil || strings.Contains(side("U0ADA"), `1 unread`) {
		t.Error("reading does not count")
	}
}
