package slack

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"liaison/bot"
	"liaison/bot/sandbox"
	"liaison/store/storetest"
)

// gate answers with a page, as what stands before Slack does, while it is shut for a method.
type gate struct {
	method string
	shut   atomic.Bool
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	if !g.shut.Load() || !strings.HasSuffix(r.URL.Path, g.method) {
		return http.DefaultTransport.RoundTrip(r)
	}
	w := httptest.NewRecorder()
	http.Error(w, "<html>Forbidden</html>", http.StatusForbidden)
	return w.Result(), nil
}

// TestAPageOfAProxyIsNotSlacksWord: what it keeps from being posted goes out later, and what it keeps from being looked for is
// neither posted again nor flagged meanwhile. In the end it is given up with the reason.
func TestAPageOfAProxyIsNotSlacksWord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method       string
		lose, opens  bool
		posts, given int
	}{
		"a post":            {postMessage, false, true, 1, 0},
		"a search":          {"conversations.history", true, true, 1, 0},
		"a post for ever":   {postMessage, false, false, 0, 1},
		"a search for ever": {"conversations.history", true, false, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, overHTTP, func(_ *sandbox.Options, c *Config) { c.Unpaced = true })
			var lose atomic.Bool
			lose.Store(c.lose)
			o.space.Fault = func(method, _ string) sandbox.Fault {
				if method == postMessage && lose.CompareAndSwap(true, false) {
					return sandbox.Fault{Kind: sandbox.FaultResetAfter}
				}
				return sandbox.Fault{}
			}
			g := &gate{method: c.method}
			o.wire.client.Transport = g
			o.open(t, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
			g.shut.Store(true)
			s, now := storetest.Quick(t), time.Now()
			sender := o.noter(t, s, &now)
			minutes(t, sender, &now, 5)
			g.shut.Store(!c.opens)
			minutes(t, sender, &now, 200)
			waiting, parked, err := s.OutboxDepth(t.Context())
			if waiting != 0 || parked != c.given || err != nil {
				t.Errorf("%d wait, %d are given up, %v", waiting, parked, err)
			}
			if said := o.posted("C0DESK"); len(said) != c.posts || contains(said, "Sent again") {
				t.Errorf("there stands %v", said)
			}
		})
	}
}
