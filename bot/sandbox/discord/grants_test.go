package discord

import "testing"

// TestRolesAndChannelsAreGivenByDiscordsHierarchy takes the bot's right, lifts its role and puts it below the others.
func TestRolesAndChannelsAreGivenByDiscordsHierarchy(t *testing.T) {
	t.Parallel()
	const above = "1100000000000000009"
	o := testOptions()
	o.Roles = append(o.Roles, Role{ID: above, Name: "Board"})
	o.Channels = append(o.Channels, Channel{ID: "1300000000000000009", Name: "studio", Only: []string{staff, botRole}})
	const studio = "/channels/1300000000000000009/permissions/"
	roles := "/guilds/" + guildID + "/members/" + cleo + "/roles/"
	open := object{"type": 1, "allow": int(ViewChannel), "deny": 0}
	type step struct {
		method, path string
		body         any
		status, code int
	}
	steps := func(t *testing.T, s *Server, base string, all []step) {
		t.Helper()
		for _, c := range all {
			status, got := api(t, base, c.method, c.path, c.body)
			if n, _ := number(got["code"]); status != c.status || int(n) != c.code {
				t.Errorf("%s %s answers %d %v, not %d %d", c.method, c.path, status, got, c.status, c.code)
			}
		}
	}
	t.Run("with Manage Roles", func(t *testing.T) {
		t.Parallel()
		s, base := start(t, o)
		if _, err := s.Say(cleo, "1300000000000000009", "hello"); err == nil {
			t.Error("a private channel is open to everybody")
		}
		steps(t, s, base, []step{
			{"PUT", roles + creators, nil, 204, 0},
			{"PUT", roles + creators, nil, 204, 0},    // a second time is the same
			{"PUT", roles + above, nil, 403, 50013},   // above the bot's own
			{"PUT", roles + botRole, nil, 403, 50013}, // the bot's own
			{"PUT", roles + guildID, nil, 403, 50013}, // everybody's
			{"PUT", roles + "1199999999999999999", nil, 404, 10011},
			{"PUT", studio + cleo, open, 204, 0},
			{"PUT", studio + cleo, object{"allow": 1}, 400, 50035},
			{"PUT", studio + cleo, object{"type": 7, "allow": 1}, 400, 50035},
			{"PUT", studio + cleo, object{"type": 1, "allow": int(Administrator)}, 403, 50013}, // what the bot does not have
			{"PUT", studio + "1299999999999999999", open, 404, 10013},
			{"PUT", studio + above, object{"type": 0, "allow": int(ViewChannel)}, 204, 0},
			{"PUT", "/channels/" + secretly + "/permissions/" + cleo, open, 403, 50001},
			{"PUT", "/channels/1399999999999999999/permissions/" + cleo, open, 404, 10003},
		})
		if _, err := s.Say(cleo, "1300000000000000009", "hello"); err != nil {
			t.Errorf("the channel was not opened: %v", err)
		}
		if got := s.Roles(cleo); len(got) != 1 || got[0] != creators {
			t.Errorf("cleo has %v", got)
		}
		steps(t, s, base, []step{
			{"DELETE", studio + cleo, nil, 204, 0},
			{"DELETE", studio + cleo, nil, 404, 10009},
			{"DELETE", roles + creators, nil, 204, 0},
			{"DELETE", roles + creators, nil, 204, 0},
		})
		if _, err := s.Say(cleo, "1300000000000000009", "hello"); err == nil {
			t.Error("the channel was not closed")
		}
		s.Leave(cleo)
		steps(t, s, base, []step{
			{"PUT", roles + creators, nil, 404, 10007},
			{"DELETE", roles + creators, nil, 404, 10007},
			{"PUT", studio + cleo, open, 404, 10007},
		})
		if got := s.Roles(cleo); len(got) != 0 {
			t.Errorf("outside, cleo has %v", got)
		}
	})
	t.Run("without", func(t *testing.T) {
		t.Parallel()
		weak := o
		weak.Roles = append([]Role{}, o.Roles...)
		weak.Roles[2].Permissions = ManageMessages
		s, base := start(t, weak)
		steps(t, s, base, []step{
			{"PUT", roles + creators, nil, 403, 50013},
			{"DELETE", roles + creators, nil, 403, 50013},
			{"PUT", studio + cleo, open, 403, 50013},
			{"DELETE", studio + cleo, nil, 403, 50013},
		})
		if got := s.Roles(cleo); len(got) != 0 {
			t.Errorf("cleo has %v", got)
		}
	})
}
