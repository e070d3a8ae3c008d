package handlers_test

import (
	"reflect"
	"testing"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/console"
	"liaison/store"
	"liaison/store/storetest"
)

// TestWhatWasAnotherRunIsNeitherDeniedNorTakenBack presses buttons of a run that had the number before a restore.
func TestWhatWasAnotherRunIsNeitherDeniedNorTakenBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := world(t, s)
		if err := w.Given(t.Context(), "payables"); err != nil {
			t.Fatal(err)
		}
		mae := agency.Identity{Platform: agency.Console, Workspace: console.Workspace, User: "mae"}
		fay := agency.Identity{Platform: agency.Console, Workspace: console.Workspace, User: "fay"}
		for _, who := range []agency.Identity{mae, fay} {
			as(t, w, agency.System, func(d *agency.Desk) error { _, err := d.Grant(who, who.User, agency.Finance); return err })
		}
		made := w.Router.Take(t.Context(), request(mae, "k1", "payout run USD"))
		if made.Refused != "" {
			t.Fatalf("%+v", made.Message)
		}
		const another = "0123456789ab"
		for who, command := range map[agency.Identity]string{mae: "payout cancel", fay: "payout deny"} {
			old := w.Router.Take(t.Context(), pressed(who, command, bot.Button{Command: command, Value: bot.Seen("P-1", another)}))
			if old.Refused != agency.CodeStale {
				t.Errorf("%s of another run is answered %+v", command, old)
			}
		}
		var cancel bot.Button
		for _, p := range made.Message.Parts {
			for _, b := range p.Buttons {
				if b.Command == "payout cancel" {
					cancel = b
				}
			}
		}
		first := w.Router.Take(t.Context(), pressed(mae, "k2", cancel))
		if first.Refused != "" || first.Message == nil {
			t.Fatalf("answered %+v", first)
		}
		if again := w.Router.Take(t.Context(), pressed(mae, "k3", cancel)); !reflect.DeepEqual(again, first) {
			t.Errorf("under another id it is answered %+v, want the first one's answer", again)
		}
	})
}
