package slack

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// maxBody bounds a request before a byte of it is read.
const maxBody = 1 << 20

// Handler takes what Slack sends over HTTP. It is mounted at /slack/: commands, interactions, options and events.
func (p *Platform) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /slack/commands", p.endpoint(p.serveCommand))
	mux.HandleFunc("POST /slack/interactions", p.endpoint(p.serveInteraction))
	mux.HandleFunc("POST /slack/options", p.endpoint(p.serveInteraction))
	mux.HandleFunc("POST /slack/events", p.endpoint(p.serveEvent))
	return mux
}

// endpoint reads a bounded body and verifies it before anything else looks at it.
func (p *Platform) endpoint(serve func(http.ResponseWriter, []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if p.verify == nil { // Socket Mode: nothing is expected here
			http.Error(w, "this desk takes Slack over sockets", http.StatusNotFound)
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
			p.log.Warn("refused a request that is not Slack's", "path", r.URL.Path, "from", r.RemoteAddr)
			http.Error(w, errForged.Error(), http.StatusUnauthorized)
			return
		}
		serve(w, body)
	}
}

func (p *Platform) serveCommand(w http.ResponseWriter, body []byte) {
	form, err := url.ParseQuery(string(body)) // of the body alone: the query string is not signed
	if err != nil {
		http.Error(w, "not a form", http.StatusBadRequest)
		return
	}
	if form.Get("ssl_check") == "1" {
		return // Slack looks whether the address answers
	}
	in, err := fromCommand(commandForm(form))
	p.exchangeHTTP(w, in, err)
}

func (p *Platform) serveInteraction(w http.ResponseWriter, body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(w, "not a form", http.StatusBadRequest)
		return
	}
	var payload wireInteraction
	if err := json.Unmarshal([]byte(form.Get("payload")), &payload); err != nil {
		http.Error(w, "not an interaction", http.StatusBadRequest)
		return
	}
	in, err := fromInteraction(payload)
	p.exchangeHTTP(w, in, err)
}

func (p *Platform) serveEvent(w http.ResponseWriter, body []byte) {
	var event wireEvent
	if err := json.Unmarshal(body, &event); err != nil {
		http.Error(w, "not an event", http.StatusBadRequest)
		return
	}
	if event.Type == "url_verification" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, event.Challenge)
		return
	}
	p.noteEvent(event)
	in, err := fromEvent(event)
	p.exchangeHTTP(w, in, err)
}

// noteEvent says what an operator should know.
func (p *Platform) noteEvent(e wireEvent) {
	if e.Type == "app_rate_limited" {
		p.log.Warn("Slack holds back events because there are too many", "team", e.TeamID)
	}
}

// exchangeHTTP hands an interaction over and waits for its acknowledgement, which is the HTTP response.
func (p *Platform) exchangeHTTP(w http.ResponseWriter, in incoming, err error) {
	if ignored := (errIgnored{}); errors.As(err, &ignored) {
		p.log.Debug("acknowledged only", "what", ignored.kind)
		return
	}
	if err != nil {
		p.log.Warn("cannot read what Slack sent", "error", err)
		http.Error(w, "cannot be read", http.StatusBadRequest)
		return
	}
	acked := make(chan any, 1)
	err = p.accept(in, func(body any) error { acked <- body; return nil })
	if err != nil {
		p.log.Error("an interaction was refused", "key", in.Key, "error", err)
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	body := <-acked // accept promises it
	if body == nil {
		return
	}
	data, err := json.Marshal(body)
	if err != nil {
		p.log.Error("an acknowledgement cannot be written", "key", in.Key, "error", err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(data)
}
