package main

import (
	"regexp"
	"slices"

	"liaison/agency"
	"liaison/bot"
)

// twice is why a button may go without a version although its command changes something: what is pressed may be meant twice,
// or a second press finds nothing to do. It names the command, and where such a button stands if others of it carry one.
var twice = map[string]string{
	"case answer":                  "opens a form, and changes nothing by itself",
	"case reply":                   "opens a form, and changes nothing by itself",
	"creator reply":                "opens a form, and changes nothing by itself",
	"offer ask":                    "opens a form, and changes nothing by itself",
	"link-confirm":                 "carries a code that works once, and whose text is not kept",
	"ask without a value":          "opens a form, and changes nothing by itself",
	"status retry without a value": "is of all that is parked whenever it is pressed; what is not parked stays as it is",
	"status retry on a note":       "stands until the message is out: no second note comes on the same day, so it is pressed again",
}

// version is the end of a value that says from what its button was drawn; see bot.Seen.
var version = regexp.MustCompile(` @\S+$`)

// versioned holds a button, or an option of a select, against what ADR 7 says of those that change something.
func (in *inspector) versioned(where, label, command, value string) {
	i := slices.IndexFunc(in.desk.router.Commands, func(c bot.Command) bool { return c.Name == command })
	if i < 0 || in.desk.router.Commands[i].Reads || version.MatchString(value) {
		return
	}
	at := command
	switch {
	case where == "posted "+agency.ParkedNote:
		at += " on a note"
	case value == "":
		at += " without a value"
	}
	in.excused[at] = true
	if twice[at] == "" {
		in.t.Errorf("%s: “%s” (%s %s) changes something and carries no version", where, label, command, value)
	}
}
