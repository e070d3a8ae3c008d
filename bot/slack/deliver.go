package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	sdk "github.com/slack-go/slack"

	"liaison/bot"
)

// maxResponses is how often Slack takes an answer at one response_url; one is left for what comes later.
const maxResponses = 4

// tell gives a message to the person whose interaction this was, where they are looking.
func (p *Platform) tell(ctx context.Context, in incoming, reply bot.Reply, late bool) error {
	m := *reply.Message
	forAll := reply.Public && in.Channel.Channel != ""
	switch {
	case in.surface == onModal && !late && !forAll:
		return p.showModal(ctx, in, m, reply.Replace)
	case in.surface == onHome && !late:
		return p.showModal(ctx, in, m, false)
	}
	out, err := render(m, in.place())
	if err != nil {
		if out, err = render(p.unshown(in, err), in.place()); err != nil {
			return err
		}
	}
	return p.whisper(ctx, in, append([]page{out.Main}, out.Thread...), reply.Public, reply.Replace && in.Private)
}

// showModal shows a message in a modal: on top of the one in which the button was pressed, or in its place.
func (p *Platform) showModal(ctx context.Context, in incoming, m bot.Message, replace bool) error {
	view, err := shown(m, in.luggage(), in.place())
	if err != nil {
		return err
	}
	if replace {
		_, err = p.api.UpdateViewContext(ctx, view, "", "", in.FormID)
		return wrap("views.update", err)
	}
	if err := p.show(ctx, in, view); err != nil {
		p.log.Info("a modal did not open; answering by message", "key", in.Key, "error", scrub(err))
		out, err := render(m, in.place())
		if err != nil {
			return err
		}
		return p.whisper(ctx, in, append([]page{out.Main}, out.Thread...), false, false)
	}
	return nil
}

// open opens a form. The trigger for it lives three seconds, so somebody for whom it came too late is told to try again.
func (p *Platform) open(ctx context.Context, in incoming, f bot.Form) error {
	view, err := modal(f, in.luggage(), in.place())
	if err != nil {
		return p.tell(ctx, in, bot.Tell(p.unshown(in, err)), true)
	}
	err = p.show(ctx, in, view)
	if err == nil {
		return nil
	}
	again := bot.Sentence("Slack did not open the form in time. Please try again.")
	return errors.Join(wrap("opening a form", err), p.tell(ctx, in, bot.Tell(again), true))
}

// show opens a modal, or puts it on top of the one from which it comes. Slack stacks three.
func (p *Platform) show(ctx context.Context, in incoming, view sdk.ModalViewRequest) error {
	if in.surface == onModal && in.depth >= 3 {
		_, err := p.api.UpdateViewContext(ctx, view, "", "", in.FormID)
		return wrap("views.update", err)
	}
	if in.surface == onModal {
		_, err := p.api.PushViewContext(ctx, in.Trigger, view)
		return wrap("views.push", err)
	}
	_, err := p.api.OpenViewContext(ctx, in.Trigger, view)
	return wrap("views.open", err)
}

func (p *Platform) publish(ctx context.Context, in incoming, m bot.Message) error {
	view, err := home(m, in.place())
	if err != nil {
		return fmt.Errorf("the home page cannot be shown: %w", err)
	}
	_, err = p.api.PublishViewContext(ctx, sdk.PublishViewContextRequest{UserID: in.From.User, View: view})
	return wrap("views.publish", err)
}

// whisper delivers pages that only the person sees (or everybody, when public): by response_url while it lives, else by an
// ephemeral message in the channel, else by direct message. A message too long for that many pages says so at its end.
func (p *Platform) whisper(ctx context.Context, in incoming, pages []page, public, replace bool) error {
	if len(pages) > maxResponses {
		left := len(pages) - maxResponses + 1
		note := in.place().note(bot.T("There is more than can be shown here: %d further messages are left out. Ask for less at a time.", left))
		pages = append(pages[:maxResponses-1:maxResponses-1], page{Text: pages[0].Text, Blocks: flatten(note)})
	}
	for i, pg := range pages {
		if err := p.whisperOne(ctx, in, pg, public, replace && i == 0); err != nil {
			return err
		}
	}
	return nil
}

// whisperOne delivers one page. Where nobody heard whether everybody sees it already it is not said elsewhere too: twice in a channel
// is worse than a person who presses again.
func (p *Platform) whisperOne(ctx context.Context, in incoming, pg page, public, replace bool) error {
	var errs []error
	if in.ReplyTo != "" {
		r := respond(pg, public)
		r.ReplaceOriginal, r.ThreadTS = replace, in.threadTS
		err := p.respondAt(ctx, in.ReplyTo, r)
		if err == nil || public && sendError(err).Outcome == bot.Unknown {
			return err
		}
		errs = append(errs, err)
	}
	if in.Channel.Channel != "" {
		options := messageOptions(pg)
		if in.threadTS != "" {
			options = append(options, sdk.MsgOptionTS(in.threadTS))
		}
		var err error
		if public {
			_, _, err = p.api.PostMessageContext(ctx, in.Channel.Channel, options...)
		} else {
			_, err = p.api.PostEphemeralContext(ctx, in.Channel.Channel, in.From.User, options...)
		}
		if err == nil || public && sendError(err).Outcome == bot.Unknown {
			return wrap("answering in the channel", err)
		}
		errs = append(errs, wrap("answering in the channel", err))
	}
	_, _, err := p.api.PostMessageContext(ctx, in.From.User, messageOptions(pg)...)
	if err == nil {
		return nil
	}
	return errors.Join(append(errs, wrap("answering by direct message", err))...)
}

// respondAt posts to a response_url, which needs no token and gets none.
func (p *Platform) respondAt(ctx context.Context, address string, r response) error {
	if !p.wire.trusted(address) {
		return unsent("a response_url that is not Slack's is not used")
	}
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("writing a response: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(data))
	if err != nil {
		return unsent("a response_url that cannot be read is not used")
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := p.wire.Do(req)
	if err != nil {
		return wrap("response_url", err)
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("response_url: Slack answers %w", sdk.StatusCodeError{Code: resp.StatusCode, Status: resp.Status})
	}
	return nil
}

// unsent is why nothing went out at all.
func unsent(why string) error {
	return &bot.SendError{Outcome: bot.NotSent, Code: "unsent", Err: errors.New(why)}
}
