package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAMistypedPathMakesNoDatabase types a path at which nothing is: what only looks or copies says so, and leaves nothing.
func TestAMistypedPathMakesNoDatabase(t *testing.T) {
	t.Parallel()
	for _, command := range [][]string{{"verify"}, {"import", "sellers", "docs/templates/sellers.csv"},
		{"import", "sellers", "docs/templates/sellers.csv", "--yes"}, {"backup", filepath.Join(t.TempDir(), "copy.db")}} {
		folder := t.TempDir()
		path := filepath.Join(folder, "dsek.db")
		if said := liaison(t, 1, append([]string{"--db", "sqlite://" + path}, command...)...); !strings.Contains(said, "There is no database at "+path) {
			t.Errorf("%q says %q", command, said)
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("%q leaves %v, %v", command, left, err)
		}
	}
	fresh := "sqlite://" + filepath.Join(t.TempDir(), "desk.db")
	liaison(t, 0, "--db", fresh, "migrate")
	liaison(t, 0, "--db", fresh, "import", "sellers", "docs/templates/sellers.csv", "--yes")
}

func TestWhatCannotBeRestoredIsSaid(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, file := range []string{filepath.Join(folder, "gone.db"), folder} {
		said := liaison(t, 2, "--db", "sqlite://"+filepath.Join(folder, "desk.db"), "restore", file)
		if want := "liaison: There is no backup at " + file + ". Name a file that `liaison backup` made.\n"; said != want {
			t.Errorf("it says %q, want %q", said, want)
		}
	}
}

// TestAFileThatIsNoDatabaseIsNamed points the desk at something else.
func TestAFileThatIsNoDatabaseIsNamed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "notes.txt")
	must(t, os.WriteFile(path, []byte(strings.Repeat("not a database\n", 400)), 0o600))
	w := newWorkplace(t, nil)
	p := launch(t, serving(w, "sqlite://"+path))
	p.fails(1, "liaison: "+path+" is not a database, or it is damaged. Set LIAISON_DB to the desk's file, or put a backup in its place.")
	if said := liaison(t, 1, "--db", "sqlite://"+path, "verify"); !strings.Contains(said, path) {
		t.Errorf("verify says %q", said)
	}
	if text, err := os.ReadFile(path); err != nil || len(text) != 15*400 {
		t.Errorf("it is changed: %d bytes, %v", len(text), err)
	}
}

// TestAFileThatCannotBeWrittenIsNamed has the desk's user read what belongs to somebody else, as after a copy by root.
func TestAFileThatCannotBeWrittenIsNamed(t *testing.T) {
	t.Parallel()
	folder := open(t, t.TempDir())
	path := filepath.Join(folder, "desk.db")
	url := "sqlite://" + path
	openOffice(t, url).close(t)
	w := newWorkplace(t, nil)
	for _, c := range []struct {
		name   string
		file   os.FileMode
		folder os.FileMode
		says   string
	}{
		{"a file that is read only", 0o444, 0o777, path + " can be read but not written ("},
		{"a file of somebody else", 0o400, 0o777, path + " cannot be opened"},
		{"a folder of somebody else", 0o666, 0o755, path + ".serve cannot be made or opened (open "},
	} {
		must(t, os.Remove(path+".migrate"))
		os.Remove(path + ".serve")
		must(t, os.Chmod(path, c.file))
		must(t, os.Chmod(folder, c.folder))
		if os.Geteuid() != 0 && c.file == 0o400 {
			continue // one's own file can be read
		}
		if os.Geteuid() != 0 && c.folder == 0o755 {
			must(t, os.Chmod(folder, 0o555))
		}
		p := launch(t, asNobody(t, serving(w, url)))
		p.fails(1, c.says)
		if !strings.Contains(p.said(), "user") {
			t.Errorf("%s: it does not say what to do: %s", c.name, p.said())
		}
		must(t, os.Chmod(folder, 0o777))
		must(t, os.WriteFile(path+".migrate", nil, 0o600))
	}
}

// open lets everybody into a folder of the tests, and into those above it.
func open(t *testing.T, folder string) string {
	t.Helper()
	for f := folder; f != os.TempDir() && f != "/"; f = filepath.Dir(f) {
		must(t, os.Chmod(f, 0o777))
	}
	return folder
}

// asNobody has a command run by a user who owns nothing, when we are root: nothing is forbidden to root.
func asNobody(t *testing.T, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	if os.Geteuid() != 0 {
		return cmd
	}
	program := filepath.Join(open(t, t.TempDir()), "liaison")
	text, err := os.ReadFile(cmd.Path)
	must(t, err)
	must(t, os.WriteFile(program, text, 0o755))
	cmd.Path, cmd.Args[0] = program, program
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: theDesk, Gid: theDesk}}
	cmd.Dir = "/"
	return cmd
}

// TestAMistypedSettingIsNamed refuses a settings file with names that are no settings, all at once.
func TestAMistypedSettingIsNamed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "settings")
	for text, says := range map[string]string{
		"LIAISON_LISTN=127.0.0.1:0\n\nFOO=1\n": "liaison: " + file + ": LIAISON_LISTN (line 1; LIAISON_LISTEN?) and FOO (line 3) are no settings.",
		"export LIAISON_NAME=x\n":              "liaison: " + file + ": export LIAISON_NAME (line 1; LIAISON_NAME?) is no setting.",
		"TZ=UTC":                               "liaison: " + file + ": TZ (line 1) is no setting.",
	} {
		must(t, os.WriteFile(file, []byte(text), 0o600))
		if said := liaison(t, 2, "--config", file, "migrate", "--db", "sqlite://"+filepath.Join(t.TempDir(), "desk.db")); !strings.HasPrefix(said, says) {
			t.Errorf("it says %q, want %q", said, says)
		}
	}
	must(t, os.WriteFile(file, []byte("# a comment\nLIAISON_NAME=\"The agency\"\nDISCORD_GUILD_ID=1\n"), 0o600))
	liaison(t, 0, "--config", file, "migrate", "--db", "sqlite://"+filepath.Join(t.TempDir(), "desk.db"))
}
