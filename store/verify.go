package store

import (
	"context"
	"fmt"
	"strings"
)

// Verify reads the whole database and says what is damaged in it. PostgreSQL checks its pages itself; there it only answers.
func (s *Store) Verify(ctx context.Context) error {
	if s.dialect.name != sqlite.name {
		return s.Ping(ctx)
	}
	var faults []string
	if err := s.read.SelectContext(ctx, &faults, "PRAGMA integrity_check(10)"); err != nil {
		return fmt.Errorf("the database cannot be read whole; put a backup in its place: %w", err)
	}
	if len(faults) != 1 || faults[0] != "ok" {
		return fmt.Errorf("the database is damaged; put a backup in its place: %s", strings.Join(faults, "; "))
	}
	var orphans []struct {
		Table  string
		Rowid  *int64
		Parent string
		Fkid   int
	}
	if err := s.read.SelectContext(ctx, &orphans, "PRAGMA foreign_key_check"); err != nil {
		return fmt.Errorf("the database cannot be read whole; put a backup in its place: %w", err)
	}
	if len(orphans) > 0 {
		return fmt.Errorf("the database is damaged; put a backup in its place: %d rows of %s and others point to nothing", len(orphans), orphans[0].Table)
	}
	return nil
}
