package metrics_test

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"liaison/agency"
	"liaison/bot"
	"liaison/metrics"
)

// family is one metric as a scrape shows it.
type family struct {
	labels map[string]bool
}

var (
	sample     = regexp.MustCompile(`(?m)^([a-z_]+)(\{[^\n]*\})? `)
	labelName  = regexp.MustCompile(`([a-z_]+)=~?"`)
	metricName = regexp.MustCompile(`\b(?:liaison|process|go)_[a-z_]+\b`)
	selector   = regexp.MustCompile(`\b((?:liaison|process|go)_[a-z_]+)\{([^}]*)\}`)
)

// families is every series name that a desk exposes once each thing has happened.
func families(t *testing.T) map[string]family {
	t.Helper()
	m := metrics.New(time.Now, metrics.Known{})
	everything(m)
	m.WatchOutbox(func(context.Context) (agency.Outbox, error) { return agency.Outbox{}, nil }, time.Now)
	m.WatchReady(func(context.Context) []bot.Component { return []bot.Component{{Name: "records"}} })
	all := map[string]family{}
	for _, s := range sample.FindAllStringSubmatch(scrape(t, m), -1) {
		if all[s[1]].labels == nil {
			all[s[1]] = family{map[string]bool{"instance": true, "job": true}} // these two are Prometheus's own
		}
		for _, l := range labelName.FindAllStringSubmatch(s[2], -1) {
			all[s[1]].labels[l[1]] = true
		}
	}
	if len(all) < 30 {
		t.Fatalf("a scrape shows only %d series names", len(all))
	}
	return all
}

// check says what a query asks for that no desk tells.
func check(t *testing.T, where, expr string, known map[string]family) {
	t.Helper()
	names := metricName.FindAllString(expr, -1)
	if len(names) == 0 {
		t.Errorf("%s: no metric in %s", where, expr)
	}
	for _, name := range names {
		if _, ok := known[name]; !ok {
			t.Errorf("%s asks for %s, which no desk has", where, name)
		}
	}
	for _, s := range selector.FindAllStringSubmatch(expr, -1) {
		for _, l := range labelName.FindAllStringSubmatch(s[2], -1) {
			if f, ok := known[s[1]]; ok && !f.labels[l[1]] {
				t.Errorf("%s: %s has no label %s", where, s[1], l[1])
			}
		}
	}
}

func TestTheDashboardAsksForWhatThereIs(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../deploy/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			ID      int
			Type    string
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(data, &board); err != nil {
		t.Fatal(err)
	}
	known, ids := families(t), map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] {
			t.Errorf("two panels have the id %d", p.ID)
		}
		ids[p.ID] = true
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("the panel %q shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			check(t, "the panel "+p.Title, target.Expr, known)
		}
	}
	if len(board.Panels) < 15 {
		t.Errorf("the board has %d panels", len(board.Panels))
	}
}

func TestEachAlertAsksForWhatThereIsAndLeadsToTheGuide(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../deploy/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr, For string
				Labels           map[string]string
				Annotations      map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	known, anchors, n := families(t), anchors(t, guide(t)), 0
	known["up"] = family{map[string]bool{"job": true, "instance": true}}
	for _, group := range file.Groups {
		for _, r := range group.Rules {
			n++
			if r.Alert != "LiaisonDown" { // up is Prometheus's own
				check(t, r.Alert, r.Expr, known)
			}
			page, anchor, _ := strings.Cut(r.Annotations["runbook"], "#")
			if page != "docs/operate.md" || !slices.Contains(anchors, anchor) {
				t.Errorf("%s leads to %q, which is not in the guide", r.Alert, r.Annotations["runbook"])
			}
			if anchor != strings.ToLower(r.Alert) {
				t.Errorf("%s leads to the section of another alert, %s", r.Alert, anchor)
			}
			if r.Annotations["summary"] == "" || r.Labels["severity"] != "page" && r.Labels["severity"] != "look" {
				t.Errorf("%s needs a summary and a severity, page or look", r.Alert)
			}
			if _, err := time.ParseDuration(r.For); r.For != "" && err != nil {
				t.Errorf("%s: %v", r.Alert, err)
			}
		}
	}
	if n < 7 {
		t.Errorf("%d alerts", n)
	}
}

func TestEveryMetricIsExplained(t *testing.T) {
	t.Parallel()
	text := guide(t)
	for name := range families(t) {
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, suffix)
		}
		if strings.HasPrefix(name, "liaison_") && !strings.Contains(text, "`"+name+"`") {
			t.Errorf("docs/operate.md does not explain %s", name)
		}
	}
	for _, name := range regexp.MustCompile("`(liaison_[a-z_]+)`").FindAllStringSubmatch(text, -1) {
		if k := families(t); k[name[1]].labels == nil && k[name[1]+"_count"].labels == nil {
			t.Errorf("docs/operate.md explains %s, which no desk has", name[1])
		}
	}
}

func guide(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// anchors are the places of a page that can be linked to: its headings in small letters with hyphens.
func anchors(t *testing.T, text string) (list []string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			continue
		}
		heading := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
		heading = regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(heading, "")
		list = append(list, strings.ReplaceAll(heading, " ", "-"))
	}
	return list
}
