package discord

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// maxBody bounds a request before a byte of it is read.
const maxBody = 1 << 20

// Handler takes what Discord sends over HTTP. It is mounted at /discord/interactions.
func (p *Platform) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /discord/interactions", p.serveInteraction)
	return mux
}

// serveInteraction reads a bounded body and verifies it before anything else looks at it. Discord probes with signatures
// that are wrong, and takes the address away from an app that lets one pass.
func (p *Platform) serveInteraction(w http.ResponseWriter, r *http.Request) {
	if p.verify == nil {
		http.Error(w, "this desk takes Discord over the gateway", http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		status := http.StatusBadRequest
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "the body cannot be read", status)
		return
	}
	if err := p.verify.verify(r.Header, body); err != nil {
		p.log.Warn("refused a request that is not Discord's", "from", r.RemoteAddr)
		http.Error(w, errForged.Error(), http.StatusUnauthorized)
		return
	}
	var payload wireInteraction
	if err := json.Unmarshal(body, &payload); err != nil {
		http.Error(w, "not an interaction", http.StatusBadRequest)
		return
	}
	if payload.Type == interactPing {
		answerJSON(w, callback{Type: callPong})
		return
	}
	in, err := p.read(payload)
	if err != nil {
		p.log.Warn("cannot read what Discord sent", "error", err)
		http.Error(w, "cannot be read", http.StatusBadRequest)
		return
	}
	acked := make(chan *callback, 1)
	err = p.accept(in, func(ctx context.Context, c callback) error { return p.answerHTTP(ctx, in, c, acked) })
	if err != nil {
		p.log.Error("an interaction was refused", "key", in.Key, "error", err)
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	if c := <-acked; c != nil { // accept promises it
		answerJSON(w, *c)
		return
	}
	w.WriteHeader(http.StatusAccepted) // the answer went by a call of ours
}

// answerHTTP answers on the request itself. Files cannot ride there, and when Discord has read the answer to a request is not
// known: one with files, or to which something follows, is a call of its own.
func (p *Platform) answerHTTP(ctx context.Context, in incoming, c callback, acked chan<- *callback) error {
	if len(c.files) == 0 && !c.more {
		acked <- &c
		return nil
	}
	err := p.callBack(ctx, in, c)
	if err != nil && len(c.files) == 0 { // on the request it may still arrive
		acked <- &c
		return nil
	}
	acked <- nil
	return err
}

func answerJSON(w http.ResponseWriter, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "the answer cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data)
}
