package metrics

import (
	"cmp"
	"strings"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// What becomes of a slot.
const (
	onTime  = "on_time"
	late    = "late"
	skipped = "skipped"
)

// slotPatience is how long after it was due a slot is still on time: the reminders look every second, and a restart takes
// less than this.
const slotPatience = time.Minute

// word is a label as Prometheus likes it.
func word(text string) string { return strings.ReplaceAll(text, " ", "_") }

// Took counts a request.
func (m *Metrics) Took(command string, kind bot.Kind, refused agency.Code, took time.Duration) {
	command = cmp.Or(command, "none")
	m.requests.WithLabelValues(command, string(kind)).Observe(took.Seconds())
	if refused != "" {
		m.refusals.WithLabelValues(command, string(refused)).Inc()
	}
}

// Acknowledged counts the end of an interaction's wait. Those whose acknowledgement never went out have no time.
func (m *Metrics) Acknowledged(platform agency.Platform, kind bot.Kind, how bot.Acknowledgement, took time.Duration) {
	m.acknowledgements.WithLabelValues(string(platform), string(how)).Inc()
	if how == bot.Answered || how == bot.Early {
		m.acknowledgement.WithLabelValues(string(platform), string(kind)).Observe(took.Seconds())
	}
}

// Called counts a call to a platform's API.
func (m *Metrics) Called(platform agency.Platform, method, outcome string, took time.Duration) {
	m.calls.WithLabelValues(string(platform), method, outcome).Observe(took.Seconds())
}

// Connected counts a socket.
func (m *Metrics) Connected(platform agency.Platform, n int) {
	m.connections.WithLabelValues(string(platform)).Inc()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sockets[socket{platform, n}] = m.now()
}

// Disconnected counts the end of a socket.
func (m *Metrics) Disconnected(platform agency.Platform, n int, renewed bool) {
	if !renewed {
		m.drops.WithLabelValues(string(platform)).Inc()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sockets[socket{platform, n}] = time.Time{}
}

// Tried counts a try of the sender.
func (m *Metrics) Tried(platform agency.Platform, outcome bot.Outcome, attempt int, after time.Duration) {
	m.attempts.WithLabelValues(string(platform), word(string(outcome))).Inc()
	if attempt > 1 {
		m.retries.WithLabelValues(string(platform)).Inc()
	}
	if outcome == bot.Posted {
		m.lateness.WithLabelValues(string(platform)).Observe(max(after, 0).Seconds())
	}
}

// Parked counts a message that was given up.
func (m *Metrics) Parked(platform agency.Platform) { m.parked.WithLabelValues(string(platform)).Inc() }

// Repeated counts a message that may stand twice.
func (m *Metrics) Repeated(platform agency.Platform) {
	m.repeated.WithLabelValues(string(platform)).Inc()
}

// Slot counts a claimed slot and the older ones for which it stands.
func (m *Metrics) Slot(reminder string, after time.Duration, missed int) {
	outcome := onTime
	if after > slotPatience {
		outcome = late
	}
	m.slots.WithLabelValues(reminder, outcome).Inc()
	m.slots.WithLabelValues(reminder, skipped).Add(float64(missed))
	m.slotLateness.WithLabelValues(reminder).Observe(max(after, 0).Seconds())
}

// Beat notes that a loop went round.
func (m *Metrics) Beat(loop bot.Loop, err error) {
	if err != nil {
		m.failures.WithLabelValues(string(loop)).Inc()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.beats[loop] = m.now()
}
