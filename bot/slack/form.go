package slack

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	sdk "github.com/slack-go/slack"

	"liaison/bot"
)

// luggage is what a modal carries in private_metadata and brings back. It is read as hints only: the state is looked up
// again by the handler, and a response_url is checked before it is used.
type luggage struct {
	Command     string `json:"c"`
	State       string `json:"s,omitempty"`
	Workspace   string `json:"w,omitempty"`
	Channel     string `json:"ch,omitempty"` // where the form was opened; empty on a home page
	ResponseURL string `json:"r,omitempty"`
}

func (l luggage) pack() (string, error) {
	data, err := json.Marshal(l)
	if err != nil {
		return "", fmt.Errorf("packing the form of %s: %w", l.Command, err)
	}
	if bot.Size(string(data)) > maxMetadata {
		return "", fmt.Errorf("the form of the command “%s” carries %d characters of state and the like, and Slack takes %d",
			l.Command, bot.Size(string(data)), maxMetadata)
	}
	return string(data), nil
}

func unpack(data string) luggage {
	var l luggage
	if json.Unmarshal([]byte(data), &l) != nil {
		return luggage{}
	}
	return l
}

// modal renders a form. Unlike a message a form cannot go on elsewhere, so what does not fit is an error that names the
// command, for the developer to see in a test.
func modal(f bot.Form, l luggage, p place) (sdk.ModalViewRequest, error) {
	p.View = true
	view := sdk.ModalViewRequest{Type: sdk.VTModal, CallbackID: f.Command, ClearOnClose: false}
	l.Command, l.State = f.Command, f.State
	var err error
	if view.PrivateMetadata, err = l.pack(); err != nil {
		return view, err
	}
	if bot.Size(f.Command) > maxBlockID {
		return view, fmt.Errorf("the command “%s” is too long for a form", f.Command)
	}
	intro, err := p.parts(f.Intro)
	if err != nil {
		return view, fmt.Errorf("the intro of the form of “%s”: %w", f.Command, err)
	}
	title := orDash(bot.OneLine(f.Title))
	if bot.Size(title) > maxTitle {
		intro = append(p.heading(title), intro...) // in full, where there is room
	}
	view.Title = plain(bot.Squeeze(title, maxTitle))
	seen := map[string]bool{}
	var inputs []sdk.Block
	for _, field := range f.Fields {
		block, err := input(field)
		if err == nil && seen[field.Name] {
			err = fmt.Errorf("it is there twice")
		}
		if err != nil {
			return view, fmt.Errorf("the field “%s” of the form of “%s”: %w", field.Name, f.Command, err)
		}
		seen[field.Name] = true
		inputs = append(inputs, block)
	}
	if len(inputs)+min(len(intro), 1) > maxViewBlocks {
		return view, fmt.Errorf("the form of “%s” has %d fields, and Slack shows %d", f.Command, len(inputs), maxViewBlocks-1)
	}
	view.Blocks.BlockSet = append(p.view(intro, maxViewBlocks-len(inputs)), inputs...)
	if len(view.Blocks.BlockSet) == 0 {
		view.Blocks.BlockSet = p.paragraph(bot.T("%s", title))
	}
	view.Close = plain("Cancel")
	switch submit := bot.OneLine(f.Submit); {
	case submit != "":
		view.Submit = plain(bot.Squeeze(submit, maxTitle))
	case len(inputs) > 0:
		view.Submit = plain("Save")
	default:
		view.Close = plain("Close")
	}
	return view, nil
}

// shown is a message as a modal without questions, for presses that happened where nothing can be posted.
func shown(m bot.Message, l luggage, p place) (sdk.ModalViewRequest, error) {
	title := ""
	parts := m.Parts
	if len(parts) > 0 && parts[0].Heading != "" && bot.Size(bot.OneLine(parts[0].Heading)) <= maxTitle {
		title, parts = parts[0].Heading, parts[1:]
	}
	if len(parts) == 0 && title == "" {
		parts = []bot.Part{bot.Para(bot.T("%s", orDash(m.Summary)))}
	}
	if len(m.Thread) > 0 {
		parts = append(append(append([]bot.Part{}, parts...), bot.Part{Divider: true}), m.Thread...)
	}
	if title == "" {
		title = "Liaison"
	}
	return modal(bot.Form{Command: l.Command, State: l.State, Title: title, Intro: parts}, l, p)
}

// home renders a message as a home page.
func home(m bot.Message, p place) (sdk.HomeTabViewRequest, error) {
	p.View = true
	pieces, err := p.parts(append(append([]bot.Part{}, m.Parts...), m.Thread...))
	if err != nil {
		return sdk.HomeTabViewRequest{}, err
	}
	if len(pieces) == 0 {
		pieces = textPieces(p.paragraph(bot.T("%s", orDash(bot.Clean(m.Summary)))), nil)
	}
	return sdk.HomeTabViewRequest{Type: sdk.VTHomeTab, Blocks: sdk.Blocks{BlockSet: p.view(pieces, maxViewBlocks)}}, nil
}

// input renders a question. Block and action are named after the field, so that an answer finds its way back and stays
// in place when the form is shown again.
func input(f bot.Field) (*sdk.InputBlock, error) {
	if f.Name == "" || bot.Size(f.Name) > maxBlockID {
		return nil, fmt.Errorf("it needs a name of at most %d characters", maxBlockID)
	}
	element, err := inputElement(f)
	if err != nil {
		return nil, err
	}
	block := sdk.NewInputBlock(f.Name, plain(bot.Squeeze(bot.OneLine(f.Label), maxLabel)), nil, element)
	if hint := bot.OneLine(f.Hint); hint != "" {
		block.Hint = plain(bot.Squeeze(hint, maxLabel))
	}
	block.Optional = f.Optional
	return block, nil
}

func inputElement(f bot.Field) (sdk.BlockElement, error) {
	switch f.Kind {
	case bot.Line, bot.Paragraph, "":
		return textInput(f)
	case bot.Choice:
		return choiceInput(f)
	case bot.Choices:
		return choicesInput(f)
	case bot.LookUp:
		return lookUpInput(f)
	case bot.PersonPick:
		e := &sdk.SelectBlockElement{Type: sdk.OptTypeUser, ActionID: f.Name, Placeholder: plain("Choose a person…")}
		if userID(f.Value) {
			e.InitialUser = f.Value
		}
		return e, nil
	case bot.Day:
		e := sdk.NewDatePickerBlockElement(f.Name)
		if _, err := time.Parse(time.DateOnly, f.Value); err == nil {
			e.InitialDate = f.Value
		}
		return e, nil
	}
	return nil, fmt.Errorf("there is no kind “%s”", f.Kind)
}

func textInput(f bot.Field) (sdk.BlockElement, error) {
	most := maxInput
	if f.Max > 0 {
		most = min(f.Max, maxInput)
	}
	most = min(max(most, bot.Size(f.Value)), maxInput) // a rule counts characters, and Slack counts some of them twice
	if bot.Size(f.Value) > most {                      // cutting it would make saving the form lose the rest
		return nil, fmt.Errorf("it is filled with %d characters and takes %d", bot.Size(f.Value), most)
	}
	e := &sdk.PlainTextInputBlockElement{Type: sdk.METPlainTextInput, ActionID: f.Name, InitialValue: f.Value, MaxLength: most}
	e.Multiline = f.Kind == bot.Paragraph
	return e, nil
}

func choiceInput(f bot.Field) (sdk.BlockElement, error) {
	if len(f.Options) == 0 {
		return nil, fmt.Errorf("it has nothing to choose from")
	}
	e := &sdk.SelectBlockElement{Type: sdk.OptTypeStatic, ActionID: f.Name, Placeholder: placeholder("")}
	var err error
	if e.Options, e.OptionGroups, err = choices(f.Options); err != nil {
		return nil, err
	}
	e.InitialOption = first(picked(f.Value, e.Options, e.OptionGroups))
	return e, nil
}

func choicesInput(f bot.Field) (sdk.BlockElement, error) {
	if len(f.Options) == 0 {
		return nil, fmt.Errorf("it has nothing to choose from")
	}
	options, groups, err := choices(f.Options)
	if err != nil {
		return nil, err
	}
	initial := picked(f.Value, options, groups)
	if len(options) > 0 && len(options) <= maxCheckboxes {
		e := sdk.NewCheckboxGroupsBlockElement(f.Name, options...)
		e.InitialOptions = initial
		return e, nil
	}
	return &sdk.MultiSelectBlockElement{Type: sdk.MultiOptTypeStatic, ActionID: f.Name, Placeholder: placeholder(""),
		Options: options, OptionGroups: groups, InitialOptions: initial}, nil
}

func lookUpInput(f bot.Field) (sdk.BlockElement, error) {
	typed := 0 // the first candidates are offered before anything is typed
	e := &sdk.SelectBlockElement{Type: sdk.OptTypeExternal, ActionID: f.Name, Placeholder: plain("Type to search…"), MinQueryLength: &typed}
	if f.Value == "" {
		return e, nil
	}
	known := bot.Option{Label: f.Value, Value: f.Value}
	for _, o := range f.Options {
		if o.Value == f.Value {
			known = o
		}
	}
	var err error
	e.InitialOption, err = option(known)
	return e, err
}

// picked finds the options with which a field is filled. The same object must be among the options, or Slack refuses it.
func picked(value string, options []*sdk.OptionBlockObject, groups []*sdk.OptionGroupBlockObject) []*sdk.OptionBlockObject {
	wanted := map[string]bool{}
	for v := range strings.SplitSeq(value, "\n") {
		wanted[v] = true
	}
	for _, g := range groups {
		options = append(options, g.Options...)
	}
	var all []*sdk.OptionBlockObject
	for _, o := range options {
		if wanted[o.Value] {
			all = append(all, o)
		}
	}
	return all
}

func first(all []*sdk.OptionBlockObject) *sdk.OptionBlockObject {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}
