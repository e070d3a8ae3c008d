package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"liaison/bot/sandbox"
)

// workspace is the Slack-compatible workspace in this process, which outlives every desk, with what was seen in it.
type workspace struct {
	*sandbox.Workspace
	url    string
	server *http.Server
	answer time.Duration // the longest time that it takes over an answer

	mu    sync.Mutex
	heard []interaction
	posts map[place]post
}

// place is where a message stands.
type place struct{ channel, ts string }

// post is a message of the desk that carries the number of an outbox row.
type post struct {
	row  int64
	page int64 // which page of a long message it is, in its thread; zero: the message itself
}

// interaction is one thing that a person did and that was handed to the desk.
type interaction struct {
	who     string // user id
	command string // "seller tick"; of a typed line its first two words
	detail  string // what was typed behind the command, the value of a button, the name of a shop in a form
	mark    string // what the platform's delivery is known by, and the desk's key of it holds
	pressed bool   // a button, which can be pressed twice before it is drawn again
	acked   bool   // the desk acknowledged it
	answer  string // what came with the acknowledgement
}

// deed is what was meant: the same person, the same command, the same words or the same button.
func (in interaction) deed() string { return in.who + " " + in.command + " " + in.detail }

// openWorkspace starts a workspace on the loopback interface. requestURL is the desk's address in HTTP mode.
func openWorkspace(ctx context.Context, manifest []byte, requestURL string, answer time.Duration) (*workspace, error) {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &workspace{url: "http://" + listener.Addr().String(), answer: answer, posts: map[place]post{}}
	// Unpaced: hundreds of starts in a few minutes would themselves be over Slack's limits. The network's torture has its
	// own storms of refusals.
	w.Workspace, err = sandbox.New(sandbox.Options{Manifest: manifest, Team: team, Users: users(), Channels: channels(),
		RequestURL: requestURL, Unpaced: true})
	if err != nil {
		listener.Close()
		return nil, err
	}
	w.Heard = w.hear
	w.server = &http.Server{Handler: w, ReadHeaderTimeout: 10 * time.Second}
	go w.server.Serve(listener) //nolint:errcheck // it ends with close
	return w, nil
}

// ServeHTTP takes its time over posts: a desk that is killed meanwhile does not know how they ended.
func (w *workspace) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.Workspace.ServeHTTP(rw, r)
	if w.answer > 0 && (strings.HasSuffix(r.URL.Path, "/chat.postMessage") || strings.HasSuffix(r.URL.Path, "/chat.update")) {
		time.Sleep(rand.N(w.answer)) // the answer leaves when this function returns
	}
}

func (w *workspace) close() {
	w.Close()
	w.server.Close() //nolint:errcheck // nothing more can be done at the end
}

// hear keeps what a person did and how the desk took it.
func (w *workspace) hear(d sandbox.Delivery) {
	var in interaction
	switch d.Kind {
	case "slash_commands":
		in = typedLine(d.Payload)
	case "interactive":
		in = pressedOrSent(d.Payload)
	}
	if in.mark == "" {
		return
	}
	in.acked, in.answer = d.Err == nil, string(d.Answer)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = append(w.heard, in)
}

func typedLine(p map[string]any) interaction {
	in := interaction{who: text(p, "user_id"), mark: text(p, "trigger_id")}
	action, rest, _ := strings.Cut(text(p, "text"), " ")
	in.command, in.detail = strings.TrimSpace(strings.TrimPrefix(text(p, "command"), "/")+" "+action), rest
	return in
}

func pressedOrSent(p map[string]any) interaction {
	in := interaction{who: text(part(p, "user"), "id")}
	switch text(p, "type") {
	case "block_actions":
		actions, _ := p["actions"].([]any)
		if len(actions) == 0 {
			return in
		}
		action, _ := actions[0].(map[string]any)
		in.command, _, _ = strings.Cut(text(action, "action_id"), "|")
		in.detail = text(action, "value")
		in.mark, in.pressed = text(action, "action_ts")+":"+in.who, true
	case "view_submission":
		view := part(p, "view")
		in.command, in.mark = text(view, "callback_id"), text(view, "id")+":"+text(view, "hash")
		for _, value := range part(part(part(view, "state"), "values"), "shop") {
			field, _ := value.(map[string]any)
			in.detail = `"` + text(field, "value") + `"`
		}
	}
	return in
}

func text(o map[string]any, key string) string {
	s, _ := o[key].(string)
	return s
}

func part(o map[string]any, key string) map[string]any {
	s, _ := o[key].(map[string]any)
	return s
}

// collect notes every message that stands in the workspace now. It is called often: a conversation keeps two thousand.
// A run that posts more than that into one channel takes a card that was forgotten for one that was posted twice.
func (w *workspace) collect() {
	rooms := []string{}
	for _, c := range channels() {
		rooms = append(rooms, c.ID)
	}
	for _, u := range users() {
		rooms = append(rooms, w.DM(u.ID))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, room := range rooms {
		for _, m := range w.Messages(room) {
			if m.User != w.BotUserID() || text(m.Metadata, "event_type") != "liaison_outbox" {
				continue
			}
			payload := part(m.Metadata, "event_payload")
			w.posts[place{room, m.TS}] = post{row: number(payload["row"]), page: number(payload["page"])}
		}
	}
}

// seen is what has been collected so far.
func (w *workspace) seen() (heard []interaction, posts map[place]post) {
	w.collect()
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]interaction(nil), w.heard...), w.posts
}

// controls finds what can be pressed for a command in the newest messages of a channel.
func (w *workspace) controls(channel, command string) []sandbox.Press {
	messages := w.Messages(channel)
	var list []sandbox.Press
	for _, m := range messages[max(0, len(messages)-newest):] {
		for _, c := range m.Controls() {
			if name, _, _ := strings.Cut(c.ActionID, "|"); name == command && c.Type == "button" {
				list = append(list, sandbox.Press{Channel: channel, TS: m.TS, BlockID: c.BlockID, ActionID: c.ActionID})
			}
		}
	}
	return list
}

// newest is how many messages people look back.
const newest = 40

var reference = regexp.MustCompile(`[A-Z]-\d+`)

// lastReference is a reference such as M-88 that was named last in a channel.
func (w *workspace) lastReference(channel, letter string) string {
	messages := w.Messages(channel)
	for i := len(messages) - 1; i >= max(0, len(messages)-newest); i-- {
		for _, found := range reference.FindAllString(messages[i].Shown(), -1) {
			if strings.HasPrefix(found, letter) {
				return found
			}
		}
	}
	return ""
}

func number(v any) int64 {
	n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
