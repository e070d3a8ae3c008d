package sandbox

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// surface is where blocks are shown; it decides which are allowed and how many.
type surface string

const (
	surfaceMessage surface = "message"
	surfaceModal   surface = "modal"
	surfaceHome    surface = "home"
)

// checker walks a JSON tree and collects what Slack would complain about.
type checker struct {
	surface  surface
	problems []string
	blockIDs map[string]bool
	tables   int
	inputs   int
}

func (c *checker) fail(at, format string, args ...any) {
	if at == "" {
		at = "/"
	}
	c.problems = append(c.problems, fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

// rule judges one JSON value at a place in the tree.
type rule func(c *checker, at string, v any)

// prop is one field of an object.
type prop struct {
	name string
	need bool
	rule rule
}

func need(name string, r rule) prop { return prop{name, true, r} }
func may(name string, r rule) prop  { return prop{name, false, r} }

// isObject judges an object field by field. A field that is not listed is an error:
// Slack refuses unknown properties.
func isObject(props ...prop) rule {
	return func(c *checker, at string, v any) {
		o, ok := v.(object)
		if !ok {
			c.fail(at, "must provide an object")
			return
		}
		c.props(at, o, props)
	}
}

func (c *checker) props(at string, o object, props []prop) {
	for _, p := range props {
		v, ok := o[p.name]
		if !ok || v == nil {
			if p.need {
				c.fail(at, "missing required field: %s", p.name)
			}
			continue
		}
		p.rule(c, at+"/"+p.name, v)
	}
	for _, k := range sortedKeys(o) {
		if !slices.ContainsFunc(props, func(p prop) bool { return p.name == k }) {
			c.fail(at, "invalid additional property: %s", k)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// isText bounds a string in characters.
func isText(least, most int) rule {
	return func(c *checker, at string, v any) {
		s, ok := v.(string)
		if !ok {
			c.fail(at, "must provide a string")
			return
		}
		c.length(at, s, least, most)
	}
}

func (c *checker) length(at, s string, least, most int) {
	n := utf8.RuneCountInString(s)
	if n < least {
		c.fail(at, "must be more than %d characters", least-1)
	}
	if most > 0 && n > most {
		c.fail(at, "must be less than %d characters", most+1)
	}
}

func isFlag(c *checker, at string, v any) {
	if _, ok := v.(bool); !ok {
		c.fail(at, "must be a boolean")
	}
}

func isNumber(c *checker, at string, v any) {
	if _, ok := asFloat(v); !ok {
		c.fail(at, "must be a number")
	}
}

func asFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		return f, err == nil && !math.IsInf(f, 0)
	case float64:
		return v, true
	case int:
		return float64(v), true
	}
	return 0, false
}

// isWhole bounds a whole number.
func isWhole(least, most int) rule {
	return func(c *checker, at string, v any) {
		f, ok := asFloat(v)
		if !ok || f != math.Trunc(f) {
			c.fail(at, "must be an integer")
			return
		}
		if f < float64(least) || f > float64(most) {
			c.fail(at, "must be between %d and %d", least, most)
		}
	}
}

func isOneOf(values ...string) rule {
	return func(c *checker, at string, v any) {
		s, ok := v.(string)
		if !ok || !slices.Contains(values, s) {
			c.fail(at, "must be a valid enum value: %s", strings.Join(values, ", "))
		}
	}
}

func isAnything(*checker, string, any) {}

// isList bounds a list and judges its items.
func isList(least, most int, item rule) rule {
	return func(c *checker, at string, v any) {
		l, ok := v.(list)
		if !ok {
			c.fail(at, "must provide an array")
			return
		}
		if len(l) < least {
			c.fail(at, "no fewer than %d items allowed", least)
		}
		if most > 0 && len(l) > most {
			c.fail(at, "no more than %d items allowed", most)
			return
		}
		for i, e := range l {
			item(c, fmt.Sprintf("%s/%d", at, i), e)
		}
	}
}

// isURL accepts absolute links with the schemes that Slack follows.
func isURL(most int) rule {
	return func(c *checker, at string, v any) {
		isText(1, most)(c, at, v)
		s, ok := v.(string)
		if !ok || s == "" {
			return
		}
		u, err := url.Parse(s)
		if err != nil || !slices.Contains([]string{"http", "https", "mailto", "tel", "slack"}, u.Scheme) {
			c.fail(at, "must be a valid URL")
		}
	}
}

// Text objects.

func isPlain(least, most int) rule {
	return isObject(
		need("type", isOneOf("plain_text")),
		need("text", isText(least, most)),
		may("emoji", isFlag),
	)
}

func isMrkdwn(least, most int) rule {
	return isObject(
		need("type", isOneOf("mrkdwn")),
		need("text", isText(least, most)),
		may("verbatim", isFlag),
	)
}

func isAnyText(least, most int) rule {
	return func(c *checker, at string, v any) {
		o, ok := v.(object)
		switch {
		case !ok:
			c.fail(at, "must provide an object")
		case str(o, "type") == "mrkdwn":
			isMrkdwn(least, most)(c, at, v)
		case str(o, "type") == "plain_text":
			isPlain(least, most)(c, at, v)
		default:
			c.fail(at+"/type", "must be a valid enum value: plain_text, mrkdwn")
		}
	}
}

func isConfirm(c *checker, at string, v any) {
	isObject(
		may("title", isPlain(1, 100)),
		need("text", isAnyText(1, 300)),
		may("confirm", isPlain(1, 30)),
		may("deny", isPlain(1, 30)),
		may("style", isOneOf("primary", "danger")),
	)(c, at, v)
}

// isOption judges an option. Only radio buttons and checkboxes take mrkdwn; only
// overflow menus take a url.
func isOption(mrkdwn, url bool) rule {
	text := isPlain(1, 75)
	if mrkdwn {
		text = isAnyText(1, 75)
	}
	props := []prop{need("text", text), need("value", isText(1, 75)), may("description", isAnyText(1, 75))}
	if !mrkdwn {
		props[2] = may("description", isPlain(1, 75))
	}
	if url {
		props = append(props, may("url", isURL(3000)))
	}
	return isObject(props...)
}

func isOptionGroup(c *checker, at string, v any) {
	isObject(
		need("label", isPlain(1, 75)),
		need("options", isList(1, 100, isOption(false, false))),
	)(c, at, v)
}

// checkBlocks judges the blocks of a message and returns the complaints.
func checkBlocks(s surface, blocks list) []string {
	c := &checker{surface: s, blockIDs: map[string]bool{}}
	c.blocks("/blocks", blocks)
	return c.problems
}

func (c *checker) blocks(at string, v any) {
	most := 100
	if c.surface == surfaceMessage {
		most = 50
	}
	isList(0, most, func(c *checker, at string, v any) { c.block(at, v, nil) })(c, at, v)
}

// checkView judges a modal or home view.
func checkView(v object) []string {
	c := &checker{blockIDs: map[string]bool{}}
	common := []prop{
		need("type", isOneOf("modal", "home")),
		need("blocks", func(c *checker, at string, v any) { c.blocks(at, v) }),
		may("private_metadata", isText(0, 3000)),
		may("callback_id", isText(0, 255)),
		may("external_id", isText(0, 255)),
	}
	switch str(v, "type") {
	case "home":
		c.surface = surfaceHome
		c.props("/view", v, common)
	case "modal":
		c.surface = surfaceModal
		c.props("/view", v, append(common,
			need("title", isPlain(1, 24)),
			may("submit", isPlain(1, 24)),
			may("close", isPlain(1, 24)),
			may("clear_on_close", isFlag),
			may("notify_on_close", isFlag),
		))
		if c.inputs > 0 && v["submit"] == nil {
			c.fail("/view/submit", "missing required field: submit is required when a view has input blocks")
		}
	default:
		c.fail("/view/type", "must be a valid enum value: modal, home")
	}
	return c.problems
}
