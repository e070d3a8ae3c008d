package agency

import "context"

// Press is one interaction (a command, a button press, a submitted form) that the desk has carried out, and its answer.
// The platform's key makes it unique: a repeated delivery finds the first one's answer.
type Press struct {
	Key     string // platform and its interaction id
	Deed    string // the second key: person, action, object and its version; empty where there is no version
	Who     Identity
	Command string
	At      Instant
	Answer  string // JSON of the reply
}

// pressTx is what taking an interaction needs of the store.
type pressTx interface {
	// Press finds an interaction by its key or, unless the deed is empty, by what was done: the same event has been seen under
	// several ids.
	Press(key, deed string) (p Press, ok bool, err error)
	// ClaimPress records an interaction, unless its key or what was done is known: then it says false and changes nothing.
	ClaimPress(Press) (bool, error)
	// AnswerPress gives a claimed interaction another deed and answer.
	AnswerPress(key, deed, answer string) error
	// PressesBefore finds the keys of so many interactions at most from before an instant. It reads all there are.
	PressesBefore(at Instant, limit int) (keys []string, err error)
	// DeletePresses forgets interactions, so that the table stays small.
	DeletePresses(keys []string) error
}

// AnsweredPress gives the answer of an interaction that was carried out before, by its key or else by its deed.
func (d *Desk) AnsweredPress(key, deed string) (answer string, ok bool, err error) {
	p, ok, err := d.tx.Press(key, deed)
	return p.Answer, ok, err
}

// ClaimPress records this unit of work's interaction with the answer that it will mostly have, in the transaction that carries
// it out, before anything else is done. When it was carried out before, it is not first, and was is how: under another key, if by
// its deed.
func (d *Desk) ClaimPress(key, deed, command, answer string) (first bool, was Press, err error) {
	was = Press{Key: key, Deed: deed, Who: d.Actor.Identity, Command: command, At: d.Time, Answer: answer}
	if first, err = d.tx.ClaimPress(was); first || err != nil {
		return first, was, err
	}
	was, known, err := d.tx.Press(key, deed)
	if err == nil && !known { // claimed by a transaction that this one cannot see yet
		err = Conflict("This was pressed twice at the same moment. Try again.")
	}
	return false, was, err
}

// AnswerPress gives the claimed interaction another answer. An empty deed lets the person do it again.
func (d *Desk) AnswerPress(key, deed, answer string) error {
	return d.tx.AnswerPress(key, deed, answer)
}

// pressesForgotten is how many interactions are forgotten at a time: whoever presses meanwhile waits for no more.
const pressesForgotten = 500

// ForgetPresses drops interactions from before an instant. Platforms repeat within hours; a week is plenty. They are looked
// for beside those who write.
func (a *Agency) ForgetPresses(ctx context.Context, before Instant) error {
	for {
		var keys []string
		err := a.Look(ctx, System, func(d *Desk) (err error) {
			keys, err = d.tx.PressesBefore(before, pressesForgotten)
			return err
		})
		if err != nil || len(keys) == 0 {
			return err
		}
		if err := a.Do(ctx, System, func(d *Desk) error { return d.tx.DeletePresses(keys) }); err != nil {
			return err
		}
	}
}
