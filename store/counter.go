package store

import (
	"maps"
	"slices"
)

// counters are the last numbers taken in a transaction. They are read when the first is taken and written before the
// commit: those who share the transaction share that too.
type counters map[string]int64

// next takes the next number of a counter.
func (t *tx) next(counter string) (int64, error) { return t.nextMany(counter, 1) }

// nextMany takes n numbers of a counter and gives the first.
func (t *tx) nextMany(counter string, n int) (int64, error) {
	last, known := t.taken[counter]
	if !known {
		there, err := t.peek(&last, `SELECT value FROM counters WHERE name = ?`+t.dialect.lockRows, counter)
		if err == nil && !there { // the first number ever: another replica that takes it too must have something to wait at
			_, err = t.exec(`INSERT INTO counters (name, value) VALUES (?, 0) ON CONFLICT DO NOTHING`, counter)
		}
		if err != nil {
			return 0, err
		}
	}
	if t.taken == nil {
		t.taken = counters{}
	}
	t.taken[counter] = last + int64(n)
	return last + 1, nil
}

// write writes the numbers that were taken.
func (taken counters) write(t *transaction) error {
	for _, name := range slices.Sorted(maps.Keys(taken)) { // in one order, so that two replicas do not wait for each other
		if _, err := t.ExecContext(t.ctx, t.Rebind(`INSERT INTO counters (name, value) VALUES (?, ?)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`), name, taken[name]); err != nil {
			return err
		}
	}
	return nil
}
