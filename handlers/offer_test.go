package handlers_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/console/talk"
	"liaison/store"
	"liaison/store/storetest"
)

var mia = agency.Identity{Platform: agency.Discord, Workspace: "discord", User: "mia"}

// offered has a match offered to mia on Discord.
func offered(t *testing.T, w talk.World) (id agency.MatchID) {
	t.Helper()
	err := w.Agency.Do(t.Context(), mia, func(d *agency.Desk) error {
		_, err := d.Apply(agency.NewApplication{Handle: "mia", Region: "US", Language: "English", Categories: []string{"Beauty"}, Formats: []string{"live"},
			Followers: 900, Samples: []string{"https://www.tiktok.com/@mia"}, Agreed: true})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	id = shopsFor(t, w, "Glow")[0]
	as(t, w, agency.System, func(d *agency.Desk) error { _, _, err := d.ApproveApplication(1); return err })
	as(t, w, ana, func(d *agency.Desk) error { _, err := d.ApproveMatch(id); return err })
	return id
}

func as(t *testing.T, w talk.World, who agency.Identity, work func(*agency.Desk) error) {
	t.Helper()
	if err := w.Agency.Do(t.Context(), who, work); err != nil {
		t.Fatal(err)
	}
}

// answer is what mia has said to an offer.
func answer(t *testing.T, w talk.World, id agency.MatchID) (m agency.MatchDetail) {
	t.Helper()
	as(t, w, agency.System, func(d *agency.Desk) (err error) { m, err = d.Match(id); return err })
	return m
}

// TestAnOffersPressUnderAnotherIDGetsTheFirstAnswer delivers one press under several ids, from the card and the reminder alike.
func TestAnOffersPressUnderAnotherIDGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := world(t, s)
		id := offered(t, w)
		form := w.Router.Take(t.Context(), pressed(mia, "d1", drawn(t, w, agency.OfferCard, id.String(), "Decline")))
		if form.Form == nil {
			t.Fatalf("answered %+v", form.Message)
		}
		onCard, onReminder := drawn(t, w, agency.OfferCard, id.String(), "Accept"), drawn(t, w, agency.OfferReminder, id.String(), "Accept")
		first := w.Router.Take(t.Context(), pressed(mia, "k1", onCard))
		if first.Refused != "" || !strings.HasPrefix(first.Message.Summary, "You accepted") {
			t.Fatalf("answered %+v", first.Message)
		}
		for key, b := range map[string]bot.Button{"k2": onCard, "k1": onCard, "k3": onReminder} {
			if again := w.Router.Take(t.Context(), pressed(mia, key, b)); !reflect.DeepEqual(again, first) {
				t.Errorf("%s is answered %+v, want the first one's answer %+v", key, again, first)
			}
		}
	})
}

// TestAnOfferThatWasAskedAnewIsNotAcceptedByTheOldButton lets an offer go back to staff, who ask once more.
func TestAnOfferThatWasAskedAnewIsNotAcceptedByTheOldButton(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := world(t, s)
		id := offered(t, w)
		accept, decline := drawn(t, w, agency.OfferCard, id.String(), "Accept"), drawn(t, w, agency.OfferCard, id.String(), "Decline")
		w.Clock.Set(w.Clock.Now().Add(6 * 24 * time.Hour))
		as(t, w, agency.System, (*agency.Desk).RemindOffers)
		for key, b := range map[string]bot.Button{"k1": accept, "k2": decline} {
			old := w.Router.Take(t.Context(), pressed(mia, key, b))
			if old.Refused != agency.CodeStale || !strings.Contains(old.Message.Summary, "was not answered in time") {
				t.Errorf("answered %+v, want where it stands", old.Message)
			}
		}
		as(t, w, ana, func(d *agency.Desk) error { _, err := d.ApproveMatch(id); return err })
		for key, b := range map[string]bot.Button{"k3": accept, "k4": decline} {
			old := w.Router.Take(t.Context(), pressed(mia, key, b))
			if old.Refused != agency.CodeStale || old.Message == nil || !strings.Contains(old.Message.Summary, "waits for your answer") {
				t.Fatalf("answered %+v, want where it stands", old)
			}
			if strings.Contains(old.Message.Summary, "ana") {
				t.Errorf("a creator is told who of the agency did what: %s", old.Message.Summary)
			}
		}
		if m := answer(t, w, id); m.Answer != "" {
			t.Errorf("it is %s", m.Answer)
		}
		if yes := w.Router.Take(t.Context(), pressed(mia, "k5", drawn(t, w, agency.OfferCard, id.String(), "Accept"))); yes.Refused != "" {
			t.Errorf("the new button is answered %+v", yes.Message)
		}
	})
}

// TestAnOffersButtonWithoutAVersionStillWorks presses what was drawn before offers' buttons carried one.
func TestAnOffersButtonWithoutAVersionStillWorks(t *testing.T) {
	t.Parallel()
	w := world(t, storetest.SQLite(t))
	id := offered(t, w)
	b := bot.Button{Command: "offer accept", Value: id.String()}
	if yes := w.Router.Take(t.Context(), pressed(mia, "k1", b)); yes.Refused != "" || answer(t, w, id).Answer != agency.OfferAccepted {
		t.Errorf("answered %+v", yes.Message)
	}
	if no := w.Router.Take(t.Context(), pressed(mia, "k2", b)); no.Refused != agency.CodeStale {
		t.Errorf("a second press is answered %+v", no.Message)
	}
}
