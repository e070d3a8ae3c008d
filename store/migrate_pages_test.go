package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rebuilt are the tables that SQLite keeps in fewer pages since migration 7.
var rebuilt = []string{"audit", "cards", "counters", "identities", "member_roles", "outbox", "presses", "seller_steps"}

// TestRowsAndIndexesSurviveTheirMove fills every column of the tables that a SQLite database moves, and finds all of it, and
// every index but one, in the new ones.
func TestRowsAndIndexesSurviveTheirMove(t *testing.T) {
	t.Parallel()
	s, err := Connect(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "desk.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	before, err := s.migrations()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := before.UpTo(t.Context(), 6); err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for n := range 3 { // the rows that others point to
		for _, table := range []string{"members", "sellers"} {
			fill(t, s, table, n, columns)
		}
	}
	for _, table := range rebuilt {
		for n := range 3 {
			fill(t, s, table, n, columns)
		}
	}
	look := func() (rows map[string][]string, indexes []string) {
		t.Helper()
		rows = map[string][]string{}
		for _, table := range rebuilt {
			var list []string
			if err := s.write.Select(&list, "SELECT "+strings.Join(columns[table], " || '|' || ")+" FROM "+table+" ORDER BY 1"); err != nil {
				t.Fatal(err)
			}
			rows[table] = list
		}
		if err := s.write.Select(&indexes, "SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"); err != nil {
			t.Fatal(err)
		}
		return rows, indexes
	}
	rows, indexes := look()
	if _, err := before.UpTo(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	movedRows, movedIndexes := look()
	if diff := cmp.Diff(rows, movedRows); diff != "" {
		t.Error(diff)
	}
	indexes = slices.DeleteFunc(indexes, func(sql string) bool { return strings.Contains(sql, "presses_at") })
	if diff := cmp.Diff(indexes, movedIndexes); diff != "" {
		t.Error(diff)
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// fill adds a row with another value in every column.
func fill(t *testing.T, s *Store, table string, n int, columns map[string][]string) {
	t.Helper()
	var list []struct {
		Name string
		Type string
	}
	if err := s.write.Select(&list, "SELECT name, type FROM pragma_table_info(?)", table); err != nil {
		t.Fatal(err)
	}
	var names []string
	var values []any
	for i, c := range list {
		names = append(names, c.Name)
		switch {
		case slices.Contains([]string{"id", "member", "seller"}, c.Name): // keys, and what points to them
			values = append(values, n+1)
		case c.Type == "BIGINT":
			values = append(values, 1000*n+i)
		case c.Type == "BOOLEAN":
			values = append(values, n%2)
		default:
			values = append(values, fmt.Sprint(c.Name, n))
		}
	}
	columns[table] = names
	if _, err := s.write.Exec("INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES "+among(len(names)), values...); err != nil {
		t.Fatalf("%s: %v", table, err)
	}
}
