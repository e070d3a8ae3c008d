package discord

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"liaison/bot/bottest/official"
)

// openapi is Discord's own description of its API, with the schemas compiled so far.
type openapi struct {
	mu       sync.Mutex
	doc      any
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
}

const descriptionFile = "discord-openapi.json"

// description reads the official data once for all tests of the package.
var description = sync.OnceValues(func() (*openapi, error) {
	raw, err := os.ReadFile(filepath.Join(os.Getenv("LIAISON_SPEC"), descriptionFile))
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	return &openapi{doc: doc, compiler: c, schemas: map[string]*jsonschema.Schema{}}, c.AddResource("d.json", doc)
})

// spec returns the official description, or nil where there is none; in CI that is a failure.
func spec(t *testing.T) *openapi {
	t.Helper()
	if _, ok := official.Find(t, descriptionFile); !ok {
		return nil
	}
	d, err := description()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// at follows a JSON pointer.
func (d *openapi) at(steps ...string) any {
	v := d.doc
	for _, s := range steps {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[s]
	}
	return v
}

func (d *openapi) schema(t *testing.T, steps ...string) *jsonschema.Schema {
	t.Helper()
	if d.at(steps...) == nil {
		return nil
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")
	loc := "d.json#"
	for _, s := range steps {
		loc += "/" + escape.Replace(s)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.schemas[loc]; s != nil {
		return s
	}
	s, err := d.compiler.Compile(loc)
	if err != nil {
		t.Fatal(err)
	}
	d.schemas[loc] = s
	return s
}

// specPath is a route's path in the words of the description.
func specPath(path string) string {
	return strings.NewReplacer(
		"/webhooks/{application}/{token}", "/webhooks/{webhook_id}/{webhook_token}", "{channel}", "{channel_id}",
		"{message}", "{message_id}", "{guild}", "{guild_id}", "{user}", "{user_id}", "{role}", "{role_id}", "{overwrite}", "{overwrite_id}",
		"{application}", "{application_id}", "{command}", "{command_id}", "{interaction}", "{interaction_id}", "{token}", "{interaction_token}",
	).Replace(path)
}

// bitField finds permissions written as a string: the documentation asks for that, the
// description for an integer, and Discord takes both.
var bitField = regexp.MustCompile(`("default_member_permissions":)"([0-9]+)"`)

// TestEveryRouteIsDiscords compares the list of routes with the official paths.
func TestEveryRouteIsDiscords(t *testing.T) {
	t.Parallel()
	d := spec(t)
	if d == nil {
		t.Skip("nothing to compare the routes with")
	}
	for _, r := range routes() {
		if d.at("paths", specPath(r.path), strings.ToLower(r.method)) == nil {
			t.Errorf("%s %s is not in Discord's description", r.method, r.path)
		}
	}
}

// auditor checks every request that the server takes, and every answer, against the
// official schemas. What Discord would refuse must not pass here.
func auditor(t *testing.T) func(Request, []byte) {
	t.Helper()
	d := spec(t)
	if d == nil {
		return nil
	}
	return func(r Request, body []byte) {
		method, path, ok := strings.Cut(r.Route, " ")
		if !ok || r.Status == 0 || r.Status >= 500 {
			return
		}
		op := []string{"paths", specPath(path), strings.ToLower(method)}
		under := func(more ...string) []string { return append(append([]string{}, op...), more...) }
		if r.Status < 300 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") && len(r.Body) > 0 {
			judge(t, r.Route+" was taken", d.schema(t, under("requestBody", "content", "application/json", "schema")...), bitField.ReplaceAll(r.Body, []byte(`$1$2`)))
		}
		switch {
		case r.Status == 429 && json.Valid(body):
			judge(t, r.Route+" was answered", d.schema(t, "components", "schemas", "RatelimitedResponse"), body)
		case r.Status >= 400 && json.Valid(body):
			// The description says that inner codes are integers; the documentation's own
			// example and Discord itself give words. Only the outside is compared.
			judge(t, r.Route+" was answered", d.schema(t, "components", "schemas", "Error"), body)
		case r.Status == 204:
			if d.at(under("responses", "204")...) == nil {
				t.Errorf("%s answers 204, which the description does not know", r.Route)
			}
		case r.Status < 300:
			judge(t, r.Route+" was answered", d.schema(t, under("responses", strconv.Itoa(r.Status), "content", "application/json", "schema")...), body)
		}
	}
}

func judge(t *testing.T, what string, s *jsonschema.Schema, raw []byte) {
	if s == nil {
		t.Errorf("%s: the description has no schema for it (%s)", what, raw)
		return
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Errorf("%s: %v in %s", what, err, raw)
		return
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%s: %v\n%s", what, err, raw)
	}
}
