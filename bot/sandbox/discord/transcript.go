package discord

import (
	"bytes"
	"net/http"
	"time"
)

// Request is one call of the application to the REST API, with how it ended.
type Request struct {
	Method, Path, Query string
	Route               string // method and pattern; empty for an unknown path
	Header              http.Header
	Body                []byte
	Status              int // 0 when the connection was broken before the answer
	At                  time.Time
}

// record keeps a request. Its token is not kept: transcripts are printed by tests.
func (s *Server) record(r Request, answer []byte, refused bool) {
	if r.Header != nil {
		r.Header.Del("Authorization")
	}
	s.mu.Lock()
	s.requests = append(s.requests, r)
	scope := ""
	if bytes.Contains(answer, []byte("The resource is being rate limited")) {
		scope = "shared"
	}
	s.countInvalid(r.Status, scope)
	audit := s.audit
	s.touch(change{Channel: "-"})
	s.mu.Unlock()
	if refused {
		s.log.Debug("a call was refused", "route", r.Route, "status", r.Status, "answer", string(answer))
	}
	if audit != nil {
		audit(r, answer)
	}
}

// Requests are all calls to the REST API so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}
