package discord

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// deed is what the page's script posts: one shape for everything a person can do.
type deed struct {
	As      string            `json:"as"`
	Channel string            `json:"channel"`
	Message string            `json:"message"`
	Custom  string            `json:"custom"`
	Text    string            `json:"text"`
	Focus   string            `json:"focus"`
	Values  []string          `json:"values"`
	Options Values            `json:"options"`
	Fill    Fill              `json:"fill"`
	Files   map[string][]File `json:"files"`
	On      bool              `json:"on"`
}

// act turns a deed into an HTTP handler. A Notice becomes {"error": …} for the person;
// it is an answer, not a failure of the page.
func (s *Server) act(do func(deed) (object, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		var d deed
		if err != nil || decode(body, &d) != nil {
			http.Error(w, "that could not be read", http.StatusBadRequest)
			return
		}
		out, err := do(d)
		var n Notice
		switch {
		case errors.As(err, &n):
			out = object{"error": string(n)}
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		case out == nil:
			out = object{}
		}
		writeJSON(w, out)
	}
}

// actSay sends what stands in the message box: a message, an answer to another one, or a command with its options
// written out like "/creator rate stars:4 who:@ben".
func (s *Server) actSay(d deed) (object, error) {
	text := strings.TrimSpace(d.Text)
	if d.Message != "" {
		_, err := s.Reply(d.As, d.Message, text)
		return nil, err
	}
	if !strings.HasPrefix(text, "/") {
		_, err := s.Say(d.As, d.Channel, text)
		return nil, err
	}
	line, values := written(text)
	d.Text, d.Options = line, values
	return s.actCommand(d)
}

var optionStart = regexp.MustCompile(`(?:^|\s)([-_'\p{L}\p{N}]{1,32}):`)

// written takes a line with options apart.
func written(text string) (string, Values) {
	at := slices.DeleteFunc(optionStart.FindAllStringSubmatchIndex(text, -1), func(m []int) bool {
		return m[1] == len(text) || text[m[1]] == ' ' // a colon of the text, not of an option
	})
	if len(at) == 0 {
		return text, Values{}
	}
	values := Values{}
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		values[text[m[2]:m[3]]] = strings.TrimSpace(text[m[1]:end])
	}
	return strings.TrimSpace(text[:at[0][0]]), values
}

func (s *Server) actCommand(d deed) (object, error) {
	err := s.Command(d.As, d.Channel, d.Text, d.Options)
	if errors.Is(err, noAnswer) {
		return nil, nil // it stands in the conversation
	}
	return nil, err
}

func (s *Server) actComplete(d deed) (object, error) {
	choices, err := s.Autocomplete(d.As, d.Channel, d.Text, d.Options, d.Focus)
	if err != nil {
		return nil, err
	}
	out := list{}
	for _, c := range choices {
		out = append(out, object{"name": c.Name, "value": c.Value})
	}
	return object{"choices": out}, nil
}

func (s *Server) actPress(d deed) (object, error) {
	err := s.Choose(d.As, d.Message, d.Custom, d.Values...)
	if errors.Is(err, pressFailed) {
		return nil, nil // it stands under the message
	}
	return nil, err
}

func (s *Server) actSubmit(d deed) (object, error) {
	return nil, s.SubmitFiles(d.As, d.Fill, d.Files)
}

func (s *Server) actClose(d deed) (object, error) {
	s.CloseModal(d.As)
	return nil, nil
}

func (s *Server) actEdit(d deed) (object, error) { return nil, s.EditSaid(d.As, d.Message, d.Text) }

func (s *Server) actDelete(d deed) (object, error) { return nil, s.DeleteSaid(d.As, d.Message) }

func (s *Server) actRead(d deed) (object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ch, err := s.person(d.As, d.Channel); err == nil {
		s.markRead(d.As, ch)
	}
	return nil, nil
}

func (s *Server) actPrivacy(d deed) (object, error) {
	s.CloseDMs(d.As, d.On)
	return nil, nil
}

// streamChanges tells the page what to fetch again, as server-sent events. It sends no
// content: the page asks for the parts it shows, as the person it shows them to.
func (s *Server) streamChanges(w http.ResponseWriter, r *http.Request) {
	flush, ok := w.(http.Flusher)
	if !ok {
		http.Error(w, "streaming is not possible here", http.StatusInternalServerError)
		return
	}
	ch := make(chan change, 64)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		http.Error(w, "the server is closed", http.StatusServiceUnavailable)
		return
	}
	s.watchers[ch] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.watchers, ch)
		s.mu.Unlock()
	}()
	me := r.URL.Query().Get("as")
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, "retry: 1000\n\n")
	flush.Flush()
	beat := time.NewTicker(15 * time.Second)
	defer beat.Stop()
	for {
		select {
		case c, open := <-ch:
			if !open {
				return
			}
			if c.User != "" && c.User != me || c.Channel == "-" {
				continue // somebody else's, or nothing that the page shows
			}
			fmt.Fprintf(w, "data: %s\n\n", c.Channel)
		case <-beat.C:
			fmt.Fprint(w, ": still here\n\n")
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
		flush.Flush()
	}
}
