package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"liaison/bot/sandbox"
)

var stepsDone = regexp.MustCompile(`\((\d+) of \d+ steps\)`)

// checkDrawings: what a card shows in the end is what is stored. An edit that was dropped leaves an old card behind.
func checkDrawings(w *workspace, s *stored, r *report) {
	seen := map[string]map[string]sandbox.Message{}
	checked := 0
	for key, id := range s.cards {
		words := strings.Fields(key) // kind, ref, channel
		channel, ts, _ := strings.Cut(id, "/")
		if seen[channel] == nil {
			seen[channel] = map[string]sandbox.Message{}
			for _, m := range w.Messages(channel) {
				seen[channel][m.TS] = m
			}
		}
		m, there := seen[channel][ts]
		if !there || len(words) != 3 {
			continue // older than what a conversation keeps
		}
		if shows, want, ok := drawn(words[0], words[1], m, s); ok {
			checked++
			if shows != want {
				r.lost("the card %s shows an old state: %s, and %s is stored", key, shows, want)
			}
		}
	}
	r.note("cards whose drawing was compared %d", checked)
}

// drawn is what a card shows and what it should, for the kinds that torture understands.
func drawn(kind, ref string, m sandbox.Message, s *stored) (shows, want string, ok bool) {
	offers := func(command string) string {
		return fmt.Sprint(slices.ContainsFunc(m.Controls(), func(c sandbox.Control) bool { return strings.HasPrefix(c.ActionID, command+"|") }))
	}
	switch kind {
	case "seller-card":
		found := stepsDone.FindStringSubmatch(m.Shown())
		if found == nil {
			return "", "", false
		}
		return found[1] + " steps done", fmt.Sprintf("%d steps done", s.done[ref]), true
	case "case-card":
		return "to acknowledge: " + offers("case acknowledge"), fmt.Sprintf("to acknowledge: %t", s.cases[ref] != nil && s.cases[ref].text("state") == "open"), true
	case "payout-card":
		return "to approve: " + offers("payout approve"), fmt.Sprintf("to approve: %t", s.runs[ref] == "pending"), true
	}
	return "", "", false
}
