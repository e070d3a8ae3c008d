package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"liaison/store"
	"liaison/store/cluster"
)

// server is the PostgreSQL of this test binary, with a migrated database that fresh stores are copies of.
var server postgresServer

type postgresServer struct {
	once     sync.Once
	cluster  *cluster.Cluster
	template string
	err      error
}

// get starts the server the first time.
func (s *postgresServer) get() (*cluster.Cluster, error) {
	s.once.Do(func() { s.err = s.start() })
	return s.cluster, s.err
}

func (s *postgresServer) start() error {
	var err error
	if s.cluster, err = cluster.Start(); err != nil {
		return err
	}
	s.template = fmt.Sprintf("liaison_%d_template", os.Getpid())
	if err := s.cluster.Create(s.template, "template0"); err != nil {
		return err
	}
	migrated, err := store.Open(context.Background(), s.cluster.URL(s.template))
	if err != nil {
		return err
	}
	return migrated.Close()
}

func (s *postgresServer) stop() {
	if s.cluster == nil {
		return
	}
	if err := errors.Join(s.cluster.Drop(s.template), s.cluster.Stop()); err != nil {
		fmt.Fprintln(os.Stderr, "stopping the PostgreSQL of the tests:", err)
	}
}

func (s *postgresServer) drop(name string) {
	if err := s.cluster.Drop(name); err != nil {
		fmt.Fprintln(os.Stderr, "dropping a test database:", err)
	}
}

// Server is a PostgreSQL server of one test, which may be stopped and started under those who use it.
type Server struct {
	URL     string // of an empty database
	cluster *cluster.Cluster
}

// StartServer starts a server of the test's own. Without PostgreSQL on the machine the test is skipped; in CI it fails.
func StartServer(t testing.TB) *Server {
	t.Helper()
	own, url, err := cluster.Private()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("PostgreSQL must be within reach in CI: %v", err)
		}
		t.Skipf("no PostgreSQL within reach: %v", err)
	}
	t.Cleanup(func() {
		if err := own.Stop(); err != nil {
			t.Errorf("stopping PostgreSQL: %v", err)
		}
	})
	return &Server{URL: url, cluster: own}
}

// Stop ends the server as a crash does: nobody is told, nothing is finished.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if err := s.cluster.Halt(); err != nil {
		t.Fatal(err)
	}
}

// Start starts the server again, on what it had kept.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.cluster.Launch(); err != nil {
		t.Fatal(err)
	}
}

// Standby is a second server that has what the first has committed.
type Standby struct {
	URL     string // of whichever of the two takes writes
	cluster *cluster.Cluster
}

// Standby starts a synchronous standby of the server.
func (s *Server) Standby(t testing.TB) *Standby {
	t.Helper()
	standby, url, err := s.cluster.Standby()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := standby.Stop(); err != nil {
			t.Errorf("stopping the standby: %v", err)
		}
	})
	return &Standby{URL: url, cluster: standby}
}

// Order sends the server a statement, as its administrator does.
func (s *Server) Order(t testing.TB, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// Promote has the standby take the place of a server that is gone.
func (s *Standby) Promote(t testing.TB) {
	t.Helper()
	if err := s.cluster.Promote(); err != nil {
		t.Fatal(err)
	}
}
