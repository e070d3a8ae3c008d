package discord

import (
	"slices"
	"testing"

	"liaison/agency"
	"liaison/bot"
)

// TestCommandsOfCreatorsAreOfferedToThem: what somebody outside the agency may do is offered to every member and in direct
// messages; the rest to nobody until an administrator of the server says to whom.
func TestCommandsOfCreatorsAreOfferedToThem(t *testing.T) {
	t.Parallel()
	list, err := registered([]bot.Command{
		{Name: "help", Summary: "x"}, {Name: "me", Summary: "x", Right: agency.SeeOwnRecord}, {Name: "shop", Summary: "x", Right: agency.SeeOwnShop},
		{Name: "case show", Summary: "x", Right: agency.SeeRecords}, {Name: "case reply", Summary: "x", Right: agency.SeeOwnRecord},
		{Name: "payout run", Summary: "x", Right: agency.PreparePayout}, {Name: "status", Summary: "x", Right: agency.SeeStatus},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		open := c.Permissions == nil && slices.Contains(c.Contexts, inMessages)
		shut := c.Permissions != nil && *c.Permissions == 0 && !slices.Contains(c.Contexts, inMessages)
		if want := !slices.Contains([]string{"payout", "status"}, c.Name); open != want || shut == want {
			t.Errorf("/%s is offered with the permissions %v in %v", c.Name, c.Permissions, c.Contexts)
		}
	}
}
