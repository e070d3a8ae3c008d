package policy_test

import (
	"testing"
	"time"

	"liaison/agency/money"
	"liaison/agency/policy"
)

func book(t *testing.T) *policy.Book {
	t.Helper()
	b, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryRuleIsDatedAndSourced(t *testing.T) {
	t.Parallel()
	b := book(t)
	dated := func(what, from, source string) {
		if _, err := time.Parse(time.DateOnly, from); err != nil || source == "" {
			t.Errorf("%s: from %q, source %q", what, from, source)
		}
	}
	for _, s := range b.Steps {
		dated("step "+s.Code, s.From, s.Source)
	}
	for _, d := range b.Deadlines {
		dated("deadline "+d.Kind, d.From, d.Source)
	}
	for _, p := range b.Payouts {
		dated("payout "+p.Currency, p.From, p.Source)
	}
}

func TestEveryRegionHasAZoneACurrencyAndALimit(t *testing.T) {
	t.Parallel()
	b := book(t)
	for _, r := range b.Regions {
		if _, err := time.LoadLocation(r.Zone); err != nil {
			t.Errorf("%s: %v", r.Code, err)
		}
		if !money.Currency(r.Currency).Known() {
			t.Errorf("%s: the desk cannot show %s", r.Code, r.Currency)
		}
		if _, ok := b.PayoutRule(r.Currency, "2026-11-23"); !ok {
			t.Errorf("%s: no payout limits for %s", r.Code, r.Currency)
		}
	}
}

func TestEveryRegionHasAWholeChecklist(t *testing.T) {
	t.Parallel()
	b := book(t)
	for _, r := range b.Regions {
		seen := map[string]bool{}
		for _, s := range b.Checklist(r.Code, "2026-11-23") {
			if seen[s.Code] {
				t.Errorf("%s has the step %q twice", r.Code, s.Code)
			}
			seen[s.Code] = true
		}
		for _, code := range []string{"verification", "tax", "bank", "warehouse", "shipping", "listings", "brand", "partner", "service", "mentoring"} {
			if !seen[code] {
				t.Errorf("%s has no step %q", r.Code, code)
			}
		}
		if (r.Code == "DE") != seen["epr"] && (r.Code == "US" || r.Code == "DE") {
			t.Errorf("%s: producer responsibility is on the checklist: %v", r.Code, seen["epr"])
		}
	}
	if list := b.Checklist("US", "2020-01-01"); len(list) != 0 {
		t.Errorf("rules hold before they began: %v", list)
	}
}

func TestTheNewestRuleHolds(t *testing.T) {
	t.Parallel()
	b := &policy.Book{Deadlines: []policy.Deadline{
		{Kind: "creator appeal", Days: 30, From: "2025-01-01"},
		{Kind: "creator appeal", Days: 20, From: "2026-06-01"},
		{Kind: "creator appeal", Days: 10, From: "2026-01-01", Regions: []string{"GB"}},
	}}
	for _, c := range []struct {
		region, day string
		want        int
	}{{"US", "2025-05-01", 30}, {"US", "2026-05-31", 30}, {"US", "2026-06-01", 20}, {"GB", "2026-03-01", 10}, {"GB", "2026-07-01", 20}} {
		if d, ok := b.Deadline("creator appeal", c.region, c.day); !ok || d.Days != c.want {
			t.Errorf("%s on %s: %d days, want %d", c.region, c.day, d.Days, c.want)
		}
	}
	if _, ok := b.Deadline("creator appeal", "US", "2024-12-31"); ok {
		t.Error("a rule holds before it began")
	}
}
