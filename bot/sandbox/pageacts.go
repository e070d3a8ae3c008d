package sandbox

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// deed is what the page's script posts: one shape for everything a person can do.
type deed struct {
	As       string   `json:"as"`
	Channel  string   `json:"channel"`
	TS       string   `json:"ts"`
	Thread   string   `json:"thread"`
	View     string   `json:"view"`
	Block    string   `json:"block"`
	Action   string   `json:"action"`
	Text     string   `json:"text"`
	Values   []string `json:"values"`
	Fill     Fill     `json:"fill"`
	All      bool     `json:"all"`
	Set, Add string
}

func (d deed) press() Press {
	return Press{
		Channel: d.Channel, TS: d.TS, ViewID: d.View, BlockID: d.Block, ActionID: d.Action, Values: d.Values, Fill: d.Fill,
	}
}

// act turns a deed into an HTTP handler. A Notice becomes {"error": …} for the
// person; it is an answer, not a failure of the page.
func (w *Workspace) act(do func(deed) (object, error)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, 1<<20))
		var d deed
		if err != nil || decode(body, &d) != nil {
			writeJSON(rw, http.StatusBadRequest, object{"error": "That could not be read."})
			return
		}
		out, err := do(d)
		var n Notice
		switch {
		case errors.As(err, &n):
			writeJSON(rw, http.StatusOK, object{"error": string(n)})
		case err != nil:
			writeJSON(rw, http.StatusServiceUnavailable, object{"error": err.Error()})
		default:
			if out == nil {
				out = object{}
			}
			writeJSON(rw, http.StatusOK, out)
		}
	}
}

// actSay sends what stands in the composer: a message or a slash command.
func (w *Workspace) actSay(d deed) (object, error) {
	text := strings.TrimSpace(d.Text)
	if !strings.HasPrefix(text, "/") {
		_, err := w.Say(d.As, d.Channel, text, d.Thread)
		return nil, err
	}
	if d.Thread != "" {
		name, _, _ := strings.Cut(text, " ")
		return nil, Notice(name + " is not supported in threads. Sorry!")
	}
	if err := w.Command(d.As, d.Channel, text); err != nil {
		var n Notice
		if !errors.As(err, &n) {
			return nil, err
		}
		return object{"notice": string(n)}, nil // already shown in the conversation
	}
	return nil, nil
}

func (w *Workspace) actRead(d deed) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.rooms[d.Channel]
	if r == nil || !r.has(d.As) {
		return nil, nil
	}
	w.markRead(d.As, r)
	return nil, nil
}

// moments turns the local date and time of a datetimepicker into the seconds that
// Slack sends, in the person's own time zone. Callers hold no lock.
func (w *Workspace) moments(d deed) deed {
	w.mu.Lock()
	loc := w.zoneOf(d.As)
	w.mu.Unlock()
	turn := func(vs []string) {
		for i, v := range vs {
			if t, err := time.ParseInLocation("2006-01-02T15:04", v, loc); err == nil {
				vs[i] = timestampText(t)
			}
		}
	}
	turn(d.Values)
	for _, vs := range d.Fill {
		turn(vs)
	}
	return d
}

func (w *Workspace) actPress(d deed) (object, error) {
	d = w.moments(d)
	return nil, w.Press(d.As, d.press())
}

func (w *Workspace) actSuggest(d deed) (object, error) {
	options, err := w.Suggest(d.As, d.press(), d.Text)
	if err != nil {
		return nil, err
	}
	if options == nil {
		options = list{}
	}
	return object{"options": options}, nil
}

func (w *Workspace) actSubmit(d deed) (object, error) {
	d = w.moments(d)
	wrong, err := w.Submit(d.As, d.View, d.Fill)
	if err != nil {
		return nil, err
	}
	return object{"errors": wrong}, nil
}

func (w *Workspace) actClose(d deed) (object, error) { return nil, w.CloseView(d.As, d.View, d.All) }

func (w *Workspace) actHome(d deed) (object, error) {
	tab := "messages"
	if d.Text == "home" {
		tab = "home"
	}
	return nil, w.openTab(d.As, tab)
}

// actClock moves the desk's clock: by a span, to a local date and time, or to nine
// o'clock on the next Monday, all in the desk's zone.
func (w *Workspace) actClock(d deed) (object, error) {
	if w.o.SetNow == nil {
		return nil, Notice("This clock cannot be moved.")
	}
	now := w.o.Now().In(w.o.Zone)
	var to time.Time
	switch d.Add {
	case "hour":
		to = now.Add(time.Hour)
	case "day":
		to = now.AddDate(0, 0, 1) // the same time tomorrow, also when the clocks change
	case "monday":
		days := (int(time.Monday) - int(now.Weekday()) + 7) % 7
		to = time.Date(now.Year(), now.Month(), now.Day()+days, 9, 0, 0, 0, w.o.Zone)
		if !to.After(now) {
			to = time.Date(now.Year(), now.Month(), now.Day()+days+7, 9, 0, 0, 0, w.o.Zone)
		}
	default:
		t, err := time.ParseInLocation("2006-01-02T15:04", d.Set, w.o.Zone)
		if err != nil {
			return nil, Notice("That is not a date and time.")
		}
		to = t
	}
	w.o.SetNow(to)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.touch(change{Kind: changeClock})
	return object{"now": w.o.Now().In(w.o.Zone).Format(clockLayout)}, nil
}
