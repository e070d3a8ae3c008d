package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"liaison/agency"
)

// write is a statement whose rows nobody reads. It may have to be sent later.
type write struct {
	query string
	args  []any
	check func(changed int64) error // why so many rows are wrong; nil: any number is right
}

// later writes. What follows in the transaction finds it written; until then PostgreSQL need not hear of it, and is sent all
// that waits at once, because each way to it and back takes longer than most statements. An error, also that of check, may
// come with a later statement, or when the work ends.
func (t *tx) later(w write) error {
	if err := t.over(); err != nil {
		return err
	}
	if t.dialect.sendWrites == nil {
		n, err := t.exec(w.query, w.args...)
		if err == nil && w.check != nil {
			err = w.check(n)
		}
		return err
	}
	w.query = t.sql.Rebind(w.query)
	t.waiting = append(t.waiting, w)
	if len(t.waiting) < maxWaiting {
		return nil
	}
	return t.flush()
}

// maxWaiting bounds what an import keeps back.
const maxWaiting = 64

// flush sends what waits.
func (t *tx) flush() error {
	if err := t.over(); err != nil || len(t.waiting) == 0 {
		return err
	}
	list := t.waiting
	t.waiting = nil
	t.progress()
	err := t.sql.Raw(func(conn any) error { return t.dialect.sendWrites(t.ctx, conn, list) })
	var refusal *agency.Error
	if errors.As(err, &refusal) {
		t.refused = err
		return err
	}
	return t.keep(err)
}

// sendPostgres sends writes together, with one way there and back, and looks at each one's answer.
func sendPostgres(ctx context.Context, conn any, list []write) error {
	var batch pgx.Batch
	for _, w := range list {
		batch.Queue(w.query, w.args...)
	}
	answers := conn.(*stdlib.Conn).Conn().SendBatch(ctx, &batch)
	for _, w := range list {
		tag, err := answers.Exec()
		if err == nil && w.check != nil {
			err = w.check(tag.RowsAffected())
		}
		if err != nil {
			_ = answers.Close() // it says the same again
			return err
		}
	}
	return answers.Close()
}
