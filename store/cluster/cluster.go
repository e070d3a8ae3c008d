// Package cluster gives a PostgreSQL server to those who try the desk out on one: the server that LIAISON_TEST_POSTGRES
// names, else a private one in a temporary folder that listens on a Unix socket there and nowhere else.
package cluster

import (
	"bytes"
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

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Cluster is a running PostgreSQL server.
type Cluster struct {
	base     *url.URL // the server, with its administrative database
	dir      string   // of a private server
	bin      string
	db       *sql.DB
	creating sync.Mutex // PostgreSQL copies a template for one at a time
}

// Start connects to the server that LIAISON_TEST_POSTGRES names, or makes and starts a private one. It fails where
// neither is within reach. A private server runs without fsync: it outlives the desk's process, not the machine.
func Start() (*Cluster, error) {
	c := &Cluster{}
	if err := c.start(); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *Cluster) start() error {
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
	if err := c.db.Ping(); err != nil || c.dir == "" {
		return err
	}
	return c.SetFsync(false) // ours alone, and thrown away: nothing in it need survive a power cut
}

// SetFsync says whether what a private server commits is on the disk before it says so; somebody's own stays as they have
// set it.
func (c *Cluster) SetFsync(on bool) error {
	if c.dir == "" {
		return nil
	}
	value := map[bool]string{true: "on", false: "off"}[on]
	if _, err := c.db.Exec("ALTER SYSTEM SET fsync = " + value); err != nil {
		return err
	}
	_, err := c.db.Exec("SELECT pg_reload_conf()")
	return err
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// Launch starts a private server on its data: the first time, or after Halt.
func (c *Cluster) Launch() error {
	settings := fmt.Sprintf("-c listen_addresses='' -c unix_socket_directories='%s' -c max_connections=300 -c shared_buffers=64MB", c.dir)
	return c.run("pg_ctl", "-D", c.data(), "-w", "-o", settings, "-l", filepath.Join(c.dir, "log"), "start")
}

// Halt ends a private server as a crash does: nobody is told, nothing is finished.
func (c *Cluster) Halt() error { return c.run("pg_ctl", "-D", c.data(), "-m", "immediate", "stop") }

// Private makes and starts a server of one's own, whatever LIAISON_TEST_POSTGRES says, and gives the address of its first,
// empty database.
func Private() (c *Cluster, url string, err error) {
	c = &Cluster{}
	if url, err = c.startPrivate(); err != nil {
		return nil, "", errors.Join(err, c.Stop())
	}
	return c, url, nil
}

// Standby makes and starts a copy of a private server that follows it, and has the first acknowledge a commit when both
// have it (synchronous_standby_names). The address leads to whichever of the two takes writes.
func (c *Cluster) Standby() (standby *Cluster, url string, err error) {
	standby = &Cluster{}
	if err := standby.follow(c); err != nil {
		return nil, "", errors.Join(err, standby.Stop())
	}
	return standby, c.socket() + "," + standby.dir + "&target_session_attrs=read-write", nil
}

func (c *Cluster) follow(first *Cluster) error {
	if err := c.makeFolder(); err != nil {
		return err
	}
	copied := []string{"-h", first.dir, "-U", "liaison", "-D", c.data(), "-R", "--no-sync", "-X", "stream", "-c", "fast"}
	if err := c.run("pg_basebackup", copied...); err != nil {
		return err
	}
	if err := c.Launch(); err != nil {
		return err
	}
	db, err := sql.Open("pgx", first.socket())
	if err != nil {
		return err
	}
	defer db.Close()
	for _, order := range []string{"ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"} {
		if _, err := db.Exec(order); err != nil {
			return err
		}
	}
	return nil
}

// Promote ends a standby's following: it takes writes.
func (c *Cluster) Promote() error { return c.run("pg_ctl", "-D", c.data(), "-w", "promote") }

// makeFolder finds the server's programs and makes the folder of its data.
func (c *Cluster) makeFolder() error {
	bin, err := serverPrograms()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "liaison-pg-")
	if err != nil {
		return err
	}
	c.bin, c.dir = bin, dir
	if uid, gid, ok := otherUser(); ok {
		return os.Chown(dir, uid, gid)
	}
	return nil
}

// socket is the address of a private server's first database.
func (c *Cluster) socket() string {
	return "postgres://liaison@/postgres?host=" + url.QueryEscape(c.dir)
}

func (c *Cluster) startPrivate() (string, error) {
	if err := c.makeFolder(); err != nil {
		return "", err
	}
	if err := c.run("initdb", "-D", c.data(), "-U", "liaison", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"); err != nil {
		return "", err
	}
	if err := c.Launch(); err != nil {
		return "", err
	}
	return c.socket(), nil
}

// Stop closes the connection and, where the server is private, ends it and removes its folder.
func (c *Cluster) Stop() error {
	var err error
	if c.db != nil {
		err = c.db.Close()
	}
	if c.dir == "" {
		return err
	}
	if _, running := os.Stat(filepath.Join(c.dir, "data", "postmaster.pid")); running == nil {
		if stop := c.Halt(); stop != nil {
			err = errors.Join(err, fmt.Errorf("stopping PostgreSQL: %w", stop))
		}
	}
	return errors.Join(err, os.RemoveAll(c.dir))
}

// URL is the address of one of the server's databases.
func (c *Cluster) URL(name string) string {
	u := *c.base
	u.Path = "/" + name
	return u.String()
}

// Create makes a database as a copy of another, "template0" for an empty one.
func (c *Cluster) Create(name, template string) error {
	c.creating.Lock()
	defer c.creating.Unlock()
	_, err := c.db.Exec("CREATE DATABASE " + name + " TEMPLATE " + template)
	return err
}

// Drop removes a database, whoever is connected to it.
func (c *Cluster) Drop(name string) error {
	c.creating.Lock()
	defer c.creating.Unlock()
	_, err := c.db.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
	return err
}

// run runs a program of the server, not as root: PostgreSQL refuses to be.
func (c *Cluster) run(program string, args ...string) error {
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
