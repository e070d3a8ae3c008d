package slack

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"liaison/bot"
	"liaison/bot/bottest/official"
)

func someCommands() []bot.Command {
	return []bot.Command{
		{Name: "seller onboard", Summary: "record a seller and start their onboarding", Usage: "[shop]"},
		{Name: "seller list", Summary: "list sellers"},
		{Name: "seller step", Summary: "change a step in a form", Unlisted: true},
		{Name: "help", Summary: "show what the desk can do", Usage: "[command]"},
		{Name: "digest", Summary: "show the digest", Usage: "[week]"},
		{Name: "case take", Summary: "take a case"},
	}
}

func TestTheManifestPassesSlacksOwnSchema(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]ManifestOptions{"socket": {}, "http": {URL: "https://desk.example/"}} {
		data, err := Manifest(someCommands(), o)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := yaml.Unmarshal(data, &value); err != nil {
			t.Fatal(err)
		}
		if err := schema(t, "slack-manifest.1.0.0.json", "").Validate(viaJSON(t, value)); err != nil {
			t.Errorf("%s: %v\n%s", name, err, data)
		}
	}
}

func TestTheManifestNamesEveryCommandOnceWithItsActions(t *testing.T) {
	t.Parallel()
	data, err := Manifest(someCommands(), ManifestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, want := range []string{
		"command: /seller\n", "usage_hint: onboard | list\n", "should_escape: true", "usage_hint: '[command]'", "socket_mode_enabled: true",
		"# A person's time zone and display name, for their digest.\n", "app_home_opened", "token_rotation_enabled: false", "org_deploy_enabled: false",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the manifest lacks %q:\n%s", want, text)
		}
	}
	if n := strings.Count(text, "command: /"); n != 4 {
		t.Errorf("%d slash commands, want 4", n)
	}
	if strings.Contains(text, "step") || strings.Contains(text, "request_url") {
		t.Errorf("the manifest names what is only pressed, or an address in Socket Mode:\n%s", text)
	}
}

func TestTheManifestRefusesWhatSlackWouldNotTake(t *testing.T) {
	t.Parallel()
	if _, err := Manifest([]bot.Command{{Name: strings.Repeat("x", 40), Summary: "s"}}, ManifestOptions{}); err == nil {
		t.Error("a command of forty characters was accepted")
	}
}

// schema compiles one of Slack's specifications.
func schema(t *testing.T, file, definition string) *jsonschema.Schema {
	t.Helper()
	path := official.File(t, file)
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(func(s string) (jsonschema.Regexp, error) { // Slack's patterns look ahead
		re, err := regexp2.Compile(s, regexp2.ECMAScript)
		return (*lookAhead)(re), err
	})
	s, err := c.Compile(path + definition)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type lookAhead regexp2.Regexp

func (re *lookAhead) MatchString(s string) bool {
	ok, err := (*regexp2.Regexp)(re).MatchString(s)
	return err == nil && ok
}

func (re *lookAhead) String() string { return (*regexp2.Regexp)(re).String() }

// viaJSON is a value as a reader of its JSON sees it.
func viaJSON(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
