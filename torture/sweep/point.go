package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// point is one place in the scenario at which something goes wrong.
type point struct {
	call  string // the system call
	n     int    // its n-th time
	fault fault
}

func (p point) String() string { return fmt.Sprintf("%s at %s %d", p.fault.name, p.call, p.n) }

// fault is a way to go wrong, as strace injects it.
type fault struct {
	name   string
	inject string   // "signal=KILL", "error=EIO"
	from   string   // "": this once; "+": from then on
	calls  []string // the system calls that it strikes
	files  []string // on these files of the folder
}

var (
	database = []string{"desk.db", "desk.db-wal", "desk.db-shm", "desk.db-journal"}
	// everything is the folder, the database, its lock and what the platform keeps. What the runtimes of Go and C do beside
	// these (they ask for memory, they read about the machine) comes when it likes, and is not the scenario's.
	everything = append([]string{".", "said", "desk.db.migrate"}, database...)
	writing    = []string{"pwrite64", "fsync", "fdatasync", "ftruncate"}
	// faults are what the sweep can do. The killed desk is struck wherever it touches a file of its own.
	faults = []fault{
		{name: "kill", inject: "signal=KILL", calls: append(writing, "write", "openat", "unlink", "fcntl", "pread64", "newfstatat", "mmap", "flock", "close"), files: everything},
		{name: "eio", inject: "error=EIO", calls: writing, files: database},
		{name: "eio-stays", inject: "error=EIO", from: "+", calls: writing, files: database},
		{name: "enospc", inject: "error=ENOSPC", calls: writing, files: database},
		{name: "enospc-stays", inject: "error=ENOSPC", from: "+", calls: writing, files: database},
	}
)

// points lists every place that a fault can strike, by counting the calls of an undisturbed run: every run makes the same.
func (s *sweep) points(ctx context.Context, f fault) ([]point, error) {
	dir, err := os.MkdirTemp(s.folder, "count-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	trace := filepath.Join(dir, "trace")
	if out, err := s.strace(ctx, dir, f, "-o", trace, "-e", "trace="+strings.Join(f.calls, ",")).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("counting system calls: %w: %s", err, out)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		return nil, err
	}
	var all []point
	for call, n := range countCalls(text) {
		for i := range n {
			all = append(all, point{call, i + 1, f})
		}
	}
	inOrder(all)
	return all, nil
}

// thin picks at most limit points, evenly.
func thin(all []point, limit int) []point {
	if len(all) <= limit {
		return all
	}
	thinned := make([]point, limit)
	for i := range thinned {
		thinned[i] = all[i*len(all)/limit]
	}
	return thinned
}

// tracedCall is a line of strace: the thread and the call.
var tracedCall = regexp.MustCompile(`^(\d+) +(\w+)\(`)

// countCalls counts how often the busiest thread makes each call: strace counts thread by thread.
func countCalls(trace []byte) map[string]int {
	byThread, most := map[string]int{}, map[string]int{}
	lines := bufio.NewScanner(bytes.NewReader(trace))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		m := tracedCall.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		byThread[m[1]+m[2]]++
		most[m[2]] = max(most[m[2]], byThread[m[1]+m[2]])
	}
	return most
}

// strace is the scenario's first run in a folder under strace.
func (s *sweep) strace(ctx context.Context, dir string, f fault, options ...string) *exec.Cmd {
	args := append([]string{"-f", "-qq"}, options...)
	for _, name := range f.files {
		args = append(args, "-P", filepath.Join(dir, name))
	}
	return exec.CommandContext(ctx, "strace", append(args, s.program, "scenario", dir, "0")...)
}

// verdict is how one point ended.
type verdict struct {
	point   point
	outcome string // see strike
	err     error  // a promise that was broken
}

// The outcomes of a point that broke no promise.
const (
	missed   = "not reached"         // the run had fewer such calls: nothing was struck
	killed   = "killed, went on"     // the next run finished the scenario
	stopped  = "stopped by itself"   // it exited with a sentence; the next run finished
	refused  = "refused, went on"    // a person was told, and the same run finished
	survived = "unnoticed, in order" // nobody needed to know: the scenario came out as it should
)

// strike lets one fault strike at one point, starts the desk again and checks what came of it.
func (s *sweep) strike(ctx context.Context, p point) verdict {
	v := verdict{point: p}
	dir, err := os.MkdirTemp(s.folder, "point-")
	if err != nil {
		v.err = err
		return v
	}
	v.outcome, v.err = s.strikeIn(ctx, dir, p)
	if v.err == nil {
		os.RemoveAll(dir)
	} else {
		v.err = fmt.Errorf("%s (kept in %s): %w", p, dir, v.err)
	}
	return v
}

func (s *sweep) strikeIn(ctx context.Context, dir string, p point) (string, error) {
	when := fmt.Sprintf("inject=%s:%s:when=%d%s", p.call, p.fault.inject, p.n, p.fault.from)
	trace := filepath.Join(dir, "trace")
	first := s.strace(ctx, dir, p.fault, "-o", trace, "-e", "trace="+p.call, "-e", when)
	var words bytes.Buffer
	first.Stderr = &words
	struck := first.Run()
	result, err := s.judge(first, trace, words.String())
	if err != nil {
		return "", err
	}
	if struck != nil {
		if out, err := exec.CommandContext(ctx, s.program, "scenario", dir, "1").CombinedOutput(); err != nil {
			return "", fmt.Errorf("the desk does not finish after it was started again: %w: %s", err, out)
		}
	}
	if result == survived && strings.Contains(words.String(), "could not carry out") {
		result = refused
	}
	got, err := look(ctx, dir)
	return result, errors.Join(err, compare(s.want, got))
}

// judge says how the struck run ended.
func (s *sweep) judge(first *exec.Cmd, trace, words string) (string, error) {
	state := first.ProcessState
	switch code := state.ExitCode(); {
	case code == 0:
		if text, err := os.ReadFile(trace); err == nil && bytes.Contains(text, []byte("(INJECTED)")) {
			return survived, nil
		}
		return missed, nil
	case code < 0 || code == 137:
		return killed, nil
	case code == 1 && strings.Contains(words, "sweep: "):
		return stopped, nil
	default:
		return "", fmt.Errorf("the desk ended with %s: %s", state, words)
	}
}
