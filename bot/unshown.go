package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Unshown is what a person is told where an answer cannot be shown, or a form not be read: our own mistake. The reference is made
// of the interaction's key, and is written to the log with the cause.
func Unshown(key string) (ref string, m Message) {
	ref = Reference(key)
	return ref, Sentence("The answer could not be shown. Please tell whoever runs the desk; the log says why (reference %s).", ref)
}

// Reference joins what a person is told of an interaction with the log's line about it.
func Reference(key string) string {
	sum := sha256.Sum256([]byte(key))
	return strings.ToUpper(hex.EncodeToString(sum[:3]))
}

// Written is what stands in fields, to be read and copied: where a form cannot be shown again, nothing that somebody wrote is lost.
// Picked people are left out, because only the platform knows their names.
func Written(fields []Field) (parts []Part) {
	for _, f := range fields {
		if f.Value == "" || f.Kind == PersonPick {
			continue
		}
		parts = append(parts, Para(B("%s", OneLine(f.Label)), T(": %s", labels(f.Options, f.Value))))
	}
	if len(parts) > 0 {
		parts = append([]Part{Small(T("What you entered, to copy:"))}, parts...)
	}
	return parts
}

// Readable is a form as a message, with what it is filled in with: for where it cannot be filled in.
func (f Form) Readable() Message {
	return Message{Summary: f.Title, Parts: slices.Concat([]Part{Heading("%s", f.Title)}, f.Intro, Written(f.Fields))}
}
