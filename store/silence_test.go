package store_test

import (
	"bytes"
	"context"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

// halfOpen is a way to PostgreSQL whose connections can fall silent, while new ones work.
type halfOpen struct {
	mu    sync.Mutex
	conns []*atomic.Bool
	on    atomic.Pointer[[]byte] // what makes a connection fall silent
	fell  atomic.Int32
}

func (h *halfOpen) freezeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.conns {
		c.Store(true)
	}
}

func through(t *testing.T) (*store.Store, *halfOpen) {
	server := storetest.StartServer(t)
	config, err := pgconn.ParseConfig(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	network, at := pgconn.NetworkAddress(config.Host, config.Port)
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL."+strconv.Itoa(int(config.Port))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	h := &halfOpen{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial(network, at)
			if err != nil {
				c.Close()
				continue
			}
			frozen := &atomic.Bool{}
			h.mu.Lock()
			h.conns = append(h.conns, frozen)
			h.mu.Unlock()
			pump := func(to, from net.Conn, client bool) {
				buf := make([]byte, 32<<10)
				for {
					n, err := from.Read(buf)
					if err != nil {
						if !frozen.Load() {
							to.Close()
						}
						return
					}
					if p := h.on.Load(); client && p != nil && bytes.Contains(buf[:n], *p) {
						h.on.Store(nil)
						h.fell.Add(1)
						frozen.Store(true)
						up.Close() // the server hears that it ended; the client hears nothing
					}
					if frozen.Load() {
						continue
					}
					if _, err := to.Write(buf[:n]); err != nil {
						return
					}
				}
			}
			go pump(up, c, true)
			go pump(c, up, false)
		}
	}()
	u, _ := url.Parse(server.URL)
	u.Host = ""
	q := u.Query()
	q.Set("host", dir)
	q.Set("port", strconv.Itoa(int(config.Port)))
	u.RawQuery = q.Encode()
	s, err := store.Open(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { go s.Close() })
	return s, h
}

func press(s *store.Store, n int) error {
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
	defer stop()
	return s.Write(ctx, func(tx agency.Tx) error {
		_, err := tx.ClaimPress(agency.Press{Key: strconv.Itoa(n), Command: "x"})
		return err
	})
}

func until(t *testing.T, s *store.Store, limit time.Duration) time.Duration {
	began := time.Now()
	for n := 100; time.Since(began) < limit; n++ {
		if err := press(s, n); err == nil {
			return time.Since(began)
		}
	}
	return -1
}

func TestAConnectionThatFallsSilentUnderAClaimHoldsUpNobodyForLong(t *testing.T) {
	t.Parallel()
	s, h := through(t)
	enqueue(t, s, says("x"))
	what := []byte("UPDATE outbox SET state")
	h.on.Store(&what)
	go func() { _, _ = s.ClaimOutgoing(context.Background(), "one", noon, noon-lease, 10) }() // without a deadline, as an import is
	for h.fell.Load() == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	if took := until(t, s, time.Minute); took < 0 || took > 30*time.Second {
		t.Errorf("writes work after %s", took)
	}
}

// A firewall forgets what it let through; new connections work.
func TestAPoolWhoseConnectionsAllFellSilentIsReplaced(t *testing.T) {
	t.Parallel()
	s, h := through(t)
	var crew sync.WaitGroup
	for range 12 {
		crew.Go(func() {
			_ = s.Read(context.Background(), func(tx agency.Tx) error {
				time.Sleep(300 * time.Millisecond)
				_, err := tx.Subscriptions("x")
				return err
			})
		})
	}
	crew.Wait()
	h.freezeAll()
	time.Sleep(1200 * time.Millisecond)
	took := until(t, s, time.Minute)
	if took < 0 || took > 30*time.Second {
		t.Errorf("writes work after %s", took)
	}
}
