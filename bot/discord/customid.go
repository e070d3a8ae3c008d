package discord

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"liaison/bot"
)

// What a custom id is for is its first letters. Discord gives it a hundred characters, so what is longer (a question to ask
// first, a value of many words) is kept in the records under a key that is made of its content.
const (
	pressPrefix  = "p|" // p|number|command|value
	askPrefix    = "q|" // q|number|key|command|value: ask the kept question first
	longPrefix   = "k|" // k|number|key: all of it is kept
	selectPrefix = "s|" // s|number|command; the value is what was chosen
	formPrefix   = "f|" // f|key|step: a form's modal, or the button that opens it
	findPrefix   = "l|" // l|key|field: one of what a form's search found
	dropPrefix   = "x|" // put the question away
)

// pressed is what a button carries.
type pressed struct {
	Command string       `json:"c"`
	Value   string       `json:"v,omitempty"`
	Confirm *bot.Confirm `json:"q,omitempty"`
}

// contentKey names data by its content: the same data has the same key, wherever and how often it is rendered.
func contentKey(data string) string {
	sum := sha256.Sum256([]byte(data))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// pressID carries a command through a press. The number makes it unique within the message.
func pressID(b bot.Button, n *int, kept map[string]string) (string, error) {
	number := strconv.Itoa(*n)
	*n++
	if b.Command == "" || strings.Contains(b.Command, "|") {
		return "", fmt.Errorf("“%s” cannot be the command of something to press", b.Command)
	}
	id := pressPrefix + number + "|" + b.Command + "|" + b.Value
	if b.Confirm == nil && bot.Size(id) <= maxCustomID {
		return id, nil
	}
	data, err := json.Marshal(pressed{b.Command, b.Value, b.Confirm})
	if err != nil {
		return "", fmt.Errorf("keeping the button “%s”: %w", b.Label, err)
	}
	key := contentKey(string(data))
	kept[key] = string(data)
	if id = askPrefix + number + "|" + key + "|" + b.Command + "|" + b.Value; b.Confirm != nil && bot.Size(id) <= maxCustomID {
		return id, nil
	}
	return longPrefix + number + "|" + key, nil
}
