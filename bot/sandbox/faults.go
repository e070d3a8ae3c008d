package sandbox

import (
	"encoding/json"
	"net/http"
	"time"
)

// FaultKind is a way in which a Web API call goes wrong.
type FaultKind int

// The kinds of faults. Those before FaultResetAfter strike before the method
// runs; from there on the method has done its work and only the answer is lost,
// which is the case that makes duplicates.
const (
	FaultNone        FaultKind = iota
	FaultRateLimited           // 429 with Retry-After
	FaultServerError           // 500
	FaultResetBefore           // connection reset, nothing done
	faultsAfter                // only a border
	FaultResetAfter            // done, then connection reset
	FaultHangAfter             // done, then no answer until Wait is over
	FaultTruncated             // done, half an answer
)

// Fault is what happens to one call.
type Fault struct {
	Kind FaultKind
	Wait time.Duration // Retry-After for FaultRateLimited, patience for FaultHangAfter; default 1 s and 30 s
}

func (w *Workspace) faultFor(method, channel string) Fault {
	if w.Fault == nil {
		return Fault{}
	}
	return w.Fault(method, channel)
}

// faultBefore plays the faults that strike before the method runs.
func (w *Workspace) faultBefore(rw http.ResponseWriter, _ *http.Request, f Fault) bool {
	switch f.Kind {
	case FaultRateLimited:
		tooMany(rw, max(f.Wait, time.Second))
	case FaultServerError:
		http.Error(rw, "internal error", http.StatusInternalServerError)
	case FaultResetBefore:
		reset(rw)
	default:
		return false
	}
	return true
}

func (w *Workspace) faultAfter(rw http.ResponseWriter, r *http.Request, f Fault, out object, err error) {
	switch f.Kind {
	case FaultHangAfter:
		if f.Wait == 0 {
			f.Wait = 30 * time.Second
		}
		select {
		case <-time.After(f.Wait):
		case <-r.Context().Done():
		case <-w.ctx.Done():
		}
	case FaultTruncated:
		body, _ := json.Marshal(answerOf(out, err))
		rw.Header().Set("Content-Type", "application/json; charset=utf-8")
		rw.Write(body[:len(body)/2]) //nolint:errcheck // it is meant to break
		return
	}
	reset(rw)
}

// reset drops the connection without an answer.
func reset(http.ResponseWriter) {
	panic(http.ErrAbortHandler)
}
