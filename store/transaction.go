package store

import (
	"context"
	"database/sql/driver"
	"strings"

	"github.com/jmoiron/sqlx"
)

// transaction is a connection between BEGIN and COMMIT. The words are said here and not by database/sql, whose own
// transaction has every question watched by a goroutine: on SQLite that costs more than most questions.
type transaction struct {
	*sqlx.Conn
	ctx     context.Context
	dialect dialect
}

// begin says the words that begin a transaction. ctx is that of its statements, and of its end.
func begin(ctx context.Context, db *sqlx.DB, d dialect, words string) (*transaction, error) {
	conn, err := db.Connx(ctx)
	if err != nil {
		return nil, err
	}
	t := &transaction{Conn: conn, ctx: ctx, dialect: d}
	if err := t.say(words); err != nil {
		t.rollback()
		return nil, err
	}
	return t, nil
}

// say says words, and to PostgreSQL all of them at once.
func (t *transaction) say(statements ...string) error {
	if t.dialect.sendWrites != nil {
		statements = []string{strings.Join(statements, "; ")}
	}
	for _, s := range statements {
		if _, err := t.ExecContext(t.ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// uncertain is a commit whose outcome nobody knows: the connection broke before the database's word arrived.
type uncertain struct{ cause error }

func (u *uncertain) Error() string {
	return "it is not known whether this was committed: " + u.cause.Error()
}

// Unwrap gives what the connection broke with.
func (u *uncertain) Unwrap() error { return u.cause }

// commit brings the work to the disk, with the numbers that it took, or leaves nothing of it.
func (t *transaction) commit(taken counters) error {
	err := taken.write(t)
	if err == nil {
		err = t.Raw(t.dialect.mayCommit)
	}
	if err == nil {
		if err = t.say("COMMIT"); err != nil && t.dialect.uncertain(err) {
			err = &uncertain{err}
		}
	}
	if err != nil {
		t.rollback()
		return err
	}
	return t.Close()
}

// rollback ends the transaction, whatever happened in it, and even when its time is over. A connection that does not come
// out of it is not used again.
func (t *transaction) rollback() {
	ctx := context.WithoutCancel(t.ctx)
	if t.dialect.patience > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, t.dialect.patience)
		defer stop()
	}
	if _, err := t.ExecContext(ctx, "ROLLBACK"); err != nil {
		_ = t.Raw(func(any) error { return driver.ErrBadConn })
	}
	_ = t.Close()
}
