package bot

import (
	"regexp"
	"strings"
)

// Argument is what is typed in one place behind a command. Platforms that ask for each by itself (Discord's options) offer
// them, and TypedLine puts what they got together as if it had been typed, so that a command has one implementation.
type Argument struct {
	Name     string // short and lower case; for a Named one the word before the =
	Summary  string // one line, at most 100 characters
	Kind     ArgumentKind
	Person   bool // its value is a mention of a person
	Optional bool
	Options  []Option // the only values, at most 25
	Suggests bool     // the command's Suggest offers values while people type
}

// ArgumentKind is how an argument stands in the line.
type ArgumentKind string

// The kinds of argument.
const (
	Word   ArgumentKind = ""       // one word, in quotation marks where it has blanks
	Named  ArgumentKind = "named"  // name=value, anywhere in the line
	Phrase ArgumentKind = "phrase" // its name and then its value: until 2026-10-31
	Rest   ArgumentKind = "rest"   // the rest of the line as it is: a reason, a question
)

// plainWord is a word that stands in a line without quotation marks. One with an equals sign would be taken for a Named one.
var plainWord = regexp.MustCompile(`^[^\s"“”=]+$`)

// TypedLine is the text of a command as it would be typed: the arguments in their order with the values given by name.
func TypedLine(args []Argument, values map[string]string) string {
	var words []string
	for _, a := range args {
		value := strings.TrimSpace(values[a.Name])
		if value == "" {
			continue
		}
		switch a.Kind {
		case Named:
			words = append(words, a.Name+"="+quoted(value))
		case Phrase:
			words = append(words, a.Name, quoted(value))
		case Rest:
			words = append(words, value)
		default:
			words = append(words, quoted(value))
		}
	}
	return strings.Join(words, " ")
}

// quoted puts a value into quotation marks where it needs them; those inside become single ones, since a line knows no
// other way to write them.
func quoted(value string) string {
	if plainWord.MatchString(value) {
		return value
	}
	return `"` + strings.NewReplacer(`"`, "'", "“", "‘", "”", "’").Replace(value) + `"`
}
