package handlers_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/console"
	"liaison/store/storetest"
)

// TestStatusSaysWhatIsNotWell: whoever may see the status reads which part is ill, and nothing of those that are well.
func TestStatusSaysWhatIsNotWell(t *testing.T) {
	t.Parallel()
	r := world(t, storetest.SQLite(t)).Router
	who := console.NewSeat("vic", "").Who
	if err := r.Agency.Do(t.Context(), agency.System, func(d *agency.Desk) error { _, err := d.Grant(who, "vic", agency.Finance); return err }); err != nil {
		t.Fatal(err)
	}
	ask := func(from agency.Identity) string {
		return console.Answer(r.Take(t.Context(), bot.Request{Kind: bot.Typed, From: from, Command: "status"}))
	}
	if said := ask(who); strings.Contains(said, "Not well") {
		t.Errorf("nobody knows of trouble, and it says %q", said)
	}
	r.Health = func(context.Context) []bot.Component {
		return []bot.Component{{Name: "records"}, {Name: "discord", Err: errors.New("no gateway session is open")}}
	}
	if said := ask(who); !strings.Contains(said, "Not well: discord") || !strings.Contains(said, "no gateway session is open") || strings.Contains(said, "records") {
		t.Errorf("it says %q", said)
	}
	if said := ask(console.NewSeat("joe", "").Who); strings.Contains(said, "Not well") {
		t.Errorf("a stranger is told %q", said)
	}
}
