package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot/sandbox"
)

// asProgram tells this test binary to be the program: its own main, in a process of its own, with -race where the tests
// have it.
const asProgram = "LIAISON_TEST_AS_PROGRAM"

// patience is how long a test waits for what must come, however busy the machine is.
const patience = 30 * time.Second

// workplace is a Slack-compatible workspace in this process, with the cast of the demo.
type workplace struct {
	*sandbox.Workspace
	api string
}

func newWorkplace(t *testing.T, fault func(method, channel string) sandbox.Fault) *workplace {
	t.Helper()
	space, err := sandbox.New(sandbox.Options{Manifest: manifest, Team: team, Users: cast(), Channels: channels(), BotUserID: botUser, Unpaced: true,
		// A press that the desk is given up on would hide how long it really takes.
		Windows: sandbox.Windows{Ack: patience}})
	if err != nil {
		t.Fatal(err)
	}
	space.Fault = fault
	server := httptest.NewServer(space)
	t.Cleanup(func() { space.Close(); server.Close() })
	return &workplace{space, server.URL + "/api/"}
}

// program is the real thing, running beside the test.
type program struct {
	t       *testing.T
	cmd     *exec.Cmd
	address string
	done    chan struct{}
	err     error

	mu  sync.Mutex
	log strings.Builder
}

// Write takes the program's log.
func (p *program) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *program) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// serve starts `liaison serve` on records in which the cast has its roles, and waits until it is ready.
func serve(t *testing.T, w *workplace, db string) *program {
	t.Helper()
	giveRoles(t, db)
	p := start(t, serving(w, db))
	p.ready()
	return p
}

// serving is `liaison serve`, not started yet.
func serving(w *workplace, db string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "serve")
	cmd.Env = append(os.Environ(), asProgram+"=1", "LIAISON_DB="+db, "LIAISON_LISTEN=127.0.0.1:0", "SLACK_API_URL="+w.api,
		"SLACK_BOT_TOKEN="+sandbox.DefaultBotToken, "SLACK_APP_TOKEN="+sandbox.DefaultAppToken)
	return cmd
}

// launch starts a program and keeps what it says.
func launch(t *testing.T, cmd *exec.Cmd) *program {
	t.Helper()
	p := &program{t: t, done: make(chan struct{}), cmd: cmd}
	p.cmd.Stderr = p
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.err = p.cmd.Wait(); close(p.done) }()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.done
		if t.Failed() {
			t.Logf("the program said:\n%s", p.said())
		}
	})
	return p
}

// start starts a program that serves, and waits until it says where it listens.
func start(t *testing.T, cmd *exec.Cmd) *program {
	t.Helper()
	p := launch(t, cmd)
	listens := regexp.MustCompile(`msg=serving listen=(\S+)`)
	p.await("listening", func() bool {
		if m := listens.FindStringSubmatch(p.said()); m != nil {
			p.address = m[1]
		}
		return p.address != ""
	})
	return p
}

// giveRoles gives the cast the roles of the demo.
func giveRoles(t *testing.T, db string) {
	t.Helper()
	d := joined(t, db)
	defer d.close()
	if err := d.agency.Do(t.Context(), agency.System, grantRoles); err != nil {
		t.Fatal(err)
	}
}

// joined is a desk on the same records, in this process, that runs nothing.
func joined(t *testing.T, db string) *desk {
	t.Helper()
	d, err := openDesk(t.Context(), settings{DB: db, Zone: "UTC"}, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (p *program) get(path string) (status int, body string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// ready waits until all is well.
func (p *program) ready() {
	p.t.Helper()
	p.await("readiness", func() bool { status, _ := p.get("/readyz"); return status == http.StatusOK })
}

// unready waits until the program says that its records are not well while the rest is.
func (p *program) unready(rest string) {
	p.t.Helper()
	p.await("its saying that it is not ready", func() bool {
		status, body := p.get("/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(body, rest) && !strings.Contains(body, "records: ok")
	})
}

// await waits until cond holds. It fails at once when the program has ended: nothing will come of it any more.
func (p *program) await(what string, cond func() bool) {
	p.t.Helper()
	p.awaitFor(patience, what, cond)
}

func (p *program) awaitFor(patience time.Duration, what string, cond func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !cond(); time.Sleep(10 * time.Millisecond) {
		select {
		case <-p.done:
			p.t.Fatalf("waiting for %s, the program ended: %v", what, p.err)
		default:
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// stops tells the program to stop, as systemd does, and wants exit code 0.
func (p *program) stops() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	p.ends()
}

// ends waits for the end and wants exit code 0.
func (p *program) ends() {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatal("it does not stop")
	}
	if p.err != nil {
		p.t.Errorf("it ended with %v, want exit code 0", p.err)
	}
}

// fails waits for the end and wants an exit code and a sentence.
func (p *program) fails(code int, says string) {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatal("it does not end")
	}
	if got := p.cmd.ProcessState.ExitCode(); got != code || !strings.Contains(p.said(), says) {
		p.t.Errorf("it ended with %d, want %d and %q; it said:\n%s", got, code, says, p.said())
	}
}

var reference = regexp.MustCompile(`\(reference ([0-9A-F]{6})\)`)

// refusedWithReference is the newest thing that a person was told, which must be one sentence with a reference that stands
// in the log too.
func (p *program) refusedWithReference(w *workplace, user string) {
	p.t.Helper()
	told := w.Ephemerals(user)
	if len(told) == 0 {
		p.t.Fatalf("%s was told nothing", user)
	}
	text := told[len(told)-1].Shown()
	m := reference.FindStringSubmatch(text)
	if m == nil {
		p.t.Fatalf("%s was told %q, which has no reference", user, text)
	}
	p.await("the reference in the log", func() bool { return strings.Contains(p.said(), "ref="+m[1]) })
}

// shops is what stands in a channel about each shop: how many messages name it.
func (w *workplace) shops(channel string, names ...string) map[string]int {
	found := map[string]int{}
	for _, m := range w.Messages(channel) {
		for _, n := range names {
			if strings.Contains(m.Shown(), n) {
				found[n]++
			}
		}
	}
	return found
}
