package sandbox

import (
	"fmt"
	"regexp"
	"time"
)

// trigger is a permission to open a modal: short-lived and for one use.
type trigger struct {
	user string
	born time.Time
	used bool
}

var triggerForm = regexp.MustCompile(`^\d+\.\d+\.[0-9a-f]+$`)

// newTrigger makes a trigger_id for an action of a person. Callers hold mu.
func (w *Workspace) newTrigger(user string) string {
	now := w.o.Real()
	for id, t := range w.triggers {
		if now.Sub(t.born) > 10*w.o.Windows.Trigger {
			delete(w.triggers, id)
		}
	}
	w.seq++
	id := fmt.Sprintf("%d.%d.%s", 1_000_000+w.seq, now.Unix(), secret())
	w.triggers[id] = &trigger{user: user, born: now}
	return id
}

// exchange uses a trigger up. Callers hold mu.
func (w *Workspace) exchange(id string) (*trigger, error) {
	t := w.triggers[id]
	switch {
	case !triggerForm.MatchString(id):
		return nil, refuse("invalid_trigger_id")
	case t == nil: // forgotten, because it is long over
		return nil, refuse("expired_trigger_id")
	case t.used:
		return nil, refuse("exchanged_trigger_id")
	case w.o.Real().Sub(t.born) > w.o.Windows.Trigger:
		return nil, refuse("expired_trigger_id")
	}
	t.used = true
	return t, nil
}
