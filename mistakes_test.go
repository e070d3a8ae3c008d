package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	for text, says := range map[string]string{
		"LIAISON_NAME=Northlight # ours\n": ", line 1: write NAME=value, without quotes and with nothing behind the value",
		"\nLIAISON_NAME='Northlight'\n":    ", line 2: write NAME=value, without quotes and with nothing behind the value",
		"LIAISON_NAME\n":                   ", line 1: write NAME=value",
	} {
		must(t, os.WriteFile(file, []byte(text), 0o600))
		if said := liaison(t, 2, "--config", file, "migrate"); !strings.HasPrefix(said, "liaison: "+file+says) {
			t.Errorf("it says %q, want %q", said, says)
		}
	}
	must(t, os.WriteFile(file, []byte("# a comment\nLIAISON_NAME=\"The agency\"\nDISCORD_GUILD_ID=1\n"), 0o600))
	liaison(t, 0, "--config", file, "migrate", "--db", "sqlite://"+filepath.Join(t.TempDir(), "desk.db"))
}

// TestAWrongSettingIsNamed: exit code 2, which no supervisor tries again, and a sentence with the setting's name and how to write it.
func TestAWrongSettingIsNamed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"serve", "--listen", "999"}, `LIAISON_LISTEN "999" is not an address; write it as 127.0.0.1:8080`},
		{[]string{"serve", "--listen", "127.0.0.1:99999"}, `LIAISON_LISTEN "127.0.0.1:99999" is not an address`},
		{[]string{"demo", "--listen", "nowhere"}, `LIAISON_LISTEN "nowhere" is not an address`},
		{[]string{"serve", "--admins", "Foo"}, `LIAISON_ADMINS: "Foo" is nobody; write them as slack:T0123:U0456 or discord:GUILD:USER`},
		{[]string{"serve", "--admins", "slak:T1:U1"}, `LIAISON_ADMINS: "slak:T1:U1" is nobody`},
		{[]string{"serve", "--zone", "Mars/Olympus"}, `LIAISON_ZONE "Mars/Olympus" is not a time zone`},
		{[]string{"manifest", "--url", "foo"}, `--url "foo" is not where Slack could reach the desk; write it as https://your.host`},
		{[]string{"manifest", "--url", "http://desk.example"}, `--url "http://desk.example" is not where`},
		{[]string{"demo", "--data", "/proc/nobody/here"}, "name a folder that can be written to"},
		{[]string{"import", "sellers", filepath.Join(folder, "none.csv"), "--db", madeStore(t)}, "cannot be opened: it is not there. Name a CSV or XLSX file."},
	} {
		args := append(c.args, "--slack-bot-token", "xoxb-1", "--slack-app-token", "xapp-1")
		if !slices.Contains(args, "--db") {
			args = append(args, "--db", "sqlite://"+filepath.Join(folder, "desk.db"))
		}
		if said := liaison(t, 2, args...); !strings.Contains(said, c.says) {
			t.Errorf("%s: it says %q, want %q", strings.Join(c.args, " "), said, c.says)
		}
	}
}

// madeStore is the address of records that are there.
func madeStore(t *testing.T) string {
	t.Helper()
	url := "sqlite://" + filepath.Join(t.TempDir(), "desk.db")
	liaison(t, 0, "--db", url, "migrate")
	return url
}
