// Package storetest opens a fresh, migrated store in every database within reach: SQLite always, PostgreSQL where its
// server is installed (a private cluster in a temporary folder) or LIAISON_TEST_POSTGRES names one. In CI a database that
// is not within reach is a failure.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"liaison/store"
)

// databases is every kind of database that tests run on.
var databases = []struct {
	name string
	open func(testing.TB) *store.Store
}{
	{"sqlite", SQLite},
	{"postgres", Postgres},
}

// Main runs a package's tests and stops what they started. A package that uses Each or Postgres says
// `func TestMain(m *testing.M) { storetest.Main(m) }`.
func Main(m *testing.M) {
	code := m.Run()
	server.stop()
	os.Exit(code)
}

// Each runs a test on a fresh store of every database within reach.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	for _, db := range databases {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			test(t, db.open(t))
		})
	}
}

// EachEmpty runs a test on the address of a database without tables, of every kind within reach.
func EachEmpty(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	for name, url := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return "sqlite://" + filepath.Join(t.TempDir(), "desk.db") },
		"postgres": func(t testing.TB) string { return postgresCopy(t, empty) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, url(t))
		})
	}
}

// template is a migrated SQLite file that fresh stores are copies of.
var template struct {
	once  sync.Once
	bytes []byte
	err   error
}

// SQLite opens a fresh store in a file of the test's own folder.
func SQLite(t testing.TB) *store.Store {
	t.Helper()
	return sqliteIn(t, t.TempDir())
}

func sqliteIn(t testing.TB, dir string) *store.Store {
	t.Helper()
	template.once.Do(func() { template.bytes, template.err = migratedFile() })
	if template.err != nil {
		t.Fatalf("making the SQLite template: %v", template.err)
	}
	path := filepath.Join(dir, "desk.db")
	if err := os.WriteFile(path, template.bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, "sqlite://"+path)
}

// Quick is SQLite on a disk that is waited for by nobody, where the system has memory to put files into: for tests that commit
// tens of thousands of times.
func Quick(t testing.TB) *store.Store {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "liaison-")
	if err != nil {
		return SQLite(t)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return sqliteIn(t, dir)
}

func migratedFile() ([]byte, error) {
	dir, err := os.MkdirTemp("", "liaison-sqlite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	s, err := store.Open(context.Background(), "sqlite://"+path)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil { // closing the last connection folds the WAL into the file
		return nil, err
	}
	return os.ReadFile(path)
}

var postgresNumber atomic.Int64

// Postgres opens a fresh store in a database of its own, copied from a migrated template. Without a server within reach
// the test is skipped; in CI it fails.
func Postgres(t testing.TB) *store.Store {
	t.Helper()
	return open(t, postgresCopy(t, migrated))
}

// DurablePostgres gives the address of a database without tables whose commits are on the disk before they are
// acknowledged, for measurements; the tests' own server saves itself that.
func DurablePostgres(t testing.TB) string {
	t.Helper()
	url := postgresCopy(t, empty)
	if err := server.cluster.SetFsync(true); err != nil {
		t.Fatal(err)
	}
	return url
}

// Replicas opens a fresh PostgreSQL database so many times, as the replicas of a desk would. See Postgres.
func Replicas(t testing.TB, n int) []*store.Store {
	t.Helper()
	url := postgresCopy(t, migrated)
	all := make([]*store.Store, n)
	for i := range all {
		all[i] = open(t, url)
	}
	return all
}

// Beside opens a fresh PostgreSQL store, and a pool of somebody who is no desk on the same database. See Postgres.
func Beside(t testing.TB) (*store.Store, *sql.DB) {
	t.Helper()
	url := postgresCopy(t, migrated)
	other, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	return open(t, url), other
}

// What a database of a test begins as.
const (
	migrated = true
	empty    = false
)

// postgresCopy makes a database of the test's own and gives its address.
func postgresCopy(t testing.TB, withTables bool) string {
	t.Helper()
	pg, err := server.get()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("PostgreSQL must be within reach in CI: %v", err)
		}
		t.Skipf("no PostgreSQL within reach: %v", err)
	}
	name := fmt.Sprintf("liaison_%d_%d", os.Getpid(), postgresNumber.Add(1))
	template := "template0"
	if withTables {
		template = server.template
	}
	if err := pg.Create(name, template); err != nil {
		t.Fatalf("creating a database: %v", err)
	}
	t.Cleanup(func() { server.drop(name) })
	return pg.URL(name)
}

func open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Connect(context.Background(), url)
	if err != nil {
		t.Fatalf("opening %s: %v", url, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return s
}
