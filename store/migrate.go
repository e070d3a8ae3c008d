package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the tables up to date: numbered files, forward only, a transaction each. Several processes may start at
// once: they take turns, by a lock of the session on PostgreSQL and of a file beside the database on SQLite.
func (s *Store) Migrate(ctx context.Context) error {
	if s.dialect.name != postgres.name {
		unlock, err := lockFile(s.path + ".migrate")
		if err != nil {
			return fmt.Errorf("locking the migrations: %w", err)
		}
		defer unlock()
		return s.migrate(ctx)
	}
	if s.migrated(ctx) {
		return nil
	}
	locker, err := s.locker(ctx)
	if err != nil {
		return fmt.Errorf("locking the migrations: %w", err)
	}
	return s.migrate(ctx, goose.WithSessionLocker(locker))
}

// locker is PostgreSQL's lock of the migrations.
func (s *Store) locker(ctx context.Context) (lock.SessionLocker, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return nil, err
	}
	limits, err := knownLimits(ctx, s.write, append(slices.Clone(s.dialect.limits), limit{"idle_session_timeout", longestPause}))
	return limited{locker, limits}, err
}

// limited is a lock whose session the server ends when whoever has it is gone: a table that is being changed would else be
// locked for everybody.
type limited struct {
	lock.SessionLocker
	limits []limit
}

// SessionLock limits the session and takes the lock.
func (l limited) SessionLock(ctx context.Context, conn *sql.Conn) error {
	for _, limit := range l.limits {
		if _, err := conn.ExecContext(ctx, "SET "+limit.words()); err != nil {
			return err
		}
	}
	return l.SessionLocker.SessionLock(ctx, conn)
}

// SessionUnlock gives the lock back, and the session as it was.
func (l limited) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	err := l.SessionLocker.SessionUnlock(ctx, conn)
	for _, limit := range l.limits {
		_, reset := conn.ExecContext(ctx, "RESET "+limit.setting)
		err = errors.Join(err, reset)
	}
	return err
}

// migrated says whether nothing is to be done, without a lock: behind a pooler that lends a server's session for one
// transaction the lock could be left in a session that nobody has, so only the one start that needs it takes it.
func (s *Store) migrated(ctx context.Context) bool {
	provider, err := s.migrations()
	if err != nil {
		return false
	}
	pending, err := provider.HasPending(ctx)
	return err == nil && !pending
}

func (s *Store) migrate(ctx context.Context, options ...goose.ProviderOption) error {
	provider, err := s.migrations(options...)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	_, err = provider.Up(ctx)
	switch {
	case err == nil:
		return nil
	case s.dialect.diskFailed(err):
		return &DiskFailed{err}
	}
	return fmt.Errorf("bringing the tables up to date: %w", err)
}

// migrations are the files that both databases run, and those that are for one alone: "0007_few_pages.sqlite.sql".
func (s *Store) migrations(options ...goose.ProviderOption) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	others, err := fs.Glob(files, "*.*.sql")
	if err != nil {
		return nil, err
	}
	own := "." + s.dialect.name + ".sql"
	others = slices.DeleteFunc(others, func(name string) bool { return strings.HasSuffix(name, own) })
	options = append(options, goose.WithSlog(slog.New(slog.DiscardHandler)), goose.WithExcludeNames(others))
	return goose.NewProvider(s.dialect.goose, s.write.DB, files, options...)
}

// lockFile takes an exclusive lock on a file. The file stays when the lock is given back: a lock on a file that somebody
// else removes and makes anew would hold nobody.
func lockFile(path string) (unlock func(), err error) {
	f, err := openLock(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// openLock opens the file of a lock, or makes it.
func openLock(path string) (*os.File, error) {
	f, err := createOwned(path)
	if errors.Is(err, fs.ErrExist) {
		f, err = os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be made or opened (%w). Its folder must be there, and both must belong to the user that runs the desk", path, err)
	}
	return f, nil
}
