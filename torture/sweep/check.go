package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/console"
)

// outcome is what a scenario has come to, as the world outside sees it, so far as it may not depend on when the desk was
// killed: the answers, the messages as they are now, and the records as people read them.
type outcome struct {
	answers  map[string]string // press → answer
	messages []string          // channel and newest text of each message, sorted
	records  string
}

// look gives the outcome of a finished scenario, and everything in it that breaks a promise.
func look(ctx context.Context, dir string) (outcome, error) {
	list, err := readTranscript(filepath.Join(dir, "said"))
	if err != nil {
		return outcome{}, err
	}
	var faults []error
	o := outcome{answers: map[string]string{}}
	rows, texts := map[int64]bool{}, map[string]string{}
	for _, s := range list {
		switch {
		case s.Answer != "" && (s.Refused == agency.CodeUnavailable || s.Refused == agency.CodeInternal):
		case s.Answer != "":
			if first, ok := o.answers[s.Answer]; ok && first != s.Text {
				faults = append(faults, fmt.Errorf("%s was answered %q and then %q", s.Answer, first, s.Text))
			}
			o.answers[s.Answer] = s.Text
		case s.Post != "":
			if rows[s.Row] {
				faults = append(faults, fmt.Errorf("row %d was posted twice", s.Row))
			}
			rows[s.Row], texts[s.Post] = true, s.Channel+": "+s.Text
		default:
			if texts[s.Edit] == "" {
				faults = append(faults, fmt.Errorf("%s was edited but never posted", s.Edit))
			}
			texts[s.Edit] = s.Channel + ": " + s.Text
		}
	}
	o.messages = slices.Sorted(maps.Values(texts))
	o.records, err = readRecords(ctx, dir)
	return o, errors.Join(append(faults, err)...)
}

// reads is what the checker asks the desk.
var reads = []string{"team list", "seller list", "seller show S-1", "seller show S-2", "seller show S-3", "payout list", "payout lines P-1",
	"payout lines P-3", "payout lines P-5", "case list all", "case show V-1", "case show V-2"}

// readRecords opens the records, verifies them and reads them as a person does.
func readRecords(ctx context.Context, dir string) (text string, err error) {
	w, err := openWorld(ctx, dir, 1_000, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.records.store.Verify(ctx); err != nil {
		return "", err
	}
	waiting, parked, err := w.records.store.OutboxDepth(ctx)
	if err != nil || waiting+parked > 0 {
		return "", errors.Join(err, fmt.Errorf("%d messages wait and %d were given up", waiting, parked))
	}
	var out strings.Builder
	for _, line := range reads {
		first, rest, _ := strings.Cut(line, " ")
		reply := w.router.Take(ctx, bot.Request{Kind: bot.Typed, From: console.NewSeat("mae", "").Who, Command: first, Text: rest})
		fmt.Fprintf(&out, "> %s\n%s\n", line, console.Answer(reply))
	}
	err = w.agency.Look(ctx, agency.System, func(d *agency.Desk) error { return readLedger(d, &out) })
	return out.String(), err
}

func readLedger(d *agency.Desk, out io.Writer) error {
	sums, err := d.TrialBalance()
	if err != nil {
		return err
	}
	for _, s := range sums {
		if !s.IsZero() {
			return fmt.Errorf("the ledger is off by %s", s)
		}
	}
	for _, ref := range []string{"S-1", "S-2", "S-3", "P-1", "P-2", "P-3", "P-4", "P-5", "V-1", "V-2"} {
		history, err := d.History(ref, 100)
		if err != nil {
			return err
		}
		for _, h := range history {
			fmt.Fprintln(out, ref, h.Action, h.Detail)
		}
	}
	return nil
}

// compare says what is lost, doubled or changed beside an undisturbed run.
func compare(want, got outcome) error {
	var faults []error
	for _, key := range slices.Sorted(maps.Keys(want.answers)) {
		if got.answers[key] != want.answers[key] {
			faults = append(faults, fmt.Errorf("%s was answered %q instead of %q", key, got.answers[key], want.answers[key]))
		}
	}
	if !slices.Equal(want.messages, got.messages) {
		faults = append(faults, fmt.Errorf("there are %d messages instead of %d: %q instead of %q", len(got.messages), len(want.messages),
			without(got.messages, want.messages), without(want.messages, got.messages)))
	}
	if want.records != got.records {
		faults = append(faults, fmt.Errorf("the records differ:\n%s\ninstead of\n%s", strings.Join(without(strings.Split(got.records, "\n"), strings.Split(want.records, "\n")), "\n"),
			strings.Join(without(strings.Split(want.records, "\n"), strings.Split(got.records, "\n")), "\n")))
	}
	return errors.Join(faults...)
}

func without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(others, s) })
}
