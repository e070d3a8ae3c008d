package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"liaison/agency"
)

// Router finds the command of a request and runs it once, in one unit of work, and turns its error into words.
type Router struct {
	Agency   *agency.Agency
	Commands []Command
	Home     func(*Turn) (Reply, error) // what a person's home page shows; nil: nothing
	Log      *slog.Logger
	NewRef   func() string                     // makes the reference that joins a person's refusal with the log's line
	Observer Observer                          // nil: nobody counts
	Health   func(context.Context) []Component // how the parts of the desk are; nil: nobody knows
	Patience time.Duration                     // after which work that is not committed is refused; zero: what Slack and Discord leave time for
}

// takeTimeout leaves the platforms (three seconds) time to carry the answer: work that is not committed by then is
// rolled back and refused, so that nothing happens behind a person's back.
const takeTimeout = 2 * time.Second

// Take runs one request and gives its answer. When it returns, what the request did is committed, or nothing was done
// and the answer says so. A repeated request (same key) is not run again: it gets the first one's answer.
func (r *Router) Take(ctx context.Context, req Request) Reply {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(r.Patience, takeTimeout))
	defer cancel()
	began := time.Now() // how long it took is real time, however the desk's clock is moved
	command, req, err := r.resolve(req)
	var reply Reply
	if err == nil {
		reply, err = r.run(ctx, command, req)
	}
	if err != nil {
		reply = r.refuse(ctx, command, req, err)
	}
	if req.Kind == Said && reply.Message == nil && err == nil {
		return reply
	}
	took := time.Since(began)
	Observed(r.Observer).Took(command.Name, req.Kind, reply.Refused, took)
	r.Log.Info("took", "command", command.Name, "kind", req.Kind, "who", req.From.String(), "key", req.Key,
		"refused", reply.Refused, "took", took.String())
	return reply
}

// resolve finds the command. A typed line may name it in one word or two; the rest of the words stay in Text.
func (r *Router) resolve(req Request) (Command, Request, error) {
	if req.Kind == Said {
		return Command{Name: "said"}, req, nil // whose thread it is stands in the records
	}
	if req.Kind == CameHome {
		return Command{Name: "home", Reads: true, Run: r.Home}, req, nil
	}
	if req.Kind != Typed {
		c, ok := r.find(req.Command)
		if req.Kind == Pressed || c.About != nil { // the state of a form of nothing that has versions carries none
			req.Text, req.Seen = takeSeen(req.Text)
		}
		if !ok {
			return c, req, agency.NotFound("This button is from an older version of the desk. Use `/help` to see what there is.")
		}
		return c, req, nil
	}
	line := strings.TrimSpace(req.Command + " " + strings.TrimSpace(req.Text))
	first, rest, _ := strings.Cut(line, " ")
	second, after, _ := strings.Cut(strings.TrimSpace(rest), " ")
	name := strings.ToLower(first + " " + second)
	if c, ok := r.find(name); ok {
		req.Command, req.Text = name, strings.TrimSpace(after)
		return c, req, nil
	}
	name = strings.ToLower(first)
	if c, ok := r.find(name); ok {
		req.Command, req.Text = name, strings.TrimSpace(rest)
		return c, req, nil
	}
	var actions []string
	for _, c := range r.Commands {
		if feature, action, _ := strings.Cut(c.Name, " "); feature == name && !c.Unlisted {
			actions = append(actions, action)
		}
	}
	if len(actions) == 0 {
		return Command{}, req, agency.NotFound("There is no command `/%s`. `/help` lists what you can do.", name)
	}
	if second == "" {
		return Command{}, req, agency.Invalid("Say what to do: `/%s %s`. `/help %s` shows examples.", name, strings.Join(actions, "`, `"), name)
	}
	return Command{}, req, agency.Invalid("`/%s` does not know “%s”. It knows %s. `/help %s` shows examples.", name, second, strings.Join(actions, ", "), name)
}

func (r *Router) find(name string) (Command, bool) {
	i := slices.IndexFunc(r.Commands, func(c Command) bool { return c.Name == name })
	if i < 0 {
		return Command{}, false
	}
	return r.Commands[i], true
}

func (r *Router) run(ctx context.Context, c Command, req Request) (reply Reply, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in %q: %v\n%s", c.Name, p, debug.Stack())
		}
	}()
	if req.Kind == Said {
		return r.hear(ctx, req)
	}
	if c.Reads || req.Kind == Asked {
		err = r.Agency.Look(ctx, req.From, func(d *agency.Desk) error {
			reply, err = r.turn(c, &Turn{Request: req, Desk: d, All: r.Commands, Health: func() []Component { return r.health(ctx) }})
			return err
		})
		return reply, err
	}
	if c.Heavy {
		ctx = agency.Heavy(ctx)
	}
	return r.do(ctx, c, req)
}

// uncertainRest is how long to wait before asking again what became of a commit whose answer was lost.
const uncertainRest = 50 * time.Millisecond

// do runs a writing command.
func (r *Router) do(ctx context.Context, c Command, req Request) (reply Reply, err error) {
	err = r.write(ctx, req, func(d *agency.Desk) (err error) {
		reply, err = r.once(c, req, d)
		return err
	})
	return reply, err
}

// write runs work that looks for the request's key first. When the connection to the records breaks while they are written,
// nobody knows whether they were. Then it is run again, until that is known or the time is up: if they were, the key is
// there; if they were not, they are now.
func (r *Router) write(ctx context.Context, req Request, work func(*agency.Desk) error) error {
	err := r.Agency.Do(ctx, req.From, work)
	if err == nil || agency.CodeOf(err) != agency.CodeUncertain || req.Key == "" {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return err
		case <-time.After(uncertainRest):
		}
		again := r.Agency.Do(ctx, req.From, work)
		if again == nil || !agency.CodeOf(again).Ours() {
			r.Log.Warn("a commit whose answer was lost is settled", "key", req.Key, "lost", err)
			return again
		}
	}
}

// health is how the parts of the desk are, for those who may know.
func (r *Router) health(ctx context.Context) []Component {
	if r.Health == nil {
		return nil
	}
	return r.Health(ctx)
}

// hear runs the command that listens in the thread in which something was said. Most of what is said is not for the desk:
// that is looked up, and neither kept nor logged.
func (r *Router) hear(ctx context.Context, req Request) (reply Reply, err error) {
	var c Command
	err = r.Agency.Look(ctx, req.From, func(d *agency.Desk) error {
		kind, ref, ok, err := d.PostedAt(req.Channel, req.ThreadID)
		listens := func(to string) int {
			return slices.IndexFunc(r.Commands, func(c Command) bool { return c.Hears == to })
		}
		if i := listens(kind); ok && i >= 0 {
			c, req.Ref = r.Commands[i], ref
		} else if i = listens(ToTheDesk); req.Private && i >= 0 {
			c = r.Commands[i]
		}
		return err
	})
	if err != nil || c.Run == nil {
		return Reply{}, err
	}
	return r.do(ctx, c, req)
}

// once runs a writing command unless its key is known; the key, the effect and the answer are one transaction.
func (r *Router) once(c Command, req Request, d *agency.Desk) (Reply, error) {
	if req.Attempt != "" { // this very attempt was refused before
		if was, known, err := d.AnsweredPress(req.attempted(), ""); known || err != nil {
			return replyOf(was, err)
		}
	}
	t := &Turn{Request: req, Desk: d, All: r.Commands}
	done := deed(req)
	first, was, err := d.ClaimPress(req.Key, done, c.Name, silence)
	if err != nil {
		return Reply{}, err
	}
	if !first {
		if reply, old, err := r.overtakenSince(c, t, was); old || err != nil {
			return reply, err
		}
		return replyOf(was.Answer, nil)
	}
	d.Introduce(req.FromName)
	reply, err := r.turn(c, t)
	if err != nil {
		return Reply{}, err
	}
	return reply, record(d, req, done, reply)
}

// turn checks the command's right first, so that nobody fills in a form only to be refused; the use case checks again.
func (r *Router) turn(c Command, t *Turn) (Reply, error) {
	t.Desk.Lend(t.Granted)
	if err := t.Desk.Allowed(c.Right); err != nil {
		return Reply{}, err
	}
	switch t.Kind {
	case Sent:
		if c.Submit == nil {
			return Reply{}, agency.Invalid("There is no form for this command.")
		}
		if reply, old, err := reopened(c, t); old || err != nil {
			return reply, err
		}
		return c.Submit(t)
	case Asked:
		if c.Suggest == nil {
			return Reply{}, nil
		}
		options, err := c.Suggest(t)
		return Reply{Options: options}, err
	}
	if c.Run == nil {
		return Reply{}, nil
	}
	if reply, old, err := r.overtaken(c, t); old || err != nil {
		return reply, err
	}
	reply, err := c.Run(t)
	if err == nil && reply.Form != nil {
		err = r.stamp(reply.Form, t)
	}
	return reply, err
}

// silence is the answer of a press that needs no words, as it is kept: the card that was pressed shows what it did.
const silence = "{}"

// replyOf reads the reply of a request that was carried out before.
func replyOf(answer string, err error) (reply Reply, _ error) {
	if err != nil {
		return Reply{}, err
	}
	return reply, json.Unmarshal([]byte(answer), &reply)
}

// attempted is the key of a refusal: nothing was done, so the same form sent once more is looked at anew, and only the same
// attempt delivered again gets the same refusal.
func (r Request) attempted() string {
	if r.Attempt == "" {
		return r.Key
	}
	return r.Key + ":" + r.Attempt
}

// record keeps the reply of a request that was claimed.
func record(d *agency.Desk, req Request, deed string, reply Reply) error {
	if reply.Once {
		reply = Say("This was shown once and is not kept. Ask again if you need it.")
	}
	answer, err := json.Marshal(reply)
	if err != nil {
		return err
	}
	again := deed
	if reply.Refused != "" || reply.Form != nil {
		again = "" // nothing was done, so the person may try again, and open a form from the newest state
	}
	if again == deed && string(answer) == silence {
		return nil
	}
	return d.AnswerPress(req.Key, again, string(answer))
}

// refuse turns an error into words, once, for every platform. A refusal by rule is kept as the answer of its key, so
// that a repeat does not succeed where the first was refused; our own faults are not, so that a person can try again. One
// that cannot be kept is not given: it is our fault then.
func (r *Router) refuse(ctx context.Context, c Command, req Request, err error) Reply {
	reply := r.words(c, req, err)
	code := agency.CodeOf(err)
	if c.Name == "" || c.Reads || req.Kind == Asked || code.Ours() {
		return reply
	}
	refusal, given := req, reply
	refusal.Key = req.attempted()
	stored := r.write(ctx, refusal, func(d *agency.Desk) error {
		was, known, err := d.AnsweredPress(req.Key, "")
		if known || err != nil { // somebody else carried out the same interaction while we were refused for being second
			given, err = replyOf(was, err)
			return err
		}
		first, press, err := d.ClaimPress(refusal.Key, "", c.Name, silence)
		if !first || err != nil {
			given, err = replyOf(press.Answer, err)
			return err
		}
		given = reply
		return record(d, refusal, "", reply)
	})
	if stored != nil {
		return r.words(c, req, stored)
	}
	return given
}

// words makes the sentence for the person; what is our fault goes to the log with the same reference.
func (r *Router) words(c Command, req Request, err error) Reply {
	var known *agency.Error
	code := agency.CodeOf(err)
	if !errors.As(err, &known) || code.Ours() {
		ref := r.NewRef()
		r.Log.Error("could not carry out a request", "ref", ref, "command", c.Name, "who", req.From.String(), "key", req.Key, "err", err)
		sentence := "Something went wrong on our side, and nothing was changed. Try again; if it stays, tell an admin."
		if known != nil && known.Message != "" {
			sentence = known.Message
		}
		reply := Say("%s (reference %s)", sentence, ref)
		reply.Refused = code
		return reply
	}
	if req.Kind == Sent && len(known.Fields) > 0 {
		return Reply{Errors: known.Fields, Refused: code}
	}
	m := Message{Summary: known.Message, Parts: []Part{{Text: Sentences(known.Message)}}}
	if code == agency.CodeInvalid && req.Kind == Typed && c.Usage != "" {
		m.Parts = append(m.Parts, Small(T("Usage: "), C("/%s %s", c.Name, c.Usage)))
	}
	return Reply{Message: &m, Refused: code}
}

// Sentences is the text of one of our own sentences: what stands in back-ticks is code.
func Sentences(text string) Text {
	var out Text
	for i, part := range strings.Split(text, "`") {
		if part == "" {
			continue
		}
		style := Plain
		if i%2 == 1 {
			style = Code
		}
		out = append(out, Span{Style: style, Text: part})
	}
	return out
}
