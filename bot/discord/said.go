package discord

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// onThread is something that a person wrote in direct messages. It comes over the gateway alone: Discord sends no messages over
// HTTP. What is said in channels is not read; that would take a privilege of which the desk has no need.
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

// rememberedFor is how long the deletion of a message is understood, and recallTime how long the records are waited for.
const (
	rememberedFor = 30 * 24 * time.Hour
	recallTime    = 2 * time.Second
)

// heard reads an event about a message. The desk's own and other apps' are ignored.
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
		var ok bool
		if by, ok = p.recall(w.ID); !ok {
			return incoming{}, errIgnored{"the deletion of a message that was not heard"}
		}
	case w.Author == nil || w.Author.Bot || w.Author.ID == p.me():
		return incoming{}, errIgnored{"a message that no person wrote"}
	case change == bot.Edited && w.EditedAt == "":
		return incoming{}, errIgnored{"a message whose words are the same"} // Discord added a preview
	default:
		by = remembered{User: w.Author.ID, Name: w.Author.name()}
		if w.Reference != nil && w.Reference.MessageID != "" {
			by.Thread = messageID(orElse(w.Reference.ChannelID, w.ChannelID), w.Reference.MessageID)
		}
		if err := p.remember(w.ID, by); err != nil {
			p.log.Warn("a deletion of this message will not be understood after a restart", "message", w.ID, "error", err)
		}
	}
	return incoming{surface: onThread, id: strings.Join([]string{"said", w.ID, string(change), w.EditedAt}, ":"), Request: bot.Request{
		Key: strings.TrimRight(strings.Join([]string{"discord:said", w.ID, string(change), w.EditedAt}, ":"), ":"), Kind: bot.Said, Change: change, Private: true,
		From: agency.Identity{Platform: agency.Discord, Workspace: p.cfg.GuildID, User: by.User}, FromName: by.Name,
		Channel: agency.Address{Platform: agency.Discord, Workspace: p.cfg.GuildID, Channel: w.ChannelID},
		Text:    bot.Clean(w.Content), MessageID: messageID(w.ChannelID, w.ID), ThreadID: by.Thread,
	}}, nil
}

// remember keeps whose message it was, so that its deletion is understood, also after a restart and by another process.
func (p *Platform) remember(id string, by remembered) error {
	data, err := json.Marshal(by)
	if err != nil {
		return err
	}
	if !p.said.put(id, string(data)) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), recallTime)
	defer cancel()
	return p.cfg.Drafts.KeepDraft(ctx, "said:"+id, string(data), p.instant().Add(rememberedFor))
}

// recall gives it back.
func (p *Platform) recall(id string) (by remembered, ok bool) {
	data, ok := p.said.get(id)
	if !ok {
		ctx, cancel := context.WithTimeout(context.Background(), recallTime)
		defer cancel()
		var err error
		if data, ok, err = p.cfg.Drafts.Draft(ctx, "said:"+id, p.instant()); err != nil {
			p.log.Warn("whose message was deleted could not be looked up", "message", id, "error", err)
		}
	}
	return by, ok && json.Unmarshal([]byte(data), &by) == nil
}

// answerSaid posts what there is to say to somebody who wrote: nobody pressed anything, so it is a message of its own. Its nonce
// is the message that it answers: every process of the desk hears that one, and one of them answers.
func (p *Platform) answerSaid(ctx context.Context, in incoming, a answer) error {
	_, root := splitMessageID(in.MessageID, "")
	row, err := strconv.ParseInt(root, 10, 64)
	if err != nil {
		return err
	}
	for i, pg := range a.pages {
		m := message(pg, false)
		m.Reference = &reference{MessageID: root}
		m.Nonce, m.OnceOnly = nonce("said", row, i)
		if _, err := p.send(ctx, in.Channel.Channel, m, pg.Files); err != nil {
			return err
		}
	}
	return nil
}
