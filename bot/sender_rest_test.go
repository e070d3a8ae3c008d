package bot_test

import (
	"context"
	"log/slog"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// change enqueues the drawing of a card that is posted, unless it waits to be drawn already.
func (m *memory) change(ref string) {
	to := agency.Address{Platform: agency.Console, Workspace: "w", Channel: "a"}
	_ = m.Write(context.Background(), func(tx agency.Tx) error {
		m.place(standing{to, "card", ref}, "m1")
		return tx.Enqueue(agency.Outgoing{To: to, Kind: "card", Ref: ref, Mode: agency.Card})
	})
}

// editor notes when a card was edited, and what it said.
type editor struct {
	counter
	began time.Time
	at    []time.Duration
	said  []string
}

func (e *editor) Edit(_ context.Context, _ string, d bot.Delivery) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.at, e.said = append(e.at, time.Since(e.began)), append(e.said, d.Message.Summary)
	return nil
}

// TestTenChangesInASecondAreOneEdit: a card is edited once it has rested, a second after its first change at the latest, and
// always from its newest state.
func TestTenChangesInASecondAreOneEdit(t *testing.T) {
	t.Parallel()
	const rest = 250 * time.Millisecond
	for _, c := range []struct {
		name    string
		changes int
		every   time.Duration
		edits   int
		latest  time.Duration // of the first edit
	}{
		{"one change", 1, 0, 1, rest},
		{"ten at once", 10, 0, 1, rest},
		{"ten in a second", 10, 100 * time.Millisecond, 1, time.Second},
		{"two that are far apart", 2, 700 * time.Millisecond, 2, rest},
		{"fifty in five seconds", 50, 100 * time.Millisecond, 5, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				queue, platform := &memory{}, &editor{began: time.Now()}
				var version atomic.Int64
				s := &bot.Sender{Agency: &agency.Agency{Store: queue, Now: time.Now}, Queue: queue, Platforms: []bot.Platform{platform},
					Views: map[string]bot.View{"card": func(*agency.Desk, agency.Outgoing) (bot.Message, error) {
						return bot.Sentence("%s", strconv.FormatInt(version.Load(), 10)), nil
					}}, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Name: "one", Clock: time.Now, Rest: rest}
				s.Start()
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- s.Run(ctx) }()
				for range c.changes {
					version.Add(1)
					queue.change("S-1")
					s.Wake()
					time.Sleep(c.every)
				}
				time.Sleep(5 * time.Second)
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
				if len(platform.at) != c.edits || platform.at[0] > c.latest+time.Millisecond {
					t.Errorf("edited at %s; want %d edits, the first within %s", platform.at, c.edits, c.latest)
				}
				if last := platform.said[len(platform.said)-1]; last != strconv.Itoa(c.changes) {
					t.Errorf("in the end it says %s of %d", last, c.changes)
				}
			})
		})
	}
}
