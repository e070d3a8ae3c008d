// Package policy is the book of regional rules: checklists, deadlines and limits as dated data with their source.
//
// Nothing in here decides; it only answers "what does the rule say, there, on that day". The rules live in rules.json,
// so that a change of TikTok's terms is a change of data with a date and a link, never of code.
package policy

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

//go:embed rules.json
var rules []byte

// Book is every rule that the desk knows.
type Book struct {
	Regions    []Region
	Categories []string // product categories, as the desk's forms offer them
	Steps      []Step
	Deadlines  []Deadline
	Limits     []Limit
	Severities []Severity
	Payouts    []Payout
	Health     []Health
}

// Region is a market: an ISO 3166 code with its currency and usual zone.
type Region struct {
	Code, Name, Currency, Zone string
}

// Step is one step of a seller's onboarding.
type Step struct {
	Code    string
	Stage   string // the stage that the seller is in while the step is open
	Title   string
	Hint    string
	Days    int      // days after the start date by which it is usually done
	Regions []string // empty: everywhere
	From    string   // the day from which the rule holds, 2026-01-31
	Source  string
}

// Deadline is how long one has to answer a kind of case or offer, or has to wait.
type Deadline struct {
	// "creator appeal", "seller appeal", "dispute answer", "concern answer": from when the case was opened; "match
	// reminder", "match answer": from when a creator was asked; "creator reapply": from when they were declined.
	Kind    string
	Regions []string
	Days    int
	Guess   bool // no official source: shown as "usual", to be replaced by the notice's own date
	From    string
	Source  string
}

// Limit is a number that something is measured against, such as a rating at or below which a creator counts as unhealthy.
type Limit struct {
	Kind    string // "creator health"
	Regions []string
	Value   int64
	From    string
	Source  string
}

// Severity is how bad a violation is from so many points on.
type Severity struct {
	Severity string
	Points   int64
	From     string
	Source   string
}

// Payout is a limit on paying out, per currency, in minor units.
type Payout struct {
	Currency    string
	Minimum     int64 // below it a payee's lines wait for the next run
	TwoApprover int64 // a run strictly above it needs two different approvers
	From        string
	Source      string
}

// Health is what TikTok's Creator Health Rating means, on its scale of 0 to 1000.
type Health struct {
	UnhealthyUpTo int64 // up to and including this rating a creator is unhealthy
	HealthyFrom   int64 // from this rating on a creator is healthy; between the two caution is due
	Regions       []string
	From          string
	Source        string
}

// Load reads the book that is built in. Its error is a fault of the file and is found by a test.
func Load() (*Book, error) {
	var b Book
	if err := json.Unmarshal(rules, &b); err != nil {
		return nil, fmt.Errorf("reading rules.json: %w", err)
	}
	return &b, nil
}

// Region finds a market by its code, in any case; ok is false when the desk does not know it.
func (b *Book) Region(code string) (Region, bool) {
	code = strings.ToUpper(strings.TrimSpace(code))
	for _, r := range b.Regions {
		if r.Code == code {
			return r, true
		}
	}
	return Region{}, false
}

// Checklist is the onboarding of a region as of a day, in order.
func (b *Book) Checklist(region, day string) []Step {
	var steps []Step
	for _, s := range b.Steps {
		if holds(s.Regions, region) && s.From <= day {
			steps = append(steps, s)
		}
	}
	return steps
}

// Step finds a step by its code.
func (b *Book) Step(code string) (Step, bool) {
	i := slices.IndexFunc(b.Steps, func(s Step) bool { return s.Code == code })
	if i < 0 {
		return Step{}, false
	}
	return b.Steps[i], true
}

// Stages lists the stages of onboarding in order.
func (b *Book) Stages() []string {
	var stages []string
	for _, s := range b.Steps {
		if !slices.Contains(stages, s.Stage) {
			stages = append(stages, s.Stage)
		}
	}
	return stages
}

// Deadline is the newest rule for a kind of case in a region as of a day.
func (b *Book) Deadline(kind, region, day string) (Deadline, bool) {
	var best Deadline
	for _, d := range b.Deadlines {
		if d.Kind == kind && holds(d.Regions, region) && d.From <= day && d.From >= best.From {
			best = d
		}
	}
	return best, best.Kind != ""
}

// Limit is the newest limit of a kind in a region as of a day.
func (b *Book) Limit(kind, region, day string) (Limit, bool) {
	var best Limit
	for _, l := range b.Limits {
		if l.Kind == kind && holds(l.Regions, region) && l.From <= day && l.From >= best.From {
			best = l
		}
	}
	return best, best.Kind != ""
}

// Severity is the severity of a violation with so many points as of a day; empty when no rule says.
func (b *Book) Severity(points int64, day string) string {
	var best Severity
	for _, s := range b.Severities {
		if s.From <= day && s.Points <= points && (best.Severity == "" || s.Points >= best.Points) {
			best = s
		}
	}
	return best.Severity
}

// PayoutRule is the newest limits for a currency as of a day; a currency without a rule of its own has none.
func (b *Book) PayoutRule(currency, day string) (Payout, bool) {
	var best Payout
	for _, p := range b.Payouts {
		if p.Currency == currency && p.From <= day && p.From >= best.From {
			best = p
		}
	}
	return best, best.Currency != ""
}

// HealthRule is the newest meaning of a creator's health rating in a region as of a day; where the region is not known,
// the newest of any.
func (b *Book) HealthRule(region, day string) (Health, bool) {
	var best Health
	for _, h := range b.Health {
		if (region == "" || holds(h.Regions, region)) && h.From <= day && h.From >= best.From {
			best = h
		}
	}
	return best, best.From != ""
}

func holds(regions []string, region string) bool {
	return len(regions) == 0 || slices.Contains(regions, region)
}
