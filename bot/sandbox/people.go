package sandbox

import "strings"

func (w *Workspace) userInfo(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.users[c.str("user")]
	if u == nil {
		return nil, refuse("user_not_found")
	}
	return object{"user": w.userObject(u)}, nil
}

func (w *Workspace) userList(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all list
	for _, id := range w.userOrder {
		all = append(all, w.userObject(w.users[id]))
	}
	page, next, err := paginate(c, all, 1000)
	if err != nil {
		return nil, orArguments(err)
	}
	return object{
		"members": page, "cache_ts": w.o.Now().Unix(), "response_metadata": object{"next_cursor": next},
	}, nil
}

func (w *Workspace) userByEmail(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	email := c.str("email")
	for _, id := range w.userOrder {
		if u := w.users[id]; email != "" && strings.EqualFold(u.Email, email) && !u.Deleted {
			return object{"user": w.userObject(u)}, nil
		}
	}
	return nil, refuse("users_not_found")
}

func (w *Workspace) teamInfo(c *call) (object, error) {
	if id := c.str("team"); id != "" && id != w.o.Team.ID {
		return nil, refuse("team_not_found")
	}
	t := w.o.Team
	return object{"team": object{
		"id": t.ID, "name": t.Name, "domain": t.Domain, "email_domain": "", "icon": object{"image_default": true},
	}}, nil
}

func (w *Workspace) botInfo(c *call) (object, error) {
	id := c.str("bot")
	if id == "" {
		id = w.o.BotID
	}
	if id != w.o.BotID {
		return nil, refuse("bot_not_found")
	}
	return object{"bot": object{
		"id": id, "deleted": false, "name": w.manifest.botName(), "updated": 0,
		"app_id": w.o.AppID, "user_id": w.o.BotUserID, "icons": object{},
	}}, nil
}
