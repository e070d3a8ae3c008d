package store

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"liaison/agency"
)

// Writable proves that a commit is kept: it writes a number and commits it. A database that only answers may be read-only,
// or its disk full; or somebody may hold the numbers that nearly every press takes, so it locks those too, and leaves them as they are.
func (s *Store) Writable(ctx context.Context) error {
	return s.inTx(ctx, func(t *tx) error {
		var free []string
		if err := t.all(&free, `SELECT name FROM counters WHERE name IN ('audit', 'outbox') ORDER BY name`+t.dialect.lockRows); err != nil {
			return err
		}
		_, err := t.next("health")
		return err
	})
}

// UpToDate says whether the tables are at least at the version that this program was built for. Later ones are fine:
// another replica has been upgraded first, and migrations only add.
func (s *Store) UpToDate(ctx context.Context) error {
	want, err := newestMigration()
	if err != nil {
		return err
	}
	var have int
	if err := s.read.GetContext(ctx, &have, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`); err != nil {
		return s.translate(err)
	}
	if have < want {
		return fmt.Errorf("the tables are at version %d and this program needs %d: run `liaison migrate`", have, want)
	}
	return nil
}

// newestMigration is the number of the last migration in the program.
func newestMigration() (newest int, err error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		number, _, _ := strings.Cut(path.Base(f), "_")
		n, err := strconv.Atoi(number)
		if err != nil {
			return 0, fmt.Errorf("the migration %s has no number: %w", f, err)
		}
		newest = max(newest, n)
	}
	return newest, nil
}

// Outbox says how much is to be posted, beside the writers.
func (s *Store) Outbox(ctx context.Context) (state agency.Outbox, err error) {
	err = s.look(ctx, func(t *tx) error {
		state, err = t.OutboxState(0)
		return err
	})
	return state, s.translate(err)
}
