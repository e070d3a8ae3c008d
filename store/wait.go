package store

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// longestTry is the longest pause between two tries to open a database.
const longestTry = 5 * time.Second

// OpenPatiently is Open for a process that may be started before its database: while nobody answers there it tries again,
// until ctx ends, and tells each time why. What waiting cannot mend is an error at once: a password, a name, a file.
func OpenPatiently(ctx context.Context, url string, told func(error)) (*Store, error) {
	_, file := strings.CutPrefix(url, "sqlite://") // it is there or not: nobody brings it
	for pause := longestTry / 10; ; pause = min(pause+pause/2, longestTry) {
		s, err := Open(ctx, url)
		if ctx.Err() != nil {
			if err == nil {
				err = s.Close()
			}
			return nil, errors.Join(ctx.Err(), err)
		}
		if err == nil || file || !comes(err) {
			return s, err
		}
		told(err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// comes reports that a PostgreSQL server does not let anybody in now, for a reason that passes: it is down, begins, ends, is
// full, or waits to take over. The server's own word goes before that of the network: of two servers one may be gone, and the
// other refuse the password.
func comes(err error) bool {
	var word *pgconn.PgError
	var certificate *tls.CertificateVerificationError
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &word):
		return strings.HasPrefix(word.Code, "08") || strings.HasPrefix(word.Code, "53") ||
			pgCode("57P01", "57P02", "57P03", "25006", "40001", "40P01", "55P03")(err)
	case errors.As(err, &certificate):
		return false
	case connectionLost(err), errors.Is(err, context.DeadlineExceeded):
		return true
	}
	// None of the servers takes writes: the one that will is not promoted yet. The driver says so in words alone.
	return errors.As(err, &connect) && strings.Contains(err.Error(), "ValidateConnect failed")
}
