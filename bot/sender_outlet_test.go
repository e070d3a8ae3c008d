package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// nonceLife is how long a repeater drops what comes twice.
const nonceLife = 2 * time.Minute

// outlet is one platform of a scene, as one replica reaches it.
type outlet struct {
	*replica
	platform agency.Platform
}

func (o outlet) Name() agency.Platform { return o.platform }
func (outlet) Ready() error            { return nil }
func (outlet) Run(ctx context.Context, _ func(context.Context, bot.Request) bot.Reply) error {
	<-ctx.Done()
	return nil
}

// finder is a platform that can be looked into, in its channels.
type finder struct{ outlet }

// repeater is a platform that drops the second of two posts of a row.
type repeater struct{ outlet }

func (repeater) RepeatSafe(sinceFirst time.Duration) bool { return sinceFirst < nonceLife }

func goneError(code string) error {
	return &bot.SendError{Outcome: bot.Gone, Code: code, Err: errors.New("gone")}
}

// live is what people see of a row.
func (s *scene) live(row int64) (list []*post) {
	for _, p := range s.posts {
		if p.row == row && !p.gone {
			list = append(list, p)
		}
	}
	return list
}

func (s *scene) byID(id string) *post {
	i := slices.IndexFunc(s.posts, func(p *post) bool { return p.id == id && !p.gone })
	if i < 0 {
		return nil
	}
	return s.posts[i]
}

func (o outlet) Pace(ctx context.Context, d bot.Delivery, _ bool) (bool, error) {
	m, after := o.fate(d.RowID, "pace")
	if m == limited {
		return false, unsent(after * 20)
	}
	select {
	case <-time.After(after / 4):
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

func (o outlet) Post(ctx context.Context, d bot.Delivery) (string, error) {
	o.onItsWay(d, 1)
	t := o.travel(ctx, d.RowID, "post")
	id, err := o.arrive(d, t)
	o.wait(ctx, t)
	o.onItsWay(d, -1)
	if err != nil || o.dead() {
		return "", errors.Join(err, unheardIf(o.dead()))
	}
	if d.Kind == "long" {
		err = o.Complete(ctx, id, d)
	}
	return id, err
}

func unheardIf(dead bool) error {
	if dead {
		return unheard()
	}
	return nil
}

func (o outlet) onItsWay(d bot.Delivery, n int) {
	defer o.lock()()
	if o.under[d.To] += n; o.under[d.To] > 1 && !o.jumped(time.Now().Add(-20*time.Second)) {
		o.complain("two posts are on their way to %s", d.To.Channel)
	}
}

// arrive is a post at the platform.
func (o outlet) arrive(d bot.Delivery, t trip) (id string, err error) {
	defer o.lock()()
	o.tell("%s posts row %d to %s: arrives %v, %v", o.name, d.RowID, d.To.Channel, t.arrives, t.err)
	if t.maybeOut() {
		o.send(d)
	}
	if d.ThreadID != "" && o.byID(d.ThreadID) == nil && t.arrives {
		return "", orGone(t.err, "thread_not_found")
	}
	if t.arrives {
		id = o.take(d)
	}
	return id, t.err
}

func orGone(err error, code string) error {
	if err != nil {
		return err
	}
	return goneError(code)
}

// send checks what is promised about sending where nobody can know: once, once more by itself, and once more for each
// decision of a person.
func (s *scene) send(d bot.Delivery) {
	s.sends[d.RowID]++
	if n := s.sends[d.RowID]; d.To.Channel[0] == 'D' && n > 2+s.decisions[d.RowID] && !s.deleted[d.To.Channel] && !s.taken[d.RowID] {
		s.complain("row %d was sent %d times to %s after %d decisions of a person", d.RowID, n, d.To.Channel, s.decisions[d.RowID])
	}
}

// take puts a post before people, and checks all that is promised about it.
func (s *scene) take(d bot.Delivery) string {
	before := s.live(d.RowID)
	if d.To.Channel[0] == 'N' && len(before) > 0 && time.Since(before[0].at) < nonceLife {
		return before[0].id
	}
	p := &post{shown: shown{id: fmt.Sprint(d.To.Channel, "/", len(s.posts)+1), channel: d.To.Channel, thread: d.ThreadID, row: d.RowID}, at: time.Now(), whole: d.Kind != "long"}
	p.ref, p.version, p.flagged = read(d.Message)
	switch n := len(before); {
	case n == 0 || s.taken[d.RowID] || s.deleted[d.To.Channel] && d.To.Channel[0] != 'C': // what was deleted is posted anew, beside a copy that nobody knew of
	case d.To.Channel[0] == 'C':
		s.complain("row %d is doubled in %s", d.RowID, d.To.Channel)
	case !p.flagged:
		s.complain("row %d is doubled in %s and not flagged", d.RowID, d.To.Channel)
	case n > 1+s.decisions[d.RowID]:
		s.complain("row %d is out %d times in %s after %d decisions of a person", d.RowID, n+1, d.To.Channel, s.decisions[d.RowID])
	}
	if !s.wasOut[d.RowID] && d.RowID < s.highest[d.To.Channel] && s.decisions[d.RowID] == 0 {
		s.complain("row %d came after row %d in %s", d.RowID, s.highest[d.To.Channel], d.To.Channel)
	}
	s.wasOut[d.RowID] = true
	s.highest[d.To.Channel] = max(s.highest[d.To.Channel], d.RowID)
	s.posts = append(s.posts, p)
	return p.id
}

func (o outlet) Edit(ctx context.Context, id string, d bot.Delivery) error {
	t := o.travel(ctx, d.RowID, "edit")
	err := func() error {
		defer o.lock()()
		p := o.byID(id)
		if p == nil && t.arrives {
			return orGone(t.err, "message_not_found")
		}
		if !t.arrives {
			return t.err
		}
		ref, version, _ := read(d.Message)
		o.tell("%s edits %s to %s v%d, %v", o.name, id, ref, version, t.err)
		if (ref != p.ref || version < p.version) && !o.taken[d.RowID] {
			o.complain("%s went from %s v%d back to %s v%d", id, p.ref, p.version, ref, version)
		}
		p.version = version
		return t.err
	}()
	o.wait(ctx, t)
	return err
}

// Complete adds what belongs into a message's thread.
func (o outlet) Complete(ctx context.Context, id string, d bot.Delivery) error {
	t := o.travel(ctx, d.RowID, "complete")
	err := func() error {
		defer o.lock()()
		p := o.byID(id)
		if p == nil && t.arrives {
			return orGone(t.err, "message_not_found")
		}
		if t.arrives {
			p.whole = true
		}
		return t.err
	}()
	o.wait(ctx, t)
	return err
}

// Find looks at what the platform keeps since then, by the platform's clock.
func (f finder) Find(ctx context.Context, d bot.Delivery, since time.Time) (string, bool, error) {
	if d.To.Channel[0] == 'D' {
		return "", false, &bot.SendError{Outcome: bot.Refused, Code: "direct_message", Err: errors.New("not read")}
	}
	t := f.travel(ctx, d.RowID, "find")
	f.wait(ctx, t)
	if t.err != nil {
		if isRefused(t.err) { // nobody may say that of a place which can be looked into
			t.err = unheard()
		}
		return "", false, t.err
	}
	defer f.lock()()
	if d.ThreadID != "" && f.byID(d.ThreadID) == nil {
		return "", false, goneError("thread_not_found")
	}
	for _, p := range f.live(d.RowID) {
		if p.at.After(since.Add(-5 * time.Second)) {
			f.tell("%s finds row %d", f.name, d.RowID)
			return p.id, true, nil
		}
	}
	f.tell("%s does not find row %d since %s", f.name, d.RowID, since.Sub(f.began))
	return "", false, nil
}

func isRefused(err error) bool {
	var send *bot.SendError
	return errors.As(err, &send) && send.Outcome == bot.Refused
}
