package main

import (
	"context"
	"flag"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// CI strikes a few points of each fault; `go test -timeout 4h ./torture/sweep -args -sweep 3000` strikes that many.
var many = flag.String("sweep", "", "how many points to strike with each fault, or all; empty: a hundred kills, a few of the rest")

func needStrace(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("strace must be installed in CI")
		}
		t.Skip("strace is not installed")
	}
}

func buildSweep(t *testing.T) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "sweep")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("building the sweep: %v\n%s", err, out)
	}
	return program
}

// TestAllPointsAreEachStruckOnce lists the points of every fault: all of them, each once, and evenly fewer where fewer are asked for.
func TestAllPointsAreEachStruckOnce(t *testing.T) {
	needStrace(t)
	s, err := newSweep(t.Context(), buildSweep(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	every, err := howMany("all")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		all, err := s.points(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		last := map[string]int{}
		for _, p := range all {
			if p.n != last[p.call]+1 || p.fault.name != f.name {
				t.Fatalf("after %s %d comes %s", p.call, last[p.call], p)
			}
			last[p.call] = p.n
		}
		for _, call := range f.calls {
			if call == "pwrite64" && last[call] < 100 {
				t.Errorf("%s strikes %d of %s", f.name, last[call], call)
			}
		}
		t.Logf("%s: %d points", f.name, len(all))
		for _, limit := range []int{every, len(all), len(all) / 2, 1} {
			some := thin(all, limit)
			if len(some) != min(limit, len(all)) || some[0].String() != all[0].String() {
				t.Errorf("%s: %d of %d points from %s on", f.name, len(some), limit, some[0])
			}
			once := map[string]bool{}
			for _, p := range some {
				once[p.String()] = true
			}
			if len(once) != len(some) {
				t.Errorf("%s: of %d points only %d differ", f.name, len(some), len(once))
			}
		}
	}
}

// TestEveryRunHasTheSamePoints counts the points of every fault again and again: a point that only some runs have is one that
// the next run may not reach.
func TestEveryRunHasTheSamePoints(t *testing.T) {
	needStrace(t)
	s := &sweep{program: buildSweep(t), folder: t.TempDir()}
	for _, f := range faults {
		first, err := s.points(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			again, err := s.points(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			if first, again := countOf(first), countOf(again); !maps.Equal(first, again) {
				t.Errorf("%s has %v and then %v", f.name, first, again)
			}
		}
	}
}

func countOf(list []point) map[string]int {
	n := map[string]int{}
	for _, p := range list {
		n[p.call]++
	}
	return n
}

// TestEveryFaultKeepsThePromises builds the program, so that the desk that is struck runs without the race detector: under
// strace that takes minutes.
func TestEveryFaultKeepsThePromises(t *testing.T) {
	needStrace(t)
	program := buildSweep(t)
	for name, points := range map[string]int{"kill": 100, "eio": 20, "eio-stays": 10, "enospc": 30, "enospc-stays": 10} {
		t.Run(name, func(t *testing.T) {
			if *many != "" {
				n, err := howMany(*many)
				if err != nil {
					t.Fatal(err)
				}
				points = n
			}
			var out strings.Builder
			err := runSweep(t.Context(), program, t.TempDir(), name, points, &out)
			t.Log(out.String())
			if err != nil {
				t.Error(err)
			}
			if strings.Contains(out.String(), missed) {
				t.Error("points were not reached: the scenario is not the same in every run, so the sweep does not cover it")
			}
		})
	}
}

// TestADeskWhoseDiskFailsEnds runs the program that people run until a sync of its records fails.
func TestADeskWhoseDiskFailsEnds(t *testing.T) {
	needStrace(t)
	program, folder := filepath.Join(t.TempDir(), "liaison"), t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "liaison").CombinedOutput(); err != nil {
		t.Fatalf("building the desk: %v\n%s", err, out)
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	desk := exec.CommandContext(ctx, "strace", "-f", "-qq", "-o", filepath.Join(t.TempDir(), "trace"), "-P", filepath.Join(folder, "desk.db-wal"),
		"-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=8+",
		program, "demo", "--listen", "127.0.0.1:0", "--months", "1", "--data", folder, "--log-level", "error")
	desk.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that the desk does not outlive its strace
	desk.Cancel = func() error { return syscall.Kill(-desk.Process.Pid, syscall.SIGKILL) }
	words, err := desk.CombinedOutput()
	if desk.ProcessState.ExitCode() != 1 || !strings.Contains(string(words), "liaison: the disk failed under the desk's records") {
		t.Errorf("the desk ends with %v and says %s", err, words)
	}
}

// TestTheOracleSees breaks outcomes in every way that the sweep is there to find.
func TestTheOracleSees(t *testing.T) {
	t.Parallel()
	whole := func() outcome {
		return outcome{answers: map[string]string{"press-1": "yes", "press-2": "no"}, messages: []string{"desk: a", "desk: b"}, records: "one\ntwo"}
	}
	if err := compare(whole(), whole()); err != nil {
		t.Errorf("nothing is wrong, and yet: %v", err)
	}
	for name, spoil := range map[string]func(*outcome){
		"an answer is lost":     func(o *outcome) { delete(o.answers, "press-2") },
		"an answer is another":  func(o *outcome) { o.answers["press-1"] = "no" },
		"a message is lost":     func(o *outcome) { o.messages = o.messages[1:] },
		"a message is doubled":  func(o *outcome) { o.messages = append(o.messages, "desk: b") },
		"a message is outdated": func(o *outcome) { o.messages[0] = "desk: old" },
		"a record is lost":      func(o *outcome) { o.records = "one" },
	} {
		got := whole()
		spoil(&got)
		if compare(whole(), got) == nil {
			t.Errorf("%s, and it is not seen", name)
		}
	}
	dir := t.TempDir()
	lines := `{"Answer":"press-1","Text":"yes"}
{"Answer":"press-1","Text":"no"}
{"Post":"m1","Row":1,"Channel":"desk","Text":"a"}
{"Post":"m1","Row":1,"Channel":"desk","Text":"a"}
{"Edit":"m9","Row":2,"Channel":"desk","Text":"a"}
{"Post":"m3","Row":3,"Channel":"desk","Te`
	if err := os.WriteFile(filepath.Join(dir, "said"), []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := look(t.Context(), dir)
	if err == nil {
		t.Fatal("a transcript full of faults is not seen")
	}
	for _, fault := range []string{"and then", "posted twice", "never posted"} {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("%q is not seen in: %v", fault, err)
		}
	}
}
