package store

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestJoinMembersKnowsEveryColumn holds the list of columns that name a member against the tables, so that a new one is
// not forgotten when two accounts of a person are linked.
func TestJoinMembersKnowsEveryColumn(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "desk.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var columns []struct{ Table, Column string }
	if err := s.read.Select(&columns, `SELECT m.name AS "table", c.name AS "column" FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' ORDER BY 1, 2`); err != nil {
		t.Fatal(err)
	}
	apart := []string{"audit.member", "identities.member"} // never rewritten; moved one by one
	found := 0
	for _, c := range columns {
		name := c.Table + "." + c.Column
		person := c.Column == "member" || c.Column == "owner" || c.Column == "assignee" || c.Column == "former" || strings.HasSuffix(c.Column, "_by") && c.Column != "claimed_by"
		if !person || slices.Contains(apart, name) {
			continue
		}
		found++
		if !slices.Contains(memberIn, struct{ Table, Column string }{c.Table, c.Column}) {
			t.Errorf("%s names a member, and is not in memberIn: it would keep naming the one who was joined", name)
		}
	}
	if found != len(memberIn) {
		t.Errorf("memberIn has %d columns, the tables have %d", len(memberIn), found)
	}
}
