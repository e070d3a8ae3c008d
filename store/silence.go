package store

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
)

// poolSize is how many connections to PostgreSQL a process keeps.
const poolSize = 16

// silence is what a pool does about connections that broke without a word: a firewall that forgot them, a machine that is
// gone. One that is found so seldom is the only one, and to find each by waiting for it would take minutes.
type silence struct {
	db       *sqlx.DB
	patience time.Duration // zero: there are no connections that could break
	noted    atomic.Bool
}

// note drops the idle connections when the time of one was over; not more often than patience, since it may also be the
// database that is slow.
func (s *silence) note(ctx context.Context) {
	if s.patience == 0 || !errors.Is(context.Cause(ctx), context.DeadlineExceeded) || s.noted.Swap(true) {
		return
	}
	time.AfterFunc(s.patience, func() { s.noted.Store(false) })
	dropped := make(chan struct{})
	go func() {
		defer close(dropped)
		s.db.SetMaxIdleConns(-1) // takes them all at once, then says good-bye to each, which those that are silent draw out
	}()
	select {
	case <-dropped:
	case <-time.After(50 * time.Millisecond):
	}
	s.db.SetMaxIdleConns(poolSize)
}
