package discord

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"liaison/bot"
	"liaison/bot/bottest/official"
)

// schemas are Discord's own of its API v10. A clone without them skips what needs them; under CI that is a failure.
type schemas struct {
	compiler *jsonschema.Compiler
	file     string
}

func loadSchemas(t *testing.T) *schemas {
	t.Helper()
	file := official.File(t, "discord-openapi.json")
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseRegexpEngine(func(s string) (jsonschema.Regexp, error) {
		re, err := regexp2.Compile(s, regexp2.None)
		return pattern{re}, err
	})
	return &schemas{c, file}
}

type pattern struct{ *regexp2.Regexp }

func (p pattern) MatchString(s string) bool {
	ok, err := p.Regexp.MatchString(s)
	return ok && err == nil
}

// meets checks a body against one of the schemas.
func (s *schemas) meets(t *testing.T, what, schema string, body any) {
	t.Helper()
	compiled, err := s.compiler.Compile(s.file + "#/components/schemas/" + schema)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(value); err != nil {
		t.Errorf("%s is not a %s: %v\n%s", what, schema, err, data)
	}
}

func TestWhatTheFixtureRendersToIsDiscords(t *testing.T) {
	t.Parallel()
	s := loadSchemas(t)
	for name, pages := range shapes(t) {
		for _, one := range pages {
			s.meets(t, name, one.schema, one.body)
		}
	}
}

func TestCommandsAreDiscords(t *testing.T) {
	t.Parallel()
	s := loadSchemas(t)
	list, err := registered(someCommands())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		s.meets(t, c.Name, "ApplicationCommandUpdateRequest", c)
	}
}

// TestTheSchemasRefuse keeps the checks above from passing whatever is given to them.
func TestTheSchemasRefuse(t *testing.T) {
	t.Parallel()
	s := loadSchemas(t)
	compiled, err := s.compiler.Compile(s.file + "#/components/schemas/ModalInteractionCallbackRequest")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"type":9,"data":{"custom_id":"x","title":"` + strings.Repeat("x", 46) + `","components":[]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if compiled.Validate(value) == nil {
		t.Error("a title of 46 characters passes")
	}
}

func someCommands() []bot.Command {
	suggest := func(*bot.Turn) ([]bot.Option, error) { return nil, nil }
	return []bot.Command{
		{Name: "help", Summary: "show what you can do", Usage: "[feature]"},
		{Name: "seller onboard", Summary: "record a seller", Usage: `["shop name" region]`},
		{Name: "seller list", Summary: "list sellers", Args: []bot.Argument{
			{Name: "stage", Summary: "only this stage", Kind: bot.Named, Optional: true, Options: []bot.Option{{Label: "Setup", Value: "setup"}}},
			{Name: "owner", Summary: "whose", Kind: bot.Named, Optional: true},
		}},
		{Name: "seller tick", Summary: "tick a step", Right: "onboard sellers", Suggest: suggest, Args: []bot.Argument{
			{Name: "seller", Summary: "which seller", Suggests: true}, {Name: "step", Summary: "which step", Suggests: true},
		}},
		{Name: "digest week", Summary: "the week"},
		{Name: "payout deny", Summary: "deny a run and say why", Right: "approve payouts", Args: []bot.Argument{
			{Name: "run", Summary: "which run"}, {Name: "reason", Summary: "why", Kind: bot.Rest, Optional: true},
		}},
		{Name: "team grant", Summary: "give somebody a role", Right: "grant roles", Args: []bot.Argument{
			{Name: "person", Summary: "who", Person: true}, {Name: "role", Summary: "which", Options: []bot.Option{{Label: "finance", Value: "finance"}}},
		}},
		{Name: "seller step", Unlisted: true},
	}
}
