package main

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"liaison/bot/slack"
	"liaison/handlers"
)

// TestManifestFileIsTheCommandList keeps manifest.yaml equal to what `liaison manifest` prints.
func TestManifestFileIsTheCommandList(t *testing.T) {
	t.Parallel()
	want, err := slack.Manifest(handlers.All(), slack.ManifestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("manifest.yaml is not what the command list says; run `go run . manifest > manifest.yaml`")
	}
}

// TestCommandsAreWhole checks that every command has a name of its own, a summary and, where it is listed, examples.
func TestCommandsAreWhole(t *testing.T) {
	t.Parallel()
	var names []string
	for _, c := range handlers.All() {
		if slices.Contains(names, c.Name) {
			t.Errorf("two commands are called %q", c.Name)
		}
		names = append(names, c.Name)
		if !c.Unlisted && (c.Summary == "" || len(c.Examples) == 0) {
			t.Errorf("%q has no summary or no example", c.Name)
		}
		if c.Run == nil {
			t.Errorf("%q does nothing when typed", c.Name)
		}
	}
}
