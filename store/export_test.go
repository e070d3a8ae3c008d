package store

import (
	"context"
	"database/sql"
	"slices"
	"time"
)

// WriteUnheeded runs statements in a writing transaction, past all that notices when one fails.
func (s *Store) WriteUnheeded(ctx context.Context, statements ...string) error {
	return s.inTx(ctx, func(t *tx) error {
		for _, text := range statements {
			_, _ = t.sql.ExecContext(t.ctx, text)
		}
		return nil
	})
}

// Beginning gives the words that begin a writing transaction on a server that is told a limit, beside the usual ones.
func (s *Store) Beginning(ctx context.Context, setting string) (string, error) {
	d := postgres
	d.limits = append(slices.Clone(d.limits), limit{setting, time.Second})
	err := d.limit(ctx, s.write)
	return d.beginWrite, err
}

// Migrating lets somebody look at the session in which tables are changed.
func (s *Store) Migrating(ctx context.Context, look func(*sql.Conn)) error {
	locker, err := s.locker(ctx)
	if err != nil {
		return err
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := locker.SessionLock(ctx, conn); err != nil {
		return err
	}
	look(conn)
	return locker.SessionUnlock(ctx, conn)
}
