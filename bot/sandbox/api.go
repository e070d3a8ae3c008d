package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
)

// maxBody bounds a request before it is parsed: a view of 250 kB, form-encoded
// with every quote as three bytes, still fits.
const maxBody = 2 << 20

// method is one Web API method.
type method struct {
	name   string
	scopes []string // any of them; nil needs none. The per-type scopes of conversations are checked inside
	tier   tier
	app    bool // takes the app-level token
	run    func(*Workspace, *call) (object, error)
}

// webMethods is the list of what this workspace can do.
func webMethods() []method {
	write := []string{"chat:write"}
	return []method{
		{name: "api.test", tier: tier4, run: (*Workspace).apiTest},
		{name: "auth.test", tier: tierSpecial, run: (*Workspace).authTest},
		{name: "apps.connections.open", tier: tier3, app: true, run: (*Workspace).connectionsOpen},
		{name: "chat.postMessage", scopes: write, tier: tierPost, run: (*Workspace).postMessage},
		{name: "chat.postEphemeral", scopes: write, tier: tier4, run: (*Workspace).postEphemeral},
		{name: "chat.update", scopes: write, tier: tier3, run: (*Workspace).updateMessage},
		{name: "chat.delete", scopes: write, tier: tier3, run: (*Workspace).deleteMessage},
		{name: "chat.getPermalink", tier: tierSpecial, run: (*Workspace).permalink},
		{name: "conversations.info", tier: tier3, run: (*Workspace).conversationInfo},
		{name: "conversations.list", tier: tier2, run: (*Workspace).conversationList},
		{name: "conversations.members", tier: tier4, run: (*Workspace).conversationMembers},
		{name: "conversations.history", tier: tier3, run: (*Workspace).conversationHistory},
		{name: "conversations.replies", tier: tier3, run: (*Workspace).conversationReplies},
		{name: "conversations.open", scopes: []string{"im:write"}, tier: tier3, run: (*Workspace).conversationOpen},
		{name: "conversations.join", scopes: []string{"channels:join"}, tier: tier3, run: (*Workspace).conversationJoin},
		{name: "users.info", scopes: []string{"users:read"}, tier: tier4, run: (*Workspace).userInfo},
		{name: "users.list", scopes: []string{"users:read"}, tier: tier2, run: (*Workspace).userList},
		{name: "users.lookupByEmail", scopes: []string{"users:read.email"}, tier: tier3, run: (*Workspace).userByEmail},
		{name: "team.info", scopes: []string{"team:read"}, tier: tier3, run: (*Workspace).teamInfo},
		{name: "bots.info", scopes: []string{"users:read"}, tier: tier3, run: (*Workspace).botInfo},
		{name: "views.open", tier: tier4, run: (*Workspace).viewsOpen},
		{name: "views.push", tier: tier4, run: (*Workspace).viewsPush},
		{name: "views.update", tier: tier4, run: (*Workspace).viewsUpdate},
		{name: "views.publish", tier: tier4, run: (*Workspace).viewsPublish},
		{name: "files.getUploadURLExternal", scopes: []string{"files:write"}, tier: tier4, run: (*Workspace).uploadURL},
		{name: "files.completeUploadExternal", scopes: []string{"files:write"}, tier: tier4, run: (*Workspace).completeUpload},
		{name: "reactions.add", scopes: []string{"reactions:write"}, tier: tier3, run: (*Workspace).reactionAdd},
		{name: "pins.add", scopes: []string{"pins:write"}, tier: tier2, run: (*Workspace).pinAdd},
	}
}

// slip is an error that the Web API answers, with ok false.
type slip struct {
	code             string
	needed, provided string
	messages         []string // for response_metadata.messages
}

func (s slip) Error() string { return s.code }

// Is lets errors.Is compare by code, since a slip is no comparable value.
func (s slip) Is(target error) bool {
	t, ok := target.(slip)
	return ok && t.code == s.code
}

// refuse returns the answer {"ok":false,"error":code}.
func refuse(code string) error { return slip{code: code} }

// call is one request to the Web API.
type call struct {
	args map[string]any
	base string // scheme and host under which the app reached us
}

func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	c, err := readCall(rw, r)
	if err != nil {
		w.answer(rw, nil, err)
		return
	}
	f := w.faultFor(name, c.str("channel"))
	if w.faultBefore(rw, r, f) {
		return
	}
	m, known := w.methods[name]
	if !known {
		w.answer(rw, nil, refuse("unknown_method"))
		return
	}
	if wait := w.pace(m, c.str("channel")); wait > 0 {
		tooMany(rw, wait)
		return
	}
	if err := w.authorise(rw, r, m, c); err != nil {
		w.answer(rw, nil, err)
		return
	}
	w.learnBase(c.base)
	out, err := m.run(w, c)
	if w.audit != nil && err != nil && name != "api.test" {
		w.audit(name, answerOf(nil, err)["error"].(string))
	}
	if f.Kind > faultsAfter {
		w.faultAfter(rw, r, f, out, err)
		return
	}
	w.answer(rw, out, err)
}

// authorise checks the token, its kind and the scopes of the app.
func (w *Workspace) authorise(rw http.ResponseWriter, r *http.Request, m method, c *call) error {
	token := c.str("token")
	if h, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = strings.TrimSpace(h)
	}
	switch token {
	case "":
		return refuse("not_authed")
	case w.o.BotToken:
		rw.Header().Set("X-OAuth-Scopes", w.provided())
		if m.app {
			return refuse("not_allowed_token_type")
		}
	case w.o.AppToken:
		if !m.app && m.name != "auth.test" && m.name != "api.test" {
			return refuse("not_allowed_token_type")
		}
	default:
		return refuse("invalid_auth")
	}
	if len(m.scopes) == 0 {
		return nil
	}
	rw.Header().Set("X-Accepted-OAuth-Scopes", strings.Join(m.scopes, ","))
	return w.need(m.scopes...)
}

// need answers missing_scope unless the manifest asks for one of the scopes.
func (w *Workspace) need(scopes ...string) error {
	for _, s := range scopes {
		if w.scopes[s] {
			return nil
		}
	}
	return slip{code: "missing_scope", needed: strings.Join(scopes, ","), provided: w.provided()}
}

func (w *Workspace) provided() string {
	out := make([]string, 0, len(w.scopes))
	for s := range w.scopes {
		out = append(out, s)
	}
	sort.Strings(out)
	return strings.Join(out, ",")
}

// learnBase remembers under which address the app reaches the workspace, because
// response urls and links have to use the same one.
func (w *Workspace) learnBase(base string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.o.URL == "" {
		w.base = base
	}
}

func readCall(rw http.ResponseWriter, r *http.Request) (*call, error) {
	c := &call{args: map[string]any{}, base: "http://" + r.Host}
	for k, v := range r.URL.Query() {
		c.args[k] = v[0]
	}
	if r.Method != http.MethodPost {
		return c, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
	if err != nil {
		return nil, refuse("request_timeout")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return c, nil // a call without arguments, whatever type it claims
	}
	kind, about, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		if err := decode(body, &c.args); err != nil {
			return nil, refuse("invalid_json")
		}
		if c.args == nil {
			return nil, refuse("json_not_object")
		}
	case "application/x-www-form-urlencoded", "":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, refuse("invalid_form_data")
		}
		for k, v := range form {
			c.args[k] = v[0]
		}
	case "multipart/form-data":
		form, err := multipart.NewReader(bytes.NewReader(body), about["boundary"]).ReadForm(maxBody) // fits in memory: no file is made
		if err != nil {
			return nil, refuse("invalid_form_data")
		}
		for k, v := range form.Value {
			c.args[k] = v[0]
		}
	default:
		return nil, refuse("invalid_post_type")
	}
	return c, nil
}

// decode reads JSON and keeps numbers as they were written.
func decode(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return nil
}

func (c *call) str(key string) string {
	switch v := c.args[key].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (c *call) has(key string) bool { return c.args[key] != nil && c.args[key] != "" }

func (c *call) flag(key string) bool {
	s := c.str(key)
	return s == "true" || s == "1"
}

// number reads a whole number; ok is false when something else was sent.
func (c *call) number(key string, def int) (n int, ok bool) {
	s := c.str(key)
	if s == "" {
		return def, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// json reads an argument that is a JSON value, or a string that holds one.
func (c *call) json(key string) (any, bool) {
	s, ok := c.args[key].(string)
	if !ok {
		return c.args[key], true
	}
	if s == "" {
		return nil, true
	}
	var v any
	if err := decode([]byte(s), &v); err != nil {
		return nil, false
	}
	return v, true
}

// answer writes a Web API answer: always 200 with ok true or false.
func (w *Workspace) answer(rw http.ResponseWriter, out object, err error) {
	body, _ := json.Marshal(answerOf(out, err))
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.Write(body) //nolint:errcheck // the app has gone; nothing to do
}

func answerOf(out object, err error) object {
	if err == nil {
		if out == nil {
			out = object{}
		}
		out["ok"] = true
		return out
	}
	var s slip
	if !errors.As(err, &s) {
		return object{"ok": false, "error": "internal_error"}
	}
	out = object{"ok": false, "error": s.code}
	if s.needed != "" {
		out["needed"], out["provided"] = s.needed, s.provided
	}
	if len(s.messages) > 0 {
		marked := make([]string, len(s.messages))
		for i, m := range s.messages {
			marked[i] = "[ERROR] " + m
		}
		out["response_metadata"] = object{"messages": marked}
		if strings.HasPrefix(s.code, "invalid_blocks") {
			out["errors"] = s.messages
		}
	}
	return out
}

func (w *Workspace) apiTest(c *call) (object, error) {
	if e := c.str("error"); e != "" {
		return nil, refuse(e)
	}
	return object{}, nil
}

func (w *Workspace) authTest(c *call) (object, error) {
	return object{
		"url": c.base + "/", "team": w.o.Team.Name, "user": w.users[w.o.BotUserID].Name, "team_id": w.o.Team.ID,
		"user_id": w.o.BotUserID, "bot_id": w.o.BotID, "is_enterprise_install": false,
	}, nil
}
