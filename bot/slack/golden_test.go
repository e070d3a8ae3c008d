package slack

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liaison/agency"
	"liaison/bot/bottest"
)

var update = flag.Bool("update", false, "write the goldens anew")

func where() place {
	return place{Workspace: bottest.Workspace, More: "The rest is in the thread, as it was when this was posted."}
}

// shapes is everything that the fixture renders to, by name: messages as posted with their threads, home pages and modals.
func shapes(t *testing.T) map[string]any {
	t.Helper()
	all := map[string]any{}
	for _, c := range bottest.Messages(agency.Slack) {
		if c.Home {
			view, err := home(c.Message, where())
			if err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			all[c.Name] = view
			continue
		}
		out, err := render(c.Message, where())
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		pages := []response{respond(out.Main, true)}
		for _, pg := range out.Thread {
			pages = append(pages, respond(pg, true))
		}
		all[c.Name] = pages
		view, err := shown(c.Message, luggage{Command: "help"}, where())
		if err != nil {
			t.Fatalf("%s as a modal: %v", c.Name, err)
		}
		all["modal_"+c.Name] = view
	}
	for _, c := range bottest.Forms() {
		view, err := modal(c.Form, luggage{Workspace: bottest.Workspace, Channel: "C0DESK", ResponseURL: "https://hooks.slack.com/commands/T/1/x"}, where())
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		all[c.Name] = view
	}
	return all
}

func TestEveryMessageOfTheFixtureRendersAsItsGolden(t *testing.T) {
	t.Parallel()
	for name, shape := range shapes(t) {
		if of, ok := strings.CutPrefix(name, "modal_"); ok && of != "payout_pending" && of != "weekly_digest" {
			continue // these two say what a modal does otherwise than a message; the limits are checked of all
		}
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			enc := json.NewEncoder(&buf)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", " ")
			if err := enc.Encode(shape); err != nil {
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
