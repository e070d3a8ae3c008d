package discord

import (
	"net/http"
	"strings"
	"testing"
)

// fill shows a server with a bit of everything: an application that answers commands,
// and messages with all kinds of components.
func fill(t *testing.T, s *Server, base string) {
	t.Helper()
	register(t, base)
	label := func(l string, c object) object {
		return object{"type": 18, "label": l, "description": "About " + l, "component": c}
	}
	app(t, s, func(i object) (int, any) {
		data := sub(i, "data")
		switch kind(i) {
		case interactCommand:
			if str(data, "name") == "everywhere" {
				return 500, nil
			}
			if o := asObjects(items(data, "options")); len(o) > 0 && str(o[0], "name") == "rate" {
				return 200, says("**Thank you.** Only you read this.", flagEphemeral)
			}
			return 200, object{"type": 9, "data": object{"custom_id": "apply", "title": "Apply as a creator", "components": list{
				object{"type": 10, "content": "Everything you write stays with the **agency**."},
				label("Name", object{"type": 4, "custom_id": "name", "style": 1, "placeholder": "How we call you"}),
				label("About you", object{"type": 4, "custom_id": "about", "style": 2, "required": false}),
				label("Niche", object{"type": 3, "custom_id": "niche", "options": optionsOf(3)}),
				label("Agree", object{"type": 23, "custom_id": "agree"}),
			}}}
		case interactModal:
			return 200, says("Welcome, your application is in.", flagEphemeral)
		case interactAutocomplete:
			return 200, object{"type": 8, "data": object{"choices": list{object{"name": "Glow Cosmetics", "value": "S-1"}}}}
		}
		return 200, object{"type": 7, "data": object{"flags": 1 << 15, "components": list{object{"type": 10, "content": "Approved by <@" + str(sub(sub(i, "member"), "user"), "id") + ">"}}}}
	})
	for _, m := range []object{
		{"content": "# Campaign\nHello <@" + ben + "> and <@&" + creators + ">, see <#" + general + ">.\n- one *thing*\n- ~~two~~ __three__\n> quoted `code`\n```\na  1\nb  2\n```\n-# small print [docs](https://docs.example) <t:1795363200:R>"},
		{"embeds": list{object{"title": "Payout run P-7", "description": "Ready for approval", "color": 0x2f8f57, "fields": list{
			object{"name": "Total", "value": "USD 1,240.00", "inline": true}, object{"name": "Lines", "value": "12", "inline": true}, object{"name": "State", "value": "frozen", "inline": true},
		}, "footer": object{"text": "settled orders only"}}}},
		{"flags": 1 << 15, "components": list{object{"type": 17, "accent_color": 0xd9a93c, "components": list{
			object{"type": 10, "content": "### Sample for Glow Cosmetics\nDue in three days."},
			object{"type": 14},
			object{"type": 9, "components": list{object{"type": 10, "content": "Post your video, then tell us."}}, "accessory": object{"type": 2, "style": 2, "label": "Brief", "custom_id": "brief"}},
			object{"type": 1, "components": list{
				object{"type": 2, "style": 3, "label": "Accept", "custom_id": "yes"}, object{"type": 2, "style": 4, "label": "Decline", "custom_id": "no"},
				object{"type": 2, "style": 5, "label": "Guide", "url": "https://guide.example"},
			}},
			object{"type": 1, "components": list{object{"type": 3, "custom_id": "shop", "placeholder": "Choose a shop", "options": optionsOf(3)}}},
			object{"type": 1, "components": list{object{"type": 3, "custom_id": "shops", "placeholder": "Choose several", "max_values": 2, "options": optionsOf(3)}}},
		}}}},
	} {
		if status, got := api(t, base, "POST", "/channels/"+general+"/messages", m); status != 200 {
			t.Fatalf("%d %v", status, got)
		}
	}
	if _, err := s.Say(ben, general, "Thanks @ada, I am in!"); err != nil {
		t.Fatal(err)
	}
	if err := s.Command(ben, general, "/creator rate", Values{"stars": "5"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Command(ben, general, "/everywhere", nil); err == nil {
		t.Fatal("a failing command was answered")
	}
	if err := s.Command(ben, general, "/creator apply", nil); err != nil {
		t.Fatal(err)
	}
}

func show(t *testing.T, address string) string {
	t.Helper()
	resp, raw := apiRawAt(t, address)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", address, resp.StatusCode, raw)
	}
	return string(raw)
}

func TestThePageShowsWhatWasSent(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "/discord"} {
		o := testOptions()
		o.Path = path
		s, base := start(t, o)
		base += path
		fill(t, s, base)
		html := show(t, base+"/?as="+ben+"&c="+general)
		for _, want := range []string{
			`data-testid="composer"`, `href="` + path + `/web/style.css"`, `class="h h1"`, `<span class="mention">@Ben Ito</span>`, `<span class="mention">@Creators</span>`,
			`<pre class="code"><code>a  1`, `<em>thing</em>`, `<s>two</s>`, `<blockquote>quoted <code>code</code>`, `data-testid="embed"`, "USD 1,240.00",
			`fill="#2f8f57"`, `data-testid="container"`, `class="btn success" data-press="yes"`, `href="https://guide.example"`, `data-choose="shop"`,
			`Only you can see this`, `Ben Ito used /creator rate`, `data-testid="failure"`, "The application did not respond", `Apply as a creator`, `data-custom="name"`,
			`data-custom="agree"`, `class="msg pings"`, "Creators — 1", `data-color="#3ba55d"`,
		} {
			if !strings.Contains(html, want) {
				t.Errorf("the page has no %s", want)
			}
		}
		others := show(t, base+"/?as="+ada+"&c="+general)
		for _, private := range []string{"Only you read this", "did not respond", "Apply as a creator"} {
			if strings.Contains(others, private) {
				t.Errorf("ada reads %q, which is only for ben", private)
			}
		}
		if strings.Contains(show(t, base+"/?as="+ben+"&c="+secretly), `data-channel="`+secretly+`"`) {
			t.Error("ben sees a channel that is only for the staff")
		}
		for _, part := range []string{"sidebar", "main", "members", "modal", "boot"} {
			show(t, base+"/ui/"+part+"?as="+ben+"&c="+general)
		}
		for _, file := range []string{"app.js", "compose.js", "theme.js", "style.css", "message.css", "mark.svg"} {
			show(t, base+"/web/"+file)
		}
	}
}

func TestNothingThatPeopleOrTheApplicationWriteBecomesMarkup(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Users[1].Global = `Ada "<b>" Holm`
	s, base := start(t, o)
	evil := `<img src=x onerror=alert(1)> <script>alert(2)</script> "quoted" **<b>bold</b>** [a](javascript:alert(3)) [b](https://x.example/"onclick="x) <t:9:R"> https://x.example/"><svg`
	if _, err := s.Say(ada, general, evil); err != nil {
		t.Fatal(err)
	}
	for _, m := range []object{
		{"embeds": list{object{"title": evil, "description": evil, "footer": object{"text": evil}, "fields": list{object{"name": evil, "value": evil}}}}},
		{"flags": 1 << 15, "components": list{object{"type": 10, "content": "```\n" + evil + "\n```" + evil}, object{"type": 1, "components": list{object{"type": 2, "style": 1, "label": evil[:60], "custom_id": `"><svg onload=x>`}}}}},
	} {
		if status, got := api(t, base, "POST", "/channels/"+general+"/messages", m); status != 200 {
			t.Fatalf("%d %v", status, got)
		}
	}
	html := strings.ToLower(show(t, base+"/?as="+ben+"&c="+general))
	for _, bad := range []string{"<img src=x", "<script>alert", `href="javascript:`, "<svg onload", `ada "<b>`, `"onclick="`, "<b>bold", `/"><svg`} {
		if strings.Contains(html, bad) {
			t.Errorf("the page contains %s", bad)
		}
	}
	resp, _ := apiRawAt(t, base+"/?as="+ben)
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %q", policy)
	}
}

func TestMarkdownIsDrawnAsDiscordDrawsIt(t *testing.T) {
	t.Parallel()
	s, _ := start(t, testOptions())
	for text, want := range map[string]string{
		"**a** *b* _c_ __d__ ~~e~~": "<p><strong>a</strong> <em>b</em> <em>c</em> <u>d</u> <s>e</s></p>",
		"***a***":                   "<p><strong><em>a</em></strong></p>",
		`\*a\*`:                     "<p>*a*</p>",
		"snake_case_name":           "<p>snake_case_name</p>",
		"`**a**`":                   "<p><code>**a**</code></p>",
		"## b":                      `<p class="h h2" role="heading" aria-level="4">b</p>`,
		"#b":                        "<p>#b</p>",
		"<@" + ben + ">":            `<p><span class="mention">@Ben Ito</span></p>`,
		"<@1299999999999999999>":    `<p><span class="mention">@unknown-user</span></p>`,
		"||x||":                     `<p><span class="spoiler" tabindex="0">x</span></p>`,
		"[a](javascript:x)":         "<p>[a](javascript:x)</p>",
		"1. x":                      `<p class="num">1. x</p>`,
		"a\n\nb":                    `<p>a</p><p class="gap"></p><p>b</p>`,
	} {
		s.mu.Lock()
		got := scribe{s, ""}.html(text)
		s.mu.Unlock()
		if string(got) != want {
			t.Errorf("%q is drawn as\n%s, not\n%s", text, got, want)
		}
	}
}

func TestThePageAnswersOnTheLoopbackOnly(t *testing.T) {
	t.Parallel()
	_, base := start(t, testOptions())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("another name is answered %d", resp.StatusCode)
	}
}

func TestAWrittenCommandCarriesItsOptions(t *testing.T) {
	t.Parallel()
	line, values := written("/creator rate stars:4 shop:Glow & Co: fine who:" + ben)
	if line != "/creator rate" || values["stars"] != "4" || values["who"] != ben || values["shop"] != "Glow & Co: fine" {
		t.Errorf("it reads %q %v", line, values)
	}
}
