package main

import (
	"fmt"
	"io"
	"sort"
	"time"
)

// report is what came of a run.
type report struct {
	what   string // "crash on sqlite"
	seed   uint64
	began  time.Time
	took   time.Duration
	folder string // where records and logs were kept; empty: removed

	rounds, kills, early int // early: killed before it was ready
	interactions         int // that people did
	answered             int // of them, acknowledged by the desk
	again                int // of them, the same button once more before it was drawn again
	late                 int // of them, acknowledged before they were decided
	faults               int // of them, answered with "nothing was changed, try again"
	uncertain            int // of them, answered with "it is not certain"
	stored               int // carried out and stored, answered or not
	effects              int // decisions whose effect was looked up in the records
	files                map[string]int
	rows                 int   // outgoing messages that were decided
	posts                int   // messages of the desk in the workspace
	flagged              int   // posted again because nobody could know, and flagged
	givenUp              int   // sent twice into a place where nobody can look, heard of neither, flagged and given up; neither arrived
	retaken              int64 // claims after a message's first: of a killed desk, or after a failure
	slots                int
	currencies           int
	oldest               time.Duration // the oldest claim that was seen
	unknowable           bool          // the workspace itself fails: givenUp may happen
	notes                []string      // what else is worth a line

	losses, duplicates, wrongs []string
}

func (r *report) lost(format string, args ...any) {
	r.losses = append(r.losses, fmt.Sprintf(format, args...))
}

func (r *report) doubled(format string, args ...any) {
	r.duplicates = append(r.duplicates, fmt.Sprintf(format, args...))
}

func (r *report) wrong(format string, args ...any) {
	r.wrongs = append(r.wrongs, fmt.Sprintf(format, args...))
}

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// failed reports that the desk broke a promise.
func (r *report) failed() bool { return len(r.losses)+len(r.duplicates)+len(r.wrongs) > 0 }

// shownFindings is how many of each kind are printed.
const shownFindings = 20

// print says what came of it, the findings first.
func (r *report) print(out io.Writer) {
	for _, list := range []struct {
		what     string
		findings []string
	}{{"LOSS", r.losses}, {"DUPLICATE", r.duplicates}, {"WRONG", r.wrongs}} {
		for i, f := range list.findings {
			if i == shownFindings {
				fmt.Fprintf(out, "%s … and %d more\n", list.what, len(list.findings)-i)
				break
			}
			fmt.Fprintf(out, "%s %s\n", list.what, f)
		}
	}
	fmt.Fprintf(out, "%s, seed %d, %.0f seconds\n", r.what, r.seed, r.took.Seconds())
	fmt.Fprintf(out, "  rounds %d, kills %d (%d before it was ready)\n", r.rounds, r.kills, r.early)
	fmt.Fprintf(out, "  presses %d: answered %d (%d before the decision, %d with “nothing was changed”, %d with “it is not certain”, %d as the same press before), stored %d, effects looked up %d\n",
		r.interactions, r.answered, r.late, r.faults, r.uncertain, r.again, r.stored, r.effects)
	fmt.Fprintf(out, "  files %s; slots %d; ledger: %d currency, zero\n", counts(r.files), r.slots, r.currencies)
	fmt.Fprintf(out, "  messages decided %d, posted %d, claimed again %d, repeated and flagged %d, given up and flagged %d; oldest claim %.1f seconds\n",
		r.rows, r.posts, r.retaken, r.flagged, r.givenUp, r.oldest.Seconds())
	for _, n := range r.notes {
		fmt.Fprintf(out, "  %s\n", n)
	}
	if r.folder != "" {
		fmt.Fprintf(out, "  records and logs: %s\n", r.folder)
	}
	fmt.Fprintf(out, "losses %d, duplicates %d, other faults %d\n", len(r.losses), len(r.duplicates), len(r.wrongs))
}

// counts is "applied 3, killed 2".
func counts(m map[string]int) string {
	words := make([]string, 0, len(m))
	for what := range m {
		words = append(words, what)
	}
	sort.Strings(words)
	line := ""
	for i, what := range words {
		if i > 0 {
			line += ", "
		}
		line += fmt.Sprintf("%s %d", what, m[what])
	}
	return line
}
