package discord

import "slices"

// setOverwrite opens or closes a channel for a role or a user. Whatever was there for them is replaced.
func (s *Server) setOverwrite(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &form{}
	kind := f.whole(c.body, "", "type", 0, 1, -1)
	if kind < 0 {
		f.fail("type", "BASE_TYPE_REQUIRED", "This field is required")
	}
	const most = int(allPermissions)
	allow := Permission(f.whole(c.body, "", "allow", 0, most, 0)) //nolint:gosec // checked
	deny := Permission(f.whole(c.body, "", "deny", 0, most, 0))   //nolint:gosec // checked
	if err := f.err(); err != nil {
		return answer{}, err
	}
	ch, err := s.governed(c)
	if err != nil {
		return answer{}, err
	}
	id := c.arg("overwrite")
	switch {
	case kind == 0 && s.role(id) == nil:
		return answer{}, refuse(10011)
	case kind == 1 && s.users[id] == nil:
		return answer{}, refuse(10013)
	case kind == 1 && s.member(id) == nil:
		return answer{}, refuse(10007)
	case !s.basePermissions(s.bot()).has(allow | deny): // nobody hands out what they do not have
		return answer{}, refuse(50013)
	}
	ch.Overwrites = append(slices.DeleteFunc(slices.Clone(ch.Overwrites), of(id)), Overwrite{ID: id, Allow: allow, Deny: deny})
	s.reopened(ch)
	return noContent(), nil
}

func (s *Server) deleteOverwrite(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.governed(c)
	if err != nil {
		return answer{}, err
	}
	if !slices.ContainsFunc(ch.Overwrites, of(c.arg("overwrite"))) {
		return answer{}, refuse(10009)
	}
	ch.Overwrites = slices.DeleteFunc(slices.Clone(ch.Overwrites), of(c.arg("overwrite")))
	s.reopened(ch)
	return noContent(), nil
}

func of(id string) func(Overwrite) bool { return func(o Overwrite) bool { return o.ID == id } }

// governed finds a channel of the guild whose permissions the application may change. Callers hold mu.
func (s *Server) governed(c *call) (*channel, error) {
	ch, err := s.readable(c.arg("channel"))
	switch {
	case err != nil:
		return nil, err
	case ch.Kind == DirectTalk || ch.Kind == PublicThread:
		return nil, refuse(50024)
	case !s.permissions(s.o.Application.BotID, ch).has(ManageRoles):
		return nil, refuse(50013)
	}
	return ch, nil
}

// reopened tells of changed permissions. Callers hold mu.
func (s *Server) reopened(ch *channel) {
	s.dispatch(intentGuilds, "CHANNEL_UPDATE", s.channelObject(ch), nil)
	s.touch(change{})
}
