package store_test

import (
	"path/filepath"
	"testing"

	"liaison/store"
	"liaison/store/storetest"
)

func TestARestoredDatabaseGivesNoMessageAnOldNumber(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	dir := t.TempDir()
	enqueue(t, s, says("one"))
	d := claim(t, s, "one", noon)
	if _, err := s.OutgoingSent(t.Context(), d, "m1", noon); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), filepath.Join(dir, "b.db")); err != nil {
		t.Fatal(err)
	}
	enqueue(t, s, says("said after the backup"))
	lost := claim(t, s, "one", noon)
	url := "sqlite://" + filepath.Join(dir, "new.db")
	if err := store.Restore(t.Context(), filepath.Join(dir, "b.db"), url); err != nil {
		t.Fatal(err)
	}
	r, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	enqueue(t, r, says("said after the restore"))
	if again := claim(t, r, "one", noon); again.ID == lost.ID {
		t.Errorf("row %d is given to another message: Discord's nonce and Slack's metadata of the lost one name it", again.ID)
	}
}
