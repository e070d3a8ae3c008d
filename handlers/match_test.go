package handlers_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/policy"
	"liaison/bot"
	"liaison/bot/console"
	"liaison/bot/console/talk"
	"liaison/store"
	"liaison/store/storetest"
)

// ana is somebody who may propose and decide.
var ana = agency.Identity{Platform: agency.Console, Workspace: console.Workspace, User: "ana"}

// shopsFor records ana, one creator for whom a single place is free, and shops to which she is proposed.
func shopsFor(t *testing.T, w talk.World, shops ...string) []agency.MatchID {
	t.Helper()
	if err := w.Given(t.Context(), "creator mia region=US categories=Beauty sales=100.00USD capacity=1"); err != nil {
		t.Fatal(err)
	}
	var ids []agency.MatchID
	err := w.Agency.Do(t.Context(), agency.System, func(d *agency.Desk) error {
		ids = nil
		if _, err := d.Grant(ana, "ana", agency.ProgramManager); err != nil {
			return err
		}
		for _, shop := range shops {
			s, err := d.OnboardSeller(agency.NewSeller{Shop: shop, Region: "US", Category: "Beauty"})
			if err != nil {
				return err
			}
			_, matches, err := d.ProposeMatches(agency.NewShortlist{Seller: s.ID, Count: 1, Where: console.Place("desk")})
			if err != nil {
				return err
			}
			ids = append(ids, matches[0].ID)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestTheLastPlaceIsGivenOnce has six people approve the same creator for six shops at the same moment.
func TestTheLastPlaceIsGivenOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := world(t, s)
		ids := shopsFor(t, w, "Glow", "Dew", "Balm", "Mist", "Petal", "Fern")
		refused := make([]error, len(ids))
		var all sync.WaitGroup
		for i, id := range ids {
			all.Go(func() {
				refused[i] = w.Agency.Do(context.Background(), ana, func(d *agency.Desk) error {
					_, err := d.ApproveMatch(id)
					return err
				})
			})
		}
		all.Wait()
		given := 0
		for _, err := range refused {
			switch {
			case err == nil:
				given++
			case agency.CodeOf(err) != agency.CodeConflict || !strings.Contains(err.Error(), "at capacity"):
				t.Errorf("refused with %v", err)
			}
		}
		if given != 1 {
			t.Errorf("one place was given %d times", given)
		}
	})
}

// TestAPrivateProposalIsRedrawnWhenItIsPressed presses a button on the private answer of /match show, of which there is no
// card that the outbox would redraw.
func TestAPrivateProposalIsRedrawnWhenItIsPressed(t *testing.T) {
	t.Parallel()
	w := world(t, storetest.SQLite(t))
	id := shopsFor(t, w, "Glow")[0]
	press := bot.Request{Key: "console:1", Kind: bot.Pressed, From: ana, Channel: console.Place("desk"), Command: "match approve", Text: id.String(), Private: true}
	reply := w.Router.Take(t.Context(), press)
	if !reply.Replace || reply.Message == nil {
		t.Fatalf("the private message stays as it was: %+v", reply)
	}
	shown := console.Render(*reply.Message)
	if strings.Contains(shown, "[Approve]") || !strings.Contains(shown, "@ana · match approve") {
		t.Errorf("shown:\n%s", shown)
	}
	press.Key, press.Private, press.Command, press.Text = "console:2", false, "match end", id.String()
	if reply := w.Router.Take(t.Context(), press); reply.Message != nil || reply.Refused != "" {
		t.Errorf("the card says it already, but %+v", reply)
	}
}

func TestHealthRulesAreDated(t *testing.T) {
	t.Parallel()
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		region, day string
		known       bool
	}{{"US", "2026-11-23", true}, {"VN", "2026-01-18", false}, {"VN", "2026-01-19", true}, {"GB", "2024-12-31", false}} {
		rule, ok := book.HealthRule(c.region, c.day)
		if ok != c.known || ok && (rule.UnhealthyUpTo != 150 || rule.HealthyFrom != 200 || rule.Source == "") {
			t.Errorf("%s on %s: %+v, %v", c.region, c.day, rule, ok)
		}
	}
	for _, r := range book.Regions {
		if _, ok := book.HealthRule(r.Code, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)); !ok {
			t.Errorf("nothing says what a health rating means in %s", r.Code)
		}
	}
}
