package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"liaison/store"
)

// cluster is the PostgreSQL server of this test binary: given from outside, or private.
var cluster postgresCluster

type postgresCluster struct {
	once sync.Once
	base *url.URL // the server, with its administrative database
	dir  string   // of a private cluster
	bin  string
	db   *sql.DB
	err  error

	templateName string
	creating     sync.Mutex // PostgreSQL copies a template for one at a time
}

// admin gives a connection that may create databases, starting a private cluster the first time.
func (c *postgresCluster) admin() (*sql.DB, error) {
	c.once.Do(func() { c.err = c.start() })
	return c.db, c.err
}

func (c *postgresCluster) start() error {
	given := os.Getenv("LIAISON_TEST_POSTGRES")
	if given == "" {
		var err error
		if given, err = c.startPrivate(); err != nil {
			return err
		}
	}
	var err error
	if c.base, err = url.Parse(given); err != nil {
		return fmt.Errorf("LIAISON_TEST_POSTGRES: %w", err)
	}
	if c.db, err = sql.Open("pgx", c.base.String()); err != nil {
		return err
	}
	if err := c.db.Ping(); err != nil {
		return err
	}
	if c.dir != "" { // ours alone, and thrown away: nothing in it need survive a power cut
		if err := c.setFsync("off"); err != nil {
			return err
		}
	}
	c.templateName = fmt.Sprintf("liaison_%d_template", os.Getpid())
	if _, err := c.db.Exec("CREATE DATABASE " + c.templateName); err != nil {
		return err
	}
	s, err := store.Open(context.Background(), c.url(c.templateName))
	if err != nil {
		return err
	}
	return s.Close()
}

// startPrivate makes and starts a cluster in a temporary folder that listens on a Unix socket there and nowhere else.
func (c *postgresCluster) startPrivate() (string, error) {
	bin, err := serverPrograms()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "liaison-pg-")
	if err != nil {
		return "", err
	}
	c.bin, c.dir = bin, dir
	if uid, gid, ok := otherUser(); ok {
		if err := os.Chown(dir, uid, gid); err != nil {
			return "", err
		}
	}
	if err := c.run("initdb", "-D", c.data(), "-U", "liaison", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"); err != nil {
		return "", err
	}
	if err := c.launch(); err != nil {
		return "", err
	}
	return "postgres://liaison@/postgres?host=" + url.QueryEscape(dir), nil
}

// setFsync says whether what a private cluster commits is on the disk before it says so.
func (c *postgresCluster) setFsync(value string) error {
	if _, err := c.db.Exec("ALTER SYSTEM SET fsync = " + value); err != nil {
		return err
	}
	_, err := c.db.Exec("SELECT pg_reload_conf()")
	return err
}

func (c *postgresCluster) data() string { return filepath.Join(c.dir, "data") }

// launch starts the server on the cluster's data.
func (c *postgresCluster) launch() error {
	settings := fmt.Sprintf("-c listen_addresses='' -c unix_socket_directories='%s' -c max_connections=300 -c shared_buffers=64MB", c.dir)
	return c.run("pg_ctl", "-D", c.data(), "-w", "-o", settings, "-l", filepath.Join(c.dir, "log"), "start")
}

func (c *postgresCluster) stop() {
	if c.db != nil {
		if c.dir == "" && c.templateName != "" {
			c.drop(c.db, c.templateName)
		}
		c.db.Close()
	}
	if c.dir != "" {
		if err := c.run("pg_ctl", "-D", c.data(), "-m", "immediate", "stop"); err != nil {
			fmt.Fprintln(os.Stderr, "stopping the PostgreSQL of the tests:", err)
		}
		os.RemoveAll(c.dir)
	}
}

func (c *postgresCluster) url(name string) string {
	u := *c.base
	u.Path = "/" + name
	return u.String()
}

func (c *postgresCluster) create(db *sql.DB, name string, withTables bool) error {
	template := "template0"
	if withTables {
		template = c.templateName
	}
	c.creating.Lock()
	defer c.creating.Unlock()
	_, err := db.Exec("CREATE DATABASE " + name + " TEMPLATE " + template)
	return err
}

func (c *postgresCluster) drop(db *sql.DB, name string) {
	c.creating.Lock()
	defer c.creating.Unlock()
	if _, err := db.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
		fmt.Fprintln(os.Stderr, "dropping a test database:", err)
	}
}

// run runs a program of the server, not as root: PostgreSQL refuses to be.
func (c *postgresCluster) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(c.bin, program), args...)
	cmd.Dir = c.dir
	var out bytes.Buffer
	cmd.Stderr = &out
	if uid, gid, ok := otherUser(); ok {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, out.String())
	}
	return nil
}

// otherUser is who runs the server when we are root.
func otherUser() (uid, gid int, ok bool) {
	if os.Getuid() != 0 {
		return 0, 0, false
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, _ = strconv.Atoi(u.Uid)
			gid, _ = strconv.Atoi(u.Gid)
			return uid, gid, true
		}
	}
	return 0, 0, false
}

// serverPrograms is the folder of initdb and pg_ctl: Debian's newest, else wherever PATH has both.
func serverPrograms() (string, error) {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	for i := len(folders) - 1; i >= 0; i-- {
		if _, err := os.Stat(filepath.Join(folders[i], "pg_ctl")); err == nil {
			return folders[i], nil
		}
	}
	path, err := exec.LookPath("pg_ctl")
	if err != nil {
		return "", errors.New("the server is not installed (Debian: apt-get install postgresql) and LIAISON_TEST_POSTGRES is not set")
	}
	return filepath.Dir(path), nil
}

// Server is a PostgreSQL server of one test, which may be stopped and started under those who use it.
type Server struct {
	URL     string // of an empty database
	cluster *postgresCluster
}

// StartServer starts a server of the test's own. Without PostgreSQL on the machine the test is skipped; in CI it fails.
func StartServer(t testing.TB) *Server {
	t.Helper()
	s := &Server{cluster: &postgresCluster{}}
	var err error
	if s.URL, err = s.cluster.startPrivate(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("PostgreSQL must be within reach in CI: %v", err)
		}
		t.Skipf("no PostgreSQL within reach: %v", err)
	}
	t.Cleanup(s.cluster.stop)
	return s
}

// Stop ends the server as a crash does: nobody is told, nothing is finished.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if err := s.cluster.run("pg_ctl", "-D", s.cluster.data(), "-m", "immediate", "stop"); err != nil {
		t.Fatal(err)
	}
}

// Start starts the server again, on what it had kept.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.cluster.launch(); err != nil {
		t.Fatal(err)
	}
}
