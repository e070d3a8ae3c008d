package bot

import (
	"regexp"
	"strings"
	"unicode"

	"liaison/agency"
)

// Words splits a typed line at spaces; "double quotes" (straight or curly) keep words together.
func Words(line string) []string {
	var words []string
	var b strings.Builder
	quoted, open := false, false
	for _, r := range line {
		switch {
		case r == '"' || r == '“' || r == '”':
			quoted, open = !quoted, true
		case (r == ' ' || r == '\t' || r == '\n') && !quoted:
			if b.Len() > 0 || open {
				words = append(words, b.String())
			}
			b.Reset()
			open = false
		default:
			b.WriteRune(r)
		}
	}
	if b.Len() > 0 || open {
		words = append(words, b.String())
	}
	return words
}

// Args is what was typed behind a command: words, and name=value pairs.
type Args struct {
	Words []string
	Named map[string]string
}

// Args splits the turn's text: `S-12 stage=setup "some words"`.
func (t *Turn) Args() Args {
	a := Args{Named: map[string]string{}}
	for _, w := range Words(t.Text) {
		name, value, ok := strings.Cut(w, "=")
		if ok && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == "" {
			a.Named[name] = value
			continue
		}
		a.Words = append(a.Words, w)
	}
	return a
}

// Word is the i-th word, or empty.
func (a Args) Word(i int) string {
	if i < len(a.Words) {
		return a.Words[i]
	}
	return ""
}

// Rest is the words from the i-th on, joined: a reason typed behind a reference. Mentions in it become names, because
// what is written down must not mention anybody later.
func (a Args) Rest(i int) string {
	if i >= len(a.Words) {
		return ""
	}
	return mentionToken.ReplaceAllString(strings.Join(a.Words[i:], " "), "@$1")
}

// Behind is what was typed behind the first n words, word for word: what is told to people loses neither quotes nor "a=b"
// nor its lines. Mentions are names.
func (t *Turn) Behind(n int) string {
	text := strings.TrimSpace(t.Text)
	for range n {
		quoted := false
		end := strings.IndexFunc(text, func(r rune) bool {
			if r == '"' || r == '“' || r == '”' {
				quoted = !quoted
			}
			return !quoted && unicode.IsSpace(r)
		})
		if end < 0 {
			return ""
		}
		text = strings.TrimSpace(text[end:])
	}
	return mentionToken.ReplaceAllString(text, "@$1")
}

// mentionToken is `<@id|name>` or `<@id>`, as platforms hand mentions over.
var mentionToken = regexp.MustCompile(`<@!?(?:[^|>]*\|)?([^|>]*)>`)

// Person reads a mention (`<@U012|fay>`, or `@fay` where the platform has names for ids) and gives who it is in the
// workspace of the request.
func (t *Turn) Person(word string) (who agency.Identity, name string, err error) {
	id, ok := strings.CutPrefix(word, "<@")
	if !ok || !strings.HasSuffix(id, ">") {
		return who, "", agency.Invalid("“%s” is not a person. Write @ and pick them from the list.", word)
	}
	id, name, _ = strings.Cut(strings.TrimSuffix(strings.TrimPrefix(id, "!"), ">"), "|")
	if id == "" {
		return who, "", agency.Invalid("“%s” is not a person. Write @ and pick them from the list.", word)
	}
	return agency.Identity{Platform: t.From.Platform, Workspace: t.From.Workspace, User: id}, name, nil
}
