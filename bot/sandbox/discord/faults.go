package discord

import (
	"net/http"
	"time"
)

// FaultKind is a way in which a REST call goes wrong.
type FaultKind int

// The kinds of faults. Those before FaultResetAfter strike before the route runs;
// from there on the route has done its work and only the answer is lost, which is
// the case that makes duplicates.
const (
	FaultNone         FaultKind = iota
	FaultRateLimited            // 429 of the route's bucket
	FaultGlobalLimit            // 429 of the global limit
	FaultSharedLimit            // 429 of the resource, which is not held against anybody
	FaultServerError            // 500
	FaultBadGateway             // 502 with a page of HTML, as from the proxy in front
	FaultUnauthorized           // 401, as after the token was reset
	FaultResetBefore            // connection reset, nothing done
	faultsAfter                 // only a border
	FaultResetAfter             // done, then connection reset
	FaultHangAfter              // done, then no answer until Wait is over
	FaultTruncated              // done, half an answer
	FaultErrorAfter             // done, then 500
)

// Fault is what happens to one call.
type Fault struct {
	Kind FaultKind
	Wait time.Duration // retry_after of a 429, patience of FaultHangAfter; default 1 s and 30 s
}

func (s *Server) faultFor(route, channel string) Fault {
	if s.Fault == nil {
		return Fault{}
	}
	return s.Fault(route, channel)
}

// faultBefore plays the faults that strike before the route runs.
func (s *Server) faultBefore(w http.ResponseWriter, rt *route, log *Request, f Fault) bool {
	if f.Wait == 0 {
		f.Wait = time.Second
	}
	var err error
	switch f.Kind {
	case FaultRateLimited:
		n, _ := rt.limit.rate()
		announce(w, rt, n, 0, s.o.Real(), f.Wait)
		err = wait{f.Wait, false, "user"}
	case FaultGlobalLimit:
		err = wait{f.Wait, true, "global"}
	case FaultSharedLimit:
		err = wait{f.Wait, false, "shared"}
	case FaultServerError:
		err = httpError(http.StatusInternalServerError)
	case FaultUnauthorized:
		err = httpError(http.StatusUnauthorized)
	case FaultBadGateway:
		log.Status = http.StatusBadGateway
		s.record(*log, nil, false)
		http.Error(w, "<html><body>502 Bad Gateway</body></html>", http.StatusBadGateway)
		return true
	case FaultResetBefore:
		s.record(*log, nil, false)
		panic(http.ErrAbortHandler)
	default:
		return false
	}
	s.answer(w, *log, nil, answer{}, err)
	return true
}

func (s *Server) faultAfter(w http.ResponseWriter, r *http.Request, log Request, f Fault, out answer, err error) {
	status, body := s.rendered(w, out, err)
	log.Status = status
	s.record(log, body, false)
	switch f.Kind {
	case FaultErrorAfter:
		http.Error(w, `{"message": "500: Internal Server Error", "code": 0}`, http.StatusInternalServerError)
		return
	case FaultHangAfter:
		if f.Wait == 0 {
			f.Wait = 30 * time.Second
		}
		select {
		case <-time.After(f.Wait):
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
	case FaultTruncated:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write(body[:len(body)/2]) //nolint:errcheck,gosec // it is meant to break; what is left is JSON
		return
	}
	panic(http.ErrAbortHandler)
}
