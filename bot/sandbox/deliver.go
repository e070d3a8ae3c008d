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
