package discord

import (
	"context"
	"encoding/json"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

// onThread is something that a person said in answer to a message of the desk, in direct messages. It comes over the gateway
// alone: Discord sends no messages over HTTP. What is said in channels is not read; that would take a privilege of which
// the desk has no need.
const onThread surface = "thread"

// wireSaid is a message as events carry it.
type wireSaid struct {
	ID        string      `json:"id"`
	ChannelID string      `json:"channel_id"`
	GuildID   string      `json:"guild_id"`
	WebhookID string      `json:"webhook_id"`
	Content   string      `json:"content"`
	EditedAt  string      `json:"edited_timestamp"`
	Author    *wireSaidBy `json:"author"`
	Reference *struct {
		ChannelID string `json:"channel_id"`
		MessageID string `json:"message_id"`
	} `json:"message_reference"`
}

type wireSaidBy struct {
	wireUser
	Bot bool `json:"bot"`
}

// remembered is what a deletion does not say: whose message it was, and what it answered.
type remembered struct{ User, Name, Thread string }

// heard reads an event about a message. The desk's own, other apps' and whatever answers none of the desk's is ignored.
func (p *Platform) heard(event string, data []byte) (incoming, error) {
	var w wireSaid
	if err := json.Unmarshal(data, &w); err != nil {
		return incoming{}, err
	}
	change := map[string]bot.Change{"MESSAGE_CREATE": bot.New, "MESSAGE_UPDATE": bot.Edited, "MESSAGE_DELETE": bot.Deleted}[event]
	var by remembered
	switch {
	case w.GuildID != "" || w.WebhookID != "" || w.ID == "" || w.ChannelID == "":
		return incoming{}, errIgnored{"a message outside of direct messages"}
	case change == bot.Deleted:
		known, ok := p.said.get(w.ID)
		if !ok || json.Unmarshal([]byte(known), &by) != nil {
			return incoming{}, errIgnored{"the deletion of a message that was not heard"}
		}
	case w.Author == nil || w.Author.Bot || w.Author.ID == p.me() || w.Reference == nil || w.Reference.MessageID == "":
		return incoming{}, errIgnored{"a message that answers none of the desk's"}
	case change == bot.Edited && w.EditedAt == "":
		return incoming{}, errIgnored{"a message whose words are the same"} // Discord added a preview
	default:
		by = remembered{User: w.Author.ID, Name: w.Author.name(), Thread: messageID(orElse(w.Reference.ChannelID, w.ChannelID), w.Reference.MessageID)}
		known, err := json.Marshal(by)
		if err != nil {
			return incoming{}, err
		}
		p.said.put(w.ID, string(known))
	}
	return incoming{surface: onThread, id: strings.Join([]string{"said", w.ID, string(change), w.EditedAt}, ":"), Request: bot.Request{
		Key: strings.TrimRight(strings.Join([]string{"discord:said", w.ID, string(change), w.EditedAt}, ":"), ":"), Kind: bot.Said, Change: change,
		From: agency.Identity{Platform: agency.Discord, Workspace: p.cfg.GuildID, User: by.User}, FromName: by.Name,
		Channel: agency.Address{Platform: agency.Discord, Workspace: p.cfg.GuildID, Channel: w.ChannelID},
		Text:    bot.Clean(w.Content), MessageID: messageID(w.ChannelID, w.ID), ThreadID: by.Thread,
	}}, nil
}

// answerSaid posts what there is to say to somebody who wrote: nobody pressed anything, so it is a message of its own.
func (p *Platform) answerSaid(ctx context.Context, in incoming, a answer) error {
	for _, pg := range a.pages {
		m := message(pg, false)
		_, root := splitMessageID(in.MessageID, "")
		m.Reference = &reference{MessageID: root}
		if _, err := p.send(ctx, in.Channel.Channel, m, pg.Files); err != nil {
			return err
		}
	}
	return nil
}
