package store

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"liaison/agency"
)

func openForFaults(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "desk.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// addMember is a write as the desk makes them, with a name of so many bytes.
func addMember(s *Store, user string, size int) error {
	return s.Write(context.Background(), func(tx agency.Tx) error {
		_, err := tx.InsertMember(strings.Repeat("n", size), agency.Identity{Platform: agency.Console, Workspace: "test", User: user}, 1)
		return err
	})
}

func TestAFailedDiskStopsTheStore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		broken bool
	}{
		"a failed sync":            {sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrFsync, SystemErrno: syscall.EIO}, true},
		"no space for a sync":      {sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrFsync, SystemErrno: syscall.ENOSPC}, true},
		"a failed write":           {sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrWrite, SystemErrno: syscall.EIO}, true},
		"a damaged file":           {sqlite3.Error{Code: sqlite3.ErrCorrupt}, true},
		"a full disk":              {sqlite3.Error{Code: sqlite3.ErrFull}, false},
		"no space for the index":   {sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrSHMSize, SystemErrno: syscall.ENOSPC}, false},
		"a read that failed":       {sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrRead}, false},
		"a busy database":          {sqlite3.Error{Code: sqlite3.ErrBusy}, false},
		"a refusal with its cause": {&agency.Error{Code: agency.CodeConflict, Err: sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrFsync}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openForFaults(t)
			told := s.translate(c.err)
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			if c.broken {
				ended = t.Context()
			}
			failure, refusal := s.Broken(ended), addMember(s, "ann", 10)
			if (failure != nil) != c.broken || (refusal != nil) != c.broken || (s.Ping(t.Context()) != nil) != c.broken {
				t.Errorf("failure %v, then a write gives %v; broken should be %t", failure, refusal, c.broken)
			}
			if c.broken && (agency.CodeOf(told) != agency.CodeUnavailable || !strings.Contains(told.Error(), "not certain")) {
				t.Errorf("the person is told %v", told)
			}
		})
	}
}

// TestAFullDiskIsSaidAndForgotten fills the database to its limit, as a disk has one, and makes room again.
func TestAFullDiskIsSaidAndForgotten(t *testing.T) {
	t.Parallel()
	s := openForFaults(t)
	if _, err := s.write.ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil { // its size as it is
		t.Fatal(err)
	}
	err := addMember(s, "ann", 100_000)
	var told *agency.Error
	if !errors.As(err, &told) || told.Code != agency.CodeUnavailable || !strings.Contains(told.Message, "is full. Nothing was changed") {
		t.Fatalf("a full disk is said as %v", err)
	}
	if _, err := s.write.ExecContext(t.Context(), "PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	if err := addMember(s, "ann", 100_000); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
}

func TestAReadOnlyDatabaseIsSaid(t *testing.T) {
	t.Parallel()
	s := openForFaults(t)
	if _, err := s.write.ExecContext(t.Context(), "PRAGMA query_only = on"); err != nil {
		t.Fatal(err)
	}
	if err := addMember(s, "ann", 10); agency.CodeOf(err) != agency.CodeUnavailable || !strings.Contains(err.Error(), "read but not written") {
		t.Errorf("a read-only database is said as %v", err)
	}
}

// TestPostgresSaysWhatItLacks has no server: what matters is which code becomes which sentence.
func TestPostgresSaysWhatItLacks(t *testing.T) {
	t.Parallel()
	s := &Store{dialect: postgres, breaker: newBreaker()}
	for code, want := range map[string]string{"53100": "is full. Nothing was changed", "25006": "read but not written", "57P01": "do not answer right now"} {
		err := s.translate(&pgconn.PgError{Code: code})
		if agency.CodeOf(err) != agency.CodeUnavailable || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is said as %v", code, err)
		}
	}
	if s.breaker.refusal() != nil {
		t.Error("PostgreSQL's disk is its own")
	}
}

// TestBrokenWaits is how `serve` watches: it hears of the failure while it waits.
func TestBrokenWaits(t *testing.T) {
	t.Parallel()
	s := openForFaults(t)
	heard := make(chan error, 1)
	go func() { heard <- s.Broken(context.Background()) }()
	s.breaker.trip(errors.New("the disk is gone"))
	s.breaker.trip(errors.New("and again"))
	select {
	case err := <-heard:
		if err == nil || !strings.Contains(err.Error(), "the disk is gone") {
			t.Errorf("heard %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Error("nobody was told")
	}
}
