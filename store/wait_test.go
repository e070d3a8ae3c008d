package store_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"liaison/store"
)

// porter is a PostgreSQL server that lets nobody in and says why.
func porter(t *testing.T, answer func(*pgproto3.Backend)) (url string) {
	t.Helper()
	door, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed by the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { door.Close() })
	go func() {
		for {
			conn, err := door.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				backend := pgproto3.NewBackend(conn, conn)
				switch hello, err := backend.ReceiveStartupMessage(); {
				case err != nil:
				case isTLS(hello):
					conn.Write([]byte("N"))
				default:
					answer(backend)
				}
			}()
		}
	}()
	return "postgres://liaison:sesame@" + door.Addr().String() + "/desk?sslmode=disable"
}

func isTLS(hello pgproto3.FrontendMessage) bool { _, ok := hello.(*pgproto3.SSLRequest); return ok }

func refusing(code string) func(*pgproto3.Backend) {
	return func(b *pgproto3.Backend) {
		b.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: code, Message: "no"})
		b.Flush() //nolint:errcheck // whoever asked is gone
	}
}

// TestWhatIsWaitedFor has a database refuse a start in each way, and looks whether it is asked again.
func TestWhatIsWaitedFor(t *testing.T) {
	t.Parallel()
	closed := func(*pgproto3.Backend) {}
	for _, c := range []struct {
		name  string
		url   func(*testing.T) string
		waits bool
	}{
		{"it starts up", func(t *testing.T) string { return porter(t, refusing("57P03")) }, true},
		{"it stops", func(t *testing.T) string { return porter(t, refusing("57P01")) }, true},
		{"too many are there", func(t *testing.T) string { return porter(t, refusing("53300")) }, true},
		{"a pooler without its server", func(t *testing.T) string { return porter(t, refusing("08P01")) }, true},
		{"it hangs up", func(t *testing.T) string { return porter(t, closed) }, true},
		{"nobody is there", func(*testing.T) string { return "postgres://liaison@127.0.0.1:1/desk" }, true},
		{"no such name", func(*testing.T) string { return "postgres://liaison@desk.invalid/desk" }, true},
		{"no such socket", func(t *testing.T) string { return "postgres://liaison@/desk?host=" + t.TempDir() }, true},
		{"one of two, and that starts up", func(t *testing.T) string {
			return strings.Replace(porter(t, refusing("57P03")), "/desk", ",127.0.0.1:1/desk", 1)
		}, true},
		{"a wrong password", func(t *testing.T) string { return porter(t, refusing("28P01")) }, false},
		{"nobody may come from here", func(t *testing.T) string { return porter(t, refusing("28000")) }, false},
		{"no such database", func(t *testing.T) string { return porter(t, refusing("3D000")) }, false},
		{"may not connect", func(t *testing.T) string { return porter(t, refusing("42501")) }, false},
		{"no TLS", func(t *testing.T) string {
			return strings.Replace(porter(t, closed), "disable", "require", 1)
		}, false},
		{"no such folder", func(t *testing.T) string { return "sqlite://" + t.TempDir() + "/none/desk.db" }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
			defer stop()
			var told atomic.Int32
			_, err := store.OpenPatiently(ctx, c.url(t), func(error) {
				if told.Add(1) == 2 {
					stop()
				}
			})
			if waited := told.Load() == 2; err == nil || waited != c.waits || waited != errors.Is(err, context.Canceled) {
				t.Errorf("asked %d times in vain, then: %v", told.Load(), err)
			}
			if err != nil && strings.Contains(err.Error(), "sesame") {
				t.Errorf("the password is told: %v", err)
			}
		})
	}
}
