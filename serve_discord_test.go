package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sandbox "liaison/bot/sandbox/discord"
)

// The server of the test.
const (
	testGuild   = "300000000000000001"
	testApp     = "100000000000000001"
	testAdmin   = "200000000000000001"
	testFinance = "200000000000000002"
	testChannel = "400000000000000001"
	testPayRole = "500000000000000002"
)

// TestServeRunsDiscordAlone starts the program with Discord's settings and works with it: a command, a form in steps whose
// state is in the records, a card in a channel that is subscribed, and a role that Discord lends.
func TestServeRunsDiscordAlone(t *testing.T) {
	t.Parallel()
	server, err := sandbox.New(sandbox.Options{
		Application: sandbox.Application{ID: testApp, Name: "Liaison"}, Guild: sandbox.Guild{ID: testGuild, Name: "Northlight", OwnerID: testAdmin},
		Roles: []sandbox.Role{{ID: testPayRole, Name: "Payments", Permissions: sandbox.Administrator}},
		Users: []sandbox.User{{ID: testApp, Name: "liaison", Bot: true}, {ID: testAdmin, Name: "ana", Global: "Ana Ortiz"},
			{ID: testFinance, Name: "fay", Global: "Fay Lim", Roles: []string{testPayRole}}},
		Channels: []sandbox.Channel{{ID: testChannel, Name: "desk"}}, Unpaced: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	there := httptest.NewServer(server)
	t.Cleanup(func() { server.Close(); there.Close() })
	var listen net.ListenConfig
	free, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		ended <- run(ctx, []string{"serve", "--listen", address, "--db", "sqlite://" + filepath.Join(t.TempDir(), "desk.db"),
			"--admins", "discord:" + testGuild + ":" + testAdmin, "--discord-bot-token", sandbox.DefaultBotToken, "--discord-application-id", testApp,
			"--discord-guild-id", testGuild, "--discord-api-url", there.URL + "/api/v10", "--discord-roles", testPayRole + "=finance"}, strings.NewReader(""), io.Discard, &errs)
	}()
	defer func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("ended with %d\n%s", code, &errs)
		}
	}()
	awaitReady(t, "http://"+address+"/readyz")
	command := func(user, line string, values sandbox.Values) {
		t.Helper()
		if err := server.Command(user, testChannel, line, values); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	seen := func(user, part string) {
		t.Helper()
		wait, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		err := server.Await(wait, func() bool {
			for _, m := range server.Messages(testChannel, user) {
				if strings.Contains(m.Text(), part) {
					return true
				}
			}
			return false
		})
		if err != nil {
			t.Fatalf("waiting for %q: %v\n%s", part, err, server.Script(testChannel))
		}
	}
	command(testFinance, "/whoami", nil)
	seen(testFinance, "approve payouts") // lent by the Discord role, never granted
	command(testAdmin, "/feed on", sandbox.Values{"feed": "onboarding"})
	command(testAdmin, "/seller onboard", nil)
	if err := server.Submit(testAdmin, sandbox.Fill{"shop": {"Glow *Lab*"}, "region": {"US"}, "category": {"Beauty"}}); err != nil {
		t.Fatal(err)
	}
	for _, m := range server.Messages(testChannel, testAdmin) {
		if id := m.Button("Go on (2/2)"); id != "" {
			if err := server.Press(testAdmin, m.ID, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := server.Submit(testAdmin, sandbox.Fill{}); err != nil {
		t.Fatal(err)
	}
	seen(testFinance, `S-1 · Glow \*Lab\*`) // the card, in the subscribed channel
	choices, err := server.Autocomplete(testAdmin, testChannel, "/seller tick", sandbox.Values{"seller": "glo"}, "seller")
	if err != nil || len(choices) != 1 || choices[0].Value != "S-1" {
		t.Errorf("offered %v, %v", choices, err)
	}
}

// awaitReady asks until the desk says that it is ready.
func awaitReady(t *testing.T, address string) {
	t.Helper()
	said := ""
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			continue
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if said = string(body); resp.StatusCode == http.StatusOK {
			return
		}
	}
	t.Fatalf("not ready: %s", said)
}
