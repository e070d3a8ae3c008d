package sandbox

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"liaison/bot/bottest/official"
)

// spec returns a file of official data.
func spec(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(official.File(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// lookAhead is a regular expression engine that knows look-ahead, which Slack's schemas use.
type lookAhead struct{ *regexp2.Regexp }

func (r lookAhead) MatchString(s string) bool {
	ok, err := r.Regexp.MatchString(s)
	return err == nil && ok
}

func compile(t *testing.T, raw []byte, at string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(func(s string) (jsonschema.Regexp, error) {
		r, err := regexp2.Compile(s, regexp2.ECMAScript)
		return lookAhead{r}, err
	})
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("spec.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("spec.json" + at)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parse(t *testing.T, s string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(s))
	if err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return v
}

// sampleBlocks are well-formed blocks, one line each, with the surface they belong to.
func sampleBlocks() map[surface][]string {
	plain := func(s string) string { return `{"type":"plain_text","text":"` + s + `"}` }
	opt := func(v string) string { return `{"text":` + plain(v) + `,"value":"` + v + `"}` }
	opts := `"options":[` + opt("a") + `,` + opt("b") + `]`
	confirm := `"confirm":{"title":` + plain("Sure?") + `,"text":{"type":"mrkdwn","text":"Really"},"confirm":` + plain("Yes") + `,"deny":` + plain("No") + `}`
	input := func(e string) string { return `{"type":"input","label":` + plain("L") + `,"element":` + e + `}` }
	return map[surface][]string{
		surfaceMessage: {
			`{"type":"section","text":{"type":"mrkdwn","text":"*hi*"},"accessory":{"type":"button","action_id":"b","text":` + plain("Go") + `,` + confirm + `}}`,
			`{"type":"section","fields":[` + plain("a") + `,{"type":"mrkdwn","text":"b"}]}`,
			`{"type":"header","text":` + plain("Head") + `}`, `{"type":"divider"}`,
			`{"type":"context","elements":[{"type":"mrkdwn","text":"x"},{"type":"image","image_url":"https://x.example/a.png","alt_text":"a"}]}`,
			`{"type":"actions","elements":[{"type":"button","text":` + plain("Go") + `,"style":"danger","value":"1"},{"type":"overflow",` + opts + `},{"type":"static_select",` + opts + `},` +
				`{"type":"datepicker","initial_date":"2026-11-23"},{"type":"timepicker","initial_time":"09:30"},{"type":"datetimepicker","initial_date_time":1795363200},` +
				`{"type":"radio_buttons",` + opts + `},{"type":"checkboxes",` + opts + `},{"type":"users_select"},{"type":"multi_users_select","max_selected_items":2},` +
				`{"type":"conversations_select","filter":{"include":["public"]}},{"type":"channels_select"},{"type":"external_select","min_query_length":1},{"type":"multi_external_select"}]}`,
			`{"type":"image","image_url":"https://x.example/a.png","alt_text":"a","title":` + plain("T") + `}`,
			`{"type":"markdown","text":"# hi"}`,
			`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a","style":{"bold":true}},{"type":"user","user_id":"U1"},{"type":"link","url":"https://x.example"}]},` +
				`{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"emoji","name":"tada"}]}]},{"type":"rich_text_quote","elements":[]},{"type":"rich_text_preformatted","elements":[]}]}`,
			`{"type":"table","rows":[[{"type":"raw_text","text":"a"},{"type":"raw_number","value":1,"text":"1"}]],"column_settings":[{"align":"right"}]}`,
			`{"type":"data_table","caption":"C","rows":[[{"type":"raw_text","text":"h"}],[{"type":"raw_number","value":2,"text":"2"}]],"page_size":5}`,
			`{"type":"video","alt_text":"a","thumbnail_url":"https://x.example/t.png","title":` + plain("T") + `,"video_url":"https://x.example/v"}`,
			`{"type":"file","external_id":"x","source":"remote"}`,
			`{"type":"container","child_blocks":[{"type":"divider"}],"title":` + plain("T") + `}`,
			`{"type":"context_actions","elements":[{"type":"icon_button","icon":"trash","text":` + plain("Delete") + `}]}`,
			`{"type":"task_card","task_id":"1","title":"T","status":"complete"}`,
			input(`{"type":"plain_text_input","max_length":10,"multiline":true}`),
		},
		surfaceModal: {
			`{"type":"alert","level":"warning","text":` + plain("Careful") + `}`,
			input(`{"type":"number_input","is_decimal_allowed":true,"min_value":"0","max_value":"9.5"}`),
			input(`{"type":"email_text_input"}`), input(`{"type":"url_text_input","placeholder":` + plain("https://") + `}`),
			input(`{"type":"file_input","max_files":3}`), input(`{"type":"rich_text_input"}`),
			input(`{"type":"multi_static_select","option_groups":[{"label":` + plain("G") + `,` + opts + `}]}`),
			input(`{"type":"multi_channels_select"}`), input(`{"type":"multi_conversations_select"}`),
		},
	}
}

// asSurface judges blocks where they belong, with the submit button that inputs need.
func asSurface(s surface, blocks list) []string {
	if s == surfaceMessage {
		return checkBlocks(s, blocks)
	}
	text := object{"type": "plain_text", "text": "T"}
	return checkView(object{"type": "modal", "title": text, "submit": text, "blocks": blocks})
}

func TestTheOfficialSchemaAndTheSandboxAgreeOnGoodBlocks(t *testing.T) {
	t.Parallel()
	schema := compile(t, spec(t, "blockkit.limits.schema.json"), "#/definitions/KnownBlock")
	for s, samples := range sampleBlocks() {
		for _, raw := range samples {
			v := parse(t, raw)
			if err := schema.Validate(v); err != nil {
				t.Errorf("the schema refuses %s: %v", raw, err)
			}
			if p := asSurface(s, list{v}); len(p) > 0 {
				t.Errorf("the sandbox refuses %s: %v", raw, p)
			}
		}
	}
}

// TestOverLimitIsRefusedByBoth takes every sample apart: each text is blown up, each
// list overfilled, each required field dropped, each field misspelt. What the schema
// refuses, the sandbox has to refuse.
func TestOverLimitIsRefusedByBoth(t *testing.T) {
	t.Parallel()
	schema := compile(t, spec(t, "blockkit.limits.schema.json"), "#/definitions/KnownBlock")
	refused := 0
	for s, samples := range sampleBlocks() {
		for _, raw := range samples {
			for _, m := range mutations(parse(t, raw)) {
				if schema.Validate(m) == nil {
					continue
				}
				refused++
				if p := asSurface(s, list{m}); len(p) == 0 {
					out, _ := json.Marshal(m)
					t.Errorf("only the schema refuses %.300s", out)
				}
			}
		}
	}
	if refused < 300 {
		t.Errorf("only %d bad blocks were tried", refused)
	}
}

// mutations returns copies of a JSON value, each broken in one place.
func mutations(v any) []any {
	var out []any
	switch v := v.(type) {
	case string:
		out = append(out, strings.Repeat("x", 3001), strings.Repeat("y", 13_000), json.Number("1"), "no such value")
	case list:
		if len(v) > 0 {
			big := list{}
			for range 101 {
				big = append(big, v[0])
			}
			out = append(out, any(big))
		}
		for i := range v {
			for _, m := range mutations(v[i]) {
				c := slices.Clone(v)
				c[i] = m
				out = append(out, any(c))
			}
		}
	case object:
		for k := range v {
			without := copyOf(v)
			delete(without, k)
			misspelt := copyOf(without)
			misspelt[k+"x"] = v[k]
			out = append(out, without, misspelt)
			for _, m := range mutations(v[k]) {
				c := copyOf(v)
				c[k] = m
				out = append(out, c)
			}
		}
	}
	return out
}

func copyOf(o object) object {
	c := object{}
	for k, v := range o {
		c[k] = v
	}
	return c
}

// undocumented are the codes that Slack answers although its page for the method
// does not list them, each with its reason.
func undocumented(method, code string) string {
	switch method + " " + code {
	case "chat.postMessage msg_too_long":
		return "the page lists it for chat.update and chat.postEphemeral, which share the text checks"
	case "chat.postMessage invalid_attachments":
		return "the page lists it for the two other methods that take attachments"
	}
	return ""
}

func TestEveryMethodAndErrorIsDocumented(t *testing.T) {
	t.Parallel()
	var docs map[string]struct {
		Errors map[string]string
		Scopes map[string][]struct{ Name string }
		Rate   struct{ Label string } `json:"rate_limit"`
	}
	if err := json.Unmarshal(spec(t, "slack-methods.json"), &docs); err != nil {
		t.Fatal(err)
	}
	tiers := map[tier]string{tier2: "Tier 2", tier3: "Tier 3", tier4: "Tier 4", tierSpecial: "Special", tierPost: "Special"}
	for _, m := range webMethods() {
		doc, ok := docs[m.name]
		if !ok {
			t.Errorf("%s is not documented", m.name)
			continue
		}
		if !strings.HasPrefix(doc.Rate.Label, tiers[m.tier]) {
			t.Errorf("%s: %q, the sandbox has %q", m.name, doc.Rate.Label, tiers[m.tier])
		}
		for _, code := range errorsOf(m.name) {
			if _, ok := doc.Errors[code]; !ok && undocumented(m.name, code) == "" {
				t.Errorf("%s: the error %s is not documented", m.name, code)
			}
		}
		for _, s := range m.scopes {
			if !slices.ContainsFunc(doc.Scopes["bot"], func(d struct{ Name string }) bool { return d.Name == s }) {
				t.Errorf("%s: the scope %s is not documented", m.name, s)
			}
		}
		if len(m.scopes) == 0 && len(doc.Scopes["bot"]) > 0 && !strings.HasPrefix(m.name, "conversations.") {
			t.Errorf("%s needs one of %v", m.name, doc.Scopes["bot"])
		}
	}
}

func TestTheManifestOfTheTestsIsOneThatSlackTakes(t *testing.T) {
	t.Parallel()
	schema := compile(t, spec(t, "slack-manifest.2.0.0.json"), "")
	var v any
	if err := yaml.Unmarshal([]byte(testManifest), &v); err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(v)
	if err := schema.Validate(parse(t, string(raw))); err != nil {
		t.Error(err)
	}
}
