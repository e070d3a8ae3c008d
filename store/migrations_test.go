package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"liaison/store"
	"liaison/store/storetest"
)

// During a rolling upgrade the desk of the version before goes on beside the new one, on tables that the new one has
// brought up to date. It knows nothing of what is new, so what is new must do without it.
var (
	hostile    = regexp.MustCompile(`(?is)\b(DROP\s+(TABLE|COLUMN)|RENAME|ALTER\s+COLUMN|SET\s+NOT\s+NULL|ADD\s+CONSTRAINT|TRUNCATE|DELETE\s+FROM)\b`)
	newColumn  = regexp.MustCompile(`(?is)ADD\s+COLUMN\s+(\w+)[^;]*`)
	newUnique  = regexp.MustCompile(`(?is)CREATE\s+UNIQUE\s+INDEX[^;]*`)
	newTable   = regexp.MustCompile(`(?is)CREATE\s+TABLE\s+(\w+)`)
	ofTable    = regexp.MustCompile(`(?is)\bON\s+(\w+)`)
	sqlComment = regexp.MustCompile(`(?m)--.*$`)
)

func faults(text string) (list []string) {
	text = sqlComment.ReplaceAllString(text, "")
	for _, found := range hostile.FindAllString(text, -1) {
		list = append(list, "says "+found)
	}
	for _, found := range newColumn.FindAllString(text, -1) {
		if upper := strings.ToUpper(found); strings.Contains(upper, "NOT NULL") && !strings.Contains(upper, "DEFAULT") {
			list = append(list, "adds a column that the version before cannot fill: "+found)
		}
	}
	made := map[string]bool{}
	for _, found := range newTable.FindAllStringSubmatch(text, -1) {
		made[found[1]] = true
	}
	for _, found := range newUnique.FindAllString(text, -1) {
		if table := ofTable.FindStringSubmatch(found); !made[table[1]] && !strings.Contains(strings.ToUpper(found), "WHERE") {
			list = append(list, "forbids what the version before may write: "+found)
		}
	}
	return list
}

func TestMigrationsLetTheVersionBeforeGoOn(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) < 2 {
		t.Fatalf("migrations: %v, %v", files, err)
	}
	for _, file := range files[1:] { // before the first there was nothing
		if strings.HasSuffix(file, ".sqlite.sql") {
			continue // one process serves a SQLite database: no version before goes on beside it
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range faults(string(text)) {
			t.Errorf("%s %s", file, fault)
		}
	}
	for _, bad := range []string{"ALTER TABLE a DROP COLUMN b;", "ALTER TABLE a RENAME TO b;", "ALTER TABLE a ADD COLUMN b BIGINT NOT NULL;",
		"CREATE UNIQUE INDEX i ON a (b);", "drop\ntable a;"} {
		if len(faults(bad)) == 0 {
			t.Errorf("%q passes", bad)
		}
	}
}

// Both databases know the same numbers, so that a desk can say whether the tables are up to date.
func TestEveryMigrationIsForBothDatabases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string][]string{}
	for _, file := range files {
		number, name, _ := strings.Cut(filepath.Base(file), "_")
		database := ""
		if parts := strings.Split(name, "."); len(parts) == 3 {
			database = parts[1]
		}
		seen[number] = append(seen[number], database)
	}
	for number, of := range seen {
		if got := strings.Join(of, " "); got != "" && got != "postgres sqlite" {
			t.Errorf("migration %s is there for %q", number, got)
		}
	}
}

func TestAServerThatMayLoseWhatItAcknowledgedIsRefused(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, url string) {
		if !strings.HasPrefix(url, "postgres") {
			return // the settings of SQLite are ours, and asserted at each start
		}
		between := "?"
		if strings.Contains(url, "?") {
			between = "&"
		}
		s, err := store.Connect(t.Context(), url+between+"options=-c%20synchronous_commit%3Doff")
		if err == nil || !strings.Contains(err.Error(), "synchronous_commit") {
			t.Errorf("opened with synchronous_commit off: %v", err)
		}
		if s != nil {
			s.Close()
		}
	})
}

// What the operator should know is said at the start: a server that a power cut can damage, a failover that can lose.
func TestDoubtsAboutTheServerAreSaid(t *testing.T) {
	t.Parallel()
	server := storetest.StartServer(t)
	server.Standby(t)
	said := func() string {
		s, err := store.Connect(t.Context(), server.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		doubts, err := s.Doubts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(doubts, "\n")
	}
	awaited := func(what string, cond func() bool) {
		for until := time.Now().Add(20 * time.Second); !cond(); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatalf("%s: %q", what, said())
			}
		}
	}
	awaited("a server without a fault is doubted", func() bool { return said() == "" })
	server.Order(t, "ALTER SYSTEM RESET synchronous_standby_names")
	server.Order(t, "ALTER SYSTEM SET full_page_writes = off")
	server.Order(t, "SELECT pg_reload_conf()")
	awaited("the doubts are not said", func() bool {
		return strings.Contains(said(), "synchronous_standby_names") && strings.Contains(said(), "full_page_writes=off")
	})
}
