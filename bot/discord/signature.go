package discord

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// signatureWindow is how far a request's time may be from ours, to either side.
const signatureWindow = 5 * time.Minute

// errForged is all that is ever said of a request that did not verify.
var errForged = errors.New("the request is not signed by Discord, or is out of date")

// verifier checks that a request comes from Discord and is fresh. A copy inside the window passes: it carries the same
// interaction, whose answer is found by its key.
//
// It does not use the SDK's verifier, which looks at no time and reads without bound.
type verifier struct {
	key ed25519.PublicKey
	now func() time.Time
}

func newVerifier(key string, now func() time.Time) (*verifier, error) {
	raw, err := hex.DecodeString(strings.TrimSpace(key))
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil, errors.New("DISCORD_PUBLIC_KEY is not a public key: copy the 64 characters from the General Information page of the Discord application")
	}
	return &verifier{key: ed25519.PublicKey(raw), now: now}, nil
}

// verify checks the headers against the body as it came, before anything reads it.
func (v *verifier) verify(h http.Header, body []byte) error {
	stamp, ok := only(h, "X-Signature-Timestamp")
	if !ok || !v.fresh(stamp) {
		return errForged
	}
	given, ok := only(h, "X-Signature-Ed25519")
	if !ok {
		return errForged
	}
	signature, err := hex.DecodeString(given)
	if err != nil || len(signature) != ed25519.SignatureSize {
		return errForged
	}
	if !ed25519.Verify(v.key, append([]byte(stamp), body...), signature) {
		return errForged
	}
	return nil
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
	if stamp == "" || len(stamp) > 12 || strings.Trim(stamp, "0123456789") != "" {
		return false // a sign, a blank or a number that overflows
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return false
	}
	return v.now().Sub(time.Unix(seconds, 0)).Abs() <= signatureWindow
}
