package discord

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
	sandbox "liaison/bot/sandbox/discord"
)

func to(channel string) agency.Address {
	return agency.Address{Platform: agency.Discord, Workspace: bottest.Guild, Channel: channel}
}

// TestARepeatedPostIsOneMessage loses the answer to a post and posts again.
func TestARepeatedPostIsOneMessage(t *testing.T) {
	t.Parallel()
	for _, kind := range []sandbox.FaultKind{sandbox.FaultResetAfter, sandbox.FaultTruncated, sandbox.FaultErrorAfter} {
		var lose atomic.Bool
		g := newGuild(t, overHTTP, nil)
		g.server.Fault = func(route, _ string) sandbox.Fault {
			if route == "POST /channels/{channel}/messages" && lose.CompareAndSwap(true, false) {
				return sandbox.Fault{Kind: kind}
			}
			return sandbox.Fault{}
		}
		g.open(t, pong)
		d := bot.Delivery{To: to(desk), Message: bot.Sentence("Card."), Kind: "seller-card", RowID: 41}
		since := time.Now().Add(-time.Minute)
		if _, found, err := g.Find(t.Context(), d, since); found || err != nil {
			t.Fatalf("found %v, %v before it was posted", found, err)
		}
		lose.Store(true)
		if _, err := g.Post(t.Context(), d); sendError(err).Outcome != bot.Unknown {
			t.Errorf("a lost answer is %v", err)
		}
		id, err := g.Post(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(g.posted(desk)); n != 1 {
			t.Errorf("it stands there %d times", n)
		}
		if got, found, err := g.Find(t.Context(), d, since); got != id || !found || err != nil {
			t.Errorf("found as %q, %v, %v, posted as %q", got, found, err, id)
		}
	}
	if p := (&Platform{}); !p.RepeatSafe(time.Minute) || p.RepeatSafe(3*time.Minute) {
		t.Error("a nonce settles a repeat for two minutes")
	}
}

// TestRefusalsAreClearStates posts where it cannot be posted.
func TestRefusalsAreClearStates(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, nil)
	g.open(t, pong)
	g.server.CloseDMs(kofi, true)
	for channel, code := range map[string]string{nowhere: "10003", shut: "50001", readOnly: "50013", kofi: "50007", "no-id": ""} {
		_, err := g.Post(t.Context(), bot.Delivery{To: to(channel), Message: bot.Sentence("Hello."), RowID: 7})
		var e *bot.SendError
		if !errors.As(err, &e) || e.Outcome != bot.Refused || code != "" && e.Code != code {
			t.Errorf("%s: %v, want a refusal with %s", channel, err, code)
		}
	}
	if err := g.Edit(t.Context(), desk+"/699999999999999999", bot.Delivery{To: to(desk), Message: bot.Sentence("x")}); sendError(err).Outcome != bot.Gone {
		t.Errorf("editing what is gone: %v", err)
	}
}

// TestFaultsOfTheWayAreToldApart looks at what is known of a post that failed.
func TestFaultsOfTheWayAreToldApart(t *testing.T) {
	t.Parallel()
	var kind atomic.Int32
	g := newGuild(t, overHTTP, nil)
	g.server.Fault = func(route, _ string) sandbox.Fault {
		if route == "POST /channels/{channel}/messages" {
			return sandbox.Fault{Kind: sandbox.FaultKind(kind.Load()), Wait: 1500 * time.Millisecond}
		}
		return sandbox.Fault{}
	}
	g.open(t, pong)
	for i, c := range []struct {
		kind sandbox.FaultKind
		want bot.Outcome
		wait time.Duration
	}{
		{sandbox.FaultServerError, bot.Unknown, 0},
		{sandbox.FaultBadGateway, bot.Unknown, 0},
		{sandbox.FaultResetBefore, bot.Unknown, 0},
		{sandbox.FaultRateLimited, bot.NotSent, 1500 * time.Millisecond},
		{sandbox.FaultUnauthorized, bot.NotSent, lockedOut},
	} {
		g.api.session.Ratelimiter.GetBucket("POST channels/" + desk + "/messages").Remaining = 1
		kind.Store(int32(c.kind))
		calls := len(g.server.Requests())
		_, err := g.Post(t.Context(), bot.Delivery{To: to(desk), Message: bot.Sentence("x"), RowID: int64(i + 1)})
		var e *bot.SendError
		if !errors.As(err, &e) || e.Outcome != c.want || c.wait > 0 && (e.Wait < c.wait/2 || e.Wait > c.wait) {
			t.Errorf("fault %d: %v, waiting %v", c.kind, err, e)
		}
		if n := len(g.server.Requests()) - calls; n != 1 {
			t.Errorf("fault %d: tried %d times by itself", c.kind, n)
		}
	}
	if g.Ready() == nil {
		t.Error("ready although Discord refuses the token")
	}
	kind.Store(0)
	time.Sleep(0)
	g.await(t, "the limit to pass", func() bool {
		_, err := g.Post(t.Context(), bot.Delivery{To: to(desk), Message: bot.Sentence("x"), RowID: 99})
		return err == nil
	})
	if g.Ready() != nil {
		t.Errorf("a post succeeded, and yet: %v", g.Ready())
	}
}

// TestARefusalThatCannotBeReadIsNotFinal loses half of the answer that says that an address is no channel but a person.
func TestARefusalThatCannotBeReadIsNotFinal(t *testing.T) {
	t.Parallel()
	var half atomic.Bool
	g := newGuild(t, overHTTP, nil)
	g.server.Fault = func(route, channel string) sandbox.Fault {
		if channel == ana && half.CompareAndSwap(true, false) {
			return sandbox.Fault{Kind: sandbox.FaultTruncated}
		}
		return sandbox.Fault{}
	}
	g.open(t, pong)
	half.Store(true)
	d := bot.Delivery{To: to(ana), Message: bot.Sentence("x"), RowID: 1}
	if _, err := g.Post(t.Context(), d); err == nil || sendError(err).Outcome != bot.NotSent {
		t.Errorf("half a refusal is %v", err)
	}
	if _, err := g.Post(t.Context(), d); err != nil {
		t.Errorf("the next try: %v", err)
	}
}

// TestTheGlobalLimitHoldsAllCalls stops calling anybody once Discord has said so for all.
func TestTheGlobalLimitHoldsAllCalls(t *testing.T) {
	t.Parallel()
	var limit atomic.Bool
	g := newGuild(t, overHTTP, nil)
	g.server.Fault = func(route, _ string) sandbox.Fault {
		if strings.HasSuffix(route, "/messages") && limit.CompareAndSwap(true, false) {
			return sandbox.Fault{Kind: sandbox.FaultGlobalLimit, Wait: time.Minute}
		}
		return sandbox.Fault{}
	}
	g.open(t, pong)
	limit.Store(true)
	_, err := g.Post(t.Context(), bot.Delivery{To: to(desk), Message: bot.Sentence("x"), RowID: 1})
	if e := sendError(err); e.Outcome != bot.NotSent || e.Wait < 30*time.Second {
		t.Errorf("%v", err)
	}
	calls := len(g.server.Requests())
	_, err = g.Post(t.Context(), bot.Delivery{To: to(readOnly), Message: bot.Sentence("x"), RowID: 2})
	if e := sendError(err); e.Outcome != bot.NotSent || e.Wait < 30*time.Second || len(g.server.Requests()) != calls {
		t.Errorf("another channel: %v after %d calls", err, len(g.server.Requests())-calls)
	}
}

func TestADirectMessageIsPostedFoundAndEdited(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, nil)
	g.open(t, pong)
	d := bot.Delivery{To: to(ana), Message: bot.Sentence("Hello @everyone."), RowID: 12}
	d.Message.Thread = []bot.Part{bot.Para(bot.T("Detail."))}
	id, err := g.Post(t.Context(), d)
	if err != nil || !strings.HasPrefix(id, g.server.Talk(ana)+"/") {
		t.Fatalf("posted as %q, %v", id, err)
	}
	for _, forget := range []bool{false, true} { // after a restart nothing is known of whom an id names
		if forget {
			g.people = newRecent(10)
		}
		if got, found, err := g.Find(t.Context(), d, time.Now().Add(-time.Minute)); got != id || !found || err != nil {
			t.Errorf("found as %q, %v, %v", got, found, err)
		}
	}
	if err := g.Complete(t.Context(), id, d); err != nil {
		t.Error(err)
	}
	d.Message = bot.Sentence("Hello again.")
	if err := g.Edit(t.Context(), id, d); err != nil {
		t.Error(err)
	}
	said := g.posted2(g.server.Talk(ana))
	if strings.Join(said, "|") != "Hello again.|Detail." {
		t.Errorf("the talk is %q", said)
	}
}

func (g *guild) posted2(channel string) (all []string) {
	for _, m := range g.server.Messages(channel, "") {
		all = append(all, shown(m))
	}
	return all
}

// TestDetailGoesIntoTheThreadOnce completes a thread of which a page was lost.
func TestDetailGoesIntoTheThreadOnce(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	g := newGuild(t, overHTTP, nil)
	g.server.Fault = func(route, _ string) sandbox.Fault {
		if route == "POST /channels/{channel}/messages" && calls.Add(1) == 4 { // the card, a thread that is not there, its first page, its second
			return sandbox.Fault{Kind: sandbox.FaultServerError}
		}
		return sandbox.Fault{}
	}
	g.open(t, pong)
	m := bot.Sentence("Card.")
	for i := range 3 {
		m.Thread = append(m.Thread, bot.Para(bot.T("%s", strings.Repeat(string(rune('a'+i))+" ", 1800))))
	}
	d := bot.Delivery{To: to(desk), Message: m, RowID: 5}
	id, err := g.Post(t.Context(), d)
	if id == "" || err == nil {
		t.Fatalf("posted as %q with %v", id, err)
	}
	for range 2 {
		if err := g.Complete(t.Context(), id, d); err != nil {
			t.Fatal(err)
		}
	}
	_, root := splitMessageID(id, "")
	pages := g.posted2(root)
	if len(pages) < 2 || strings.Count(strings.Join(pages, ""), "a") != 1800 || strings.Count(strings.Join(pages, ""), "c") != 1800 {
		t.Errorf("%d pages in the thread\n%s", len(pages), g.log)
	}
	note := bot.Delivery{To: to(desk), Message: bot.Sentence("Note."), RowID: 6, ThreadID: id}
	if _, err := g.Post(t.Context(), note); err != nil || !slices.Contains(g.posted2(root), "Note.") {
		t.Errorf("a note in the thread: %v", err)
	}
}

// TestNobodyIsPinged posts and edits everything of the fixture and looks at whom it notified.
func TestNobodyIsPinged(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, nil)
	g.open(t, pong)
	for i, c := range bottest.Messages(agency.Discord) {
		d := bot.Delivery{To: to(desk), Message: c.Message, RowID: int64(i + 1)}
		id, err := g.Post(t.Context(), d)
		if err == nil {
			err = g.Edit(t.Context(), id, d)
		}
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
	for _, m := range g.server.Messages(desk, "") {
		if m.Pinged.Anybody() {
			t.Errorf("%+v were pinged by %s", m.Pinged, m.Text())
		}
	}
}

// TestLimitsAreObeyedBeforeDiscordHasToRefuse posts as fast as it is let, and counts what Discord refused.
func TestLimitsAreObeyedBeforeDiscordHasToRefuse(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, func(o *sandbox.Options, _ *Config) { o.Unpaced = false })
	g.open(t, pong)
	before := g.server.Invalid() // the probes of the endpoint are none
	for i := range 8 {
		for try := 0; ; try++ {
			_, err := g.Post(t.Context(), bot.Delivery{To: to(desk), Message: bot.Sentence("x"), RowID: int64(i + 1)})
			if err == nil {
				break
			}
			e := sendError(err)
			if e.Outcome != bot.NotSent || e.Wait <= 0 || try > 20 {
				t.Fatalf("post %d: %v", i, err)
			}
			time.Sleep(e.Wait)
		}
	}
	if n := g.server.Invalid() - before; n != 0 {
		t.Errorf("Discord had to refuse %d calls", n)
	}
	if n := len(g.posted(desk)); n != 8 {
		t.Errorf("%d messages", n)
	}
}

// TestTooManyRefusalsStopTheCalls keeps the desk's address from being shut out.
func TestTooManyRefusalsStopTheCalls(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a, err := newAPI("x", &url.URL{Scheme: "http", Host: "127.0.0.1:1"}, func() time.Time { return now }, bot.Observed(nil))
	if err != nil {
		t.Fatal(err)
	}
	for range maxInvalid {
		a.heed(&http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}})
	}
	var waits *waitError
	if err := a.call(t.Context(), request{method: "GET", path: "users/@me", bucket: "x"}, nil); !errors.As(err, &waits) || waits.wait <= 0 || waits.wait > invalidWindow {
		t.Errorf("after %d refusals: %v", maxInvalid, err)
	}
	now = now.Add(invalidWindow + time.Second)
	if err := a.call(t.Context(), request{method: "GET", path: "users/@me", bucket: "x"}, nil); errors.As(err, &waits) {
		t.Errorf("still waiting when the window is over: %v", err)
	}
}

func TestCallsAreCountedByFewNames(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/api/v9/channels/400000000000000001/messages":      "channels/{id}/messages",
		"/api/v9/interactions/1/se.cr-et/callback":          "interactions/{id}/{token}/callback",
		"/api/v9/webhooks/1/secret/messages/@original":      "webhooks/{id}/{token}/messages/@original",
		"/api/v9/users/@me":                                 "users/@me",
		"/api/v9/applications/1/guilds/2/commands":          "applications/{id}/guilds/{id}/commands",
		"/api/v9/channels/an id that nobody knows/messages": "channels/{id}/messages",
	} {
		if got := route(path); got != want {
			t.Errorf("%s is counted as %s, want %s", path, got, want)
		}
	}
}
