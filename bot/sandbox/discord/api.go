package discord

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
)

// maxBody bounds a request: Discord takes 25 MiB.
const maxBody = 25 << 20

// route is one method of one path. Segments in braces are parameters.
type route struct {
	method, path string
	limit        limit
	auth         auth
	run          func(*Server, *call) (answer, error)
}

// auth says what has to stand behind a call.
type auth int

const (
	authBot   auth = iota // the bot's token
	authToken             // the token in the path: interactions and their webhooks
	authNone
)

// answer is what a route gives back: 200 with a body unless it says otherwise.
type answer struct {
	status int
	body   any
}

// routes is the list of what this server can do.
func routes() []route {
	return []route{
		{"GET", "/gateway", limitPlain, authNone, (*Server).getGateway},
		{"GET", "/gateway/bot", limitPlain, authBot, (*Server).getGatewayBot},
		{"GET", "/users/@me", limitPlain, authBot, (*Server).getMe},
		{"GET", "/users/@me/guilds", limitPlain, authBot, (*Server).getMyGuilds},
		{"POST", "/users/@me/channels", limitOpen, authBot, (*Server).openTalk},
		{"GET", "/users/{user}", limitPlain, authBot, (*Server).getUser},
		{"GET", "/applications/@me", limitPlain, authBot, (*Server).getApplication},
		{"PATCH", "/applications/@me", limitPlain, authBot, (*Server).editApplication},
		{"GET", "/oauth2/applications/@me", limitPlain, authBot, (*Server).getApplication},
		{"GET", "/channels/{channel}", limitPlain, authBot, (*Server).getChannel},
		{"GET", "/channels/{channel}/messages", limitRead, authBot, (*Server).getMessages},
		{"POST", "/channels/{channel}/messages", limitWrite, authBot, (*Server).createMessage},
		{"GET", "/channels/{channel}/messages/{message}", limitRead, authBot, (*Server).getMessage},
		{"PATCH", "/channels/{channel}/messages/{message}", limitWrite, authBot, (*Server).editMessage},
		{"DELETE", "/channels/{channel}/messages/{message}", limitWrite, authBot, (*Server).deleteMessage},
		{"POST", "/channels/{channel}/messages/{message}/threads", limitWrite, authBot, (*Server).startThread},
		{"POST", "/channels/{channel}/typing", limitWrite, authBot, (*Server).typing},
		{"GET", "/guilds/{guild}", limitPlain, authBot, (*Server).getGuild},
		{"GET", "/guilds/{guild}/channels", limitPlain, authBot, (*Server).getGuildChannels},
		{"GET", "/guilds/{guild}/roles", limitPlain, authBot, (*Server).getRoles},
		{"GET", "/guilds/{guild}/members", limitPlain, authBot, (*Server).listMembers},
		{"GET", "/guilds/{guild}/members/search", limitPlain, authBot, (*Server).searchMembers},
		{"GET", "/guilds/{guild}/members/{user}", limitPlain, authBot, (*Server).getMember},
		{"PUT", "/guilds/{guild}/members/{user}/roles/{role}", limitOpen, authBot, (*Server).addRole},
		{"DELETE", "/guilds/{guild}/members/{user}/roles/{role}", limitOpen, authBot, (*Server).removeRole},
		{"PUT", "/channels/{channel}/permissions/{overwrite}", limitOpen, authBot, (*Server).setOverwrite},
		{"DELETE", "/channels/{channel}/permissions/{overwrite}", limitOpen, authBot, (*Server).deleteOverwrite},
		{"GET", "/applications/{application}/commands", limitPlain, authBot, (*Server).getCommands},
		{"PUT", "/applications/{application}/commands", limitOpen, authBot, (*Server).overwriteCommands},
		{"POST", "/applications/{application}/commands", limitOpen, authBot, (*Server).createCommand},
		{"DELETE", "/applications/{application}/commands/{command}", limitOpen, authBot, (*Server).deleteCommand},
		{"GET", "/applications/{application}/guilds/{guild}/commands", limitPlain, authBot, (*Server).getCommands},
		{"PUT", "/applications/{application}/guilds/{guild}/commands", limitOpen, authBot, (*Server).overwriteCommands},
		{"POST", "/applications/{application}/guilds/{guild}/commands", limitOpen, authBot, (*Server).createCommand},
		{"DELETE", "/applications/{application}/guilds/{guild}/commands/{command}", limitOpen, authBot, (*Server).deleteCommand},
		{"POST", "/interactions/{interaction}/{token}/callback", limitNone, authToken, (*Server).callback},
		{"POST", "/webhooks/{application}/{token}", limitHook, authToken, (*Server).followUp},
		{"GET", "/webhooks/{application}/{token}/messages/{message}", limitHook, authToken, (*Server).getFollowUp},
		{"PATCH", "/webhooks/{application}/{token}/messages/{message}", limitHook, authToken, (*Server).editFollowUp},
		{"DELETE", "/webhooks/{application}/{token}/messages/{message}", limitHook, authToken, (*Server).deleteFollowUp},
	}
}

// call is one request to the REST API.
type call struct {
	route *route
	vars  map[string]string
	query map[string][]string
	body  object
	files map[int]upload // by n of files[n]
	base  string         // scheme and host under which the application reached us
}

func (c *call) arg(key string) string { return orElse(c.vars[key], "") }

// param is a value of the query.
func (c *call) param(key string) string {
	if v := c.query[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// find matches a path. When only the method is wrong, allowed says which would do.
func find(method, path string) (r *route, vars map[string]string, allowed []string) {
	steps := strings.Split(path, "/")
	for _, candidate := range routes() {
		pattern := strings.Split(candidate.path, "/")
		if len(pattern) != len(steps) {
			continue
		}
		found := map[string]string{}
		matches := true
		for i, p := range pattern {
			if strings.HasPrefix(p, "{") && steps[i] != "" {
				found[strings.Trim(p, "{}")] = steps[i]
			} else if p != steps[i] {
				matches = false
				break
			}
		}
		if matches && candidate.method == method {
			return &candidate, found, nil
		}
		if matches {
			allowed = append(allowed, candidate.method)
		}
	}
	return nil, nil, allowed
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.answer(w, Request{}, nil, answer{}, refuse(40005))
		return
	}
	log := Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body, At: s.o.Real()}
	path, ok := versionless(r.URL.Path)
	if !ok {
		s.answer(w, log, nil, answer{}, failure{status: http.StatusBadRequest, code: 50041, message: "Invalid API version"})
		return
	}
	rt, vars, allowed := find(r.Method, path)
	if rt == nil {
		status := http.StatusNotFound
		if len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			status = http.StatusMethodNotAllowed
		}
		s.answer(w, log, nil, answer{}, httpError(status))
		return
	}
	log.Route = rt.method + " " + rt.path
	c := &call{route: rt, vars: vars, query: r.URL.Query(), base: "http://" + r.Host}
	f := s.faultFor(log.Route, vars["channel"])
	if s.faultBefore(w, rt, &log, f) {
		return
	}
	out, err := s.handle(w, r, c, body)
	if f.Kind > faultsAfter {
		s.faultAfter(w, r, log, f, out, err)
		return
	}
	s.answer(w, log, rt, out, err)
}

// handle paces, authorises, reads and runs one call.
func (s *Server) handle(w http.ResponseWriter, r *http.Request, c *call, body []byte) (answer, error) {
	if s.banned() {
		return answer{}, errBanned
	}
	if wait := s.paced(w, c); wait.after > 0 {
		return answer{}, wait
	}
	if err := s.authorised(r, c.route.auth); err != nil {
		return answer{}, err
	}
	if err := c.read(r.Header.Get("Content-Type"), body); err != nil {
		return answer{}, err
	}
	s.learnBase(c.base)
	return c.route.run(s, c)
}

// versionless strips /api/v10 or /api/v9. Without a version Discord means its
// default, which is old; a client that names none is in error, but is served.
func versionless(path string) (string, bool) {
	rest := strings.TrimPrefix(path, "/api")
	if version, after, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/"); strings.HasPrefix(version, "v") {
		return "/" + after, version == "v10" || version == "v9"
	}
	return rest, true
}

func (s *Server) authorised(r *http.Request, a auth) error {
	if a != authBot {
		return nil
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bot ")
	if !ok || token != s.o.BotToken {
		return httpError(http.StatusUnauthorized)
	}
	return nil
}

// learnBase remembers under which address the application reaches the server, because
// the gateway and attachments have to be named by the same one.
func (s *Server) learnBase(base string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.o.URL == "" {
		s.base = base
	}
}

// root is the base of everything that this server links to. Callers hold mu.
func (s *Server) root() string { return s.base + strings.TrimSuffix(s.o.Path, "/") }

// read parses the body: JSON, or a form with JSON in payload_json and files beside it.
func (c *call) read(contentType string, body []byte) error {
	c.body = object{}
	if len(body) == 0 {
		return nil
	}
	if strings.HasPrefix(contentType, "multipart/form-data") {
		return c.readForm(contentType, body)
	}
	if !strings.HasPrefix(contentType, "application/json") {
		f := refusal(50035)
		f.message = `Expected "Content-Type" header to be one of {'application/json', 'multipart/form-data'}.`
		return f
	}
	return c.readJSON(body)
}

func (c *call) readJSON(body []byte) error {
	var v any
	if decode(body, &v) != nil || !json.Valid(body) {
		return refuse(50109)
	}
	switch v := v.(type) {
	case object:
		c.body = v
	case list:
		c.body = object{"": v} // bulk overwrites take a list
	default:
		f := &form{}
		f.fail("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
		return f.err()
	}
	return nil
}

// answer writes a result or an error and keeps both in the transcript.
func (s *Server) answer(w http.ResponseWriter, log Request, rt *route, out answer, err error) {
	status, body := s.rendered(w, out, err)
	log.Status = status
	s.record(log, body, rt != nil && err != nil)
	if len(body) > 0 {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	w.Write(body) //nolint:errcheck,gosec // the application has gone; what it gets is JSON
}

// rendered is the status and body of an answer; the headers of a 429 are set.
func (s *Server) rendered(w http.ResponseWriter, out answer, err error) (int, []byte) {
	var status int
	var v any
	switch e := err.(type) { //nolint:errorlint // these two are never wrapped
	case nil:
		status, v = out.status, out.body
		if status == 0 {
			status = http.StatusOK
		}
	case wait:
		return e.write(w)
	default:
		if errors.Is(err, errBanned) {
			return http.StatusTooManyRequests, []byte("error code: 1015")
		}
		status, v = bodyOf(err)
	}
	if v == nil {
		return status, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		s.log.Error("an answer could not be written", "error", err)
		return http.StatusInternalServerError, nil
	}
	return status, bytes.TrimRight(b.Bytes(), "\n")
}

func noContent() answer { return answer{status: http.StatusNoContent} }

// readable finds a channel that the application sees. Callers hold mu.
func (s *Server) readable(id string) (*channel, error) {
	c := s.channels[id]
	switch {
	case c == nil || (c.Kind == DirectTalk && !c.opened):
		return nil, refuse(10003)
	case !s.permissions(s.o.Application.BotID, c).has(ViewChannel):
		return nil, refuse(50001)
	}
	return c, nil
}

// ourGuild checks the guild of a path.
func (s *Server) ourGuild(c *call) error {
	if c.arg("guild") != s.o.Guild.ID {
		return refuse(10004)
	}
	return nil
}

func (s *Server) textual(c *channel) bool {
	return slices.Contains([]Kind{TextChannel, DirectTalk, NewsChannel, PublicThread, VoiceChannel}, c.Kind)
}
