package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/store"
	"liaison/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// write runs fn and fails the test when it fails.
func write(t *testing.T, s *store.Store, fn func(agency.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func insertSeller(t *testing.T, s *store.Store, shop string) (id agency.SellerID) {
	t.Helper()
	write(t, s, func(tx agency.Tx) (err error) {
		id, err = tx.InsertSeller(agency.Seller{Shop: shop, Region: "US", Version: 1}, shop)
		return err
	})
	return id
}

func seller(t *testing.T, s *store.Store, id agency.SellerID) (found agency.Seller) {
	t.Helper()
	if err := s.Read(t.Context(), func(tx agency.Tx) (err error) { found, err = tx.Seller(id); return err }); err != nil {
		t.Fatal(err)
	}
	return found
}

func sellers(t *testing.T, s *store.Store) (total int) {
	t.Helper()
	err := s.Read(t.Context(), func(tx agency.Tx) (err error) {
		_, total, err = tx.Sellers(agency.SellerFilter{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

// posting moves an amount to the agency's income.
func posting(key string, minor int64) agency.Posting {
	return agency.Posting{Key: key, Kind: "test", Entries: []agency.Entry{
		{Account: agency.Clearing, Amount: money.Of(minor, "USD")},
		{Account: agency.AgencyIncome, Amount: money.Of(-minor, "USD")},
	}}
}

func TestAFailedTransactionWritesNothing(t *testing.T) {
	t.Parallel()
	mine := errors.New("a rule said no")
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		insertSeller(t, s, "kept")
		var woken atomic.Int64
		s.OnEnqueue(func() { woken.Add(1) })
		everything := func(tx agency.Tx) error {
			if _, err := tx.InsertSeller(agency.Seller{Shop: "lost", Region: "US", Version: 1}, "lost"); err != nil {
				return err
			}
			if err := tx.InsertPostings([]agency.Posting{posting("lost", 100)}); err != nil {
				return err
			}
			return tx.Enqueue(agency.Outgoing{Kind: "test", Mode: agency.Note, Key: "lost"})
		}
		for name, fails := range map[string]struct {
			fn func(agency.Tx) error
			is func(error) bool
		}{
			"a rule": {func(tx agency.Tx) error { return errors.Join(everything(tx), mine) },
				func(err error) bool { return errors.Is(err, mine) }},
			"a refusal": {func(tx agency.Tx) error { return errors.Join(everything(tx), agency.Conflict("No.")) },
				func(err error) bool { return agency.CodeOf(err) == agency.CodeConflict }},
			"the database": {func(tx agency.Tx) error {
				_, err := tx.InsertSeller(agency.Seller{Shop: "kept", Region: "US"}, "kept")
				return errors.Join(everything(tx), err)
			}, func(err error) bool { return err != nil }},
			"the database, not heeded": {func(tx agency.Tx) error {
				err := everything(tx)
				_, _ = tx.InsertSeller(agency.Seller{Shop: "kept", Region: "US"}, "kept")
				return err
			}, func(err error) bool { return agency.CodeOf(err) == agency.CodeConflict }},
		} {
			if err := s.Write(t.Context(), fails.fn); !fails.is(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a panic was swallowed")
				}
			}()
			_ = s.Write(t.Context(), func(tx agency.Tx) error { _ = everything(tx); panic("a bug") })
		}()
		stopped, stop := context.WithCancel(t.Context())
		if err := s.Write(stopped, func(tx agency.Tx) error { defer stop(); return everything(tx) }); err == nil {
			t.Error("a unit of work whose time was over was committed")
		}
		if n := sellers(t, s); n != 1 {
			t.Errorf("%d sellers, want 1", n)
		}
		if n := balance(t, s); n != 0 {
			t.Errorf("the ledger has %d", n)
		}
		if waiting, _, err := s.OutboxDepth(t.Context()); err != nil || waiting != 0 {
			t.Errorf("%d messages wait, %v", waiting, err)
		}
		if n := woken.Load(); n != 0 {
			t.Errorf("the sender was woken %d times for nothing", n)
		}
		if id := insertSeller(t, s, "next"); id != 2 {
			t.Errorf("the next seller is %s: numbers of failed transactions must not be lost", id)
		}
		write(t, s, func(tx agency.Tx) error {
			return tx.Enqueue(agency.Outgoing{Kind: "test", Mode: agency.Note, Key: "said"})
		})
		if n := woken.Load(); n != 1 {
			t.Errorf("the sender was woken %d times, want once", n)
		}
	})
}

func balance(t *testing.T, s *store.Store) (minor int64) {
	t.Helper()
	err := s.Read(t.Context(), func(tx agency.Tx) error {
		a, err := tx.Balance(agency.Clearing, "USD")
		minor = a.Minor
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return minor
}

// TestNoUpdateIsLost lets many change one seller by what they read of it.
func TestNoUpdateIsLost(t *testing.T) {
	t.Parallel()
	const people, times = 4, 10
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		id := insertSeller(t, s, "Glow Lab")
		var all sync.WaitGroup
		for range people {
			all.Go(func() {
				for range times {
					if err := s.Write(t.Context(), func(tx agency.Tx) error { return oneMoreCreator(tx, id) }); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if got := seller(t, s, id); got.Wishes.Creators != people*times || got.Version != 1+people*times {
			t.Errorf("%d creators in version %d, want %d and %d", got.Wishes.Creators, got.Version, people*times, 1+people*times)
		}
	})
}

func oneMoreCreator(tx agency.Tx, id agency.SellerID) error {
	s, err := tx.Seller(id)
	if err != nil {
		return err
	}
	s.Wishes.Creators++
	return tx.UpdateSeller(s, s.Shop)
}

// together holds the first try of two units of work until both have read.
func together() (met func()) {
	var both sync.WaitGroup
	both.Add(2)
	return func() { both.Done(); both.Wait() }
}

// TestWriteRunsAgainWhenTheDatabaseAsks makes two replicas read the same and write by it. One process never asks itself: it
// has one writer.
func TestWriteRunsAgainWhenTheDatabaseAsks(t *testing.T) {
	t.Parallel()
	replicas := storetest.Replicas(t, 2)
	s := replicas[0]
	id := insertSeller(t, s, "Glow Lab")
	met := together()
	var runs atomic.Int64
	var both sync.WaitGroup
	for _, replica := range replicas {
		both.Go(func() {
			first := true
			err := replica.Write(t.Context(), func(tx agency.Tx) error {
				runs.Add(1)
				if _, err := tx.Seller(id); err != nil {
					return err
				}
				if first {
					first = false
					met()
				}
				return oneMoreCreator(tx, id)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if got := seller(t, s, id); got.Wishes.Creators != 2 || got.Version != 3 {
		t.Errorf("%d creators in version %d, want 2 and 3", got.Wishes.Creators, got.Version)
	}
	if n := runs.Load(); n < 3 {
		t.Errorf("%d runs, want a third: somebody's work was based on what was no longer so", n)
	}
}

// TestARuleHoldsAcrossUnitsOfWork makes two replicas allow themselves something because of what they read elsewhere:
// only one may be right.
func TestARuleHoldsAcrossUnitsOfWork(t *testing.T) {
	t.Parallel()
	replicas := storetest.Replicas(t, 2)
	s := replicas[0]
	met := together()
	var refused atomic.Int64
	var both sync.WaitGroup
	for n, replica := range replicas {
		both.Go(func() {
			first := true
			err := replica.Write(t.Context(), func(tx agency.Tx) error {
				spent, err := tx.Balance(agency.Clearing, "USD")
				if err != nil {
					return err
				}
				if first {
					first = false
					met()
				}
				if spent.Minor+100 > 150 {
					return agency.Conflict("The limit is 1.50 USD.")
				}
				return tx.InsertPostings([]agency.Posting{posting(fmt.Sprint("spend ", n), 100)})
			})
			switch {
			case agency.CodeOf(err) == agency.CodeConflict:
				refused.Add(1)
			case err != nil:
				t.Error(err)
			}
		})
	}
	both.Wait()
	if spent := balance(t, s); spent != 100 || refused.Load() != 1 {
		t.Errorf("%d spent and %d refused, want 100 and 1", spent, refused.Load())
	}
}

func TestReadCannotWrite(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		id := insertSeller(t, s, "Glow Lab")
		for name, fn := range map[string]func(agency.Tx) error{
			"insert": func(tx agency.Tx) error {
				_, err := tx.InsertSeller(agency.Seller{Shop: "new", Region: "US"}, "new")
				return err
			},
			"update": func(tx agency.Tx) error { return oneMoreCreator(tx, id) },
			"not heeded": func(tx agency.Tx) error {
				_ = tx.Enqueue(agency.Outgoing{Kind: "test", Mode: agency.Note})
				return nil
			},
		} {
			if err := s.Read(t.Context(), fn); err == nil {
				t.Errorf("%s: Read has written", name)
			}
		}
		if got := seller(t, s, id); got.Version != 1 || sellers(t, s) != 1 {
			t.Errorf("%+v, %d sellers", got, sellers(t, s))
		}
		insertSeller(t, s, "after") // the connections are as good as before
	})
}

func TestReadSeesOneInstant(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		insertSeller(t, s, "before")
		err := s.Read(t.Context(), func(tx agency.Tx) error {
			for try := range 2 {
				_, n, err := tx.Sellers(agency.SellerFilter{})
				if err != nil {
					return err
				}
				if n != 1 {
					t.Errorf("look %d: %d sellers, want 1", try+1, n)
				}
				insertSeller(t, s, fmt.Sprint("meanwhile ", try)) // readers do not keep the writer waiting
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := sellers(t, s); n != 3 {
			t.Errorf("%d sellers, want 3", n)
		}
	})
}

func TestAnOldVersionIsStale(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		id := insertSeller(t, s, "Glow Lab")
		old := seller(t, s, id)
		write(t, s, func(tx agency.Tx) error { return oneMoreCreator(tx, id) })
		old.Contact = "from an old card"
		err := s.Write(t.Context(), func(tx agency.Tx) error { return tx.UpdateSeller(old, old.Shop) })
		if agency.CodeOf(err) != agency.CodeStale {
			t.Errorf("an old version: %v", err)
		}
		if got := seller(t, s, id); got.Contact != "" || got.Version != 2 || got.Wishes.Creators != 1 {
			t.Errorf("the old version was written: %+v", got)
		}
		old.ID = 99
		if err := s.Write(t.Context(), func(tx agency.Tx) error { return tx.UpdateSeller(old, old.Shop) }); agency.CodeOf(err) != agency.CodeStale {
			t.Errorf("a seller that is not there: %v", err)
		}
	})
}

func TestWhatIsRecordedTwiceIsAConflict(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		insertSeller(t, s, "Glow Lab")
		write(t, s, func(tx agency.Tx) error { return tx.InsertPostings([]agency.Posting{posting("once", 5)}) })
		for name, fn := range map[string]func(agency.Tx) error{
			"a seller": func(tx agency.Tx) error {
				_, err := tx.InsertSeller(agency.Seller{Shop: "Glow Lab", Region: "US"}, "Glow Lab")
				return err
			},
			"a posting": func(tx agency.Tx) error { return tx.InsertPostings([]agency.Posting{posting("once", 5)}) },
		} {
			if err := s.Write(t.Context(), fn); agency.CodeOf(err) != agency.CodeConflict {
				t.Errorf("%s twice: %v", name, err)
			}
		}
	})
}

// TestMigrationsTakeTurns starts as many desks at once as a platform might, on a database that none of them has seen.
func TestMigrationsTakeTurns(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, url string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := make(chan struct{})
		var all sync.WaitGroup
		for n := range 8 {
			all.Go(func() {
				<-start
				s, err := store.Open(ctx, url)
				if err != nil {
					t.Errorf("desk %d: %v", n, err)
					return
				}
				insertSeller(t, s, fmt.Sprint("shop ", n))
				if err := s.Close(); err != nil {
					t.Errorf("desk %d: %v", n, err)
				}
			})
		}
		close(start)
		all.Wait()
		s, err := store.Open(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if n := sellers(t, s); n != 8 {
			t.Errorf("%d sellers, want 8", n)
		}
	})
}

func TestABackupIsOfOneInstant(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	writing, stop := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	var written atomic.Int64
	writer.Go(func() {
		for n := 0; writing.Err() == nil; n++ {
			err := s.Write(writing, func(tx agency.Tx) error {
				_, err := tx.InsertSeller(agency.Seller{Shop: fmt.Sprint("shop ", n), Region: "US"}, fmt.Sprint("shop ", n))
				return errors.Join(err, tx.InsertPostings([]agency.Posting{posting(fmt.Sprint("p ", n), 1)}))
			})
			if err != nil && writing.Err() == nil {
				t.Error(err)
				return
			}
			written.Add(1)
		}
	})
	defer writer.Wait()
	defer stop()
	for n := range 3 {
		for written.Load() < int64(20*(n+1)) && !t.Failed() {
			time.Sleep(time.Millisecond)
		}
		path := filepath.Join(t.TempDir(), "it's a copy.db")
		before := written.Load()
		if err := s.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		checkCopy(t, path, before)
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the copy may be read by others: %v, %v", info.Mode(), err)
		}
	}
}

// Whoever else has an account on the machine reads neither the records nor their log.
func TestANewDatabaseIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.db")
	s, err := store.Open(t.Context(), "sqlite://"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", filepath.Base(name), info.Mode(), err)
		}
	}
}

// checkCopy opens a backup and looks whether it is whole and has at least what was committed before it began.
func checkCopy(t *testing.T, path string, atLeast int64) {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Read(t.Context(), func(tx agency.Tx) error {
		sums, err := tx.TrialBalance()
		if err != nil {
			return err
		}
		for _, sum := range sums {
			if !sum.IsZero() {
				t.Errorf("the trial balance of the copy is %s", sum)
			}
		}
		posted, err := tx.Balance(agency.Clearing, "USD")
		if err != nil {
			return err
		}
		_, total, err := tx.Sellers(agency.SellerFilter{Limit: 1})
		if int64(total) != posted.Minor || posted.Minor < atLeast {
			t.Errorf("the copy has %d sellers and %d postings; at least %d of each were there", total, posted.Minor, atLeast)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestABackupReplacesNothing(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	for name, content := range map[string]string{"something.db": "precious", "nothing.db": ""} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Backup(t.Context(), path); err == nil || !strings.Contains(err.Error(), "is there already") {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("%s has changed: %q, %v", name, got, err)
		}
	}
	if err := s.Backup(t.Context(), filepath.Join(t.TempDir(), "no folder", "desk.db")); err == nil {
		t.Error("a backup into a folder that is not there succeeded")
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	path := filepath.Join(t.TempDir(), "desk.db")
	if err := s.Backup(stopped, path); err == nil {
		t.Error("a backup whose time was over succeeded")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a backup that failed left a file")
	}
}

func TestPostgresIsNotBackedUpHere(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	path := filepath.Join(t.TempDir(), "desk.db")
	if err := s.Backup(t.Context(), path); err == nil || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was made")
	}
}

func TestOpenRefusesWhatIsNoDatabase(t *testing.T) {
	t.Parallel()
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"", "desk.db", "mysql://localhost/desk", "sqlite://" + garbage, "sqlite:///no/such/folder/desk.db"} {
		if s, err := store.Open(t.Context(), url); err == nil {
			t.Errorf("%q was opened", url)
			_ = s.Close()
		}
	}
}
