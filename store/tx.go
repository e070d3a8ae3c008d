package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strings"

	"liaison/agency"
)

// tx is the records inside one transaction. Its methods stand in one file per feature.
type tx struct {
	ctx      context.Context // of the statements
	until    context.Context // when it ends, no further statement runs
	progress func()          // is called before each
	sql      *transaction
	dialect  dialect
	taken    counters
	step     agency.Step // the step of a seller that was read last, and not changed since
	waiting  []write     // what PostgreSQL has not been sent yet
	enqueued bool        // an outgoing message was added: wake the sender after the commit
	refused  error       // what the check of a write said that was sent later
	failed   error       // the first database error: PostgreSQL goes no further after one, and after some SQLite would commit what follows on its own
}

// over says why no further statement may run: one has failed or met a rule, or the time is up.
func (t *tx) over() error {
	if err := cmp.Or(t.failed, t.refused); err != nil {
		return err
	}
	return t.until.Err()
}

// one reads one row into dst; ok is false when there is none.
func (t *tx) one(dst any, query string, args ...any) (ok bool, err error) {
	if err := t.flush(); err != nil {
		return false, err
	}
	return t.peek(dst, query, args...)
}

// peek is one for what no write of the transaction can have changed.
func (t *tx) peek(dst any, query string, args ...any) (ok bool, err error) {
	if err := t.over(); err != nil {
		return false, err
	}
	t.progress()
	err = t.sql.GetContext(t.ctx, dst, t.sql.Rebind(query), args...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, t.keep(err)
}

// find reads one row into dst and refuses with NotFound, naming what was looked for, when there is none.
func (t *tx) find(dst any, what, query string, args ...any) error {
	ok, err := t.one(dst, query, args...)
	if err == nil && !ok {
		return agency.NotFound("There is no %s.", what)
	}
	return err
}

// all reads every row into the slice behind dst.
func (t *tx) all(dst any, query string, args ...any) error {
	if err := t.flush(); err != nil {
		return err
	}
	t.progress()
	return t.keep(t.sql.SelectContext(t.ctx, dst, t.sql.Rebind(query), args...))
}

// exec changes rows and says how many.
func (t *tx) exec(query string, args ...any) (int64, error) {
	if err := t.flush(); err != nil {
		return 0, err
	}
	t.progress()
	result, err := t.sql.ExecContext(t.ctx, t.sql.Rebind(query), args...)
	if err != nil {
		return 0, t.keep(err)
	}
	return result.RowsAffected()
}

func (t *tx) keep(err error) error {
	if err != nil && t.failed == nil {
		t.failed = err
	}
	return err
}

// cols is a row to write, a value per column in order.
type cols []struct {
	Name  string
	Value any
}

// insert adds one row.
func (t *tx) insert(table string, row cols) error { return t.insertMany(table, []cols{row}) }

// insertMany adds rows of the same columns, many to a statement.
func (t *tx) insertMany(table string, rows []cols) error {
	return t.insertRows(table, rows, "")
}

// maxVariables keeps a statement under SQLite's 32,766 and PostgreSQL's 65,535 parameters.
const maxVariables = 30_000

func (t *tx) insertRows(table string, rows []cols, suffix string) error {
	if len(rows) == 0 {
		return nil
	}
	width := len(rows[0])
	names := make([]string, width)
	for i, c := range rows[0] {
		names[i] = c.Name
	}
	one := "(?" + strings.Repeat(", ?", width-1) + ")"
	for chunk := max(1, min(maxVariables/width, 500)); len(rows) > 0; {
		n := min(chunk, len(rows))
		query := "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES " +
			one + strings.Repeat(", "+one, n-1) + suffix
		args := make([]any, 0, n*width)
		for _, row := range rows[:n] {
			for _, c := range row {
				args = append(args, c.Value)
			}
		}
		if err := t.later(write{query: query, args: args}); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// update writes columns of the row that the condition finds and says how many rows there were.
func (t *tx) update(table string, row cols, where string, args ...any) (int64, error) {
	w := updates(table, row, where, args...)
	return t.exec(w.query, w.args...)
}

func updates(table string, row cols, where string, args ...any) write {
	sets, values := make([]string, len(row)), make([]any, len(row), len(row)+len(args))
	for i, c := range row {
		sets[i], values[i] = c.Name+" = ?", c.Value
	}
	return write{query: "UPDATE " + table + " SET " + strings.Join(sets, ", ") + " WHERE " + where, args: append(values, args...)}
}

// updateVersion writes a row whose version is still the given one and raises it; Stale when it is not.
func (t *tx) updateVersion(table string, row cols, id, version int64) error {
	w := updates(table, append(row, cols{{"version", version + 1}}...), "id = ? AND version = ?", id, version)
	w.check = func(changed int64) error {
		if changed == 0 {
			return agency.Stale("Somebody was faster: it has just changed. Look at the card again.")
		}
		return nil
	}
	return t.later(w)
}

// among is a list of placeholders for `IN`.
func among(n int) string { return "(?" + strings.Repeat(", ?", n-1) + ")" }
