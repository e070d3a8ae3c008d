package handlers_test

import (
	"maps"
	"slices"
	"testing"

	"liaison/handlers"
)

// alone are the commands whose forms are about nothing that could move on while they are filled in.
var alone = map[string]string{
	"seller onboard": "records something new",
	"creator apply":  "records something new",
	"case open":      "records something new",
	"ask":            "adds a message",
	"offer ask":      "adds a message",
	"case reply":     "adds a message",
	"notices":        "is what a person says of themselves",
}

// TestEveryFormAboutSomethingKnowsItsVersion: else two people who fill in the same form overwrite each other unseen.
func TestEveryFormAboutSomethingKnowsItsVersion(t *testing.T) {
	t.Parallel()
	left := maps.Clone(alone)
	for _, c := range handlers.All() {
		switch {
		case c.Submit == nil:
		case c.About == nil && alone[c.Name] == "":
			t.Errorf("the form of %q has no version, and nothing says why", c.Name)
		case c.About != nil && alone[c.Name] != "":
			t.Errorf("the form of %q has a version", c.Name)
		}
		if c.Submit != nil {
			delete(left, c.Name)
		}
	}
	if len(left) > 0 {
		t.Errorf("no form is of %v", slices.Sorted(maps.Keys(left)))
	}
}
