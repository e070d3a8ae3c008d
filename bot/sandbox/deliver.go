package sandbox

import (
	"errors"
)

// What a delivery to the app can end in, beside an acknowledgement.
var (
	errNoApp   = errors.New("dispatch_failed")   // nobody is there, or the answer was not a success
	errTimeout = errors.New("operation_timeout") // no acknowledgement within three seconds
)

// envelope is one delivery to the app, whichever way it goes.
type envelope struct {
	kind    string // slash_commands, interactive, events_api
	payload object
	options bool // a block_suggestion: HTTP mode has a path of its own for it
	attempt int
	reason  string
}

// deliver hands an envelope to the app and waits for the acknowledgement. It
// returns the body or payload that came with it.
func (w *Workspace) deliver(e envelope) ([]byte, error) {
	answer, err := w.carry(e)
	if w.Heard != nil {
		w.Heard(Delivery{Kind: e.kind, Payload: e.payload, Answer: answer, Err: err})
	}
	return answer, err
}

// Delivery is one thing that was handed to the app, and how that ended.
type Delivery struct {
	Kind    string         // slash_commands, interactive, events_api
	Payload map[string]any // as it was sent
	Answer  []byte         // what came with the acknowledgement
	Err     error          // why there was none
}

func (w *Workspace) carry(e envelope) ([]byte, error) {
	if w.o.RequestURL != "" {
		return w.deliverHTTP(e)
	}
	return w.deliverSocket(e)
}

// background runs a delivery in the background and lets Close wait for it.
func (w *Workspace) background(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.backgroundLocked(f)
}

func (w *Workspace) backgroundLocked(f func()) {
	if w.closed {
		return
	}
	w.wg.Go(f)
}
