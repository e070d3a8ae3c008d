package discord

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
	sandbox "liaison/bot/sandbox/discord"
)

// The server of the tests: one person of the fixture, one who belongs to nobody, and channels with and without the bot.
const (
	appID    = "100000000000000001"
	ana      = bottest.GuildAna
	kofi     = "200000000000000002"
	desk     = "400000000000000001"
	shut     = "400000000000000002"
	readOnly = "400000000000000003"
	nowhere  = "499999999999999999"
	botRole  = "500000000000000001"
	payRole  = "500000000000000002"
)

// mode is how interactions reach the desk.
type mode string

const (
	overHTTP    mode = "http"
	overGateway mode = "gateway"
)

// shelf keeps drafts in memory; it outlives a platform as the records do.
type shelf struct {
	mu   sync.Mutex
	kept map[string]string
	fail error
}

func (s *shelf) KeepDraft(_ context.Context, key, data string, _ agency.Instant) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]string{}
	}
	if s.fail == nil {
		s.kept[key] = data
	}
	return s.fail
}

func (s *shelf) Draft(_ context.Context, key string, _ agency.Instant) (string, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.kept[key]
	return data, ok, s.fail
}

// record is a log that can be read while it is written.
type record struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

// guild is a platform on a server that stands in for Discord.
type guild struct {
	*Platform
	how    mode
	server *sandbox.Server
	app    string // where the desk takes interactions over HTTP
	drafts *shelf
	log    *record
}

func guildOptions() sandbox.Options {
	return sandbox.Options{
		Application: sandbox.Application{ID: appID, Name: "Liaison"},
		Guild:       sandbox.Guild{ID: bottest.Guild, Name: "Glow", OwnerID: kofi},
		Roles:       []sandbox.Role{{ID: botRole, Name: "Liaison"}, {ID: payRole, Name: "Finance"}},
		Users: []sandbox.User{
			{ID: appID, Name: "liaison", Global: "Liaison", Bot: true, Roles: []string{botRole}},
			{ID: ana, Name: "ana", Global: "Ana Ortiz"}, {ID: kofi, Name: "kofi", Global: "Kofi Mensah"},
		},
		Channels: []sandbox.Channel{
			{ID: desk, Name: "desk"}, {ID: shut, Name: "shut", Only: []string{payRole}},
			{ID: readOnly, Name: "rules", Overwrites: []sandbox.Overwrite{{ID: bottest.Guild, Deny: sandbox.SendMessages}}},
		},
		Unpaced: true,
	}
}

// newGuild opens a server with the desk in it. With prepare it can be changed before it takes anything.
func newGuild(t *testing.T, how mode, prepare func(*sandbox.Options, *Config)) *guild {
	t.Helper()
	o := guildOptions()
	cfg := Config{BotToken: sandbox.DefaultBotToken, ApplicationID: appID, GuildID: bottest.Guild, Commands: someCommands(), Patience: Patience{Pause: 5 * time.Millisecond}}
	g := &guild{how: how, drafts: &shelf{}, log: &record{}}
	cfg.Drafts = g.drafts
	cfg.Log = slog.New(slog.NewTextHandler(g.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.Deaf = how == overHTTP // a session beside it is for the test that is about it
	if prepare != nil {
		prepare(&o, &cfg)
	}
	var err error
	if g.server, err = sandbox.New(o); err != nil {
		t.Fatal(err)
	}
	there := httptest.NewServer(g.server)
	cfg.APIURL = there.URL + "/api/v10"
	if how == overHTTP {
		cfg.PublicKey = g.server.PublicKey()
	}
	if g.Platform, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	var handler atomic.Value
	handler.Store(g.Handler())
	here := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.Load().(http.Handler).ServeHTTP(w, r) }))
	t.Cleanup(func() { g.server.Close(); there.Close(); here.Close() })
	g.app = here.URL + "/discord/interactions"
	if how == overHTTP {
		if err := g.server.SetEndpoint(g.app); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// open runs the desk until the test ends.
func (g *guild) open(t *testing.T, take func(context.Context, bot.Request) bot.Reply) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx, take) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the platform ended with %v", err)
		}
	})
	g.ready(t)
}

func (g *guild) ready(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); g.Ready() != nil; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not ready: %v\n%s", g.Ready(), g.log)
		}
	}
}

// online reports whether a session of the gateway is open.
func (p *Platform) online() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.line
}

func (g *guild) await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	if err := g.server.Await(ctx, cond); err != nil {
		t.Fatalf("waiting for %s: %v\n%s\n%s", what, err, g.server.Script(desk), g.log)
	}
}

var escaped = regexp.MustCompile(`\\([[:punct:]])`)

// shown is a message as it reads, without its marks.
func shown(m sandbox.Message) string { return escaped.ReplaceAllString(m.Text(), "$1") }

// private lists what a person alone sees in the channel.
func (g *guild) private(user string) []sandbox.Message {
	return slices.DeleteFunc(g.server.Messages(desk, user), func(m sandbox.Message) bool { return m.For != user || m.Loading() })
}

func (g *guild) seen(user string) (all []string) {
	for _, m := range g.private(user) {
		all = append(all, shown(m))
	}
	return all
}

func (g *guild) posted(channel string) (all []string) {
	for _, m := range g.server.Messages(channel, kofi) {
		if m.For == "" {
			all = append(all, shown(m))
		}
	}
	return all
}

func contains(all []string, part string) bool { return strings.Contains(strings.Join(all, "\n"), part) }

// button finds a button by its words in what a person sees, newest first.
func (g *guild) button(user, label string) (message, id string, err error) {
	all := g.server.Messages(desk, user)
	slices.Reverse(all)
	for _, m := range all {
		if id := m.Button(label); id != "" {
			return m.ID, id, nil
		}
	}
	return "", "", fmt.Errorf("no button says %q\n%s", label, g.server.Script(desk))
}

func (g *guild) press(user, label string) error {
	message, id, err := g.button(user, label)
	if err != nil {
		return err
	}
	return g.server.Press(user, message, id)
}

// typeLine types a command as the options of the tests' commands want it: the rest of the line in one.
func (g *guild) typeLine(user, channel, line string) error {
	words := strings.SplitN(strings.TrimPrefix(line, "/"), " ", 3)
	at := min(len(words), 2)
	values := sandbox.Values{}
	if len(words) > 2 {
		values["text"] = words[2]
	}
	return g.server.Command(user, channel, "/"+strings.Join(words[:at], " "), values)
}

// submit fills a form in, step by step, and gives the sentences beside its fields.
func (g *guild) submit(user string, f bot.Form, fields map[string][]string) (map[string]string, error) {
	for range 5 {
		form, open := g.server.Modal(user)
		if !open {
			next := ""
			for _, label := range []string{"Go on (2/2)", "Go on", "Correct"} {
				if _, _, err := g.button(user, label); err == nil {
					next = label
				}
			}
			if err := g.press(user, next); err != nil {
				return nil, err
			}
			continue
		}
		fill := sandbox.Fill{}
		for _, field := range form.Fields {
			if values, ok := fields[field.CustomID]; ok {
				fill[field.CustomID] = values
			}
		}
		if err := g.server.Submit(user, fill); err != nil {
			return nil, err
		}
		if _, _, err := g.button(user, "Correct"); err == nil {
			return g.complaints(user, f), nil
		}
		if _, id, _ := g.button(user, "Go on (2/2)"); id == "" {
			return nil, nil
		}
	}
	return nil, fmt.Errorf("the form does not end\n%s", g.server.Script(desk))
}

var complaint = regexp.MustCompile(`(?m)^• \*\*(.+?)\*\*: (.+)$`)

// complaints reads what stands beside which field.
func (g *guild) complaints(user string, f bot.Form) map[string]string {
	errs := map[string]string{}
	for _, found := range complaint.FindAllStringSubmatch(strings.Join(g.seen(user), "\n"), -1) {
		for _, field := range f.Fields {
			if field.Label == found[1] {
				errs[field.Name] = found[2]
			}
		}
	}
	return errs
}

// TestDiscordPassesTheExercise takes both ways in through what every platform must do.
func TestDiscordPassesTheExercise(t *testing.T) {
	t.Parallel()
	for _, how := range []mode{overHTTP, overGateway} {
		t.Run(string(how), func(t *testing.T) {
			t.Parallel()
			bottest.Exercise(t, func(t *testing.T) bottest.Harness {
				return harness(newGuild(t, how, func(o *sandbox.Options, c *Config) {
					o.Roles[0].Permissions = sandbox.ManageRoles
					o.Roles = append([]sandbox.Role{{ID: makerRole, Name: "Creator"}}, o.Roles...)
					c.Deaf, c.Gives = false, map[agency.Role]Access{agency.CreatorRole: {Roles: []string{makerRole}}}
				}))
			})
		})
	}
}

func harness(g *guild) bottest.Harness {
	where := agency.Address{Platform: agency.Discord, Workspace: bottest.Guild, Channel: desk}
	nobody, talk := where, where
	nobody.Channel, talk.Channel = nowhere, ana
	var lose atomic.Bool
	g.server.Fault = func(route, channel string) sandbox.Fault {
		if route == "POST /channels/{channel}/messages" && channel == desk && lose.CompareAndSwap(true, false) {
			return sandbox.Fault{Kind: sandbox.FaultResetAfter}
		}
		return sandbox.Fault{}
	}
	return bottest.Harness{
		Platform: g.Platform, Channel: where, Nowhere: nobody, Talk: talk,
		Lose: func() { lose.Store(true) },
		Say: func(id, text string) (string, error) {
			for !g.online() { // the session beside HTTP comes by itself
				time.Sleep(time.Millisecond)
			}
			_, message := splitMessageID(id, "")
			said, err := g.server.Reply(ana, message, text)
			return said.ID, err
		},
		Resay:  func(said, text string) error { return g.server.EditSaid(ana, said, text) },
		Unsay:  func(said string) error { return g.server.DeleteSaid(ana, said) },
		Holds:  func() bool { return slices.Contains(g.server.Roles(ana), makerRole) },
		Person: agency.Identity{Platform: agency.Discord, Workspace: bottest.Guild, User: ana},
		Type:   func(line string) error { return g.typeLine(ana, desk, line) },
		Press: func(id, label string) error {
			_, message := splitMessageID(id, "")
			for _, m := range g.server.Messages(desk, ana) {
				if m.ID == message {
					return g.server.Press(ana, m.ID, m.Button(label))
				}
			}
			return fmt.Errorf("there is no message %s", id)
		},
		Form: func() (string, bool) {
			form, open := g.server.Modal(ana)
			return strings.TrimSuffix(form.Title, " (1/2)"), open
		},
		Submit: func(fields map[string][]string) (map[string]string, error) {
			return g.submit(ana, bottest.OnboardForm(), fields)
		},
		Seen:   func() []string { return g.seen(ana) },
		Posted: func() []string { return g.posted(desk) },
		Delete: func(id string) error {
			channel, message := splitMessageID(id, "")
			return g.api.call(context.Background(), request{method: "DELETE", path: "channels/" + channel + "/messages/" + message, bucket: "delete"}, nil)
		},
		Await: g.server.Await,
	}
}
