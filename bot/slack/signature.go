package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	signatureWindow = 5 * time.Minute // to either side
	replayMemory    = 10 * time.Minute
	maxRemembered   = 1 << 16 // signatures; beyond it the oldest are forgotten first
)

// errForged is all that is ever said of a request that did not verify: neither an answer nor a log holds a signature.
var errForged = errors.New("the request is not signed by Slack, is out of date, or was sent before")

// verifier checks that a request comes from Slack, is fresh, and was not taken before.
//
// It does not use the SDK's verifier, whose error names the signature that would have passed.
type verifier struct {
	secret []byte
	now    func() time.Time

	mu    sync.Mutex
	seen  map[[sha256.Size]byte]bool
	order []remembered // oldest first
}

type remembered struct {
	mac [sha256.Size]byte
	at  time.Time
}

func newVerifier(secret string, now func() time.Time) *verifier {
	return &verifier{secret: []byte(secret), now: now, seen: map[[sha256.Size]byte]bool{}}
}

// verify checks the headers against the body as it came, before anything reads it.
func (v *verifier) verify(h http.Header, body []byte) error {
	stamp, ok := only(h, "X-Slack-Request-Timestamp")
	if !ok || !v.fresh(stamp) {
		return errForged
	}
	given, ok := only(h, "X-Slack-Signature")
	if !ok || !strings.HasPrefix(given, "v0=") {
		return errForged
	}
	sent, err := hex.DecodeString(strings.TrimPrefix(given, "v0="))
	if err != nil {
		return errForged
	}
	mac := hmac.New(sha256.New, v.secret)
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(body)
	want := mac.Sum(nil)
	if len(v.secret) == 0 || !hmac.Equal(want, sent) {
		return errForged
	}
	return v.remember([sha256.Size]byte(want))
}

// only gives a header that is there exactly once.
func only(h http.Header, name string) (string, bool) {
	values := h.Values(name)
	if len(values) != 1 {
		return "", false
	}
	return values[0], true
}

func (v *verifier) fresh(stamp string) bool {
	if len(stamp) > 12 || strings.Trim(stamp, "0123456789") != "" {
		return false // a sign, a blank or a number that overflows
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return false
	}
	return v.now().Sub(time.Unix(seconds, 0)).Abs() <= signatureWindow
}

// remember refuses a signature that was taken before. Slack signs a repeated delivery anew, so only a copy is refused.
func (v *verifier) remember(mac [sha256.Size]byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	for len(v.order) > 0 && (len(v.order) >= maxRemembered || now.Sub(v.order[0].at) > replayMemory) {
		delete(v.seen, v.order[0].mac)
		v.order = v.order[1:]
	}
	if v.seen[mac] {
		return errForged
	}
	v.seen[mac] = true
	v.order = append(v.order, remembered{mac, now})
	return nil
}
