package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// program is the built desk with the settings that all its processes share.
type program struct {
	path string
	env  []string
}

// build builds the program from the sources of the module in which torture stands.
func build(ctx context.Context, path string, flags ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", slices.Concat([]string{"build", "-buildvcs=false", "-o", path}, flags, []string{"liaison"})...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the desk (inside its sources): %w\n%s", err, out)
	}
	return path, nil
}

// command makes a process of the desk that is not yet started. It gets no settings from torture's own environment.
func (p program) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.path, args...) // it is killed on purpose, and not by a context
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}, p.env...)
	return cmd
}

// desk is one serving process, over all its lives.
type desk struct {
	program
	listen  string // its address for HTTP, the same in every life
	logPath string
	cmd     *exec.Cmd
	ended   chan struct{} // closed when the process of this life has ended
	log     *os.File
}

// newDesk takes a free address for a desk.
func newDesk(p program, logPath string) (*desk, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer free.Close()
	return &desk{program: p, listen: free.Addr().String(), logPath: logPath}, nil
}

// start begins a life.
func (d *desk) start() error {
	log, err := os.OpenFile(d.logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	d.cmd, d.log, d.ended = d.command("serve"), log, make(chan struct{})
	d.cmd.Env = append(d.cmd.Env, "LIAISON_LISTEN="+d.listen)
	d.cmd.Stdout, d.cmd.Stderr = log, log // a file, so that nothing that was logged before a kill is lost
	if err := d.cmd.Start(); err != nil {
		return fmt.Errorf("starting the desk: %w", err)
	}
	go func(cmd *exec.Cmd, ended chan struct{}) {
		cmd.Wait() //nolint:errcheck // how it ended stands in its state
		close(ended)
	}(d.cmd, d.ended)
	return nil
}

// readyTime is how long a desk may take to come up, on a machine with other work.
const readyTime = 60 * time.Second

// ready waits until the desk says that it is.
func (d *desk) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.listen+"/readyz", http.NoBody)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-d.ended:
			return fmt.Errorf("%w: it ended with %s; see %s", errUnready, d.cmd.ProcessState, d.logPath)
		case <-ctx.Done():
			return fmt.Errorf("%w within %s; see %s", errUnready, readyTime, d.logPath)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// kill ends a life without a word, as a power cut of the process does.
func (d *desk) kill() {
	if d.cmd == nil {
		return
	}
	d.cmd.Process.Kill() //nolint:errcheck // it may have ended by itself
	<-d.ended
	d.log.Close()
	d.cmd = nil
}

// stopTime is how long a desk may take to stop: what runs is finished within ten seconds.
const stopTime = 25 * time.Second

// stop asks the desk to end and says how it did.
func (d *desk) stop() error {
	if d.cmd == nil {
		return errors.New("the desk was not running")
	}
	defer d.kill()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stopping the desk: %w", err)
	}
	select {
	case <-d.ended:
	case <-time.After(stopTime):
		return fmt.Errorf("the desk did not stop within %s of SIGTERM", stopTime)
	}
	if code := d.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("the desk ended with code %d after SIGTERM; 0 was promised", code)
	}
	return nil
}
