package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// theDesk is the user of a desk whose operator is root.
const theDesk = 12_345

// TestWhatRootLeavesBelongsToTheDesk has root do what an operator does in a folder of the desk's own user: whatever stands in
// it afterwards is that user's, who could not open it else.
func TestWhatRootLeavesBelongsToTheDesk(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("only root can give files away: CI must run as root")
		}
		t.Skip("only root can give files away")
	}
	folder, elsewhere := t.TempDir(), t.TempDir()
	path, copied := filepath.Join(folder, "liaison.db"), filepath.Join(elsewhere, "copy.db")
	url := "sqlite://" + path
	openOffice(t, url).close(t)
	must(t, os.Chown(folder, theDesk, theDesk))
	all := func(when string) {
		t.Helper()
		files, err := os.ReadDir(folder)
		must(t, err)
		for _, f := range files {
			info, err := f.Info()
			must(t, err)
			if owner := info.Sys().(*syscall.Stat_t); owner.Uid != theDesk || owner.Gid != theDesk {
				t.Errorf("%s %s belongs to %d:%d", when, f.Name(), owner.Uid, owner.Gid)
			}
		}
	}
	must(t, os.Remove(path+".migrate"))
	must(t, os.Chown(path, theDesk, theDesk))
	desk := openOffice(t, url) // holds its logs open, as a running desk does
	liaison(t, 0, "--db", url, "backup", copied)
	liaison(t, 0, "--db", url, "verify")
	all("beside a desk")
	desk.close(t)
	left, err := filepath.Glob(path + "*")
	must(t, err)
	for _, f := range left {
		must(t, os.Remove(f))
	}
	// The desk may not lead root by a link to what is not the desk's.
	precious := filepath.Join(elsewhere, "precious")
	must(t, os.WriteFile(precious, []byte("kept"), 0o600))
	must(t, os.Symlink(precious, path+".part"))
	liaison(t, 0, "--db", url, "restore", copied)
	all("after the restore")
	if text, err := os.ReadFile(precious); err != nil || string(text) != "kept" {
		t.Errorf("root wrote %d bytes through a link of the desk: %v", len(text), err)
	}
	info, err := os.Stat(precious)
	must(t, err)
	if info.Sys().(*syscall.Stat_t).Uid == theDesk {
		t.Error("root gave away what a link of the desk pointed to")
	}
	liaison(t, 0, "--db", url, "verify")
	all("after verify")
}

// TestBackupsAreKeptInAFolder writes into a folder by the time, and lets only the newest stay.
func TestBackupsAreKeptInAFolder(t *testing.T) {
	t.Parallel()
	folder, url := t.TempDir(), "sqlite://"+filepath.Join(t.TempDir(), "desk.db")
	openOffice(t, url).close(t)
	for _, name := range []string{"liaison-20200101T000000Z.db", "liaison-20200102T000000Z.db", "liaison-20200103T000000Z.db.part", "liaison.db", "liaison-notes.db"} {
		must(t, os.WriteFile(filepath.Join(folder, name), nil, 0o600))
	}
	liaison(t, 0, "--db", url, "backup", "--keep", "2", folder)
	files, err := os.ReadDir(folder)
	must(t, err)
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	if len(names) != 4 || names[0] != "liaison-20200102T000000Z.db" || names[2] != "liaison-notes.db" || names[3] != "liaison.db" {
		t.Fatalf("in the folder are %q", names)
	}
	made, err := time.Parse("liaison-20060102T150405Z.db", names[1])
	if err != nil || time.Since(made).Abs() > time.Minute {
		t.Errorf("the backup is called %s: %v", names[1], err)
	}
	liaison(t, 0, "--db", "sqlite://"+filepath.Join(folder, names[1]), "verify")
	liaison(t, 2, "--db", url, "backup", "--keep", "2", filepath.Join(folder, "one.db"))
	liaison(t, 2, "--db", url, "backup", "--keep", "-1", folder)
}
