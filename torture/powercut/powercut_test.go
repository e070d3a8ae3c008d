package powercut_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/store"
	"liaison/torture/powercut"

	_ "github.com/mattn/go-sqlite3" // the driver, for the database that does not sync
)

// CI cuts the power a few times; `go test ./torture/powercut -rounds 300` that often.
var rounds = flag.Int("rounds", 20, "how often the power is cut with FULL, and at most with NORMAL")

// TestMain is the process that works when the power is cut, if it was started as one: `writer full|normal|backup|restore folder`.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "writer" {
		if err := write(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// write commits presses, one after the other, until it is killed, and says the number of each that is committed.
func write(mode, folder string) error {
	path, out := filepath.Join(folder, "desk.db"), bufio.NewWriter(os.Stdout)
	if mode == "backup" || mode == "restore" {
		return copyDesk(mode, folder)
	}
	s, err := store.Open(context.Background(), "sqlite://"+path)
	if err != nil {
		return err
	}
	commit := func(key string) error {
		return s.Write(context.Background(), func(tx agency.Tx) error {
			_, err := tx.ClaimPress(agency.Press{Key: key, Who: agency.System, Command: "seller onboard", Answer: strings.Repeat("yes ", 5_000)})
			return err
		})
	}
	if mode == "normal" { // as the desk must not do it
		db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_synchronous=NORMAL&_busy_timeout=5000")
		if err != nil {
			return err
		}
		db.SetMaxOpenConns(1)
		commit = func(key string) error {
			_, err := db.Exec(`INSERT INTO presses (press_key, platform, workspace, user_id, command, at, answer) VALUES (?, '', '', '', '', 0, ?)`,
				key, strings.Repeat("yes ", 5_000))
			return err
		}
	}
	for i := range 1_000_000 {
		if err := commit(fmt.Sprintf("%d-%d", os.Getpid(), i)); err != nil {
			return err
		}
		fmt.Fprintf(out, "%d-%d\n", os.Getpid(), i)
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// copyDesk makes a backup on the disk, or restores one from elsewhere to it, says so and waits for the end.
func copyDesk(mode, folder string) error {
	elsewhere, err := os.MkdirTemp("", "powercut-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(elsewhere)
	s, err := store.Open(context.Background(), "sqlite://"+filepath.Join(elsewhere, "desk.db"))
	if err != nil {
		return err
	}
	err = s.Write(context.Background(), func(tx agency.Tx) error {
		_, err := tx.ClaimPress(agency.Press{Key: "press", Who: agency.System, Command: "seller onboard", Answer: "yes"})
		return err
	})
	if err != nil {
		return err
	}
	backup := filepath.Join(folder, "desk.db")
	if mode == "restore" {
		backup = filepath.Join(elsewhere, "copy.db")
	}
	if err := s.Backup(context.Background(), backup); err != nil {
		return err
	}
	if mode == "restore" {
		if err := store.Restore(context.Background(), backup, "sqlite://"+filepath.Join(folder, "desk.db")); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(elsewhere); err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "done")
	select {} // the power is cut
}

// round lets a writer work on a disk, cuts the power, and gives what had been acknowledged until then and the disk as it is
// found afterwards. The disk is the one of the round before, so that each start recovers what a power cut left behind.
func round(t *testing.T, mode string, disk *powercut.Disk, chance float64, dice *rand.Rand) (acknowledged []string, after *powercut.Disk) {
	t.Helper()
	folder := t.TempDir()
	unmount, err := disk.Mount(folder)
	if err != nil {
		t.Fatal(err)
	}
	writer := exec.CommandContext(t.Context(), os.Args[0], "writer", mode, folder)
	var words bytes.Buffer
	writer.Stderr = &words
	out, err := writer.StdoutPipe()
	if err == nil {
		err = writer.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines, enough := bufio.NewScanner(out), 1
	if mode == "full" || mode == "normal" {
		enough += dice.IntN(60)
	}
	for len(acknowledged) < enough && lines.Scan() {
		acknowledged = append(acknowledged, lines.Text())
	}
	time.Sleep(time.Duration(dice.IntN(3_000)) * time.Microsecond) // into the middle of the next
	after = disk.Cut(chance, dice)
	writer.Process.Kill()
	for lines.Scan() { // said before the cut, read after it
		acknowledged = append(acknowledged, lines.Text())
	}
	writer.Wait()
	if len(acknowledged) < enough {
		t.Fatalf("the writer ended by itself after %d of %d commits: %s", len(acknowledged), enough, words.String())
	}
	for try := 0; unmount() != nil; try++ { // the killed process gives its files back in its own time
		if try == 200 {
			t.Fatal("the disk cannot be unmounted")
		}
		time.Sleep(10 * time.Millisecond)
	}
	return acknowledged, after
}

// lost opens what was found with the real store and counts the acknowledged commits that are not there.
func lost(t *testing.T, disk *powercut.Disk, acknowledged []string) (n int) {
	t.Helper()
	folder := t.TempDir()
	if err := disk.CopyTo(folder); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(folder, "desk.db"))
	if err != nil {
		t.Fatalf("the store does not open what is found after the power cut: %v", err)
	}
	defer s.Close()
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	err = s.Read(t.Context(), func(tx agency.Tx) error {
		for _, key := range acknowledged {
			_, known, err := tx.Press(key, "")
			if err != nil {
				return err
			}
			if !known {
				n++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// needFUSE skips where a folder cannot be mounted. CI must have it.
func needFUSE(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	unmount, err := powercut.NewDisk().Mount(folder)
	if err == nil {
		err = unmount()
	}
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("CI must be able to mount a folder (package fuse3, device /dev/fuse): %v", err)
	default:
		t.Skipf("no folder can be mounted here: %v", err)
	}
}

// play cuts the power again and again, with nothing, half and most of the unsynced changes on the disk, until enough is
// known. A disk serves ten rounds.
func play(t *testing.T, mode string, most int, enough func(losses int) bool) (commits, losses, played int) {
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv("POWERCUT_SEED"), 10, 64); err == nil {
		seed = s
	}
	dice := rand.New(rand.NewPCG(seed, 1))
	t.Logf("POWERCUT_SEED=%d", seed)
	var disk *powercut.Disk
	var acknowledged []string
	for ; played < most && !enough(losses); played++ {
		if played%10 == 0 {
			disk, acknowledged = powercut.NewDisk(), nil
		}
		fresh, after := round(t, mode, disk, []float64{0, 0.5, 0.9}[played%3], dice)
		commits, disk, acknowledged = commits+len(fresh), after, append(acknowledged, fresh...)
		if n := lost(t, disk, acknowledged); n > 0 {
			losses += n
			disk, acknowledged = powercut.NewDisk(), nil
		}
		if t.Failed() {
			break
		}
	}
	return commits, losses, played
}

// TestAPowerCutLosesNothingAcknowledged is the store as it is: synchronous=FULL.
func TestAPowerCutLosesNothingAcknowledged(t *testing.T) {
	needFUSE(t)
	commits, losses, played := play(t, "full", *rounds, func(losses int) bool { return losses > 0 })
	t.Logf("FULL: %d power cuts, %d acknowledged commits, %d lost", played, commits, losses)
	if losses > 0 {
		t.Errorf("%d acknowledged commits are lost", losses)
	}
}

// TestAPowerCutLosesWhatIsNotSynced is the control: with synchronous=NORMAL, which a desk must not use, the same power cuts
// lose commits. If they did not, the test above would show nothing.
func TestAPowerCutLosesWhatIsNotSynced(t *testing.T) {
	needFUSE(t)
	commits, losses, played := play(t, "normal", max(*rounds, 20), func(losses int) bool { return losses > 0 && *rounds <= 20 })
	t.Logf("NORMAL: %d power cuts, %d acknowledged commits, %d lost", played, commits, losses)
	if losses == 0 {
		t.Error("nothing is lost without syncs: the test tests nothing")
	}
}

// TestABackupIsOnTheDisk cuts the power when a backup, and then a restore, has said that it is done.
func TestABackupIsOnTheDisk(t *testing.T) {
	needFUSE(t)
	for _, mode := range []string{"backup", "restore"} {
		_, after := round(t, mode, powercut.NewDisk(), 0, rand.New(rand.NewPCG(1, 1)))
		folder := t.TempDir()
		if err := after.CopyTo(folder); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(folder, "desk.db")); err != nil {
			t.Errorf("%s: %v", mode, err)
			continue
		}
		if n := lost(t, after, []string{"press"}); n > 0 {
			t.Errorf("%s: what was in it is lost", mode)
		}
	}
}

// TestAFailedSyncCostsNothingAcknowledged lets a sync fail behind which the system hides a hole: the desk stops, is started
// again, goes on, and then the power is cut.
func TestAFailedSyncCostsNothingAcknowledged(t *testing.T) {
	needFUSE(t)
	for range max(3, *rounds/10) {
		disk, folder := powercut.NewDisk(), t.TempDir()
		unmount, err := disk.Mount(folder)
		if err != nil {
			t.Fatal(err)
		}
		writer := exec.CommandContext(t.Context(), os.Args[0], "writer", "full", folder)
		var words bytes.Buffer
		writer.Stderr = &words
		out, err := writer.StdoutPipe()
		if err == nil {
			err = writer.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		var acknowledged []string
		for lines := bufio.NewScanner(out); lines.Scan(); {
			acknowledged = append(acknowledged, lines.Text())
			if len(acknowledged) == 20 {
				disk.FailNextSync()
			}
		}
		if writer.Wait() == nil || !strings.Contains(words.String(), "disk with the desk's records failed") {
			t.Errorf("after a failed sync the writer ends with %v and says %q", writer.ProcessState, words.String())
		}
		if err := unmount(); err != nil {
			t.Fatal(err)
		}
		more, after := round(t, "full", disk, 0, rand.New(rand.NewPCG(1, 1)))
		if n := lost(t, after, append(acknowledged, more...)); n > 0 {
			t.Errorf("%d of %d acknowledged commits are lost", n, len(acknowledged)+len(more))
		}
	}
}
