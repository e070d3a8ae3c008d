package sandbox

import (
	"encoding/json"
	"slices"
)

// maxView is the size of a view as JSON; maxStack the number of modals on top of each other.
const (
	maxView  = 250_000
	maxStack = 3
)

// View is an open modal or a published App Home.
type View struct {
	ID, Type, CallbackID, PrivateMetadata string
	ExternalID, Hash                      string
	RootID, PreviousID                    string
	User                                  string
	Title, SubmitText, CloseText          map[string]any
	Blocks                                []any
	NotifyOnClose, ClearOnClose           bool
	Rev                                   int // grows with every change, for the page

	raw     object // the view as the app sent it
	trouble string // what Slack shows when a submission failed
}

// readView reads and checks the view argument.
func (w *Workspace) readView(c *call, want string) (object, error) {
	v, ok := c.json("view")
	o, isObject := v.(object)
	if !ok || !isObject {
		return nil, slip{code: "invalid_arguments", messages: []string{"must provide an object [json-pointer:/view]"}}
	}
	if err := checkedView(o, want); err != nil {
		return nil, err
	}
	return o, nil
}

func checkedView(o object, want string) error {
	if raw, _ := json.Marshal(o); len(raw) > maxView {
		return refuse("view_too_large")
	}
	if problems := checkView(o); len(problems) > 0 {
		return slip{code: "invalid_arguments", messages: problems}
	}
	if str(o, "type") != want {
		return slip{code: "invalid_arguments", messages: []string{"must be a " + want + " view [json-pointer:/view/type]"}}
	}
	return nil
}

// fill puts the content of a view into v. Callers hold mu.
func (w *Workspace) fill(v *View, o object) {
	v.raw, v.Type, v.CallbackID = o, str(o, "type"), str(o, "callback_id")
	v.PrivateMetadata, v.ExternalID = str(o, "private_metadata"), str(o, "external_id")
	v.Title, v.SubmitText, v.CloseText = sub(o, "title"), sub(o, "submit"), sub(o, "close")
	blocks, _ := o["blocks"].(list)
	v.Blocks = w.withIDs(blocks)
	v.NotifyOnClose, _ = o["notify_on_close"].(bool)
	v.ClearOnClose, _ = o["clear_on_close"].(bool)
	v.Hash = w.newID("hash.")
	v.Rev++
	v.trouble = ""
	w.keepValues(viewKey(v), v.Blocks)
}

// newView makes a view for a person. Callers hold mu.
func (w *Workspace) newView(user string, o object) (*View, error) {
	if id := str(o, "external_id"); id != "" && w.viewByExternal(id) != nil {
		return nil, refuse("duplicate_external_id")
	}
	v := &View{ID: w.newID("V"), User: user}
	v.RootID = v.ID
	w.fill(v, o)
	return v, nil
}

func (w *Workspace) viewByID(id string) *View {
	return w.findView(func(v *View) bool { return v.ID == id })
}

func (w *Workspace) viewByExternal(id string) *View {
	return w.findView(func(v *View) bool { return v.ExternalID == id })
}

func (w *Workspace) findView(match func(*View) bool) *View {
	for _, stack := range w.stacks {
		if i := slices.IndexFunc(stack, match); i >= 0 {
			return stack[i]
		}
	}
	for _, v := range w.homes {
		if match(v) {
			return v
		}
	}
	return nil
}

func (w *Workspace) viewsOpen(c *call) (object, error) {
	o, err := w.readView(c, "modal")
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	t, err := w.exchange(c.str("trigger_id"))
	if err != nil {
		return nil, err
	}
	v, err := w.newView(t.user, o)
	if err != nil {
		return nil, err
	}
	w.stacks[t.user] = []*View{v}
	w.touch(change{Kind: changeView, User: t.user})
	return object{"view": w.viewObject(v)}, nil
}

func (w *Workspace) viewsPush(c *call) (object, error) {
	o, err := w.readView(c, "modal")
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	t, err := w.exchange(c.str("trigger_id"))
	if err != nil {
		return nil, err
	}
	v, err := w.push(t.user, o)
	if err != nil {
		return nil, err
	}
	return object{"view": w.viewObject(v)}, nil
}

// push puts a view on top of a person's stack. Callers hold mu.
func (w *Workspace) push(user string, o object) (*View, error) {
	stack := w.stacks[user]
	if len(stack) == 0 {
		return nil, refuse("not_found")
	}
	if len(stack) >= maxStack {
		return nil, refuse("push_limit_reached")
	}
	v, err := w.newView(user, o)
	if err != nil {
		return nil, err
	}
	v.RootID, v.PreviousID = stack[0].ID, stack[len(stack)-1].ID
	w.stacks[user] = append(slices.Clone(stack), v)
	w.touch(change{Kind: changeView, User: user})
	return v, nil
}

func (w *Workspace) viewsUpdate(c *call) (object, error) {
	v, ok := c.json("view")
	o, isObject := v.(object)
	if !ok || !isObject {
		return nil, slip{code: "invalid_arguments", messages: []string{"must provide an object [json-pointer:/view]"}}
	}
	if err := checkedView(o, str(o, "type")); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var old *View
	if id := c.str("view_id"); id != "" {
		old = w.viewByID(id)
	} else if ext := c.str("external_id"); ext != "" {
		old = w.viewByExternal(ext)
	}
	if old == nil || old.Type != str(o, "type") {
		return nil, refuse("not_found")
	}
	if h := c.str("hash"); h != "" && h != old.Hash {
		return nil, refuse("hash_conflict")
	}
	if ext := str(o, "external_id"); ext != "" && ext != old.ExternalID && w.viewByExternal(ext) != nil {
		return nil, refuse("duplicate_external_id")
	}
	w.fill(old, o)
	w.viewChanged(old)
	return object{"view": w.viewObject(old)}, nil
}

func (w *Workspace) viewsPublish(c *call) (object, error) {
	if !w.manifest.hasHome() {
		return nil, refuse("not_enabled")
	}
	o, err := w.readView(c, "home")
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	user := w.users[c.str("user_id")]
	if user == nil || user.IsBot {
		return nil, slip{code: "invalid_arguments", messages: []string{"user_not_found [json-pointer:/user_id]"}}
	}
	old := w.homes[user.ID]
	if h := c.str("hash"); h != "" && (old == nil || h != old.Hash) {
		return nil, refuse("hash_conflict")
	}
	ext := str(o, "external_id")
	if other := w.viewByExternal(ext); ext != "" && other != nil && other != old {
		return nil, refuse("duplicate_external_id")
	}
	if old == nil {
		old = &View{ID: w.newID("V"), User: user.ID}
		old.RootID = old.ID
		w.homes[user.ID] = old
	}
	w.fill(old, o)
	w.viewChanged(old)
	return object{"view": w.viewObject(old)}, nil
}

// viewChanged tells the page. Callers hold mu.
func (w *Workspace) viewChanged(v *View) {
	kind := changeView
	if v.Type == "home" {
		kind = changeHome
	}
	w.touch(change{Kind: kind, User: v.User})
}

// viewObject is a view as the API and the payloads show it. Callers hold mu.
func (w *Workspace) viewObject(v *View) object {
	o := object{
		"id": v.ID, "team_id": w.o.Team.ID, "type": v.Type, "blocks": v.Blocks, "private_metadata": v.PrivateMetadata,
		"callback_id": v.CallbackID, "hash": v.Hash, "clear_on_close": v.ClearOnClose, "notify_on_close": v.NotifyOnClose,
		"root_view_id": v.RootID, "previous_view_id": nil, "app_id": w.o.AppID, "external_id": v.ExternalID,
		"app_installed_team_id": w.o.Team.ID, "bot_id": w.o.BotID, "title": nil, "submit": nil, "close": nil,
		"state": object{"values": w.stateOf(viewKey(v), v.Blocks)},
	}
	if v.PreviousID != "" {
		o["previous_view_id"] = v.PreviousID
	}
	for key, text := range map[string]object{"title": v.Title, "submit": v.SubmitText, "close": v.CloseText} {
		if text != nil {
			o[key] = text
		}
	}
	return o
}

// Views returns the stack of modals a person has open, the visible one last.
func (w *Workspace) Views(user string) []View {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]View, 0, len(w.stacks[user]))
	for _, v := range w.stacks[user] {
		out = append(out, *v)
	}
	return out
}

// Home returns the App Home that was published for a person.
func (w *Workspace) Home(user string) (View, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if v := w.homes[user]; v != nil {
		return *v, true
	}
	return View{}, false
}
