package store

import (
	"context"
	"fmt"
	"sync"

	"liaison/agency"
)

// DiskFailed is for the operator: the disk failed under the records, and why.
type DiskFailed struct{ Cause error }

func (e *DiskFailed) Error() string {
	return fmt.Sprintf("the disk failed under the desk's records (%v); look at it, then start the desk again", e.Cause)
}

// Unwrap gives what the disk said.
func (e *DiskFailed) Unwrap() error { return e.Cause }

// Final: nothing is written any more by this process; see agency.Final.
func (e *DiskFailed) Final() bool { return true }

// breaker remembers that the disk failed. After a failed write or sync the system may show a file's pages as written that
// never reached the disk, so nothing that is written afterwards can be promised (Rebello et al., USENIX ATC 2020). There is no
// way back but a new process, which settles what it finds first.
type breaker struct {
	once sync.Once
	gone chan struct{}
	why  error // the refusal of every further write, for the person; it wraps DiskFailed
}

func newBreaker() *breaker { return &breaker{gone: make(chan struct{})} }

// trip breaks the store, for the first reason that is given.
func (b *breaker) trip(cause error) {
	b.once.Do(func() {
		b.why = &agency.Error{Code: agency.CodeUnavailable, Err: &DiskFailed{cause},
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

// Broken waits until the disk fails and gives the failure, a DiskFailed in it; nil when ctx ends and it has not. From then on
// every write is refused and the process should end: only a new one can know what the disk has kept.
func (s *Store) Broken(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-s.breaker.gone:
	}
	return s.breaker.refusal()
}

// settle folds the log that an earlier process left into the database and syncs that, before anything is built upon it. After
// a failed sync the log may have a hole on the disk that the system's cache hides: what was appended behind it would be lost
// at a power cut although its own sync went well.
func (s *Store) settle(ctx context.Context) error {
	if s.dialect.name != sqlite.name {
		return nil
	}
	if _, err := s.write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil && !s.dialect.tryAgain(err) {
		return fmt.Errorf("folding the log into the database: %w", err)
	}
	return nil // where another process is at work, the log is its own, and whole
}
