package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Restore puts a copy that Backup made in the place of a SQLite database that is gone. The copy is verified first, and the
// database is there whole or not at all; see createOwned for whose it is. What is there already is not replaced: neither a database, nor the log of a lost
// one, which SQLite would play into the copy and so destroy it.
func Restore(ctx context.Context, backup, url string) error {
	path, ok := strings.CutPrefix(url, "sqlite://")
	if !ok {
		return errors.New("restore brings back SQLite databases; use pg_restore or psql for PostgreSQL")
	}
	for _, there := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
		if _, err := os.Lstat(there); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is in the way: stop the desk and move it elsewhere, with what else begins with %s", there, path)
		}
	}
	part := path + ".part"
	clear := func() { // what a failure leaves behind, now or before
		for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
			os.Remove(part + suffix)
		}
	}
	clear()
	defer clear()
	if err := copyFile(backup, part); err != nil {
		return fmt.Errorf("copying the backup: %w", err)
	}
	if err := verifyFile(ctx, part); err != nil {
		return fmt.Errorf("%s cannot be restored: %w; name another backup", backup, err)
	}
	if err := skipNumbers(ctx, part); err != nil {
		return fmt.Errorf("preparing the backup: %w", err)
	}
	if err := errors.Join(os.Rename(part, path), syncFolder(path)); err != nil {
		return fmt.Errorf("putting the backup in place: %w", err)
	}
	return nil
}

// skipNumbers leaves out the numbers that the lost database may have given to messages since the backup. They travel with the
// messages, and the platforms still know them: one that is given again would make a new message look like a lost one that is
// there already.
func skipNumbers(ctx context.Context, path string) error {
	s, err := connect(ctx, "sqlite://"+path)
	if err != nil {
		return err
	}
	_, err = s.write.ExecContext(ctx, `INSERT INTO counters (name, value) VALUES ('outbox', 1000000) ON CONFLICT (name) DO UPDATE SET value = counters.value + 1000000`)
	return errors.Join(err, s.Close())
}

// verifyFile reads a database that nobody else has open, and leaves no log beside it.
func verifyFile(ctx context.Context, path string) error {
	s, err := connect(ctx, "sqlite://"+path)
	if err != nil {
		return err
	}
	return errors.Join(s.Verify(ctx), s.Close()) // closing folds the log that opening made back into the file
}

// copyFile copies a file to a new one and brings it onto the disk.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := createOwned(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
