package discord

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"liaison/bot"
)

// TestAnswersToTheDesksMessagesAreHeard says, changes and deletes something in direct messages.
func TestAnswersToTheDesksMessagesAreHeard(t *testing.T) {
	t.Parallel()
	g := newGuild(t, overGateway, nil)
	c := &clerk{answer: func(r bot.Request) bot.Reply { return bot.Say("Noted: %s", r.Text) }}
	g.open(t, c.take)
	card, err := g.Post(t.Context(), bot.Delivery{To: to(ana), Message: bot.Sentence("Your question V-9."), RowID: 1})
	if err != nil {
		t.Fatal(err)
	}
	said, err := g.server.DM(ana, "thank you")
	if err != nil {
		t.Fatal(err)
	}
	channel, root := splitMessageID(card, "")
	event := func(more string) []byte {
		return fmt.Appendf(nil, `{"id":%q,"channel_id":%q%s}`, said.ID, channel, more)
	}
	by := `,"author":{"id":"` + ana + `","username":"ana"},"content":"thank you \u202e@everyone"`
	reply := by + `,"message_reference":{"message_id":"` + root + `","channel_id":"` + channel + `"}`
	for _, step := range []struct {
		event, more string
		want        bot.Change
		key         string
	}{
		{"MESSAGE_CREATE", reply, bot.New, "discord:said:" + said.ID},
		{"MESSAGE_UPDATE", reply + `,"edited_timestamp":"2026-11-23T12:00:00Z"`, bot.Edited, "discord:said:" + said.ID + ":edited:2026-11-23T12:00:00Z"},
		{"MESSAGE_DELETE", "", bot.Deleted, "discord:said:" + said.ID + ":deleted"},
	} {
		in, err := g.heard(step.event, event(step.more))
		if err != nil {
			t.Fatalf("%s: %v", step.event, err)
		}
		g.takeIn(in, nil, func(callback) error { return nil })
		g.drain()
		r := c.last(bot.Said)
		if r.Key != step.key || r.Change != step.want || r.ThreadID != card || r.From.User != ana || r.MessageID != channel+"/"+said.ID {
			t.Errorf("%s: taken as %+v", step.event, r)
		}
		if step.want == bot.New && r.Text != "thank you @everyone" {
			t.Errorf("said %q", r.Text)
		}
	}
	if all := strings.Join(g.posted2(channel), "|"); !strings.Contains(all, "Noted: thank you @everyone") {
		t.Errorf("the talk is %q", all)
	}
	for name, more := range map[string]string{
		"the desk's own":    `,"author":{"id":"` + appID + `","bot":true},"content":"x","message_reference":{"message_id":"` + root + `"}`,
		"no answer":         by,
		"in a channel":      reply + `,"guild_id":"1"`,
		"by a webhook":      reply + `,"webhook_id":"1"`,
		"without an author": `,"content":"x"`,
	} {
		if _, err := g.heard("MESSAGE_CREATE", event(more)); !errors.As(err, &errIgnored{}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := g.heard("MESSAGE_UPDATE", event(reply)); !errors.As(err, &errIgnored{}) {
		t.Errorf("a preview: %v", err)
	}
	if _, err := g.heard("MESSAGE_DELETE", []byte(`{"id":"1","channel_id":"2"}`)); !errors.As(err, &errIgnored{}) {
		t.Errorf("a deletion of what was not heard: %v", err)
	}
}
