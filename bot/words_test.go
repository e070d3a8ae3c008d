package bot_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"liaison/bot"
)

func TestWordsKeepQuotesTogether(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		`Glow Lab`:                  {"Glow", "Lab"},
		`"Glow Lab" US`:             {"Glow Lab", "US"},
		`“Glow Lab” US`:             {"Glow Lab", "US"}, // phones curl them
		`contact="Mia, mia@x" a=""`: {"contact=Mia, mia@x", "a="},
		`""`:                        {""},
		`  `:                        nil,
		`"open`:                     {"open"},
	} {
		if diff := cmp.Diff(want, bot.Words(line)); diff != "" {
			t.Errorf("%q: %s", line, diff)
		}
	}
}

func TestFreeTextMentionsNobody(t *testing.T) {
	t.Parallel()
	turn := &bot.Turn{Request: bot.Request{Text: `V-9 ask <@U012|fay> and <@U013> about <!channel>`}}
	if got, want := turn.Args().Rest(1), "ask @fay and @U013 about <!channel>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOnlyAMentionIsAPerson(t *testing.T) {
	t.Parallel()
	turn := &bot.Turn{Request: bot.Request{From: ana}}
	who, name, err := turn.Person("<@U012|fay>")
	if err != nil || who.User != "U012" || who.Workspace != ana.Workspace || name != "fay" {
		t.Errorf("got %v %q %v", who, name, err)
	}
	for _, word := range []string{"", "fay", "@fay", "<@>", "<#C1|x>", "<@U1"} {
		if who, _, err := turn.Person(word); err == nil {
			t.Errorf("%q was taken for %v", word, who)
		}
	}
}
