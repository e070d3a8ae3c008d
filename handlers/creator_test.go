package handlers_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/console"
	"liaison/bot/console/talk"
	"liaison/handlers"
	"liaison/store"
	"liaison/store/storetest"
)

// managers records people who may decide applications, and an applicant.
func managers(t *testing.T, w talk.World, names ...string) (id agency.ApplicationID, applicant agency.Identity, people []agency.Identity) {
	t.Helper()
	applicant = agency.Identity{Platform: agency.Console, Workspace: console.Workspace, User: "noor"}
	for _, name := range names {
		people = append(people, agency.Identity{Platform: agency.Console, Workspace: console.Workspace, User: name})
	}
	err := w.Agency.Do(t.Context(), agency.System, func(d *agency.Desk) error {
		for _, who := range people {
			if _, err := d.Grant(who, who.User, agency.CreatorManager); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = w.Agency.Do(t.Context(), applicant, func(d *agency.Desk) error {
		d.Introduce(applicant.User)
		a, err := d.Apply(agency.NewApplication{Handle: "noor.knits", Region: "US", Language: "English", Categories: []string{"Food"}, Formats: []string{"live"},
			Followers: 900, Samples: []string{"https://www.tiktok.com/@noor.knits"}, Agreed: true})
		id = a.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id, applicant, people
}

// drawn draws a card and finds the button with a label on it.
func drawn(t *testing.T, w talk.World, kind, ref, label string) bot.Button {
	t.Helper()
	var m bot.Message
	err := w.Agency.Look(t.Context(), agency.System, func(d *agency.Desk) (err error) {
		m, err = handlers.Views()[kind](d, agency.Outgoing{Kind: kind, Ref: ref})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Parts {
		if i := slices.IndexFunc(p.Buttons, func(b bot.Button) bool { return b.Label == label }); i >= 0 {
			return p.Buttons[i]
		}
	}
	t.Fatalf("there is no button %q on:\n%s", label, console.Render(m))
	return bot.Button{}
}

func pressed(who agency.Identity, key string, b bot.Button) bot.Request {
	return bot.Request{Key: key, Kind: bot.Pressed, From: who, FromName: who.User, Channel: console.Place("recruiting"), Command: b.Command, Text: b.Value}
}

// version is how often an application was changed.
func version(t *testing.T, w talk.World, id agency.ApplicationID) (n int64) {
	t.Helper()
	err := w.Agency.Look(t.Context(), agency.System, func(d *agency.Desk) error {
		a, err := d.Application(id)
		n = a.Version
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// applicationButtons is what can be pressed on the card of an application, and how often a press changes it: two open a form.
var applicationButtons = map[string]int64{"Approve": 1, "Handle confirmed": 1, "Ask for more": 0, "Decline": 0}

// TestAnApplicationsPressUnderAnotherIDGetsTheFirstAnswer delivers one press under several ids, for each button of the card.
func TestAnApplicationsPressUnderAnotherIDGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	for label, changes := range applicationButtons {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				w := world(t, s)
				id, _, people := managers(t, w, "cora")
				b, before := drawn(t, w, agency.ApplicationCard, id.String(), label), version(t, w, id)
				first := w.Router.Take(t.Context(), pressed(people[0], "k1", b))
				if first.Refused != "" {
					t.Fatalf("answered %+v", first.Message)
				}
				for _, key := range []string{"k2", "k1", "k3"} {
					if again := w.Router.Take(t.Context(), pressed(people[0], key, b)); !reflect.DeepEqual(again, first) {
						t.Errorf("%s is answered %+v, want the first one's answer %+v", key, again, first)
					}
				}
				if n := version(t, w, id) - before; n != changes {
					t.Errorf("it was changed %d times, want %d", n, changes)
				}
			})
		})
	}
}

// TestAnOldApplicationsButtonsChangeNothing presses what was drawn before the applicant was asked and answered.
func TestAnOldApplicationsButtonsChangeNothing(t *testing.T) {
	t.Parallel()
	for label := range applicationButtons {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				w := world(t, s)
				id, noor, people := managers(t, w, "cora", "dan")
				b := drawn(t, w, agency.ApplicationCard, id.String(), label)
				say(t, w, people[1], "k1", "creator ask "+id.String()+" How often are you live?")
				say(t, w, noor, "k2", "creator reply "+id.String()+" On Fridays.")
				before := version(t, w, id)
				old := w.Router.Take(t.Context(), pressed(people[0], "k3", b))
				if old.Refused != agency.CodeStale || old.Message == nil || !strings.Contains(old.Message.Summary, "Last came creator reply by noor") {
					t.Errorf("answered %+v, want what happened last and by whom", old)
				}
				if n := version(t, w, id) - before; n != 0 {
					t.Errorf("it was changed %d times", n)
				}
				b.Value = id.String() // as it was drawn before buttons of applications carried a version
				if reply := w.Router.Take(t.Context(), pressed(people[0], "k4", b)); reply.Refused != "" {
					t.Errorf("a button without a version is answered %+v", reply.Message)
				}
			})
		})
	}
}
