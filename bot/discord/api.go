package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	sdk "github.com/bwmarrin/discordgo"
	"golang.org/x/time/rate"

	"liaison/agency"
	"liaison/bot"
)

const (
	defaultAPI  = "https://discord.com/api/v10"
	callTimeout = 15 * time.Second
	maxAnswer   = 8 << 20 // bytes of an answer that are read

	// Discord takes fifty calls a second of an application; five are left for what it counts otherwise.
	callsPerSecond = 45
	// Discord shuts out an address that was refused 10,000 times in ten minutes; long before that something is wrong.
	maxInvalid    = 2000
	invalidWindow = 10 * time.Minute
)

// api is Discord's REST API. The SDK carries the calls and keeps the buckets of its limits; what it does on top is off: its
// retries ignore deadlines, and whether to try again is the outbox's to decide.
type api struct {
	session *sdk.Session
	global  *rate.Limiter
	now     func() time.Time

	mu      sync.Mutex
	until   time.Time // nobody calls before: Discord has said so for all calls
	invalid int       // calls refused for the caller's fault since
	since   time.Time
}

func newAPI(token string, base *url.URL, now func() time.Time, watch bot.Observer) (*api, error) {
	session, err := sdk.New("Bot " + token)
	if err != nil {
		return nil, fmt.Errorf("preparing the connection to Discord: %w", err)
	}
	session.ShouldRetryOnRateLimit, session.MaxRestRetries = false, 0
	session.UserAgent = "DiscordBot (https://example.invalid/liaison, 1)"
	a := &api{session: session, global: rate.NewLimiter(callsPerSecond, callsPerSecond), now: now}
	wire := &redirect{base: base, next: http.DefaultTransport, heed: a.heed, now: now, watch: watch}
	session.Client = &http.Client{
		Timeout:       callTimeout,
		Transport:     wire,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return a, nil
}

// redirect sends the SDK's calls, whose addresses are fixed to an older version of the API, to the one of the settings. It
// bounds what is read, and knows of each failure whether the request can have arrived.
type redirect struct {
	base  *url.URL
	next  http.RoundTripper
	heed  func(*http.Response)
	now   func() time.Time
	watch bot.Observer
}

// RoundTrip carries one call, and tells those who count.
func (t *redirect) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := t.carry(r)
	outcome := "ok"
	switch {
	case err != nil:
		outcome = "no_answer"
	case resp.StatusCode == http.StatusTooManyRequests:
		outcome = "rate_limited"
	case resp.StatusCode >= 300:
		outcome = "http_" + strconv.Itoa(resp.StatusCode)
	}
	t.watch.Called(agency.Discord, r.Method+" "+route(r.URL.Path), outcome, time.Since(began))
	return resp, err
}

// route is an address without its ids and tokens, of which there are too many to count by.
func route(path string) string {
	_, path, _ = strings.Cut(strings.TrimPrefix(path, "/api/v"), "/")
	words := strings.Split(path, "/")
	for i, word := range words {
		switch {
		case i == 2 && (words[0] == "interactions" || words[0] == "webhooks"):
			words[i] = "{token}"
		case word != "" && strings.Trim(word, "0123456789") == "":
			words[i] = "{id}"
		case word != url.PathEscape(word) || len(word) > 20:
			words[i] = "{id}"
		}
	}
	return strings.Join(words, "/")
}

func (t *redirect) carry(r *http.Request) (*http.Response, error) {
	path := r.URL.EscapedPath()
	if i := strings.Index(path, "/api/v"); i >= 0 {
		path = path[i+len("/api/v"):]
		if _, rest, ok := strings.Cut(path, "/"); ok {
			path = "/" + rest
		}
	}
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	r = r.Clone(httptrace.WithClientTrace(r.Context(), trace))
	there, err := url.Parse(strings.TrimSuffix(t.base.String(), "/") + path)
	if err != nil {
		return nil, &callError{err: err}
	}
	there.RawQuery = r.URL.RawQuery
	r.URL, r.Host = there, there.Host
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, &callError{reached: connected.Load(), err: err}
	}
	t.heed(resp)
	read := io.LimitReader(resp.Body, maxAnswer)
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode == http.StatusTooManyRequests && !strings.HasPrefix(kind, "application/json") {
		read = strings.NewReader(fmt.Sprintf(`{"retry_after": %f}`, retryAfter(resp, t.now()).Seconds())) // a page of what stands before Discord
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{read, resp.Body}
	return resp, nil
}

const (
	unsaidWait   = time.Second    // for which nobody calls when it is not said how long
	longestRetry = 24 * time.Hour // bounds what is believed of a wait: one that is longer is a mistake
)

// retryAfter is how long the answer that says "too many" asks to wait; zero: it does not say.
func retryAfter(resp *http.Response, now time.Time) time.Duration {
	said := resp.Header.Get("Retry-After")
	seconds, _ := strconv.ParseFloat(said, 64)
	if at, err := http.ParseTime(said); err == nil {
		seconds = at.Sub(now).Seconds()
	}
	if !(seconds > 0) { // NaN neither
		return 0
	}
	return time.Duration(min(seconds, longestRetry.Seconds()) * float64(time.Second))
}

// callError is a call without an answer. Reached says that it may have gone out, so that Discord may have acted on it.
type callError struct {
	reached bool
	err     error
}

func (e *callError) Error() string { return e.err.Error() }
func (e *callError) Unwrap() error { return e.err }

// waitError says that a call was not made because Discord wants a pause first.
type waitError struct{ wait time.Duration }

func (e *waitError) Error() string { return fmt.Sprintf("Discord's limits ask to wait %s", e.wait) }

// request is one call. Bucket names whose limit it counts against; an answer to an interaction counts against its own.
type request struct {
	method, path, bucket string
	query                url.Values
	body                 any // JSON
	files                []file
	free                 bool // it does not count against the limit of all calls
}

// call makes one call and reads its answer into out (nil: nothing). It never waits longer than patience for a limit.
func (a *api) call(ctx context.Context, r request, out any) error {
	data, kind, err := encode(r)
	if err != nil {
		return fmt.Errorf("writing a call to %s: %w", r.path, err)
	}
	if err := a.admit(ctx, r); err != nil {
		return err
	}
	bucket, err := a.bucket(ctx, r)
	if err != nil {
		return err
	}
	address := sdk.EndpointAPI + strings.TrimPrefix(r.path, "/")
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	answer, err := a.session.RequestWithLockedBucket(r.method, address, kind, data, bucket, 0,
		sdk.WithContext(ctx), sdk.WithRetryOnRatelimit(false), sdk.WithRestRetries(0))
	if err != nil {
		return err
	}
	if out == nil || len(answer) == 0 {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("an answer of Discord cannot be read: %w", err)
	}
	return nil
}

// admit waits for the limit of all calls, or says how long it would have to.
func (a *api) admit(ctx context.Context, r request) error {
	a.mu.Lock()
	wait := a.until.Sub(a.now())
	a.mu.Unlock()
	if r.free {
		return nil
	}
	if wait > 0 {
		return &waitError{wait}
	}
	if err := a.global.Wait(ctx); err != nil {
		return &waitError{time.Second}
	}
	return nil
}

// bucket takes the bucket of a call. The SDK would sleep until it has room, past any deadline; here the caller is told.
func (a *api) bucket(ctx context.Context, r request) (*sdk.Bucket, error) {
	limiter := a.session.Ratelimiter
	if r.bucket == "" { // of one interaction: not kept
		limiter = sdk.NewRatelimiter()
	}
	bucket := limiter.GetBucket(r.method + " " + r.bucket)
	bucket.Lock()
	wait := limiter.GetWaitTime(bucket, 1)
	if wait > 0 && wait <= 2*time.Second {
		if pause(ctx, wait) == nil {
			wait = 0
		}
	}
	if wait > 0 {
		bucket.Unlock()
		return nil, &waitError{wait}
	}
	bucket.Remaining--
	return bucket, nil
}

// heed keeps what an answer says about the calls to come.
func (a *api) heed(resp *http.Response) {
	scope := resp.Header.Get("X-RateLimit-Scope")
	limited := resp.StatusCode == http.StatusTooManyRequests
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if limited && (scope == "global" || scope == "" && resp.Header.Get("X-RateLimit-Bucket") == "" || strings.EqualFold(resp.Header.Get("X-RateLimit-Global"), "true")) {
		a.until = now.Add(max(retryAfter(resp, now), unsaidWait)) // without any word of Discord's own it is the address that is limited
	}
	invalid := resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden || limited && scope != "shared"
	if !invalid {
		return
	}
	if now.Sub(a.since) > invalidWindow {
		a.invalid, a.since = 0, now
	}
	if a.invalid++; a.invalid >= maxInvalid {
		a.until = a.since.Add(invalidWindow)
	}
}

// encode writes a call as JSON, or as a form where files travel with it.
func encode(r request) ([]byte, string, error) {
	if r.body == nil {
		return nil, "", nil
	}
	data, err := json.Marshal(r.body)
	if err != nil || len(r.files) == 0 {
		return data, "application/json", err
	}
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="payload_json"`}, "Content-Type": {"application/json"}})
	if err == nil {
		_, err = part.Write(data)
	}
	for i, f := range r.files {
		if err != nil {
			break
		}
		head := textproto.MIMEHeader{"Content-Type": {"image/png"},
			"Content-Disposition": {fmt.Sprintf(`form-data; name="files[%d]"; filename=%q`, i, f.Name)}}
		if part, err = form.CreatePart(head); err == nil {
			_, err = part.Write(f.Data)
		}
	}
	if err == nil {
		err = form.Close()
	}
	return b.Bytes(), form.FormDataContentType(), err
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

// scrub takes the address out of an error: the token in it answers in the desk's name for a quarter of an hour.
func scrub(err error) error {
	var refused *sdk.RESTError
	if errors.As(err, &refused) {
		return fmt.Errorf("Discord answers %s: %s", refused.Response.Status, bot.Squeeze(bot.OneLine(string(refused.ResponseBody)), maxName))
	}
	var limited *sdk.RateLimitError
	if errors.As(err, &limited) {
		return errors.New("Discord asks to wait")
	}
	if inside := (*url.Error)(nil); errors.As(err, &inside) {
		return fmt.Errorf("%s Discord: %w", strings.ToLower(inside.Op), inside.Err)
	}
	return err
}
