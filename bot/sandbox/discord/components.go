package discord

import (
	"fmt"
	"slices"
	"strconv"
)

// The component types. Source: Discord's component reference.
const (
	kindRow           = 1
	kindButton        = 2
	kindSelect        = 3
	kindTextInput     = 4
	kindUserSelect    = 5
	kindRoleSelect    = 6
	kindAnySelect     = 7
	kindChannelSelect = 8
	kindSection       = 9
	kindText          = 10
	kindThumbnail     = 11
	kindGallery       = 12
	kindFile          = 13
	kindSeparator     = 14
	kindContainer     = 17
	kindLabel         = 18
	kindUpload        = 19
	kindRadio         = 21
	kindCheckboxes    = 22
	kindCheckbox      = 23

	styleLink    = 5
	stylePremium = 6
)

func selectKinds() []int {
	return []int{kindSelect, kindUserSelect, kindRoleSelect, kindAnySelect, kindChannelSelect}
}

// children are the components inside a component.
func children(c object) []object {
	out := asObjects(items(c, "components"))
	for _, key := range []string{"accessory", "component"} {
		if o := sub(c, key); o != nil {
			out = append(out, o)
		}
	}
	return out
}

// walk visits components in the order in which they are drawn.
func walk(l list, visit func(object)) {
	for _, c := range asObjects(l) {
		visit(c)
		for _, in := range children(c) {
			walk(list{in}, visit)
		}
	}
}

// sheet checks the components of one message or modal.
type sheet struct {
	*form
	ids    map[string]bool // custom ids
	nums   map[int]bool    // the integer ids
	count  int             // all components, however deep
	length int             // displayable text
}

func (f *form) sheet() *sheet { return &sheet{form: f, ids: map[string]bool{}, nums: map[int]bool{}} }

// components checks the components of a message: five rows of old, or forty of any
// kind with the flag IS_COMPONENTS_V2.
func (f *form) components(body object, path string, v2 bool) {
	s, at := f.sheet(), join(path, "components")
	most, kinds := 5, []int{kindRow}
	if v2 {
		most, kinds = 40, []int{kindRow, kindSection, kindText, kindGallery, kindFile, kindSeparator, kindContainer}
	}
	for i, c := range f.entries(body, path, "components", 0, most) {
		s.one(c, join(at, i), kinds)
	}
	if s.count > 40 && v2 {
		f.fail(at, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "Total number of components in this message exceeds maximum of 40")
	}
	if s.length > 4000 {
		f.fail(at, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "The total size of displayable text in this message exceeds maximum size of 4000")
	}
}

// one checks a component that has to be of one of some kinds.
func (s *sheet) one(c object, at string, kinds []int) {
	k := kind(c)
	if !slices.Contains(kinds, k) {
		if c["type"] == nil {
			s.fail(join(at, "type"), "BASE_TYPE_REQUIRED", "This field is required")
			return
		}
		s.fail(join(at, "type"), "UNION_TYPE_CHOICES", fmt.Sprintf("Value of field \"type\" must be one of %v.", kinds))
		return
	}
	s.count++
	if id := s.whole(c, at, "id", 0, 1<<31-1, 0); id > 0 {
		if s.nums[id] {
			s.fail(join(at, "id"), "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
		}
		s.nums[id] = true
	}
	switch k {
	case kindRow:
		s.row(c, at)
	case kindButton:
		s.button(c, at)
	case kindSelect, kindUserSelect, kindRoleSelect, kindAnySelect, kindChannelSelect:
		s.menu(c, at, false)
	case kindSection:
		s.section(c, at)
	case kindText:
		s.length += len([]rune(s.text(c, at, "content", 1, 4000)))
	case kindThumbnail:
		s.text(c, at, "description", 0, 1024)
		s.media(c, at, "media", "http", "https", "attachment")
	case kindGallery:
		for i, item := range s.entries(c, at, "items", 1, 10) {
			in := join(join(at, "items"), i)
			s.text(item, in, "description", 0, 1024)
			s.media(item, in, "media", "http", "https", "attachment")
		}
	case kindFile:
		s.media(c, at, "file", "attachment")
	case kindSeparator:
		s.whole(c, at, "spacing", 1, 2, 1)
	case kindContainer:
		s.whole(c, at, "accent_color", 0, 0xFFFFFF, 0)
		for i, in := range s.entries(c, at, "components", 1, 40) {
			s.one(in, join(join(at, "components"), i), []int{kindRow, kindSection, kindText, kindGallery, kindFile, kindSeparator})
		}
	}
}

func (s *sheet) media(c object, at, key string, schemes ...string) {
	o := sub(c, key)
	if o == nil || str(o, "url") == "" {
		s.fail(join(at, key), "BASE_TYPE_REQUIRED", "This field is required")
		return
	}
	s.url(o, join(at, key), "url", schemes...)
}

func (s *sheet) row(c object, at string) {
	inner := s.entries(c, at, "components", 1, 5)
	menus := 0
	for i, in := range inner {
		s.one(in, join(join(at, "components"), i), append([]int{kindButton}, selectKinds()...))
		if slices.Contains(selectKinds(), kind(in)) {
			menus++
		}
	}
	if menus > 0 && len(inner) > 1 {
		s.fail(at, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width")
	}
}

func (s *sheet) section(c object, at string) {
	for i, in := range s.entries(c, at, "components", 1, 3) {
		s.one(in, join(join(at, "components"), i), []int{kindText})
	}
	side := sub(c, "accessory")
	if side == nil {
		s.fail(join(at, "accessory"), "BASE_TYPE_REQUIRED", "This field is required")
		return
	}
	s.one(side, join(at, "accessory"), []int{kindButton, kindThumbnail})
}

// customID checks a custom id of 1 to 100 characters that nobody else has.
func (s *sheet) customID(c object, at string) {
	id := s.text(c, at, "custom_id", 1, 100)
	if id != "" && s.ids[id] {
		s.fail(join(at, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
	}
	s.ids[id] = true
}

func (s *sheet) button(c object, at string) {
	style := s.whole(c, at, "style", 1, 6, 0)
	if c["style"] == nil {
		s.fail(join(at, "style"), "BASE_TYPE_REQUIRED", "This field is required")
		return
	}
	s.text(c, at, "label", 0, 80)
	id, link := str(c, "custom_id") != "", str(c, "url") != ""
	switch {
	case style == styleLink && !link:
		s.fail(at, "BUTTON_COMPONENT_URL_REQUIRED", "A url is required")
	case style == styleLink && id, style != styleLink && link:
		s.fail(at, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A custom id and url cannot both be specified")
	case style == styleLink:
		if n := len([]rune(str(c, "url"))); n > 512 {
			s.fail(join(at, "url"), "BASE_TYPE_MAX_LENGTH", "Must be 512 or fewer in length.")
		}
		s.url(c, at, "url", "http", "https", "discord")
	case style == stylePremium:
		s.snowflakeField(c, at, "sku_id")
	case !id:
		s.fail(at, "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", "A custom id required")
	default:
		s.customID(c, at)
	}
	if style != stylePremium && str(c, "label") == "" && sub(c, "emoji") == nil {
		s.fail(at, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or emoji is required")
	}
}

// menu checks a select menu. In a modal min_values may be 0 only if the field is not required.
func (s *sheet) menu(c object, at string, inModal bool) {
	s.customID(c, at)
	s.text(c, at, "placeholder", 0, 150)
	least, most := s.whole(c, at, "min_values", 0, 25, 1), s.whole(c, at, "max_values", 1, 25, 1)
	if least > most {
		s.fail(at, "SELECT_COMPONENT_MIN_GREATER_THAN_MAX", "Minimum values cannot be greater than maximum values")
	}
	s.minWhenRequired(c, at, least, inModal)
	if kind(c) != kindSelect {
		s.defaults(c, at, least, most)
		return
	}
	options := s.choices(c, at, 1, 25)
	if least > len(options) {
		s.fail(join(at, "min_values"), "SELECT_COMPONENT_MIN_GREATER_THAN_OPTIONS", "Minimum values cannot be greater than the number of options")
	}
	if most > len(options) && c["max_values"] != nil {
		s.fail(join(at, "max_values"), "SELECT_COMPONENT_MAX_GREATER_THAN_OPTIONS", "Maximum values cannot be greater than the number of options")
	}
	chosen := 0
	for _, o := range options {
		if flag(o, "default") {
			chosen++
		}
	}
	if chosen > most {
		s.fail(join(at, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", "Cannot have more default values than "+strconv.Itoa(most))
	}
}

func (s *sheet) minWhenRequired(c object, at string, least int, inModal bool) {
	if required, said := c["required"].(bool); inModal && least == 0 && (!said || required) {
		s.fail(join(at, "min_values"), "COMPONENT_MIN_VALUES_REQUIRED", "min_values must be at least 1 if required is true")
	}
}

// choices checks options with a label and a value of their own.
func (s *sheet) choices(c object, at string, least, most int) []object {
	options := s.entries(c, at, "options", least, most)
	seen := map[string]bool{}
	for i, o := range options {
		in := join(join(at, "options"), i)
		s.text(o, in, "label", 1, 100)
		v := s.text(o, in, "value", 1, 100)
		s.text(o, in, "description", 0, 100)
		if seen[v] {
			s.fail(join(in, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used")
		}
		seen[v] = true
	}
	return options
}

func (s *sheet) defaults(c object, at string, least, most int) {
	values := s.entries(c, at, "default_values", 0, 25)
	for i, v := range values {
		s.snowflakeField(v, join(join(at, "default_values"), i), "id")
	}
	if n := len(values); n > 0 && (n < least || n > most) {
		s.fail(join(at, "default_values"), "SELECT_COMPONENT_DEFAULT_VALUES_RANGE", "The number of default values must be in the range of min_values and max_values")
	}
}

// numbered gives every component the integer id that it lacks, without taking one that
// is in use.
func numbered(l list) {
	used := map[int]bool{}
	walk(l, func(c object) { used[intOr(c, "id", 0)] = true })
	next := 1
	walk(l, func(c object) {
		if intOr(c, "id", 0) > 0 {
			return
		}
		for used[next] {
			next++
		}
		c["id"] = next
		next++
	})
}

// settled fills in what Discord answers for fields that a request leaves out.
func settled(l list) {
	numbered(l)
	walk(l, func(c object) {
		switch k := kind(c); {
		case slices.Contains(selectKinds(), k):
			lacking(c, "min_values", 1)
			lacking(c, "max_values", 1)
		case k == kindContainer:
			lacking(c, "accent_color", nil)
			lacking(c, "spoiler", false)
		case k == kindSeparator:
			lacking(c, "spacing", 1)
			lacking(c, "divider", true)
		case k == kindThumbnail:
			lacking(c, "description", nil)
			lacking(c, "spoiler", false)
		case k == kindFile:
			lacking(c, "spoiler", false)
		case k == kindGallery:
			for _, item := range asObjects(items(c, "items")) {
				lacking(item, "description", nil)
				lacking(item, "spoiler", false)
			}
		}
	})
}

func settledEmbeds(l list) {
	for _, e := range asObjects(l) {
		e["type"] = "rich"
		for _, f := range asObjects(items(e, "fields")) {
			lacking(f, "inline", false)
		}
	}
}

func lacking(o object, key string, v any) {
	if _, there := o[key]; !there {
		o[key] = v
	}
}
