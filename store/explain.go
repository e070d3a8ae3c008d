package store

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// explain names the file that SQLite could not open, and says what to do: SQLite's own words do neither.
func (s *Store) explain(err error) error {
	var e sqlite3.Error
	if s.dialect.name != sqlite.name || !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case sqlite3.ErrNotADB, sqlite3.ErrCorrupt:
		return fmt.Errorf("%s is not a database, or it is damaged. Set LIAISON_DB to the desk's file, or put a backup in its place. (%w)", s.path, err)
	case sqlite3.ErrCantOpen:
		return fmt.Errorf("%s cannot be opened (%w). Its folder must be there, and both must belong to the user that runs the desk", s.path, why(e))
	case sqlite3.ErrReadonly:
		return s.readOnlyFile(err)
	}
	return err
}

// why is what the system said, where it said something.
func why(e sqlite3.Error) error {
	if e.SystemErrno != 0 {
		return e.SystemErrno
	}
	return e
}

func (s *Store) readOnlyFile(err error) error {
	return fmt.Errorf("%s can be read but not written (%w). It and its folder must belong to the user that runs the desk, on a disk that takes writes", s.path, err)
}

// mayWrite asserts that the file can be written. SQLite opens one that cannot be, and says so at the first press.
func (s *Store) mayWrite() error {
	if s.dialect.name != sqlite.name {
		return nil
	}
	const writing = 2 // W_OK
	if err := syscall.Access(s.path, writing); err != nil {
		return s.readOnlyFile(err)
	}
	return nil
}
