package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/console"
)

// said is one line of a transcript: what the world outside has seen of the desk.
type said struct {
	Answer  string      `json:",omitempty"` // the key of the press that was answered
	Refused agency.Code `json:",omitempty"`
	Post    string      `json:",omitempty"` // the id of the message that was posted
	Edit    string      `json:",omitempty"` // the id of the message that was edited
	Row     int64       `json:",omitempty"` // the outbox row that travels with a message
	Channel string      `json:",omitempty"`
	Text    string
}

// transcript is a chat platform that does nothing but remember, in a file that outlives the process: a line is there or it
// is not, as a post is with a platform or not.
type transcript struct {
	thread thread
	file   *os.File
}

// openTranscript opens a transcript to go on with it.
func openTranscript(path string, t thread) (*transcript, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	return &transcript{thread: t, file: f}, err
}

func (t *transcript) say(line said) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	return t.thread.do(func() error {
		_, err := t.file.Write(append(text, '\n'))
		return err
	})
}

// readTranscript reads what was said. A line that was cut off was not said.
func readTranscript(path string) ([]said, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []said
	for line := range bytes.Lines(text) {
		var s said
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		if err := json.Unmarshal(line, &s); err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		list = append(list, s)
	}
	return list, nil
}

// Name implements bot.Platform.
func (*transcript) Name() agency.Platform { return agency.Console }

// Ready implements bot.Platform.
func (*transcript) Ready() error { return nil }

// Run implements bot.Platform; the scenario gives the requests.
func (*transcript) Run(ctx context.Context, _ func(context.Context, bot.Request) bot.Reply) error {
	<-ctx.Done()
	return nil
}

// Post implements bot.Platform.
func (t *transcript) Post(_ context.Context, d bot.Delivery) (string, error) {
	id := fmt.Sprintf("m%d", d.RowID)
	return id, notSent(t.say(said{Post: id, Row: d.RowID, Channel: d.To.Channel, Text: console.Render(d.Message)}))
}

// Edit implements bot.Platform.
func (t *transcript) Edit(_ context.Context, id string, d bot.Delivery) error {
	return notSent(t.say(said{Edit: id, Row: d.RowID, Channel: d.To.Channel, Text: console.Render(d.Message)}))
}

// Find implements bot.Finder, as a platform on which the row's id travels with the message.
func (t *transcript) Find(_ context.Context, d bot.Delivery, _ time.Time) (id string, found bool, err error) {
	list, err := readTranscript(t.file.Name())
	for _, s := range list {
		if s.Post != "" && s.Row == d.RowID {
			return s.Post, true, err
		}
	}
	return "", false, err
}

func notSent(err error) error {
	if err == nil {
		return nil
	}
	return &bot.SendError{Outcome: bot.NotSent, Code: "platform", Err: err}
}
