package bot_test

import (
	"errors"
	"slices"
	"testing"

	"liaison/agency"
	"liaison/bot"
	"liaison/store/storetest"
)

// toldOf gives a direct message up and lists where people are told of it. Somebody has a role, with accounts.
func toldOf(t *testing.T, role agency.Role, accounts ...agency.Identity) (told []agency.Identity) {
	t.Helper()
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	sender.Agency.Settings.Admins = []agency.Identity{ana}
	var bo agency.Member
	err := sender.Agency.Do(t.Context(), ana, func(d *agency.Desk) (err error) { bo, err = d.Grant(accounts[0], "Bo", role); return err })
	for _, who := range accounts[1:] {
		if err == nil {
			err = sender.Agency.Do(t.Context(), ana, func(d *agency.Desk) error { _, err := d.Meet(who, "Bo"); return err })
		}
		if err == nil {
			err = s.Write(t.Context(), func(tx agency.Tx) error { return tx.MoveIdentity(who, bo.ID) })
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	c.fail = []error{&bot.SendError{Outcome: bot.Refused, Code: "50007", Err: errors.New("takes no direct messages")}}
	put(t, s, note("D1", "offer"))
	if n, err := sender.Step(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	list, err := s.ClaimOutgoing(t.Context(), "test", agency.InstantOf(*now), agency.InstantOf(*now)-20_000, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if d.Kind == agency.ParkedNote {
			told = append(told, agency.Identity{Platform: d.To.Platform, Workspace: d.To.Workspace, User: d.To.Channel})
		}
	}
	return told
}

// TestAnAdminIsToldOfWhatWasGivenUpWhereTheyAre: one of the settings, where nobody has the role in the records; and on Slack
// before anywhere else.
func TestAnAdminIsToldOfWhatWasGivenUpWhereTheyAre(t *testing.T) {
	t.Parallel()
	at := func(on agency.Platform, user string) agency.Identity {
		return agency.Identity{Platform: on, Workspace: "w", User: user}
	}
	for name, c := range map[string]struct {
		role     agency.Role
		accounts []agency.Identity
		want     []agency.Identity
	}{
		"nobody has the role":          {agency.Finance, []agency.Identity{at(agency.Slack, "U0FAY")}, []agency.Identity{ana}},
		"one has it":                   {agency.Admin, []agency.Identity{at(agency.Slack, "U0BO")}, []agency.Identity{at(agency.Slack, "U0BO")}},
		"with several accounts":        {agency.Admin, []agency.Identity{at(agency.Console, "bo"), at(agency.Discord, "77"), at(agency.Slack, "U0BO")}, []agency.Identity{at(agency.Slack, "U0BO")}},
		"and trouble with one of them": {agency.Admin, []agency.Identity{at(agency.Console, "D1"), at(agency.Discord, "77")}, []agency.Identity{at(agency.Discord, "77")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := toldOf(t, c.role, c.accounts...)
			for _, who := range c.want {
				if !slices.Contains(got, who) {
					t.Errorf("told are %v, not %s", got, who)
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("told are %v, want %v", got, c.want)
			}
		})
	}
}
