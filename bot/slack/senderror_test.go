package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	sdk "github.com/slack-go/slack"

	"liaison/agency"
	"liaison/bot"
)

func TestEveryErrorHasItsOutcome(t *testing.T) {
	t.Parallel()
	slackSays := func(code string) error { return sdk.SlackErrorResponse{Err: code} }
	for _, c := range []struct {
		err  error
		want bot.Outcome
		wait time.Duration
	}{
		{slackSays("channel_not_found"), bot.Refused, 0},
		{slackSays("not_in_channel"), bot.Refused, 0},
		{slackSays("is_archived"), bot.Refused, 0},
		{slackSays("missing_scope"), bot.Refused, 0},
		{slackSays("invalid_blocks"), bot.Refused, 0},
		{slackSays("msg_too_long"), bot.Refused, 0},
		{slackSays("msg_blocks_too_long"), bot.Refused, 0},
		{slackSays("restricted_action"), bot.Refused, 0},
		{slackSays("something_new"), bot.Refused, 0},
		{slackSays("ratelimited"), bot.NotSent, 0},
		{slackSays("rate_limited"), bot.NotSent, 0},
		{slackSays("message_limit_exceeded"), bot.NotSent, 0},
		{slackSays("token_revoked"), bot.NotSent, lockedOut},
		{slackSays("invalid_auth"), bot.NotSent, lockedOut},
		{slackSays("team_added_to_org"), bot.NotSent, lockedOut},
		{slackSays("internal_error"), bot.Unknown, 0},
		{slackSays("fatal_error"), bot.Unknown, 0},
		{slackSays("service_unavailable"), bot.Unknown, 0},
		{slackSays("request_timeout"), bot.Unknown, 0},
		{slackSays("message_not_found"), bot.Gone, 0},
		{slackSays("cant_update_message"), bot.Gone, 0},
		{slackSays("edit_window_closed"), bot.Gone, 0},
		{&sdk.RateLimitedError{RetryAfter: 7 * time.Second}, bot.NotSent, 7 * time.Second},
		{fmt.Errorf("posting: %w", &sdk.RateLimitedError{RetryAfter: -1}), bot.NotSent, 0},
		{sdk.StatusCodeError{Code: 500}, bot.Unknown, 0},
		{sdk.StatusCodeError{Code: 503}, bot.Unknown, 0},
		{sdk.StatusCodeError{Code: 408}, bot.Unknown, 0},
		{sdk.StatusCodeError{Code: 302}, bot.NotSent, 0},
		{sdk.StatusCodeError{Code: 403}, bot.NotSent, 0},
		{sdk.StatusCodeError{Code: 404}, bot.NotSent, 0},
		{sdk.StatusCodeError{Code: 429}, bot.NotSent, 0},
		{&callError{reached: false, err: errors.New("dial")}, bot.NotSent, 0},
		{&callError{reached: true, err: errors.New("reset")}, bot.Unknown, 0},
		{context.DeadlineExceeded, bot.Unknown, 0},
		{errors.New("unexpected end of JSON input"), bot.Unknown, 0},
		{&bot.SendError{Outcome: bot.Gone}, bot.Gone, 0},
	} {
		got := sendError(c.err)
		if got.Outcome != c.want || got.Wait != c.wait {
			t.Errorf("%v: %s after %s, want %s after %s", c.err, got.Outcome, got.Wait, c.want, c.wait)
		}
	}
}

// TestPostsAgainstAServerThatFails posts to servers that go wrong in each way there is.
func TestPostsAgainstAServerThatFails(t *testing.T) {
	t.Parallel()
	hijack := func(write string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = conn.Write([]byte(write))
				_ = conn.Close()
			}
		}
	}
	says := func(status int, header, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if header != "" {
				w.Header().Set("Retry-After", header)
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  bot.Outcome
		wait  time.Duration
	}{
		"too many":              {says(429, "3", ``), bot.NotSent, 3 * time.Second},
		"too many, long ago":    {says(429, "Wed, 21 Oct 2020 07:28:00 GMT", ``), bot.NotSent, 0},
		"too many, no header":   {says(429, "", ``), bot.NotSent, 0},
		"too many, in a 200":    {says(200, "3", `{"ok":false,"error":"ratelimited"}`), bot.NotSent, 3 * time.Second},
		"too many for the plan": {says(200, "", `{"ok":false,"error":"message_limit_exceeded"}`), bot.NotSent, 0},
		"a bad gateway":         {says(502, "", `<html>`), bot.Unknown, 0},
		"half an answer":        {says(200, "", `{"ok":tr`), bot.Unknown, 0},
		"an empty answer":       {says(200, "", ``), bot.Unknown, 0},
		"no reason":             {says(200, "", `{"ok":false}`), bot.Unknown, 0},
		"no timestamp":          {says(200, "", `{"ok":true}`), bot.Unknown, 0},
		"nothing at all":        {says(200, "", `{}`), bot.Unknown, 0},
		"a redirect":            {says(307, "", ``), bot.NotSent, 0},
		"a page of a proxy":     {says(403, "", `<html>`), bot.NotSent, 0},
		"a reset":               {hijack(""), bot.Unknown, 0},
		"half a header":         {hijack("HTTP/1.1 200 OK\r\nContent-Le"), bot.Unknown, 0},
		"refused with pointers": {says(200, "", `{"ok":false,"error":"invalid_blocks","response_metadata":{"messages":["[ERROR] at /blocks/3"]}}`), bot.Refused, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(c.serve)
			defer server.Close()
			p, err := New(Config{BotToken: "xoxb-secret", SigningSecret: "s", APIURL: server.URL})
			if err != nil {
				t.Fatal(err)
			}
			d := bot.Delivery{To: agency.Address{Channel: "C1"}, Message: bot.Sentence("Hello.")}
			_, err = p.Post(t.Context(), d)
			var e *bot.SendError
			if !errors.As(err, &e) || e.Outcome != c.want || e.Wait != c.wait {
				t.Errorf("posting: %v", err)
			}
			if err = p.Edit(t.Context(), "C1/1.1", d); !errors.As(err, &e) || e.Outcome != c.want {
				t.Errorf("editing: %v", err)
			}
			if strings.Contains(err.Error(), "xoxb-secret") {
				t.Errorf("the error tells the token: %v", err)
			}
			if name == "refused with pointers" && !strings.Contains(err.Error(), "/blocks/3") {
				t.Errorf("the error does not say where: %v", err)
			}
		})
	}
	p, err := New(Config{BotToken: "x", SigningSecret: "s", APIURL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Post(t.Context(), bot.Delivery{To: agency.Address{Channel: "C1"}, Message: bot.Sentence("Hello.")})
	if e := sendError(err); e.Outcome != bot.NotSent {
		t.Errorf("nobody there: %v", err)
	}
	if err := p.Edit(t.Context(), "", bot.Delivery{Message: bot.Sentence("Hello.")}); sendError(err).Outcome != bot.Gone {
		t.Errorf("editing nothing: %v", err)
	}
}

func TestAResponseAddressIsUsedOnlyIfItIsSlacks(t *testing.T) {
	t.Parallel()
	base, err := url.Parse("http://localhost:9000/api/")
	if err != nil {
		t.Fatal(err)
	}
	wire := newTransport(base, newPace(true, time.Now), bot.Observed(nil))
	for address, want := range map[string]bool{
		"https://hooks.slack.com/commands/T/1/x": true, "https://slack.com/x": true, "https://HOOKS.slack.com/x": true, "http://localhost:9000/hooks/1": true,
		"https://hooks.slack-gov.com/x": true,
		"http://hooks.slack.com/x":      false, "https://hooks.slack.com.evil.example/x": false, "https://evilslack.com/x": false, "https://hooks.slack.com:8443/x": false,
		"http://localhost:9001/hooks/1": false, "https://localhost:9000/x": false, "https://user@hooks.slack.com/x": false, "//hooks.slack.com/x": false,
		"file:///etc/passwd": false, "https://169.254.169.254/": false, "": false, "%": false,
	} {
		if wire.trusted(address) != want {
			t.Errorf("%s: trusted is %v", address, !want)
		}
	}
}

func TestHopelessErrorsAreSentencesAndTheRestIsTriedAgain(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"invalid_auth", "missing_scope", "token_revoked", "not_allowed_token_type"} {
		if err := hopeless(sdk.SlackErrorResponse{Err: code}, "SLACK_BOT_TOKEN"); err == nil || !strings.Contains(err.Error(), "SLACK_BOT_TOKEN") {
			t.Errorf("%s: %v", code, err)
		}
	}
	for _, err := range []error{nil, errors.New("reset"), sdk.SlackErrorResponse{Err: "internal_error"}, sdk.StatusCodeError{Code: 500}} {
		if got := hopeless(err, "x"); got != nil {
			t.Errorf("%v: %v", err, got)
		}
	}
	gone := sdk.StatusCodeError{Code: http.StatusNotFound}
	if err := elsewhere(gone, "https://slack.example/api/"); err == nil || !strings.Contains(err.Error(), "SLACK_API_URL") {
		t.Errorf("an address at which there is no Slack: %v", err)
	}
	if err := elsewhere(gone, sdk.APIURL); err != nil {
		t.Errorf("a proxy's page in Slack's place ends the desk: %v", err)
	}
}
