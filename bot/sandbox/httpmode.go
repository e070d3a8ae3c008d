package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// deliverHTTP posts an envelope to the app, signed. Slash commands go as plain
// form fields, interactions as one field with JSON, events as a JSON body.
func (w *Workspace) deliverHTTP(e envelope) ([]byte, error) {
	base := strings.TrimSuffix(w.o.RequestURL, "/") + "/slack/"
	switch e.kind {
	case "slash_commands":
		form := url.Values{}
		for k, v := range e.payload {
			form.Set(k, fmt.Sprint(v))
		}
		return w.signedPost(base+"commands", "application/x-www-form-urlencoded", []byte(form.Encode()), e)
	case "events_api":
		body, _ := json.Marshal(e.payload)
		return w.signedPost(base+"events", "application/json", body, e)
	}
	raw, _ := json.Marshal(e.payload)
	path := "interactions"
	if e.options {
		path = "options"
	}
	form := url.Values{"payload": {string(raw)}}
	return w.signedPost(base+path, "application/x-www-form-urlencoded", []byte(form.Encode()), e)
}

func (w *Workspace) signedPost(to, kind string, body []byte, e envelope) ([]byte, error) {
	ctx, cancel := context.WithTimeout(w.ctx, w.o.Windows.Ack)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, errNoApp
	}
	at := strconv.FormatInt(w.o.Real().Unix(), 10)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	req.Header.Set("X-Slack-Request-Timestamp", at)
	req.Header.Set("X-Slack-Signature", sign(w.o.SigningSecret, at, body))
	if e.attempt > 0 {
		req.Header.Set("X-Slack-Retry-Num", strconv.Itoa(e.attempt))
		req.Header.Set("X-Slack-Retry-Reason", e.reason)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, netFault(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, netFault(err)
	}
	if resp.StatusCode/100 != 2 {
		return nil, httpFault{resp.StatusCode, resp.Header.Get("X-Slack-No-Retry") == "1"}
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") && len(answer) > 0 && e.kind == "slash_commands" {
		answer, _ = json.Marshal(object{"text": string(answer)})
	}
	return answer, nil
}

// sign makes Slack's v0 signature of a body.
func sign(secret, at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%s:", at)
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// httpFault is an answer outside 2xx.
type httpFault struct {
	status  int
	noRetry bool
}

func (f httpFault) Error() string        { return fmt.Sprintf("the app answered %d", f.status) }
func (f httpFault) Is(target error) bool { return target == errNoApp }

func netFault(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return errTimeout
	}
	return errNoApp
}
