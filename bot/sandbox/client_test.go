package sandbox

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

const testManifest = `
display_information: {name: Helper}
features:
  bot_user: {display_name: Helper}
  app_home: {home_tab_enabled: true, messages_tab_enabled: true}
  slash_commands:
    - {command: /order, description: Look at an order, usage_hint: "[number]", should_escape: true}
    - {command: /raw, description: Sees what was typed}
oauth_config:
  scopes:
    bot: [commands, chat:write, channels:read, channels:history, groups:read, groups:history, im:read, im:write, im:history,
      users:read, users:read.email, team:read, files:write, reactions:write, pins:write, channels:join, app_mentions:read]
settings:
  event_subscriptions: {bot_events: [app_home_opened, app_mention, message.im, message.channels, member_joined_channel]}
  interactivity: {is_enabled: true}
  socket_mode_enabled: true
`

// testOptions is a small company: two people at home, a guest, somebody from
// another company, and a bot that sits in two of four channels.
func testOptions() Options {
	return Options{
		Manifest: []byte(testManifest),
		Team:     Team{ID: "T0HOME", Name: "Home", Domain: "home"},
		Users: []User{
			{ID: "U0ADA", Name: "ada", RealName: "Ada Holm", Email: "ada@home.example", TZ: "Europe/Oslo"},
			{ID: "U0BEN", Name: "ben", RealName: "Ben Ito"},
			{ID: "U0GUEST", Name: "gus", IsRestricted: true},
			{ID: "U0EXT", Name: "eve", TeamID: "T0OTHER"},
			{ID: "U0OLD", Name: "old", Deleted: true},
		},
		Channels: []Channel{
			{ID: "C0DESK", Name: "desk", Members: []string{"U0ADA", "U0BEN", "U0EXT", "U0LIAISON"}},
			{ID: "C0OPEN", Name: "open", Members: []string{"U0ADA"}},
			{ID: "C0SHUT", Name: "shut", Members: []string{"U0ADA"}, IsPrivate: true},
			{ID: "C0PAST", Name: "past", Members: []string{"U0ADA", "U0LIAISON"}, IsArchived: true},
		},
		Windows: Windows{Ack: 2 * time.Second, Retries: []time.Duration{0, time.Millisecond, time.Millisecond}, Recycle: 50 * time.Millisecond},
	}
}

// start serves a workspace and returns it with the base URL of its Web API.
func start(t *testing.T, o Options) (*Workspace, string) {
	t.Helper()
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return w, serve(t, w) + "/api/"
}

func serve(t *testing.T, w *Workspace) string {
	t.Helper()
	w.audit = func(method, code string) {
		if !listed(method, code) {
			t.Errorf("%s answers %s, which is not on its list", method, code)
		}
	}
	srv := httptest.NewServer(w)
	t.Cleanup(func() { w.Close(); srv.Close() })
	return srv.URL
}

func client(url string) *slack.Client {
	return slack.New(DefaultBotToken, slack.OptionAppLevelToken(DefaultAppToken), slack.OptionAPIURL(url))
}

// connect runs a real socket-mode client and hands every request to handle.
func connect(t *testing.T, w *Workspace, url string, handle func(*socketmode.Client, socketmode.Event)) *slack.Client {
	t.Helper()
	api := client(url)
	sm := socketmode.New(api)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		sm.RunContext(ctx) //nolint:errcheck // ends with the test
	}()
	go func() {
		for {
			select {
			case e := <-sm.Events:
				if e.Request != nil && handle != nil {
					handle(sm, e)
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	await(t, w, func() bool { return w.Connections() == 1 })
	return api
}

func await(t *testing.T, w *Workspace, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := w.Await(ctx, cond); err != nil {
		t.Fatal(err)
	}
}

func TestACommandReachesTheAppAndItsAnswerIsShown(t *testing.T) {
	t.Parallel()
	w, url := start(t, testOptions())
	got := make(chan slack.SlashCommand, 1)
	connect(t, w, url, func(sm *socketmode.Client, e socketmode.Event) {
		if c, ok := e.Data.(slack.SlashCommand); ok {
			got <- c
			sm.Ack(*e.Request, map[string]any{"text": "Order 7 is *packed*."}) //nolint:errcheck // test
		}
	})
	if err := w.Command("U0ADA", "C0DESK", "/order 7 for @ben in #open, see https://x.example/a?b=1&c=2"); err != nil {
		t.Fatal(err)
	}
	c := <-got
	if want := "7 for <@U0BEN|ben> in <#C0OPEN|open>, see <https://x.example/a?b=1&amp;c=2>"; c.Text != want {
		t.Errorf("text = %q, want %q", c.Text, want)
	}
	if c.TeamID != "T0HOME" || c.UserID != "U0ADA" || c.ChannelName != "desk" || c.Command != "/order" || c.APIAppID == "" {
		t.Errorf("command = %+v", c)
	}
	eph := w.Ephemerals("U0ADA")
	if len(eph) != 1 || eph[0].Text != "Order 7 is *packed*." || len(w.Ephemerals("U0BEN")) != 0 {
		t.Errorf("ephemerals = %+v", eph)
	}
}

func TestAPressOpensAModalAndItsSubmissionEditsTheMessage(t *testing.T) {
	t.Parallel()
	w, url := start(t, testOptions())
	var api *slack.Client
	trouble := make(chan error, 8)
	api = connect(t, w, url, func(sm *socketmode.Client, e socketmode.Event) {
		ic, ok := e.Data.(slack.InteractionCallback)
		if !ok {
			return
		}
		switch ic.Type {
		case slack.InteractionTypeBlockActions:
			sm.Ack(*e.Request) //nolint:errcheck // test
			_, err := api.OpenView(ic.TriggerID, reasonModal(ic.Channel.ID+" "+ic.Message.Timestamp))
			trouble <- err
		case slack.InteractionTypeViewSubmission:
			why := ic.View.State.Values["why"]["text"].Value
			if len(why) < 5 {
				sm.Ack(*e.Request, slack.NewErrorsViewSubmissionResponse(map[string]string{"why": "Say a little more."})) //nolint:errcheck // test
				return
			}
			sm.Ack(*e.Request) //nolint:errcheck // test
			ch, ts, _ := strings.Cut(ic.View.PrivateMetadata, " ")
			_, _, _, err := api.UpdateMessage(ch, ts, slack.MsgOptionText("Refused: "+why, false))
			trouble <- err
		}
	})
	button := slack.NewButtonBlockElement("refuse", "P-7", slack.NewTextBlockObject("plain_text", "Refuse", false, false))
	_, ts, err := api.PostMessage("C0DESK", slack.MsgOptionText("Run P-7", false),
		slack.MsgOptionBlocks(slack.NewActionBlock("card", button.WithStyle(slack.StyleDanger))))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Press("U0EXT", Press{Channel: "C0DESK", TS: ts, Text: "Refuse"}); err != nil {
		t.Fatal(err)
	}
	if err := <-trouble; err != nil {
		t.Fatalf("opening the modal: %v", err)
	}
	views := w.Views("U0EXT")
	if len(views) != 1 {
		t.Fatalf("views = %+v", views)
	}
	if wrong, err := w.Submit("U0EXT", views[0].ID, nil); err != nil || wrong["why"] == "" {
		t.Errorf("an empty required field: %v %v", wrong, err)
	}
	if wrong, err := w.Submit("U0EXT", views[0].ID, Fill{"why": {"no"}}); err != nil || wrong["why"] != "Say a little more." {
		t.Errorf("an error of the app: %v %v", wrong, err)
	}
	if wrong, err := w.Submit("U0EXT", views[0].ID, Fill{"why": {"Totals differ"}}); err != nil || len(wrong) > 0 {
		t.Fatalf("submitting: %v %v", wrong, err)
	}
	if err := <-trouble; err != nil {
		t.Fatalf("updating the message: %v", err)
	}
	m := w.Messages("C0DESK")[0]
	if m.Text != "Refused: Totals differ" || !m.Edited || m.Blocks != nil || len(w.Views("U0EXT")) != 0 {
		t.Errorf("message = %+v", m)
	}
}

func reasonModal(meta string) slack.ModalViewRequest {
	plain := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, false, false) }
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain("Refuse"), Submit: plain("Refuse"), Close: plain("Back"), PrivateMetadata: meta,
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("why", plain("Why?"), nil, slack.NewPlainTextInputBlockElement(nil, "text")),
		}},
	}
}

func TestEventsArriveAndAreRepeatedUntilTheyAreTaken(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Windows.Ack = 100 * time.Millisecond
	w, url := start(t, o)
	attempts := make(chan socketmode.Request, 8)
	kinds := make(chan string, 8)
	connect(t, w, url, func(sm *socketmode.Client, e socketmode.Event) {
		ev, ok := e.Data.(slackevents.EventsAPIEvent)
		if !ok {
			return
		}
		attempts <- *e.Request
		if e.Request.RetryAttempt < 2 {
			return
		}
		sm.Ack(*e.Request) //nolint:errcheck // test
		kinds <- ev.InnerEvent.Type
	})
	if err := w.OpenHome("U0ADA"); err != nil {
		t.Fatal(err)
	}
	for want := range 3 {
		r := <-attempts
		if r.RetryAttempt != want || (want > 0 && r.RetryReason != "timeout") {
			t.Errorf("attempt %d: %+v", want, r)
		}
	}
	if k := <-kinds; k != "app_home_opened" {
		t.Errorf("event = %s", k)
	}
}

func TestWithoutAnAckThePersonSeesWhatSlackShows(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Windows.Ack = 50 * time.Millisecond
	w, url := start(t, o)
	if err := w.Command("U0ADA", "C0DESK", "/order 7"); err == nil || err.Error() != `/order failed with the error "dispatch_failed"` {
		t.Errorf("nobody connected: %v", err)
	}
	api := connect(t, w, url, nil)
	err := w.Command("U0ADA", "C0DESK", "/order 7")
	var n Notice
	if !errors.As(err, &n) || string(n) != `/order failed with the error "operation_timeout"` {
		t.Errorf("no ack: %v", err)
	}
	if err := w.Command("U0ADA", "C0DESK", "/nope"); err == nil || !strings.Contains(err.Error(), "is not a valid command") {
		t.Errorf("unknown command: %v", err)
	}
	if err := w.Command("U0EXT", "C0DESK", "/order"); err == nil || !strings.Contains(err.Error(), "is not a valid command") {
		t.Errorf("a command of somebody outside: %v", err)
	}
	_, ts, err := api.PostMessage("C0DESK", slack.MsgOptionText("x", false), slack.MsgOptionBlocks(slack.NewActionBlock("",
		slack.NewButtonBlockElement("go", "1", slack.NewTextBlockObject("plain_text", "Go", false, false)))))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Press("U0ADA", Press{Channel: "C0DESK", TS: ts, ActionID: "go"}); err == nil || err.Error() != noResponse {
		t.Errorf("a press without ack: %v", err)
	}
}

func TestFilesGoTheirThreeSteps(t *testing.T) {
	t.Parallel()
	w, url := start(t, testOptions())
	body := "run,amount\nP-7,12.50\n"
	f, err := client(url).UploadFile(slack.UploadFileParameters{
		Channel: "C0DESK", Reader: strings.NewReader(body), FileSize: len(body), Filename: "p-7.csv", InitialComment: "The run",
	})
	if err != nil {
		t.Fatal(err)
	}
	m := w.Messages("C0DESK")[0]
	if m.Text != "The run" || len(m.Files) != 1 || m.Files[0] != f.ID {
		t.Errorf("message = %+v", m)
	}
	var got strings.Builder
	h, err := client(url).GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0DESK"})
	if err != nil {
		t.Fatal(err)
	}
	if err := client(url).GetFile(h.Messages[0].Files[0].URLPrivateDownload, &got); err != nil || got.String() != body {
		t.Errorf("file = %q %v", got.String(), err)
	}
}
