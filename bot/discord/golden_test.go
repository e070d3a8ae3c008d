package discord

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
)

var update = flag.Bool("update", false, "write the goldens anew")

func where() place { return place{Workspace: bottest.Guild, More: moreInThread} }

// shape is what goes to Discord, and the schema that it must meet.
type shape struct {
	body   any
	schema string
}

// shapes is everything that the fixture renders to, by name: messages as posted with their threads, and the steps of forms.
func shapes(t *testing.T) map[string][]shape {
	t.Helper()
	all := map[string][]shape{}
	for _, c := range bottest.Messages(agency.Discord) {
		out, err := render(c.Message, where())
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		for i, pg := range append([]page{out.Main}, out.Thread...) {
			all[c.Name] = append(all[c.Name], shape{message(pg, false).marked(mark(41, i)), "MessageCreateRequest"})
		}
	}
	for _, c := range bottest.Forms() {
		if len(c.Form.Fields) == 0 {
			continue
		}
		d := draft{Form: c.Form}
		steps, err := d.steps(where())
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		for i := range steps {
			m, err := d.modal("k3y", i, where())
			if err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			all[c.Name] = append(all[c.Name], shape{callback{Type: callModal, Data: m}, "ModalInteractionCallbackRequest"})
		}
	}
	return all
}

func TestEveryMessageOfTheFixtureRendersAsItsGolden(t *testing.T) {
	t.Parallel()
	for name, pages := range shapes(t) {
		t.Run(name, func(t *testing.T) {
			var bodies []any
			for _, one := range pages {
				bodies = append(bodies, one.body)
			}
			var buf bytes.Buffer
			enc := json.NewEncoder(&buf)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", " ")
			if err := enc.Encode(bodies); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".golden.json")
			if *update {
				if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("no golden: run go test -update and read it: %v", err)
			}
			if diff := cmp.Diff(string(want), buf.String()); diff != "" {
				t.Errorf("differs from %s:\n%s", path, diff)
			}
		})
	}
}

// TestEverythingMeetsDiscordsLimits checks what the fixture renders to by the limits of the reference, which are stricter in
// places than the machine-readable form.
func TestEverythingMeetsDiscordsLimits(t *testing.T) {
	t.Parallel()
	for name, pages := range shapes(t) {
		for i, one := range pages {
			switch body := one.body.(type) {
			case *payload:
				if n := countAll(body.Components); n == 0 || n > 40 {
					t.Errorf("%s, page %d: %d components", name, i, n)
				}
				words, ids := 0, []string{}
				walk(body.Components, func(c component) {
					words += bot.Size(c.Content)
					if c.CustomID != "" {
						ids = append(ids, c.CustomID)
					}
					checkComponent(t, name, c)
				})
				if words > 4000 {
					t.Errorf("%s, page %d: %d characters", name, i, words)
				}
				slices.Sort(ids)
				if len(slices.Compact(slices.Clone(ids))) != len(ids) {
					t.Errorf("%s, page %d: a custom id comes twice: %v", name, i, ids)
				}
				if body.Mentions == nil || body.Mentions.Parse == nil || len(body.Mentions.Parse) > 0 {
					t.Errorf("%s, page %d: somebody could be pinged", name, i)
				}
			case callback:
				if n := len(body.Data.Components); n < 1 || n > 5 || bot.Size(body.Data.Title) > 45 {
					t.Errorf("%s, step %d: %d components under “%s”", name, i, n, body.Data.Title)
				}
				walk(body.Data.Components, func(c component) { checkComponent(t, name, c) })
			}
		}
	}
}

func walk(all []component, visit func(component)) {
	for _, c := range all {
		visit(c)
		walk(c.Components, visit)
		if c.Component != nil {
			walk([]component{*c.Component}, visit)
		}
	}
}

func checkComponent(t *testing.T, name string, c component) {
	t.Helper()
	if bot.Size(c.CustomID) > 100 || len(c.Options) > 25 || c.Type == kindText && strings.TrimSpace(c.Content) == "" ||
		c.Type == kindButton && (bot.Size(c.Label) > 80 || c.Label == "") || c.Type == kindLabel && (bot.Size(c.Label) > 45 || bot.Size(c.Description) > 100) ||
		bot.Size(c.Placeholder) > 150 || bot.Size(c.Value) > 4000 || c.Type == kindRow && len(c.Components) > 5 {
		t.Errorf("%s: %+v", name, c)
	}
	for _, o := range c.Options {
		if o.Label == "" || bot.Size(o.Label) > 100 || bot.Size(o.Description) > 100 || bot.Size(o.Value) > 100 {
			t.Errorf("%s: the option %+v", name, o)
		}
	}
	for _, item := range c.Items {
		if bot.Size(item.Description) > 1024 {
			t.Errorf("%s: %d characters of alternative text", name, bot.Size(item.Description))
		}
	}
}

func TestAMessageWithNothingStillSaysSomething(t *testing.T) {
	t.Parallel()
	for _, m := range []bot.Message{{}, {Summary: "\u202E"}, {Summary: "Only this."}, {Parts: []bot.Part{{}}}} {
		out, err := render(m, where())
		if err != nil || len(out.Main.Components) == 0 || out.Main.Components[0].Content == "" {
			t.Errorf("%+v renders to %+v, %v", m, out.Main, err)
		}
	}
}
