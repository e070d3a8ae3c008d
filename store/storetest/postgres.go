package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

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
