package discord

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// failure is an error as the REST API answers it.
type failure struct {
	status  int
	code    int
	message string
	errors  object // nested by field, for an invalid form body
}

func (f failure) Error() string { return fmt.Sprintf("%d %s (%d)", f.status, f.message, f.code) }

// Is lets errors.Is compare by code, since a failure is no comparable value.
func (f failure) Is(target error) bool {
	t, ok := target.(failure)
	return ok && t.status == f.status && t.code == f.code
}

// refuse returns the documented error with a code.
func refuse(code int) error { return refusal(code) }

func refusal(code int) failure {
	e, known := jsonErrors()[code]
	if !known {
		return failure{status: http.StatusInternalServerError, message: "500: Internal Server Error"}
	}
	return failure{status: e.status, code: code, message: e.message}
}

// httpError is an error without a code of its own, like an unknown route.
func httpError(status int) error {
	return failure{status: status, message: fmt.Sprintf("%d: %s", status, http.StatusText(status))}
}

type jsonError struct {
	status  int
	message string
}

// jsonErrors are the JSON error codes that this server answers, from Discord's page
// on opcodes and status codes.
func jsonErrors() map[int]jsonError {
	return map[int]jsonError{
		10002:  {404, "Unknown Application"},
		10003:  {404, "Unknown Channel"},
		10004:  {404, "Unknown Guild"},
		10007:  {404, "Unknown Member"},
		10008:  {404, "Unknown Message"},
		10009:  {404, "Unknown permission overwrite"},
		10011:  {404, "Unknown Role"},
		10013:  {404, "Unknown User"},
		10015:  {404, "Unknown Webhook"},
		10062:  {404, "Unknown interaction"},
		10063:  {404, "Unknown application command"},
		30015:  {400, "Maximum number of attachments in a message reached (10)"},
		30032:  {400, "Maximum number of application commands reached"},
		30034:  {400, "Max number of daily application command creates has been reached (200)"},
		40005:  {413, "Request entity too large"},
		40060:  {400, "Interaction has already been acknowledged."},
		50001:  {403, "Missing Access"},
		50005:  {403, "Cannot edit a message authored by another user"},
		50006:  {400, "Cannot send an empty message"},
		50007:  {403, "Cannot send messages to this user"},
		50008:  {400, "Cannot send messages in a non-text channel"},
		50013:  {403, "Missing Permissions"},
		50024:  {400, "Cannot execute action on this channel type"},
		50027:  {401, "Invalid Webhook Token"},
		50033:  {400, "Invalid Recipient(s)"},
		50035:  {400, "Invalid Form Body"},
		50109:  {400, "The request body contains invalid JSON."},
		50146:  {400, "Uploaded file not found."},
		50278:  {403, "Cannot send messages to this user due to having no mutual guilds"},
		160004: {400, "A thread has already been created for this message"},
	}
}

// form collects what is wrong with a request body, field by field.
type form struct{ errors object }

func (f *form) fail(path, code, message string) {
	if f.errors == nil {
		f.errors = object{}
	}
	at := f.errors
	if path != "" {
		for _, step := range strings.Split(path, ".") {
			next := sub(at, step)
			if next == nil {
				next = object{}
				at[step] = next
			}
			at = next
		}
	}
	at["_errors"] = append(items(at, "_errors"), object{"code": code, "message": message})
}

// err is the answer 50035 with everything that was found, or nil.
func (f *form) err() error {
	if f.errors == nil {
		return nil
	}
	e := refusal(50035)
	e.errors = f.errors
	return e
}

func join(path string, step any) string {
	if path == "" {
		return fmt.Sprint(step)
	}
	return path + "." + fmt.Sprint(step)
}

// text checks a string field; least 0 makes it optional.
func (f *form) text(o object, path, key string, least, most int) string {
	at := join(path, key)
	switch v := o[key].(type) {
	case nil:
		if least > 0 {
			f.fail(at, "BASE_TYPE_REQUIRED", "This field is required")
		}
		return ""
	case string, json.Number:
		n := len([]rune(str(o, key)))
		switch {
		case least > 0 && (n < least || n > most):
			f.fail(at, "BASE_TYPE_BAD_LENGTH", fmt.Sprintf("Must be between %d and %d in length.", least, most))
		case n > most:
			f.fail(at, "BASE_TYPE_MAX_LENGTH", fmt.Sprintf("Must be %d or fewer in length.", most))
		}
	default:
		f.fail(at, "STRING_TYPE_CONVERT", fmt.Sprintf("Could not interpret %q as string.", fmt.Sprint(v)))
	}
	return str(o, key)
}

// whole checks an integer field within bounds and returns it, or def.
func (f *form) whole(o object, path, key string, least, most, def int) int {
	v := o[key]
	if v == nil {
		return def
	}
	n, ok := number(v)
	at := join(path, key)
	switch {
	case !ok:
		f.fail(at, "NUMBER_TYPE_COERCE", fmt.Sprintf("Value %q is not int.", fmt.Sprint(v)))
	case int(n) < least:
		f.fail(at, "NUMBER_TYPE_MIN", "int value should be greater than or equal to "+strconv.Itoa(least)+".")
	case int(n) > most:
		f.fail(at, "NUMBER_TYPE_MAX", "int value should be less than or equal to "+strconv.Itoa(most)+".")
	default:
		return int(n)
	}
	return def
}

// entries checks a list of objects and returns them; a least above 0 makes it required.
func (f *form) entries(o object, path, key string, least, most int) []object {
	at := join(path, key)
	v := o[key]
	if v == nil {
		if least > 0 {
			f.fail(at, "BASE_TYPE_REQUIRED", "This field is required")
		}
		return nil
	}
	l, ok := v.(list)
	switch {
	case !ok:
		f.fail(at, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
		return nil
	case len(l) > most && least > 0, len(l) < least:
		f.fail(at, "BASE_TYPE_BAD_LENGTH", fmt.Sprintf("Must be between %d and %d in length.", least, most))
	case len(l) > most:
		f.fail(at, "BASE_TYPE_MAX_LENGTH", fmt.Sprintf("Must be %d or fewer in length.", most))
	}
	for i, e := range l {
		if _, ok := e.(object); !ok {
			f.fail(join(at, i), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
			l[i] = object{}
		}
	}
	return asObjects(l)
}

// snowflakeField checks an id.
func (f *form) snowflakeField(o object, path, key string) string {
	v := str(o, key)
	if v == "" {
		f.fail(join(path, key), "BASE_TYPE_REQUIRED", "This field is required")
	} else if _, err := strconv.ParseUint(v, 10, 63); err != nil {
		f.fail(join(path, key), "NUMBER_TYPE_COERCE", fmt.Sprintf("Value %q is not snowflake.", v))
	}
	return v
}

// bodyOf is the JSON of an error.
func bodyOf(err error) (int, object) {
	var f failure
	if !errors.As(err, &f) {
		f = failure{status: http.StatusInternalServerError, message: "500: Internal Server Error"}
	}
	o := object{"message": f.message, "code": f.code}
	if f.errors != nil {
		o["errors"] = f.errors
	}
	return f.status, o
}
