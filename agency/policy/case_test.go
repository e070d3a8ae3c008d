package policy_test

import (
	"testing"

	"liaison/agency/policy"
)

func TestSeverityOfPoints(t *testing.T) {
	t.Parallel()
	book := caseBook(t)
	for points, want := range map[int64]string{0: "low", 3: "low", 4: "medium", 11: "medium", 12: "high", 23: "high", 24: "critical", 48: "critical"} {
		if got := book.Severity(points, "2026-11-23"); got != want {
			t.Errorf("%d points are %q, want %q", points, got, want)
		}
	}
	if got := book.Severity(48, "2020-01-01"); got != "" {
		t.Errorf("before the rule there is no severity, got %q", got)
	}
}

// TestCaseDeadlines holds every deadline that the desk asks for against the book: each has a source, and what has no
// official figure says so.
func TestCaseDeadlines(t *testing.T) {
	t.Parallel()
	book := caseBook(t)
	for kind, guess := range map[string]bool{"creator appeal": false, "seller appeal": true, "dispute answer": true, "concern answer": true,
		"match reminder": false, "match answer": false, "creator reapply": false} {
		for _, region := range []string{"", "US", "TH"} {
			rule, ok := book.Deadline(kind, region, "2026-11-23")
			if !ok || rule.Days <= 0 || rule.Source == "" || rule.Guess != guess {
				t.Errorf("%s in %q: got %+v, %v; want days, a source and guess %v", kind, region, rule, ok, guess)
			}
		}
	}
}

func caseBook(t *testing.T) *policy.Book {
	t.Helper()
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	return book
}
