package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "github.com/mattn/go-sqlite3"    // the driver "sqlite3"
)

// records reads the desk's database without the desk: what the store says about itself is not evidence. Each look opens
// and closes it, so that nothing of a killed desk is kept alive by us.
type records struct{ url string }

func (r records) open() (*sql.DB, error) {
	if path, ok := strings.CutPrefix(r.url, "sqlite://"); ok {
		return sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?_busy_timeout=10000&_query_only=on")
	}
	return sql.Open("pgx", r.url)
}

// look runs fn on the open database.
func (r records) look(fn func(*sql.DB) error) error {
	db, err := r.open()
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	return fn(db)
}

// each calls fn with every row of a query, a value a column, by the column's name.
func each(ctx context.Context, db *sql.DB, query string, fn func(row)) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		r := row{}
		for i, name := range names {
			r[name] = values[i]
		}
		fn(r)
	}
	return rows.Err()
}

// row is one row of a table, by the names of its columns. A column that an older schema lacks is empty.
type row map[string]any

func (r row) text(name string) string {
	switch v := r[name].(type) {
	case nil:
		return ""
	case []byte:
		return string(v)
	default:
		return fmt.Sprint(v)
	}
}

func (r row) number(name string) int64 { return number(r.text(name)) }

// yes reads a flag, however the database keeps it.
func (r row) yes(name string) bool {
	v := r.text(name)
	return v != "" && v != "0" && v != "false"
}

// outgoing is a row of the outbox.
type outgoing struct {
	id                                 int64
	place, kind, ref, mode, key, state string
	message, trouble                   string
	attempts                           int64
	repeated                           bool // sent once more because nobody could know
}

func (o outgoing) String() string {
	return fmt.Sprintf("row %d (%s %s %q to %s, %s %s)", o.id, o.mode, o.kind, o.ref, o.place, o.state, o.trouble)
}

// outbox reads what was decided to be said. Everything that torture knows of that table stands here and in backlog.
func outbox(ctx context.Context, db *sql.DB) (list []outgoing, err error) {
	err = each(ctx, db, "SELECT * FROM outbox ORDER BY id", func(r row) {
		list = append(list, outgoing{id: r.number("id"), place: r.text("channel"), kind: r.text("kind"), ref: r.text("ref"), mode: r.text("mode"),
			key: r.text("note_key"), state: r.text("state"), message: r.text("message_id"), trouble: r.text("trouble"),
			attempts: r.number("attempts"), repeated: r.yes("repeated")})
	})
	return list, err
}

// backlog counts what is not out yet, and gives the time of the oldest claim; zero when nothing is claimed.
func (r records) backlog(ctx context.Context) (waiting int, oldest time.Time, err error) {
	err = r.look(func(db *sql.DB) error {
		return each(ctx, db, "SELECT state, claimed_at FROM outbox WHERE state IN ('waiting', 'sending')", func(r row) {
			waiting++
			at := time.UnixMilli(r.number("claimed_at"))
			if r.text("state") == "sending" && (oldest.IsZero() || at.Before(oldest)) {
				oldest = at
			}
		})
	})
	return waiting, oldest, err
}

// stored is what the database holds at the end.
type stored struct {
	presses   map[string]press // by every mark that their key may be known by
	outbox    []outgoing
	cards     map[string]string // "kind ref channel" to message id
	slots     map[string]int    // "reminder slot"
	sellers   map[string]string // shop to number
	steps     map[string]string // "S-1 bank" to state
	done      map[string]int    // "S-1" to how many steps are done
	matches   map[string]string // "M-1" to state
	runs      map[string]string // "P-1" to state
	approvals map[string]bool   // "P-1 fay"
	cases     map[string]row    // "V-1"
	notices   map[string]bool
	orders    map[string]bool
	digests   []row
	sums      map[string]int64 // per currency
	twice     []string         // keys that stand more than once where once was promised
}

// press is a carried-out interaction.
type press struct{ key, user, command, answer string }

// refused reports that the answer was a refusal.
func (p press) refused() bool { return strings.Contains(p.answer, `"Refused":"`) }

func newStored() *stored {
	return &stored{presses: map[string]press{}, cards: map[string]string{}, slots: map[string]int{}, sellers: map[string]string{}, steps: map[string]string{},
		done: map[string]int{}, matches: map[string]string{}, runs: map[string]string{}, approvals: map[string]bool{}, cases: map[string]row{},
		notices: map[string]bool{}, orders: map[string]bool{}, sums: map[string]int64{}}
}

// read reads everything that is checked.
func (r records) read(ctx context.Context) (*stored, error) {
	s := newStored()
	once := map[string]bool{}
	key := func(what string) {
		if once[what] {
			s.twice = append(s.twice, what)
		}
		once[what] = true
	}
	ref := func(letter string, r row, column string) string { return letter + "-" + r.text(column) }
	return s, r.look(func(db *sql.DB) error {
		var err error
		if s.outbox, err = outbox(ctx, db); err != nil {
			return err
		}
		for _, table := range []struct {
			query string
			take  func(row)
		}{
			{"SELECT press_key, user_id, command, answer FROM presses", func(r row) {
				key("press " + r.text("press_key"))
				for _, mark := range marksOf(r.text("press_key")) {
					s.presses[mark] = press{r.text("press_key"), r.text("user_id"), r.text("command"), r.text("answer")}
				}
			}},
			{"SELECT kind, ref, channel, message_id FROM cards", func(r row) {
				s.cards[r.text("kind")+" "+r.text("ref")+" "+r.text("channel")] = r.text("message_id")
			}},
			{"SELECT reminder, slot FROM slots", func(r row) { s.slots[r.text("reminder")+" "+r.text("slot")]++ }},
			{"SELECT id, shop FROM sellers", func(r row) { key("shop " + r.text("shop")); s.sellers[r.text("shop")] = ref("S", r, "id") }},
			{"SELECT seller, code, state FROM seller_steps", func(r row) {
				s.steps[ref("S", r, "seller")+" "+r.text("code")] = r.text("state")
				if r.text("state") == "done" {
					s.done[ref("S", r, "seller")]++
				}
			}},
			{"SELECT id, state FROM matches", func(r row) { s.matches[ref("M", r, "id")] = r.text("state") }},
			{"SELECT id, state FROM payout_runs", func(r row) { s.runs[ref("P", r, "id")] = r.text("state") }},
			{"SELECT a.run, a.hash, i.user_id FROM payout_approvals a JOIN identities i ON i.member = a.member", func(r row) {
				key("approval " + ref("P", r, "run") + " " + r.text("hash") + " " + r.text("user_id"))
				s.approvals[ref("P", r, "run")+" "+r.text("user_id")] = true
			}},
			{"SELECT id, state, rule, notice, deadline, since, acked_at FROM cases", func(r row) {
				key("case " + r.text("rule") + r.text("notice"))
				s.cases[ref("V", r, "id")] = r
				s.notices[r.text("notice")] = true
			}},
			{"SELECT order_no FROM order_lines", func(r row) { key("order " + r.text("order_no")); s.orders[r.text("order_no")] = true }},
			{"SELECT id, channel, schedule, since FROM subscriptions WHERE feed = 'digest'", func(r row) { s.digests = append(s.digests, r) }},
			{"SELECT currency, sum(minor) AS total FROM entries GROUP BY currency", func(r row) { s.sums[r.text("currency")] = r.number("total") }},
			{"SELECT line, run FROM payout_lines WHERE held = '' AND run IN (SELECT id FROM payout_runs WHERE state NOT IN ('denied', 'canceled'))",
				func(r row) { key("payout of line " + r.text("line")) }},
		} {
			if err := each(ctx, db, table.query, table.take); err != nil {
				return err
			}
		}
		return nil
	})
}

// contention is how often PostgreSQL ended a transaction because two waited for each other; each such wait takes its
// deadlock_timeout, a second. SQLite has one writer and none.
func (r records) contention(ctx context.Context) (deadlocks int64, err error) {
	if strings.HasPrefix(r.url, "sqlite:") {
		return 0, nil
	}
	return deadlocks, r.look(func(db *sql.DB) error {
		return each(ctx, db, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()", func(r row) { deadlocks = r.number("deadlocks") })
	})
}
