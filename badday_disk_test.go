package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"liaison/bot/sandbox"
)

// limiter is the program that bounds another's files, which is what a full disk does to SQLite. In CI it must be there.
func limiter(t *testing.T) string {
	t.Helper()
	limit, err := exec.LookPath("prlimit")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("prlimit (util-linux) must be installed in CI")
		}
		t.Skip("prlimit (util-linux) is not installed, so the program's disk cannot be filled")
	}
	return limit
}

// TestAFullDiskPostsNothingTwice fills the disk while a message is under way: it is posted, which the records cannot be told.
// However long that lasts it stands in the channel once, and once when there is room again.
func TestAFullDiskPostsNothingTwice(t *testing.T) {
	t.Parallel()
	limit := limiter(t)
	var held atomic.Bool
	held.Store(true)
	var asked atomic.Int32
	w := newWorkplace(t, func(method, _ string) sandbox.Fault {
		if method == "chat.postMessage" && held.Load() {
			asked.Add(1)
			return sandbox.Fault{Kind: sandbox.FaultRateLimited, Wait: 3 * time.Second}
		}
		return sandbox.Fault{}
	})
	p := serve(t, w, "sqlite://"+filepath.Join(t.TempDir(), "desk.db"))
	must(t, w.Command("U0PRIYA", "C0ONBOARD", "/feed on onboarding"))
	must(t, w.Command("U0SOL", "C0ONBOARD", `/seller onboard "Glow" US Beauty`))
	p.await("a refused post", func() bool { return asked.Load() > 0 })
	time.Sleep(300 * time.Millisecond)
	if out, err := exec.Command(limit, "--pid", fmt.Sprint(p.cmd.Process.Pid), "--fsize=0:").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	held.Store(false)
	time.Sleep(10 * time.Second)
	if n := w.shops("C0ONBOARD", "Glow")["Glow"]; n > 1 {
		t.Errorf("the card stands %d times in the channel after ten seconds of a full disk", n)
	}
	if out, err := exec.Command(limit, "--pid", fmt.Sprint(p.cmd.Process.Pid), "--fsize=unlimited:").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p.ready()
	p.awaitFor(2*patience, "the card", func() bool { return w.shops("C0ONBOARD", "Glow")["Glow"] > 0 })
	time.Sleep(3 * time.Second)
	if n := w.shops("C0ONBOARD", "Glow")["Glow"]; n != 1 {
		t.Errorf("the card stands %d times in the channel in the end", n)
	}
	p.stops()
}
