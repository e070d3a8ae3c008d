package store

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jmoiron/sqlx"
)

func TestColumnName(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{
		"":             "",
		"ID":           "id",
		"SKU":          "sku",
		"Shop":         "shop",
		"ShopCode":     "shop_code",
		"StartsOn":     "starts_on",
		"MinFollowers": "min_followers",
		"OrderNo":      "order_no",
		"SKUName":      "sku_name",
		"ShopID":       "shop_id",
		"GMV30Days":    "gmv30_days",
		"A":            "a",
		"AName":        "a_name",
		"already":      "already",
		"snake_case":   "snake_case",
	} {
		if got := columnName(field); got != want {
			t.Errorf("columnName(%q) = %q, want %q", field, got, want)
		}
	}
}

// TestSQLiteKeepsWhatItAcknowledges looks at the settings of every connection that a pool opens: a PRAGMA reaches only the
// connection it is said on.
func TestSQLiteKeepsWhatItAcknowledges(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "a desk?.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, pool := range map[string]struct {
		db          *sqlx.DB
		connections int
		queryOnly   string
	}{
		"write": {s.write, 1, "0"},
		"read":  {s.read, 4, "1"},
	} {
		for range pool.connections {
			c, err := pool.db.Conn(t.Context()) // held until the end, so that the next one is another
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for setting, want := range map[string]string{
				"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000", "query_only": pool.queryOnly,
			} {
				var got string
				if err := c.QueryRowContext(t.Context(), "PRAGMA "+setting).Scan(&got); err != nil {
					t.Fatal(err)
				}
				if got != want {
					t.Errorf("%s: PRAGMA %s is %s, want %s", name, setting, got, want)
				}
			}
		}
	}
	if n := s.write.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("SQLite has %d writers, want 1", n)
	}
}

// TestAnUnsafeSQLiteIsRefused opens a database whose commits would not survive a power cut.
func TestAnUnsafeSQLiteIsRefused(t *testing.T) {
	t.Parallel()
	for _, settings := range []string{"_journal_mode=DELETE&_synchronous=FULL", "_journal_mode=WAL&_synchronous=NORMAL"} {
		db, err := sqlx.Open("sqlite3", "file:"+filepath.Join(t.TempDir(), "desk.db")+"?"+settings)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkSQLite(context.Background(), db); err == nil {
			t.Errorf("%s is accepted", settings)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestALostConnectionIsNoFaultOfTheDesk, whoever says that it is lost: it is said to be away, and tried again.
func TestALostConnectionIsNoFaultOfTheDesk(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"08000", "08003", "08006", "08P01"} {
		if word := (&pgconn.PgError{Code: code}); !postgres.unavailable(word) || !postgres.uncertain(word) {
			t.Errorf("%s: unavailable %v, at a commit uncertain %v", code, postgres.unavailable(word), postgres.uncertain(word))
		}
	}
}

// TestASessionThatTheServerEndedIsNoFaultOfTheDesk: it had heard nothing for too long, and has kept nothing.
func TestASessionThatTheServerEndedIsNoFaultOfTheDesk(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"25P03", "25P04", "57P05"} {
		if word := (&pgconn.PgError{Code: code}); !postgres.unavailable(word) || postgres.uncertain(word) {
			t.Errorf("%s: unavailable %v, at a commit uncertain %v", code, postgres.unavailable(word), postgres.uncertain(word))
		}
	}
}
