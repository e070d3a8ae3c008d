package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/jmoiron/sqlx/reflectx"
	"github.com/mattn/go-sqlite3"

	"liaison/agency"
	"liaison/agency/policy"
	"liaison/bot"
	"liaison/handlers"
)

// heard is every statement that SQLite was given.
type heard struct {
	mu   sync.Mutex
	said []string
}

func (h *heard) note(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.said = append(h.said, strings.Join(strings.Fields(text), " "))
}

// since gives what was said and begins anew.
func (h *heard) since() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.said
	h.said = nil
	return list
}

// hearing opens connections that are listened to.
type hearing struct {
	*sqlite3.SQLiteDriver
	*heard
	address string
}

func (h hearing) Connect(context.Context) (driver.Conn, error) {
	c, err := h.Open(h.address)
	return heardConn{c.(*sqlite3.SQLiteConn), h.heard}, err
}

func (h hearing) Driver() driver.Driver { return h.SQLiteDriver }

type heardConn struct {
	*sqlite3.SQLiteConn
	*heard
}

func (c heardConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.note(text)
	return c.SQLiteConn.ExecContext(ctx, text, args)
}

func (c heardConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.note(text)
	return c.SQLiteConn.QueryContext(ctx, text, args)
}

// listen opens a store whose statements are heard.
func listen(t *testing.T) (*Store, *heard) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "desk.db")
	s, err := Open(t.Context(), "sqlite://"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	h := &heard{}
	replace := func(pool **sqlx.DB, settings string) {
		if err := (*pool).Close(); err != nil {
			t.Fatal(err)
		}
		db := sqlx.NewDb(sql.OpenDB(hearing{&sqlite3.SQLiteDriver{}, h, "file:" + path + "?_foreign_keys=on" + settings}), "sqlite3")
		db.Mapper = reflectx.NewMapperFunc("db", columnName)
		*pool = db
	}
	replace(&s.write, "")
	replace(&s.read, "&_query_only=on")
	s.write.SetMaxOpenConns(1)
	s.group.db = s.write
	return s, h
}

// pressing is a desk with a seller whose card stands in a channel, and somebody who may press.
type pressing struct {
	*Store
	t      *testing.T
	router *bot.Router
	steps  []agency.Step
	n      int
}

var presser = agency.Identity{Platform: agency.Slack, Workspace: "T1", User: "U1"}

func newPressing(t *testing.T, s *Store) *pressing {
	t.Helper()
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	a := &agency.Agency{Store: s, Now: time.Now, Rules: book}
	p := &pressing{Store: s, t: t, router: &bot.Router{Agency: a, Commands: handlers.All(), Log: slog.New(slog.DiscardHandler), NewRef: func() string { return "" }}}
	err = a.Do(t.Context(), agency.System, func(d *agency.Desk) (err error) {
		if _, err := d.Grant(presser, "Ana", agency.SellerManager); err != nil {
			return err
		}
		if _, err := d.OnboardSeller(agency.NewSeller{Shop: "Glow", Region: "US", Category: book.Categories[0]}); err != nil {
			return err
		}
		_, p.steps, err = d.Seller(1)
		if err != nil {
			return err
		}
		return d.ShowSeller(1, agency.Address{Platform: agency.Slack, Workspace: "T1", Channel: "C1"})
	})
	if err != nil {
		t.Fatal(err)
	}
	p.post()
	return p
}

// post plays the sender.
func (p *pressing) post() {
	p.t.Helper()
	now := agency.InstantOf(time.Now())
	list, err := p.ClaimOutgoing(p.t.Context(), "one", now, now-20_000, 10)
	if err != nil || len(list) != 1 {
		p.t.Fatalf("claimed %v, %v", list, err)
	}
	if _, err := p.OutgoingSent(p.t.Context(), list[0], "C1/1", now); err != nil {
		p.t.Fatal(err)
	}
}

// press ticks the next step, by a button.
func (p *pressing) press() {
	p.t.Helper()
	step := p.steps[p.n]
	p.n++
	reply := p.router.Take(p.t.Context(), bot.Request{Kind: bot.Pressed, From: presser, FromName: "Ana", Command: "seller tick",
		Text: bot.Seen("S-1 "+step.Code, "1"), Key: fmt.Sprint("press ", p.n)})
	if reply.Message != nil || reply.Refused != "" {
		p.t.Fatalf("the press was answered %+v", reply)
	}
}

// TestWhatAPressAsks holds a press to its price: so many statements, and none of them one too many.
func TestWhatAPressAsks(t *testing.T) {
	t.Parallel()
	s, h := listen(t)
	p := newPressing(t, s)
	p.press()
	h.since()
	p.press()
	said := h.since()
	const most = 13 // the words around them included
	if len(said) > most {
		t.Errorf("a press whose card waits to be drawn already is %d statements, want at most %d:\n%s", len(said), most, strings.Join(said, "\n"))
	}
}

// TestAPressChangesFewPages holds a press to what it brings to SQLite's disk: its log has each changed page once.
func TestAPressChangesFewPages(t *testing.T) {
	t.Parallel()
	s, _ := listen(t)
	p := newPressing(t, s)
	p.press()
	var size, busy, pages, folded int
	if err := s.write.Get(&size, "PRAGMA page_size"); err != nil || size != sqlitePage {
		t.Errorf("a new database has pages of %d, %v", size, err)
	}
	if _, err := s.write.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	p.press()
	if err := s.write.QueryRow("PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &pages, &folded); err != nil {
		t.Fatal(err)
	}
	const want = 8
	if pages != want {
		t.Errorf("a press whose card waits to be drawn already changes %d pages, want %d", pages, want)
	}
}

// smallScans are the whole readings that a sender may do: of indexes of what waits and of what is being sent.
var smallScans = regexp.MustCompile(`^SCAN \w+ USING (COVERING )?INDEX (outbox_waiting|outbox_one_card|outbox_claimed)$|^SCAN CONSTANT ROW$`)

// TestWhatIsAskedOftenIsFoundByAnIndex has SQLite say how it would carry out each statement of a press, of posting a card and
// of looking whether there is one to post. None may read a whole table. Those of a press read nothing from end to end, so that
// the answer does not take longer the more waits, and sort nothing.
func TestWhatIsAskedOftenIsFoundByAnIndex(t *testing.T) {
	t.Parallel()
	s, h := listen(t)
	p := newPressing(t, s)
	h.since()
	p.press()
	p.press()
	ofPress := h.since()
	p.post()
	said := append(h.since(), ofPress...)
	slices.Sort(said)
	asked := 0
	for _, text := range slices.Compact(said) {
		if verb, _, _ := strings.Cut(text, " "); !slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE"}, verb) {
			continue
		}
		asked++
		var plan []struct{ Detail string }
		args := make([]any, strings.Count(text, "?"))
		if err := s.write.Unsafe().Select(&plan, "EXPLAIN QUERY PLAN "+text, args...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for _, step := range plan {
			scan, sort := strings.HasPrefix(step.Detail, "SCAN "), strings.Contains(step.Detail, "TEMP B-TREE")
			if slices.Contains(ofPress, text) && (scan || sort) || scan && !smallScans.MatchString(step.Detail) {
				t.Errorf("%s in\n%s", step.Detail, text)
			}
		}
	}
	if asked < 15 {
		t.Errorf("only %d statements were looked at", asked)
	}
}
