package store

import (
	"context"
	"sync"

	"liaison/agency"
)

// breaker remembers that the disk failed. After a failed write or sync the system may show a file's pages as written that
// never reached the disk, so nothing that is written afterwards can be promised (Rebello et al., USENIX ATC 2020). There is no
// way back but a new process: closing folds what was committed into the database and syncs it once more.
type breaker struct {
	once sync.Once
	gone chan struct{}
	why  error
}

func newBreaker() *breaker { return &breaker{gone: make(chan struct{})} }

// trip breaks the store, for the first reason that is given.
func (b *breaker) trip(cause error) {
	b.once.Do(func() {
		b.why = &agency.Error{Code: agency.CodeUnavailable, Err: cause,
			Message: "The disk with the desk's records failed. It is not certain whether this was kept, and the desk stops now; look at the card before you do it again."}
		close(b.gone)
	})
}

// refusal is why nothing may be written any more; nil while all is well.
func (b *breaker) refusal() error {
	select {
	case <-b.gone:
		return b.why
	default:
		return nil
	}
}

// Broken waits until the disk fails and gives the failure; nil when ctx ends first. From then on every write is refused and
// the process should end: only a new one can know what the disk has kept.
func (s *Store) Broken(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-s.breaker.gone:
		return s.breaker.why
	}
}
