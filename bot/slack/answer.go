package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	sdk "github.com/slack-go/slack"

	"liaison/bot"
)

// plan is how a reply gets to the person: what rides on the acknowledgement, and what is done after it.
type plan struct {
	ack   any
	after []step
}

type step func(context.Context) error

// response is a message in answer to a command or a press, on the acknowledgement or by response_url.
type response struct {
	Type            string      `json:"response_type,omitempty"`
	ReplaceOriginal bool        `json:"replace_original"`
	Text            string      `json:"text"`
	Blocks          []sdk.Block `json:"blocks,omitempty"`
	ThreadTS        string      `json:"thread_ts,omitempty"`
}

// submission is the answer to a submitted form.
type submission struct {
	Action string                `json:"response_action"`
	View   *sdk.ModalViewRequest `json:"view,omitempty"`
	Errors map[string]string     `json:"errors,omitempty"`
}

type suggestions struct {
	Options []*sdk.OptionBlockObject      `json:"options,omitempty"`
	Groups  []*sdk.OptionGroupBlockObject `json:"option_groups,omitempty"`
}

// MarshalJSON always gives a list: Slack shows an error where it finds none.
func (s suggestions) MarshalJSON() ([]byte, error) {
	if len(s.Groups) > 0 {
		return json.Marshal(map[string]any{"option_groups": s.Groups})
	}
	return json.Marshal(map[string]any{"options": append([]*sdk.OptionBlockObject{}, s.Options...)})
}

// plan decides how a reply is given where the interaction happened. Late says that the acknowledgement has gone out already,
// and with it the chance to answer through it.
func (p *Platform) plan(in incoming, reply bot.Reply, late bool) plan {
	if reply.Home != nil {
		page := *reply.Home
		return plan{ack: closing(in, late), after: []step{func(ctx context.Context) error { return p.publish(ctx, in, page) }}}
	}
	switch in.surface {
	case onSuggest:
		return plan{ack: p.suggest(in, reply.Options)}
	case onSubmit:
		return p.planSubmission(in, reply, late)
	}
	if len(reply.Errors) > 0 && reply.Message == nil { // nothing here has fields to put them beside
		m := troubles(reply.Errors)
		reply.Message = &m
	}
	switch {
	case reply.Form != nil:
		form := *reply.Form
		return plan{after: []step{func(ctx context.Context) error { return p.open(ctx, in, form) }}}
	case reply.Message == nil && late && in.Kind != bot.CameHome: // the person was told that it is not certain
		reply = bot.Say("It was done.")
	case reply.Message == nil:
		return plan{}
	case in.surface == onCommand && !late:
		return p.planTyped(in, reply)
	}
	return plan{after: []step{func(ctx context.Context) error { return p.tell(ctx, in, reply, late) }}}
}

// closing is the acknowledgement that closes a submitted form.
func closing(in incoming, late bool) any {
	if in.surface == onSubmit && !late {
		return submission{Action: "clear"}
	}
	return nil
}

// planTyped puts the answer to a typed command on the acknowledgement where it is small enough.
func (p *Platform) planTyped(in incoming, reply bot.Reply) plan {
	out, err := render(*reply.Message, in.place())
	if err != nil {
		return p.fault(in, err)
	}
	if body := respond(out.Main, reply.Public); len(out.Thread) == 0 && weight(body) <= maxAck {
		return plan{ack: body}
	}
	pages := append([]page{out.Main}, out.Thread...) // one way for all of them, so that they come in order
	return plan{after: []step{func(ctx context.Context) error { return p.whisper(ctx, in, pages, reply.Public, false) }}}
}

func respond(pg page, public bool) response {
	r := response{Type: "ephemeral", Text: pg.Text, Blocks: pg.Blocks}
	if public {
		r.Type = "in_channel"
	}
	return r
}

// fault is the answer where rendering failed: a mistake of ours, logged, and a sentence for the person.
func (p *Platform) fault(in incoming, err error) plan {
	sorry := p.unshown(in, err)
	if in.surface == onCommand {
		return plan{ack: response{Type: "ephemeral", Text: sorry.Summary}}
	}
	return plan{after: []step{func(ctx context.Context) error { return p.tell(ctx, in, bot.Tell(sorry), true) }}}
}

// unshown logs why an answer or a form cannot be shown, and gives what the person is told.
func (p *Platform) unshown(in incoming, err error) bot.Message {
	ref, m := bot.Unshown(in.Key)
	p.log.Error("an answer cannot be shown", "ref", ref, "key", in.Key, "command", in.Command, "error", err)
	return m
}

func troubles(errs map[string]string) bot.Message {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(errs)) {
		lines = append(lines, errs[name])
	}
	return bot.Sentence("%s", strings.Join(lines, "\n"))
}

func (p *Platform) planSubmission(in incoming, reply bot.Reply, late bool) plan {
	switch {
	case (len(reply.Errors) > 0 || reply.Refused != "" && reply.Message != nil) && late: // the questions are gone, and what was written into them
		m := troubles(reply.Errors)
		if reply.Message != nil {
			m = *reply.Message
		}
		m.Parts = slices.Concat(m.Parts, bot.Written(in.wrote))
		return p.planView(in, m, late)
	case len(reply.Errors) > 0:
		if errs := beside(in.inputs, reply.Errors); len(errs) > 0 {
			return plan{ack: submission{Action: "errors", Errors: errs}}
		}
		return p.planView(in, troubles(reply.Errors), late)
	case reply.Refused != "" && reply.Message != nil && len(in.inputs) > 0:
		// Closing the form would throw away what was typed into it.
		why := orElse(reply.Message.Summary, "That was refused.")
		return plan{ack: submission{Action: "errors", Errors: beside(in.inputs[:1], map[string]string{in.inputs[0]: why})}}
	case reply.Form != nil:
		view, err := modal(*reply.Form, in.luggage(), in.place())
		if err != nil {
			return p.failedView(in, err, late)
		}
		return p.updated(in, view, reply.Form.Readable(), late)
	case reply.Message == nil && late:
		return p.planView(in, bot.Sentence("Done."), late)
	case reply.Message == nil:
		return plan{ack: closing(in, late)}
	case in.Channel.Channel == "" || late:
		return p.planView(in, *reply.Message, late)
	}
	return plan{ack: closing(in, late), after: []step{func(ctx context.Context) error { return p.tell(ctx, in, reply, late) }}}
}

// planView shows a message in the modal that was submitted.
func (p *Platform) planView(in incoming, m bot.Message, late bool) plan {
	view, err := shown(m, in.luggage(), in.place())
	if err != nil {
		return p.failedView(in, err, late)
	}
	return p.updated(in, view, m, late)
}

func (p *Platform) failedView(in incoming, err error, late bool) plan {
	sorry := p.unshown(in, err)
	view, err := shown(sorry, luggage{Command: in.Command}, in.place())
	if err != nil {
		return plan{ack: closing(in, late)}
	}
	return p.updated(in, view, sorry, late)
}

// updated puts a view in the place of the form that was submitted. m says the same in a message, for where its window is gone.
func (p *Platform) updated(in incoming, view sdk.ModalViewRequest, m bot.Message, late bool) plan {
	if body := (submission{Action: "update", View: &view}); !late && weight(body) <= maxAck {
		return plan{ack: body}
	}
	update := func(ctx context.Context) error {
		_, err := p.api.UpdateViewContext(ctx, view, "", "", in.FormID)
		if err == nil {
			return nil
		}
		p.log.Info("the form's window is gone; answering by message", "key", in.Key, "command", in.Command, "error", scrub(err))
		return p.tell(ctx, in, bot.Tell(m), true)
	}
	if late {
		return plan{after: []step{update}}
	}
	// Too large for the acknowledgement: an empty one would close the form, so it waits first.
	waits, err := shown(waiting(), in.luggage(), in.place())
	if err != nil {
		return plan{after: []step{update}}
	}
	return plan{ack: submission{Action: "update", View: &waits}, after: []step{update}}
}

func weight(body any) int {
	data, err := json.Marshal(body)
	if err != nil {
		return maxAck + 1
	}
	return len(data)
}

// beside puts sentences beside the inputs they belong to. Slack takes ids of inputs only, so what belongs to none of them
// stands beside the first.
func beside(inputs []string, errs map[string]string) map[string]string {
	if len(inputs) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(errs)) {
		at, text := name, orDash(bot.OneLine(errs[name]))
		if !slices.Contains(inputs, name) {
			at = inputs[0]
		}
		if out[at] != "" {
			text = out[at] + " " + text
		}
		out[at] = bot.Squeeze(text, maxErrorText)
	}
	return out
}

func (p *Platform) suggest(in incoming, options []bot.Option) any {
	objects, groups, err := choices(options)
	if err != nil {
		p.log.Error("suggestions cannot be shown", "command", in.Command, "field", in.Field, "error", err)
		return suggestions{}
	}
	return suggestions{Options: objects, Groups: groups}
}

func wrap(method string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", method, err)
}
