package discord

import "slices"

// modal is a form that is open in front of a person.
type modal struct {
	id, title  string // the custom id
	components list
	from       *interaction
	trouble    string // what Discord shows when the submission failed
}

// modal checks the data of a modal: at most five components, as the documentation
// says (the OpenAPI description would take forty).
func (f *form) modal(data object) {
	s, at := f.sheet(), "data.components"
	f.text(data, "data", "custom_id", 1, 100)
	f.text(data, "data", "title", 1, 45)
	for i, c := range f.entries(data, "data", "components", 1, 5) {
		in := join(at, i)
		switch kind(c) {
		case kindLabel:
			s.label(c, in)
		case kindRow:
			s.oldRow(c, in)
		default:
			s.one(c, in, []int{kindText, kindLabel, kindRow})
		}
	}
}

func (s *sheet) label(c object, at string) {
	s.text(c, at, "label", 1, 45)
	s.text(c, at, "description", 0, 100)
	in, at := sub(c, "component"), join(at, "component")
	if in == nil {
		s.fail(at, "BASE_TYPE_REQUIRED", "This field is required")
		return
	}
	switch k := kind(in); {
	case k == kindTextInput:
		s.input(in, at)
	case slices.Contains(selectKinds(), k):
		s.menu(in, at, true)
	case k == kindUpload:
		s.customID(in, at)
		least := s.whole(in, at, "min_values", 0, 10, 1)
		s.whole(in, at, "max_values", 1, 10, 1)
		s.minWhenRequired(in, at, least, true)
	case k == kindRadio:
		s.customID(in, at)
		s.choices(in, at, 2, 10)
	case k == kindCheckboxes:
		s.customID(in, at)
		least := s.whole(in, at, "min_values", 0, 10, 1)
		s.whole(in, at, "max_values", 1, 10, 10)
		s.minWhenRequired(in, at, least, true)
		s.choices(in, at, 1, 10)
	case k == kindCheckbox:
		s.customID(in, at)
	default:
		s.one(in, at, []int{kindTextInput}) // says which types there are
	}
}

// oldRow is an action row with one text input, which carries its own label.
func (s *sheet) oldRow(c object, at string) {
	inner := s.entries(c, at, "components", 1, 1)
	for _, in := range inner {
		at := join(join(at, "components"), 0)
		if kind(in) != kindTextInput {
			s.one(in, at, []int{kindTextInput})
			continue
		}
		s.text(in, at, "label", 1, 45)
		s.input(in, at)
	}
}

func (s *sheet) input(c object, at string) {
	s.customID(c, at)
	if s.whole(c, at, "style", 1, 2, 0) == 0 && c["style"] == nil {
		s.fail(join(at, "style"), "BASE_TYPE_REQUIRED", "This field is required")
	}
	least, most := s.whole(c, at, "min_length", 0, 4000, 0), s.whole(c, at, "max_length", 1, 4000, 4000)
	if least > most {
		s.fail(at, "TEXT_INPUT_MIN_GREATER_THAN_MAX", "Minimum length cannot be greater than maximum length")
	}
	s.text(c, at, "value", 0, most)
	s.text(c, at, "placeholder", 0, 100)
}

// openModal shows a modal to the person who acted. Callers hold mu.
func (s *Server) openModal(i *interaction, data object) {
	l, _ := clone(items(data, "components")).(list)
	numbered(l)
	s.modals[i.user] = &modal{id: str(data, "custom_id"), title: str(data, "title"), components: l, from: i}
	s.touch(change{User: i.user})
}

// field is one input of an open modal with the words around it.
type field struct {
	label, description string
	input              object
}

// fields are the inputs of a modal in order.
func (m *modal) fields() []field {
	var out []field
	for _, c := range asObjects(m.components) {
		switch kind(c) {
		case kindLabel:
			out = append(out, field{str(c, "label"), str(c, "description"), sub(c, "component")})
		case kindRow:
			for _, in := range children(c) {
				out = append(out, field{str(in, "label"), "", in})
			}
		}
	}
	return out
}
