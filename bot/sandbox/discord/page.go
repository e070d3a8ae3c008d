package discord

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

//go:embed web
var web embed.FS

// pagePolicy lets the page load nothing but its own files: no inline script, no
// frame, no other host, so that a text that slipped through escaping stays a text.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func parsePage() (*template.Template, error) {
	return template.New("page").Funcs(template.FuncMap{"hue": hue, "initials": initials}).ParseFS(web, "web/*.html")
}

// pageRoutes adds the page. Its requests come from a browser, so they are checked for
// where they come from; the API's are not, because they carry tokens.
func (s *Server) pageRoutes(mux *http.ServeMux) {
	guard := http.NewCrossOriginProtection()
	on := func(pattern string, h http.HandlerFunc) { mux.Handle(pattern, guard.Handler(localOnly(h))) }
	on("GET /{$}", s.showPage)
	on("GET /web/{file}", s.serveAsset)
	on("GET /ui/{part}", s.showPart)
	on("GET /ui/boot", s.showBoot)
	on("GET /ui/events", s.streamChanges)
	on("POST /ui/say", s.act(s.actSay))
	on("POST /ui/command", s.act(s.actCommand))
	on("POST /ui/complete", s.act(s.actComplete))
	on("POST /ui/press", s.act(s.actPress))
	on("POST /ui/submit", s.act(s.actSubmit))
	on("POST /ui/close", s.act(s.actClose))
	on("POST /ui/edit", s.act(s.actEdit))
	on("POST /ui/delete", s.act(s.actDelete))
	on("POST /ui/read", s.act(s.actRead))
	on("POST /ui/privacy", s.act(s.actPrivacy))
}

// localOnly refuses names other than the loopback's: a foreign name that resolves to
// 127.0.0.1 would otherwise make the page part of somebody else's site.
func localOnly(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(r.Host) {
			http.Error(w, "this page answers on the loopback interface only", http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next(w, r)
	})
}

func loopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func (s *Server) serveAsset(w http.ResponseWriter, r *http.Request) {
	kinds := map[string]string{
		".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	}
	name := r.PathValue("file")
	kind := kinds[name[max(0, strings.LastIndexByte(name, '.')):]]
	data, err := web.ReadFile("web/" + name)
	if err != nil || kind == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Write(data) //nolint:errcheck,gosec // the reader has gone; the data is a file of our own, whatever name was asked for
}

func (s *Server) showPage(w http.ResponseWriter, r *http.Request) { s.draw(w, r, "page") }

// showPart draws one part of the page, for the script that keeps it up to date.
func (s *Server) showPart(w http.ResponseWriter, r *http.Request) {
	switch part := r.PathValue("part"); part {
	case "sidebar", "main", "members", "modal":
		s.draw(w, r, part)
	default:
		http.NotFound(w, r)
	}
}

// draw executes a template under the lock, into memory: nothing waits for a slow reader.
func (s *Server) draw(w http.ResponseWriter, r *http.Request, name string) {
	var b bytes.Buffer
	s.mu.Lock()
	err := s.page.ExecuteTemplate(&b, name, s.sceneOf(r))
	s.mu.Unlock()
	if err != nil {
		s.log.Error("drawing the page failed", "part", name, "error", err)
		http.Error(w, "drawing the page failed", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(b.Bytes()) //nolint:errcheck // the reader has gone
}

// showBoot lists what the message box completes: commands with their options, people,
// channels and roles.
func (s *Server) showBoot(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	sc := s.sceneOf(r)
	cmds := list{}
	for _, cmd := range s.visible(sc.Me.ID, sc.Room) {
		if cmd.kind() == 1 {
			cmds = append(cmds, leaves("/"+cmd.name(), cmd.body)...)
		}
	}
	people, channels, roles := list{}, list{}, list{}
	for _, id := range s.userOrder {
		people = append(people, object{"value": id, "name": s.users[id].Name, "label": s.shownName(id)})
	}
	for _, id := range s.order {
		if ch := s.channels[id]; ch.Kind == TextChannel && s.permissions(sc.Me.ID, ch).has(ViewChannel) {
			channels = append(channels, object{"value": id, "name": ch.Name, "label": "#" + ch.Name})
		}
	}
	for _, role := range s.roles {
		roles = append(roles, object{"value": role.ID, "name": role.Name, "label": role.Name})
	}
	s.mu.Unlock()
	writeJSON(w, object{"commands": cmds, "people": people, "channels": channels, "roles": roles})
}

// leaves lists what can be called below a command, each with its line.
func leaves(line string, o object) list {
	options := asObjects(items(o, "options"))
	if len(options) == 0 || kind(options[0]) > optionGroup {
		return list{object{"line": line, "about": str(o, "description"), "options": nonNil(items(o, "options"))}}
	}
	var out list
	for _, in := range options {
		out = append(out, leaves(line+" "+str(in, "name"), in)...)
	}
	return out
}

func writeJSON(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "that could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(body) //nolint:errcheck // the reader has gone
}
