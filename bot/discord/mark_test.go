package discord

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
	sandbox "liaison/bot/sandbox/discord"
)

func TestMarksAreApartAndWithin32Bits(t *testing.T) {
	t.Parallel()
	if least := mark(1, 0); least <= maxComponents {
		t.Errorf("the first mark is %d, which Discord may give by itself", least)
	}
	if most := int64(firstMark) + lastMarked*marksOfARow + marksOfARow - 1; most > math.MaxInt32 || mark(lastMarked, 1000) != int32(most) {
		t.Errorf("the last mark is %d, by hand %d", mark(lastMarked, 1000), most)
	}
	seen := map[int32]bool{}
	for _, row := range []int64{1, 2, 3, lastMarked - 1, lastMarked} {
		for page := range marksOfARow {
			if at := mark(row, page); at < firstMark || seen[at] {
				t.Errorf("page %d of row %d has the mark %d", page, row, at)
			} else {
				seen[at] = true
			}
		}
	}
	for _, row := range []int64{-1, 0, lastMarked + 1, math.MaxInt64} {
		if at := mark(row, 0); at != 0 {
			t.Errorf("row %d has the mark %d", row, at)
		}
	}
}

// TestAnEditKeepsTheMark edits for another row: by the process that posted, by one that knows nothing, and where history may
// not be read.
func TestAnEditKeepsTheMark(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, func(o *sandbox.Options, _ *Config) { o.Channels = append(o.Channels, blind) })
	g.open(t, pong)
	since := time.Now().Add(-time.Minute)
	d := bot.Delivery{To: to(desk), Message: bot.Sentence("v1"), RowID: 41}
	id, err := g.Post(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	for i, restart := range []bool{false, true, false} {
		if restart {
			g.marks = newRecent(10)
		}
		if err := g.Edit(t.Context(), id, bot.Delivery{To: to(desk), Message: bot.Sentence("v%d", i+2), RowID: int64(50 + i)}); err != nil {
			t.Fatal(err)
		}
		if got, found, err := g.Find(t.Context(), d, since); got != id || !found || err != nil {
			t.Errorf("after edit %d found as %q, %v, %v", i, got, found, err)
		}
	}
	if reads := g.calls("GET /channels/{channel}/messages/{message}"); reads != 1 {
		t.Errorf("the message was read %d times to be edited", reads)
	}
	d.To = to(blind.ID)
	if id, err = g.Post(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	g.marks = newRecent(10)
	d.Message = bot.Sentence("anew")
	if err := g.Edit(t.Context(), id, d); err != nil || !contains(g.posted(blind.ID), "anew") {
		t.Errorf("where nothing may be read: %v, %v", err, g.posted(blind.ID))
	}
	if err := g.Edit(t.Context(), desk+"/699999999999999999", d); sendError(err).Outcome != bot.Gone {
		t.Errorf("editing what is gone: %v", err)
	}
}

// blind is a channel in which the bot may write and not read back.
var blind = sandbox.Channel{ID: "400000000000000004", Name: "blind", Overwrites: []sandbox.Overwrite{{ID: bottest.Guild, Deny: sandbox.ReadMessageHistory}}}

// calls counts the calls of one route.
func (g *guild) calls(route string) (n int) {
	for _, r := range g.server.Requests() {
		if r.Route == route {
			n++
		}
	}
	return n
}

// TestWhereNobodyCanKnowFindSaysSo asks where history may not be read, which Discord answers with an empty one, and for a row
// that has no mark.
func TestWhereNobodyCanKnowFindSaysSo(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overHTTP, func(o *sandbox.Options, _ *Config) { o.Channels = append(o.Channels, blind) })
	g.open(t, pong)
	for want, d := range map[string]bot.Delivery{
		"no_history": {To: to(blind.ID), Message: bot.Sentence("x"), RowID: 41},
		"no_mark":    {To: to(desk), Message: bot.Sentence("x"), RowID: lastMarked + 1},
	} {
		if _, err := g.Post(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		_, found, err := g.Find(t.Context(), d, time.Now().Add(-time.Minute))
		if e := sendError(err); found || err == nil || e.Outcome != bot.Refused || e.Code != want {
			t.Errorf("want %s: found %v, %v", want, found, err)
		}
	}
	gone := bot.Delivery{To: to(ana), Message: bot.Sentence("x"), RowID: 7}
	id, err := g.Post(t.Context(), gone)
	if err == nil {
		channel, message := splitMessageID(id, "")
		err = g.api.call(t.Context(), request{method: "DELETE", path: "channels/" + channel + "/messages/" + message, bucket: "delete"}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	for what, d := range map[string]bot.Delivery{"where nothing was said": {To: to(readOnly), RowID: 7}, "what somebody deleted": gone} {
		if _, found, err := g.Find(t.Context(), d, time.Now().Add(-time.Minute)); found || err != nil {
			t.Errorf("%s: found %v, %v", what, found, err)
		}
	}
}

// TestWhatCannotBeKnownIsFlagged posts where history may not be read, loses the answer, and comes back after the nonce's time.
func TestWhatCannotBeKnownIsFlagged(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sandbox.Options) { o.Channels = append(o.Channels, blind) })
	var lose atomic.Bool
	h.server.Fault = func(route, _ string) sandbox.Fault {
		if route == "POST /channels/{channel}/messages" && lose.CompareAndSwap(true, false) {
			return sandbox.Fault{Kind: sandbox.FaultResetAfter}
		}
		return sandbox.Fault{}
	}
	h.open(t, pong)
	s := h.sender("one", h.Platform, func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) { return bot.Sentence("%s", o.Ref), nil }, "note")
	lose.Store(true)
	h.enqueue(t, agency.Outgoing{To: to(blind.ID), Kind: "note", Ref: "said", Mode: agency.Note})
	if _, err := s.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.sky.pass(3 * time.Minute)
	h.drain(t, s)
	said := h.posted(blind.ID)
	if len(said) != 2 || said[0] != "said" || !strings.Contains(said[1], "Sent again") || len(h.repeated(t)) != 1 {
		t.Errorf("there stands %q, %d are flagged", said, len(h.repeated(t)))
	}
}

// TestWhoDoesNotKnowItselfDoesNotLook: while Discord has not said yet which messages are the desk's own, what may be out is neither
// posted again nor given up, and no edit takes a mark away.
func TestWhoDoesNotKnowItselfDoesNotLook(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	var lose atomic.Bool
	lose.Store(true)
	h.server.Fault = func(route, _ string) sandbox.Fault {
		if route == "POST /channels/{channel}/messages" && lose.CompareAndSwap(true, false) {
			return sandbox.Fault{Kind: sandbox.FaultResetAfter}
		}
		return sandbox.Fault{}
	}
	s := h.sender("one", h.Platform, func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) { return bot.Sentence("%s", o.Ref), nil }, "note")
	h.enqueue(t, agency.Outgoing{To: to(desk), Kind: "note", Ref: "said", Mode: agency.Note})
	for range 60 {
		if _, err := s.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.sky.pass(3 * time.Minute)
	}
	if waiting, parked, err := h.store.OutboxDepth(t.Context()); waiting != 1 || parked != 0 || err != nil || h.times("said") != 1 {
		t.Fatalf("%d wait, %d are given up, %v; it stands there %d times", waiting, parked, err, h.times("said"))
	}
	first := desk + "/" + h.server.Messages(desk, "")[0].ID
	if e := sendError(h.Edit(t.Context(), first, bot.Delivery{To: to(desk), Message: bot.Sentence("said"), RowID: 50})); e.Outcome != bot.NotSent || e.Wait == 0 {
		t.Errorf("an edit that knows of no mark: %v", e)
	}
	h.open(t, pong)
	h.drain(t, s)
	if n := h.times("said"); n != 1 || len(h.repeated(t)) != 0 {
		t.Errorf("it stands there %d times, %d are flagged", n, len(h.repeated(t)))
	}
}

// TestPagesAreCompletedAfterTheNonceIsForgotten loses the answer to a page in the thread, early and where pages share a mark.
func TestPagesAreCompletedAfterTheNonceIsForgotten(t *testing.T) {
	t.Parallel()
	for _, lost := range []int32{2, 66, 70} {
		t.Run(fmt.Sprint("page ", lost), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil)
			var posts atomic.Int32
			h.server.Fault = func(route, channel string) sandbox.Fault {
				if route == "POST /channels/{channel}/messages" && channel != desk && posts.Add(1) == lost+1 { // the first finds no thread
					return sandbox.Fault{Kind: sandbox.FaultResetAfter}
				}
				return sandbox.Fault{}
			}
			h.open(t, pong)
			d := bot.Delivery{To: to(desk), Message: bot.Sentence("Card."), RowID: 41}
			var want []string
			for i := range 70 {
				words := fmt.Sprint(i, " ", strings.Repeat("x", 2*maxText-100))
				want = append(want, strings.Fields(words)[0])
				d.Message.Thread = append(d.Message.Thread, bot.Para(bot.T("%s", words[:maxText-1])), bot.Para(bot.T("%s", words[maxText-1:])))
			}
			id, err := h.Post(t.Context(), d)
			if id == "" || sendError(err).Outcome != bot.Unknown {
				t.Fatalf("posted as %q with %v", id, err)
			}
			h.sky.pass(5 * time.Minute)
			h.marks = newRecent(10)
			if err := h.Complete(t.Context(), id, d); err != nil {
				t.Fatal(err)
			}
			_, root := splitMessageID(id, "")
			var got []string
			for _, said := range h.posted2(root) {
				got = append(got, strings.Fields(said)[0])
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d pages: %v", len(got), got)
			}
		})
	}
}

// TestASearchThatDoesNotEndIsGivenUp as one of which nobody can know: another would not end either.
func TestASearchThatDoesNotEndIsGivenUp(t *testing.T) {
	t.Parallel()
	var last atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		page := make([]posted, 100)
		for i := range page {
			page[i].ID = strconv.FormatInt(1<<60+last.Add(1), 10)
		}
		_ = json.NewEncoder(w).Encode(page)
	}))
	defer server.Close()
	p, err := New(Config{BotToken: "t", ApplicationID: appID, GuildID: bottest.Guild, APIURL: server.URL, Drafts: &shelf{}})
	if err != nil {
		t.Fatal(err)
	}
	p.self = appID
	_, found, err := p.Find(t.Context(), bot.Delivery{To: to(desk), RowID: 7}, time.Now())
	if e := sendError(err); found || err == nil || e.Outcome != bot.Refused || e.Code != "too_much_history" || last.Load() != 100*historyPages {
		t.Errorf("found %v, %v after %d messages", found, err, last.Load())
	}
}

// TestAnAnswerWithoutAListIsNone: a search has not seen that the message is not there.
func TestAnAnswerWithoutAListIsNone(t *testing.T) {
	t.Parallel()
	for _, says := range []string{"", "null", "{}", "[", "<html>"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(says)) }))
		p, err := New(Config{BotToken: "t", ApplicationID: appID, GuildID: bottest.Guild, APIURL: server.URL, Drafts: &shelf{}})
		if err != nil {
			t.Fatal(err)
		}
		p.self = appID
		_, found, err := p.Find(t.Context(), bot.Delivery{To: to(desk), RowID: 7}, time.Now())
		if found || err == nil || sendError(err).Outcome != bot.Unknown {
			t.Errorf("%q: found %v, %v", says, found, err)
		}
		server.Close()
	}
}
