package main

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"liaison/store/storetest"
)

// listening has a program listen on a free address, for those that do not serve yet and so do not say where they listen.
func listening(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer free.Close()
	cmd.Env = append(cmd.Env, "LIAISON_LISTEN="+free.Addr().String())
	return free.Addr().String()
}

// waits is a program that is started before its database, once it has said so.
func waits(t *testing.T, w *workplace, db string) *program {
	t.Helper()
	cmd := serving(w, db)
	address := listening(t, cmd)
	p := launch(t, cmd)
	p.address = address
	p.await("its saying that it waits", func() bool { return strings.Contains(p.said(), "waiting for the database") })
	return p
}

// TestTheDatabaseComesAfterTheDesk starts the desk while PostgreSQL is down, as at the boot of two machines. It lives, says what
// it lacks, and serves by itself once the database is there.
func TestTheDatabaseComesAfterTheDesk(t *testing.T) {
	t.Parallel()
	server := storetest.StartServer(t)
	w := newWorkplace(t, nil)
	giveRoles(t, server.URL)
	server.Stop(t)
	p := waits(t, w, server.URL)
	if status, body := p.get("/healthz"); status != http.StatusOK {
		t.Errorf("while it waits /healthz answers %d: %s", status, body)
	}
	p.unready("tables: not open yet")
	if _, body := p.get("/readyz"); !strings.Contains(body, "records: not open yet: ") || !strings.Contains(body, "connect: ") {
		t.Errorf("/readyz does not say why:\n%s", body)
	}
	time.Sleep(4 * time.Second)
	if n := strings.Count(p.said(), "waiting for the database"); n > 2 {
		t.Errorf("in four seconds it has said %d times that it waits", n)
	}
	server.Start(t)
	p.ready()
	must(t, w.Command("U0SOL", "C0ONBOARD", `/seller onboard "After" US Beauty`))
	p.stops()
}

// TestWaitingIsSaidSeldom has a desk ask every five seconds for two hours.
func TestWaitingIsSaidSeldom(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	told := sayWaiting(slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now })
	for range 2 * 60 * 60 / 5 {
		told(errors.New("nobody is there"))
		now = now.Add(5 * time.Second)
	}
	if lines := strings.Count(log.String(), "\n"); lines < 12 || lines > 20 || !strings.Contains(log.String(), "for=1h") {
		t.Errorf("in two hours it says it %d times:\n%s", lines, log.String())
	}
}

// TestWaitingForTheDatabaseIsStopped tells a desk to stop that has no database yet.
func TestWaitingForTheDatabaseIsStopped(t *testing.T) {
	t.Parallel()
	server := storetest.StartServer(t)
	server.Stop(t)
	p := waits(t, newWorkplace(t, nil), server.URL)
	p.stops()
}

// TestWhatWaitingCannotMendEndsTheStart has the desk refuse at once what no database will answer otherwise in a minute.
func TestWhatWaitingCannotMendEndsTheStart(t *testing.T) {
	t.Parallel()
	server := storetest.StartServer(t)
	w := newWorkplace(t, nil)
	for _, c := range []struct {
		name, db string
		code     int
		says     string
	}{
		{"an unknown database", strings.Replace(server.URL, "/postgres?", "/nowhere?", 1), 1, `database "nowhere" does not exist`},
		{"an address that is none", "postgres://liaison:sesame@host:port/db", 2, "LIAISON_DB"},
		{"another kind of database", "mysql://liaison:sesame@host/db", 2, "LIAISON_DB"},
		{"no kind of database", "desk.db", 2, "LIAISON_DB"},
		{"no file", "sqlite://", 2, "LIAISON_DB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cmd := serving(w, c.db)
			listening(t, cmd)
			began := time.Now()
			p := launch(t, cmd)
			p.fails(c.code, c.says)
			if took := time.Since(began); took > 10*time.Second || strings.Contains(p.said(), "sesame") {
				t.Errorf("after %s it said:\n%s", took, p.said())
			}
		})
	}
}

// TestTheUnitOutlastsHalfAnHour: what ends the desk again and again for half an hour at boot does not leave it down, and what
// ends it for good does not use up the thousand sessions that Discord gives a bot in a day.
func TestTheUnitOutlastsHalfAnHour(t *testing.T) {
	t.Parallel()
	u := readUnit(t, "liaison.service")
	number := func(key string) int {
		n, err := strconv.Atoi(u[key][0])
		must(t, err)
		return n
	}
	pause, burst, within := number("RestartSec"), number("StartLimitBurst"), number("StartLimitIntervalSec")
	if lasts := time.Duration(pause*burst) * time.Second; lasts < 30*time.Minute || pause > 10 {
		t.Errorf("it is started again for %s, every %d s", lasts, pause)
	}
	if burst > 500 || pause*burst > within {
		t.Errorf("what fails for good is started %d times in %d s and never given up", burst, within)
	}
	if u["RestartPreventExitStatus"] == nil || u["RestartPreventExitStatus"][0] != "2" {
		t.Error("a wrong setting is tried again")
	}
}

// TestAFaultOfTheRuntimeIsNotAWrongSetting ends a desk as a panic would: the unit starts it again.
func TestAFaultOfTheRuntimeIsNotAWrongSetting(t *testing.T) {
	t.Parallel()
	p := serve(t, newWorkplace(t, nil), "sqlite://"+filepath.Join(t.TempDir(), "desk.db"))
	must(t, p.cmd.Process.Signal(syscall.SIGQUIT))
	p.fails(-1, "goroutine ") // -1: by a signal
}

// TestOneServesAFile starts a second desk on the records of one that runs: it is refused in a sentence, whatever name it has for
// the file. What is not serving works beside the first, and a desk that was killed keeps nobody out.
func TestOneServesAFile(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, nil)
	folder := t.TempDir()
	path := filepath.Join(folder, "desk.db")
	first := serve(t, w, "sqlite://"+path)
	linked := filepath.Join(t.TempDir(), "linked.db")
	must(t, os.Symlink(path, linked))
	for _, name := range []string{path, linked} {
		launch(t, serving(w, "sqlite://"+name)).fails(1, "liaison: Another `liaison serve` has "+path)
	}
	must(t, w.Command("U0SOL", "C0ONBOARD", `/seller onboard "Glow" US Beauty`))
	url := "sqlite://" + path
	liaison(t, 0, "--db", url, "import", "sellers", "docs/templates/sellers.csv", "--yes")
	liaison(t, 0, "--db", url, "backup", filepath.Join(folder, "copy.db"))
	liaison(t, 0, "--db", url, "verify")
	liaison(t, 0, "--db", url, "migrate")
	must(t, first.cmd.Process.Kill())
	<-first.done
	for range 2 { // after a kill, and after a stop
		next := start(t, serving(w, url))
		next.ready()
		next.stops()
	}
}

// TestManyServeOnPostgreSQL starts two desks on one database.
func TestManyServeOnPostgreSQL(t *testing.T) {
	t.Parallel()
	server := storetest.StartServer(t)
	w := newWorkplace(t, nil)
	first, second := serve(t, w, server.URL), start(t, serving(w, server.URL))
	second.ready()
	first.stops()
	second.stops()
}
