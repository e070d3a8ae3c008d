package sandbox

import (
	"encoding/json"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sheet is what all blocks of one message or view share while they are drawn.
type sheet struct {
	scribe
	key     string // of the form state
	where   string // makes ids unique on the page
	surface surface
	room    *room
	me      *User
}

func (sh *sheet) nodes(blocks list) []node {
	var out []node
	for _, b := range blocks {
		if o, ok := b.(object); ok {
			out = append(out, node{sheet: sh, B: o})
		}
	}
	return out
}

// node is one block, or one element E of a block, as the templates see it. Its
// methods read the app's JSON and hand out either escaped text or plain strings.
type node struct {
	*sheet
	B, E object
}

// Type is the type of the block, or of the element when there is one.
func (n node) Type() string {
	if n.E != nil {
		return str(n.E, "type")
	}
	return str(n.B, "type")
}

func (n node) own() object {
	if n.E != nil {
		return n.E
	}
	return n.B
}

// Block and Action are the ids that a press carries.
func (n node) Block() string { return str(n.B, "block_id") }

// Action is the action id of the element.
func (n node) Action() string { return str(n.E, "action_id") }

// DOM is an id for the element that is unique on the page.
func (n node) DOM() string { return "f-" + n.where + "-" + n.Block() + "-" + n.Action() }

// Str reads a string field.
func (n node) Str(key string) string { return str(n.own(), key) }

// Flag reads a boolean field.
func (n node) Flag(key string) bool { return flagOf(n.own(), key) }

// Has says whether a field is there.
func (n node) Has(key string) bool { return n.own()[key] != nil }

// Text draws a text object.
func (n node) Text(key string) template.HTML { return n.textOf(n.own()[key]) }

// Words is a text object without markup, for attributes.
func (n node) Words(key string) string { return str(sub(n.own(), key), "text") }

func (sh *sheet) textOf(v any) template.HTML {
	o, _ := v.(object)
	if str(o, "type") == "mrkdwn" {
		return sh.mrkdwn(str(o, "text"))
	}
	return sh.plain(str(o, "text"), o["emoji"] != false)
}

// Fields draws the fields of a section.
func (n node) Fields() []template.HTML {
	var out []template.HTML
	fs, _ := n.B["fields"].(list)
	for _, f := range fs {
		out = append(out, n.textOf(f))
	}
	return out
}

// Elements are the elements of a block.
func (n node) Elements() []node {
	var out []node
	es, _ := n.B["elements"].(list)
	for _, e := range es {
		if o, ok := e.(object); ok {
			out = append(out, node{n.sheet, n.B, o})
		}
	}
	return out
}

// Part is the element under a field: accessory or element.
func (n node) Part(key string) []node {
	if e := sub(n.B, key); e != nil {
		return []node{{n.sheet, n.B, e}}
	}
	return nil
}

// Self draws an element of a context block: text.
func (n node) Self() template.HTML { return n.textOf(n.E) }

// Kids are the child blocks of a container, Child the ones under another field.
func (n node) Kids() []node {
	ks, _ := n.B["child_blocks"].(list)
	return n.nodes(ks)
}

// Rows are the rows of a layout, each a list of blocks.
func (n node) LayoutRows() [][]node {
	var out [][]node
	rows, _ := n.B["rows"].(list)
	for _, r := range rows {
		ro, _ := r.(object)
		items, _ := ro["items"].(list)
		var row []node
		for _, it := range items {
			io, _ := it.(object)
			row = append(row, n.nodes(list{io["block"]})...)
		}
		out = append(out, row)
	}
	return out
}

// Tasks are the cards of a plan.
func (n node) Tasks() []node {
	ts, _ := n.B["tasks"].(list)
	return n.nodes(ts)
}

// Rich, Markdown and Chart draw the blocks that have a language of their own.
func (n node) Rich(key string) template.HTML {
	if key == "" {
		return n.rich(n.B["elements"])
	}
	return n.rich(sub(n.B, key)["elements"])
}

// Markdown draws a markdown block.
func (n node) Markdown() template.HTML { return n.markdown(str(n.B, "text")) }

// Chart draws a data_visualization block.
func (n node) Chart() template.HTML { return chart(n.B) }

// Own is an image that this workspace serves itself: the page loads no other host.
func (n node) Own() string {
	u := str(n.own(), "image_url")
	if rest, ok := strings.CutPrefix(u, n.w.base+"/files/"); ok && n.w.base != "" {
		return "/files/" + rest
	}
	return ""
}

// cell is a cell of a table as it is drawn.
type cell struct {
	HTML   template.HTML
	Button []node
	Align  string
	Number bool
	Sort   string
	Head   bool // the row's header
}

// Rows are the rows of a table or data table.
func (n node) Rows() [][]cell {
	var out [][]cell
	rows, _ := n.B["rows"].(list)
	settings, _ := n.B["column_settings"].(list)
	head := -1
	if n.Type() == "data_table" {
		f, _ := asFloat(n.B["row_header_column_index"])
		head = int(f)
	}
	for _, r := range rows {
		cells, _ := r.(list)
		var row []cell
		for i, v := range cells {
			o, _ := v.(object)
			c := n.cell(o)
			c.Head = i == head
			if i < len(settings) {
				so, _ := settings[i].(object)
				c.Align = str(so, "align")
			}
			row = append(row, c)
		}
		out = append(out, row)
	}
	return out
}

func (n node) cell(o object) cell {
	switch str(o, "type") {
	case "raw_number":
		f, _ := asFloat(o["value"])
		num := strconv.FormatFloat(f, 'f', -1, 64)
		return cell{HTML: n.plain(orElse(str(o, "text"), num), false), Number: true, Sort: num}
	case "rich_text":
		return cell{HTML: n.rich(o["elements"]), Sort: words(o["elements"])}
	case "action_cell":
		e := sub(o, "element")
		return cell{Button: []node{{n.sheet, n.B, e}}, Sort: str(sub(e, "text"), "text")}
	}
	return cell{HTML: n.plain(str(o, "text"), true), Sort: str(o, "text")}
}

// NumberColumn says whether a column of a data table holds numbers only: it is
// aligned and sorted as such.
func (n node) NumberColumn(k int) bool {
	rows, _ := n.B["rows"].(list)
	for _, r := range rows[min(1, len(rows)):] {
		row, _ := r.(list)
		if k >= len(row) {
			return false
		}
		if o, _ := row[k].(object); str(o, "type") != "raw_number" {
			return false
		}
	}
	return true
}

// PageSize is how many rows of a data table are shown at a time.
func (n node) PageSize() int {
	if f, ok := asFloat(n.B["page_size"]); ok {
		return int(f)
	}
	return 5
}

// Confirm is the confirmation dialog of an element as JSON for the script. Its
// texts are drawn here, so that the script only has to place them.
func (n node) Confirm() string {
	c := sub(n.E, "confirm")
	if c == nil {
		return ""
	}
	raw, _ := json.Marshal(object{
		"title": orElse(str(sub(c, "title"), "text"), "Are you sure?"), "html": n.textOf(c["text"]),
		"yes": orElse(str(sub(c, "confirm"), "text"), "Yes"), "no": orElse(str(sub(c, "deny"), "text"), "Cancel"),
		"style": str(c, "style"),
	})
	return string(raw)
}

// Live says whether a change is sent to the app at once. In input blocks it is
// only with dispatch_action; for texts Dispatch says at which moment.
func (n node) Live() bool { return str(n.B, "type") != "input" || flagOf(n.B, "dispatch_action") }

// Dispatch is the moment at which a text is sent: "enter" or "typing".
func (n node) Dispatch() string {
	on, _ := sub(n.E, "dispatch_action_config")["trigger_actions_on"].(list)
	if slices.Contains(on, any("on_character_entered")) {
		return "typing"
	}
	return "enter"
}

// Many says whether several values can be chosen.
func (n node) Many() bool { return strings.HasPrefix(n.Type(), "multi_") }

// Label names the element for people who do not see it.
func (n node) Label() string {
	for _, s := range []string{
		str(n.E, "accessibility_label"), str(sub(n.B, "label"), "text"), str(sub(n.E, "placeholder"), "text"), str(sub(n.B, "text"), "text"),
	} {
		if s != "" {
			return s
		}
	}
	return strings.ReplaceAll(n.Type(), "_", " ")
}

// Placeholder is the hint inside an empty element.
func (n node) Placeholder(def string) string { return orElse(n.Words("placeholder"), def) }

// Num reads a number field as text, or def.
func (n node) Num(key, def string) string {
	if f, ok := asFloat(n.own()[key]); ok {
		return strconv.Itoa(int(f))
	}
	return def
}

// Chosen lists the values that stand in the element now.
func (n node) Chosen() []string {
	v := n.w.values[n.key][n.Block()][n.Action()]
	if v == nil || v["type"] != n.E["type"] {
		v = initialValue(n.E)
	}
	field, _, _ := valueField(n.Type())
	items, many := v[field].(list)
	if !many {
		items = list{v[field]}
	}
	var out []string
	for _, i := range items {
		switch i := i.(type) {
		case string:
			out = append(out, i)
		case object:
			if n.Type() == "rich_text_input" {
				out = append(out, words(i["elements"]))
				continue
			}
			out = append(out, str(i, "value"))
		case json.Number, int64:
			f, _ := asFloat(i)
			if whole, ok := i.(int64); ok {
				f = float64(whole)
			}
			out = append(out, time.Unix(int64(f), 0).In(n.zone).Format("2006-01-02T15:04"))
		}
	}
	return out
}

// Value is the single value that stands in the element now.
func (n node) Value() string {
	if c := n.Chosen(); len(c) > 0 {
		return c[0]
	}
	return ""
}

// option is an option as it is drawn.
type option struct {
	Text, Description template.HTML
	Words, Value, URL string
	Group             string
	On                bool
}

// Options lists what can be chosen: the app's options, people or conversations.
func (n node) Options() []option {
	on := n.Chosen()
	var out []option
	add := func(o option) {
		o.On = slices.Contains(on, o.Value)
		out = append(out, o)
	}
	switch t := strings.TrimPrefix(n.Type(), "multi_"); t {
	case "users_select":
		for _, id := range n.w.userOrder {
			if u := n.w.users[id]; !u.Deleted {
				add(option{Words: u.RealName, Value: id})
			}
		}
	case "channels_select", "conversations_select":
		for _, id := range n.w.roomOrder {
			if r := n.w.rooms[id]; n.offersRoom(t, r) {
				add(option{Words: roomLabel(n.w, r), Value: id})
			}
		}
	case "external_select":
		for _, o := range n.offered() {
			add(n.option(o))
		}
	default:
		for _, o := range optionsOf(object{"options": n.E["options"]}) {
			add(n.option(o))
		}
		groups, _ := n.E["option_groups"].(list)
		for _, g := range groups {
			gr, _ := g.(object)
			for _, o := range optionsOf(gr) {
				op := n.option(o)
				op.Group = str(sub(gr, "label"), "text")
				add(op)
			}
		}
	}
	return out
}

func roomLabel(w *Workspace, r *room) string {
	if r.im != "" {
		return w.manifest.botName()
	}
	return "#" + r.Name
}

// offersRoom applies the filter of a conversation list.
func (n node) offersRoom(t string, r *room) bool {
	if !r.has(n.me.ID) || r.IsArchived {
		return false
	}
	if t == "channels_select" {
		return r.im == "" && !r.IsPrivate
	}
	f := sub(n.E, "filter")
	if flagOf(f, "exclude_external_shared_channels") && r.im == "" && n.w.external(r) {
		return false
	}
	if flagOf(f, "exclude_bot_users") && r.im != "" {
		return false
	}
	include, ok := f["include"].(list)
	kind := map[string]string{"im": "im", "group": "private", "channel": "public"}[r.kind()]
	return !ok || slices.Contains(include, any(kind))
}

// offered are the options of an external select that stand in it now.
func (n node) offered() []object {
	var out []object
	known := n.w.offers[n.key+"/"+n.Block()+"/"+n.Action()]
	for _, v := range n.Chosen() {
		if o, ok := known[v].(object); ok {
			out = append(out, o)
		}
	}
	initial, _ := n.E["initial_options"].(list)
	for _, o := range append(list{n.E["initial_option"]}, initial...) {
		if io, ok := o.(object); ok && slices.Contains(n.Chosen(), str(io, "value")) {
			out = append(out, io)
		}
	}
	return out
}

func (n node) option(o object) option {
	return option{
		Text: n.textOf(o["text"]), Description: n.textOf(o["description"]), Words: str(sub(o, "text"), "text"),
		Value: str(o, "value"), URL: str(o, "url"),
	}
}

// Feedback are the two buttons of a feedback element.
func (n node) Feedback() []option {
	var out []option
	for _, k := range []string{"positive_button", "negative_button"} {
		b := sub(n.E, k)
		out = append(out, option{Text: n.textOf(b["text"]), Value: str(b, "value"), Words: str(sub(b, "text"), "text")})
	}
	return out
}

// ForMe says whether the element is shown to the reader at all.
func (n node) ForMe() bool {
	only, ok := n.E["visible_to_user_ids"].(list)
	return !ok || len(only) == 0 || slices.Contains(only, any(n.me.ID))
}

// BlockWords is a text object of the block around the element.
func (n node) BlockWords(key string) string { return str(sub(n.B, key), "text") }

// Optional says whether the input block may stay empty.
func (n node) Optional() bool { return flagOf(n.B, "optional") }
