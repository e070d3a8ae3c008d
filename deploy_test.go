package main

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"liaison/bot/sandbox"
	"liaison/store/storetest"
)

// unit is a systemd unit as it is shipped: what each name says, in order.
type unit map[string][]string

func readUnit(t *testing.T, name string) unit {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("deploy", name))
	must(t, err)
	u := unit{}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
			u[key] = append(u[key], value)
		}
	}
	return u
}

// machine is where a unit runs: the folder that systemd calls %S, and the one of its credentials, %d.
type machine struct{ state, credentials string }

func (m machine) expand(text string) string {
	return strings.NewReplacer("%S", m.state, "%d", m.credentials).Replace(text)
}

// newMachine is one on which the settings file says this.
func newMachine(t *testing.T, u unit, settings string) machine {
	t.Helper()
	m := machine{t.TempDir(), t.TempDir()}
	for folder := range strings.FieldsSeq(strings.Join(u["StateDirectory"], " ")) {
		must(t, os.Mkdir(filepath.Join(m.state, folder), 0o700))
	}
	name, _, _ := strings.Cut(u["LoadCredential"][0], ":")
	must(t, os.WriteFile(filepath.Join(m.credentials, name), []byte(settings), 0o600))
	return m
}

// command is what the unit runs, with what the unit says of its environment and nothing else.
func (m machine) command(u unit) *exec.Cmd {
	words := strings.Fields(m.expand(u["ExecStart"][0]))
	cmd := exec.Command(os.Args[0], words[1:]...)
	cmd.Dir = m.expand(u["WorkingDirectory"][0])
	cmd.Env = []string{asProgram + "=1"}
	for _, e := range u["Environment"] {
		cmd.Env = append(cmd.Env, m.expand(e))
	}
	return cmd
}

// settingsFile is a settings file for a workplace, with more lines.
func (w *workplace) settingsFile(lines ...string) string {
	return strings.Join(append([]string{"LIAISON_LISTEN=127.0.0.1:0", "SLACK_API_URL=" + w.api, "SLACK_BOT_TOKEN=" + sandbox.DefaultBotToken,
		"SLACK_APP_TOKEN=" + sandbox.DefaultAppToken}, lines...), "\n")
}

// TestTheUnitLeavesTheRecordsToTheSettingsFile runs the program as the unit does: on SQLite in the service's folder when the
// settings file names no records, on those that it names otherwise.
func TestTheUnitLeavesTheRecordsToTheSettingsFile(t *testing.T) {
	t.Parallel()
	u := readUnit(t, "liaison.service")
	t.Run("no LIAISON_DB", func(t *testing.T) {
		t.Parallel()
		w := newWorkplace(t, nil)
		m := newMachine(t, u, w.settingsFile())
		p := start(t, m.command(u))
		p.ready()
		p.stops()
		if _, err := os.Stat(filepath.Join(m.state, "liaison", "liaison.db")); err != nil {
			t.Errorf("the records are not in the service's folder: %v", err)
		}
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		server := storetest.StartServer(t)
		w := newWorkplace(t, nil)
		m := newMachine(t, u, w.settingsFile("LIAISON_DB="+server.URL))
		p := start(t, m.command(u))
		p.ready()
		p.stops()
		if left, _ := filepath.Glob(filepath.Join(m.state, "liaison", "*")); len(left) > 0 {
			t.Errorf("the settings file names PostgreSQL, and there is %q", left)
		}
		db, err := sql.Open("pgx", server.URL)
		must(t, err)
		defer db.Close()
		var tables int
		must(t, db.QueryRow("SELECT count(*) FROM goose_db_version").Scan(&tables))
	})
}

// TestTheBackupUnitCopiesWhatTheDeskHas runs the backup as its unit does, beside a desk that runs as its own unit does.
func TestTheBackupUnitCopiesWhatTheDeskHas(t *testing.T) {
	t.Parallel()
	desk, backup := readUnit(t, "liaison.service"), readUnit(t, "liaison-backup.service")
	for _, key := range []string{"DynamicUser", "LoadCredential", "Environment", "WorkingDirectory", "UMask", "StateDirectoryMode"} {
		if strings.Join(desk[key], "\n") != strings.Join(backup[key], "\n") {
			t.Errorf("%s is %q for the desk and %q for the backup", key, desk[key], backup[key])
		}
	}
	if backup["User"][0] != "liaison" { // a dynamic user is called as its unit, unless it is said
		t.Errorf("the backup runs as %q", backup["User"])
	}
	w := newWorkplace(t, nil)
	m := newMachine(t, backup, w.settingsFile())
	p := start(t, m.command(desk))
	p.ready()
	if out, err := m.command(backup).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p.stops()
	copies, err := filepath.Glob(filepath.Join(m.state, "liaison-backup", "liaison-*.db"))
	if err != nil || len(copies) != 1 {
		t.Fatalf("the copies are %q, %v", copies, err)
	}
	liaison(t, 0, "--db", "sqlite://"+copies[0], "verify")
	if timer := readUnit(t, "liaison-backup.timer"); timer["OnCalendar"] == nil || timer["WantedBy"][0] != "timers.target" {
		t.Errorf("the timer says %v", timer)
	}
}
