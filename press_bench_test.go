package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/bot/slack"
	"liaison/store/storetest"
)

// BenchmarkPress measures presses a second that are decided, on disk and acknowledged: a signed block_actions request over
// HTTP ticks or reopens a step on a seller's card, which looks whether the button is old and the press known, and writes the
// step, the seller, an audit line, the card's redrawing and the press with its answer. The whole desk runs, its sender and reminders too, against a Slack that says yes.
//
// Beside it in the same run, in turns, stands a bare handler: it verifies the same signature, reads the form and commits
// one row to the same kind of database (SQLite: WAL, FULL, one connection). Its rate is what the machine allows; ratio-% is ours of it.
func BenchmarkPress(b *testing.B) {
	for _, at := range []int{1, 16, 64} {
		b.Run("sqlite/at="+strconv.Itoa(at), func(b *testing.B) {
			compare(b, at, benchDesk(b, sqliteAddress(b), pressedCards, 0), bareDesk(b, bareSQLite(b)))
		})
	}
	for _, at := range []int{1, 16, 64} {
		b.Run("postgres/at="+strconv.Itoa(at), func(b *testing.B) {
			compare(b, at, benchDesk(b, storetest.DurablePostgres(b), pressedCards, 0), bareDesk(b, barePostgres(b)))
		})
	}
}

// turnLength is how many presses one side makes before it is the other's turn, so that whatever else the machine does
// meets both.
const turnLength = 256

// compare presses b.N times on either side, at so many at a time.
func compare(b *testing.B, at int, desk, bare *pressed) {
	synced := syncTime(b)
	b.ResetTimer()
	for left := b.N; left > 0; left -= turnLength {
		desk.press(b, at, min(left, turnLength))
		bare.press(b, at, min(left, turnLength))
	}
	b.StopTimer()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(desk.rate(), "presses/s")
	b.ReportMetric(bare.rate(), "bare/s")
	b.ReportMetric(100*desk.rate()/bare.rate(), "ratio-%")
	b.ReportMetric(desk.quantile(0.50), "p50-ms")
	b.ReportMetric(desk.quantile(0.99), "p99-ms")
	b.ReportMetric(bare.quantile(0.50), "bare-p50-ms")
	b.ReportMetric(bare.quantile(0.99), "bare-p99-ms")
	b.ReportMetric(float64(synced.Microseconds()), "sync-before-µs")
	b.ReportMetric(float64(syncTime(b).Microseconds()), "sync-after-µs")
}

// BenchmarkPressAsDataGrows measures one press at a time beside more and more records: its cost must not grow with them.
func BenchmarkPressAsDataGrows(b *testing.B) {
	for _, size := range []struct{ sellers, lines int }{{50, 0}, {50, 10_000}, {50, 100_000}, {5_000, 0}, {5_000, 100_000}} {
		b.Run(fmt.Sprintf("sellers=%d/lines=%d", size.sellers, size.lines), func(b *testing.B) {
			desk := benchDesk(b, sqliteAddress(b), size.sellers, size.lines)
			b.ResetTimer()
			desk.press(b, 1, b.N)
			b.StopTimer()
			b.ReportMetric(desk.quantile(0.50), "p50-ms")
			b.ReportMetric(desk.quantile(0.99), "p99-ms")
		})
	}
}

// pressed is a server that takes presses, and how long each took.
type pressed struct {
	url   string
	made  atomic.Int64
	body  func(n int64) []byte
	spent time.Duration
	took  []time.Duration
}

const benchSecret = "8f742231b10e8888abcd99yyyzzz85a5"

// benchClient keeps a connection for each who presses.
var benchClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}, Timeout: 10 * time.Second}

// press makes n presses, at so many at a time, and notes how long they took.
func (p *pressed) press(b *testing.B, at, n int) {
	took := make([]time.Duration, n)
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range at {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				body := p.body(p.made.Add(1))
				start := time.Now()
				if err := sendPress(p.url, body); err != nil {
					b.Error(err)
					return
				}
				took[i] = time.Since(start)
			}
		})
	}
	all.Wait()
	p.spent += time.Since(began)
	p.took = append(p.took, took...)
}

func (p *pressed) rate() float64 { return float64(len(p.took)) / p.spent.Seconds() }

func (p *pressed) quantile(q float64) (ms float64) {
	slices.Sort(p.took)
	return p.took[int(q*float64(len(p.took)-1))].Seconds() * 1000
}

func sendPress(address string, body []byte) error {
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	r, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(benchMAC(stamp, body)))
	answer, err := benchClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && (answer.StatusCode != http.StatusOK || len(text) > 0) { // a card says nothing when it was pressed: a word is a refusal
		return fmt.Errorf("a press was answered %s %s", answer.Status, text)
	}
	return err
}

func benchMAC(stamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(benchSecret))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(body)
	return mac.Sum(nil)
}

// pressBody is what Slack sends when somebody presses a button on a seller's card.
func pressBody(n int64, user, command, value string) []byte {
	ts := fmt.Sprintf("1763900000.%06d", n)
	payload := map[string]any{
		"type":       "block_actions",
		"user":       map[string]any{"id": user, "username": "ana", "name": "ana", "team_id": "T1"},
		"api_app_id": "A0LIAISON", "token": "Shh_its_a_seekrit",
		"container":  map[string]any{"type": "message", "message_ts": "1763900000.000100", "channel_id": "C1", "is_ephemeral": false},
		"trigger_id": fmt.Sprintf("12321423423.333649436676.%032x", n),
		"team":       map[string]any{"id": "T1", "domain": "northlight"},
		"channel":    map[string]any{"id": "C1", "name": "onboarding"},
		"message": map[string]any{"bot_id": "B1", "type": "message", "text": "S-12 Glow Lab: setup, 3 of 12 steps done", "user": "U0LIAISON", "ts": "1763900000.000100",
			"team": "T1", "blocks": []any{
				map[string]any{"type": "header", "block_id": "h1", "text": map[string]any{"type": "plain_text", "text": "S-12 · Glow Lab"}},
				map[string]any{"type": "section", "block_id": "s1", "text": map[string]any{"type": "mrkdwn", "text": "✅ Shop opened\n⬜ *Bank account* · due 2026-11-30"}},
			}},
		"state":        map[string]any{"values": map[string]any{}},
		"response_url": "https://hooks.slack.com/actions/T1/1234567890/AbCdEfGhIjKlMnOpQrStUvWx",
		"actions": []any{map[string]any{"action_id": command + "|0", "block_id": "a1", "type": "button", "style": "primary",
			"text": map[string]any{"type": "plain_text", "text": "Tick “Bank account”"}, "value": value, "action_ts": ts}},
	}
	text, _ := json.Marshal(payload)
	return []byte("payload=" + url.QueryEscape(string(text)))
}

// benchDesk runs the desk on a fresh database and gives a server that takes presses on the cards of its sellers.
func benchDesk(b *testing.B, db string, sellers, lines int) *pressed {
	b.Helper()
	yes := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"ok":true,"user_id":"U0LIAISON","team_id":"T1","bot_id":"B1","channel":"C1","ts":"1763900000.000100"}`)
	}))
	b.Cleanup(yes.Close)
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	ctx, stop := context.WithCancel(context.Background())
	desk, err := openDesk(ctx, settings{DB: db, Zone: "UTC"}, log, time.Now)
	if err != nil {
		stop()
		b.Fatal(err)
	}
	codes := furnish(b, desk, sellers, lines)
	platform, err := slack.New(slack.Config{BotToken: "xoxb-1", SigningSecret: benchSecret, APIURL: yes.URL, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- desk.run(ctx, platform) }()
	server := httptest.NewServer(platform.Handler())
	b.Cleanup(func() {
		server.Close()
		stop()
		if err := <-ended; err != nil {
			b.Errorf("the desk ended with %v", err)
		}
		desk.close()
	})
	for platform.Ready() != nil {
		time.Sleep(time.Millisecond)
	}
	p := &pressed{url: server.URL + "/slack/interactions"}
	p.body = func(n int64) []byte { // each step of each card in its turn: all are ticked, then all are opened again
		turn := int(n - 1)
		command := []string{"seller tick", "seller reopen"}[turn/(pressedCards*len(codes))%2]
		seller, code := turn%pressedCards+1, codes[turn/pressedCards%len(codes)]
		version := turn/(pressedCards*len(codes)) + 1 // the button was drawn from what the press before it left
		return pressBody(n, benchUser(turn), command, fmt.Sprintf("%s %s @%d", agency.SellerID(seller), code, version))
	}
	return p
}

// pressedCards is how many cards are pressed in turn: few, and the same ones however many there are.
const pressedCards = 50

func benchUser(n int) string { return "U0" + strconv.Itoa(n%16) }

// furnish gives a fresh desk its people, its sellers with their cards in a channel, and order lines. It gives the codes of
// a seller's steps.
func furnish(b *testing.B, d *desk, sellers, lines int) (codes []string) {
	b.Helper()
	ctx, channel := context.Background(), agency.Address{Platform: agency.Slack, Workspace: "T1", Channel: "C1"}
	do := func(work func(*agency.Desk) error) {
		b.Helper()
		if err := d.agency.Do(ctx, agency.System, work); err != nil {
			b.Fatal(err)
		}
	}
	do(func(d *agency.Desk) error {
		for n := range 16 {
			if _, err := d.Grant(agency.Identity{Platform: agency.Slack, Workspace: "T1", User: benchUser(n)}, "Ana", agency.SellerManager); err != nil {
				return err
			}
		}
		for n := range sellers {
			if _, err := d.OnboardSeller(agency.NewSeller{Shop: fmt.Sprint("Glow Lab ", n+1), Region: "US", Category: d.Rules.Categories[0]}); err != nil {
				return err
			}
		}
		_, steps, err := d.Seller(1)
		for _, s := range steps {
			codes = append(codes, s.Code)
		}
		return err
	})
	for n := range pressedCards { // their cards are in the channel
		do(func(d *agency.Desk) error { return d.ShowSeller(agency.SellerID(n+1), channel) })
		now := agency.InstantOf(time.Now())
		claimed, err := d.store.ClaimOutgoing(ctx, "bench", now, now.Add(-time.Minute), 1)
		if err != nil || len(claimed) != 1 {
			b.Fatalf("%d cards claimed, %v", len(claimed), err)
		}
		if _, err := d.store.OutgoingSent(ctx, claimed[0], fmt.Sprintf("C1/1763900000.%06d", n), now); err != nil {
			b.Fatal(err)
		}
	}
	for from := 0; from < lines; from += 10_000 {
		do(func(d *agency.Desk) error {
			_, err := d.Import(benchOrders(from, min(10_000, lines-from), sellers), agency.ImportOptions{Apply: true})
			return err
		})
	}
	return codes
}

// benchOrders is a file of settled order lines.
func benchOrders(from, n, sellers int) agency.ImportFile {
	f := agency.ImportFile{Kind: agency.OrderFile, Format: "bench"}
	for i := from; i < from+n; i++ {
		f.Orders = append(f.Orders, agency.OrderRow{Line: i + 2, OrderNo: fmt.Sprint(576_461_048_301_000_000 + i), SKU: "1", Shop: fmt.Sprint("Glow Lab ", i%sellers+1),
			Creator: fmt.Sprint("creator", i%200), Status: "Settled", State: agency.LineSettled, Quantity: 1, Price: benchUSD(2499),
			Estimated: benchUSD(750), Actual: benchUSD(749), OrderedAt: "2026-10-03 16:53:20", SettledAt: "2026-10-20 03:00:00"})
	}
	return f
}

func benchUSD(minor int64) agency.Cash { return agency.CashOf(money.Of(minor, "USD")) }

func sqliteAddress(b *testing.B) string { return "sqlite://" + filepath.Join(b.TempDir(), "desk.db") }

// bareSQLite opens what the bare handler writes to.
func bareSQLite(b *testing.B) *sql.DB {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

func barePostgres(b *testing.B) *sql.DB {
	db, err := sql.Open("pgx", storetest.DurablePostgres(b))
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(32)
	db.SetMaxIdleConns(32)
	return db
}

// bareDesk is the least that could take a press: verify, read the form, commit one row, answer.
func bareDesk(b *testing.B, db *sql.DB) *pressed {
	b.Cleanup(func() { db.Close() })
	if _, err := db.Exec("CREATE TABLE taken (id TEXT PRIMARY KEY, payload TEXT NOT NULL)"); err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		given, bad := hex.DecodeString(strings.TrimPrefix(r.Header.Get("X-Slack-Signature"), "v0="))
		if err != nil || bad != nil || !hmac.Equal(given, benchMAC(r.Header.Get("X-Slack-Request-Timestamp"), body)) {
			http.Error(w, "forged", http.StatusUnauthorized)
			return
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			http.Error(w, "not a form", http.StatusBadRequest)
			return
		}
		if _, err := db.ExecContext(r.Context(), "INSERT INTO taken (id, payload) VALUES ($1, $2)", r.Header.Get("X-Slack-Signature"), form.Get("payload")); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	b.Cleanup(server.Close)
	return &pressed{url: server.URL, body: func(n int64) []byte { return pressBody(n, benchUser(int(n)), "seller tick", "S-12 bank") }}
}

// syncTime is what the disk takes to keep one page more of a file: the floor beneath every commit.
func syncTime(b *testing.B) time.Duration {
	f, err := os.Create(filepath.Join(b.TempDir(), "sync"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	took := make([]time.Duration, 101)
	for i := range took {
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			b.Fatal(err)
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return took[len(took)/2]
}
