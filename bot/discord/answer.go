package discord

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"liaison/bot"
)

// The kinds of answer to an interaction, by Discord's numbers.
const (
	callPong        = 1
	callMessage     = 4
	callDeferUpdate = 6
	callUpdate      = 7
	callChoices     = 8
	callModal       = 9
)

const flagComponentsV2 = 1 << 15

// callback is the first answer to an interaction.
type callback struct {
	Type  int      `json:"type"`
	Data  *payload `json:"data,omitempty"`
	files []file
	more  bool // something follows, which Discord takes only once it has this
}

// payload is a message, a modal or a list of choices, as Discord reads it.
type payload struct {
	Flags       int              `json:"flags,omitempty"`
	Components  []component      `json:"components,omitempty"`
	Attachments *[]attachment    `json:"attachments,omitempty"`
	Mentions    *mentions        `json:"allowed_mentions,omitempty"`
	Nonce       string           `json:"nonce,omitempty"`
	OnceOnly    bool             `json:"enforce_nonce,omitempty"`
	Reference   *reference       `json:"message_reference,omitempty"`
	CustomID    string           `json:"custom_id,omitempty"`
	Title       string           `json:"title,omitempty"`
	Choices     *[]commandChoice `json:"choices,omitempty"`
}

type attachment struct {
	ID          string `json:"id"` // the number of the file in the same call
	Filename    string `json:"filename"`
	Description string `json:"description,omitempty"`
}

// mentions with an empty list lets nobody be pinged, whatever the text says. It must be a list: null allows everybody.
type mentions struct {
	Parse []string `json:"parse"`
}

type reference struct {
	MessageID string `json:"message_id"`
	FailIfNot bool   `json:"fail_if_not_exists"`
}

// message is a page as Discord reads it. It always says which files it has, so that an edit takes the old ones away.
func message(pg page, private bool) *payload {
	m := &payload{Flags: flagComponentsV2, Components: pg.Components, Mentions: &mentions{Parse: []string{}}, Attachments: &[]attachment{}}
	if private {
		m.Flags |= flagEphemeral
	}
	for i, f := range pg.Files {
		*m.Attachments = append(*m.Attachments, attachment{ID: strconv.Itoa(i), Filename: f.Name, Description: f.Alt})
	}
	return m
}

// answer is how a reply looks on Discord: pages of a message, a modal, or choices. All of them empty: a silent yes.
type answer struct {
	pages   []page
	public  bool
	update  bool     // the first page takes the place of the private message that was pressed
	modal   *payload // pages are then what is shown where a modal cannot be
	choices *[]commandChoice
}

// answer takes an interaction and makes its answer.
func (p *Platform) answer(ctx context.Context, in incoming) answer {
	p.mu.Lock()
	take := p.take
	p.mu.Unlock()
	if in.surface == onForm {
		return p.step(ctx, in, take)
	}
	return p.show(ctx, in, take(ctx, in.Request))
}

// show turns a reply into an answer.
func (p *Platform) show(ctx context.Context, in incoming, reply bot.Reply) answer {
	if len(reply.Errors) > 0 && reply.Message == nil { // nothing here has fields to put them beside
		m := troubles(reply.Errors)
		reply.Message = &m
	}
	switch {
	case in.surface == onSuggest:
		return suggested(reply.Options)
	case reply.Form != nil:
		return p.open(ctx, in, *reply.Form)
	case reply.Home != nil:
		reply.Message = reply.Home // there is no home page: it is a private message
	}
	if reply.Message == nil {
		return answer{}
	}
	return p.messageOf(ctx, in, *reply.Message, reply.Public, reply.Replace && in.Private || in.onOwn)
}

func suggested(options []bot.Option) answer {
	list := []commandChoice{}
	for _, o := range options[:min(len(options), maxChoices)] {
		if bot.Size(o.Value) > maxOption || o.Value == "" {
			continue
		}
		label := orDash(bot.OneLine(o.Label))
		if detail := bot.OneLine(o.Detail); detail != "" {
			label += " – " + detail
		}
		list = append(list, commandChoice{Name: bot.Squeeze(label, maxOption), Value: o.Value})
	}
	return answer{choices: &list}
}

// messageOf renders a message and keeps what its buttons need.
func (p *Platform) messageOf(ctx context.Context, in incoming, m bot.Message, public, update bool) answer {
	out, err := render(m, in.place())
	if err != nil {
		if out, err = render(p.unshown(in, err), in.place()); err != nil {
			return answer{}
		}
	}
	p.keepAnswer(ctx, in, out)
	pages := append([]page{out.Main}, out.Thread...)
	return answer{pages: bounded(pages, in.place()), public: public, update: update && !public}
}

// maxAnswers is how many messages one answer may be.
const maxAnswers = 5

func bounded(pages []page, where place) []page {
	if len(pages) <= maxAnswers {
		return pages
	}
	left := len(pages) - maxAnswers + 1
	note := where.note(bot.T("There is more than can be shown here: %d further messages are left out. Ask for less at a time.", left))
	return append(pages[:maxAnswers-1:maxAnswers-1], lay(note))
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

func (in incoming) place() place {
	return place{Workspace: in.Channel.Workspace, More: "This goes on in the next message."}
}

// first is what rides on the acknowledgement, and the pages that follow it.
func (a answer) first(in incoming) (callback, []page) {
	switch {
	case a.choices != nil:
		return callback{Type: callChoices, Data: &payload{Choices: a.choices}}, nil
	case a.modal != nil && in.hasModal:
		return callback{Type: callModal, Data: a.modal}, nil
	case len(a.pages) == 0 && in.inPlace():
		return callback{Type: callDeferUpdate}, nil
	case len(a.pages) == 0:
		return plainCallback(in), nil
	}
	kind := callMessage
	if a.update && in.inPlace() {
		kind = callUpdate
	}
	return callback{Type: kind, Data: message(a.pages[0], !a.public), files: a.pages[0].Files}, a.pages[1:]
}

// plainCallback is the answer where there is nothing to say: Discord wants a word for a command.
func plainCallback(in incoming) callback {
	if in.surface == onSuggest {
		return callback{Type: callChoices, Data: &payload{Choices: &[]commandChoice{}}}
	}
	if in.inPlace() {
		return callback{Type: callDeferUpdate}
	}
	return callback{Type: callMessage, Data: message(page{Components: []component{text("Done.")}}, true)}
}

// state is how far an interaction was answered when the rest of the answer is delivered.
type state int

const (
	unanswered state = iota // the acknowledgement failed
	deferred                // it promised an answer
	answered                // it carried the first page
)

// callBack sends the first answer by a call of its own. Its limits are not those of other calls.
func (p *Platform) callBack(ctx context.Context, in incoming, c callback) error {
	return p.api.call(ctx, request{method: "POST", path: "interactions/" + in.id + "/" + in.token + "/callback", body: c, files: c.files, free: true}, nil)
}

// tell delivers what the acknowledgement did not carry: by the interaction's token while it lives (a quarter of an hour),
// after that by direct message, or in the channel where the answer was for everybody.
func (p *Platform) tell(ctx context.Context, in incoming, a answer, done state) error {
	if a.choices != nil || done == answered && len(a.pages) == 0 {
		return nil
	}
	pages := a.pages
	if len(pages) == 0 {
		if in.inPlace() && done != deferred { // else the person was told that it is not certain
			return nil
		}
		pages = []page{{Components: []component{text("Done.")}}}
	}
	for i, pg := range pages {
		edit := i == 0 && done == deferred && (a.update || !in.inPlace())
		if edit && a.public { // what was promised privately cannot become public
			word := message(page{Components: []component{text("Done.")}}, false)
			if err := p.insist(ctx, p.hook(in, "PATCH", "/messages/@original", word, nil)); err != nil {
				p.log.Warn("a promised answer was not taken back", "key", in.Key, "error", scrub(err))
			}
			edit = false
		}
		method, suffix := "POST", ""
		if edit {
			method, suffix = "PATCH", "/messages/@original"
		}
		err := p.insist(ctx, p.hook(in, method, suffix, message(pg, !a.public && !edit), pg.Files))
		if err != nil {
			if err = p.tellOtherwise(ctx, in, pg, a.public, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// insist makes a call again where Discord asks for a short pause: several pages of one answer come faster than it likes.
func (p *Platform) insist(ctx context.Context, r request) error {
	for try := 1; ; try++ {
		err := p.api.call(ctx, r, nil)
		if err == nil {
			return nil
		}
		e := sendError(err)
		if e.Code != "ratelimited" || try == 4 || e.Wait > 5*time.Second || pause(ctx, cmp.Or(e.Wait, unsaidWait)) != nil {
			return err
		}
	}
}

// hook is a call with the token of an interaction.
func (p *Platform) hook(in incoming, method, suffix string, m *payload, files []file) request {
	return request{method: method, path: "webhooks/" + p.cfg.ApplicationID + "/" + in.token + suffix, body: m, files: files, free: true}
}

// tellOtherwise delivers a page when the interaction's token no longer answers.
func (p *Platform) tellOtherwise(ctx context.Context, in incoming, pg page, public bool, cause error) error {
	dead := slices.Contains([]int{codeUnknownWebhook, codeUnknownInteract, codeBadToken, codeUnknownMessage}, refusal(cause)) ||
		statusOf(cause) == http.StatusUnauthorized || statusOf(cause) == http.StatusNotFound
	if !dead {
		return cause
	}
	channel := in.Channel.Channel
	if !public || channel == "" {
		var err error
		if channel, err = p.directChannel(ctx, in.From.User); err != nil {
			return errors.Join(cause, fmt.Errorf("answering by direct message: %w", err))
		}
	}
	_, err := p.send(ctx, channel, message(pg, false), pg.Files)
	return err
}

// keepAnswer keeps what the buttons of an answer need. On a day on which nothing can be written the answer is worth more than they:
// one whose question is not kept asks in general words, one whose value is not kept says so when it is pressed.
func (p *Platform) keepAnswer(ctx context.Context, in incoming, out rendered) {
	ctx, cancel := keeping(ctx)
	defer cancel()
	if err := p.keep(ctx, out); err != nil {
		p.log.Error("the buttons of an answer are not kept", "key", in.Key, "command", in.Command, "error", err)
	}
}

// keep writes down what the buttons of a message need to find again.
func (p *Platform) keep(ctx context.Context, out rendered) error {
	until := p.instant().Add(keptFor)
	for _, pg := range append([]page{out.Main}, out.Thread...) {
		for key, data := range pg.Kept {
			if err := p.cfg.Drafts.KeepDraft(ctx, key, data, until); err != nil {
				return fmt.Errorf("keeping a button's question: %w", err)
			}
		}
	}
	return nil
}

// keeping is the time that keeping a form or a button may take. What the person waits for has its own, and may be up: then what
// they wrote is to be kept all the more.
func keeping(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), afterTime)
}
