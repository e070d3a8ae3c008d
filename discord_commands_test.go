package main

import (
	"slices"
	"strings"
	"testing"

	"liaison/bot"
	"liaison/bot/discord"
	"liaison/handlers"
)

// TestCommandsFitDiscord checks the whole list against what Discord takes, before Discord does.
func TestCommandsFitDiscord(t *testing.T) {
	t.Parallel()
	if err := discord.CheckCommands(handlers.All()); err != nil {
		t.Error(err)
	}
}

// TestArgumentsAreWhatUsageSays keeps the arguments of a command from falling behind what help says of it.
func TestArgumentsAreWhatUsageSays(t *testing.T) {
	t.Parallel()
	for _, c := range handlers.All() {
		if c.Unlisted {
			continue
		}
		if (c.Usage == "") != (len(c.Args) == 0) {
			t.Errorf("%q has the usage %q and %d arguments", c.Name, c.Usage, len(c.Args))
		}
		needs := 0
		for i, a := range c.Args {
			if !a.Optional {
				needs++
			}
			if a.Summary == "" || len(a.Summary) > 100 {
				t.Errorf("%q: the argument %q has no summary that fits", c.Name, a.Name)
			}
			if a.Suggests != (a.Suggests && c.Suggest != nil) {
				t.Errorf("%q: nothing suggests the argument %q", c.Name, a.Name)
			}
			if (a.Kind == bot.Named || a.Kind == bot.Phrase) && !strings.Contains(c.Usage, a.Name) {
				t.Errorf("%q: its usage %q does not know %q", c.Name, c.Usage, a.Name)
			}
			if a.Kind == bot.Rest && i != len(c.Args)-1 {
				t.Errorf("%q: %q takes the rest of the line, but is not the last", c.Name, a.Name)
			}
		}
		if must := wordsBefore(c.Usage); must != needs {
			t.Errorf("%q: its usage %q asks for %d words, its arguments for %d", c.Name, c.Usage, must, needs)
		}
	}
}

// wordsBefore is how many words of a usage stand before the first bracket.
func wordsBefore(usage string) int {
	before, _, _ := strings.Cut(usage, "[")
	return len(slices.DeleteFunc(bot.Words(before), func(w string) bool { return w == "" }))
}
