package store

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Backup copies a SQLite database to a new file, as of one instant, while others read and write it. PostgreSQL has its
// own tools for that.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.dialect.name != sqlite.name {
		return errors.New("backup copies SQLite databases; use pg_dump for PostgreSQL")
	}
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%s is there already; name a new file", path)
	}
	if _, err := s.read.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return fmt.Errorf("copying the database: %w", err)
	}
	return nil
}
