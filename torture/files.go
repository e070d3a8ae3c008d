package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// baseShops are the shops that the orders of the files are of.
const baseShops = 4

// importTime is about how long an import takes: a kill is to come meanwhile.
const importTime = 120 * time.Millisecond

// baseCreators is how many creators there are to propose.
const baseCreators = 40

// imports is the operator at the machine, who brings in files beside the running desk.
type imports struct {
	program
	folder string
	choose *rand.Rand
	done   []imported
}

// imported is one file and what became of it.
type imported struct {
	kind  string
	keys  []string // order numbers, notices
	ended string   // "applied", "failed", "killed"
	says  string
}

// base makes the tables, and brings in the shops and creators with which everything begins.
func (i *imports) base() error {
	if out, err := i.command("migrate").CombinedOutput(); err != nil {
		return fmt.Errorf("making the tables: %w\n%s", err, out)
	}
	var sellers, creators strings.Builder
	sellers.WriteString("Shop,Region,Category,Typical price,Currency,Done steps\n")
	for n := range baseShops {
		fmt.Fprintf(&sellers, "Base %d,US,Beauty,24.99,USD,all\n", n+1)
	}
	creators.WriteString("Creator username,Region,State,Categories,Formats,Followers,Capacity,Agency share,Health,Tax form,Payout ready,Affiliate GMV,Currency\n")
	for n := range baseCreators {
		fmt.Fprintf(&creators, "creator%d,US,active,Beauty,\"video,live\",%d,5000,15%%,400,yes,yes,%d.00,USD\n", n+1, 5000+n, 1000+n)
	}
	for kind, rows := range map[string]string{"sellers": sellers.String(), "creators": creators.String()} {
		path := filepath.Join(i.folder, kind+".csv")
		if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
			return err
		}
		if out, err := i.command("import", kind, path, "--yes").CombinedOutput(); err != nil {
			return fmt.Errorf("importing %s: %w\n%s", kind, err, out)
		}
	}
	return nil
}

// run brings in a file now and then until ctx is done. Some imports are killed as the desk is.
func (i *imports) run(ctx context.Context) {
	for n := 1; ctx.Err() == nil; n++ {
		if err := i.one(n); err != nil {
			i.done = append(i.done, imported{ended: "failed", says: err.Error()})
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second + time.Duration(i.choose.Int64N(int64(3*time.Second)))):
		}
	}
}

func (i *imports) one(n int) error {
	file := imported{kind: "orders"}
	var rows string
	if n%3 == 0 {
		file.kind = "violations"
	}
	file.keys, rows = i.rows(file.kind, n)
	path := filepath.Join(i.folder, fmt.Sprintf("%s-%d.csv", file.kind, n))
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		return err
	}
	out, err := os.Create(path + ".log")
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := i.command("import", file.kind, path, "--yes")
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return err
	}
	file.ended = "applied"
	if i.choose.IntN(3) == 0 {
		file.ended = "killed"
		kill := time.AfterFunc(time.Duration(i.choose.Int64N(int64(importTime))), func() { cmd.Process.Kill() }) //nolint:errcheck // it may have ended
		defer kill.Stop()
	}
	err = cmd.Wait()
	if err == nil {
		file.ended = "applied"
	} else if cmd.ProcessState.Exited() {
		file.ended = "failed"
		said, _ := os.ReadFile(out.Name()) //nolint:errcheck // only for the report
		file.says = strings.TrimSpace(string(said))
	}
	i.done = append(i.done, file)
	return nil
}

// rows makes a file's rows with keys that are used once.
func (i *imports) rows(kind string, n int) (keys []string, table string) {
	var b strings.Builder
	now := time.Now().UTC()
	if kind == "violations" {
		b.WriteString("Notice,Shop,Region,Violation,Points,Date,Appeal deadline\n")
		for k := range 1 + i.choose.IntN(2) {
			keys = append(keys, fmt.Sprintf("VN-%d-%d", n, k))
			fmt.Fprintf(&b, "%s,Base %d,US,Imported rule %d,2,%s,%s\n", keys[k], 1+i.choose.IntN(baseShops), n,
				now.Format(time.DateOnly), now.AddDate(0, 2, 0).Format(time.DateOnly))
		}
		return keys, b.String()
	}
	b.WriteString("Order ID,SKU ID,Shop,Region,Creator,Price,Currency,Quantity,Status,Commission rate,Est. commission,Actual commission,Ordered at,Settled at\n")
	for k := range 3 + i.choose.IntN(20) {
		keys = append(keys, fmt.Sprintf("5764%08d%06d", n, k))
		fmt.Fprintf(&b, "%s,1729384756102938475,Base %d,US,creator%d,24.99,USD,1,Settled,15%%,3.75,3.75,%s,%s\n", keys[k], 1+i.choose.IntN(baseShops),
			1+i.choose.IntN(baseCreators), now.AddDate(0, 0, -20).Format(time.DateTime), now.AddDate(0, 0, -3).Format(time.DateTime))
	}
	return keys, b.String()
}
