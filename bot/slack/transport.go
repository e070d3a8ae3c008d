package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptrace"
	"net/url"
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
	word := "ok"
	if err == nil && resp.StatusCode == http.StatusOK && method != responseURL {
		word, err = read(resp)
	}
	switch {
	case err != nil:
		resp, word = nil, "no_answer"
	case resp.StatusCode == http.StatusTooManyRequests:
		t.pace.refused(method, max(retryAfter(resp.Header, t.pace.now()), unsaidWait))
		word = "rate_limited"
	case resp.StatusCode != http.StatusOK:
		word = "http_" + strconv.Itoa(resp.StatusCode)
	}
	t.watch.Called(agency.Slack, method, word, time.Since(began))
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

// maxAnswer is how many bytes of an answer are read.
const maxAnswer = 8 << 20

// read takes an answer of the Web API in, and says whether it is "ok" or "refused". One that says neither yes nor why not is
// none, which the SDK would take for yes. One that says that there were too many calls becomes what it is otherwise, a 429.
func read(resp *http.Response) (word string, err error) {
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	_ = resp.Body.Close()
	if err != nil {
		return "", &callError{reached: true, err: scrub(err)}
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	var says struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal(data, &says); err != nil {
		return "", &callError{reached: true, err: fmt.Errorf("an answer of Slack cannot be read: %w", err)}
	}
	switch {
	case says.OK:
		return "ok", nil
	case strings.TrimSpace(says.Error) == "":
		return "", &callError{reached: true, err: errors.New("an answer of Slack says neither yes nor why not")}
	case says.Error == "ratelimited" || says.Error == "rate_limited":
		resp.StatusCode = http.StatusTooManyRequests
	}
	return "refused", nil
}

const (
	unsaidWait   = time.Second    // for which a method is not called when Slack does not say how long
	longestRetry = 24 * time.Hour // bounds what is believed of a wait: one that is longer is a mistake
)

// retryAfter is how long an answer that says "too many" asks to wait; zero: it does not say. It is written back in the one form
// that the SDK reads, whole seconds.
func retryAfter(h http.Header, now time.Time) time.Duration {
	said := h.Get("Retry-After")
	seconds, _ := strconv.ParseFloat(said, 64)
	if at, err := http.ParseTime(said); err == nil {
		seconds = at.Sub(now).Seconds()
	}
	if !(seconds > 0) { // NaN neither
		seconds = 0
	}
	seconds = math.Ceil(min(seconds, longestRetry.Seconds()))
	h.Set("Retry-After", strconv.Itoa(int(seconds)))
	return time.Duration(seconds) * time.Second
}

// responseURL is what is called at an address outside the Web API.
const responseURL = "response_url"

// method is what is called, for those who count: an address outside the Web API is somebody's response_url.
func (t *transport) method(u *url.URL) string {
	name, ok := strings.CutPrefix(u.Path, t.base.Path)
	if !ok || u.Host != t.base.Host || strings.Contains(name, "/") {
		return responseURL
	}
	return name
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
