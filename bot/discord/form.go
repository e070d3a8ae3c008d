package discord

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"liaison/bot"
)

// question is one component of a modal: a field, or a part of one whose options are too many for a list.
type question struct {
	field bot.Field
	part  int // of a field that comes in several
}

// maxParts bounds the lists in which the options of one field come.
const maxParts = 5

// steps divides a form into modals: Discord's take five components, and words above the questions are one of them.
func steps(f bot.Form, intro bool) ([][]question, error) {
	var all []question
	seen := map[string]bool{}
	for _, field := range f.Fields {
		if field.Name == "" || strings.ContainsAny(field.Name, "#|") || bot.Size(field.Name) > maxCustomID-4 || seen[field.Name] {
			return nil, fmt.Errorf("the field “%s” of the form of “%s” has no name of its own", field.Name, f.Command)
		}
		seen[field.Name] = true
		parts := 1
		if field.Kind == bot.Choices {
			parts = max((len(field.Options)+maxOptions-1)/maxOptions, 1)
		}
		if parts > maxParts {
			return nil, fmt.Errorf("the field “%s” of the form of “%s” has %d options: let people search instead", field.Name, f.Command, len(field.Options))
		}
		for i := range parts {
			all = append(all, question{field, i})
		}
	}
	var out [][]question
	for room := maxModalInputs; len(all) > 0; room = maxModalInputs {
		if intro && len(out) == 0 {
			room--
		}
		n := min(room, len(all))
		out = append(out, all[:n])
		all = all[n:]
	}
	return out, nil
}

// introText is what stands above the questions, where it is words alone and not too many for a modal.
func (p place) introText(parts []bot.Part) (string, bool) {
	pieces, err := p.parts(parts)
	if err != nil || len(pieces) == 0 {
		return "", false
	}
	var all []string
	for _, one := range pieces {
		for _, c := range one.components {
			if c.Type != kindText {
				return "", false
			}
			all = append(all, c.Content)
		}
	}
	content := strings.Join(all, "\n")
	return content, bot.Size(content) <= maxModalText
}

// modal renders a step of a form, filled with what was entered so far.
func (d draft) modal(key string, step int, where place) (*payload, error) {
	all, err := d.steps(where)
	if err != nil {
		return nil, err
	}
	if step < 0 || step >= len(all) {
		return nil, fmt.Errorf("the form of “%s” has no step %d", d.Form.Command, step)
	}
	title := orDash(bot.OneLine(d.Form.Title))
	if len(all) > 1 {
		title = bot.Squeeze(title, maxModalTitle-6) + fmt.Sprintf(" (%d/%d)", step+1, len(all))
	}
	m := &payload{CustomID: formPrefix + key + "|" + strconv.Itoa(step), Title: bot.Squeeze(title, maxModalTitle)}
	if content, ok := where.introText(d.Form.Intro); ok && step == 0 {
		m.Components = append(m.Components, text(content))
	}
	for _, q := range all[step] {
		input, err := q.input(d.entered(q.field))
		if err != nil {
			return nil, fmt.Errorf("the field “%s” of the form of “%s”: %w", q.field.Name, d.Form.Command, err)
		}
		label, hint := orDash(bot.OneLine(q.field.Label)), bot.OneLine(q.field.Hint)
		if bot.Size(label) > maxLabel && hint == "" {
			hint = label // the other end of a long label, where there is room for it
		}
		if q.part > 0 {
			label = bot.Squeeze(label, maxLabel-4) + fmt.Sprintf(" (%d)", q.part+1)
		}
		m.Components = append(m.Components, component{Type: kindLabel, Label: bot.Squeeze(label, maxLabel), Description: bot.Squeeze(hint, maxLabelHint), Component: &input})
	}
	return m, nil
}

// entered is what a field is filled with: what was typed before, else what the form says.
func (d draft) entered(f bot.Field) string {
	if values, ok := d.Values[f.Name]; ok {
		return strings.Join(values, "\n")
	}
	return f.Value
}

// searches reports a field that is answered by searching: Discord's modals have no lists that grow while people type.
func searches(f bot.Field) bool {
	return f.Kind == bot.LookUp || f.Kind == bot.Choice && len(f.Options) > maxOptions
}

func (q question) input(value string) (component, error) {
	f := q.field
	required := !f.Optional
	c := component{CustomID: f.Name, Required: &required}
	if q.part > 0 {
		c.CustomID += "#" + strconv.Itoa(q.part)
	}
	switch {
	case searches(f):
		c.Type, c.Style, c.Value, c.MaxLength = kindInput, 1, shownOption(f, value), maxOption
		c.Placeholder = "Write part of the name; you choose from what is found"
	case f.Kind == bot.Line || f.Kind == bot.Paragraph || f.Kind == "":
		c.Type, c.Style, c.MaxLength = kindInput, 1, maxInput
		if f.Kind == bot.Paragraph {
			c.Style = 2
		}
		if f.Max > 0 {
			c.MaxLength = min(f.Max, maxInput)
		}
		if bot.Size(value) > maxInput {
			return c, fmt.Errorf("it is filled with more than %d characters", maxInput)
		}
		c.Value, c.MaxLength = value, max(c.MaxLength, bot.Size(value))
	case f.Kind == bot.Day:
		c.Type, c.Style, c.Placeholder, c.MaxLength = kindInput, 1, "2026-11-23", 10
		if _, err := time.Parse(time.DateOnly, value); err == nil || bot.Size(value) <= 10 && value != "" {
			c.Value = value
		}
	case f.Kind == bot.PersonPick:
		c.Type, c.Placeholder = kindUserSelect, "Choose a person…"
		if snowflake(value) {
			c.Defaults = []defaultOf{{ID: value, Type: "user"}}
		}
	case f.Kind == bot.Choice || f.Kind == bot.Choices:
		return q.list(c, value)
	default:
		return c, fmt.Errorf("there is no kind “%s”", f.Kind)
	}
	return c, nil
}

func (q question) list(c component, value string) (component, error) {
	options := q.field.Options
	if len(options) == 0 {
		return c, fmt.Errorf("it has nothing to choose from")
	}
	options = options[q.part*maxOptions : min((q.part+1)*maxOptions, len(options))]
	var err error
	c.Type, c.Placeholder = kindSelect, "Choose…"
	if c.Options, err = choices(options, value); err != nil {
		return c, err
	}
	several := len(q.field.Options) > maxOptions
	if q.field.Kind == bot.Choices {
		c.MaxValues = len(options)
	}
	if q.field.Optional || several {
		none, optional := 0, false
		c.MinValues, c.Required = &none, &optional
	}
	return c, nil
}

// shownOption is how a found option stands in its field: by its label where it is known.
func shownOption(f bot.Field, value string) string {
	for _, o := range f.Options {
		if o.Value == value {
			return bot.Squeeze(bot.OneLine(o.Label), maxOption)
		}
	}
	return bot.Squeeze(bot.OneLine(value), maxOption)
}

// matching finds what somebody meant among options: the one that it names exactly, else those that contain it.
func matching(options []bot.Option, query string) (exact string, found []bot.Option) {
	query = strings.ToLower(bot.OneLine(query))
	for _, o := range options {
		label := strings.ToLower(bot.OneLine(o.Label))
		if strings.EqualFold(o.Value, query) || label == query || strings.ToLower(bot.Squeeze(bot.OneLine(o.Label), maxOption)) == query {
			return o.Value, nil
		}
		if strings.Contains(label, query) || strings.Contains(strings.ToLower(o.Value), query) {
			found = append(found, o)
		}
	}
	return "", found
}

// stepOf is the step in which a field is asked.
func stepOf(all [][]question, name string) (int, bool) {
	for i, step := range all {
		if slices.ContainsFunc(step, func(q question) bool { return q.field.Name == name }) {
			return i, true
		}
	}
	return 0, false
}
