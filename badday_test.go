package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot/sandbox"
	"liaison/store/storetest"
)

// TestAStopLetsRunningWorkFinish stops the program while a press waits for the records. The press that was taken is
// carried out and answered; whatever was acknowledged is in the records; the exit code is 0.
func TestAStopLetsRunningWorkFinish(t *testing.T) {
	t.Parallel()
	var underWay atomic.Bool
	w := newWorkplace(t, func(method, _ string) sandbox.Fault {
		if method == "users.info" { // the desk asks for a person's zone once it has taken a press about a schedule
			underWay.Store(true)
		}
		return sandbox.Fault{}
	})
	path := filepath.Join(t.TempDir(), "desk.db")
	p := serve(t, w, "sqlite://"+path)
	release := holdRecords(t, path)
	pressed := make(chan error, 1)
	go func() { pressed <- w.Command("U0PRIYA", "C0ONBOARD", "/digest subscribe weekly") }()
	p.await("the press to be under way", underWay.Load)
	shops, acked := make([]string, 8), make([]error, 8)
	var others sync.WaitGroup
	for i := range shops {
		shops[i] = fmt.Sprintf("Shop %d", i)
		others.Go(func() {
			acked[i] = w.Command("U0SOL", "C0ONBOARD", fmt.Sprintf("/seller onboard %q US Beauty", shops[i]))
		})
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond) // the order to stop arrives while the press waits
	release()
	if err := <-pressed; err != nil {
		t.Errorf("the press that was under way was not acknowledged: %v", err)
	}
	p.ends()
	w.Close() // whoever was not taken need not wait
	others.Wait()

	d := joined(t, "sqlite://"+path)
	defer d.close()
	subscribed, recorded := 0, map[string]bool{}
	err := d.agency.Look(t.Context(), identity("U0PRIYA"), func(desk *agency.Desk) error {
		list, err := desk.SubscriptionsTo(agency.DigestFeed)
		subscribed = len(list)
		if err != nil {
			return err
		}
		sellers, _, err := desk.Sellers(agency.SellerFilter{})
		for _, s := range sellers {
			recorded[s.Shop] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if subscribed != 1 {
		t.Errorf("the press that was under way left %d subscriptions, want 1", subscribed)
	}
	for i, shop := range shops {
		if acked[i] == nil && !recorded[shop] {
			t.Errorf("%s was acknowledged and is not in the records", shop)
		}
	}
}

// holdRecords keeps everybody else from writing to a SQLite file until release is called.
func holdRecords(t *testing.T, path string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_txlock=immediate&_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func() { tx.Rollback(); db.Close() }
}

// TestTheDatabaseIsGoneForAWhile stops PostgreSQL in its hardest way under a running desk, and starts it again. People are
// refused with a sentence, the desk says what is wrong and goes on by itself, and what was decided is posted once.
func TestTheDatabaseIsGoneForAWhile(t *testing.T) {
	t.Parallel()
	server := storetest.StartServer(t)
	w := newWorkplace(t, nil)
	p := serve(t, w, server.URL)
	must(t, w.Command("U0PRIYA", "C0ONBOARD", "/feed on onboarding"))
	must(t, w.Command("U0SOL", "C0ONBOARD", `/seller onboard "Before" US Beauty`))

	server.Stop(t)
	for range 3 {
		if err := w.Command("U0SOL", "C0ONBOARD", `/seller onboard "Meanwhile" US Beauty`); err != nil {
			t.Errorf("a press without a database was not answered: %v", err)
		}
		p.refusedWithReference(w, "U0SOL")
	}
	p.unready("slack: ok")
	if status, body := p.get("/metrics"); status != http.StatusOK || !strings.Contains(body, `liaison_ready{component="records"} 0`) ||
		!strings.Contains(body, `code="unavailable"`) {
		t.Errorf("without a database the metrics answer %d and do not say so", status)
	}

	server.Start(t)
	p.ready()
	must(t, w.Command("U0SOL", "C0ONBOARD", `/seller onboard "After" US Beauty`))
	// A message that was claimed at the very moment waits until its claim is lost.
	p.awaitFor(2*patience, "the cards", func() bool {
		found := w.shops("C0ONBOARD", "Before", "After")
		return found["Before"] > 0 && found["After"] > 0
	})
	if found := w.shops("C0ONBOARD", "Before", "Meanwhile", "After"); found["Before"] != 1 || found["After"] != 1 || found["Meanwhile"] != 0 {
		t.Errorf("in the channel stand %v", found)
	}
	p.stops()
}

// TestTheDatabaseFailsOver loses the PostgreSQL server under a running desk while people press, and promotes its standby.
// What was acknowledged is there, what was refused is not, each once, and the desk goes on with the standby by itself.
func TestTheDatabaseFailsOver(t *testing.T) {
	t.Parallel()
	server := storetest.StartServer(t)
	standby := server.Standby(t)
	w := newWorkplace(t, nil)
	p := serve(t, w, standby.URL)
	must(t, w.Command("U0PRIYA", "C0ONBOARD", "/feed on onboarding"))
	var names []string
	for n := range 8 {
		names = append(names, fmt.Sprintf("Before %d", n))
		must(t, w.Command("U0SOL", "C0ONBOARD", fmt.Sprintf(`/seller onboard "Before %d" US Beauty`, n)))
	}
	server.Stop(t)
	if err := w.Command("U0SOL", "C0ONBOARD", `/seller onboard "Meanwhile" US Beauty`); err != nil {
		t.Errorf("a press without a database was not answered: %v", err)
	}
	p.refusedWithReference(w, "U0SOL")
	p.unready("slack: ok")

	standby.Promote(t)
	p.ready()
	must(t, w.Command("U0SOL", "C0ONBOARD", `/seller onboard "After" US Beauty`))
	names = append(names, "After")
	p.awaitFor(3*patience, "the cards", func() bool { return len(w.shops("C0ONBOARD", names...)) == len(names) })
	found := w.shops("C0ONBOARD", append(names, "Meanwhile")...)
	for _, name := range names {
		if found[name] != 1 {
			t.Errorf("%q was acknowledged and has %d cards", name, found[name])
		}
	}
	if found["Meanwhile"] != 0 {
		t.Error("what was refused stands in the channel")
	}
	p.stops()
}

// TestTheDatabaseIsSlow holds PostgreSQL's tables under a running desk for longer than anybody waits. Slack gets its
// acknowledgement in time, the person a sentence with a reference, nothing is half-written, and it works again afterwards.
func TestTheDatabaseIsSlow(t *testing.T) {
	t.Parallel()
	server := storetest.StartServer(t)
	w := newWorkplace(t, nil)
	p := serve(t, w, server.URL)
	must(t, w.Command("U0PRIYA", "C0ONBOARD", "/feed on onboarding"))
	db, err := sql.Open("pgx", server.URL)
	must(t, err)
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	must(t, err)
	_, err = tx.ExecContext(t.Context(), "LOCK TABLE sellers IN ACCESS EXCLUSIVE MODE")
	must(t, err)
	if err := w.Command("U0SOL", "C0ONBOARD", `/seller onboard "Meanwhile" US Beauty`); err != nil {
		t.Errorf("a press on a slow database was not acknowledged: %v", err)
	}
	p.refusedWithReference(w, "U0SOL")
	must(t, tx.Rollback())
	must(t, w.Command("U0SOL", "C0ONBOARD", `/seller onboard "After" US Beauty`))
	p.awaitFor(2*patience, "the card", func() bool { return w.shops("C0ONBOARD", "After")["After"] > 0 })
	if found := w.shops("C0ONBOARD", "Meanwhile", "After"); found["After"] != 1 || found["Meanwhile"] != 0 {
		t.Errorf("in the channel stand %v", found)
	}
	p.stops()
}

// TestTheDatabaseTakesNoWrites makes PostgreSQL read-only under a running desk, as a failover does.
func TestTheDatabaseTakesNoWrites(t *testing.T) {
	t.Parallel()
	server := storetest.StartServer(t)
	w := newWorkplace(t, nil)
	p := serve(t, w, server.URL)
	db, err := sql.Open("pgx", server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	readOnly := func(how string) {
		t.Helper()
		// Open connections keep what they began with: they are ended, as a failover ends them.
		for _, statement := range []string{
			"SET default_transaction_read_only = off",
			"ALTER DATABASE postgres SET default_transaction_read_only = " + how,
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
		} {
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	db.SetMaxOpenConns(1)
	readOnly("on")
	p.unready("tables: ok")
	refusedAndThenNot(t, w, p, func() { readOnly("off") })
}

// TestTheDiskIsFull keeps the program from making its files longer, which is what a full disk does to SQLite.
func TestTheDiskIsFull(t *testing.T) {
	t.Parallel()
	limit := limiter(t)
	w := newWorkplace(t, nil)
	p := serve(t, w, "sqlite://"+filepath.Join(t.TempDir(), "desk.db"))
	room := func(bytes string) {
		t.Helper()
		if out, err := exec.Command(limit, "--pid", fmt.Sprint(p.cmd.Process.Pid), "--fsize="+bytes+":").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	room("0")
	p.unready("tables: ok")
	refusedAndThenNot(t, w, p, func() { room("unlimited") })
}

// refusedAndThenNot has a person press while nothing can be written, mends that, and has them press again.
func refusedAndThenNot(t *testing.T, w *workplace, p *program, mend func()) {
	t.Helper()
	must(t, w.Command("U0SOL", "C0ONBOARD", `/seller onboard "Kept" US Beauty`))
	p.refusedWithReference(w, "U0SOL")
	before := len(w.Ephemerals("U0SOL"))
	must(t, w.Command("U0SOL", "C0ONBOARD", "/seller list"))
	if told := w.Ephemerals("U0SOL"); len(told) != before+1 || reference.MatchString(told[before].Shown()) {
		t.Error("what only reads is not answered while nothing can be written")
	}
	mend()
	p.ready()
	must(t, w.Command("U0SOL", "C0ONBOARD", `/seller onboard "Kept" US Beauty`))
	told := w.Ephemerals("U0SOL")
	if text := told[len(told)-1].Shown(); !strings.Contains(text, "S-1") || reference.MatchString(text) {
		t.Errorf("afterwards the press was answered %q, and not with the first seller", text)
	}
	p.stops()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
