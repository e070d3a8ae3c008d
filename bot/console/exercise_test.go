package console

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
)

// desk is a terminal at which the exercise types, with what it prints and what is posted.
type desk struct {
	*Terminal
	lines *io.PipeWriter

	mu      sync.Mutex
	printed bytes.Buffer
	posts   []string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	in, lines := io.Pipe()
	d := &desk{lines: lines}
	d.Terminal = NewTerminal("ana", "test", in, d)
	d.Shown = func(_ agency.Address, m bot.Message, _ bool) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.posts = append(d.posts, Render(m))
	}
	t.Cleanup(func() { lines.Close() })
	return d
}

func (d *desk) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.printed.Write(p)
}

func (d *desk) out() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.printed.String()
}

// enter types a line and comes back when it is done with: the terminal reads the second empty line only after that.
func (d *desk) enter(line string) error {
	for _, l := range []string{line, "", ""} {
		if _, err := io.WriteString(d.lines, l+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// submit fills the open form in and gives the sentences beside its fields.
func (d *desk) submit(fields map[string][]string) (map[string]string, error) {
	line, form, before := "fill", d.Seat.Form, len(d.out())
	for name, values := range fields {
		line += fmt.Sprintf(" %s=%q", name, strings.Join(values, ","))
	}
	if err := d.enter(line); err != nil || d.Seat.Form != form { // it closed, or another took its place
		return nil, err
	}
	errs := map[string]string{}
	for l := range strings.Lines(d.out()[before:]) {
		name, why, _ := strings.Cut(strings.TrimSpace(l), ": ")
		if slices.ContainsFunc(form.Fields, func(f bot.Field) bool { return f.Name == name }) {
			errs[name] = why
		}
	}
	return errs, nil
}

// TestTheConsolePassesTheExercise takes the terminal through what every platform must do.
func TestTheConsolePassesTheExercise(t *testing.T) {
	t.Parallel()
	bottest.Exercise(t, func(t *testing.T) bottest.Harness {
		d := newDesk(t)
		return bottest.Harness{
			Platform: d, Channel: Place("desk"), Person: d.Seat.Who,
			Type:  d.enter,
			Press: func(_, label string) error { return d.enter("press " + label) },
			Form: func() (string, bool) {
				if d.Seat.Form == nil {
					return "", false
				}
				return d.Seat.Form.Title, true
			},
			Submit: d.submit,
			Home:   func() error { return d.enter("home") },
			Seen:   func() []string { return []string{d.out()} },
			Posted: func() []string { d.mu.Lock(); defer d.mu.Unlock(); return slices.Clone(d.posts) },
			Page:   d.out,
			Delete: func(id string) error {
				d.Room.mu.Lock()
				defer d.Room.mu.Unlock()
				d.Room.posts = slices.DeleteFunc(d.Room.posts, func(p *post) bool { return p.id == id })
				return nil
			},
			Await: func(ctx context.Context, cond func() bool) error {
				for !cond() {
					if ctx.Err() != nil {
						return ctx.Err()
					}
					time.Sleep(time.Millisecond)
				}
				return nil
			},
		}
	})
}
