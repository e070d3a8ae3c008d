package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

func TestARestoredDatabaseGivesNoMessageAnOldNumber(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	enqueue(t, s, says("one"))
	d := claim(t, s, "one", noon)
	if _, err := s.OutgoingSent(t.Context(), d, "m1", noon); err != nil {
		t.Fatal(err)
	}
	loseAndRestore(t, s)
}

// TestABackupWithoutMessagesLeavesNumbersOutToo: nothing had been said when the backup was made, so nothing had been counted.
func TestABackupWithoutMessagesLeavesNumbersOutToo(t *testing.T) {
	t.Parallel()
	loseAndRestore(t, storetest.SQLite(t))
}

// loseAndRestore says something after a backup, loses it, and says something else with what was restored.
func loseAndRestore(t *testing.T, s *store.Store) {
	t.Helper()
	dir := t.TempDir()
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
		t.Errorf("row %d is given to another message: what travels with the lost one names it", again.ID)
	}
}

// met opens a database and records people in it.
func met(t *testing.T, path string, names ...string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		write(t, s, func(tx agency.Tx) error {
			_, err := tx.InsertMember(name, agency.Identity{Platform: agency.Slack, Workspace: "T1", User: name}, 1)
			return err
		})
	}
	return s
}

// TestARestoreThatWasKilledDoesNotSpoilTheNext: the log that it left beside its copy belongs to another backup.
func TestARestoreThatWasKilledDoesNotSpoilTheNext(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	s := met(t, at("old.db"), "old")
	log, err := os.ReadFile(at("old.db-wal"))
	if err != nil || len(log) == 0 {
		t.Fatal(err, len(log))
	}
	s.Close()
	s = met(t, at("new.db"), "a", "b", "c")
	if err := s.Backup(t.Context(), at("backup.db")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	for _, left := range []string{"desk.db.part-wal", "desk.db.part-journal"} {
		if err := os.WriteFile(at(left), log, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Restore(t.Context(), at("backup.db"), "sqlite://"+at("desk.db")); err != nil {
		t.Fatalf("a good backup is refused: %v", err)
	}
	s = met(t, at("desk.db"))
	defer s.Close()
	err = s.Read(t.Context(), func(tx agency.Tx) error {
		list, err := tx.Members()
		if len(list) != 3 {
			t.Errorf("restored %d people of 3: %v", len(list), list)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
