package discord

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"liaison/bot"
)

// The kinds of component, by Discord's numbers.
const (
	kindRow        = 1
	kindButton     = 2
	kindSelect     = 3
	kindInput      = 4
	kindUserSelect = 5
	kindSection    = 9
	kindText       = 10
	kindGallery    = 12
	kindSeparator  = 14
	kindContainer  = 17
	kindLabel      = 18
)

// component is any of them. The shapes are ours: the SDK knows neither labels nor selects in modals, and refuses to read a
// message with a component that is newer than itself.
type component struct {
	Type        int         `json:"type"`
	ID          int32       `json:"id,omitempty"` // see mark
	CustomID    string      `json:"custom_id,omitempty"`
	Content     string      `json:"content,omitempty"`
	Label       string      `json:"label,omitempty"`
	Description string      `json:"description,omitempty"`
	Style       int         `json:"style,omitempty"`
	Placeholder string      `json:"placeholder,omitempty"`
	Value       string      `json:"value,omitempty"`
	Options     []choice    `json:"options,omitempty"`
	Defaults    []defaultOf `json:"default_values,omitempty"`
	MinValues   *int        `json:"min_values,omitempty"`
	MaxValues   int         `json:"max_values,omitempty"`
	MinLength   int         `json:"min_length,omitempty"`
	MaxLength   int         `json:"max_length,omitempty"`
	Required    *bool       `json:"required,omitempty"`
	Component   *component  `json:"component,omitempty"`
	Components  []component `json:"components,omitempty"`
	Items       []picture   `json:"items,omitempty"`
}

type choice struct {
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	Default     bool   `json:"default,omitempty"`
}

type defaultOf struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

type picture struct {
	Media struct {
		URL string `json:"url"`
	} `json:"media"`
	Description string `json:"description,omitempty"`
}

// file is an attachment that travels with a page.
type file struct {
	Name string
	Alt  string
	Data []byte
}

// page is one message within Discord's limits. Kept is what its buttons need to find again, by key.
type page struct {
	Components []component
	Files      []file
	Kept       map[string]string
}

// rendered is a message within Discord's limits: what is edited in place, and what goes into its thread.
type rendered struct {
	Main   page
	Thread []page
}

// render turns a message into Components V2. It never gives what Discord would refuse and never cuts silently: what does not
// fit goes on in the thread, and the message says so. It fails only on what can be shown nowhere.
func render(m bot.Message, p place) (rendered, error) {
	pieces, err := p.parts(m.Parts)
	if err != nil {
		return rendered{}, err
	}
	if len(pieces) == 0 {
		pieces = p.paragraph(bot.T("%s", orDash(strings.TrimSpace(bot.Clean(m.Summary)))))
	}
	pages := p.paginate(pieces)
	thread, err := p.parts(m.Thread)
	if err != nil {
		return rendered{}, fmt.Errorf("in the thread: %w", err)
	}
	if len(thread) > 0 {
		pages = append(pages, place{Workspace: p.Workspace}.paginate(thread)...)
	}
	return rendered{Main: pages[0], Thread: pages[1:]}, nil
}

// piece is a run of components that stay together.
type piece struct {
	components []component
	files      []file
	kept       map[string]string
	actions    bool // buttons or a select
	small      bool // a note or divider
	heading    bool
	framed     bool // it belongs to a card rather than to a sentence
}

// count is how many components a piece has, nested ones counted.
func (o piece) count() int { return countAll(o.components) }

func countAll(all []component) int {
	n := len(all)
	for _, c := range all {
		n += countAll(c.Components)
		if c.Component != nil {
			n += 1 + countAll(c.Component.Components)
		}
	}
	return n
}

func (o piece) words() int {
	n := 0
	for _, c := range o.components {
		n += bot.Size(c.Content)
	}
	return n
}

func (p place) parts(parts []bot.Part) ([]piece, error) {
	var all []piece
	n := 0 // numbers what can be pressed, so that no custom id comes twice
	for i, part := range parts {
		pieces, err := p.part(part, &n)
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", i+1, err)
		}
		all = append(all, pieces...)
	}
	return all, nil
}

func (p place) part(part bot.Part, n *int) ([]piece, error) {
	switch {
	case part.Heading != "":
		return p.heading(part.Heading), nil
	case len(part.Text) > 0:
		return p.paragraph(part.Text), nil
	case len(part.Fields) > 0:
		return p.fields(part.Fields), nil
	case len(part.Note) > 0:
		return p.note(part.Note), nil
	case part.Table != nil:
		return p.table(*part.Table), nil
	case part.Chart != nil:
		return p.chart(*part.Chart)
	case len(part.Buttons) > 0:
		return p.buttons(part.Buttons, n)
	case part.Select != nil:
		return p.selection(*part.Select, n)
	case part.Divider:
		return []piece{{components: []component{{Type: kindSeparator}}, small: true, framed: true}}, nil
	}
	return nil, nil
}

func text(content string) component { return component{Type: kindText, Content: content} }

func (p place) paragraph(t bot.Text) []piece {
	var all []piece
	for _, part := range p.split(t, maxText) {
		if content := strings.Trim(p.markdown(part), "\n"); strings.TrimSpace(content) != "" {
			all = append(all, piece{components: []component{text(content)}})
		}
	}
	return all
}

func (p place) heading(s string) []piece {
	s = bot.OneLine(s)
	if s == "" {
		return nil
	}
	if bot.Size(s) > maxHeading {
		pieces := p.paragraph(bot.B("%s", s))
		for i := range pieces {
			pieces[i].heading, pieces[i].framed = true, true
		}
		return pieces
	}
	return []piece{{components: []component{text("### " + escape(s))}, heading: true, framed: true}}
}

// fields shows labels with their values, one to a line: Discord has no columns. A value is one line, so that a name in it
// cannot forge a further entry.
func (p place) fields(pairs []bot.Pair) []piece {
	var all []piece
	var lines []string
	flush := func() {
		if len(lines) > 0 {
			all = append(all, piece{components: []component{text(strings.Join(lines, "\n"))}, framed: true})
		}
		lines = nil
	}
	for _, pair := range pairs {
		value := pair.Value.OneLine()
		line := p.markdown(bot.Join(bot.B("%s:", bot.OneLine(pair.Label)), bot.T(" "), value))
		if strings.TrimSpace(value.String()) == "" {
			line += " –"
		}
		if bot.Size(line) > maxText {
			flush()
			for _, one := range p.paragraph(bot.Join(bot.B("%s:", bot.OneLine(pair.Label)), bot.T(" "), value)) {
				one.framed = true
				all = append(all, one)
			}
			continue
		}
		if bot.Size(strings.Join(lines, "\n"))+1+bot.Size(line) > maxText {
			flush()
		}
		lines = append(lines, line)
	}
	flush()
	return all
}

func (p place) note(t bot.Text) []piece {
	var all []piece
	for _, part := range p.split(t, maxText-200) { // the mark of small print on every line wants room
		if content := p.small(part); content != "" {
			all = append(all, piece{components: []component{text(content)}, small: true, framed: true})
		}
	}
	return all
}

func (p place) buttons(buttons []bot.Button, n *int) ([]piece, error) {
	var all []piece
	for row := range slices.Chunk(buttons, maxRowButtons) {
		one := piece{actions: true, framed: true, kept: map[string]string{}}
		line := component{Type: kindRow}
		var whole bot.Text // the labels that had to be shortened, in full
		for _, b := range row {
			id, err := pressID(b, n, one.kept)
			if err != nil {
				return nil, err
			}
			label := orDash(bot.OneLine(b.Label))
			if bot.Size(label) > maxButton {
				whole = bot.Join(whole, bot.T("“%s” ", label))
				label = bot.Squeeze(label, maxButton)
			}
			line.Components = append(line.Components, component{Type: kindButton, CustomID: id, Label: label, Style: buttonStyle(b.Style)})
		}
		if len(whole) > 0 {
			all = append(all, p.note(bot.Join(bot.T("In full: "), whole))...)
		}
		one.components = []component{line}
		all = append(all, one)
	}
	return all, nil
}

// The looks of a button, by Discord's numbers.
const (
	styleBlue = 1
	styleGrey = 2
	styleRed  = 4
)

func buttonStyle(s bot.ButtonStyle) int {
	switch s {
	case bot.Primary:
		return styleBlue
	case bot.Danger:
		return styleRed
	}
	return styleGrey
}

// selection is a choice. More options than a list may have go into further lists, named by where they begin.
func (p place) selection(s bot.Select, n *int) ([]piece, error) {
	if len(s.Options) == 0 {
		return p.note(bot.T("%s: nothing to choose from.", bot.OneLine(s.Label))), nil
	}
	label := orElse(bot.OneLine(s.Label), "Choose…")
	var all []piece
	for group := range slices.Chunk(s.Options, maxOptions) {
		id := selectPrefix + strconv.Itoa(*n) + "|" + s.Command
		*n++
		if s.Command == "" || bot.Size(id) > maxCustomID {
			return nil, fmt.Errorf("“%s” cannot be the command of a select", s.Command)
		}
		options, err := choices(group, "")
		if err != nil {
			return nil, err
		}
		shown := bot.Squeeze(label, maxPlaceholder)
		if len(s.Options) > maxOptions {
			shown = bot.Squeeze(fmt.Sprintf("%s (from %s)", bot.Squeeze(label, maxPlaceholder/2), options[0].Label), maxPlaceholder)
		}
		row := component{Type: kindRow, Components: []component{{Type: kindSelect, CustomID: id, Placeholder: shown, Options: options}}}
		all = append(all, piece{components: []component{row}, actions: true, framed: true})
	}
	return all, nil
}

// choices gives the options of one list, with those that are chosen already (one to a line).
func choices(options []bot.Option, chosen string) ([]choice, error) {
	picked := strings.Split(chosen, "\n")
	all := make([]choice, 0, len(options))
	for _, o := range options {
		if o.Value == "" || bot.Size(o.Value) > maxOption {
			return nil, fmt.Errorf("the value of the option “%s” is empty or has more than %d characters", o.Label, maxOption)
		}
		label, detail := orDash(bot.OneLine(o.Label)), bot.OneLine(o.Detail)
		if bot.Size(label) > maxOption && detail == "" {
			detail = label // the other end of a long name, where there is room for it
		}
		all = append(all, choice{Label: bot.Squeeze(label, maxOption), Value: o.Value, Description: bot.Squeeze(detail, maxOption),
			Default: chosen != "" && slices.Contains(picked, o.Value)})
	}
	return all, nil
}
