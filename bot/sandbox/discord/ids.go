package discord

import (
	"crypto/rand"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// object and list are JSON values as they stand on the wire.
type (
	object = map[string]any
	list   = []any
)

// epoch is the first second of 2015, from which snowflakes count milliseconds.
const epoch = 1420070400000

// snowflake makes an id that grows with time, also when the desk's clock is set
// back. Callers hold mu.
func (s *Server) snowflake() string {
	s.lastID = max(s.lastID+1, (s.o.Now().UnixMilli()-epoch)<<22)
	return strconv.FormatInt(s.lastID, 10)
}

var snowflakeForm = regexp.MustCompile(`^[0-9]{15,20}$`)

// older compares snowflakes by age, which is their numeric order.
func older(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

func secret() string { return rand.Text() + rand.Text() }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000-07:00") }

func decode(body []byte, v any) error {
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber() // an id or nonce written as a number must not lose digits
	return d.Decode(v)
}

func str(o object, key string) string {
	switch v := o[key].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func sub(o object, key string) object {
	v, _ := o[key].(object)
	return v
}

func items(o object, key string) list {
	v, _ := o[key].(list)
	return v
}

func flag(o object, key string) bool {
	v, _ := o[key].(bool)
	return v
}

// number reads an integer that may be written as a string, as ids and bit fields are.
func number(v any) (int64, bool) {
	switch n := v.(type) {
	case json.Number:
		i, err := n.Int64()
		return i, err == nil
	case string:
		i, err := strconv.ParseInt(n, 10, 64)
		return i, err == nil
	case int:
		return int64(n), true
	case int64:
		return n, true
	}
	return 0, false
}

func kind(o object) int {
	n, _ := number(o["type"])
	return int(n)
}

func intOr(o object, key string, def int) int {
	if n, ok := number(o[key]); ok {
		return int(n)
	}
	return def
}

// asObjects keeps the objects of a list.
func asObjects(l list) []object {
	out := make([]object, 0, len(l))
	for _, v := range l {
		if o, ok := v.(object); ok {
			out = append(out, o)
		}
	}
	return out
}

func clone(v any) any {
	switch v := v.(type) {
	case object:
		out := make(object, len(v))
		for k, e := range v {
			out[k] = clone(e)
		}
		return out
	case list:
		out := make(list, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	}
	return v
}

func orElse(s, def string) string {
	if s == "" {
		return def
	}
	return s
}
