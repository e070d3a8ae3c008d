package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

// TestAFailedTransactionIsNotCalledCommitted has a statement fail that nobody heeds. PostgreSQL says yes to the COMMIT and
// keeps nothing.
func TestAFailedTransactionIsNotCalledCommitted(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	err := s.WriteUnheeded(t.Context(), `INSERT INTO counters (name, value) VALUES ('test', 1)`, `SELECT nothing`)
	if err == nil {
		t.Error("a transaction that kept nothing is said to be committed")
	}
	write(t, s, func(tx agency.Tx) error { // and the connection is as good as before
		return tx.InsertAudit(agency.AuditLine{At: 1, Action: "test"})
	})
}

// TestAConnectionOutlivesWhatGoesWrongOnIt ends transactions in each way that there is. On SQLite there is one connection that
// writes, so one that is stuck in a transaction would be the end.
func TestAConnectionOutlivesWhatGoesWrongOnIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for name, run := range map[string]func(context.Context, context.CancelFunc) error{
			"a rule says no": func(ctx context.Context, _ context.CancelFunc) error {
				return s.Write(ctx, func(agency.Tx) error { return errors.New("no") })
			},
			"the transaction ends": func(ctx context.Context, _ context.CancelFunc) error { return s.WriteUnheeded(ctx, "COMMIT") },
			"the work is undone":   func(ctx context.Context, _ context.CancelFunc) error { return s.WriteUnheeded(ctx, "ROLLBACK") },
			"time is over in a write": func(ctx context.Context, stop context.CancelFunc) error {
				return s.Write(ctx, func(tx agency.Tx) error { stop(); _, err := tx.Members(); return err })
			},
			"time is over in a read": func(ctx context.Context, stop context.CancelFunc) error {
				return s.Read(ctx, func(tx agency.Tx) error { stop(); _, err := tx.Members(); return err })
			},
			"a bug in a read": func(ctx context.Context, _ context.CancelFunc) (err error) {
				defer func() { err = fmt.Errorf("panic: %v", recover()) }()
				return s.Read(ctx, func(agency.Tx) error { panic("a bug") })
			},
		} {
			for range 20 { // more than a pool has connections
				ctx, stop := context.WithTimeout(t.Context(), time.Minute)
				if err := run(ctx, stop); err == nil {
					t.Errorf("%s, and no error is said", name)
				}
				stop()
			}
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			err := s.Write(ctx, func(tx agency.Tx) error { return tx.InsertAudit(agency.AuditLine{At: 1, Action: "test"}) })
			if err == nil {
				err = s.Read(ctx, func(tx agency.Tx) error { _, err := tx.Members(); return err })
			}
			if err != nil {
				t.Errorf("after %s: %v", name, err)
			}
		}
	})
}
