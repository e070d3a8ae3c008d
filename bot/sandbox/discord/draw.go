package discord

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
)

// node is a component as it is drawn.
type node struct {
	Kind                   string
	Text                   template.HTML
	Label, Custom, Message string
	Style, URL, Alt, Name  string
	Accent, Placeholder    string
	Disabled, Many, Wide   bool
	Options                []option
	Children               []node
	Side                   []node // a section's accessory
}

// option is one entry of a menu.
type option struct {
	Value, Label, About string
	On                  bool
}

// Nodes are the components of the message.
func (l line) Nodes() []node { return l.nodes(asObjects(l.M.Components)) }

func (l line) nodes(cs []object) []node {
	var out []node
	for _, c := range cs {
		out = append(out, l.node(c))
	}
	return out
}

func (l line) node(c object) node {
	n := node{Custom: str(c, "custom_id"), Message: l.M.ID, Disabled: flag(c, "disabled"), Children: l.nodes(asObjects(items(c, "components")))}
	switch k := kind(c); k {
	case kindRow:
		n.Kind = "row"
	case kindButton:
		n.Kind, n.Label, n.URL = "button", strings.TrimSpace(str(sub(c, "emoji"), "name")+" "+str(c, "label")), webAddress(str(c, "url"))
		n.Style = []string{"secondary", "primary", "secondary", "success", "danger", "link", "premium"}[min(6, max(0, intOr(c, "style", 2)))]
	case kindSelect, kindUserSelect, kindRoleSelect, kindAnySelect, kindChannelSelect:
		n.Kind, n.Placeholder, n.Many = "select", orElse(str(c, "placeholder"), "Make a selection"), intOr(c, "max_values", 1) > 1
		n.Options = l.menuOptions(c)
	case kindSection:
		n.Kind = "section"
		if side := sub(c, "accessory"); side != nil {
			n.Side = []node{l.node(side)}
		}
	case kindText:
		n.Kind, n.Text = "text", l.scribe().html(str(c, "content"))
	case kindThumbnail:
		n = l.picture(sub(c, "media"), str(c, "description"))
		n.Kind = "thumbnail"
	case kindGallery:
		n.Kind = "gallery"
		for _, item := range asObjects(items(c, "items")) {
			n.Children = append(n.Children, l.picture(sub(item, "media"), str(item, "description")))
		}
	case kindFile:
		n = l.picture(sub(c, "file"), "")
		n.Kind = "file"
	case kindSeparator:
		n.Kind, n.Wide = "separator", intOr(c, "spacing", 1) == 2
		if v, said := c["divider"].(bool); said && !v {
			n.Style = "bare"
		}
	case kindContainer:
		n.Kind, n.Accent = "container", colorText(c, "accent_color")
	}
	return n
}

func colorText(o object, key string) string {
	if v, ok := number(o[key]); ok {
		return fmt.Sprintf("#%06x", v)
	}
	return ""
}

// webAddress lets only addresses through that a browser may follow.
func webAddress(s string) string {
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}

// picture is a file of the message, or a link to a picture elsewhere, which the page
// does not load.
func (l line) picture(media object, alt string) node {
	n := node{Kind: "picture", Alt: alt, URL: webAddress(str(media, "url"))}
	if a := l.M.named(str(media, "url")); a != nil {
		return l.attached(*a, alt)
	}
	return n
}

func (l line) attached(a Attachment, alt string) node {
	n := node{Kind: "picture", Name: a.Name, Alt: orElse(alt, a.Description), URL: l.Base() + a.path(l.M.Channel), Label: sizeText(len(a.Data))}
	n.Wide = a.Width > 0 // drawn in place
	return n
}

// Files are the attachments that are drawn below the text: none of them when the
// message consists of components.
func (l line) Files() []node {
	if l.M.Flags&flagV2 != 0 {
		return nil
	}
	inEmbeds := map[string]bool{}
	for _, media := range mediaOf(nil, l.M.Embeds) {
		inEmbeds[strings.TrimPrefix(str(media, "url"), "attachment://")] = true
	}
	var out []node
	for _, a := range l.M.Attachments {
		if !inEmbeds[a.Name] {
			out = append(out, l.attached(a, ""))
		}
	}
	return out
}

func sizeText(n int) string {
	if n < 1024 {
		return strconv.Itoa(n) + " bytes"
	}
	return strconv.FormatFloat(float64(n)/1024, 'f', 1, 64) + " KB"
}

// menuOptions are what a select menu offers: its own options, or people, roles and
// channels.
func (l line) menuOptions(c object) []option { return l.Server.menuOptions(c, l.Me.ID) }

func (s *Server) menuOptions(c object, me string) []option {
	var out []option
	on := map[string]bool{}
	for _, v := range preset(c) {
		on[v] = true
	}
	for _, o := range asObjects(items(c, "options")) {
		label := strings.TrimSpace(str(sub(o, "emoji"), "name") + " " + str(o, "label"))
		out = append(out, option{str(o, "value"), label, str(o, "description"), on[str(o, "value")]})
	}
	k := kind(c)
	if k == kindUserSelect || k == kindAnySelect {
		for _, id := range s.userOrder {
			if s.member(id) != nil {
				out = append(out, option{id, s.shownName(id), "", on[id]})
			}
		}
	}
	if k == kindRoleSelect || k == kindAnySelect {
		for _, r := range s.roles {
			out = append(out, option{r.ID, "@" + strings.TrimPrefix(r.Name, "@"), "", on[r.ID]})
		}
	}
	if k == kindChannelSelect {
		for _, id := range s.order {
			if s.permissions(me, s.channels[id]).has(ViewChannel) {
				out = append(out, option{id, "#" + s.channels[id].Name, "", on[id]})
			}
		}
	}
	return out
}

// shownEmbed is an embed as it is drawn.
type shownEmbed struct {
	Title, Author, Footer, URL, Accent string
	Text                               template.HTML
	Fields                             []embedField
	Image, Thumbnail                   []node
}

type embedField struct {
	Name   template.HTML
	Value  template.HTML
	Inline bool
}

// Embeds are the embeds of the message.
func (l line) Embeds() []shownEmbed {
	if l.M.Flags&flagSuppressEmbeds != 0 {
		return nil
	}
	var out []shownEmbed
	for _, o := range asObjects(l.M.Embeds) {
		e := shownEmbed{
			Title: str(o, "title"), Author: str(sub(o, "author"), "name"), Footer: str(sub(o, "footer"), "text"),
			URL: webAddress(str(o, "url")), Accent: colorText(o, "color"), Text: l.scribe().html(str(o, "description")),
		}
		for _, f := range asObjects(items(o, "fields")) {
			e.Fields = append(e.Fields, embedField{l.scribe().html(str(f, "name")), l.scribe().html(str(f, "value")), flag(f, "inline")})
		}
		if m := sub(o, "image"); m != nil {
			e.Image = []node{l.picture(m, "")}
		}
		if m := sub(o, "thumbnail"); m != nil {
			e.Thumbnail = []node{l.picture(m, "")}
		}
		out = append(out, e)
	}
	return out
}

// shownModal is the open form as it is drawn.
type shownModal struct {
	scene
	*modal
}

// OpenModal is the form that is open in front of the person, or nothing.
func (s scene) OpenModal() []shownModal {
	if m := s.modals[s.Me.ID]; m != nil {
		return []shownModal{{s, m}}
	}
	return nil
}

// Title, ID and Trouble are the words on the frame.
func (m shownModal) Title() string { return m.title }

// Key tells one opening of a form from the next.
func (m shownModal) Key() string { return m.from.id }

// Trouble is what stands above the form after a failed submission.
func (m shownModal) Trouble() string { return m.trouble }

// control is one line of a form.
type control struct {
	Kind, Custom, Label, About, Value, Placeholder string
	Required, Many                                 bool
	Least, Most                                    int
	Options                                        []option
	Text                                           template.HTML
}

// Controls are the lines of the form.
func (m shownModal) Controls() []control {
	var out []control
	for _, c := range asObjects(m.components) {
		if kind(c) == kindText {
			out = append(out, control{Kind: "note", Text: scribe{m.Server, m.Base()}.html(str(c, "content"))})
			continue
		}
		for _, in := range children(c) {
			label := orElse(str(c, "label"), str(in, "label"))
			out = append(out, m.control(in, label, str(c, "description")))
		}
	}
	return out
}

func (m shownModal) control(in object, label, about string) control {
	c := control{
		Custom: str(in, "custom_id"), Label: label, About: about, Required: required(in), Placeholder: str(in, "placeholder"),
		Options: m.menuOptions(in, m.Me.ID), Many: intOr(in, "max_values", 1) > 1,
	}
	switch kind(in) {
	case kindTextInput:
		c.Kind, c.Value, c.Least, c.Most = "line", str(in, "value"), intOr(in, "min_length", 0), intOr(in, "max_length", 4000)
		if intOr(in, "style", 1) == 2 {
			c.Kind = "paragraph"
		}
	case kindUpload:
		c.Kind = "upload"
	case kindRadio:
		c.Kind = "radio"
	case kindCheckboxes:
		c.Kind = "checkboxes"
	case kindCheckbox:
		c.Kind = "checkbox"
		c.Options = []option{{"true", label, about, flag(in, "default")}}
	default:
		c.Kind = "select"
	}
	return c
}
