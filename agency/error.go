package agency

import (
	"errors"
	"fmt"
)

// Code says what kind of refusal an error is.
type Code string

// The codes. Whatever is not an Error is Internal.
const (
	CodeInvalid     Code = "invalid"     // what was asked cannot be understood or is against a rule of form
	CodeNotFound    Code = "not_found"   // there is no such thing, or not for you
	CodeConflict    Code = "conflict"    // it is already so, or something else stands in the way
	CodeForbidden   Code = "forbidden"   // you may not
	CodeStale       Code = "stale"       // the object has moved on since the card was drawn
	CodeUnavailable Code = "unavailable" // a thing that we need does not answer; try again
	CodeUncertain   Code = "uncertain"   // nobody can know at the moment whether it was recorded
	CodeInternal    Code = "internal"    // our fault
)

// Error is a refusal for people: Message is a whole sentence that says what happened and what to do.
type Error struct {
	Code    Code
	Message string
	Fields  map[string]string // form field → sentence, where the fault is in a field
	Err     error             // the cause, for the log, never shown
}

func (e *Error) Error() string {
	if e.Err != nil {
		return string(e.Code) + ": " + e.Message + ": " + e.Err.Error()
	}
	return string(e.Code) + ": " + e.Message
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf is the error's code; anything that is not an Error is internal.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Ours reports that a refusal is no rule's: the fault is the desk's or of what it needs, and the log has the cause.
func (c Code) Ours() bool { return c == CodeUnavailable || c == CodeUncertain || c == CodeInternal }

// Invalid refuses what was asked.
func Invalid(format string, args ...any) error { return refuse(CodeInvalid, format, args) }

// NotFound says that there is no such thing.
func NotFound(format string, args ...any) error { return refuse(CodeNotFound, format, args) }

// Conflict says that something stands in the way.
func Conflict(format string, args ...any) error { return refuse(CodeConflict, format, args) }

// Forbidden says that the person may not.
func Forbidden(format string, args ...any) error { return refuse(CodeForbidden, format, args) }

// Stale says that the object has moved on since it was shown.
func Stale(format string, args ...any) error { return refuse(CodeStale, format, args) }

// Field refuses one field of a form.
func Field(name, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	return &Error{Code: CodeInvalid, Message: message, Fields: map[string]string{name: message}}
}

func refuse(code Code, format string, args []any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Final says that this process writes nothing any more: the cause has a method Final that says true, as of a disk that failed.
func Final(err error) bool {
	var cause interface{ Final() bool }
	return errors.As(err, &cause) && cause.Final()
}
