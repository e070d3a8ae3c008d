package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"liaison/bot"
)

// draft is a form on its way: a form of many questions comes in steps, one that was not right is shown again as it was
// filled in, and both may happen after a restart. So it is kept in the records, not in the process.
type draft struct {
	Form   bot.Form
	Values map[string][]string     `json:",omitempty"`
	Names  map[string]string       `json:",omitempty"` // of the people picked
	Todo   []int                   `json:",omitempty"` // the steps that are still to be filled in
	Chosen map[string]string       `json:",omitempty"` // searched fields whose option is settled, and the words that led to it
	Found  map[string][]bot.Option `json:",omitempty"`
	By     string                  // the user whose form it is: nobody else's press counts
}

// draftKept is how long a form waits for its next step.
const draftKept = 7 * 24 * time.Hour

func (d draft) steps(where place) ([][]question, error) {
	_, intro := where.introText(d.Form.Intro)
	return steps(d.Form, intro)
}

func (p *Platform) saveDraft(ctx context.Context, key string, d draft) error {
	data, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("writing the form of %s: %w", d.Form.Command, err)
	}
	ctx, cancel := keeping(ctx)
	defer cancel()
	return p.cfg.Drafts.KeepDraft(ctx, key, string(data), p.instant().Add(draftKept))
}

func (p *Platform) loadDraft(ctx context.Context, key string) (d draft, ok bool, err error) {
	data, ok, err := p.cfg.Drafts.Draft(ctx, key, p.instant())
	if err != nil || !ok {
		return d, false, err
	}
	return d, true, json.Unmarshal([]byte(data), &d)
}

// open opens a form: as a modal where one can be opened, else by a message with a button that opens it.
func (p *Platform) open(ctx context.Context, in incoming, f bot.Form) answer {
	where := in.place()
	if len(f.Fields) == 0 { // to be read, not filled in
		return p.messageOf(ctx, in, bot.Message{Summary: f.Title, Parts: append([]bot.Part{bot.Heading("%s", f.Title)}, f.Intro...)}, false, in.onOwn)
	}
	d := draft{Form: f, By: in.From.User}
	all, err := d.steps(where)
	if err != nil {
		return p.fault(ctx, in, err)
	}
	for i := range all {
		d.Todo = append(d.Todo, i)
	}
	key := contentKey(in.id + f.Command)
	if err := p.saveDraft(ctx, key, d); err != nil {
		return p.fault(ctx, in, err)
	}
	a := answer{}
	if _, words := where.introText(f.Intro); words || len(f.Intro) == 0 {
		if a.modal, err = d.modal(key, 0, where); err != nil {
			return p.fault(ctx, in, err)
		}
	}
	label := "Fill in"
	if in.surface == onForm {
		label = "Go on"
	}
	parts := append([]bot.Part{bot.Heading("%s", f.Title)}, f.Intro...)
	a.pages = p.stepMessage(ctx, in, parts, formButton(label, key, 0))
	a.update = in.onOwn
	return a
}

func formButton(label, key string, step int) component {
	button := component{Type: kindButton, Style: styleBlue, Label: label, CustomID: formPrefix + key + "|" + strconv.Itoa(step)}
	return component{Type: kindRow, Components: []component{button}}
}

// stepMessage is a message of a form: words, and below them what leads on.
func (p *Platform) stepMessage(ctx context.Context, in incoming, parts []bot.Part, below ...component) []page {
	pieces, err := in.place().parts(parts)
	if err != nil {
		return p.fault(ctx, in, err).pages
	}
	pieces = append(pieces, piece{components: below, actions: true, framed: true})
	pages := in.place().paginate(pieces)
	p.keepAnswer(ctx, in, rendered{Main: pages[0], Thread: pages[1:]})
	return bounded(pages, in.place())
}

func (p *Platform) fault(ctx context.Context, in incoming, err error) answer {
	return p.messageOf(ctx, in, p.unshown(in, err), false, in.onOwn)
}

type taker func(context.Context, bot.Request) bot.Reply

// step takes what belongs to a form or a question: the platform's own affair until it is whole.
func (p *Platform) step(ctx context.Context, in incoming, take taker) answer {
	kind, rest := in.customID[:2], in.customID[2:]
	switch kind {
	case dropPrefix:
		a := p.messageOf(ctx, in, bot.Sentence("Nothing was changed."), false, true)
		return a
	case askPrefix, longPrefix:
		return p.pressKept(ctx, in, kind, rest, take)
	}
	key, detail, _ := strings.Cut(rest, "|")
	d, ok, err := p.loadDraft(ctx, key)
	switch {
	case err != nil:
		ref := bot.Reference(in.Key)
		p.log.Error("a form cannot be read", "ref", ref, "key", in.Key, "error", err)
		m := bot.Sentence("The form could not be read just now, and nothing was changed. Please try again (reference %s).", ref)
		m.Parts = append(m.Parts, bot.Written(in.wrote())...)
		return p.messageOf(ctx, in, m, false, false)
	case !ok || d.By != in.From.User:
		return p.messageOf(ctx, in, bot.Sentence("This form has expired. Please begin again."), false, in.onOwn)
	}
	in.Command = d.Form.Command
	if kind == findPrefix {
		return p.chosen(ctx, in, key, detail, d, take)
	}
	step, err := strconv.Atoi(detail)
	if err != nil {
		return answer{}
	}
	if in.Kind != bot.Sent {
		modal, err := d.modal(key, step, in.place())
		if err != nil {
			return p.fault(ctx, in, err)
		}
		again := p.stepMessage(ctx, in, []bot.Part{bot.Para(bot.T("The form did not open in time."))}, formButton("Open it", key, step))
		return answer{modal: modal, pages: again}
	}
	return p.filled(ctx, in, key, step, d, take)
}

// filled takes a submitted step.
func (p *Platform) filled(ctx context.Context, in incoming, key string, step int, d draft, take taker) answer {
	all, err := d.steps(in.place())
	if err != nil || step < 0 || step >= len(all) {
		return p.fault(ctx, in, fmt.Errorf("step %d of %s: %w", step, d.Form.Command, err))
	}
	if d.Values == nil {
		d.Values = map[string][]string{}
	}
	for _, q := range all[step] {
		if searches(q.field) && len(in.Fields[q.field.Name]) > 0 && in.Fields[q.field.Name][0] == d.Chosen[q.field.Name] {
			continue // the words that led to what was chosen before
		}
		delete(d.Chosen, q.field.Name)
		if q.part == 0 {
			d.Values[q.field.Name] = nil
		}
	}
	for name, values := range in.Fields {
		if at, ok := stepOf(all, name); ok && slices.ContainsFunc(all[step], func(q question) bool { return q.field.Name == name }) && d.Chosen[name] == "" {
			_ = at
			d.Values[name] = append(d.Values[name], values...)
		}
	}
	for id, name := range in.Names {
		if d.Names == nil {
			d.Names = map[string]string{}
		}
		d.Names[id] = name
	}
	d.Todo = slices.DeleteFunc(d.Todo, func(n int) bool { return n == step })
	return p.goOn(ctx, in, key, d, take)
}

// chosen takes what was picked among the results of a search.
func (p *Platform) chosen(ctx context.Context, in incoming, key, field string, d draft, take taker) answer {
	at := slices.IndexFunc(d.Form.Fields, func(f bot.Field) bool { return f.Name == field })
	if at < 0 || len(in.values) == 0 {
		return answer{}
	}
	value := in.values[0]
	i := slices.IndexFunc(d.Found[field], func(o bot.Option) bool { return o.Value == value })
	if i < 0 {
		return p.messageOf(ctx, in, bot.Sentence("This form has expired. Please begin again."), false, in.onOwn)
	}
	d.settle(field, d.Found[field][i])
	return p.goOn(ctx, in, key, d, take)
}

// settle notes what a searched field means, and keeps the option so that its label is shown when the form is opened again.
func (d *draft) settle(field string, o bot.Option) {
	if d.Chosen == nil {
		d.Chosen = map[string]string{}
	}
	d.Values[field] = []string{o.Value}
	d.Chosen[field] = bot.Squeeze(bot.OneLine(o.Label), maxOption)
	for i, f := range d.Form.Fields {
		if f.Name == field && !slices.ContainsFunc(f.Options, func(have bot.Option) bool { return have.Value == o.Value }) {
			d.Form.Fields[i].Options = append(slices.Clone(f.Options), o)
		}
	}
	delete(d.Found, field)
}

// goOn asks for what is missing, or submits the form when it is whole.
func (p *Platform) goOn(ctx context.Context, in incoming, key string, d draft, take taker) answer {
	all, err := d.steps(in.place())
	if err != nil {
		return p.fault(ctx, in, err)
	}
	if len(d.Todo) > 0 {
		if err := p.saveDraft(ctx, key, d); err != nil {
			return p.fault(ctx, in, err)
		}
		words := bot.Para(bot.B("%s", d.Form.Title), bot.T("\nStep %d of %d is kept.", len(all)-len(d.Todo), len(all)))
		return answer{pages: p.stepMessage(ctx, in, []bot.Part{words}, formButton(fmt.Sprintf("Go on (%d/%d)", d.Todo[0]+1, len(all)), key, d.Todo[0])), update: in.onOwn}
	}
	if errs := d.wrong(); len(errs) > 0 {
		return p.correct(ctx, in, key, d, all, errs, "")
	}
	if errs, field := p.search(ctx, in, &d, take); len(errs) > 0 {
		return p.correct(ctx, in, key, d, all, errs, "")
	} else if field != nil {
		return p.choose(ctx, in, key, d, *field)
	}
	sent := in.Request
	sent.Kind, sent.Command, sent.Text, sent.Fields, sent.Names, sent.FormID = bot.Sent, d.Form.Command, d.Form.State, d.Values, d.Names, key
	// A form whose answer is lost stays open and is submitted again, under another interaction: it is the same deed.
	sent.Key = "discord:form:" + key + ":" + contentKey(fmt.Sprintf("%q", d.Values)) // names come sorted
	reply := take(ctx, sent)
	if !reply.Refused.Ours() { // what is kept as its answer may be right by then: corrected, it is another form, even with the same in it
		key = contentKey(sent.Key)
	}
	switch {
	case len(reply.Errors) > 0:
		return p.correct(ctx, in, key, d, all, reply.Errors, "")
	case reply.Refused != "" && reply.Message != nil:
		return p.correct(ctx, in, key, d, all, nil, orElse(reply.Message.Summary, "That was refused."))
	}
	a := p.show(ctx, in, reply)
	a.update = a.update || in.onOwn && !a.public && a.modal == nil
	if len(a.pages) == 0 && in.onOwn && a.modal == nil { // the step message has done its work
		a = p.messageOf(ctx, in, bot.Sentence("Done."), false, true)
	}
	return a
}

// wrong says what is not right by its shape alone: days that are none.
func (d draft) wrong() map[string]string {
	errs := map[string]string{}
	for _, f := range d.Form.Fields {
		value := strings.TrimSpace(strings.Join(d.Values[f.Name], ""))
		if f.Kind == bot.Day && value != "" {
			if _, err := time.Parse(time.DateOnly, value); err != nil {
				errs[f.Name] = "Write the day as 2026-11-23."
				continue
			}
			d.Values[f.Name] = []string{value}
		}
		if value == "" && !f.Optional {
			errs[f.Name] = "Fill this in."
		}
	}
	return errs
}

// search settles what was written into searched fields. It gives the first field of which several things could be meant.
func (p *Platform) search(ctx context.Context, in incoming, d *draft, take taker) (map[string]string, *bot.Field) {
	errs := map[string]string{}
	for i, f := range d.Form.Fields {
		query := strings.TrimSpace(strings.Join(d.Values[f.Name], " "))
		if !searches(f) || query == "" || d.Chosen[f.Name] != "" {
			continue
		}
		exact, found := matching(f.Options, query)
		options := f.Options
		if f.Kind == bot.LookUp && exact == "" {
			asked := in.Request
			asked.Kind, asked.Command, asked.Text, asked.Field, asked.Query = bot.Asked, d.Form.Command, d.Form.State, f.Name, query
			asked.Key += ":" + f.Name
			options = take(ctx, asked).Options
			exact, _ = matching(options, query)
			found = options
		}
		if exact != "" {
			d.settle(f.Name, options[slices.IndexFunc(options, func(o bot.Option) bool { return o.Value == exact })])
			continue
		}
		if len(found) == 0 {
			errs[f.Name] = fmt.Sprintf("Nothing is called “%s”. Write part of the name.", bot.Squeeze(query, maxOption))
			continue
		}
		if d.Found == nil {
			d.Found = map[string][]bot.Option{}
		}
		d.Found[f.Name] = found[:min(len(found), maxOptions)]
		return errs, &d.Form.Fields[i]
	}
	return errs, nil
}

// choose asks which of the results of a search is meant.
func (p *Platform) choose(ctx context.Context, in incoming, key string, d draft, f bot.Field) answer {
	if err := p.saveDraft(ctx, key, d); err != nil {
		return p.fault(ctx, in, err)
	}
	options, err := choices(d.Found[f.Name], "")
	if err != nil {
		return p.fault(ctx, in, err)
	}
	list := component{Type: kindSelect, CustomID: findPrefix + key + "|" + f.Name, Placeholder: "Choose…", Options: options}
	if bot.Size(list.CustomID) > maxCustomID {
		return p.fault(ctx, in, fmt.Errorf("the name of the field “%s” is too long", f.Name))
	}
	all, err := d.steps(in.place())
	if err != nil {
		return p.fault(ctx, in, err)
	}
	at, _ := stepOf(all, f.Name)
	words := bot.Para(bot.B("%s", f.Label), bot.T(": which one do you mean by “%s”?", strings.Join(d.Values[f.Name], " ")))
	return answer{pages: p.stepMessage(ctx, in, []bot.Part{words}, component{Type: kindRow, Components: []component{list}}, formButton("Write something else", key, at)), update: in.onOwn}
}

// correct says what is not right and leads back to the form as it was filled in: a modal closes when it is submitted, so it
// cannot say so itself.
func (p *Platform) correct(ctx context.Context, in incoming, key string, d draft, all [][]question, errs map[string]string, refusal string) answer {
	d.Todo = nil
	parts := []bot.Part{bot.Para(bot.B("%s", d.Form.Title), bot.T(": this is not saved yet."))}
	if refusal != "" {
		parts = append(parts, bot.Para(bot.Sentences(refusal)))
	}
	var lines bot.Text
	for _, name := range slices.Sorted(maps.Keys(errs)) {
		label := name
		for _, f := range d.Form.Fields {
			if f.Name == name {
				label = f.Label
			}
		}
		lines = bot.Join(lines, bot.T("• "), bot.B("%s", bot.OneLine(label)), bot.T(": "), bot.Sentences(errs[name]), bot.T("\n"))
		if at, ok := stepOf(all, name); ok && !slices.Contains(d.Todo, at) {
			d.Todo = append(d.Todo, at)
		}
		delete(d.Chosen, name)
	}
	if len(lines) > 0 {
		parts = append(parts, bot.Para(lines))
	}
	if slices.Sort(d.Todo); len(d.Todo) == 0 {
		d.Todo = []int{0}
	}
	if err := p.saveDraft(ctx, key, d); err != nil { // what was written is shown at least, since the modal has closed
		p.log.Error("a form is not kept", "key", in.Key, "command", in.Command, "error", err)
		parts = append(parts, d.written()...)
		return p.messageOf(ctx, in, bot.Message{Summary: orElse(refusal, d.Form.Title), Parts: parts}, false, in.onOwn)
	}
	return answer{pages: p.stepMessage(ctx, in, parts, formButton("Correct", key, d.Todo[0])), update: in.onOwn}
}

// written is what a draft holds, to be read.
func (d draft) written() []bot.Part {
	fields := slices.Clone(d.Form.Fields)
	for i, f := range fields {
		fields[i].Value = strings.Join(d.Values[f.Name], "\n")
	}
	return bot.Written(fields)
}

// wrote is what a submitted modal held, under the names of its fields: the form itself could not be read.
func (in incoming) wrote() (fields []bot.Field) {
	for _, name := range slices.Sorted(maps.Keys(in.Fields)) {
		fields = append(fields, bot.Field{Label: name, Value: strings.Join(in.Fields[name], "\n")})
	}
	return fields
}

// pressKept takes a press whose command is kept, or which asks a question first: Discord has no dialog for that, so it is a
// message that only the person sees.
func (p *Platform) pressKept(ctx context.Context, in incoming, kind, rest string, take taker) answer {
	parts := strings.SplitN(rest, "|", 4)
	if len(parts) < 2 {
		return answer{}
	}
	var b pressed
	data, ok, err := p.cfg.Drafts.Draft(ctx, parts[1], p.instant())
	if err == nil && ok {
		err = json.Unmarshal([]byte(data), &b)
	}
	if err != nil {
		ref := bot.Reference(in.Key)
		p.log.Error("a button's question cannot be read", "ref", ref, "key", in.Key, "error", err)
		return p.messageOf(ctx, in, bot.Sentence("The button could not be read just now, and nothing was changed. Please try again (reference %s).", ref), false, false)
	}
	switch {
	case b.Command == "" && kind == askPrefix && len(parts) == 4: // forgotten: ask in general words rather than not at all
		b = pressed{Command: parts[2], Value: parts[3], Confirm: &bot.Confirm{}}
	case b.Command == "":
		return p.messageOf(ctx, in, bot.Sentence("This button can no longer be read, and nothing was changed. Type its command instead; `/help` lists them."), false, false)
	case b.Confirm == nil:
		in.Command, in.Text, in.surface = b.Command, b.Value, onMessage
		return p.show(ctx, in, take(ctx, in.Request))
	}
	c := b.Confirm
	yes := bot.Button{Label: orElse(bot.OneLine(c.Yes), "Yes"), Style: bot.Danger, Command: b.Command, Value: b.Value}
	page := p.stepMessage(ctx, in, []bot.Part{bot.Para(bot.B("%s", orElse(bot.OneLine(c.Title), "Are you sure?"))), bot.Para(bot.T("%s", c.Text)),
		bot.Actions(yes)}, component{Type: kindRow, Components: []component{{Type: kindButton, Style: styleGrey, Label: bot.Squeeze(orElse(bot.OneLine(c.No), "Cancel"), maxButton), CustomID: dropPrefix + "0"}}})
	return answer{pages: page}
}
