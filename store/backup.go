package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup copies a SQLite database to a new file that only its owner may read, as of one instant, while others read and
// write it. When it returns, the copy is on the disk; until then nothing has its name. PostgreSQL has its own tools for that.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.dialect.name != sqlite.name {
		return errors.New("backup copies SQLite databases; use pg_dump for PostgreSQL")
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already; name a new file", path)
	}
	part := path + ".part"
	os.Remove(part) // of one that was killed
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("the copy cannot be made there: %w; name a folder that is there and can be written to", err)
	}
	if err := errors.Join(s.copyInto(ctx, part), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("copying the database: %w", errors.Join(err, os.Remove(part)))
	}
	if err := errors.Join(os.Rename(part, path), syncFolder(path)); err != nil {
		return fmt.Errorf("putting the copy in place: %w", err)
	}
	return nil
}

// syncFolder brings a new file's name onto the disk: syncing the file keeps what is in it, not that it is there.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// copyInto copies the database into an empty file. It has a connection of its own: those that read may not write, not even
// elsewhere, and the one that writes is not to be kept waiting.
func (s *Store) copyInto(ctx context.Context, path string) error {
	own, readers, err := openSQLite(s.path)
	if err != nil {
		return err
	}
	if _, err = own.ExecContext(ctx, fmt.Sprintf("PRAGMA page_size = %d", sqlitePage)); err == nil { // that of the copy
		_, err = own.ExecContext(ctx, "VACUUM INTO ?", path)
	}
	return errors.Join(err, own.Close(), readers.Close())
}
