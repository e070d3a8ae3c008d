package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/seed"
	"liaison/bot"
)

// office is a desk under load: sellers are onboarded without a pause, each by a press of its own.
type office struct {
	desk     *desk
	answered atomic.Int64 // presses 1 to this one have been answered
	stop     context.CancelFunc
	writer   sync.WaitGroup
}

func openOffice(t *testing.T, url string) *office {
	t.Helper()
	d, err := openDesk(t.Context(), settings{DB: url, Zone: "UTC"}, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return &office{desk: d}
}

// onboard is one press; the shop's name is its number.
func (o *office) onboard(n int64) bot.Reply {
	return o.desk.router.Take(context.Background(), bot.Request{Key: fmt.Sprint("press-", n), Kind: bot.Typed, From: identity("U0SOL"), FromName: "sol",
		Channel: place("C0ONBOARD"), Command: "seller", Text: fmt.Sprintf(`onboard "Shop %d" US Beauty`, n)})
}

func (o *office) work(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	o.stop = stop
	o.writer.Go(func() {
		for n := o.answered.Load() + 1; ctx.Err() == nil; n++ {
			if reply := o.onboard(n); reply.Refused != "" {
				t.Errorf("press %d is refused: %s", n, reply.Refused)
				return
			}
			o.answered.Store(n)
		}
	})
}

func (o *office) close(t *testing.T) {
	t.Helper()
	if o.stop != nil {
		o.stop()
		o.writer.Wait()
	}
	if err := o.desk.close(); err != nil {
		t.Error(err)
	}
}

// shops is how many sellers were onboarded by presses. They must be the first ones, without a gap.
func (o *office) shops(t *testing.T) (n int64) {
	t.Helper()
	err := o.desk.agency.Look(t.Context(), agency.System, func(d *agency.Desk) error {
		all, _, err := d.Sellers(agency.SellerFilter{})
		known := map[string]bool{}
		for _, s := range all {
			if strings.HasPrefix(s.Shop, "Shop ") {
				known[s.Shop] = true
			}
		}
		for n = 0; known[fmt.Sprint("Shop ", n+1)]; n++ {
		}
		if int(n) != len(known) {
			t.Errorf("%d shops are there, but only the first %d without a gap", len(known), n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// liaison runs a command as a person types it.
func liaison(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out strings.Builder
	if code := run(t.Context(), args, strings.NewReader(""), &out, &out); code != want {
		t.Fatalf("liaison %q ends with %d: %s", args, code, out.String())
	}
	return out.String()
}

// TestABackupUnderLoadIsRestored copies a desk's records while people work on it, loses the machine, puts the copy in place
// and goes on.
func TestABackupUnderLoadIsRestored(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	url, backup := "sqlite://"+filepath.Join(folder, "desk.db"), filepath.Join(folder, "copies", "desk.db")
	if err := os.Mkdir(filepath.Dir(backup), 0o700); err != nil {
		t.Fatal(err)
	}
	o := openOffice(t, url)
	if _, err := fill(t.Context(), o.desk.agency, seed.Make(7, 1, time.Now(), o.desk.agency.Rules)); err != nil {
		t.Fatal(err)
	}
	o.work(t)
	for o.answered.Load() < 20 && !t.Failed() {
		time.Sleep(time.Millisecond)
	}
	before := o.answered.Load()
	liaison(t, 0, "--db", url, "backup", backup)
	after := o.answered.Load() + 1 // one more may be under way
	for o.answered.Load() < after+20 && !t.Failed() {
		time.Sleep(time.Millisecond)
	}
	o.close(t)

	if said := liaison(t, 1, "--db", url, "restore", backup); !strings.Contains(said, "is in the way") {
		t.Errorf("a database that is there is refused with %q", said)
	}
	lost := filepath.Join(folder, "lost.db")
	if err := os.Rename(filepath.Join(folder, "desk.db"), lost); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "desk.db-wal"), []byte("the log of the lost one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := liaison(t, 1, "--db", url, "restore", backup); !strings.Contains(said, "desk.db-wal is in the way") {
		t.Errorf("the log of a lost database is refused with %q", said)
	}
	if err := os.Remove(filepath.Join(folder, "desk.db-wal")); err != nil {
		t.Fatal(err)
	}
	liaison(t, 0, "--db", url, "restore", backup)
	if said := liaison(t, 0, "--db", url, "verify"); !strings.Contains(said, "is whole, and the ledger adds up to zero") {
		t.Errorf("verify says %q", said)
	}
	again := openOffice(t, url)
	defer again.close(t)
	kept := again.shops(t)
	if kept < before || kept > after {
		t.Errorf("the copy has presses 1 to %d; %d were answered before it began and %d when it ended", kept, before, after)
	}
	t.Logf("answered before the copy %d, in the copy %d, answered when it was done %d", before, kept, after)
	if reply := again.onboard(kept + 1); reply.Refused != "" {
		t.Errorf("the desk does not go on: %s", reply.Refused)
	}
	if n := again.shops(t); n != kept+1 {
		t.Errorf("there are %d shops after one more than %d", n, kept)
	}
}

// TestADamagedBackupIsNotRestored damages a backup in its middle and leaves nothing behind.
func TestADamagedBackupIsNotRestored(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	url, backup := "sqlite://"+filepath.Join(folder, "desk.db"), filepath.Join(folder, "copy.db")
	o := openOffice(t, "sqlite://"+filepath.Join(folder, "first.db"))
	for n := range int64(30) {
		o.onboard(n)
	}
	if err := o.desk.store.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	o.close(t)
	f, err := os.OpenFile(backup, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(strings.Repeat("not a page ", 3_000)), 3*4096); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{backup, "restore_test.go"} {
		if said := liaison(t, 1, "--db", url, "restore", file); !strings.Contains(said, "cannot be restored") {
			t.Errorf("%s is refused with %q", file, said)
		}
	}
	left, err := filepath.Glob(filepath.Join(folder, "desk.db*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	if said := liaison(t, 2, "--db", url, "restore", filepath.Join(folder, "no such file")); !strings.Contains(said, "no such file") {
		t.Errorf("a file that is not there is refused with %q", said)
	}
}
