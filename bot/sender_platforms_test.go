package bot_test

import (
	"context"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/store"
	"liaison/store/storetest"
)

// abroad is a platform by another name, which gives what belongs to roles.
type abroad struct {
	*chat
	name  agency.Platform
	given int
}

func (a *abroad) Name() agency.Platform { return a.name }
func (a *abroad) Grant(context.Context, bot.RoleGrant) error {
	a.given++
	return nil
}

// putOn enqueues a message on a platform.
func putOn(t *testing.T, s *store.Store, on agency.Platform, o agency.Outgoing) {
	t.Helper()
	o.To.Platform, o.To.Workspace = on, "w"
	if err := s.Write(t.Context(), func(tx agency.Tx) error { return tx.Enqueue(o) }); err != nil {
		t.Fatal(err)
	}
}

// TestWhatIsForAPlatformOfAnotherProcessWaitsForIt: a console beside a running desk, or the version before in an upgrade that
// adds a platform, touches nothing that is not its own; messages and grants alike. It stays visible as what waits.
func TestWhatIsForAPlatformOfAnotherProcessWaitsForIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		here, c, now := outbox(t, s) // on the console alone
		decided := agency.InstantOf(now.Add(-time.Hour))
		for _, on := range []agency.Platform{agency.Slack, agency.Discord} {
			o := note("C1", "for "+string(on))
			o.At = decided
			putOn(t, s, on, o)
		}
		putOn(t, s, agency.Discord, agency.Outgoing{To: agency.Address{Channel: "U1"}, Kind: "creator", Ref: "take creator", Mode: agency.Grant, At: decided})
		put(t, s, note("C1", "for the console"))
		drain(t, here)
		if c.count() != 1 {
			t.Errorf("the console shows %v", c.posts)
		}
		var state agency.Outbox
		err := s.Read(t.Context(), func(tx agency.Tx) (err error) { state, err = tx.OutboxState(0); return err })
		if err != nil || state.Waiting != 3 || state.Parked != 0 || state.Oldest != decided {
			t.Errorf("the outbox is %+v, %v; want three that wait, the oldest since an hour, and none given up", state, err)
		}
		there, guild := &chat{active: map[string]int{}}, &abroad{chat: &chat{active: map[string]int{}}, name: agency.Discord}
		next := *here
		next.Name, next.Platforms = "next", []bot.Platform{&abroad{chat: there, name: agency.Slack}, guild}
		next.Start()
		drain(t, here)
		drain(t, &next)
		if there.count() != 1 || guild.count() != 1 || guild.given != 1 || c.count() != 1 {
			t.Errorf("on Slack %v, on Discord %v and %d grants, on the console %v", there.posts, guild.posts, guild.given, c.posts)
		}
		if waiting, parked, err := s.OutboxDepth(t.Context()); waiting+parked != 0 || err != nil {
			t.Errorf("%d wait and %d are given up, %v", waiting, parked, err)
		}
	})
}
