package discord

import (
	"net/http"
	"slices"
	"strconv"
)

// Form is an open modal as a person sees it.
type Form struct {
	CustomID, Title string
	Fields          []FormField
	Trouble         string // shown when a submission failed
}

// FormField is one input of a form.
type FormField struct {
	CustomID, Label, Description string
	Kind                         int // component type
	Required                     bool
	Value                        []string // what stands in it when it opens
	Options                      []Choice
}

// Modal is the form that is open in front of a person; ok is false when there is none.
func (s *Server) Modal(user string) (form Form, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.modals[user]
	if m == nil {
		return Form{}, false
	}
	form = Form{CustomID: m.id, Title: m.title, Trouble: m.trouble}
	for _, f := range m.fields() {
		ff := FormField{
			CustomID: str(f.input, "custom_id"), Label: f.label, Description: f.description, Kind: kind(f.input),
			Required: required(f.input), Value: preset(f.input),
		}
		for _, o := range asObjects(items(f.input, "options")) {
			ff.Options = append(ff.Options, Choice{str(o, "label"), str(o, "value")})
		}
		form.Fields = append(form.Fields, ff)
	}
	return form, true
}

// required is true by default, except for a checkbox, which always has a value.
func required(c object) bool {
	v, said := c["required"].(bool)
	return kind(c) != kindCheckbox && (!said || v)
}

// preset is what stands in an input when the form opens.
func preset(c object) []string {
	switch kind(c) {
	case kindTextInput:
		if v := str(c, "value"); v != "" {
			return []string{v}
		}
		return nil
	case kindCheckbox:
		return []string{strconv.FormatBool(flag(c, "default"))}
	}
	var out []string
	for _, o := range asObjects(items(c, "options")) {
		if flag(o, "default") {
			out = append(out, str(o, "value"))
		}
	}
	for _, o := range asObjects(items(c, "default_values")) {
		out = append(out, str(o, "id"))
	}
	return out
}

// CloseModal dismisses the open form; the application hears nothing of it.
func (s *Server) CloseModal(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.modals, user)
	s.touch(change{User: user})
}

// Submit fills the open form and sends it. Fields that are not in fill keep what stands
// in them. It returns when the application has answered, or with the Notice that the
// person sees; then the form stays open.
func (s *Server) Submit(user string, fill Fill) error { return s.SubmitFiles(user, fill, nil) }

// SubmitFiles is Submit with files for the form's file uploads, by custom id.
func (s *Server) SubmitFiles(user string, fill Fill, files map[string][]File) error {
	s.mu.Lock()
	m := s.modals[user]
	if m == nil {
		s.mu.Unlock()
		return Notice("There is no form open.")
	}
	i := s.newInteraction(interactModal, user, m.from.ch)
	i.opener, i.message = m.from, m.from.message
	data, err := s.submission(i, m, fill, files)
	if err != nil { // the form says so for as long as it stands: the page draws it again when anything happens
		m.trouble = err.Error()
		s.touch(change{User: user})
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	ok := s.send(i, data)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok {
		m.trouble = string(submitFailed)
		s.touch(change{User: user})
		return submitFailed
	}
	if s.modals[user] == m {
		delete(s.modals, user)
	}
	s.touch(change{User: user})
	return nil
}

// submission is the data of a modal submit. Callers hold mu.
func (s *Server) submission(i *interaction, m *modal, fill Fill, files map[string][]File) (object, error) {
	known := map[string]bool{}
	resolved, rows := object{}, list{}
	for _, c := range asObjects(m.components) {
		if kind(c) == kindText {
			rows = append(rows, object{"type": kindText, "id": c["id"]})
			continue
		}
		for _, in := range children(c) {
			id := str(in, "custom_id")
			known[id] = true
			values, given := fill[id]
			if !given {
				values = preset(in)
			}
			if kind(in) == kindUpload {
				values = s.uploaded(i, files[id], resolved)
			} else if err := s.acceptable(in, values); err != nil {
				return nil, err
			}
			if kind(in) == kindUpload && len(values) == 0 && required(in) {
				return nil, Notice("This field is required.")
			}
			s.merge(resolved, s.resolve(kind(in), values))
			rows = append(rows, wrapped(c, submitted(in, values)))
		}
	}
	for id := range fill {
		if !known[id] {
			return nil, Notice("There is no field " + id + ".")
		}
	}
	data := object{"custom_id": m.id, "components": rows}
	if len(resolved) > 0 {
		data["resolved"] = resolved
	}
	return data, nil
}

// wrapped puts a submitted input back into its label or row.
func wrapped(c, value object) object {
	if kind(c) == kindRow {
		return object{"type": kindRow, "id": c["id"], "components": list{value}}
	}
	return object{"type": kindLabel, "id": c["id"], "component": value}
}

// submitted is one input with its value, in the shape of Discord's component reference.
func submitted(in object, values []string) object {
	o := object{"type": kind(in), "id": in["id"], "custom_id": str(in, "custom_id")}
	switch kind(in) {
	case kindTextInput:
		o["value"] = ""
		if len(values) > 0 {
			o["value"] = values[0]
		}
	case kindCheckbox:
		o["value"] = len(values) > 0 && values[0] == "true"
	case kindRadio:
		o["value"] = nil
		if len(values) > 0 {
			o["value"] = values[0]
		}
	default:
		o["values"] = stringList(values)
	}
	return o
}

func (s *Server) merge(into, from object) {
	for key, v := range from {
		if sub(into, key) == nil {
			into[key] = object{}
		}
		for id, o := range v.(object) {
			sub(into, key)[id] = o
		}
	}
}

// uploaded stores files of a form and lists their ids. Callers hold mu.
func (s *Server) uploaded(i *interaction, files []File, resolved object) []string {
	var ids []string
	for _, f := range files {
		a := s.stored(upload{fileName(f.Name), http.DetectContentType(f.Data), f.Data}, "")
		holder := &Message{ID: a.ID, Channel: i.ch.ID, Author: i.user, For: "-", Attachments: []Attachment{a}}
		i.ch.messages = append(i.ch.messages, holder) // so that the address works; nobody sees it
		s.merge(resolved, object{"attachments": object{a.ID: a.object(s.root(), i.ch.ID)}})
		ids = append(ids, a.ID)
	}
	return ids
}

// acceptable checks a field as Discord's own client does before it sends. Callers hold mu.
func (s *Server) acceptable(in object, values []string) error {
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	if len(values) == 0 {
		if required(in) {
			return Notice("This field is required.")
		}
		return nil
	}
	switch kind(in) {
	case kindTextInput:
		n := len([]rune(values[0]))
		if n < intOr(in, "min_length", 0) {
			return Notice("Must be at least " + strconv.Itoa(intOr(in, "min_length", 0)) + " characters.")
		}
		if n > intOr(in, "max_length", 4000) {
			return Notice("Must be at most " + strconv.Itoa(intOr(in, "max_length", 4000)) + " characters.")
		}
		return nil
	case kindCheckbox:
		if values[0] != "true" && values[0] != "false" {
			return Notice("A checkbox is true or false.")
		}
		return nil
	case kindCheckboxes:
		counted, _ := clone(in).(object)
		counted["max_values"] = intOr(in, "max_values", len(items(in, "options")))
		return s.picked(counted, values)
	}
	return s.picked(in, values)
}
