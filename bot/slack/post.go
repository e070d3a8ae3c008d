package slack

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	sdk "github.com/slack-go/slack"

	"liaison/bot"
)

// What travels with every message of the outbox, so that it can be found again. Metadata is visible to every app of the
// workspace: it holds ids and nothing else.
const metadataType = "liaison_outbox"

const (
	historyPages = 10  // of 200 messages, read at most to find one
	clockSkew    = 300 // seconds by which Slack's clock may be behind ours
)

// Post posts a message and gives its id, "C0123/1700000000.000100": Slack's own is unique only within a channel. With an
// id and an error the message itself is out, and what belongs in its thread is not: Complete goes on with that.
func (p *Platform) Post(ctx context.Context, d bot.Delivery) (string, error) {
	out, err := render(d.Message, posted(d))
	if err != nil {
		return "", &bot.SendError{Outcome: bot.Refused, Code: "unrenderable", Err: err}
	}
	to := d.To.Channel
	if channel, _ := splitMessageID(d.ThreadID, ""); channel != "" {
		to = channel // the thread of a direct message is in a channel of its own
	}
	_, thread := splitMessageID(d.ThreadID, "")
	ctx = inTurn(ctx, postMessage) // Pace has waited for it
	channel, ts, err := p.postPage(ctx, to, thread, out.Main, map[string]any{"row": d.RowID, "kind": d.Kind})
	if sendErrorCode(err) == "not_in_channel" && p.join(ctx, to) {
		channel, ts, err = p.postPage(ctx, to, thread, out.Main, map[string]any{"row": d.RowID, "kind": d.Kind})
	}
	if err != nil {
		return "", err
	}
	id := messageID(channel, ts)
	return id, p.postThread(ctx, d, channel, orElse(thread, ts), out.Thread, nil)
}

// Complete puts the rest of a long message into its thread: what is not there yet.
func (p *Platform) Complete(ctx context.Context, id string, d bot.Delivery) error {
	out, err := render(d.Message, posted(d))
	if err != nil {
		return &bot.SendError{Outcome: bot.Refused, Code: "unrenderable", Err: err}
	}
	if len(out.Thread) == 0 {
		return nil
	}
	channel, ts := splitMessageID(id, d.To.Channel)
	_, thread := splitMessageID(d.ThreadID, "")
	root := orElse(thread, ts)
	there, err := p.pagesOf(ctx, channel, root, ts, d.RowID)
	switch {
	case err != nil && sendError(err).Outcome != bot.Refused:
		return err
	case err != nil && d.Doubt:
		return bot.ErrUnseen
	case err != nil: // where nobody can look it is known by now how many there are
		there = map[int]bool{}
		for n := range min(d.Pages, len(out.Thread)) {
			there[n+1] = true
		}
	}
	if d.Repeats && d.Pages < len(out.Thread) {
		pg := &out.Thread[d.Pages]
		pg.Blocks = append(pg.Blocks, flatten(posted(d).note(bot.SentAgain))...) // paginate has left room
	}
	return p.postThread(ctx, d, channel, root, out.Thread, there)
}

func posted(d bot.Delivery) place {
	return place{Workspace: d.To.Workspace, More: "The rest is in the thread, as it was when this was posted."}
}

// postPage posts one page with the ids by which it is found again.
func (p *Platform) postPage(ctx context.Context, to, thread string, pg page, ids map[string]any) (channel, ts string, err error) {
	options := append(messageOptions(pg), sdk.MsgOptionMetadata(sdk.SlackMetadata{EventType: metadataType, EventPayload: ids}))
	if thread != "" {
		options = append(options, sdk.MsgOptionTS(thread))
	}
	if channel, ts, err = p.api.PostMessageContext(ctx, to, options...); err != nil {
		return "", "", p.noted(sendError(err))
	}
	if ts == "" { // the SDK takes ok:false without a reason for a success
		return "", "", &bot.SendError{Outcome: bot.Unknown, Code: "no_timestamp", Err: errors.New("Slack gave no id of the message")}
	}
	p.worked()
	return channel, ts, nil
}

// postThread puts detail into a message's thread, except the pages that are there.
func (p *Platform) postThread(ctx context.Context, d bot.Delivery, channel, thread string, pages []page, there map[int]bool) error {
	for i, pg := range pages {
		if there[i+1] {
			continue
		}
		_, err := p.pace.post(ctx, d.To.Channel, time.Time{})
		if err == nil {
			_, _, err = p.postPage(inTurn(ctx, postMessage), channel, thread, pg, map[string]any{"row": d.RowID, "page": i + 1})
		}
		if err != nil {
			failed := *sendError(err)
			failed.Page = i + 1
			return &failed
		}
	}
	return nil
}

// pagesOf says which pages of a row stand in a thread, after its message.
func (p *Platform) pagesOf(ctx context.Context, channel, thread, message string, row int64) (map[int]bool, error) {
	there := map[int]bool{}
	if !slackID(channel, "CG") {
		return nil, errUnread
	}
	err := p.eachMessage(ctx, channel, thread, message, func(m sdk.Message) bool {
		if page := p.pageOf(m, row); page > 0 {
			there[page] = true
		}
		return true
	})
	return there, err
}

// errUnread says that nobody can know what stands in a direct message: reading it takes scopes that the desk does not ask for.
var errUnread = &bot.SendError{Outcome: bot.Refused, Code: "direct_message", Err: errors.New("direct messages are not read")}

// errUnnamed says that it cannot be known yet which messages are the desk's own: Slack has not said who it is. No message is at fault.
var errUnnamed = &bot.SendError{Outcome: bot.NotSent, Code: "starting", Wait: time.Second, Err: errors.New("Slack has not said yet who the desk is")}

// Pace waits for a message's turn.
func (p *Platform) Pace(ctx context.Context, d bot.Delivery, edit bool) (waited bool, err error) {
	if edit {
		return p.pace.edit(ctx, d.To.Channel)
	}
	return p.pace.post(ctx, d.To.Channel, d.LastPost)
}

// Edit puts a message in the place of a posted one. Metadata is left as it was posted: it names the row by which the
// message is found.
func (p *Platform) Edit(ctx context.Context, id string, d bot.Delivery) error {
	out, err := render(d.Message, posted(d))
	if err != nil {
		return &bot.SendError{Outcome: bot.Refused, Code: "unrenderable", Err: err}
	}
	channel, ts := splitMessageID(id, d.To.Channel)
	if ts == "" {
		return &bot.SendError{Outcome: bot.Gone, Code: "message_not_found", Err: errors.New("there is no message id")}
	}
	_, at, _, err := p.api.UpdateMessageContext(inTurn(ctx, updateMessage), channel, ts, messageOptions(out.Main)...)
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
	if p.intake.Open() {
		p.trouble = nil
	}
}

// noted keeps Ready honest: a token that Slack refuses makes the platform unready until a call succeeds again.
func (p *Platform) noted(e *bot.SendError) error {
	if _, wait := outcomes(e.Code); wait == lockedOut {
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

// Find looks for the message of an outbox row where it was to be posted, for when it is not known whether a post arrived.
// A direct message cannot be looked up without scopes that the desk does not ask for: then it answers with a refusal.
func (p *Platform) Find(ctx context.Context, d bot.Delivery, since time.Time) (id string, found bool, err error) {
	channel, thread := splitMessageID(d.ThreadID, d.To.Channel)
	if d.ThreadID == "" {
		channel, thread = d.To.Channel, ""
	}
	if !slackID(channel, "CG") {
		return "", false, errUnread
	}
	oldest := fmt.Sprintf("%d.000000", max(since.Unix()-clockSkew, 0))
	err = p.eachMessage(ctx, channel, thread, oldest, func(m sdk.Message) bool {
		if found = p.rowOf(m) == d.RowID && p.pageOf(m, d.RowID) == 0; found {
			id = messageID(channel, m.Timestamp)
		}
		return !found
	})
	return id, found, err
}

// eachMessage reads a channel, or a thread, until it ends or more says stop.
func (p *Platform) eachMessage(ctx context.Context, channel, thread, oldest string, more func(sdk.Message) bool) error {
	if p.me().user == "" {
		return errUnnamed
	}
	for cursor, pages := "", 0; pages < historyPages; pages++ {
		messages, next, err := p.read(ctx, channel, thread, oldest, cursor)
		if err != nil {
			return sendError(err)
		}
		for _, m := range messages {
			if !more(m) {
				return nil
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
	return errTooMuch
}

// errTooMuch says that nobody can know, since another search would not come to an end either: it begins where this one did.
var errTooMuch = &bot.SendError{Outcome: bot.Refused, Code: "too_much_history", Err: errors.New("too many messages came after it")}

// read reads one page of a channel, or of a thread, and gives the cursor of the next.
func (p *Platform) read(ctx context.Context, channel, thread, oldest, cursor string) (messages []sdk.Message, next string, err error) {
	var more bool
	if thread != "" {
		messages, more, next, err = p.api.GetConversationRepliesContext(ctx, &sdk.GetConversationRepliesParameters{
			ChannelID: channel, Timestamp: thread, Oldest: oldest, Cursor: cursor, Limit: 200, IncludeAllMetadata: true,
		})
	} else {
		var history *sdk.GetConversationHistoryResponse
		history, err = p.api.GetConversationHistoryContext(ctx, &sdk.GetConversationHistoryParameters{
			ChannelID: channel, Oldest: oldest, Cursor: cursor, Limit: 200, IncludeAllMetadata: true,
		})
		if err == nil {
			messages, more, next = history.Messages, history.HasMore, history.ResponseMetaData.NextCursor
		}
	}
	switch {
	case err != nil:
		return nil, "", err
	case messages == nil || more && next == "":
		return nil, "", &bot.SendError{Outcome: bot.Unknown, Code: "no_messages", Err: errors.New("Slack gave no list of messages, or no way to the next")}
	case !more:
		next = ""
	}
	return messages, next, nil
}

// rowOf is the outbox row that a message of the desk's own carries; zero for any other. Another app could write the same
// metadata.
func (p *Platform) rowOf(m sdk.Message) int64 {
	me := p.me()
	if m.Metadata.EventType != metadataType || m.User != me.user && (m.BotID == "" || m.BotID != me.bot) {
		return 0
	}
	return payloadNumber(m.Metadata.EventPayload["row"])
}

// pageOf is which page of a row a message in its thread is; zero for the message itself and for all others.
func (p *Platform) pageOf(m sdk.Message, row int64) int {
	if p.rowOf(m) != row {
		return 0
	}
	return int(payloadNumber(m.Metadata.EventPayload["page"]))
}

func payloadNumber(value any) int64 {
	switch n := value.(type) {
	case float64:
		return int64(n)
	case string:
		number, err := strconv.ParseInt(n, 10, 64)
		if err == nil {
			return number
		}
	}
	return 0
}
