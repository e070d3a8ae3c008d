package sandbox

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

//go:embed web
var web embed.FS

// pagePolicy lets the page load nothing but its own files: no inline script, no
// frame, no other host, so that a text that slipped through escaping stays a text.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func parsePage() (*template.Template, error) {
	return template.New("page").Funcs(pageFuncs()).ParseFS(web, "web/*.html")
}

// pageRoutes adds the page. Its requests come from a browser, so they are checked
// for where they come from; the API's are not, because they carry tokens.
func (w *Workspace) pageRoutes(mux *http.ServeMux) {
	guard := http.NewCrossOriginProtection()
	on := func(pattern string, h http.HandlerFunc) { mux.Handle(pattern, guard.Handler(localOnly(h))) }
	on("GET /{$}", w.showPage)
	on("GET /archives/{channel}/{ts}", w.followPermalink)
	on("GET /web/{file}", w.serveAsset)
	on("GET /ui/{part}", w.showPart)
	on("GET /ui/boot", w.showBoot)
	on("GET /ui/events", w.streamChanges)
	on("POST /ui/say", w.act(w.actSay))
	on("POST /ui/read", w.act(w.actRead))
	on("POST /ui/press", w.act(w.actPress))
	on("POST /ui/suggest", w.act(w.actSuggest))
	on("POST /ui/submit", w.act(w.actSubmit))
	on("POST /ui/close", w.act(w.actClose))
	on("POST /ui/home", w.act(w.actHome))
	on("POST /ui/clock", w.act(w.actClock))
}

// localOnly refuses names other than the loopback's: a foreign name that resolves
// to 127.0.0.1 would otherwise make the page part of somebody else's site.
func localOnly(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !loopback(r.Host) {
			http.Error(rw, "this page answers on the loopback interface only", http.StatusForbidden)
			return
		}
		h := rw.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next(rw, r)
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

func (w *Workspace) serveAsset(rw http.ResponseWriter, r *http.Request) {
	kinds := map[string]string{
		".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	}
	name := r.PathValue("file")
	kind := kinds[name[max(0, strings.LastIndexByte(name, '.')):]]
	data, err := web.ReadFile("web/" + name)
	if err != nil || kind == "" {
		http.NotFound(rw, r)
		return
	}
	rw.Header().Set("Content-Type", kind)
	rw.Write(data) //nolint:errcheck,gosec // the reader has gone; the data is a file of our own, whatever name was asked for
}

// followPermalink leads a link from chat.getPermalink to the message on the page.
func (w *Workspace) followPermalink(rw http.ResponseWriter, r *http.Request) {
	ts := strings.TrimPrefix(r.PathValue("ts"), "p")
	if len(ts) > 6 {
		ts = ts[:len(ts)-6] + "." + ts[len(ts)-6:]
	}
	q := r.URL.Query()
	q.Set("c", r.PathValue("channel"))
	if t := q.Get("thread_ts"); t != "" {
		q.Set("t", t)
	}
	q.Del("thread_ts")
	q.Del("cid")
	to := url.URL{Path: "/", RawQuery: q.Encode(), Fragment: "m-" + ts} // no host: it leads to our own page
	http.Redirect(rw, r, to.String(), http.StatusFound)
}

// scene is what the page shows: who looks, at which conversation, tab and thread.
// All of it stands in the address, so two tabs can be two people.
type scene struct {
	*Workspace
	Me     *User
	Room   *room
	Tab    string // "home" in the app's direct message
	Thread string
	now    time.Time
}

// sceneOf reads the address. Callers hold mu.
func (w *Workspace) sceneOf(r *http.Request) scene {
	q := r.URL.Query()
	s := scene{Workspace: w, Me: w.users[q.Get("as")], Room: w.rooms[q.Get("c")], Thread: q.Get("t"), now: w.o.Now()}
	if s.Me == nil || s.Me.IsBot || s.Me.Deleted {
		for _, id := range w.userOrder {
			if u := w.users[id]; !u.IsBot && !u.Deleted {
				s.Me = u
				break
			}
		}
	}
	if s.Me == nil {
		s.Me = w.users[w.o.BotUserID]
	}
	if s.Room == nil || !s.Room.has(s.Me.ID) {
		s.Room, s.Thread = nil, ""
		if mine := w.roomsOf(s.Me.ID); len(mine) > 0 {
			s.Room = mine[0]
		} else if dm := w.dms[s.Me.ID]; dm != "" {
			s.Room = w.rooms[dm]
		}
	}
	if s.Room != nil && s.Room.im != "" && w.manifest.hasHome() && q.Get("tab") == "home" {
		s.Tab = "home"
	}
	return s
}

func (w *Workspace) showPage(rw http.ResponseWriter, r *http.Request) { w.draw(rw, r, "page") }

// showPart draws one part of the page, for the script that keeps it up to date.
func (w *Workspace) showPart(rw http.ResponseWriter, r *http.Request) {
	part := r.PathValue("part")
	switch part {
	case "sidebar", "main", "thread", "modal", "clock":
		w.draw(rw, r, part)
	default:
		http.NotFound(rw, r)
	}
}

// draw executes a template under the lock, into memory: nothing waits for a slow reader.
func (w *Workspace) draw(rw http.ResponseWriter, r *http.Request, name string) {
	var b bytes.Buffer
	w.mu.Lock()
	err := w.page.ExecuteTemplate(&b, name, w.sceneOf(r))
	w.mu.Unlock()
	if err != nil {
		w.log.Error("drawing the page failed", "part", name, "error", err)
		http.Error(rw, "drawing the page failed", http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Write(b.Bytes()) //nolint:errcheck // the reader has gone
}

// showBoot lists what the composer completes.
func (w *Workspace) showBoot(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	s := w.sceneOf(r)
	cmds, people, rooms := list{}, list{}, list{}
	if s.Me.TeamID == w.o.Team.ID {
		for _, c := range w.manifest.Features.SlashCommands {
			cmds = append(cmds, object{"insert": c.Command, "hint": c.UsageHint, "about": c.Description})
		}
	}
	for _, id := range w.userOrder {
		if u := w.users[id]; !u.Deleted {
			people = append(people, object{"insert": "@" + u.Name, "hint": u.RealName, "about": u.Title})
		}
	}
	for _, rm := range w.roomsOf(s.Me.ID) {
		rooms = append(rooms, object{"insert": "#" + rm.Name, "hint": "", "about": rm.Topic})
	}
	w.mu.Unlock()
	writeJSON(rw, http.StatusOK, object{"commands": cmds, "people": people, "channels": rooms})
}

func writeJSON(rw http.ResponseWriter, status int, v any) {
	body, _ := json.Marshal(v)
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	rw.Write(body) //nolint:errcheck // the reader has gone
}
