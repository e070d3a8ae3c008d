package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
)

// The seed of the tests: a guild with staff, creators and a channel that the bot cannot see.
const (
	appID    = "1000000000000000001"
	guildID  = "1000000000000000002"
	botRole  = "1100000000000000001"
	creators = "1100000000000000002"
	staff    = "1100000000000000003"
	ada      = "1200000000000000001"
	ben      = "1200000000000000002"
	cleo     = "1200000000000000003"
	general  = "1300000000000000001"
	secretly = "1300000000000000002"
	readOnly = "1300000000000000003"
	voice    = "1300000000000000004"
	category = "1300000000000000005"
)

func testOptions() Options {
	return Options{
		Application: Application{ID: appID, Name: "Helper"},
		Guild:       Guild{ID: guildID, Name: "Home", OwnerID: ada},
		Roles: []Role{
			{ID: creators, Name: "Creators", Color: 0x3ba55d, Hoist: true, Mentionable: true},
			{ID: staff, Name: "Staff", Permissions: ManageMessages},
			{ID: botRole, Name: "Helper", Permissions: ManageRoles | ManageMessages},
		},
		Users: []User{
			{ID: appID, Name: "helper", Global: "Helper", Bot: true, Roles: []string{botRole}},
			{ID: ada, Name: "ada", Global: "Ada Holm", Roles: []string{staff}},
			{ID: ben, Name: "ben", Global: "Ben Ito", Roles: []string{creators}},
			{ID: cleo, Name: "cleo", Global: "Cleo Park", ClosedDM: true},
		},
		Channels: []Channel{
			{ID: category, Name: "Desk", Kind: Category},
			{ID: general, Name: "general", Topic: "Talk", Parent: category},
			{ID: secretly, Name: "secret", Only: []string{staff}},
			{ID: readOnly, Name: "rules", Overwrites: []Overwrite{{ID: guildID, Deny: SendMessages}}},
			{ID: voice, Name: "Stage", Kind: VoiceChannel},
		},
		Windows: Windows{Answer: 2 * time.Second},
		Unpaced: true,
	}
}

// start serves a server on the loopback and returns it with its address.
func start(t *testing.T, o Options) (*Server, string) {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s, serve(t, s)
}

func serve(t *testing.T, s *Server) string {
	t.Helper()
	s.audit = auditor(t)
	srv := httptest.NewServer(s)
	t.Cleanup(func() { s.Close(); srv.Close() })
	return srv.URL
}

func await(t *testing.T, s *Server, what string, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Await(ctx, cond); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// api calls the REST API and returns the status and the answer.
func api(t *testing.T, base, method, path string, body any) (int, object) {
	t.Helper()
	resp, raw := apiRaw(t, base, method, path, body)
	var o any
	if len(raw) > 0 {
		if err := decode(raw, &o); err != nil {
			t.Fatalf("%s %s answers %s", method, path, raw)
		}
	}
	if l, ok := o.(list); ok {
		return resp.StatusCode, object{"": l}
	}
	out, _ := o.(object)
	return resp.StatusCode, out
}

func apiRaw(t *testing.T, base, method, path string, body any) (*http.Response, []byte) {
	t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, base+"/api/v10"+path, r)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bot "+DefaultBotToken)
	if r != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, raw
}

// redirect sends a client that knows only discord.com to the sandbox.
type redirect struct{ to *url.URL }

func (r redirect) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host, req.Host = r.to.Scheme, r.to.Host, r.to.Host
	req.URL.Path = strings.TrimSuffix(r.to.Path, "/") + req.URL.Path
	return http.DefaultTransport.RoundTrip(req)
}

// plain is an unchanged discordgo session that talks to the sandbox.
func plain(t *testing.T, base string) *discordgo.Session {
	t.Helper()
	to, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	s, err := discordgo.New("Bot " + DefaultBotToken)
	if err != nil {
		t.Fatal(err)
	}
	s.Client = &http.Client{Transport: redirect{to}}
	s.Identify.Intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessages | discordgo.IntentsDirectMessages
	return s
}

func TestDiscordgoConnectsRegistersAndAnswers(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "/discord"} {
		o := testOptions()
		o.Path = path
		s, base := start(t, o)
		dg := plain(t, base+path)
		heard := make(chan string, 8)
		dg.AddHandler(func(_ *discordgo.Session, m *discordgo.MessageCreate) { heard <- m.Author.Username + ": " + m.Content })
		dg.AddHandler(func(dg *discordgo.Session, i *discordgo.InteractionCreate) {
			if i.Type == discordgo.InteractionMessageComponent {
				if err := dg.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{
					Type: discordgo.InteractionResponseUpdateMessage,
					Data: &discordgo.InteractionResponseData{Content: "pressed by " + i.Member.User.Username, Components: []discordgo.MessageComponent{}},
				}); err != nil {
					t.Error(err)
				}
				return
			}
			name := i.ApplicationCommandData().Options[0].StringValue()
			if err := dg.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{
				Type: discordgo.InteractionResponseChannelMessageWithSource,
				Data: &discordgo.InteractionResponseData{Content: "Hello " + name, Components: []discordgo.MessageComponent{discordgo.ActionsRow{
					Components: []discordgo.MessageComponent{discordgo.Button{Label: "Go", CustomID: "go:1"}},
				}}},
			}); err != nil {
				t.Error(err)
			}
		})
		if err := dg.Open(); err != nil {
			t.Fatal(err)
		}
		defer dg.Close()
		await(t, s, "a session", func() bool { return s.Sessions() == 1 })
		_, err := dg.ApplicationCommandBulkOverwrite(appID, guildID, []*discordgo.ApplicationCommand{{
			Name: "hello", Description: "Says hello",
			Options: []*discordgo.ApplicationCommandOption{{Type: discordgo.ApplicationCommandOptionString, Name: "name", Description: "Whom", Required: true}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Command(ben, general, "/hello", Values{"name": "you"}); err != nil {
			t.Fatal(err)
		}
		m := s.Messages(general, ben)[0]
		if m.Content != "Hello you" || m.Button("Go") != "go:1" {
			t.Fatalf("the answer is %+v", m)
		}
		if err := s.Press(ben, m.ID, "go:1"); err != nil {
			t.Fatal(err)
		}
		if m := s.Messages(general, ben)[0]; m.Content != "pressed by ben" || len(m.Components) != 0 {
			t.Errorf("after the press the message is %+v", m)
		}
		if _, err := s.Say(ben, general, "hi <@"+appID+">"); err != nil {
			t.Fatal(err)
		}
		for got := range heard {
			if got == "ben: hi <@"+appID+">" {
				break
			}
		}
		if _, err := dg.ChannelMessageSend(general, "bye"); err != nil {
			t.Fatal(err)
		}
		back, err := dg.ChannelMessages(general, 10, "", "", "")
		if err != nil || len(back) != 3 || back[0].Content != "bye" || back[1].Content != "hi <@"+appID+">" {
			t.Errorf("the history is %v, %v", back, err)
		}
	}
}
