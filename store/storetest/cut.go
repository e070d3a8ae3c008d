package storetest

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"liaison/store"
)

// Cut is a way to PostgreSQL that breaks at a commit.
type Cut struct {
	next     atomic.Int32 // how the coming commits break
	left     atomic.Int32 // and how many of them
	Broken   atomic.Int32 // how many did
	upstream func() (net.Conn, error)
}

// How a commit breaks: before the database gets it, so that nothing is kept; or behind it, so that all is kept and nobody
// is told; or so that somebody between says that the connection to the database broke, as PgBouncer does.
const (
	BeforeCommit int32 = iota
	AfterCommit
	AfterCommitByPooler
)

// poolerWord is what PgBouncer says when it has lost the database: an ErrorResponse of the protocol.
func poolerWord() []byte {
	const body = "SFATAL\x00VFATAL\x00C08P01\x00Mserver conn crashed?\x00\x00"
	return append([]byte{'E', 0, 0, 0, byte(4 + len(body))}, body...)
}

// CutPostgres opens a fresh store in PostgreSQL over a connection that can be broken at a commit. See Postgres.
func CutPostgres(t testing.TB) (*store.Store, *Cut) {
	t.Helper()
	address := postgresCopy(t, migrated)
	config, err := pgconn.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	network, at := pgconn.NetworkAddress(config.Host, config.Port)
	c := &Cut{upstream: func() (net.Conn, error) { return net.Dial(network, at) }} //nolint:noctx // it ends with the connection
	dir := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL."+strconv.Itoa(int(config.Port)))) //nolint:noctx // closed by the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go c.carry(conn)
		}
	}()
	through, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	through.Host = ""
	query := through.Query()
	query.Set("host", dir)
	query.Set("port", strconv.Itoa(int(config.Port)))
	through.RawQuery = query.Encode()
	return open(t, through.String()), c
}

// Commits lets so many of the coming commits break.
func (c *Cut) Commits(how int32, many int32) {
	c.next.Store(how)
	c.left.Store(many)
}

// carry is one connection.
func (c *Cut) carry(client net.Conn) {
	defer client.Close()
	server, err := c.upstream()
	if err != nil {
		return
	}
	defer server.Close()
	var silent atomic.Bool // what the server says no longer arrives
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer client.Close()
		buffer := make([]byte, 32<<10)
		for {
			n, err := server.Read(buffer)
			if err != nil || silent.Load() { // it has answered the commit: nobody is told
				if err == nil && c.next.Load() == AfterCommitByPooler {
					_, _ = client.Write(poolerWord())
				}
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			break
		}
		if bytes.Contains(buffer[:n], []byte("COMMIT\x00")) && c.left.Add(-1) >= 0 {
			c.Broken.Add(1)
			if c.next.Load() == BeforeCommit {
				break
			}
			silent.Store(true)
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			break
		}
	}
	if closer, ok := server.(interface{ CloseWrite() error }); ok {
		_ = closer.CloseWrite()
	}
	client.Close()
	_, _ = io.Copy(io.Discard, server)
	<-done
}
