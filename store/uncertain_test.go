package store_test

import (
	"testing"

	"liaison/agency"
	"liaison/store/storetest"
)

// TestABrokenCommitIsNotCalledUndone: nobody can know what became of a commit whose answer was lost, so nobody is told that
// nothing was changed. What breaks before the commit is known, and said.
func TestABrokenCommitIsNotCalledUndone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		how  int32
		kept bool
	}{{"the database never got it", storetest.BeforeCommit, false}, {"the database carried it out", storetest.AfterCommit, true},
		{"a pooler lost the database", storetest.AfterCommitByPooler, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, cut := storetest.CutPostgres(t)
			write := func(name string) error {
				return s.Write(t.Context(), func(tx agency.Tx) error {
					_, err := tx.InsertMember(name, agency.Identity{Platform: agency.Slack, Workspace: "T1", User: name}, 1)
					return err
				})
			}
			if err := write("U1"); err != nil {
				t.Fatal(err)
			}
			cut.Commits(c.how, 1)
			if err := write("U2"); agency.CodeOf(err) != agency.CodeUncertain {
				t.Errorf("a commit whose answer was lost ended with %v", err)
			}
			if cut.Broken.Load() != 1 {
				t.Fatalf("%d commits were broken", cut.Broken.Load())
			}
			var known bool
			err := s.Read(t.Context(), func(tx agency.Tx) (err error) {
				_, known, err = tx.MemberByIdentity(agency.Identity{Platform: agency.Slack, Workspace: "T1", User: "U2"})
				return err
			})
			if err != nil || known != c.kept {
				t.Errorf("known %v, %v; want %v", known, err, c.kept)
			}
			if err := write("U3"); err != nil {
				t.Errorf("the next one: %v", err)
			}
		})
	}
}
