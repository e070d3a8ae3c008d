// Package store keeps the desk's records in SQLite or PostgreSQL.
//
// There is one implementation and one SQL text for both databases; what differs is in dialect.go. It implements
// agency.Store for the use cases and the outbox queue for the sender, and holds no business rule.
package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jmoiron/sqlx"
	"github.com/jmoiron/sqlx/reflectx"

	"liaison/agency"
)

// Store is a database with the desk's tables.
type Store struct {
	write   *sqlx.DB // SQLite: one connection, so there is one writer; PostgreSQL: a pool
	read    *sqlx.DB // SQLite: a pool beside the writer; PostgreSQL: the same pool
	dialect dialect
	path    string // SQLite: the file
	wake    atomic.Pointer[func()]
	group   *group // those who write, and share commits
	breaker *breaker
}

var _ agency.Store = (*Store)(nil)

// Open opens the database at a URL, "sqlite://path" or "postgres://…", checks that it keeps what it acknowledges, and
// brings its tables up to date.
func Open(ctx context.Context, url string) (*Store, error) {
	s, err := Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{func(context.Context) error { return s.mayWrite() }, s.settle, s.Migrate} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(s.explain(err), s.Close())
		}
	}
	return s, nil
}

// Connect opens the database at a URL without touching its tables.
func Connect(ctx context.Context, url string) (*Store, error) {
	s, err := connect(ctx, url)
	if err != nil && s != nil {
		return nil, s.explain(err)
	}
	return s, err
}

// connect is Connect in the database's own words. What it gives with an error is closed.
func connect(ctx context.Context, url string) (*Store, error) {
	s := &Store{breaker: newBreaker()}
	scheme, rest, _ := strings.Cut(url, "://")
	var err error
	switch scheme {
	case "sqlite":
		if rest == "" { // SQLite would make a database that nobody finds again
			return nil, agency.Invalid("LIAISON_DB names no file. Write sqlite://path.")
		}
		s.dialect, s.path = sqlite, rest
		s.write, s.read, err = openSQLite(rest)
	case "postgres", "postgresql":
		if _, err := pgconn.ParseConfig(url); err != nil {
			return nil, agency.Invalid("LIAISON_DB cannot be read: %v.", err)
		}
		s.dialect = postgres
		s.write, err = openPostgres(url)
		s.read = s.write
	default: // it is not said again: a password may be in it
		return nil, agency.Invalid("LIAISON_DB is neither sqlite://path nor postgres://user:password@host/database.")
	}
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	for _, db := range []*sqlx.DB{s.write, s.read} {
		db.Mapper = reflectx.NewMapperFunc("db", columnName)
	}
	for _, step := range []func(context.Context) error{s.check, func(ctx context.Context) error { return s.dialect.limit(ctx, s.write) }} {
		if err := step(ctx); err != nil {
			return s, errors.Join(err, s.Close())
		}
	}
	s.group = newGroup(s.write, s.dialect, s.breaker, s.committed)
	return s, nil
}

// check looks whether the database is fit for use. Several processes may open a new one at once: SQLite refuses, without
// waiting, all but one that turn it to write-ahead logging.
func (s *Store) check(ctx context.Context) error {
	for try := 1; ; try++ {
		err := s.dialect.check(ctx, s.write)
		if err == nil || try == writeTries || !s.dialect.tryAgain(err) || rest(ctx, try) != nil {
			return err
		}
	}
}

// rest is the pause after a try that the database refused for somebody else's sake: random, so that two do not meet
// again, and longer each time.
func rest(ctx context.Context, try int) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(rand.Int64N(int64(try) * int64(5*time.Millisecond)))):
		return nil
	}
}

// Close closes the database.
func (s *Store) Close() error {
	err := s.write.Close()
	if s.read != s.write {
		err = errors.Join(err, s.read.Close())
	}
	return err
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.breaker.refusal(); err != nil {
		return err
	}
	return s.read.PingContext(ctx)
}

// OnEnqueue sets what is called after a commit that added outgoing messages, so that the sender need not poll fast.
func (s *Store) OnEnqueue(wake func()) { s.wake.Store(&wake) }

// writeTries is how often work without a deadline is run that the database asks to repeat; other work is until its time is up. From
// the third time on, or when a try was long and in vain, it goes first.
const (
	writeTries = 12
	longTry    = 50 * time.Millisecond
)

// Write runs fn in a serialisable transaction; see agency.Store. Where the database asks to try again, fn runs again.
func (s *Store) Write(ctx context.Context, fn func(agency.Tx) error) error {
	return s.inTx(ctx, func(t *tx) error { return fn(t) })
}

func (s *Store) inTx(ctx context.Context, fn func(*tx) error) error {
	_, limited := ctx.Deadline()
	first := agency.IsHeavy(ctx)
	for try := 1; ; try++ {
		began := time.Now()
		err := s.group.do(ctx, fn, first)
		if err == nil || !s.dialect.tryAgain(err) || !limited && try == writeTries {
			return s.translate(err)
		}
		first = first || try > 1 || time.Since(began) > longTry
		if err := rest(ctx, min(try, writeTries)); err != nil {
			return s.translate(err)
		}
	}
}

// committed wakes the sender.
func (s *Store) committed(enqueued bool) {
	if wake := s.wake.Load(); enqueued && wake != nil {
		(*wake)()
	}
}

// Read runs fn on one consistent view; see agency.Store.
func (s *Store) Read(ctx context.Context, fn func(agency.Tx) error) error {
	return s.translate(s.look(ctx, func(t *tx) error { return fn(t) }))
}

func (s *Store) look(ctx context.Context, fn func(*tx) error) error {
	defer s.group.silence.note(ctx)
	view, err := begin(ctx, s.read, s.dialect, s.dialect.beginRead)
	if err != nil {
		return err
	}
	defer view.rollback() // it has read: there is nothing to keep
	t := &tx{ctx: ctx, until: ctx, progress: func() {}, sql: view, dialect: s.dialect}
	if err := fn(t); err != nil {
		return err
	}
	return t.flush()
}

// translate turns the database's refusals into the agency's, by code; what it does not know stays internal.
func (s *Store) translate(err error) error {
	var known *agency.Error
	var lost *uncertain
	switch {
	case err == nil:
		return nil
	case errors.As(err, &lost):
		return &agency.Error{Code: agency.CodeUncertain, Err: err,
			Message: "The connection to the desk's records broke while this was being written. It is not certain whether it was; look at the card or the list before you do it again."}
	case s.dialect.diskFailed(err):
		s.breaker.trip(err)
		return s.breaker.refusal()
	case errors.As(err, &known):
		return err
	case s.dialect.isUnique(err):
		return &agency.Error{Code: agency.CodeConflict, Message: "That is recorded already.", Err: err}
	case s.dialect.diskFull(err):
		return &agency.Error{Code: agency.CodeUnavailable, Err: err,
			Message: "The disk with the desk's records is full. Nothing was changed; tell whoever runs the desk to make room, then try again."}
	case s.dialect.readOnly(err):
		return &agency.Error{Code: agency.CodeUnavailable, Err: err,
			Message: "The desk's records can be read but not written right now. Nothing was changed; tell whoever runs the desk, then try again."}
	case s.dialect.tryAgain(err), s.dialect.unavailable(err), errors.Is(err, context.DeadlineExceeded):
		return &agency.Error{Code: agency.CodeUnavailable, Err: err,
			Message: "The desk's records do not answer right now. Nothing was changed; try again in a minute."}
	}
	return err
}

// columnName is the column of a Go field: "ShopCode" is shop_code, "SKU" is sku, "ID" is id.
func columnName(field string) string {
	var b strings.Builder
	for i := 0; i < len(field); i++ {
		c := field[i]
		upper := 'A' <= c && c <= 'Z'
		if upper && i > 0 && (field[i-1] >= 'a' || i+1 < len(field) && field[i+1] >= 'a') {
			b.WriteByte('_')
		}
		if upper {
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}
