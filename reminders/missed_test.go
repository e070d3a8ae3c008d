package reminders_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot/console"
	"liaison/reminders"
	"liaison/store"
	"liaison/store/storetest"
)

// missed is what is due, one moment after another, while no replica runs, and what is said when one is back.
type missed struct {
	rule  reminders.Missed
	desk  func(*agency.Desk) error
	given func(agency.Tx, agency.Instant) error // records that no deed of the desk alone makes
	back  time.Duration                         // after Sunday noon
	said  []string                              // kinds and references
	told  []string                              // what the observer counts
}

var missedOf = map[string]missed{
	"digest": {rule: reminders.SayNewest, back: 2*24*time.Hour + 21*time.Hour + 5*time.Minute,
		desk: func(d *agency.Desk) error {
			_, err := d.Subscribe(console.Place("weekly"), agency.DigestFeed, "0 9 * * *", "UTC")
			return err
		},
		said: []string{"digest 1 2026-11-25T09:00"},
		told: []string{"digest, 5m0s late, 2 skipped"},
	},
	"case deadlines": {rule: reminders.SayNewest, back: 50 * time.Hour, // of the moments 72, 24 and 4 hours before the deadline two are over
		desk: func(d *agency.Desk) error {
			if _, err := d.Subscribe(console.Place("compliance"), agency.ViolationsFeed, "", "UTC"); err != nil {
				return err
			}
			_, err := d.OpenCase(agency.Case{Severity: agency.High, Rule: "Counterfeit", Deadline: d.Time.Add(74 * time.Hour)})
			return err
		},
		said: []string{"case-card V-1", "case-reminder V-1 24h"},
		told: []string{"case deadlines, 0s late, 1 skipped"},
	},
	"offer deadlines": {rule: reminders.SayNewest, back: 40 * 24 * time.Hour, // reminded, then given back: only the latter is news
		desk: func(d *agency.Desk) error {
			_, err := d.Grant(agency.Identity{Platform: agency.Console, Workspace: console.Workspace, User: "ana"}, "ana", agency.Admin)
			return err
		},
		given: offered,
		said:  []string{"offer-news M-1"},
	},
	"held notices": {rule: reminders.SayEach, back: 24 * time.Hour,
		given: func(tx agency.Tx, now agency.Instant) error {
			for hour := range 3 {
				o := agency.Outgoing{To: console.Place("mia"), Kind: agency.OfferNews, Ref: agency.MatchID(hour + 1).String(), Mode: agency.Note, At: now}
				if err := tx.HoldNotice(agency.HeldNotice{Outgoing: o, DueAt: now.Add(time.Duration(hour) * time.Hour)}); err != nil {
					return err
				}
			}
			return nil
		},
		said: []string{"offer-news M-1", "offer-news M-2", "offer-news M-3"},
	},
}

// offered is a match that the first member approved, and of which its creator was asked at once.
func offered(tx agency.Tx, now agency.Instant) error {
	mia, err := tx.InsertMember("mia", agency.Identity{Platform: agency.Console, Workspace: console.Workspace, User: "mia"}, now)
	if err != nil {
		return err
	}
	maya, err := tx.Creator(1)
	if err != nil {
		return err
	}
	maya.Region, maya.Member = "US", mia
	if err := tx.UpdateCreator(maya); err != nil {
		return err
	}
	list, err := tx.InsertShortlist(agency.Shortlist{Seller: 1, Asked: 1, Fit: 1, LeftOut: "[]", ProposedBy: 1, ProposedAt: now})
	if err != nil {
		return err
	}
	_, err = tx.InsertMatch(agency.Match{Shortlist: list, Seller: 1, Creator: 1, Reasons: "[]", State: agency.MatchApproved, ProposedBy: 1, ProposedAt: now,
		DecidedBy: 1, DecidedAt: now, OfferedAt: now, OfferedBy: 1, Version: 1})
	return err
}

// TestMissedSlotsFollowTheRuleOfTheirReminder has every reminder's slots fall due while nobody runs, on every database. A
// reminder without an example here has no rule that anybody has seen at work.
func TestMissedSlotsFollowTheRuleOfTheirReminder(t *testing.T) {
	t.Parallel()
	for _, r := range reminders.All() {
		m, ok := missedOf[r.Name]
		if !ok || r.Missed != m.rule {
			t.Errorf("%s has the rule %q, which nothing here shows", r.Name, r.Missed)
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) { m.play(t, s) })
		})
	}
}

// TestOperatorsReadTheRules compares the operator's guide with the reminders.
func TestOperatorsReadTheRules(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reminders.All() {
		if row := "| " + r.Name + " | " + string(r.Missed) + " |"; !strings.Contains(string(guide), "\n"+row+"\n") {
			t.Errorf("docs/operate.md does not say %q", row)
		}
	}
}

func (m missed) play(t *testing.T, s *store.Store) {
	w := world(t, s)
	if err := w.Given(t.Context(), "trade"); err != nil {
		t.Fatal(err)
	}
	sunday := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	w.Clock.Set(sunday)
	if m.desk != nil {
		if err := w.Agency.Do(t.Context(), agency.System, m.desk); err != nil {
			t.Fatal(err)
		}
	}
	if m.given != nil {
		if err := s.Write(t.Context(), func(tx agency.Tx) error { return m.given(tx, agency.InstantOf(sunday)) }); err != nil {
			t.Fatal(err)
		}
	}
	w.Clock.Set(sunday.Add(m.back))
	if slots := told(t, w.Agency); !slices.Equal(slots, m.told) {
		t.Errorf("told of the slots %q, want %q", slots, m.told)
	}
	now := agency.InstantOf(w.Clock.Now())
	var said []string
	for claimed := []agency.Delivery{{}}; len(claimed) > 0; {
		var err error
		if claimed, err = s.ClaimOutgoing(t.Context(), "test", now, now, 10); err != nil {
			t.Fatal(err)
		}
		for _, d := range claimed {
			said = append(said, d.Kind+" "+d.Ref)
			if _, err := s.OutgoingSent(t.Context(), d, "room/"+d.Ref, now); err != nil {
				t.Fatal(err)
			}
		}
	}
	slices.Sort(said)
	if !slices.Equal(said, m.said) {
		t.Errorf("said %q, want %q", said, m.said)
	}
}
