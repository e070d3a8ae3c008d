package slack

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"liaison/agency"
	"liaison/bot"
)

const callTimeout = 15 * time.Second

// transport carries every call to Slack, each when its turn has come. It knows of each failure whether the request can have
// arrived, and follows no redirect with a token in hand.
type transport struct {
	base   *url.URL
	client *http.Client
	pace   *pace
	watch  bot.Observer
}

func newTransport(base *url.URL, pace *pace, watch bot.Observer) *transport {
	return &transport{
		base: base, pace: pace, watch: watch,
		client: &http.Client{
			Timeout:       callTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// callError is a call without an answer. Reached says that bytes of it went out, so that Slack may have acted on it.
type callError struct {
	reached bool
	err     error
}

func (e *callError) Error() string { return e.err.Error() }
func (e *callError) Unwrap() error { return e.err }

// Do is what the SDK calls.
func (t *transport) Do(r *http.Request) (*http.Response, error) {
	method := t.method(r.URL)
	if err := t.pace.turn(r.Context(), method); err != nil {
		return nil, err
	}
	began := time.Now()
	resp, err := t.call(r)
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		t.pace.refused(method, retryAfter(resp.Header))
	}
	t.watch.Called(agency.Slack, method, outcome(resp, err), time.Since(began))
	return resp, err
}

func (t *transport) call(r *http.Request) (*http.Response, error) {
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	resp, err := t.client.Do(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err != nil {
		return nil, &callError{reached: connected.Load(), err: scrub(err)}
	}
	return resp, nil
}

// retryAfter is for how long a method is not to be called. What is not a number of seconds becomes one: the SDK gives up on any
// other form, and to call at once would only be refused again.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseUint(h.Get("Retry-After"), 10, 16)
	if err != nil || seconds == 0 {
		seconds = 1
		h.Set("Retry-After", "1")
	}
	return time.Duration(seconds) * time.Second
}

// method is what is called, for those who count: an address outside the Web API is somebody's response_url.
func (t *transport) method(u *url.URL) string {
	name, ok := strings.CutPrefix(u.Path, t.base.Path)
	if !ok || u.Host != t.base.Host || strings.Contains(name, "/") {
		return "response_url"
	}
	return name
}

// refusalSize is how much of an answer is looked at for a refusal: those are short.
const refusalSize = 2 << 10

// refusal stands in every answer of the Web API that is one. In text that is quoted in an answer the quotes are escaped.
var refusal = regexp.MustCompile(`"ok":\s*false`)

// outcome is how a call ended, for those who count. The beginning of the answer is looked at and left where it was.
func outcome(resp *http.Response, err error) string {
	switch {
	case err != nil:
		return "no_answer"
	case resp.StatusCode == http.StatusTooManyRequests:
		return "rate_limited"
	case resp.StatusCode != http.StatusOK:
		return "http_" + strconv.Itoa(resp.StatusCode)
	}
	body := bufio.NewReaderSize(resp.Body, refusalSize)
	resp.Body = struct {
		io.Reader
		io.Closer
	}{body, resp.Body}
	if start, _ := body.Peek(refusalSize); refusal.Match(start) { // whoever reads the answer meets the same error
		return "refused"
	}
	return "ok"
}

// trusted reports that an address is Slack's, so that a response_url out of a payload leads nowhere else.
func (t *transport) trusted(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	if u.Scheme == t.base.Scheme && strings.EqualFold(u.Host, t.base.Host) {
		return true
	}
	host := strings.ToLower(u.Hostname())
	if u.Scheme != "https" || u.Port() != "" {
		return false
	}
	return host == "slack.com" || strings.HasSuffix(host, ".slack.com") ||
		host == "slack-gov.com" || strings.HasSuffix(host, ".slack-gov.com")
}

// scrub takes the address out of an error: a response_url is as good as a password for half an hour.
func scrub(err error) error {
	if err == nil {
		return errors.New("no answer")
	}
	if inside := (*url.Error)(nil); errors.As(err, &inside) {
		where := "slack"
		if u, parseErr := url.Parse(inside.URL); parseErr == nil && u.Host != "" {
			where = u.Host
		}
		return fmt.Errorf("%s %s: %w", strings.ToLower(inside.Op), where, inside.Err)
	}
	return err
}

// pause waits, or not when ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
