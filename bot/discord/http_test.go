package discord

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"liaison/bot"
	"liaison/bot/bottest"
)

// signed is a request as Discord signs it.
func signed(key ed25519.PrivateKey, at time.Time, body string) *http.Request {
	stamp := fmt.Sprint(at.Unix())
	r := httptest.NewRequest(http.MethodPost, "/discord/interactions", strings.NewReader(body))
	r.Header.Set("X-Signature-Timestamp", stamp)
	r.Header.Set("X-Signature-Ed25519", hex.EncodeToString(ed25519.Sign(key, []byte(stamp+body))))
	return r
}

func pressBody(id string) string {
	return fmt.Sprintf(`{"id":%q,"application_id":%q,"type":3,"token":"t0ken","guild_id":%q,"channel_id":%q,`+
		`"member":{"user":{"id":%q,"username":"ana"},"roles":[]},"message":{"id":"600000000000000001","channel_id":%q,"flags":0,"components":[{"type":99,"new":true}]},`+
		`"data":{"custom_id":"p|0|seller tick|S-12 bank","component_type":2}}`, id, appID, bottest.Guild, desk, ana, desk)
}

// TestOnlyWhatDiscordSignedIsTaken goes through every way in which a request can be none of Discord's.
func TestOnlyWhatDiscordSignedIsTaken(t *testing.T) {
	t.Parallel()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_795_435_200, 0)
	shelf := &shelf{}
	p, err := New(Config{BotToken: "x", ApplicationID: appID, GuildID: bottest.Guild, PublicKey: hex.EncodeToString(public), Drafts: shelf,
		Commands: someCommands(), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	var taken atomic.Int32
	p.take = func(context.Context, bot.Request) bot.Reply { taken.Add(1); return bot.Open(bottest.OnboardForm()) }
	work, stop := context.WithCancel(t.Context())
	defer stop()
	open := make(chan struct{})
	go p.intake.Run(work, func(ctx context.Context) error { close(open); <-ctx.Done(); return nil }) //nolint:errcheck // it ends with the test
	<-open
	body := pressBody("700000000000000001")
	ping := `{"id":"1","application_id":"` + appID + `","type":1,"token":"x"}`
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, c := range []struct {
		name string
		r    *http.Request
		bend func(*http.Request)
		want int
	}{
		{"as it should be", signed(private, now, body), nil, 200},
		{"a ping", signed(private, now, ping), nil, 200},
		{"five minutes old", signed(private, now.Add(-5*time.Minute), ping), nil, 200},
		{"five minutes ahead", signed(private, now.Add(5*time.Minute), ping), nil, 200},
		{"too old", signed(private, now.Add(-5*time.Minute-time.Second), body), nil, 401},
		{"too early", signed(private, now.Add(5*time.Minute+time.Second), body), nil, 401},
		{"another key", signed(other, now, body), nil, 401},
		{"another key, a ping", signed(other, now, ping), nil, 401},
		{"no signature", signed(private, now, body), func(r *http.Request) { r.Header.Del("X-Signature-Ed25519") }, 401},
		{"no time", signed(private, now, body), func(r *http.Request) { r.Header.Del("X-Signature-Timestamp") }, 401},
		{"two signatures", signed(private, now, body), func(r *http.Request) { r.Header.Add("X-Signature-Ed25519", strings.Repeat("0", 128)) }, 401},
		{"a short signature", signed(private, now, body), header("X-Signature-Ed25519", "00"), 401},
		{"no hexadecimal", signed(private, now, body), header("X-Signature-Ed25519", strings.Repeat("z", 128)), 401},
		{"another time than signed", signed(private, now, body), header("X-Signature-Timestamp", fmt.Sprint(now.Unix()+1)), 401},
		{"a time with a sign", signed(private, now, body), header("X-Signature-Timestamp", "+"+fmt.Sprint(now.Unix())), 401},
		{"no number", signed(private, now, body), header("X-Signature-Timestamp", "now"), 401},
		{"not JSON", signed(private, now, "{"), nil, 400},
		{"another application", signed(private, now, strings.Replace(body, appID, "900000000000000009", 1)), nil, 400},
		{"too large", signed(private, now, strings.Repeat(" ", maxBody+1)), nil, 413},
	} {
		if c.bend != nil {
			c.bend(c.r)
		}
		before := taken.Load()
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, c.r)
		if w.Code != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, w.Code, w.Body, c.want)
		}
		if c.want != 200 && taken.Load() != before {
			t.Errorf("%s was taken", c.name)
		}
	}
	kept := len(shelf.kept)
	for i := range len(body) {
		bent := []byte(body)
		bent[i] ^= 1
		r := signed(private, now, body)
		r.Body = io.NopCloser(bytes.NewReader(bent))
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized {
			t.Fatalf("with byte %d changed: %d", i, w.Code)
		}
	}
	if taken.Load() != 1 || len(shelf.kept) != kept {
		t.Errorf("%d taken, %d kept, want 1 and %d", taken.Load(), len(shelf.kept), kept)
	}
}

// TestACopyGetsTheSameAnswerAndNothingTwice sends one interaction again, byte for byte.
func TestACopyGetsTheSameAnswerAndNothingTwice(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, nil)
	var keys []string
	long := bot.Message{Summary: "long", Parts: []bot.Part{bot.Para(bot.T("%s", strings.Repeat("A sentence of a long answer. ", 300)))}}
	g.open(t, func(_ context.Context, r bot.Request) bot.Reply { keys = append(keys, r.Key); return bot.Tell(long) })
	before := len(g.server.Requests())
	body := pressBody("700000000000000009")
	stamp := fmt.Sprint(time.Now().Unix())
	var answers []string
	for range 2 {
		r := httptest.NewRequest(http.MethodPost, "/discord/interactions", strings.NewReader(body))
		r.Header.Set("X-Signature-Timestamp", stamp)
		r.Header.Set("X-Signature-Ed25519", g.server.Sign(stamp, []byte(body)))
		w := httptest.NewRecorder()
		g.Handler().ServeHTTP(w, r)
		answers = append(answers, w.Body.String())
	}
	if answers[0] != answers[1] || answers[0] == "" {
		t.Errorf("answered %s, then %s", answers[0], answers[1])
	}
	if len(keys) != 2 || keys[0] != keys[1] || keys[0] != "discord:700000000000000009" {
		t.Errorf("taken with the keys %v", keys)
	}
	g.intake.Close()
	more := 0
	for _, r := range g.server.Requests()[before:] {
		if r.Method == http.MethodPost && strings.Contains(r.Path, "/webhooks/") {
			more++
		}
	}
	if more == 0 || more > 4 { // the answer is three pages: two follow, once (and once more by direct message: the token is made up)
		t.Errorf("%d further messages", more)
	}
}

func TestDiscordsProbesPass(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, nil)
	g.open(t, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
	if err := g.server.Probe(); err != nil {
		t.Error(err)
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	good := Config{BotToken: "x", ApplicationID: appID, GuildID: bottest.Guild, Drafts: &shelf{}}
	for word, bend := range map[string]func(*Config){
		"DISCORD_BOT_TOKEN":      func(c *Config) { c.BotToken = "" },
		"DISCORD_APPLICATION_ID": func(c *Config) { c.ApplicationID = "liaison" },
		"DISCORD_GUILD_ID":       func(c *Config) { c.GuildID = "" },
		"DISCORD_PUBLIC_KEY":     func(c *Config) { c.PublicKey = "abc" },
		"DISCORD_API_URL":        func(c *Config) { c.APIURL = "discord.com" },
		"forms":                  func(c *Config) { c.Drafts = nil },
	} {
		c := good
		bend(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
}

// TestWhatWasRefusedIsNoRepeatWhenItComesAgain: it was not taken the first time, so all of its answer is owed.
func TestWhatWasRefusedIsNoRepeatWhenItComesAgain(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, nil)
	body, stamp := pressBody("700000000000000010"), fmt.Sprint(time.Now().Unix())
	press := func() int {
		r := httptest.NewRequest(http.MethodPost, "/discord/interactions", strings.NewReader(body))
		r.Header.Set("X-Signature-Timestamp", stamp)
		r.Header.Set("X-Signature-Ed25519", g.server.Sign(stamp, []byte(body)))
		w := httptest.NewRecorder()
		g.Handler().ServeHTTP(w, r)
		return w.Code
	}
	if code := press(); code != http.StatusServiceUnavailable { // nothing is taken yet
		t.Fatalf("answered with %d", code)
	}
	long := bot.Message{Summary: "long", Parts: []bot.Part{bot.Para(bot.T("%s", strings.Repeat("A sentence of a long answer. ", 300)))}}
	g.open(t, func(context.Context, bot.Request) bot.Reply { return bot.Tell(long) })
	before := len(g.server.Requests())
	press()
	g.intake.Close()
	for _, r := range g.server.Requests()[before:] {
		if strings.Contains(r.Path, "/webhooks/") {
			return
		}
	}
	t.Error("the rest of the answer did not come")
}
