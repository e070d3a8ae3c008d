// Package promql holds the expressions of deploy/ against Prometheus's own parser. It is a module of its own, so that what the desk
// is built from has nothing of it.
package promql

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// grafana stands for what Grafana puts into an expression before Prometheus sees it.
var grafana = strings.NewReplacer("$__rate_interval", "5m", "$__interval", "1m", "$__range", "6h", "$instance", "127.0.0.1:8080")

// parse says whether Prometheus would take an expression, and whether it gives what can be drawn or compared.
func parse(expr string) (parser.ValueType, error) {
	tree, err := parser.NewParser(parser.Options{}).ParseExpr(grafana.Replace(expr))
	if err != nil {
		return "", err
	}
	return tree.Type(), nil
}

// TestPrometheusTakesWhatTheDashboardAsks parses every expression of the dashboard.
func TestPrometheusTakesWhatTheDashboardAsks(t *testing.T) {
	t.Parallel()
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	data, err := os.ReadFile("../../deploy/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &board); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			n++
			if kind, err := parse(target.Expr); err != nil || kind != parser.ValueTypeVector && kind != parser.ValueTypeScalar {
				t.Errorf("the panel %q asks %s, a %s: %v", panel.Title, target.Expr, kind, err)
			}
		}
	}
	if n < 15 {
		t.Errorf("the dashboard has %d expressions", n)
	}
}

// TestPrometheusTakesWhatTheAlertsAsk parses every expression of the alerts.
func TestPrometheusTakesWhatTheAlertsAsk(t *testing.T) {
	t.Parallel()
	all := alerts(t)
	for name, expr := range all {
		if kind, err := parse(expr); err != nil || kind != parser.ValueTypeVector {
			t.Errorf("%s asks %s, a %s: %v", name, expr, kind, err)
		}
	}
	if len(all) < 7 {
		t.Errorf("there are %d alerts", len(all))
	}
}

// alerts are the expressions of the alerts, by name.
func alerts(t *testing.T) map[string]string {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	data, err := os.ReadFile("../../deploy/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			all[rule.Alert] = rule.Expr
		}
	}
	return all
}

// TestTheParserRefuses what a search for names lets pass.
func TestTheParserRefuses(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{"rate(liaison_ready)", "sum by (platform (liaison_ready)", "histogram_quantile(0.99)", "liaison_ready >", "up{job='x'",
		"rate(liaison_ready[$__rate])", `max by (instance) ("up")`} {
		if _, err := parse(expr); err == nil {
			t.Errorf("%s is taken", expr)
		}
	}
}
