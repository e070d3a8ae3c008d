package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/metrics"
	"liaison/reminders"
)

// watch is what operators see of a process: /healthz says that it lives, /readyz what of it is well, /metrics what it does.
type watch struct {
	metrics   *metrics.Metrics
	platforms []bot.Platform
	now       func() time.Time // real time
	desk      atomic.Pointer[desk]
	absent    atomic.Pointer[error] // why the records are not open yet

	mu      sync.Mutex
	checked time.Time
	parts   []bot.Component
}

// How long a check may take, how long what it found stands, and for how long a loop may be silent: a reminder may take
// thirty seconds, and there are several.
const (
	checkTime   = 2 * time.Second
	checkStays  = 2 * time.Second
	loopSilence = 90 * time.Second
)

// newWatch watches a process that will be on these platforms.
func newWatch(now func() time.Time, platforms ...agency.Platform) *watch {
	known := metrics.Known{Build: metrics.Build(buildVersion), Platforms: platforms}
	for _, r := range reminders.All() {
		known.Reminders = append(known.Reminders, r.Name)
	}
	w := &watch{metrics: metrics.New(now, known), now: now}
	w.metrics.WatchReady(w.components)
	return w
}

// begin lets the watch see the desk, and the desk tell the watch.
func (w *watch) begin(d *desk) {
	d.observer, d.router.Observer, d.sender.Observer = w.metrics, w.metrics, w.metrics
	d.router.Health = w.components
	w.metrics.WatchOutbox(d.store.Outbox, d.agency.Now)
	w.desk.Store(d)
}

func (w *watch) mount(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, "alive\n") }) //nolint:errcheck // the asker is gone
	mux.HandleFunc("GET /readyz", w.serveReady)
	mux.Handle("GET /metrics", w.metrics.Handler())
}

// serveReady answers with a line for each component, and 503 when one is not well.
func (w *watch) serveReady(rw http.ResponseWriter, r *http.Request) {
	var lines strings.Builder
	status := http.StatusOK
	for _, part := range w.components(r.Context()) {
		says := "ok"
		if part.Err != nil {
			status, says = http.StatusServiceUnavailable, strings.ReplaceAll(part.Err.Error(), "\n", " ")
		}
		fmt.Fprintf(&lines, "%s: %s\n", part.Name, says)
	}
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	rw.WriteHeader(status)
	io.WriteString(rw, lines.String()) //nolint:errcheck // the asker is gone
}

// components says how each part is. What it finds stands for a moment, so that many who ask cost one look; somebody who
// goes away while it looks does not spoil it for the others.
func (w *watch) components(ctx context.Context) []bot.Component {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := w.now(); w.parts == nil || now.Sub(w.checked) >= checkStays {
		w.parts, w.checked = w.look(context.WithoutCancel(ctx)), now
	}
	return w.parts
}

var errNotOpen = errors.New("not open yet")

// look checks every component at once: one that does not answer must not hide the others.
func (w *watch) look(ctx context.Context) []bot.Component {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	records, tables := w.notOpen, notOpen
	if d := w.desk.Load(); d != nil {
		records, tables = d.store.Writable, d.store.UpToDate
	}
	parts := []bot.Component{{Name: "records"}, {Name: "tables"}}
	var both sync.WaitGroup
	both.Go(func() { parts[0].Err = records(ctx) })
	both.Go(func() { parts[1].Err = tables(ctx) })
	both.Wait()
	for _, p := range w.platforms {
		parts = append(parts, bot.Component{Name: string(p.Name()), Err: p.Ready()})
	}
	for _, loop := range []bot.Loop{bot.SenderLoop, bot.ReminderLoop} {
		parts = append(parts, bot.Component{Name: string(loop), Err: w.silent(loop)})
	}
	return parts
}

// lacks notes why the records cannot be opened yet.
func (w *watch) lacks(err error) { w.absent.Store(&err) }

func (w *watch) notOpen(context.Context) error {
	if why := w.absent.Load(); why != nil {
		return fmt.Errorf("%w: %w", errNotOpen, *why)
	}
	return errNotOpen
}

func notOpen(context.Context) error { return errNotOpen }

// silent says that a loop has not gone round for too long.
func (w *watch) silent(loop bot.Loop) error {
	at, ok := w.metrics.LastBeat(loop)
	if !ok {
		return errors.New("not running yet")
	}
	if quiet := w.now().Sub(at); quiet > loopSilence {
		return fmt.Errorf("silent for %s", quiet.Round(time.Second))
	}
	return nil
}
