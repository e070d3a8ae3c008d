package slack

import (
	"fmt"
	"slices"
	"strconv"

	sdk "github.com/slack-go/slack"

	"liaison/bot"
)

// page is one message or view: the words for those who cannot see blocks, and the blocks.
type page struct {
	Text   string
	Blocks []sdk.Block
}

// rendered is a message within Slack's limits: what is edited in place, and what goes into its thread.
type rendered struct {
	Main   page
	Thread []page
}

// render turns a message into Block Kit. It never gives what Slack would refuse and never cuts silently: what does not fit
// goes on in the thread, and the message says so. It fails only on what can be shown nowhere, such as a value that is too
// long to come back whole.
func render(m bot.Message, p place) (rendered, error) {
	main, err := p.parts(m.Parts)
	if err != nil {
		return rendered{}, err
	}
	if len(main) == 0 {
		main = []piece{{blocks: p.paragraph(bot.T("%s", orDash(bot.Clean(m.Summary))))}}
	}
	detail, err := p.parts(m.Thread)
	if err != nil {
		return rendered{}, err
	}
	text := summary(m)
	out := rendered{}
	pages := p.paginate(main)
	out.Main = page{Text: text, Blocks: pages[0]}
	for _, blocks := range pages[1:] {
		out.Thread = append(out.Thread, page{Text: text, Blocks: blocks})
	}
	if len(detail) > 0 {
		for _, blocks := range (place{Workspace: p.Workspace, View: p.View, Rest: true}).paginate(detail) {
			out.Thread = append(out.Thread, page{Text: text, Blocks: blocks})
		}
	}
	return out, nil
}

// summary is the top-level text of a message: the notification, and all that a screen reader reads aloud.
func summary(m bot.Message) string {
	text := bot.OneLine(m.Summary)
	for _, part := range m.Parts {
		if text != "" {
			break
		}
		text = bot.OneLine(part.Heading + " " + part.Text.String() + " " + part.Note.String())
	}
	return bot.Squeeze(escape(orDash(bot.Squeeze(text, maxSummary/6))), maxSummary)
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// piece is a run of blocks that stay together.
type piece struct {
	blocks  []sdk.Block
	actions bool // buttons or a select
	small   bool // a note or divider
	heading bool
	words   int // in characters, for the limits of a whole message
	cells   int // of them in table cells
	charts  int
}

func (p place) parts(parts []bot.Part) ([]piece, error) {
	var all []piece
	n := 0 // numbers what can be pressed, so that no action id comes twice
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
		return textPieces(p.paragraph(part.Text), part.Text), nil
	case len(part.Fields) > 0:
		return p.fields(part.Fields), nil
	case len(part.Note) > 0:
		return p.note(part.Note), nil
	case part.Table != nil:
		return p.table(*part.Table), nil
	case part.Chart != nil:
		return p.chart(*part.Chart), nil
	case len(part.Buttons) > 0:
		return p.buttons(part.Buttons, n)
	case part.Select != nil:
		return p.selection(*part.Select, n)
	case part.Divider:
		return []piece{{blocks: []sdk.Block{sdk.NewDividerBlock()}, small: true}}, nil
	}
	return nil, nil
}

func textPieces(blocks []sdk.Block, t bot.Text) []piece {
	pieces := make([]piece, 0, len(blocks))
	words := bot.Size(t.String()) + 60*len(t) // elements of rich text weigh more than their words
	for _, b := range blocks {
		pieces = append(pieces, piece{blocks: []sdk.Block{b}, words: words/len(blocks) + 1})
	}
	return pieces
}

func (p place) heading(s string) []piece {
	s = bot.OneLine(s)
	if s == "" {
		return nil
	}
	if bot.Size(s) > maxHeading {
		pieces := textPieces(p.paragraph(bot.B("%s", s)), bot.B("%s", s))
		for i := range pieces {
			pieces[i].heading = true
		}
		return pieces
	}
	return []piece{{blocks: []sdk.Block{sdk.NewHeaderBlock(plain(s))}, heading: true, words: bot.Size(s)}}
}

// fields shows labels and values in Slack's two columns, label left and value right. A value stands alone in its text
// object, so that a name in it cannot reach the label or the next value.
func (p place) fields(pairs []bot.Pair) []piece {
	var all []piece
	var row []*sdk.TextBlockObject
	words := 0
	flush := func() {
		if len(row) > 0 {
			all = append(all, piece{blocks: []sdk.Block{sdk.NewSectionBlock(nil, row, nil)}, words: words})
		}
		row, words = nil, 0
	}
	for _, pair := range pairs {
		label := p.inline(bot.B("%s", bot.OneLine(pair.Label)))
		value := p.inline(pair.Value.OneLine())
		if bot.Size(label.Text) > maxField || bot.Size(value.Text) > maxField {
			flush()
			whole := bot.Join(bot.B("%s", pair.Label), bot.T("\n"), pair.Value)
			all = append(all, textPieces(p.paragraph(whole), whole)...)
			continue
		}
		if len(row)+2 > maxFields {
			flush()
		}
		row = append(row, label, value)
		words += bot.Size(label.Text) + bot.Size(value.Text)
	}
	flush()
	return all
}

func (p place) note(t bot.Text) []piece {
	var all []piece
	for _, part := range split(cleanText(t), maxField) {
		text := p.inline(part)
		if bot.Size(text.Text) > maxText { // escaping made it longer
			text = plain(part.String())
		}
		all = append(all, piece{blocks: []sdk.Block{sdk.NewContextBlock("", text)}, small: true, words: bot.Size(text.Text)})
	}
	return all
}

func (p place) buttons(buttons []bot.Button, n *int) ([]piece, error) {
	var all []piece
	for row := range slices.Chunk(buttons, maxRowButtons) {
		var elements []sdk.BlockElement
		var whole bot.Text // the labels that had to be shortened, in full
		words := 0
		for _, b := range row {
			id, err := actionID(b.Command, n)
			if err != nil {
				return nil, err
			}
			if bot.Size(b.Value) > maxValue {
				return nil, fmt.Errorf("the value of the button “%s” has more than %d characters", b.Label, maxValue)
			}
			label := bot.OneLine(b.Label)
			if bot.Size(label) > maxButton {
				whole = bot.Join(whole, bot.T("“%s” ", label))
				label = bot.Squeeze(label, maxButton)
			}
			e := sdk.NewButtonBlockElement(id, b.Value, plain(label))
			e.Style, e.Confirm = buttonStyle(b.Style), confirm(b.Confirm, b.Style)
			elements = append(elements, e)
			words += bot.Size(label)
			if c := e.Confirm; c != nil {
				words += bot.Size(c.Title.Text) + bot.Size(c.Text.Text) + bot.Size(c.Confirm.Text) + bot.Size(c.Deny.Text)
			}
		}
		if len(whole) > 0 {
			all = append(all, p.note(bot.Join(bot.T("In full: "), whole))...)
		}
		all = append(all, piece{blocks: []sdk.Block{sdk.NewActionBlock("", elements...)}, actions: true, words: words})
	}
	return all, nil
}

// actionID carries a command through a press. The number makes it unique within the message.
func actionID(command string, n *int) (string, error) {
	id := command + "|" + strconv.Itoa(*n)
	*n++
	if command == "" || bot.Size(id) > maxActionID {
		return "", fmt.Errorf("“%s” cannot be the command of something to press", command)
	}
	return id, nil
}

func buttonStyle(s bot.ButtonStyle) sdk.Style {
	switch s {
	case bot.Primary:
		return sdk.StylePrimary
	case bot.Danger:
		return sdk.StyleDanger
	}
	return sdk.StyleDefault
}

func confirm(c *bot.Confirm, style bot.ButtonStyle) *sdk.ConfirmationBlockObject {
	if c == nil {
		return nil
	}
	word := func(s, otherwise string, limit int) *sdk.TextBlockObject {
		if s = bot.OneLine(s); s == "" {
			s = otherwise
		}
		return plain(bot.Squeeze(s, limit))
	}
	o := sdk.NewConfirmationBlockObject(word(c.Title, "Are you sure?", maxConfirmTitle),
		plain(bot.Squeeze(bot.Clean(c.Text), maxConfirmText)), word(c.Yes, "Yes", maxConfirmWord), word(c.No, "Cancel", maxConfirmWord))
	o.Style = buttonStyle(style)
	return o
}

func (p place) selection(s bot.Select, n *int) ([]piece, error) {
	if len(s.Options) == 0 {
		return p.note(bot.T("%s: nothing to choose from.", bot.OneLine(s.Label))), nil
	}
	id, err := actionID(s.Command, n)
	if err != nil {
		return nil, err
	}
	e := &sdk.SelectBlockElement{Type: sdk.OptTypeStatic, ActionID: id, Placeholder: placeholder(s.Label)}
	if e.Options, e.OptionGroups, err = choices(s.Options); err != nil {
		return nil, err
	}
	return []piece{{blocks: []sdk.Block{sdk.NewActionBlock("", e)}, actions: true, words: bot.Size(s.Label)}}, nil
}

func placeholder(s string) *sdk.TextBlockObject {
	if s = bot.OneLine(s); s == "" {
		s = "Choose…"
	}
	return plain(bot.Squeeze(s, maxPlaceholder))
}

// choices gives options, in groups where there are more than a list may have.
func choices(options []bot.Option) ([]*sdk.OptionBlockObject, []*sdk.OptionGroupBlockObject, error) {
	all := make([]*sdk.OptionBlockObject, 0, len(options))
	for _, o := range options {
		one, err := option(o)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, one)
	}
	if len(all) <= maxOptions {
		return all, nil, nil
	}
	if len(all) > maxOptions*maxGroups {
		return nil, nil, fmt.Errorf("%d options are more than the %d of a select: let people search instead", len(all), maxOptions*maxGroups)
	}
	var groups []*sdk.OptionGroupBlockObject
	for group := range slices.Chunk(all, maxOptions) {
		from := len(groups)*maxOptions + 1
		label := fmt.Sprintf("%d to %d: %s …", from, from+len(group)-1, bot.Squeeze(group[0].Text.Text, 40))
		groups = append(groups, sdk.NewOptionGroupBlockElement(plain(bot.Squeeze(label, maxOption)), group...))
	}
	return nil, groups, nil
}

func option(o bot.Option) (*sdk.OptionBlockObject, error) {
	if o.Value == "" || bot.Size(o.Value) > maxOption {
		return nil, fmt.Errorf("the value of the option “%s” is empty or has more than %d characters", o.Label, maxOption)
	}
	label, detail := orDash(bot.OneLine(o.Label)), bot.OneLine(o.Detail)
	if bot.Size(label) > maxOption && detail == "" {
		detail = label // the other end of a long name, where there is room for it
	}
	one := sdk.NewOptionBlockObject(o.Value, plain(bot.Squeeze(label, maxOption)), nil)
	if detail != "" {
		one.Description = plain(bot.Squeeze(detail, maxOption))
	}
	return one, nil
}
