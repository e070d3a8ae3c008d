package store_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

// TestAReplicaThatIsFrozenInATransactionHoldsUpNobodyForLong has one replica take a lock that others need and say nothing more,
// as under SIGSTOP, or when its machine is gone. What it had written is not kept, and when it wakes it is told so.
func TestAReplicaThatIsFrozenInATransactionHoldsUpNobodyForLong(t *testing.T) {
	t.Parallel()
	for name, hold := range map[string]func(s *store.Store, held chan<- bool, wake <-chan bool) error{
		"an import": func(s *store.Store, held chan<- bool, wake <-chan bool) error {
			return s.Write(context.Background(), func(tx agency.Tx) error { return freeze(tx, held, wake) })
		},
		"a press": func(s *store.Store, held chan<- bool, wake <-chan bool) error {
			ctx, stop := context.WithTimeout(context.Background(), time.Hour)
			defer stop()
			return s.Write(ctx, func(tx agency.Tx) error { return freeze(tx, held, wake) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replicas := storetest.Replicas(t, 2)
			write(t, replicas[0], audit) // the number is there to be held
			held, wake, ended := make(chan bool, 1), make(chan bool), make(chan error, 1)
			go func() { ended <- hold(replicas[0], held, wake) }()
			<-held
			began := time.Now()
			for replicas[1].Write(t.Context(), audit) != nil && time.Since(began) < time.Minute {
			}
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("others write after %s", took)
			}
			close(wake)
			if err := <-ended; agency.CodeOf(err) != agency.CodeUnavailable {
				t.Errorf("whoever was frozen is told %v", err)
			}
			write(t, replicas[0], audit)
			write(t, replicas[1], func(tx agency.Tx) error {
				if lines, err := tx.AuditOf("test", 10); err != nil || len(lines) != 3 {
					t.Errorf("there are %d lines, want those of the three that were told so (%v)", len(lines), err)
				}
				return nil
			})
		})
	}
}

// TestAReplicaThatIsFrozenWhileItReadsHoldsUpNoUpgrade: a table that somebody reads is not changed before they have ended, and
// whoever comes later waits behind the change.
func TestAReplicaThatIsFrozenWhileItReadsHoldsUpNoUpgrade(t *testing.T) {
	t.Parallel()
	s, other := storetest.Beside(t)
	held, wake, ended := make(chan bool, 1), make(chan bool), make(chan error, 1)
	go func() {
		ended <- s.Read(context.Background(), func(tx agency.Tx) error {
			if _, err := tx.Subscriptions("x"); err != nil {
				return err
			}
			held <- true
			<-wake
			_, err := tx.Subscriptions("x")
			return err
		})
	}()
	<-held
	began := time.Now()
	if _, err := other.ExecContext(t.Context(), "SET lock_timeout = '1min'; ALTER TABLE subscriptions ADD COLUMN later BIGINT"); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("the table is changed after %s", took)
	}
	close(wake)
	if err := <-ended; agency.CodeOf(err) != agency.CodeUnavailable {
		t.Errorf("whoever was frozen is told %v", err)
	}
}

// TestAStoreThatTakesNoPressesSaysSo: somebody who is no desk holds the number that every press takes.
func TestAStoreThatTakesNoPressesSaysSo(t *testing.T) {
	t.Parallel()
	s, other := storetest.Beside(t)
	write(t, s, audit)
	tx, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // it has written nothing
	if _, err := tx.ExecContext(t.Context(), "SELECT value FROM counters WHERE name = 'audit' FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), audit); agency.CodeOf(err) != agency.CodeUnavailable {
		t.Fatalf("a press ends with %v", err)
	}
	if err := s.Writable(t.Context()); agency.CodeOf(err) != agency.CodeUnavailable {
		t.Errorf("presses are refused, and it says %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Writable(t.Context()); err != nil {
		t.Errorf("the number is free, and it says %v", err)
	}
}

// TestAReplicaThatIsFrozenWhileItChangesTablesHoldsUpNobodyForLong, neither those who write nor those who want to change them too.
func TestAReplicaThatIsFrozenWhileItChangesTablesHoldsUpNobodyForLong(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]string{"in a change": "BEGIN; LOCK TABLE audit IN ACCESS EXCLUSIVE MODE", "between two": "SELECT 1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replicas := storetest.Replicas(t, 2)
			err := replicas[0].Migrating(t.Context(), func(conn *sql.Conn) {
				if _, err := conn.ExecContext(t.Context(), begin); err != nil {
					t.Error(err)
				}
				began := time.Now()
				if err := replicas[1].Migrating(t.Context(), func(*sql.Conn) {}); err != nil {
					t.Error(err)
				}
				write(t, replicas[1], audit)
				if took := time.Since(began); took > 30*time.Second {
					t.Errorf("others change tables and write after %s", took)
				}
			})
			if err == nil {
				t.Error("whoever was frozen is not told that the session ended")
			}
			write(t, replicas[0], audit)
		})
	}
}

// TestALimitThatTheServerDoesNotKnowIsNotSaid: the desk starts all the same, and the others are said.
func TestALimitThatTheServerDoesNotKnowIsNotSaid(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	const usual = "; SET LOCAL idle_in_transaction_session_timeout = '15000ms'; SET LOCAL tcp_user_timeout = '15000ms'"
	for setting, want := range map[string]string{"statement_timeout": usual + "; SET LOCAL statement_timeout = '1000ms'", "of_another_make": usual} {
		if words, err := s.Beginning(t.Context(), setting); err != nil || !strings.HasSuffix(words, want) {
			t.Errorf("with %s it begins with %q (%v)", setting, words, err)
		}
	}
}

func audit(tx agency.Tx) error {
	return tx.InsertAudit(agency.AuditLine{At: 1, Action: "test", Ref: "test"})
}

// freeze takes the number that every press takes and says nothing more to the database until it is woken.
func freeze(tx agency.Tx, held chan<- bool, wake <-chan bool) error {
	if err := audit(tx); err != nil {
		return err
	}
	held <- true
	<-wake
	return nil
}
