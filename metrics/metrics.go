// Package metrics counts what the desk does, for Prometheus.
//
// Metrics is the desk's bot.Observer: the router, the platforms, the sender and the reminders tell it what happened.
// What is asked rather than told (the outbox, readiness) is collected when Prometheus scrapes. Every label is one of a
// few words of our own: no ids, no channels, no people. docs/operate.md says what each metric means.
package metrics

import (
	"cmp"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"liaison/agency"
	"liaison/bot"
)

// Metrics counts for one process. It has a registry of its own.
type Metrics struct {
	registry *prometheus.Registry
	now      func() time.Time

	requests         *prometheus.HistogramVec
	refusals         *prometheus.CounterVec
	acknowledgement  *prometheus.HistogramVec
	acknowledgements *prometheus.CounterVec
	calls            *prometheus.HistogramVec
	connections      *prometheus.CounterVec
	drops            *prometheus.CounterVec
	attempts         *prometheus.CounterVec
	retries          *prometheus.CounterVec
	parked           *prometheus.CounterVec
	repeated         *prometheus.CounterVec
	lateness         *prometheus.HistogramVec
	slots            *prometheus.CounterVec
	slotLateness     *prometheus.HistogramVec
	failures         *prometheus.CounterVec

	mu      sync.Mutex
	beats   map[bot.Loop]time.Time
	sockets map[socket]time.Time // when each was greeted
}

type socket struct {
	platform agency.Platform
	n        int
}

var _ bot.Observer = (*Metrics)(nil)

// Known is what will be counted. Counters of what is known start at zero, so that the first event is seen as a change.
type Known struct {
	Build     BuildInfo
	Platforms []agency.Platform
	Reminders []string
}

// The buckets, in seconds. Slack's patience ends at three, and the desk acknowledges by itself at 2.3.
var (
	ackBuckets     = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 1.5, 2, 2.5, 3, 5}
	requestBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 5}
	callBuckets    = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 15}
	lateBuckets    = []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 86400}
)

// New prepares the metrics of a process. now is real time.
func New(now func() time.Time, known Known) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), now: now, beats: map[bot.Loop]time.Time{}, sockets: map[socket]time.Time{}}
	m.requests = m.histogram("liaison_request_seconds", "Time to carry out a request, from the router to the committed answer.", requestBuckets, "command", "kind")
	m.refusals = m.counter("liaison_refusals_total", "Requests that were refused, by the code of the refusal.", "command", "code")
	m.acknowledgement = m.histogram("liaison_acknowledgement_seconds", "Time from the receipt of an interaction to its acknowledgement.", ackBuckets, "platform", "kind")
	m.acknowledgements = m.counter("liaison_acknowledgements_total", "Interactions, by how their wait ended: answered, early, busy, unheard.", "platform", "outcome")
	m.calls = m.histogram("liaison_api_call_seconds", "Time of calls to a platform's API, by how they ended.", callBuckets, "platform", "method", "outcome")
	m.connections = m.counter("liaison_socket_connections_total", "Sockets that the platform has greeted.", "platform")
	m.drops = m.counter("liaison_socket_drops_total", "Sockets that ended before a full life.", "platform")
	m.attempts = m.counter("liaison_post_attempts_total", "Tries to post or edit a message, by how they ended.", "platform", "outcome")
	m.retries = m.counter("liaison_post_retries_total", "Tries that were not the first of their message.", "platform")
	m.parked = m.counter("liaison_posts_parked_total", "Messages that were given up and wait for a person.", "platform")
	m.repeated = m.counter("liaison_posts_repeated_total", "Messages that may stand in their channel twice.", "platform")
	m.lateness = m.histogram("liaison_post_lateness_seconds", "Time from deciding to say something to its being posted.", lateBuckets, "platform")
	m.slots = m.counter("liaison_reminder_slots_total", "Slots of reminders, by what became of them: on_time, late, skipped.", "reminder", "outcome")
	m.slotLateness = m.histogram("liaison_reminder_slot_lateness_seconds", "Time from a slot's being due to its being claimed.", lateBuckets, "reminder")
	m.failures = m.counter("liaison_loop_failures_total", "Rounds of a loop in which something went wrong.", "loop")
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildGauge(known.Build), live{m})
	m.begin(known)
	return m
}

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(h)
	return h
}

// begin starts the counters of what is known at zero.
func (m *Metrics) begin(known Known) {
	for _, p := range known.Platforms {
		for _, how := range []bot.Acknowledgement{bot.Answered, bot.Early, bot.Busy, bot.Unheard} {
			m.acknowledgements.WithLabelValues(string(p), string(how))
		}
		for _, o := range []bot.Outcome{bot.Posted, bot.NotSent, bot.Refused, bot.Unknown, bot.Gone} {
			m.attempts.WithLabelValues(string(p), word(string(o)))
		}
		for _, c := range []*prometheus.CounterVec{m.connections, m.drops, m.retries, m.parked, m.repeated} {
			c.WithLabelValues(string(p))
		}
	}
	for _, r := range known.Reminders {
		for _, outcome := range []string{onTime, late, skipped} {
			m.slots.WithLabelValues(r, outcome)
		}
	}
	for _, l := range []bot.Loop{bot.SenderLoop, bot.ReminderLoop} {
		m.failures.WithLabelValues(string(l))
	}
}

// BuildInfo is what runs.
type BuildInfo struct {
	Version, Revision, Go string
}

// Build is what runs, as Go has noted it; version, if not empty, is what its builder says.
func Build(version string) BuildInfo {
	b := BuildInfo{Version: "unknown", Revision: "unknown", Go: "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Version, b.Go = info.Main.Version, info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				b.Revision = s.Value
			}
		}
	}
	b.Version = cmp.Or(version, b.Version)
	return b
}

// String is for people.
func (b BuildInfo) String() string {
	return fmt.Sprintf("liaison %s (revision %s, %s)", b.Version, b.Revision, b.Go)
}

// buildGauge is a gauge of one whose labels say what runs.
func buildGauge(b BuildInfo) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "liaison_build_info", Help: "What runs: always 1.",
		ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Revision, "go": b.Go}})
	g.Set(1)
	return g
}

// Handler answers scrapes. It must not be public: it says how much business there is.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Timeout: scrapeTime, MaxRequestsInFlight: 4})
}

// LastBeat is when a loop last went round; ok is false when it has not yet.
func (m *Metrics) LastBeat(loop bot.Loop) (at time.Time, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, ok = m.beats[loop]
	return at, ok
}

// live collects what has a state now rather than a count: sockets and beats.
type live struct{ m *Metrics }

var (
	socketsOpen = prometheus.NewDesc("liaison_sockets_open", "Sockets to a platform that are greeted and not ended.", []string{"platform"}, nil)
	socketAge   = prometheus.NewDesc("liaison_socket_age_seconds", "How long a socket has been open.", []string{"platform", "socket"}, nil)
	lastBeat    = prometheus.NewDesc("liaison_loop_last_beat_timestamp_seconds", "When a loop last went round.", []string{"loop"}, nil)
)

// Describe names them.
func (live) Describe(to chan<- *prometheus.Desc) {
	to <- socketsOpen
	to <- socketAge
	to <- lastBeat
}

// Collect says what is now.
func (l live) Collect(to chan<- prometheus.Metric) {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	open := map[agency.Platform]int{}
	for s, since := range l.m.sockets {
		if open[s.platform] += 0; since.IsZero() {
			continue // it has been open, and is not now
		}
		open[s.platform]++
		to <- prometheus.MustNewConstMetric(socketAge, prometheus.GaugeValue, l.m.now().Sub(since).Seconds(), string(s.platform), strconv.Itoa(s.n))
	}
	for p, n := range open {
		to <- prometheus.MustNewConstMetric(socketsOpen, prometheus.GaugeValue, float64(n), string(p))
	}
	for loop, at := range l.m.beats {
		to <- prometheus.MustNewConstMetric(lastBeat, prometheus.GaugeValue, float64(at.UnixMilli())/1000, string(loop))
	}
}
