package slack

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	sdk "github.com/slack-go/slack"

	"liaison/agency"
	"liaison/bot"
)

// What travels with every message of the outbox, so that it can be found again. Metadata is visible to every app of the
// workspace: it holds ids and nothing else.
const metadataType = "liaison_outbox"

const (
	historyPages = 10 // of 200 messages, read at most to find one
	clockSkew    = 5  // seconds by which Slack's clock may be behind ours
)

// Post posts a message and gives its id, "C0123/1700000000.000100": Slack's own is unique only within a channel.
func (p *Platform) Post(ctx context.Context, d bot.Delivery) (string, error) {
	out, err := render(d.Message, place{Workspace: d.To.Workspace, More: "The rest is in the thread, as it was when this was posted."})
	if err != nil {
		return "", &bot.SendError{Outcome: bot.Refused, Code: "unrenderable", Err: err}
	}
	options := append(messageOptions(out.Main), sdk.MsgOptionMetadata(sdk.SlackMetadata{
		EventType:    metadataType,
		EventPayload: map[string]any{"row": d.RowID, "kind": d.Kind},
	}))
	if d.ThreadID != "" {
		_, ts := splitMessageID(d.ThreadID, d.To.Channel)
		options = append(options, sdk.MsgOptionTS(ts))
	}
	to := d.To.Channel
	if channel, _ := splitMessageID(d.ThreadID, ""); channel != "" {
		to = channel // the thread of a direct message is in a channel of its own
	}
	channel, ts, err := p.api.PostMessageContext(ctx, to, options...)
	if in := sendErrorCode(err); in == "not_in_channel" && p.join(ctx, to) {
		channel, ts, err = p.api.PostMessageContext(ctx, to, options...)
	}
	if err != nil {
		return "", p.noted(sendError(err))
	}
	if ts == "" { // the SDK takes ok:false without a reason for a success
		return "", &bot.SendError{Outcome: bot.Unknown, Code: "no_timestamp", Err: errors.New("Slack gave no id of the message")}
	}
	p.worked()
	root := ts
	if d.ThreadID != "" {
		_, root = splitMessageID(d.ThreadID, "")
	}
	p.postThread(ctx, channel, root, out.Thread)
	return messageID(channel, ts), nil
}

// Edit puts a message in the place of a posted one. Metadata is left as it was posted: it names the row by which the
// message is found.
func (p *Platform) Edit(ctx context.Context, id string, d bot.Delivery) error {
	out, err := render(d.Message, place{Workspace: d.To.Workspace, More: "The rest is in the thread, as it was when this was posted."})
	if err != nil {
		return &bot.SendError{Outcome: bot.Refused, Code: "unrenderable", Err: err}
	}
	channel, ts := splitMessageID(id, d.To.Channel)
	if ts == "" {
		return &bot.SendError{Outcome: bot.Gone, Code: "message_not_found", Err: errors.New("there is no message id")}
	}
	_, at, _, err := p.api.UpdateMessageContext(ctx, channel, ts, messageOptions(out.Main)...)
	if err != nil {
		return p.noted(sendError(err))
	}
	if at == "" {
		return &bot.SendError{Outcome: bot.Unknown, Code: "no_timestamp", Err: errors.New("Slack gave no id of the message")}
	}
	p.worked()
	return nil
}

// messageOptions is a page for the Web API: nothing unfurls, nothing is linked by name, and the words beside the blocks
// are not markup.
func messageOptions(pg page) []sdk.MsgOption {
	return []sdk.MsgOption{
		sdk.MsgOptionText(pg.Text, false), // escaped already
		sdk.MsgOptionBlocks(pg.Blocks...),
		sdk.MsgOptionDisableLinkUnfurl(),
		sdk.MsgOptionDisableMediaUnfurl(),
		sdk.MsgOptionDisableMarkdown(),
		sdk.MsgOptionParse(false),
	}
}

func sendErrorCode(err error) string {
	if err == nil {
		return ""
	}
	return sendError(err).Code
}

// worked keeps Ready honest: what a refused token broke is whole again when a call succeeds.
func (p *Platform) worked() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.accepts {
		p.trouble = nil
	}
}

// noted keeps Ready honest: a token that Slack refuses makes the platform unready until a call succeeds again.
func (p *Platform) noted(e *bot.SendError) error {
	if e.Wait == lockedOut {
		p.setTrouble(fmt.Errorf("slack refuses the bot token (%s)", e.Code))
	}
	return e
}

// join lets the desk into a public channel to which it was told to post. Private ones need an invitation.
func (p *Platform) join(ctx context.Context, channel string) bool {
	if !strings.HasPrefix(channel, "C") {
		return false
	}
	_, _, _, err := p.api.JoinConversationContext(ctx, channel)
	if err != nil {
		p.log.Info("cannot join a channel by itself", "channel", channel, "error", scrub(err))
	}
	return err == nil
}

// Find looks for the message of an outbox row in a channel, for when it is not known whether a post arrived. It sees what
// stands in the channel itself; FindInThread sees a thread. A direct message cannot be looked up without scopes that the
// desk does not ask for: then it answers with a refusal.
func (p *Platform) Find(ctx context.Context, to agency.Address, rowID int64, since time.Time) (string, bool, error) {
	return p.find(ctx, to.Channel, "", rowID, since)
}

// FindInThread looks for the message of an outbox row among the replies to a message.
func (p *Platform) FindInThread(ctx context.Context, to agency.Address, threadID string, rowID int64, since time.Time) (string, bool, error) {
	channel, thread := splitMessageID(threadID, to.Channel)
	return p.find(ctx, channel, thread, rowID, since)
}

func (p *Platform) find(ctx context.Context, channel, thread string, rowID int64, since time.Time) (string, bool, error) {
	if !slackID(channel, "CG") {
		return "", false, &bot.SendError{Outcome: bot.Refused, Code: "direct_message", Err: errors.New("direct messages are not read")}
	}
	oldest := fmt.Sprintf("%d.000000", max(since.Unix()-clockSkew, 0))
	for cursor, pages := "", 0; pages < historyPages; pages++ {
		messages, next, err := p.read(ctx, channel, thread, oldest, cursor)
		if err != nil {
			return "", false, sendError(err)
		}
		for _, m := range messages {
			if p.isRow(m, rowID) {
				return messageID(channel, m.Timestamp), true, nil
			}
		}
		if cursor = next; cursor == "" {
			return "", false, nil
		}
	}
	return "", false, &bot.SendError{Outcome: bot.Unknown, Code: "too_much_history", Err: errors.New("too many messages came after it")}
}

func (p *Platform) read(ctx context.Context, channel, thread, oldest, cursor string) ([]sdk.Message, string, error) {
	if thread != "" {
		messages, more, next, err := p.api.GetConversationRepliesContext(ctx, &sdk.GetConversationRepliesParameters{
			ChannelID: channel, Timestamp: thread, Oldest: oldest, Cursor: cursor, Limit: 200, IncludeAllMetadata: true,
		})
		if !more {
			next = ""
		}
		return messages, next, err
	}
	history, err := p.api.GetConversationHistoryContext(ctx, &sdk.GetConversationHistoryParameters{
		ChannelID: channel, Oldest: oldest, Cursor: cursor, Limit: 200, IncludeAllMetadata: true,
	})
	if err != nil {
		return nil, "", err
	}
	if !history.HasMore {
		return history.Messages, "", nil
	}
	return history.Messages, history.ResponseMetaData.NextCursor, nil
}

// isRow reports that a message is the desk's own and carries the row. Another app could write the same metadata.
func (p *Platform) isRow(m sdk.Message, rowID int64) bool {
	me := p.me()
	if m.Metadata.EventType != metadataType || m.User != me.user && (m.BotID == "" || m.BotID != me.bot) {
		return false
	}
	switch row := m.Metadata.EventPayload["row"].(type) {
	case float64:
		return row == float64(rowID)
	case string:
		return row == strconv.FormatInt(rowID, 10)
	}
	return false
}
