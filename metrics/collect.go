package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"liaison/agency"
	"liaison/bot"
)

// How long a scrape may take, and how long an answer of the store stands: several Prometheus servers cost one look.
const (
	scrapeTime  = 5 * time.Second
	outboxTime  = 2 * time.Second
	outboxStays = 5 * time.Second
)

// WatchReady collects what a check of readiness says.
func (m *Metrics) WatchReady(check func(context.Context) []bot.Component) {
	m.registry.MustRegister(readyCollector{check})
}

type readyCollector struct {
	check func(context.Context) []bot.Component
}

var ready = prometheus.NewDesc("liaison_ready", "Whether a component is well: 1 or 0.", []string{"component"}, nil)

// Describe names it.
func (readyCollector) Describe(to chan<- *prometheus.Desc) { to <- ready }

// Collect asks each component.
func (c readyCollector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	for _, part := range c.check(ctx) {
		well := 1.0
		if part.Err != nil {
			well = 0
		}
		to <- prometheus.MustNewConstMetric(ready, prometheus.GaugeValue, well, part.Name)
	}
}

// WatchOutbox collects the state of the outbox. now is the desk's clock, by which messages are decided.
func (m *Metrics) WatchOutbox(ask func(context.Context) (agency.Outbox, error), now func() time.Time) {
	m.registry.MustRegister(&outboxCollector{ask: ask, desk: now, real: m.now})
}

type outboxCollector struct {
	ask  func(context.Context) (agency.Outbox, error)
	desk func() time.Time
	real func() time.Time

	mu    sync.Mutex
	asked time.Time
	state agency.Outbox
	err   error
}

var (
	outboxWaiting = prometheus.NewDesc("liaison_outbox_waiting", "Messages that are decided and not yet posted.", nil, nil)
	outboxParked  = prometheus.NewDesc("liaison_outbox_parked", "Messages that were given up and wait for a person.", nil, nil)
	outboxAge     = prometheus.NewDesc("liaison_outbox_oldest_seconds", "How long ago the oldest waiting message was decided; 0 when none waits.", nil, nil)
)

// Describe names them.
func (*outboxCollector) Describe(to chan<- *prometheus.Desc) {
	to <- outboxWaiting
	to <- outboxParked
	to <- outboxAge
}

// Collect says how the outbox is. When the records do not answer there is nothing to say: liaison_ready tells that.
func (c *outboxCollector) Collect(to chan<- prometheus.Metric) {
	state, err := c.fresh()
	if err != nil {
		return
	}
	age := 0.0
	if state.Oldest != 0 {
		age = max(c.desk().Sub(state.Oldest.Time()), 0).Seconds()
	}
	to <- prometheus.MustNewConstMetric(outboxWaiting, prometheus.GaugeValue, float64(state.Waiting))
	to <- prometheus.MustNewConstMetric(outboxParked, prometheus.GaugeValue, float64(state.Parked))
	to <- prometheus.MustNewConstMetric(outboxAge, prometheus.GaugeValue, age)
}

func (c *outboxCollector) fresh() (agency.Outbox, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.real(); c.asked.IsZero() || now.Sub(c.asked) >= outboxStays {
		ctx, cancel := context.WithTimeout(context.Background(), outboxTime)
		defer cancel()
		c.state, c.err = c.ask(ctx)
		c.asked = now
	}
	return c.state, c.err
}
