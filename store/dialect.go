package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib" // with it comes the driver "pgx"
	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
)

// dialect is all that differs between the databases.
type dialect struct {
	name        string
	goose       goose.Dialect
	beginWrite  string                                    // the words that begin a transaction which writes
	goFirst     string                                    // after them: nobody else takes a number until it ends; empty: nobody can, or the server does not know how
	beginRead   string                                    // and one that reads
	limits      []limit                                   // of both, for as long as they last
	mayCommit   func(any) error                           // of the driver's connection: why a COMMIT would keep nothing and not say so
	patience    time.Duration                             // how long a shared transaction may take; zero: no statement of it is ever interrupted
	lockRows    string                                    // after a SELECT: nobody changes these rows until the transaction ends; empty: nobody can
	sendWrites  func(context.Context, any, []write) error // over the driver's connection, all at once; nil: each when it is said
	skipLocked  string                                    // after a SELECT that claims rows: leave those that another replica is claiming
	check       func(context.Context, *sqlx.DB) error
	isUnique    func(error) bool
	tryAgain    func(error) bool
	diskFailed  func(error) bool // what is on the disk is no longer known; see breaker
	diskFull    func(error) bool
	readOnly    func(error) bool
	unavailable func(error) bool
	uncertain   func(error) bool // a commit that failed so may have been carried out all the same
}

var sqlite = dialect{
	name:       "sqlite",
	goose:      goose.DialectSQLite3,
	beginWrite: "BEGIN IMMEDIATE", // the writer's lock is taken at once
	beginRead:  "BEGIN",
	mayCommit:  func(any) error { return nil },
	patience:   0, // an interrupted statement undoes the whole transaction, and the database is never far
	check:      checkSQLite,
	isUnique: func(err error) bool {
		var e sqlite3.Error
		return errors.As(err, &e) && (e.ExtendedCode == sqlite3.ErrConstraintUnique || e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
	},
	tryAgain: func(err error) bool {
		var e sqlite3.Error
		return errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
	},
	diskFailed: sqliteDiskFailed,
	diskFull:   sqliteDiskFull,
	readOnly: func(err error) bool {
		var e sqlite3.Error
		return errors.As(err, &e) && e.Code == sqlite3.ErrReadonly
	},
	unavailable: func(err error) bool {
		var e sqlite3.Error
		return errors.As(err, &e) && (e.Code == sqlite3.ErrCantOpen || e.Code == sqlite3.ErrIoErr)
	},
	uncertain: func(error) bool { return false }, // there is no connection; what a disk that fails leaves is the breaker's
}

var postgres = dialect{
	name:  "postgres",
	goose: goose.DialectPostgres,
	// Serialisable: a rule that read something before it wrote holds as if nobody else were there; the price is that a
	// transaction may be asked to try again, which inTx does.
	//
	// Two that take the same counters in another order wait for each other. PostgreSQL looks for that after a second, and a
	// press has two: whoever has waited long enough tries again instead. A SET takes no snapshot, so the transaction still
	// begins with what is newest. Migrations are not said it: they wait. It is said with each transaction, since a pooler lends
	// each another session.
	beginWrite: "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL lock_timeout = '100ms'",
	// Work that was overtaken too often is let go first: it asks for the table before it has seen anything, in a queue in which nobody
	// is passed over, and holds nothing yet for which somebody else could wait.
	goFirst:    "; LOCK TABLE counters IN EXCLUSIVE MODE",
	beginRead:  "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
	limits:     []limit{{"idle_in_transaction_session_timeout", longestPause}, {"tcp_user_timeout", longestPause}},
	mayCommit:  mayCommitPostgres,
	patience:   5 * time.Second, // the database may be gone without a word
	lockRows:   " FOR UPDATE",
	sendWrites: sendPostgres,
	skipLocked: " FOR UPDATE SKIP LOCKED",
	check:      checkPostgres,
	isUnique:   pgCode("23505"),
	tryAgain: func(err error) bool {
		var e *pgconn.PgError // two that each find no card waiting add it both: whoever comes second runs again, and finds it
		return pgCode("40001", "40P01", "55P03")(err) || errors.As(err, &e) && e.Code == "23505" && e.ConstraintName == "outbox_one_card"
	},
	// PostgreSQL itself stops when a sync fails, and starts again from its log.
	diskFailed: func(error) bool { return false },
	diskFull:   pgCode("53100"),
	readOnly:   pgCode("25006"),
	unavailable: func(err error) bool {
		var connect *pgconn.ConnectError
		return errors.As(err, &connect) || pgconn.SafeToRetry(err) || connectionLost(err) || pgConnection(err) ||
			pgCode("53200", "53300", "57P01", "57P02", "57P03")(err) || pgCode("25P03", "25P04", "57P05")(err) // it heard nothing of us for too long
	},
	// Only the database's own word tells that a commit failed, and not a pooler's that has lost the database; the driver's may not be believed: when the answer to a commit
	// that was sent does not come, pgx 5.12 says "conn closed" and that it is safe to try again.
	uncertain: func(err error) bool {
		var word *pgconn.PgError
		return !errors.As(err, &word) || pgConnection(err) || pgCode("57P01", "57P02")(err)
	},
}

// limit is a setting of the server that ends the session of whoever has a transaction open and is gone: a process that is
// frozen, a machine without power. Its locks would else be everybody's wait, until somebody ends it by hand.
type limit struct {
	setting string
	after   time.Duration
}

// longestPause is how long the server waits for whoever has a transaction open: to say something more, or to take what it is
// sent. People's work is over after a third of it; an import of 100,000 lines computed for a second and a half at a time, on a
// busy machine.
const longestPause = 15 * time.Second

// limit has transactions begin with those limits that the server knows: an older one, or one of another make, is used without.
func (d *dialect) limit(ctx context.Context, db *sqlx.DB) error {
	known, err := knownLimits(ctx, db, d.limits)
	for _, l := range known {
		words := "; SET LOCAL " + l.words()
		d.beginWrite, d.beginRead = d.beginWrite+words, d.beginRead+words
	}
	if err == nil && d.goFirst != "" && !d.locksTables(ctx, db) {
		d.goFirst = ""
	}
	return err
}

// locksTables reports whether the server knows the lock of those who go first: only its own word that it does not counts, and not that
// somebody has it at the moment.
func (d *dialect) locksTables(ctx context.Context, db *sqlx.DB) bool {
	ctx, stop := context.WithTimeout(ctx, reachTime)
	defer stop()
	t, err := begin(ctx, db, *d, d.beginWrite+d.goFirst+" NOWAIT")
	if err != nil {
		return !pgCode("0A000", "42601")(err)
	}
	t.rollback()
	return true
}

func (l limit) words() string { return fmt.Sprintf("%s = '%dms'", l.setting, l.after.Milliseconds()) }

func knownLimits(ctx context.Context, db *sqlx.DB, list []limit) (some []limit, err error) {
	ctx, stop := context.WithTimeout(ctx, reachTime)
	defer stop()
	for _, l := range list {
		var known bool
		if err := db.GetContext(ctx, &known, db.Rebind(`SELECT current_setting(?, TRUE) IS NOT NULL`), l.setting); err != nil {
			return nil, fmt.Errorf("opening the database: %w", err)
		}
		if known {
			some = append(some, l)
		}
	}
	return some, nil
}

// connectionLost reports that a connection broke, so that what was asked last may have been done.
func connectionLost(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, driver.ErrBadConn)
}

// mayCommitPostgres: PostgreSQL answers the COMMIT of a transaction in which something failed by undoing it, and calls that
// no error.
func mayCommitPostgres(conn any) error {
	if c, ok := conn.(*stdlib.Conn); ok && c.Conn().PgConn().TxStatus() != 'T' {
		return errors.New("something failed in the transaction, so it cannot be committed")
	}
	return nil
}

// pgConnection knows the words of class 08, that a connection is lost: PgBouncer says 08P01 when its own to the server is.
func pgConnection(err error) bool {
	var word *pgconn.PgError
	return errors.As(err, &word) && strings.HasPrefix(word.Code, "08")
}

func pgCode(codes ...string) func(error) bool {
	return func(err error) bool {
		var e *pgconn.PgError
		if !errors.As(err, &e) {
			return false
		}
		for _, c := range codes {
			if e.Code == c {
				return true
			}
		}
		return false
	}
}

// openPostgres opens a pool that keeps its connections: opening one costs more than what most people ask of it.
func openPostgres(address string) (*sqlx.DB, error) {
	db, err := sqlx.Open("pgx", address)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(poolSize)
	db.SetMaxIdleConns(poolSize)
	db.SetConnMaxIdleTime(time.Minute)
	return db, nil
}

// sqliteDiskFailed reports a write or sync that the disk did not carry out, and a file that is damaged. A disk that is full
// is neither, as long as no sync failed by it: SQLite takes the transaction back.
func sqliteDiskFailed(err error) bool {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.ExtendedCode {
	case sqlite3.ErrIoErrFsync, sqlite3.ErrIoErrDirFsync:
		return true
	case sqlite3.ErrIoErrWrite, sqlite3.ErrIoErrTruncate:
		return !sqliteDiskFull(err)
	}
	return e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB
}

// sqliteDiskFull knows the system's three ways of saying that there is no room: on the disk, in a quota, for a longer file.
func sqliteDiskFull(err error) bool {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Code == sqlite3.ErrFull || e.Code == sqlite3.ErrIoErr && slices.Contains([]syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}, e.SystemErrno)
}

// openSQLite opens one writing connection and a pool of reading ones beside it. The settings travel in the address,
// because a PRAGMA reaches only the connection it is said on.
func openSQLite(path string) (write, read *sqlx.DB, err error) {
	settings := url.Values{"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_busy_timeout": {"5000"}, "_foreign_keys": {"on"}}
	settings.Set("_txlock", "immediate")
	settings.Set("_stmt_cache_size", "128") // the texts are few and the same; preparing one takes longer than running it
	address := "file:" + (&url.URL{Path: path}).EscapedPath()
	createSQLite(path)
	if write, err = sqlx.Open("sqlite3", address+"?"+settings.Encode()); err != nil {
		return nil, nil, err
	}
	write.SetMaxOpenConns(1)
	// Whoever finds the file unusable says so later, and a connection that takes a broken one's place folds more often: both lose time alone.
	_, _ = write.ExecContext(context.Background(), fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", sqliteFold))
	settings.Set("_txlock", "deferred")
	settings.Set("_query_only", "on")
	if read, err = sqlx.Open("sqlite3", address+"?"+settings.Encode()); err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(8)
	read.SetMaxIdleConns(2)
	return write, read, nil
}

// sqlitePage is the size of a new database's pages. A press changes few bytes on each of several pages and waits until all
// are on the disk, so pages of SQLite's own size, 4,096, cost it more than they save those who read. Databases that are
// there keep theirs; a backup has the new one.
const sqlitePage = 2048

// sqliteFold is after how many pages the log is folded into the database: as many bytes as SQLite's own thousand pages of twice
// the size. Folding twice as seldom saves a press a thirtieth on average; folding more seldom yet saves nothing more.
const sqliteFold = 2000

// createSQLite makes the file of a new database, readable to its owner alone; SQLite gives its logs the same rights. What
// is there already is left as it is, and where the file cannot be made SQLite says why.
func createSQLite(path string) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	f.Close()
	db, err := sqlx.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath())
	if err != nil {
		return
	}
	defer db.Close()
	_, _ = db.ExecContext(context.Background(), fmt.Sprintf("PRAGMA page_size = %d; PRAGMA journal_mode = WAL", sqlitePage)) // whoever opens it next asserts what matters
}

// firstSafeSQLite is the first version without the WAL-reset bug (sqlite.org/wal.html#walresetbug); 3.52.0 was withdrawn.
const firstSafeSQLite, withdrawnSQLite = 3_051_003, 3_052_000

// checkSQLite asserts that an acknowledged commit survives a power cut (synchronous=FULL; NORMAL loses commits in WAL
// mode) and that the library has no known fault in what we rely on.
func checkSQLite(ctx context.Context, db *sqlx.DB) error {
	version, number, _ := sqlite3.Version()
	if number < firstSafeSQLite || number == withdrawnSQLite {
		return fmt.Errorf("SQLite %s can corrupt a database in WAL mode; build with 3.51.3 or newer, and not 3.52.0", version)
	}
	var synchronous int
	var journal string
	if err := db.GetContext(ctx, &synchronous, "PRAGMA synchronous"); err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	if err := db.GetContext(ctx, &journal, "PRAGMA journal_mode"); err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	if synchronous != 2 || journal != "wal" {
		return fmt.Errorf("SQLite runs with synchronous=%d and journal_mode=%s; the desk needs FULL (2) and wal", synchronous, journal)
	}
	return nil
}

// reachTime is how long a server may take to let somebody in. One that answers nothing would else be waited for as long as the
// system waits, two minutes and more.
const reachTime = 15 * time.Second

// checkPostgres asserts that an acknowledged commit is on the disk.
func checkPostgres(ctx context.Context, db *sqlx.DB) error {
	ctx, stop := context.WithTimeout(ctx, reachTime)
	defer stop()
	commit, err := showPostgres(ctx, db, "synchronous_commit")
	if err != nil {
		return err
	}
	if commit == "off" {
		return errors.New("PostgreSQL runs with synchronous_commit=off and may lose what it has acknowledged; set it to on for the desk's role")
	}
	return nil
}

func showPostgres(ctx context.Context, db *sqlx.DB, setting string) (value string, err error) {
	if err := db.GetContext(ctx, &value, "SHOW "+setting); err != nil {
		return "", fmt.Errorf("opening the database: %w", err)
	}
	return value, nil
}

// Doubts says what an operator should know about how safe the database keeps the records; it is no reason not to start.
func (s *Store) Doubts(ctx context.Context) (list []string, err error) {
	if s.dialect.name != postgres.name {
		return nil, nil
	}
	for _, setting := range []string{"fsync", "full_page_writes"} {
		value, err := showPostgres(ctx, s.write, setting)
		if err != nil {
			return nil, err
		}
		if value != "on" {
			list = append(list, fmt.Sprintf("PostgreSQL runs with %s=%s: a power cut can damage the records; set it to on", setting, value))
		}
	}
	waits, err := showPostgres(ctx, s.write, "synchronous_standby_names")
	if err != nil || waits != "" {
		return list, err
	}
	var standbys int
	if err := s.write.GetContext(ctx, &standbys, "SELECT count(*) FROM pg_stat_replication"); err != nil {
		return nil, fmt.Errorf("counting the standbys: %w", err)
	}
	if standbys > 0 {
		list = append(list, "PostgreSQL has a standby and does not wait for it: a failover can lose what was acknowledged; set synchronous_standby_names")
	}
	return list, nil
}
