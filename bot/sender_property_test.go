package bot_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"liaison/agency"
)

// bubble plays one case of a rapid check in simulated time. What rapid says by panicking leaves the bubble first. A case that
// failed and one that had no more data to draw from leave by different lines: rapid tells them apart by these.
func bubble(t *testing.T, play func()) {
	t.Helper()
	var said any
	synctest.Test(t, func(*testing.T) {
		defer func() { said = recover() }()
		play()
	})
	switch {
	case said == nil:
	case fmt.Sprintf("%T", said) == "rapid.stopTest":
		panic(said)
	default:
		panic(said)
	}
}

// write changes the outbox as the desk's use cases do.
func (s *scene) write(do func(agency.Tx) error) {
	if err := s.box.Write(context.Background(), do); err != nil {
		panic(err)
	}
}

func (s *scene) at() agency.Instant { return agency.InstantOf(s.clock()) }

var sceneRefs = []string{"S-1", "S-2"}

func place(channel string) agency.Address {
	to := agency.Address{Platform: agency.Slack, Workspace: "w", Channel: channel}
	if channel[0] == 'N' {
		to.Platform = agency.Discord
	}
	return to
}

func (s *scene) say(rt *rapid.T) {
	o := agency.Outgoing{To: place(rapid.SampledFrom([]string{"C1", "C2", "D1", "N1"}).Draw(rt, "channel")), At: s.at()}
	ref := rapid.SampledFrom(sceneRefs).Draw(rt, "ref")
	switch rapid.SampledFrom([]string{"note", "note", "thread", "long", "card", "card"}).Draw(rt, "what") {
	case "card":
		o.Kind, o.Ref, o.Mode = "card", ref, agency.Card
		unlock := s.lock()
		s.shown[standing{o.To, o.Kind, o.Ref}] = true
		delete(s.forgotten, o.To.Channel+" "+o.Ref)
		unlock()
		s.write(func(tx agency.Tx) error { return tx.Enqueue(o) })
		return
	case "thread":
		o.Kind, o.Thread = "note", "card "+ref
	case "long":
		o.Kind = "long"
	default:
		o.Kind = "note"
	}
	o.Mode, o.Ref = agency.Note, fmt.Sprint("n", len(s.notes)+1)
	s.notes[o.Ref] = true
	s.write(func(tx agency.Tx) error { return tx.Enqueue(o) })
}

// change changes what cards show, everywhere.
func (s *scene) change(ref string) {
	s.write(func(tx agency.Tx) error {
		unlock := s.lock()
		s.state[ref]++
		s.tell("%s is v%d", ref, s.state[ref])
		unlock()
		return tx.RedrawCard("card", ref, s.at())
	})
}

// person decides about what was given up: one message, or all of it.
func (s *scene) person(rt *rapid.T) {
	var parked []agency.Undelivered
	s.write(func(tx agency.Tx) (err error) { parked, err = tx.ParkedOutgoing(1000); return err })
	if len(parked) == 0 {
		return
	}
	which := rapid.IntRange(-1, len(parked)-1).Draw(rt, "which")
	if which >= 0 {
		parked = parked[which : which+1]
	}
	s.decide(parked, rapid.IntRange(0, 4).Draw(rt, "drops") == 0)
}

func (s *scene) decide(parked []agency.Undelivered, drop bool) {
	for _, u := range parked {
		s.write(func(tx agency.Tx) error {
			unlock := s.lock()
			defer unlock()
			s.tell("a person decides about row %d: drop %v", u.ID, drop)
			if drop {
				s.forgotten[u.To.Channel+" "+u.Ref], s.forgotten[u.Ref] = true, true
				_, err := tx.DropOutgoing(u.ID)
				return err
			}
			s.decisions[u.ID]++
			_, err := tx.UnparkOutgoing(u.ID)
			return err
		})
	}
}

// set sets the desk's clocks, which stay within ten minutes of the truth; not again before every replica has looked at them.
func (s *scene) set(by time.Duration) {
	defer s.lock()()
	if s.jumped(time.Now().Add(-15 * time.Second)) {
		return
	}
	by = min(max(s.ahead+by, -10*time.Minute), 10*time.Minute) - s.ahead
	s.ahead += by
	s.jumps = append(s.jumps, jump{time.Now(), by})
	s.tell("the clock is set by %s", by)
}

// forget is somebody deleting a message, and its thread with it.
func (s *scene) forget(rt *rapid.T) {
	defer s.lock()()
	if len(s.posts) == 0 {
		return
	}
	root := s.posts[rapid.IntRange(0, len(s.posts)-1).Draw(rt, "message")]
	s.tell("somebody deletes %s", root.id)
	s.deleted[root.channel] = true
	for _, p := range s.posts {
		p.gone = p.gone || p == root || p.thread == root.id
	}
}

// watch looks every second whether a claim has been lying about.
func (s *scene) watch(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-time.After(time.Second):
		}
		held := s.box.sending()
		unlock := s.lock()
		// One whose outbox hears late claims nothing before that knows what is out.
		long := func(r *replica) bool { return time.Since(r.since) > 30*time.Second && !r.slow.Load() }
		for _, row := range held {
			c, seen := s.claims[row]
			if seen && time.Since(c.at) > 30*time.Second && !s.jumped(time.Now().Add(-30*time.Second)) && !s.setBack(c.at) && slices.ContainsFunc(s.replicas, long) {
				s.complain("row %d lies in the hands of %s for %s", row, c.by.name, time.Since(c.at))
			}
		}
		unlock()
	}
}

// setBack reports whether a clock was set back since.
func (s *scene) setBack(since time.Time) bool {
	return slices.ContainsFunc(s.jumps, func(j jump) bool { return j.by < 0 && !j.at.Before(since) })
}

// step is one thing that happens.
func (s *scene) step(rt *rapid.T) {
	name := func() string { return rapid.SampledFrom([]string{"one", "two", "three"}).Draw(rt, "replica") }
	switch rapid.SampledFrom([]string{"say", "say", "say", "change", "change", "person", "weather", "kill", "stop", "start", "start", "set", "forget", "wait", "wait", "wait"}).Draw(rt, "do") {
	case "say":
		s.say(rt)
	case "change":
		s.change(rapid.SampledFrom(sceneRefs).Draw(rt, "ref"))
	case "person":
		s.person(rt)
	case "weather":
		rough := rapid.SampledFrom([]int{0, 30, 60, 95}).Draw(rt, "goes wrong")
		unlock := s.lock()
		s.rough = rough
		s.tell("%d of a hundred calls go wrong", s.rough)
		unlock()
	case "kill":
		if r := s.named(name()); r != nil {
			s.kill(r)
		}
	case "stop":
		if r := s.named(name()); r != nil {
			s.end(r)
		}
	case "start":
		if n := name(); s.named(n) == nil {
			s.start(n)
		}
	case "set":
		s.set(time.Duration(rapid.SampledFrom([]int{-600, -70, -25, -3, 3, 25, 70, 600}).Draw(rt, "seconds")) * time.Second)
	case "forget":
		s.forget(rt)
	}
	time.Sleep(time.Duration(rapid.IntRange(0, rapid.SampledFrom([]int{300, 5_000, 60_000}).Draw(rt, "at most")).Draw(rt, "ms")) * time.Millisecond)
}

// settle waits until nothing waits any more.
func (s *scene) settle() {
	for range 24 * 60 {
		if s.box.count("waiting")+s.box.count("sending") == 0 {
			return
		}
		time.Sleep(10 * time.Second)
	}
	defer s.lock()()
	s.complain("the outbox does not become empty")
}

// heal makes everything well, and has the senders finish.
func (s *scene) heal() {
	unlock := s.lock()
	s.rough = 0
	s.tell("everything is well")
	unlock()
	if s.named("one") == nil {
		s.start("one")
	}
	s.settle()
}

// TestTheSenderKeepsItsPromises plays one to three replicas in simulated time: platforms that refuse, ask to wait, fail, lose
// answers, hang and forget; replicas that are killed and replaced; people who try again and drop; clocks that are set.
func TestTheSenderKeepsItsPromises(t *testing.T) {
	t.Parallel()
	var story []string
	defer func() {
		if t.Failed() {
			t.Log("the last story that broke a promise:\n" + strings.Join(story, "\n"))
		}
	}()
	rapid.Check(t, func(rt *rapid.T) {
		bubble(t, func() {
			s := newScene(rapid.Uint64().Draw(rt, "seed"))
			done := make(chan struct{})
			go s.watch(done)
			defer close(done)
			defer func() {
				for _, r := range slices.Clone(s.replicas) {
					s.kill(r)
				}
			}()
			s.start("one")
			for range rapid.IntRange(5, 40).Draw(rt, "steps") {
				s.step(rt)
				s.verdict(rt, &story)
			}
			s.heal()
			s.judgeLost()
			var parked []agency.Undelivered
			s.write(func(tx agency.Tx) (err error) { parked, err = tx.ParkedOutgoing(1000); return err })
			s.decide(parked, false)
			for _, ref := range sceneRefs {
				s.change(ref)
			}
			s.settle()
			s.judgeShown()
			s.end(s.named("one"))
			s.verdict(rt, &story)
		})
	})
}

// verdict ends the test when a promise was broken. The story is kept beside it: it differs a little each time, and rapid goes
// by what is said here.
func (s *scene) verdict(rt *rapid.T, story *[]string) {
	defer s.lock()()
	if len(s.wrong) > 0 {
		*story = s.story
		rt.Fatal("a promise was broken: " + s.broken)
	}
}

// judgeLost checks that what was decided is out, or was given up with a reason, or forgotten by a person.
func (s *scene) judgeLost() {
	defer s.box.lock()()
	defer s.lock()()
	parked, flagged := map[string]bool{}, map[int64]bool{}
	for _, r := range s.box.rows {
		flagged[r.ID] = r.repeated
		if r.state == "parked" {
			parked[r.Ref] = true
			if r.code == "" || r.trouble == "" {
				s.complain("row %d was given up without a reason", r.ID)
			}
		}
	}
	out := map[string]bool{}
	for _, p := range s.posts {
		out[p.ref] = true
		if n := len(s.live(p.row)); n > 1 && !flagged[p.row] && !s.taken[p.row] {
			s.complain("row %d is out %d times and not flagged in the record", p.row, n)
		}
	}
	for ref := range s.notes {
		if !out[ref] && !parked[ref] && !s.forgotten[ref] {
			s.complain("the note %s is lost", ref)
		}
	}
}

// judgeShown checks what people see in the end: the newest state of every card, once in a channel; every note, whole.
func (s *scene) judgeShown() {
	defer s.box.lock()()
	defer s.lock()()
	once := map[standing]bool{} // of what was given up there is no promise: what is shown anew is another message
	for c := range s.shown {
		once[c] = !s.deleted[c.To.Channel] && !s.gaveUp[c]
	}
	for _, r := range s.box.rows {
		if r.state == "parked" {
			s.complain("row %d was given up when all was well: %s", r.ID, r.trouble)
		}
		if s.taken[r.ID] || r.repeated {
			once[r.card()] = false
		}
	}
	for c := range s.shown {
		newest, n := 0, 0
		for _, p := range s.posts {
			if p.channel == c.To.Channel && p.ref == c.Ref && !p.gone {
				newest = max(newest, p.version)
				n++
			}
		}
		if newest != s.state[c.Ref] && !s.forgotten[c.To.Channel+" "+c.Ref] {
			s.complain("the card %s in %s shows v%d, the newest is v%d", c.Ref, c.To.Channel, newest, s.state[c.Ref])
		}
		if n > 1 && once[c] {
			s.complain("the card %s stands %d times in %s", c.Ref, n, c.To.Channel)
		}
	}
	for _, p := range s.posts {
		if s.notes[p.ref] && !p.whole && !p.gone && !s.forgotten[p.ref] && s.sends[p.row] == 1 {
			s.complain("the thread of %s is not whole", p.id)
		}
	}
}
