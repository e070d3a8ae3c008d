package handlers_test

import (
	"strconv"
	"strings"
	"testing"

	"liaison/agency"
	"liaison/bot"
	"liaison/store"
	"liaison/store/storetest"
)

// TestAContactOfAnotherCompanySeesTheirShop: in a channel that is shared over Slack Connect the desk can name somebody only as
// a user of its own workspace, and their presses carry the team of theirs. They see their own shop; nobody else of their
// company does, and nobody who has rights at the agency is found by a user id alone.
func TestAContactOfAnotherCompanySeesTheirShop(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := world(t, s)
		key := 0
		take := func(team, user string, kind bot.Kind, command, text string) string {
			t.Helper()
			key++
			reply := w.Router.Take(t.Context(), bot.Request{Key: strconv.Itoa(key), Kind: kind, Command: command, Text: text,
				From:    agency.Identity{Platform: agency.Slack, Workspace: team, User: user},
				Channel: agency.Address{Platform: agency.Slack, Workspace: "slack", Channel: "C1"}})
			if reply.Message == nil {
				return ""
			}
			said := reply.Message.Summary
			for _, p := range reply.Message.Parts {
				said += "\n" + p.Text.String()
			}
			return said
		}
		if err := w.Router.Agency.Do(t.Context(), agency.System, func(d *agency.Desk) error {
			_, err := d.Grant(agency.Identity{Platform: agency.Slack, Workspace: "slack", User: "ana"}, "ana", agency.Admin)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		take("slack", "ana", bot.Typed, "seller", `onboard "Glow Lab" US Beauty`)
		if said := take("slack", "ana", bot.Typed, "seller", "contact S-1 <@ULENA|lena>"); !strings.Contains(said, "lena sees S-1") {
			t.Fatal(said)
		}
		if said := take("slack", "ana", bot.Typed, "seller", "contact S-1 button"); !strings.Contains(said, "You alone see it") {
			t.Errorf("the button is posted with %q", said)
		}
		for range 2 { // also once the desk has met her under the team of her own
			if said := take("T2", "ULENA", bot.Pressed, "shop", ""); !strings.Contains(said, "S-1 · Glow Lab") {
				t.Errorf("the contact sees %q", said)
			}
			take("T2", "ULENA", bot.Typed, "notices", "")
		}
		for _, user := range []string{"UMAX", "ana"} {
			if said := take("T2", user, bot.Pressed, "shop", ""); strings.Contains(said, "Glow Lab") {
				t.Errorf("%s of another company sees %q", user, said)
			}
			if said := take("T2", user, bot.Typed, "seller", "list"); strings.Contains(said, "Glow Lab") {
				t.Errorf("%s of another company sees %q", user, said)
			}
		}
		if said := take("T2", "ULENA", bot.Typed, "seller", "list"); strings.Contains(said, "Glow Lab") {
			t.Errorf("the contact sees the list: %q", said)
		}
	})
}
