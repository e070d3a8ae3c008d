package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// createOwned makes a new file that only its owner may read. What root makes is given to whoever owns the folder, which is the
// desk's own user: it could not open it else. Nothing that is there is opened, so no link leads root elsewhere.
func createOwned(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil || os.Geteuid() != 0 {
		return f, err
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if owner, ok := folder.Sys().(*syscall.Stat_t); ok {
		err = f.Chown(int(owner.Uid), int(owner.Gid))
	}
	if err != nil && !errors.Is(err, fs.ErrPermission) { // a root who may not, in a container, has no desk of another user either
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
