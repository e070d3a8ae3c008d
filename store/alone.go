package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"

	"liaison/agency"
)

// Alone lets one process serve a SQLite database, until leave or the end of the process: the system gives the lock back, however
// that ends. Others may still read it, write to it and copy it. Databases in PostgreSQL are for many.
func Alone(url string) (leave func(), err error) {
	path, ok := strings.CutPrefix(url, "sqlite://")
	if !ok || path == "" {
		return func() {}, nil
	}
	if real, err := filepath.EvalSymlinks(path); err == nil { // by whatever name, it is one file
		path = real
	}
	f, err := openLock(path + ".serve")
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		f.Close()
		return nil, agency.Conflict("Another `liaison serve` has %s. Stop that first; several share their records in PostgreSQL.", path)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("locking the database: %w", err)
	}
	return func() { f.Close() }, nil
}
